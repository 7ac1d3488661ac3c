"""A text area for what people write: of any length, in any script. Knows no key of its own.

Textual's wraps all lines anew when it is resized, joins all of its text for each line that it draws and steps into the
middle of what is seen as one character. Here a line is wrapped when it changes, or the width does.
"""

import re
from collections.abc import Iterable
from itertools import pairwise

from textual._wrap import compute_wrap_offsets
from textual.content import Content
from textual.document._document import Document, EditResult, Location
from textual.document._document_navigator import DocumentNavigator
from textual.document._wrapped_document import WrappedDocument
from textual.expand_tabs import get_tab_widths
from textual.geometry import clamp
from textual.strip import Strip
from textual.widgets import TextArea

from tui.drawing.cells import graphemes

__all__ = ["LongTextArea"]

_CHUNK = re.compile(r"\S+\s*|\s+")
"""What goes on a line together: a word, and the blanks behind it."""
_NEAR = 64
"""Characters in which the end of one that is seen is found."""
_OWN_MARKS = (range(0x0900, 0x10A0), range(0x1780, 0x1800))
"""The scripts of South and South-East Asia, whose marks are typed and taken back one by one."""


class LongTextArea(TextArea):
    """Wraps its lines, which have no numbers; its cursor does not blink, for that costs more than all else at rest."""

    def __init__(self, text: str = "", *, placeholder: str | Content = "", id: str | None = None) -> None:
        super().__init__(text, soft_wrap=True, placeholder=placeholder, id=id)
        self.cursor_blink = False

    def _set_document(self, text: str, language: str | None) -> None:
        """Called by Textual to have another text; no language is highlighted here."""
        self.document = _Text(text)
        self.wrapped_document = _WrappedText(self.document, tab_width=self.indent_width)
        self.navigator = _Steps(self.wrapped_document)
        self.move_cursor((0, 0))
        self._rewrap_and_refresh_virtual_size()

    def _rewrap_and_refresh_virtual_size(self) -> None:
        """Called by Textual whenever the width may be another."""
        if not (isinstance(self.wrapped_document, _WrappedText) and self.wrapped_document.width == self.wrap_width):
            self.wrapped_document.wrap(self.wrap_width, self.indent_width)
        self._line_cache.clear()
        self._refresh_size()

    def render_line(self, y: int) -> Strip:
        """Called by Textual, which would part the placeholder into lines of no width."""
        return super().render_line(y) if self.content_size.width > 0 else Strip.blank(self.size.width)

    def find_matching_bracket(self, bracket: str, search_from: Location) -> Location | None:
        """None: prose is no code, and a bracket that is never closed would be sought in all of the text."""
        return None

    def clamp_visitable(self, location: Location) -> Location:
        """Where the cursor can stand: never within what is seen as one character."""
        row, column = super().clamp_visitable(location)
        line = self.document[row]
        if column == len(line) or line.isascii():
            return row, column
        end = max(column - _NEAR, 0)
        for piece in graphemes(line[end : column + _NEAR]):
            if end >= column:
                break
            end += len(piece)
        return row, end

    def action_delete_left(self) -> None:
        """Delete what is seen as one character; of scripts whose marks are typed one by one the last mark."""
        row, column = self.cursor_location
        last = self.document[row][column - 1 : column]
        if self.selection.is_empty and last and any(ord(last) in script for script in _OWN_MARKS):
            self._delete_via_keyboard((row, column - 1), (row, column))
        else:
            super().action_delete_left()


class _Text(Document):
    """Lines, which are joined once after each change."""

    _joined: str | None = None

    @property
    def text(self) -> str:
        if self._joined is None:
            self._joined = super().text
        return self._joined

    def replace_range(self, start: Location, end: Location, text: str) -> EditResult:
        self._joined = None
        return super().replace_range(start, end, text)


class _WrappedText(WrappedDocument):
    """Where lines break: as Textual has it, but found at once for plain lines that fit."""

    @property
    def width(self) -> int:
        """What it is wrapped at, in cells; 0 where it is not."""
        return self._width

    @property
    def height(self) -> int:
        return len(self._offset_to_line_info)

    def wrap(self, width: int, tab_width: int | None = None) -> None:
        self._width = width
        self._tab_width = tab_width or self._tab_width
        self._wrap_offsets, self._tab_width_cache = self._measured(self.document.lines)
        self._number()

    def wrap_range(self, start: Location, old_end: Location, new_end: Location) -> None:
        last_before, last_now = len(self._wrap_offsets) - 1, self.document.line_count - 1
        first = clamp(min(start[0], old_end[0]), 0, min(last_before, last_now))
        before = slice(first, clamp(max(start[0], old_end[0]), first, last_before) + 1)
        breaks, tabs = self._measured(
            self.document.lines[first : clamp(max(start[0], new_end[0]), first, last_now) + 1]
        )
        has_moved = [len(line) for line in breaks] != [len(line) for line in self._wrap_offsets[before]]
        self._wrap_offsets[before] = breaks
        self._tab_width_cache[before] = tabs
        if has_moved:
            self._number()

    def get_sections(self, line_index: int) -> list[str]:
        line = self.document[line_index]
        return [line[begin:end] for begin, end in pairwise([0, *self.get_offsets(line_index), len(line)])]

    def _measured(self, lines: Iterable[str]) -> tuple[list[list[int]], list[list[int]]]:
        """Of each line, where it breaks and how wide its tabs are."""
        breaks: list[list[int]] = []
        tabs: list[list[int]] = []
        width = self._width
        for line in lines:
            if line.isascii() and "\t" not in line:
                breaks.append(_breaks(line, width) if width and len(line) > width else [])
                tabs.append([])
                continue
            parts = get_tab_widths(line, self._tab_width)
            breaks.append(
                compute_wrap_offsets(line, width, self._tab_width, precomputed_tab_sections=parts) if width else []
            )
            tabs.append([tab for _, tab in parts])
        return breaks, tabs

    def _number(self) -> None:
        """Number the rows of all lines anew."""
        self._offset_to_line_info = [
            (line, part) for line, breaks in enumerate(self._wrap_offsets) for part in range(len(breaks) + 1)
        ]
        row = 0
        self._line_index_to_offsets = []
        for breaks in self._wrap_offsets:
            below = row + len(breaks) + 1
            self._line_index_to_offsets.append(list(range(row, below)))
            row = below


def _breaks(line: str, width: int) -> list[int]:
    """Where a line breaks in which each character takes one cell."""
    breaks: list[int] = []
    used = 0
    for chunk in _CHUNK.finditer(line):
        begin, end = chunk.span()
        if end - begin <= width - used:
            used += end - begin
        elif end - begin > width:
            breaks += [place for place in range(begin, end, width) if place]
            used = (end - begin - 1) % width + 1
        elif used and begin:
            breaks.append(begin)
            used = end - begin
    return breaks


class _Steps(DocumentNavigator):
    """Goes left and right by what is seen as one character."""

    def get_location_left(self, location: Location) -> Location:
        row, column = location
        line = self._document[row]
        if not column or line.isascii():
            return super().get_location_left(location)
        return row, column - len(graphemes(line[max(column - _NEAR, 0) : column])[-1])

    def get_location_right(self, location: Location) -> Location:
        row, column = location
        line = self._document[row]
        if column == len(line) or line.isascii():
            return super().get_location_right(location)
        return row, column + len(graphemes(line[column : column + _NEAR])[0])
