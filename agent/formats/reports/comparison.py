"""Two conversations side by side, as objects for scripts: the names of the keys are a promise.

    equal        whether nothing differs
    first        the first difference; null where there is none
    turns        number, question, differences (a list), steps
    difference   kind, turn, step, name (of the tool), left, right (what stands there), left_ms, right_ms (when it
                 began, from the turn's start), left_end_ms, right_end_ms (when all of it stood there)
    step         number, left, right: each null where there is none, else calls, tokens, first_token_ms, rate,
                 duration_ms; differences (their kinds)
    call         name, arguments, result, status, duration_ms

`question` is a list of two where the turns ask differently. Null is what is not known.
"""

from collections.abc import Sequence
from typing import Any

from agent.conversation.items import Message, Reasoning, ToolCall
from agent.conversation.run import Run, Step
from agent.recordings.comparing.differences import Difference, StepPair, TurnPair, compare

__all__ = ["comparison_object", "step_figures"]


def comparison_object(left: Sequence[Run], right: Sequence[Run], *, first: int = 1) -> dict[str, Any]:
    """What two conversations differ in; `first` is the number that their first turn has."""
    pairs = list(compare(left, right, first=first))
    found = [(pair, difference) for pair in pairs for difference in pair.differences]
    return {
        "equal": not found,
        "first": _difference(*found[0]) if found else None,
        "turns": [_turn(pair) for pair in pairs],
    }


def step_figures(run: Run, step: Step) -> dict[str, Any]:
    """What is known of a turn's step in numbers: tokens (fragments), first_token_ms, rate (a second), duration_ms."""
    tokens = sum(
        len(item.fragments)
        for item in step.items
        if isinstance(item, Reasoning | ToolCall) or (isinstance(item, Message) and not item.call_id)
    )
    first, last, ended = step.first_fragment, step.last_fragment, step.ended
    if not run.is_dated:
        first = last = ended = None
    span = None if first is None or last is None else last - first
    return {
        "tokens": tokens,
        "first_token_ms": None if first is None else first - step.started,
        "rate": (tokens - 1) * 1000 / span if span else None,
        "duration_ms": None if ended is None else ended - step.started,
    }


def _turn(pair: TurnPair) -> dict[str, Any]:
    questions = list(dict.fromkeys(run.question for run in (pair.left, pair.right) if run is not None))
    return {
        "number": pair.number,
        "question": questions[0] if len(questions) == 1 else questions,
        "differences": [_difference(pair, difference) for difference in pair.differences],
        "steps": [_step(pair, step) for step in pair.steps],
    }


def _difference(pair: TurnPair, difference: Difference) -> dict[str, Any]:
    return {
        "kind": str(difference.kind),
        "turn": difference.turn,
        "step": difference.step,
        "name": difference.name or None,
        "left": difference.left,
        "right": difference.right,
        "left_ms": _since(difference.left_at, pair.left),
        "right_ms": _since(difference.right_at, pair.right),
        "left_end_ms": _since(difference.left_end, pair.left),
        "right_end_ms": _since(difference.right_end, pair.right),
    }


def _since(moment: float | None, run: Run | None) -> float | None:
    return None if moment is None or run is None or not run.is_dated else moment - run.started


def _step(turn: TurnPair, pair: StepPair) -> dict[str, Any]:
    return {
        "number": pair.number,
        "left": _side(turn.left, pair.left),
        "right": _side(turn.right, pair.right),
        "differences": [str(difference.kind) for difference in pair.differences],
    }


def _side(run: Run | None, step: Step | None) -> dict[str, Any] | None:
    if run is None or step is None:
        return None
    calls = [
        {
            "name": call.name,
            "arguments": call.fragments.text,
            "result": call.result,
            "status": str(call.status),
            "duration_ms": call.duration_ms,
        }
        for call in step.calls
    ]
    return {"calls": calls, **step_figures(run, step)}
