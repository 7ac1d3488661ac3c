"""The conversation as one scrolling widget that draws lines.

Owns the keys and the mouse, and what is seen. It knows run values, never events; it asks for copies and retries by
messages.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import ClassVar, Literal

from rich.cells import cell_len
from textual import events
from textual.binding import BindingType
from textual.geometry import Offset, Region
from textual.message import Message
from textual.reactive import reactive
from textual.selection import Selection
from textual.strip import Strip

from agent.conversation.finding import Hit
from agent.conversation.run import Run, RunStatus
from agent.figures import plural
from tui.drawing.glyphs import UNICODE, Glyphs
from tui.drawing.lines import PLAIN, Line
from tui.key_labels import DEFAULT_KEYS, Keys
from tui.panes.log.cursor import MessageCursor
from tui.panes.log.marks import Marks
from tui.panes.log.painter import NO_MARKS, ROLES, Painter
from tui.panes.log.selection import clicked, selected_text
from tui.panes.log.targets import all_sources
from tui.panes.log.view import GUTTER, ColumnView
from tui.widgets.bare_lines import as_drawn, is_bare
from tui.widgets.bindings import bindings

__all__ = ["MessageLog"]


class MessageLog(ColumnView, can_focus=True):
    """Questions, reasoning and answers of a session.

    One thing: it routes keys and clicks, and composes the lines that are seen. Where they are, what the keys are about,
    what is marked and how it is coloured is held by `Column`, `MessageCursor`, `Marks` and `Painter`.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"message-log--{role}" for role in ROLES}
    BINDINGS: ClassVar[list[BindingType]] = bindings(
        {
            "app.previous": "previous_message",
            "app.next": "next_message",
            "conversation.previous_code": "previous_code",
            "conversation.next_code": "next_code",
            "conversation.copy": "copy_message",
            "conversation.copy_code": "copy_code",
            "conversation.retry": "retry",
            "conversation.toggle": "toggle_fold",
            "conversation.fold": "fold(True)",
            "conversation.unfold": "fold(False)",
            "app.end": "follow",
        }
    )
    DEFAULT_CSS = """
    MessageLog {
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;
        color: $foreground;
        .message-log--header-user { color: $text-accent; text-style: bold; }
        .message-log--header-agent { text-style: bold; }
        .message-log--title { color: $text-accent; text-style: bold; }
        .message-log--heading { text-style: bold; }
        .message-log--strong { text-style: bold; }
        .message-log--emphasis { text-style: italic; }
        .message-log--strike { text-style: strike; }
        .message-log--link { color: $text-accent; text-style: underline; }
        .message-log--link-target { color: $text-muted; text-style: not underline; }
        .message-log--code { color: $text-secondary; background: $foreground 9%; }
        .message-log--fence { background: $foreground 5%; }
        .message-log--code-label { color: $text-muted; }
        .message-log--code-comment { color: $text-muted; text-style: italic; }
        .message-log--code-keyword { color: $text-accent; }
        .message-log--code-name { color: $text-secondary; }
        .message-log--code-number { color: $text-warning; }
        .message-log--code-string { color: $text-success; }
        .message-log--table-head { text-style: bold; }
        .message-log--rule { color: $foreground 25%; }
        .message-log--bullet { color: $text-muted; }
        .message-log--quote { color: $foreground 25%; }
        .message-log--quiet { color: $text-muted; }
        .message-log--mark { color: $text-accent; }
        .message-log--warning { color: $text-warning; }
        .message-log--error { color: $text-error; }
        .message-log--match { color: $foreground; background: $warning 30%; }
        .message-log--match-current { color: $background; background: $warning; text-style: bold not underline; }
        .message-log--cursor { color: $accent; }
        .message-log--badge { color: $text-accent; background: $accent-muted; }
    }
    """
    ALLOW_SELECT = True

    empty_text: reactive[str] = reactive("")
    """What is shown where there is nothing yet."""

    @dataclass
    class CopyRequested(Message):
        """The user wants text on the clipboard."""

        text: str
        what: Literal["message", "code block"]

    @dataclass
    class RetryRequested(Message):
        """The user wants the last question asked again."""

        run: Run

    def __init__(
        self,
        glyphs: Glyphs = UNICODE,
        *,
        keys: Keys = DEFAULT_KEYS,
        empty_text: str = "",
        again: str = "",
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        """`again` says how a question that was not answered is asked again; '' where it cannot be."""
        super().__init__(glyphs, name=name, id=id, classes=classes)
        self._column.again = again
        self.auto_links = False
        self._glyphs = glyphs
        self._keys = keys
        self._painter = Painter(self)
        self._cursor = MessageCursor(self._column)
        self._marks = Marks(self._column)
        self._painting = False
        self._pressed: Offset | None = None
        self.set_reactive(MessageLog.empty_text, empty_text)

    # Content

    def show(self, runs: Sequence[Run]) -> None:
        """Show these runs and no others, at their end."""
        self._cursor.clear()
        self._marks.hit = None
        super().show(runs)

    def swap(self, runs: Sequence[Run]) -> None:
        """Show the same runs at another moment."""
        self._cursor.clear()
        super().swap(runs)

    def jump_to(self, run_id: str) -> None:
        """Go to a run's question, and put the message cursor there."""
        index = self._column.index_of(run_id)
        if index is None or not self._laid_width:
            return
        self._cursor.put_on_question(index)
        self._column.view(index)
        self.following, self._new_lines = False, 0
        self._move_to(self._lay_visible(self._column.top(index)))
        self.refresh()

    @property
    def current_run(self) -> Run | None:
        """The run that the message cursor is in, else the last one."""
        return self._cursor.run

    def _to_lay_out(self, seen: range) -> range:
        """Matches are counted from the start of a text, so where they are marked all of it has to be laid out."""
        return self._column.whole_runs(seen) if self._marks.query and seen else seen

    def watch_empty_text(self) -> None:
        """Other words for nothing."""
        self.refresh()

    # The message cursor

    def action_previous_message(self) -> None:
        """Put the cursor on the message before."""
        self._walk(-1, code=False)

    def action_next_message(self) -> None:
        """Put the cursor on the message after."""
        self._walk(1, code=False)

    def action_previous_code(self) -> None:
        """Put the cursor on the code block before."""
        self._walk(-1, code=True)

    def action_next_code(self) -> None:
        """Put the cursor on the code block after."""
        self._walk(1, code=True)

    def _walk(self, direction: Literal[-1, 1], *, code: bool) -> None:
        seen = range(self._top, self._top + self.size.height)
        if not self._laid_width or not self._cursor.walk(direction, seen, code=code):
            return
        rows = self._cursor.rows
        if rows.start < seen.start or rows.stop > seen.stop:
            self._show_from(rows.start)
        self.refresh()

    def _show_from(self, y: int) -> None:
        """Bring a line to the top; following ends, but where that is the end."""
        self._column.lay_out(range(y, y + 1), y)
        self._move_to(self._lay_visible(y))
        self._follow_at_end()

    def action_copy_message(self) -> None:
        """Ask for a copy of the message under the cursor, else of the last one."""
        if text := self._cursor.message():
            self.post_message(self.CopyRequested(text, "message"))

    def action_copy_code(self) -> None:
        """Ask for a copy of the code block under the cursor, else of the one before it, else of the last one."""
        if text := self._cursor.code_block():
            self.post_message(self.CopyRequested(text, "code block"))

    def action_retry(self) -> None:
        """Ask for the run of the cursor again, else for the last one, where it has failed or was cancelled."""
        for run in (self.current_run, self._column.last):
            if run is not None and run.status not in (RunStatus.RUNNING, RunStatus.ANSWERED):
                self.post_message(self.RetryRequested(run))
                return

    def action_toggle_fold(self) -> None:
        """Fold or unfold the reasoning at the cursor."""
        self._fold(None)

    def action_fold(self, folded: bool) -> None:
        """Fold or unfold the reasoning at the cursor."""
        self._fold(folded)

    def _fold(self, folded: bool | None) -> None:
        if self._cursor.fold(folded):
            self._move_to(self._lay_visible(self._top))
            self._follow_at_end()
            self.refresh()

    # Finding

    def highlight(self, query: str | None) -> None:
        """Mark all that a reader can see of the query; nothing where there is none. What is read stays in its place."""
        self._marks.query = query or ""
        if query:
            self._marks.hit = None
            self.refresh()
        else:
            self.show_hit(None)

    def show_hit(self, hit: Hit | None) -> None:
        """Mark one hit of the query as the current one and bring it into view; where it is seen, nothing moves.

        A hit in a tool call brings its run into view. While there is a current hit the end is not followed; without one
        it is again, where it is seen.
        """
        had, self._marks.hit = self._marks.hit, hit
        if hit is None:
            if had is not None:
                self._follow_at_end()
        elif self._laid_width and self._column.index_of(hit.run_id) is not None:
            self._bring_into_view(lambda: self._marks.rows_of(hit))
        self.refresh()

    def _first_to_paint(self, changed: int) -> int:
        """A match may begin on a line before the change, and have become one only now."""
        while self._marks.query and changed > self._top:
            line = self._column.line(changed - 1)[2]
            if line is None or not line.goes_on:
                break
            changed -= 1
        return changed

    # The mouse

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Remember where, to tell a click from a selection."""
        self._pressed = event.screen_offset

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on a message, fold a reasoning, follow by the badge; more clicks select more and more."""
        event.prevent_default()  # it would select the whole session at a double click
        offset = event.get_content_offset(self)
        if offset is None or event.screen_offset != self._pressed or not len(self._column):
            return
        badge = self._badge()
        if badge and offset.y == self.size.height - 1 and offset.x >= self.size.width - cell_len(badge):
            self.follow()
        elif (is_message := self._cursor.put_at(self._top + offset.y)) is not None:
            # Beside a message, what stands there may name a key, which is for the run of the one above.
            if is_message and event.chain > 1:
                at, rows = Offset(offset.x, self._top + offset.y), self._cursor.rows
                chosen = clicked(self._column, at, event.chain, rows, width=self.size.width, gutter=GUTTER)
                self.screen.selections = {self: chosen}
            elif is_message and self._cursor.is_on_reasoning:
                self._fold(None)
            self.refresh()

    # The selection

    def selection_updated(self, selection: Selection | None) -> None:
        """Show it."""
        self.refresh()

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected text without the line breaks of the wrap; the sources where everything is selected."""
        if not len(self._column):
            return None
        if selection.start is None and selection.end is None:
            return all_sources(self._column), "\n"
        bottom = min(self._top + self.size.height, self._column.height) - 1
        start = Offset(selection.start.x, selection.start.y) if selection.start else Offset(0, self._top)
        last = selection.end.y if selection.end else bottom
        last += self._lay_out_between(start.y, last)
        return selected_text(self._column, start, selection.end, last, gutter=GUTTER), "\n"

    def _lay_out_between(self, first: int, last: int) -> int:
        """Lay out what was never seen of these lines; gives how many more they are by that."""
        rows, height = range(first, last + 1), self._column.height
        if not self._column.has_guesses(rows):
            return 0
        place = self._column.place_at(self._top)
        self._column.lay_out(rows, first)
        if place is not None:
            self._move_to(self._lay_visible(self._column.line_of(place)))
            self.refresh()
        return self._column.height - height

    # Drawing

    def notify_style_update(self) -> None:
        """The theme may have changed."""
        super().notify_style_update()
        self._painter.clear()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Lines for the screen; only those for the mouse need to know where each character stands."""
        if self.size != self._laid_size:
            # Textual tells its size to no widget that it first met when it was asked for the region of another.
            self.call_next(self._lay_anew)
        if is_bare(self):
            return as_drawn(self, self._drawn(crop.line_range), crop)
        self._painting = True
        try:
            return super().render_lines(crop)
        finally:
            self._painting = False

    def render_line(self, y: int) -> Strip:
        """A line as it is seen."""
        (strip,) = self._drawn(range(y, y + 1))
        return strip if self._painting or not len(self._column) else strip.apply_offsets(0, self._top + y)

    def _drawn(self, seen: Iterable[int]) -> list[Strip]:
        """The lines that are seen there, whatever is drawn over them."""
        width, height = self.size
        if not len(self._column):
            lines = self._empty_lines()
            return [self._painter.centred(lines.get(y, ""), width) for y in seen]
        badge, chosen = self._badge(), self._cursor.rows if self.has_focus else range(0)
        selection, strips = self.text_selection, []
        for y in seen:
            row = self._top + y
            if badge and y == height - 1:
                strip = self._painter.badge(badge, width)
            elif not self._laid_width or row >= self._column.height:
                strip = Strip.blank(width, self._painter.style(PLAIN))
            else:
                strip = self._content(row, width, is_chosen=row in chosen)
                if selection is not None and (span := selection.get_span(row)) is not None:
                    strip = self._painter.selected(strip, *span)
            strips.append(strip)
        return strips

    def _content(self, row: int, width: int, *, is_chosen: bool) -> Strip:
        index, view, line = self._column.line(row)
        own = row - self._column.top(index)
        marks = self._marks.on(view, own) if self._marks.query else NO_MARKS
        bar = self._glyphs.bar if is_chosen else ""
        cursor = self._glyphs.cursor if view.cursor == own else ""
        return self._painter.row(line or Line(), width, bar, marks, cursor)

    def _badge(self) -> str:
        if self.following or not self._new_lines:
            return ""
        arrow = "v" if self._glyphs.bullet.isascii() else "↓"
        return self._keys.fill(f" {arrow} {plural(self._new_lines, 'new line')}  {{app.end}} ")

    def _empty_lines(self) -> dict[int, str]:
        """What stands there while nothing was said, by its rows."""
        width = max(self.size.width - 4, 1)
        lines = [part for line in self.empty_text.splitlines() for part in wrap(line, width) or [""]]
        return dict(enumerate(lines, start=max(0, (self.size.height - len(lines)) // 2)))
