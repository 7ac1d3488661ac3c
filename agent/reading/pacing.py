"""When the events of a recording fall due: pure maps from recorded moments to a player's time. Knows no clock.

Two maps stand one behind the other. `Pace` turns the timestamps of a stream, missing and crooked ones too, into
milliseconds from its start that never run backwards. `IdleLimit` shortens the pauses among them.
"""

from array import array
from bisect import bisect_right
from itertools import accumulate, pairwise, repeat
from typing import cast

from agent.events.types import Event

__all__ = ["PACE_MS", "IdleLimit", "Pace"]

PACE_MS = 20.0
"""Milliseconds between two events of a stream that does not say when they came."""
_HELD = 4_096
"""Events without a moment that are held back, at most, until one with a moment tells where they lie."""


class Pace:
    """Gives every event a place on the timeline, as they come.

    Events without a timestamp are spread evenly between the known ones around them; before the first known one, and
    where none follows, they are `PACE_MS` apart. That is how they are played, and nothing that they tell: the events
    stay as they came. A moment before the one that preceded it counts as the same: a clock was set.
    """

    def __init__(self) -> None:
        self.is_dated = False
        """Whether any event said when it came; without, the moments are counted from the epoch."""
        self._held: list[Event] = []
        self._last: float | None = None
        """The moment of the last event that was placed."""
        self._offset = 0.0

    def place(
        self, events: list[Event], *, is_last: bool = False
    ) -> "tuple[list[Event], array[float], array[float] | None]":
        """The events that can be placed now, in order, and their times in ms from the start; others are held back.

        Behind them where they were placed, in ms since the epoch, where any does not tell. `is_last` places all:
        nothing is known to follow.
        """
        start = self._last
        told = [event.timestamp for event in events]
        if not self._held and None not in told:
            if told:
                self._last, self.is_dated = told[-1], True
            return events, self._times(cast("list[float]", told), start), None
        placed: list[Event] = []
        moments = array("d")
        for event in events:
            moment = event.timestamp
            if moment is None:
                self._held.append(event)
                if len(self._held) >= _HELD:
                    self._spread(None, placed, moments)
            else:
                self._spread(moment, placed, moments)
                self._last, self.is_dated = moment, True
                placed.append(event)
                moments.append(moment)
        if is_last:
            self._spread(None, placed, moments)
        return placed, self._times(moments.tolist(), start), moments

    def _spread(self, following: float | None, placed: list[Event], moments: "array[float]") -> None:
        """Place the events that were held back."""
        held, self._held = self._held, []
        if not held:
            return
        gap, start = PACE_MS, self._last
        if start is None:
            start = following - gap * (len(held) + 1) if following is not None else -gap
        elif following is not None:
            gap = max(following - start, 0.0) / (len(held) + 1)
        placed += held
        moments.extend(start + gap * number for number in range(1, len(held) + 1))
        self._last = moments[-1]

    def _times(self, moments: list[float], start: float | None) -> "array[float]":
        """The times of events of known moments; `start` is the moment of the one before them."""
        if not moments:
            return array("d")
        before = moments[0] if start is None else start
        shift = self._offset - before
        if moments[0] + shift < self._offset or moments != sorted(moments):
            gaps = (max(later - earlier, 0.0) for earlier, later in pairwise([before, *moments]))
            times = array("d", accumulate(gaps, initial=self._offset))[1:]
        else:
            shift = int(shift) if shift.is_integer() else shift  # small whole numbers are the quickest to store
            times = array("d", [moment + shift for moment in moments])
        self._offset = times[-1]
        return times


class IdleLimit:
    """Pauses longer than a limit are shortened to it; time within one runs that much faster, so nothing jumps."""

    def __init__(self, recorded: "array[float]", limit: float | None) -> None:
        """`recorded` is a timeline in ms, which may grow; `limit` is in ms, None shortens nothing."""
        self.recorded = recorded
        self.limit = limit
        self._limited = array("d")

    @property
    def times(self) -> "array[float]":
        """The shortened timeline, in ms, one per event."""
        if self.limit is None:
            return self.recorded
        have = len(self._limited)
        if have < len(self.recorded):
            start = self._limited[-1] if have else 0.0
            recorded = self.recorded[max(have - 1, 0) :]
            gaps = (after - before for before, after in pairwise(recorded))
            shortened = accumulate(map(min, gaps, repeat(self.limit)), initial=start)
            self._limited.extend(shortened if not have else list(shortened)[1:])
        return self._limited

    def to_recorded(self, time: float) -> float:
        """The recorded time, in ms, at a shortened time; beyond the ends time runs as recorded."""
        return _mapped(time, self.times, self.recorded)

    def from_recorded(self, time: float) -> float:
        """The shortened time, in ms, at a recorded time; the other way round of `to_recorded`."""
        return _mapped(time, self.recorded, self.times)


def _mapped(time: float, source: "array[float]", target: "array[float]") -> float:
    """`time` carried from one timeline to the other, straight between two events."""
    place = bisect_right(source, time)
    if place == 0:
        return time
    start = target[place - 1]
    if place == len(source):
        return start + time - source[place - 1]
    share = (time - source[place - 1]) / (source[place] - source[place - 1])
    return start + share * (target[place] - start)
