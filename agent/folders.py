"""Where the sessions are: names and paths only. What is in a file is read elsewhere."""

import re
from pathlib import Path

from agent.errors import SessionNotFound

__all__ = ["Sessions", "make_private_folder"]

_SUFFIX = ".jsonl"
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,199}")


def make_private_folder(folder: Path) -> None:
    """Make `folder` and what is missing above it, for the user's eyes only."""
    for missing in [parent for parent in [*reversed(folder.parents), folder] if not parent.exists()]:
        missing.mkdir(mode=0o700, exist_ok=True)


class Sessions:
    """The sessions of a data folder."""

    def __init__(self, data_dir: Path) -> None:
        self.folder = data_dir / "sessions"

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
        matches = sorted(self.folder.glob(f"{session_id}*{_SUFFIX}")) if self.folder.is_dir() else []
        if len(matches) == 1:
            return matches[0]
        if matches:
            raise SessionNotFound(f"{session_id} could be {matches[0].stem} or {matches[1].stem}: give more of the id")
        raise SessionNotFound(f"there is no session {session_id} in {self.folder}")

    def latest(self) -> Path:
        """The session that was written to last.

        Raises:
            SessionNotFound: there is none yet.
        """
        paths = list(self.folder.glob(f"*{_SUFFIX}")) if self.folder.is_dir() else []
        if not paths:
            raise SessionNotFound(f"there is no session yet in {self.folder}")
        return max(paths, key=lambda path: path.stat().st_mtime_ns)
