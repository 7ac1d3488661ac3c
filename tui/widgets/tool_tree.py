"""The tree of tool calls: run, step, call, arguments and result, filling in as the model writes.

Draws what it is given and holds no state of its own but what is folded, where the cursor is and whether it follows the
end. Its cost depends on the run that changed, not on how many there are.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.timer import Timer

from agent.conversation import Run, ToolCall
from tui.rendering.call_picture import PARSE_PAUSE, View
from tui.rendering.call_rows import RESULT
from tui.rendering.folds import FoldPolicy, Folds
from tui.rendering.glyphs import UNICODE, Glyphs
from tui.rendering.rows import SPINNER, Key, Row
from tui.rendering.run_rows import RunRows
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
        self._blocks: list[RunRows] = []
        self._numbers: dict[str, int] = {}
        """Where the block of a run is, by the run's id."""
        self._ends: list[int] = []
        """The number of the row after each block."""
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
        self._make_all(anew=True)

    def show(self, runs: Sequence[Run]) -> None:
        """Show these runs in place of all that was shown before; what is folded by hand stays so."""
        self._blocks = [RunRows(run) for run in runs]
        self._ends = []
        self._numbers = {run.id: number for number, run in enumerate(runs)}
        self._cursor = None
        self._following = True
        self._make_all()

    def update_run(self, run: Run) -> None:
        """Show what changed in a run, or a new run; at most once a frame."""
        number = self._numbers.get(run.id)
        is_new = number is None
        if number is None:
            number = self._numbers[run.id] = len(self._blocks)
            self._blocks.append(RunRows(run))
        self._blocks[number].run = run
        if self._held and self._following:
            self._make_all()
        else:
            # With a new run, the one before is no longer the newest.
            self._make(max(0, number - 1) if is_new else number, number + 1)

    def reveal(self, run_id: str) -> None:
        """Unfold this run, put the cursor on it and scroll it to the top."""
        if (number := self._numbers.get(run_id)) is None:
            return
        self._unfold((run_id,))
        self._select((run_id,))
        self.scroll_to_row(self._start(number))

    def select_call(self, call_id: str) -> None:
        """Put the cursor on this call, unfolding what hides it."""
        for block in reversed(self._blocks):
            for step in block.run.steps:
                if any(call.id == call_id for call in step.calls):
                    self._select((block.run.id, step.number, call_id))
                    return

    @property
    def following(self) -> bool:
        """Whether the newest row is kept in sight."""
        return self._following

    # Rows

    @property
    def row_count(self) -> int:
        return self._ends[-1] if self._ends else 0

    def row_at(self, y: int) -> Row:
        number = bisect_right(self._ends, y)
        return self._blocks[number].rows[y - self._start(number)]

    def row_number(self, key: Key) -> int | None:
        number = self._numbers.get(str(key[0]))
        if number is None or (position := self._blocks[number].position(key)) is None:
            return None
        return self._start(number) + position

    def _start(self, number: int) -> int:
        return self._ends[number - 1] if number else 0

    def _make_all(self, *, anew: bool = False) -> None:
        self._make(0, len(self._blocks), anew=anew)
        self.refresh()

    def _make(self, start: int, stop: int, *, anew: bool = False) -> None:
        """Make the rows of some blocks and repaint what differs, keeping the reader's place.

        `anew`: fold what the policy says, also what is being read.
        """
        self._held = hold = not self._following and not anew
        width = self.row_width or _UNKNOWN_WIDTH
        view = View(width=width, glyphs=self._glyphs, folds=self._folds, hold=hold, clock=monotonic)
        place = None if self._following else self._place()
        is_at_last = self.row_count > 0 and self.row_at(self.row_count - 1).key == self._cursor
        first = self._start(start) if start < len(self._ends) else self.row_count
        before = [row for block in self._blocks[start:stop] for row in block.rows]
        for number in range(start, stop):
            self._blocks[number].refresh(view, is_last=number == len(self._blocks) - 1)
        self._renumber(start)
        self._repaint(first, before, [row for block in self._blocks[start:stop] for row in block.rows])
        self.show_rows()
        if self._following:
            self.scroll_to_row(self.row_count)
        elif place is not None:
            self._return_to(*place)
        self._keep_cursor(is_at_last and self._following)
        self._keep_time()

    def _place(self) -> tuple[Key, int] | None:
        """What is seen at the top: a node and how many of its rows are above."""
        top = self.scroll_offset.y
        if top >= self.row_count:
            return None
        key = self.row_at(top).key
        return key, top - (self.row_number(key) or 0)

    def _return_to(self, key: Key, offset: int) -> None:
        y = self._nearest(key)
        if y is not None and self.row_at(y).key == key:
            y += offset
        if y is not None and y != self.scroll_offset.y:
            self.scroll_to_row(y)

    def _keep_cursor(self, at_last: bool) -> None:
        """Leave the cursor on a row that there is."""
        if self._cursor is None:
            return
        y = self.row_count - 1 if at_last else self._nearest(self._cursor)
        key = None if y is None else self.row_at(y).key
        if key != self._cursor:
            self._cursor = key
            self.refresh()

    def _renumber(self, start: int) -> None:
        end = self._start(start)
        del self._ends[start:]
        for block in self._blocks[start:]:
            end += len(block.rows)
            self._ends.append(end)

    def _repaint(self, first: int, before: list[Row], after: list[Row]) -> None:
        """Mark the lines that look different; `first` is the number of the first row of both."""
        if len(before) != len(after):
            pairs = enumerate(zip(before, after, strict=False))
            same = next((number for number, (old, new) in pairs if old is not new), min(len(before), len(after)))
            top = max(first + same, self.scroll_offset.y)
            self.refresh_lines(top, max(0, self.scroll_offset.y + self.size.height - top))
            return
        for number, (old, new) in enumerate(zip(before, after, strict=True)):
            if old is not new:
                self.refresh_lines(first + number)

    def _nearest(self, key: Key) -> int | None:
        """The row of a node or, where it is folded away, of what contains it."""
        while key:
            if (y := self.row_number(key)) is not None:
                return y
            key = key[:-1]
        return None

    # Following and time

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._following = round(new_value) >= self.max_scroll_y

    def cursor_moved(self) -> None:
        self._following = self.row_count > 0 and self.row_at(self.row_count - 1).key == self._cursor

    def on_resize(self, event: events.Resize) -> None:
        """Wrap anew."""
        self._make_all()

    def _keep_time(self) -> None:
        """Have timers for what moves, and none else."""
        is_animated = any(block.is_animated for block in self._blocks[-1:])
        if is_animated and self._spinner is None:
            self._spinner = self.set_interval(_SPINNER_PAUSE, self._spin)
        elif not is_animated and self._spinner is not None:
            self._spinner.stop()
            self._spinner = None
        if any(block.is_late for block in self._blocks[-1:]) and self._late_parse is None:
            self._late_parse = self.set_timer(PARSE_PAUSE, self._parse_late)

    def _spin(self) -> None:
        self._frame += 1
        for y in self.visible_rows:
            if self.row_at(y).state is SPINNER:
                self.refresh_lines(y)

    def _parse_late(self) -> None:
        self._late_parse = None
        self._make(len(self._blocks) - 1, len(self._blocks))

    # Folding

    def _current(self) -> Row | None:
        y = None if self._cursor is None else self._nearest(self._cursor)
        return None if y is None else self.row_at(y)

    def _fold(self, key: Key, folded: bool) -> None:
        number = self._numbers[str(key[0])]
        self._folds.set(key, folded)
        following, self._following = self._following, False  # what the user folds stays under his eyes
        self._make(number, number + 1)
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
        elif len(row.key) > 1 and (y := self._nearest(row.key[:-1])) is not None:
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
        self._folds.set_all([block.run.id for block in self._blocks], "all" if self._all_folded else "none")
        self._make_all(anew=True)

    # Calls

    def action_previous_call(self) -> None:
        """To the call before the cursor."""
        self._to_call(-1)

    def action_next_call(self) -> None:
        """To the call after the cursor."""
        self._to_call(1)

    def _to_call(self, direction: int) -> None:
        keys: list[Key] = [
            (block.run.id, step.number, call.id)
            for block in self._blocks
            for step in block.run.steps
            for call in step.calls
        ]
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
        block = self._blocks[self._numbers[str(row.key[0])]]
        call = block.call(row.key)
        if call is not None:
            self.post_message(self.CallSelected(call, block.run))
        elif len(row.key) == 1:
            self.post_message(self.RunSelected(block.run))
        else:
            self.action_toggle_fold()

    def action_copy(self) -> None:
        """Ask the owner to copy the question, the arguments or the result under the cursor."""
        if (row := self._current()) is None:
            return
        block = self._blocks[self._numbers[str(row.key[0])]]
        call = block.call(row.key)
        if call is None:
            self.post_message(self.CopyRequested(block.run.question, "question"))
        elif row.key[3:] == (RESULT,):
            self.post_message(self.CopyRequested(call.result or "", f"result of {call.name}"))
        else:
            self.post_message(self.CopyRequested(call.fragments.text, f"arguments of {call.name}"))
