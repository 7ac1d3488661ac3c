"""What is known of a transcript as a whole: what a list says of it, and how far it was read."""

from typing import Any

import msgspec

from agent.conversation.lineage import Lineage
from agent.events.types import FORMAT_VERSION

__all__ = ["Summary", "flat", "told_origin", "told_text"]

_LONGEST_TITLE = 200


class Summary(msgspec.Struct, kw_only=True):
    """What a file holds up to some place."""

    read_to: int = 0
    """Bytes."""
    crc: int = 0
    """Of these bytes."""
    lines: int = 0
    turns: int = 0
    title: str = ""
    """The first question, its beginning, on one line."""
    created: float | None = None
    updated: float | None = None
    """Milliseconds since the epoch, of the first and the last event; None where the file tells no time."""
    model: str | None = None
    parent: str | None = None
    lineage: Lineage | None = None
    origin: str | None = None
    timing: str | None = None
    has_events: bool = False
    broken: int = 0
    """Lines that are no event."""
    first_broken: str | None = None
    format: int = 0
    """The highest version of our own format that it says it has."""
    clock: float | None = None
    """The last moment that an event told, which is that of the events after it that tell none."""

    @property
    def problem(self) -> str | None:
        """What is wrong with the file, in one line."""
        if self.format > FORMAT_VERSION:
            return f"written by a newer version (format {self.format}): what is new in it is not shown"
        if not self.has_events:
            why = f" ({self.first_broken})" if self.first_broken else ""
            return f"no recording: there is no AG-UI event in it{why}"
        if self.broken > 1:
            return f"{self.broken:,} broken lines were skipped, the first is {self.first_broken}"
        return f"1 broken line was skipped: {self.first_broken}" if self.broken else None


def flat(text: str) -> str:
    """The beginning of `text` on one line, as it stands in a list."""
    return " ".join(text[: 2 * _LONGEST_TITLE].replace("\0", " ").split())[:_LONGEST_TITLE]


def told_origin(metadata: dict[str, Any]) -> tuple[str | None, str | None] | None:
    """The program that wrote an imported session, and what its times are worth."""
    origin = metadata.get("origin")
    if not isinstance(origin, dict):
        return None
    return told_text(origin.get("program")), told_text(origin.get("timing"))


def told_text(value: Any) -> str | None:
    """What an event tells where text is meant; None where it tells something else."""
    return value if isinstance(value, str) else None
