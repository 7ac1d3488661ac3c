"""One tool call whole, to be read, selected and copied. Draws lines; knows one call and its run."""

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

from agent.conversation.items import ToolCall
from agent.conversation.run import Run
from tui.drawing.calls.text import TextLine, call_text, wrapped
from tui.drawing.rows import Role
from tui.widgets.bindings import bindings

__all__ = ["CallDetail"]

_ROLES: tuple[Role, ...] = ("plain", "quiet", "strong", "name", "live", "ok", "warning", "error")


class CallDetail(ScrollView, can_focus=True):
    """The name, state, figures, arguments, result and fragments of a call."""

    ALLOW_SELECT = True
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"detail--{role}" for role in _ROLES}
    DEFAULT_CSS = """
    CallDetail {
        padding: 0 0 0 1;
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;
        color: $foreground;
        .detail--plain { color: $foreground; }
        .detail--quiet { color: $text-muted; }
        .detail--strong { color: $text-accent; text-style: bold; }
        .detail--name { color: $text-primary; text-style: bold; }
        .detail--live { color: $text-accent; }
        .detail--ok { color: $text-success; }
        .detail--warning { color: $text-warning; }
        .detail--error { color: $text-error; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings(
        {
            "call.up": "scroll_up",
            "call.down": "scroll_down",
            "call.page_up": "page_up",
            "call.page_down": "page_down",
            "call.start": "scroll_home",
            "call.end": "scroll_end",
        }
    )

    def __init__(self, call: ToolCall, run: Run, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._call = call
        self._run = run
        self._lines: list[TextLine] = []
        self._styles: dict[Role, Style] = {}

    def update_call(self) -> None:
        """Show what changed in the call."""
        self._lines = list(wrapped(call_text(self._call, self._run), self.scrollable_content_region.width))
        self.virtual_size = Size(self.scrollable_content_region.width, len(self._lines))
        self.refresh()

    def on_resize(self, event: events.Resize) -> None:
        """Wrap anew."""
        self.update_call()

    @property
    def allow_select(self) -> bool:
        return True

    def render_line(self, y: int) -> Strip:
        """One line of what can be seen, with what is selected of it."""
        if not self._styles:
            self._styles = {role: self.get_component_rich_style(f"detail--{role}") for role in _ROLES}
        number = self.scroll_offset.y + y
        width = self.scrollable_content_region.width
        if number >= len(self._lines):
            return Strip.blank(width, self._styles["plain"])
        text, role, _ = self._lines[number]
        style = self._styles[role]
        segments = [Segment(text, style)]
        selection = self.text_selection
        if selection is not None and (span := selection.get_span(number)) is not None:
            start, end = span
            end = len(text) if end == -1 else end
            marked = style + self.screen.get_component_rich_style("screen--selection")
            segments = [Segment(text[:start], style), Segment(text[start:end], marked), Segment(text[end:], style)]
        strip = Strip(segments).adjust_cell_length(width, self._styles["plain"])
        return strip.apply_offsets(0, number)

    def notify_style_update(self) -> None:
        """Called by Textual when styles change."""
        super().notify_style_update()
        self._styles.clear()

    def selection_updated(self, selection: Selection | None) -> None:
        """Called by Textual when the selection changes."""
        self.refresh()

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected text, without the line ends that only the width made."""
        pieces: list[str] = []
        for number, line in enumerate(self._lines):
            if (span := selection.get_span(number)) is None:
                continue
            start, end = span
            if pieces and not line.continues:
                pieces.append("\n")
            pieces.append(line.text[start : None if end == -1 else end])
        return "".join(pieces), "\n"
