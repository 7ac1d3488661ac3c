"""Where turns stop before a tool runs: a list to add to and to take from. What stops them is the settings' business."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from agent.settings.breakpoints import Breakpoint, BreakpointError
from tui.drawing.cells import flat
from tui.key_labels import Keys
from tui.widgets.bindings import bindings
from tui.widgets.line_input import LineInput
from tui.widgets.popup import Popup

__all__ = ["BreakpointsScreen"]

_ABOUT = """\
write_file  a tool, * is any text      write_file($.path == "a.txt")  its arguments
cost > 0.5  dollars of the turn        time > 60  its seconds        step >= 3"""


class BreakpointsScreen(Popup[None]):
    """The breakpoints that hold; what is changed holds at once."""

    DEFAULT_CSS = """
    BreakpointsScreen {
        & > Vertical {
            width: 84;
            max-height: 90%;
        }
        OptionList { max-height: 12; }
        LineInput { background: $panel; margin: 1 0; }
        Static { color: $text-muted; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings(
        {
            "popup.leave": "dismiss",
            "breakpoints.up": "move(-1)",
            "breakpoints.down": "move(1)",
            "breakpoints.remove": "remove",
        }
    )

    def __init__(
        self, breakpoints: Sequence[Breakpoint], change: Callable[[Sequence[Breakpoint]], None], keys: Keys
    ) -> None:
        """`change` is told of all that hold, whenever they are others."""
        super().__init__()
        self._breakpoints = list(breakpoints)
        self._change = change
        self._keys = keys
        self._list = OptionList(markup=False)
        self._list.can_focus = False
        self._line = LineInput(placeholder="Where to stop, too")
        self._told = Static(_ABOUT, markup=False)

    def compose(self) -> ComposeResult:
        """What holds, what is typed, what can be."""
        with Vertical() as box:
            box.border_title = "Breakpoints"
            box.border_subtitle = self._keys.fill("Enter adds, {breakpoints.remove} takes away, {popup.leave} closes")
            yield self._list
            yield self._line
            yield self._told

    def on_mount(self) -> None:
        """What holds."""
        self._fill()
        self._line.focus()

    def _fill(self) -> None:
        self._list.clear_options()
        for one in self._breakpoints:
            self._list.add_option(Option(Content(flat(one.text))))
        if not self._breakpoints:
            self._list.add_option(Option(Content("Turns stop nowhere."), disabled=True))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Delete is the line's while something is typed in it."""
        return action != "remove" or not self._line.value

    def action_move(self, direction: int) -> None:
        """Choose another in the list."""
        self._list.action_cursor_down() if direction > 0 else self._list.action_cursor_up()

    def action_remove(self) -> None:
        """Take the chosen one away."""
        number = self._list.highlighted
        if number is not None and number < len(self._breakpoints):
            del self._breakpoints[number]
            self._changed()

    @on(Input.Submitted)
    def _add(self, event: Input.Submitted) -> None:
        event.stop()
        if not event.value.strip():
            self.dismiss()
            return
        try:
            added = Breakpoint.parse(event.value)
        except BreakpointError as error:
            self._told.update(Content(str(error)))
            return
        if added not in self._breakpoints:
            self._breakpoints.append(added)
        self._line.value = ""
        self._told.update(Content(_ABOUT))
        self._changed()

    def _changed(self) -> None:
        self._change(self._breakpoints)
        self._fill()
