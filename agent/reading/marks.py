"""The landmarks of a recording, by event number: where turns, steps and tool calls begin, and what fills the time.

Kept as events come, for whoever jumps along a recording or draws it. Knows no time: numbers stand for events.
"""

from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import compress, pairwise
from typing import Any

from agent.events import types as ev
from agent.events.chunks import CHUNKS, Chunks

__all__ = ["Marker", "Marks", "Span", "SpanKind", "landmarks"]


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


def landmarks(events: Sequence[ev.Event]) -> list[int]:
    """The numbers of the events that may be landmarks, from 0. The others, nearly all, cost next to nothing."""
    return list(compress(range(len(events)), map(_NOTED.__contains__, map(type, events))))


@dataclass(slots=True)
class Marks:
    """The landmarks of events, which all are numbered from 0."""

    turns: "array[int]" = field(default_factory=lambda: array("L"))
    """Numbers of the events that begin a turn; so in `steps` and `calls`."""
    steps: "array[int]" = field(default_factory=lambda: array("L"))
    calls: "array[int]" = field(default_factory=lambda: array("L"))
    changes: "array[int]" = field(default_factory=lambda: array("L"))
    """Numbers of the events from which on something else goes on."""
    kinds: list[SpanKind] = field(default_factory=list)
    """What goes on from each of those."""
    count: int = 0
    """How many events there are."""

    @property
    def spans(self) -> list[Span]:
        """What goes on, without gaps, in order."""
        ends = pairwise([*self.changes, self.count - 1])
        return [Span(start=start, end=end, kind=kind) for (start, end), kind in zip(ends, self.kinds, strict=True)]

    def extend(self, more: "Marks") -> None:
        """Add the landmarks of the events that follow."""
        self.turns += more.turns
        self.steps += more.steps
        self.calls += more.calls
        self.changes += more.changes
        self.kinds += more.kinds
        self.count = more.count


class Marker:
    """Notes the landmarks of events as they come."""

    def __init__(self) -> None:
        self._marks = Marks()
        """Those that nobody has taken yet."""
        self._last: SpanKind | None = None
        """What goes on now."""
        self._texts: set[str] = set()
        self._thoughts: set[str] = set()
        self._calls: set[str] = set()
        self._chunks = Chunks()

    def add(self, events: Sequence[ev.Event], numbers: Iterable[int], turns: Iterable[int]) -> None:
        """Take in the next events, whose `landmarks` are at `numbers`; at `turns` a turn begins."""
        marks = self._marks
        if not marks.count and events:
            self._change(0, SpanKind.IDLE)
        marks.turns.extend(marks.count + number for number in turns)
        for index in numbers:
            number, event = marks.count + index, events[index]
            for part in self._chunks.expand(event):
                if (note := _NOTES.get(type(part))) is not None:
                    note(self, part, number)
            kind = self._kind()
            if kind is not self._last:
                self._change(number, kind)
        marks.count += len(events)

    def _change(self, number: int, kind: SpanKind) -> None:
        self._marks.changes.append(number)
        self._marks.kinds.append(kind)
        self._last = kind

    def take(self) -> Marks:
        """The landmarks of the events that came since this was last called; numbers and count go on from before."""
        marks, self._marks = self._marks, Marks(count=self._marks.count)
        return marks

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

    def _run_bounded(
        self, _event: ev.RunStarted | ev.RunFinished | ev.RunError | ev.RunCancelled, _number: int
    ) -> None:
        self._clear()

    def _step_started(self, _event: ev.StepStarted | ev.SubagentStarted, number: int) -> None:
        self._marks.steps.append(number)

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
        self._marks.calls.append(number)

    def _call_result(self, event: ev.ToolCallResult, _number: int) -> None:
        self._calls.discard(event.tool_call_id)


_NOTES: dict[type[ev.Event], Callable[[Marker, Any, int], None]] = {
    ev.RunStarted: Marker._run_bounded,
    ev.RunFinished: Marker._run_bounded,
    ev.RunError: Marker._run_bounded,
    ev.RunCancelled: Marker._run_bounded,
    ev.StepStarted: Marker._step_started,
    ev.SubagentStarted: Marker._step_started,
    ev.TextMessageStart: Marker._text_started,
    ev.TextMessageEnd: Marker._text_ended,
    ev.ReasoningStart: Marker._thought_started,
    ev.ReasoningMessageStart: Marker._thought_started,
    ev.ReasoningMessageEnd: Marker._thought_ended,
    ev.ReasoningEnd: Marker._thought_ended,
    ev.ToolCallStart: Marker._call_started,
    ev.ToolCallResult: Marker._call_result,
}

_NOTED: frozenset[type[ev.Event]] = CHUNKS.union(_NOTES)
