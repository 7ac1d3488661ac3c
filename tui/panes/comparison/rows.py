"""The rows of a comparison: of each step what either side did, and in figures. Knows no widget.

A step has a row for each side; the sign before it says whether anything differs there.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Literal, NamedTuple

from textual.content import Content

from agent.conversation.items import Message, Reasoning
from agent.conversation.run import Run, Step
from agent.figures import duration
from agent.formats.reports.comparison import step_figures
from agent.recordings.comparing.differences import Difference, StepPair, TurnPair
from agent.recordings.comparing.wording import Piece, marked_words
from tui.drawing.cells import flat
from tui.drawing.rows import Key, Row, Span

__all__ = ["Cost", "Line", "headings", "lines_of", "row_of", "told"]

Cost = Callable[[Run, Step], Decimal | None]
"""What a model call cost; None where that is not known."""
_COLUMNS = {"tokens": 7, "first token": 12, "rate": 7, "time": 7}
"""Cells of the figures."""
_COST = 9
_SHOWN = 600
"""Characters of what differs,"""
_BEFORE = 24
"""so many of them before the first that does."""


class Line(NamedTuple):
    """What a row stands for."""

    turn: TurnPair
    step: StepPair | None = None
    """None is the turn itself."""
    side: Literal["left", "right"] = "left"

    @property
    def key(self) -> Key:
        """The turn and the step, by their numbers: both sides are chosen together."""
        return self.turn.number, 0 if self.step is None else self.step.number

    @property
    def differences(self) -> Sequence[Difference]:
        """What differs there; of a turn all that does in it, its steps' too."""
        return (self.turn if self.step is None else self.step).differences


def lines_of(pairs: Iterable[TurnPair]) -> list[Line]:
    """The turns, and below each its steps, side below side."""
    return [*_lines(pairs)]


def _lines(pairs: Iterable[TurnPair]) -> Iterator[Line]:
    for pair in pairs:
        yield Line(pair)
        for step in pair.steps:
            yield Line(pair, step)
            yield Line(pair, step, "right")


def row_of(line: Line, cost: Cost | None, *, has_figures: bool) -> Row:
    """A line as it is drawn; `cost` is None where nothing is known of any."""
    turn, pair = line.turn, line.step
    is_open = pair is not None and pair.is_open
    mark = Span("≠ ", "warning") if line.differences else Span("  " if is_open else "= ", "quiet")
    if pair is None:
        questions = dict.fromkeys(run.question for run in (turn.left, turn.right) if run is not None)
        words = f"turn {turn.number}  {flat(' ≠ '.join(questions))}"
        return Row(line.key, (mark, Span(words, "strong")), in_tree=False)
    step, run = (pair.left, turn.left) if line.side == "left" else (pair.right, turn.right)
    name = f"  step {pair.number} " if line.side == "left" else " " * (8 + len(str(pair.number)))
    sign = mark if line.side == "left" else Span("  ")
    spans = (sign, Span(name), Span(f"{line.side:<6}", "quiet"))
    if step is None or run is None:
        return Row(line.key, (*spans, Span("not yet" if pair.is_open else "none", "quiet")), in_tree=False)
    figures = _figures(run, step, cost) if has_figures else ""
    return Row(line.key, (*spans, *_said(step)), right=figures, in_tree=False)


def headings(*, has_costs: bool) -> str:
    """What stands over the figures of the rows."""
    return "".join(f"{name:>{width}}" for name, width in _COLUMNS.items()) + f"{'cost':>{_COST}}" * has_costs


def _said(step: Step) -> Iterator[Span]:
    """What a step wrote, each from its beginning: its text, then its calls; what it thought where there is neither."""
    texts = [
        flat(item.fragments.text[:_SHOWN]) for item in step.items if isinstance(item, Message) and not item.call_id
    ]
    told = [Span(text) for text in texts if text]
    told += [
        Span(f"{flat(call.name)} {flat(call.fragments.text)} → {flat(call.result or str(call.status))}", "name")
        for call in step.calls
    ]
    if not told:
        thoughts = [item.fragments.text[:_SHOWN] for item in step.items if isinstance(item, Reasoning)]
        told = [Span(flat(text), "quiet") for text in thoughts[:1]]
    for number, span in enumerate(told):
        if number:
            yield Span(", ")
        yield span


def _figures(run: Run, step: Step, cost: Cost | None) -> str:
    known = step_figures(run, step)
    first, rate, took = known["first_token_ms"], known["rate"], known["duration_ms"]
    cells = (
        f"{known['tokens']:,}",
        "" if first is None else duration(first),
        "" if rate is None else f"{rate:.0f}/s",
        "" if took is None else duration(took),
    )
    text = "".join(f"{cell:>{width}}" for cell, width in zip(cells, _COLUMNS.values(), strict=True))
    if cost is None:
        return text
    dollars = cost(run, step)
    return f"{text}{'' if dollars is None else f'${dollars:.4f}':>{_COST}}"


def told(difference: Difference | None) -> Content:
    """What differs, in words that are marked where they do."""
    if difference is None:
        return Content("Nothing differs here.")
    where = f"turn {difference.turn}" + (f", step {difference.step}" if difference.step else "")
    of = f" of {flat(difference.name)}" if difference.name else ""
    left, right = difference.left, difference.right
    begins = max(_same_beginning(left or "", right or "") - _BEFORE, 0)
    ones, others = marked_words(*(_excerpt(text or "", begins) for text in (left, right)))
    return Content("\n").join(
        [
            Content(f"{where}: {difference.kind}{of}"),
            Content.assemble(("left   ", "$foreground-muted"), *_marked(ones, left)),
            Content.assemble(("right  ", "$foreground-muted"), *_marked(others, right)),
        ]
    )


def _same_beginning(left: str, right: str) -> int:
    """How many characters two texts have in common from their beginnings on."""
    shorter = min(len(left), len(right))
    return bisect_left(range(1, shorter + 1), True, key=lambda count: left[:count] != right[:count])


def _excerpt(text: str, begins: int) -> str:
    """A text on one line from there on."""
    return ("… " if begins else "") + flat(text[begins : begins + _SHOWN])


def _marked(pieces: Iterable[Piece], text: str | None) -> Iterator[tuple[str, str]]:
    if text is None:
        yield "(none)", "$foreground-muted"
    for piece in pieces:
        yield piece.text, "" if piece.is_same else "$text-warning bold"
