"""Arguments as they are, for somebody who decides about them: no escapes, no quotes where none are needed, all of it.

A text of several lines stands under its name, each line behind a bar, so that nothing in it can be taken for the name
of another argument. Knows no widget and no tool call.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from tui.drawing.cells import flat, in_line
from tui.drawing.rows import Span

__all__ = ["plain_arguments"]

_INDENT = "  "
_LOOKS_LIKE_JSON = re.compile(r"\s|.*\s$|$|true$|false$|null$|-?\d[\d.eE+-]*$|[\[{\"#]", re.DOTALL)
"""A text that has to be told from another value, or whose end is not seen."""


def plain_arguments(value: Any, bar: str) -> Iterator[tuple[Span, ...]]:
    """The lines of a call's arguments, safe to draw and not wrapped; `bar` stands before each line of a text."""
    if isinstance(value, dict | list) and value:
        yield from _children(value, "", bar)
    else:
        yield (_leaf(value),)


def _children(branch: dict[str, Any] | list[Any], indent: str, bar: str) -> Iterator[tuple[Span, ...]]:
    entries = branch.items() if isinstance(branch, dict) else ((None, child) for child in branch)
    for name, child in entries:
        label = Span(f"{flat(str(name)) or json.dumps(name)}:", "key") if name is not None else Span("-", "quiet")
        match child:
            case str() if "\n" in child or "\r" in child:
                yield Span(indent), label
                for line in in_line(child).split("\n"):
                    yield Span(f"{indent}{_INDENT}"), Span(f"{bar} ", "quiet"), Span(line, "string")
            case dict() | list() if child:
                yield Span(indent), label
                yield from _children(child, indent + _INDENT, bar)
            case _:
                yield Span(indent), label, Span(" "), _leaf(child)


def _leaf(value: Any) -> Span:
    match value:
        case str():
            return Span(
                in_line(json.dumps(value, ensure_ascii=False) if _LOOKS_LIKE_JSON.match(value) else value), "string"
            )
        case bool() | None:
            return Span(json.dumps(value), "constant")
        case dict() | list():
            return Span(json.dumps(value), "quiet")
        case _:
            return Span(in_line(str(value)), "number")
