"""Asks whether a tool may run: its name, its arguments, three answers. Knows one call and no run.

A key that was meant for the prompt must never count as a yes, so answers count only once the bar has been seen.
"""

from dataclasses import dataclass
from time import monotonic
from typing import ClassVar, Literal

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from agent.conversation.items import ToolCall
from tui.drawing.calls.arguments import as_json, parse_whole
from tui.drawing.cells import flat, in_line
from tui.drawing.glyphs import UNICODE, Glyphs
from tui.keys import DEFAULT_KEYS, Keys
from tui.widgets.bindings import bindings

__all__ = ["ApprovalBar", "Decision"]

Decision = Literal["once", "session", "denied"]

_ANSWERS: tuple[tuple[str, str, Decision], ...] = (
    ("approval.once", "let it run once", "once"),
    ("approval.session", "let {tool} run in this session", "session"),
    ("approval.never", "no", "denied"),
)


class _Answer(Static):
    """One answer, to be clicked."""

    @dataclass
    class Chosen(Message):
        """It was clicked."""

        decision: Decision

    def __init__(self, key: str, words: str, decision: Decision) -> None:
        super().__init__(Content.assemble((key, "bold"), f" {words}"), classes="approval--answer")
        self._decision: Decision = decision

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.post_message(self.Chosen(self._decision))


class ApprovalBar(Vertical, can_focus=True):
    """A question above the prompt; answered by a key or a click."""

    DEFAULT_CSS = """
    ApprovalBar {
        height: auto;
        border: round $warning;
        padding: 0 1;
        &:focus { border: heavy $warning; }
        .approval--question { color: $text-warning; text-style: bold; }
        .approval--arguments { height: auto; max-height: 8; scrollbar-size-vertical: 1; }
        .approval--answers { height: 1; color: $text-muted; }
        .approval--answer { width: auto; margin-right: 3; }
        &.-armed .approval--answer { color: $foreground; }
        &.-armed .approval--answer:hover { color: $accent; text-style: underline; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings(
        {
            "approval.once": "decide('once')",
            "approval.session": "decide('session')",
            "approval.never": "decide('denied')",
            "approval.up": "scroll_arguments(-1)",
            "approval.down": "scroll_arguments(1)",
        }
    )

    @dataclass
    class Decided(Message):
        """The user answered."""

        call_id: str
        decision: Decision

    def __init__(
        self,
        call: ToolCall,
        *,
        armed_after: float = 0.5,
        glyphs: Glyphs = UNICODE,
        keys: Keys = DEFAULT_KEYS,
        id: str | None = None,
    ) -> None:
        """`armed_after`: seconds from its appearance in which no answer counts."""
        super().__init__(id=id)
        self._call = call
        self._armed_after = armed_after
        self._armed_at = float("inf")
        self._is_decided = False
        self._glyphs = glyphs
        self._keys = keys

    @property
    def call_id(self) -> str:
        """The call that it asks about."""
        return self._call.id

    def compose(self) -> ComposeResult:
        """The question, the arguments, the answers."""
        parsed = parse_whole(self._call.fragments.text)
        arguments = parsed.raw if parsed.raw is not None else as_json(parsed.value)
        question = f"{self._glyphs.waiting} {flat(self._call.name)} asks to run"
        yield Static(Content(question), classes="approval--question")
        with VerticalScroll(classes="approval--arguments", can_focus=False):
            yield Static(Content("no arguments" if parsed.is_empty else in_line(arguments)))
        with Horizontal(classes="approval--answers"):
            for action, words, decision in _ANSWERS:
                key, *others = self._keys.labels(action) or [""]
                answer = words.format(tool=flat(self._call.name))
                yield _Answer(key, f"or {' or '.join(others)}: {answer}" if others else answer, decision)

    def on_mount(self) -> None:
        """Count from now."""
        self._armed_at = monotonic() + self._armed_after
        if self._armed_after > 0:
            self.set_timer(self._armed_after, self._show_armed)
        else:
            self._show_armed()

    def _show_armed(self) -> None:
        self.add_class("-armed")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Until answers count, their keys are not taken: they go where they were meant to."""
        return action != "decide" or self._is_armed

    @property
    def _is_armed(self) -> bool:
        return monotonic() >= self._armed_at

    def action_decide(self, decision: Decision) -> None:
        """Answer, if the bar has been seen long enough and was not answered before."""
        if self._is_armed and not self._is_decided:
            self._is_decided = True
            self.post_message(self.Decided(self._call.id, decision))

    @on(_Answer.Chosen)
    def _take_click(self, event: _Answer.Chosen) -> None:
        event.stop()
        self.action_decide(event.decision)

    def action_scroll_arguments(self, by: int) -> None:
        """Scroll the arguments by lines."""
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)
