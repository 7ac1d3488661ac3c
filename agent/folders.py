"""Where the sessions are: names and paths only. What is in a file is read elsewhere."""

import os
import re
import stat
from pathlib import Path
from typing import NamedTuple

from agent.errors import SessionNotFound

__all__ = ["FileStamp", "Sessions", "is_session_id", "make_private_folder", "stamps"]

_SUFFIX = ".jsonl"
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,199}")


def make_private_folder(folder: Path) -> None:
    """Make `folder` and what is missing above it, for the user's eyes only."""
    for missing in [parent for parent in [*reversed(folder.parents), folder] if not parent.exists()]:
        missing.mkdir(mode=0o700, exist_ok=True)


def is_session_id(name: str) -> bool:
    """Whether a session can have this id, which is then a harmless file name."""
    return _ID.fullmatch(name) is not None


class FileStamp(NamedTuple):
    """What changes when a file does."""

    size: int
    """Bytes."""
    mtime_ns: int
    inode: int

    @classmethod
    def of(cls, status: os.stat_result) -> "FileStamp":
        """The stamp of a file by its status."""
        return cls(status.st_size, status.st_mtime_ns, status.st_ino)


def stamps(folder: Path, suffix: str = _SUFFIX) -> dict[str, FileStamp]:
    """The files of a folder whose names end so, by what stands before it; links are followed, all else passed over.

    A folder that is not there or cannot be read has none.
    """
    found: dict[str, FileStamp] = {}
    try:
        entries = os.scandir(folder)
    except OSError:
        return found
    with entries:
        for entry in entries:
            if not entry.name.endswith(suffix):
                continue
            try:
                status = entry.stat()
            except OSError:  # a link to nowhere, or gone by now
                continue
            if stat.S_ISREG(status.st_mode):
                found[entry.name[: -len(suffix)]] = FileStamp(status.st_size, status.st_mtime_ns, status.st_ino)
    return found


class Sessions:
    """The sessions of a data folder, or those in its trash."""

    def __init__(self, data_dir: Path, folder: str = "sessions") -> None:
        self.folder = data_dir / folder

    def path(self, session_id: str) -> Path:
        """The file of a session, there or not.

        Raises:
            SessionNotFound: no session can have this id.
        """
        if not _ID.fullmatch(session_id):
            raise SessionNotFound(f"{session_id!r} is no session id")
        return self.folder / f"{session_id}{_SUFFIX}"

    def find(self, session_id: str) -> Path:
        """The file of a saved session; the id may be shortened as long as it names one session.

        Raises:
            SessionNotFound: there is none, or more than one.
        """
        exact = self.path(session_id)
        if exact.exists():
            return exact
        matches = sorted(name for name in stamps(self.folder) if name.startswith(session_id) and is_session_id(name))
        if len(matches) == 1:
            return self.path(matches[0])
        if matches:
            raise SessionNotFound(f"{session_id} could be {matches[0]} or {matches[1]}: give more of the id")
        raise SessionNotFound(f"there is no session {session_id} in {self.folder}")

    def latest(self) -> Path:
        """The session that was written to last.

        Raises:
            SessionNotFound: there is none yet.
        """
        files = {name: stamp for name, stamp in stamps(self.folder).items() if is_session_id(name)}
        if not files:
            raise SessionNotFound(f"there is no session yet in {self.folder}")
        return self.path(max(files, key=lambda name: files[name].mtime_ns))
