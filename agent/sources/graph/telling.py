"""What a graph streams in, events out. Knows no graph: only the stream of one.

It takes what `astream` gives with `stream_mode=["messages", "tasks", "custom", "values"]` and `subgraphs=True`
(https://docs.langchain.com/oss/python/langgraph/streaming): a namespace, a mode, a payload. Each namespace is a lane of
its own, the empty one the graph's, any other a sub-agent's, which began under the call whose task it names. A step is a
new message of the model in the graph's own lane.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import msgspec
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, LLMResult

from agent.conversation.run import Run as Turn
from agent.events.types import (
    TOOL_STARTED,
    Attributable,
    Custom,
    Event,
    StateSnapshot,
    StepFinished,
    StepStarted,
    SubagentError,
    SubagentFinished,
    SubagentStarted,
    TokenUsage,
    ToolCallResult,
)
from agent.runs.run import Clock, new_id
from agent.sources.context.turns import own_steps
from agent.sources.executor.callbacks import QueueCallbackHandler
from agent.sources.graph.interrupts import ActionRequest
from agent.sources.tools.calls.results import result_of
from agent.sources.tools.calls.values import plain
from agent.text import all_well_formed, well_formed

__all__ = ["CUSTOM", "GraphTeller", "Namespace"]

CUSTOM = "langgraph.custom"
"""Name of the `Custom` event of what a node writes by `get_stream_writer`; value: what it wrote."""

Namespace = tuple[str, ...]
_ANSWERS = ("answer", "output", "response", "result", "final_answer")
"""Where the state of a graph without messages may hold its answer."""
_MOST_STATE = 65_536
"""Bytes of a state that is told; a larger one stays the graph's own."""


@dataclass(slots=True)
class _Call:
    """A call of the model's, by our id."""

    id: str
    started: float | None = None
    has_result: bool = False


@dataclass(slots=True)
class _Lane:
    """What one agent says: the graph itself, or a sub-agent."""

    subagent: str | None
    handler: QueueCallbackHandler
    message_id: str | None = None
    """That of the reply that is being written."""
    run_id: UUID | None = None
    calls: dict[str, _Call] = field(default_factory=dict)
    """Those whose arguments are complete, by the model's ids; of two with one id the later."""
    text: str = ""
    """Of the last reply that is over."""


class _Stamped:
    """A queue whose events are one agent's."""

    def __init__(self, put: Callable[[Event], None], subagent: str | None) -> None:
        self._put = put
        self._subagent = subagent

    def put_nowait(self, event: Event) -> None:
        """Pass an event on as that agent's."""
        if self._subagent is not None and isinstance(event, Attributable):
            event = msgspec.structs.replace(event, subagent_run_id=self._subagent)
        self._put(event)


class GraphTeller:
    """Tells one turn. Everything is called on one thread, in the order of the stream."""

    def __init__(self, put: Callable[[Event], None], now: Clock, used_call_ids: set[str]) -> None:
        """`used_call_ids` are the session's; those of this turn are added."""
        self.usage: TokenUsage | None = None
        """Of all model calls together."""
        self.tools_used: dict[str, None] = {}
        """Names of the graph's own tools that ran, in order of their first use."""
        self._put = put
        self._now = now
        self._used_call_ids = used_call_ids
        self._lanes: dict[Namespace, _Lane] = {}
        self._tasks: dict[str, tuple[_Lane, _Call]] = {}
        """Calls by the task that runs them."""
        self._told: set[str] = set()
        """Ids of the messages that were told."""
        self._steps = 0
        self._values: Mapping[str, Any] = {}
        self._state: Any = None
        self._root = self._lane((), {})

    @property
    def answer(self) -> str:
        """The text of the graph's last reply."""
        return self._root.text

    def know(self, turn: Turn) -> None:
        """Take in what another run has told of the turn, of which this one may bring the results."""
        for step in own_steps(turn):
            self._told.update(item.id for item in step.items)
            self._root.calls.update({call.wire_id: _Call(call.wire_id) for call in step.calls if call.result is None})

    def call_of(self, request: ActionRequest, skip: set[str]) -> str | None:
        """Our id of the call that a request is about, which has no result yet and is not in `skip`."""
        name, arguments = request.name, request.arguments
        for lane in self._lanes.values():
            for gathered in lane.handler.reply.calls:
                call = lane.calls.get(gathered.provider_id or gathered.id)
                if call is None or call.has_result or call.id in skip or gathered.name != name:
                    continue
                if _parsed("".join(gathered.arguments)) == arguments:
                    return call.id
        return None

    def take(self, namespace: Namespace, mode: str, payload: Any) -> None:
        """Tell the next piece of the stream."""
        match mode, payload:
            case "messages", (BaseMessage() as message, dict(metadata)):
                self._take_message(self._lane(namespace, metadata), message)
            case "tasks", {"input": given}:
                self._task_begins(self._lane(namespace, payload.get("metadata") or {}), payload["id"], given)
            case "tasks", {"id": str(task)}:
                self._task_ends(namespace, task, payload)
            case "custom", value:
                subagent = self._lane(namespace, {}).subagent
                told = all_well_formed(plain(value))
                self._put(Custom(timestamp=self._now(), name=CUSTOM, value=told, subagent_run_id=subagent))
            case "values", dict(state) if not namespace:
                self._take_state(state)
            case _:
                pass  # a mode that a newer version added

    def end(self) -> None:
        """Tell the end of what is open: replies, the last step; and the answer, where only the state holds it."""
        for lane in self._lanes.values():
            self._end_reply(lane)
        if (answer := self._untold_answer()) is not None:
            self._take_message(self._root, answer)
        self._end_step()

    # Lanes

    def _lane(self, namespace: Namespace, metadata: Mapping[str, Any]) -> _Lane:
        if (lane := self._lanes.get(namespace)) is not None:
            return lane
        subagent = namespace[-1] if namespace else None
        if subagent is not None:
            parent = self._lane(namespace[:-1], {})
            node, _, task = subagent.partition(":")
            caller = self._tasks.get(task)
            self._put(
                SubagentStarted(
                    timestamp=self._now(),
                    subagent_run_id=subagent,
                    name=well_formed(str(metadata.get("lc_agent_name") or node)),
                    parent_subagent_run_id=parent.subagent,
                    parent_tool_call_id=None if caller is None else caller[1].id,
                )
            )
        queue: Any = _Stamped(self._put, subagent)
        handler = QueueCallbackHandler(queue, used_call_ids=self._used_call_ids, clock=self._now)
        lane = self._lanes[namespace] = _Lane(subagent, handler)
        return lane

    # Messages

    def _take_message(self, lane: _Lane, message: BaseMessage) -> None:
        if isinstance(message, ToolMessage):
            self._take_result(lane, message)
        elif isinstance(message, AIMessageChunk):
            if message.id != lane.message_id or lane.run_id is None:
                self._begin_reply(lane, message.id)
            assert lane.run_id is not None  # noqa: S101 - a reply was begun
            lane.handler.on_llm_new_token("", chunk=ChatGenerationChunk(message=message), run_id=lane.run_id)
            if message.chunk_position == "last":
                self._end_reply(lane)
        elif isinstance(message, AIMessage) and not message.tool_calls and message.text and message.text == lane.text:
            self._told.add(message.id or "")  # a node gave once more, as its own, what its model had said
        elif isinstance(message, AIMessage) and message.id not in self._told:
            self._begin_reply(lane, message.id)
            self._end_reply(lane, message)

    def _begin_reply(self, lane: _Lane, message_id: str | None) -> None:
        self._end_reply(lane)
        if lane is self._root:
            self._end_step()
            self._steps += 1
            self._put(StepStarted(timestamp=self._now(), step_name=f"step {self._steps}"))
        lane.message_id = message_id
        lane.run_id = lane.handler.begin_reply()
        lane.handler.on_chat_model_start({}, [], run_id=lane.run_id)
        if message_id is not None:
            self._told.add(message_id)

    def _end_reply(self, lane: _Lane, message: AIMessage | None = None) -> None:
        """A reply is over; `message` is all of one that was not streamed."""
        if lane.run_id is None:
            return
        result = LLMResult(generations=[] if message is None else [[ChatGeneration(message=message)]])
        lane.handler.on_llm_end(result, run_id=lane.run_id)
        lane.run_id = None
        reply = lane.handler.reply
        lane.text = "".join(reply.text)
        for call in reply.calls:
            lane.handler.end_call(call)
            self._used_call_ids.add(call.id)
            lane.calls[call.provider_id or call.id] = _Call(call.id)
        if reply.usage is not None:
            self.usage = reply.usage if self.usage is None else self.usage + reply.usage

    def _end_step(self) -> None:
        if self._steps:
            usage = self._root.handler.reply.usage
            metadata = None if usage is None else {"usage": msgspec.to_builtins(usage)}
            self._put(StepFinished(timestamp=self._now(), metadata=metadata, step_name=f"step {self._steps}"))

    # Tools and sub-agents

    def _task_begins(self, lane: _Lane, task: str, given: Any) -> None:
        for wanted in _tool_calls(given):
            call = lane.calls.get(str(wanted.get("id")))
            if call is None:
                continue
            self._tasks[task] = lane, call
            if call.started is None:  # a graph that goes on after an interrupt begins its tasks once more
                call.started = self._now()
                self._put(Custom(timestamp=self._now(), name=TOOL_STARTED, value={"toolCallId": call.id}))
                if lane is self._root:
                    self.tools_used[str(wanted.get("name"))] = None

    def _task_ends(self, namespace: Namespace, task: str, payload: Mapping[str, Any]) -> None:
        error, waits = payload.get("error"), bool(payload.get("interrupts"))
        if waits:
            return
        subagent = f"{payload.get('name')}:{task}"
        lane = self._lanes.get((*namespace, subagent))
        if lane is not None:
            self._end_reply(lane)
            if error:
                words = well_formed(str(error))
                self._put(SubagentError(timestamp=self._now(), subagent_run_id=subagent, message=words))
            else:
                self._put(SubagentFinished(timestamp=self._now(), subagent_run_id=subagent))
        if error and task in self._tasks:
            owner, call = self._tasks[task]
            self._tell_result(owner, call, well_formed(str(error)), failed=True)

    def _take_result(self, lane: _Lane, message: ToolMessage) -> None:
        call = lane.calls.get(message.tool_call_id)
        if call is not None and message.id not in self._told:
            if message.id is not None:
                self._told.add(message.id)
            result = result_of(message)
            self._tell_result(lane, call, result.text, failed=result.failed)

    def _tell_result(self, lane: _Lane, call: _Call, text: str, *, failed: bool) -> None:
        if call.has_result:
            return
        call.has_result = True
        now = self._now()
        metadata: dict[str, Any] = {"error": True} if failed else {}
        if call.started is not None:
            metadata["durationMs"] = now - call.started
        self._put(
            ToolCallResult(
                timestamp=now,
                metadata=metadata or None,
                message_id=new_id("msg"),
                tool_call_id=call.id,
                content=text,
                role="tool",
                subagent_run_id=lane.subagent,
            )
        )

    # State

    def _untold_answer(self) -> AIMessage | None:
        """The answer of a graph whose node made it without a model, and said so in the state alone."""
        messages = self._values.get("messages")
        last = messages[-1] if isinstance(messages, list) and messages else None
        if isinstance(last, AIMessage):
            return None if last.id in self._told or last.text == self._root.text else last
        texts = [self._values.get(name) for name in _ANSWERS]
        text = next((text for text in texts if isinstance(text, str) and text), None)
        return None if text is None or self._told else AIMessage(text)

    def _take_state(self, state: Mapping[str, Any]) -> None:
        """Tell what the graph knows besides its messages, where that has changed."""
        self._values = state
        known = {key: value for key, value in state.items() if key != "messages" and not key.startswith("__")}
        if not known:
            return
        told = all_well_formed(plain(known))
        if told != self._state and len(msgspec.json.encode(told)) <= _MOST_STATE:
            self._state = told
            self._put(StateSnapshot(timestamp=self._now(), snapshot=told))


def _tool_calls(given: Any) -> list[Mapping[str, Any]]:
    """The calls that a task is to run, where it is one of tools."""
    if isinstance(given, Mapping) and isinstance(inner := given.get("tool_call"), Mapping):
        return [inner]
    if isinstance(given, list):
        return [one for one in given if isinstance(one, Mapping) and one.get("type") == "tool_call"]
    return []


def _parsed(arguments: str) -> Any:
    try:
        return json.loads(arguments or "{}")
    except ValueError:
        return None
