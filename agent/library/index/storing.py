"""What is written into the index: sessions, their turns, and the words of both, which always go together."""

import sqlite3
from collections.abc import Iterable

import msgspec

from agent.library.digests.digest import Batch
from agent.library.index.entries import Entry, Stored
from agent.library.index.rows import MOST_TURNS, PARTS, TITLE_TURN, TURN_BITS, decoded, has_words, number_of, span
from agent.library.words import spaced
from agent.transcripts.folders import FileStamp

__all__ = ["forget", "store", "store_title"]

_STORE = "UPDATE sessions SET updated = ?, entry = ? WHERE number = ?"
_STORE_TURN = """
INSERT INTO turns (id, run_id, question, status, is_waiting, started, parts) VALUES (?, ?, ?, ?, ?, ?, ?)
"""
_BAR = " | "
"""Between two texts, so that no phrase reaches over."""


def store(db: sqlite3.Connection, session_id: str, stamp: FileStamp, batch: Batch) -> None:
    """Take in what was read of a file with this stamp."""
    read_as, whole = Stored.by(stamp, batch)
    summary, changed = batch.summary, stamp.mtime_ns // 1_000_000
    number = number_of(db, session_id)
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
    _forget_turns(db, number, batch.first)
    _store_turns(db, number, batch)


def store_title(db: sqlite3.Connection, session_id: str, title: str | None) -> bool:
    """Make the title that the user gave a session searchable; gives whether it was not yet."""
    row = db.execute("SELECT number, own_title FROM sessions WHERE id = ?", (session_id,)).fetchone()
    if row is None or row[1] == title:
        return False
    number, before = row
    place = number << TURN_BITS | TITLE_TURN
    if before is not None:
        _forget_words(db, [(place, _words_of([before]))])
    if title is not None:
        _add_words(db, [(place, _words_of([title]))])
    db.execute("UPDATE sessions SET own_title = ? WHERE number = ?", (title, number))
    return True


def forget(db: sqlite3.Connection, session_id: str) -> None:
    """Leave a session out. Harmless where it is not in it."""
    if (number := number_of(db, session_id)) is not None:
        _forget_turns(db, number, TITLE_TURN)
        db.execute("DELETE FROM sessions WHERE number = ?", (number,))
        db.execute("DELETE FROM readings WHERE number = ?", (number,))


# Turns


def _store_turns(db: sqlite3.Connection, number: int, batch: Batch) -> None:
    turns = [(number << TURN_BITS | turn.number, turn) for turn in batch.turns if turn.number <= MOST_TURNS]
    db.executemany(
        _STORE_TURN,
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


def _forget_turns(db: sqlite3.Connection, number: int, first: int) -> None:
    """Leave out a session's turns from one on; from the title's on, the title too."""
    start, end = span(number)
    start += first
    old = db.execute("SELECT id, parts FROM turns WHERE id BETWEEN ? AND ?", (start, end))
    for place, parts in old.fetchall():
        _forget_words(db, [(place, _words_of(part.text for part in decoded(PARTS, parts)))])
    db.execute("DELETE FROM turns WHERE id BETWEEN ? AND ?", (start, end))
    if first == TITLE_TURN:
        (title,) = db.execute("SELECT own_title FROM sessions WHERE number = ?", (number,)).fetchone()
        if title is not None:
            _forget_words(db, [(start, _words_of([title]))])


# Words


def _words_of(texts: Iterable[str]) -> str:
    return _BAR.join([spaced(text) for text in texts])


def _add_words(db: sqlite3.Connection, rows: list[tuple[int, str]]) -> None:
    if has_words(db):
        db.executemany("INSERT INTO words (rowid, text) VALUES (?, ?)", rows)


def _forget_words(db: sqlite3.Connection, rows: list[tuple[int, str]]) -> None:
    """The table of words holds no texts, so it must be told what it is to forget."""
    if has_words(db):
        db.executemany("INSERT INTO words (words, rowid, text) VALUES ('delete', ?, ?)", rows)
