"""The input in which a session is named, laid over the row of its title. Knows no list."""

from dataclasses import dataclass

from textual.geometry import Offset
from textual.message import Message
from textual.widgets import Input
from textual.widgets.input import Selection

from tui.widgets.line_input import LineInput

__all__ = ["TitleEdit"]


class TitleEdit(LineInput):
    """Not there while nothing is named. Its container lays it in a layer of its own."""

    DEFAULT_CSS = """
    TitleEdit { display: none; }
    """

    @dataclass
    class Named(Message):
        """Another title was given; an empty one means none."""

        session_id: str
        title: str

    @dataclass
    class Left(Message):
        """Nothing is named any more, while the keys were here."""

    def __init__(self) -> None:
        super().__init__()
        self.session_id: str | None = None
        """The session that is being named."""
        self._before = ""

    def begin(self, session_id: str, title: str) -> None:
        """Name this session; its title is there to be typed over, seen from its start."""
        self.session_id, self._before = session_id, title
        self.value = title
        self.selection = Selection(len(title), 0)
        self.display = True
        self.focus()

    def place(self, corner: Offset, width: int) -> None:
        """Be there in the container, so many cells wide."""
        self.styles.offset = corner
        self.styles.width = width

    def leave(self) -> None:
        """Name nothing."""
        self.session_id = None
        if self.has_focus:
            self.post_message(self.Left())
        self.display = False

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take the new title."""
        event.stop()
        self._take()

    def _take(self) -> None:
        session_id, title = self.session_id, self.value.strip()
        self.leave()
        if session_id is not None and title != self._before:
            self.post_message(self.Named(session_id, title))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Nobody else need know."""
        event.stop()

    def on_input_blurred(self, event: Input.Blurred) -> None:
        """Who goes elsewhere in the program has named; who goes to another program comes back."""
        event.stop()
        if self.app.app_focus and not self.has_focus:
            self._take()
