"""The events of a recording, one by one: a list that follows the current one, and the JSON of the one chosen.

Both draw what can be seen and ask for no more, so a recording of any length costs the same. They know events as lines
of text and as decoded values, nothing of what they mean.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from textual import events
from textual.binding import BindingType
from textual.message import Message

from agent.figures import duration
from tui.drawing.cells import flat
from tui.drawing.glyphs import UNICODE, Glyphs
from tui.drawing.json import json_rows
from tui.drawing.rows import Key, Role, Row, Span
from tui.widgets.bindings import bindings
from tui.widgets.row_view import RowView

__all__ = ["EventJson", "EventLine", "EventSource", "Inspector"]

_KEPT = 400
"""Rows that stay made."""
_SHORTER = (("_MESSAGE_CONTENT", ""), ("_MESSAGE", ""), ("TOOL_CALL_", "TOOL_"))
"""What of a type is left out where there is less room; the JSON below has it whole."""
_ROOMY = 56
"""Cells of a row from which types are written out."""
_NARROW = 30
"""Cells of a row below which pauses are left out: what an event says matters more."""
_LONG = 1_000_000.0
"""Milliseconds from which a pause is told as a clock would."""
_AHEAD = 3
"""The current event stands so that this part of the list, one of three, shows what comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventLine:
    """An event in a few words."""

    type: str
    content: str
    """Foreign text, as it came."""
    gap: float | None
    """Milliseconds since the event before; None where nobody tells."""
    role: Role
    is_pictured: bool
    """Whether the screen shows it in any other way."""


class EventSource(Protocol):
    """Where the list takes its events from."""

    def __len__(self) -> int: ...

    def line(self, number: int) -> EventLine:
        """An event in a few words; numbers begin at 0."""

    def text(self, number: int) -> str:
        """The JSON of an event, as it came."""

    def value(self, number: int) -> Any:
        """The JSON of an event, decoded; a string where it is no JSON or too large."""


class Inspector(RowView):
    """All events in order, those that have not come yet quieter."""

    DEFAULT_CSS = """
    Inspector { padding: 0 0 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings(
        {
            "events.seek": "seek",
            "events.copy": "copy",
        }
    )

    @dataclass
    class EventSelected(Message):
        """An event is to be gone to."""

        number: int
        """From 0."""

    @dataclass
    class EventHighlighted(Message):
        """Another event is under the cursor; its JSON is to be shown."""

        number: int

    @dataclass
    class CopyRequested(Message):
        """The JSON of an event is to be copied."""

        text: str
        what: str

    def __init__(
        self,
        source: EventSource,
        *,
        glyphs: Glyphs = UNICODE,
        empty_text: str = "The events of the recording stand here, as they came.",
        id: str | None = None,
    ) -> None:
        super().__init__(glyphs=glyphs, empty_text=empty_text, id=id)
        self._source = source
        self._current = -1
        self._following = True
        self._rows: dict[int, Row] = {}
        self._digits = 0
        self._told = -1

    # What the owner calls

    @property
    def current(self) -> int:
        """The event that came last, from 0; -1 before the first."""
        return self._current

    @current.setter
    def current(self, number: int) -> None:
        if number != self._current:
            self._current = number
            self.refresh()
        if self._following:
            self._to_current()

    def follow(self) -> None:
        """Put the cursor on the current event, and keep it there."""
        self._following = True
        self._to_current()

    def events_added(self) -> None:
        """Take in that the source has more events."""
        digits = len(f"{len(self._source):,}")
        if digits != self._digits:
            self._digits = digits
            self._rows.clear()
        self.show_rows()
        self.refresh()

    @property
    def chosen(self) -> int:
        """The event under the cursor; -1 where there is none."""
        return int(self._cursor[0]) if self._cursor else -1

    def _to_current(self) -> None:
        """Have the cursor on the current event and some of what comes in sight."""
        number, height = self._current, self.size.height
        self._cursor = (number,) if number >= 0 else None
        # Always at the same height: where it stands must not depend on the way that led there.
        self.scroll_to_row(max(number - height + height // _AHEAD + 1, 0))
        self._tell()

    def _tell(self) -> None:
        if self.chosen != self._told:
            self._told = self.chosen
            self.refresh()
            self.post_message(self.EventHighlighted(self._told))

    # Rows

    @property
    def row_count(self) -> int:
        return len(self._source)

    @property
    def first_place(self) -> int:
        return max(self._current, 0)

    def row_number(self, key: Key) -> int | None:
        return int(key[0])

    def row_at(self, y: int) -> Row:
        row = self._rows.get(y)
        sign = self._sign(y)
        if row is None or row.spans[0] != sign or (row.spans[2].role == "quiet") != (y > self._current):
            row = self._make(y, sign)
            self._rows.pop(y, None)
            self._rows[y] = row
            if len(self._rows) > _KEPT:
                del self._rows[next(iter(self._rows))]
        return row

    def _sign(self, y: int) -> Span:
        return Span(self._glyphs.bar if y == self._current else " ", "live")

    def _make(self, y: int, sign: Span) -> Row:
        line = self._source.line(y)
        name = flat(line.type)
        if self.row_width < _ROOMY:
            for long, short in _SHORTER:
                name = name.replace(long, short)
        if not line.is_pictured:
            name = f"{self._glyphs.pending} {name}"
        number = f"{y + 1:>{self._digits},} "
        ahead = y > self._current
        spans = (
            sign,
            Span(number, "quiet"),
            Span(f"{name} ", "quiet" if ahead else line.role),
            Span(flat(line.content), "quiet" if ahead else "plain"),
        )
        is_told = line.gap is not None and self.row_width >= _NARROW
        return Row((y,), spans, right=_gap(line.gap or 0.0) if is_told else "", in_tree=False)

    def on_resize(self, event: events.Resize) -> None:
        """There may be room for other words."""
        self._rows.clear()
        self.events_added()
        if self._following:
            self._to_current()

    def cursor_moved(self) -> None:
        self._following = self.chosen == self._current
        self._tell()

    def row_clicked(self, y: int, x: int, chain: int) -> None:
        self.place_cursor(y)
        self.action_seek()

    # Keys

    def action_seek(self) -> None:
        """Ask the owner to go to the event under the cursor."""
        if self.chosen >= 0:
            self.post_message(self.EventSelected(self.chosen))

    def action_copy(self) -> None:
        """Ask the owner to copy the event under the cursor."""
        if self.chosen >= 0:
            self.post_message(self.CopyRequested(self._source.text(self.chosen), f"event {self.chosen + 1:,}"))


class EventJson(RowView):
    """One event, whole."""

    DEFAULT_CSS = """
    EventJson { padding: 0 0 0 1; }
    """

    def __init__(self, *, glyphs: Glyphs = UNICODE, id: str | None = None) -> None:
        super().__init__(glyphs=glyphs, id=id)
        self._value: Any = None
        self._made: list[Row] = []

    def show(self, value: Any) -> None:
        """Show a decoded value; None shows nothing."""
        self._value = value
        self._make()
        self._cursor = None
        self.scroll_to_row(0)

    def _make(self) -> None:
        self._made = [] if self._value is None else json_rows(self._value, self.row_width, self._glyphs)
        self.show_rows()
        self.refresh()

    @property
    def row_count(self) -> int:
        return len(self._made)

    @property
    def first_place(self) -> int:
        return 0

    def row_at(self, y: int) -> Row:
        return self._made[y]

    def row_number(self, key: Key) -> int | None:
        return int(key[0])

    def on_resize(self, event: events.Resize) -> None:
        """Wrap anew."""
        self._make()


def _gap(milliseconds: float) -> str:
    """The pause before an event: `+0.031 s`."""
    if milliseconds >= _LONG:
        return f"+{duration(milliseconds)}"
    return f"+{milliseconds / 1000:.3f} s"
