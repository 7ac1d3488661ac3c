"""What was copied of a stream becomes sessions: one for each thread, all of them or none.

Owns how they are named, and what is removed that a crash left. What stands in them is written before (`copying`).
"""

import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from agent.library.incoming.copying import Copied
from agent.library.metadata import refused
from agent.transcripts.folders import Sessions, is_session_id
from agent.transcripts.session import new_session_id

__all__ = ["Import", "keep", "sweep"]

_LEFT = 3_600
"""Seconds after its last write from which a copy is one that a crash left."""


class Import(NamedTuple):
    """What became of a stream."""

    sessions: list[str]
    """The ids of the new sessions, one for each thread."""
    problems: list[str]
    """What is wrong with the stream, a line each."""
    titles: dict[str, str]
    """What the program that wrote it calls some of them; empty where it does not, and nobody has asked anything."""


def keep(copied: Copied, sessions: Sessions, announce: Callable[[Mapping[str, int]], object]) -> Import:
    """Make sessions of the copies, all of them or none: a session is one conversation.

    `announce` is told the ids that they are about to have, with the size of each, before there is any of them: after a
    crash it can be told whose they are.

    Raises:
        LibraryError: the folder takes nothing; the copies are removed.
    """
    kept: list[Path] = []
    copies = {new_session_id(_moment(copy.created)): copy for copy in copied.copies}
    try:
        announce({session_id: copy.size for session_id, copy in copies.items()})
        for session_id, copy in copies.items():
            kept.append(copy.path.rename(sessions.path(session_id)))
    except BaseException as error:
        for path in kept:
            path.unlink(missing_ok=True)
        copied.discard()
        if isinstance(error, OSError):
            raise refused(sessions.folder, error) from error
        raise
    problems = copied.problems
    if len(copies) > 1:
        problems = [*problems, f"{len(copies)} threads are in it, and each became a session"]
    titles = {name: copy.title for name, copy in copies.items() if copy.title or not copy.is_asked}
    return Import([*copies], problems, titles)


def sweep(sessions: Sessions) -> None:
    """Remove the copies that crashes left. Blocks."""
    for entry in os.scandir(sessions.folder) if sessions.folder.is_dir() else ():
        if entry.name.startswith(".") and is_session_id(entry.name[1:]):
            with suppress(OSError):
                if entry.is_file(follow_symlinks=False) and time.time() - entry.stat().st_mtime > _LEFT:
                    os.unlink(entry.path)


def _moment(created: float | None) -> datetime | None:
    """When the stream was begun, so that its id sorts among the others; None where it does not say."""
    try:
        return None if created is None else datetime.fromtimestamp(created / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None
