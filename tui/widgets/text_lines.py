"""Lines of text in their roles, to be read, selected and copied: what popups show that is too long for a row.

It owns wrapping and selecting. Who knows what stands there gives the lines.
"""

from abc import abstractmethod
from collections.abc import Iterator
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

from tui.drawing.calls.text import TextLine, wrapped
from tui.drawing.rows import Role
from tui.widgets.bindings import bindings

__all__ = ["TextLines"]

_ROLES: tuple[Role, ...] = ("plain", "quiet", "strong", "name", "live", "ok", "warning", "error")


class TextLines(ScrollView, can_focus=True):
    """Lines that scroll."""

    ALLOW_SELECT = True
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"text--{role}" for role in _ROLES}
    DEFAULT_CSS = """
    TextLines {
        padding: 0 0 0 1;
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;
        color: $foreground;
        .text--plain { color: $foreground; }
        .text--quiet { color: $text-muted; }
        .text--strong { color: $text-accent; text-style: bold; }
        .text--name { color: $text-primary; text-style: bold; }
        .text--live { color: $text-accent; }
        .text--ok { color: $text-success; }
        .text--warning { color: $text-warning; }
        .text--error { color: $text-error; }
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

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: list[TextLine] = []
        self._styles: dict[Role, Style] = {}

    @abstractmethod
    def text(self) -> Iterator[TextLine]:
        """All lines, not wrapped."""

    def update_text(self) -> None:
        """Show what changed in it."""
        self._lines = list(wrapped(self.text(), self.scrollable_content_region.width))
        self.virtual_size = Size(self.scrollable_content_region.width, len(self._lines))
        self.refresh()

    def on_resize(self, event: events.Resize) -> None:
        """Wrap anew."""
        self.update_text()

    @property
    def allow_select(self) -> bool:
        return True

    def render_line(self, y: int) -> Strip:
        """One line of what can be seen, with what is selected of it."""
        if not self._styles:
            self._styles = {role: self.get_component_rich_style(f"text--{role}") for role in _ROLES}
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
