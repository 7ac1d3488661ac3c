"""The keys, in a popup over the chat."""

from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.drawing.glyphs import Glyphs

__all__ = ["KEYS", "HelpScreen"]

KEYS: dict[str, dict[str, str]] = {
    "Everywhere": {
        "Esc": "one thing at a time: close, back to the input, cancel, clear the draft",
        "Ctrl+C": "copy the selection, else cancel the turn, else twice to quit",
        "Ctrl+Q": "quit",
        "Tab, Shift+Tab": "walk the panes",
        "Ctrl+N": "new chat",
        "Ctrl+B or F9": "to the history; there, hide it",
        "Ctrl+T": "to the steps; there, hide them",
        "Ctrl+R": "search all sessions",
        "Ctrl+F": "find in this session: Enter or Down next, Up previous, Esc closes",
        "PageUp, PageDown": "scroll the conversation",
        "Ctrl+Home": "its start",
        "Ctrl+End": "its end, and follow what comes",
        "Alt+Up, Alt+Down": "previous, next message or call (Ctrl+Up, Ctrl+Down too)",
        "Ctrl+O": "fold or unfold all steps",
        "Ctrl+P": "every action, by name",
        "F1": "this help",
    },
    "Input": {
        "Enter": "send",
        "Ctrl+J": "new line (Shift+Enter and Alt+Enter where the terminal reports them)",
        "Up, Down": "earlier prompts, at the first and last line",
        "Ctrl+G": "write in your editor",
        "Ctrl+D": "quit, when empty",
    },
    "Conversation and steps": {
        "y": "copy the message, or the row",
        "Y": "copy the code block",
        "r": "try the last turn again",
        "e": "edit a question and ask it instead, in a branch",
        "f": "mark where the model's fragments begin",
        "Space, Left, Right": "fold and unfold",
        "Up, Down": "move, or scroll",
        "Enter": "in the steps: open the call",
    },
    "History": {
        "Enter": "open the session, or go to the turn",
        "Space, Left, Right": "fold and unfold its turns",
        "/": "search; Up from the first row, too",
        "F2": "name it, in place",
        "p": "pin it, or unpin it",
        "Delete": "delete it; u brings back what was deleted last",
        "R": "replay it",
    },
    "Replay": {
        "Space": "play and pause",
        ", .": "one event back, forward",
        "Left, Right": "five seconds back, forward",
        "[ ]": "slower, faster",
        "p n": "previous, next turn",
        "T t": "previous, next tool call",
        "0 to 9": "to a tenth of the length; Home and End to its ends",
        "i": "show or hide the events; there, Enter goes to one",
        "z": "fold; o opens the call under the cursor",
        "Enter": "go on live from here",
        "Esc": "leave",
    },
    "A tool that asks": {"o": "let it run once", "s": "for this session", "n, Esc": "no"},
}
"""What every key does, by where it does it."""


def _legend(glyphs: Glyphs) -> str:
    """What the signs on a player's track stand for."""
    marks = f"{glyphs.turn_mark} turn  {glyphs.call_mark} tool call"
    spans = {
        glyphs.track_tool: "tool use",
        glyphs.track_reasoning: "reasoning",
        glyphs.track_answer: "answer",
        glyphs.track_idle: "idle",
    }
    return marks + "\n" + "  ".join(f"{sign * 2} {what}" for sign, what in spans.items())


class HelpScreen(ModalScreen[None]):
    """Shows the keys until it is closed."""

    DEFAULT_CSS = """
    HelpScreen {
        align: center middle;

        & > VerticalScroll {
            width: 84;
            max-width: 96%;
            height: auto;
            max-height: 90%;
            border: heavy $accent;
            background: $surface;
            padding: 0 1;
        }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,f1,question_mark", "dismiss", "Close")]

    def __init__(self, first: str, glyphs: Glyphs) -> None:
        """`first` names the section that is shown first."""
        super().__init__()
        self._first = first
        self._glyphs = glyphs

    def compose(self) -> ComposeResult:
        """One table, a heading a section."""
        table = Table.grid(padding=(0, 2))
        table.add_column(no_wrap=True, style="bold")
        table.add_column()
        for number, (section, keys) in enumerate(sorted(KEYS.items(), key=lambda item: item[0] != self._first)):
            if number:
                table.add_row("", "")
            table.add_row(Text.assemble((section, "underline")), "")
            for key, what in keys.items():
                table.add_row(key, what)
            if section == "Replay":
                table.add_row("the track", _legend(self._glyphs))
        with VerticalScroll() as scroll:
            scroll.border_title = "Keys"
            scroll.border_subtitle = "Esc closes"
            yield Static(table)
