"""Text that is selected in the log: what more than one click takes, and what a selection holds.

Counts in the lines of a column, and in cells from the left edge of the log.
"""

from rich.cells import set_cell_size
from textual.geometry import Offset
from textual.selection import Selection

from tui.drawing.lines import Line, copied, word_span
from tui.panes.log.column import Column

__all__ = ["clicked", "selected_text"]


def clicked(column: Column, at: Offset, clicks: int, message: range, *, width: int, gutter: int) -> Selection:
    """A word by two clicks at a place, its line as it was written by three, the message by more."""
    if clicks == 2:
        line = _line(column, at.y)
        start, end = word_span(line.text, len(set_cell_size(line.text, max(at.x - gutter, 0))))
        return Selection(Offset(gutter + start, at.y), Offset(gutter + end, at.y))
    rows = _written_line(column, at.y, message) if clicks == 3 else message
    return Selection(Offset(0, rows.start), Offset(width, rows.stop - 1))


def selected_text(column: Column, start: Offset, end: Offset | None, last: int, *, gutter: int) -> str:
    """The text from one place to another, or to the end of line `last`, without the line breaks of the wrap."""
    last = min(last, column.height - 1)
    lines = [_line(column, y) for y in range(start.y, last + 1)]
    return copied(lines, max(0, start.x - gutter), None if end is None else max(0, end.x - gutter))


def _line(column: Column, y: int) -> Line:
    return column.line(y)[2] or Line()


def _written_line(column: Column, row: int, within: range) -> range:
    """The rows over which a line was wrapped."""
    first, last = row, row
    while first > within.start and _line(column, first - 1).joint is not None:
        first -= 1
    while last + 1 < within.stop and _line(column, last).joint is not None:
        last += 1
    return range(first, last + 1)
