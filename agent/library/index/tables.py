"""The index of the saved sessions, only ever derived from their files: what lists, turns and searches need.

It reads no transcript, and knows no folder but where its own file is. What it does is done in one use of the database
each, whole or not at all; how rows are read, written and searched is in the modules beside it.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path

from agent.library.digests.digest import Batch
from agent.library.excerpts import best_matches
from agent.library.index.database import Database
from agent.library.index.entries import Entry, Stored
from agent.library.index.rows import entries, make, own_titles, questions, run_ids, stored, turns
from agent.library.index.searching import Hits, find, texts
from agent.library.index.storing import forget, store, store_title
from agent.library.listing import Match, TurnInfo
from agent.library.words import Query
from agent.transcripts.folders import FileStamp

__all__ = ["Index"]

_VERSION = 6
"""Of the tables, of what is kept of a turn, and of what counts as a word. Each version has a file of its own, so that
two never fight."""
_NAME, _SUFFIX = "index-", ".sqlite3"


class Index:
    """The index in a data folder. Where none can be written there, it is kept in memory and lost at the end."""

    def __init__(self, data_dir: Path) -> None:
        self._database = Database(data_dir / f"{_NAME}{_VERSION}{_SUFFIX}", make)

    @property
    def problem(self) -> str | None:
        """Why it is kept in memory, in one line."""
        return self._database.problem

    @property
    def identity(self) -> int | None:
        """Another whenever the index was made anew, by whomever; None where there is none yet."""
        return self._database.identity

    def kept_open(self) -> AbstractContextManager[None]:
        """Spare many changes in a row the cost of closing the file after each."""
        return self._database.kept_open()

    def remove_older(self) -> None:
        """Remove what earlier versions of this program have left."""
        for path in self._database.path.parent.glob(f"{_NAME}*{_SUFFIX}*"):
            version = path.name.removeprefix(_NAME).partition(_SUFFIX)[0]
            if version.isdecimal() and int(version) < _VERSION:
                with suppress(OSError):
                    path.unlink()

    # What is known of the files

    def entries(self, session_ids: Sequence[str] | None = None) -> dict[str, Entry]:
        """The sessions in the index, all or some."""
        found = self._database.read(lambda db: entries(db, "id", session_ids))
        return {entry.id: entry for entry in found}

    def own_titles(self) -> dict[str, str]:
        """The titles that users gave, as they can be searched."""
        return self._database.read(own_titles)

    def stored(self, session_id: str) -> Stored | None:
        """How far a session is indexed."""
        return self._database.read(lambda db: stored(db, session_id))

    def run_ids(self, session_id: str, count: int) -> list[str]:
        """The ids of a session's first turns."""
        return self._database.read(lambda db: run_ids(db, session_id, count))

    def turns(self, session_id: str) -> list[TurnInfo]:
        """A session's turns, in order."""
        return self._database.read(lambda db: turns(db, session_id))

    def questions(self, most: int) -> list[str]:
        """What was asked in all sessions, the latest first, at most so much."""
        return self._database.read(lambda db: questions(db, most))

    # Changing it

    def store(self, items: Sequence[tuple[str, FileStamp, Stored | None, Batch]]) -> None:
        """Take in what was read: each session's id, its file's stamp, how far it was indexed before, and the batch.

        What another instance has indexed in the meantime is left as it is.
        """

        def write(db: sqlite3.Connection) -> None:
            for session_id, stamp, before, batch in items:
                if stored(db, session_id) == before:
                    store(db, session_id, stamp, batch)

        self._database.change(write)

    def store_titles(self, titles: dict[str, str | None]) -> bool:
        """Make the titles that users gave searchable; gives whether any of them was not yet."""
        changed: list[str] = []

        def write(db: sqlite3.Connection) -> None:
            changed.extend(session_id for session_id, title in titles.items() if store_title(db, session_id, title))

        self._database.change(write)
        return bool(changed)

    def forget(self, session_ids: Sequence[str]) -> None:
        """Leave sessions out. Harmless where they are not in it."""

        def write(db: sqlite3.Connection) -> None:
            for session_id in session_ids:
                forget(db, session_id)

        self._database.change(write)

    # Searching

    def search(self, query: Query, first: Sequence[str] = (), wanted: int | None = None) -> Hits:
        """The sessions that have all the terms: of those named `first`, then of all, the newest first.

        Where only so many are `wanted` and that is the faster way, those after them may be missing.

        Raises:
            LibraryError: this SQLite cannot search.
        """
        return self._database.read(lambda db: find(db, query, first, wanted, self._numbered))

    def matches(self, hits: Hits, sessions: Sequence[Entry], most: int) -> dict[str, tuple[Match, ...]]:
        """The best matches of some of the sessions that were found, at most `most` of each, in order."""

        def read(db: sqlite3.Connection) -> dict[str, tuple[Match, ...]]:
            return {
                entry.id: best_matches(hits.query, texts(db, entry.number, hits.turns(entry.number, most)), most)
                for entry in sessions
            }

        return self._database.read(read)

    def _numbered(self, numbers: Sequence[int]) -> list[Entry]:
        """The sessions with these numbers, in their order; those that are gone are left out."""
        found = {entry.number: entry for entry in self._database.read(lambda db: entries(db, "number", numbers))}
        return [found[number] for number in numbers if number in found]
