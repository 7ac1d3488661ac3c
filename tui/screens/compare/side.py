"""One of two recordings on the screen: what was said by then, its steps, its figures. When that is, its owner knows."""

from bisect import bisect_right
from pathlib import Path

from textual.app import ComposeResult
from textual.containers import Vertical

from agent.conversation.items import ToolCall
from agent.conversation.reducer import Conversation
from agent.formats.imports.opening import open_viewed
from agent.recordings.recording import Recording
from agent.settings.settings import Settings
from tui.drawing.glyphs import Glyphs
from tui.key_labels import Keys
from tui.panes.log.log import MessageLog
from tui.panes.status.bar import StatusBar
from tui.panes.steps.tree import ToolTree
from tui.presenter import Presenter

__all__ = ["Side"]


class Side(Vertical):
    """The pictures of one recording at a moment, which its presenter paints."""

    DEFAULT_CSS = """
    Side {
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

    def __init__(self, source: Path, settings: Settings, glyphs: Glyphs, keys: Keys) -> None:
        super().__init__(classes="pane")
        self.recording = Recording(source, formats=open_viewed)
        reading = f"Reading {self.recording.name} {glyphs.ellipsis}"
        self.message_log = MessageLog(glyphs, keys=keys, empty_text=reading)
        self.tool_tree = ToolTree(glyphs=glyphs, fold_policy=settings.fold)
        self.tool_tree.spins_with_now = True
        self.status = StatusBar(glyphs=glyphs)
        self.position = 0
        """How many events are shown."""
        self._presenter = Presenter(Conversation(), self, self._now, self._is_over)

    def compose(self) -> ComposeResult:
        """What was said, how it came to that, how fast."""
        yield self.message_log
        yield self.tool_tree
        yield self.status

    def show_at(self, position: int) -> None:
        """Show the state after so many events: folded on from what is shown where that is near, else anew."""
        shown, self.position = self.position, position
        if position == shown:
            return
        turns = self.recording.marks.turns
        near = bisect_right(turns, position - 1) - bisect_right(turns, shown - 1) <= 1
        if shown < position and near:
            self._presenter.take(self.recording.events[shown:position])
        else:
            self._presenter.swap(self.recording.state(position))

    def say(self, words: str) -> None:
        """Say in the place of the text why there is none."""
        self.message_log.empty_text = words

    @property
    def focus_target(self) -> MessageLog | ToolTree:
        """What of it takes the keys."""
        return self.message_log if self.message_log.display else self.tool_tree

    def show_title(self, title: str) -> None:
        """Its title is the recording's name."""

    def show_asking(self, call: ToolCall | None) -> None:
        """Nobody is asked: the answer is recorded."""

    def _now(self) -> float:
        return self.recording.events.moment(self.position - 1) if self.position else 0.0

    def _is_over(self) -> bool:
        return self.position == len(self.recording)
