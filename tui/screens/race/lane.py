"""One racer on the screen: what it says, its steps, its figures. Whose turn it is, the screen knows."""

from collections.abc import Callable

from textual.app import ComposeResult
from textual.containers import Vertical

from agent.conversation.items import ToolCall
from agent.settings.settings import Settings
from agent.sources.race import Racer
from tui.drawing.cells import flat
from tui.drawing.glyphs import Glyphs
from tui.key_labels import Keys
from tui.panes.log.log import MessageLog
from tui.panes.status.bar import StatusBar
from tui.panes.steps.tree import ToolTree
from tui.presenter import Presenter

__all__ = ["Lane"]


class Lane(Vertical):
    """The pictures of one racer's session, which its presenter paints."""

    DEFAULT_CSS = """
    Lane {
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
    """No turns are listed."""

    def __init__(self, racer: Racer, settings: Settings, glyphs: Glyphs, keys: Keys, now: Callable[[], float]) -> None:
        """`now` gives milliseconds since the epoch."""
        super().__init__(classes="pane")
        self.racer = racer
        loading = f"{flat(racer.name)} is being loaded {glyphs.ellipsis}"
        self.message_log = MessageLog(glyphs, keys=keys, empty_text=loading)
        self.tool_tree = ToolTree(glyphs=glyphs, fold_policy=settings.fold)
        self.status = StatusBar(glyphs=glyphs)
        self.status.model = racer.name
        self.presenter = Presenter(racer.session.conversation, self, now)

    def compose(self) -> ComposeResult:
        """What it says, how it came to that, how fast."""
        yield self.message_log
        yield self.tool_tree
        yield self.status

    @property
    def focus_target(self) -> MessageLog | ToolTree:
        """What of it takes the keys."""
        return self.message_log if self.message_log.display else self.tool_tree

    def show_title(self, title: str) -> None:
        """Its title is the model's name."""

    def show_asking(self, call: ToolCall | None) -> None:
        """What its tools ask is asked for all racers at once, by the screen."""
