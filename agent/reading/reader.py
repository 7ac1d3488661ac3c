"""Reads sessions and recordings, bit by bit: lines, their events, their moments, and what they come to.

Whoever reads owns the time and the thread, or the process. What is wrong with a source is told in a line each; it
stops nothing but itself.
"""

from array import array
from codecs import BOM_UTF8
from collections.abc import Iterable
from dataclasses import dataclass
from io import BufferedIOBase, RawIOBase
from typing import Any, Literal, NamedTuple

from agent.conversation.items import Run
from agent.conversation.reducer import Conversation
from agent.errors import EventDecodeError
from agent.events.types import FORMAT_VERSION, Event, RunCancelled, RunError, RunFinished, RunStarted
from agent.events.wire import LONGEST_LINE, decode, decode_lines
from agent.reading.marks import Marker, Marks, landmarks
from agent.reading.pacing import Pace

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
_READ = 2**19
"""Little enough that the events of one read stay in the processor's cache while they are gone through."""
_TOLD = 20
"""Broken lines that are told one by one."""


class Place(NamedTuple):
    """A place where no run is open."""

    events: int
    """How many are before it."""
    runs: int
    """How many there are."""
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
    marks: Marks
    """Those of these events; none in a session."""
    places: list[Place]
    runs: list[Run]
    """Those that end before the last of the places."""
    problems: list[str]
    size: int
    """Bytes that were read."""
    is_dated: bool
    is_short: bool
    """Whether there was less than was asked for."""
    at_end: bool
    """Whether all was read that there is for now."""
    is_last: bool
    """Whether no more is to be read."""


class Reader:
    """Reads one source."""

    def __init__(self, purpose: Purpose) -> None:
        self._purpose = purpose
        self._pace = Pace()
        self._marker = Marker()
        self._conversation = Conversation()
        self._folded = self._ended = 0
        """How many events are in it, and how many of its runs were given."""
        self._rest = bytearray()
        """The beginning of a line whose end has not come yet."""
        self._is_skipping = False
        """Whether it is the middle of a line that is too long."""
        self._bytes = self._lines = self._broken = self._count = 0
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
    def position(self) -> int:
        """Where the first line begins that has not come whole yet, in bytes."""
        return self._bytes - len(self._rest)

    def read(self, file: RawIOBase | BufferedIOBase, *, is_growing: bool) -> Batch:
        """The next events of `file`; there is no last batch of one that is growing.

        Raises:
            OSError: the source cannot be read.
        """
        wanted = _READ if self._bytes else _FIRST_READ
        data = (file.read1(wanted) if isinstance(file, BufferedIOBase) else file.read(wanted)) or b""
        self._bytes += len(data)
        at_end, is_last = not data, not data and not is_growing
        is_short = len(data) < wanted
        lines, events = self._events(self._whole_lines(data, is_last=is_last), is_whole=not is_last)
        count, times, moments = len(events), array("d"), None
        if self._purpose == "replay":
            if self._bytes >= MAX_BYTES or self._count >= MAX_EVENTS:
                at_end = is_last = True
                self._tell_limit()
            # Where there is less than was asked for, the next may be long in coming, and what is here is not held back.
            events, times, moments = self._pace.place(events, is_last=is_last or is_short)
        numbers = landmarks(events)
        if self._purpose == "replay":
            self._marker.add(events, numbers)
        self._check_versions(events, numbers)
        places, runs = self._fold(events, numbers)
        problems, self._problems = self._problems, []
        return Batch(
            lines=lines,
            count=count,
            times=times,
            moments=moments,
            marks=self._marker.take(),
            places=places,
            runs=runs,
            problems=problems,
            size=len(data),
            is_dated=self._pace.is_dated,
            is_short=is_short,
            at_end=at_end,
            is_last=is_last,
        )

    def _whole_lines(self, data: bytes, *, is_last: bool) -> bytes:
        """The lines that are whole now; of a source that has ended, the unfinished one too."""
        end = data.rfind(b"\n") + 1
        whole = b""
        if end:
            whole = b"".join((self._rest, memoryview(data)[:end]))
            self._rest.clear()
        self._rest += memoryview(data)[end:]
        if self._is_skipping:
            if whole:
                self._is_skipping = False
                self._lines += 1
                whole = whole.partition(b"\n")[2]
            else:
                self._rest.clear()
        if len(self._rest) > LONGEST_LINE:
            number = self._lines + whole.count(b"\n") + 1
            self._problems.append(f"line {number} is longer than {LONGEST_LINE / 2**20:.0f} MB and was skipped")
            self._is_skipping = True
            self._rest.clear()
        if is_last:
            whole += self._rest
            self._rest.clear()
        if not self._lines and self._purpose == "replay":
            whole = whole.removeprefix(BOM_UTF8)
        return whole

    def _events(self, whole: bytes, *, is_whole: bool) -> tuple[bytes | list[bytes], list[Event]]:
        """The lines of events, and the events, as far as they may be kept; broken lines are told, unless they are not
        whole."""
        if not whole:
            return b"", []
        lines: bytes | list[bytes] = whole
        events = decode_lines(whole)
        if events is not None:
            self._lines += len(events)
        else:
            found = [line.strip() for line in whole.removesuffix(b"\n").split(b"\n")]
            lines, events = self._sound(found, is_whole=is_whole)
            self._lines += len(found)
        if self._purpose == "replay":
            del events[MAX_EVENTS - self._count :]
        self._count += len(events)
        return lines, events

    def _sound(self, raws: list[bytes], *, is_whole: bool) -> tuple[list[bytes], list[Event]]:
        """Those of some lines that are events, with their events; the others are told."""
        sound, events = [], []
        for number, line in enumerate(raws, start=self._lines + 1):
            raw = line
            try:
                event = decode(raw)
            except EventDecodeError as error:
                found = None
                if self._purpose == "replay":
                    raw, found = _of_server(raw)
                if found is None:
                    if raw and is_whole:
                        self._tell_broken(number, error)
                    continue
                event = found
            sound.append(raw)
            events.append(event)
        return sound, events

    def _fold(self, events: list[Event], numbers: Iterable[int]) -> tuple[list[Place], list[Run]]:
        """Fold the next events; gives where among them no run is open, and the runs before that."""
        conversation, places, folded = self._conversation, [], 0
        for number in numbers:
            if not isinstance(events[number], RunFinished | RunError | RunCancelled):
                continue
            conversation.apply_all(events[folded : number + 1])
            folded = number + 1
            if conversation.open_run is None:
                places.append(Place(self._folded + folded, len(conversation.runs), conversation.thread_id))
        conversation.apply_all(events[folded:])
        self._folded += len(events)
        given = self._ended
        self._ended = places[-1].runs if places else given
        return places, conversation.runs[given : self._ended]

    def _tell_broken(self, number: int, error: EventDecodeError) -> None:
        self._broken += 1
        if self._broken <= _TOLD:
            self._problems.append(f"line {number} is broken and was skipped: {error}")
        elif self._broken == _TOLD + 1:
            self._problems.append(f"more broken lines, from line {number} on, were skipped too")

    def _check_versions(self, events: list[Event], numbers: Iterable[int]) -> None:
        for number in numbers:
            event = events[number]
            version = (event.metadata or {}).get("format") if isinstance(event, RunStarted) else None
            if isinstance(version, int) and version > self._version:
                self._version = version
                self._problems.append(f"written by a newer tickertape (format {version}); what this one knows is shown")

    def _tell_limit(self) -> None:
        self._problems.append(
            f"too large to be shown whole; its first {self._count:,} events are shown ({self._bytes / 2**20:,.0f} MB)"
        )


def _of_server(raw: bytes) -> tuple[bytes, Event | None]:
    """The JSON and the event of a line of a server's event stream, as `curl` saves one; the rest of such a stream is
    no line at all (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""
    if raw.startswith(b"data:"):
        data = raw[5:].strip()
        try:
            return data, decode(data)
        except EventDecodeError:
            return raw, None
    return (b"" if raw.startswith((b":", b"event:", b"id:", b"retry:")) else raw), None
