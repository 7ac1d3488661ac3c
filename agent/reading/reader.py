"""Reads sessions and recordings, bit by bit: lines, their events, their moments, and what they come to.

Whoever reads owns the time and the thread, or the process. What is wrong with a source is told in a line each; it
stops nothing but itself.
"""

import time
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BufferedIOBase, RawIOBase
from typing import Any, Literal, NamedTuple, cast

from agent.conversation.reducer import Conversation
from agent.conversation.run import Run
from agent.events.encoding import Utf8
from agent.events.types import FORMAT_VERSION, Event, RunCancelled, RunError, RunFinished, RunStarted
from agent.reading.file import comes_within, is_stream
from agent.reading.foreign import Formats
from agent.reading.lines import Lines, Taken, Told
from agent.reading.marks import Marker, Marks, landmarks
from agent.reading.pacing import Pace, signs_said

__all__ = ["MAX_BYTES", "MAX_EVENTS", "Batch", "Place", "Purpose", "Reader"]

Purpose = Literal["replay", "session"]
"""For a replay every event gets a moment and a time, landmarks are noted, and what is too large is read in part. Of a
session all is read as it is."""
MAX_EVENTS = 500_000
"""Events of a recording that are kept; what lies behind them is not shown."""
MAX_BYTES = 128 * 2**20
"""Bytes that are read of a recording."""
_FIRST_READ = 2**17
"""Bytes that are read first, so that a large file begins to show at once."""
_WATCHED = 0.06
"""Seconds from the first bytes in which a pipe shows whether it is live."""
_AT_ONCE = 2**15
"""Bytes that no live source sends in that time."""
_READ = 2**19
"""Little enough that the events of one read stay in the processor's cache while they are gone through."""


class Place(NamedTuple):
    """A place where no run is open."""

    events: int
    """How many are before it."""
    runs: int
    """How many there are."""
    kept: int
    """How many of those are as they were at the place before; the others are new, or something came for them."""
    thread_id: str | None


@dataclass(slots=True, kw_only=True)
class Batch:
    """What one read gave."""

    lines: bytes | list[bytes]
    """Those of events, in one piece or one by one; also of events that are held back until their moment is known."""
    count: int
    """How many events they are."""
    times: "array[float]"
    """Of the events that are not held back any more, in ms from the first; none in a session."""
    moments: "array[float] | None"
    """Of those, in ms since the epoch; None where their lines tell."""
    said: "array[int]"
    """Of those, how many signs there are to be read."""
    marks: Marks
    """Those of these events; none in a session."""
    places: list[Place]
    runs: list[Run]
    """Those of each place that were not kept, one place behind the other."""
    problems: list[str]
    size: int
    """Bytes that were read."""
    is_dated: bool
    is_live: bool
    """Whether it came as it happened."""
    is_short: bool
    """Whether there was less than was asked for."""
    at_end: bool
    """Whether all was read that there is for now."""
    is_last: bool
    """Whether no more is to be read."""

    def runs_by_place(self) -> Iterator[list[Run]]:
        """For each place the runs that were not kept."""
        start = 0
        for place in self.places:
            count = place.runs - place.kept
            yield self.runs[start : start + count]
            start += count


_THREADS = (
    "more than one thread is in it; they are shown one behind the other, and 'tickertape sessions import' makes a "
    "session of each"
)

_ENDS = frozenset({RunFinished, RunError, RunCancelled})


class _Folded(NamedTuple):
    """What folding the events of a batch gave."""

    turns: list[int]
    """The numbers of those that begin a turn."""
    places: list[Place]
    runs: list[Run]

    def add(self, conversation: Conversation, events: int) -> None:
        """No run is open behind so many events."""
        count = len(conversation.runs)
        kept = min(conversation.changed_from, count)
        conversation.changed_from = count
        self.places.append(Place(events, count, kept, conversation.thread_id))
        self.runs.extend(conversation.runs[kept:])


class Reader:
    """Reads one source."""

    def __init__(self, purpose: Purpose, formats: Formats | None = None) -> None:
        """`formats` know the streams of other programs."""
        self._purpose = purpose
        self._pace = Pace()
        self._marker = Marker()
        self._conversation = Conversation()
        self._folded = 0
        """How many events are in it."""
        self._text = Utf8()
        self._lines = Lines(formats)
        # Of a session, a last line without its end is one that its writer is at, or that a crash left.
        self._told = Told(is_cut_told=purpose == "replay")
        self._is_source_told = False
        self._is_live: bool | None = None
        """Whether it comes as it happens; None before anything has come."""
        self._bytes = self._size = self._count = 0
        """Of the source, of its text, and events."""
        self._thread = ""
        """The first that was told."""
        self._are_threads_told = False
        self._version = FORMAT_VERSION
        """The newest format that was told."""
        self._problems: list[str] = []

    def __getstate__(self) -> dict[str, Any]:
        """All but what the events come to: who has the batches has that."""
        return {name: value for name, value in vars(self).items() if name != "_conversation"}

    def go_on(self, conversation: Conversation) -> None:
        """To be called where it was brought from another process, with what the events read so far come to."""
        self._conversation = conversation

    @property
    def conversation(self) -> Conversation:
        """What the events read so far come to."""
        return self._conversation

    @property
    def folded(self) -> int:
        """How many events that is."""
        return self._folded

    @property
    def position(self) -> int:
        """Where the first event begins that has not come whole yet, in bytes; of a source that is not plain text, how
        much of it was read."""
        return self._lines.position if self._text.is_plain else self._bytes

    def read(self, file: RawIOBase | BufferedIOBase, *, is_growing: bool) -> Batch:
        """The next events of `file`; there is no last batch of one that is growing.

        Raises:
            OSError: the source cannot be read.
        """
        wanted = _READ if self._bytes else _FIRST_READ
        data, size = self._text.read(file, wanted)
        if self._is_live is None and data:
            self._is_live, data, size = self._begun(file, data, size)
        self._bytes, self._size = self._bytes + size, self._size + len(data)
        at_end, is_last = not data, not data and not is_growing
        is_short = len(data) < wanted
        arrived = round(time.time() * 1000) if self._is_live else None
        taken = self._lines.take(data, is_last=is_last, arrived=arrived)
        events = taken.events
        if self._purpose == "replay":
            del events[MAX_EVENTS - self._count :]
        self._count += len(events)
        count, times, moments = len(events), array("d"), None
        self._problems += self._told_of(taken)
        if self._purpose == "replay":
            if self._size >= MAX_BYTES or self._count >= MAX_EVENTS:
                at_end = is_last = True
                self._tell_limit()
            # Where there is less than was asked for, the next may be long in coming, and what is here is not held back.
            events, times, moments = self._pace.place(events, is_last=is_last or is_short)
        numbers = landmarks(events)
        self._check_versions(events, numbers)
        found = self._fold(events, numbers)
        if self._purpose == "replay":
            self._marker.add(events, numbers, found.turns)
        problems, self._problems = self._problems, []
        return Batch(
            lines=taken.raws,
            count=count,
            times=times,
            moments=moments,
            said=signs_said(events) if self._purpose == "replay" else array("I"),
            marks=self._marker.take(),
            places=found.places,
            runs=found.runs,
            problems=problems,
            size=size,
            is_dated=self._pace.is_dated,
            is_live=self._is_live is True,
            is_short=is_short,
            at_end=at_end,
            is_last=is_last,
        )

    def _begun(self, file: RawIOBase | BufferedIOBase, data: bytes, size: int) -> tuple[bool, bytes, int]:
        """Whether the source comes as it happens, with all that came of it meanwhile.

        A file that is piped comes faster than anybody writes, or is over at once: its moments of arrival say nothing.
        """
        if not is_stream(file):
            return False, data, size
        until = time.monotonic() + _WATCHED
        while len(data) < _AT_ONCE:
            left = until - time.monotonic()
            if left <= 0 or not comes_within(file, left):
                return True, data, size
            more, taken = self._text.read(file, _FIRST_READ)
            if not taken:
                return False, data, size
            data, size = data + more, size + taken
        return False, data, size

    def _told_of(self, taken: Taken) -> list[str]:
        """What is wrong with the lines that were read, and with the source."""
        odd = (line for line in taken.lines if line.problem is not None or line.left_out)
        problems = [words for line in odd for words in self._told.of(line)]
        if self._text.problem is not None and not self._is_source_told:
            self._is_source_told = True
            problems.append(self._text.problem)
        return problems

    def _tell_thread(self, event: RunStarted) -> None:
        """Say that there is more than one thread, which a session is never made of."""
        self._thread = self._thread or event.thread_id
        if self._purpose == "replay" and event.thread_id not in ("", self._thread) and not self._are_threads_told:
            self._are_threads_told = True
            self._problems.append(_THREADS)

    def _fold(self, events: list[Event], numbers: Iterable[int]) -> _Folded:
        """Fold the next events; gives where turns begin and where no run is open, and the runs of those places."""
        conversation, found, folded = self._conversation, _Folded([], [], []), 0
        for number in numbers:
            kind = type(events[number])
            if kind is RunStarted:
                self._tell_thread(cast("RunStarted", events[number]))
                conversation.apply_all(events[folded:number])
                begun = conversation.begun
                conversation.apply(events[number])
                if conversation.begun > begun:
                    found.turns.append(number)
            elif kind in _ENDS:
                conversation.apply_all(events[folded : number + 1])
                if conversation.open_run is None:
                    found.add(conversation, self._folded + number + 1)
            else:
                continue
            folded = number + 1
        conversation.apply_all(events[folded:])
        if not self._folded and conversation.begun > len(found.turns):
            found.turns.insert(0, 0)  # a stream that was joined in the middle
        self._folded += len(events)
        return found

    def _check_versions(self, events: list[Event], numbers: Iterable[int]) -> None:
        for number in numbers:
            event = events[number]
            version = (event.metadata or {}).get("format") if isinstance(event, RunStarted) else None
            if isinstance(version, int) and version > self._version:
                self._version = version
                self._problems.append(f"written by a newer tickertape (format {version}); what this one knows is shown")

    def _tell_limit(self) -> None:
        self._problems.append(
            f"too large to be shown whole; its first {self._count:,} events are shown ({self._size / 2**20:,.0f} MB)"
        )
