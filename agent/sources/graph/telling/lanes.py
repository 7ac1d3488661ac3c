"""The lanes of a turn: which one a piece of the stream belongs to, and when those of sub-agents begin and end.

The graph's own namespace is empty; any other is a sub-agent's, which began under the call whose task it names.
Sub-agents, too, are those that speak at the same time as others of one namespace (nodes side by side), models that a
tool asks, and what middleware asks a model for its own ends.
"""

from collections.abc import Callable, Mapping
from typing import Any

from agent.events.types import Event, SubagentError, SubagentFinished, SubagentStarted
from agent.runs.run import Clock
from agent.sources.graph.telling.lane import Lane
from agent.sources.graph.telling.tasks import Namespace, Tasks, task_of
from agent.text import well_formed

__all__ = ["Lanes"]

_INTERNAL = ("lc_internal_call", "lc_source")
"""What marks a model call that LangChain's middleware makes for its own ends."""


class Lanes:
    """Those of one turn."""

    def __init__(self, put: Callable[[Event], None], now: Clock, used_call_ids: set[str], tasks: Tasks) -> None:
        """`used_call_ids` are the session's; those of this turn are added."""
        self._put = put
        self._now = now
        self._used_call_ids = used_call_ids
        self._tasks = tasks
        self.root = Lane(put=put, now=now, used_call_ids=used_call_ids)
        """The graph's own."""
        self._lanes: dict[Namespace, Lane] = {(): self.root}

    @property
    def all(self) -> list[tuple[Namespace, Lane]]:
        """Each with its namespace, in the order they began."""
        return [*self._lanes.items()]

    def of(self, namespace: Namespace, name: str | None = None) -> Lane:
        """The lane of a namespace; where it has none yet a sub-agent begins, which has this name or its node's."""
        if (lane := self._lanes.get(namespace)) is not None:
            return lane
        subagent = namespace[-1]
        parent = self.of(namespace[:-1])
        caller = self._tasks.caller(subagent)
        self._put(
            SubagentStarted(
                timestamp=self._now(),
                subagent_run_id=subagent,
                name=well_formed(name or subagent.partition("|")[0].partition(":")[0]),
                parent_subagent_run_id=parent.subagent,
                parent_tool_call_id=None if caller is None else caller.id,
            )
        )
        lane = Lane(put=self._put, now=self._now, used_call_ids=self._used_call_ids, subagent=subagent)
        self._lanes[namespace] = lane
        return lane

    def of_message(self, namespace: Namespace, metadata: Mapping[str, Any]) -> Lane:
        """The lane of a message of a namespace."""
        task, name = task_of(namespace, metadata), str(metadata.get("lc_agent_name") or "")
        if task and any(mark in metadata for mark in _INTERNAL):
            source = str(metadata.get("lc_source") or "middleware")
            return self.of((*namespace, f"{task}|{source}"), source)
        own = (*namespace, task)
        is_own = self._tasks.is_beside(own) or own in self._lanes or task.partition(":")[2] in self._tasks.calls
        return self.of(own if task and is_own else namespace, name)

    def end(self, lane: Lane, error: object) -> None:
        """A sub-agent has done its work, or failed by what is true of `error`."""
        if lane.is_over or lane.subagent is None:
            return
        lane.is_over = True
        if error:
            words = well_formed(str(error))
            self._put(SubagentError(timestamp=self._now(), subagent_run_id=lane.subagent, message=words))
        else:
            self._put(SubagentFinished(timestamp=self._now(), subagent_run_id=lane.subagent))
