"""Which turns of a recording are compared: what a user writes behind its name, and a recording of those alone.

    NAME@turn:2      the second turn
    NAME@turn:2-4    from the second to the fourth
    NAME@turn:2-     from the second on

Pure.
"""

import re
from io import BytesIO
from typing import NamedTuple

from agent.errors import UsageError
from agent.recordings.recording import Recording

__all__ = ["TURNS", "Turns", "split_turns", "turns_of"]

TURNS = "NAME@turn:2, NAME@turn:2-4 or NAME@turn:2-"
"""How turns of a recording are named, for people."""

_TURNS = re.compile(r"(?P<name>.*)@turn:(?P<first>\d{1,9})(?:(?P<to>-)(?P<last>\d{1,9})?)?", re.DOTALL)


class Turns(NamedTuple):
    """Some turns that follow each other, by their numbers from 1."""

    first: int
    last: int | None
    """None is the last there is."""

    def __str__(self) -> str:
        """As a user writes it."""
        if self.last == self.first:
            return f"turn:{self.first}"
        return f"turn:{self.first}-{'' if self.last is None else self.last}"


def split_turns(text: str) -> tuple[str, Turns | None]:
    """The name of a recording, and which turns of it are meant; None is all.

    Raises:
        UsageError: turns are named, and none can be meant by it.
    """
    if (found := _TURNS.fullmatch(text)) is None:
        name, sign, rest = text.rpartition("@turn")
        if sign and not rest.strip(":0123456789- "):
            raise UsageError(f"{text!r} names no turns of {name}; write {TURNS}")
        return text, None
    first = int(found["first"])
    last = first if found["to"] is None else int(found["last"]) if found["last"] else None
    if not first or (last is not None and last < first):
        raise UsageError(f"{text!r} names no turns of {found['name']}; write {TURNS}")
    return found["name"], Turns(first, last)


def turns_of(recording: Recording, turns: Turns | None) -> Recording:
    """A recording of these turns alone, that has been read; the same one where `turns` is None.

    Raises:
        UsageError: there are not so many.
    """
    if turns is None:
        return recording
    begins = recording.marks.turns
    if turns.first > len(begins) or (turns.last is not None and turns.last > len(begins)):
        missing = turns.first if turns.first > len(begins) else turns.last
        raise UsageError(f"there is no turn {missing} in {recording.name}; it has {len(begins):,}")
    end = len(recording) if turns.last is None or turns.last == len(begins) else begins[turns.last]
    lines = recording.events.raws(begins[turns.first - 1], end)
    chosen = Recording(BytesIO(b"".join(line + b"\n" for line in lines)))
    chosen.read()
    return chosen
