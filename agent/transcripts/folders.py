"""Where the sessions are: names and paths only. What is in a file is read elsewhere."""

import math
import os
import re
import stat
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from agent.errors import AmbiguousSession, SessionNotFound

__all__ = ["LOOKED_AT", "FileStamp", "Sessions", "begun", "is_session_id", "make_private_folder", "stamps"]

LOOKED_AT = 500
"""Files that are looked into to tell which session is the latest: the newest, where they are not indexed."""

_SUFFIX = ".jsonl"
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,199}")


def make_private_folder(folder: Path) -> None:
    """Make `folder` and what is missing above it, for the user's eyes only."""
    for missing in [parent for parent in [*reversed(folder.parents), folder] if not parent.exists()]:
        missing.mkdir(mode=0o700, exist_ok=True)


def is_session_id(name: str) -> bool:
    """Whether a session can have this id, which is then a harmless file name."""
    return _ID.fullmatch(name) is not None


def begun(session_id: str) -> float | None:
    """The moment in an id of ours, in milliseconds since the epoch; None where there is none."""
    day, time = session_id[:8], session_id[9:15]
    if not time.isdecimal():
        return None
    try:
        return datetime.fromisoformat(f"{day}T{time}+00:00").timestamp() * 1000
    except ValueError:
        return None


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
                found[entry.name.removesuffix(suffix)] = FileStamp.of(status)
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

        What begins with the shortened id goes before what has it elsewhere.

        Raises:
            SessionNotFound: there is none.
            AmbiguousSession: there is more than one.
        """
        exact = self.path(session_id)
        if exact.exists():
            return exact
        names = sorted(name for name in stamps(self.folder) if session_id in name and is_session_id(name))
        matches = [name for name in names if name.startswith(session_id)] or names
        if len(matches) == 1:
            return self.path(matches[0])
        if not matches:
            raise SessionNotFound(f"there is no session {session_id} in {self.folder}")
        first, second, *more = matches
        could_be = f"{first}, {second} or {len(more):,} more" if more else f"{first} or {second}"
        raise AmbiguousSession(f"{session_id} could be {could_be}: give more of the id")

    def latest(self, last_moment: Callable[[Path], float | None]) -> Path:
        """The session that was written to last, as in the library's list: the one with the latest event.

        `last_moment` tells of a file when its last event was, in milliseconds since the epoch, where it can be seen.
        A copy of the folder gives the files any times, so these alone do not tell; but an event is no newer than its
        file, so that one or two files are asked where the times are their own. What is beyond `LOOKED_AT` counts from
        when it was begun.

        Raises:
            SessionNotFound: there is none yet.
        """
        files = {name: stamp for name, stamp in stamps(self.folder).items() if stamp.size and is_session_id(name)}
        if not files:
            raise SessionNotFound(f"there is no session yet in {self.folder}")
        latest = (-math.inf, "")
        newest = sorted(files, key=lambda name: files[name].mtime_ns, reverse=True)
        for place, name in enumerate(newest):
            changed = files[name].mtime_ns // 1_000_000
            if changed < latest[0]:
                break
            moment = last_moment(self.path(name)) if place < LOOKED_AT else begun(name)
            latest = max(latest, (changed if moment is None else min(moment, changed), name))
        return self.path(latest[1])
