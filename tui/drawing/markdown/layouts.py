"""Lays single blocks out: margins, bullets, code bands, rules.

Owns how each kind of block looks in lines. A layout lives as long as its block grows, and gives each line once that
can no longer change. Knows no order of blocks but the gap between two, and no colours.
"""

import re
from itertools import takewhile
from typing import Protocol

from rich.cells import cell_len

from tui.drawing.cells import fit
from tui.drawing.glyphs import Glyphs
from tui.drawing.lines import Line, Look, Span
from tui.drawing.markdown.blocks import Block, Container, Item, Quote
from tui.drawing.markdown.highlight import Highlighter
from tui.drawing.markdown.inline import References, Segments, spans_of
from tui.drawing.markdown.tables import Table
from tui.drawing.wrap import Wrapper, hard_wrapped

__all__ = ["TASK", "Layout", "Layouts"]

_FENCE = Look(("fence",))
_LABEL = Look(("fence", "code-label"))
_RULE = Look(("rule",))
_BULLET = Look(("bullet",))
_QUOTE = Look(("quote",))
TASK = re.compile(r"\[([ xX])\][ \t]+")
"""The box at the start of an item that is a task."""
_OPENTASK = re.compile(r"\[[ xX]?\]?[ \t]*$")

Lines = tuple[list[Line], list[Line]]
"""The lines that are new and final, and those that may still change."""
Prefix = tuple[Span, ...]
Boxes = tuple[Prefix, Prefix]
"""How an item begins that is a task: to do, done."""


class Layout(Protocol):
    """Lays one block out while it grows."""

    def advance(self, block: Block, *, complete: int, is_open: bool) -> Lines:
        """The lines of the block that were not given before; its first `complete` source lines are finished."""


class Layouts:
    """Makes layouts for one width."""

    def __init__(self, width: int, glyphs: Glyphs, references: References, margin: Prefix, look: Look) -> None:
        """`margin` stands before every line, `look` is that of plain text."""
        self._width = width
        self._margin = margin
        self._look = look
        self._glyphs = glyphs
        self._references = references

    def layout(self, block: Block) -> Layout:
        """The layout for a block of this kind in this place."""
        first = self._prefix(block.containers, block.first_of)
        rest = self._prefix(block.containers, 0)
        if block.kind == "paragraph":
            boxes = self._boxes(first) if block.first_of and isinstance(block.containers[-1], Item) else None
            return _Text(Wrapper(self._width, first, rest), self._references, self._look, boxes)
        if block.kind == "heading":
            look = Look(("title" if block.level == 1 else "heading",))
            return _Text(Wrapper(self._width, first, rest), self._references, look)
        if block.kind in ("fence", "code"):
            return _Code(self._width, first, rest, block.info, self._glyphs.wrapped)
        if block.kind == "table":
            return _Rows(Table(self._width, self._inline, self._glyphs.rule, first, rest))
        room = self._width - sum(cell_len(span.text) for span in rest)
        rule = (Span(self._glyphs.rule * room, _RULE),) if block.kind == "rule" else ()
        return _Fixed(Line((*first, *rule)))

    def guess(self, block: Block) -> int:
        """About how many lines the block will have."""
        if block.kind in ("code", "fence", "table"):
            return max(1, len(block.lines) + (block.info != ""))
        return 1 + len(block.text) // self._width

    def gap(self, before: Block, block: Block) -> list[Line]:
        """The empty line between two blocks, where there is one."""
        pairs = zip(before.containers, block.containers, strict=False)
        shared = [container for other, container in takewhile(lambda pair: pair[0] is pair[1], pairs)]
        inside_item = bool(shared) and isinstance(shared[-1], Item)
        if (inside_item or _same_list(before, block, len(shared))) and not block.after_blank:
            return []
        has_bar = any(isinstance(container, Quote) for container in shared)
        spans = self._prefix(tuple(shared), 0) if has_bar else self._margin
        return [Line(spans, sum(len(span.text) for span in spans))]

    def _inline(self, text: str, look: Look) -> list[Span]:
        return spans_of(text, self._references, look)

    def _prefix(self, containers: tuple[Container, ...], first_of: int) -> Prefix:
        """What stands left of a block: bars of quotes, room for bullets, the bullets of the last `first_of` items."""
        spans: list[Span] = []
        room = self._width // 2
        for container in reversed(containers):
            if isinstance(container, Quote):
                span = Span(f"{self._glyphs.bar} ", _QUOTE)
            else:
                span = Span(self._mark(container) if first_of > 0 else " " * len(self._mark(container)), _BULLET)
                first_of -= 1
            room -= cell_len(span.text)
            if room < 0:
                break  # deeper than there is width for: the outer margins are left out
            spans.insert(0, span)
        return (*self._margin, *spans)

    def _mark(self, item: Item) -> str:
        if item.marker.start is None:
            return f" {self._glyphs.bullet} "
        return f"{item.number:>2}{item.marker.sign} "

    def _boxes(self, first: Prefix) -> Boxes:
        *outer, (bullet, look) = first
        signs = (self._glyphs.pending, self._glyphs.done)
        to_do, done = (Span(f"{sign} ".rjust(len(bullet)), look) for sign in signs)
        return (*outer, to_do), (*outer, done)


def _same_list(before: Block, block: Block, shared: int) -> bool:
    """Whether the blocks stand in two items of one list."""
    pair = (before.containers[shared : shared + 1], block.containers[shared : shared + 1])
    ids = [item.list_id for items in pair for item in items if isinstance(item, Item)]
    return len(ids) == 2 and ids[0] == ids[1]


class _Text:
    """A paragraph or heading."""

    def __init__(self, wrapper: Wrapper, references: References, look: Look, boxes: Boxes | None = None) -> None:
        self._wrapper = wrapper
        self._segments = Segments(references, look)
        self._boxes = boxes

    def advance(self, block: Block, *, complete: int, is_open: bool) -> Lines:
        text = self._without_box(block.text, self._boxes, is_open=is_open) if self._boxes else block.text
        final, rest = self._segments.advance(text, is_open=is_open)
        for span in final:
            self._wrapper.feed(*span)
        lines = self._wrapper.take()
        ahead = self._wrapper.ahead()
        for span in rest:
            ahead.feed(*span)
        ahead.end_line()
        return lines, ahead.lines

    def _without_box(self, text: str, boxes: Boxes, *, is_open: bool) -> str:
        """The text behind a task's box; the box takes the place of the item's bullet."""
        if match := TASK.match(text):
            self._wrapper.begin_with(boxes[match[1] != " "])
            return text[match.end() :]
        return "" if is_open and _OPENTASK.match(text) else text


class _Code:
    """A fence or indented code: a band with its language above."""

    def __init__(self, width: int, first: Prefix, rest: Prefix, info: str, wrapped: str) -> None:
        self._first = (*first, Span(" ", _FENCE))
        self._rest = (*rest, Span(" ", _FENCE))
        self._wrapped = Span(f"{wrapped} ", _LABEL)
        # A column stays free at the right, as at the left.
        self._room = max(4, width - sum(cell_len(span.text) for span in self._rest) - 1)
        language = info.split()[0] if info else ""
        self._highlighter = Highlighter(language)
        self._label = [[Span(fit(language, self._room, ""), _LABEL)]] if language else []

    def advance(self, block: Block, *, complete: int, is_open: bool) -> Lines:
        source = block.lines
        if block.kind == "code" and source and not source[-1].strip():
            # Empty lines at its end do not belong to it, unless more code follows.
            end = next((index for index in reversed(range(len(source))) if source[index].strip()), -1) + 1
            source = source[:end]
        final, rest = self._highlighter.advance(source, complete=min(complete, len(source)))
        lines = self._draw([*self._label, *final])
        self._label = []
        if lines:
            self._first = self._rest
        return lines, self._draw(rest)

    def _draw(self, source: list[list[Span]]) -> list[Line]:
        lines: list[Line] = []
        for spans in source:
            if sum(cell_len(span.text) for span in spans) <= self._room:
                lines.append(self._line(tuple(spans), None))
                continue
            *parts, last = hard_wrapped(spans, max(2, self._room - 2))
            for number, part in enumerate(parts):
                lines.append(self._line(part, "", rest=number > 0))
            lines.append(self._line(last, None, rest=bool(parts)))
        if lines:
            lines[0] = lines[0]._replace(spans=(*self._first, *lines[0].spans[len(self._rest) :]))
        return lines

    def _line(self, part: tuple[Span, ...], joint: str | None, *, rest: bool = False) -> Line:
        """One line; `rest` is what was cut off the line before it, and is marked so."""
        prefix = (*self._rest, self._wrapped) if rest else self._rest
        skip = sum(len(span.text) for span in prefix)
        return Line((*prefix, *(span for span in part if span.text)), skip, joint, _FENCE)


class _Fixed:
    """A block that never grows."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def advance(self, block: Block, *, complete: int, is_open: bool) -> Lines:
        return [], [self._line]


class _Rows:
    """A table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def advance(self, block: Block, *, complete: int, is_open: bool) -> Lines:
        return self._table.advance(block.lines, complete=complete)
