"""A stream that was written elsewhere becomes a session: an event to a line, each as it came.

However the stream was framed, packed and encoded, the session's file is JSON Lines in UTF-8: it is appended to when the
session is gone on with, so it has the one form that can be appended to. The JSON of each event stays byte for byte,
fields that nobody here knows too; only line ends inside of one become blanks. What is no event is told, and left out.
"""

import os
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, NamedTuple

from agent.errors import TranscriptError
from agent.events.framing import Line
from agent.events.types import (
    Event,
    MessagesSnapshot,
    RunError,
    RunFinished,
    RunRequested,
    RunStarted,
    TextMessageChunk,
    TextMessageStart,
    Unknown,
)
from agent.figures import EARLIEST
from agent.library.metadata import refused
from agent.reading.lines import Told
from agent.transcripts.folders import Sessions, is_session_id, make_private_folder
from agent.transcripts.session import new_session_id

__all__ = ["Import", "import_lines", "sweep"]

_BUFFER = 2**20
"""Bytes that are written at once."""
_LEFT = 3_600
"""Seconds after its last write from which a copy is one that a crash left."""


class Import(NamedTuple):
    """What became of a stream."""

    sessions: list[str]
    """The ids of the new sessions, one for each thread."""
    problems: list[str]
    """What is wrong with the stream, a line each."""
    titles: dict[str, str]
    """What the program that wrote it calls some of them; empty where it does not, and nobody has asked anything."""


def import_lines(
    lines: Iterable[Line],
    sessions: Sessions,
    name: str,
    announce: Callable[[Mapping[str, int]], object] = lambda sizes: None,
) -> Import:
    """Write the events of a stream into the folder, all of it or nothing; `name` is what the stream is called.

    Each thread of it becomes a session: a session is one conversation. `announce` is told the ids that they are about
    to have, with the size of each, before there is any of them: after a crash it can be told whose they are.

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
            if line.event is not None:
                copies.add(line.event, line.raw)
                problems += told.of(line) if line.left_out else ()
            else:
                problems += told.of(line)
                first = first or (f"line {line.number}: {line.problem}" if line.number else f"{line.problem}")
        if not copies.has_events:
            why = f" ({first})" if first else ""
            is_empty = not first and not copies.count
            raise TranscriptError(
                f"{name} is empty" if is_empty else f"{name} is no recording: there is no AG-UI event in it{why}"
            )
        made = copies.keep(announce)
    except OSError as error:
        raise refused(sessions.folder, error) from error
    finally:
        copies.discard()
    if len(made) > 1:
        problems.append(f"{len(made)} threads are in it, and each became a session")
    titles = {name: copy.title for name, copy in made.items() if copy.title or not copy.is_asked}
    return Import([*made], problems, titles)


def sweep(sessions: Sessions) -> None:
    """Remove the copies that crashes left. Blocks."""
    for entry in os.scandir(sessions.folder) if sessions.folder.is_dir() else ():
        if entry.name.startswith(".") and is_session_id(entry.name[1:]):
            with suppress(OSError):
                if entry.is_file(follow_symlinks=False) and time.time() - entry.stat().st_mtime > _LEFT:
                    os.unlink(entry.path)


class _Copy:
    """The file that is being written of a thread."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / f".{new_session_id()}"
        self.created: float | None = None
        """When its first event was, in ms since the epoch."""
        self.size = 0
        self.title = ""
        """What the program that wrote it calls it, as far as it is known."""
        self.is_asked = False
        """Whether there is a question in it."""


class _Copies:
    """The files that are being written, a thread each."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._copies: dict[str, _Copy] = {}
        """By thread; the first begins before its name is known."""
        self._thread = ""
        self._file: BinaryIO | None = None
        self._asked: list[bytes] = []
        """What asked for the run that comes next."""
        self._kept: list[Path] = []
        self.count = 0
        self.has_events = False
        """Whether any is of a type that AG-UI has."""

    def add(self, event: Event, raw: bytes) -> None:
        """Take the next event of the stream."""
        self.count += 1
        if not self.has_events:
            self.has_events = type(event) is not Unknown
        if isinstance(event, RunRequested):
            self._asked.append(raw)
            return
        if isinstance(event, RunStarted):
            self._go_to(event.thread_id or self._thread)
            if self._asked:
                raw = _with_input(event, raw, self._asked[-1])
                self._asked = []
        copy = self._write(raw)
        if copy.created is None and event.timestamp is not None and event.timestamp >= EARLIEST:
            copy.created = event.timestamp
        if isinstance(event, RunFinished | RunError):
            title = (event.metadata or {}).get("title")
            copy.title = title if isinstance(title, str) and title.strip() else copy.title
        elif not copy.is_asked:
            copy.is_asked = _asks(event)

    def keep(self, announce: Callable[[Mapping[str, int]], object]) -> dict[str, _Copy]:
        """Give the files their names, all or none; gives them by their new ids."""
        for asked in self._asked:
            self._write(asked)
        self._leave()
        copies = {new_session_id(_moment(copy.created)): copy for copy in self._copies.values()}
        for copy in copies.values():
            _sync(copy.path)
        announce({session_id: copy.size for session_id, copy in copies.items()})
        try:
            for session_id, copy in copies.items():
                self._kept.append(copy.path.rename(self._sessions.path(session_id)))
        except OSError:
            for path in self._kept:
                path.unlink(missing_ok=True)
            raise
        return copies

    def discard(self) -> None:
        """Remove what was not kept. Harmless a second time."""
        with suppress(OSError):
            self._leave()
        for copy in self._copies.values():
            with suppress(OSError):
                copy.path.unlink(missing_ok=True)

    def _go_to(self, thread: str) -> None:
        """What follows is of this thread."""
        if thread == self._thread:
            return
        if not self._thread and thread not in self._copies and self._copies:
            self._copies = {thread: self._copies.pop("")}
        else:
            self._leave()
        self._thread = thread

    def _write(self, raw: bytes) -> _Copy:
        if (copy := self._copies.get(self._thread)) is None:
            copy = self._copies[self._thread] = _Copy(self._sessions.folder)
        if self._file is None:
            descriptor = os.open(copy.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._file = os.fdopen(descriptor, "ab", _BUFFER)
        copy.size += self._file.write(raw) + self._file.write(b"\n")
        return copy

    def _leave(self) -> None:
        if self._file is not None:
            file, self._file = self._file, None
            file.close()


def _asks(event: Event) -> bool:
    """Whether somebody asks something in an event."""
    if isinstance(event, RunStarted):
        return event.input is not None and any(message.role == "user" for message in event.input.messages)
    if isinstance(event, MessagesSnapshot):
        return any(message.role == "user" for message in event.messages)
    return isinstance(event, TextMessageStart | TextMessageChunk) and event.role == "user"


def _sync(path: Path) -> None:
    """Have the disk take a file."""
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)


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
