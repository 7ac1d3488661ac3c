"""Where a query stands in drawn lines: found as the text was before it was wrapped, marked where it is drawn.

Owns how lines are put together again, a table's cells each for itself, and which parts of a growing list of lines have
been looked at. Bullets, bars, rules and marks of fragments are drawn, but are no text. Knows no widget and no colours.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby
from typing import NamedTuple

from agent.conversation.finding import occurrences
from tui.drawing.lines import BLANKS, PLAIN, Line, Span

__all__ = ["Mark", "Matches", "texts"]

_NO_TEXT = frozenset({"bullet", "mark", "quote", "rule"})


class Mark(NamedTuple):
    """The part of a match that stands on one line."""

    line: int
    start: int
    """Its first character."""
    end: int
    """The character after its last."""
    number: int
    """Which match of the text it is part of, from 0."""


class _Piece(NamedTuple):
    """Text of a line."""

    line: int
    start: int
    text: str
    is_drawn: bool = True
    """False for what the wrap took away."""


@dataclass(slots=True)
class _Group:
    """Lines that belong together: a line and what was wrapped of it."""

    first: int
    end: int
    before: int
    """How many matches stand before it."""
    count: int
    marks: dict[int, list[Mark]]
    """By line, from left to right."""


class Matches:
    """The matches of one query in lines that may still grow."""

    def __init__(self, query: str, *, only_plain: bool = False) -> None:
        """`only_plain`: the text is what has no look of its own; the rest are words of this program."""
        self.query = query
        self._only_plain = only_plain
        self._groups: list[_Group] = []

    def read(self, lines: Sequence[Line]) -> None:
        """Look at the lines that have not been looked at."""
        for first, end in _groups(lines, self._groups[-1].end if self._groups else 0):
            before = number = self.count
            marks: dict[int, list[Mark]] = {}
            for pieces in _texts(lines, first, end, only_plain=self._only_plain):
                ends = list(accumulate(len(piece.text) for piece in pieces))
                for start, stop in occurrences("".join(piece.text for piece in pieces), self.query):
                    for mark in _marks(pieces, ends, start, stop, number):
                        marks.setdefault(mark.line, []).append(mark)
                    number += 1
            self._groups.append(_Group(first, end, before, number - before, marks))

    def forget(self, line: int) -> None:
        """The lines from this one on have changed."""
        while self._groups and self._groups[-1].end > line:
            del self._groups[-1]

    @property
    def count(self) -> int:
        """How many there are in the lines that were read."""
        return self._groups[-1].before + self._groups[-1].count if self._groups else 0

    def on(self, line: int) -> list[Mark]:
        """What is to be marked on a line."""
        group = self._groups[bisect_right(self._groups, line, key=lambda group: group.first) - 1]
        return group.marks.get(line, [])

    def line_of(self, number: int) -> int | None:
        """The line where a match begins, the last one's where there are fewer; None where there is none."""
        number = min(number, self.count - 1)
        if number < 0:
            return None
        group = self._groups[bisect_right(self._groups, number, key=lambda group: group.before) - 1]
        return min(mark.line for marks in group.marks.values() for mark in marks if mark.number == number)


def texts(lines: Sequence[Line]) -> list[str]:
    """The text of drawn lines as it was before it was wrapped."""
    columns = (pieces for first, end in _groups(lines, 0) for pieces in _texts(lines, first, end, only_plain=False))
    return ["".join(piece.text for piece in pieces) for pieces in columns]


def _groups(lines: Sequence[Line], first: int) -> Iterator[tuple[int, int]]:
    """Where lines that belong together begin and end."""
    while first < len(lines):
        end = first + 1
        while end < len(lines) and lines[end - 1].goes_on:
            end += 1
        yield first, end
        first = end


def _texts(lines: Sequence[Line], first: int, end: int, *, only_plain: bool) -> Iterator[list[_Piece]]:
    """The texts in a group of lines, in pieces: one, or one for each column."""
    if not lines[first].cells:
        pieces: list[_Piece] = []
        for number in range(first, end):
            pieces += _pieces(lines[number], number, only_plain=only_plain)
        yield pieces
        return
    for column in range(len(lines[first].cells)):
        pieces = []
        for number in range(first, end):
            line, cell = lines[number], lines[number].cells[column]
            pieces.append(_Piece(number, cell.start, line.text[cell.start : cell.end].translate(BLANKS)))
            pieces.append(_Piece(number, cell.end, (cell.joint or "").translate(BLANKS), is_drawn=False))
        yield pieces


def _pieces(line: Line, number: int, *, only_plain: bool) -> Iterator[_Piece]:
    start = 0
    for span in line.spans:
        hidden = max(0, line.skip - start)
        if hidden < len(span.text) and _is_text(span, only_plain=only_plain):
            yield _Piece(number, start + hidden, span.text[hidden:].translate(BLANKS))
        start += len(span.text)
    if line.joint:
        yield _Piece(number, start, line.joint.translate(BLANKS), is_drawn=False)


def _is_text(span: Span, *, only_plain: bool) -> bool:
    return span.look == PLAIN if only_plain else _NO_TEXT.isdisjoint(span.look.roles)


def _marks(pieces: list[_Piece], ends: list[int], start: int, stop: int, number: int) -> Iterator[Mark]:
    """The parts of a match, one for each line that it is on; empty where only what the wrap took away is matched.

    `ends` tells for each piece how much text there is up to its end.
    """
    touched: list[tuple[_Piece, int]] = []
    for index in range(bisect_right(ends, start), len(pieces)):
        begin = ends[index] - len(pieces[index].text)
        if begin >= stop:
            break
        if pieces[index].text:
            touched.append((pieces[index], begin))
    drawn = [(piece, begin) for piece, begin in touched if piece.is_drawn]
    if not drawn:
        piece = touched[0][0]
        yield Mark(piece.line, piece.start, piece.start, number)
    for line, parts in groupby(drawn, key=lambda part: part[0].line):
        on_line = list(parts)
        (first, begin), (last, last_begin) = on_line[0], on_line[-1]
        end = last.start + min(len(last.text), stop - last_begin)
        yield Mark(line, first.start + max(0, start - begin), end, number)
