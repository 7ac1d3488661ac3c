"""The index of the saved sessions, only ever derived from their files: what lists, turns and searches need.

It owns the tables and how they are searched. It reads no transcript, and knows no folder but where its own file is.
"""

import sqlite3
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from itertools import islice
from pathlib import Path
from typing import Literal, NamedTuple, TypeVar

import msgspec

from agent.conversation.lineage import Lineage
from agent.conversation.run import RunStatus
from agent.errors import LibraryError
from agent.library.excerpts import Text, best_matches
from agent.library.index.database import Damaged, Database
from agent.library.index.digest import Batch, Part, Summary
from agent.library.listing import Match, MatchKind, TurnInfo
from agent.library.words import Query, Term, spaced
from agent.transcripts.folders import FileStamp

__all__ = ["UNSETTLED", "Entry", "Hits", "Index", "Stored"]

_VERSION = 6
"""Of the tables, of what is kept of a turn, and of what counts as a word. Each version has a file of its own, so that
two never fight."""
_TURN_BITS = 20
_MOST_TURNS = 2**_TURN_BITS - 1
"""Of one session; later ones are not found."""
_FETCHED = 64
"""Sessions that are fetched at a time."""
_MOST_READ, _READ_TOGETHER = 128, 32
"""Sessions that are read in search of common words, and how many of them at a time."""
_MOST_BYTES_READ = 2**24
"""Of the files of these sessions."""
_WORTH_READING = 0.5
"""The share of the sessions read that must have all words, for more to be read."""
_SCHEMA = """
CREATE TABLE sessions (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    updated REAL NOT NULL,
    entry TEXT NOT NULL,
    own_title TEXT
);
CREATE INDEX newest ON sessions (updated, id);
CREATE TABLE readings (
    number INTEGER PRIMARY KEY,
    whole BLOB NOT NULL
);
CREATE TABLE turns (
    id INTEGER PRIMARY KEY,
    run_id TEXT NOT NULL,
    question TEXT NOT NULL,
    status TEXT NOT NULL,
    is_waiting INTEGER NOT NULL,
    started REAL NOT NULL,
    parts BLOB NOT NULL
);
"""
# Only the words are in it: texts stand in `turns`. A bar between two texts keeps phrases from reaching over.
_WORDS = """
CREATE VIRTUAL TABLE words USING fts5(
    text, content='', columnsize=0, prefix='1 2', tokenize="ascii tokenchars '|'"
)
"""
_BAR = " | "
_TITLE_TURN = 0
_NAME, _SUFFIX = "index-", ".sqlite3"
UNSETTLED = -1
"""Stands for the inode of a file that was changed so lately that another change might not show."""
_NOT_WHOLE = -1
"""Stands for the size of a file that is not wholly read."""
T = TypeVar("T")


class Entry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What is known of one session's file."""

    number: int
    """The index's own for it."""
    id: str
    stamp: FileStamp
    """Of the file when it was read; one that no file has where it may have changed since without a trace."""
    title: str
    """The first question."""
    created: float | None
    updated: float
    """By its last event, or by its file where that is older: a copied file is as new as the copy, a stream may say
    any time."""
    turns: int
    model: str | None
    parent: str | None
    lineage: Lineage | None
    problem: str | None
    origin: str | None
    timing: str | None


# Lists as one value: row by row, a busy thread beside this one would be let in between each two.
_ENTRIES = "SELECT '[' || coalesce(group_concat(entry), '') || ']' FROM sessions"
_SOME = " WHERE {} IN (SELECT value FROM json_each(?))"
_NEWEST = "SELECT json_group_array(number) FROM (SELECT number FROM sessions ORDER BY updated DESC, id DESC)"
_FIND = "SELECT '[' || coalesce(group_concat(rowid), '') || ']' FROM words WHERE words MATCH ?"
_OWN_TITLES = "SELECT id, own_title FROM sessions WHERE own_title IS NOT NULL"
_TURNS = "SELECT id, run_id, question, status, is_waiting, started FROM turns WHERE id BETWEEN ? AND ? ORDER BY id"
_QUESTIONS = """
SELECT json_group_array(question) FROM (
    SELECT json_extract(CAST(parts AS TEXT), '$[0][1]') AS question FROM turns
    WHERE json_extract(CAST(parts AS TEXT), '$[0][0]') = ? ORDER BY started DESC LIMIT ?
)
"""
_PLACED = "SELECT id, run_id, parts FROM turns WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id"
_READ = """
SELECT '[' || coalesce(group_concat('[' || place || ',' || texts || ']'), '') || ']' FROM (
    SELECT turns.id AS place, CAST(parts AS TEXT) AS texts
    FROM json_each(?1) JOIN turns ON turns.id BETWEEN value << ?2 AND (value << ?2) + ?3
    UNION ALL
    SELECT number << ?2, json_array(json_array(?4, own_title))
    FROM sessions WHERE own_title IS NOT NULL AND number IN (SELECT value FROM json_each(?1))
)
"""
_RUN_IDS = "SELECT json_group_array(run_id) FROM (SELECT run_id FROM turns WHERE id BETWEEN ? AND ? ORDER BY id)"
_STORE = "UPDATE sessions SET updated = ?, entry = ? WHERE number = ?"
_STORED = "SELECT entry, whole FROM sessions JOIN readings USING (number) WHERE id = ?"
_ENTRY = msgspec.json.Decoder(Entry)
_ENTRY_LIST = msgspec.json.Decoder(list[Entry])
_NUMBERS = msgspec.json.Decoder(list[int])
_IDS = msgspec.json.Decoder(list[str])
_PARTS = msgspec.json.Decoder(list[Part])
_READ_TURNS = msgspec.json.Decoder(list[tuple[int, list[Part]]])
_SUMMARY = msgspec.json.Decoder(Summary)


class Stored(NamedTuple):
    """How far a session is indexed."""

    stamp: FileStamp
    """Of the file; what is not wholly read has one that no file has."""
    whole: Summary

    @classmethod
    def by(cls, stamp: FileStamp, batch: Batch) -> "Stored":
        """How far it is once a batch of a file with this stamp is stored."""
        return cls(stamp if batch.is_last else stamp._replace(size=_NOT_WHOLE), batch.whole)


class Index:
    """The index in a data folder. Where none can be written there, it is kept in memory and lost at the end."""

    def __init__(self, data_dir: Path) -> None:
        self._database = Database(data_dir / f"{_NAME}{_VERSION}{_SUFFIX}", _make)

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
        found = self._database.read(lambda db: _entries(db, "id", session_ids))
        return {entry.id: entry for entry in found}

    def own_titles(self) -> dict[str, str]:
        """The titles that users gave, as they can be searched."""
        return dict(self._database.read(lambda db: db.execute(_OWN_TITLES).fetchall()))

    def stored(self, session_id: str) -> Stored | None:
        """How far a session is indexed."""
        return self._database.read(lambda db: _stored(db, session_id))

    def run_ids(self, session_id: str, count: int) -> list[str]:
        """The ids of a session's first turns."""

        def read(db: sqlite3.Connection) -> list[str]:
            number = _number(db, session_id)
            if number is None:
                return []
            start, end = _range(number)
            return _decoded(_IDS, _one(db, _RUN_IDS, start, min(start + count, end)))

        return self._database.read(read)

    def turns(self, session_id: str) -> list[TurnInfo]:
        """A session's turns, in order."""

        def read(db: sqlite3.Connection) -> list[TurnInfo]:
            number = _number(db, session_id)
            if number is None:
                return []
            rows = db.execute(_TURNS, _range(number))
            return [
                TurnInfo(
                    run_id=run_id,
                    number=turn & _MOST_TURNS,
                    question=question,
                    status=RunStatus(status),
                    is_waiting=bool(is_waiting),
                    started=started,
                )
                for turn, run_id, question, status, is_waiting, started in rows
            ]

        return self._database.read(read)

    def questions(self, most: int) -> list[str]:
        """What was asked in all sessions, the latest first, at most so much."""
        return self._database.read(lambda db: _decoded(_IDS, _one(db, _QUESTIONS, MatchKind.QUESTION.value, most)))

    # Changing it

    def store(self, items: Sequence[tuple[str, FileStamp, Stored | None, Batch]]) -> None:
        """Take in what was read: each session's id, its file's stamp, how far it was indexed before, and the batch.

        What another instance has indexed in the meantime is left as it is.
        """

        def write(db: sqlite3.Connection) -> None:
            for session_id, stamp, before, batch in items:
                if _stored(db, session_id) == before:
                    _store(db, session_id, stamp, batch)

        self._database.change(write)

    def store_titles(self, titles: dict[str, str | None]) -> bool:
        """Make the titles that users gave searchable; gives whether any of them was not yet."""
        changed: list[str] = []

        def write(db: sqlite3.Connection) -> None:
            for session_id, title in titles.items():
                row = db.execute("SELECT number, own_title FROM sessions WHERE id = ?", (session_id,)).fetchone()
                if row is None or row[1] == title:
                    continue
                number, before = row
                turn = number << _TURN_BITS | _TITLE_TURN
                if before is not None:
                    _forget_words(db, [(turn, _words_of([before]))])
                if title is not None:
                    _add_words(db, [(turn, _words_of([title]))])
                db.execute("UPDATE sessions SET own_title = ? WHERE number = ?", (title, number))
                changed.append(session_id)

        self._database.change(write)
        return bool(changed)

    def forget(self, session_ids: Sequence[str]) -> None:
        """Leave sessions out. Harmless where they are not in it."""

        def write(db: sqlite3.Connection) -> None:
            for session_id in session_ids:
                if (number := _number(db, session_id)) is not None:
                    _drop_turns(db, number, _TITLE_TURN)
                    db.execute("DELETE FROM sessions WHERE number = ?", (number,))
                    db.execute("DELETE FROM readings WHERE number = ?", (number,))

        self._database.change(write)

    # Searching

    def search(self, query: Query, first: Sequence[str] = (), wanted: int | None = None) -> "Hits":
        """The sessions that have all the terms: of those named `first`, then of all, the newest first.

        Where only so many are `wanted` and that is the faster way, those after them may be missing.

        Raises:
            LibraryError: this SQLite cannot search.
        """

        def read(db: sqlite3.Connection) -> Hits:
            if not _has_words(db):
                raise LibraryError("searching needs SQLite with FTS5, which this Python's does not have")
            newest = _decoded(_NUMBERS, _one(db, _NEWEST))
            before = {entry.number for entry in _entries(db, "id", first)} if first else set()
            newest.sort(key=before.__contains__, reverse=True)
            places = _read(db, query, newest, wanted) if wanted else None
            are_all = places is None
            if places is None:
                places = [_decoded(_NUMBERS, _one(db, _FIND, _expression(term))) for term in query.terms]
            rarest = {place >> _TURN_BITS for place in min(places, key=len)}
            return Hits(self, query, [number for number in newest if number in rarest], places, are_all=are_all)

        return self._database.read(read)

    def numbered(self, numbers: Sequence[int]) -> list[Entry]:
        """The sessions with these numbers, in their order; those that are gone are left out."""
        found = {entry.number: entry for entry in self._database.read(lambda db: _entries(db, "number", numbers))}
        return [found[number] for number in numbers if number in found]

    def matches(self, hits: "Hits", entries: Sequence[Entry], most: int) -> dict[str, tuple[Match, ...]]:
        """The best matches of some of the sessions that were found, at most `most` of each, in order."""

        def read(db: sqlite3.Connection) -> dict[str, tuple[Match, ...]]:
            return {
                entry.id: best_matches(hits.query, _texts(db, entry.number, hits.turns(entry.number, most)), most)
                for entry in entries
            }

        return self._database.read(read)


class Hits:
    """What a search found: the sessions that have all its terms, and where."""

    def __init__(
        self, index: Index, query: Query, numbers: list[int], places: list[list[int]], *, are_all: bool
    ) -> None:
        """`numbers` are the sessions that may have all terms, in order; `places` are those of each term."""
        self.query = query
        self.are_all = are_all
        """Whether no session with all the terms is missing."""
        self._index = index
        self._numbers = numbers
        self._places = places

    def __iter__(self) -> Iterator[Entry]:
        """The sessions, looked at and fetched as they are asked for: of common words only the first are wanted."""
        numbers = filter(self._has_all, self._numbers)
        while some := list(islice(numbers, _FETCHED)):
            yield from self._index.numbered(some)

    def _has_all(self, number: int) -> bool:
        start, end = _range(number)
        for places in self._places:
            first = bisect_left(places, start)
            if first == len(places) or places[first] > end:
                return False
        return True

    def turns(self, number: int, most: int) -> list[int]:
        """The places of a session's first turns that have all of the terms, else of the first that has each."""
        start, end = _range(number)
        found = [places[bisect_left(places, start) : bisect_left(places, end + 1)] for places in self._places]
        together = sorted(set(found[0]).intersection(*found[1:]))
        return together[:most] or sorted({places[0] for places in found})


# Tables


def _make(db: sqlite3.Connection) -> None:
    for statement in _SCHEMA.split(";"):
        db.execute(statement)
    with suppress(sqlite3.OperationalError):  # without FTS5 there are lists, but no search
        db.execute(_WORDS)


def _has_words(db: sqlite3.Connection) -> bool:
    return db.execute("SELECT 1 FROM sqlite_master WHERE name = 'words'").fetchone() is not None


def _one(db: sqlite3.Connection, statement: str, *values: object) -> str:
    (value,) = db.execute(statement, values).fetchone()
    return str(value)


def _decoded(decoder: msgspec.json.Decoder[T], data: str | bytes) -> T:
    try:
        return decoder.decode(data)
    except ValueError as error:
        raise Damaged(str(error)) from error


def _entries(db: sqlite3.Connection, column: Literal["id", "number"], values: Sequence[object] | None) -> list[Entry]:
    """All sessions, or those with these values."""
    if values is None:
        return _decoded(_ENTRY_LIST, _one(db, _ENTRIES))
    return _decoded(_ENTRY_LIST, _one(db, _ENTRIES + _SOME.format(column), msgspec.json.encode(values).decode()))


def _number(db: sqlite3.Connection, session_id: str) -> int | None:
    row = db.execute("SELECT number FROM sessions WHERE id = ?", (session_id,)).fetchone()
    return None if row is None else int(row[0])


def _range(number: int) -> tuple[int, int]:
    """The first and the last place that a session's turns can have; the first is that of its title."""
    start = number << _TURN_BITS
    return start, start + _MOST_TURNS


def _stored(db: sqlite3.Connection, session_id: str) -> Stored | None:
    row = db.execute(_STORED, (session_id,)).fetchone()
    return None if row is None else Stored(_decoded(_ENTRY, row[0]).stamp, _decoded(_SUMMARY, row[1]))


def _store(db: sqlite3.Connection, session_id: str, stamp: FileStamp, batch: Batch) -> None:
    read_as, whole = Stored.by(stamp, batch)
    summary, changed = batch.summary, stamp.mtime_ns // 1_000_000
    number = _number(db, session_id)
    if number is None:
        number = db.execute("INSERT INTO sessions (id, updated, entry) VALUES (?, 0, '')", (session_id,)).lastrowid
        assert number is not None  # noqa: S101 - it was written a line above
    entry = Entry(
        number=number,
        id=session_id,
        stamp=read_as,
        title=summary.title,
        created=summary.created,
        updated=changed if summary.updated is None else min(summary.updated, changed),
        turns=summary.turns,
        model=summary.model,
        parent=summary.parent,
        lineage=summary.lineage,
        problem=summary.problem,
        origin=summary.origin,
        timing=summary.timing,
    )
    db.execute(_STORE, (entry.updated, msgspec.json.encode(entry).decode(), number))
    db.execute("INSERT OR REPLACE INTO readings VALUES (?, ?)", (number, msgspec.json.encode(whole)))
    _drop_turns(db, number, batch.first)
    turns = [(number << _TURN_BITS | turn.number, turn) for turn in batch.turns if turn.number <= _MOST_TURNS]
    db.executemany(
        "INSERT INTO turns (id, run_id, question, status, is_waiting, started, parts) VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (
                place,
                turn.run_id,
                turn.question,
                turn.status.value,
                turn.is_waiting,
                turn.started,
                msgspec.json.encode(turn.parts),
            )
            for place, turn in turns
        ],
    )
    _add_words(db, [(place, _words_of(part.text for part in turn.parts)) for place, turn in turns])


def _drop_turns(db: sqlite3.Connection, number: int, first: int) -> None:
    """Leave out a session's turns from one on; from the title's on, the title too."""
    start, end = _range(number)
    start += first
    old = db.execute("SELECT id, parts FROM turns WHERE id BETWEEN ? AND ?", (start, end))
    for place, parts in old.fetchall():
        _forget_words(db, [(place, _words_of(part.text for part in _decoded(_PARTS, parts)))])
    db.execute("DELETE FROM turns WHERE id BETWEEN ? AND ?", (start, end))
    if first == _TITLE_TURN:
        (title,) = db.execute("SELECT own_title FROM sessions WHERE number = ?", (number,)).fetchone()
        if title is not None:
            _forget_words(db, [(start, _words_of([title]))])


# Words


def _words_of(texts: Iterable[str]) -> str:
    return _BAR.join([spaced(text) for text in texts])


def _add_words(db: sqlite3.Connection, rows: list[tuple[int, str]]) -> None:
    if _has_words(db):
        db.executemany("INSERT INTO words (rowid, text) VALUES (?, ?)", rows)


def _forget_words(db: sqlite3.Connection, rows: list[tuple[int, str]]) -> None:
    """The table of words holds no texts, so it must be told what it is to forget."""
    if _has_words(db):
        db.executemany("INSERT INTO words (words, rowid, text) VALUES ('delete', ?, ?)", rows)


# Searching


def _read(db: sqlite3.Connection, query: Query, numbers: Sequence[int], wanted: int) -> list[list[int]] | None:
    """The places of each term in the first of these sessions, where that many of them have all terms.

    Common words stand in most sessions, so these are soon read, while all places of such words are many. None where
    too much would have to be read.
    """
    sizes = {entry.number: entry.stamp.size for entry in _entries(db, "number", numbers[:_MOST_READ])}
    left = [number for number in numbers[:_MOST_READ] if number in sizes]
    places: list[list[int]] = [[] for _ in query.terms]
    read = having = size = 0
    while left:
        some, left = left[:_READ_TOGETHER], left[_READ_TOGETHER:]
        read += len(some)
        size += sum(sizes[number] for number in some)
        if size > _MOST_BYTES_READ:
            break
        covers = dict.fromkeys(some, frozenset[int]())
        values = (msgspec.json.encode(some).decode(), _TURN_BITS, _MOST_TURNS, MatchKind.TITLE.value)
        for place, parts in _decoded(_READ_TURNS, _one(db, _READ, *values)):
            cover = frozenset[int]().union(*(query.covers(part.text) for part in parts))
            covers[place >> _TURN_BITS] |= cover
            for term in cover:
                places[term].append(place)
        having += sum(len(cover) == len(query.terms) for cover in covers.values())
        if having >= wanted:
            return [sorted(found) for found in places]
        if having < read * _WORTH_READING:
            break
    return None


def _expression(term: Term) -> str:
    """A term in FTS5's language; a word has no sign that means anything there."""
    return f'"{" ".join(term.words)}"' + (" *" if term.is_prefix else "")


def _texts(db: sqlite3.Connection, number: int, places: list[int]) -> list[Text]:
    """The texts of some of a session's turns, in order."""
    found: list[Text] = []
    if places and places[0] == _range(number)[0]:
        row = db.execute("SELECT own_title FROM sessions WHERE number = ?", (number,)).fetchone()
        found += [Text(0, None, Part(MatchKind.TITLE, row[0]))] if row and row[0] else []
    for place, run_id, parts in db.execute(_PLACED, (msgspec.json.encode(places).decode(),)).fetchall():
        found += [Text(place & _MOST_TURNS, run_id, part) for part in _decoded(_PARTS, parts)]
    return found
