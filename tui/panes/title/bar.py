"""The first line: the program, the session's title, the model."""

from rich.style import Style
from rich.text import Text
from textual.reactive import reactive
from textual.widget import Widget

from agent.text import visible

__all__ = ["TitleBar"]


class TitleBar(Widget):
    """One line; the title is cut where there is no room for it."""

    DEFAULT_CSS = """
    TitleBar {
        height: 1;
        padding: 0 1;
        background: $panel;
        color: $foreground;
    }
    """

    title: reactive[str] = reactive("")
    """What the session is about."""

    model: reactive[str] = reactive("")
    """Who answers."""

    def __init__(self, model: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.set_reactive(TitleBar.model, model)

    def render(self) -> Text:
        """The three parts, the model at the right."""
        width = max(self.size.width, 1)
        name = Text("tickertape", style=Style(bold=True))
        model = Text(visible(self.model), no_wrap=True)
        room = width - name.cell_len - model.cell_len - 4
        title = Text(" ".join(visible(self.title).split()), no_wrap=True)
        title.truncate(max(room, 0), overflow="ellipsis", pad=True)
        line = Text.assemble(name, "  ", title, "  ", model, no_wrap=True)
        line.truncate(width, overflow="ellipsis")
        return line
