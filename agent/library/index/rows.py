"""The rows of the index: its tables, and what is read of them.

A turn's row has a place that tells its session's number and its own; the table of words has a row at each of these
places. Lists are read as one value: row by row, a busy thread beside this one would be let in between each two.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from typing import Literal, TypeVar

import msgspec

from agent.conversation.run import RunStatus
from agent.library.digests.summary import Summary
from agent.library.digests.turns import Part
from agent.library.index.database import Damaged
from agent.library.index.entries import Entry, Stored
from agent.library.listing import MatchKind, TurnInfo

__all__ = [
    "MOST_TURNS",
    "NUMBERS",
    "PARTS",
    "TITLE_TURN",
    "TURN_BITS",
    "decoded",
    "entries",
    "has_words",
    "make",
    "newest",
    "number_of",
    "own_titles",
    "questions",
    "run_ids",
    "span",
    "stored",
    "turns",
    "value",
]

TURN_BITS = 20
"""Of a place: the turn's number. What stands before them is the session's."""
MOST_TURNS = 2**TURN_BITS - 1
"""Of one session; later ones are not found."""
TITLE_TURN = 0
"""Stands for the turn of a session's title."""
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
# Only the words are in it: texts stand in `turns`.
_WORDS = """
CREATE VIRTUAL TABLE words USING fts5(
    text, content='', columnsize=0, prefix='1 2', tokenize="ascii tokenchars '|'"
)
"""
_ENTRIES = "SELECT '[' || coalesce(group_concat(entry), '') || ']' FROM sessions"
_SOME = " WHERE {} IN (SELECT value FROM json_each(?))"
_NEWEST = "SELECT json_group_array(number) FROM (SELECT number FROM sessions ORDER BY updated DESC, id DESC)"
_OWN_TITLES = "SELECT id, own_title FROM sessions WHERE own_title IS NOT NULL"
_TURNS = "SELECT id, run_id, question, status, is_waiting, started FROM turns WHERE id BETWEEN ? AND ? ORDER BY id"
_QUESTIONS = """
SELECT json_group_array(question) FROM (
    SELECT json_extract(CAST(parts AS TEXT), '$[0][1]') AS question FROM turns
    WHERE json_extract(CAST(parts AS TEXT), '$[0][0]') = ? ORDER BY started DESC LIMIT ?
)
"""
_RUN_IDS = "SELECT json_group_array(run_id) FROM (SELECT run_id FROM turns WHERE id BETWEEN ? AND ? ORDER BY id)"
_STORED = "SELECT entry, whole FROM sessions JOIN readings USING (number) WHERE id = ?"
_ENTRY = msgspec.json.Decoder(Entry)
_ENTRY_LIST = msgspec.json.Decoder(list[Entry])
_IDS = msgspec.json.Decoder(list[str])
_SUMMARY = msgspec.json.Decoder(Summary)
NUMBERS = msgspec.json.Decoder(list[int])
PARTS = msgspec.json.Decoder(list[Part])
T = TypeVar("T")


def make(db: sqlite3.Connection) -> None:
    """Fill a new database with its tables."""
    for statement in _SCHEMA.split(";"):
        db.execute(statement)
    with suppress(sqlite3.OperationalError):  # without FTS5 there are lists, but no search
        db.execute(_WORDS)


def has_words(db: sqlite3.Connection) -> bool:
    """Whether words are kept, and can be searched."""
    return db.execute("SELECT 1 FROM sqlite_master WHERE name = 'words'").fetchone() is not None


def decoded(decoder: msgspec.json.Decoder[T], data: str | bytes) -> T:
    """What stands in a row.

    Raises:
        Damaged: it is not what this version writes.
    """
    try:
        return decoder.decode(data)
    except ValueError as error:
        raise Damaged(str(error)) from error


def value(db: sqlite3.Connection, decoder: msgspec.json.Decoder[T], statement: str, *values: object) -> T:
    """The one value that a statement gives.

    Raises:
        Damaged: as for `decoded`.
    """
    (found,) = db.execute(statement, values).fetchone()
    return decoded(decoder, str(found))


def span(number: int) -> tuple[int, int]:
    """The first and the last place that a session's turns can have; the first is that of its title."""
    start = number << TURN_BITS
    return start, start + MOST_TURNS


# Sessions


def entries(db: sqlite3.Connection, column: Literal["id", "number"], values: Sequence[object] | None) -> list[Entry]:
    """All sessions, or those with these values."""
    if values is None:
        return value(db, _ENTRY_LIST, _ENTRIES)
    return value(db, _ENTRY_LIST, _ENTRIES + _SOME.format(column), msgspec.json.encode(values).decode())


def newest(db: sqlite3.Connection) -> list[int]:
    """The numbers of all sessions, the newest first."""
    return value(db, NUMBERS, _NEWEST)


def number_of(db: sqlite3.Connection, session_id: str) -> int | None:
    """The number of a session; None where it is not in the index."""
    row = db.execute("SELECT number FROM sessions WHERE id = ?", (session_id,)).fetchone()
    return None if row is None else int(row[0])


def stored(db: sqlite3.Connection, session_id: str) -> Stored | None:
    """How far a session is indexed."""
    row = db.execute(_STORED, (session_id,)).fetchone()
    return None if row is None else Stored(decoded(_ENTRY, row[0]).stamp, decoded(_SUMMARY, row[1]))


def own_titles(db: sqlite3.Connection) -> dict[str, str]:
    """The titles that users gave, by their sessions."""
    return dict(db.execute(_OWN_TITLES).fetchall())


# Turns


def run_ids(db: sqlite3.Connection, session_id: str, count: int) -> list[str]:
    """The ids of a session's first turns."""
    if (number := number_of(db, session_id)) is None:
        return []
    start, end = span(number)
    return value(db, _IDS, _RUN_IDS, start, min(start + count, end))


def turns(db: sqlite3.Connection, session_id: str) -> list[TurnInfo]:
    """A session's turns, in order."""
    if (number := number_of(db, session_id)) is None:
        return []
    return [
        TurnInfo(
            run_id=run_id,
            number=place & MOST_TURNS,
            question=question,
            status=RunStatus(status),
            is_waiting=bool(is_waiting),
            started=started,
        )
        for place, run_id, question, status, is_waiting, started in db.execute(_TURNS, span(number))
    ]


def questions(db: sqlite3.Connection, most: int) -> list[str]:
    """What was asked in all sessions, the latest first, at most so much."""
    return value(db, _IDS, _QUESTIONS, MatchKind.QUESTION.value, most)
