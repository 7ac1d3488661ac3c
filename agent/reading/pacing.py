"""When the events of a recording fall due: pure maps from recorded moments to a player's time. Knows no clock.

Two maps stand one behind the other. `Pace` turns the timestamps of a stream, missing and crooked ones too, into
milliseconds from its start that never run backwards. `PlayedTimes` shortens the pauses among them, and where a
recording is played paced it gives everything that is said the time that it takes at so many words a minute: no event is
parted for that, and none is told another moment.
"""

from array import array
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any, cast

from agent.events import types as ev
from agent.events.types import Event

__all__ = ["PACE_MS", "UNASKED", "WORDS_A_MINUTE", "Pace", "Paced", "PlayedTimes", "signs_said"]

PACE_MS = 20.0
"""Milliseconds between two events of a stream that does not say when they came."""
WORDS_A_MINUTE = 60_000 / PACE_MS
"""The pace of what has no times, unless another is asked for: that of a model's tokens, a word each."""
_SIGNS_A_WORD = 6
"""Five letters and a blank, as typing is counted (https://en.wikipedia.org/wiki/Words_per_minute)."""
_SKIMMED = 600
"""Signs of arguments and results that are read, at most: they are looked at, and seldom read to their end."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Paced:
    """How a recording is played that tells no times, or is not to be played by them."""

    words: float = WORDS_A_MINUTE
    """Words a minute."""
    is_asked: bool = False
    """Whether what has times is played so too."""
    cuts_pauses: bool = False
    """Whether the recorded pauses are left out then; else what is said takes as long as it did, and no less than it
    takes to be read."""

    @property
    def words_shown(self) -> str:
        """The same for people, as it stands behind what the times are worth."""
        return f"paced at {self.words:,g} words a minute{', pauses cut' if self.cuts_pauses else ''}"


UNASKED = Paced()
"""How a recording is played where nothing else is asked for."""


def signs_said(events: Sequence[Event]) -> "array[int]":
    """For each event how many signs of it there are to be read."""
    counts = map(_COUNTS.get, map(type, events))
    return array("I", [0 if count is None else count(event) for event, count in zip(events, counts, strict=True)])


def _signs_asked(event: ev.RunStarted) -> int:
    asked = event.input.messages[-1].content if event.input and event.input.messages else None
    return len(asked) if isinstance(asked, str) else 0


def _signs_written(event: ev.TextMessageContent | ev.ReasoningMessageContent | ev.ThinkingTextMessageContent) -> int:
    return len(event.delta)


def _signs_of_chunk(event: ev.TextMessageChunk | ev.ReasoningMessageChunk) -> int:
    return len(event.delta or "")


def _signs_skimmed(event: Any) -> int:
    return min(len(event.delta or ""), _SKIMMED)


def _signs_given(event: ev.ToolCallResult) -> int:
    return min(len(event.content), _SKIMMED)


_COUNTS: dict[type[Event], Callable[[Any], int]] = {
    ev.RunStarted: _signs_asked,
    ev.TextMessageContent: _signs_written,
    ev.TextMessageChunk: _signs_of_chunk,
    ev.ReasoningMessageContent: _signs_written,
    ev.ReasoningMessageChunk: _signs_of_chunk,
    ev.ThinkingTextMessageContent: _signs_written,
    ev.ToolCallArgs: _signs_skimmed,
    ev.ToolCallChunk: _signs_skimmed,
    ev.ToolCallResult: _signs_given,
}


class PlayedTimes:
    """A timeline as it is played: its pauses shortened to a limit, what is said given its time. Within a pause time
    runs that much faster or slower, so nothing jumps."""

    def __init__(
        self,
        recorded: "array[float]",
        limit: float | None,
        said: "array[int] | None" = None,
        paced: Paced = UNASKED,
        *,
        is_dated: bool = True,
    ) -> None:
        """`recorded` is a timeline in ms, which may grow; `limit` is in ms, None shortens nothing. `said` counts the
        signs of each event, where it is to be `paced`, None where it is not; `is_dated` is whether the timeline is a
        recorded one, and not of a pace of our own."""
        self.recorded = recorded
        self.limit = limit
        self._said = said
        self._ms_a_sign = 0.0 if said is None else 60_000 / paced.words / _SIGNS_A_WORD
        if is_dated:
            self._share = 0.0 if said is not None and paced.cuts_pauses else 1.0
        else:
            self._share = WORDS_A_MINUTE / paced.words
        self._played = array("d")

    @property
    def times(self) -> "array[float]":
        """The played timeline, in ms, one per event."""
        if self.limit is None and not self._ms_a_sign and self._share == 1.0:
            return self.recorded
        have = len(self._played)
        if have < len(self.recorded):
            first = max(have - 1, 0)
            start = self._played[-1] if have else 0.0
            recorded, share = self.recorded[first:], self._share
            gaps = [(after - before) * share for before, after in pairwise(recorded)]
            if (limit := self.limit) is not None:
                gaps = [min(gap, limit) for gap in gaps]
            if (said := self._said) is not None and (pace := self._ms_a_sign):
                gaps = [max(gap, signs * pace) for gap, signs in zip(gaps, said[first:], strict=False)]
            played = accumulate(gaps, initial=start)
            self._played.extend(played if not have else list(played)[1:])
        return self._played

    def to_recorded(self, time: float) -> float:
        """The recorded time, in ms, at a played one; beyond the ends time runs as recorded."""
        return _mapped(time, self.times, self.recorded)

    def from_recorded(self, time: float) -> float:
        """The played time, in ms, at a recorded one; the other way round of `to_recorded`."""
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
