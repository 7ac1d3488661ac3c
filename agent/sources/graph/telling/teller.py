"""What a graph streams in, events out. Knows no graph: only the stream of one.

It takes what `astream` gives with `stream_mode=["messages", "tasks", "custom", "values"]` and `subgraphs=True`
(https://docs.langchain.com/oss/python/langgraph/streaming): a namespace, a mode, a payload. The graph's own namespace
is empty; any other is a sub-agent's, which began under the call whose task it names. Sub-agents, too, are those that
speak at the same time as others of one namespace (nodes side by side), models that a tool asks, and what middleware
asks a model for its own ends. A step is a new message of the model in the graph's own lane.
"""

from collections.abc import Callable, Collection, Mapping
from itertools import takewhile
from typing import Any
from uuid import UUID

import msgspec
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, ToolMessage

from agent.conversation.items import CallStatus
from agent.conversation.run import Run as Turn
from agent.events.types import (
    TOOL_STARTED,
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
from agent.sources.graph.telling.lane import Call, Lane
from agent.sources.graph.telling.outputs import answer_in, is_messages, messages_in
from agent.sources.graph.telling.tools import ToolBegan, ToolEnded
from agent.sources.tools.calls.results import result_of
from agent.sources.tools.calls.values import plain
from agent.text import all_well_formed, well_formed

__all__ = ["CUSTOM", "GraphTeller", "Namespace"]

CUSTOM = "langgraph.custom"
"""Name of the `Custom` event of what a node writes by `get_stream_writer`; value: what it wrote."""

Namespace = tuple[str, ...]
_MOST_STATE = 65_536
"""Bytes of a state that is told; a larger one stays the graph's own."""
_PUSHED = "__pregel_push"
"""What triggers tasks that are sent for, or called by other tasks (LangGraph's `Send`, `@task`)."""
_INTERNAL = ("lc_internal_call", "lc_source")
"""What marks a model call that LangChain's middleware makes for its own ends."""


class GraphTeller:
    """Tells one turn. Everything is called on one thread, in the order of the stream.

    One thing: which lane each piece of the stream belongs to, and where lanes, steps and calls begin and end.
    """

    def __init__(self, put: Callable[[Event], None], now: Clock, used_call_ids: set[str]) -> None:
        """`used_call_ids` are the session's; those of this turn are added."""
        self.usage: TokenUsage | None = None
        """Of all model calls together."""
        self.tools_used: dict[str, None] = {}
        """Names of the graph's own tools that ran, in order of their first use."""
        self._put = put
        self._now = now
        self._used_call_ids = used_call_ids
        self._lanes: dict[Namespace, Lane] = {}
        self._calls: dict[str, tuple[Lane, Call]] = {}
        """Calls by the task that runs them."""
        self._known: list[Call] = []
        """Those that another run has told."""
        self._tools: dict[UUID, tuple[Lane, Call]] = {}
        """Calls by the tool that runs for them, where no task does."""
        self._running: dict[Namespace, dict[str, bool]] = {}
        """The tasks that run in a namespace, and whether each was sent for."""
        self._beside: set[Namespace] = set()
        """Tasks that ran at the same time as others of their namespace."""
        self._told: set[str] = set()
        """Ids of the messages that were told."""
        self._told_by_root: set[str] = set()
        """Those of them that the graph itself said."""
        self._steps = 0
        """How many have begun, in other runs of the turn too."""
        self._is_in_step = False
        self._step_usage: TokenUsage | None = None
        self._values: Any = None
        self._state: Any = None
        self._root = self._lane((), {})

    @property
    def answer(self) -> str:
        """The text of the graph's last reply."""
        return self._root.text

    def know(self, turn: Turn) -> None:
        """Take in what another run has told of the turn, of which this one may bring the results."""
        for step in turn.own_steps:
            self._steps += step.is_named
            self._told.update(item.id for item in step.items)
            for call in step.calls:
                if call.status is CallStatus.DONE and not call.is_question:
                    self.tools_used[call.name] = None
                elif call.result is None:
                    known = Call(id=call.wire_id, name=call.name, arguments=call.fragments.text)
                    self._root.calls[call.wire_id] = known
                    self._known.append(known)

    def call_of(
        self, name: str, arguments: Mapping[str, Any], call_id: str | None, skip: Collection[str]
    ) -> str | None:
        """Our id of the call that is asked about, which has no result yet and is not in `skip`; `call_id` is the
        model's id of it, where it is told."""
        found = self._open_call(name, arguments, call_id, skip)
        return None if found is None else found[1].id

    def _open_call(
        self, name: str, arguments: Mapping[str, Any], call_id: str | None, skip: Collection[str]
    ) -> tuple[Lane, Call] | None:
        for lane in self._lanes.values():
            for given, call in lane.calls.items():
                is_meant = call_id == given if call_id is not None else call.is_of(name, dict(arguments))
                if is_meant and not call.has_result and call.id not in skip:
                    return lane, call
        return None

    def take(self, namespace: Namespace, mode: str, payload: Any) -> None:
        """Tell the next piece of the stream."""
        namespace = _named(namespace)
        match mode, payload:
            case "messages", (ToolMessage() as message, dict()):
                self._take_result(namespace, message)
            case "messages", (AIMessage() as message, dict(metadata)):
                self._take_message(self._lane_of(namespace, metadata), message, _task_of(namespace, metadata))
            case "tasks", {"id": str(task), "input": given}:
                self._task_begins(namespace, task, payload, given)
            case "tasks", {"id": str(task)}:
                self._task_ends(namespace, task, payload)
            case "custom", ToolBegan() as began:
                self._tool_begins(began)
            case "custom", ToolEnded() as ended:
                if (found := self._tools.pop(ended.run, None)) is not None:
                    self._tell_result(*found, ended.result.text, failed=ended.result.failed)
            case "custom", value:
                subagent = self._lane(namespace, {}).subagent
                told = all_well_formed(plain(value))
                self._put(Custom(timestamp=self._now(), name=CUSTOM, value=told, subagent_run_id=subagent))
            case "values", state if not namespace:
                self._take_state(state)
            case _:
                pass  # a mode that a newer version added, or a message that is the user's own

    def end(self, question: str) -> None:
        """Tell the end of what is open: replies, sub-agents, the last step; and the answer to `question`, where only
        the state holds it."""
        for lane in self._lanes.values():
            self._end_replies(lane)
        for lane in reversed(self._lanes.values()):
            self._end_lane(lane, None)
        answer = answer_in(self._values, question, self._root.text, self._told_by_root)
        if answer is not None:
            self._take_message(self._root, AIMessage(answer, id=new_id("msg")), "")
        self._end_step()

    # Lanes

    def _lane_of(self, namespace: Namespace, metadata: Mapping[str, Any]) -> Lane:
        """The lane of a message of a namespace."""
        task = _task_of(namespace, metadata)
        if task and any(name in metadata for name in _INTERNAL):
            source = str(metadata.get("lc_source") or "middleware")
            return self._lane((*namespace, f"{task}|{source}"), {"lc_agent_name": source})
        own = (*namespace, task)
        if task and (own in self._beside or own in self._lanes or task.partition(":")[2] in self._calls):
            return self._lane(own, metadata)
        return self._lane(namespace, metadata)

    def _lane(self, namespace: Namespace, metadata: Mapping[str, Any]) -> Lane:
        if (lane := self._lanes.get(namespace)) is not None:
            return lane
        subagent = namespace[-1] if namespace else None
        if subagent is not None:
            parent = self._lane(namespace[:-1], {})
            node, _, task = subagent.partition("|")[0].partition(":")
            caller = self._calls.get(task) or self._caller_by(node)
            self._put(
                SubagentStarted(
                    timestamp=self._now(),
                    subagent_run_id=subagent,
                    name=well_formed(str(metadata.get("lc_agent_name") or node)),
                    parent_subagent_run_id=parent.subagent,
                    parent_tool_call_id=None if caller is None else caller[1].id,
                )
            )
        lane = Lane(put=self._put, now=self._now, used_call_ids=self._used_call_ids, subagent=subagent)
        self._lanes[namespace] = lane
        return lane

    def _caller_by(self, node: str) -> tuple[Lane, Call] | None:
        """The call that a node runs, where it runs one: of a graph with a memory of its own no task is told."""
        tasks = [name.partition(":") for running in self._running.values() for name in running]
        found = [self._calls[task] for name, _, task in tasks if name == node and task in self._calls]
        return found[0] if len(found) == 1 else None

    def _end_lane(self, lane: Lane, error: object) -> None:
        if lane.is_over or lane.subagent is None:
            return
        lane.is_over = True
        if error:
            words = well_formed(str(error))
            self._put(SubagentError(timestamp=self._now(), subagent_run_id=lane.subagent, message=words))
        else:
            self._put(SubagentFinished(timestamp=self._now(), subagent_run_id=lane.subagent))

    # Messages

    def _take_message(self, lane: Lane, message: AIMessage, task: str) -> None:
        name = message.id or ""
        if isinstance(message, AIMessageChunk):
            if not lane.has(name):
                if name in self._told:
                    return
                self._begin_reply(lane, name, task)
            lane.take(name, message)
            if message.chunk_position == "last":
                self._end_reply(lane, name)
        elif not message.tool_calls and message.text and message.text == lane.text:
            self._told.add(name)  # a node gave once more, as its own, what its model had said
        elif name not in self._told:
            self._begin_reply(lane, name, task)
            self._end_reply(lane, name, message)

    def _begin_reply(self, lane: Lane, name: str, task: str) -> None:
        if lane is self._root:
            self._told_by_root.add(name)
            if not lane.is_speaking:
                self._end_step()
                self._steps, self._is_in_step = self._steps + 1, True
                self._put(StepStarted(timestamp=self._now(), step_name=f"step {self._steps}"))
        self._told.add(name)
        lane.begin(name, task)

    def _end_reply(self, lane: Lane, name: str, message: AIMessage | None = None) -> None:
        usage = lane.end(name, message)
        if usage is None:
            return
        self.usage = usage if self.usage is None else self.usage + usage
        if lane is self._root:
            self._step_usage = usage if self._step_usage is None else self._step_usage + usage

    def _end_replies(self, lane: Lane, task: str | None = None) -> None:
        """End what streams still, of one task where it is named: its model failed in the middle."""
        for name in lane.open_replies(task):
            self._end_reply(lane, name)

    def _end_step(self) -> None:
        if self._is_in_step:
            self._is_in_step = False
            metadata = None if self._step_usage is None else {"usage": msgspec.to_builtins(self._step_usage)}
            self._put(StepFinished(timestamp=self._now(), metadata=metadata, step_name=f"step {self._steps}"))
            self._step_usage = None

    # Tasks: nodes, tools, sub-agents

    def _task_begins(self, namespace: Namespace, task: str, payload: Mapping[str, Any], given: Any) -> None:
        name = f"{payload.get('name')}:{task}"
        running = self._running.setdefault(namespace, {})
        running[name] = is_pushed = _PUSHED in (payload.get("triggers") or ())
        # A task that others wait for as its callers do is not beside them.
        beside = [other for other, pushed in running.items() if pushed is is_pushed]
        if len(beside) > 1:
            self._beside.update((*namespace, other) for other in beside)
        wanted = _tool_calls(given, str(payload.get("name")))
        for one in wanted:
            found = self._meant(namespace, str(one.get("id")), str(one.get("name")), one.get("args"))
            if found is None:
                continue
            if len(wanted) == 1:
                self._calls[task] = found
            self._start(*found)

    def _tool_begins(self, began: ToolBegan) -> None:
        started = {call.id for _lane, call in self._tools.values()}
        found = self._open_call(began.name, began.arguments, began.call_id, started)
        if found is not None:
            self._tools[began.run] = found
            self._start(*found)

    def _start(self, lane: Lane, call: Call) -> None:
        if call.started is None and not call.has_result:  # a graph that goes on begins its tasks once more
            call.started = self._now()
            self._put(Custom(timestamp=self._now(), name=TOOL_STARTED, value={"toolCallId": call.id}))
            self._use(lane, call)

    def _task_ends(self, namespace: Namespace, task: str, payload: Mapping[str, Any]) -> None:
        name = f"{payload.get('name')}:{task}"
        self._running.get(namespace, {}).pop(name, None)
        error = payload.get("error")
        if payload.get("interrupts"):
            return
        for place, lane in [*self._lanes.items()]:
            self._end_replies(lane, name)
            if place[:-1] == namespace and place and place[-1].partition("|")[0] == name:
                self._end_replies(lane)
                self._end_lane(lane, error)
        if error and task in self._calls:
            owner, call = self._calls[task]
            self._tell_result(owner, call, well_formed(str(error)), failed=True)

    def _find_call(self, namespace: Namespace, name: str) -> tuple[Lane, Call] | None:
        """A call by the model's id, of the namespace itself before others."""
        lanes = [*self._lanes.items()]
        lanes.sort(key=lambda item: item[0] != namespace)
        return next(((lane, lane.calls[name]) for _place, lane in lanes if name in lane.calls), None)

    def _meant(self, namespace: Namespace, call_id: str, name: str, arguments: Any = None) -> tuple[Lane, Call] | None:
        """A call by the model's id; where another run has told it, by ids of ours, by its arguments or its name."""
        if (found := self._find_call(namespace, call_id)) is not None:
            return found
        waiting = [call for call in self._known if call.name == name and not call.has_result and call.started is None]
        same = [call for call in waiting if call.is_of(name, arguments)] or waiting[: len(waiting) == 1]
        if not same:
            return None
        self._root.calls[call_id] = same[0]
        return self._root, same[0]

    def _use(self, lane: Lane, call: Call) -> None:
        if lane is self._root:
            self.tools_used[call.name] = None

    def _take_result(self, namespace: Namespace, message: BaseMessage) -> None:
        if not isinstance(message, ToolMessage):
            return
        is_told = message.id in self._told
        found = None if is_told else self._meant(namespace, message.tool_call_id, message.name or "")
        if found is None:
            return
        if message.id is not None:
            self._told.add(message.id)
        owner, call = found
        result = result_of(message)
        if call.started is None and not result.failed:  # a node that calls tools in a way of its own
            self._use(owner, call)
        self._tell_result(owner, call, result.text, failed=result.failed)

    def _tell_result(self, lane: Lane, call: Call, text: str, *, failed: bool) -> None:
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
                subagent_run_id=None if lane.is_over else lane.subagent,
            )
        )

    # State

    def _take_state(self, state: Any) -> None:
        """Tell what the graph knows besides its messages, where that has changed."""
        self._values = state
        for message in takewhile(lambda one: isinstance(one, ToolMessage), reversed(messages_in(state))):
            self._take_result((), message)  # one that a tool has put there, in another graph than its own
        if not isinstance(state, dict):
            return
        known = {
            key: value
            for key, value in state.items()
            if key != "messages" and not str(key).startswith("__") and not is_messages(value)
        }
        if not known:
            return
        told = all_well_formed(plain(known))
        if told != self._state and len(msgspec.json.encode(told)) <= _MOST_STATE:
            self._state = told
            self._put(StateSnapshot(timestamp=self._now(), snapshot=told))


def _named(namespace: Namespace) -> Namespace:
    """A namespace with one name for each graph: of those that a task calls, later ones have a number behind it."""
    named: list[str] = []
    for part in namespace:
        if named and part.isdecimal():
            named[-1] += f"|{part}"
        else:
            named.append(part)
    return tuple(named)


def _task_of(namespace: Namespace, metadata: Mapping[str, Any]) -> str:
    """The task of a namespace that a message is of, as it is called there; empty where that is not told."""
    places = _named(tuple(str(metadata.get("langgraph_checkpoint_ns") or "").split("|")))
    return places[len(namespace)] if len(places) > len(namespace) else ""


def _tool_calls(given: Any, node: str) -> list[Mapping[str, Any]]:
    """The calls that a task is to run, where it is one of tools."""
    if isinstance(given, Mapping) and isinstance(inner := given.get("tool_call"), Mapping):
        return [inner]
    if isinstance(given, list) and given and not is_messages(given):
        return [one for one in given if isinstance(one, Mapping) and one.get("type") == "tool_call"]
    if "tool" not in node.lower() and node != "action":
        return []
    messages = messages_in(getattr(given, "messages", given))  # a node that runs all calls of the last message
    return [*messages[-1].tool_calls] if messages and isinstance(messages[-1], AIMessage) else []
