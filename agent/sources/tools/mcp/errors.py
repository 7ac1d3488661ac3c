"""What a server writes on its error output, kept in a file of bounded size; the rest is read and forgotten.

A file as such would do until a server floods it: then the disk is full, and with it every session.
"""

import contextlib
import os
import threading
from pathlib import Path
from typing import TextIO

from agent.transcripts.folders import make_private_folder

__all__ = ["ErrorLog"]

_MOST = 1_000_000
"""Bytes that are kept of what a server writes from one start to the next."""
_NOTE = b"\n[The server wrote more than this file keeps.]\n"


class ErrorLog:
    """A pipe into a file; `stream` is what a server is started with."""

    def __init__(self, path: Path) -> None:
        """Make the file anew, for the user's eyes only; where that cannot be, all is forgotten."""
        self.path = path
        reading, writing = os.pipe()
        self.stream: TextIO = os.fdopen(writing, "w", encoding="utf-8")
        """To be closed where the server has been started: the pipe then ends when the server does."""
        threading.Thread(target=_copy, args=[reading, path], name=f"errors of {path.stem}", daemon=True).start()


def _copy(source: int, path: Path) -> None:
    file, left = -1, _MOST
    with contextlib.suppress(OSError):
        make_private_folder(path.parent)
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with contextlib.suppress(OSError):
        while data := os.read(source, 65_536):
            if file < 0 or left <= 0:
                continue
            kept = data[:left]
            left -= len(kept)
            with contextlib.suppress(OSError):
                os.write(file, kept if left > 0 else kept + _NOTE)
    os.close(source)
    if file >= 0:
        os.close(file)
