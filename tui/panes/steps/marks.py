"""What a search marks in the tree and where its hits are: which row, which cells. Knows runs and rows; no widget."""

from itertools import groupby, takewhile

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from agent.conversation.finding import Hit, HitKind, occurrences
from agent.conversation.items import Message, ToolCall
from agent.conversation.run import Run
from tui.drawing.calls.rows import NOTE, RESULT
from tui.drawing.rows import Key, Row
from tui.panes.steps.rows import TreeRows

__all__ = ["IN_LOG", "Marks", "hit_key"]

IN_LOG = frozenset({HitKind.ANSWER, HitKind.PREAMBLE, HitKind.REASONING})
"""Texts that the tree has only one word for."""
_OF_CALLS = frozenset({HitKind.TOOL, HitKind.ARGUMENTS, HitKind.RESULT})
_SIGN = 2
"""Characters of a row's fold sign."""


def hit_key(run: Run, hit: Hit) -> Key:
    """The node that a hit is in; that of its call where it is in the arguments, whose rows only the tree knows."""
    if hit.kind is HitKind.ERROR:
        return (run.id, NOTE)
    for step in run.steps:
        for item in step.items:
            if item.id == hit.item and isinstance(item, ToolCall) == (hit.kind in _OF_CALLS):
                call_id = item.call_id if isinstance(item, Message) else None
                key = (run.id, step.number, call_id or item.id)
                return (*key, RESULT) if hit.kind is HitKind.RESULT else key
    return (run.id,)


def _count_in(row: Row, query: str) -> int:
    """How often the query stands in a row, drawn or cut."""
    return len(occurrences(_text(row), query)) if _is_searched(row) else 0


def _marked(strip: Strip, row: Row, query: str, style: Style, current: int | None, current_style: Style) -> Strip:
    """A row's strip with what is drawn of its matches in `style`, and the match with the number `current` in its own.

    Words of the program, such as the steps' names, are no matches; what was cut off is not drawn.
    """
    if not _is_searched(row):
        return strip
    first = row.indent + _SIGN
    drawn, text = strip.text, _text(row)
    letters = enumerate(zip(text, drawn[first:], strict=False))
    cut = next((index for index, (letter, seen) in letters if letter != seen), len(drawn) - first)
    for number, (start, end) in enumerate(occurrences(text, query)):
        if start < cut:
            strip = _painted(strip, first + start, first + min(end, cut), current_style if number == current else style)
    return strip


class Marks:
    """The matches of a query in a tree's rows."""

    def __init__(self) -> None:
        self.query = ""
        """What is marked; nothing where it is empty."""
        self.hit_at: tuple[Key, int] | None = None
        """The node that the current hit is in, and which match in its rows it is."""

    def on(self, strip: Strip, rows: TreeRows, number: int, style: Style, current_style: Style) -> Strip:
        """The strip of a row with its matches in `style`, the current hit in its own."""
        row, current = rows[number], None
        if self.hit_at is not None and self.hit_at[0] == row.key:
            before = range(rows.row_number(row.key) or 0, number)
            current = self.hit_at[1] - sum(_count_in(rows[other], self.query) for other in before)
        return _marked(strip, row, self.query, style, current, current_style)

    def folded_before(self, rows: TreeRows, key: Key, nth: int) -> Key | None:
        """What is folded in the arguments of a call before a match, and may have it in it."""
        for row in _arguments(rows, key):
            nth -= _count_in(row, self.query)
            if nth < 0:
                return None
            if row.folded:
                return row.key
        return None

    def argument_at(self, rows: TreeRows, key: Key, nth: int) -> tuple[Key, int]:
        """Where a match in the arguments of a call is: its node, and which match of the node's rows it is.

        Where it was cut off, the last match that is drawn; without one the first node.
        """
        arguments = _arguments(rows, key)
        place = (arguments[0].key if arguments else key, 0)
        for node, part in groupby(arguments, key=lambda row: row.key):
            count = sum(_count_in(row, self.query) for row in part)
            if nth < count:
                return node, nth
            nth -= count
            place = (node, count - 1) if count else place
        return place


def _arguments(rows: TreeRows, key: Key) -> list[Row]:
    """The rows of a call's arguments."""
    first = rows.row_number(key)
    numbers = range(first, len(rows)) if first is not None else range(0)
    own = takewhile(lambda row: row.key[:3] == key, (rows[number] for number in numbers))
    return [row for row in own if len(row.key) > 3 and row.key[3] not in (NOTE, RESULT)]


def _painted(strip: Strip, start: int, end: int, style: Style) -> Strip:
    """`strip` with the characters from `start` up to `end` in another style."""
    left, right = cell_len(strip.text[:start]), cell_len(strip.text[:end])
    match = Strip(Segment.apply_style(strip.crop(left, right), post_style=style))
    return Strip.join([strip.crop(0, left), match, strip.crop(right)])


def _text(row: Row) -> str:
    return "".join(span.text for span in row.spans)


def _is_searched(row: Row) -> bool:
    """Whether a user, a model or a tool wrote it: a question, an error, a call with its arguments and result."""
    match row.key:
        case (_, part):
            return part == NOTE
        case (_, int(step), *_) if step < 0:
            return False  # the state, activities
        case (_, _, _):
            return row.folded is not None  # a call: the rows of texts have nothing to fold
        case (_, _, _, part, *_):
            return part != NOTE
        case _:
            return True
