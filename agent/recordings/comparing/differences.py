"""Two conversations side by side: turn by turn and step by step, what differs, and what differs first.

Turns and steps are paired by their place. Arguments are the same where their values are, however they were written;
ids and times are nobody's words and make no difference. Pure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import zip_longest

import msgspec

from agent.conversation.items import Message, Reasoning, ToolCall
from agent.conversation.run import Run, Step

__all__ = ["Difference", "DifferenceKind", "StepPair", "TurnPair", "compare", "first_difference"]


class DifferenceKind(StrEnum):
    """In what two conversations differ."""

    TURN = "turn"
    """Only one of them has it."""
    QUESTION = "question"
    STEP = "step"
    """Only one of them has it."""
    REASONING = "reasoning"
    TEXT = "text"
    CALL = "call"
    """Another tool was called, or only one of them called one."""
    ARGUMENTS = "arguments"
    RESULT = "result"
    OUTCOME = "outcome"
    """How the turn ended, or its answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One place where two conversations differ."""

    kind: DifferenceKind
    turn: int
    """From 1, in both."""
    step: int | None = None
    """From 1 within the turn; None of what is the turn's own."""
    name: str = ""
    """The tool that it is about."""
    left: str | None = None
    right: str | None = None
    """What stands there; None where nothing does."""
    left_at: float | None = None
    right_at: float | None = None
    """When that began, in ms since the epoch."""
    left_end: float | None = None
    right_end: float | None = None
    """When all of it stood there, in ms since the epoch; None where it never did, or where that was not told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepPair:
    """The steps that stand at one place of a turn; one of them may be missing."""

    number: int
    left: Step | None
    right: Step | None
    differences: tuple[Difference, ...]
    is_open: bool = False
    """Whether one of them goes on, or is still to come: nothing differs yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnPair:
    """The turns that stand at one place; one of them may be missing."""

    number: int
    left: Run | None
    right: Run | None
    steps: tuple[StepPair, ...]
    differences: tuple[Difference, ...]
    """All of the turn, its steps' too, in the order in which a reader meets them."""


def compare(
    left: Sequence[Run], right: Sequence[Run], *, first: int = 1, is_growing: bool = False
) -> Iterator[TurnPair]:
    """The turns of two conversations in pairs, one after the other, worked out as they are taken.

    `first` is the number that the first of them has. Of one that `is_growing` nothing differs that is still to come.
    """
    for number, (one, other) in enumerate(zip_longest(left, right), start=first):
        yield _turn(number, one, other, is_growing=is_growing)


def first_difference(left: Sequence[Run], right: Sequence[Run]) -> Difference | None:
    """Where two conversations differ first; None where they are the same. Reads no further than that."""
    return next((difference for pair in compare(left, right) for difference in pair.differences), None)


def _turn(number: int, left: Run | None, right: Run | None, *, is_growing: bool) -> TurnPair:
    if left is None or right is None:
        if is_growing:
            return TurnPair(number=number, left=left, right=right, steps=(), differences=())
        only = left or right
        assert only is not None  # noqa: S101 - one of two that are paired is there
        difference = Difference(
            kind=DifferenceKind.TURN,
            turn=number,
            left=None if left is None else left.question,
            right=None if right is None else right.question,
            left_at=None if left is None else left.started,
            right_at=None if right is None else right.started,
            left_end=None if left is None else left.ended,
            right_end=None if right is None else right.ended,
        )
        return TurnPair(number=number, left=left, right=right, steps=(), differences=(difference,))
    found: list[Difference] = []
    if left.question != right.question:
        found.append(_said(DifferenceKind.QUESTION, number, left.question, right.question, left.started, right.started))
    goes_on = is_growing and (left.is_open or right.is_open)
    steps = tuple(
        _step_pair(number, place, one, other, goes_on=goes_on)
        for place, (one, other) in enumerate(zip_longest(left.steps, right.steps), start=1)
    )
    found += [difference for pair in steps for difference in pair.differences]
    outcomes = _outcome(left), _outcome(right)
    if outcomes[0] != outcomes[1] and not goes_on:
        found.append(_said(DifferenceKind.OUTCOME, number, *outcomes, left.ended, right.ended))
    return TurnPair(number=number, left=left, right=right, steps=steps, differences=tuple(found))


def _step_pair(turn: int, number: int, left: Step | None, right: Step | None, *, goes_on: bool) -> StepPair:
    is_open = goes_on and not all(step is not None and _is_over(step) for step in (left, right))
    found = () if is_open else tuple(_steps(turn, number, left, right))
    return StepPair(number=number, left=left, right=right, differences=found, is_open=is_open)


def _is_over(step: Step) -> bool:
    """Whether all of it has come; what a step left open is cut with its turn."""
    return step.ended is not None and all(call.ended is not None for call in step.calls)


def _said(
    kind: DifferenceKind, turn: int, left: str, right: str, left_at: float | None, right_at: float | None
) -> Difference:
    """Something that stands there whole from the moment on that it is there."""
    return Difference(
        kind=kind,
        turn=turn,
        left=left,
        right=right,
        left_at=left_at,
        right_at=right_at,
        left_end=left_at,
        right_end=right_at,
    )


def _outcome(run: Run) -> str:
    """How a turn ended, in words that two ends share where they are the same."""
    return f"{run.status}: {run.answer if run.error is None else run.error}"


def _steps(turn: int, number: int, left: Step | None, right: Step | None) -> Iterator[Difference]:
    if left is None or right is None:
        yield Difference(
            kind=DifferenceKind.STEP,
            turn=turn,
            step=number,
            left=None if left is None else _in_short(left),
            right=None if right is None else _in_short(right),
            left_at=None if left is None else left.started,
            right_at=None if right is None else right.started,
            left_end=None if left is None else left.ended,
            right_end=None if right is None else right.ended,
        )
        return
    for kind, of in ((DifferenceKind.REASONING, Reasoning), (DifferenceKind.TEXT, Message)):
        ones, others = _texts(left, of), _texts(right, of)
        if (one := "".join(ones)) != (other := "".join(others)):
            yield Difference(
                kind=kind,
                turn=turn,
                step=number,
                left=one if ones else None,
                right=other if others else None,
                left_at=_began(left, of),
                right_at=_began(right, of),
                left_end=_ended(left, of),
                right_end=_ended(right, of),
            )
    for call, same_place in zip_longest(left.calls, right.calls):
        yield from _calls(turn, number, call, same_place)


def _texts(step: Step, of: type[Message] | type[Reasoning]) -> list[str]:
    """The texts of a kind in a step; an answer that is decoded from a call is compared as that call's argument."""
    return [item.fragments.text for item in step.items if isinstance(item, of) and not getattr(item, "call_id", None)]


def _began(step: Step, of: type[Message] | type[Reasoning]) -> float:
    return next((item.started for item in step.items if isinstance(item, of)), step.started)


def _ended(step: Step, of: type[Message] | type[Reasoning]) -> float | None:
    return max((item.ended for item in step.items if isinstance(item, of) and item.ended is not None), default=None)


def _in_short(step: Step) -> str:
    return ", ".join(call.name for call in step.calls) or step.title


def _calls(turn: int, number: int, left: ToolCall | None, right: ToolCall | None) -> Iterator[Difference]:
    def difference(kind: DifferenceKind, one: str | None, other: str | None) -> Difference:
        named = left or right
        return Difference(
            kind=kind,
            turn=turn,
            step=number,
            name=named.name if named else "",
            left=one,
            right=other,
            left_at=None if left is None else left.started,
            right_at=None if right is None else right.started,
            left_end=_written(kind, left),
            right_end=_written(kind, right),
        )

    if left is None or right is None or left.name != right.name:
        yield difference(DifferenceKind.CALL, _call(left), _call(right))
        return
    if _value(left.fragments.text) != _value(right.fragments.text):
        yield difference(DifferenceKind.ARGUMENTS, left.fragments.text, right.fragments.text)
    if (left.result, left.status) != (right.result, right.status):
        yield difference(DifferenceKind.RESULT, _result(left), _result(right))


def _written(kind: DifferenceKind, call: ToolCall | None) -> float | None:
    """When what differs of a call was there: its result, or else what was written of it."""
    if call is None:
        return None
    return call.ended if kind is DifferenceKind.RESULT or call.args_ended is None else call.args_ended


def _call(call: ToolCall | None) -> str | None:
    return None if call is None else f"{call.name} {call.fragments.text}"


def _result(call: ToolCall) -> str:
    return f"{call.status}" if call.result is None else call.result


def _value(arguments: str) -> str | bytes:
    """What arguments say, however it is spaced and ordered; their text where they are no JSON."""
    try:
        return msgspec.json.encode(msgspec.json.decode(arguments), order="deterministic")
    except (ValueError, RecursionError):
        return arguments
