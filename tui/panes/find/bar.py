"""The line to find with: the query, how many hits there are and which one is looked at.

Owns the input and its keys. It searches nothing: it says what is sought and where to go, and shows what it is told.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

from rich.cells import cell_len
from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Input, Static

from tui.drawing.cells import fit, flat
from tui.drawing.glyphs import UNICODE, Glyphs
from tui.key_labels import DEFAULT_KEYS, Keys
from tui.widgets.bindings import bindings
from tui.widgets.line_input import OrderedInput

__all__ = ["FindBar"]

Direction = Literal["next", "previous"]

_INPUT = 16
"""Cells of the input below which the other parts are left out."""
_GAP = 2
_LABEL = "Find: "
_KEYS = (("find.next", "next"), ("find.previous", "previous"), ("find.close", "close"))


class FindBar(Horizontal):
    """One line above the prompt; hidden until it is opened, and remembering its query while it is closed."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(
        {
            # Before the input's own keys: it would delete a word at Ctrl+F.
            "find.next": "move('next')",
            "find.previous": "move('previous')",
            "find.close": "close",
        }
    )
    DEFAULT_CSS = """
    FindBar {
        display: none;
        height: 1;
        padding: 0 2;
        background: $surface;
        &.-open { display: block; }
        .find--label { width: auto; color: $text-accent; text-style: bold; }
        .find--query { width: 1fr; background: $surface; color: $foreground; }
        .find--told { width: auto; color: $text-muted; }
    }
    """

    count: reactive[int | None] = reactive(None)
    """How many hits there are; None while that is not known yet."""
    index: reactive[int | None] = reactive(None)
    """Which hit is looked at, from 0; None for none."""
    where: reactive[str] = reactive("")
    """What that hit stands in: `result of add`."""

    @dataclass
    class QueryChanged(Message):
        """Something else is sought; nothing where the query is empty."""

        query: str

    @dataclass
    class Moved(Message):
        """The user wants another hit."""

        direction: Direction

    @dataclass
    class Closed(Message):
        """The user is done with finding."""

    def __init__(self, *, glyphs: Glyphs = UNICODE, keys: Keys = DEFAULT_KEYS, id: str | None = None) -> None:
        super().__init__(id=id)
        self._glyphs = glyphs
        self._keys = keys
        self._input = OrderedInput(compact=True, classes="find--query")
        self._told = Static(classes="find--told")

    def compose(self) -> ComposeResult:
        """What it is, the query, what was found."""
        yield Static(Content(_LABEL), classes="find--label")
        yield self._input
        yield self._told

    @property
    def query_text(self) -> str:
        """What is sought, or was when the bar was closed."""
        return self._input.value

    @property
    def is_open(self) -> bool:
        """Whether it is shown."""
        return self.has_class("-open")

    def open(self) -> None:
        """Show the bar and take the keys, the last query selected and told again; where that is so, to the next hit."""
        if self.is_open and self._input.has_focus:
            self.action_move("next")
            return
        self.add_class("-open")
        self.screen.set_focus(self._input)  # not a moment later: the words may come with the key that opened it
        self._input.select_all()
        self.post_message(self.QueryChanged(self.query_text))

    def close(self) -> None:
        """Hide the bar; its query is kept."""
        if self.is_open:
            self.remove_class("-open")
            self.post_message(self.Closed())

    # Keys

    def action_move(self, direction: Direction) -> None:
        """Ask for another hit."""
        self.post_message(self.Moved(direction))

    def action_close(self) -> None:
        """Close the bar."""
        self.close()

    @on(Input.Changed)
    def _tell_query(self, event: Input.Changed) -> None:
        event.stop()
        if self.is_open:
            self.post_message(self.QueryChanged(event.value))
            self._tell()

    # What was found

    def watch_count(self) -> None:
        """Another count."""
        self._tell()

    def watch_index(self) -> None:
        """Another hit."""
        self._tell()

    def watch_where(self) -> None:
        """Another place."""
        self._tell()

    def on_resize(self, event: events.Resize) -> None:
        """Say as much as there is room for."""
        self._tell()

    def _tell(self) -> None:
        """Show what was found and the keys; whole parts are left out where there is no room, the keys first."""
        room = self.content_size.width - cell_len(_LABEL) - _INPUT
        found = self._found()
        where = fit(flat(self.where), max(0, room - 2 * _GAP - found.cell_length), self._glyphs.ellipsis)
        arrows = not self._glyphs.bullet.isascii()
        labels = [(self._keys.hint(f"{{{action}}}", arrows=arrows), word) for action, word in _KEYS]
        keys = [Content.assemble((label, "bold"), f" {word}") for label, word in labels if label]
        parts = [part for part in (found, Content(where if self.count else "")) if part.cell_length]
        for shown in (keys, keys[-1:], []):
            told = Content(" " * _GAP).join([Content(""), *parts, *shown])
            if told.cell_length <= room:
                break
        self._told.update(told)

    def _found(self) -> Content:
        if self.count is None or not self.query_text:
            return Content("")
        if not self.count:
            return Content.styled("nothing found", "bold $text-warning")
        number = "" if self.index is None else f"{self.index + 1:,} of "
        return Content.styled(f"{number}{self.count:,}", "$foreground")
