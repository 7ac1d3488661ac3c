"""The race: a lane for each model, one question for what their tools ask alike, and the choice of the one that stays.

It takes keys and owns the workers that own the turns. Who races and what is asked is `agent.sources.race`'s business.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, ClassVar

from textual import events, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget
from textual.worker import Worker

from agent.conversation.decisions import Decision
from agent.conversation.items import ToolCall
from agent.errors import SettingsError, TickertapeError
from agent.settings.file.writing import add_rule
from agent.settings.permissions import Rule
from agent.settings.settings import Settings
from agent.sources.race import Race
from agent.threads import in_thread
from tui.drawing.cells import flat
from tui.drawing.glyphs import glyphs_for
from tui.key_labels import DEFAULT_KEYS, Keys
from tui.panes.approval.asked import QuestionBar
from tui.panes.approval.bar import ApprovalBar
from tui.panes.log.run.making import prepare_drawing
from tui.panes.status.bar import StatusBar
from tui.panes.steps.tree import ToolTree
from tui.panes.title.bar import TitleBar
from tui.presenter import Beat
from tui.process import memory
from tui.screens.arguments import ArgumentsScreen
from tui.screens.base.screen import PanesScreen
from tui.screens.base.selecting import SelectingScreen
from tui.screens.call import CallScreen
from tui.screens.race.lane import Lane
from tui.screens.race.opening import RaceOpening
from tui.widgets.bindings import bindings

if TYPE_CHECKING:
    from tui.panes.log.log import MessageLog

__all__ = ["RaceScreen"]

_TICK = 0.25
_STOP_LIMIT = 0.7
"""Seconds that turns are given to end when the race is left."""
_NARROWEST, _LOWEST = 36, 9
"""Cells of a lane in which there is something to read."""
_BOTH = 18
"""Rows of a lane from which its text and its steps are seen together."""
_HINT = "{race.leave} leave  {race.keep} keep this one  {app.next_pane} next  {app.steps} steps"
_STOP_HINT = "  {race.cancel} stop it"
"""Of a lane whose turn goes on."""
_PLACES = ("1st", "2nd", "3rd", "4th")


class RaceScreen(SelectingScreen):
    """Models on one question, side by side.

    One thing: it routes keys and what widgets say to the lane that has the keys.
    """

    DEFAULT_CSS = """
    RaceScreen {
        #lanes { layout: grid; height: 1fr; grid-size-columns: 1; }
        #bottom { height: 1; }
        .-away { display: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings(
        {
            "race.keep": "keep",
            "race.cancel": "cancel_lane",
            "race.leave": "leave",
            "app.next_pane": "next_lane(1)",
            "app.previous_pane": "next_lane(-1)",
            "app.steps": "toggle_steps",
            "app.interrupt": "leave",
        }
    )

    @dataclass
    class Kept(Message):
        """One of them is to be gone on with in the chat."""

        path: Path
        model: str

    class Left(Message):
        """The user has seen enough."""

    def __init__(self, settings: Settings, opening: RaceOpening, *, keys: Keys = DEFAULT_KEYS) -> None:
        super().__init__()
        self._settings = settings
        self._opening = opening
        self._keys = keys
        self._glyphs = glyphs_for(ascii=settings.ascii, still=settings.reduced_motion, iso_dates=settings.iso_dates)
        self.race: Race | None = None
        """None until its sessions are made."""
        self.lanes: list[Lane] = []
        self._grid = Container(id="lanes")
        self._title = TitleBar("race", id="title")
        self._status = StatusBar(glyphs=self._glyphs, mode="race")
        self._approval: ApprovalBar | None = None
        self._turns: list[Worker[None]] = []
        self._ticker: Timer | None = None
        self._chosen = 0
        """The lane that has the keys, or had them last."""

    def compose(self) -> ComposeResult:
        """The question, the lanes, the keys."""
        yield self._title
        yield self._grid
        with Vertical(id="bottom"):
            yield self._status

    def on_mount(self) -> None:
        """Show the frame; what takes time comes after it."""
        self._title.title = self._opening.question
        self._tell_keys()
        self.call_after_refresh(self._furnish)

    @work(group="load")
    async def _furnish(self) -> None:
        """Make the sessions, and start every turn as soon as what it needs is loaded."""
        with memory.loading():
            try:
                self.race = await in_thread(self._opening.race, self._settings)
            except TickertapeError as error:
                self._status.notice = str(error)
                return
            self.race.listeners.append(self._show_asking)
            beat = Beat()
            self.lanes = [
                Lane(racer, self._settings, self._glyphs, self._keys, lambda: time() * 1000, beat)
                for racer in self.race.racers
            ]
            for lane in self.lanes:
                lane.border_title = _plain(lane.racer.name)
            await self._grid.mount(*self.lanes)
            self._arrange()
            self.lanes[0].focus_target.focus()
            await in_thread(prepare_drawing)
            self._ticker = self.set_interval(_TICK, self._tick)
            self._turns = [self.run_worker(self._answer(self.race, lane), group="turns") for lane in self.lanes]

    async def _answer(self, race: Race, lane: Lane) -> None:
        lane.presenter.show()
        await lane.presenter.consume(race.events(lane.racer))
        lane.presenter.settle()
        self._tell_standing()

    def _tick(self) -> None:
        for lane in self.lanes:
            lane.presenter.tick()
        self._tell_standing()
        if self._ticker is not None and self._turns and all(worker.is_finished for worker in self._turns):
            self._ticker.stop()
            self._ticker = None
            memory.collect_when_idle()

    def _tell_standing(self) -> None:
        """Say how many go on, and in each lane's frame in which place it came in: no two in the same one."""
        turns = [(lane, lane.racer.turn) for lane in self.lanes]
        done = [(turn.ended, lane) for lane, turn in turns if turn and turn.ended and turn.answer is not None]
        for place, (_ended, lane) in zip(_PLACES, sorted(done, key=itemgetter(0)), strict=False):
            lane.border_subtitle = f"{place} of {len(self.lanes)} to answer"
        over = sum(turn is not None and turn.ended is not None for _lane, turn in turns)
        going_on = f", {len(turns) - over} go on" if over < len(turns) else ""
        self._status.notice = f"{len(done)} answered{going_on}"
        self._tell_keys()

    def _tell_keys(self) -> None:
        """Say what the keys do to the lane that has them."""
        turn = self.lanes[self._chosen].racer.turn if self.lanes else None
        is_over = turn is not None and turn.ended is not None
        self._status.hint = self._keys.hint(_HINT if is_over else _HINT + _STOP_HINT)

    async def stop(self) -> None:
        """End all turns, as far as they end in a moment, and let the sessions' files go; what was said is kept."""
        if self.race is None:
            return
        self.race.cancel_all()
        if going_on := [worker for worker in self._turns if not worker.is_finished]:
            waiting = asyncio.gather(*(worker.wait() for worker in going_on), return_exceptions=True)
            await asyncio.wait({waiting}, timeout=_STOP_LIMIT)
            waiting.cancel()
        self.race.close()
        self.race = None

    # Layout

    def on_resize(self) -> None:
        """There may be room for more lanes, or for fewer."""
        self.call_after_refresh(self._arrange)

    def _arrange(self) -> None:
        """As many lanes side by side and one above the other as can be read; else the one that has the keys."""
        count = len(self.lanes)
        if not count:
            return
        columns = max(1, min(count, self.size.width // _NARROWEST))
        columns = 2 if count == 4 and columns == 3 else columns
        rows = -(-count // columns)
        height = max(self._grid.size.height, 1)
        is_alone = height // rows < _LOWEST
        self._grid.styles.grid_size_columns = 1 if is_alone else columns
        for number, lane in enumerate(self.lanes):
            lane.set_class(is_alone and number != self._chosen, "-away")
            lane.set_class((height if is_alone else height // rows) < _BOTH, "-one-part")

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Answers to a tool that asks go before everything; Enter opens a call where the steps have the keys."""
        if self._approval is not None and self._approval.has_focus_within and action != "leave":
            return False
        if action == "keep" and isinstance(self.focused, ToolTree):
            return False
        return super().check_action(action, parameters)

    def key_comes(self, key: str, time: float) -> None:
        """Called before any key is acted on, so that what is typed decides nothing by accident."""
        if self._approval is not None:
            self._approval.key_comes(key, time)

    def action_next_lane(self, direction: int) -> None:
        """Give the keys to another model."""
        if self._approval is not None and not self._approval.has_focus_within:
            self._approval.focus()
        elif self.lanes:
            self._chosen = (self._chosen + direction) % len(self.lanes)
            self._arrange()
            self._tell_keys()
            self.call_after_refresh(self.lanes[self._chosen].focus_target.focus)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """The mouse may choose a lane too."""
        for number, lane in enumerate(self.lanes):
            if lane in event.widget.ancestors:
                self._chosen = number
        self._tell_keys()

    def action_toggle_steps(self) -> None:
        """Where there is room for one of them, show the steps instead of the text; else go from one to the other."""
        if not self.lanes:
            return
        lane = self.lanes[self._chosen]
        if lane.has_class("-one-part"):
            shown = not lane.has_class("-steps")
            for one in self.lanes:
                one.set_class(shown, "-steps")
            self.call_after_refresh(lane.focus_target.focus)
        else:
            (lane.message_log if lane.tool_tree.has_focus else lane.tool_tree).focus()

    def action_cancel_lane(self) -> None:
        """End the turn of the model that has the keys."""
        if self.race is not None and self.lanes:
            self.race.cancel(self.lanes[self._chosen].racer)

    async def action_keep(self) -> None:
        """Go on in the chat with the model that has the keys; the others stay as they are, as its siblings."""
        if not self.lanes:
            return
        racer = self.lanes[self._chosen].racer
        path = racer.session.path
        if racer.turn is None or path is None:
            self._status.notice = "It has said nothing yet that could be kept"
            return
        await self.stop()
        self.post_message(self.Kept(path, racer.model))

    async def action_leave(self) -> None:
        """One thing at a time: back from a question, end what goes on, leave."""
        if self._approval is not None and self._approval.has_focus_within:
            self._approval.escape()
        elif any(lane.racer.run is not None for lane in self.lanes) and self.race is not None:
            self.race.cancel_all()
        else:
            await self.stop()
            self.post_message(self.Left())

    # What tools ask

    def _show_asking(self) -> None:
        """Ask about the call that waits first, or stop asking."""
        call = self.race.asking if self.race is not None else None
        if self._approval is not None and call is not None and self._approval.call is call:
            self._tell_askers()
            return
        if self._approval is not None:
            self._approval.remove()
            self._approval = None
            self.lanes[self._chosen].focus_target.focus()
        if call is not None and self.race is not None:
            self._approval = (
                QuestionBar(call, self.race.asked_schema, glyphs=self._glyphs, keys=self._keys)
                if call.is_question
                else ApprovalBar(call, glyphs=self._glyphs, keys=self._keys)
            )
            self._tell_askers()
            self.mount(self._approval, after=self._grid)
            self.call_after_refresh(self._approval.focus)

    def _tell_askers(self) -> None:
        """Say whose question it is; others may have come to ask the same."""
        if self._approval is not None and self.race is not None:
            self._approval.tell_askers(", ".join(racer.name for racer in self.race.askers))

    def on_approval_bar_decided(self, message: ApprovalBar.Decided) -> None:
        """The user answered for all that ask alike."""
        if self.race is None or (call := self.race.asking) is None:
            return
        if message.drops:
            for racer in self.race.racers:
                racer.engine.permissions = racer.engine.permissions.passing(call.stopped_at)
        if message.answer == "always":
            self._always(self.race, call)
        else:
            self.race.decide(
                Decision(
                    message.answer,
                    message.reason,
                    arguments=message.arguments,
                    result=message.result,
                    drops=message.drops,
                )
            )

    @work(group="decide")
    async def _always(self, race: Race, call: ToolCall) -> None:
        """Write a rule, so that it is one; where it cannot be written, the tool is allowed for the race."""
        rule, decision = Rule.of_tool(call.name), Decision("session")
        try:
            await in_thread(add_rule, self._settings.file.path, "allow", rule.text)
        except SettingsError as error:
            self._status.notice = f"Allowed for this race only: {error}"
        else:
            decision = Decision("always", rule=rule.text)
            for racer in race.racers:
                racer.engine.permissions = racer.engine.permissions.allowing([rule])
        if race.asking is call:
            race.decide(decision)

    @work(group="arguments", exclusive=True)
    async def on_approval_bar_edit_requested(self, message: ApprovalBar.EditRequested) -> None:
        """The arguments are to be edited before the tools run."""
        call = message.call
        if self.race is None or self.race.asking is not call:
            return
        screen = ArgumentsScreen(call, call.arguments, self.race.asked_schema, self._keys)
        arguments = await self.app.push_screen_wait(screen)
        if arguments is not None and self.race is not None and self.race.asking is call:
            self.race.decide(Decision("once", arguments=arguments))

    # What the lanes say

    def on_message_log_retry_requested(self) -> None:
        """A turn is to be tried again."""
        self._status.notice = self._keys.fill(
            "A race is run once: {race.keep} goes on in the chat, which can try again"
        )

    def on_message_log_copy_requested(self, message: "MessageLog.CopyRequested") -> None:
        """A message or a code block is to be copied."""
        self.post_message(PanesScreen.CopyRequested(message.text, message.what))

    def on_tool_tree_copy_requested(self, message: ToolTree.CopyRequested) -> None:
        """A row of the steps is to be copied."""
        self.post_message(PanesScreen.CopyRequested(message.text, message.what))

    def on_tool_tree_call_selected(self, message: ToolTree.CallSelected) -> None:
        """A call is to be shown whole."""
        self.app.push_screen(CallScreen(message.call, message.run, self._keys))

    def palette_widgets(self) -> Iterator[Widget]:
        """The widgets whose keys the palette offers, besides the screen's own."""
        if self.lanes:
            lane = self.lanes[self._chosen]
            yield from (lane.message_log, lane.tool_tree)


def _plain(text: str) -> str:
    """Text for a border, where brackets would be taken for markup."""
    return flat(text).replace("[", r"\[")
