"""Asks whether a tool may run: its name, its arguments, the answers. Knows one call and no run.

Typing can never decide: `Grace` says which keys count, and whether the bar is seen is found out when a key comes.
"""

from dataclasses import dataclass
from time import monotonic
from typing import ClassVar, Literal

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.geometry import Region
from textual.message import Message
from textual.style import Style
from textual.timer import Timer
from textual.widgets import Input, Static

from agent.conversation.items import ToolCall
from tui.drawing.calls.arguments import parse_whole
from tui.drawing.calls.plain import plain_arguments
from tui.drawing.cells import flat, in_line
from tui.drawing.glyphs import UNICODE, Glyphs
from tui.key_labels import DEFAULT_KEYS, Keys
from tui.panes.approval.grace import Grace
from tui.terminal.driver import LayoutKey
from tui.widgets.bindings import bindings
from tui.widgets.line_input import LineInput

__all__ = ["Answer", "ApprovalBar"]

Answer = Literal["once", "session", "always", "denied"]

_GAP = "   "
_ACTION = "approval"
"""What a click on an answer means, in the style of its text."""
_WIDE = 100
"""Cells from which there is room for whole sentences."""


class ApprovalBar(Vertical, can_focus=True):
    """A question above the prompt; answered by a key or a click."""

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

    @dataclass
    class EditRequested(Message):
        """The arguments are to be edited before it runs."""

        call: ToolCall

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

    @property
    def call_id(self) -> str:
        """The call that it asks about."""
        return self._call.id

    def compose(self) -> ComposeResult:
        """The question, the arguments, the answers, the reason."""
        self.border_title = Content(f"{self._glyphs.waiting} {flat(self._call.name)} asks to run")
        with VerticalScroll(classes="approval--arguments", can_focus=False):
            yield Static(self._arguments())
        yield Static(classes="approval--answers")
        with Horizontal(classes="approval--reason"):
            yield Static("No, because: ")
            yield LineInput(placeholder="Enter tells it to the model, Esc goes back")

    def _arguments(self) -> Content:
        parsed = parse_whole(self._call.fragments.text)
        if parsed.is_empty or parsed.value == {}:
            return Content("no arguments")
        if parsed.raw is not None:
            return Content(in_line(parsed.raw))
        colours = {"key": "$text-accent", "quiet": "$text-muted"}
        lines = plain_arguments(parsed.value, self._glyphs.bar)
        return Content("\n").join(
            Content.assemble(*((span.text, colours.get(span.role, "")) for span in line)) for line in lines
        )

    def on_mount(self) -> None:
        """Count from the frame in which it is seen."""
        self.call_after_refresh(self.look)

    def on_resize(self) -> None:
        """Its place is another."""
        self.query_one(".approval--answers", Static).update(self._answers())
        self.call_after_refresh(self.look)

    def _answers(self) -> Content:
        """Each key with its words, to be clicked, in as many lines as that takes."""
        tool = flat(self._call.name)
        is_wide = self.size.width >= _WIDE
        words = {
            "approval.once": ("let it run once", "let it run once", "once"),
            "approval.session": (f"let {tool} run in this session", "session", "session"),
            "approval.always": (f"always allow {tool}", "always", "always"),
            "approval.edit": ("edit", "edit", "edit"),
            "approval.never": ("no", "no", "denied"),
            "approval.reason": ("no, and why", "why not", "reason"),
        }
        lines = [Content()]
        for action_id, (long, short, action) in words.items():
            key = next(iter(self._keys.labels(action_id)), "")
            click = Style.from_meta({_ACTION: action})
            answer = Content.assemble((key, Style(bold=True) + click), (f" {long if is_wide else short}", click))
            if lines[-1] and lines[-1].cell_length + len(_GAP) + answer.cell_length > self.size.width - 2:
                lines.append(answer)
            else:
                lines[-1] = Content.assemble(lines[-1], _GAP if lines[-1] else "", answer)
        return Content("\n").join(lines)

    # When an answer counts

    def look(self) -> None:
        """Find out whether it can be seen now; to be called whenever what is shown may have changed."""
        self._grace.see(monotonic(), is_seen=self.is_mounted and self._is_seen())
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
        self._may_decide = self._grace.take(event.key, event.time, is_seen=self._is_seen())
        try:
            bindings = self.screen.active_bindings
            for key in (event.key, event.latin) if isinstance(event, LayoutKey) else (event.key,):
                active = bindings.get(key)
                if active is not None and active.node is self and not active.binding.priority:
                    event.stop()
                    event.prevent_default()
                    await self.app.run_action(active.binding.action, self)
                    return
        finally:
            self._may_decide = False

    def on_click(self, event: events.Click) -> None:
        """A click is an answer as a key is, where it came late enough."""
        action = event.style.meta.get(_ACTION)
        if isinstance(action, str) and event.time >= self._grace.counts_from and self._is_seen():
            self._do(action)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Until answers count, their keys are not taken: they go where they were meant to."""
        if action in ("decide", "edit", "reason"):
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

    def escape(self) -> None:
        """Esc was pressed: back from the reason, else no, if it came late enough."""
        if self.has_class("-denying"):
            self.remove_class("-denying")
            self.screen.set_focus(self)  # at once: the next key may come already
        elif self._may_escape:
            self._do("denied")

    def _do(self, what: str) -> None:
        match what:
            case "once" | "session" | "always" | "denied":
                self._decide(what)
            case "edit":
                self.post_message(self.EditRequested(self._call))
            case _:
                self.add_class("-denying")
                self.screen.set_focus(self.query_one(LineInput))

    def _decide(self, answer: Answer, reason: str = "") -> None:
        if not self._is_decided:
            self._is_decided = True
            self.post_message(self.Decided(self._call.id, answer, reason))

    @on(Input.Submitted)
    def _take_reason(self, event: Input.Submitted) -> None:
        event.stop()
        self._decide("denied", event.value.strip())

    def action_scroll_arguments(self, by: int) -> None:
        """Scroll the arguments by lines."""
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)
