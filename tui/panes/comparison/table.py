"""The table of a comparison, and what differs in the step under its cursor.

Knows pairs of turns; where they are from and when they are shown, its owner knows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import BindingType
from textual.message import Message

from agent.recordings.comparing.differences import Difference, TurnPair
from tui.drawing.glyphs import UNICODE, Glyphs
from tui.drawing.rows import Key, Row
from tui.panes.comparison.rows import Cost, Line, lines_of, row_of
from tui.widgets.bindings import bindings
from tui.widgets.row_view import RowView

__all__ = ["ComparisonTable"]

_NARROWEST = 55
"""Cells of a row that has figures."""


class ComparisonTable(RowView):
    """Steps of two conversations, one below the other."""

    DEFAULT_CSS = """
    ComparisonTable { padding: 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings({"compare.go": "go"})

    @dataclass
    class Chosen(Message):
        """Another step is under the cursor."""

        line: Line

    @dataclass
    class GoRequested(Message):
        """Both are to stand where this step begins."""

        line: Line

    def __init__(self, *, glyphs: Glyphs = UNICODE, id: str | None = None) -> None:
        super().__init__(glyphs=glyphs, empty_text="What both did stands here, step by step.", id=id)
        self._lines: list[Line] = []
        self._rows: dict[int, Row] = {}
        self._numbers: dict[Key, int] = {}
        self._cost: Cost | None = None

    def show(self, pairs: Sequence[TurnPair], cost: Cost | None) -> None:
        """Show these turns; `cost` is None where nothing is known of any."""
        self._lines, self._cost = lines_of(pairs), cost
        self._numbers = {}
        for number, line in enumerate(self._lines):
            self._numbers.setdefault(line.key, number)
        self._rows.clear()
        if self._cursor not in self._numbers:
            self._cursor = None
        self.show_rows()
        self.refresh()

    def choose(self, difference: Difference) -> None:
        """Put the cursor where this differs."""
        number = self.row_number((difference.turn, difference.step or 0))
        if number is not None:
            self.place_cursor(number)

    # Rows

    @property
    def has_figures(self) -> bool:
        """Whether there is room for them beside what was said."""
        return self.row_width >= _NARROWEST

    def on_resize(self) -> None:
        """There may be room for the figures, or none."""
        self._rows.clear()
        self.refresh()

    @property
    def row_count(self) -> int:
        return len(self._lines)

    def row_at(self, y: int) -> Row:
        if (row := self._rows.get(y)) is None:
            row = self._rows[y] = row_of(self._lines[y], self._cost, has_figures=self.has_figures)
        return row

    def row_number(self, key: Key) -> int | None:
        return self._numbers.get(key)

    @property
    def first_place(self) -> int:
        return 0

    def cursor_moved(self) -> None:
        if (line := self._line) is not None:
            self.post_message(self.Chosen(line))

    @property
    def _line(self) -> Line | None:
        number = None if self._cursor is None else self.row_number(self._cursor)
        return None if number is None else self._lines[number]

    def action_go(self) -> None:
        """Go to where the step under the cursor begins."""
        if (line := self._line) is not None:
            self.post_message(self.GoRequested(line))

    def row_clicked(self, y: int, x: int, chain: int) -> None:
        """The second click of two goes there."""
        super().row_clicked(y, x, chain)
        if chain == 2:
            self.action_go()
