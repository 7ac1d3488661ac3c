"""Lays a table out in the width there is.

Owns the widths of columns: as wide as their text where that fits, else shrunk, the widest first, and their text
wrapped. The widths are settled by the first `_MEASURED` rows, so that a long table that is still growing stays cheap.
"""

from collections.abc import Callable, Iterable
from itertools import zip_longest

from rich.cells import cell_len

from tui.drawing.lines import PLAIN, Line, Look, Span
from tui.drawing.lines import Cell as LineCell
from tui.drawing.markdown.source import Align, cells_of, column_aligns
from tui.drawing.wrap import wrapped

__all__ = ["Table", "cells_width"]

_MEASURED = 40
_GAP = 2
_MIN_COLUMN = 4
_RULE = Look(("rule",))
_HEAD = Look(("table-head",))

Cell = list[Span]
Prefix = tuple[Span, ...]


class Table:
    """A growing table."""

    def __init__(self, width: int, inline: Callable[[str, Look], Cell], rule: str, first: Prefix, rest: Prefix) -> None:
        self._room = width - cells_width(rest)
        self._inline = inline
        self._rule = rule
        self._first = first
        self._prefix = rest
        self._begin()

    def _begin(self) -> None:
        self._aligns: list[Align] = []
        self._rows: list[list[Cell]] = []
        self._natural: list[int] = []
        self._widths: list[int] = []
        self._drawn: list[list[Line]] = []
        self._given = 0

    def advance(self, rows: list[str], *, complete: int) -> tuple[list[Line], list[Line]]:
        """The lines that are new and final, and those that may still change.

        `rows` are source lines, the head and the line under it first, the first `complete` of them finished.
        """
        if complete < 2 or not self._aligns:
            self._begin()
            self._aligns = column_aligns(rows[1]) or []
            self._add_row(self._cells(rows[0], _HEAD))
        for row in rows[len(self._rows) + 1 : complete]:
            self._add_row(self._cells(row))
        unfinished = [self._cells(row) for row in rows[max(complete, 2) :]]
        settled = len(self._rows) > _MEASURED
        if not self._given:
            measured = [] if settled else unfinished
            self._set_widths([self._natural, *([cells_width(cell) for cell in row] for row in measured)])
        self._drawn += [self._draw(row) for row in self._rows[len(self._drawn) :]]
        lines = [line for row in self._drawn[self._given :] for line in row]
        rest = [line for row in unfinished for line in self._draw(row)]
        if not self._given and lines:
            lines[0] = lines[0]._replace(spans=(*self._first, *lines[0].spans[len(self._prefix) :]))
        if not settled:
            return [], lines + rest
        self._given = len(self._drawn)
        return lines, rest

    def _cells(self, row: str, look: Look = PLAIN) -> list[Cell]:
        texts = cells_of(row)[: len(self._aligns)]
        return [self._inline(text, look) for text in texts] + [[]] * (len(self._aligns) - len(texts))

    def _add_row(self, row: list[Cell]) -> None:
        self._rows.append(row)
        if len(self._rows) <= _MEASURED + 1:
            widths = [cells_width(cell) for cell in row]
            self._natural = [max(pair) for pair in zip_longest(self._natural, widths, fillvalue=1)]

    def _set_widths(self, natural: list[list[int]]) -> None:
        """Share the room: what is narrow keeps its width, what is wide gets an equal part of the rest."""
        wanted = [max(column) for column in zip(*natural, strict=True)]
        room = self._room - _GAP * (len(wanted) - 1)
        widths = [0] * len(wanted)
        for place, column in enumerate(sorted(range(len(wanted)), key=wanted.__getitem__)):
            widths[column] = min(wanted[column], max(room // (len(wanted) - place), _MIN_COLUMN))
            room -= widths[column]
        if room < 0:
            widths = []  # too many columns for the width: drawn as a list of names and values
        if widths != self._widths or not self._drawn:
            self._widths, self._drawn = widths, []

    def _draw(self, row: list[Cell]) -> list[Line]:
        if not self._widths:
            return self._draw_as_list(row)
        columns = [wrapped(cell, width) for cell, width in zip(row, self._widths, strict=True)]
        lines: list[Line] = []
        for parts in zip_longest(*columns, fillvalue=Line()):
            spans = list(self._prefix)
            cells: list[LineCell] = []
            end = _skip(self._prefix)
            for column, part in enumerate(parts):
                aligned = self._aligned(part.spans, column)
                start = end + len(aligned[0].text)
                cells.append(LineCell(start, start + len(part.text), part.joint))
                end += sum(len(span.text) for span in aligned)
                spans += aligned
            lines.append(Line(tuple(span for span in spans if span.text), _skip(self._prefix), cells=tuple(cells)))
        if row is self._rows[0]:
            rule = (Span(self._rule * min(self._room, sum(self._widths) + _GAP * (len(self._widths) - 1)), _RULE),)
            lines.append(Line((*self._prefix, *rule), _skip(self._prefix)))
        return lines

    def _aligned(self, part: tuple[Span, ...], column: int) -> list[Span]:
        space = self._widths[column] - cells_width(part)
        before = {"left": 0, "center": space // 2, "right": space}[self._aligns[column]]
        is_last = column == len(self._widths) - 1
        after = 0 if is_last else space - before + _GAP
        return [Span(" " * before), *part, Span(" " * after)]

    def _draw_as_list(self, row: list[Cell]) -> list[Line]:
        if row is self._rows[0]:
            return []
        lines: list[Line] = []
        for name, value in zip(self._rows[0], row, strict=True):
            spans = (*name, Span(": ", _HEAD), *value)
            lines += wrapped(spans, self._room, self._prefix, (*self._prefix, Span("  ")))
        return [*lines, Line((*self._prefix, Span(self._rule * 3, _RULE)), _skip(self._prefix))]


def cells_width(spans: Iterable[Span]) -> int:
    """How many cells the spans take on one line."""
    return sum(cell_len(span.text) for span in spans)


def _skip(prefix: Prefix) -> int:
    return sum(len(span.text) for span in prefix)
