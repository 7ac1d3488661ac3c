"""A scrolling list of drawn rows with a cursor: what the tree and the sidebar have in common.

Owns painting, the cursor and its keys. Which rows there are is its heirs' business; it knows no run and no call.
"""

from abc import abstractmethod
from textwrap import wrap
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.drawing.glyphs import UNICODE, Glyphs
from tui.drawing.rows import ROLES, SPINNER, Key, Role, Row, paint
from tui.widgets.bindings import bindings
from tui.widgets.scroll_bar import put_bar

__all__ = ["RowView"]


class RowView(ScrollView, can_focus=True):
    """Draws only the rows that can be seen, each once until it changes. One thing: rows and where they are."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"rows--{role}" for role in ROLES} | {
        "rows--cursor",
        "rows--cursor-blurred",
    }
    DEFAULT_CSS = """
    RowView {
        height: 1fr;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;
        color: $foreground;
        .rows--plain { color: $foreground; }
        .rows--quiet { color: $text-muted; }
        .rows--strong { color: $foreground; text-style: bold; }
        .rows--key { color: $text-muted; }
        .rows--string { color: $text-secondary; }
        .rows--number { color: $text-accent; }
        .rows--constant { color: $text-secondary; }
        .rows--name { color: $text-primary; text-style: bold; }
        .rows--match { color: $text-warning; text-style: bold; }
        .rows--live { color: $text-accent; text-style: bold; }
        .rows--ok { color: $text-success; }
        .rows--warning { color: $text-warning; }
        .rows--error { color: $text-error; }
        .rows--cursor { background: $accent 25%; }
        .rows--cursor-blurred { background: $foreground 8%; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings(
        {
            "list.up": "cursor_up",
            "list.down": "cursor_down",
            "list.first": "cursor_first",
            "list.last": "cursor_last",
            "list.page_up": "cursor_page(-1)",
            "list.page_down": "cursor_page(1)",
        }
    )

    def __init__(self, *, glyphs: Glyphs = UNICODE, empty_text: str = "", id: str | None = None) -> None:
        super().__init__(id=id)
        self.empty_text = empty_text
        """Said in one quiet line while there is no row."""
        self.empty_indent = ""
        """What stands before that line."""
        self._glyphs = glyphs
        self._cursor: Key | None = None
        self._now = 0.0
        self._frame = 0
        self._style_version = 0
        self._empty_look: tuple[str, int, int] | None = None
        """The words, the width and the styles that `_empty` is made of."""
        self._empty: list[Strip] = []
        """The lines of the words for no rows, and behind them the one below all rows."""
        self._styles: dict[Role, Style] = {}
        self._cursor_styles: dict[Role, Style] = {}

    # What heirs tell

    @property
    @abstractmethod
    def row_count(self) -> int:
        """How many rows there are."""

    @abstractmethod
    def row_at(self, y: int) -> Row:
        """The row with this number, from 0 to `row_count - 1`."""

    @abstractmethod
    def row_number(self, key: Key) -> int | None:
        """Where a node's first row is; None where it is not shown."""

    @property
    def first_place(self) -> int:
        """The row that the cursor begins on: the newest."""
        return self.row_count - 1

    def cursor_moved(self) -> None:
        """Called when the user moved the cursor."""

    def now_moved(self) -> None:
        """Called when `now` was set."""

    def row_clicked(self, y: int, x: int, chain: int) -> None:
        """Called when the mouse was clicked `chain` times on cell `x` of row `y`."""
        self.place_cursor(y)

    # Painting

    def watch_show_vertical_scrollbar(self, is_shown: bool) -> None:
        """A bar that appears stands where the rows do: Textual moves none that is not there yet."""
        if is_shown:
            self.vertical_scrollbar.position = self.scroll_y

    @property
    def now(self) -> float:
        """The moment that durations of what is going on are counted to, in milliseconds; the owner sets it."""
        return self._now

    @now.setter
    def now(self, now: float) -> None:
        before, self._now = self._now, now
        for y in self.visible_rows:
            row = self.row_at(y)
            if row.since is not None and row.right_at(before) != row.right_at(now):
                self.refresh_lines(y)
        self.now_moved()

    @property
    def row_width(self) -> int:
        """Cells of a row."""
        return self.scrollable_content_region.width

    @property
    def visible_rows(self) -> range:
        """The numbers of the rows that can be seen."""
        top = self.scroll_offset.y
        return range(min(top, self.row_count), min(top + self.size.height, self.row_count))

    def render_line(self, y: int) -> Strip:
        """One line of what can be seen."""
        width = self.row_width
        if not self._styles:
            self._load_styles()
        number = self.scroll_offset.y + y
        if number >= self.row_count:
            return self._render_empty(y, width)
        row = self.row_at(number)
        is_cursor = row.key == self._cursor
        frame = self._frame if row.state is SPINNER else 0
        look = (width, is_cursor, self._style_version, row.right_at(self._now), frame)
        if row.look != look or row.strip is None:
            styles = self._cursor_styles if is_cursor else self._styles
            row.strip = paint(row, width, styles, self._glyphs, now=self._now, frame=frame)
            row.look = look
        return row.strip

    def _render_empty(self, y: int, width: int) -> Strip:
        """A line without a row, the same strip each time; where there are none, the first say what belongs here."""
        look = ("" if self.row_count else self.empty_text, width, self._style_version)
        if look != self._empty_look:
            indent = self.empty_indent
            lines = wrap(look[0], max(width, 2), initial_indent=indent, subsequent_indent=indent)
            quiet, plain = self._styles["quiet"], self._styles["plain"]
            strips = [Strip([Segment(text, quiet)]).adjust_cell_length(width, plain) for text in (*lines, "")]
            self._empty_look, self._empty = look, strips
        return self._empty[min(y, len(self._empty) - 1)]

    def notify_style_update(self) -> None:
        """Called by Textual when styles change."""
        super().notify_style_update()
        self._styles.clear()
        self._style_version += 1

    def _load_styles(self) -> None:
        cursor = self.get_component_rich_style("rows--cursor" if self.has_focus else "rows--cursor-blurred")
        background = Style(bgcolor=cursor.bgcolor)
        for role in ROLES:
            style = self.get_component_rich_style(f"rows--{role}")
            self._styles[role] = style
            self._cursor_styles[role] = style + background

    # Cursor and scrolling

    def show_rows(self) -> None:
        """Take in that the number of rows may have changed."""
        size = Size(self.row_width, self.row_count)
        if size == self.virtual_size:
            return
        if self._needs_layout(size):
            self.virtual_size = size
        else:
            # Not through the reactive: the whole screen would be laid out, for each row that a call grows by.
            self.set_reactive(RowView.virtual_size, size)
            self._put_bar()

    def _needs_layout(self, size: Size) -> bool:
        """Whether anything is to be elsewhere where there are so many rows: the widget, its bar, what is seen.

        Their width is what the widget has: nothing is scrolled sideways, so it moves nothing.
        """
        room = self.container_size.height
        return (
            self.styles.is_auto_height
            or (size.height > room) != self.show_vertical_scrollbar
            or self.scroll_y > max(size.height - room, 0)
        )

    def _put_bar(self) -> None:
        if self.show_vertical_scrollbar:
            put_bar(self.vertical_scrollbar, lines=self.virtual_size.height, position=self.scroll_y)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """In the place of Textual's, which draws all of the bar anew."""
        self._put_bar()
        if round(old_value) != round(new_value):
            self.refresh()

    def scroll_to_row(self, y: int) -> None:
        """Make this the first row that is seen, as far as there are rows enough."""
        if self.is_mounted:
            self.scroll_to(y=y, animate=False, force=True)

    def place_cursor(self, y: int) -> None:
        """Put the cursor on the node that this row belongs to and make it visible."""
        y = max(0, min(y, self.row_count - 1))
        key = self.row_at(y).key
        first = last = y
        while first > 0 and self.row_at(first - 1).key == key:
            first -= 1
        while last + 1 < self.row_count and self.row_at(last + 1).key == key:
            last += 1
        self._cursor = key
        top, height = self.scroll_offset.y, max(1, self.size.height)
        if first < top or last - first >= height:
            self.scroll_to_row(first)
        elif last >= top + height:
            self.scroll_to_row(last - height + 1)
        self.refresh()
        self.cursor_moved()

    def on_focus(self) -> None:
        """Show where the cursor is."""
        if self._cursor is None and self.row_count:
            self._cursor = self.row_at(self.first_place).key
        self.refresh()

    def _step_cursor(self, by: int) -> None:
        if not self.row_count:
            return
        y = None if self._cursor is None else self.row_number(self._cursor)
        if y is None:
            self.place_cursor(self.visible_rows[-1])
            return
        if by > 0:
            while y < self.row_count - 1 and self.row_at(y + 1).key == self._cursor:
                y += 1
        self.place_cursor(y + by)

    def action_cursor_up(self) -> None:
        """To the node before."""
        self._step_cursor(-1)

    def action_cursor_down(self) -> None:
        """To the next node."""
        self._step_cursor(1)

    def action_cursor_page(self, direction: int) -> None:
        """A pane's height up or down."""
        self._step_cursor(direction * max(1, self.size.height - 1))

    def action_cursor_first(self) -> None:
        """To the first node."""
        if self.row_count:
            self.place_cursor(0)

    def action_cursor_last(self) -> None:
        """To the last node."""
        if self.row_count:
            self.place_cursor(self.row_count - 1)

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where the mouse is."""
        offset = event.get_content_offset(self)
        if offset is None or (y := self.scroll_offset.y + offset.y) >= self.row_count:
            return
        event.stop()
        self.row_clicked(y, offset.x, event.chain)
