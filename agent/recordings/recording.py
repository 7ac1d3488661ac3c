"""A recording: the events of a transcript with their raw bytes and their moments, from a file or a stream.

It grows while it is read, and on while another program writes it. What is read is folded at once, where it is read, so
that the state at any event is at hand. It owns what is wrong with the source and how much of it is kept in memory; it
knows no player and no screen, and changes nothing on disk.
"""

from array import array
from bisect import bisect_right
from collections.abc import AsyncIterator, Callable, Iterable
from io import BufferedIOBase, BytesIO
from itertools import pairwise
from operator import attrgetter
from pathlib import Path

from agent.conversation.lineage import origin_of
from agent.conversation.reducer import Conversation
from agent.conversation.run import Run
from agent.events.types import Event, RunStarted
from agent.events.wire import encode
from agent.reading.ahead import ReadAhead, read_ahead
from agent.reading.file import JoinedFile, SourceFile, changes, open_source, why_lost
from agent.reading.foreign import Formats
from agent.reading.marks import Marks
from agent.reading.pacing import UNASKED, Paced, PlayedTimes
from agent.reading.reader import Batch, Place, Reader
from agent.reading.stored import RecordedEvents
from agent.threads import in_thread
from agent.transcripts.lock import is_locked

__all__ = ["Recording"]

_FIRST = 20
"""Events in which the first run begins, where one does."""
_LONG_RUN = 10_000
"""Events that take as long to decode as a frame lasts."""


class Recording:
    """Events to be read again and again, in any order. Grows only where `load` is awaited, or `read` or `feed` called.

    One thing: it keeps what came of one source, and what that comes to.
    """

    def __init__(
        self,
        source: Path | BufferedIOBase,
        *,
        follow: bool = False,
        ahead: ReadAhead | None = None,
        formats: Formats | None = None,
    ) -> None:
        """`follow` reads a file on as it is written, until `load` is cancelled; not one with others beside it. `ahead`
        reads the source already. `formats` know the streams of other programs."""
        self.source = source
        self.follow = follow and isinstance(source, Path)
        self.events = RecordedEvents()
        self.timeline = array("d")
        """When each event came, in ms from the first; never falling."""
        self.said = array("I")
        """How many signs of each event there are to be read."""
        self.marks = Marks()
        self.problems: list[str] = []
        """What is wrong with the source, a line each, in the order it was found."""
        self.finished = False
        """Whether nothing more will come."""
        self.is_dated = False
        """Whether the moments are real; else they are counted from the epoch, at a pace of our own."""
        self.is_live = False
        """Whether it comes as it happens, through a pipe: its moments are those of its arrival."""
        self.bytes_read = 0
        self.listeners: list[Callable[[], None]] = []
        """Called on the loop whenever events have been added, and when the recording is finished."""
        self._places: list[Place] = [Place(0, 0, 0, None)]
        """Every place so far where no run is open."""
        self._runs: list[list[Run]] = [[]]
        """The runs of each of those places that were not kept from the one before. They never change, so every state
        shares them."""
        self._reader = Reader("replay", formats)
        self._formats = formats
        self._ahead = ahead
        self._file: SourceFile | JoinedFile | None = None
        """The source, once it is open, where it is ours to close."""

    @classmethod
    def of(cls, events: Iterable[Event]) -> "Recording":
        """A finished recording of events from memory."""
        recording = cls(BytesIO(b"".join(encode(event) + b"\n" for event in events)))
        recording.read()
        return recording

    @classmethod
    def fed(cls) -> "Recording":
        """A recording that grows by what it is fed, until it is ended."""
        return cls(BytesIO())

    def feed(self, events: Iterable[Event]) -> None:
        """Take in what comes next, and tell the listeners; all on one loop."""
        if self.finished:
            return
        file, at_end = BytesIO(b"".join(encode(event) + b"\n" for event in events)), False
        while not at_end and not self.finished:
            batch = self._reader.read(file, is_growing=True)
            at_end = batch.at_end
            self._add(batch)

    def end(self) -> None:
        """Nothing more will be fed."""
        self._finish()

    @property
    def name(self) -> str:
        """What the source is called."""
        return self.source.name if isinstance(self.source, Path) else "standard input"

    @property
    def origin(self) -> str:
        """Where another program's recording is from and what its times are worth, in words; empty for all others."""
        first = next((event for event in self.events[:_FIRST] if isinstance(event, RunStarted)), None)
        origin = origin_of(first) if first is not None else None
        return origin.words if origin is not None else ""

    def played(self, idle_limit: float | None = None, paced: Paced = UNASKED) -> PlayedTimes:
        """Its timeline as it is played, which grows with it as long as `is_dated` stays; `idle_limit` is in ms."""
        said = self.said if paced.is_asked or not self.is_dated else None
        return PlayedTimes(self.timeline, idle_limit, said, paced, is_dated=self.is_dated)

    def raw(self, number: int) -> bytes:
        """The JSON of an event as it came, without the line end; numbers count from 0."""
        return self.events.raw(number)

    def __len__(self) -> int:
        return len(self.events)

    def state(self, position: int) -> Conversation:
        """The state after the first `position` events, to be gone on with. Whole runs are shared, never copied."""
        number = bisect_right(self._places, position, key=attrgetter("events")) - 1
        place = self._places[number]
        conversation = Conversation.of_runs(self._runs_at(number), place.thread_id)
        conversation.apply_all(self.events[place.events : position])
        return conversation

    def settled_before(self, position: int) -> int:
        """The last position up to there at which no run is open: from there a state is soonest gone on with."""
        return self._places[bisect_right(self._places, position, key=attrgetter("events")) - 1].events

    @property
    def runs(self) -> list[Run]:
        """All turns, to be looked at; of one that is finished they were folded as it was read."""
        whole = self._reader.conversation
        if self.finished and self._reader.folded == len(self):
            return whole.runs
        return self.state(len(self)).runs

    def _runs_at(self, number: int) -> list[Run]:
        """The runs there are at a place."""
        wanted, parts = self._places[number].runs, []
        while wanted:
            kept = self._places[number].kept
            if kept < wanted:
                parts.append(self._runs[number][: wanted - kept])
                wanted = kept
            number -= 1
        return [run for part in reversed(parts) for run in part]

    def read(self) -> None:
        """Read all there is, here and now. Blocks; never raises: what goes wrong is in `problems`."""
        try:
            file = self._open(is_awaited=False)
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
            file = await in_thread(self._open, is_awaited=True)
            if self._ahead is not None:
                await self._take_over(self._ahead, caught_up)
            is_first = True
            async for _ in self._occasions(file):
                is_over = await self._read_on(file, caught_up)
                if is_first:
                    await in_thread(self._decode_long_runs)
                    is_first = False
                if is_over:
                    break
        except OSError as error:
            self._fail(error)
        finally:
            self._finish()
            self._close()

    async def _take_over(self, ahead: ReadAhead, caught_up: Callable[[], None]) -> None:
        """Take what another process reads, and be ready to read on from there."""
        taken = 0
        try:
            while (batch := await in_thread(ahead.read)) is not None:
                self._add(batch)
                taken += 1
                if batch.is_short:
                    caught_up()
        except OSError as error:
            ahead.stop()  # both read from one place
            await self._read_again(ahead.file, taken, error)
        else:
            assert ahead.reader is not None  # noqa: S101 - as all was read
            self._reader = ahead.reader
            self._reader.go_on(await in_thread(self.state, len(self)))
        finally:
            ahead.stop()

    async def _read_again(self, file: SourceFile | JoinedFile, count: int, error: OSError) -> None:
        """Bring the reader here to where another was, `count` reads from the start, when it was lost to `error`."""
        if isinstance(file, SourceFile):  # of a joined one nothing was read in this process
            file.seek(0)
        again = [(await in_thread(self._reader.read, file, is_growing=True)).size for _ in range(count)]
        if sum(again) != self.bytes_read:  # it is not the file that it was
            raise error

    def _decode_long_runs(self) -> None:
        """A jump into a run folds it from its start; the events of a long one are decoded before somebody waits."""
        for start, end in pairwise([*(place.events for place in self._places), len(self)]):
            if end - start > _LONG_RUN:
                self.events[start:end]

    async def _read_on(self, file: SourceFile | JoinedFile | BufferedIOBase, caught_up: Callable[[], None]) -> bool:
        """Read all there is for now; gives whether nothing more will come."""
        at_end = False
        while not self.finished and not at_end:
            batch = await in_thread(self._reader.read, file, is_growing=self.follow)
            self._add(batch)
            at_end = batch.at_end
            if batch.is_short:
                caught_up()
        return self.finished

    def _open(self, *, is_awaited: bool) -> SourceFile | JoinedFile | BufferedIOBase:
        if not isinstance(self.source, Path):
            return self.source
        if self._ahead is None and is_awaited:
            self._ahead = read_ahead(self.source, "replay", self._formats)
        self._file = self._ahead.file if self._ahead is not None else open_source(self.source, self._formats)
        self.follow &= isinstance(self._file, SourceFile)
        if self.finished:  # `load` was cancelled meanwhile, and found nothing to close
            self._close()
        return self._file

    def _close(self) -> None:
        if self._ahead is not None:
            self._ahead.close()
        if self._file is not None:
            self._file.close()

    async def _occasions(self, file: SourceFile | JoinedFile | BufferedIOBase) -> AsyncIterator[None]:
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

    def _add(self, batch: Batch) -> None:
        self.events.add(batch.lines, batch.count, len(batch.times), batch.moments)
        self._places += batch.places
        self._runs += batch.runs_by_place()
        self.timeline += batch.times
        self.said += batch.said
        self.marks.extend(batch.marks)
        self.problems += [f"{self.name}: {problem}" for problem in batch.problems]
        self.bytes_read += batch.size
        self.is_dated, self.is_live = batch.is_dated, batch.is_live
        if batch.is_last:
            self._finish()
        elif batch.times:
            self._tell()

    def _fail(self, error: OSError) -> None:
        self.problems.append(f"{self.name}: {error.strerror or error}")
        self.finished = True
        self._tell()

    def _finish(self) -> None:
        if self.finished:
            return
        if not len(self):
            why = self.problems[0].removeprefix(f"{self.name}: ") if self.problems else "there is nothing in it"
            why = "it is empty" if not self.bytes_read else why
            self.problems = [f"{self.name}: no event in it: {why}"]
        self.finished = True
        self._tell()

    def _tell(self) -> None:
        for listener in self.listeners:
            listener()
