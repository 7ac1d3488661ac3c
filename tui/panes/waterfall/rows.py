"""The rows of a waterfall: a turn's spans one under the other, each with its track of cells. Knows no widget.

A cell shows how many of the model's fragments came in its time, as bars of a sparkline do; where none came, whether the
span went on; a pause out of proportion is marked. What stands at a cell is looked up when it is drawn, so that a turn
of any number of fragments costs what its rows do.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from operator import attrgetter
from typing import NamedTuple

from rich.cells import cell_len

from agent.figures import duration, plural
from agent.recordings.timing import SpanKind, TimeSpan
from tui.drawing.cells import fit, flat
from tui.drawing.glyphs import Glyphs
from tui.drawing.rows import Key, Role, Row, Span
from tui.panes.waterfall.scale import Scale

__all__ = ["LABEL", "Line", "legend_of", "lines_of", "row_of", "told"]

LABEL = (14, 32)
"""Cells of a row's name, at least and at most."""
_FEW = 3
"""Fragments in a cell that are drawn at full height, where no cell has more."""
_ROLES: dict[SpanKind, Role] = {
    SpanKind.TURN: "strong",
    SpanKind.STEP: "plain",
    SpanKind.MODEL: "quiet",
    SpanKind.REASONING: "constant",
    SpanKind.TEXT: "string",
    SpanKind.CALL: "name",
    SpanKind.ARGUMENT: "key",
    SpanKind.TOOL: "ok",
    SpanKind.APPROVAL: "warning",
    SpanKind.RETRY: "error",
}
_NAMES = {SpanKind.APPROVAL: "you", SpanKind.TEXT: "text", SpanKind.REASONING: "reasoning", SpanKind.MODEL: "model"}


class Line(NamedTuple):
    """A span at its place in the picture."""

    span: TimeSpan
    depth: int
    inside: str = ""
    """The id of the call whose argument it is."""
    place: int = 0
    """Its place among what lies beside it."""

    @property
    def key(self) -> Key:
        """What it is known by when the turn has grown."""
        span = self.span
        return str(span.kind), span.name, self.inside, span.id, int(span.start)


def lines_of(turn: TimeSpan) -> list[Line]:
    """The lines of a turn: a step's model call stands for what it wrote, so it has no line where it wrote anything."""
    lines: list[Line] = []
    waiting = [Line(turn, 0)]
    while waiting:
        line = waiting.pop()
        span, depth = line.span, line.depth
        if span.kind is not SpanKind.MODEL or not span.children:
            lines.append(line)
            depth += 1
        waiting += [Line(child, depth, span.id, place) for place, child in reversed([*enumerate(span.children)])]
    return lines


def row_of(
    line: Line,
    scale: Scale,
    *,
    label: int,
    moment: float | None,
    until: float | None = None,
    cost: str = "",
    glyphs: Glyphs,
) -> Row:
    """A line as it is drawn; `label` is the width of its name, `moment` where the replay stands.

    What has no end goes on `until` then; where that is None, it is not told how long. `cost` stands at the right,
    filled up to the width that costs have.
    """
    span = line.span
    text = fit("  " * line.depth + _title(span), label, glyphs.ellipsis)
    name = f"{text}{' ' * (label - cell_len(text))} "
    spans = [Span(name, _ROLES[span.kind] if span.kind in (SpanKind.TURN, SpanKind.CALL) else "plain")]
    spans += _track(span, scale, moment, until, glyphs)
    end = span.end if span.end is not None else until
    took = "" if end is None else duration(end - span.start)
    return Row(line.key, tuple(spans), right=f"{took}{cost}", in_tree=False)


def told(line: Line, unit: str, glyphs: Glyphs) -> str:
    """A span's figures in words: when it came, first token, tokens, the pauses between them, waiting for the user.

    `unit` is what its fragments are: `token`, or `piece` where they are not.
    """
    span = line.span
    words = [fit(_title(span), LABEL[1], glyphs.ellipsis)]
    if span.duration is not None:
        words.append(f"took {duration(span.duration)}")
    if span.first is not None and span.kind is not SpanKind.ARGUMENT:
        words.append(f"first {unit} {duration(span.first - span.start)}")
    if count := len(span.stream):
        words.append(plural(count, unit))
    if (gaps := span.gaps) is not None:
        pauses = f"gaps {duration(gaps.p50)}, p95 {duration(gaps.p95)}, max {duration(gaps.longest)}"
        words += [pauses, *([plural(len(gaps.stalls), "stall")] if gaps.stalls else [])]
    if span.kind is not SpanKind.APPROVAL and (wait := span.wait):
        words.append(f"waited {duration(wait)} for you")
    return "  ".join(words)


def legend_of(lines: Sequence[Line], seen: range, unit: str, glyphs: Glyphs) -> list[str]:
    """What signs in the tracks of these lines mean, those first that are needed most; a stall's where it is seen."""
    spans = [lines[number].span for number in seen]
    kinds, spark = {line.span.kind for line in lines}, glyphs.spark
    meanings = {
        f"{spark[2]}{spark[-1]} {unit}s": any(len(line.span.stream) for line in lines[:1]),
        f"{glyphs.track_idle} no {unit}": bool(lines),
        f"{glyphs.track_answer} tool runs": SpanKind.TOOL in kinds,
        f"{glyphs.track_tool} waits for you": SpanKind.APPROVAL in kinds,
        f"{glyphs.problem} stall": any(span.gaps is not None and span.gaps.stalls for span in spans),
        f"{glyphs.failed} retry": SpanKind.RETRY in kinds,
    }
    return [meaning for meaning, is_seen in meanings.items() if is_seen]


def _title(span: TimeSpan) -> str:
    name = flat(span.name)
    match span.kind:
        case SpanKind.TURN:
            return name or "(no question)"
        case SpanKind.STEP | SpanKind.CALL | SpanKind.ARGUMENT:
            return name
        case SpanKind.TOOL:
            return f"{name} runs"
        case SpanKind.RETRY:
            return "retry"
        case _:
            return _NAMES[span.kind]


def _track(span: TimeSpan, scale: Scale, moment: float | None, until: float | None, glyphs: Glyphs) -> Iterator[Span]:
    """The cells of a span, those of one look together."""
    role = _ROLES[span.kind]
    cells = [Span(" ")] * scale.width
    last = next((end for end in (span.end, until, *span.moments[-1:]) if end is not None), span.start)
    first, behind = scale.cell_of(span.start), bisect_left(scale.edges, last)
    going = Span(_sign_of(span, glyphs), "quiet" if len(span.stream) else role)
    _fill(cells, first, max(behind, first + 1), going)
    pauses = span.gaps
    for stall in pauses.stalls if pauses is not None else ():
        stalled = Span(glyphs.problem, "warning")
        _fill(cells, scale.cell_of(stall.at) + 1, scale.cell_of(stall.at + stall.length), stalled)
    counts = _counts(span.moments, scale)
    most = max(_FEW, *counts)
    for number, count in enumerate(counts):
        if count:
            cells[number] = Span(glyphs.spark[(count * (len(glyphs.spark) - 1)) // most], role)
    if moment is not None:
        here = scale.cell_of(moment)
        _fill(cells, here, here + 1, Span(glyphs.moment, "live"))
    for look, same in groupby(cells, key=attrgetter("role")):
        yield Span("".join(cell.text for cell in same), look)


def _fill(cells: list[Span], start: int, end: int, cell: Span) -> None:
    """Put the same in the cells from `start` until `end`, as far as they are to be seen."""
    start, end = max(start, 0), min(end, len(cells))
    if start < end:
        cells[start:end] = [cell] * (end - start)


def _sign_of(span: TimeSpan, glyphs: Glyphs) -> str:
    match span.kind:
        case SpanKind.TOOL:
            return glyphs.track_answer
        case SpanKind.APPROVAL:
            return glyphs.track_tool
        case SpanKind.RETRY:
            return glyphs.failed
        case _:
            return glyphs.track_idle


def _counts(moments: Sequence[float], scale: Scale) -> list[int]:
    """How many moments are in each cell."""
    if not moments:
        return [0] * scale.width
    places = [bisect_left(moments, edge) for edge in scale.edges[:-1]]
    # The last cell ends with the last moment, not before it.
    places.append(bisect_right(moments, scale.end))
    return [after - before for before, after in pairwise(places)]
