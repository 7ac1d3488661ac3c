"""The state of a graph as it changes: what is told of it besides its messages."""

from collections.abc import Callable
from typing import Any

import msgspec

from agent.events.types import Event, StateSnapshot
from agent.runs.run import Clock
from agent.sources.graph.telling.outputs import is_messages
from agent.sources.tools.calls.values import plain
from agent.text import all_well_formed

__all__ = ["States"]

_MOST = 65_536
"""Bytes of a state that is told; a larger one stays the graph's own."""

_EMPTY: tuple[Any, ...] = (None, "", [], {})


class States:
    """Those of one turn."""

    def __init__(self, put: Callable[[Event], None], now: Clock) -> None:
        self.last: Any = None
        """As the graph gave it."""
        self._put = put
        self._now = now
        self._told: dict[str, Any] = {}

    def take(self, state: Any) -> None:
        """Tell what the graph knows besides its messages, where that has changed. What is empty is left out until it
        was filled once: most often it is its author's, or a library's, for later."""
        self.last = state
        if not isinstance(state, dict):
            return
        known = {
            key: value
            for key, value in state.items()
            if key != "messages" and not str(key).startswith("__") and not is_messages(value)
        }
        whole = all_well_formed(plain(known))
        told = {key: value for key, value in whole.items() if value not in _EMPTY or key in self._told}
        if told != self._told and len(msgspec.json.encode(told)) <= _MOST:
            self._told = told
            self._put(StateSnapshot(timestamp=self._now(), snapshot=told))
