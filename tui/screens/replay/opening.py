"""What a replay is opened with: its source, its pace, where it begins, and whether the source is still written."""

import math
import os
import re
import time
from dataclasses import dataclass, field
from io import BufferedIOBase
from pathlib import Path

from agent.errors import EventDecodeError, UsageError
from agent.events.types import RunCancelled, RunError, RunFinished, Unknown
from agent.events.wire import decode
from agent.reading.ahead import ReadAhead
from agent.reading.pacing import WORDS_A_MINUTE, Paced
from agent.settings.settings import Settings
from agent.transcripts.lock import is_locked

__all__ = ["Opening", "Start", "paced_by", "parse_limit", "parse_speed", "parse_start"]

_PERCENT = re.compile(r"(\d+(?:\.\d*)?|\.\d+)\s*%")
_NAMED = re.compile(r"(event|turn|step|call):|end$")
_TAIL = 65_536
"""Bytes at the end of a file in which its last event is looked for."""
_FRESH = 30.0
"""Seconds since the last write in which a file with an open turn is taken to be still written."""


@dataclass(frozen=True, kw_only=True)
class Start:
    """Where a replay begins; one of these is given."""

    ms: float | None = None
    """From the start of the recording."""
    fraction: float | None = None
    """Of its length, from 0 to 1."""
    moment: str | None = None
    """A moment by its name, as `agent.recordings.moments` reads it, such as `turn:2`."""


@dataclass(frozen=True, kw_only=True)
class Opening:
    """A recording to be replayed, and how."""

    source: Path | BufferedIOBase
    speed: float = 1.0
    """Infinity is as fast as can be."""
    idle_limit: float | None = None
    """The longest pause, in seconds; None leaves pauses as they are."""
    paced: Paced = field(default_factory=Paced)
    """How it is played where its times are not."""
    start: Start | None = None
    playing: bool = True
    """Whether it plays at once."""
    follow: bool = True
    """Whether a file that is still written is read on as it grows."""
    ahead: ReadAhead | None = None
    """What reads it already."""

    def is_followed(self, *, others: bool = True) -> bool:
        """Whether the source is still written now, and is to be followed; of another program's file without `others`
        never: nothing in it tells that it is over. Blocks."""
        return self.follow and isinstance(self.source, Path) and _is_being_written(self.source, others=others)


def paced_by(settings: Settings, words: str | None = None, *, cuts_pauses: bool = False) -> Paced:
    """How a recording is played where its times are not: as `--words` and `--cut-pauses` say, else as the user set it.

    Raises:
        UsageError: the words are no positive number.
    """
    return Paced(
        words=settings.words_a_minute or WORDS_A_MINUTE if words is None else _words(words),
        is_asked=words is not None or cuts_pauses,
        cuts_pauses=cuts_pauses,
    )


def parse_speed(text: str) -> float:
    """The speed that `--speed` says: a positive number or `max`.

    Raises:
        UsageError: it is neither.
    """
    if text.strip() == "max":
        return math.inf
    return _positive(text.strip().removesuffix("x"), f"--speed {text}: a number above 0 or max is needed")


def parse_limit(text: str) -> float:
    """The longest pause that `--idle-limit` says, in seconds.

    Raises:
        UsageError: it is no positive number.
    """
    return _positive(text.strip().removesuffix("s"), f"--idle-limit {text}: a number of seconds above 0 is needed")


def parse_start(text: str) -> Start:
    """Where `--from` says: `0:12`, `1:02:03.5`, `12.5` seconds, `50%`, or a moment by its name, there or not.

    Raises:
        UsageError: it is none of them.
    """
    from agent.recordings.moments import parse_time  # a replay from its start does not wait for it

    if percent := _PERCENT.fullmatch(text.strip()):
        fraction = float(percent[1]) / 100
        if fraction <= 1:
            return Start(fraction=fraction)
    elif (ms := parse_time(text)) is not None:
        return Start(ms=ms)
    elif _NAMED.match(text.strip()):
        return Start(moment=text.strip())
    raise UsageError(f"--from {text}: a time such as 0:12 or 12.5, a share such as 50%, or turn:2, event:175 is needed")


def _is_being_written(path: Path, *, others: bool) -> bool:
    """Whether a program goes on writing a recording: it holds the lock, or has left a turn open just now. Blocks."""
    if not path.is_file():  # a pipe would wait for its writer here, and lose what is read
        return False
    if is_locked(path):
        return True
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            file.seek(max(size - _TAIL, 0))
            last = file.read().rstrip().rpartition(b"\n")[2]
        is_fresh = time.time() - path.stat().st_mtime < _FRESH
        event = decode(last)
        is_over = isinstance(event, RunCancelled | RunError | RunFinished) or (
            not others and isinstance(event, Unknown)
        )
        return is_fresh and not is_over
    except (OSError, EventDecodeError):
        return False


def _words(text: str) -> float:
    return _positive(text.strip(), f"--words {text}: a number of words a minute above 0 is needed")


def _positive(text: str, problem: str) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise UsageError(problem) from error
    if not 0 < value < math.inf:
        raise UsageError(problem)
    return value
