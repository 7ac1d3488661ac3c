"""The input: text of any length, sent with Enter. Knows neither what happens to it nor whether a run is going on."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.actions import SkipAction
from textual.binding import BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets.text_area import Selection

from agent.text import visible
from tui.drawing.lines import word_span
from tui.panes.prompt.recall import Recall
from tui.terminal.clipboard import cleaned
from tui.widgets.bindings import bindings, run_own_binding
from tui.widgets.text_area import LongTextArea

__all__ = ["PLACEHOLDER", "Prompt"]

PLACEHOLDER = "Ask anything"


_FILE = re.compile(r'(?:^|[\s(])@(?:"[^"]*|[^\s"]*)$')
"""The name of a file that is being written."""


class Prompt(LongTextArea):
    """Grows with its text from one to eight lines.

    One thing: the text that is being written, and what each key does to it. Earlier prompts are held by `Recall`.
    """

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
            "input.steer": "steer",
            "input.complete": "complete",
            "input.undo": "undo",
            "input.search": "search_prompts",
            "input.word_left": "cursor_word_left",
            "input.word_right": "cursor_word_right",
            "input.delete_word": "delete_word_right",
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

    class TakeBackRequested(Message):
        """Up in an empty prompt behind which something waits."""

    class DropRequested(Message):
        """Delete in an empty prompt behind which something waits."""

    @dataclass
    class CompletionRequested(Message):
        """The name of a file is to be completed."""

        before: str
        """All that stands before the cursor."""

    class SteerRequested(Message):
        """The text, or what waits, is to be said at once."""

    class SearchRequested(Message):
        """An earlier prompt is to be found by its words."""

    class QuitRequested(Message):
        """Ctrl+D in an empty prompt."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(placeholder=Content(PLACEHOLDER), id=id)
        self.has_waiting = False
        """Whether something waits to be sent; the owner sets this and the next."""
        self.sends_waiting = False
        """Whether Enter in an empty prompt sends what waits."""
        self._previous: Sequence[str] = ()
        self._recall = Recall()
        self._sent = ""
        """What Enter was last pressed on."""
        self._blocked: str | None = None

    @property
    def previous(self) -> Sequence[str]:
        """Earlier prompts, the newest last; the owner sets it. Who walked through others starts anew."""
        return self._previous

    @previous.setter
    def previous(self, prompts: Sequence[str]) -> None:
        if list(prompts[: len(self._previous)]) == list(self._previous):
            self._recall.grow(prompts)
        elif list(prompts[-len(self._previous) :]) == list(self._previous):
            self._recall.lengthen(prompts)
        else:
            self._recall = Recall(prompts)
        self._previous = prompts

    @property
    def draft(self) -> str:
        """What the user is writing, also while he looks at an earlier prompt, or nothing can be typed."""
        if self._blocked is not None:
            return self._kept_text
        return self._recall.draft if self._recall.is_walking else self.text

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
        """The text that was sent, which is removed; what was typed since stays.

        Where it was an earlier prompt, what was being written comes back.
        """
        text = self.text
        sent = self._sent if self._sent and text.startswith(self._sent) else text
        self._sent = ""
        draft = self._recall.leave() if self._recall.is_walking else ""
        self.text = text[len(sent) :] or draft
        self.move_cursor(self.document.end)
        return sent

    def escape(self) -> bool:
        """Back from an earlier prompt to what was being written, else remove that; whether there was anything.

        What was removed comes back by the key that undoes.
        """
        if self._recall.is_walking:
            self.load_text(self._recall.leave())
            self.move_cursor(self.document.end)
            return True
        had_text = bool(self.text)
        self.clear()
        return had_text

    # Keys

    async def _on_key(self, event: events.Key) -> None:
        if event.is_printable:
            return
        if not await run_own_binding(self, event.key):
            if event.key == "enter":
                event.prevent_default()  # not a line end, whatever it is bound to
            return
        event.stop()
        event.prevent_default()

    async def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        self.paste(event.text)

    def paste(self, text: str) -> None:
        """Put a text where the cursor is; what a terminal would obey is left out."""
        if not self.read_only:
            self.replace(cleaned(text), *self.selection, maintain_selection_offset=False)
            self.scroll_cursor_visible()

    def action_send(self) -> None:
        """Post the text, if there is any."""
        if not self.read_only and (self.text.strip() or self.sends_waiting):
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

    def recall(self, prompt: str) -> None:
        """Show an earlier prompt; what is being written comes back as from any other."""
        if not self.read_only:
            self._recall.go_to(prompt, self.text)
            self.load_text(prompt)
            self.move_cursor(self.document.end)

    def action_search_prompts(self) -> None:
        """Ask for the search."""
        self.post_message(self.SearchRequested())

    def action_edit(self) -> None:
        """Ask for the editor."""
        if not self.read_only:
            self.post_message(self.EditorRequested(self.text))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The key that completes walks on where there is nothing to complete."""
        return self._names_file() if action == "complete" else super().check_action(action, parameters)

    def _names_file(self) -> bool:
        """Whether the cursor stands at the end of the name of a file."""
        row, column = self.cursor_location
        return not self.read_only and _FILE.search(self.document[row][:column]) is not None

    def action_complete(self) -> None:
        """Ask for the rest of the name."""
        self.post_message(self.CompletionRequested(self.text_before_cursor))

    @property
    def text_before_cursor(self) -> str:
        """The line of the cursor up to it."""
        row, column = self.cursor_location
        return self.document[row][:column]

    def action_steer(self) -> None:
        """Have the text, or what waits, said at once."""
        if not self.read_only:
            self._sent = self.text
            self.post_message(self.SteerRequested())

    def action_delete_right(self) -> None:
        """Delete to the right; drop what waits where there is nothing."""
        if self.has_waiting and not self.text:
            self.post_message(self.DropRequested())
        else:
            super().action_delete_right()

    def action_cursor_up(self, select: bool = False) -> None:
        """A line up; at the first line to the prompt before; out of nothing to what waits."""
        if self.has_waiting and not self.text and not select:
            self.post_message(self.TakeBackRequested())
            return
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
        if self.read_only or (text := self._recall.step(by, self.text)) is None:
            return False
        self.load_text(text)
        # The edge the user came from, so that the same key walks on.
        self.move_cursor((0, len(self.document[0])) if by > 0 else self.document.end)
        return True

    # The mouse

    async def _on_click(self, event: events.Click) -> None:
        """Twice takes a word, three times a line."""
        row, column = self.cursor_location
        if event.chain == 2:
            start, end = word_span(self.document[row], column)
            self.selection = Selection((row, start), (row, end))
        elif event.chain > 2:
            self.select_line(row)
