"""Events in, pictures out: the only module that knows both.

It folds events into the conversation and has the widgets that show it paint what changed, at most once a frame. Live
runs, sessions that another instance writes and saved ones all come through `consume`; nothing else paints.
"""

import asyncio
from collections.abc import AsyncIterable, Callable, Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from agent.conversation.items import ToolCall
from agent.conversation.reducer import Conversation
from agent.conversation.run import Run
from agent.events.types import Event

if TYPE_CHECKING:
    from agent.conversation.prices import Price
    from tui.panes.history.sidebar import History
    from tui.panes.log.log import MessageLog
    from tui.panes.status.bar import StatusBar
    from tui.panes.steps.tree import ToolTree

__all__ = ["FIGURES", "FRAME", "Beat", "Pictures", "Presenter"]

FRAME = 1 / 30
"""Seconds between two paints."""
FIGURES = 1 / 8
"""Seconds between two paints of running figures: nobody reads counts and times that change faster."""


class Pictures(Protocol):
    """The widgets that show a conversation."""

    @property
    def message_log(self) -> "MessageLog": ...

    @property
    def tool_tree(self) -> "ToolTree": ...

    @property
    def history(self) -> "History | None":
        """None where no turns are listed."""

    @property
    def status(self) -> "StatusBar": ...

    def show_title(self, title: str) -> None:
        """Show the session's title."""

    def show_asking(self, call: ToolCall | None) -> None:
        """Ask the user about a call, or stop asking."""


class Beat:
    """When presenters that are seen together paint: at the same moments, so that the screen is put together once."""

    def __init__(self) -> None:
        self.last = 0.0
        """When one of them painted last, by the loop's clock in seconds."""


class Presenter:
    """Shows one conversation."""

    def __init__(
        self,
        conversation: Conversation,
        pictures: Pictures,
        now: Callable[[], float],
        is_over: Callable[[], bool] = lambda: False,
        beat: Beat | None = None,
    ) -> None:
        """`now` gives the time of what is shown, in milliseconds since the epoch; `is_over` tells whether all there is
        has been folded, so that a run that goes on is one that was cut off. `beat` is shared by those that are seen
        together; None is its own."""
        self.conversation = conversation
        self.own_title = ""
        """What the user called the session; empty where it is called after its first question."""
        self.price: Price | None = None
        """What a run cost, where that can be known."""
        self._costs: dict[str, Decimal | None] = {}
        """Of turns that are over, by their ids."""
        self._pictures = pictures
        self._is_shown = True
        self._now = now
        self._is_over = is_over
        self._inserted = conversation.inserted
        """How many turns were put between others, as the pictures show them."""
        self._changed: dict[str, Run] = {}
        """Runs that are newer than their pictures, by id."""
        self._paint_due: asyncio.TimerHandle | None = None
        self._beat = beat or Beat()
        self._last_figures = 0.0

    def swap(self, conversation: Conversation) -> None:
        """Show another state of the same conversation, at another moment; what is the same is kept as it is."""
        self.conversation = conversation
        self._inserted = conversation.inserted
        self._changed.clear()
        self._mark_cut()
        self._changed.clear()
        runs = conversation.runs
        self._pictures.tool_tree.now = self._now()
        self._pictures.message_log.swap(runs)
        self._pictures.tool_tree.swap(runs)
        self._pictures.show_title(self.title)
        self._pictures.show_asking(runs[-1].asking if runs else None)
        self._paint_last(runs[-1] if runs else None)

    def take(self, events: Iterable[Event]) -> None:
        """Fold events that are all there and paint what they change, figures too, now."""
        self._fold(events)
        self.settle()

    def settle(self) -> None:
        """Paint all that has changed and every figure as it is at this moment."""
        self._last_figures = -FIGURES
        self.paint()
        runs = self.conversation.runs
        self._pictures.tool_tree.now = self._now()
        self._paint_last(runs[-1] if runs else None)

    @property
    def title(self) -> str:
        """What the session is called."""
        return self.own_title or self.conversation.title

    def show(self) -> None:
        """Paint the whole conversation anew, and from now on what changes in it."""
        self._is_shown = True
        self._mark_cut()
        self._inserted = self.conversation.inserted
        runs = self.conversation.runs
        self._pictures.message_log.show(runs)
        self._pictures.tool_tree.show(runs)
        if self._pictures.history is not None:
            self._pictures.history.show(self.title, runs)
        self._pictures.show_title(self.title)
        self._pictures.show_asking(runs[-1].asking if runs else None)
        self._paint_last(runs[-1] if runs else None)

    def detach(self) -> None:
        """Paint no more until `show`: the widgets show something else. Events are still folded."""
        self.paint()
        self._is_shown = False

    async def consume(self, source: AsyncIterable[Event]) -> None:
        """Fold the events of `source` and paint what they change, until it ends."""
        try:
            async for event in source:
                if self._fold((event,)):
                    self._request_paint()
        finally:
            self.paint()

    def _fold(self, events: Iterable[Event]) -> bool:
        """Fold; whether that changed anything that is shown."""
        changed = {run.id: run for run in self.conversation.apply_all(events)}
        self._changed |= changed
        return bool(changed)

    def _mark_cut(self) -> None:
        """Note whether the run that goes on never ends."""
        run, is_over = self.conversation.open_run, self._is_over()
        if run is not None and run.is_cut_off != is_over:
            run.is_cut_off = is_over
            run.version += 1
            self._changed[run.id] = run

    def _rearrange(self) -> None:
        """Turns have come between others: show all in their places."""
        if self._inserted == self.conversation.inserted:
            return
        self._inserted = self.conversation.inserted
        runs = self.conversation.runs
        self._pictures.message_log.swap(runs)
        self._pictures.tool_tree.swap(runs)
        if self._pictures.history is not None:
            self._pictures.history.show(self.title, runs)

    def tick(self) -> None:
        """Let running figures move on with the time."""
        if (run := self.conversation.open_run) is not None:
            self._changed[run.id] = run
            self.paint()

    def paint(self) -> None:
        """Paint all that has changed, now."""
        if not self._is_shown:
            self._changed.clear()
            return
        if self._paint_due is not None:
            self._paint_due.cancel()
            self._paint_due = None
        now = asyncio.get_running_loop().time()
        # What is painted close behind another's paint was due with it.
        if now - self._beat.last >= FRAME / 2:
            self._beat.last = now
        self._mark_cut()
        self._rearrange()
        figures_due = now - self._last_figures >= FIGURES
        changed, self._changed = self._changed, {}
        for run in changed.values():
            if figures_due or not run.is_open:
                self._last_figures = now
                self._pictures.tool_tree.now = self._now()
                self._paint_last(run)
            self._pictures.message_log.update_run(run)
            self._pictures.tool_tree.update_run(run)
            if self._pictures.history is not None:
                self._pictures.history.update_run(run)
            self._pictures.show_asking(run.asking)

    def _session_cost(self) -> Decimal | None:
        """What all turns cost; None where that is not known of one of them. Turns that are over are priced once."""
        if self.price is None:
            return None
        total = Decimal(0)
        for run in self.conversation.runs:
            if run.is_open or run.id not in self._costs:
                self._costs[run.id] = self.price(run)
            cost = self._costs[run.id]
            if cost is None and run.usage:
                return None
            total += cost or 0
        return total

    def _paint_last(self, run: Run | None) -> None:
        """Paint what shows the newest run only."""
        self._pictures.status.cost = self.price(run) if run is not None and self.price is not None else None
        self._pictures.status.session_cost = self._session_cost()
        self._pictures.status.update_run(run, self._now())
        if run is not None and len(self.conversation.runs) == 1:
            self._pictures.show_title(self.title)

    def _request_paint(self) -> None:
        """Paint at once where the last paint is a frame ago, else when it will be."""
        if self._paint_due is not None or not self._is_shown:
            return
        loop = asyncio.get_running_loop()
        wait = self._beat.last + FRAME - loop.time()
        # Even a paint that is due is put off to the next turn of the loop, so that events that come together are
        # painted together.
        self._paint_due = loop.call_later(max(wait, 0.0), self.paint)
