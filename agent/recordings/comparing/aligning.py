"""Two recordings on one clock: by the time since each began, or step by step, where the sooner waits for the other.

A map between three times, all in milliseconds: that of the clock, and that of each recording from its start, long
pauses shortened. Pure; it plays nothing.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Literal

from agent.reading.pacing import PlayedTimes
from agent.recordings.moments import event_at
from agent.recordings.recording import Recording

__all__ = ["Alignment", "Together"]

Alignment = Literal["time", "step"]
Side = Literal[0, 1]
"""Left or right."""


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Where both recordings stand when a stretch of the clock begins."""

    clock: float
    starts: tuple[float, float]
    lengths: tuple[float, float]


class Together:
    """The clock of two recordings, as far as they have been read."""

    def __init__(
        self, left: Recording, right: Recording, alignment: Alignment = "time", *, idle_limit: float | None = None
    ) -> None:
        """`idle_limit` is the longest pause, in ms."""
        self._recordings = left, right
        self._alignment = alignment
        self._maps = tuple(PlayedTimes(recording.timeline, idle_limit) for recording in self._recordings)
        self._stretches: list[_Stretch] = []
        self._clocks: list[float] = []
        self.landmarks: list[float] = []
        """When on the clock steps begin that both have; none by time alone."""
        self.length = 0.0
        """When both are at their ends."""
        self.grow()

    def grow(self) -> None:
        """Take in what has come of them since; the times of what was there before may be later ones by step."""
        ends = tuple(times.times[-1] if len(times.times) else 0.0 for times in self._maps)
        marks = _landmarks(*self._recordings) if self._alignment == "step" else []
        places = [(0.0, 0.0), *((self._time(0, one), self._time(1, other)) for one, other in marks), (ends[0], ends[1])]
        lengths = [(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(places)]
        clocks = accumulate((max(length) for length in lengths), initial=0.0)
        self._stretches = [
            _Stretch(clock, start, length) for clock, start, length in zip(clocks, places, lengths, strict=False)
        ]
        self._clocks = [stretch.clock for stretch in self._stretches]
        self.landmarks = self._clocks[1:]
        last = self._stretches[-1]
        self.length = last.clock + max(last.lengths)

    def _time(self, side: Side, number: int) -> float:
        return self._maps[side].times[number]

    def at(self, clock: float) -> tuple[float, float]:
        """Where both stand at a time of the clock; one that is at the end of a stretch waits there."""
        stretch = self._stretches[max(bisect_right(self._clocks, clock) - 1, 0)]
        since = max(clock - stretch.clock, 0.0)
        left, right = (
            start + min(since, length) for start, length in zip(stretch.starts, stretch.lengths, strict=True)
        )
        return left, right

    def positions(self, clock: float) -> tuple[int, int]:
        """How many events of each are applied at a time of the clock."""
        left, right = (
            bisect_right(times.times, moment) for times, moment in zip(self._maps, self.at(clock), strict=True)
        )
        return left, right

    def clock_of(self, side: Side, moment: float, near: int = 0) -> float:
        """The time of the clock at which a side stands at a moment, in ms since the epoch; where that was more than
        once, from the event number `near` on."""
        recording = self._recordings[side]
        number = event_at(recording, moment, near)
        is_later = number + 1 < len(recording) and recording.events.moment(number) < moment
        return self.clock_at(side, number + is_later)

    def clock_at(self, side: Side, number: int) -> float:
        """The time of the clock at which an event of a side comes, by its number; 0 where it has none."""
        if not len(self._recordings[side]):
            return 0.0
        time = self._time(side, number)
        starts = [stretch.starts[side] for stretch in self._stretches]
        stretch = self._stretches[max(bisect_right(starts, time) - 1, 0)]
        return stretch.clock + time - stretch.starts[side]


def _landmarks(left: Recording, right: Recording) -> list[tuple[int, int]]:
    """The numbers of the events that begin the turns and the steps that both have, in their order."""
    pairs: list[tuple[int, int]] = []
    for one, other in zip(_steps_by_turn(left), _steps_by_turn(right), strict=False):
        pairs += zip(one, other, strict=False)
    return pairs


def _steps_by_turn(recording: Recording) -> list[Sequence[int]]:
    """Of each turn where it and its steps begin."""
    marks = recording.marks
    ends = [*marks.turns[1:], len(recording)][: len(marks.turns)]
    return [
        [turn, *marks.steps[bisect_left(marks.steps, turn) : bisect_left(marks.steps, end)]]
        for turn, end in zip(marks.turns, ends, strict=True)
    ]
