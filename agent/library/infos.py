"""What lists say of sessions, put together of what the index knows, what a look at a file shows, and what was said."""

import os
from collections.abc import Collection
from contextlib import suppress
from operator import attrgetter
from typing import TypeGuard

from agent.errors import LibraryError
from agent.library.digests.looking import look
from agent.library.digests.summary import Summary
from agent.library.index.entries import Entry
from agent.library.index.tables import Index
from agent.library.listing import SessionInfo
from agent.library.metadata import Metadata, MetadataFolder
from agent.transcripts.folders import LOOKED_AT, FileStamp, Sessions, begun, is_session_id

__all__ = ["NOTHING_SAID", "info_of", "list_infos", "newest_first", "tells_of"]

NOTHING_SAID = Metadata()
_NOT_LOOKED_AT = Summary()

_list_order = attrgetter("pinned", "updated", "id")


def newest_first(files: dict[str, FileStamp]) -> list[str]:
    """The names of files, those written to last first."""
    changed = {name: stamp.mtime_ns for name, stamp in files.items()}
    return sorted(changed, key=changed.__getitem__, reverse=True)


def list_infos(
    sessions: Sessions,
    files: dict[str, FileStamp],
    newest: list[str],
    *,
    index: Index,
    metadata: MetadataFolder,
    live: Collection[str],
) -> list[SessionInfo]:
    """All that stand in `newest`, pinned ones first, then by when they were written to; empty files are none."""
    entries: dict[str, Entry] = {}
    with suppress(LibraryError):  # busy or full: a list without turns is better than none
        if index.identity is not None:  # making it is not for a list to wait for
            entries = index.entries()
    known = metadata.all()
    looks = {
        name: look(sessions.folder / f"{name}.jsonl")
        for name in newest[:LOOKED_AT]
        if not tells_of(entries.get(name), files[name])
    }
    infos = [
        info_of(name, files[name], entries.get(name), known.get(name, NOTHING_SAID), looks.get(name), name in live)
        for name in newest
        if files[name].size
    ]
    infos.sort(key=_list_order, reverse=True)
    return infos


def info_of(
    session_id: str,
    stamp: FileStamp,
    entry: Entry | None,
    metadata: Metadata,
    seen: Summary | None,
    is_live: bool = False,
) -> SessionInfo:
    """A session, by what the index knows of it, else by what was seen in a look at its file. There are thousands, so
    all of it is done here."""
    known = entry or seen or _NOT_LOOKED_AT
    if tells_of(entry, stamp):
        told: float | None = entry.updated
    else:
        told = seen.updated if seen is not None else begun(session_id)
    # By its last event, which is no newer than the file. A copied file is as new as the copy, so where there are more
    # files than are looked at, the others count from when they were begun.
    changed = stamp.mtime_ns // 1_000_000
    updated = changed if told is None or told > changed else told
    problem = entry.problem if entry is not None else None
    if entry is None and not is_session_id(session_id):
        problem = "no session can have this name: rename the file, with letters, digits, _ . and - only"
        session_id = os.fsencode(session_id).decode(errors="replace")
    return SessionInfo(
        id=session_id,
        title=metadata.title or known.title,
        created=min(known.created or updated, updated),  # a stream may say any time
        updated=updated,
        turns=entry.turns if entry else None,
        size=stamp.size,
        pinned=metadata.pinned,
        is_live=is_live,
        model=known.model,
        parent=known.parent,
        lineage=known.lineage,
        origin=known.origin,
        timing=known.timing,
        problem=problem,
    )


def tells_of(entry: Entry | None, stamp: FileStamp) -> TypeGuard[Entry]:
    """Whether nothing was written to a file since it was indexed; it may have been copied."""
    return entry is not None and entry.stamp.size == stamp.size
