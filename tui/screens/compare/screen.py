"""Two recordings on one clock, and what differs in them: played, sought and stepped together.

It owns the clock and the keys. Where both stand at a time is `agent.recordings.aligning`'s to say.
"""

import asyncio
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Static

from agent.conversation.prices import Price, load_prices, step_cost
from agent.conversation.run import Run, Step
from agent.recordings.aligning import Alignment, Together
from agent.recordings.comparing import Difference, TurnPair, compare
from agent.recordings.player import SPEEDS
from agent.settings.settings import Settings
from agent.threads import in_thread
from tui.drawing.cells import flat
from tui.drawing.glyphs import glyphs_for
from tui.key_labels import DEFAULT_KEYS, Keys
from tui.panes.comparison.rows import Line, headings, told
from tui.panes.comparison.table import ComparisonTable
from tui.panes.log.run.making import prepare_drawing
from tui.panes.player.bar import stamp
from tui.panes.status.bar import StatusBar
from tui.panes.steps.tree import ToolTree
from tui.panes.title.bar import TitleBar
from tui.presenter import FRAME
from tui.process import memory
from tui.screens.base.screen import PanesScreen
from tui.screens.call import CallScreen
from tui.screens.compare.opening import CompareOpening
from tui.screens.compare.side import Side
from tui.widgets.bindings import bindings

__all__ = ["CompareScreen"]

_SEEK = 5_000.0
"""Milliseconds that an arrow seeks by."""
_IDLE_LIMIT = 2_000.0
"""The longest pause, in ms: what lies between two turns is no difference."""
_NARROWEST = 36
"""Cells of a side in which there is something to read."""
_LOWEST, _BOTH = 22, 18
"""Rows of the screen for sides and table; rows of a side for its text and its steps."""
_FINITE = [speed for speed in SPEEDS if speed != float("inf")]
_HINT = (
    "{compare.leave} leave  {compare.toggle} play  {compare.difference} difference  {compare.align} align"
    "  {compare.back} {compare.forward} 5 s  {compare.previous_step} {compare.next_step} step"
    "  {compare.table} table"
)


class CompareScreen(Screen[None]):
    """Two recordings, side by side.

    One thing: it sets the clock that both stand on, and shows where that is. Its keys are that many.
    """

    DEFAULT_CSS = """
    CompareScreen {
        #sides { height: 3fr; }
        #table-pane { height: 2fr; min-height: 10; }
        #headings { height: 1; padding: 0 2 0 1; text-align: right; text-wrap: nowrap; color: $text-muted; }
        #told { height: 3; padding: 0 1; border-top: none; }
        #bottom { height: 1; }
        .-away { display: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings(
        {
            "compare.toggle": "toggle_playing",
            "compare.back": "seek_by(-1)",
            "compare.forward": "seek_by(1)",
            "compare.previous_step": "step(-1)",
            "compare.next_step": "step(1)",
            "compare.difference": "difference(1)",
            "compare.previous_difference": "difference(-1)",
            "compare.align": "align",
            "compare.slower": "speed(-1)",
            "compare.faster": "speed(1)",
            "compare.start": "end(0)",
            "compare.end": "end(1)",
            "compare.table": "toggle_table",
            "compare.leave": "leave",
            "app.steps": "toggle_steps",
            "app.next_pane": "app.focus_next",
            "app.previous_pane": "app.focus_previous",
        }
    )

    class Left(Message):
        """The user has seen enough."""

    def __init__(
        self,
        settings: Settings,
        opening: CompareOpening,
        *,
        keys: Keys = DEFAULT_KEYS,
        now: Callable[[], float] | None = None,
    ) -> None:
        """`now` gives seconds, never falling; None is the loop's."""
        super().__init__()
        self._settings = settings
        self._keys = keys
        self._now = now or (lambda: asyncio.get_running_loop().time())
        glyphs = glyphs_for(ascii=settings.ascii, still=settings.reduced_motion)
        self._glyphs = glyphs
        self.sides = [Side(path, settings, glyphs, keys) for path in (opening.left, opening.right)]
        self._title = TitleBar("compare", id="title")
        self._panes = Horizontal(*self.sides, id="sides")
        self.table = ComparisonTable(glyphs=glyphs, id="table")
        self._told = Static(id="told", markup=False)
        self._headings = Static(id="headings", markup=False)
        self._table_pane = Vertical(self._headings, self.table, self._told, id="table-pane", classes="pane")
        self._status = StatusBar(glyphs=glyphs, mode="compare")
        self._alignment: Alignment = "time"
        self._clock: Together | None = None
        """None until both are read."""
        self.time = 0.0
        """Of that clock, in ms, where it stood when it was last set."""
        self._since: float | None = None
        """When that was, while it plays."""
        self._speed = 1.0
        self._ticker: Timer | None = None
        self._pairs: list[TurnPair] = []
        self._differences: list[Difference] = []
        self._price: Price | None = None
        self._at: int | None = None
        """The difference that was gone to last, by its number."""

    def compose(self) -> ComposeResult:
        """Both, the table, the keys."""
        yield self._title
        yield self._panes
        yield self._table_pane
        with Vertical(id="bottom"):
            yield self._status

    def on_mount(self) -> None:
        """Show the frame; what takes time comes after it."""
        names = [side.recording.name for side in self.sides]
        self._title.title = f"{names[0]} and {names[1]}"
        for side, where in zip(self.sides, ("left", "right"), strict=True):
            side.border_title = f"{where}: {_plain(side.recording.name)}"
        self._table_pane.border_title = "Step by step"
        self._status.hint = self._keys.hint(_HINT, arrows=not self._settings.ascii)
        self.call_after_refresh(self._furnish)

    @work(group="load")
    async def _furnish(self) -> None:
        """Read both, find what differs, and stand where that is first."""
        with memory.loading():
            await asyncio.gather(*(side.recording.load() for side in self.sides))
            await in_thread(prepare_drawing)
            for side in self.sides:
                if not len(side.recording):
                    side.say("\n".join(side.recording.problems))
            self._pairs, self._price = await in_thread(self._compared)
        self._differences = [difference for pair in self._pairs for difference in pair.differences]
        self._make_clock()
        self.table.show(self._pairs, self._cost if self._price is not None else None)
        self._headings.update(headings(has_costs=self._price is not None))
        self.table.focus()
        if self._differences:
            self._go_to(self._differences[0])
        else:
            self._told.update("No difference")
            self._show(0.0)

    def _compared(self) -> tuple[list[TurnPair], Price | None]:
        runs = [side.recording.state(len(side.recording)).runs for side in self.sides]
        return list(compare(*runs)), load_prices("openai") if self._settings.asks_openai else None

    def _cost(self, run: Run, step: Step) -> Decimal | None:
        return None if self._price is None else step_cost(self._price, run, step)

    # The clock

    def _make_clock(self) -> None:
        left, right = (side.recording for side in self.sides)
        self._clock = Together(left, right, self._alignment, idle_limit=_IDLE_LIMIT)

    @property
    def _stands(self) -> float:
        """Where the clock stands now, in ms."""
        if self._since is None or self._clock is None:
            return self.time
        return min(self.time + (self._now() - self._since) * 1000 * self._speed, self._clock.length)

    def _set(self, time: float) -> None:
        """Stand there, and play on where it plays."""
        if self._clock is None:
            return
        self.time = min(max(time, 0.0), self._clock.length)
        self._since = self._now() if self._since is not None else None
        self._show(self.time)

    def _show(self, time: float) -> None:
        if self._clock is None:
            return
        for side, position in zip(self.sides, self._clock.positions(time), strict=True):
            side.show_at(position)
        sign = self._glyphs.pause if self._since is None else self._glyphs.play
        place = f"{sign} {stamp(time)} / {stamp(self._clock.length)}, by {self._alignment}"
        count = len(self._differences)
        found = f"{count:,} differences" if count != 1 else "1 difference"
        speed = "" if self._speed == 1 else f", {self._speed:g}x"
        self._status.notice = f"{place}{speed}; {found if count else 'no difference'}"

    def tick(self) -> None:
        """Show where the clock stands by now; at its end it stops."""
        time = self._stands
        self._show(time)
        if self._clock is not None and time >= self._clock.length:
            self._pause()

    def _pause(self) -> None:
        self.time, self._since = self._stands, None
        if self._ticker is not None:
            self._ticker.stop()
            self._ticker = None
        self._show(self.time)

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing is played before both are read."""
        if action in ("toggle_playing", "seek_by", "step", "difference", "align", "speed", "end"):
            return self._clock is not None
        return super().check_action(action, parameters)

    def action_toggle_playing(self) -> None:
        """Play both, or have both stand still."""
        if self._since is not None:
            self._pause()
        elif self._clock is not None:
            self.time = 0.0 if self.time >= self._clock.length else self.time
            self._since = self._now()
            self._ticker = self.set_interval(FRAME, self.tick)
            self._show(self.time)

    def action_seek_by(self, direction: int) -> None:
        """Some seconds back or on."""
        self._set(self._stands + direction * _SEEK)

    def action_end(self, share: int) -> None:
        """To the start, or to the end."""
        self._set((self._clock.length if self._clock is not None else 0.0) * share)

    def action_step(self, direction: int) -> None:
        """To where the step before or the next one begins, on the left."""
        if self._clock is None:
            return
        marks = self.sides[0].recording.marks
        moments = [self.sides[0].recording.events.moment(number) for number in marks.steps]
        times = sorted(self._clock.clock_of(0, moment) for moment in moments)
        stands = self._stands
        later = [time for time in times if time > stands + 1]
        earlier = [time for time in times if time < stands - 1]
        if direction > 0:
            self._set(later[0] if later else self._clock.length)
        else:
            self._set(earlier[-1] if earlier else 0.0)

    def action_difference(self, direction: int) -> None:
        """To the next place where they differ, or to the one before; behind the last comes the first."""
        if not self._differences:
            self._told.update("No difference")
            return
        number = self._at + direction if self._at is not None else 0
        self._go_to(self._differences[number % len(self._differences)])

    def action_align(self) -> None:
        """By time, or step by step; both stand where the left one did."""
        if self._clock is None:
            return
        left = self.sides[0]
        moment = left.recording.events.moment(max(left.position - 1, 0)) if left.position else None
        self._alignment = "step" if self._alignment == "time" else "time"
        self._make_clock()
        self._set(0.0 if moment is None else self._clock.clock_of(0, moment))

    def action_speed(self, direction: int) -> None:
        """Slower, or faster."""
        time = self._stands
        number = _FINITE.index(self._speed) + direction
        self._speed = _FINITE[min(max(number, 0), len(_FINITE) - 1)]
        self._set(time)

    def action_toggle_table(self) -> None:
        """Show or hide the table."""
        self._table_pane.toggle_class("-away")
        (self.table if self._table_pane.display else self.sides[0].focus_target).focus()
        self.call_after_refresh(self._arrange)

    def action_toggle_steps(self) -> None:
        """Where there is room for one of them, show the steps in the place of the text."""
        for side in self.sides:
            side.toggle_class("-steps")

    def action_leave(self) -> None:
        """Back to where it was opened."""
        self._pause()
        self.post_message(self.Left())

    # Layout

    def on_resize(self) -> None:
        """There may be room for both, or for one of them."""
        self.call_after_refresh(self._arrange)

    def _arrange(self) -> None:
        self._panes.set_class(self.size.height < _LOWEST and self._table_pane.display, "-away")
        self._headings.set_class(not self.table.has_figures, "-away")
        self._panes.styles.layout = "horizontal" if self.size.width >= 2 * _NARROWEST else "vertical"
        for side in self.sides:
            side.set_class(side.size.height < _BOTH, "-one-part")

    # What differs

    def _go_to(self, difference: Difference) -> None:
        """Stand where something differs, as soon as either side has it."""
        self._at = self._differences.index(difference)
        self.table.choose(difference)
        self._told.update(told(difference))
        if self._clock is None:
            return
        moments: Sequence[float | None] = (difference.left_at, difference.right_at)
        times = [
            self._clock.clock_of(0 if side == 0 else 1, moment)
            for side, moment in enumerate(moments)
            if moment is not None
        ]
        self._set(max(times, default=0.0))

    def on_comparison_table_chosen(self, message: ComparisonTable.Chosen) -> None:
        """Say what differs there."""
        self._told.update(told(next(iter(message.line.differences), None)))

    def on_comparison_table_go_requested(self, message: ComparisonTable.GoRequested) -> None:
        """Stand where this step begins."""
        line = message.line
        if line.step is not None and line.differences:
            self._go_to(line.differences[0])
        elif self._clock is not None and (started := _started(line)) is not None:
            self._set(self._clock.clock_of(0, started))

    def on_tool_tree_call_selected(self, message: ToolTree.CallSelected) -> None:
        """A call is to be shown whole."""
        self.app.push_screen(CallScreen(message.call, message.run, self._keys))

    def on_tool_tree_copy_requested(self, message: ToolTree.CopyRequested) -> None:
        """A row of the steps is to be copied."""
        self.post_message(PanesScreen.CopyRequested(message.text, message.what))


def _started(line: Line) -> float | None:
    step = line.step.left if line.step is not None else line.turn.left
    return None if step is None else step.started


def _plain(text: str) -> str:
    """Text for a border, where brackets would be taken for markup."""
    return flat(text).replace("[", r"\[")
