"""What is kept of a turn: what a list of turns says of it, and its texts and facts, each of a kind, for searches."""

import re
from collections.abc import Iterator
from itertools import chain
from typing import Any, NamedTuple

import msgspec

from agent.conversation.items import CallStatus, Message, ToolCall
from agent.conversation.run import Run, RunStatus
from agent.library.digests.summary import flat
from agent.library.listing import MatchKind
from agent.library.words import fact
from agent.text import well_formed

__all__ = ["Part", "Turn", "turn_of"]

_LONGEST_PART = 2**20
"""Characters of one text that are kept; what stands behind them is not found."""
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_FAILED = frozenset(
    {
        RunStatus.MODEL_ERROR,
        RunStatus.UNAVAILABLE,
        RunStatus.INTERNAL_ERROR,
        RunStatus.ITERATION_LIMIT,
        RunStatus.TRUNCATED,
    }
)


class Part(NamedTuple):
    """One text of a turn."""

    kind: MatchKind
    text: str


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """One turn, as lists and searches need it."""

    number: int
    """From 1."""
    run_id: str
    question: str
    """Its beginning, on one line."""
    status: RunStatus
    is_waiting: bool = False
    """Whether it has ended and waits for an answer from outside."""
    started: float
    """Milliseconds since the epoch."""
    parts: list[Part]


def turn_of(run: Run, number: int, origin: str) -> Turn:
    """What is kept of a turn; `origin` is the program that wrote it."""
    return Turn(
        number=number,
        run_id=run.id,
        question=flat(run.question),
        status=run.status,
        is_waiting=run.is_waiting,
        started=run.started,
        parts=[Part(kind, text[:_LONGEST_PART]) for kind, text in chain(_texts(run), _facts(run, origin)) if text],
    )


def _texts(run: Run) -> Iterator[tuple[MatchKind, str]]:
    yield MatchKind.QUESTION, run.question
    answers = {item.call_id: item for item in run.messages if len(item.fragments)}
    for item in (item for step in run.steps for item in step.items):
        if isinstance(item, Message):
            yield MatchKind.ANSWER, item.fragments.text
        # The call that the answer is decoded from would be found a second time, by its own words.
        elif isinstance(item, ToolCall) and item.id not in answers:
            yield MatchKind.TOOL, item.name
            yield MatchKind.ARGUMENTS, _readable(item.fragments.text)
            yield MatchKind.RESULT, item.result or ""
    if run.answer and all(item.fragments.text != run.answer for item in run.messages):
        yield MatchKind.ANSWER, run.answer


def _facts(run: Run, origin: str) -> Iterator[tuple[MatchKind, str]]:
    yield MatchKind.FACT, fact("from", origin)
    if run.model:
        yield MatchKind.FACT, fact("model", run.model)
    for name in dict.fromkeys(call.name for call in run.calls):
        yield MatchKind.FACT, fact("tool", name)
    if run.status in _FAILED or any(call.status is CallStatus.FAILED for call in run.calls):
        yield MatchKind.FACT, "failed"


def _readable(arguments: str) -> str:
    """Arguments as one reads them: names and values without JSON's signs and escapes, where they are whole."""
    try:
        value = msgspec.json.decode(arguments)
    except (ValueError, RecursionError):
        return _ESCAPE.sub(lambda match: well_formed(chr(int(match[1], 16))), arguments)
    return ", ".join(_leaves(value))


def _leaves(value: Any, name: str = "") -> Iterator[str]:
    """Each value that holds no other, after its name."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, key)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item, name)
    else:
        text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
        yield f"{name}: {text}" if name else text
