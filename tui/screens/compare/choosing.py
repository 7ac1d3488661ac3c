"""Asks what to compare: two recordings, or turns of them, named as the command line names them."""

from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from agent.errors import TickertapeError
from agent.threads import in_thread
from tui.drawing.cells import flat
from tui.key_labels import Keys
from tui.screens.compare.opening import CompareOpening, compared
from tui.widgets.bindings import bindings
from tui.widgets.line_input import LineInput
from tui.widgets.popup import Popup

__all__ = ["ChoosingScreen"]

_ABOUT = """\
ID@turn:2   ID@turn:2-4   ID@turn:3-     some turns of a session
ID@parent   ID@branch:2                  its parent, its second branch"""


class ChoosingScreen(Popup[CompareOpening | None]):
    """Two lines to fill in; gives None where these are to stay."""

    DEFAULT_CSS = """
    ChoosingScreen {
        & > Vertical {
            width: 84;
        }
        LineInput { background: $panel; margin-bottom: 1; }
        Static { color: $text-muted; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings({"popup.leave": "dismiss(None)"})

    def __init__(self, data_dir: Path, left: str, right: str, keys: Keys) -> None:
        """`left` and `right` are what is compared now."""
        super().__init__()
        self._data_dir = data_dir
        self._keys = keys
        self._lines = (LineInput(placeholder="ID or FILE"), LineInput(placeholder="ID or FILE"))
        for line, text in zip(self._lines, (left, right), strict=True):
            line.value = text
        self._told = Static(Content(_ABOUT))

    def compose(self) -> ComposeResult:
        """Both, and how they can be named."""
        with Vertical() as box:
            box.border_title = "Compare"
            box.border_subtitle = self._keys.fill("Enter compares, {popup.leave} closes")
            for name, line in zip(("Left", "Right"), self._lines, strict=True):
                yield Static(name)
                yield line
            yield self._told

    def on_mount(self) -> None:
        """The right one is more often another."""
        self._lines[1].focus()

    @on(Input.Submitted)
    def _compare(self, event: Input.Submitted) -> None:
        event.stop()
        self._find(*(line.value.strip() for line in self._lines))

    @work(group="find", exclusive=True)
    async def _find(self, left: str, right: str) -> None:
        try:
            sides = [await in_thread(compared, self._data_dir, text) for text in (left, right)]
        except TickertapeError as error:
            self._told.update(Content(flat(str(error))))
            return
        self.dismiss(CompareOpening(left=sides[0], right=sides[1]))
