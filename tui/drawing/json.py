"""A JSON value as rows, one line each, made as far as they are asked for.

Texts are wrapped and cut after a few lines, long lists and objects are counted, so that any value costs what can be
seen of it. Knows no widget and not what the value is of.
"""

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

from rich.cells import cell_len

from agent.figures import size
from tui.drawing.cells import flat, head_lines
from tui.drawing.glyphs import Glyphs
from tui.drawing.rows import Role, Row, Span

__all__ = ["json_rows"]

_ROWS = 400
"""More are not made."""
_TEXT_LINES = 12
_CHILDREN = 60
"""Of one object or list; the rest is counted."""
_DEPTH = 24
_WORTH_A_SIZE = 1_000
"""Bytes from which the size of a text that was cut is told."""
_LEAST_WIDTH = 12


def json_rows(value: Any, width: int, glyphs: Glyphs) -> list[Row]:
    """The rows of a decoded value, in at most `width` cells; floats may stand as the text they were written in."""
    lines = list(islice(_lines([], value, "", 0, width, glyphs), _ROWS + 1))
    if len(lines) > _ROWS:
        lines[_ROWS:] = [[Span(f"{glyphs.ellipsis} and more", "quiet")]]
    return [Row((number,), tuple(spans), in_tree=False) for number, spans in enumerate(lines)]


def _lines(label: list[Span], value: Any, end: str, depth: int, width: int, glyphs: Glyphs) -> Iterator[list[Span]]:
    """The lines of a labelled value; `end` is the comma after it, if any."""
    indent = Span("  " * depth)
    tail = [Span(end, "quiet")] if end else []
    match value:
        case dict() | list() if value:
            opening, closing = "{}" if isinstance(value, dict) else "[]"
            if depth >= _DEPTH:
                yield [indent, *label, Span(f"{opening} {glyphs.ellipsis} {closing}", "quiet"), *tail]
                return
            yield [indent, *label, Span(opening, "quiet")]
            yield from _children(value, depth + 1, width, glyphs)
            yield [indent, Span(closing, "quiet"), *tail]
        case str():
            room = max(width - 2 * depth, _LEAST_WIDTH)
            yield from _text(indent, label, value, tail, room, glyphs)
        case _:
            text, role = _leaf(value)
            yield [indent, *label, Span(text, role), *tail]


def _children(branch: dict[str, Any] | list[Any], depth: int, width: int, glyphs: Glyphs) -> Iterator[list[Span]]:
    count = len(branch)
    items = branch.items() if isinstance(branch, dict) else ((None, child) for child in branch)
    for number, (name, child) in enumerate(islice(items, _CHILDREN), start=1):
        label = [] if name is None else [Span(f'"{flat(name)}"', "key"), Span(": ", "quiet")]
        yield from _lines(label, child, "," if number < count else "", depth, width, glyphs)
    if count > _CHILDREN:
        yield [Span("  " * depth), Span(f"{glyphs.ellipsis} {count - _CHILDREN:,} more", "quiet")]


def _text(
    indent: Span, label: list[Span], text: str, tail: list[Span], room: int, glyphs: Glyphs
) -> Iterator[list[Span]]:
    """A string on the line of its label where it fits there, else on lines of its own."""
    taken = sum(cell_len(span.text) for span in label) + 3  # quotes and comma
    window = text[: room * _TEXT_LINES * 2]
    lines, more = head_lines(json.dumps(window, ensure_ascii=False)[1:-1], room - 3, _TEXT_LINES)
    more = more or len(window) < len(text)
    if len(lines) == 1 and not more and taken + cell_len(lines[0]) <= room:
        yield [indent, *label, Span(f'"{lines[0]}"', "string"), *tail]
        return
    if label:
        yield [indent, *label]
    for number, line in enumerate(lines):
        is_last = number == len(lines) - 1 and not more
        quoted = f"{'' if number else chr(34)}{line}{chr(34) if is_last else ''}"
        yield [indent, Span(f" {quoted}" if number else quoted, "string"), *(tail if is_last else [])]
    if more:
        whole = len(text.encode("utf-8", "replace"))
        told = f" {size(whole)} in all" if whole >= _WORTH_A_SIZE else ""
        yield [indent, Span(f" {glyphs.ellipsis}{told}", "quiet")]


def _leaf(value: Any) -> tuple[str, Role]:
    match value:
        case None:
            return "null", "constant"
        case bool():
            return ("true" if value else "false"), "constant"
        case dict():
            return "{}", "quiet"
        case list():
            return "[]", "quiet"
        case _:
            return flat(str(value)), "number"
