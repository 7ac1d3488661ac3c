"""A question as AG-UI's content: text, or parts where files came with it.

Of a file only its kind and name are told: its data stay in the record that is kept beside the event.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

__all__ = ["Attached", "question"]


class Attached(NamedTuple):
    """A file that came with a question."""

    kind: str
    """Its media type; empty where that is not told."""
    name: str = ""


def question(words: str, attached: Iterable[Attached] = ()) -> str | list[Any]:
    """The content of the user's message."""
    files = [_part(file) for file in attached]
    if not files:
        return words
    return [{"type": "text", "text": words}, *files] if words else files


def _part(file: Attached) -> dict[str, Any]:
    kind = file.kind or "application/octet-stream"
    family = kind.partition("/")[0]
    part = {
        "type": family if family in ("image", "audio", "video") else "document",
        "source": {"type": "data", "value": "", "mimeType": kind},
    }
    return part | ({"metadata": {"filename": file.name}} if file.name else {})
