"""One of several conversations side by side: what is said, its steps, its figures."""

from textual.app import ComposeResult
from textual.containers import Vertical

from agent.conversation.items import ToolCall
from agent.settings.settings import Settings
from tui.drawing.glyphs import Glyphs
from tui.key_labels import Keys
from tui.panes.log.log import MessageLog
from tui.panes.status.bar import StatusBar
from tui.panes.steps.tree import ToolTree

__all__ = ["Column"]


class Column(Vertical):
    """The pictures of a conversation, for its presenter to paint. Nothing is listed, and nobody is asked, in it."""

    DEFAULT_CSS = """
    Column {
        width: 1fr;
        height: 1fr;
        & > MessageLog { height: 3fr; }
        & > ToolTree { height: 2fr; border-top: solid $border-blurred; }
        & > StatusBar { padding: 0; }
        &.-one-part > ToolTree { display: none; }
        &.-one-part.-steps > ToolTree { display: block; border-top: none; height: 1fr; }
        &.-one-part.-steps > MessageLog { display: none; }
    }
    """
    history = None

    def __init__(self, settings: Settings, glyphs: Glyphs, keys: Keys, empty_text: str) -> None:
        """`empty_text` stands where nothing is said yet."""
        super().__init__(classes="pane")
        self.message_log = MessageLog(glyphs, keys=keys, empty_text=empty_text)
        self.tool_tree = ToolTree(glyphs=glyphs, fold_policy=settings.fold)
        self.status = StatusBar(glyphs=glyphs)

    def compose(self) -> ComposeResult:
        """What is said, how it came to that, how fast."""
        yield self.message_log
        yield self.tool_tree
        yield self.status

    @property
    def focus_target(self) -> MessageLog | ToolTree:
        """What of it takes the keys."""
        return self.message_log if self.message_log.display else self.tool_tree

    def show_title(self, title: str) -> None:
        """Its title is its owner's to give."""

    def show_asking(self, call: ToolCall | None) -> None:
        """What is asked is asked by the screen, or was answered long ago."""
