"""A look at the two ends of a transcript, for a list that tells of a file before it is read."""

import os
from contextlib import suppress
from pathlib import Path

from agent.conversation.reducer import Conversation
from agent.errors import EventDecodeError
from agent.events import types as ev
from agent.events import wire
from agent.figures import EARLIEST
from agent.library.digests.summary import Summary, flat, told_origin

__all__ = ["last_moment", "look"]

_LONGEST_LOOK = 2**18
"""Bytes of a first line that are read for a list; what is longer holds more than a question."""
_TAILS = (2**12, 2**16)
"""Bytes at the end of a file in which its last event is looked for, first in the few that mostly have it."""
_LAST_LINES = 3
"""Lines there that are looked at: the last may be torn."""


def look(path: Path) -> Summary:
    """What the two ends of a file tell, at no more cost than that; the rest of the summary is as of nothing."""
    summary = Summary()
    with suppress(OSError, EventDecodeError), path.open("rb") as file:
        summary.updated = _last_moment(file.fileno())
        event = wire.decode(file.readline(_LONGEST_LOOK))
        if isinstance(event, ev.RunStarted):
            (run,) = Conversation([event]).runs
            summary.title, summary.model = flat(run.question), run.model
            summary.origin, summary.timing = told_origin(event.metadata or {}) or (None, None)
        if event.timestamp is not None and event.timestamp >= EARLIEST:
            summary.created = event.timestamp
    return summary


def last_moment(path: Path) -> float | None:
    """When the last event of a file was, by a look at its end, in milliseconds since the epoch; None where it is not
    to be seen there."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return _last_moment(file)
    except OSError:
        return None
    finally:
        os.close(file)


def _last_moment(file: int) -> float | None:
    size = os.fstat(file).st_size
    for length in _TAILS:
        tail = os.pread(file, length, max(size - length, 0))
        for line in reversed(tail.rstrip().rsplit(b"\n", _LAST_LINES)[-_LAST_LINES:]):
            with suppress(EventDecodeError):
                moment = wire.decode(line).timestamp
                if moment is not None and moment >= EARLIEST:
                    return moment
        if length >= size:
            break
    return None
