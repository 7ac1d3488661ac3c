"""Sessions on disk: one JSONL file each, one event a line, only ever appended to.

It owns the file's form and what a crash leaves behind; it knows no screen, no model, and nothing of what the
events mean but how a run is closed.
"""

import contextlib
import logging
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from agent.errors import EventDecodeError, SessionNotFound, TranscriptError, TranscriptWriteError
from agent.events.encoding import HEAD, is_plain
from agent.events.open_parts import OpenParts
from agent.events.types import Event, RunCancelled, RunError, RunErrorCode, RunFinished, RunStarted
from agent.events.wire import decode, encode
from agent.transcripts.folders import make_private_folder
from agent.transcripts.lock import lock_transcript

__all__ = [
    "TranscriptWriter",
    "interrupted_run",
]

log = logging.getLogger(__name__)

_COPIED = 1 << 20
"""Bytes that are copied at a time."""


def interrupted_run(events: Iterable[Event]) -> OpenParts | None:
    """What is open in the last run of `events`, where that run never ended; None where it did."""
    parts = OpenParts()
    is_open = False
    for event in events:
        parts.track(event)
        if isinstance(event, RunStarted):
            is_open = True
        elif isinstance(event, RunFinished | RunError | RunCancelled):
            is_open = False
    return parts if is_open else None


class TranscriptWriter:
    """Appends events to one session's file, which it alone may write while it is open.

    Every batch goes to the operating system in one unbuffered write before `write` returns, so a killed process loses
    nothing that was shown. What the system refuses is kept in memory, in order, and tried again with the next batch. A
    file that is deleted under its writer is made again, with all that was in it, before anything is added.
    """

    def __init__(self, path: Path, *, create: bool = True) -> None:
        """Open the file, take its lock and end a line that a crash left unfinished.

        `create` makes the file where there is none.

        Raises:
            SessionLocked: another writer has it.
            SessionNotFound: it is not there, and is not to be made.
            TranscriptError: the file or its folder cannot be made or opened.
        """
        self.path = path
        self._pending = b""
        flags = os.O_RDWR | os.O_APPEND
        try:
            if create:
                make_private_folder(path.parent)
                flags |= os.O_CREAT
            self._file = lock_transcript(path, flags)
        except FileNotFoundError as error:
            raise SessionNotFound(f"{path}: {error.strerror}") from error
        except OSError as error:
            raise TranscriptError(f"{path}: {error.strerror or error}") from error
        try:
            self._end_unfinished_line()
        except OSError as error:
            os.close(self._file)
            raise TranscriptError(f"{path}: {error.strerror or error}") from error
        except TranscriptError:
            os.close(self._file)
            raise

    def write(self, events: Sequence[Event]) -> None:
        """Hand events to the operating system.

        Raises:
            TranscriptWriteError: it would not take them (the disk is full, say); they are kept for the next call.
        """
        self.write_lines(map(encode, events))

    def write_lines(self, lines: Iterable[bytes]) -> None:
        """Hand encoded events, without line ends, to the operating system.

        Raises:
            TranscriptWriteError: as for `write`.
        """
        data = self._pending + b"".join(line + b"\n" for line in lines)
        while data:
            try:
                if not os.fstat(self._file).st_nlink:
                    self._make_again()
                written = os.write(self._file, data)
            except OSError as error:
                self._pending = data
                raise TranscriptWriteError(f"{self.path}: {error.strerror or error}; not saved") from error
            data = data[written:]
        self._pending = b""

    def _make_again(self) -> None:
        """Put the file back in its place: it was deleted, and lives on only as long as it is open here.

        Raises:
            OSError: it cannot be made, or another one has its place.
        """
        log.warning("%s was deleted while it was written; it is made again", self.path)
        make_private_folder(self.path.parent)
        file = lock_transcript(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL)
        try:
            at = 0
            while piece := os.pread(self._file, _COPIED, at):
                at += os.write(file, piece)
        except OSError:
            self.path.unlink(missing_ok=True)  # half of it would be taken for all; the next try makes it
            os.close(file)
            raise
        os.close(self._file)
        self._file = file

    def sync(self) -> None:
        """Have the system put the file on the disk. Slow: call it off the loop, at the end of a run.

        Raises:
            TranscriptWriteError: it could not.
        """
        try:
            os.fsync(self._file)
        except OSError as error:
            raise TranscriptWriteError(f"{self.path}: {error.strerror or error}; not safe on disk") from error

    def close(self) -> None:
        """Give up the lock, after a last try to hand over what was refused. Harmless a second time."""
        if self._file >= 0:
            with contextlib.suppress(TranscriptWriteError):
                self.write_lines(())
            os.close(self._file)
            self._file = -1

    def close_interrupted_run(self, events: Iterable[Event]) -> list[Event]:
        """Close a run that a crash left open at the end of `events`, the file's own; gives the events that do."""
        events = list(events)
        parts = interrupted_run(events)
        if parts is None:
            return []
        # The moment of the last event, not this one: how long the dead process was gone is no part of the turn.
        now = max((int(event.timestamp) for event in events if event.timestamp is not None), default=0)
        message = "The program ended before this turn did."
        ends = [*parts.close(now), RunError(timestamp=now, message=message, code=RunErrorCode.INTERRUPTED)]
        with contextlib.suppress(TranscriptWriteError):  # kept, and written with the next batch, which tells
            self.write(ends)
        return ends

    def _end_unfinished_line(self) -> None:
        """Readers drop an unfinished last line; a line end after it keeps the next event off it.

        A torn event of ours was never shown, so it is cut off rather than left as a broken line. Whatever else a hand
        put there stays.

        Raises:
            TranscriptError: the file is no plain text, so nothing can be appended to it.
        """
        size = os.fstat(self._file).st_size
        if not is_plain(os.pread(self._file, HEAD, 0)):
            raise TranscriptError(f"{self.path}: packed or not in UTF-8; import it to go on with it")
        tail, start = b"", size
        while start > 0 and b"\n" not in tail:
            step = min(65536, start)
            start -= step
            tail = os.pread(self._file, step, start) + tail
        unfinished = tail.rpartition(b"\n")[2]
        if not unfinished:
            return
        try:
            decode(unfinished)
        except EventDecodeError:
            if unfinished.startswith(b"{"):
                os.ftruncate(self._file, size - len(unfinished))
                return
        os.write(self._file, b"\n")
