"""The memory of one turn, for a graph whose author gave it none: so that it can ask, and go on where it asked.

Authors leave the checkpointer to whoever runs their graph (LangGraph's own server gives it one:
https://docs.langchain.com/oss/python/langgraph/persistence). The past is told to such a graph with every turn, so
nothing is kept beyond it. Values are kept as they are: a graph without a checkpointer may hold in its state what
nothing could write down, such as a lock or a client.
"""

from copy import deepcopy
from typing import Any

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.pregel import Pregel

__all__ = ["remembering"]


def remembering(graph: Any) -> Any:
    """`graph`, which remembers where it is; itself where it does already, or its author forbids it."""
    if not isinstance(graph, Pregel) or graph.checkpointer is not None:
        return graph
    return graph.copy({"checkpointer": InMemorySaver(serde=_AsTheyAre())})


class _AsTheyAre:
    """Keeps values in the place of their bytes."""

    def __init__(self) -> None:
        self._kept: list[Any] = []

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        """Keep a value; gives its number."""
        self._kept.append(_apart(obj))
        return "kept", str(len(self._kept) - 1).encode()

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        """The value of a number."""
        return _apart(self._kept[int(data[1])])


def _apart(value: Any) -> Any:
    """A value that nobody changes any more: LangGraph goes on writing in its own bookkeeping, never in a state's."""
    return deepcopy(value) if isinstance(value, dict) and "channel_versions" in value else value
