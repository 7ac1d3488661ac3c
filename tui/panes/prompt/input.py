"""The input: text of any length, sent with Enter. Knows neither what happens to it nor whether a run is going on."""

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.actions import SkipAction
from textual.binding import BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import TextArea

from agent.text import visible
from tui.terminal.clipboard import cleaned
from tui.widgets.bindings import bindings

__all__ = ["PLACEHOLDER", "Prompt"]

PLACEHOLDER = "Ask anything"


class Prompt(TextArea):
    """Grows with its text from one to eight lines."""

    DEFAULT_CSS = """
    Prompt {
        height: auto;
        min-height: 3;
        max-height: 10;
        border: round $panel;
        background: $background;
        scrollbar-size-vertical: 1;
        &:focus { border: round $accent; }
        & .text-area--cursor-line { background: transparent; }
        & .text-area--placeholder { color: $text-muted; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings(
        {
            "input.send": "send",
            "input.new_line": "new_line",
            "input.quit": "delete_or_quit",
            "input.editor": "edit",
        }
    )

    @dataclass
    class Submitted(Message):
        """Enter was pressed; the text stays where it is until the owner takes it."""

        text: str

    @dataclass
    class EditorRequested(Message):
        """The text is to be edited in the user's own editor."""

        text: str

    class QuitRequested(Message):
        """Ctrl+D in an empty prompt."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(soft_wrap=True, show_line_numbers=False, placeholder=Content(PLACEHOLDER), id=id)
        self.cursor_blink = False  # a blinking cursor costs more than all else while nothing happens
        self.previous: list[str] = []
        """Earlier prompts, the newest last; the owner sets it."""
        self._walked = 0
        """How many prompts the user has gone back."""
        self._draft = ""
        self._sent = ""
        """What Enter was last pressed on."""
        self._blocked: str | None = None

    @property
    def blocked(self) -> str | None:
        """Why nothing can be typed, shown in place of the text; None where it can. The draft is kept."""
        return self._blocked

    @blocked.setter
    def blocked(self, reason: str | None) -> None:
        if reason == self._blocked:
            return
        was_blocked, self._blocked = self._blocked is not None, reason
        self.placeholder = Content(PLACEHOLDER if reason is None else visible(reason))
        self.read_only = reason is not None
        if reason is not None and not was_blocked:
            self._kept_text, self.text = self.text, ""
        elif reason is None:
            self.load_text(self._kept_text)
            self.move_cursor(self.document.end)

    _kept_text = ""
    """The draft while the prompt is blocked."""

    def load_text(self, text: str) -> None:
        """Replace the text; what a terminal would obey is left out."""
        super().load_text(cleaned(text))

    def take(self) -> str:
        """The text that was sent, which is removed; what was typed since stays."""
        text = self.text
        sent = self._sent if self._sent and text.startswith(self._sent) else text
        self._sent = ""
        self._walked = 0
        self.text = text[len(sent) :]
        self.move_cursor(self.document.end)
        return sent

    # Keys

    async def _on_key(self, event: events.Key) -> None:
        if event.is_printable:
            return
        if not await self._run_own_binding(event.key):
            if event.key == "enter":
                event.prevent_default()  # not a line end, whatever it is bound to
            return
        event.stop()
        event.prevent_default()

    async def _run_own_binding(self, key: str) -> bool:
        """Run the prompt's own binding at once, and say whether there was one.

        Textual looks for bindings only when a key has gone up to the app; what was typed in the meantime would be
        inserted before the key did its work.
        """
        active = self.screen.active_bindings.get(key)
        if active is None or active.node is not self or active.binding.priority:
            return False
        return await self.app.run_action(active.binding.action, self)

    async def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        if not self.read_only:
            self.replace(cleaned(event.text), *self.selection, maintain_selection_offset=False)
            self.scroll_cursor_visible()

    def action_send(self) -> None:
        """Post the text, if there is any."""
        if not self.read_only and self.text.strip():
            self._sent = self.text
            self.move_cursor(self.document.end)  # what is typed before the owner takes the text comes after it
            self.post_message(self.Submitted(self.text))

    def action_new_line(self) -> None:
        """Begin a new line."""
        if not self.read_only:
            self.replace("\n", *self.selection, maintain_selection_offset=False)
            self.scroll_cursor_visible()

    def action_delete_or_quit(self) -> None:
        """Delete to the right; quit where there is nothing."""
        if self.text:
            self.action_delete_right()
        else:
            self.post_message(self.QuitRequested())

    def action_edit(self) -> None:
        """Ask for the editor."""
        if not self.read_only:
            self.post_message(self.EditorRequested(self.text))

    def action_cursor_up(self, select: bool = False) -> None:
        """A line up; at the first line to the prompt before."""
        at_edge = self.navigator.is_first_wrapped_line(self.cursor_location)
        if select or not at_edge or not self._walk(1):
            super().action_cursor_up(select)

    def action_cursor_down(self, select: bool = False) -> None:
        """A line down; at the last line to the prompt after, at last to the draft."""
        at_edge = self.navigator.is_last_wrapped_line(self.cursor_location)
        if select or not at_edge or not self._walk(-1):
            super().action_cursor_down(select)

    def action_cursor_page_up(self) -> None:
        """Not the prompt's: eight lines need no pages."""
        raise SkipAction

    def action_cursor_page_down(self) -> None:
        """Not the prompt's either."""
        raise SkipAction

    def _walk(self, by: int) -> bool:
        """Go this many prompts back; whether there was one."""
        walked = self._walked + by
        if self.read_only or not 0 <= walked <= len(self.previous):
            return False
        if self._walked == 0:
            self._draft = self.text
        self._walked = walked
        self.load_text(self.previous[-walked] if walked else self._draft)
        # The edge the user came from, so that the same key walks on.
        self.move_cursor((0, len(self.document[0])) if by > 0 else self.document.end)
        return True
