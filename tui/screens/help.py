"""The keys, in a popup over the chat: what the registry of actions tells of them."""

from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from tui.actions import PLACES, Place
from tui.drawing.glyphs import Glyphs
from tui.key_labels import Keys
from tui.widgets.bindings import bindings
from tui.widgets.popup import Popup

__all__ = ["HelpScreen"]


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


class HelpScreen(Popup[None]):
    """Shows the keys until it is closed."""

    DEFAULT_CSS = """
    HelpScreen {
        & > VerticalScroll {
            width: 84;
            max-height: 90%;
        }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings({"help.close": "dismiss"})

    def __init__(self, first: Place, glyphs: Glyphs, keys: Keys) -> None:
        """`first` is what is told of first."""
        super().__init__()
        self._first = first
        self._glyphs = glyphs
        self._keys = keys

    def compose(self) -> ComposeResult:
        """One table, a heading a section."""
        table = Table.grid(padding=(0, 2))
        table.add_column(no_wrap=True, style="bold")
        table.add_column()
        for place in sorted(PLACES, key=lambda place: place != self._first):
            rows = list(self._keys.told(place))
            if not rows:
                continue
            if table.row_count:
                table.add_row("", "")
            table.add_row(Text.assemble((place.capitalize(), "underline")), "")
            for keys, what in rows:
                table.add_row(_in_row(keys), what)
            if place == "replay":
                table.add_row("the track", _legend(self._glyphs))
        with VerticalScroll() as scroll:
            scroll.border_title = "Keys"
            scroll.border_subtitle = self._keys.fill("{help.close} closes")
            yield Static(table)


def _in_row(keys: list[list[str]]) -> str:
    """The keys of a row; signs stand for themselves, without commas."""
    gap = " " if all(len(key) == 1 for own in keys for key in own) else ", "
    return gap.join(" or ".join(own) for own in keys)
