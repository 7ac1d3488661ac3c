"""Where the time of a turn went: a tree of spans from the moments that its events told.

A turn holds steps; a step its model call, then what came of it: tools, waits for the user, retries. A model call holds
what it wrote: reasoning, text, calls, and of these the single arguments. Nothing is measured here and nothing invented:
every moment is an event's. Pure; knows no clock, no file and no screen.
"""

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import accumulate, chain, pairwise
from math import inf
from operator import sub
from typing import Literal

from agent.conversation.fragments import Fragments
from agent.conversation.items import Interrupt, Message, Reasoning, ToolCall
from agent.conversation.run import Run, Step

__all__ = [
    "Gaps",
    "SpanKind",
    "Stall",
    "Stream",
    "TimeSpan",
    "argument_spans",
    "timing_of",
    "waited",
    "walk",
]

_STALL_TIMES = 5.0
"""A pause this many times as long as the median one is a stall,"""
_STALL_MS = 250.0
"""unless it is shorter than this, in milliseconds."""

_SIGN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*("?)|[{}\[\],]', re.DOTALL)
"""What a scan of JSON stops at: a string, closed or not, and what opens, closes and parts."""


class SpanKind(StrEnum):
    """What a stretch of time was spent on."""

    TURN = "turn"
    STEP = "step"
    MODEL = "model"
    """From the question to the model until the last it sent."""
    REASONING = "reasoning"
    TEXT = "text"
    CALL = "call"
    """A tool call being written."""
    ARGUMENT = "argument"
    TOOL = "tool"
    """A tool running."""
    APPROVAL = "approval"
    """The user being waited for."""
    RETRY = "retry"
    """A model call that failed and is asked again: a moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stall:
    """A pause in the middle of a stream; one that is out of proportion."""

    at: float
    """When it began, in ms since the epoch."""
    length: float
    """Milliseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaps:
    """The pauses between the fragments of a stream, in milliseconds."""

    p50: float
    p95: float
    longest: float
    stalls: tuple[Stall, ...] = ()


class Stream:
    """When fragments came. What is worked out from that is worked out when it is asked for, and once: a turn may have
    a hundred thousand, and what lies around one stream shares it."""

    __slots__ = ("_gaps", "_moments", "_parts", "_ranked", "lanes")

    def __init__(self, *lanes: Sequence[float], parts: Sequence["Stream"] = ()) -> None:
        """`lanes` are those of model calls one after the other; the moments of each never fall. `parts` have these
        lanes already, each some of them."""
        self.lanes = lanes
        """The moments of each model call, in ms since the epoch."""
        self._parts = parts
        self._moments: Sequence[float] | None = lanes[0] if len(lanes) == 1 else None
        self._ranked: list[float] | None = None
        self._gaps: Gaps | Literal["unknown"] | None = "unknown"

    @classmethod
    def around(cls, parts: Sequence["Stream"]) -> "Stream":
        """The stream of what holds others that come one after the other."""
        told = [stream for stream in parts if len(stream)]
        if len(told) == 1:
            return told[0]
        return cls(*chain.from_iterable(stream.lanes for stream in told), parts=told)

    def __len__(self) -> int:
        return sum(map(len, self.lanes))

    @property
    def moments(self) -> Sequence[float]:
        """When each came, in ms since the epoch, never falling."""
        if self._moments is None:
            joined = array("d")
            for lane in self.lanes:
                joined.extend(lane)
            is_sorted = all(before[-1] <= after[0] for before, after in pairwise(self.lanes))
            self._moments = joined if is_sorted else sorted(joined)
        return self._moments

    @property
    def gaps(self) -> "Gaps | None":
        """The pauses between them; between two model calls nothing is sent, so the time there is none."""
        if self._gaps == "unknown":
            self._gaps = self._find_gaps()
        return self._gaps

    @property
    def _pauses(self) -> list[float]:
        """All, the shortest first."""
        if self._ranked is None:
            found = (part._pauses for part in self._parts) if self._parts else map(_between, self.lanes)
            self._ranked = sorted(chain.from_iterable(found))
        return self._ranked

    def _find_gaps(self) -> "Gaps | None":
        if not (ranked := self._pauses):
            return None
        middle = len(ranked) // 2
        usual = ranked[middle] if len(ranked) % 2 else (ranked[middle - 1] + ranked[middle]) / 2
        limit = max(_STALL_TIMES * usual, _STALL_MS)
        stalls = tuple(
            Stall(at=lane[place], length=length)
            for lane in self.lanes
            if ranked[-1] > limit
            for place, length in enumerate(_between(lane))
            if length > limit
        )
        return Gaps(p50=usual, p95=ranked[-(-95 * len(ranked) // 100) - 1], longest=ranked[-1], stalls=stalls)


def _between(moments: Sequence[float]) -> list[float]:
    """The pauses between moments, in their order."""
    return list(map(sub, moments[1:], moments))


_SILENCE = Stream()


@dataclass(slots=True, kw_only=True)
class TimeSpan:
    """A stretch of a turn's time; all moments are milliseconds since the epoch."""

    kind: SpanKind
    name: str
    """The tool, the argument, the step: empty where there is nothing to name."""
    id: str = ""
    """Of the run, the message or the call."""
    start: float
    end: float | None = None
    """None where it still goes on, or its end was not told."""
    first: float | None = None
    """When the model's first fragment came."""
    stream: Stream = field(default=_SILENCE, compare=False)
    """The fragments that were written in it."""
    children: "list[TimeSpan]" = field(default_factory=list)

    @property
    def moments(self) -> Sequence[float]:
        """When each fragment came, never falling."""
        return self.stream.moments

    @property
    def gaps(self) -> Gaps | None:
        """The pauses between its fragments; None of fewer than two."""
        return self.stream.gaps

    @property
    def duration(self) -> float | None:
        """Milliseconds; None while it goes on."""
        return None if self.end is None else self.end - self.start

    @property
    def wait(self) -> float:
        """Milliseconds in it that the user was waited for; waits beside each other count once."""
        return _covered((span.start, span.end) for span in walk(self) if span.kind is SpanKind.APPROVAL)


def timing_of(run: Run) -> TimeSpan:
    """Where the time of a turn went."""
    steps = [_step(run, step) for step in run.steps]
    return TimeSpan(
        kind=SpanKind.TURN,
        name=run.question,
        start=run.started,
        end=run.ended,
        id=run.id,
        first=run.first_token,
        stream=Stream.around([child.stream for child in steps]),
        children=steps,
    )


def waited(steps: Iterable[Step]) -> float:
    """Milliseconds in which calls of these steps waited for the user; waits beside each other count once."""
    return _covered((call.asked, call.decided) for step in steps for call in step.calls if call.asked is not None)


def walk(span: TimeSpan) -> Iterator[TimeSpan]:
    """A span and all in it, each before what it holds."""
    yield span
    for child in span.children:
        yield from walk(child)


def argument_spans(fragments: Fragments) -> list[TimeSpan]:
    """When each argument of a call was written, by the fragments that its name and its value came in.

    Arguments that are no JSON object have none; the last one of unfinished arguments has no end.
    """
    ends = list(accumulate(map(len, fragments.pieces)))
    spans = []
    for name, start, end in _top_level(fragments.text):
        last = len(ends) - 1 if end is None else bisect_right(ends, end - 1)
        moments = fragments.times[bisect_right(ends, start) : last + 1]
        closed = None if end is None else moments[-1]
        spans.append(TimeSpan(kind=SpanKind.ARGUMENT, name=name, start=moments[0], end=closed, stream=Stream(moments)))
    return spans


# Steps and what is in them


def _step(run: Run, step: Step) -> TimeSpan:
    later = [span for call in step.calls for span in _outcome(call)]
    until = run.steps[step.number].started if step.number < len(run.steps) else inf
    retries = [
        TimeSpan(kind=SpanKind.RETRY, name=notice.text, start=notice.time, end=notice.time)
        for notice in run.notices
        if step.started <= notice.time < until
    ]
    asked = [(item.started, item.ended) for item in step.items if isinstance(item, Interrupt)]
    between = [(span.start, span.end) for span in (*later, *retries)] + asked
    model = _model(run, step, sorted((start, end) for start, end in between if end is not None))
    return TimeSpan(
        kind=SpanKind.STEP,
        name=step.title,
        start=step.started,
        end=step.ended,
        first=step.first_fragment,
        stream=model.stream,
        children=[model, *sorted([*later, *retries], key=lambda span: span.start)],
    )


def _model(run: Run, step: Step, between: Sequence[tuple[float, float]]) -> TimeSpan:
    """A step's model call; `between`, in order, is what its model may have been kept waiting by, for its next call."""
    # The text of a call's argument is that call's: its fragments are not counted twice.
    items = (item for item in step.items if not isinstance(item, Interrupt))
    written = [_written(item, between) for item in items if not (isinstance(item, Message) and item.call_id)]
    stream = _beside([span.stream for span in written], between)
    ends = [span.end for span in written if span.end is not None]
    is_over = step.ended is not None or (bool(written) and len(ends) == len(written))
    return TimeSpan(
        kind=SpanKind.MODEL,
        name=run.model or "",
        start=step.started,
        end=max([*ends, *stream.moments[-1:]], default=step.ended) if is_over else None,
        first=step.first_fragment,
        stream=stream,
        children=written,
    )


def _written(item: Message | Reasoning | ToolCall, between: Sequence[tuple[float, float]]) -> TimeSpan:
    fragments = item.fragments
    if isinstance(item, ToolCall):
        end = item.ended if item.args_ended is None else item.args_ended
        kind, name, children = SpanKind.CALL, item.name, argument_spans(fragments)
    else:
        end, children = item.ended, []
        kind, name = (SpanKind.REASONING if isinstance(item, Reasoning) else SpanKind.TEXT), ""
    first = fragments.times[0] if len(fragments) else None
    return TimeSpan(
        kind=kind,
        name=name,
        start=item.started,
        end=end,
        id=item.id,
        first=first,
        stream=_stream(fragments.times, between),
        children=children,
    )


def _outcome(call: ToolCall) -> Iterator[TimeSpan]:
    """The wait for the user and the run of a call's tool."""
    if call.asked is not None:
        yield TimeSpan(kind=SpanKind.APPROVAL, name=call.name, start=call.asked, end=call.decided, id=call.id)
    if call.tool_started is not None:
        yield TimeSpan(kind=SpanKind.TOOL, name=call.name, start=call.tool_started, end=call.ended, id=call.id)


def _beside(streams: Sequence[Stream], between: Sequence[tuple[float, float]]) -> Stream:
    """The stream of a step, whose parts may be written by turns."""
    told = [stream for stream in streams if len(stream)]
    if len(told) == 1:
        return told[0]
    return _stream(sorted(chain.from_iterable(stream.moments for stream in told)), between)


def _stream(moments: Sequence[float], between: Sequence[tuple[float, float]]) -> Stream:
    """The stream of these fragments, parted where a tool ran or the user was waited for from beginning to end.

    What is written after that is another model call's, so the pause is none of the model's. A tool that runs beside
    fragments, or goes on after the next one, kept nothing waiting.
    """
    lanes: list[Sequence[float]] = []
    done = 0
    if moments:
        first, last = bisect_left(between, (moments[0], -inf)), bisect_right(between, (moments[-1], inf))
        for start, end in between[first:last]:
            place = bisect_right(moments, start)
            if done < place < len(moments) and end <= moments[place]:
                lanes.append(moments[done:place])
                done = place
    return Stream(*lanes, moments[done:]) if lanes else Stream(moments)


def _covered(spans: Iterable[tuple[float, float | None]]) -> float:
    """How much time spans cover that may overlap; what has no end counts for nothing."""
    total, reached = 0.0, float("-inf")
    for start, end in sorted((start, end) for start, end in spans if end is not None):
        total += max(end - max(start, reached), 0.0)
        reached = max(reached, end)
    return total


# Arguments


def _top_level(text: str) -> Iterator[tuple[str, int, int | None]]:
    """The members of a JSON object that may be unfinished: the name, where it begins, and where its value ends.

    A scan by signs alone: whether the values are sound is for others to say.
    """
    if not text.lstrip().startswith("{"):
        return
    # Below 0, `start` says that the next string is a name.
    depth, name, start = 0, "", -1
    for match in _SIGN.finditer(text):
        sign = match[0][0]
        if sign == '"':
            if depth == 1 and start < 0 and match[1]:
                name, start = match[0][1:-1], match.start()
        elif sign in "{[":
            depth += 1
        elif depth == 1:
            if start >= 0:
                yield name, start, match.start()
            start, depth = -1, depth - (sign != ",")
        elif sign != ",":
            depth -= 1
    if depth and start >= 0:
        yield name, start, None
