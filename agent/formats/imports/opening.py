"""The door for whoever reads: what a foreign stream is read with (`agent.reading.foreign`).

Imports the formats only where a stream is foreign: most are not, and a replay shows its first frame sooner.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agent.formats.imports.conversion import Conversion
    from agent.reading.foreign import Part

__all__ = ["open_foreign", "open_viewed"]


class _Opener:
    """Knows all formats, as reading asks for them (`agent.reading.foreign.Formats`)."""

    def __init__(self, name: str, *, keeps_records: bool) -> None:
        self.name = f"{__name__}:{name}"
        self._keeps_records = keeps_records

    def __call__(self, values: list[dict[str, Any]], is_live: bool, /) -> "Conversion | None":
        from agent.formats.imports.conversion import Conversion
        from agent.formats.imports.sniffing import sniff

        found = sniff(values)
        return None if found is None else Conversion(found(is_live=is_live), keeps_records=self._keeps_records)

    def parts(self, path: Path, /) -> "list[Part]":
        """The files of the same session beside this one."""
        from agent.formats.imports.programs.claude_files import parts_of

        return parts_of(path)


open_foreign = _Opener("open_foreign", keeps_records=True)
"""Keeps each record beside what was made of it."""
open_viewed = _Opener("open_viewed", keeps_records=False)
"""For what is only looked at: its records lie in its files."""
