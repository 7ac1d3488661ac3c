"""Files for the user: written whole or not at all, and never over one that is there unless that was asked for."""

import errno
import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

__all__ = ["write_file"]


def write_file(path: Path, pieces: Iterable[bytes], *, overwrite: bool = False) -> None:
    """Write a file for the user's eyes only: whole, or not at all. Blocks.

    What is no regular file (a pipe, a terminal) is written to as it is.

    Raises:
        FileExistsError: the file is there, and `overwrite` is not set.
        OSError: the system refused; nothing was left behind.
    """
    path = path.resolve()
    if path.exists() and not path.is_file() and not path.is_dir():
        with path.open("wb") as device:
            device.writelines(pieces)
        return
    if not overwrite and path.exists():  # before the work, not only after it
        raise FileExistsError(errno.EEXIST, "it is there already", str(path))
    if not path.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "there is no such folder", str(path.parent))
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name[:100]}.", dir=path.parent)
    try:
        with open(descriptor, "wb") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        if overwrite:
            os.replace(name, path)
        else:
            _put_in_place(name, path)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(name)


def _put_in_place(name: str, path: Path) -> None:
    """Name a file `path`, unless another has got there first."""
    try:
        os.link(name, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        if path.exists():
            raise
        os.replace(name, path)
