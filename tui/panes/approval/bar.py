"""Asks whether a tool may run: its name, its arguments, the answers. Knows one call and no run.

Typing can never decide: `Grace` says which keys count, whether the bar is seen is found out when a key comes, and an
answer that is a letter waits for a moment: if another key comes behind it, it was the first letter of a word.
"""

from dataclasses import dataclass
from time import monotonic
from typing import Any, ClassVar, Literal

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.geometry import Region
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input, Static

from agent.conversation.items import ToolCall
from tui.drawing.cells import flat
from tui.drawing.glyphs import UNICODE, Glyphs
from tui.key_labels import DEFAULT_KEYS, Keys
from tui.panes.approval import question
from tui.panes.approval.grace import Grace
from tui.terminal.driver import LayoutKey
from tui.widgets.bindings import bindings
from tui.widgets.line_input import LineInput

__all__ = ["Answer", "ApprovalBar"]

Answer = Literal["once", "session", "always", "denied", "dismissed"]

_SHARE = 60
"""Percent of the screen's height that it may take."""
_FRAME = 2
"""Lines of its border."""
_MOST_LINES = 8
"""Lines of arguments that are seen at once at most, where half of the screen does not hold more."""
_PULSE = 0.1
"""Seconds between two looks whether the program runs, while it asks."""
_ANSWERS = ("decide", "edit", "reason", "result", "drop", "say")
"""Actions that have to be meant."""


@dataclass(frozen=True)
class _Held:
    """An answer that counts if nothing is typed right behind it."""

    action: str
    letter: str
    key_time: float
    """When its key came, in seconds."""


class ApprovalBar(Vertical, can_focus=True):
    """A question above the prompt; answered by a key or a click.

    One thing: it takes the answer, as soon as the question can have been read. What it says is drawn by `form`.
    """

    DEFAULT_CSS = """
    ApprovalBar {
        height: auto;
        max-height: 60%;
        border: round $warning;
        border-title-color: $text-warning;
        padding: 0 1;
        &:focus-within, &:focus { border: heavy $warning; }
        .approval--arguments { height: auto; max-height: 8; scrollbar-size-vertical: 1; }
        .approval--answers { height: auto; color: $text-muted; }
        &.-armed .approval--answers { color: $foreground; }
        .approval--reason { height: auto; display: none; }
        .approval--reason Static { width: auto; }
        &.-denying .approval--reason { display: block; }
        &.-denying .approval--answers { display: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings(
        {
            "approval.once": "decide('once')",
            "approval.session": "decide('session')",
            "approval.always": "decide('always')",
            "approval.edit": "edit",
            "approval.never": "decide('denied')",
            "approval.reason": "reason",
            "approval.result": "result",
            "approval.drop": "drop",
            "approval.up": "scroll_arguments(-1)",
            "approval.down": "scroll_arguments(1)",
            "approval.page_up": "scroll_arguments(-8)",
            "approval.page_down": "scroll_arguments(8)",
        }
    )

    @dataclass
    class Decided(Message):
        """The user answered."""

        call_id: str
        answer: Answer
        reason: str = ""
        """Why not, in the user's words."""
        result: str | None = None
        """What the model is told in the tool's place, which does not run."""
        drops: bool = False
        """Whether its breakpoint is to be gone."""
        arguments: dict[str, Any] | None = None
        """What it is to have instead of its arguments: the answer, where it asks something else than to run."""

    @dataclass
    class EditRequested(Message):
        """The arguments are to be edited before it runs."""

        call: ToolCall

    @dataclass
    class Typed(Message):
        """What could have been an answer was the beginning of what is being typed."""

        text: str

    def __init__(
        self,
        call: ToolCall,
        *,
        grace: Grace | None = None,
        glyphs: Glyphs = UNICODE,
        keys: Keys = DEFAULT_KEYS,
        id: str | None = None,
    ) -> None:
        """`grace` judges which keys count."""
        super().__init__(id=id)
        self._call = call
        self._grace = grace or Grace()
        self._may_decide = False
        """Whether the key that is being acted on counts."""
        self._may_escape = False
        self._is_decided = False
        self._glyphs = glyphs
        self._keys = keys
        self._arming: Timer | None = None
        self._held: _Held | None = None
        self._askers = ""
        self._divided = 0
        """The height of the screen that its lines were divided by."""
        self._is_answering = False
        """Whether what is typed is a result, and no reason."""

    @property
    def call(self) -> ToolCall:
        """What it asks about."""
        return self._call

    @property
    def call_id(self) -> str:
        """The call that it asks about."""
        return self._call.id

    # What is asked

    on_escape: ClassVar[Answer] = "denied"
    """What Esc answers."""

    def title(self) -> str:
        """Who asks what."""
        stop = self._call.stopped_at
        return f"{flat(self._call.name)} {'asks to run' if stop is None else f'stops at {flat(stop)}'}"

    def asked(self) -> Content:
        """What there is to read before an answer, not wrapped."""
        return question.arguments(self._call, self._glyphs)

    def answers(self, width: int) -> Content:
        """The answers and their keys, in lines of `width` cells."""
        is_stopped = self._call.stopped_at is not None
        return question.answers(self._call.name, self._keys, width, is_stopped=is_stopped)

    def compose(self) -> ComposeResult:
        """The question, the arguments, the answers, the reason."""
        self.border_title = Content(f"{self._glyphs.waiting} {self.title()}")
        with VerticalScroll(classes="approval--arguments", can_focus=False):
            yield Static(self.asked())
        yield Static(classes="approval--answers")
        with Horizontal(classes="approval--reason"):
            yield Static()
            yield LineInput(placeholder="Enter tells it to the model, Esc goes back")

    def on_mount(self) -> None:
        """Count from the frame in which it is seen."""
        for arguments in self.query(VerticalScroll):  # none where it goes before it is composed
            for what in ("scroll_y", "virtual_size"):
                self.watch(arguments, what, self._tell_unseen, init=False)
        self.call_after_refresh(self.look)
        self.set_interval(_PULSE, self._pulse)

    def on_resize(self) -> None:
        """Its place is another."""
        self._divide()

    def _divide(self) -> None:
        """The answers are seen whole, the arguments in what room is left, where they scroll."""
        if not self.query(VerticalScroll):
            return  # it goes
        answers = self.answers(self.size.width)
        self.query_one(".approval--answers", Static).update(answers)
        self._divided = self.screen.size.height
        rest = _FRAME + len(answers.split("\n"))
        room = max(min(_MOST_LINES, self._divided * _SHARE // 100 - rest), self._divided // 2 - rest)
        self.query_one(VerticalScroll).styles.max_height = max(1, room)
        self.call_after_refresh(self.look)
        self.call_after_refresh(self._tell_unseen)

    @property
    def key_hint(self) -> str:
        """The keys that answer, by their actions, in the words that stand in it."""
        return question.hint(is_stopped=self.call.stopped_at is not None)

    def tell_askers(self, names: str) -> None:
        """Say on its border who asks, where that is not plain."""
        self._askers = names
        self._tell_unseen()

    def _tell_unseen(self) -> None:
        """Say on its border how much of the arguments is not seen, and how to see it."""
        words = ""
        for arguments in self.query(VerticalScroll):  # none before it is composed, and none when it goes
            above = round(arguments.scroll_y)
            words = question.unseen(above, arguments.max_scroll_y - above, self._keys)
        self.border_subtitle = Content("  ".join(filter(None, (flat(self._askers), words))))

    # When an answer counts

    def _pulse(self) -> None:
        """The program runs, and where all is drawn by now, the question may be seen since."""
        self._grace.runs(monotonic())
        if self._divided and self.is_attached and self.screen.size.height != self._divided:
            self._divide()  # a screen that grows resizes nothing that is as high as it may be
        self.look()

    def look(self) -> None:
        """Find out whether it can be seen now; to be called whenever what is shown may have changed."""
        is_seen = self.is_attached and self._is_seen()
        if not is_seen:
            self._give_back()
        self._grace.see(monotonic(), is_seen=is_seen)
        self._show_armed()

    def _is_seen(self) -> bool:
        """Whether question and answers are on the screen whole, and nothing lies over them."""
        screen = self.screen
        if self.app.screen is not screen or not self.display or self._is_decided:
            return False
        answers = self.query_one(".approval--answers")
        for region in (Region(self.region.x + 2, self.region.y, 1, 1), answers.region):
            if not region or not screen.region.contains_region(region):
                return False
            widget, _ = screen.get_widget_at(region.x, region.y)
            if self not in widget.ancestors_with_self:
                return False
        return True

    def key_comes(self, key: str, time: float) -> None:
        """Called before any key or paste is acted on, wherever it goes, with its moment (seconds, monotonic)."""
        counts = self._grace.take(key, time, is_seen=self._is_seen())
        if self._held is not None and not self._grace.is_latest(self._held.key_time):
            self._give_back()
        if key == "escape":
            self._may_escape = counts
        self._show_armed()

    def _show_armed(self) -> None:
        """Light the answers up while they count."""
        if self._arming is not None:
            self._arming.stop()
            self._arming = None
        wait = self._grace.counts_from - monotonic()
        self.set_class(wait <= 0, "-armed")
        if 0 < wait < float("inf"):
            self._arming = self.set_timer(wait, self._show_armed)

    async def _on_key(self, event: events.Key) -> None:
        """Run the bar's own binding at once, by what was found when this very key came.

        Textual looks for bindings only when a key has gone up to the app, and by then another key has come. A key that
        does not count goes where it was meant to.
        """
        counts = self._grace.take(event.key, event.time, is_seen=self._is_seen())
        self._may_decide = counts and (not event.is_printable or self._grace.is_latest(event.time))
        try:
            bindings = self.screen.active_bindings
            for key in (event.key, event.latin) if isinstance(event, LayoutKey) else (event.key,):
                active = bindings.get(key)
                if active is not None and active.node is self and not active.binding.priority:
                    event.stop()
                    event.prevent_default()
                    action = active.binding.action
                    if event.is_printable and action.startswith(_ANSWERS) and self._grace.held_for:
                        self._hold(_Held(action, event.character or "", event.time))
                    else:
                        await self.app.run_action(action, self)
                    return
        finally:
            self._may_decide = False

    def _hold(self, held: _Held) -> None:
        """Wait whether it was the beginning of what is being typed."""
        self._held = held
        began = monotonic()

        def is_over() -> None:
            if self._held is not held:
                return
            if monotonic() - began > 2 * self._grace.held_for:
                self._hold(held)  # it was held up: keys may have come that were not read yet
            else:
                self.app.call_later(self._do_held, held)  # behind all keys that are on their way

        self.set_timer(self._grace.held_for, is_over)

    async def _do_held(self, held: _Held) -> None:
        """Nothing was typed: do what the key says."""
        if self._held is not held:
            return
        if not self._is_seen():
            self._give_back()
            return
        self._held = None
        self._may_decide = True
        try:
            await self.app.run_action(held.action, self)
        finally:
            self._may_decide = False

    def _give_back(self) -> None:
        """What was held was typing; it comes before what is typed next."""
        held, self._held = self._held, None
        if held is not None and held.letter:
            self.post_message(self.Typed(held.letter))

    def on_click(self, event: events.Click) -> None:
        """A click is an answer as a key is, where it came late enough."""
        action = event.style.meta.get(question.ANSWER)
        if isinstance(action, str) and event.time >= self._grace.counts_from and self._is_seen():
            self._do(action)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Until answers count, their keys are not taken: they go where they were meant to."""
        if action in ("result", "drop") and self._call.stopped_at is None:
            return False
        if action in _ANSWERS:
            return self._may_decide and not self.has_class("-denying")
        return True

    # Answers

    def action_decide(self, answer: Answer) -> None:
        """Answer, if it was not answered before."""
        self._do(answer)

    def action_edit(self) -> None:
        """Have the arguments edited; nothing is decided until they are sent."""
        self._do("edit")

    def action_reason(self) -> None:
        """Ask why not; nothing is decided until the reason is sent."""
        self._do("reason")

    def action_result(self) -> None:
        """Ask for a result in the tool's place; nothing is decided until it is sent."""
        self._do("result")

    def action_drop(self) -> None:
        """Let it run, and the breakpoint be gone."""
        self._do("drop")

    def escape(self) -> None:
        """Esc was pressed: back from the reason, else no, if it came late enough."""
        if self.has_class("-denying"):
            self.remove_class("-denying")
            self.screen.set_focus(self)  # at once: the next key may come already
        elif self._may_escape:
            self._do(self.on_escape)

    def _do(self, what: str) -> None:
        match what:
            case "once" | "session" | "always" | "denied" | "dismissed":
                self._decide(what)
            case "edit":
                self.post_message(self.EditRequested(self._call))
            case "drop":
                self._decide("once", drops=True)
            case _:
                self._is_answering = what == "result"
                self.query_one(".approval--reason Static", Static).update(
                    "Its result: " if self._is_answering else "No, because: "
                )
                self.add_class("-denying")
                self.screen.set_focus(self.query_one(LineInput))

    def _decide(
        self,
        answer: Answer,
        reason: str = "",
        *,
        result: str | None = None,
        drops: bool = False,
        arguments: dict[str, Any] | None = None,
    ) -> None:
        if not self._is_decided:
            self._is_decided = True
            self.post_message(self.Decided(self._call.id, answer, reason, result, drops, arguments))

    @on(Input.Submitted)
    def _take_reason(self, event: Input.Submitted) -> None:
        event.stop()
        if self._is_answering:
            self._decide("once", result=event.value)
        else:
            self._decide("denied", event.value.strip())

    def action_scroll_arguments(self, by: int) -> None:
        """Scroll the arguments by lines."""
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)
