"""Scrolls a column of runs: follows the end, and keeps what is being read in its place.

Owns the scroll position and whether it follows. Runs are laid out when they come into view; others have a guessed
height, and correcting it moves nothing that is seen. It knows no colours and draws nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from textual import events
from textual.geometry import Region, Size
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollDown, ScrollUp

from agent.conversation.run import Run
from tui.drawing.glyphs import Glyphs
from tui.panes.log.column import Column, Place
from tui.widgets.scroll_bar import put_bar

__all__ = ["GUTTER", "ColumnView"]

GUTTER = 2
"""Cells left of the text, for the bar of the chosen message."""
_CURSOR = 1
"""Cells right of the text, for the cursor behind a full line."""


class ColumnView(ScrollView):
    """The scrolling half of the message log.

    One thing: what is seen of a column whose heights change, with the end followed or the reader's place kept.
    """

    following: reactive[bool] = reactive(True)
    """Whether the view stays at the end as text comes."""
    fragment_marks: reactive[bool] = reactive(False)
    """Whether text is drawn as it arrived, with a mark at the start of each fragment."""

    def __init__(
        self, glyphs: Glyphs, *, name: str | None = None, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._column = Column(glyphs)
        self._top = 0
        """The first line seen, where it was last put or scrolled to."""
        self._laid_width = 0
        """The width that runs are laid out for; 0 until there is one."""
        self._laid_size = Size(0, 0)
        self._wanted: Place | None = None
        """Where to go as soon as there is a width to lay out for."""
        self._new_lines = 0
        """Lines that have come since following ended."""
        self._moving = False

    def show(self, runs: Sequence[Run]) -> None:
        """Show these runs and no others, at their end."""
        self._column.show(runs)
        self._wanted = None
        self.follow()
        self.refresh()

    def swap(self, runs: Sequence[Run]) -> None:
        """Show the same runs at another moment; who reads stays where he is as far as that is still there."""
        place = None if self.following or not self._laid_width else self._column.place_at(self._top)
        self._column.swap(runs)
        self._new_lines = 0
        if not self._laid_width:
            return
        if place is None or place.run >= len(runs):
            self.follow()
        else:
            self._move_to(self._lay_visible(self._column.line_of(place)))
            self._follow_at_end()
            self.refresh()

    def update_run(self, run: Run) -> None:
        """A run is new or has changed; costs what is new in it."""
        if not self._laid_width:
            self._column.add(run)
            return
        place = None if self.following else self._column.place_at(self._top)
        before = self._column.height
        changed = self._first_to_paint(self._column.update(run))
        top = self._top
        if self.following:
            self._move_to(self._end())
        else:
            self._new_lines += max(0, self._column.height - before)
            self._move_to(self._lay_visible(self._column.line_of(place) if place else 0))
            self.refresh(Region(0, self.size.height - 1, self.size.width, 1))
        if self._top == top:
            first = max(0, changed - top)
            self.refresh(Region(0, first, self.size.width, max(0, self.size.height - first)))
        else:
            self.refresh()

    def _first_to_paint(self, changed: int) -> int:
        """The first line to be painted where lines have changed from `changed` on."""
        return changed

    def follow(self) -> None:
        """Go to the end and stay there as text comes."""
        self.following = True
        self._new_lines = 0
        if self._laid_width:
            self._move_to(self._end())
            self.refresh()

    def place(self) -> dict[str, Any] | None:
        """What is read, to be returned to at any time and width, as plain JSON; None at the end, where it follows."""
        place = None if self.following else self._wanted
        if place is None and self._laid_width and not self.following:
            place = self._column.place_at(self._top)
        return None if place is None else {**asdict(place), "run": self._column.run(place.run).id}

    def restore_place(self, place: Mapping[str, Any]) -> None:
        """Go to where `place` was told; what is no place, or is in no run that is shown, is ignored."""
        wanted = self._column.place_from(place)
        if wanted is None:
            return
        self.following, self._new_lines = False, 0
        if not self._laid_width:
            self._wanted = wanted
            return
        self._move_to(self._lay_visible(self._column.line_of(wanted)))
        self._follow_at_end()
        self.refresh()

    def _bring_into_view(self, rows: Callable[[], range]) -> None:
        """Show the first of some lines in the middle, unless any of them is seen; `rows` tells where they are now."""
        height, place, before = self.size.height, self._column.place_at(self._top), self._column.height
        where, top = rows(), self._top
        if place is not None and self._column.height != before:  # looking has laid something out
            top = self._column.line_of(place)
        if where.start >= top + height or where.stop <= top:
            for _ in range(2):  # what is laid out around the place at first moves it
                top = self._lay_visible(max(0, rows().start - height // 2))
        self._move_to(top)
        self.following, self._new_lines = False, 0
        self.refresh()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Whatever else moved the view was the user: follow where he is at the end, else stay with what he reads."""
        if self._moving:
            return
        super().watch_scroll_y(old_value, new_value)
        if self.size != self._laid_size or not len(self._column):
            return
        height = self._column.height
        self._top = self._lay_visible(round(new_value))
        self._follow_at_end()
        if self._top != round(new_value) or self._column.height != height:
            self._move_to(self._top)

    def on_scroll_up(self, event: ScrollUp) -> None:
        """A click above the bar's thumb."""
        event.prevent_default().stop()
        self.action_page_up()

    def on_scroll_down(self, event: ScrollDown) -> None:
        """A click below the bar's thumb."""
        event.prevent_default().stop()
        self.action_page_down()

    def on_resize(self, event: events.Resize) -> None:
        """Lay out for the new width what is visible, and keep it in its place."""
        self._lay_anew()

    def watch_fragment_marks(self) -> None:
        """Draw all texts the other way."""
        if self._laid_width:
            self._lay_anew(force=True)

    def _lay_anew(self, *, force: bool = False) -> None:
        width = self.size.width - GUTTER - _CURSOR
        place = None if self.following or not self._laid_width else self._column.place_at(self._top)
        place, self._wanted = self._wanted or place, None
        if force or width != self._laid_width:
            self._laid_width = width
            self._column.lay_anew(width, marks=self.fragment_marks)
        self._laid_size = self.size
        if not len(self._column):
            return
        self._move_to(self._lay_visible(self._column.line_of(place)) if place else self._end())
        self.refresh()

    def _lay_visible(self, top: int) -> int:
        """Lay out what is seen with `top` as the first line; gives the first line with heights corrected."""
        column = self._column
        while True:
            seen = self._seen(self._lay_runs(top))
            wanted = self._to_lay_out(seen)
            if not column.has_guesses(wanted):
                return seen.start
            kept = next((y for y in seen if not column.has_guesses(range(y, y + 1))), seen.start)
            top = seen.start + column.lay_out(wanted, kept) - kept

    def _seen(self, top: int) -> range:
        """The lines that are seen where `top` is put at the top."""
        height = self._column.height
        top = max(0, min(top, height - self.size.height))
        return range(top, min(top + self.size.height, height))

    def _to_lay_out(self, seen: range) -> range:
        """The lines that have to be laid out so that these can be drawn."""
        return seen

    def _lay_runs(self, top: int) -> int:
        """Lay out the runs that are seen with `top` as the first line; gives that line with heights corrected."""
        column, rows = self._column, self.size.height
        visible = range(column.at(top), column.at(top + rows - 1) + 1)
        anchor = next((index for index in visible if column.is_measured(index)), None)
        if anchor is None:
            anchor = visible.start
            top = column.top(anchor) + min(top - column.top(anchor), column.view(anchor).height - 1)
        offset = column.top(anchor) - top
        while unknown := [i for i in range(column.at(top), column.at(top + rows - 1) + 1) if not column.is_measured(i)]:
            column.view(unknown[-1])
            top = max(0, column.top(anchor) - offset)
        column.forget_far(range(column.at(top), column.at(top + rows - 1) + 1))
        return top

    def _end(self) -> int:
        """The first line where the last one is at the bottom, all between them laid out."""
        while self._column.has_guesses(wanted := self._to_lay_out(self._seen(self._end_of_runs()))):
            self._column.lay_out(wanted, wanted.start)
        return self._end_of_runs()

    def _end_of_runs(self) -> int:
        """The first line where the last one is at the bottom, all runs between them laid out."""
        column, rows = self._column, self.size.height
        for index in reversed(range(len(column))):
            column.view(index)
            if column.height - column.top(index) >= rows:
                break
        top = max(0, column.height - rows)
        column.forget_far(range(column.at(top), len(column)))
        return top

    def _move_to(self, top: int) -> None:
        """Scroll, not on the user's behalf."""
        size = Size(self.size.width, self._column.height)
        if size != self.virtual_size:
            # Not through the reactive: its layout of the whole screen is not needed, only the bar must know.
            self.set_reactive(ColumnView.virtual_size, size)
        self._moving = True
        self.scroll_to(y=top, animate=False, force=True)
        self._moving = False
        self._top = round(self.scroll_y)
        put_bar(self.vertical_scrollbar, lines=size.height, position=self.scroll_y)

    def _follow_at_end(self) -> None:
        """Follow if this is the end; else stay."""
        at_end = self._top >= self._column.height - self.size.height
        if at_end or self.following:
            self._new_lines = 0
        self.following = at_end

    def action_follow(self) -> None:
        """Go to the end and follow."""
        self.follow()

    def action_scroll_up(self) -> None:
        """One line up."""
        self.scroll_to(y=self._top - 1, animate=False)

    def action_scroll_down(self) -> None:
        """One line down."""
        self.scroll_to(y=self._top + 1, animate=False)

    def action_page_up(self) -> None:
        """One screen up."""
        self.scroll_to(y=self._top - self.size.height + 1, animate=False)

    def action_page_down(self) -> None:
        """One screen down."""
        self.scroll_to(y=self._top + self.size.height - 1, animate=False)

    def action_scroll_home(self) -> None:
        """To the start."""
        self.scroll_to(y=0, animate=False)

    def action_scroll_end(self) -> None:
        """To the end."""
        self.follow()
