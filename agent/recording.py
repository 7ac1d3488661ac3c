"""A recording: the events of a transcript with their raw bytes and their moments, from a file or a stream.

It grows while it is read, and on while another program writes it. What is read is folded at once, in the thread that
reads, so that the state at any event is at hand. It owns what is wrong with the source and how much of it is kept in
memory; it knows no player and no screen, and changes nothing on disk.
"""

from array import array
from bisect import bisect_right
from codecs import BOM_UTF8
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from io import BufferedIOBase, BytesIO, RawIOBase
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

from agent.conversation import Conversation
from agent.errors import EventDecodeError
from agent.events import Event, RunError, RunFinished, RunStarted, decode, decode_lines, encode
from agent.following import changes, why_lost
from agent.items import Run
from agent.marks import Marks, numbers_of
from agent.pacing import Pace
from agent.run import FORMAT_VERSION
from agent.threads import in_thread
from agent.transcript import LONGEST_LINE, is_locked

__all__ = ["MAX_BYTES", "MAX_EVENTS", "Recording"]

MAX_EVENTS = 500_000
"""Events of a recording that are kept; what lies behind them is not shown."""
MAX_BYTES = 128 * 2**20
"""Bytes that are read of a recording."""
_FIRST_READ = 2**17
"""Bytes that are read first, so that a large file begins to show at once."""
_READ = 2**21
_TOLD = 20
"""Broken lines that are told one by one."""
_BEGINNINGS: frozenset[type[Event]] = frozenset({RunStarted})
_ENDS: frozenset[type[Event]] = frozenset({RunFinished, RunError})


class _Place(NamedTuple):
    """A place where no run is open."""

    events: int
    """How many are before it."""
    runs: int
    """How many there are."""
    thread_id: str | None


class Recording:
    """Events to be read again and again, in any order. Grows only where `load` is awaited or `read` is called."""

    def __init__(self, source: Path | BufferedIOBase, *, follow: bool = False) -> None:
        """`follow` reads a file on as it is written, until `load` is cancelled."""
        self.source = source
        self.follow = follow and isinstance(source, Path)
        self.events: list[Event] = []
        """Each with a timestamp: missing ones are filled in (`agent.pacing.Pace`), raw bytes stay as they came."""
        self.timeline = array("d")
        """When each event came, in ms from the first; never falling."""
        self.marks = Marks()
        self.problems: list[str] = []
        """What is wrong with the source, a line each, in the order it was found."""
        self.finished = False
        """Whether nothing more will come."""
        self.is_dated = False
        """Whether the moments are real; else they are counted from the epoch, at a pace of our own."""
        self.bytes_read = 0
        self.listeners: list[Callable[[], None]] = []
        """Called on the loop whenever events have been added, and when the recording is finished."""
        self._raw = _RawLines()
        self._places: list[_Place] = [_Place(0, 0, None)]
        """Every place so far where no run is open."""
        self._runs: list[Run] = []
        """The runs up to the last of those places. They never change again, so every state shares them."""
        self._reader = _Reader()
        self._file: RawIOBase | None = None
        """The source, once it is open, where it is ours to close."""

    @classmethod
    def of(cls, events: Iterable[Event]) -> "Recording":
        """A finished recording of events from memory."""
        recording = cls(BytesIO(b"".join(encode(event) + b"\n" for event in events)))
        recording.read()
        return recording

    @property
    def name(self) -> str:
        """What the source is called."""
        return self.source.name if isinstance(self.source, Path) else "standard input"

    def raw(self, number: int) -> bytes:
        """The JSON of an event as it came, without the line end; numbers count from 0."""
        return self._raw[number]

    def __len__(self) -> int:
        return len(self.events)

    def state(self, position: int) -> Conversation:
        """The state after the first `position` events, to be gone on with. Whole runs are shared, never copied."""
        place = self._places[bisect_right(self._places, position, key=attrgetter("events")) - 1]
        conversation = Conversation.of_runs(self._runs[: place.runs], place.thread_id)
        conversation.apply_all(self.events[place.events : position])
        return conversation

    def read(self) -> None:
        """Read all there is, here and now. Blocks; never raises: what goes wrong is in `problems`."""
        try:
            file = self._open()
            while not self.finished:
                self._add(self._reader.read(file, is_growing=False))
        except OSError as error:
            self._fail(error)
        finally:
            self._close()

    async def load(self, caught_up: Callable[[], None] = lambda: None) -> None:
        """Read all there is, off the loop and bit by bit; then what is written, where the recording follows its file.

        `caught_up` is called whenever nothing more is there for now. Never raises: what goes wrong is in `problems`. A
        cancel leaves the recording finished as it is.
        """
        try:
            file = await in_thread(self._open)
            async for _ in self._occasions(file):
                if await self._read_on(file, caught_up):
                    break
        except OSError as error:
            self._fail(error)
        finally:
            self._finish()
            self._close()

    async def _read_on(self, file: RawIOBase | BufferedIOBase, caught_up: Callable[[], None]) -> bool:
        """Read all there is for now; gives whether nothing more will come."""
        at_end = False
        while not self.finished and not at_end:
            batch = await in_thread(self._reader.read, file, is_growing=self.follow)
            self._add(batch)
            at_end = batch.at_end
            if batch.is_short:
                caught_up()
        return self.finished

    def _open(self) -> RawIOBase | BufferedIOBase:
        if not isinstance(self.source, Path):
            return self.source
        # Without a buffer, for a buffer cannot be closed while a thread waits in it.
        self._file = self.source.open("rb", buffering=0)
        if self.finished:  # `load` was cancelled meanwhile, and found nothing to close
            self._close()
        return self._file

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()

    async def _occasions(self, file: RawIOBase | BufferedIOBase) -> AsyncIterator[None]:
        """Yields whenever there is something to read, the first time at once; ends with who held the file's lock."""
        yield
        if not (self.follow and isinstance(self.source, Path)):
            return
        was_locked = await in_thread(is_locked, self.source)
        async for _ in changes(self.source):
            is_left = was_locked and not await in_thread(is_locked, self.source)
            yield
            if why := await in_thread(why_lost, self.source, file.fileno(), self.bytes_read):
                self.problems.append(f"{self.name}: {why}; what was read of it is shown")
                return
            if is_left:
                return

    def _add(self, batch: "_Batch") -> None:
        self.events += batch.events
        self._places += batch.places
        self._runs += batch.runs
        self._raw.add(batch.raw, batch.raw_count)
        self.timeline += batch.times
        self.marks.add(batch.events)
        self.problems += [f"{self.name}: {problem}" for problem in batch.problems]
        self.bytes_read += batch.size
        self.is_dated = batch.is_dated
        if batch.is_last:
            self._finish()
        elif batch.events:
            self._tell()

    def _fail(self, error: OSError) -> None:
        self.problems.append(f"{self.name}: {error.strerror or error}")
        self.finished = True
        self._tell()

    def _finish(self) -> None:
        if self.finished:
            return
        if not self.events:
            why = self.problems[0].removeprefix(f"{self.name}: ") if self.problems else "it is empty"
            self.problems = [f"{self.name}: no event in it: {why}"]
        self.finished = True
        self._tell()

    def _tell(self) -> None:
        for listener in self.listeners:
            listener()


@dataclass(slots=True, kw_only=True)
class _Batch:
    """What one read gave."""

    events: list[Event]
    places: list[_Place]
    runs: list[Run]
    """Those that end before the last of the places."""
    raw: bytes | list[bytes]
    """The lines that were read, in one piece or one by one; those of events that are held back for their moment too."""
    raw_count: int
    """How many they are."""
    times: "array[float]"
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


class _RawLines:
    """The lines of events as they came, kept as they were read, and cut where one is asked for."""

    def __init__(self) -> None:
        self._reads: list[bytes | list[bytes]] = []
        self._starts: list[int] = [0]
        """The number of the first line of each read, and of the one to come."""
        self._cut: tuple[int, list[bytes]] = (-1, [])
        """The read that was cut last, and its lines."""

    def add(self, lines: bytes | list[bytes], count: int) -> None:
        """Take the lines of a read."""
        self._reads.append(lines)
        self._starts.append(self._starts[-1] + count)

    def __getitem__(self, number: int) -> bytes:
        index = bisect_right(self._starts, number) - 1
        if self._cut[0] != index:
            lines = self._reads[index]
            self._cut = index, lines.split(b"\n") if isinstance(lines, bytes) else lines
        return self._cut[1][number - self._starts[index]]


class _Reader:
    """Reads a source bit by bit, in a thread: lines, their events, their moments, and what they come to."""

    def __init__(self) -> None:
        self._pace = Pace()
        self._conversation = Conversation()
        self._folded = self._ended = 0
        """How many events are in it, and how many of its runs were given."""
        self._rest = b""
        """The beginning of a line whose end has not come yet."""
        self._is_skipping = False
        """Whether it is the middle of a line that is too long."""
        self._bytes = self._lines = self._broken = self._count = 0
        self._version = FORMAT_VERSION
        """The newest format that was told."""
        self._problems: list[str] = []

    def read(self, file: RawIOBase | BufferedIOBase, *, is_growing: bool) -> _Batch:
        """The next events of `file`; there is no last batch of one that is growing.

        Raises:
            OSError: the source cannot be read.
        """
        wanted = _READ if self._bytes else _FIRST_READ
        data = (file.read1(wanted) if isinstance(file, BufferedIOBase) else file.read(wanted)) or b""
        self._bytes += len(data)
        at_end, is_last = not data, not data and not is_growing
        is_short = len(data) < wanted
        raw, events = self._events(self._whole_lines(data, is_last=is_last), is_whole=not is_last)
        if self._bytes >= MAX_BYTES or self._count >= MAX_EVENTS:
            at_end = is_last = True
            self._tell_limit()
        # Where there is less than was asked for, the next may be long in coming: what is here is not held back for it.
        placed, times = self._pace.place(events, is_last=is_last or is_short)
        places, runs = self._fold(placed)
        problems, self._problems = self._problems, []
        return _Batch(
            events=placed,
            places=places,
            runs=runs,
            raw=raw,
            raw_count=len(events),
            times=times,
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
        if end:
            whole, rest = b"".join((self._rest, memoryview(data)[:end])), data[end:]
        else:
            whole, rest = b"", self._rest + data
        if self._is_skipping:
            if whole:
                self._is_skipping = False
                self._lines += 1
                whole = whole.partition(b"\n")[2]
            else:
                rest = b""
        if len(rest) > LONGEST_LINE:
            number = self._lines + whole.count(b"\n") + 1
            self._problems.append(f"line {number} is longer than {LONGEST_LINE / 2**20:.0f} MB and was skipped")
            self._is_skipping = True
            rest = b""
        if is_last:
            whole, rest = whole + rest, b""
        if not self._lines:
            whole = whole.removeprefix(BOM_UTF8)
        self._rest = rest
        return whole

    def _events(self, whole: bytes, *, is_whole: bool) -> tuple[bytes | list[bytes], list[Event]]:
        """The events of lines, as far as they may be kept, and their bytes; broken lines are told, unless they are
        not whole."""
        if not whole:
            return b"", []
        raw: bytes | list[bytes] = whole
        events = decode_lines(whole)
        if events is not None:
            self._lines += len(events)
        else:
            lines = [line.strip() for line in whole.removesuffix(b"\n").split(b"\n")]
            raw, events = self._sound(lines, is_whole=is_whole)
            self._lines += len(lines)
        del events[MAX_EVENTS - self._count :]
        for number in numbers_of(events, _BEGINNINGS):
            self._check_version(events[number])
        self._count += len(events)
        return raw, events

    def _sound(self, raws: list[bytes], *, is_whole: bool) -> tuple[list[bytes], list[Event]]:
        """Those of some lines that are events, with their events; the others are told."""
        sound, events = [], []
        for number, line in enumerate(raws, start=self._lines + 1):
            raw = line
            try:
                event = decode(raw)
            except EventDecodeError as error:
                raw, found = _of_server(raw)
                if found is None:
                    if raw and is_whole:
                        self._tell_broken(number, error)
                    continue
                event = found
            sound.append(raw)
            events.append(event)
        return sound, events

    def _fold(self, events: Sequence[Event]) -> tuple[list[_Place], list[Run]]:
        """Fold the next events; gives where among them no run is open, and the runs before that."""
        conversation, places, folded = self._conversation, [], 0
        for number in numbers_of(events, _ENDS):
            conversation.apply_all(events[folded : number + 1])
            folded = number + 1
            if conversation.open_run is None:
                places.append(_Place(self._folded + folded, len(conversation.runs), conversation.thread_id))
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

    def _check_version(self, event: Event) -> None:
        version = (event.metadata or {}).get("format")
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
