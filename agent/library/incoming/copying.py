"""Writes the events of a stream where nobody sees them yet: a file for each thread in it, an event to a line.

However the stream was framed, packed and encoded, a session's file is JSON Lines in UTF-8: it is appended to when the
session is gone on with, so it has the one form that can be appended to. The JSON of each event stays byte for byte,
fields that nobody here knows too; only line ends inside of one become blanks. What is no event is told, and left out.
Whoever names the files makes sessions of them (`importing`); what is named by nobody is swept.
"""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, NamedTuple

from agent.errors import LibraryError, TranscriptError
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
from agent.formats.imports.opening import open_foreign
from agent.library.incoming.databases import exported_lines, is_database
from agent.library.metadata import refused
from agent.reading.lines import Taken, Told, read_pieces
from agent.transcripts.folders import Sessions, make_private_folder
from agent.transcripts.session import new_session_id

__all__ = ["Copied", "Copy", "copy_file"]

_BUFFER = 2**20
"""Bytes that are written at once."""


class Copy:
    """The file of a thread, under a name that no list shows."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / f".{new_session_id()}"
        self.created: float | None = None
        """When its first event was, in ms since the epoch."""
        self.size = 0
        self.title = ""
        """What the program that wrote it calls it, as far as it is known."""
        self.is_asked = False
        """Whether there is a question in it."""


class Copied(NamedTuple):
    """What a stream became; it goes from one process to another as it is."""

    copies: list[Copy]
    """One for each thread, in the order in which they begin."""
    problems: list[str]
    """What is wrong with the stream, a line each."""

    def sync(self) -> None:
        """Have the disk take the files. Blocks, for as long as it wants.

        Raises:
            LibraryError: it does not take them; they are removed.
        """
        try:
            for copy in self.copies:
                _sync(copy.path)
        except OSError as error:
            self.discard()
            raise refused(self.copies[0].path.parent, error) from error

    def discard(self) -> None:
        """Remove the files, as far as they are still there under these names."""
        for copy in self.copies:
            with suppress(OSError):
                copy.path.unlink(missing_ok=True)


def copy_file(path: Path, sessions: Sessions, name: str | None = None) -> Copied:
    """Write the events of a file into the folder, or those of the sessions in a database; `name` is what it is called,
    where that is not its path. Whether the disk has them is not waited for.

    Raises:
        TranscriptError: it cannot be read, or there is no event in it.
        LibraryError: the folder takes nothing.
    """
    if not is_database(path):
        return _copy_pieces(read_pieces(path, open_foreign), sessions, name or str(path))
    try:
        with TemporaryDirectory() as folder:
            exported = Path(folder) / "exported.jsonl"
            with exported.open("wb") as file:
                file.writelines(exported_lines(path))
            return _copy_pieces(read_pieces(exported, open_foreign), sessions, name or str(path))
    except OSError as error:
        raise LibraryError(f"{path} cannot be read: {error.strerror or error}") from error


def _copy_pieces(pieces: Iterable[Taken], sessions: Sessions, name: str) -> Copied:
    """Write the events of a stream into the folder, all of it or nothing; errors as of `copy_file`."""
    told = Told()
    problems: list[str] = []
    first = ""
    copying = _Copying(sessions)
    try:
        make_private_folder(sessions.folder)
        for piece in pieces:
            if piece.block:
                copying.add_all(piece.events, piece.block)
                continue
            for line in piece.lines:
                if line.event is not None:
                    copying.add(line.event, line.raw)
                    problems += told.of(line) if line.left_out else ()
                else:
                    problems += told.of(line)
                    first = first or (f"line {line.number}: {line.problem}" if line.number else f"{line.problem}")
        if not copying.has_events:
            why = f" ({first})" if first else ""
            is_empty = not first and not copying.count
            raise TranscriptError(
                f"{name} is empty" if is_empty else f"{name} is no recording: there is no AG-UI event in it{why}"
            )
        return Copied(copying.end(), problems)
    except OSError as error:
        copying.discard()
        raise refused(sessions.folder, error) from error
    except BaseException:
        copying.discard()
        raise


class _Copying:
    """The files that are being written, a thread each."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._copies: dict[str, Copy] = {}
        """By thread; the first begins before its name is known."""
        self._thread = ""
        self._file: BinaryIO | None = None
        self._asked: list[bytes] = []
        """What asked for the run that comes next."""
        self._lines: list[bytes] = []
        """Those that are not written yet."""
        self._waiting = 0
        """Bytes that they are."""
        self._is_known = False
        """Whether events that are not noted for themselves tell nothing more of the open copy."""
        self.count = 0
        self.has_events = False
        """Whether any is of a type that AG-UI has."""

    def add(self, event: Event, raw: bytes) -> None:
        """Take the next event of the stream."""
        self.count += 1
        if type(event) in _NOTED or not self._is_known:
            if isinstance(event, RunRequested):
                self._asked.append(raw)
                return
            raw = self._noted(event, raw)
        self._write(raw)

    def add_all(self, events: list[Event], block: bytes) -> None:
        """Take the next events, whose lines `block` is."""
        lines, start, noted = block.split(b"\n"), 0, 0
        for number, event in enumerate(events):
            if type(event) in _NOTED or not self._is_known:
                self._write_all(lines[start:number])
                self.add(event, lines[number])
                start, noted = number + 1, noted + 1
        self._write_all(lines[start : len(events)])
        self.count += len(events) - noted

    def _noted(self, event: Event, raw: bytes) -> bytes:
        """Note what an event tells of its thread; gives its line as it is written."""
        self.has_events = self.has_events or type(event) is not Unknown
        if isinstance(event, RunStarted):
            self._go_to(event.thread_id or self._thread)
            if self._asked:
                raw = _with_input(event, raw, self._asked[-1])
                self._asked = []
        copy = self._open()
        if copy.created is None and event.timestamp is not None and event.timestamp >= EARLIEST:
            copy.created = event.timestamp
        if isinstance(event, RunFinished | RunError):
            title = (event.metadata or {}).get("title")
            copy.title = title if isinstance(title, str) and title.strip() else copy.title
        elif not copy.is_asked:
            copy.is_asked = _asks(event)
        self._is_known = self.has_events and copy.created is not None
        return raw

    def end(self) -> list[Copy]:
        """All is written; gives the copies."""
        for asked in self._asked:
            self._write(asked)
        self._leave()
        return [*self._copies.values()]

    def discard(self) -> None:
        """Remove what was written. Harmless a second time."""
        self._lines.clear()
        with suppress(OSError):
            self._leave()
        Copied([*self._copies.values()], []).discard()

    def _go_to(self, thread: str) -> None:
        """What follows is of this thread."""
        if thread == self._thread:
            return
        if not self._thread and thread not in self._copies and self._copies:
            self._copies = {thread: self._copies.pop("")}
        else:
            self._leave()
        self._thread = thread

    def _open(self) -> Copy:
        """The copy that is written to."""
        if (copy := self._copies.get(self._thread)) is None:
            copy = self._copies[self._thread] = Copy(self._sessions.folder)
        return copy

    def _write(self, raw: bytes) -> None:
        self._write_all([raw])

    def _write_all(self, lines: list[bytes]) -> None:
        self._lines += lines
        self._waiting += sum(map(len, lines))
        if self._waiting >= _BUFFER:
            self._flush()

    def _flush(self) -> None:
        lines, self._lines, self._waiting = self._lines, [], 0
        if not lines:
            return
        copy = self._open()
        if self._file is None:
            descriptor = os.open(copy.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._file = os.fdopen(descriptor, "ab", _BUFFER)
        lines.append(b"")
        copy.size += self._file.write(b"\n".join(lines))

    def _leave(self) -> None:
        self._flush()
        if self._file is not None:
            file, self._file = self._file, None
            file.close()


_NOTED = frozenset(
    {RunRequested, RunStarted, RunFinished, RunError, MessagesSnapshot, TextMessageStart, TextMessageChunk}
)
"""What tells something of its thread wherever it stands."""


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


def _with_input(event: RunStarted, raw: bytes, asked: bytes) -> bytes:
    """The beginning of a run with the body that asked for it as its input, which is where AG-UI has it."""
    if event.input is not None:
        return raw
    return raw.rstrip()[:-1] + b',"input":' + asked + b"}"
