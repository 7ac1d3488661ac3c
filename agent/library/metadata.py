"""What the user said of a session, in a small file beside the transcripts: its title, its pin, where he left it.

It owns the form of these files and how they are changed; what a session is, it does not know.
"""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from agent.errors import LibraryError
from agent.text import all_well_formed
from agent.transcripts.folders import FileStamp, make_private_folder, stamps

__all__ = ["Metadata", "MetadataFolder", "changing", "refused"]

_SUFFIX = ".json"
_BLOCK = 2**14


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What the user said of one session."""

    title: str | None = None
    """None is the first question."""
    pinned: bool = False
    place: dict[str, Any] | None = None
    """Where he was when he left it, as the screen put it; None is the end."""


@contextmanager
def changing(folder: Path) -> Iterator[None]:
    """Alone among all instances in what is done in `folder`, a data folder's own; waits for its turn.

    Raises:
        LibraryError: the system refused something inside: the folder is read-only, say, or the disk full.
    """
    try:
        make_private_folder(folder)
        lock = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)
    except OSError as error:
        raise refused(folder, error) from error


def refused(path: Path, error: OSError) -> LibraryError:
    """What is said when the system does not let a file or a folder be changed."""
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return LibraryError(f"{path} is read-only: nothing was changed")
    return LibraryError(f"{path} cannot be changed: {error.strerror or error}; nothing was changed")


class MetadataFolder:
    """The metadata of a data folder's sessions, a file each. A file says only what differs from the default."""

    def __init__(self, data_dir: Path) -> None:
        self.folder = data_dir / "metadata"
        self._seen: dict[str, tuple[FileStamp, Metadata]] = {}

    def all(self) -> dict[str, Metadata]:
        """The metadata of every session of which something was said; only what has changed is read again."""
        files = stamps(self.folder, _SUFFIX)
        seen = self._seen
        self._seen = {
            name: seen[name] if name in seen and seen[name][0] == stamp else (stamp, self.read(name))
            for name, stamp in files.items()
        }
        return {name: metadata for name, (_stamp, metadata) in self._seen.items()}

    def read(self, session_id: str) -> Metadata:
        """As much as can be read; what is missing or damaged is as if it had never been said."""
        fields: dict[str, Any] = {}
        with suppress(OSError):
            fields = self._fields(session_id) or {}
        title, pinned, place = (fields.get(name) for name in ("title", "pinned", "place"))
        return Metadata(
            title=title if isinstance(title, str) and title else None,
            pinned=pinned is True,
            place=place if isinstance(place, dict) else None,
        )

    def change(self, session_id: str, **fields: Any) -> None:
        """Set some fields and leave all others, also those of other versions; whole or not at all.

        Raises:
            LibraryError: the file cannot be written.
        """
        with changing(self.folder):
            path = self._path(session_id)
            known = self._fields(session_id)
            if known is None and path.exists():
                path.rename(path.with_suffix(".damaged"))  # never lost: someone may still read something in it
            before = known or {}
            after = {**before, **all_well_formed(fields)}
            if {name: value for name, value in after.items() if value} == {n: v for n, v in before.items() if v}:
                return
            _replace(path, msgspec.json.encode(after))

    def remove(self, session_id: str) -> None:
        """Forget a session. Harmless where nothing is known of it.

        Raises:
            LibraryError: the file cannot be removed.
        """
        with changing(self.folder):
            self._path(session_id).unlink(missing_ok=True)

    def _path(self, session_id: str) -> Path:
        return self.folder / f"{session_id}{_SUFFIX}"

    def _fields(self, session_id: str) -> dict[str, Any] | None:
        """None where there is no file that holds an object."""
        try:
            fields = msgspec.json.decode(_read(self._path(session_id)))
        except (FileNotFoundError, ValueError, RecursionError):
            return None
        return fields if isinstance(fields, dict) else None


def _read(path: Path) -> bytes:
    """All of a file, in a quarter of the time that `Path` takes: there may be thousands."""
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return b"".join(iter(lambda: os.read(file, _BLOCK), b""))
    finally:
        os.close(file)


def _replace(path: Path, data: bytes) -> None:
    """Put a whole file in the place of another: after a crash there is the one or the other."""
    # One name for all attempts, under the folder's lock: what a kill leaves behind is overwritten by the next change.
    new = path.with_name(".new")
    try:
        file = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            while data:
                data = data[os.write(file, data) :]
            os.fsync(file)
        finally:
            os.close(file)
        new.replace(path)
    except OSError:
        new.unlink(missing_ok=True)
        raise
