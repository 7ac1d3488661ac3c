"""Files for the user: written whole or not at all, and never over one that is there unless that was asked for.

And those of others, found in a folder.
"""

import errno
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

__all__ = ["files_below", "write_file"]


def files_below(
    folder: Path, is_wanted: Callable[[str], object], *, deepest: int, follows_links: bool
) -> Iterator[Path]:
    """The files in a folder and in those within it, so many of them `deepest`, by the names that are wanted, in order.

    Links to folders are never followed; what cannot be read is left out. Blocks.
    """
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        with suppress(OSError):
            if entry.is_dir(follow_symlinks=False):
                if deepest:
                    inner = Path(entry.path)
                    yield from files_below(inner, is_wanted, deepest=deepest - 1, follows_links=follows_links)
            elif is_wanted(entry.name) and entry.is_file(follow_symlinks=follows_links):
                yield Path(entry.path)


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
