"""What a session's file comes to: all of it, read in one go, to be gone on with.

A large file is read by another process (`agent.reading.ahead`); it makes no difference but that it takes nothing from
the screen. Changes nothing on disk.
"""

import logging
from collections.abc import Iterator
from io import RawIOBase
from pathlib import Path
from typing import NamedTuple

from agent.conversation.reducer import Conversation
from agent.conversation.run import Run
from agent.errors import TranscriptError
from agent.events.types import Event, RunStarted
from agent.reading.ahead import ReadAhead, read_ahead
from agent.reading.file import SourceFile
from agent.reading.reader import Batch, Reader
from agent.reading.stored import events_of

__all__ = ["Past", "read_past"]

log = logging.getLogger(__name__)


class Past(NamedTuple):
    """What was in a file."""

    conversation: Conversation
    last_events: list[Event]
    """Those of its last run, or none where that has ended."""
    end: int
    """Where what is written next begins, in bytes; an unfinished line is behind it."""
    problems: list[str]
    """What is wrong with it, a line each."""


def read_past(path: Path, *, is_growing: bool, ahead: ReadAhead | None = None) -> Past:
    """What is in a session's file. Blocks.

    Of one that `is_growing`, a last line without its line end is left for later. `ahead` reads it already, and is
    closed.

    Raises:
        TranscriptError: the file cannot be opened or read.
    """
    try:
        ahead = ahead or read_ahead(path, "session")
        if ahead is None:
            with SourceFile(path) as file:
                return _read(file, is_growing=is_growing)
        with ahead.file as file:
            try:
                return _read(file, is_growing=is_growing, ahead=ahead)
            except OSError as error:
                log.info("%s is read once more, here: %s", path, error)
                ahead.stop()  # both read from one place
                file.seek(0)
                return _read(file, is_growing=is_growing)
            finally:
                ahead.stop()
    except OSError as error:
        raise TranscriptError(f"{path}: {error.strerror or error}") from error


def _read(file: RawIOBase, *, is_growing: bool, ahead: ReadAhead | None = None) -> Past:
    reader, gathered = Reader("session"), _Gathered()
    for batch in _batches_ahead(ahead):
        gathered.take(batch)
    if ahead is not None and ahead.reader is not None:
        reader = ahead.reader
        reader.go_on(gathered.conversation)
    at_end = False
    while not at_end:
        batch = reader.read(file, is_growing=True)
        gathered.take(batch)
        at_end = batch.at_end
    end = reader.position
    if not is_growing:
        gathered.take(reader.read(file, is_growing=False))
    return Past(reader.conversation, gathered.last_events, end, gathered.problems)


def _batches_ahead(ahead: ReadAhead | None) -> Iterator[Batch]:
    while ahead is not None and (batch := ahead.read()) is not None:
        yield batch


class _Gathered:
    """What batches come to, one after the other."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self._runs: list[Run] = []
        self._thread_id: str | None = None
        self._last: list[Batch] = []
        """The batches from the one on that holds the last place where no run is open."""
        self._count = self._skipped = 0
        """How many events there are, and how many of those batches' are before that place."""
        self._behind: list[Event] | None = None
        """The events behind that place, once they are decoded."""

    def take(self, batch: Batch) -> None:
        self.problems += batch.problems
        for place, runs in zip(batch.places, batch.runs_by_place(), strict=True):
            self._runs[place.kept :] = runs
        if batch.places:
            place = batch.places[-1]
            self._thread_id = place.thread_id
            self._last, self._skipped = [], place.events - self._count
        if batch.count:
            self._last.append(batch)
            self._count += batch.count
            self._behind = None

    def _events(self) -> list[Event]:
        if self._behind is None:
            self._behind = [event for batch in self._last for event in events_of(batch.lines)][self._skipped :]
        return self._behind

    @property
    def last_events(self) -> list[Event]:
        """Those of the last run, or none where that has ended."""
        events = self._events()
        starts = [number for number, event in enumerate(events) if isinstance(event, RunStarted)]
        return events[starts[-1] :] if starts else []

    @property
    def conversation(self) -> Conversation:
        """What it all comes to."""
        conversation = Conversation.of_runs([*self._runs], self._thread_id)
        conversation.apply_all(self._events())
        return conversation
