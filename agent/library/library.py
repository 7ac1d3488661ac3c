"""The library: all saved sessions, to be listed, searched, named, pinned, deleted, restored and brought in.

The transcripts and the small metadata files are the truth, and every change to them is one atomic step; the index is
only ever made from them. It knows no screen and no open session. Everything here blocks, and any thread may call it.
"""

import threading
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from agent.conversation.run import RunStatus
from agent.errors import LibraryError, SessionNotFound
from agent.library.digests.looking import look
from agent.library.digests.summary import flat
from agent.library.files import SessionFiles
from agent.library.incoming.copying import Copied, copy_file
from agent.library.incoming.importing import Import, keep, sweep
from agent.library.index.entries import Entry
from agent.library.index.keeping import IndexKeeper
from agent.library.index.searching import Hits
from agent.library.index.tables import Index
from agent.library.infos import NOTHING_SAID, info_of, list_infos, newest_first, tells_of
from agent.library.listing import Found, SessionInfo, TurnInfo
from agent.library.metadata import Metadata, MetadataFolder
from agent.library.words import Query
from agent.transcripts.folders import FileStamp, Sessions, stamps
from agent.transcripts.lock import is_locked

__all__ = ["Library"]

_PROBED = 32
"""Sessions that are asked whether they are live: those written to last."""
_MATCHES = 3
_DELETED = 4
"""One in so many of the sessions that are found may be deleted."""


class Library:
    """The saved sessions of a data folder; several instances may share it.

    One thing: it is the door to them. Files are moved by `SessionFiles`, the index is kept by `IndexKeeper`.
    """

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self._metadata = MetadataFolder(data_dir)
        self._files = SessionFiles(data_dir, self._metadata)
        self._saved, self._trash = self._files.saved, self._files.trash
        self._index = Index(data_dir)
        self._keeper = IndexKeeper(self._index, self._saved, self._trash, self._metadata)
        self._live: frozenset[str] = frozenset()

    @property
    def notice(self) -> str | None:
        """What the user should know of the index, in one line."""
        return self._index.problem

    @property
    def needs_refresh(self) -> bool:
        """Whether the index was made anew since it was brought up to date, because it was damaged or gone.

        What it lacks is not found until the next `refresh`, which takes as long as the first.
        """
        return self._keeper.needs_refresh

    # Listing

    def sessions(self, ours: Collection[str] = ()) -> list[SessionInfo]:
        """All saved sessions, pinned ones first, then by when they were written to, the newest first.

        It tells of the files as they are now. What only the index knows (turns, titles of older sessions) is as of the
        last `refresh` or `update`. `ours` are those that this instance has open: they are live to others only.
        """
        files = stamps(self._saved.folder)
        newest = newest_first(files)
        self._live = frozenset(
            name for name in newest[:_PROBED] if name not in ours and is_locked(self._saved.folder / f"{name}.jsonl")
        )
        return self._infos(self._saved, files, newest)

    def deleted(self) -> list[SessionInfo]:
        """The sessions in the trash, the newest first."""
        files = stamps(self._trash.folder)
        return self._infos(self._trash, files, newest_first(files))

    def info(self, session_id: str, *, deleted: bool = False) -> SessionInfo:
        """One saved or deleted session, as it stands in the list: what only the index knows is as of that.

        Raises:
            SessionNotFound: there is none.
        """
        sessions = self._trash if deleted else self._saved
        stamp = self._files.stamp(session_id, sessions)
        entry = self._index.entries([session_id]).get(session_id)
        path = sessions.path(session_id)
        seen = None if tells_of(entry, stamp) else look(path)
        info = info_of(session_id, stamp, entry, self._metadata.read(session_id), seen)
        return msgspec.structs.replace(info, is_live=is_locked(path))

    def turns(self, session_id: str) -> list[TurnInfo]:
        """A session's turns, in order, as they are now: what is not indexed yet is read first.

        Raises:
            SessionNotFound: there is none.
        """
        stamp = self._files.stamp(session_id)
        entry = self._index.entries([session_id]).get(session_id)
        if entry is None or entry.stamp != stamp:
            self.update(session_id)
        turns = self._index.turns(session_id)
        if turns and turns[-1].status is RunStatus.RUNNING and not is_locked(self._saved.path(session_id)):
            turns[-1] = replace(turns[-1], status=RunStatus.INTERRUPTED, is_cut_off=True)
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
                stamp = self._files.stamp(entry.id)
                entries.append(entry)
                metadata = known.get(entry.id, NOTHING_SAID)
                infos.append(info_of(entry.id, stamp, entry, metadata, None, entry.id in self._live))
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
        return self._keeper.refresh(stop, progress, gentle=gentle)

    def update(self, session_id: str) -> None:
        """Index one session as it is now.

        Raises:
            SessionNotFound: there is none.
            LibraryError: the index cannot be written.
        """
        self._files.stamp(session_id)
        self._keeper.update(session_id)

    # Changes

    def rename(self, session_id: str, title: str | None) -> None:
        """Give a session a title of the user's; None or a blank one is the first question again.

        Raises:
            SessionNotFound: there is none.
            LibraryError: it cannot be written.
        """
        self._files.stamp(session_id)
        self._name(session_id, title)

    def pin(self, session_id: str, pinned: bool) -> None:
        """Keep a session at the top of the list, or no longer.

        Raises:
            SessionNotFound: there is none.
            LibraryError: it cannot be written.
        """
        self._files.stamp(session_id)
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
        self._files.stamp(session_id)
        self._metadata.change(session_id, place=place)

    def delete(self, session_id: str) -> None:
        """Move a session to the trash.

        Raises:
            SessionNotFound: there is none.
            SessionLocked: it is open for writing, here or in another instance.
            LibraryError: it cannot be moved.
        """
        self._files.delete(session_id)

    def restore(self, session_id: str) -> None:
        """Move a session back from the trash, with its title and its pin.

        Raises:
            SessionNotFound: there is none in the trash.
            LibraryError: it cannot be moved.
        """
        self._files.restore(session_id)

    def purge(self, session_id: str) -> None:
        """Remove a session in the trash for good.

        Raises:
            SessionNotFound: there is none in the trash.
            LibraryError: it cannot be removed.
        """
        self._files.purge(session_id)
        with suppress(LibraryError):
            self._index.forget([session_id])

    def import_file(
        self,
        path: Path,
        name: str | None = None,
        announce: Callable[[Mapping[str, int]], object] = lambda sizes: None,
        *,
        indexes: bool = True,
        copied: Copied | None = None,
    ) -> Import:
        """Bring in any AG-UI stream; gives the new sessions, one for each thread, and what is wrong with the stream.

        The title of one is what its program calls it, its first question, or the name of the file. `name` is what the
        stream is called. `announce` is told the ids that they are about to have, with their sizes, before there is any
        of them. Without `indexes` they are listed at once, and found from the next `refresh` on. `copied` is what was
        made of the file, where somebody has read it already, and the disk has it.

        Raises:
            TranscriptError: the file cannot be read, or there is no event in it.
            LibraryError: the folder takes nothing.
        """
        if copied is None:
            copied = copy_file(path, self._saved, name)
            copied.sync()
        done = keep(copied, self._saved, announce)
        for session_id, title in done.titles.items():
            self._name(session_id, title or path.stem, indexes=indexes)
        for session_id in done.sessions if indexes else ():
            self.update(session_id)
        return done

    def sweep(self) -> None:
        """Remove what an import left that a crash cut off. Blocks."""
        sweep(self._saved)

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
        self._files.replace(session_id, by)
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

    def _name(self, session_id: str, title: str | None, *, indexes: bool = True) -> None:
        own = flat(title or "") or None
        self._metadata.change(session_id, title=own)
        if indexes:
            with suppress(LibraryError):  # it is said; only a search learns of it later
                self._index.store_titles({session_id: own})

    def _infos(self, sessions: Sessions, files: dict[str, FileStamp], newest: list[str]) -> list[SessionInfo]:
        return list_infos(sessions, files, newest, index=self._index, metadata=self._metadata, live=self._live)
