"""Names of moments in a recording: what a user writes, and how many events are applied there.

    0:12, 12.5     a time from the start, as `h:mm:ss` or in seconds
    50%            a share of the length
    event:175      after so many events
    turn:2         where a turn has just begun; so `step:2.1` (turn, step) and `call:NAME`
    end            after the last event

A call is named by its id, by its tool's name, or by `NAME#2` where a tool was called more than once. Pure.
"""

import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from itertools import pairwise

from agent.errors import UsageError
from agent.events import types as ev
from agent.figures import plural
from agent.recordings.recording import Recording

__all__ = ["MOMENTS", "call_number", "event_at", "parse_time", "position_of", "step_at"]

MOMENTS = "0:12, 50%, event:175, turn:2, step:2.1, call:ID or NAME#2, or end"
"""What a moment can be, for people."""

_CLOCK = re.compile(r"(?:(?P<hours>\d+):(?=\d+:))?(?:(?P<minutes>\d+):)?(?P<seconds>\d+(?:\.\d*)?|\.\d+)\s*s?")
_SHARE = re.compile(r"(\d+(?:\.\d*)?|\.\d+)\s*%")


def parse_time(text: str) -> float | None:
    """`0:12`, `1:02:03.5` or `12.5` as milliseconds; None where it is none of them."""
    if (moment := _CLOCK.fullmatch(text.strip())) is None:
        return None
    hours, minutes, seconds = (float(moment[name] or 0) for name in ("hours", "minutes", "seconds"))
    return (hours * 3600 + minutes * 60 + seconds) * 1000


def position_of(text: str, recording: Recording) -> int:
    """How many events are applied at a moment, by its name.

    Raises:
        UsageError: it is no moment's name, or there is no such moment.
    """
    name, _, which = text.strip().partition(":")
    if name in _NAMED:
        return _NAMED[name](which.strip(), recording)
    if text.strip() == "end":
        return len(recording)
    timeline = recording.timeline
    if share := _SHARE.fullmatch(text.strip()):
        part = float(share[1]) / 100
        if part <= 1:
            return bisect_right(timeline, part * (timeline[-1] if timeline else 0.0))
    elif (time := parse_time(text)) is not None and math.isfinite(time):
        return bisect_right(timeline, time)
    raise UsageError(f"{text!r} is no moment; one is {MOMENTS}")


def call_number(which: str, recording: Recording) -> int:
    """The number of the event, from 0, that begins a call, by the call's id, its tool's name or `NAME#2`.

    Raises:
        UsageError: there is no such call.
    """
    starts: list[tuple[int, str, str]] = []
    for number in recording.marks.calls:
        event = recording.events[number]
        if isinstance(event, ev.ToolCallStart | ev.ToolCallChunk):
            starts.append((number, event.tool_call_id or "", event.tool_call_name or ""))
    for number, call_id, _tool in starts:
        if call_id == which:
            return number
    tool, _, place = which.rpartition("#")
    wanted = int(place) if tool and place.isdecimal() else 1
    named = [number for number, _id, name in starts if name == (tool if tool and place.isdecimal() else which)]
    if 1 <= wanted <= len(named):
        return named[wanted - 1]
    known = ", ".join(dict.fromkeys(name for _number, _id, name in starts if name)) or "none"
    raise UsageError(f"there is no call {which!r}; the tools that were called: {known}")


def event_at(recording: Recording, moment: float, near: int = 0) -> int:
    """The number of the last event that had come at a moment, in ms since the epoch; 0 where none had.

    Where a clock was set back meanwhile, a moment may have been more than once: of the events that tell it, else of
    those after which it lay, it is the first from the event number `near` on, else the nearest before that.
    """
    told, count = recording.events.moment, len(recording)
    if not count:
        return 0
    passed = recording.timeline[count - 1] - recording.timeline[0]
    if passed - (told(count - 1) - told(0)) < 1.0:  # time never fell, or the timeline were longer
        return max(bisect_right(range(count), moment, key=told) - 1, 0)
    moments = [told(number) for number in range(count)]
    places = [number for number, one in enumerate(moments) if one == moment] or [
        number
        for number, (one, after) in enumerate(pairwise([*moments, math.inf]))
        if one <= moment and not one <= after <= moment
    ]
    return min(places, key=lambda number: (number < near, abs(number - near)), default=0)


def step_at(recording: Recording, position: int) -> str:
    """In which step a moment lies, as `step:` names it: `2.1`; a turn alone before its first, else empty."""
    turns, steps = recording.marks.turns, recording.marks.steps
    if not (turn := bisect_left(turns, position)):
        return ""
    step = bisect_left(steps, position) - bisect_left(steps, turns[turn - 1])
    return f"{turn}.{step}" if step else str(turn)


def _event(which: str, recording: Recording) -> int:
    return _counted(which, len(recording), "event")


def _turn(which: str, recording: Recording) -> int:
    turns = recording.marks.turns
    return turns[_counted(which, len(turns), "turn", first=1) - 1] + 1


def _step(which: str, recording: Recording) -> int:
    turn, dot, number = which.partition(".")
    if not dot:
        turn, number = "1", which
    turns, steps = recording.marks.turns, recording.marks.steps
    place = _counted(turn, len(turns), "turn", first=1)
    end = turns[place] if place < len(turns) else len(recording)
    first, last = bisect_left(steps, turns[place - 1]), bisect_left(steps, end)
    return steps[first + _counted(number, last - first, "step", first=1, turn=place) - 1] + 1


def _call(which: str, recording: Recording) -> int:
    return call_number(which, recording) + 1


_NAMED: dict[str, Callable[[str, Recording], int]] = {"event": _event, "turn": _turn, "step": _step, "call": _call}


def _counted(text: str, most: int, noun: str, *, first: int = 0, turn: int | None = None) -> int:
    """A number from `first` to `most`; of what is in a `turn`, where one is given."""
    if text.isdecimal() and first <= int(text) <= most:
        return int(text)
    there = f"there {'is' if most == 1 else 'are'} {plural(most, noun)}"
    if turn is None:
        raise UsageError(f"there is no {noun} {text}; {there}")
    raise UsageError(f"there is no {noun} {turn}.{text}; {there} in that turn")
