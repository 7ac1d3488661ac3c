"""The recordings that a user names: files, or saved sessions by their ids and by where they come from.

    FILE            any file
    ID              a session; as much of its id as tells it from others
    ID@parent       the session that it was branched off
    ID@branch:2     the second of those that were branched off it, the oldest first

What is in a recording, somebody else reads.
"""

import re
from pathlib import Path

from agent.errors import AmbiguousSession, SessionNotFound, UsageError
from agent.transcripts.folders import Sessions

__all__ = ["find_recorded"]

_RELATIVE = re.compile(r"(?P<name>.+)@(?:(?P<parent>parent)|branch:(?P<number>\d{1,9}))", re.DOTALL)


def find_recorded(data_dir: Path, named: str) -> Path:
    """The file that is named, or that of the session that is. Blocks.

    Raises:
        UsageError: there is neither.
        AmbiguousSession: the id could be several sessions.
    """
    path = Path(named).expanduser()
    try:
        if path.is_dir():
            raise UsageError(f"{path} is a folder: name a recording in it")
        if path.exists():
            return path
    except (OSError, ValueError):  # longer than a name can be, or with a zero byte in it
        raise UsageError(f"{named[:80]!r} can be no file's name and no session's") from None
    if found := _RELATIVE.fullmatch(named):
        return _relative(data_dir, found)
    try:
        return Sessions(data_dir).find(named)
    except AmbiguousSession:
        raise
    except SessionNotFound:
        raise UsageError(f"there is neither a file nor a session {named}") from None


def _relative(data_dir: Path, found: re.Match[str]) -> Path:
    recorded, sessions = find_recorded(data_dir, found["name"]), Sessions(data_dir)
    session_id = recorded.stem
    if recorded.parent != sessions.folder:
        raise UsageError(f"{recorded.name} is no saved session: what it comes from is not known; name another")
    from agent.library.library import Library  # few names need it

    library = Library(data_dir)
    if found["parent"]:
        library.update(session_id)  # where it comes from is in its first lines, and nobody may have read them
        parent = library.info(session_id).parent
        if parent is None or not (path := sessions.path(parent)).exists():
            raise UsageError(f"{session_id} comes from no session that is there; name another")
        return path
    library.refresh(gentle=False)
    branches = sorted(one.id for one in library.sessions() if one.parent == session_id)
    number = int(found["number"])
    if not 1 <= number <= len(branches):
        raise UsageError(f"{session_id} has no branch {number}; it has {len(branches):,}")
    return sessions.path(branches[number - 1])
