"""The library: all saved sessions, to be listed, searched, named, pinned, deleted, restored and brought in.

The transcripts and the small metadata files are the truth, and every change to them is one atomic step; the index is
only ever made from them. It knows no screen and no open session. Everything here blocks, and any thread may call it.
"""

import fcntl
import os
import threading
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import replace
from operator import attrgetter
from pathlib import Path
from typing import Any, TypeGuard

import msgspec

from agent.conversation.run import RunStatus
from agent.errors import LibraryError, SessionNotFound
from agent.formats.imports.opening import open_foreign
from agent.library.drafts import Drafts
from agent.library.importing import Import, import_lines
from agent.library.index.digest import Summary, flat, look
from agent.library.index.tables import Entry, Hits, Index
from agent.library.index.updating import Pace, SavedFile, Stopped, index_file, index_files
from agent.library.listing import Found, SessionInfo, TurnInfo
from agent.library.metadata import Metadata, MetadataFolder, changing
from agent.library.words import Query
from agent.reading.lines import read_lines
from agent.transcripts.folders import LOOKED_AT, FileStamp, Sessions, begun, is_session_id, make_private_folder, stamps
from agent.transcripts.lock import lock_transcript

__all__ = ["Library"]

_PROBED = 32
"""Sessions that are asked whether they are live: those written to last."""
_MATCHES = 3
_DELETED = 4
"""One in so many of the sessions that are found may be deleted."""


class Library:
    """The saved sessions of a data folder; several instances may share it."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self._saved = Sessions(data_dir)
        self._trash = Sessions(data_dir, "trash")
        self._metadata = MetadataFolder(data_dir)
        self._index = Index(data_dir)
        self._live: frozenset[str] = frozenset()
        self._refreshing = threading.Lock()
        self._refreshed: int | None = None
        """Which index was brought up to date."""

    @property
    def notice(self) -> str | None:
        """What the user should know of the index, in one line."""
        return self._index.problem

    @property
    def needs_refresh(self) -> bool:
        """Whether the index was made anew since it was brought up to date, because it was damaged or gone.

        What it lacks is not found until the next `refresh`, which takes as long as the first.
        """
        return self._refreshed is not None and self._refreshed != self._index.identity

    # Listing

    def sessions(self, ours: Collection[str] = ()) -> list[SessionInfo]:
        """All saved sessions, pinned ones first, then by when they were written to, the newest first.

        It tells of the files as they are now. What only the index knows (turns, titles of older sessions) is as of the
        last `refresh` or `update`. `ours` are those that this instance has open: they are live to others only.
        """
        files = stamps(self._saved.folder)
        newest = _newest_first(files)
        self._live = frozenset(
            name for name in newest[:_PROBED] if name not in ours and _is_live(self._saved.folder / f"{name}.jsonl")
        )
        return self._infos(self._saved, files, newest)

    def deleted(self) -> list[SessionInfo]:
        """The sessions in the trash, the newest first."""
        files = stamps(self._trash.folder)
        return self._infos(self._trash, files, _newest_first(files))

    def info(self, session_id: str, *, deleted: bool = False) -> SessionInfo:
        """One saved or deleted session, as it stands in the list.

        Raises:
            SessionNotFound: there is none.
        """
        sessions = self._trash if deleted else self._saved
        stamp = self._stamp(session_id, sessions)
        entry = self._index.entries([session_id]).get(session_id)
        path = sessions.path(session_id)
        seen = None if _tells_of(entry, stamp) else look(path)
        info = _info(session_id, stamp, entry, self._metadata.read(session_id), seen)
        return msgspec.structs.replace(info, is_live=_is_live(path))

    def turns(self, session_id: str) -> list[TurnInfo]:
        """A session's turns, in order, as they are now: what is not indexed yet is read first.

        Raises:
            SessionNotFound: there is none.
        """
        stamp = self._stamp(session_id)
        entry = self._index.entries([session_id]).get(session_id)
        if entry is None or entry.stamp != stamp:
            self.update(session_id)
        turns = self._index.turns(session_id)
        if turns and turns[-1].status is RunStatus.RUNNING and not _is_live(self._saved.path(session_id)):
            turns[-1] = replace(turns[-1], status=RunStatus.INTERRUPTED)
        return turns

    def prompts(self, most: int = 1_000) -> list[str]:
        """What was asked in all sessions that are indexed, each text once, the latest first."""
        try:
            return [*dict.fromkeys(self._index.questions(most))]
        except LibraryError:
            return []

    def find(self, session_id: str, *, deleted: bool = False) -> str:
        """The whole id of a saved or a deleted session, by its beginning.

        Raises:
            SessionNotFound: none begins so, or more than one.
        """
        return (self._trash if deleted else self._saved).find(session_id).stem

    def search(self, text: str, limit: int = 50, *, stop: threading.Event | None = None) -> list[Found]:
        """The sessions in which all the words of `text` stand, in the order of the list, each with its best matches.

        A word may be the beginning of one; "words in quotes" stand side by side. Any text can be asked for; one
        without a word finds nothing. It searches what is indexed. `stop` ends it early, with what it has.

        Raises:
            LibraryError: this Python's SQLite cannot search.
        """
        query = Query(text)
        if not query.terms:
            return []
        known = self._metadata.all()
        pinned = [name for name, metadata in known.items() if metadata.pinned]
        hits = self._index.search(query, pinned, limit + limit // _DELETED)
        infos, entries = self._take(hits, limit, known, stop)
        if len(infos) < limit and not hits.are_all and not (stop is not None and stop.is_set()):
            hits = self._index.search(query, pinned)
            infos, entries = self._take(hits, limit, known, stop)
        matches = self._index.matches(hits, entries, _MATCHES)
        return [Found(session=info, matches=matches[info.id]) for info in infos]

    def _take(
        self, hits: Hits, limit: int, known: dict[str, Metadata], stop: threading.Event | None
    ) -> tuple[list[SessionInfo], list[Entry]]:
        """The first of the sessions found that are still there."""
        infos: list[SessionInfo] = []
        entries: list[Entry] = []
        for entry in hits:
            if len(infos) == limit or (stop is not None and stop.is_set()):
                break
            with suppress(SessionNotFound):  # deleted, by whomever
                stamp = self._stamp(entry.id)
                entries.append(entry)
                metadata = known.get(entry.id, _NOTHING_SAID)
                infos.append(_info(entry.id, stamp, entry, metadata, None, entry.id in self._live))
        return infos, entries

    # The index

    def refresh(
        self,
        stop: threading.Event | None = None,
        progress: Callable[[int, int], None] | None = None,
        *,
        gentle: bool = True,
    ) -> bool:
        """Bring the index up to date with the files; gives whether anything was changed.

        `stop` ends it early, which loses nothing. `progress` is told how many of how many changed sessions are read,
        in this thread. `gentle` rests between small pieces of work, for a screen in this process.

        Raises:
            LibraryError: the index cannot be written: the disk is full, say.
        """
        with self._refreshing, self._index.kept_open(), suppress(Stopped):
            self._index.remove_older()
            identity = self._index.identity
            has_changed = index_files(self._index, self._files(), Pace(stop, gentle=gentle), progress)
            has_changed = self._index_titles() or has_changed
            self._refreshed = identity
            return has_changed
        return True  # stopped: most likely something was

    def update(self, session_id: str) -> None:
        """Index one session as it is now.

        Raises:
            SessionNotFound: there is none.
            LibraryError: the index cannot be written.
        """
        self._stamp(session_id)
        index_file(self._index, session_id, self._saved.path(session_id))
        self._index.store_titles({session_id: self._metadata.read(session_id).title})

    # Changes

    def rename(self, session_id: str, title: str | None) -> None:
        """Give a session a title of the user's; None or a blank one is the first question again.

        Raises:
            SessionNotFound: there is none.
            LibraryError: it cannot be written.
        """
        self._stamp(session_id)
        own = flat(title or "") or None
        self._metadata.change(session_id, title=own)
        with suppress(LibraryError):  # it is said; only a search learns of it later
            self._index.store_titles({session_id: own})

    def pin(self, session_id: str, pinned: bool) -> None:
        """Keep a session at the top of the list, or no longer.

        Raises:
            SessionNotFound: there is none.
            LibraryError: it cannot be written.
        """
        self._stamp(session_id)
        self._metadata.change(session_id, pinned=pinned)

    def place(self, session_id: str) -> dict[str, Any] | None:
        """Where the user was when he left a session; None is its end."""
        return self._metadata.read(session_id).place

    def set_place(self, session_id: str, place: dict[str, Any] | None) -> None:
        """Remember where the user is when he leaves a session.

        Raises:
            SessionNotFound: there is none.
            LibraryError: it cannot be written.
        """
        self._stamp(session_id)
        self._metadata.change(session_id, place=place)

    def delete(self, session_id: str) -> None:
        """Move a session to the trash.

        Raises:
            SessionNotFound: there is none.
            SessionLocked: it is open for writing, here or in another instance.
            LibraryError: it cannot be moved.
        """
        self._move(session_id, self._saved, self._trash)

    def restore(self, session_id: str) -> None:
        """Move a session back from the trash, with its title and its pin.

        Raises:
            SessionNotFound: there is none in the trash.
            LibraryError: it cannot be moved.
        """
        self._move(session_id, self._trash, self._saved)

    def purge(self, session_id: str) -> None:
        """Remove a session in the trash for good.

        Raises:
            SessionNotFound: there is none in the trash.
            LibraryError: it cannot be removed.
        """
        path = self._trash.path(session_id)
        with changing(self._trash.folder):
            try:
                path.unlink()
            except FileNotFoundError as error:
                raise SessionNotFound(f"there is no session {session_id} in the trash") from error
            # Of a kill here metadata without a session is left, which nothing looks at.
            if not self._saved.path(session_id).exists():
                self._metadata.remove(session_id)
                with suppress(OSError):
                    Drafts(self.data_dir).forget(session_id)
        with suppress(LibraryError):
            self._index.forget([session_id])

    def import_file(self, path: Path, name: str | None = None) -> Import:
        """Bring in any AG-UI stream; gives the new sessions, one for each thread, and what is wrong with the stream.

        The title of one is its first question, else the name of the file. `name` is what the stream is called.

        Raises:
            TranscriptError: the file cannot be read, or there is no event in it.
            LibraryError: the folder takes nothing.
        """
        done = import_lines(read_lines(path, open_foreign, with_cut=True), self._saved, name or str(path))
        for session_id, has_question in done.sessions:
            if not has_question:
                self.rename(session_id, path.stem)
            self.update(session_id)
        return done

    def path(self, session_id: str) -> Path:
        """Where a saved session's file is, or would be."""
        return self._saved.path(session_id)

    def replace(self, session_id: str, by: str) -> None:
        """Let a session go on as another one, which ceases to be: it keeps its id, and what was said of it.

        Raises:
            SessionNotFound: one of them is not there.
            SessionLocked: it is open for writing, here or in another instance.
            LibraryError: it cannot be moved.
        """
        path = self._saved.path(session_id)
        with changing(self._trash.folder):
            try:
                lock = lock_transcript(path)
            except FileNotFoundError as error:
                raise SessionNotFound(f"there is no session {session_id} in {self._saved.folder}") from error
            try:
                self._saved.path(by).rename(path)
            finally:
                os.close(lock)
        with suppress(LibraryError):
            self._index.forget([by])
        self.update(session_id)

    def discard(self, session_id: str) -> None:
        """Remove a session for good that nobody has seen.

        Raises:
            SessionNotFound: there is none.
            LibraryError: it cannot be removed.
        """
        self.delete(session_id)
        self.purge(session_id)

    # What the above is made of

    def _move(self, session_id: str, source: Sessions, target: Sessions) -> None:
        path, goal = source.path(session_id), target.path(session_id)
        with changing(self._trash.folder):
            try:
                lock = lock_transcript(path)
            except FileNotFoundError as error:
                raise SessionNotFound(f"there is no session {session_id} in {source.folder}") from error
            try:
                if goal.exists():
                    raise LibraryError(f"{goal} is there already: restore or purge that one first")
                make_private_folder(target.folder)
                path.rename(goal)
            finally:
                os.close(lock)

    def _files(self) -> dict[str, SavedFile]:
        """All transcripts: deleted ones too, which then need not be read again when they are restored."""
        return {
            name: SavedFile(sessions, stamp)
            for sessions in (self._trash, self._saved)
            for name, stamp in stamps(sessions.folder).items()
            if is_session_id(name)
        }

    def _index_titles(self) -> bool:
        wanted = {name: metadata.title for name, metadata in self._metadata.all().items()}
        there = self._index.own_titles()
        changes = {name: wanted.get(name) for name in wanted.keys() | there if wanted.get(name) != there.get(name)}
        return self._index.store_titles(changes) if changes else False

    def _stamp(self, session_id: str, sessions: Sessions | None = None) -> FileStamp:
        """Of a session's file, a saved one's where nothing else is said.

        Raises:
            SessionNotFound: there is none.
        """
        sessions = sessions or self._saved
        try:
            return FileStamp.of(sessions.path(session_id).stat())
        except OSError as error:
            raise SessionNotFound(f"there is no session {session_id} in {sessions.folder}") from error

    def _infos(self, sessions: Sessions, files: dict[str, FileStamp], newest: list[str]) -> list[SessionInfo]:
        entries: dict[str, Entry] = {}
        with suppress(LibraryError):  # busy or full: a list without turns is better than none
            if self._index.identity is not None:  # making it is not for a list to wait for
                entries = self._index.entries()
        known = self._metadata.all()
        looks = {
            name: look(sessions.folder / f"{name}.jsonl")
            for name in newest[:LOOKED_AT]
            if not _tells_of(entries.get(name), files[name])
        }
        infos = [
            _info(
                name,
                files[name],
                entries.get(name),
                known.get(name, _NOTHING_SAID),
                looks.get(name),
                name in self._live,
            )
            for name in newest
            if files[name].size
        ]
        infos.sort(key=_list_order, reverse=True)
        return infos


def _newest_first(files: dict[str, FileStamp]) -> list[str]:
    changed = {name: stamp.mtime_ns for name, stamp in files.items()}
    return sorted(changed, key=changed.__getitem__, reverse=True)


_NOTHING_SAID = Metadata()
_NOT_LOOKED_AT = Summary()


_list_order = attrgetter("pinned", "updated", "id")


def _info(
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
    if _tells_of(entry, stamp):
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


def _tells_of(entry: Entry | None, stamp: FileStamp) -> TypeGuard[Entry]:
    """Whether nothing was written to a file since it was indexed; it may have been copied."""
    return entry is not None and entry.stamp.size == stamp.size


def _is_live(path: Path) -> bool:
    """Whether someone holds the lock of a session, which is tried for a moment."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(file)
    return False
