"""The rows of a tool call's arguments: objects and lists as branches, everything else as leaves.

Shows the end of what is being written and the beginning of what is complete, and never more of either than a reader
takes in at a glance, so drawing costs the same for 200 bytes and for 200 kB. Knows no tool call and no widget.
"""

from collections.abc import Callable, Iterable
from typing import Any

from rich.cells import cell_len

from agent.figures import plural, size
from tui.drawing.calls.arguments import Parsed, Path, Writing
from tui.drawing.cells import flat, head_lines, in_line, tail_lines
from tui.drawing.glyphs import Glyphs
from tui.drawing.rows import Key, Role, Row, Span

__all__ = ["argument_rows", "text_rows"]

# Last parts of the keys of rows that are no value of their own.
_WHOLE, _BEFORE, _MORE, _NEXT_KEY = -3, -4, -5, -6

_HEAD_LINES = 4
_ERROR_LINES = 8
_TAIL_LINES = 3
_CHILDREN = 12
"""Children of one branch that are shown; the rest is counted."""
_SMALL = 6
"""A closed branch with more children than this is folded at first."""
_DEPTH = 5
"""Branches deeper than this are counted, not drawn: no pane is wide enough."""
_WORTH_A_SIZE = 1_000
"""Bytes from which the size of a text is told."""


def argument_rows(
    parsed: Parsed,
    key: Key,
    *,
    indent: int,
    width: int,
    is_folded: Callable[[Key, bool], bool],
    cursor: Span,
    glyphs: Glyphs,
) -> list[Row]:
    """The rows below a call with `key`.

    `is_folded(key, default)` tells the state of a branch; `cursor` stands where unfinished arguments end.
    """
    writer = _Writer(parsed.open_path, key, width, is_folded, cursor, glyphs)
    if parsed.raw is not None:
        writer.text((_WHOLE,), parsed.raw, indent, "quiet", is_open=parsed.open_path is not None)
    elif isinstance(parsed.value, dict | list):
        writer.children(parsed.value, (), indent)
    else:
        writer.value([], parsed.value, (_WHOLE,), indent)
    return writer.rows


def text_rows(text: str, key: Key, *, indent: int, width: int, role: Role, glyphs: Glyphs) -> list[Row]:
    """The first lines of a text, of an error more than of others, and how long it is where there is more."""
    count = _ERROR_LINES if role == "error" else _HEAD_LINES
    lines, more = head_lines(text.strip("\n"), width - indent - 2, count)
    rows = [Row(key, (Span(line, role),), indent) for line in lines]
    if more:
        told = f" {_size(text)}" if len(text) >= _WORTH_A_SIZE else ""
        rows.append(Row(key, (Span(f"{glyphs.ellipsis}{told}", "quiet"),), indent))
    return rows


class _Writer:
    """Collects the rows of one value."""

    def __init__(
        self,
        open_path: Path | None,
        key: Key,
        width: int,
        is_folded: Callable[[Key, bool], bool],
        cursor: Span,
        glyphs: Glyphs,
    ) -> None:
        self.rows: list[Row] = []
        self._open_path = open_path
        self._key = key
        self._width = width
        self._is_folded = is_folded
        self._cursor = cursor
        self._glyphs = glyphs

    def children(self, branch: dict[Any, Any] | list[Any], path: Path, indent: int) -> None:
        """The rows of a branch's children: its last ones while it is written, else its first."""
        items: list[tuple[Any, Any]] = list(branch.items()) if isinstance(branch, dict) else list(enumerate(branch))
        hidden = len(items) - _CHILDREN
        is_open = self._is_open(path)
        if hidden > 0:
            items = items[-_CHILDREN:] if is_open else items[:_CHILDREN]
        if hidden > 0 and is_open:
            self._add((*path, _BEFORE), (Span(f"{self._glyphs.ellipsis} {hidden:,} before", "quiet"),), indent)
        for name, child in items:
            if isinstance(name, Writing):
                self._add((*path, _NEXT_KEY), (Span(flat(name.text), "key"), self._cursor), indent)
            else:
                label = f"{flat(name)}: " if isinstance(name, str) else "- "
                self.value([Span(label, "key")], child, (*path, name), indent)
        if hidden > 0 and not is_open:
            self._add((*path, _MORE), (Span(f"{self._glyphs.ellipsis} {hidden:,} more", "quiet"),), indent)

    def value(self, label: list[Span], value: Any, path: Path, indent: int) -> None:
        """The rows of one labelled value."""
        match value:
            case Writing(text=text, kind="string"):
                self._string(label, text, path, indent, is_open=True)
            case Writing(text=text):
                self._add(path, (*label, Span(flat(text), _scalar_role(text)), self._cursor), indent)
            case str():
                self._string(label, value, path, indent, is_open=False)
            case dict() | list() if value:
                self._branch(label, value, path, indent)
            case _:
                text = _literal(value)
                self._add(path, (*label, Span(text, _scalar_role(text))), indent)

    def text(self, path: Path, text: str, indent: int, role: Role, *, is_open: bool) -> None:
        """Text of several lines: its end while it is written, else its beginning."""
        key = (*self._key, *path)
        if not is_open:
            self.rows += text_rows(text, key, indent=indent, width=self._width, role=role, glyphs=self._glyphs)
            return
        lines, _ = tail_lines(text, self._width - indent - 3, _TAIL_LINES)
        self.rows += [Row(key, (Span(line, role),), indent) for line in lines[:-1]]
        self.rows.append(Row(key, (Span(lines[-1], role), self._cursor), indent))

    def _branch(self, label: list[Span], value: dict[Any, Any] | list[Any], path: Path, indent: int) -> None:
        is_open = self._is_open(path)
        key = (*self._key, *path)
        count = plural(len(value), "key" if isinstance(value, dict) else "item")
        if len(path) >= _DEPTH and not is_open:
            self._add(path, (*label, Span(count, "quiet")), indent)
            return
        folded = self._is_folded(key, not is_open and len(value) > _SMALL)
        # The fold sign stands left of the label, so labels of branches and leaves are under each other.
        words = (*label, Span(count, "quiet")) if folded else tuple(label)
        self.rows.append(Row(key, words, indent, folded))
        if not folded:
            self.children(value, path, indent + 2)

    def _string(self, label: list[Span], text: str, path: Path, indent: int, *, is_open: bool) -> None:
        room = self._width - indent - 4 - sum(cell_len(span.text) for span in label)  # 2: sign, 2: quotes
        if "\n" not in text and len(text) <= room and cell_len(line := in_line(text)) <= room:
            end = (self._cursor,) if is_open else (Span('"', "string"),)
            self._add(path, (*label, Span(f'"{line}', "string"), *end), indent)
            return
        told = f"{self._glyphs.ellipsis} {_size(text)}" if is_open and len(text) >= _WORTH_A_SIZE else ""
        if label or told:
            self._add(path, (*label, Span(told, "quiet")), indent)
        self.text(path, text, indent + 2 if label else indent, "string", is_open=is_open)

    def _add(self, path: Path, spans: Iterable[Span], indent: int) -> None:
        self.rows.append(Row((*self._key, *path), tuple(spans), indent))

    def _is_open(self, path: Path) -> bool:
        return self._open_path is not None and self._open_path[: len(path)] == path


def _literal(value: Any) -> str:
    """A leaf as JSON writes it."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case dict():
            return "{}"
        case list():
            return "[]"
        case _:
            return str(value)


def _scalar_role(text: str) -> Role:
    if text[:1] in "tfn":
        return "constant"
    return "quiet" if text[:1] in "{[" else "number"


def _size(text: str) -> str:
    return size(len(text.encode("utf-8", "replace")))
