"""A file that is read while others use it: a thread may close it meanwhile, another program write on.

And several of them as one, where a program has written one session into more than one: in the order of the moments
that their records tell.
"""

import logging
import os
import select
import stat
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from heapq import heapify, heappop, heapreplace
from io import BufferedIOBase, FileIO, RawIOBase
from pathlib import Path
from threading import Lock
from typing import BinaryIO

import msgspec

from agent.reading.foreign import Formats, Part

__all__ = ["JoinedFile", "SourceFile", "changes", "comes_within", "is_stream", "open_source", "why_lost"]

log = logging.getLogger(__name__)

_PIECE = 2**22
"""Bytes of a line that are read at once: a hostile one has no end."""
_UNDATED = 100
"""Records that are read ahead, at most, until one tells when a file begins."""


class SourceFile(FileIO):
    """Unbuffered. Closed while a read is going on, it is closed behind that read.

    The system gives the number of a closed file to the next one that is opened: a read that comes too late would take
    its bytes from that.
    """

    def __init__(self, path: Path) -> None:
        """Open it to be read.

        Raises:
            OSError: that cannot be.
        """
        self._reading = Lock()
        self._is_left = False
        super().__init__(path)

    def read(self, size: int | None = -1, /) -> bytes:
        """As of any file; one thread at a time."""
        with self._reading:
            data = super().read(-1 if size is None else size)
        if self._is_left:
            self.close()
        return data or b""

    def close(self) -> None:
        """At once, or when the read that is going on is over."""
        self._is_left = True
        if self._reading.acquire(blocking=False):
            try:
                super().close()
            finally:
                self._reading.release()


class JoinedFile(RawIOBase):
    """The records of several files, a line each, as those of one: each file's in their order, and the files' among each
    other by the `timestamp` that they tell. What is read at a time is in memory, and a file open from its first record
    to its last.

    Closed while a read is going on, it is closed behind that read.
    """

    def __init__(self, path: Path, parts: Iterable[Part]) -> None:
        """Open them to be read; a part that cannot be is left out.

        Raises:
            OSError: the file that they belong to cannot be opened.
        """
        self._path = path
        self._reading = Lock()
        self._is_left = False
        parts = list(parts)
        self._rest = b"".join(part.head + b"\n" for part in parts if part.head)
        """What was taken and not given yet."""
        streams = [_Stream(path)]
        for part in parts:
            try:
                streams.append(_Stream(part.path))
            except OSError as error:
                log.warning("%s is left out: %s", part.path, error)
        self._waiting = [(stream.moment, number, stream) for number, stream in enumerate(streams)]
        """By what comes next; of records of one moment those come first that the others belong to."""
        heapify(self._waiting)

    @property
    def name(self) -> str:
        """What the file is called that they belong to."""
        return str(self._path)

    def readable(self) -> bool:
        """It is."""
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        """As of any file; one thread at a time."""
        with self._reading:
            data = self._take(size if size is not None and size >= 0 else 2**63)
        if self._is_left:
            self.close()
        return data

    def pass_over(self) -> None:
        """Stand at its end, to which somebody else has read."""
        with self._reading:
            for _, _, stream in self._waiting:
                stream.close()
            self._waiting.clear()
            self._rest = b""

    def _take(self, size: int) -> bytes:
        lines, count = [self._rest], len(self._rest)
        while count < size and self._waiting:
            _, number, stream = self._waiting[0]
            lines.append(stream.take())
            count += len(lines[-1])
            if stream.is_over:
                heappop(self._waiting)
            elif not stream.is_in_line:
                heapreplace(self._waiting, (stream.moment, number, stream))
        data = b"".join(lines)
        self._rest = data[size:]
        return data[:size]

    def close(self) -> None:
        """At once, or when the read that is going on is over. Harmless a second time."""
        self._is_left = True
        if self._reading.acquire(blocking=False):
            try:
                for _, _, stream in self._waiting:
                    stream.close()
                self._waiting.clear()
                super().close()
            finally:
                self._reading.release()


class _Dated(msgspec.Struct):
    """What of a record is looked at here."""

    timestamp: str = ""


_DATED = msgspec.json.Decoder(_Dated)


class _Stream:
    """One of the files."""

    def __init__(self, path: Path) -> None:
        """Look when it begins.

        Raises:
            OSError: it cannot be read.
        """
        self._path = path
        self._file: BinaryIO | None = None
        self._next = b""
        self.is_over = False
        self.is_in_line = False
        """Whether what was taken last ends in the middle of a line."""
        self.moment = ""
        """When the next record was written; one that does not tell, with the one before it."""
        with path.open("rb") as file:
            for _ in range(_UNDATED):
                line = file.readline(_PIECE)
                if not line or (moment := _moment_of(line)):
                    self.moment = moment if line else ""
                    break

    def take(self) -> bytes:
        """The next line, or the next piece of one; empty where there is none.

        Raises:
            OSError: it cannot be read.
        """
        if self._file is None:
            self._file = self._path.open("rb")
            self._next = self._file.readline(_PIECE)
        line, self._next = self._next, self._file.readline(_PIECE)
        self.is_in_line = not line.endswith(b"\n")
        if not self._next:
            self.close()
            line += b"\n" * (self.is_in_line and bool(line))
        elif not self.is_in_line:
            self.moment = _moment_of(self._next) or self.moment
        return line

    def close(self) -> None:
        """Nothing more is taken."""
        self.is_over = True
        if self._file is not None:
            self._file.close()


def _moment_of(line: bytes) -> str:
    try:
        return _DATED.decode(line).timestamp
    except (msgspec.MsgspecError, RecursionError):
        return ""


def open_source(path: Path, formats: Formats | None) -> "SourceFile | JoinedFile":
    """A file, with what its program wrote of the same session beside it.

    Raises:
        OSError: it cannot be opened.
    """
    parts = formats.parts(path) if formats is not None else []
    return JoinedFile(path, parts) if parts else SourceFile(path)


def is_stream(file: RawIOBase | BufferedIOBase) -> bool:
    """Whether what is read of it may come as it happens: through a pipe or from a socket."""
    try:
        return not stat.S_ISREG(os.fstat(file.fileno()).st_mode)
    except OSError:  # bytes in memory
        return False


def comes_within(file: RawIOBase | BufferedIOBase, seconds: float) -> bool:
    """Whether more of a stream, or its end, comes in that time; blocks until it does."""
    with suppress(OSError, ValueError):  # a system that waits for sockets alone
        return bool(select.select([file], [], [], seconds)[0])
    return False


async def changes(path: Path) -> AsyncIterator[None]:
    """Yields whenever there may be more in the file, at the latest a second after there is; without end."""
    from watchfiles import awatch  # only a reader of another's file needs it

    # The time-out catches what was written before the watch began.
    async for _changes in awatch(path, yield_on_timeout=True, rust_timeout=1_000):
        yield


def why_lost(path: Path, file: int, read: int) -> str:
    """Why an open file will not be read on that was read up to this byte; empty where it may. Blocks for a moment."""
    try:
        named = path.stat()
    except OSError:
        return "it is gone"
    if not os.path.samestat(named, os.fstat(file)):
        return "another file took its place"
    return "it was cut short" if named.st_size < read else ""
