"""The list in the sidebar: saved sessions or what a search found, with a cursor, folds and the reader's place.

Owns where the cursor stands and what is seen when the list is replaced: both are kept by what they show, not by number.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import ClassVar

from textual import events
from textual.actions import SkipAction
from textual.binding import BindingType
from textual.message import Message

from agent.conversation.run import Run
from agent.library.listing import Found, Match, SessionInfo, TurnInfo
from tui.drawing.glyphs import UNICODE, Glyphs
from tui.drawing.rows import Key, Row
from tui.panes.history.found import FoundRows
from tui.panes.history.library import LibraryRows
from tui.panes.history.listed import ListedRows
from tui.panes.history.places import Place
from tui.widgets.bindings import bindings
from tui.widgets.row_view import RowView

__all__ = ["SessionList"]


class SessionList(RowView):
    """Sessions with their turns, or with the places where words were found.

    One thing: the reader's place in rows that are replaced. Which rows there are is held by `LibraryRows` and
    `FoundRows`.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings(
        {
            "history.toggle": "toggle_fold",
            "history.fold": "fold",
            "history.unfold": "unfold",
        }
    )

    @dataclass
    class Chosen(Message):
        """What is under the cursor was clicked."""

    class CursorMoved(Message):
        """The cursor may stand on another session."""

    @dataclass
    class TurnsWanted(Message):
        """A session was unfolded whose turns are not known."""

        session_id: str

    def __init__(self, *, glyphs: Glyphs = UNICODE, empty_text: str = "") -> None:
        super().__init__(glyphs=glyphs, empty_text=empty_text)
        self.empty_indent = " "
        self._empty_library = empty_text
        self._library = LibraryRows(glyphs)
        self._found: FoundRows | None = None
        """What a search found; None while the library is shown."""
        self._left: Place | None = None
        """Where the reader was in the library when results came."""
        self._height = 0
        """Rows that could be seen at the last resize."""
        self._reveal_due = False
        """Whether the open session is to be brought in sight as soon as there is room to see it."""

    # What the owner calls

    @property
    def library(self) -> LibraryRows:
        """The sessions, also while what was found is shown in their place."""
        return self._library

    def show_sessions(self, sessions: Sequence[SessionInfo], now: float) -> None:
        """List these sessions; `now` is in milliseconds since the epoch."""
        is_first = not self._library.now
        with self._keeping():
            self._library.show_sessions(sessions, now)
        if is_first and not self.has_focus:
            self._reveal()

    def open(self, session_id: str) -> None:
        """Mark this session as the open one."""
        with self._keeping():
            self._library.open(session_id)
        if self._found is not None:
            self._found.open(session_id)
            if self._left is not None:  # who leaves the search goes on at what he opened
                self._left = replace(self._left, cursor=None)
            self.refresh()
        elif not self.has_focus:
            self._cursor = None  # who comes back begins at what is open

    def show(self, title: str, runs: Sequence[Run]) -> None:
        """Have these turns in the open session, and bring it in sight of who does not use the list."""
        with self._keeping():
            self._library.show(title, runs)
        if not self.has_focus:
            self._reveal()

    def update_run(self, run: Run) -> None:
        """Show what changed in a turn of the open session, or a new one."""
        library = self._library
        if library.has_run(run):
            library.put_run(run)
            for key in ((library.open_id, run.id), (library.open_id,)):
                self._renew(key)
            return
        newest = library.newest
        last = library.row_number(newest)
        is_followed = (last is None or last in self.visible_rows) and (not self.has_focus or self._cursor == newest)
        with self._keeping():
            library.put_run(run)
        if is_followed:
            self._reveal(whole=False)

    def mark(self, run_id: str | None) -> None:
        """Mark this turn of the open session as the one that the other panes show."""
        library = self._library
        before, library.current = library.current, run_id
        for changed in (before, run_id):
            if changed is not None:
                self._renew((library.open_id, changed))

    def show_turns(self, session_id: str, turns: Sequence[TurnInfo]) -> None:
        """Have these turns in a session that was unfolded."""
        read = self._cursor if self.has_focus else None
        with self._keeping(read or (session_id,)):
            self._library.show_turns(session_id, turns)

    def show_found(self, found: Sequence[Found], nothing: str, *, anew: bool) -> None:
        """Show what a search found in place of the library; `nothing` is said where that is nothing.

        `anew`: begin at the top, for these are the results of another search than those that are shown.
        """
        place = self._place()
        if self._found is None:
            self._left = place
        self._found = FoundRows(found, self._library.open_id, self._library.now, self._glyphs)
        self.empty_text = nothing
        if anew:
            self._cursor = self.row_at(0).key if found else None
            self.show_rows()
            self.scroll_to_row(0)
            self.refresh()
        else:
            self._return_to(place)

    def show_library(self) -> None:
        """Show the sessions again, where the reader left them."""
        self._found, self.empty_text = None, self._empty_library
        if self._left is not None:
            place, self._left = self._left, None
            self._return_to(place)

    # What the cursor stands on

    @property
    def session(self) -> SessionInfo | None:
        """The session under the cursor, or that what is there belongs to."""
        return self._rows.session(self._cursor) if self._cursor is not None else None

    @property
    def target(self) -> Run | str | Match | None:
        """What is under the cursor in its session: a turn of the open one, the id of another turn, or a match."""
        if self._cursor is None or len(self._cursor) == 1:
            return None
        if self._found is not None:
            return self._found.match(self._cursor)
        return self._library.run(self._cursor) or str(self._cursor[1])

    # Rows

    @property
    def _rows(self) -> ListedRows:
        return self._library if self._found is None else self._found

    @property
    def row_count(self) -> int:
        return len(self._rows)

    def row_at(self, y: int) -> Row:
        return self._rows.row_at(y, self.row_width)

    def row_number(self, key: Key) -> int | None:
        return self._rows.row_number(key)

    def _renew(self, key: Key) -> None:
        if self._library.renew(key) and self._found is None and (y := self.row_number(key)) is not None:
            self.refresh_lines(y)

    # The reader's place

    @contextmanager
    def _keeping(self, fixed: Key | None = None) -> Iterator[None]:
        """Keep the cursor and what is seen while the library changes; above all the row `fixed`."""
        if self._found is not None:
            yield
        else:
            place = self._place(fixed)
            yield
            self._return_to(place)
        for session_id in self._library.take_wanted():
            self.post_message(self.TurnsWanted(session_id))

    def _place(self, fixed: Key | None = None) -> Place:
        seen, top = self.visible_rows, self.scroll_offset.y
        y = self.row_number(fixed) if fixed is not None else None
        if y is not None and y in seen:
            return Place.of(self._rows, [y], top=top, around=y, cursor=self._cursor)
        y = self.row_number(self._cursor) if self._cursor is not None and self.has_focus else None
        if y is None or y not in seen:
            y = top or None  # who is at the top and does nothing there sees what comes
        return Place.of(self._rows, seen, top=top, around=y, cursor=self._cursor)

    def _return_to(self, place: Place) -> None:
        """Show the same as before, where it is now, and have the cursor on what it stood on or the nearest."""
        self.show_rows()
        self.scroll_to_row(place.top_in(self._rows))
        self._cursor = place.cursor_in(self._rows)
        if self._cursor is None and self.has_focus and self.row_count:
            self.place_cursor(self.first_place)
        self.refresh()

    def _reveal(self, *, whole: bool = True) -> None:
        """Bring the newest turn of the open session in sight; as a whole: its title, too, where both fit."""
        height, last = self.size.height, self.row_number(self._library.newest)
        self._reveal_due = not height
        first = self.row_number((self._library.open_id,))
        if self._found is not None or first is None or not height:
            return
        last = first if last is None else last
        top = self.scroll_offset.y
        if whole and last - first + 1 < height:
            top = min(top, max(0, first - 1))  # with the heading
        if not top <= last < top + height:
            top = last - height + 1
        self.scroll_to_row(top)

    def on_resize(self, event: events.Resize) -> None:
        """Take in how much can be seen; a cursor that was in sight stays there."""
        self.show_rows()
        self.refresh()
        before, self._height = self._height, self.size.height
        y = self.row_number(self._cursor) if self._cursor is not None and self.has_focus else None
        if y is not None and self._height <= y - self.scroll_offset.y < before:
            self.scroll_to_row(y - self._height + 1)
        if self._reveal_due:
            self._reveal()

    # The cursor

    @property
    def first_place(self) -> int:
        """The newest turn of the open session, or that session; where it is not shown, the first row."""
        for key in (self._library.newest, (self._library.open_id,)):
            if (y := self.row_number(key)) is not None:
                return y
        return self._choosable(0, 1) or 0

    def place_cursor(self, y: int) -> None:
        """Put the cursor on this row or the next one that it may stand on, and make it visible, with its heading."""
        before = self.row_number(self._cursor) if self._cursor is not None else None
        y = max(0, min(y, self.row_count - 1))
        direction = -1 if before is not None and y < before else 1
        chosen = self._choosable(y, direction)
        chosen = self._choosable(y, -direction) if chosen is None else chosen
        if chosen is None:
            return
        super().place_cursor(chosen)
        heading = chosen - 1
        if heading >= 0 and isinstance(self._rows.key_at(heading)[0], int) and heading < self.scroll_offset.y:
            self.scroll_to_row(heading)

    def cursor_moved(self) -> None:
        self.post_message(self.CursorMoved())

    def on_focus(self) -> None:
        """Show where the cursor is."""
        super().on_focus()
        self.cursor_moved()

    def _choosable(self, y: int, direction: int) -> int | None:
        """The first row from `y` on that the cursor may stand on."""
        numbers = range(y, self.row_count) if direction > 0 else range(y, -1, -1)
        return next((number for number in numbers if self._rows.can_be_chosen(number)), None)

    def action_cursor_up(self) -> None:
        """To the row before; above the first one is not ours."""
        y = self.row_number(self._cursor) if self._cursor is not None else None
        if not self.row_count or (y is not None and self._choosable(y - 1, -1) is None):
            self.scroll_to_row(0)
            raise SkipAction
        super().action_cursor_up()

    def row_clicked(self, y: int, x: int, chain: int) -> None:
        if not self._rows.can_be_chosen(y):
            return
        super().place_cursor(y)  # without its heading: nothing moves under the mouse
        if x == 1 and len(self._cursor or ()) == 1 and self._found is None:
            self.action_toggle_fold()
        else:
            self.post_message(self.Chosen())

    # Folding

    def _fold(self, folded: bool) -> None:
        if self._cursor is not None and self._found is None:
            key = self._cursor[:1]
            with self._keeping(key):
                self._library.fold(str(key[0]), folded)

    @property
    def _is_folded(self) -> bool:
        return self._cursor is not None and self._library.is_folded(str(self._cursor[0]))

    def action_toggle_fold(self) -> None:
        """Fold or unfold the session under the cursor."""
        self._fold(not self._is_folded)

    def action_fold(self) -> None:
        """Fold the session under the cursor; from what is in it, go there."""
        if self._cursor is not None and len(self._cursor) > 1 and (y := self.row_number(self._cursor[:1])) is not None:
            self.place_cursor(y)
        elif not self._is_folded:
            self._fold(True)

    def action_unfold(self) -> None:
        """Unfold the session under the cursor, or go to the first turn in it."""
        if self._is_folded:
            self._fold(False)
        elif self._cursor is not None and len(self._cursor) == 1 and (y := self.row_number(self._cursor)) is not None:
            below = self._choosable(y + 1, 1)
            if below is not None and self._rows.key_at(below)[:1] == self._cursor:
                self.place_cursor(below)
