"""A growing text as it arrived: plain, with a mark where each fragment begins.

Owns nothing but that picture; it knows no Markdown and no colours.
"""

from agent.text import visible
from tui.drawing.lines import PLAIN, CodeBlock, Line, Look, Span, characters_before, line_of
from tui.drawing.wrap import Wrapper

__all__ = ["FragmentText"]

_MARK = Look(("mark",))


class FragmentText:
    """Takes fragments, gives lines."""

    def __init__(self, width: int, margin: tuple[Span, ...] = (), look: Look = PLAIN) -> None:
        self.lines: list[Line] = []
        """As they are drawn, after `refresh`."""
        self.changed_from = 0
        """The first line that the last `refresh` may have changed."""
        self._wrapper = Wrapper(width, margin, margin)
        self._look = look
        self._final = 0
        self._count = 0

    def append(self, piece: str) -> None:
        """Add the next fragment."""
        if self._count:
            self._wrapper.feed("|", _MARK)
        self._wrapper.feed(visible(piece), self._look)
        self._count += 1

    def finish(self) -> None:
        """The text is complete; its picture stays as it is."""

    def refresh(self) -> None:
        """Bring `lines` up to date."""
        ahead = self._wrapper.ahead()
        ahead.end_line()
        self.changed_from = self._final
        self.lines[self._final :] = self._wrapper.take()
        self._final = len(self.lines)
        self.lines += ahead.lines if self._count else []

    def has_guesses(self, lines: range) -> bool:
        """No: all of it is laid out as it comes."""
        return False

    def lay_out(self, lines: range) -> None:
        """Nothing is left to be laid out."""

    def code_blocks(self) -> list[CodeBlock]:
        """None: this is plain text."""
        return []

    def locate(self, line: int) -> tuple[int, int]:
        """A place that lasts: how many characters stand before the line."""
        return 0, characters_before(self.lines, 0, line)

    def find(self, block: int, characters: int) -> int:
        """The line of such a place."""
        return line_of(self.lines, 0, len(self.lines), characters)
