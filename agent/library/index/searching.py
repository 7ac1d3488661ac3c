"""Searching the index: which sessions have all the terms of a query, and in which of their turns.

Rare words are found by the table of words. Common ones stand in most sessions, and all their places are many: then the
first sessions are read instead.
"""

import sqlite3
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

import msgspec

from agent.errors import LibraryError
from agent.library.digests.turns import Part
from agent.library.excerpts import Text
from agent.library.index.entries import Entry
from agent.library.index.rows import (
    MOST_TURNS,
    NUMBERS,
    PARTS,
    TURN_BITS,
    decoded,
    entries,
    has_words,
    newest,
    span,
    value,
)
from agent.library.listing import MatchKind
from agent.library.words import Query, Term

__all__ = ["Hits", "find", "texts"]

_FETCHED = 64
"""Sessions that are fetched at a time."""
_MOST_READ, _READ_TOGETHER = 128, 32
"""Sessions that are read in search of common words, and how many of them at a time."""
_MOST_BYTES_READ = 2**24
"""Of the files of these sessions."""
_WORTH_READING = 0.5
"""The share of the sessions read that must have all words, for more to be read."""
_FIND = "SELECT '[' || coalesce(group_concat(rowid), '') || ']' FROM words WHERE words MATCH ?"
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
_READ_TURNS = msgspec.json.Decoder(list[tuple[int, list[Part]]])


class Hits:
    """What a search found: the sessions that have all its terms, and where."""

    def __init__(
        self,
        query: Query,
        numbers: list[int],
        places: list[list[int]],
        fetch: Callable[[Sequence[int]], list[Entry]],
        *,
        are_all: bool,
    ) -> None:
        """`numbers` are the sessions that may have all terms, in order; `places` are those of each term."""
        self.query = query
        self.are_all = are_all
        """Whether no session with all the terms is missing."""
        self._numbers = numbers
        self._places = places
        self._fetch = fetch

    def __iter__(self) -> Iterator[Entry]:
        """The sessions, looked at and fetched as they are asked for: of common words only the first are wanted."""
        numbers = filter(self._has_all, self._numbers)
        while some := list(islice(numbers, _FETCHED)):
            yield from self._fetch(some)

    def _has_all(self, number: int) -> bool:
        start, end = span(number)
        for places in self._places:
            first = bisect_left(places, start)
            if first == len(places) or places[first] > end:
                return False
        return True

    def turns(self, number: int, most: int) -> list[int]:
        """The places of a session's first turns that have all of the terms, else of the first that has each."""
        start, end = span(number)
        found = [places[bisect_left(places, start) : bisect_left(places, end + 1)] for places in self._places]
        together = sorted(set(found[0]).intersection(*found[1:]))
        return together[:most] or sorted({places[0] for places in found})


def find(
    db: sqlite3.Connection,
    query: Query,
    first: Sequence[str],
    wanted: int | None,
    fetch: Callable[[Sequence[int]], list[Entry]],
) -> Hits:
    """The sessions that have all the terms: of those named `first`, then of all, the newest first.

    Where only so many are `wanted` and that is the faster way, those after them may be missing. `fetch` gives what is
    known of sessions, by their numbers.

    Raises:
        LibraryError: this SQLite cannot search.
    """
    if not has_words(db):
        raise LibraryError("searching needs SQLite with FTS5, which this Python's does not have")
    numbers = newest(db)
    before = {entry.number for entry in entries(db, "id", first)} if first else set()
    numbers.sort(key=before.__contains__, reverse=True)
    places = _read(db, query, numbers, wanted) if wanted else None
    are_all = places is None
    if places is None:
        places = [value(db, NUMBERS, _FIND, _expression(term)) for term in query.terms]
    rarest = {place >> TURN_BITS for place in min(places, key=len)}
    return Hits(query, [number for number in numbers if number in rarest], places, fetch, are_all=are_all)


def texts(db: sqlite3.Connection, number: int, places: list[int]) -> list[Text]:
    """The texts of some of a session's turns, in order."""
    found: list[Text] = []
    if places and places[0] == span(number)[0]:
        row = db.execute("SELECT own_title FROM sessions WHERE number = ?", (number,)).fetchone()
        found += [Text(0, None, Part(MatchKind.TITLE, row[0]))] if row and row[0] else []
    for place, run_id, parts in db.execute(_PLACED, (msgspec.json.encode(places).decode(),)).fetchall():
        found += [Text(place & MOST_TURNS, run_id, part) for part in decoded(PARTS, parts)]
    return found


def _read(db: sqlite3.Connection, query: Query, numbers: Sequence[int], wanted: int) -> list[list[int]] | None:
    """The places of each term in the first of these sessions, where that many of them have all terms.

    None where too much would have to be read.
    """
    sizes = {entry.number: entry.stamp.size for entry in entries(db, "number", numbers[:_MOST_READ])}
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
        values = (msgspec.json.encode(some).decode(), TURN_BITS, MOST_TURNS, MatchKind.TITLE.value)
        for place, parts in value(db, _READ_TURNS, _READ, *values):
            cover = frozenset[int]().union(*(query.covers(part.text) for part in parts))
            covers[place >> TURN_BITS] |= cover
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
