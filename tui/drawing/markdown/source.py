"""Reads single lines of Markdown source: columns and tabs, list markers, table rows, link definitions.

Owns the small grammars that `blocks` is built from; it remembers nothing between lines.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from markdown_it import MarkdownIt

__all__ = [
    "MAX_DEFINITIONS",
    "Align",
    "Cursor",
    "ListMarker",
    "cells_of",
    "column_aligns",
    "list_marker",
    "take_definitions",
]

Align = Literal["center", "left", "right"]

_TAB = 4
_MARKER = re.compile(r"([-+*]|(\d{1,9})[.)])(?=[ \t]|$)")
_ALIGN = re.compile(r"(:?)-+(:?)$")
_CELL_END = re.compile(r"(?<!\\)\|")
MAX_DEFINITIONS = 2_000
"""Characters; a longer paragraph is no link definition, so that a long one need not be kept open for that question."""


class Cursor:
    """A place in a line, in columns: a tab reaches to the next multiple of four, and may be taken in part."""

    __slots__ = ("_column", "rest")

    def __init__(self, line: str) -> None:
        self.rest = line
        """What has not been taken yet."""
        self._column = 0

    @property
    def blank(self) -> bool:
        """Whether nothing but white space is left."""
        return not self.rest.strip(" \t")

    @property
    def indent(self) -> int:
        """Columns of white space from here."""
        column = self._column
        for character in self.rest:
            if character == " ":
                column += 1
            elif character == "\t":
                column += _TAB - column % _TAB
            else:
                break
        return column - self._column

    def advance(self, columns: int) -> None:
        """Take so many columns, or all there are."""
        taken = 0
        while columns > 0 and taken < len(self.rest):
            width = _TAB - self._column % _TAB if self.rest[taken] == "\t" else 1
            taken += 1
            self._column += min(width, columns)
            if width > columns:
                self.rest = " " * (width - columns) + self.rest[taken:]
                return
            columns -= width
        self.rest = self.rest[taken:]

    def take_quote_mark(self) -> bool:
        """Take the mark of a quote and the space after it, where one stands here."""
        indent = self.indent
        if indent > 3 or self.rest.lstrip(" \t")[:1] != ">":
            return False
        self.advance(indent + 1)
        if self.rest[:1] in (" ", "\t"):
            self.advance(1)
        return True


@dataclass(frozen=True, kw_only=True, slots=True)
class ListMarker:
    """The bullet or number that begins a list item."""

    sign: str
    """The bullet, or what stands behind the number."""
    start: int | None
    """The number; None for a bullet."""
    width: int
    """Columns from the margin to the item's text."""
    empty: bool
    """Whether nothing follows it on its line."""

    @property
    def may_interrupt(self) -> bool:
        """Whether it may begin a list right under a paragraph's line."""
        return not self.empty and self.start in (None, 1)

    def continues(self, before: "ListMarker") -> bool:
        """Whether an item with this marker goes on the list of an item with that."""
        return self.sign == before.sign and (self.start is None) == (before.start is None)


def list_marker(cursor: Cursor) -> ListMarker | None:
    """The list marker that stands here."""
    indent = cursor.indent
    if not (match := _MARKER.match(cursor.rest.lstrip(" \t"))):
        return None
    behind = Cursor(cursor.rest)
    behind._column = cursor._column
    behind.advance(indent + len(match[1]))
    padding = behind.indent
    return ListMarker(
        sign=match[1][-1],
        start=int(match[2]) if match[2] else None,
        width=indent + len(match[1]) + (1 if behind.blank or padding > 4 else padding),
        empty=behind.blank,
    )


def cells_of(row: str) -> list[str]:
    """The cells of a table's row; a pipe behind a backslash is text."""
    cells = [cell.strip(" \t").replace("\\|", "|") for cell in _CELL_END.split(row.strip(" \t"))]
    if cells and not cells[0]:
        cells.pop(0)
    if cells and not cells[-1]:
        cells.pop()
    return cells


def column_aligns(line: str) -> list[Align] | None:
    """How the columns are aligned, where the line is the one under a table's head."""
    if len(line) < 2 or line.strip("|-: \t") or (line[0] == "-" and line[1] in " \t"):
        return None
    parts = [part.strip(" \t") for part in line.split("|")]
    if parts and not parts[0]:
        parts.pop(0)
    if parts and not parts[-1]:
        parts.pop()
    aligns: list[Align] = []
    for part in parts:
        if not (match := _ALIGN.match(part)):
            return None
        aligns.append("center" if match[1] and match[2] else "right" if match[2] else "left")
    return aligns


def take_definitions(text: str) -> tuple[str, dict[str, dict[str, str]]]:
    """A paragraph's text without the link definitions at its start, and those by their normalised labels."""
    tokens: list[Any] = []
    env: dict[str, Any] = {}
    parser = _definition_parser()
    parser.block.parse(text, parser, env, tokens)
    return "\n".join(token.content for token in tokens if token.type == "inline"), env.get("references", {})


@cache
def _definition_parser() -> MarkdownIt:
    return MarkdownIt("zero").enable("reference")
