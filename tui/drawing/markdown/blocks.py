"""Splits a growing Markdown text into its blocks, line by line.

Owns the block structure of CommonMark with tables: which lines are a paragraph, a heading, a fence, in which lists and
quotes they stand. Each complete line is looked at once, whatever came before it, and a block once closed never
changes; so the cost of a text is the sum of its lines, at any length. The unfinished last line is read on approval:
`preview` shows what it would mean, then takes it back. HTML is no block, it is text. Knows no inline Markdown but link
definitions, no width and no colours.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Literal

from tui.drawing.markdown.source import (
    MAX_DEFINITIONS,
    Cursor,
    ListMarker,
    cells_of,
    column_aligns,
    list_marker,
    take_definitions,
)

__all__ = ["Block", "BlockKind", "BlockParser", "Item", "Quote"]

BlockKind = Literal["code", "fence", "heading", "item", "paragraph", "rule", "table"]

_HEADING = re.compile(r"(#{1,6})(?:[ \t]+|$)")
_HEADING_END = re.compile(r"(?:^|[ \t]+)#+[ \t]*$")
_UNDERLINE = re.compile(r"(=+|-+)[ \t]*$")
_RULE = re.compile(r"(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$")
_FENCE = re.compile(r"(`{3,})([^`]*)$|(~{3,})(.*)$")
# A last line of nothing but these may still become anything: it is not shown before it is told.
_UNDECIDED = re.compile(r"[ \t>]*(?:[-=*_+#|:~`. \t]+|\d{1,9}[.)]?)$")


@dataclass(slots=True)
class Quote:
    """A block quote that is open around a block."""

    claimed: bool = True


@dataclass(slots=True)
class Item:
    """A list item that is open around a block."""

    list_id: int
    """The same for all items of one list."""
    marker: ListMarker
    number: int
    width: int
    """Columns that a line must be indented by to go on in the item."""
    claimed: bool = False
    """Whether a block has taken the item's bullet or number to its first line."""


Container = Quote | Item


@dataclass(slots=True)
class Block:
    """A leaf of the document: text of one kind, and the quotes and items it stands in."""

    kind: BlockKind
    containers: tuple[Container, ...] = ()
    first_of: int = 0
    """How many of the innermost items begin with this block."""
    after_blank: bool = False
    """Whether an empty line stands before it."""
    lines: list[str] = field(default_factory=list)
    info: str = ""
    """What a fence says about its language."""
    level: int = 0
    """Of a heading: from 1."""
    indent: int = 0
    """Of a fence: columns to take off its lines."""
    closing: str = ""
    """Of a fence: the marks that close it, or more of them."""
    undecided: bool = False
    """Whether what follows may still take the start of it away: it may be a link definition."""

    @property
    def may_define(self) -> bool:
        """Whether link definitions may stand at its start."""
        return self.lines[:1] != [] and self.lines[0].startswith("[") and len(self.text) <= MAX_DEFINITIONS

    @property
    def text(self) -> str:
        """All lines."""
        return "\n".join(self.lines)


_NEVER = 1 << 30


class BlockParser:
    """Takes complete lines, gives blocks.

    One thing: the stack of open blocks, as CommonMark's parser has it. Each line continues, closes and opens some.
    """

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        """In order; all but the last are closed for good."""
        self.references: dict[str, dict[str, str]] = {}
        """Link definitions so far, by normalised label, in the form that markdown-it uses."""
        self._containers: list[Container] = []
        self._open: Block | None = None
        self._blank = False
        self._lists = 0

    @property
    def closed_count(self) -> int:
        """How many blocks will not change any more."""
        return len(self.blocks) - (self._open is not None)

    # Reading

    def feed(self, line: str) -> None:
        """Read one complete line, without its line feed."""
        cursor = Cursor(line)
        matched = self._match_containers(cursor)
        if matched == len(self._containers) and self._continue_verbatim(cursor):
            return
        lazy = matched < len(self._containers)
        while not (cursor.blank or self._start_leaf(cursor, matched, lazy=lazy)):
            if (opened := self._start_container(cursor, matched)) is None:
                self._add_text(cursor, matched, lazy=lazy)
                return
            matched, lazy = opened, False
        if cursor.blank:
            self._end_with_blank(matched)

    def finish(self) -> None:
        """Close all that is open; the text is complete."""
        self._close_containers(0)

    @contextmanager
    def preview(self, line: str) -> Iterator[None]:
        """Within it the blocks are what they would be if the text ended with `line`, which is not complete yet."""
        kept = (len(self.blocks), self._open, self._containers[:], self._blank, self._lists)
        leaf = replace(self._open, lines=self._open.lines[:]) if self._open else None
        items = [replace(container) for container in self._containers]
        references, self.references = self.references, {}
        if leaf is not None:
            self._open = self.blocks[-1] = leaf
        if line and not self._undecided(line):
            self.feed(line)
        if self._open and self._open.kind == "paragraph" and self._open.may_define:
            self._open.undecided = True
            self._close_leaf()
        else:
            self._show_bare_items()
        try:
            yield
        finally:
            count, self._open, self._containers, self._blank, self._lists = kept
            self.references = references
            del self.blocks[count:]
            if self._open is not None:
                self.blocks[count - 1 :] = [self._open]
            for container, before in zip(self._containers, items, strict=True):
                container.claimed = before.claimed
                if isinstance(container, Item) and isinstance(before, Item):
                    container.width = before.width

    def _undecided(self, line: str) -> bool:
        """Whether the line that is still being written may yet become something else than it looks like."""
        if self._open is not None and self._open.kind == "fence":
            return not line.strip(" \t>" + self._open.closing[0])
        return _UNDECIDED.match(line) is not None

    # Containers

    def _match_containers(self, cursor: Cursor) -> int:
        """How many of the open containers the line goes on in; the cursor stands behind their marks."""
        for count, container in enumerate(self._containers):
            if isinstance(container, Quote):
                if not cursor.take_quote_mark():
                    return count
            elif cursor.blank:
                if not container.claimed and count == len(self._containers) - 1:
                    # An item that begins with two empty lines stays empty, but its list may go on.
                    self._show_bare_items()
                    container.width = _NEVER
                else:
                    cursor.advance(min(cursor.indent, container.width))
            elif cursor.indent >= container.width:
                cursor.advance(container.width)
            else:
                return count
        return len(self._containers)

    def _start_container(self, cursor: Cursor, matched: int) -> int | None:
        """Open a quote or an item where one begins; gives the count of containers then."""
        if cursor.indent > 3:
            return None
        if cursor.take_quote_mark():
            self._close_containers(matched)
            self._containers.append(Quote())
            return matched + 1
        marker = list_marker(cursor)
        in_paragraph = self._in_paragraph and matched == len(self._containers)
        if marker is None or (in_paragraph and not marker.may_interrupt):
            return None
        sibling = self._containers[matched] if matched < len(self._containers) else None
        self._close_containers(matched)
        if isinstance(sibling, Item) and sibling.marker.continues(marker):
            item = Item(sibling.list_id, marker, sibling.number + 1, marker.width)
        else:
            self._lists += 1
            item = Item(self._lists, marker, marker.start or 0, marker.width)
        self._containers.append(item)
        cursor.advance(marker.width)
        return matched + 1

    def _close_containers(self, matched: int) -> None:
        """Close the open block and the containers behind the first `matched`."""
        self._close_leaf()
        if any(not container.claimed for container in self._containers[matched:]):
            self._show_bare_items()
            self._close_leaf()
        del self._containers[matched:]

    def _show_bare_items(self) -> None:
        """Give items that have nothing in them yet a block to be seen by."""
        if any(not container.claimed for container in self._containers):
            self._add(Block("item"))

    # Leaves

    @property
    def _in_paragraph(self) -> bool:
        return self._open is not None and self._open.kind == "paragraph"

    def _continue_verbatim(self, cursor: Cursor) -> bool:
        """Whether the line belongs to an open fence or indented code."""
        block = self._open
        if block is None:
            return False
        if block.kind == "fence":
            text = cursor.rest.strip(" \t")
            if cursor.indent < 4 and text.startswith(block.closing) and not text.strip(block.closing[0]):
                self._close_leaf()
            else:
                cursor.advance(min(cursor.indent, block.indent))
                block.lines.append(cursor.rest)
            return True
        if block.kind == "code" and (cursor.indent >= 4 or cursor.blank):
            cursor.advance(min(cursor.indent, 4))
            block.lines.append(cursor.rest)
            return True
        return False

    def _start_leaf(self, cursor: Cursor, matched: int, *, lazy: bool) -> bool:
        """Whether the line is a block of its own, or turns the open paragraph into one."""
        if cursor.indent > 3:
            if self._in_paragraph:
                return False
            cursor.advance(4)
            self._begin(Block("code", lines=[cursor.rest]), matched)
            return True
        text = cursor.rest.lstrip(" \t")
        if not lazy and (self._becomes_table(text) or self._becomes_heading(text)):
            return True
        if heading := _HEADING.match(text):
            content = _HEADING_END.sub("", text[heading.end() :]).strip(" \t")
            self._begin(Block("heading", lines=[content], level=len(heading[1])), matched, closed=True)
        elif fence := _FENCE.match(text):
            closing, info = fence[1] or fence[3], (fence[2] if fence[1] else fence[4]).strip(" \t")
            self._begin(Block("fence", info=info, indent=cursor.indent, closing=closing), matched)
        elif _RULE.match(text):
            self._begin(Block("rule"), matched, closed=True)
        else:
            return False
        return True

    def _becomes_table(self, text: str) -> bool:
        """Whether the line is the second of a table whose head is the last line of the open paragraph."""
        block = self._open
        if block is None or block.kind != "paragraph" or "|" not in block.lines[-1]:
            return False
        head, aligns = block.lines[-1], column_aligns(text)
        if not aligns or len(aligns) != len(cells_of(head)):
            return False
        block.lines.pop()
        self._close_leaf()
        self._add(Block("table", lines=[head, text]))
        return True

    def _becomes_heading(self, text: str) -> bool:
        """Whether the line underlines the open paragraph."""
        if not self._in_paragraph or not (underline := _UNDERLINE.match(text)):
            return False
        block = self._open
        self._close_leaf()
        if block is None or not block.lines:
            return False
        block.kind, block.level = "heading", 1 if underline[1][0] == "=" else 2
        return True

    def _add_text(self, cursor: Cursor, matched: int, *, lazy: bool) -> None:
        """Add the line to the open paragraph or table, or begin a paragraph with it."""
        text = cursor.rest.lstrip(" \t")
        block = self._open
        if block is not None and block.kind == "paragraph":
            if text.startswith("[") and block.may_define and not take_definitions(block.text)[0]:
                self._close_leaf()  # all definitions so far, and this line begins another: those are complete
            else:
                block.lines.append(text)
                return
        elif block is not None and block.kind == "table" and not lazy and cursor.indent < 4:
            block.lines.append(text)
            return
        self._begin(Block("paragraph", lines=[text]), matched)

    def _end_with_blank(self, matched: int) -> None:
        """An empty line, or one of nothing but container marks."""
        self._close_containers(matched)
        if not any(isinstance(container, Item) and not container.claimed for container in self._containers):
            self._blank = True

    def _begin(self, block: Block, matched: int, *, closed: bool = False) -> None:
        """Close what the block is not in, and add it."""
        self._close_containers(matched)
        self._add(block)
        if closed:
            self._close_leaf()

    def _add(self, block: Block) -> None:
        block.containers = tuple(self._containers)
        for container in self._containers:
            if not container.claimed:
                container.claimed = True
                block.first_of += 1
        block.after_blank = self._blank
        self._blank = False
        self.blocks.append(block)
        self._open = block

    def _close_leaf(self) -> None:
        block, self._open = self._open, None
        if block is None:
            return
        if block.kind == "code":
            while block.lines and not block.lines[-1].strip():
                block.lines.pop()
                self._blank = True
        elif block.kind == "paragraph":
            self._settle_paragraph(block)

    def _settle_paragraph(self, block: Block) -> None:
        """Take the link definitions off a paragraph's start; where nothing else is left, it was none."""
        if block.may_define:
            rest, definitions = take_definitions(block.text)
            for label, target in definitions.items():
                self.references.setdefault(label, target)
            block.lines = rest.split("\n") if rest else []
        if block.lines:
            block.lines[-1] = block.lines[-1].rstrip(" \t")
            return
        self.blocks.pop()
        self._blank = self._blank or block.after_blank
        items = [container for container in block.containers if isinstance(container, Item)]
        for item in items[len(items) - block.first_of :]:
            item.claimed = False
