"""A file that may be closed while a thread reads it."""

from io import FileIO
from pathlib import Path
from threading import Lock

__all__ = ["SourceFile"]


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
