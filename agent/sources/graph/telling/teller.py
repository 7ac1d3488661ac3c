"""What a graph streams in, events out. Knows no graph: only the stream of one.

It takes what `astream` gives with `stream_mode=["messages", "tasks", "custom", "values"]` and `subgraphs=True`
(https://docs.langchain.com/oss/python/langgraph/streaming): a namespace, a mode, a payload.
"""

from collections.abc import Callable, Collection, Mapping
from itertools import takewhile
from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, ToolMessage

from agent.conversation.items import CallStatus
from agent.conversation.run import Run as Turn
from agent.events.types import NODE, Custom, Event, TokenUsage
from agent.runs.run import Clock, new_id
from agent.sources.graph.telling.calls import Calls
from agent.sources.graph.telling.lane import Call, Lane
from agent.sources.graph.telling.lanes import Lanes
from agent.sources.graph.telling.outputs import answer_in, messages_in
from agent.sources.graph.telling.states import States
from agent.sources.graph.telling.steps import Steps
from agent.sources.graph.telling.tasks import Namespace, Tasks, named, task_of, tool_calls
from agent.sources.graph.telling.tools import ToolBegan, ToolEnded
from agent.sources.tools.calls.results import result_of
from agent.sources.tools.calls.values import plain
from agent.text import all_well_formed, well_formed

__all__ = ["CUSTOM", "GraphTeller"]

CUSTOM = "langgraph.custom"
"""Name of the `Custom` event of what a node writes by `get_stream_writer`; value: what it wrote."""


class GraphTeller:
    """Tells one turn. Everything is called on one thread, in the order of the stream."""

    def __init__(self, put: Callable[[Event], None], now: Clock, used_call_ids: set[str]) -> None:
        """`used_call_ids` are the session's; those of this turn are added."""
        self._put = put
        self._now = now
        self._tasks = Tasks()
        self._lanes = Lanes(put, now, used_call_ids, self._tasks)
        self._calls = Calls(put, now, self._lanes)
        self._steps = Steps(put, now)
        self._states = States(put, now)
        self._told: set[str] = set()
        """Ids of the messages that were told."""
        self._told_by_root: set[str] = set()
        """Those of them that the graph itself said."""
        self._nodes: set[str] = set()
        """Tasks of nodes that go on, as it was told."""
        self._failed: list[tuple[str, object]] = []
        """What failed, in words, and by which error; of what lies in each other the innermost first."""

    @property
    def usage(self) -> TokenUsage | None:
        """What all model calls together cost."""
        return self._steps.usage

    @property
    def tools_used(self) -> list[str]:
        """Names of the graph's own tools that ran, in order of their first use."""
        return [*self._calls.tools_used]

    @property
    def answer(self) -> str:
        """The text of the graph's last reply."""
        return self._lanes.root.text

    def know(self, turn: Turn) -> None:
        """Take in what another run has told of the turn, of which this one may bring the results."""
        for step in turn.own_steps:
            self._steps.know(step.is_named)
            self._told.update(item.id for item in step.items)
            for call in step.calls:
                if call.status is CallStatus.DONE and not call.is_question:
                    self._calls.tools_used[call.name] = None
                elif call.result is None:
                    self._calls.know(Call(id=call.wire_id, name=call.name, arguments=call.fragments.text))

    def call_of(
        self, name: str, arguments: Mapping[str, Any], call_id: str | None, skip: Collection[str]
    ) -> str | None:
        """Our id of the call that is asked about, which has no result yet and is not in `skip`; `call_id` is the
        model's id of it, where it is told."""
        found = self._calls.waiting(name, arguments, call_id, skip)
        return None if found is None else found[1].id

    def take(self, namespace: Namespace, mode: str, payload: Any) -> None:
        """Tell the next piece of the stream."""
        namespace = named(namespace)
        match mode, payload:
            case "messages", (ToolMessage() as message, dict()):
                self._take_result(namespace, message)
            case "messages", (AIMessage() as message, dict(metadata)):
                lane = self._lanes.of_message(namespace, metadata)
                # LangGraph hands out one dictionary for all that a model call says, and another for each other call.
                self._take_message(lane, message, task_of(namespace, metadata), metadata)
            case "tasks", {"id": str(task), "input": given}:
                self._task_begins(namespace, task, payload, given)
            case "tasks", {"id": str(task)}:
                self._task_ends(namespace, task, payload)
            case "custom", ToolBegan() as began:
                self._calls.tool_begins(began)
            case "custom", ToolEnded() as ended:
                self._calls.tool_ends(ended)
            case "custom", value:
                subagent = self._lanes.of(namespace).subagent
                told = all_well_formed(plain(value))
                self._put(Custom(timestamp=self._now(), name=CUSTOM, value=told, subagent_run_id=subagent))
            case "values", state if not namespace:
                for last in takewhile(lambda one: isinstance(one, ToolMessage), reversed(messages_in(state))):
                    self._take_result((), last)  # one that a tool has put there, in another graph than its own
                self._states.take(state)
            case _:
                pass  # a mode that a newer version added, or a message that is the user's own

    def what_failed(self, error: BaseException) -> str:
        """What raised the error that ended the graph: a tool or a node by its name, where that is known."""
        return next((words for words, one in self._failed if one is error), "The graph")

    def end(self, question: str) -> None:
        """Tell the end of what is open: replies, sub-agents, the last step; and the answer to `question`, where only
        the state holds it."""
        for _place, lane in self._lanes.all:
            self._end_replies(lane)
        for _place, lane in reversed(self._lanes.all):
            self._lanes.end(lane, None)
        answer = answer_in(self._states.last, question, self.answer, self._told_by_root)
        if answer is not None:
            self._take_message(self._lanes.root, AIMessage(answer, id=new_id("msg")), "")
        self._steps.end()

    # Messages

    def _take_message(self, lane: Lane, message: AIMessage, task: str, call: object = None) -> None:
        name = message.id or ""
        if isinstance(message, AIMessageChunk):
            if (reply := lane.reply_of(name, call)) is None:
                if name in self._told:
                    return
                reply = name
                self._begin_reply(lane, reply, task, call)
            self._know_as_told(lane, name)
            lane.take(reply, message)
            if message.chunk_position == "last":
                self._end_reply(lane, reply)
        elif not message.tool_calls and message.text and message.text == lane.text:
            self._told.add(name)  # a node gave once more, as its own, what its model had said
        elif name not in self._told:
            self._begin_reply(lane, name, task)
            self._end_reply(lane, name, message)

    def _begin_reply(self, lane: Lane, name: str, task: str, call: object = None) -> None:
        if lane is self._lanes.root and not lane.is_speaking:
            self._steps.begin()
        self._know_as_told(lane, name)
        lane.begin(name, task, call)

    def _know_as_told(self, lane: Lane, name: str) -> None:
        self._told.add(name)
        if lane is self._lanes.root:
            self._told_by_root.add(name)

    def _end_reply(self, lane: Lane, name: str, message: AIMessage | None = None) -> None:
        if (usage := lane.end(name, message)) is not None:
            self._steps.spend(usage, is_own=lane is self._lanes.root)

    def _end_replies(self, lane: Lane, task: str | None = None) -> None:
        """End what streams still, of one task where it is named: its model failed in the middle."""
        for name in lane.open_replies(task):
            self._end_reply(lane, name)

    def _take_result(self, namespace: Namespace, message: BaseMessage) -> None:
        if not isinstance(message, ToolMessage) or message.id in self._told:
            return
        if (found := self._calls.meant(namespace, message.tool_call_id, message.name or "")) is None:
            return
        if message.id is not None:
            self._told.add(message.id)
        result = result_of(message)
        self._calls.take_result(*found, result.text, failed=result.failed)

    # Tasks: nodes, tools, sub-agents

    def _task_begins(self, namespace: Namespace, task: str, payload: Mapping[str, Any], given: Any) -> None:
        self._tasks.begin(namespace, f"{payload.get('name')}:{task}", payload)
        wanted = tool_calls(given, str(payload.get("name")))
        if not wanted:
            self._tell_node(task, payload, "running")
        for one in wanted:
            found = self._calls.meant(namespace, str(one.get("id")), str(one.get("name")), one.get("args"))
            if found is None:
                continue
            if len(wanted) == 1:
                self._tasks.calls[task] = found
            self._calls.start(*found)

    def _task_ends(self, namespace: Namespace, task: str, payload: Mapping[str, Any]) -> None:
        name = f"{payload.get('name')}:{task}"
        self._tasks.end(namespace, name)
        self._tell_node(task, payload, "done")
        if payload.get("interrupts"):
            return
        error = payload.get("error")
        for place, lane in self._lanes.all:
            self._end_replies(lane, name)
            if place[:-1] == namespace and place and place[-1].partition("|")[0] == name:
                self._end_replies(lane)
                self._lanes.end(lane, error)
        if error:
            call = self._tasks.calls[task][1] if task in self._tasks.calls else None
            node = str(payload.get("name"))  # that of what is no graph is an agent, too
            what = f"tool {call.name}" if call is not None else node if node == "agent" else f"node {node}"
            self._failed.append((well_formed(f"The {what}"), error))
        if error and task in self._tasks.calls:
            self._calls.tell_result(*self._tasks.calls[task], well_formed(str(error)), failed=True)

    def _tell_node(self, task: str, payload: Mapping[str, Any], state: str) -> None:
        if (state == "running") is (task in self._nodes):
            return
        self._nodes ^= {task}
        value = {"task": well_formed(task), "name": well_formed(str(payload.get("name"))), "state": state}
        self._put(Custom(timestamp=self._now(), name=NODE, value=value))
