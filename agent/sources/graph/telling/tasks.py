"""The tasks of a graph, and the namespaces that are made of their names.

Which tasks run, which ran beside others of their namespace, and the call that each runs. Pure: it tells nothing.
"""

from collections.abc import Mapping
from typing import Any

from langchain_core.messages import AIMessage

from agent.sources.graph.telling.lane import Call, Lane
from agent.sources.graph.telling.outputs import is_messages, messages_in

__all__ = ["Namespace", "Tasks", "named", "task_of", "tool_calls"]

Namespace = tuple[str, ...]
"""Names of tasks (`node:task`), each within the one before it; empty for the graph itself."""
_PUSHED = "__pregel_push"
"""What triggers tasks that are sent for, or called by other tasks (LangGraph's `Send`, `@task`)."""


class Tasks:
    """The tasks of one turn."""

    def __init__(self) -> None:
        self.calls: dict[str, tuple[Lane, Call]] = {}
        """The call that a task runs, and whose it is."""
        self._running: dict[Namespace, dict[str, bool]] = {}
        """Those that run in a namespace, and whether each was sent for."""
        self._beside: set[Namespace] = set()
        """Those that ran at the same time as others of their namespace."""

    def begin(self, namespace: Namespace, name: str, payload: Mapping[str, Any]) -> None:
        """A task runs."""
        running = self._running.setdefault(namespace, {})
        running[name] = is_pushed = _PUSHED in (payload.get("triggers") or ())
        # A task that others wait for as its callers do is not beside them.
        beside = [other for other, pushed in running.items() if pushed is is_pushed]
        if len(beside) > 1:
            self._beside.update((*namespace, other) for other in beside)

    def end(self, namespace: Namespace, name: str) -> None:
        """It runs no more."""
        self._running.get(namespace, {}).pop(name, None)

    def is_beside(self, task: Namespace) -> bool:
        """Whether a task ran at the same time as others of its namespace."""
        return task in self._beside

    def caller(self, name: str) -> Call | None:
        """The call that a task runs; by its node where no task is told, as of a graph with a memory of its own."""
        node, _, task = name.partition("|")[0].partition(":")
        if (found := self.calls.get(task)) is not None:
            return found[1]
        tasks = [other.partition(":") for running in self._running.values() for other in running]
        by_node = [self.calls[task] for name, _, task in tasks if name == node and task in self.calls]
        return by_node[0][1] if len(by_node) == 1 else None


def named(namespace: Namespace) -> Namespace:
    """A namespace with one name for each graph: of those that a task calls, later ones have a number behind it."""
    names: list[str] = []
    for part in namespace:
        if names and part.isdecimal():
            names[-1] += f"|{part}"
        else:
            names.append(part)
    return tuple(names)


def task_of(namespace: Namespace, metadata: Mapping[str, Any]) -> str:
    """The task of a namespace that a message is of, as it is called there; empty where that is not told."""
    places = named(tuple(str(metadata.get("langgraph_checkpoint_ns") or "").split("|")))
    return places[len(namespace)] if len(places) > len(namespace) else ""


def tool_calls(given: Any, node: str) -> list[Mapping[str, Any]]:
    """The calls that a task is to run, where it is one of tools."""
    if isinstance(given, Mapping) and isinstance(inner := given.get("tool_call"), Mapping):
        return [inner]
    if isinstance(given, list) and given and not is_messages(given):
        return [one for one in given if isinstance(one, Mapping) and one.get("type") == "tool_call"]
    if "tool" not in node.lower() and node != "action":
        return []
    messages = messages_in(getattr(given, "messages", given))  # a node that runs all calls of the last message
    return [*messages[-1].tool_calls] if messages and isinstance(messages[-1], AIMessage) else []
