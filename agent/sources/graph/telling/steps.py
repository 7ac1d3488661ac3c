"""The steps of a graph's turn, and what its model calls cost. A step is a new message of the graph's own model."""

from collections.abc import Callable

import msgspec

from agent.events.types import Event, StepFinished, StepStarted, TokenUsage
from agent.runs.run import Clock

__all__ = ["Steps"]


class Steps:
    """Those of one turn, one after the other."""

    def __init__(self, put: Callable[[Event], None], now: Clock) -> None:
        self.usage: TokenUsage | None = None
        """Of all model calls together, of sub-agents too."""
        self._put = put
        self._now = now
        self._begun = 0
        """How many, in other runs of the turn too."""
        self._is_open = False
        self._own_usage: TokenUsage | None = None
        """Of the step that is open."""

    def know(self, count: int) -> None:
        """So many more have begun in other runs of the turn."""
        self._begun += count

    def begin(self) -> None:
        """A step begins, which ends the one before."""
        self.end()
        self._begun, self._is_open = self._begun + 1, True
        self._put(StepStarted(timestamp=self._now(), step_name=f"step {self._begun}"))

    def spend(self, usage: TokenUsage, *, is_own: bool) -> None:
        """A model call has cost this; `is_own` where it is the step's."""
        self.usage = usage if self.usage is None else self.usage + usage
        if is_own:
            self._own_usage = usage if self._own_usage is None else self._own_usage + usage

    def end(self) -> None:
        """The step that is open ends, if one is."""
        if self._is_open:
            self._is_open = False
            metadata = None if self._own_usage is None else {"usage": msgspec.to_builtins(self._own_usage)}
            self._put(StepFinished(timestamp=self._now(), metadata=metadata, step_name=f"step {self._begun}"))
            self._own_usage = None
