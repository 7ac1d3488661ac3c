"""The player: any recording, exactly as it happened, with every control a player has.

State is a fold over events, so a seek is a fold to another place. The player owns where it stands and when the next
event falls due, by a clock that it is given; it knows no screen, runs nothing, and changes nothing it plays.
"""

import asyncio
import contextlib
import math
from bisect import bisect_left, bisect_right
from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from agent.conversation.reducer import Conversation
from agent.events.types import Event
from agent.reading.pacing import UNASKED, Paced, PlayedTimes
from agent.recordings.moments import event_at
from agent.recordings.recording import Recording

__all__ = ["SPEEDS", "Clock", "LoopClock", "Player"]

SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, math.inf)
"""The speeds that `slower` and `faster` walk; the last plays as fast as possible."""
_BREATH = 0.004
"""Seconds after which a flood of events lets the loop do something else."""
_LOOK = 32
"""Events of a flood between two looks at the clock."""


class Clock(Protocol):
    """What the player knows of time."""

    def now(self) -> float:
        """Seconds, from any moment on; never falling."""

    async def wait(self, woken: asyncio.Event, until: float | None) -> None:
        """Wait until `woken` is set, or until the moment `until`, whichever comes first; None is never."""


class LoopClock:
    """The time of the running loop."""

    def now(self) -> float:
        """Seconds, as the loop counts them."""
        return asyncio.get_running_loop().time()

    async def wait(self, woken: asyncio.Event, until: float | None) -> None:
        """Wait until `woken` is set, or until the moment `until`; None is never."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                await woken.wait()


class Player:
    """Plays a recording. All controls take effect at once, whether or not anyone reads `events`.

    Positions are numbers of events: at position n the first n are applied. Times are milliseconds on the timeline as
    it is played. A position is a function of the time; only stepping can stand among events that came
    at the very same time.

    One thing: where it stands. Every control is a way to stand elsewhere, or to go on at another pace.
    """

    def __init__(
        self,
        recording: Recording,
        clock: Clock,
        *,
        speed: float = 1.0,
        idle_limit: float | None = None,
        paced: Paced = UNASKED,
    ) -> None:
        """`idle_limit` is in seconds; None leaves pauses as they are. Stands before the first event, paused.

        Raises:
            ValueError: the speed or the limit is not above zero.
        """
        self.recording = recording
        self._clock = clock
        self._speed = _positive(speed)
        self._idle_limit = idle_limit
        self.paced = paced
        """How it is played where its times are not, because it tells none, or because that was asked for."""
        self._is_dated = recording.is_dated
        self._map = self._made_map()
        self._position = 0
        self._time = 0.0
        """The time at `_since`; where the time stands still, the time."""
        self._since: float | None = None
        """The clock's moment from which on the time runs; None where it stands still."""
        self._playing = False
        self._is_at_edge = False
        """Whether it has come to the end of one that comes as it happens: then nothing that comes is held back. By its
        deadlines it would be as late as the latest of all events so far."""
        self._seeks = 0
        self._woken = asyncio.Event()
        recording.listeners.append(self._grown)

    # Where it stands

    @property
    def position(self) -> int:
        """How many events are applied."""
        return self._position

    @property
    def time(self) -> float:
        """Where it stands, in ms; it runs on between two events."""
        time = self._time
        if self._since is not None:
            time = min(time + (self._clock.now() - self._since) * 1_000 * self._speed, self.length)
        # What is applied has been, however the arithmetic rounds and however fast it went.
        return max(time, self._map.times[self._position - 1]) if self._position else time

    @property
    def length(self) -> float:
        """The time of the last event, in ms; grows with the recording."""
        times = self._map.times
        return times[-1] if times else 0.0

    @property
    def moment(self) -> float:
        """When this was, in ms since the epoch: what the durations of what is running are counted to. 0 of a recording
        that does not tell."""
        events = self.recording.events
        if not events or not self.recording.is_dated:
            return 0.0
        last = max(self._position - 1, 0)
        since = max(self._map.to_recorded(self.time) - self.recording.timeline[last], 0.0)
        return events.moment(last) + since

    @property
    def playing(self) -> bool:
        """Whether events come by themselves."""
        return self._playing

    @property
    def at_end(self) -> bool:
        """Whether the last event is applied and no more will come."""
        return self.recording.finished and self._position == len(self.recording)

    @property
    def seeks(self) -> int:
        """Grows with every jump: a conversation that was folded before one is not the one to go on with."""
        return self._seeks

    def time_of(self, number: int) -> float:
        """When event `number`, from 0, falls due, in ms."""
        return self._map.times[number]

    # Pace

    @property
    def speed(self) -> float:
        """How much faster than recorded; `math.inf` is as fast as possible."""
        return self._speed

    @property
    def idle_limit(self) -> float | None:
        """The longest pause, in seconds; None leaves pauses as they are."""
        return self._idle_limit

    @idle_limit.setter
    def idle_limit(self, limit: float | None) -> None:
        if limit is not None:
            _positive(limit)
        self._idle_limit = limit
        self._change_map()

    @property
    def is_paced(self) -> bool:
        """Whether it is not played by the recorded times."""
        return len(self.recording) > 0 and (self.paced.is_asked or not self.recording.is_dated)

    def _made_map(self) -> PlayedTimes:
        limit = self._idle_limit
        return self.recording.played(None if limit is None else _positive(limit) * 1_000, self.paced)

    def _change_map(self) -> None:
        """Stand at the same moment on another timeline."""
        recorded = self._map.to_recorded(self.time)
        self._map = self._made_map()
        self._go_from(self._map.from_recorded(recorded))

    def _grown(self) -> None:
        """More of the recording is there; its first moment may be among it."""
        if self.recording.is_dated != self._is_dated:
            self._is_dated = self.recording.is_dated
            self._change_map()
        self._woken.set()

    def set_speed(self, speed: float) -> None:
        """Play at `speed` from here on.

        Raises:
            ValueError: it is not above zero.
        """
        time = self.time
        self._speed = _positive(speed)
        self._go_from(time)

    def slower(self) -> None:
        """The next lower of `SPEEDS`."""
        self.set_speed(SPEEDS[max(bisect_left(SPEEDS, self._speed) - 1, 0)])

    def faster(self) -> None:
        """The next higher of `SPEEDS`."""
        self.set_speed(SPEEDS[min(bisect_right(SPEEDS, self._speed), len(SPEEDS) - 1)])

    def play(self) -> None:
        """Go on from here; at the end, from the start."""
        if self._playing:
            return
        self._playing = True
        if self.at_end:
            self.seek_event(0)
        else:
            self._go_from(self._time)

    def pause(self) -> None:
        """Stand still."""
        time = self.time
        self._playing = False
        self._go_from(time)

    def toggle(self) -> None:
        """Play where it stands still, pause where it plays."""
        if self._playing:
            self.pause()
        else:
            self.play()

    # Jumps

    def seek(self, time: float) -> None:
        """Go to a time, in ms; before the start and behind the end is at them."""
        time = min(max(time, 0.0), self.length)
        self._jump(bisect_right(self._map.times, time), time)

    def seek_moment(self, moment: float) -> None:
        """Go to when this was, in ms since the epoch; the other way round of `moment`. Where the clock was set back
        it may have been more than once: the nearest to here is gone to."""
        if len(self.recording):
            place = event_at(self.recording, moment, max(self._position - 1, 0))
            since = self.recording.timeline[place] + max(moment - self.recording.events.moment(place), 0.0)
            self.seek(self._map.from_recorded(since))

    def seek_fraction(self, fraction: float) -> None:
        """Go to a part of the length, from 0 to 1."""
        self.seek(fraction * self.length)

    def forward(self, ms: float) -> None:
        """Go on by some time."""
        self.seek(self.time + ms)

    def back(self, ms: float) -> None:
        """Go back by some time."""
        self.seek(self.time - ms)

    def seek_event(self, position: int) -> None:
        """Go to where exactly `position` events are applied."""
        position = min(max(position, 0), len(self.recording))
        self._jump(position, self._map.times[position - 1] if position else 0.0)

    def next_event(self) -> None:
        """Apply one more event."""
        self.seek_event(self._position + 1)

    def previous_event(self) -> None:
        """Apply one event less."""
        self.seek_event(self._position - 1)

    def next_turn(self) -> None:
        """Go to where the next turn has just begun; the end where there is none."""
        self._next(self.recording.marks.turns)

    def previous_turn(self) -> None:
        """Go to where this turn has just begun, or the one before it."""
        self._previous(self.recording.marks.turns)

    def next_step(self) -> None:
        """Go to where the next step has just begun; the end where there is none."""
        self._next(self.recording.marks.steps)

    def previous_step(self) -> None:
        """Go to where this step has just begun, or the one before it."""
        self._previous(self.recording.marks.steps)

    def next_call(self) -> None:
        """Go to where the next tool call has just begun; the end where there is none."""
        self._next(self.recording.marks.calls)

    def previous_call(self) -> None:
        """Go to where this tool call has just begun, or the one before it."""
        self._previous(self.recording.marks.calls)

    def _next(self, marks: Sequence[int]) -> None:
        place = bisect_left(marks, self._position)
        self.seek_event(marks[place] + 1 if place < len(marks) else len(self.recording))

    def _previous(self, marks: Sequence[int]) -> None:
        place = bisect_left(marks, self._position - 1)
        self.seek_event(marks[place - 1] + 1 if place else 0)

    def _jump(self, position: int, time: float) -> None:
        self._position = position
        self._seeks += 1
        self._go_from(time)

    def _go_from(self, time: float) -> None:
        """The one place where the time is set: from here on it runs or stands, as the controls say."""
        self._time, self._is_at_edge = time, False
        is_running = self._playing and math.isfinite(self._speed) and self._position < len(self.recording)
        self._since = self._clock.now() if is_running else None
        self._woken.set()

    # What there is to see

    def fold(self) -> Conversation:
        """The state at `position`, to be gone on with by what `events` gives. Whole runs are shared, never copied."""
        return self.recording.state(self._position)

    async def events(self) -> AsyncIterator[Event]:
        """The events from `position` on, as they fall due; those that are due together come without a pause.

        Ends when the player is paused or jumps, and after the last event of a recording that will not grow, where it
        pauses. At the end of one that does it waits, and gives what comes as it comes. One reader at a time.
        """
        seeks, breath = self._seeks, self._clock.now()
        is_playing = self._playing
        while is_playing and self._seeks == seeks:
            self._woken.clear()
            is_playing = self._playing  # one that was paused meanwhile gives what was due by then
            due = self._due()
            while self._position < due and not self._woken.is_set():
                event = self.recording.events[self._position]
                self._position += 1
                yield event
                if self._position % _LOOK == 0 and self._clock.now() - breath > _BREATH:
                    await asyncio.sleep(0)
                    breath = self._clock.now()
            if self._woken.is_set():
                is_playing = True  # look again at what is wanted
            elif self.at_end:
                self.pause()
                return
            elif is_playing:
                await self._clock.wait(self._woken, self._deadline(self._position))
                breath = self._clock.now()

    def _due(self) -> int:
        """How many events are to be applied by now."""
        count = len(self.recording)
        if self._playing and (math.isinf(self._speed) or (self._is_at_edge and self._speed >= 1)):
            return count
        if self._playing and self._since is None and self._position < count:  # it stood at the end, which moved on
            self._go_from(self._map.times[self._position])
            self._woken.clear()
        if self._since is None:
            return bisect_right(self._map.times, self.time)
        # By deadlines, as they are waited for: a time worked out backwards may round to just before them.
        return bisect_right(range(count), self._clock.now(), lo=self._position, key=self._moment_due)

    def _deadline(self, number: int) -> float | None:
        """The clock's moment at which an event falls due; None for one that has not come yet."""
        if number == len(self.recording):
            self._time, self._since = self.time, None  # stands until there is more
            self._is_at_edge = self.recording.is_live
        return None if self._since is None else self._moment_due(number)

    def _moment_due(self, number: int) -> float:
        assert self._since is not None  # noqa: S101 - the time runs
        # From where the time was set, so that the lateness of one event is not handed to the next.
        return self._since + (self._map.times[number] - self._time) / 1_000 / self._speed


def _positive(value: float) -> float:
    if not value > 0:
        raise ValueError(f"{value} is not above zero")
    return value
