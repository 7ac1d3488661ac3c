"""The tree of tool calls: run, step, call, arguments and result, filling in as the model writes.

Draws what it is given and holds no state of its own but what is folded, where the cursor is and whether it follows the
end. Its cost depends on the run that changed, not on how many there are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from time import monotonic
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.message import Message
from textual.strip import Strip

from agent.conversation.finding import Hit, HitKind
from agent.conversation.items import ToolCall
from agent.conversation.run import Run
from tui.drawing.calls.rows import RESULT
from tui.drawing.glyphs import UNICODE, Glyphs
from tui.drawing.rows import SPINNER, Key, Row
from tui.panes.steps.call import View
from tui.panes.steps.folds import FoldPolicy, Folds
from tui.panes.steps.marks import IN_LOG, Marks, hit_key
from tui.panes.steps.pulse import SPINNER_PAUSE, Pulse
from tui.panes.steps.rows import TreeRows
from tui.widgets.bindings import bindings
from tui.widgets.row_view import RowView

__all__ = ["ToolTree"]

_UNKNOWN_WIDTH = 40
"""Cells of a row before the first layout."""


class ToolTree(RowView):
    """All runs of a session with their steps and calls.

    One thing: it keeps the reader's place while rows change. What is folded, what is marked, what moves by itself and
    the rows with what they stand for are held by `Folds`, `Marks`, `Pulse` and `TreeRows`.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"tool-tree--match", "tool-tree--match-current"}
    DEFAULT_CSS = """
    ToolTree {
        padding: 0 0 0 1;
        .tool-tree--match { color: $foreground; background: $warning 30%; }
        .tool-tree--match-current { color: $background; background: $warning; text-style: bold; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings(
        {
            "conversation.toggle": "toggle_fold",
            "conversation.fold": "fold",
            "conversation.unfold": "unfold",
            "conversation.open": "open",
            "conversation.stop": "stop",
            "conversation.copy": "copy",
        }
    )

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
    class StopRequested(Message):
        """Turns are to stop before every call of this tool, or no more."""

        tool: str

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
        self.spins_with_now = False
        """Whether the sign of what runs moves with `now` instead of by itself: where time can stand still."""
        self._pulse = Pulse(self, self._spin, lambda: self._make(self._rows.numbers()[-1:]))
        self._marks = Marks()

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
        self._cursor = self._marks.hit_at = None
        self._following = True
        self._make(self._rows.numbers())
        self.refresh()

    def swap(self, runs: Sequence[Run]) -> None:
        """Show the same runs at another moment; what is folded by hand and the reader's place stay."""
        self._held = not self._following
        place = None if self._following else self._place()
        is_at_last = self._is_at_last()
        self._rows.make(self._rows.swap(runs), self._view(hold=self._held))
        self.refresh()
        self._keep_place(place, is_at_last)

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

    def highlight(self, query: str | None) -> None:
        """Mark the query in questions, errors, calls, arguments and results, as far as they are drawn."""
        self._marks.query, self._marks.hit_at = query or "", None
        self.refresh()

    def reveal_hit(self, hit: Hit) -> None:
        """Put the cursor on the row of a hit, unfolding what hides it; a text of the log only on what stands for it."""
        run = self._rows.find(hit.run_id)
        if run is None:
            return
        key, nth = hit_key(run, hit), hit.nth
        if hit.kind is HitKind.ARGUMENTS:
            key, nth = self._argument_at(key, nth)
        elif hit.kind in (HitKind.TOOL, HitKind.RESULT):
            self._unfold_to(key)
        self._marks.hit_at = None if hit.kind in IN_LOG else (key, nth)
        if (y := self._rows.nearest(key)) is not None:
            self.place_cursor(y)

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

    def render_line(self, y: int) -> Strip:
        """One line of what can be seen, with the matches in it marked."""
        strip = super().render_line(y)
        number = self.scroll_offset.y + y
        if not self._marks.query or number >= self.row_count:
            return strip
        styles = (self.get_component_rich_style(f"tool-tree--match{of}") for of in ("", "-current"))
        return self._marks.on(strip, self._rows, number, *styles)

    def _make(self, numbers: range, *, anew: bool = False) -> None:
        """Make the rows of some runs and repaint what differs, keeping the reader's place.

        `anew`: fold what the policy says, also what is being read.
        """
        self._held = hold = not self._following and not anew
        place = None if self._following else self._place()
        is_at_last = self._is_at_last()
        self._repaint(*self._rows.make(numbers, self._view(hold=hold)))
        self._keep_place(place, is_at_last)

    def _view(self, *, hold: bool) -> View:
        width = self.row_width or _UNKNOWN_WIDTH
        return View(width=width, glyphs=self._glyphs, folds=self._folds, hold=hold, clock=monotonic)

    def _is_at_last(self) -> bool:
        """Whether the cursor is on the last row."""
        return self.row_count > 0 and self.row_at(self.row_count - 1).key == self._cursor

    def _keep_place(self, place: tuple[Key, int] | None, is_at_last: bool) -> None:
        """Take in that the rows are others now; `place` is what was seen at the top by who reads."""
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
            for _, stretch in groupby(enumerate(changed), key=lambda pair: pair[1] - pair[0]):
                numbers = [number for _, number in stretch]
                self.refresh_lines(first + numbers[0], len(numbers))
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
        is_animated = self._rows.is_animated and not self.spins_with_now
        self._pulse.keep(is_animated=is_animated, is_late=self._rows.is_late)

    def now_moved(self) -> None:
        if self.spins_with_now:
            self._frame = int(self._now / 1000 / SPINNER_PAUSE)
            self._repaint_spinners()

    def _spin(self) -> None:
        self._frame += 1
        self._repaint_spinners()

    def _repaint_spinners(self) -> None:
        for y in self.visible_rows:
            if self.row_at(y).state is SPINNER:
                self.refresh_lines(y)

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

    def _unfold_to(self, key: Key) -> None:
        for length in range(1, len(key)):
            self._unfold(key[:length])

    def _argument_at(self, key: Key, nth: int) -> tuple[Key, int]:
        """Where a match in the arguments of a call is, unfolded: its node, and which match of the node's rows it is."""
        self._unfold_to((*key, RESULT))
        while (folded := self._marks.folded_before(self._rows, key, nth)) is not None:
            self._fold(folded, False)
        return self._marks.argument_at(self._rows, key, nth)

    def _select(self, key: Key) -> None:
        self._unfold_to(key)
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
        if (key := self._rows.call_near(self._cursor, direction)) is not None:
            self._select(key)

    def row_clicked(self, y: int, x: int, chain: int) -> None:
        row = self.row_at(y)
        self.place_cursor(y)
        if row.folded is not None and row.indent <= x <= row.indent + 1:
            self._fold(row.key, not row.folded)
        elif chain == 2:
            self.action_open()

    def action_stop(self) -> None:
        """Have turns stop before the tool under the cursor."""
        if (row := self._current()) is not None and (call := self._rows.call(row.key)) is not None:
            self.post_message(self.StopRequested(call.name))

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
        if (row := self._current()) is not None:
            self.post_message(self.CopyRequested(*self._rows.text(row.key)))
