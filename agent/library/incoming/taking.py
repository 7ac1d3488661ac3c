"""Takes other programs' sessions in: each file once, and anew where it grew.

Importing is the library's; which file became what is in `elsewhere`. A session that grew keeps its id, its title and
its pin. One that was gone on with here, or thrown away, is left as it is.
"""

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from agent.errors import LibraryError, SessionLocked, SessionNotFound
from agent.library.incoming.databases import exported_lines, is_database
from agent.library.incoming.elsewhere import Taken, TakenList, stamp_of
from agent.library.incoming.importing import Import
from agent.library.library import Library

__all__ = ["Took", "take"]


class Took(NamedTuple):
    """What became of a file."""

    sessions: list[str]
    """Those that it is now, new ones or old."""
    is_new: bool
    """Whether anything was taken."""
    problems: list[str]
    """What the user should know, a line each."""


def take(library: Library, path: Path, *, is_named: bool, indexes: bool = True, taken: TakenList | None = None) -> Took:
    """Import a file, unless it was and has not changed. `is_named`: the user named it, so that what he threw away comes
    back. Without `indexes` it is found from the next `Library.refresh` on. `taken` is the list, where more are
    taken.

    Raises:
        TranscriptError: it cannot be read, or there is nothing in it that this program knows.
        LibraryError: the folder takes nothing.
    """
    taken = taken or TakenList(library.data_dir)
    before = taken.of(path)
    if before is not None:
        _undo(library, before)
    old = list(before.sessions) if before is not None else []
    size, mtime_ns = stamp_of(path)
    if before is not None and not before.begun and (size, mtime_ns) == (before.size, before.mtime_ns):
        there = [name for name in old if _size(library, name) is not None]
        if there or (old and not is_named):
            return Took(there, False, [])

    def announce(sizes: Mapping[str, int]) -> None:
        """What a crash from here on leaves is this file's."""
        kept = before or Taken(0, 0, {})
        taken.note(path, Taken(kept.size, kept.mtime_ns, kept.sessions, dict(sizes)))

    done = _imported(library, path, announce, indexes=indexes)
    sessions, problems = _settle(library, before, old, done.sessions, is_named=is_named)
    taken.note(path, Taken(size, mtime_ns, {name: _size(library, name) or 0 for name in sessions}))
    return Took(sessions, True, [*done.problems, *problems])


def _undo(library: Library, taken: Taken) -> None:
    """Remove what an import made that was not seen to its end, unless somebody has gone on with it."""
    for name, size in taken.begun.items():
        if name not in taken.sessions and _size(library, name) == size:
            with suppress(SessionNotFound, SessionLocked, LibraryError):
                library.discard(name)


def _imported(library: Library, path: Path, announce: Callable[[Mapping[str, int]], None], *, indexes: bool) -> Import:
    """What a file, or a database, becomes."""
    if not is_database(path):
        return library.import_file(path, announce=announce, indexes=indexes)
    with TemporaryDirectory() as folder:
        copy = Path(folder) / "exported.jsonl"
        with copy.open("wb") as file:
            file.writelines(exported_lines(path))
        return library.import_file(copy, str(path), announce, indexes=indexes)


def _settle(
    library: Library, before: Taken | None, old: list[str], new: list[str], *, is_named: bool
) -> tuple[list[str], list[str]]:
    """Put new sessions in the places of those that they grew out of; gives those that there are now."""
    sessions, problems = [], []
    for place, name in enumerate(new):
        earlier = old[place] if place < len(old) else None
        size = _size(library, earlier) if earlier is not None else None
        if earlier is None or before is None or (size is None and is_named):
            sessions.append(name)
        elif size is None:
            library.discard(name)
            sessions.append(earlier)
        elif size != before.sessions[earlier] and size not in before.begun.values():
            library.discard(name)
            sessions.append(earlier)
            problems.append(f"session {earlier} was gone on with here: what is new in the file was not taken")
        else:
            library.replace(earlier, name)
            sessions.append(earlier)
    return sessions, problems


def _size(library: Library, session_id: str) -> int | None:
    with suppress(SessionNotFound, LibraryError, OSError):
        return os.stat(library.path(session_id)).st_size
    return None
