"""Panes side by side that show a conversation, and the keys that are the same wherever one is shown.

The chat and the replay are both such screens. It lays out, moves between the panes and hands on what their widgets say;
where the conversation comes from is its heirs' business.
"""

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.geometry import Size
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from tui.actions import Place
from tui.key_labels import DEFAULT_KEYS, Keys
from tui.panes.title.bar import TitleBar
from tui.screens.base.arrangement import Arrangement
from tui.screens.base.escape import Escape
from tui.screens.base.finding.finding import Finding
from tui.screens.base.last_line import LastLine
from tui.screens.base.moves import FOLDS, Fold, scroll_log, toggle_fragments, walk
from tui.screens.base.selecting import SelectingScreen
from tui.screens.base.waterfall import WaterfallPlace
from tui.widgets.bindings import bindings

if TYPE_CHECKING:
    from agent.conversation.run import Run
    from tui.drawing.glyphs import Glyphs
    from tui.panes.log.log import MessageLog
    from tui.panes.steps.tree import ToolTree
    from tui.presenter import Pictures
    from tui.screens.base.palette import Command
    from tui.screens.waterfall.frame import Moment

__all__ = ["SMALLEST", "ChatPlace", "PanesScreen"]

SMALLEST = Size(40, 15)
"""The terminal in which one pane at a time can be read and used, in cells."""

ChatPlace = Literal["new_chat", "history", "search"]
"""Where in the chat a key of another screen leads to."""


class PanesScreen(SelectingScreen):
    """Three panes under a title; the side panes are overlays where the terminal is narrow.

    One thing: it routes the keys that are the same wherever a conversation is shown. What they do stands in the modules
    beside this one.
    """

    # Textual declares them so, for all screens.
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (SMALLEST.width, "-narrow"), (100, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-short"), (SMALLEST.height, "-tall")]  # noqa: RUF012
    PANES: ClassVar[tuple[str, str, str]]
    """The names of the panes, from the left to the right."""
    HELP: ClassVar[Place] = "everywhere"
    """What the help tells of first."""
    BINDINGS: ClassVar[list[BindingType]] = bindings(
        {
            "app.escape": "escape",
            "app.escaped_up": "escaped_arrow('previous')",
            "app.escaped_down": "escaped_arrow('next')",
            "app.next_pane": "app.focus_next",
            "app.previous_pane": "app.focus_previous",
            "app.steps": "toggle_pane('steps')",
            "app.waterfall": "toggle_waterfall",
            "app.find": "find",
            "app.page_up": "scroll_log('page_up')",
            "app.page_down": "scroll_log('page_down')",
            "app.start": "scroll_log('home')",
            "app.end": "scroll_log('end')",
            "app.previous": "walk('previous')",
            "app.next": "walk('next')",
            "app.fold_all": "fold_all",
            "conversation.fragments": "toggle_fragments",
            "app.help": "help",
        }
    )

    class Arrived(Message):
        """What was to have the keys has them."""

    @dataclass
    class CopyRequested(Message):
        """Text is to be put on the clipboard."""

        text: str
        what: str
        """For the notice: a message, a code block."""

    def __init__(self, model: str, glyphs: "Glyphs", keys: Keys = DEFAULT_KEYS) -> None:
        """`model` is named in the title."""
        super().__init__()
        self.glyphs = glyphs
        self.keys = keys
        self.title_bar = TitleBar(model, id="title")
        self._arrangement = Arrangement(self.PANES, id="panes")
        self.panes = self._arrangement.panes
        self.is_going = False
        """Whether the keys are on their way to what is not shown yet."""
        self._escape = Escape(self.set_timer, self._act_on_escape)
        self._last_line = LastLine(
            keys, lambda: self.pictures.status if self.pictures is not None else None, self.set_timer
        )
        self._finding = Finding(self, keys, lambda: self.pictures, lambda: self.runs, self._show_where)
        self.waterfall = WaterfallPlace(self, self._arrangement, glyphs, self.moment)

    # What heirs tell

    @property
    @abstractmethod
    def pictures(self) -> "Pictures | None":
        """What shows the conversation; None until it is there."""

    @property
    @abstractmethod
    def runs(self) -> "Sequence[Run]":
        """The turns of the conversation that is shown."""

    @abstractmethod
    def moment(self) -> "Moment":
        """What the waterfall shows."""

    @property
    @abstractmethod
    def transcript(self) -> Path | None:
        """The file of what is shown; None where it is not kept."""

    @property
    @abstractmethod
    def home(self) -> Widget:
        """What has the keys when no pane has them."""

    @abstractmethod
    def compose_foot(self) -> ComposeResult:
        """What stands under the panes, above the last line."""

    @abstractmethod
    def key_hint(self) -> str:
        """The keys that matter now by their actions, the first ones most: `{app.escape} input  {app.help} help`."""

    @abstractmethod
    def leave(self) -> None:
        """Called for Esc where there is nothing to close and no pane to come back from."""

    # Layout

    def compose(self) -> ComposeResult:
        """The frames of the panes side by side, the foot below."""
        yield self.title_bar
        yield self._arrangement
        yield from self.compose_foot()
        yield Vertical(id="bottom")
        words = f"Tickertape needs a larger terminal: {SMALLEST.width} columns by {SMALLEST.height} rows at least."
        yield Static(self.keys.fill(f"{words} {{app.quit}} quits."), id="too-small")

    @property
    def is_too_small(self) -> bool:
        """Whether there is no room to see what a key does."""
        return self.size.width < SMALLEST.width or self.size.height < SMALLEST.height

    def show_title(self, title: str) -> None:
        """Show the session's title."""
        self.title_bar.title = title

    def show_origin(self, words: str) -> None:
        """Show where a recording is from, and what its times are worth; nothing for one of ours."""
        if words:
            self.title_bar.model = words

    def notice(self, text: str) -> None:
        """Tell the user something for a few seconds."""
        self._last_line.tell(text)

    def on_resize(self) -> None:
        """There may be other panes to see, and the one that has the keys may be gone."""
        self.call_after_refresh(self._resized)

    def _resized(self) -> None:
        self.waterfall.make_room()
        # Textual takes the keys from what it hides, now or a moment later, and gives them to nobody.
        if self.focused is None or not all(widget.display for widget in self.focused.ancestors_with_self):
            self.set_focus(self.home)
        self.update_hint()

    def on_descendant_focus(self, _event: events.DescendantFocus) -> None:
        """Another pane has the keys."""
        self.update_hint()

    def update_hint(self) -> None:
        """Name the keys that matter now."""
        self._last_line.hint(self.key_hint())

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that mean something else elsewhere, or nothing yet."""
        if action == "escaped_arrow":
            return self._escape.is_pending
        if action in ("scroll_log", "walk", "fold_all", "toggle_fragments", "find", "toggle_waterfall"):
            return self.pictures is not None
        return True

    def action_escape(self) -> None:
        """Back, cancel or clear, unless an arrow follows at once."""
        self._escape.press()

    def key_comes(self, key: str, time: float) -> None:
        """Called before any key is acted on.

        `time` is the moment at which the terminal gave it, in seconds of the monotonic clock.
        """
        self._escape.key_comes(key)

    def action_escaped_arrow(self, direction: str) -> None:
        """Esc and an arrow are Alt and that arrow."""
        self._escape.forget()
        self.action_walk(direction)

    def _act_on_escape(self) -> None:
        """Popup first, then the focus, then what the heir leaves; one press undoes one thing."""
        if self.close_popup():
            return
        if self._arrangement.is_covered:
            self.hide_overlays()
        elif self.focused is not self.home:
            self.set_focus(self.home)
        else:
            self.leave()

    def close_popup(self) -> bool:
        """Close what lies over the panes; whether there was anything."""
        return self._finding.leave()

    @property
    def is_typing(self) -> bool:
        """Whether letters go into an input."""
        return self.focused is not None and self.focused.check_consume_key("a", "a")

    def action_toggle_pane(self, name: str) -> None:
        """Go to a side pane, showing it; hide it where it has the focus."""
        pane = self.panes[name]
        inside = self.focused is not None and pane in self.focused.ancestors
        target = pane.children[0] if pane.children and not inside else self.home
        self.show_pane(pane, shown=not inside, then=target.focus)

    def show_pane(self, pane: Widget, *, shown: bool = True, then: Callable[[], object]) -> None:
        """Show or hide a side pane, and `then` go there: at once where it is seen, so that no key comes too early."""
        call = partial(self._go, then) if shown and not pane.display else then
        if not self.has_class("-wide"):
            self.set_focus(self.home)
        self._arrangement.show(pane, shown=shown)
        call()

    def _go(self, then: Callable[[], object]) -> None:
        """Go where something is shown only now; what is typed meanwhile waits, for it is meant for there."""
        self.is_going = True
        self.call_after_refresh(self._arrive, then)

    def _arrive(self, then: Callable[[], object]) -> None:
        then()
        self.is_going = False
        self.post_message(self.Arrived())

    def hide_overlays(self) -> None:
        """Put the side panes away where they cover the conversation."""
        self._arrangement.uncover()
        self.set_focus(self.home)

    def action_scroll_log(self, where: str) -> None:
        """Scroll the log without leaving what has the keys."""
        if self.pictures is not None:
            scroll_log(self.pictures, where)

    def action_walk(self, direction: str) -> None:
        """To the previous or next call in the tree, message everywhere else."""
        if self.pictures is not None:
            walk(self.pictures, self.focused, direction)

    def action_fold_all(self) -> None:
        """Fold or unfold the whole tree."""
        if self.pictures is not None:
            self.pictures.tool_tree.action_fold_all()

    def action_toggle_fragments(self) -> None:
        """Show or hide where the fragments of the model began."""
        if self.pictures is not None:
            toggle_fragments(self.pictures)

    def fold_by(self, policy: Fold) -> None:
        """Set what of the steps is folded."""
        if self.pictures is not None:
            self.pictures.tool_tree.fold_policy = policy

    def action_help(self) -> None:
        """Show the keys."""
        from tui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(self.HELP, self.glyphs, self.keys))

    # The waterfall

    async def action_toggle_waterfall(self) -> None:
        """Go to the waterfall, showing it; put it away where it has the focus."""
        self.is_going = True
        shown = await self.waterfall.toggle()
        self._arrive(partial(self.set_focus, self.home if shown is None else shown))
        self.waterfall.make_room()

    # Finding

    def action_find(self) -> None:
        """Open the line to find with; where it is open, go to the next hit."""
        self._finding.open(self.home, self._go)

    def _show_where(self, in_steps: bool) -> None:
        """Where there is room for one pane only, show the one that the hit is in."""
        self._arrangement.show_only("steps" if in_steps else None)

    def show_found(self, words: str, run_id: str, kind: str) -> None:
        """Mark words that were found elsewhere, and show where they stand in this turn; Esc takes the marks away."""
        self._finding.show(self.home, words, run_id, kind)

    def end_find(self) -> None:
        """Called by heirs when another conversation is shown."""
        self._finding.end()

    def runs_changed(self) -> None:
        """Called by heirs when turns have changed: what is being found may stand elsewhere."""
        self._finding.update()
        self.waterfall.update()

    # The palette

    def palette_widgets(self) -> Iterator[Widget]:
        """The widgets whose keys the palette offers, besides the screen's own."""
        if self.pictures is not None:
            yield self.pictures.message_log
            yield self.pictures.tool_tree
        if (waterfall := self.waterfall.shown) is not None:
            yield waterfall

    def commands(self) -> "Iterator[Command]":
        """Everything that can be done here, for the palette."""
        from tui.screens.base.palette import commands

        if self.pictures is not None:
            yield from commands(self, self.palette_widgets(), self.keys)
            for policy in FOLDS:
                yield f"Fold steps: {policy}", "", partial(self.fold_by, policy)

    # What the widgets say

    def on_message_log_copy_requested(self, message: "MessageLog.CopyRequested") -> None:
        """A message or a code block is to be copied."""
        self.copy(message.text, message.what)

    def on_tool_tree_copy_requested(self, message: "ToolTree.CopyRequested") -> None:
        """A row of the tree is to be copied."""
        self.copy(message.text, message.what)

    def copy_selection(self) -> bool:
        """Copy what is selected; whether anything was."""
        selected = self.get_selected_text()
        if selected:
            self.copy(selected, "selection")
            self.clear_selection()
        return bool(selected)

    def copy(self, text: str, what: str) -> None:
        """Have `text` put on the clipboard; the app tells of it."""
        self.post_message(self.CopyRequested(text, what))

    def on_tool_tree_run_selected(self, message: "ToolTree.RunSelected") -> None:
        """A turn was chosen in the tree."""
        self.hide_overlays()
        self.go_to(message.run)

    def go_to(self, run: "Run") -> None:
        """Show a turn in the log and the tree."""
        if self.pictures is not None:
            self.pictures.tool_tree.reveal(run.id)
            self.pictures.message_log.jump_to(run.id)
            self.set_focus(self.pictures.message_log)

    def on_tool_tree_call_selected(self, message: "ToolTree.CallSelected") -> None:
        """A call is to be shown whole."""
        from tui.screens.call import CallScreen

        self.app.push_screen(CallScreen(message.call, message.run, self.keys))
