"""Turns lines into strips in the colours of the theme.

Owns the cache of painted lines, the gutter, and what the selection looks like. Colours come from the component classes
of the widget it paints for.
"""

import re
from typing import get_args

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.cache import LRUCache
from textual.strip import Strip
from textual.widget import Widget

from tui.drawing.cells import fit
from tui.drawing.lines import BLANKS, PLAIN, Line, Look, Role
from tui.drawing.matches import Mark
from tui.panes.log.view import GUTTER

__all__ = ["NO_MARKS", "ROLES", "Painter"]

ROLES: tuple[Role, ...] = get_args(Role)
_SCHEME = re.compile(r"(?:https?|ftp|mailto):", re.IGNORECASE)
"""What a terminal is given to open; other links are only text."""
_CURSOR = Look(("cursor",))
_BADGE = Look(("badge",))
_QUIET = Look(("quiet",))
_MATCH = Look(("match",))
_CURRENT = Look(("match-current",))
Marked = tuple[tuple[Mark, ...], int | None]
"""What is to be marked on a line, and the number of the match that is looked at."""
NO_MARKS: Marked = ((), None)


class Painter:
    """Paints for one widget."""

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self._styles: dict[Look, Style] = {}
        self._strips: LRUCache[tuple[Line, int, Marked, str, str], Strip] = LRUCache(1024)
        self._base = Style()

    def clear(self) -> None:
        """Forget all colours: the theme has changed."""
        self._styles.clear()
        self._strips.clear()

    def style(self, look: Look) -> Style:
        """The style of a look, on the widget's own."""
        style = self._styles.get(look)
        if style is None:
            if not self._styles:
                self._base = self._widget.rich_style
            style = self._base
            for role in look.roles:
                style += self._role(role)
            if look.link is not None and _SCHEME.match(look.link):
                style += Style(link=look.link)
            self._styles[look] = style
        return style

    def row(self, line: Line, width: int, bar: str = "", marks: Marked = NO_MARKS, cursor: str = "") -> Strip:
        """A line behind its gutter, `width` cells in all: the same strip each time.

        `bar` stands in the gutter where the message is chosen, `cursor` at the end of the text where it is written;
        `marks` are the matches of a search.
        """
        key = (line, width, marks, bar, cursor)
        strip = self._strips.get(key)
        if strip is None:
            strip = self._strip(line, width - GUTTER, marks)
            strip = self._with_cursor(strip, line, cursor) if cursor else strip
            strip = self._strips[key] = self._with_gutter(strip, bar)
        return strip

    def selected(self, strip: Strip, start: int, end: int) -> Strip:
        """`strip` with the characters from `start` up to `end` shown as selected; -1 is the last one."""
        style = Style(bgcolor=self._widget.screen.get_component_rich_style("screen--selection").bgcolor)
        text = strip.text
        first = cell_len(text[:start])
        last = strip.cell_length if end == -1 else cell_len(text[:end])
        if first >= last:
            return strip
        before, chosen, after = strip.crop(0, first), strip.crop(first, last), strip.crop(last)
        return Strip.join([before, Strip(Segment.apply_style(chosen, post_style=style)), after])

    def badge(self, badge: str, width: int) -> Strip:
        """A badge at the end of a line of its own: over text it would hide the end of what is being read."""
        room = max(0, width - cell_len(badge))
        return Strip([Segment(" " * room, self.style(PLAIN)), Segment(badge, self.style(_BADGE))])

    def centred(self, text: str, width: int) -> Strip:
        """Quiet words in the middle."""
        text = fit(text, width, "")
        before = (width - cell_len(text)) // 2
        segments = [Segment(" " * before, self.style(PLAIN)), Segment(text, self.style(_QUIET))]
        return Strip(segments).adjust_cell_length(width, self.style(PLAIN))

    def _strip(self, line: Line, width: int, marks: Marked) -> Strip:
        """A line without its gutter, filled up to `width`, with the matches of a search marked."""
        segments = [Segment(text.translate(BLANKS), self.style(look)) for text, look in line.spans]
        strip = Strip(segments).adjust_cell_length(width, self.style(line.fill or PLAIN))
        return self._marked(strip, line, *marks) if marks[0] else strip

    def _with_gutter(self, strip: Strip, bar: str) -> Strip:
        """`strip` behind the gutter, with a bar in it where the message is chosen."""
        gutter = Segment(bar.ljust(GUTTER), self.style(_CURSOR if bar else PLAIN))
        return Strip([gutter, *strip], strip.cell_length + GUTTER)

    def _with_cursor(self, strip: Strip, line: Line, glyph: str) -> Strip:
        """`strip` with the cursor at the end of its text."""
        cells = cell_len(line.text)
        cursor = Strip([Segment(glyph, self.style(_CURSOR))])
        return Strip.join([strip.crop(0, cells), cursor, strip.crop(cells + 1)])

    def _marked(self, strip: Strip, line: Line, marks: tuple[Mark, ...], current: int | None) -> Strip:
        text = line.text
        segments: list[Segment] = []
        end = 0
        for mark in marks:
            first, last = cell_len(text[: mark.start]), cell_len(text[: mark.end])
            style = self.style(_CURRENT if mark.number == current else _MATCH)
            segments += strip.crop(end, first)
            segments += Segment.apply_style(strip.crop(first, last), post_style=style)
            end = last
        return Strip([*segments, *strip.crop(end)], strip.cell_length)

    def _role(self, role: Role) -> Style:
        """What a component class changes; its colours mixed with what is behind them."""
        name = f"message-log--{role}"
        partial = self._widget.get_component_rich_style(name, partial=True)
        whole = self._widget.get_component_rich_style(name)
        return partial + Style(
            color=whole.color if partial.color else None, bgcolor=whole.bgcolor if partial.bgcolor else None
        )
