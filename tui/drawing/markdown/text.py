"""A growing Markdown text as lines: what the message log draws.

Owns the layout of blocks: their margins, the gaps between them, which lines are final. Text goes in piece by piece;
what is drawn after the last piece is what would be drawn had it come at once. The cost of a piece is that of what is
new and of the open block's unfinished end, whatever came before. Of much text that comes at once the closed blocks have
a guessed height until someone looks at them. Knows no colours and no widget.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field

from agent.text import visible
from tui.drawing.glyphs import Glyphs
from tui.drawing.lines import PLAIN, CodeBlock, Line, Look, Span, characters_before, line_of
from tui.drawing.markdown.blocks import Block, BlockParser, Item
from tui.drawing.markdown.inline import labels_in
from tui.drawing.markdown.layouts import Layout, Layouts

__all__ = ["AT_ONCE", "Finished", "MarkdownText"]

AT_ONCE = 32_000
"""Characters that are laid out at once; of more the closed blocks are laid out where they are asked for."""

Finished = dict[tuple[object, ...], list[Line]]
"""The lines of blocks that were laid out before, by all that their look depends on in a text of one width and kind."""


@dataclass(slots=True)
class _Placed:
    """A block in its place."""

    signature: tuple[object, ...]
    layout: Layout | None = None
    """None where it does not grow."""
    is_guess: bool = False
    """Whether its lines are empty ones, about as many as it will have."""
    start: int = -1
    """Its first line, the gap before it."""
    gap: int = 0
    """Lines of the gap."""
    final: int = 0
    """How many of its lines will not change any more."""
    labels: set[str] = field(default_factory=set)
    """Link labels that it may be waiting for."""

    @property
    def first(self) -> int:
        """Its first line behind the gap."""
        return self.start + self.gap


class MarkdownText:
    """Takes pieces of text, gives lines."""

    def __init__(
        self,
        width: int,
        glyphs: Glyphs,
        margin: tuple[Span, ...] = (),
        look: Look = PLAIN,
        finished: Finished | None = None,
    ) -> None:
        """`margin` stands before every line, `look` is that of plain text.

        `finished` is shared with texts of the same width, margin and look, such as other states of this one: what one
        of them has laid out the others need not.
        """
        self.lines: list[Line] = []
        """As they are drawn, after `refresh`."""
        self.changed_from = 0
        """The first line that the last `refresh` or `lay_out` may have changed."""
        self._parser = BlockParser()
        self._layouts = Layouts(width, glyphs, self._parser.references, margin, look)
        self._known = 0
        self._new = 0
        self._guesses = 0
        self._settled = 0
        self._partial = ""
        self._held = ""
        self._placed: list[_Placed] = []
        self._finished = finished if finished is not None else {}
        self._is_open = True

    # Text

    def append(self, piece: str) -> None:
        """Add the next piece of the text."""
        self._new += len(piece)
        piece = self._held + piece
        self._held = "\r" if piece.endswith("\r") else ""
        *lines, self._partial = (self._partial + visible(piece.removesuffix("\r"))).split("\n")
        for line in lines:
            self._parser.feed(line)

    def finish(self) -> None:
        """The text is complete."""
        if not self._is_open:
            return
        self._is_open = False
        self._partial += visible(self._held)
        if self._partial:
            self._parser.feed(self._partial)
            self._partial = ""
        self._parser.finish()

    # Lines

    def refresh(self) -> None:
        """Bring `lines` up to date."""
        blocks, settled = self._parser.blocks, self._settled
        closed = self._parser.closed_count
        complete = [len(block.lines) for block in blocks[settled:]]
        self.changed_from = len(self.lines)
        redefined = self._use_definitions()
        kept = [(placed, self._final_lines(placed)) for placed in self._placed[settled:]]
        self._take_away(settled)
        may_guess, self._new = self._new > AT_ONCE, 0
        with self._parser.preview(self._partial):
            for index in range(settled, len(blocks)):
                block = blocks[index]
                placed, final = kept[index - settled] if index - settled < len(kept) and not redefined else (None, [])
                if placed is None or placed.signature != _signature(block):
                    placed, final = _Placed(_signature(block)), []
                    if index < closed and (known := self._known_lines(placed, block, may_guess=may_guess)):
                        self._place(placed, index, known)
                        continue
                self._place(placed, index, final)
                done = complete[index - settled] if index - settled < len(complete) else 0
                is_open = self._is_open and index >= closed and index == len(blocks) - 1
                self._grow(placed, block, complete=done, is_open=is_open)
        self.changed_from = min(self.changed_from, len(self.lines))
        for index in range(settled, closed):
            if self._placed[index].layout is not None:
                self._remember(index)
        self._settled = closed

    # Blocks that nobody has looked at

    def has_guesses(self, lines: range) -> bool:
        """Whether any of these lines is one of a block that has not been laid out."""
        return self._guesses > 0 and any(self._placed[index].is_guess for index in self._blocks_in(lines))

    def lay_out(self, lines: range) -> None:
        """Lay out the blocks in these lines that have not been; they may be more or fewer then."""
        guesses = [index for index in self._blocks_in(lines) if self._placed[index].is_guess]
        self.changed_from = self._placed[guesses[0]].first if guesses else len(self.lines)
        self._lay(guesses)

    def _blocks_in(self, lines: range) -> range:
        """The blocks that these lines are in."""
        first = bisect_right(self._placed, lines.start, key=lambda placed: placed.start) - 1
        return range(max(0, first), bisect_left(self._placed, lines.stop, key=lambda placed: placed.start))

    # Places

    def code_blocks(self) -> list[CodeBlock]:
        """Fences and indented code, in order."""
        return [
            CodeBlock(placed.first, self._end(index), block.text)
            for index, (placed, block) in enumerate(zip(self._placed, self._parser.blocks, strict=False))
            if block.kind in ("fence", "code")
        ]

    def locate(self, line: int) -> tuple[int, int]:
        """Which block the line is in, and how many characters of the block stand before it: a place that lasts."""
        if not self._placed:
            return 0, 0
        block = max(0, bisect_right(self._placed, line, key=lambda placed: placed.start) - 1)
        return block, characters_before(self.lines, self._placed[block].start, line)

    def find(self, block: int, characters: int) -> int:
        """The line of such a place."""
        if block >= len(self._placed):
            return max(0, len(self.lines) - 1)
        return line_of(self.lines, self._placed[block].start, self._end(block), characters)

    def _end(self, index: int) -> int:
        return self._placed[index + 1].start if index + 1 < len(self._placed) else len(self.lines)

    def _final_lines(self, placed: _Placed) -> list[Line]:
        return self.lines[placed.first : placed.first + placed.final]

    def _known_lines(self, placed: _Placed, block: Block, *, may_guess: bool) -> list[Line]:
        """Lines for a closed block that need no layout; none where it has to be laid out."""
        known = self._finished.get(_look(block))
        if known is not None:
            return known
        if not may_guess:
            return []
        placed.is_guess = True
        self._guesses += 1
        return [Line()] * self._layouts.guess(block)

    def _place(self, placed: _Placed, index: int, final: list[Line]) -> None:
        """Put a block at the end, with those of its lines that are final already."""
        blocks = self._parser.blocks
        start = len(self.lines)
        self.lines += self._layouts.gap(blocks[index - 1], blocks[index]) if index else []
        was_here = final and placed.start == start and index == self._settled
        placed.start, placed.gap, placed.final = start, len(self.lines) - start, len(final)
        self.lines += final
        self.changed_from = min(self.changed_from, len(self.lines) if was_here else start)
        self._placed.append(placed)

    def _grow(self, placed: _Placed, block: Block, *, complete: int, is_open: bool) -> None:
        """Lay out what is not final of the last block in place."""
        if placed.layout is None:
            placed.layout = self._layouts.layout(block)
        final, rest = placed.layout.advance(block, complete=complete, is_open=is_open)
        self.lines += final
        placed.final += len(final)
        self.lines += rest

    def _remember(self, index: int) -> None:
        """Let others use the lines of a closed block that has been laid out."""
        placed, block = self._placed[index], self._parser.blocks[index]
        placed.layout, placed.labels = None, labels_in(block.text)
        if not placed.labels:
            self._finished[_look(block)] = self.lines[placed.first : self._end(index)]

    def _take_away(self, count: int) -> None:
        """Keep only the first `count` blocks in place."""
        if count < len(self._placed):
            del self.lines[self._placed[count].start :]
            del self._placed[count:]

    def _use_definitions(self) -> bool:
        """Lay the blocks out anew that have waited for the link definitions that are new; tells whether any are."""
        references = self._parser.references
        if len(references) == self._known:
            return False
        new = set(list(references)[self._known :])
        self._known = len(references)
        closed = enumerate(self._placed[: self._settled])
        waiting = [index for index, placed in closed if not new.isdisjoint(placed.labels)]
        self.changed_from = min([self.changed_from, *(self._placed[index].first for index in waiting[:1])])
        self._lay(waiting)
        return True

    def _lay(self, indexes: list[int]) -> None:
        """Replace the lines of these closed blocks, the first of them first, by what they look like now."""
        if not indexes:
            return
        anew, top = set(indexes), self._placed[indexes[0]].start
        lines: list[Line] = []
        for index in range(indexes[0], len(self._placed)):
            placed, end = self._placed[index], self._end(index)
            start = top + len(lines)
            if index in anew:
                lines += self.lines[placed.start : placed.first]
                lines += self._laid_out(placed, self._parser.blocks[index])
            else:
                lines += self.lines[placed.start : end]
            placed.start = start
        self.lines[top:] = lines
        for index in indexes:
            self._remember(index)

    def _laid_out(self, placed: _Placed, block: Block) -> list[Line]:
        """The lines of a closed block."""
        if placed.is_guess:
            placed.is_guess = False
            self._guesses -= 1
        final, rest = self._layouts.layout(block).advance(block, complete=len(block.lines), is_open=False)
        return [*final, *rest]


def _look(block: Block) -> tuple[object, ...]:
    """All that the lines of a closed block depend on, where it waits for no link definition."""
    places = tuple((item.marker, item.number) if isinstance(item, Item) else None for item in block.containers)
    return (block.kind, block.level, block.info, block.first_of, places, block.text)


def _signature(block: Block) -> tuple[object, ...]:
    """What the look of a block depends on besides its lines."""
    if block.undecided:
        return (object(),)
    places = tuple((item.list_id, item.number) if isinstance(item, Item) else None for item in block.containers)
    return (block.kind, block.level, block.info, block.first_of, block.after_blank, places)
