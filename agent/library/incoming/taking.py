"""Takes other programs' sessions in: each file once, and anew where it grew.

Importing is the library's; which file became what is in `elsewhere`. A session that grew keeps its id, its title and
its pin. One that was gone on with here, or thrown away, is left as it is.
"""

import os
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

from agent.errors import LibraryError, SessionLocked, SessionNotFound, TranscriptError
from agent.library.incoming.copying import Copied
from agent.library.incoming.elsewhere import Taken, TakenList, stamp_of
from agent.library.incoming.workers import copies
from agent.library.library import Library

__all__ = ["Took", "take", "take_all"]


class Took(NamedTuple):
    """What became of a file."""

    sessions: list[str]
    """Those that it is now, new ones or old."""
    is_new: bool
    """Whether anything was taken."""
    problems: list[str]
    """What the user should know, a line each."""


class _Wanted(NamedTuple):
    """A file that is to be taken."""

    path: Path
    size: int
    mtime_ns: int
    """As `stamp_of` gives both, before it is read."""
    before: Taken | None
    """What it became when it was taken last."""
    is_named: bool


def take(library: Library, path: Path, *, is_named: bool, indexes: bool = True) -> Took:
    """Import a file, unless it was and has not changed. `is_named`: the user named it, so that what he threw away comes
    back. Without `indexes` it is found from the next `Library.refresh` on.

    Raises:
        TranscriptError: it cannot be read, or there is nothing in it that this program knows.
        LibraryError: the folder takes nothing.
    """
    taken = TakenList(library.data_dir)
    wanted = _looked_at(library, path, taken, is_named=is_named)
    return wanted if isinstance(wanted, Took) else _taken(library, wanted, taken, indexes=indexes)


def take_all(library: Library, paths: Sequence[Path]) -> Generator[Took | TranscriptError | LibraryError, None, None]:
    """Import many files that nobody has named, each as `take` does and without its words; they are read side by side.
    Gives what became of each, in their order, or why nothing did."""
    taken = TakenList(library.data_dir)
    found: list[_Wanted | Took | TranscriptError] = []
    seen: set[str] = set()
    for path in paths:
        real = os.path.realpath(path)
        try:
            is_first = real not in seen
            found.append(_looked_at(library, path, taken, is_named=False) if is_first else Took([], False, []))
        except TranscriptError as error:
            found.append(error)
        seen.add(real)
    wanted = [one for one in found if isinstance(one, _Wanted)]
    size = sum(one.size for one in wanted)
    with closing(copies(library.data_dir, [one.path for one in wanted], size)) as copied:
        for one in found:
            if not isinstance(one, _Wanted):
                yield one
                continue
            outcome = next(copied)
            try:
                yield outcome if isinstance(outcome, Exception) else _taken(library, one, taken, copied=outcome)
            except (TranscriptError, LibraryError) as error:
                yield error


def _looked_at(library: Library, path: Path, taken: TakenList, *, is_named: bool) -> _Wanted | Took:
    """Whether a file is to be taken; what became of it where it need not be.

    Raises:
        TranscriptError: it cannot be looked at.
    """
    before = taken.of(path)
    if before is not None:
        _undo(library, before)
    size, mtime_ns = stamp_of(path)
    if before is not None and not before.begun and (size, mtime_ns) == (before.size, before.mtime_ns):
        there = [name for name in before.sessions if _size(library, name) is not None]
        if there or (before.sessions and not is_named):
            return Took(there, False, [])
    return _Wanted(path, size, mtime_ns, before, is_named)


def _taken(
    library: Library, wanted: _Wanted, taken: TakenList, *, copied: Copied | None = None, indexes: bool = False
) -> Took:
    """Make sessions of a file, in the places of those that it was; errors as of `take`."""
    before = wanted.before
    now = taken.of(wanted.path)
    if now is not None and now != before:  # another instance was sooner
        if copied is not None:
            copied.discard()
        return Took([*now.sessions], False, [])

    def announce(sizes: Mapping[str, int]) -> None:
        """What a crash from here on leaves is this file's."""
        kept = before or Taken(0, 0, {})
        taken.note(wanted.path, Taken(kept.size, kept.mtime_ns, kept.sessions, dict(sizes)))

    done = library.import_file(wanted.path, announce=announce, indexes=indexes, copied=copied)
    old = list(before.sessions) if before is not None else []
    sessions, problems = _settle(library, before, old, done.sessions, is_named=wanted.is_named)
    sizes = {name: _size(library, name) or 0 for name in sessions}
    taken.note(wanted.path, Taken(wanted.size, wanted.mtime_ns, sizes))
    return Took(sessions, True, [*done.problems, *problems])


def _undo(library: Library, taken: Taken) -> None:
    """Remove what an import made that was not seen to its end, unless somebody has gone on with it."""
    for name, size in taken.begun.items():
        if name not in taken.sessions and _size(library, name) == size:
            with suppress(SessionNotFound, SessionLocked, LibraryError):
                library.discard(name)


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
