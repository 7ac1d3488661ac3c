"""A large file is read by a process of its own, while this one starts, draws and takes keys.

To read some hundred thousand events keeps an interpreter busy for half a second and more. A thread would take that
from the screen; another process takes it from nobody, and can begin before the screen is even imported. What it gives
is in no way different (`agent.reading.process` is its other end).
"""

import logging
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedIOBase
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from agent.reading.file import JoinedFile, SourceFile, open_source

if TYPE_CHECKING:
    from agent.reading.foreign import Formats
    from agent.reading.reader import Batch, Purpose, Reader

__all__ = ["ReadAhead", "read_ahead", "reading_ahead"]

log = logging.getLogger(__name__)

_LARGE = 2**22
"""Bytes from which a file is worth a process, which takes a tenth of a second to start."""
_PIPE = 2**20
"""Bytes that may wait between the two; whoever takes less at a time wakes the other too often."""
_NOT_A_PAIR = (EOFError, pickle.UnpicklingError, AttributeError, ImportError, LookupError, TypeError, ValueError)
"""What the unpickler raises for the beginning of a pair, and for something else."""


class ReadAhead:
    """A file that is being read by another process, as far as it goes now."""

    def __init__(self, file: SourceFile | JoinedFile, purpose: "Purpose", formats: "Formats | None" = None) -> None:
        """`file` is read from where it stands, and stands afterwards where the reading ended.

        Raises:
            OSError: no process can be started.
        """
        self.file = file
        self.reader: Reader | None = None
        """What goes on from there, once `read` has given all."""
        # It finds modules where this one does, and not in the folder that the user happens to stand in.
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        command = [sys.executable, "-P", "-m", "agent.reading.process", purpose, formats.name if formats else ""]
        if isinstance(file, JoinedFile):  # it opens them itself
            command.append(file.name)
        self._process = subprocess.Popen(  # noqa: S603 - nothing in it comes from anywhere else
            command,
            bufsize=_PIPE,
            pipesize=_PIPE if sys.platform == "linux" else -1,
            stdin=file if isinstance(file, SourceFile) else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            process_group=0,  # Ctrl+C is meant for this one
        )
        self._output = cast("BinaryIO", self._process.stdout)

    def read(self) -> "Batch | None":
        """What was read next; None where all has been given. Blocks.

        Raises:
            OSError: the file cannot be read, or the process has ended too soon.
        """
        try:
            # From our own child alone, which says nothing but this.
            batch, end = pickle.load(self._output)  # noqa: S301
        except _NOT_A_PAIR as error:
            log.info("reading %s ended with exit code %s: %r", self.file.name, self._process.poll(), error)
            raise OSError("the process that read it has ended too soon") from error
        if isinstance(end, OSError):
            raise end
        if end is not None and isinstance(self.file, JoinedFile):
            self.file.pass_over()
        self.reader = end
        return cast("Batch | None", batch)

    def stop(self) -> None:
        """End the process, if need be; the file is left open. Harmless a second time."""
        self._process.kill()
        self._process.wait()
        self._output.close()

    def close(self) -> None:
        """End the process, and close the file. Harmless a second time."""
        self.stop()
        self.file.close()


def read_ahead(path: Path, purpose: "Purpose", formats: "Formats | None" = None) -> ReadAhead | None:
    """Begin to read a file in another process; None where it is not worth it or cannot be done. Blocks for a moment.

    A session whose last line is unfinished is left to this process: whoever takes its lock cuts that line, and what is
    written next must not be joined to it.
    """
    try:
        size = path.stat().st_size if path.is_file() else 0
        if size < _LARGE:
            return None
        file = open_source(path, formats)
    except OSError:  # whoever reads it here tells why
        return None
    try:
        if purpose == "session" and isinstance(file, SourceFile) and os.pread(file.fileno(), 1, size - 1) != b"\n":
            file.close()
            return None
        return ReadAhead(file, purpose, formats)
    except OSError as error:
        log.info("no process to read %s: %s", path, error)
        file.close()
        return None


@contextmanager
def reading_ahead(
    source: Path | BufferedIOBase | None, purpose: "Purpose", formats: "Formats | None" = None
) -> Iterator[ReadAhead | None]:
    """While another process reads a source, where that is a file worth it; afterwards the process has ended."""
    ahead = read_ahead(source, purpose, formats) if isinstance(source, Path) else None
    try:
        yield ahead
    finally:
        if ahead is not None:
            ahead.close()
