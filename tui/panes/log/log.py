"""The conversation as one scrolling widget that draws lines.

Owns the message cursor, the keys and the mouse, the selection's text and the colours. It knows run values, never
events; it asks for copies and retries by messages.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import ClassVar, Literal

from rich.cells import cell_len, set_cell_size
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
from tui.drawing.lines import PLAIN, Line, copied, word_span
from tui.key_labels import DEFAULT_KEYS, Keys
from tui.panes.log.marks import Marks
from tui.panes.log.painter import ROLES, Painter
from tui.panes.log.targets import Target, Targets
from tui.panes.log.view import GUTTER, ColumnView
from tui.widgets.bindings import bindings

__all__ = ["MessageLog"]


class MessageLog(ColumnView, can_focus=True):
    """Questions, reasoning and answers of a session.

    One thing, if a long one: lines under a cursor. Where they are, what is marked, what the cursor can be on and how
    they are coloured is held by `Column`, `Marks`, `Targets` and `Painter`.
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
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(glyphs, name=name, id=id, classes=classes)
        self.auto_links = False
        self._glyphs = glyphs
        self._keys = keys
        self._painter = Painter(self)
        self._targets = Targets(self._column)
        self._marks = Marks(self._column)
        self._cursor: Target | None = None
        self._painting = False
        self._pressed: Offset | None = None
        self.set_reactive(MessageLog.empty_text, empty_text)

    # Content

    def show(self, runs: Sequence[Run]) -> None:
        """Show these runs and no others, at their end."""
        self._cursor = self._marks.hit = None
        super().show(runs)

    def swap(self, runs: Sequence[Run]) -> None:
        """Show the same runs at another moment."""
        self._cursor = None
        super().swap(runs)

    def jump_to(self, run_id: str) -> None:
        """Go to a run's question, and put the message cursor there."""
        index = self._column.index_of(run_id)
        if index is None or not self._laid_width:
            return
        self._cursor = Target(run=index, part="question")
        self._column.view(index)
        self.following, self._new_lines = False, 0
        self._move_to(self._lay_visible(self._column.top(index)))
        self.refresh()

    @property
    def current_run(self) -> Run | None:
        """The run that the message cursor is in, else the last one."""
        return self._column.run(self._cursor.run) if self._cursor else self._column.last

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
        if not self._laid_width:
            return
        outside = self._top + self.size.height if direction < 0 else self._top - 1
        start = self._targets.rows_of(self._cursor).start if self._cursor else outside
        target = self._targets.neighbour(start, direction, code=code)
        if target is None:
            return
        self._cursor = target
        rows = self._targets.rows_of(target)
        if rows.start < self._top or rows.stop > self._top + self.size.height:
            self._show_from(rows.start)
        self.refresh()

    def _show_from(self, y: int) -> None:
        """Bring a line to the top; following ends, but where that is the end."""
        self._column.lay_out(range(y, y + 1), y)
        self._move_to(self._lay_visible(y))
        self._follow_at_end()

    def action_copy_message(self) -> None:
        """Ask for a copy of the message under the cursor, else of the last one."""
        if text := self._targets.source(self._cursor or self._targets.last_text()):
            self.post_message(self.CopyRequested(text, "message"))

    def action_copy_code(self) -> None:
        """Ask for a copy of the code block under the cursor, else of the one before it, else of the last one."""
        target = self._cursor
        if target is None or target.block is None:
            targets = self._targets
            below = targets.rows_of(target).stop if target else self._column.height
            target = targets.neighbour(below, -1, code=True) or targets.neighbour(below - 1, 1, code=True)
        if text := self._targets.source(target):
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
        target = self._targets.reasoning_near(self._cursor)
        if target is None:
            return
        unfolded = self._column.unfolded
        if folded is None:
            folded = target.part in unfolded
        if folded:
            unfolded.discard(target.part)
        else:
            unfolded.add(target.part)
        self._column.refresh_run(target.run)
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
        elif (target := self._targets.target_at(self._top + offset.y)) is not None:
            self._cursor = target
            if event.chain > 1:
                self._select(target, offset, event.chain)
            elif self._targets.reasoning_near(target) == target:
                self._fold(None)
            self.refresh()
        elif (above := self._targets.target_above(self._top + offset.y)) is not None:
            self._cursor = above  # what stands there may name a key, which is for this run
            self.refresh()

    # The selection

    def _select(self, target: Target, offset: Offset, clicks: int) -> None:
        """Select a word by two clicks, its line as it was written by three, the message by more."""
        row = self._top + offset.y
        rows = self._targets.rows_of(target)
        if clicks == 2:
            line = self._column.line(row)[2] or Line()
            start, end = word_span(line.text, len(set_cell_size(line.text, max(offset.x - GUTTER, 0))))
            chosen = Selection(Offset(GUTTER + start, row), Offset(GUTTER + end, row))
        else:
            if clicks == 3:
                rows = self._written_line(row, rows)
            chosen = Selection(Offset(0, rows.start), Offset(self.size.width, rows.stop - 1))
        self.screen.selections = {self: chosen}

    def _written_line(self, row: int, within: range) -> range:
        """The rows over which a line was wrapped."""
        first, last = row, row
        while first > within.start and (self._column.line(first - 1)[2] or Line()).joint is not None:
            first -= 1
        while last + 1 < within.stop and (self._column.line(last)[2] or Line()).joint is not None:
            last += 1
        return range(first, last + 1)

    def selection_updated(self, selection: Selection | None) -> None:
        """Show it."""
        self.refresh()

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected text without the line breaks of the wrap; the sources where everything is selected."""
        if not len(self._column):
            return None
        if selection.start is None and selection.end is None:
            return self._targets.all_sources(), "\n"
        bottom = min(self._top + self.size.height, self._column.height) - 1
        first, start = (selection.start.y, selection.start.x) if selection.start else (self._top, 0)
        last, end = (selection.end.y, selection.end.x) if selection.end else (bottom, None)
        last += self._lay_out_between(first, last)
        lines = [self._column.line(y)[2] or Line() for y in range(first, min(last, self._column.height - 1) + 1)]
        return copied(lines, max(0, start - GUTTER), None if end is None else max(0, end - GUTTER)), "\n"

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
        self._painting = True
        try:
            return super().render_lines(crop)
        finally:
            self._painting = False

    def render_line(self, y: int) -> Strip:
        """A line as it is seen."""
        width = self.size.width
        row = self._top + y
        if not len(self._column):
            return self._painter.centred(self._empty_line(y), width)
        if not self._laid_width or row >= self._column.height:
            strip = Strip.blank(width, self._painter.style(PLAIN))
        else:
            strip = self._content(row, width)
        if y == self.size.height - 1 and (badge := self._badge()):
            strip = self._painter.with_badge(strip, badge)
        return strip if self._painting else strip.apply_offsets(0, row)

    def _content(self, row: int, width: int) -> Strip:
        index, view, line = self._column.line(row)
        if self._marks.query:
            marks = self._marks.on(view, row - self._column.top(index))
            strip = self._painter.strip(line or Line(), width - GUTTER, marks)
        else:
            strip = self._painter.strip(line or Line(), width - GUTTER)
        if view.cursor == row - self._column.top(index):
            strip = self._painter.with_cursor(strip, line or Line(), self._glyphs.cursor)
        chosen = self._cursor is not None and self.has_focus and row in self._targets.rows_of(self._cursor)
        strip = self._painter.with_gutter(strip, self._glyphs.bar if chosen else "")
        selection = self.text_selection
        if selection is not None and (span := selection.get_span(row)) is not None:
            strip = self._painter.selected(strip, *span)
        return strip

    def _badge(self) -> str:
        if self.following or not self._new_lines:
            return ""
        arrow = "v" if self._glyphs.bullet.isascii() else "↓"
        return self._keys.fill(f" {arrow} {plural(self._new_lines, 'new line')}  {{app.end}} ")

    def _empty_line(self, y: int) -> str:
        width = max(self.size.width - 4, 1)
        lines = [part for line in self.empty_text.splitlines() for part in wrap(line, width) or [""]]
        index = y - max(0, (self.size.height - len(lines)) // 2)
        return lines[index] if 0 <= index < len(lines) else ""
