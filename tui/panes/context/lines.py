"""What a model call was given, as lines: what came, what went and what was cut since the call before. No widget."""

from collections.abc import Iterator
from textwrap import wrap

from agent.figures import plural, size
from agent.recordings.contexts import Change, Context, Piece, changes, sizes
from tui.drawing.calls.text import TextLine
from tui.drawing.cells import flat, in_line
from tui.drawing.rows import Role

__all__ = ["context_text"]

_SIGNS: dict[Change, tuple[str, Role]] = {
    Change.KEPT: (" ", "plain"),
    Change.ADDED: ("+", "ok"),
    Change.CHANGED: ("~", "warning"),
    Change.CUT: ("~", "warning"),
    Change.DROPPED: ("-", "error"),
}
_LONGEST = 4_000
"""Characters of a piece that are shown: what is longer stands in the conversation."""
_KEPT = 200
"""Of one that was there before."""
_INDENT = "    "
_FIGURES = 60
"""Cells of the line of sizes, which is wrapped between them."""


def context_text(before: Context | None, context: Context) -> Iterator[TextLine]:
    """All lines, not wrapped."""
    model = f"  {flat(context.model)}" if context.model else ""
    yield TextLine(f"Turn {context.turn}, step {context.step}{model}", "name")
    yield TextLine("as it was sent", "ok") if context.is_as_sent else TextLine("rebuilt from the recording", "warning")
    yield from (TextLine(doubt, "warning") for doubt in context.doubts)
    yield from (TextLine(line) for line in _figures(context))
    for change, piece in changes(before, context):
        yield TextLine("")
        yield from _piece(change, piece)


def _figures(context: Context) -> Iterator[str]:
    told = [f"{kind} {size(count)}".replace(" ", "\u00a0") for kind, count in sizes(context).items()]  # in one piece
    yield from wrap(f"{size(context.size)} in all: {', '.join(told)}", _FIGURES)
    if context.temperature is not None:
        yield f"temperature {context.temperature:g}"
    if context.tool_choice is not None:
        yield f"tools have to be called: {flat(context.tool_choice)}"
    if context.turns_left_out:
        yield f"{plural(context.turns_left_out, 'turn')} left out for want of room"


def _piece(change: Change, piece: Piece) -> Iterator[TextLine]:
    sign, role = _SIGNS[change]
    since = "" if change is Change.KEPT else f", {change}"
    in_part = ", in part" if piece.is_cut else ""
    yield TextLine(f"{sign} {in_line(piece.label)}  {size(piece.size)}{since}{in_part}", role)
    shown = _KEPT if change is Change.KEPT else _LONGEST
    text = piece.text[:shown] if change is not Change.KEPT else flat(piece.text[:shown])
    for line in in_line(text).split("\n") if text else ():
        yield TextLine(f"{_INDENT}{line}", "quiet")
    if len(piece.text) > shown:
        yield TextLine(f"{_INDENT}({len(piece.text) - shown:,} more characters)", "quiet")
