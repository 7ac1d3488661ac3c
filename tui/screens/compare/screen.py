"""Two recordings on one clock, and what differs in them: played, sought and stepped together.

It takes the keys and shows where both stand; one of them may still be growing. When that is, `clock` says; what
differs, `agent.recordings.comparing`.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Static

from agent.conversation.prices import Price, load_prices, step_cost
from agent.conversation.run import Run, Step
from agent.figures import stamp
from agent.recordings.comparing.differences import Difference, TurnPair
from agent.settings.settings import Settings
from agent.threads import in_thread
from tui.drawing.cells import flat
from tui.drawing.glyphs import glyphs_for
from tui.key_labels import DEFAULT_KEYS, Keys
from tui.panes.comparison.rows import headings, told
from tui.panes.comparison.table import ComparisonTable
from tui.panes.log.run.making import prepare_drawing
from tui.panes.status.bar import StatusBar
from tui.panes.steps.tree import ToolTree
from tui.panes.title.bar import TitleBar
from tui.presenter import FRAME
from tui.process import memory
from tui.screens.base.screen import PanesScreen
from tui.screens.base.selecting import SelectingScreen
from tui.screens.call import CallScreen
from tui.screens.compare.choosing import ChoosingScreen
from tui.screens.compare.clock import SharedClock
from tui.screens.compare.found import Found
from tui.screens.compare.growth import Growth
from tui.screens.compare.opening import CompareOpening
from tui.screens.compare.side import Side
from tui.widgets.bindings import bindings

__all__ = ["CompareScreen"]

_SEEK = 5_000.0
"""Milliseconds that an arrow seeks by."""
_NARROWEST = 36
"""Cells of a side in which there is something to read."""
_LOWEST, _BOTH = 22, 18
"""Rows of the screen for sides and table; rows of a side for its text and its steps."""
_HINT = "{compare.leave} leave  {compare.difference} difference"
"""The keys that are needed most, for the last line;"""
_MORE = (
    "{compare.toggle} play  {compare.difference_end} its end  {compare.back} {compare.forward} 5 s"
    "  {compare.previous_step} {compare.next_step} step  {compare.align} align  {compare.choose} turns"
    "  {compare.table} table"
)
"""the others, for the table's edge."""
_CLOCK_ACTIONS = {
    "toggle_playing",
    "seek_by",
    "step",
    "difference",
    "difference_end",
    "align",
    "speed",
    "end",
}


class CompareScreen(SelectingScreen):
    """Two recordings, side by side.

    One thing: it routes keys to the clock that both stand on, and shows where that is. Its keys are that many.
    """

    DEFAULT_CSS = """
    CompareScreen {
        #sides { height: 3fr; }
        #table-pane { height: 2fr; min-height: 10; }
        #headings { height: 1; padding: 0 2 0 1; text-align: right; text-wrap: nowrap; color: $text-muted; }
        #told { height: 3; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
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
            "compare.difference_end": "difference_end",
            "compare.align": "align",
            "compare.slower": "speed(-1)",
            "compare.faster": "speed(1)",
            "compare.start": "end(0)",
            "compare.end": "end(1)",
            "compare.choose": "choose",
            "compare.table": "toggle_table",
            "compare.leave": "leave",
            "app.steps": "toggle_steps",
            "app.next_pane": "app.focus_next",
            "app.previous_pane": "app.focus_previous",
        }
    )

    @dataclass
    class OthersChosen(Message):
        """Others are to be compared in the place of these."""

        opening: CompareOpening

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
        self._opening = opening
        self._keys = keys
        self._now = now or (lambda: asyncio.get_running_loop().time())
        glyphs = glyphs_for(ascii=settings.ascii, still=settings.reduced_motion)
        self._glyphs = glyphs
        self.sides = [Side(compared, settings, glyphs, keys) for compared in (opening.left, opening.right)]
        self._title = TitleBar("compare", id="title")
        self._panes = Horizontal(*self.sides, id="sides")
        self.table = ComparisonTable(glyphs=glyphs, id="table")
        self._told = Static(id="told", markup=False)
        self._headings = Static(id="headings", markup=False)
        self._table_pane = Vertical(self._headings, self.table, self._told, id="table-pane", classes="pane")
        self._status = StatusBar(glyphs=glyphs, mode="compare")
        self.clock: SharedClock | None = None
        """None until both are read."""
        self._ticker: Timer | None = None
        turns = opening.left.turns
        self._found = Found(self.sides, first=1 if turns is None else turns.first)
        self._price: Price | None = None
        self._follows = False
        """Whether it shows the newest of a side that grows."""
        self._growth: Growth | None = None
        """Of the right side, while it grows."""

    def compose(self) -> ComposeResult:
        """Both, the table, the keys."""
        yield self._title
        yield self._panes
        yield self._table_pane
        with Vertical(id="bottom"):
            yield self._status

    def on_mount(self) -> None:
        """Show the frame; what takes time comes after it."""
        names = [side.compared.label for side in self.sides]
        self._title.title = f"{names[0]} and {names[1]}"
        for side, where in zip(self.sides, ("left", "right"), strict=True):
            side.border_title = _plain(side.compared.title or f"{where}: {side.compared.label}")
        self._table_pane.border_title = "Step by step"
        hint = _HINT.replace("} leave", "} open the branch", 1) if self._opening.is_branch else _HINT
        is_plain = self._settings.ascii
        self._status.hint = self._keys.hint(hint, arrows=not is_plain)
        self._table_pane.border_subtitle = Content(self._keys.hint(_MORE, arrows=not is_plain))
        self.call_after_refresh(self._furnish)

    @work(group="load")
    async def _furnish(self) -> None:
        """Read both, find what differs, and stand where that is first; at the end of one that grows."""
        with memory.loading():
            await asyncio.gather(*(side.load() for side in self.sides))
            await in_thread(prepare_drawing)
            self._price = await in_thread(load_prices, "openai") if self._settings.asks_openai else None
            pairs = await in_thread(self._found.find)
        left, right = (side.recording for side in self.sides)
        self.clock = SharedClock(left, right, self._now)
        self._show_table(pairs)
        self._headings.update(headings(has_costs=self._price is not None))
        self.table.focus()
        if self.sides[1].is_growing:
            self._follows = True
            self._growth = Growth(right, self._show_growth)
            self._show_growth()
        elif self._opening.is_branch:
            self._stand_at_the_end()
        elif self._found.differences:
            self._go_to(self._found.differences[0])
        else:
            self._told.update("No difference")
            self._show()

    # What differs

    def _show_table(self, pairs: list[TurnPair]) -> None:
        self._found.take(pairs)
        self.table.show(pairs, self._cost if self._price is not None else None)

    def _cost(self, run: Run, step: Step) -> Decimal | None:
        return None if self._price is None else step_cost(self._price, run, step)

    def _show_growth(self) -> None:
        """Show what has come of a side that grows."""
        if self.clock is None or self._growth is None or not self.is_attached:
            return
        is_over = not self.sides[1].is_growing
        self.clock.grow()
        if self._follows:
            self.clock.set(self.clock.newest(1))
        self._show()
        if self._growth.is_to_compare(is_over=is_over):
            self._show_table(self._found.find())
        if is_over and self._follows:
            self._stand_at_the_end()

    def _stand_at_the_end(self) -> None:
        """Both whole, and what differs first told: what came of it is what was asked for."""
        self._follows = False
        if self.clock is None:
            return
        self.clock.set(self.clock.length)
        first = next(iter(self._found.differences), None)
        self._told.update("No difference" if first is None else told(first))
        if first is not None:
            self.table.choose(first)
        self._show()

    # The clock

    def _set(self, time: float) -> None:
        """Stand there, and play on where it plays."""
        self._follows = False
        if self.clock is not None:
            self.clock.set(time)
            self._show()

    def _show(self) -> None:
        if (clock := self.clock) is None:
            return
        for side, position in zip(self.sides, clock.positions(), strict=True):
            side.show_at(position)
        sign = self._glyphs.play if clock.is_playing or self._follows else self._glyphs.pause
        words = [f"{sign} {stamp(clock.time)} / {stamp(clock.length)}"]
        words += ["by step"] * (clock.alignment == "step") + [f"{clock.speed:g}x"] * (clock.speed != 1)
        self._status.notice = ", ".join([*words, self._found.words(self._keys)])

    def tick(self) -> None:
        """Show where the clock stands by now; at its end it stops."""
        self._show()
        if self.clock is not None and self.clock.time >= self.clock.length:
            self._pause()

    def _pause(self) -> None:
        if self.clock is not None:
            self.clock.pause()
        if self._ticker is not None:
            self._ticker.stop()
            self._ticker = None
        self._show()

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing is played before both are read."""
        if action in _CLOCK_ACTIONS:
            return self.clock is not None
        return super().check_action(action, parameters)

    def action_toggle_playing(self) -> None:
        """Play both, or have both stand still."""
        if self.clock is None:
            return
        self._follows = False
        if self.clock.is_playing:
            self._pause()
        else:
            self.clock.play()
            self._ticker = self.set_interval(FRAME, self.tick)
            self._show()

    def action_seek_by(self, direction: int) -> None:
        """Some seconds back or on."""
        if self.clock is not None:
            self._set(self.clock.time + direction * _SEEK)

    def action_end(self, share: int) -> None:
        """To the start, or to the end; what grows is shown as it does, there."""
        if self.clock is not None:
            self._set(self.clock.length * share)
            self._follows = bool(share) and self.sides[1].is_growing

    def action_step(self, direction: int) -> None:
        """To where the step before or the next one begins, on the left."""
        if (clock := self.clock) is None:
            return
        times, stands = clock.steps(), clock.time
        later = [time for time in times if time > stands + 1]
        earlier = [time for time in times if time < stands - 1]
        if direction > 0:
            self._set(later[0] if later else clock.length)
        else:
            self._set(earlier[-1] if earlier else 0.0)

    def action_difference(self, direction: int) -> None:
        """To the next place where they differ, or to the one before; behind the last comes the first."""
        if not self._found.differences:
            self._told.update("No difference")
            return
        self._go_to(self._found.next(direction))

    def action_difference_end(self) -> None:
        """To where all of it stands there that differs: of the difference that is told, else of the first."""
        if not self._found.differences:
            self._told.update("No difference")
            return
        self._go_to(self._found.last, at_end=True)

    def action_align(self) -> None:
        """By time, or step by step; both stand where the left one did."""
        if self.clock is not None:
            self._follows = False
            self.clock.align()
            self._show()

    def action_speed(self, direction: int) -> None:
        """Slower, or faster."""
        if self.clock is not None:
            self.clock.change_speed(direction)
            self._show()

    @work(group="choose", exclusive=True)
    async def action_choose(self) -> None:
        """Compare other recordings, or other turns of these."""
        self._pause()
        labels = [side.compared.label for side in self.sides]
        screen = ChoosingScreen(self._settings.data_dir, labels[0], labels[1], self._keys)
        if (opening := await self.app.push_screen_wait(screen)) is not None:
            self.post_message(self.OthersChosen(opening))

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

    # Places

    def _go_to(self, difference: Difference, *, at_end: bool = False) -> None:
        """Stand where something differs, as soon as either side has it, or where both have all of it."""
        self._found.go_to(difference)
        self.table.choose(difference)
        self._told.update(told(difference))
        if self.clock is not None:
            self._set(self._found.time_of(difference, self.clock, at_end=at_end))

    def on_comparison_table_chosen(self, message: ComparisonTable.Chosen) -> None:
        """Say what differs there."""
        self._told.update(told(next(iter(message.line.differences), None)))

    def on_comparison_table_go_requested(self, message: ComparisonTable.GoRequested) -> None:
        """Stand where this step begins."""
        line = message.line
        if line.step is not None and line.differences:
            self._go_to(line.differences[0])
        elif self.clock is not None:
            self._set(self._found.time_of_line(line, self.clock))

    def on_tool_tree_call_selected(self, message: ToolTree.CallSelected) -> None:
        """A call is to be shown whole."""
        self.app.push_screen(CallScreen(message.call, message.run, self._keys))

    def on_tool_tree_copy_requested(self, message: ToolTree.CopyRequested) -> None:
        """A row of the steps is to be copied."""
        self.post_message(PanesScreen.CopyRequested(message.text, message.what))


def _plain(text: str) -> str:
    """Text for a border, where brackets would be taken for markup."""
    return flat(text).replace("[", r"\[")
