"""An app of a few widgets that keeps what they post, and what is drawn in them."""

from textual import on
from textual.app import App, ComposeResult
from textual.message import Message
from textual.widget import Widget

from tui.panes.approval.bar import ApprovalBar
from tui.panes.history.sidebar import History
from tui.panes.prompt.input import Prompt
from tui.panes.steps.tree import ToolTree


class Host(App[None]):
    """Shows widgets one below the other."""

    CSS = "ToolTree, History, CallDetail { border: round $panel; &:focus { border: round $accent; } }"

    def __init__(self, *widgets: Widget) -> None:
        super().__init__()
        self._widgets = widgets
        self.posted: list[Message] = []
        self.animation_level = "none"

    def compose(self) -> ComposeResult:
        yield from self._widgets

    @on(ToolTree.CallSelected)
    @on(ToolTree.RunSelected)
    @on(ToolTree.CopyRequested)
    @on(History.TurnSelected)
    @on(Prompt.Submitted)
    @on(Prompt.EditorRequested)
    @on(Prompt.QuitRequested)
    @on(ApprovalBar.Decided)
    @on(ApprovalBar.EditRequested)
    @on(ApprovalBar.Typed)
    def keep(self, message: Message) -> None:
        self.posted.append(message)


def shown(widget: Widget) -> str:
    """All that a line-drawing widget draws, without the space around it."""
    lines = [widget.render_line(y).text.rstrip() for y in range(widget.size.height)]
    return "\n".join(lines).rstrip()
