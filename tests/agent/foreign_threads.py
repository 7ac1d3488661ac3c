"""Hypothesis strategies for threads as other programs' agents stream them, with all that was said in them.

Every text in them is of words that occur once, so that a fold can be held to have lost none and repeated none. A turn
is a question and the sender's runs until it is answered: some end in an interrupt or for a tool of the client, and the
next one brings the answer. What is said interleaves freely, by sub-agents too; ids are used again as senders do; what
no event tells, a snapshot does; fields are missing, null, renamed or unknown.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from agent.events import types as ev
from agent.events import wire

__all__ = ["Told", "framed", "threads"]

Wire = dict[str, Any]
Block = list[Wire]
"""Events that nothing may come between."""

_QUIET: tuple[Wire, ...] = (
    {"type": "RAW", "event": {"kind": "token", "of": [1, None]}, "source": "other"},
    {"type": "CUSTOM", "name": "progress", "value": 0.5},
    {"type": "META", "metaType": "thumb", "payload": {"up": True}},
    {"type": "SOMETHING_NEW", "payload": [1]},
    {"type": "STEP_FINISHED", "stepName": "never begun"},
    {"type": "STATE_DELTA", "delta": [{"op": "remove", "path": "/not/there"}]},
    {"type": "TOOL_CALL_END", "toolCallId": "never begun"},
)
"""What tells no words."""
_OPTIONAL = ("parentMessageId", "metadata", "rawEvent", "name", "usage", "outcome", "parentRunId", "description")
_RENAMED = {
    "messageId": "message_id",
    "toolCallId": "tool_call_id",
    "toolCallName": "tool_call_name",
    "stepName": "step_name",
    "threadId": "thread_id",
    "runId": "run_id",
    "subagentRunId": "subagent_run_id",
}


@dataclass
class Told:
    """A thread, and what it tells."""

    events: list[Wire]
    words: set[str] = field(default_factory=set)
    """Each was said once."""
    statuses: list[str] = field(default_factory=list)
    """Of its turns; `waiting` of one that says so."""
    state: Any = None
    """What agent and application share at the end; None where nothing tells."""

    def decoded(self) -> list[ev.Event]:
        """The events, as the reader gives them."""
        return [wire.decode(json.dumps(event)) for event in self.events]


def framed(events: Sequence[Wire], framing: str) -> bytes:
    """The stream as one of these has it on disk: `lines`, `array`, `pretty`, `sse`."""
    match framing:
        case "lines":
            return "".join(json.dumps(event) + "\n" for event in events).encode()
        case "array":
            return json.dumps(events).encode()
        case "pretty":
            return "\n".join(json.dumps(event, indent=2) for event in events).encode()
        case _:
            return "".join(f"event: message\ndata: {json.dumps(event)}\n\n" for event in events).encode()


class _Thread:
    """Draws one thread."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.told = Told([])
        self.messages: list[Wire] = []
        """The thread's messages so far, as a snapshot tells them."""
        self.count = 0
        self.reuses_ids = draw(st.booleans())
        self.has_snapshots = draw(st.booleans())
        self.tells_history = draw(st.booleans())

    # Words and ids

    def number(self) -> int:
        self.count += 1
        return self.count

    def word(self) -> str:
        word = f"w{self.number()}"
        self.told.words.add(word)
        return word

    def words(self, most: int = 3) -> list[str]:
        return [f"{self.word()} " for _ in range(self.draw(st.integers(1, most)))]

    def emit(self, kind: str, **fields: Any) -> Wire:
        return {"type": kind, **{name: value for name, value in fields.items() if value is not None}}

    # What is said: each gives lanes of blocks, which interleave freely

    def text(self, name: str, agent: str | None) -> list[Block]:
        pieces = self.words()
        told: list[Block]
        match self.draw(st.sampled_from(["parts", "parts", "chunks", "nameless chunks", "no end"])):
            case "chunks":
                told = [[self.emit("TEXT_MESSAGE_CHUNK", messageId=name, delta=piece)] for piece in pieces]
            case "nameless chunks":
                first, *rest = [self.emit("TEXT_MESSAGE_CHUNK", delta=piece) for piece in pieces]
                told = [[{**first, "messageId": name, "role": "assistant"}, *rest]]
            case form:
                told = [[self.emit("TEXT_MESSAGE_START", messageId=name, role="assistant")]]
                told += [[self.emit("TEXT_MESSAGE_CONTENT", messageId=name, delta=piece)] for piece in pieces]
                told += [[self.emit("TEXT_MESSAGE_END", messageId=name)]] * (form == "parts")
        if agent is None:
            self.messages.append({"id": name, "role": "assistant", "content": "".join(pieces)})
        return _by(agent, told)

    def reasoning(self, name: str, agent: str | None) -> list[Block]:
        pieces = self.words()
        told: list[Block]
        match self.draw(st.sampled_from(["parts", "chunks", "older"])):
            case "chunks":
                told = [[self.emit("REASONING_MESSAGE_CHUNK", messageId=name, delta=piece)] for piece in pieces]
            case "older" if agent is None:
                middle = [self.emit("THINKING_TEXT_MESSAGE_CONTENT", delta=piece) for piece in pieces]
                begun = [self.emit("THINKING_START"), self.emit("THINKING_TEXT_MESSAGE_START")]
                told = [[*begun, *middle, self.emit("THINKING_TEXT_MESSAGE_END"), self.emit("THINKING_END")]]
            case _:
                told = [[self.emit("REASONING_MESSAGE_START", messageId=name, role="reasoning")]]
                told += [[self.emit("REASONING_MESSAGE_CONTENT", messageId=name, delta=piece)] for piece in pieces]
                told += [[self.emit("REASONING_MESSAGE_END", messageId=name)]]
        return _by(agent, told)

    def call(self, name: str, agent: str | None, *, has_result: bool = True) -> list[Block]:
        arguments = ['{"a": "', *(piece.strip() for piece in self.words(1)), '"}']
        told = [[self.emit("TOOL_CALL_START", toolCallId=name, toolCallName="look_up")]]
        if self.draw(st.booleans()):
            told += [[self.emit("TOOL_CALL_ARGS", toolCallId=name, delta=piece)] for piece in arguments]
            told += [[self.emit("TOOL_CALL_END", toolCallId=name)]]
        else:
            told[0][0] |= {"type": "TOOL_CALL_CHUNK"}
            told += [[self.emit("TOOL_CALL_CHUNK", toolCallId=name, delta=piece)] for piece in arguments]
            told += [[self.emit("TOOL_CALL_END", toolCallId=name)]] * self.draw(st.integers(0, 1))
        if agent is None:
            function = {"name": "look_up", "arguments": "".join(arguments)}
            calls = [{"id": name, "type": "function", "function": function}]
            self.messages.append({"id": f"of-{name}-{self.number()}", "role": "assistant", "toolCalls": calls})
        if has_result:
            told.append([self.result(name)])
        return _by(agent, told)

    def result(self, name: str) -> Wire:
        said: Any = self.word()
        self.messages.append({"id": f"r{self.number()}", "role": "tool", "toolCallId": name, "content": said})
        if self.draw(st.booleans()):
            said = [{"type": "text", "text": said}]
        return self.emit("TOOL_CALL_RESULT", messageId=f"r{self.number()}", toolCallId=name, content=said)

    def activity(self) -> list[Block]:
        name, kind = f"activity{self.number()}", "PLAN"
        snapshot = self.emit("ACTIVITY_SNAPSHOT", messageId=name, activityType=kind, content={"a": self.word()})
        patch = [{"op": "add", "path": "/b", "value": self.word()}]
        return [[snapshot], [self.emit("ACTIVITY_DELTA", messageId=name, activityType=kind, patch=patch)]]

    def state(self) -> list[Block]:
        value = self.number()
        before = self.told.state
        if before is None or self.draw(st.booleans()):
            self.told.state = {"count": value, "kept": [value]}
            return [[self.emit("STATE_SNAPSHOT", snapshot=self.told.state)]]
        self.told.state = {**before, "count": value}
        return [[self.emit("STATE_DELTA", delta=[{"op": "replace", "path": "/count", "value": value}])]]

    def agent(self, ids: "_Ids", parent: str | None) -> list[Block]:
        """A sub-agent's work."""
        name = f"agent{self.number()}"
        makers = [(self.call, ids.call), (self.text, ids.text), (self.reasoning, ids.text)]
        chosen = self.draw(st.lists(st.sampled_from(makers), min_size=1, max_size=3, unique=True))
        inner = _merged(self.draw, [make(new_id(), name) for make, new_id in chosen])
        if self.draw(st.booleans()):
            return inner  # told by attribution alone
        begun = self.emit("SUBAGENT_STARTED", subagentRunId=name, name="reader", parentToolCallId=parent)
        ended = self.emit("SUBAGENT_FINISHED", subagentRunId=name)
        return [[begun], *inner, [ended]]

    def body(self, ids: "_Ids") -> list[Wire]:
        """What one run says."""
        lanes = [self.quiet()]
        for kind in self.draw(st.lists(st.sampled_from("tttrrccas"), max_size=4)):
            match kind:
                case "t":
                    lanes.append(self.text(ids.text(), None))
                case "r":
                    lanes.append(self.reasoning(ids.reasoning(), None))
                case "c":
                    lanes.append(self.call(ids.call(), None))
                case "a":
                    parent = ids.call()
                    asked = self.call(parent, None)
                    lanes.append([*asked[:-1], *self.agent(ids, parent), asked[-1]])
                case _:
                    lanes.append(self.activity())
        if self.draw(st.booleans()):
            lanes.append(self.state())
        blocks = _merged(self.draw, lanes)
        if self.draw(st.booleans()):
            places = st.integers(0, len(blocks))
            start, end = sorted((self.draw(places), self.draw(places)))
            step = [[self.emit(kind, stepName="node")] for kind in ("STEP_STARTED", "STEP_FINISHED")]
            blocks = [*blocks[:start], step[0], *blocks[start:end], step[1], *blocks[end:]]
        return [event for block in blocks for event in block]

    def quiet(self) -> list[Block]:
        return [[dict(event)] for event in self.draw(st.lists(st.sampled_from(_QUIET), max_size=2))]

    # Turns

    def turn(self) -> None:
        """A question, and the sender's runs until it is answered."""
        run_id = "run" if self.reuses_ids else f"run{self.number()}"
        question = {"id": f"q{self.number()}", "role": "user", "content": self.word()}
        given: Wire = {"messages": [*self.messages[-9 if self.tells_history else 99 :], question]}
        self.messages.append(question)
        ids = _Ids(self)
        for _ in range(self.draw(st.integers(0, 2))):
            self.run_started(run_id, given)
            self.told.events += self.body(ids)
            run_id, given = self.wait(run_id, ids, question)
        self.run_started(run_id, given)
        self.told.events += self.body(ids)
        self.end(run_id)

    def run_started(self, run_id: str, given: Wire) -> None:
        full = {"threadId": "t", "runId": run_id, "tools": [], "context": [], "state": {}, "forwardedProps": {}} | given
        self.told.events.append(self.emit("RUN_STARTED", threadId="t", runId=run_id, input=full))

    def wait(self, run_id: str, ids: "_Ids", question: Wire) -> tuple[str, Wire]:
        """The run ends for something from outside; gives the id and the input of the one that brings it."""
        after = run_id if self.reuses_ids else f"run{self.number()}"
        history = [question] if self.draw(st.booleans()) else []
        if self.draw(st.booleans()):
            name = f"i{self.number()}"
            asked = {"id": name, "reason": "approval", "message": self.word()}
            outcome = {"type": "interrupt", "interrupts": [asked]}
            self.told.events.append(self.emit("RUN_FINISHED", threadId="t", runId=run_id, outcome=outcome))
            answer = {"interruptId": name, "status": "resolved", "payload": {"say": self.word()}}
            return after, {"messages": history, "resume": [answer]}
        name = ids.call()
        self.told.events += [event for block in self.call(name, None, has_result=False) for event in block]
        self.told.events.append(self.emit("RUN_FINISHED", threadId="t", runId=run_id))
        said = self.word()
        message = {"id": f"r{self.number()}", "role": "tool", "toolCallId": name, "content": said}
        self.messages.append(message)
        return after, {"messages": [*history, message]}

    def end(self, run_id: str) -> None:
        if self.has_snapshots and self.draw(st.booleans()):
            said = self.word()  # what no event tells
            self.messages.append({"id": f"s{self.number()}", "role": "assistant", "content": said})
            self.told.events.append(self.emit("MESSAGES_SNAPSHOT", messages=[dict(one) for one in self.messages]))
        match self.draw(st.sampled_from(["finished", "finished", "error", "cancelled"])):
            case "error":
                self.told.events.append(self.emit("RUN_ERROR", message=self.word(), code="X"))
                self.told.statuses.append("model_error")
            case "cancelled":
                self.told.events.append(self.emit("RUN_CANCELLED", threadId="t", runId=run_id))
                self.told.statuses.append("cancelled")
            case _:
                outcome = self.draw(st.sampled_from([None, {"type": "success"}, "success"]))
                self.told.events.append(self.emit("RUN_FINISHED", threadId="t", runId=run_id, outcome=outcome))
                self.told.statuses.append("answered")


class _Ids:
    """The ids of a turn: a sender may use those of another run again, for texts and, once they have results, calls."""

    def __init__(self, thread: _Thread) -> None:
        self._thread = thread
        self._used = 0

    def text(self) -> str:
        self._used += 1
        return f"m{self._used}" if self._thread.reuses_ids else f"m{self._thread.number()}"

    reasoning = text

    def call(self) -> str:
        self._used += 1
        return f"c{self._used}" if self._thread.reuses_ids else f"c{self._thread.number()}"


def _by(agent: str | None, blocks: list[Block]) -> list[Block]:
    if agent is None:
        return blocks
    return [[{**event, "subagentRunId": agent} for event in block] for block in blocks]


def _merged(draw: st.DrawFn, lanes: Sequence[Sequence[Block]]) -> list[Block]:
    left = [list(lane) for lane in lanes if lane]
    merged: list[Block] = []
    while left:
        lane = draw(st.sampled_from(left)) if len(left) > 1 else left[0]
        merged.append(lane.pop(0))
        left = [lane for lane in left if lane]
    return merged


def _odd(draw: st.DrawFn, event: Wire) -> Wire:
    """The event, as another sender writes it."""
    match draw(st.sampled_from(["as it is", "as it is", "renamed", "nulls", "more"])):
        case "renamed":
            return {_RENAMED.get(name, name): value for name, value in event.items()}
        case "nulls":
            return event | {name: None for name in _OPTIONAL if name not in event}
        case "more":
            return event | {"metadata": {"x": [1]}, "unheardOf": {"y": None}}
        case _:
            return event


@st.composite
def threads(draw: st.DrawFn, *, is_dated: bool | None = None) -> Told:
    """A thread of up to three turns."""
    thread = _Thread(draw)
    for _ in range(draw(st.integers(1, 3))):
        thread.turn()
    told = thread.told
    told.events = [_odd(draw, event) for event in told.events]
    if is_dated or (is_dated is None and draw(st.booleans())):
        now = 1_750_000_000_000
        for event in told.events:
            now += draw(st.sampled_from([0, 7, 900]))
            event["timestamp"] = now
    return told
