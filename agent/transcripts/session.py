"""A session: its conversation, its file, and the one way by which a run's events reach both the file and a reader.

Knows no model and no screen: it is given runs and records them.
"""

import logging
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from agent.conversation.lineage import Lineage
from agent.conversation.reducer import Conversation
from agent.errors import SessionLocked, SessionNotFound, TranscriptError, TranscriptWriteError
from agent.events.types import Event, RunStarted
from agent.reading.ahead import ReadAhead
from agent.reading.file import changes
from agent.reading.lines import Lines, read_lines
from agent.runs.run import Run
from agent.threads import in_thread
from agent.transcripts.folders import Sessions
from agent.transcripts.past import read_past
from agent.transcripts.writer import TranscriptWriter

__all__ = ["Session", "new_session_id"]

log = logging.getLogger(__name__)


def new_session_id(now: datetime | None = None) -> str:
    """An id that sorts by time and that no other session has, such as `20261123-014512-3f9a2c`."""
    return f"{(now or datetime.now(UTC)):%Y%m%d-%H%M%S}-{uuid4().hex[:6]}"


class Session:
    """One session. Its file is made with the first run, so a session without a question leaves nothing behind."""

    def __init__(self, session_id: str, path: Path | None, *, read_only: bool = False) -> None:
        """`path` None keeps nothing on disk."""
        self.id = session_id
        self.path = path
        self.read_only = read_only
        """Another instance is writing it."""
        self.conversation = Conversation()
        """What was in the file when it was opened; from then on the reader of `record` folds on."""
        self.problems: list[str] = []
        """What was wrong with the file or the saving of it, one line each, oldest first."""
        self.parent: Lineage | None = None
        """Where this session was forked off, until its next run has told so."""
        self.unsaved = ""
        """Why what was said last is not on the disk, for as long as that is so; '' where it is."""
        self._writer: TranscriptWriter | None = None
        self._read_to = 0
        """How much of the file `conversation` has seen, in bytes."""

    @classmethod
    def new(cls, sessions: Sessions | None) -> "Session":
        """An empty session; `sessions` None keeps it off the disk."""
        session_id = new_session_id()
        return cls(session_id, sessions.path(session_id) if sessions else None)

    @classmethod
    def open(cls, path: Path, ahead: ReadAhead | None = None) -> "Session":
        """A saved session, to be gone on with: a run that a crash left open is closed. Blocks while it reads.

        One that another instance is writing is read-only. `ahead` reads it already; who began it ends it.

        Raises:
            SessionNotFound: there is no such file.
            TranscriptError: it cannot be read.
        """
        session = cls(path.stem, path)
        try:
            session._open_writer(path)
            past = read_past(path, is_growing=session.read_only, ahead=ahead)
        except BaseException:
            session.close()
            raise
        session.conversation, session._read_to = past.conversation, past.end
        session.problems += [f"{path.name}: {problem}" for problem in past.problems]
        if session._writer is not None:
            session.conversation.apply_all(session._writer.close_interrupted_run(past.last_events))
        return session

    def _open_writer(self, path: Path) -> None:
        try:
            self._writer = TranscriptWriter(path, create=False)
        except SessionLocked:
            self.read_only = True
        except SessionNotFound:
            raise
        except TranscriptError as error:  # a folder or a disk that takes nothing: it can still be looked at
            self.problems.append(f"This session cannot be written to: {error}")

    @classmethod
    def branched(cls, sessions: Sessions | None, lines: Iterable[bytes], conversation: Conversation) -> "Session":
        """A new session that begins with these lines, whose state is `conversation`. Blocks while it writes.

        `sessions` None keeps it off the disk.

        Raises:
            TranscriptError: it cannot be written.
        """
        session = cls.new(sessions)
        session.conversation = conversation
        if session.path is not None:
            session._writer = TranscriptWriter(session.path)
            try:
                session._writer.write_lines(lines)
            except TranscriptError:
                session.close()
                raise
        return session

    def fork(self, sessions: Sessions, *, before: str | None = None) -> "Session":
        """A new session with the same past, to be gone on with; this one is left as it is. Blocks while it copies.

        `before` names the run where the copied past ends.

        Raises:
            TranscriptError: this session is not saved, its file cannot be read, or the new one not be written.
        """
        if self.path is None:
            raise TranscriptError("this session is not saved, so there is nothing to branch from")
        path = sessions.path(new_session_id())
        writer = TranscriptWriter(path)
        try:
            lines = [*_lines_before(self.path, before)]
            writer.write_lines(lines)
        finally:
            writer.close()
        fork = Session.open(path)
        fork.parent = self._lineage(before) if before else self._lineage_at_the_end(len(lines))
        return fork

    def take_lineage(self, retry_of: str | None) -> Lineage | None:
        """Where the next run branches off; asked once, for it tells so. `retry_of` names the run that it asks again."""
        parent, self.parent = self.parent, None
        if parent is None and retry_of is not None:
            return replace(self._lineage(retry_of), branch="retry")
        return parent

    def _lineage(self, run_id: str) -> Lineage:
        """From the beginning of one of the session's turns."""
        turns = enumerate(self.conversation.runs, start=1)
        number = next((number for number, run in turns if run.id == run_id), len(self.conversation.runs))
        return Lineage(branch="branch", session=self.id, run=run_id, moment=f"turn:{number}")

    def _lineage_at_the_end(self, events: int) -> Lineage:
        last = self.conversation.runs[-1].id if self.conversation.runs else None
        return Lineage(branch="fork", session=self.id, run=last, moment=f"event:{events}")

    async def follow(self) -> AsyncIterator[Event]:
        """The events that another instance adds to a read-only session's file, as it adds them; without end."""
        assert self.path is not None  # noqa: S101 - only a saved session is read-only
        with self.path.open("rb") as file:
            file.seek(self._read_to)
            lines = Lines()
            async for _ in changes(self.path):
                for event in lines.take(await in_thread(file.read), is_last=False).events:
                    yield event

    async def record(self, run: Run) -> AsyncIterator[Event]:
        """The events of a run that is entered, each handed to the file before it is given out.

        A disk that refuses is told once in `problems` and does not stop the run.
        """
        self._ensure_writer()  # on the loop, as the appends are: the file is new, and nobody has its lock
        async for batch in run.batches():
            self._write(batch)
            for event in batch:
                yield event
        await self._sync()

    def record_rest(self, run: Run) -> None:
        """Hand to the file what `record` was kept from taking: a run that was left has an end there all the same."""
        if rest := run.rest():
            self._write(rest)

    def close(self) -> None:
        """Give up the file."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _ensure_writer(self) -> None:
        if self._writer is not None or self.path is None or self.read_only:
            return
        try:
            self._writer = TranscriptWriter(self.path)
        except TranscriptError as error:
            self.unsaved = f"Not saved: {error}"
            self._tell(f"This session is not being saved: {error}")
            self.path = None

    def _write(self, batch: list[Event]) -> None:
        if self._writer is None:
            return
        try:
            self._writer.write(batch)
        except TranscriptWriteError as error:
            reason = error.__cause__.strerror if isinstance(error.__cause__, OSError) else None
            self.unsaved = f"Not saved: {reason or error}"
            self._tell(str(error))
        else:
            self.unsaved = ""

    async def _sync(self) -> None:
        if self._writer is None:
            return
        try:
            await in_thread(self._writer.sync)
        except TranscriptWriteError as error:
            self._tell(str(error))

    def _tell(self, problem: str) -> None:
        log.warning(problem)
        if problem not in self.problems:
            self.problems.append(problem)


def _lines_before(path: Path, run_id: str | None) -> Iterator[bytes]:
    """The whole events of a file up to the beginning of a run."""
    for line in read_lines(path):
        if isinstance(line.event, RunStarted) and line.event.run_id == run_id:
            return
        if line.event is not None:
            yield line.raw
