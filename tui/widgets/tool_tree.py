"""The tree of tool calls: run, step, call, arguments and result, filling in as the model writes.

Draws what it is given and holds no state of its own but what is folded, where the cursor is and whether it follows the
end. Its cost depends on the run that changed, not on how many there are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.timer import Timer

from agent.items import Run, ToolCall
from tui.rendering.call_picture import PARSE_PAUSE, View
from tui.rendering.call_rows import RESULT
from tui.rendering.folds import FoldPolicy, Folds
from tui.rendering.glyphs import UNICODE, Glyphs
from tui.rendering.rows import SPINNER, Key, Row
from tui.rendering.tree_rows import TreeRows
from tui.widgets.row_view import RowView

__all__ = ["ToolTree"]

_SPINNER_PAUSE = 0.1
_UNKNOWN_WIDTH = 40
"""Cells of a row before the first layout."""


class ToolTree(RowView):
    """All runs of a session with their steps and calls."""

    DEFAULT_CSS = """
    ToolTree { padding: 0 0 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "toggle_fold", "Fold", show=False, id="tree.toggle"),
        Binding("left", "fold", "Fold, or to the parent", show=False, id="tree.fold"),
        Binding("right", "unfold", "Unfold, or to the first child", show=False, id="tree.unfold"),
        Binding("enter", "open", "Open", show=False, id="tree.open"),
        Binding("y", "copy", "Copy", show=False, id="tree.copy"),
    ]

    @dataclass
    class CallSelected(Message):
        """A call is to be shown whole."""

        call: ToolCall
        run: Run

    @dataclass
    class RunSelected(Message):
        """A run is to be shown in the log."""

        run: Run

    @dataclass
    class CopyRequested(Message):
        """Text of the row under the cursor is to be copied."""

        text: str
        what: str
        """What it is, for a notice: `arguments of add`."""

    def __init__(
        self,
        *,
        glyphs: Glyphs = UNICODE,
        fold_policy: FoldPolicy = "smart",
        empty_text: str = "Tool calls appear here as they are written.",
        id: str | None = None,
    ) -> None:
        super().__init__(glyphs=glyphs, empty_text=empty_text, id=id)
        self._folds = Folds(policy=fold_policy)
        self._rows = TreeRows()
        self._following = True
        self._held = False
        """Whether the policy may have to fold what was left open because it was being read."""
        self._all_folded = False
        self._spinner: Timer | None = None
        self._late_parse: Timer | None = None

    # What the owner calls

    @property
    def fold_policy(self) -> FoldPolicy:
        """What is folded that the user did not fold or unfold by hand."""
        return self._folds.policy

    @fold_policy.setter
    def fold_policy(self, policy: FoldPolicy) -> None:
        self._folds.policy = policy
        self._folds.version += 1
        self._make(self._rows.numbers(), anew=True)

    def show(self, runs: Sequence[Run]) -> None:
        """Show these runs in place of all that was shown before; what is folded by hand stays so."""
        self._rows = TreeRows(runs)
        self._cursor = None
        self._following = True
        self._make(self._rows.numbers())
        self.refresh()

    def update_run(self, run: Run) -> None:
        """Show what changed in a run, or a new run; at most once a frame."""
        changed = self._rows.put(run)
        self._make(self._rows.numbers() if self._held and self._following else changed)

    def reveal(self, run_id: str) -> None:
        """Unfold this run, put the cursor on it and scroll it to the top."""
        self._unfold((run_id,))
        self._select((run_id,))
        if (y := self.row_number((run_id,))) is not None:
            self.scroll_to_row(y)

    def select_call(self, call_id: str) -> None:
        """Put the cursor on this call, unfolding what hides it."""
        key = next((key for key in reversed(self._rows.call_keys()) if key[-1] == call_id), None)
        if key is not None:
            self._select(key)

    @property
    def following(self) -> bool:
        """Whether the newest row is kept in sight."""
        return self._following

    # Rows

    @property
    def row_count(self) -> int:
        return len(self._rows)

    def row_at(self, y: int) -> Row:
        return self._rows[y]

    def row_number(self, key: Key) -> int | None:
        return self._rows.row_number(key)

    def _make(self, numbers: range, *, anew: bool = False) -> None:
        """Make the rows of some runs and repaint what differs, keeping the reader's place.

        `anew`: fold what the policy says, also what is being read.
        """
        self._held = hold = not self._following and not anew
        width = self.row_width or _UNKNOWN_WIDTH
        view = View(width=width, glyphs=self._glyphs, folds=self._folds, hold=hold, clock=monotonic)
        place = None if self._following else self._place()
        is_at_last = self.row_count > 0 and self.row_at(self.row_count - 1).key == self._cursor
        self._repaint(*self._rows.make(numbers, view))
        self.show_rows()
        if self._following:
            self.scroll_to_row(self.row_count)
        elif place is not None:
            self._return_to(*place)
        self._keep_cursor(is_at_last and self._following)
        self._keep_time()

    def _repaint(self, first: int, before: list[Row], after: list[Row]) -> None:
        """Mark the lines that look different; `first` is the number of the first row of both."""
        pairs = enumerate(zip(before, after, strict=False))
        changed = [number for number, (old, new) in pairs if old is not new]
        if len(before) == len(after):
            for number in changed:
                self.refresh_lines(first + number)
        else:
            same = changed[0] if changed else min(len(before), len(after))
            top = max(first + same, self.scroll_offset.y)
            self.refresh_lines(top, max(0, self.scroll_offset.y + self.size.height - top))

    def _place(self) -> tuple[Key, int] | None:
        """What is seen at the top: a node and how many of its rows are above."""
        top = self.scroll_offset.y
        if top >= self.row_count:
            return None
        key = self.row_at(top).key
        return key, top - (self.row_number(key) or 0)

    def _return_to(self, key: Key, offset: int) -> None:
        y = self._rows.nearest(key)
        if y is None:
            y = self.scroll_offset.y
        elif self.row_at(y).key == key:
            y += offset
        if y != self.scroll_offset.y or y > self.max_scroll_y:
            self.scroll_to_row(y)

    def _keep_cursor(self, at_last: bool) -> None:
        """Leave the cursor on a row that there is."""
        if self._cursor is None:
            return
        y = self.row_count - 1 if at_last else self._rows.nearest(self._cursor)
        key = None if y is None else self.row_at(y).key
        if key != self._cursor:
            self._cursor = key
            self.refresh()

    # Following and time

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._following = round(new_value) >= self.max_scroll_y

    def cursor_moved(self) -> None:
        self._following = self.row_count > 0 and self.row_at(self.row_count - 1).key == self._cursor

    def on_resize(self, event: events.Resize) -> None:
        """Wrap anew."""
        self._make(self._rows.numbers())
        self.refresh()

    def _keep_time(self) -> None:
        """Have timers for what moves, and none else."""
        if not self.is_mounted:
            return
        is_animated = self._rows.is_animated
        if is_animated and self._spinner is None:
            self._spinner = self.set_interval(_SPINNER_PAUSE, self._spin)
        elif not is_animated and self._spinner is not None:
            self._spinner.stop()
            self._spinner = None
        if self._rows.is_late and self._late_parse is None:
            self._late_parse = self.set_timer(PARSE_PAUSE, self._parse_late)

    def _spin(self) -> None:
        self._frame += 1
        for y in self.visible_rows:
            if self.row_at(y).state is SPINNER:
                self.refresh_lines(y)

    def _parse_late(self) -> None:
        self._late_parse = None
        self._make(self._rows.numbers()[-1:])

    # Folding

    def _current(self) -> Row | None:
        y = None if self._cursor is None else self._rows.nearest(self._cursor)
        return None if y is None else self.row_at(y)

    def _fold(self, key: Key, folded: bool) -> None:
        self._folds.set(key, folded)
        following, self._following = self._following, False  # what the user folds stays under his eyes
        self._make(self._rows.numbers(str(key[0])))
        self._following = following and self.scroll_offset.y >= self.max_scroll_y

    def _unfold(self, key: Key) -> None:
        row_number = self.row_number(key)
        if row_number is not None and self.row_at(row_number).folded:
            self._fold(key, False)

    def _select(self, key: Key) -> None:
        for length in range(1, len(key)):
            self._unfold(key[:length])
        if (y := self.row_number(key)) is not None:
            self.place_cursor(y)

    def action_toggle_fold(self) -> None:
        """Fold or unfold what is under the cursor."""
        if (row := self._current()) is not None and row.folded is not None:
            self._fold(row.key, not row.folded)

    def action_fold(self) -> None:
        """Fold what is under the cursor, or go to what contains it."""
        if (row := self._current()) is None:
            return
        if row.folded is False:
            self._fold(row.key, True)
        elif len(row.key) > 1 and (y := self._rows.nearest(row.key[:-1])) is not None:
            self.place_cursor(y)

    def action_unfold(self) -> None:
        """Unfold what is under the cursor, or go to the first thing in it."""
        if (row := self._current()) is None:
            return
        if row.folded:
            self._fold(row.key, False)
        elif row.folded is False:
            self.action_cursor_down()

    def action_fold_all(self) -> None:
        """Fold everything; when that was done, unfold everything."""
        self._all_folded = not self._all_folded
        self._folds.set_all(self._rows.run_ids, "all" if self._all_folded else "none")
        self._make(self._rows.numbers(), anew=True)

    # Calls

    def action_previous_call(self) -> None:
        """To the call before the cursor."""
        self._to_call(-1)

    def action_next_call(self) -> None:
        """To the call after the cursor."""
        self._to_call(1)

    def _to_call(self, direction: int) -> None:
        keys = self._rows.call_keys()
        if not keys:
            return
        prefix = (self._cursor or ())[:3]
        inside = (number for number, key in enumerate(keys) if prefix and key[: len(prefix)] == prefix)
        position = next(inside, len(keys))
        if direction < 0 or len(prefix) == 3:
            position += direction
        self._select(keys[max(0, min(position, len(keys) - 1))])

    def row_clicked(self, y: int, x: int, chain: int) -> None:
        row = self.row_at(y)
        self.place_cursor(y)
        if row.folded is not None and row.indent <= x <= row.indent + 1:
            self._fold(row.key, not row.folded)
        elif chain == 2:
            self.action_open()

    def action_open(self) -> None:
        """Show the call under the cursor whole, or the run in the log."""
        if (row := self._current()) is None:
            return
        run, call = self._rows.run(row.key), self._rows.call(row.key)
        if call is not None:
            self.post_message(self.CallSelected(call, run))
        elif len(row.key) == 1:
            self.post_message(self.RunSelected(run))
        else:
            self.action_toggle_fold()

    def action_copy(self) -> None:
        """Ask the owner to copy the question, the arguments or the result under the cursor."""
        if (row := self._current()) is None:
            return
        run, call = self._rows.run(row.key), self._rows.call(row.key)
        if call is None:
            self.post_message(self.CopyRequested(run.question, "question"))
        elif row.key[3:] == (RESULT,):
            self.post_message(self.CopyRequested(call.result or "", f"result of {call.name}"))
        else:
            self.post_message(self.CopyRequested(call.fragments.text, f"arguments of {call.name}"))
