"""A stream that was written elsewhere becomes a session: an event to a line, each as it came.

However the stream was framed, packed and encoded, the session's file is JSON Lines in UTF-8: it is appended to when the
session is gone on with, so it has the one form that can be appended to. The JSON of each event stays byte for byte,
fields that nobody here knows too; only line ends inside of one become blanks. What is no event is told, and left out.
"""

import os
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from agent.errors import TranscriptError
from agent.events.framing import Line
from agent.events.types import Event, RunRequested, RunStarted, Unknown
from agent.library.index.digest import Summary, digest
from agent.library.metadata import refused
from agent.reading.lines import Told
from agent.transcripts.folders import Sessions, make_private_folder
from agent.transcripts.session import new_session_id

__all__ = ["Import", "import_lines"]


class Import(NamedTuple):
    """What became of a stream."""

    sessions: list[tuple[str, bool]]
    """The ids of the new sessions, one for each thread, and whether there is a question in it."""
    problems: list[str]
    """What is wrong with the stream, a line each."""


def import_lines(lines: Iterable[Line], sessions: Sessions, name: str) -> Import:
    """Write the events of a stream into the folder, all of it or nothing; `name` is what the stream is called.

    Each thread of it becomes a session: a session is one conversation.

    Raises:
        TranscriptError: the stream cannot be read, or there is no event in it.
        LibraryError: the folder takes nothing.
    """
    told = Told()
    problems: list[str] = []
    first = ""
    copies = _Copies(sessions)
    try:
        make_private_folder(sessions.folder)
        for line in lines:
            problems += told.of(line)
            if line.event is not None:
                copies.add(line.event, line.raw)
            else:
                first = first or (f"line {line.number}: {line.problem}" if line.number else f"{line.problem}")
        if not copies.has_events:
            why = f" ({first})" if first else ""
            is_empty = not first and not copies.count
            raise TranscriptError(
                f"{name} is empty" if is_empty else f"{name} is no recording: there is no AG-UI event in it{why}"
            )
        made = copies.keep()
    except OSError as error:
        raise refused(sessions.folder, error) from error
    finally:
        copies.discard()
    if len(made) > 1:
        problems.append(f"{len(made)} threads are in it, and each became a session")
    return Import(made, problems)


class _Copies:
    """The files that are being written, a thread each."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._paths: dict[str, Path] = {}
        """By thread; the first begins before its name is known."""
        self._thread = ""
        self._file = -1
        self._asked: list[bytes] = []
        """What asked for the run that comes next."""
        self._kept: list[Path] = []
        self.count = 0
        self.has_events = False
        """Whether any is of a type that AG-UI has."""

    def add(self, event: Event, raw: bytes) -> None:
        """Take the next event of the stream."""
        self.count += 1
        self.has_events = self.has_events or type(event) is not Unknown
        if isinstance(event, RunRequested):
            self._asked.append(raw)
            return
        if isinstance(event, RunStarted):
            self._go_to(event.thread_id or self._thread)
            if self._asked:
                raw = _with_input(event, raw, self._asked[-1])
                self._asked = []
        self._write([*self._asked, raw])
        self._asked = []

    def keep(self) -> list[tuple[str, bool]]:
        """Give the files their names, all or none; gives the new ids, and whether there is a question."""
        self._write(self._asked)
        self._leave()
        made: list[tuple[str, bool]] = []
        try:
            for path in self._paths.values():
                summary = _summary(path)
                session_id = new_session_id(_moment(summary.created))
                self._kept.append(path.rename(self._sessions.path(session_id)))
                made.append((session_id, bool(summary.title)))
        except OSError:
            for path in self._kept:
                path.unlink(missing_ok=True)
            raise
        return made

    def discard(self) -> None:
        """Remove what was not kept. Harmless a second time."""
        with suppress(OSError):
            self._leave()
        for path in self._paths.values():
            with suppress(OSError):
                path.unlink(missing_ok=True)

    def _go_to(self, thread: str) -> None:
        """What follows is of this thread."""
        if thread == self._thread:
            return
        if not self._thread and thread not in self._paths and self._paths:
            self._paths = {thread: self._paths.pop("")}
        else:
            self._leave()
        self._thread = thread

    def _write(self, raws: list[bytes]) -> None:
        data = b"".join(raw + b"\n" for raw in raws)
        if self._file < 0 and data:
            path = self._paths.get(self._thread) or self._sessions.folder / f".{new_session_id()}"
            self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._paths[self._thread] = path
        while data:
            data = data[os.write(self._file, data) :]

    def _leave(self) -> None:
        if self._file >= 0:
            file, self._file = self._file, -1
            try:
                os.fsync(file)
            finally:
                os.close(file)


def _summary(path: Path) -> Summary:
    summary = Summary()
    with path.open("rb") as file:
        for batch in digest(file, None, lambda: None):
            summary = batch.summary
    return summary


def _moment(created: float | None) -> datetime | None:
    """When the stream was begun, so that its id sorts among the others; None where it does not say."""
    try:
        return None if created is None else datetime.fromtimestamp(created / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _with_input(event: RunStarted, raw: bytes, asked: bytes) -> bytes:
    """The beginning of a run with the body that asked for it as its input, which is where AG-UI has it."""
    if event.input is not None:
        return raw
    return raw.rstrip()[:-1] + b',"input":' + asked + b"}"
