"""The clock that both sides of a comparison stand on: it stands still, plays, or goes along with what grows.

It knows time and two recordings, draws nothing and takes no keys. Where both stand at a time is
`agent.recordings.comparing.aligning`'s to say.
"""

from collections.abc import Callable
from typing import Literal

from agent.recordings.comparing.aligning import Alignment, Together
from agent.recordings.player import SPEEDS
from agent.recordings.recording import Recording

__all__ = ["SharedClock"]

_IDLE_LIMIT = 2_000.0
"""The longest pause, in ms: what lies between two turns is no difference."""
_FINITE = [speed for speed in SPEEDS if speed != float("inf")]


class SharedClock:
    """Of two recordings; all times are milliseconds from its start."""

    def __init__(self, left: Recording, right: Recording, now: Callable[[], float]) -> None:
        """`now` gives seconds, never falling."""
        self._recordings = left, right
        self._now = now
        self._together = Together(left, right, idle_limit=_IDLE_LIMIT)
        self._time = 0.0
        """Where it stood when it was last set."""
        self._since: float | None = None
        """When that was, while it plays."""
        self.alignment: Alignment = "time"
        self.speed = 1.0

    @property
    def length(self) -> float:
        """When both are at their ends."""
        return self._together.length

    @property
    def is_playing(self) -> bool:
        """Whether it goes on by itself."""
        return self._since is not None

    @property
    def time(self) -> float:
        """Where it stands now."""
        if self._since is None:
            return self._time
        return min(self._time + (self._now() - self._since) * 1000 * self.speed, self.length)

    def set(self, time: float) -> None:
        """Stand there, and play on where it plays."""
        self._time = min(max(time, 0.0), self.length)
        self._since = self._now() if self._since is not None else None

    def play(self) -> None:
        """Go on from here; at the end, from the start."""
        self._time = 0.0 if self._time >= self.length else self._time
        self._since = self._now()

    def pause(self) -> None:
        """Stand still."""
        self._time, self._since = self.time, None

    def change_speed(self, direction: int) -> None:
        """The next lower or higher speed."""
        time = self.time
        number = _FINITE.index(self.speed) + direction
        self.speed = _FINITE[min(max(number, 0), len(_FINITE) - 1)]
        self.set(time)

    def align(self) -> None:
        """By time where it was step by step, and the other way round; the left stands where it did."""
        position = self.positions()[0]
        self.alignment = "step" if self.alignment == "time" else "time"
        self._together = Together(*self._recordings, self.alignment, idle_limit=_IDLE_LIMIT)
        self.set(self._together.clock_at(0, position - 1) if position else 0.0)

    def grow(self) -> None:
        """Take in what has come of a recording that grows."""
        self._together.grow()

    def positions(self) -> tuple[int, int]:
        """How many events of each are applied now."""
        return self._together.positions(self.time)

    def of(self, side: Literal[0, 1], moment: float, near: int = 0) -> float:
        """The time at which a side stands at a moment, in ms since the epoch; where that was more than once, from the
        event number `near` on."""
        return self._together.clock_of(side, moment, near)

    def newest(self, side: Literal[0, 1]) -> float:
        """The time at which a side stands at the last event that has come of it."""
        return self._together.clock_at(side, max(len(self._recordings[side]) - 1, 0))

    def steps(self) -> list[float]:
        """When the steps of the left begin, in order."""
        return [self._together.clock_at(0, number) for number in self._recordings[0].marks.steps]
