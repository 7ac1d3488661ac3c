"""A quiet line that is there while it has something to say. Knows nothing."""

from rich.text import Text
from textual.reactive import reactive
from textual.widget import Widget

from tui.drawing.cells import fit, flat
from tui.drawing.glyphs import Glyphs

__all__ = ["QuietLine"]


class QuietLine(Widget):
    """One line, cut where there is no room for it."""

    DEFAULT_CSS = """
    QuietLine {
        height: 1;
        padding: 0 1;
        color: $text-muted;
        display: none;
    }
    """

    text: reactive[str] = reactive("")
    """What it says; where that is nothing, it takes no room."""

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__()
        self._glyphs = glyphs

    def watch_text(self, text: str) -> None:
        """Take no room for nothing."""
        self.display = bool(text)

    def render(self) -> Text:
        """The text, cut to the width."""
        return Text(fit(flat(self.text), self.size.width, self._glyphs.ellipsis), no_wrap=True)
