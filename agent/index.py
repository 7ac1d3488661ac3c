"""The index of the saved sessions, only ever derived from their files: what lists, turns and searches need.

It owns the tables and how they are searched. It reads no transcript, and knows no folder but where its own file is.
"""

import sqlite3
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Literal, NamedTuple, TypeVar

import msgspec

from agent.database import Damaged, Database
from agent.digest import Batch, Part, Summary
from agent.errors import LibraryError
from agent.folders import FileStamp
from agent.items import RunStatus
from agent.listing import Match, MatchKind, TurnInfo
from agent.words import Query, Term, words

__all__ = ["UNSETTLED", "Entry", "Hits", "Index", "Stored"]

_VERSION = 2
"""Of the tables, of what is kept of a turn, and of what counts as a word. Each version has a file of its own, so that
two never fight."""
_TURN_BITS = 20
_MOST_TURNS = 2**_TURN_BITS - 1
"""Of one session; later ones are not found."""
_FETCHED = 64
"""Sessions that are fetched at a time."""
_SCHEMA = """
CREATE TABLE sessions (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    size INTEGER NOT NULL,
    mtime INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    title TEXT NOT NULL,
    created REAL,
    updated REAL NOT NULL,
    turns INTEGER NOT NULL,
    model TEXT,
    parent TEXT,
    problem TEXT,
    whole BLOB NOT NULL,
    own_title TEXT
);
CREATE TABLE turns (
    id INTEGER PRIMARY KEY,
    run_id TEXT NOT NULL,
    question TEXT NOT NULL,
    status TEXT NOT NULL,
    started REAL NOT NULL,
    parts BLOB NOT NULL
);
"""
# Only the words are in it: texts stand in `turns`. A bar between two texts keeps phrases from reaching over.
_WORDS = "CREATE VIRTUAL TABLE words USING fts5(text, content='', prefix='1 2', tokenize=\"ascii tokenchars '|'\")"
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
    size: int
    mtime_ns: int
    inode: int
    title: str
    """The first question."""
    created: float | None
    updated: float
    """By its last event, or by its file where that is older: a copied file is as new as the copy, a stream may say
    any time."""
    turns: int
    model: str | None
    parent: str | None
    problem: str | None

    @property
    def stamp(self) -> FileStamp:
        """Of the file when it was read; one that no file has where it may have changed since without a trace."""
        return FileStamp(self.size, self.mtime_ns, self.inode)


# Lists as one value: row by row, a busy thread beside this one would be let in between each two.
_ENTRIES = """
SELECT json_group_array(json_array(
    number, id, size, mtime, inode, title, created, updated, turns, model, parent, problem
)) FROM sessions
"""
_SOME = " WHERE {} IN (SELECT value FROM json_each(?))"
_NEWEST = "SELECT json_group_array(number) FROM (SELECT number FROM sessions ORDER BY updated DESC, id DESC)"
_FIND = "SELECT '[' || coalesce(group_concat(rowid), '') || ']' FROM words WHERE words MATCH ?"
_OWN_TITLES = "SELECT id, own_title FROM sessions WHERE own_title IS NOT NULL"
_TURNS = "SELECT id, run_id, question, status, started FROM turns WHERE id BETWEEN ? AND ? ORDER BY id"
_RUN_IDS = "SELECT json_group_array(run_id) FROM (SELECT run_id FROM turns WHERE id BETWEEN ? AND ? ORDER BY id)"
_STORE = """
INSERT INTO sessions (id, size, mtime, inode, title, created, updated, turns, model, parent, problem, whole)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET
    size = excluded.size, mtime = excluded.mtime, inode = excluded.inode, title = excluded.title,
    created = excluded.created, updated = excluded.updated, turns = excluded.turns, model = excluded.model,
    parent = excluded.parent, problem = excluded.problem, whole = excluded.whole
"""
_ENTRY_LIST = msgspec.json.Decoder(list[Entry])
_NUMBERS = msgspec.json.Decoder(list[int])
_IDS = msgspec.json.Decoder(list[str])
_PARTS = msgspec.json.Decoder(list[Part])
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
                    started=started,
                )
                for turn, run_id, question, status, started in rows
            ]

        return self._database.read(read)

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

        self._database.change(write)

    # Searching

    def search(self, query: Query, first: Sequence[str] = ()) -> "Hits":
        """The sessions that have all the terms: of those named `first`, then of all, the newest first.

        Raises:
            LibraryError: this SQLite cannot search.
        """

        def read(db: sqlite3.Connection) -> Hits:
            if not _has_words(db):
                raise LibraryError("searching needs SQLite with FTS5, which this Python's does not have")
            places = [_decoded(_NUMBERS, _one(db, _FIND, _expression(term))) for term in query.terms]
            numbers = set.intersection(*({place >> _TURN_BITS for place in found} for found in places))
            newest = _decoded(_NUMBERS, _one(db, _NEWEST)) if numbers else []
            before = {entry.number for entry in _entries(db, "id", first)} if numbers and first else set()
            newest.sort(key=before.__contains__, reverse=True)
            return Hits(self, query, [number for number in newest if number in numbers], places)

        return self._database.read(read)

    def numbered(self, numbers: Sequence[int]) -> list[Entry]:
        """The sessions with these numbers, in their order; those that are gone are left out."""
        found = {entry.number: entry for entry in self._database.read(lambda db: _entries(db, "number", numbers))}
        return [found[number] for number in numbers if number in found]

    def matches(self, hits: "Hits", entries: Sequence[Entry], most: int) -> dict[str, tuple[Match, ...]]:
        """The best matches of some of the sessions that were found, at most `most` of each, in order."""

        def read(db: sqlite3.Connection) -> dict[str, tuple[Match, ...]]:
            return {entry.id: _best(hits.query, _texts(db, hits.turns(entry.number, most)), most) for entry in entries}

        return self._database.read(read)


class Hits:
    """What a search found: the sessions that have all its terms, and where."""

    def __init__(self, index: Index, query: Query, numbers: list[int], places: list[list[int]]) -> None:
        self.query = query
        self._index = index
        self._numbers = numbers
        self._places = places

    def __iter__(self) -> Iterator[Entry]:
        """The sessions, fetched as they are asked for."""
        for start in range(0, len(self._numbers), _FETCHED):
            yield from self._index.numbered(self._numbers[start : start + _FETCHED])

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
    row = db.execute("SELECT size, mtime, inode, whole FROM sessions WHERE id = ?", (session_id,)).fetchone()
    return None if row is None else Stored(FileStamp(*row[:3]), _decoded(_SUMMARY, row[3]))


def _store(db: sqlite3.Connection, session_id: str, stamp: FileStamp, batch: Batch) -> None:
    (size, mtime_ns, inode), whole = Stored.by(stamp, batch)
    summary, changed = batch.summary, stamp.mtime_ns // 1_000_000
    updated = changed if summary.updated is None else min(summary.updated, changed)
    db.execute(
        _STORE,
        (
            *(session_id, size, mtime_ns, inode, summary.title, summary.created, updated),
            *(summary.turns, summary.model, summary.parent, summary.problem, msgspec.json.encode(whole)),
        ),
    )
    number = _number(db, session_id)
    assert number is not None  # noqa: S101 - it was written a line above
    _drop_turns(db, number, batch.first)
    turns = [(number << _TURN_BITS | turn.number, turn) for turn in batch.turns if turn.number <= _MOST_TURNS]
    db.executemany(
        "INSERT INTO turns (id, run_id, question, status, started, parts) VALUES (?, ?, ?, ?, ?, ?)",
        [
            (place, turn.run_id, turn.question, turn.status.value, turn.started, msgspec.json.encode(turn.parts))
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
    return _BAR.join(" ".join(words(text)) for text in texts)


def _add_words(db: sqlite3.Connection, rows: list[tuple[int, str]]) -> None:
    if _has_words(db):
        db.executemany("INSERT INTO words (rowid, text) VALUES (?, ?)", rows)


def _forget_words(db: sqlite3.Connection, rows: list[tuple[int, str]]) -> None:
    """The table of words holds no texts, so it must be told what it is to forget."""
    if _has_words(db):
        db.executemany("INSERT INTO words (words, rowid, text) VALUES ('delete', ?, ?)", rows)


def _expression(term: Term) -> str:
    """A term in FTS5's language; a word has no sign that means anything there."""
    return f'"{" ".join(term.words)}"' + (" *" if term.is_prefix else "")


# Matches


class _Text(NamedTuple):
    turn: int
    run_id: str | None
    part: Part


def _texts(db: sqlite3.Connection, places: list[int]) -> list[_Text]:
    """The texts of some turns, in order."""
    found: list[_Text] = []
    for place in places:
        number, turn = place >> _TURN_BITS, place & _MOST_TURNS
        if turn == _TITLE_TURN:
            row = db.execute("SELECT own_title FROM sessions WHERE number = ?", (number,)).fetchone()
            found += [_Text(0, None, Part(MatchKind.TITLE, row[0]))] if row and row[0] else []
        else:
            row = db.execute("SELECT run_id, parts FROM turns WHERE id = ?", (place,)).fetchone()
            found += [_Text(turn, row[0], part) for part in _decoded(_PARTS, row[1])] if row else []
    return found


def _best(query: Query, texts: list[_Text], most: int) -> tuple[Match, ...]:
    """The texts with most of the terms, together with all of them where that takes no more than `most`."""
    covers = [query.covers(text.part.text) for text in texts]
    missing = set(range(len(query.terms)))
    chosen: list[int] = []
    left = [place for place, cover in enumerate(covers) if cover]
    while left and len(chosen) < most:
        best = max(left, key=lambda place: (len(covers[place] & missing), len(covers[place]), -place))
        left.remove(best)
        chosen.append(best)
        missing -= covers[best]
    return tuple(
        Match(
            kind=texts[place].part.kind,
            run_id=texts[place].run_id,
            turn=texts[place].turn,
            context=query.context(texts[place].part.text),
        )
        for place in sorted(chosen)
    )
