"""Hypothesis strategies for whole runs as lists of events, and for cutting the same text into other fragments.

Runs are built the way an executor emits them: steps of reasoning, text and parallel calls whose fragments interleave,
an answer decoded inside its call, retries and approvals between, and every kind of ending. Times only grow.
"""

import json
from collections.abc import Sequence
from itertools import cycle
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from msgspec.structs import replace

from agent.events import types as ev
from agent.events.open_parts import OpenParts

__all__ = ["FEWER", "JSON", "TEXTS", "WILD_TEXTS", "conversations", "cut_runs", "pieces_of", "rechunked", "runs"]

_FOREIGN = (
    "",
    "\x00\x07\x1b[31mred\x1b[0m\r\n\t",
    "שלום עולם",
    "مرحبا \u202eabc\u202c",
    "👩‍👩‍👧‍👦🏳️‍🌈",
    "e\u0301 \u2028 \ufeff",
    '"\\/{}[]:,',
    "[bold]not markup[/]",
    "\ufffd\U0010ffff",
)

FEWER = settings(max_examples=max(settings().max_examples // 3, 1))
"""For laws over whole runs whose every example takes long: a third of the profile's examples."""

TEXTS = st.one_of(st.sampled_from(_FOREIGN), st.text(max_size=20))
"""Text as an event may hold it: anything well formed."""
WILD_TEXTS = st.text(st.characters() | st.sampled_from("\ud83d\ude00\udfff\ud800"), max_size=20)
"""Text as a model may send it: halves of surrogate pairs too."""

_SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(allow_nan=False, allow_infinity=False), TEXTS
)
JSON = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=6
)
"""Any value that JSON can hold."""


def pieces_of(draw: st.DrawFn, text: str) -> list[str]:
    """`text`, cut anywhere; empty pieces among them."""
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=5)))
    return [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]


def _merged(draw: st.DrawFn, lanes: Sequence[Sequence[ev.Event]]) -> list[ev.Event]:
    """All lanes as one list: each keeps its order, they interleave freely."""
    left = [list(lane) for lane in lanes if lane]
    merged: list[ev.Event] = []
    while left:
        lane = draw(st.sampled_from(left)) if len(left) > 1 else left[0]
        merged.append(lane.pop(0))
        left = [lane for lane in left if lane]
    return merged


class _Build:
    """Draws one run's events."""

    def __init__(self, draw: st.DrawFn, number: int, thread: str) -> None:
        self.draw = draw
        self.thread = thread
        self.run = f"run{number}"
        self.count = 0

    def id(self, kind: str) -> str:
        self.count += 1
        return f"{kind}-{self.run}-{self.count}"

    def text(self, text: str, metadata: dict[str, Any] | None = None) -> list[ev.Event]:
        name = self.id("msg")
        middle = [ev.TextMessageContent(message_id=name, delta=piece) for piece in pieces_of(self.draw, text)]
        start = ev.TextMessageStart(message_id=name, role="assistant", metadata=metadata)
        return [start, *middle, ev.TextMessageEnd(message_id=name)]

    def reasoning(self, text: str) -> list[ev.Event]:
        name = self.id("think")
        middle = [ev.ReasoningMessageContent(message_id=name, delta=piece) for piece in pieces_of(self.draw, text)]
        start = [ev.ReasoningStart(message_id=name), ev.ReasoningMessageStart(message_id=name)]
        return [*start, *middle, ev.ReasoningMessageEnd(message_id=name), ev.ReasoningEnd(message_id=name)]

    def call(self) -> tuple[str, list[ev.Event]]:
        """A call up to its end; the answer's text lies between its arguments."""
        name = self.id("call")
        if self.draw(st.integers(0, 3)):
            tool, arguments = self.draw(st.sampled_from(["add", "look up"])), self.draw(st.dictionaries(TEXTS, JSON))
            spoken: list[ev.Event] = []
        else:
            answer = self.draw(TEXTS)
            tool, arguments = "final_answer", {"answer": answer, "tools_used": []}
            spoken = self.text(answer, {"toolCallId": name})
        text = json.dumps(arguments, ensure_ascii=self.draw(st.booleans()))
        written: list[ev.Event] = [
            ev.ToolCallArgs(tool_call_id=name, delta=piece) for piece in pieces_of(self.draw, text)
        ]
        renamed = {"providerId": "call_0"} if self.draw(st.booleans()) else None
        start = ev.ToolCallStart(tool_call_id=name, tool_call_name=tool, metadata=renamed)
        return name, [start, *_merged(self.draw, [written, spoken]), ev.ToolCallEnd(tool_call_id=name)]

    def outcome(self, call: str) -> list[ev.Event]:
        """What comes of a call: approval, start, result or failure."""
        events: list[ev.Event] = []
        if self.draw(st.booleans()):
            state = self.draw(st.sampled_from(["once", "session", "denied"]))
            words = ("requested", state)
            events += [ev.Custom(name=ev.APPROVAL, value={"toolCallId": call, "state": word}) for word in words]
        if self.draw(st.booleans()):
            events.append(ev.Custom(name=ev.TOOL_STARTED, value={"toolCallId": call}))
        metadata = self.draw(st.sampled_from([None, {"error": True}, {"durationMs": 1.5}]))
        content = self.draw(TEXTS)
        result = ev.ToolCallResult(
            message_id=self.id("msg"), tool_call_id=call, content=content, role="tool", metadata=metadata
        )
        return [*events, result]

    def step(self, number: int) -> list[ev.Event]:
        draw = self.draw
        name = f"step {number}"
        events: list[ev.Event] = [ev.StepStarted(step_name=name)]
        for attempt in range(draw(st.integers(0, 1))):
            value = {"attempt": attempt + 1, "maxAttempts": 3, "delayMs": 500, "reason": draw(TEXTS)}
            events.append(ev.Custom(name=ev.RETRY, value=value))
        for make in draw(st.lists(st.sampled_from([self.reasoning, self.text]), max_size=2)):
            events += make(draw(TEXTS))
        calls = [self.call() for _ in range(draw(st.integers(0, 3)))]
        events += _merged(draw, [call for _, call in calls])
        events += _merged(draw, [self.outcome(call) for call, _ in calls])
        usage = {"usage": {"outputTokens": draw(st.integers(0, 9))}} if draw(st.booleans()) else None
        return [*events, ev.StepFinished(step_name=name, metadata=usage)]

    def started(self, retry_of: str | None) -> ev.RunStarted:
        metadata: dict[str, Any] = {"model": "offline", "maxIterations": 10}
        if retry_of is not None:
            metadata["retryOf"] = retry_of
        question = ev.InputMessage(id=self.id("msg"), role="user", content=self.draw(TEXTS))
        given = ev.RunInput(
            thread_id=self.thread,
            run_id=self.run,
            messages=[question],
            state={},
            tools=[],
            context=[],
            forwarded_props={},
        )
        return ev.RunStarted(thread_id=self.thread, run_id=self.run, input=given, metadata=metadata)

    def finished(self) -> ev.RunFinished:
        usage = [ev.TokenUsage(output_tokens=self.draw(st.integers(0, 9)))] if self.draw(st.booleans()) else None
        result = {"answer": self.draw(TEXTS), "tools_used": self.draw(st.lists(st.just("add"), max_size=1))}
        return ev.RunFinished(
            thread_id=self.thread, run_id=self.run, outcome={"type": "success"}, result=result, usage=usage
        )


def _timed(draw: st.DrawFn, events: list[ev.Event], start: int) -> list[ev.Event]:
    """`events` with times that never run backwards."""
    now = start
    timed: list[ev.Event] = []
    gaps = cycle(draw(st.lists(st.integers(0, 40), min_size=1, max_size=3)))
    for event, gap in zip(events, gaps, strict=False):
        now += gap
        timed.append(replace(event, timestamp=now))
    return timed


def _ended(draw: st.DrawFn, build: _Build, events: list[ev.Event], start: int) -> list[ev.Event]:
    """`events` with an ending of any kind; one but the good one may come at any moment."""
    if draw(st.booleans()):
        return _timed(draw, [*events, build.finished()], start)
    timed = _timed(draw, events, start)
    timed = timed[: draw(st.integers(1, len(timed)))]
    now = int(timed[-1].timestamp or 0)
    code = draw(st.sampled_from([*ev.RunErrorCode]))
    return [*timed, *OpenParts(timed).close(now), ev.RunError(timestamp=now, message="It ended.", code=code)]


@st.composite
def runs(draw: st.DrawFn, number: int = 1, thread: str = "thread", start: int = 1_000) -> list[ev.Event]:
    """One whole run, ended one way or another."""
    build = _Build(draw, number, thread)
    events: list[ev.Event] = [build.started(f"run{number - 1}" if number > 1 and draw(st.booleans()) else None)]
    for step in range(draw(st.integers(0, 3))):
        events += build.step(step + 1)
    return _ended(draw, build, events, start)


@st.composite
def conversations(draw: st.DrawFn) -> list[ev.Event]:
    """Up to three runs, one after the other, in one thread."""
    events: list[ev.Event] = []
    for number in range(1, draw(st.integers(1, 3)) + 1):
        start = int(events[-1].timestamp or 0) if events else 1_000
        events += draw(runs(number, start=start))
    return events


@st.composite
def cut_runs(draw: st.DrawFn) -> list[ev.Event]:
    """A conversation that stops anywhere, as a crash leaves it."""
    events = draw(conversations())
    return events[: draw(st.integers(0, len(events)))]


def _text_id(event: ev.TextMessageContent | ev.ReasoningMessageContent | ev.ToolCallArgs) -> str:
    return event.tool_call_id if isinstance(event, ev.ToolCallArgs) else event.message_id


@st.composite
def rechunked(draw: st.DrawFn, events: list[ev.Event]) -> list[ev.Event]:
    """The same texts in other pieces: a delta is cut anew or joined to an earlier one of its own; the rest stays."""
    out: list[ev.Event] = []
    last: dict[str, int] = {}
    for event in events:
        if not isinstance(event, ev.TextMessageContent | ev.ReasoningMessageContent | ev.ToolCallArgs):
            out.append(event)
            continue
        name = _text_id(event)
        if name in last and draw(st.booleans()):
            earlier = out[last[name]]
            assert isinstance(earlier, type(event))
            out[last[name]] = replace(earlier, delta=earlier.delta + event.delta)
            continue
        for piece in pieces_of(draw, event.delta):
            last[name] = len(out)
            out.append(replace(event, delta=piece))
    return out
