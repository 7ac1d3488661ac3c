"""The calls of a graph: which one is meant, when it began to run and what came of it, as events.

A task or a result names a call by the model's id. Where that is not known, for another run has told the call or an
agent that is no graph runs its tools, its name and its arguments tell.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any
from uuid import UUID

from agent.events.types import TOOL_STARTED, Custom, Event, ToolCallResult
from agent.runs.run import Clock, new_id
from agent.sources.graph.telling.lane import Call, Lane
from agent.sources.graph.telling.lanes import Lanes
from agent.sources.graph.telling.tasks import Namespace
from agent.sources.graph.telling.tools import ToolBegan, ToolEnded

__all__ = ["Calls"]


class Calls:
    """Those of one turn, of all lanes."""

    def __init__(self, put: Callable[[Event], None], now: Clock, lanes: Lanes) -> None:
        self.tools_used: dict[str, None] = {}
        """Names of the graph's own tools that ran, in order of their first use."""
        self._put = put
        self._now = now
        self._lanes = lanes
        self._known: list[Call] = []
        """Those that another run has told."""
        self._tools: dict[UUID, tuple[Lane, Call]] = {}
        """Calls by the tool that runs for them, where no task does."""

    def know(self, call: Call) -> None:
        """Take in one that another run has told, and that has no result yet."""
        self._lanes.root.calls[call.id] = call
        self._known.append(call)

    # Which one is meant

    def meant(self, namespace: Namespace, call_id: str, name: str, arguments: Any = None) -> tuple[Lane, Call] | None:
        """A call by the model's id, of the namespace itself before others; where another run has told it, by ids of
        ours, by its arguments or its name."""
        lanes = sorted(self._lanes.all, key=lambda item: item[0] != namespace)
        found = next(((lane, lane.calls[call_id]) for _place, lane in lanes if call_id in lane.calls), None)
        if found is not None:
            return found
        waiting = [call for call in self._known if call.name == name and not call.has_result and call.started is None]
        same = [call for call in waiting if call.is_of(name, arguments)] or waiting[: len(waiting) == 1]
        if not same:
            return None
        self._lanes.root.calls[call_id] = same[0]
        return self._lanes.root, same[0]

    def waiting(
        self, name: str, arguments: Mapping[str, Any], call_id: str | None, skip: Collection[str]
    ) -> tuple[Lane, Call] | None:
        """The call with these arguments that has no result yet and whose id is not in `skip`; by the model's id of it,
        where it is told."""
        for _place, lane in self._lanes.all:
            for given, call in lane.calls.items():
                is_meant = call_id == given if call_id is not None else call.is_of(name, dict(arguments))
                if is_meant and not call.has_result and call.id not in skip:
                    return lane, call
        return None

    # What comes of it

    def tool_begins(self, began: ToolBegan) -> None:
        """A tool runs for a call, in an agent that is no graph."""
        started = {call.id for _lane, call in self._tools.values()}
        if (found := self.waiting(began.name, began.arguments, began.call_id, started)) is not None:
            self._tools[began.run] = found
            self.start(*found)

    def tool_ends(self, ended: ToolEnded) -> None:
        """It has run."""
        if (found := self._tools.pop(ended.run, None)) is not None:
            self.tell_result(*found, ended.result.text, failed=ended.result.failed)

    def start(self, lane: Lane, call: Call) -> None:
        """A call begins to run."""
        if call.started is None and not call.has_result:  # a graph that goes on begins its tasks once more
            call.started = self._now()
            self._put(Custom(timestamp=self._now(), name=TOOL_STARTED, value={"toolCallId": call.id}))
            self._use(lane, call)

    def take_result(self, lane: Lane, call: Call, text: str, *, failed: bool) -> None:
        """A result that a message brings, also of a call that was not seen to run."""
        if call.started is None and not failed:  # a node that calls tools in a way of its own
            self._use(lane, call)
        self.tell_result(lane, call, text, failed=failed)

    def tell_result(self, lane: Lane, call: Call, text: str, *, failed: bool) -> None:
        """What a call has given, unless that was told."""
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

    def _use(self, lane: Lane, call: Call) -> None:
        if lane is self._lanes.root:
            self.tools_used[call.name] = None
