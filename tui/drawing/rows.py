"""One drawn line: what stands on it and what each part is for. Turned into a strip here, coloured by its widget.

A row has a tree's left part (indent, fold sign, words) and a right part in columns (state sign, duration), so that
signs and durations of neighbouring rows stand under each other. Knows no widget and no item of a conversation.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from agent.figures import duration
from tui.drawing.cells import fit
from tui.drawing.glyphs import Glyphs

__all__ = ["ROLES", "SPINNER", "Key", "Role", "Row", "Span", "paint"]

Role = Literal[
    "plain", "quiet", "strong", "key", "string", "number", "constant", "name", "match", "live", "ok", "warning", "error"
]
ROLES: tuple[Role, ...] = (
    "plain",
    "quiet",
    "strong",
    "key",
    "string",
    "number",
    "constant",
    "name",
    "match",
    "live",
    "ok",
    "warning",
    "error",
)
"""What a piece of text is for; the widget gives each its style."""

Key = tuple[str | int, ...]
"""What a row belongs to; a child's key begins with its parent's."""

_DURATION_WIDTH = 5
_RIGHT_GAP = 2


class Span(NamedTuple):
    """Text that is safe to draw, and what it is for."""

    text: str
    role: Role = "plain"


SPINNER = Span("", "live")
"""A state sign that moves; its sign is chosen when it is painted."""


@dataclass(slots=True)
class Row:
    """One line of a tree or list. Equal when it looks the same."""

    key: Key
    spans: tuple[Span, ...]
    indent: int = 0
    """Cells before the fold sign's column."""
    folded: bool | None = None
    """None where there is nothing to fold; then the sign's column stays free."""
    state: Span | None = None
    right: str = ""
    """Drawn quietly at the right edge, such as a duration."""
    since: float | None = None
    """For what is still going on: when it began, in milliseconds; its duration is drawn in place of `right`."""
    in_tree: bool = True
    """Whether there is a column for the fold sign."""
    strip: Strip | None = field(default=None, compare=False)
    look: tuple[object, ...] | None = field(default=None, compare=False)
    """What `strip` was painted from."""

    def right_at(self, now: float) -> str:
        """The text of the right edge at a moment, in milliseconds."""
        return self.right if self.since is None else duration(now - self.since)


def paint(row: Row, width: int, styles: Mapping[Role, Style], glyphs: Glyphs, *, now: float, frame: int) -> Strip:
    """The row in exactly `width` cells; `now` is in milliseconds, `frame` is the spinner's."""
    right = _right_part(row, glyphs, now, frame)
    taken = sum(cell_len(span.text) for span in right)
    room = max(0, width - taken - (_RIGHT_GAP if right else 0))
    segments: list[Segment] = []
    left = [span for span in _left_part(row, glyphs) if span.text]
    for number, span in enumerate(left, 1):
        text = fit(span.text, room, glyphs.ellipsis)
        if number < len(left) and cell_len(text) == room:
            text = fit(f"{text} ", room, glyphs.ellipsis)  # the cut is shown, though it is between two spans
        room -= cell_len(text)
        if text:
            segments.append(Segment(text, styles[span.role]))
        if text != span.text:
            break
    gap = width - taken - sum(cell_len(segment.text) for segment in segments)
    if right and gap >= 0:
        segments.append(Segment(" " * gap, styles["plain"]))
        segments += [Segment(span.text, styles[span.role]) for span in right]
    return Strip(segments).adjust_cell_length(width, styles["plain"])


def _left_part(row: Row, glyphs: Glyphs) -> list[Span]:
    if not row.in_tree:
        return [*row.spans]
    sign = "  "
    if row.folded is not None:
        sign = f"{glyphs.folded if row.folded else glyphs.unfolded} "
    return [Span(" " * row.indent), Span(sign, "quiet"), *row.spans]


def _right_part(row: Row, glyphs: Glyphs, now: float, frame: int) -> list[Span]:
    text = row.right_at(now)
    if row.state is None:
        return [Span(text, "quiet")] if text else []
    sign = row.state.text or glyphs.spinner[frame % len(glyphs.spinner)]
    return [Span(sign, row.state.role), Span(f" {text:>{_DURATION_WIDTH}}", "quiet")]
