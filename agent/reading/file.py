"""A file that is read while others use it: a thread may close it meanwhile, another program write on."""

import os
import select
import stat
from collections.abc import AsyncIterator
from contextlib import suppress
from io import BufferedIOBase, FileIO, RawIOBase
from pathlib import Path
from threading import Lock

__all__ = ["SourceFile", "changes", "comes_within", "is_stream", "why_lost"]


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
