"""The sidebar: the session that is open and its turns, one line each. Knows runs; finds and opens no session."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from agent.items import Run
from tui.rendering.cells import flat
from tui.rendering.glyphs import UNICODE, Glyphs
from tui.rendering.rows import Key, Row, Span
from tui.rendering.run_rows import run_state
from tui.widgets.row_view import RowView

__all__ = ["History"]

_TITLE: Key = ("",)


class History(RowView):
    """Turns by number, with how each ended; the current one is marked."""

    DEFAULT_CSS = """
    History { padding: 0 0 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "Open", show=False, id="history.open"),
    ]

    @dataclass
    class TurnSelected(Message):
        """A turn is to be shown."""

        run: Run

    def __init__(
        self, *, glyphs: Glyphs = UNICODE, empty_text: str = "Your questions are listed here.", id: str | None = None
    ) -> None:
        super().__init__(glyphs=glyphs, empty_text=empty_text, id=id)
        self._title = ""
        self._runs: list[Run] = []
        self._rows: list[Row] = []
        self._numbers: dict[str, int] = {}
        """The number of a run's row, by the run's id."""
        self._number_width = 2
        self._current: str | None = None

    @property
    def current(self) -> str | None:
        """The id of the run that the other panes show."""
        return self._current

    @current.setter
    def current(self, run_id: str | None) -> None:
        if run_id == self._current:
            return
        before, self._current = self._current, run_id
        for changed in (before, run_id):
            if changed in self._numbers:
                self._make_row(self._numbers[changed])

    def show(self, title: str, runs: Sequence[Run]) -> None:
        """Show this session in place of the one before."""
        self._title = title
        self._runs = list(runs)
        self._numbers = {run.id: number for number, run in enumerate(self._runs, 1)}
        self._rows = []
        if self._runs or title:
            self._make_rows()
        self._cursor = None
        self.show_rows()
        self.scroll_to_row(self.row_count)
        self.refresh()

    def update_run(self, run: Run) -> None:
        """Show what changed in a run, or a new run; at most once a frame."""
        number = self._numbers.get(run.id)
        if number is not None:
            self._runs[number - 1] = run
            self._make_row(number)
            return
        was_at_end = self.scroll_offset.y >= self.max_scroll_y
        if not self._rows:
            self._title = self._title or run.question
            self._rows.append(self._title_row())
        self._runs.append(run)
        number = self._numbers[run.id] = len(self._runs)
        if self._number_width < len(str(number)):
            self._make_rows()
        else:
            self._rows.append(self._turn_row(number))
        self.show_rows()
        self.refresh_lines(number - 1, 2)
        if was_at_end:
            self.scroll_to_row(self.row_count)

    @property
    def row_count(self) -> int:
        return len(self._rows)

    def row_at(self, y: int) -> Row:
        return self._rows[y]

    def row_number(self, key: Key) -> int | None:
        return 0 if key == _TITLE else self._numbers.get(str(key[0]))

    def _make_rows(self) -> None:
        self._number_width = max(2, len(str(len(self._runs))))
        self._rows = [self._title_row(), *(self._turn_row(number) for number in range(1, len(self._runs) + 1))]
        self.refresh()

    def _make_row(self, number: int) -> None:
        row = self._turn_row(number)
        if row != self._rows[number]:
            self._rows[number] = row
            self.refresh_lines(number)

    def _title_row(self) -> Row:
        return Row(_TITLE, (Span(flat(self._title) or "New chat", "strong"),), in_tree=False)

    def _turn_row(self, number: int) -> Row:
        run = self._runs[number - 1]
        is_current = run.id == self._current
        spans = (
            Span(self._glyphs.bar if is_current else " ", "live"),
            Span(f"{number:>{self._number_width}} ", "quiet"),
            run_state(run, self._glyphs),
            Span(f" {flat(run.question) or '(no question)'}", "strong" if is_current else "plain"),
        )
        return Row((run.id,), spans, in_tree=False)

    def action_open(self) -> None:
        """Show the turn under the cursor."""
        number = None if self._cursor is None else self.row_number(self._cursor)
        if number:
            self.post_message(self.TurnSelected(self._runs[number - 1]))

    def row_clicked(self, y: int, x: int, chain: int) -> None:
        super().row_clicked(y, x, chain)
        self.action_open()
