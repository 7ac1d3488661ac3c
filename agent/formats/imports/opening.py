"""The door for whoever reads: what a foreign stream is read with (`agent.reading.foreign`).

Imports the formats only where a stream is foreign: most are not, and a replay shows its first frame sooner.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agent.formats.imports.conversion import Conversion

__all__ = ["open_foreign", "open_viewed"]


def open_foreign(values: list[dict[str, Any]], is_live: bool) -> "Conversion | None":
    """What reads a stream that begins with these records, each kept beside what was made of it; None where no format
    is known by them."""
    return _open(values, is_live, keeps_records=True)


def open_viewed(values: list[dict[str, Any]], is_live: bool) -> "Conversion | None":
    """The same for a stream that is only looked at: its records lie in its file."""
    return _open(values, is_live, keeps_records=False)


def _open(values: list[dict[str, Any]], is_live: bool, *, keeps_records: bool) -> "Conversion | None":
    from agent.formats.imports.conversion import Conversion
    from agent.formats.imports.sniffing import sniff

    found = sniff(values)
    return None if found is None else Conversion(found(is_live=is_live), keeps_records=keeps_records)
