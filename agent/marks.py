"""The landmarks of a recording, by event number: where turns, steps and tool calls begin, and what fills the time.

Kept as events come, for whoever jumps along a recording or draws it. Knows no time: numbers stand for events.
"""

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import compress
from typing import Any

from agent import events as ev
from agent.chunks import Chunks

__all__ = ["Marks", "Span", "SpanKind", "numbers_of"]


class SpanKind(StrEnum):
    """What goes on between two events."""

    IDLE = "idle"
    """Nothing that the stream tells of: the model has not begun, or the user has not asked."""
    REASONING = "reasoning"
    TOOL = "tool"
    """Calls are written, and tools run."""
    ANSWER = "answer"
    """Text is written."""


@dataclass(slots=True, kw_only=True)
class Span:
    """A stretch of one kind: the time from event `start` to event `end`, both numbers from 0."""

    start: int
    end: int
    kind: SpanKind


def numbers_of(events: Sequence[ev.Event], kinds: frozenset[type[ev.Event]]) -> list[int]:
    """The numbers of the events of some kinds, from 0. The others, which are nearly all, cost next to nothing."""
    return list(compress(range(len(events)), map(kinds.__contains__, map(type, events))))


class Marks:
    """The landmarks of the events seen so far."""

    def __init__(self) -> None:
        self.turns = array("L")
        """Numbers of the events that begin a turn, from 0; so in `steps` and `calls`."""
        self.steps = array("L")
        self.calls = array("L")
        self.spans: list[Span] = []
        """Without gaps, in order; the last one grows."""
        self._texts: set[str] = set()
        self._thoughts: set[str] = set()
        self._calls: set[str] = set()
        self._chunks = Chunks()
        self._count = 0

    def add(self, events: Sequence[ev.Event]) -> None:
        """Take in the next events."""
        if not self.spans and events:
            if not isinstance(events[0], ev.RunStarted):
                self.turns.append(0)  # a stream that was joined in the middle
            self.spans.append(Span(start=0, end=0, kind=SpanKind.IDLE))
        for index in numbers_of(events, _NOTED):
            number, event = self._count + index, events[index]
            for part in self._chunks.expand(event):
                if (note := _NOTES.get(type(part))) is not None:
                    note(self, part, number)
            kind, last = self._kind(), self.spans[-1]
            if kind is not last.kind:
                last.end = number
                self.spans.append(Span(start=number, end=number, kind=kind))
        self._count += len(events)
        if self.spans:
            self.spans[-1].end = self._count - 1

    def _kind(self) -> SpanKind:
        if self._texts:
            return SpanKind.ANSWER
        if self._calls:
            return SpanKind.TOOL
        return SpanKind.REASONING if self._thoughts else SpanKind.IDLE

    def _clear(self) -> None:
        self._texts.clear()
        self._thoughts.clear()
        self._calls.clear()
        self._chunks = Chunks()

    def _run_started(self, _event: ev.RunStarted, number: int) -> None:
        self._clear()
        self.turns.append(number)

    def _run_ended(self, _event: ev.RunFinished | ev.RunError, _number: int) -> None:
        self._clear()

    def _step_started(self, _event: ev.StepStarted | ev.SubagentStarted, number: int) -> None:
        self.steps.append(number)

    def _text_started(self, event: ev.TextMessageStart, _number: int) -> None:
        self._texts.add(event.message_id)

    def _text_ended(self, event: ev.TextMessageEnd, _number: int) -> None:
        self._texts.discard(event.message_id)

    def _thought_started(self, event: ev.ReasoningStart | ev.ReasoningMessageStart, _number: int) -> None:
        self._thoughts.add(event.message_id)

    def _thought_ended(self, event: ev.ReasoningEnd | ev.ReasoningMessageEnd, _number: int) -> None:
        self._thoughts.discard(event.message_id)

    def _call_started(self, event: ev.ToolCallStart, number: int) -> None:
        self._calls.add(event.tool_call_id)
        self.calls.append(number)

    def _call_result(self, event: ev.ToolCallResult, _number: int) -> None:
        self._calls.discard(event.tool_call_id)


_NOTES: dict[type[ev.Event], Callable[[Marks, Any, int], None]] = {
    ev.RunStarted: Marks._run_started,
    ev.RunFinished: Marks._run_ended,
    ev.RunError: Marks._run_ended,
    ev.StepStarted: Marks._step_started,
    ev.SubagentStarted: Marks._step_started,
    ev.TextMessageStart: Marks._text_started,
    ev.TextMessageEnd: Marks._text_ended,
    ev.ReasoningStart: Marks._thought_started,
    ev.ReasoningMessageStart: Marks._thought_started,
    ev.ReasoningMessageEnd: Marks._thought_ended,
    ev.ReasoningEnd: Marks._thought_ended,
    ev.ToolCallStart: Marks._call_started,
    ev.ToolCallResult: Marks._call_result,
}

_NOTED: frozenset[type[ev.Event]] = frozenset(
    {*_NOTES, ev.TextMessageChunk, ev.ReasoningMessageChunk, ev.ToolCallChunk, ev.Unknown}
)
