"""Wraps styled text to a width, piece by piece as it comes.

Owns where lines break: at spaces, between ideographs, inside a word only where the word is wider than a line, and never
inside what a reader sees as one character. The lines made so far depend on the text so far and on nothing else. It
knows no Markdown and no colours.
"""

import re
from collections.abc import Iterable, Iterator
from copy import copy

from rich.cells import cell_len

from tui.drawing.cells import graphemes
from tui.drawing.lines import BLANKS, PLAIN, Line, Look, Span, tabs_drawn

__all__ = ["Wrapper", "hard_wrapped", "unwrapped", "wrapped"]

MIN_WIDTH = 4
_TAB = tabs_drawn("\t")
_WIDE = "\u2e80-\u2fff\u3003-\u3007\u3012-\u3013\u3020-\u30ff\u3105-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff"
_PIECES = re.compile(rf"\n|[ \t]+|[{_WIDE}]|[^ \t\n{_WIDE}]+")
_IDEOGRAPH = re.compile(f"[{_WIDE}]")
_OPENING = frozenset("「『（【〈《〔［｛“‘([{")
_MARKS = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
# More marks on one letter than any script uses; the rest of a flood is not drawn.
_FLOOD = re.compile(f"([{_MARKS}]{{8}})[{_MARKS}]+")


class Wrapper:
    """Takes spans, gives lines."""

    def __init__(
        self, width: int, first: tuple[Span, ...] = (), rest: tuple[Span, ...] = (), fill: Look | None = None
    ) -> None:
        self.lines: list[Line] = []
        """Finished; no text to come changes them."""
        self._room = max(MIN_WIDTH, width - sum(cell_len(span.text) for span in rest))
        self._prefix = first
        self._rest = rest
        self._fill = fill
        self._skip = 0
        self._line: list[Span] = []
        self._line_cells = 0
        self._gap: Span | None = None
        self._word: list[Span] = []
        self._word_cells = 0

    def feed(self, text: str, look: Look = PLAIN) -> None:
        """Add text; a line feed in it breaks the line."""
        if not text.isascii():
            text = _FLOOD.sub(r"\1", text)
        elif text.isprintable() and (start := text.find(" ")) >= 0:
            self._feed_pieces(text[:start], look)
            self._place_word()
            end = len(text[: text.rfind(" ")].rstrip(" "))
            if start < end and self._gap is None:
                self._add_words(text[start:end], look)
                start = end
            text = text[start:]
        self._feed_pieces(text, look)

    def _feed_pieces(self, text: str, look: Look) -> None:
        for piece in _PIECES.findall(text):
            if piece == "\n":
                self.end_line()
            elif piece[0] in " \t":
                self._place_word()
                gap = piece.replace("\t", _TAB)
                self._gap = Span(self._gap.text + gap if self._gap else gap, look)
            else:
                if self._word and _may_break(self._word[-1].text[-1], piece[0]):
                    self._place_word()
                self._word.append(Span(piece, look))
                self._word_cells += cell_len(piece)
                if self._word_cells > self._room:
                    self._split_word()

    def end_line(self) -> None:
        """Break the line where the text does."""
        self._place_word()
        self._emit(None)
        self._gap = None

    def begin_with(self, first: tuple[Span, ...]) -> None:
        """Let the text begin with another prefix; too late once a line is finished."""
        if not self._skip:
            self._prefix = first

    def take(self) -> list[Line]:
        """The finished lines, once."""
        lines, self.lines = self.lines, []
        return lines

    def ahead(self) -> "Wrapper":
        """A copy that goes on from here, so that one can see how text would end without ending it."""
        ahead = copy(self)
        ahead.lines, ahead._line, ahead._word = [], self._line[:], self._word[:]
        return ahead

    def _add_words(self, text: str, look: Look) -> None:
        """Put whole words on lines, as many at once as fit: a gap before each, a cell for each character."""
        start = 0
        while start < len(text):
            limit = start + self._room - self._line_cells
            end = len(text) if len(text) <= limit else max(text.rfind(" ", start, limit + 1), start)
            if words := text[start:end].rstrip(" "):
                self._line.append(Span(words, look))
                self._line_cells += len(words)
                start += len(words)
                continue
            piece = next(_PIECES.finditer(text, start))[0]
            if piece[0] == " ":
                self._emit(piece)
            else:  # a word that is wider than a line
                self._word, self._word_cells = [Span(piece, look)], len(piece)
                self._split_word()
                self._place_word()
            start += len(piece)

    def _place_word(self) -> None:
        """Put the word behind the gap on this line, or on the next where it does not fit."""
        if not self._word:
            return
        gap = self._gap
        gap_cells = len(gap.text) if gap else 0
        if self._line_cells + gap_cells + self._word_cells > self._room and (self._line or gap_cells):
            self._emit(gap.text if gap else "")
        elif gap:
            self._line.append(gap)
            self._line_cells += gap_cells
        self._line += self._word
        self._line_cells += self._word_cells
        self._gap, self._word, self._word_cells = None, [], 0

    def _split_word(self) -> None:
        """Fill lines with a word that is wider than one; what is left of it stays the word."""
        if self._line or self._gap:
            self._emit(self._gap.text if self._gap else "")
        self._gap = None
        for text, look in self._word:
            shown = ""
            if text.isascii():
                start = 0
                while len(text) - start > (room := self._room - self._line_cells):
                    self._line.append(Span(text[start : start + room], look))
                    self._emit("")
                    start += room
                self._line.append(Span(text[start:], look))
                self._line_cells += len(text) - start
                continue
            for piece in graphemes(text):
                cells = cell_len(piece)
                if self._line_cells + cells > self._room:
                    self._line.append(Span(shown, look))
                    self._emit("")
                    shown = ""
                shown += piece
                self._line_cells += cells
            self._line.append(Span(shown, look))
        self._word, self._word_cells = self._line, self._line_cells
        self._line, self._line_cells = [], 0

    def _emit(self, joint: str | None) -> None:
        spans = [span for span in (*self._prefix, *self._line) if span.text]
        self.lines.append(Line(_merged(spans), self._skip, joint, self._fill))
        self._prefix, self._skip = self._rest, sum(len(span.text) for span in self._rest)
        self._line, self._line_cells = [], 0


def _may_break(before: str, after: str) -> bool:
    """Whether a line may end between two characters that no space parts."""
    if _IDEOGRAPH.match(after):
        return before not in _OPENING
    return _IDEOGRAPH.match(before) is not None and (after in _OPENING or after.isalnum())


def _merged(spans: list[Span]) -> tuple[Span, ...]:
    """`spans` with neighbours of one look made one."""
    merged: list[Span] = []
    for span in spans:
        if merged and merged[-1].look == span.look:
            merged[-1] = Span(merged[-1].text + span.text, span.look)
        else:
            merged.append(span)
    return tuple(merged)


def wrapped(
    spans: Iterable[Span],
    width: int,
    first: tuple[Span, ...] = (),
    rest: tuple[Span, ...] = (),
    fill: Look | None = None,
) -> list[Line]:
    """All of `spans` as lines."""
    wrapper = Wrapper(width, first, rest, fill)
    for span in spans:
        wrapper.feed(*span)
    wrapper.end_line()
    return wrapper.lines


def unwrapped(text: str) -> list[str]:
    """The lines of `text` as they would be drawn, were the width without end."""
    if not text.isascii():
        text = _FLOOD.sub(r"\1", text)
    return [line.rstrip(" ") for line in text.replace("\t", _TAB.translate(BLANKS)).split("\n")]


def hard_wrapped(spans: Iterable[Span], room: int) -> list[tuple[Span, ...]]:
    """One line of code, cut where the room ends."""
    lines: list[tuple[Span, ...]] = []
    line: list[Span] = []
    cells = 0
    for text, look in spans:
        for piece in _cut(text, room, cells):
            if cells >= room or (cells and cells + cell_len(piece) > room):
                lines.append(tuple(line))
                line, cells = [], 0
            line.append(Span(piece, look))
            cells += cell_len(piece)
    return [*lines, tuple(line)]


def _cut(text: str, room: int, cells: int) -> Iterator[str]:
    """`text` in pieces that fit, the first one behind so many cells."""
    if text.isascii():
        start = 0
        while start < len(text):
            end = start + (room - cells if cells < room else room)
            yield text[start:end]
            start, cells = end, 0
        return
    yield from graphemes(_FLOOD.sub(r"\1", text))
