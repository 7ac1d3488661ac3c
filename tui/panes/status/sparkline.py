"""How fast the tokens of a run came, as a row of bars. Takes each moment once; knows only runs and signs."""

from collections.abc import Sequence

from agent.conversation.items import Interrupt, Message
from agent.conversation.run import Run

__all__ = ["Sparkline"]

_BARS = 12
_FIRST_SPAN = 250.0
"""Milliseconds of one bar at first; doubled whenever the run outgrows the bars."""


class Sparkline:
    """The fragments of one run, counted over time."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._span = _FIRST_SPAN
        self._counts: list[int] = []
        self._seen: dict[tuple[int, int], int] = {}
        """How many fragments of an item were counted, by step number and place in the step."""
        self._first_step = 0
        """Steps before this one are counted for good."""

    def update(self) -> None:
        """Count the fragments that came since the last call."""
        steps = self.run.steps
        for step in steps[self._first_step :]:
            for place, item in enumerate(step.items):
                if isinstance(item, Interrupt) or (isinstance(item, Message) and item.call_id is not None):
                    continue  # nobody wrote it, or it is decoded from a call whose fragments are counted
                key = (step.number, place)  # a sender may call two of them by one id
                seen = self._seen.get(key, 0)
                if seen < len(item.fragments):
                    self._count(item.fragments.times[seen:])
                    self._seen[key] = len(item.fragments)
        self._first_step = max(0, len(steps) - 1)

    def bars(self, signs: str) -> str:
        """One sign per span of time, from the start of the run; a pause is the lowest sign."""
        highest = max(self._counts, default=0)
        if highest == 0:
            return ""
        return "".join(signs[round(count / highest * (len(signs) - 1))] for count in self._counts)

    def _count(self, times: Sequence[float]) -> None:
        start = self.run.started
        while (last := int(max(0.0, max(times) - start) / self._span)) >= _BARS:
            self._span *= 2
            pairs = [*self._counts, 0]
            self._counts = [pairs[n] + pairs[n + 1] for n in range(0, len(self._counts), 2)]
        counts, span = self._counts, self._span
        counts += [0] * (last + 1 - len(counts))
        for time in times:
            counts[int((time - start) / span) if time > start else 0] += 1
