"""The laws of the player: a seek is a fold, nothing is lost or late, and time is what the timeline says."""

import asyncio
import math
import os
from bisect import bisect_right
from collections.abc import Callable
from contextlib import aclosing
from itertools import cycle, pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.conversation.reducer import Conversation
from agent.events import types as ev
from agent.events import wire
from agent.recordings.player import SPEEDS, LoopClock, Player
from agent.recordings.recording import Recording
from tests.agent.playing import VirtualClock, deep, texts_at
from tests.agent.strategies import FEWER, conversations, cut_runs

SPEED = st.sampled_from([0.3, *SPEEDS])
LIMIT = st.sampled_from([None, 0.001, 0.02, 5.0])


def _player(events: list[ev.Event], **options: Any) -> Player:
    return Player(Recording.of(events), VirtualClock(), **options)


async def _played(player: Player, count: int) -> list[ev.Event]:
    """The next `count` events that come by themselves, or all that there are; it is paused then."""
    player.play()
    events: list[ev.Event] = []
    async with aclosing(player.events()) as source:  # type: ignore[type-var]  # an async generator, as it is written
        async for event in source:
            events.append(event)
            if len(events) >= count:
                player.pause()
                break
    return events


# Seeking

JUMPS: dict[str, Callable[[Player, float], None]] = {
    "seek": lambda player, share: player.seek(share * player.length * 1.2 - 1),
    "seek_fraction": lambda player, share: player.seek_fraction(share),
    "seek_event": lambda player, share: player.seek_event(round(share * len(player.recording))),
    "forward": lambda player, share: player.forward(share * 100),
    "back": lambda player, share: player.back(share * 100),
    "next_event": lambda player, _: player.next_event(),
    "previous_event": lambda player, _: player.previous_event(),
    "next_turn": lambda player, _: player.next_turn(),
    "previous_turn": lambda player, _: player.previous_turn(),
    "next_step": lambda player, _: player.next_step(),
    "previous_step": lambda player, _: player.previous_step(),
    "next_call": lambda player, _: player.next_call(),
    "previous_call": lambda player, _: player.previous_call(),
    "slower": lambda player, _: player.slower(),
    "faster": lambda player, _: player.faster(),
}
MOVES = st.lists(
    st.tuples(st.sampled_from(sorted(JUMPS)), st.floats(0, 1))
    | st.tuples(st.just("play"), st.integers(1, 30))
    | st.tuples(st.just("limit"), LIMIT)
    | st.tuples(st.just("speed"), SPEED),
    max_size=8,
)


@FEWER
@given(cut_runs() | conversations(), MOVES)
async def test_wherever_it_goes_the_state_is_that_of_a_straight_fold(
    events: list[ev.Event], moves: list[tuple[str, Any]]
) -> None:
    player = _player(events)
    shown, seeks = player.fold(), player.seeks
    for name, value in moves:
        before = player.position
        if name == "play":
            was_at_end = player.at_end
            for event in await _played(player, value):
                if player.seeks != seeks:  # it began anew
                    shown, seeks, before = Conversation(), player.seeks, 0
                shown.apply(event)
            assert player.position - before <= value
            assert was_at_end or player.position > before
        elif name == "limit":
            player.idle_limit = value
        elif name == "speed":
            player.set_speed(value)
        else:
            JUMPS[name](player, value)
        if player.seeks != seeks:
            shown, seeks = player.fold(), player.seeks
        straight = deep(Conversation(player.recording.events[: player.position]))
        assert deep(shown) == straight, "what was folded at the last jump and gone on with"
        assert deep(player.fold()) == straight, "what is folded now"


@given(conversations(), st.data())
def test_whole_runs_are_folded_once_and_shared(events: list[ev.Event], data: st.DataObject) -> None:
    player = _player(events)
    player.seek_fraction(1)
    whole = player.fold().runs
    for _ in range(3):
        player.seek_event(data.draw(st.integers(0, len(events))))
        for folded, first in zip(player.fold().runs, whole, strict=False):
            assert (folded is first) is not folded.is_open


@given(conversations(), st.floats(-1e3, 1e6), LIMIT)
def test_a_seek_goes_to_that_time_and_applies_all_that_came_until_then(
    events: list[ev.Event], time: float, limit: float | None
) -> None:
    player = _player(events, idle_limit=limit)
    player.seek(time)
    assert player.time == min(max(time, 0.0), player.length)
    times = [player.time_of(number) for number in range(len(events))]
    assert player.position == bisect_right(times, player.time)


@given(conversations(), st.data())
def test_a_step_applies_one_event_and_a_step_back_takes_it_back(events: list[ev.Event], data: st.DataObject) -> None:
    player = _player(events)
    position = data.draw(st.integers(0, len(events)))
    player.seek_event(position)
    assert player.position == position
    player.next_event()
    assert player.position == min(position + 1, len(events))
    player.previous_event()
    player.previous_event()
    assert player.position == max(min(position, len(events) - 1) - 1, 0)


@given(conversations(), st.data())
def test_jumps_along_the_marks_stop_right_behind_each_in_both_directions(
    events: list[ev.Event], data: st.DataObject
) -> None:
    player = _player(events)
    kinds: list[tuple[type[ev.Event], Callable[[], None], Callable[[], None]]] = [
        (ev.RunStarted, player.next_turn, player.previous_turn),
        (ev.StepStarted, player.next_step, player.previous_step),
        (ev.ToolCallStart, player.next_call, player.previous_call),
    ]
    kind, forward, back = data.draw(st.sampled_from(kinds))
    stops = [number + 1 for number, event in enumerate(events) if isinstance(event, kind)]
    seen = []
    for _ in stops:
        forward()
        seen.append(player.position)
    assert seen == stops
    forward()
    assert player.position == len(events)
    seen = []
    for _ in stops:
        back()
        seen.append(player.position)
    expected = [stop for stop in reversed(stops) if stop < len(events)]
    assert seen[: len(expected)] == expected
    back()
    assert player.position == 0


# Playing


@given(conversations(), SPEED, LIMIT, st.lists(st.floats(0, 0.1), min_size=1, max_size=5))
async def test_all_events_come_once_in_order_whatever_is_done_meanwhile(
    events: list[ev.Event], speed: float, limit: float | None, jitter: list[float]
) -> None:
    player = Player(Recording.of(events), VirtualClock(cycle(jitter)), speed=speed, idle_limit=limit)

    def limit_pauses() -> None:
        player.idle_limit = 0.01

    controls = cycle([player.slower, player.pause, player.faster, player.toggle, limit_pauses])
    player.play()
    seen: list[ev.Event] = []
    while not player.at_end:
        player.play()
        async for event in player.events():
            seen.append(event)
            assert player.position == len(seen)
            if len(seen) % 7 == 0 and not player.at_end:  # at the end, playing would begin anew
                before = player.moment
                control = next(controls)
                control()
                assert math.isclose(player.moment, before, abs_tol=1e-3), "no control moves the time"
    assert seen == [*player.recording.events]
    assert not player.playing
    assert player.time == player.length


@given(conversations(), SPEED, LIMIT)
async def test_each_event_comes_at_its_time(events: list[ev.Event], speed: float, limit: float | None) -> None:
    clock = VirtualClock()
    player = Player(Recording.of(events), clock, speed=speed, idle_limit=limit)
    player.play()
    start = clock.now()
    async for _ in player.events():
        due = player.time_of(player.position - 1)
        assert math.isclose(clock.now() - start, due / 1_000 / speed, abs_tol=1e-6)
        assert math.isclose(player.time, due, abs_tol=1e-3)


async def test_lateness_is_never_handed_on() -> None:
    jitter = [0.0, 0.030, 0.004, 0.016]
    clock = VirtualClock(cycle(jitter))
    player = Player(Recording.of(texts_at(*(1_000 + 20 * n for n in range(3_001)))), clock)
    player.play()
    start = clock.now()
    late = [clock.now() - start - player.time_of(player.position - 1) / 1_000 async for _ in player.events()]
    assert len(late) == 3_001
    assert player.time == 60_000
    assert max(late) <= max(jitter) + 1e-6
    assert min(late) >= -1e-6


async def test_a_pause_gives_what_was_due_by_then_and_no_more() -> None:
    clock = VirtualClock()
    player = Player(Recording.of(texts_at(0, 10, 20, 30, 1_000)), clock)
    player.play()
    seen = 0
    async for _ in player.events():
        seen += 1
        if seen == 1:
            clock.moment += 0.025
            player.pause()
    assert (seen, player.position, round(player.time, 6), player.playing) == (3, 3, 25, False)
    assert [event async for event in player.events()] == [], "it stands still"


async def test_stepping_among_events_of_one_moment_stays_where_it_is() -> None:
    player = _player(texts_at(0, 10, 10, 10, 20))
    player.seek_event(2)
    assert [event async for event in player.events()] == []
    assert (player.position, player.time) == (2, 10)
    assert len(await _played(player, 99)) == 3


async def test_a_jump_ends_the_events_of_before_and_goes_on_playing() -> None:
    player = _player(texts_at(*range(0, 1_000, 10)))
    player.play()
    async for _ in player.events():
        if player.position == 5:
            player.seek_event(50)
    assert player.playing
    assert player.position == 50
    assert [event async for event in player.events()] == player.recording.events[50:]


async def test_playing_from_the_end_begins_anew() -> None:
    player = _player(texts_at(0, 10))
    player.seek_fraction(1)
    assert player.at_end
    assert len(await _played(player, 99)) == 2
    assert player.at_end


class _Still:
    """A clock that stands still."""

    def now(self) -> float:
        return 0.0

    async def wait(self, woken: asyncio.Event, until: float | None) -> None:
        await woken.wait()


@pytest.mark.parametrize("speed", [1.0, 4.0])
async def test_at_the_edge_of_what_comes_live_nothing_is_held_back(speed: float) -> None:
    """Else one event that is late would make all that follow it as late."""
    out, into = os.pipe()
    with os.fdopen(out, "rb") as pipe, os.fdopen(into, "wb", 0) as writer:
        recording = Recording(pipe)
        player = Player(recording, _Still(), speed=speed)
        lines = [wire.encode(event) + b"\n" for event in texts_at(0, 5_000, 60_000)]
        loading = asyncio.create_task(recording.load())
        player.play()
        writer.write(lines[0])
        seen = 0
        async for _ in player.events():
            seen += 1
            if seen < len(lines):
                writer.write(lines[seen])
            else:
                writer.close()
        await loading
    assert (seen, player.at_end) == (len(lines), True)


async def test_a_flood_lets_the_loop_do_other_things() -> None:
    player = Player(Recording.of(texts_at(*range(20_000))), LoopClock(), speed=math.inf)
    player.play()
    turns = 0

    async def other() -> None:
        nonlocal turns
        while not player.at_end:
            turns += 1
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as group:
        group.create_task(other())
        last = 0.0
        async for event in player.events():
            for _ in range(20):
                last += hash(event.timestamp)
    assert turns > 2


async def test_the_loops_own_clock_waits_and_is_woken() -> None:
    clock, woken = LoopClock(), asyncio.Event()
    start = clock.now()
    await clock.wait(woken, start + 0.01)
    assert clock.now() >= start + 0.009
    asyncio.get_running_loop().call_soon(woken.set)
    await clock.wait(woken, None)
    await clock.wait(woken, start + 1e6)


# Figures


@given(conversations(), st.data())
def test_the_moment_is_that_of_the_last_event_and_what_has_passed_since(
    events: list[ev.Event], data: st.DataObject
) -> None:
    player = _player(events)
    player.seek_event(data.draw(st.integers(1, len(events))))
    assert player.moment == player.recording.events[player.position - 1].timestamp
    times = [data.draw(st.floats(0, player.length or 1.0)) for _ in range(3)]
    moments = []
    for time in sorted(times):
        player.seek(time)
        moments.append(player.moment)
    assert moments == sorted(moments)


def test_the_moment_runs_through_a_pause_that_is_shortened() -> None:
    player = _player(texts_at(0, 100, 10_100), idle_limit=1.0)
    assert player.length == 1_100
    player.seek(600)
    assert player.moment == 5_100
    player.idle_limit = None
    assert (player.time, player.moment) == (5_100, 5_100)


def test_speeds_stop_at_their_ends() -> None:
    player = _player(texts_at(0))
    seen = [player.speed]
    for _ in SPEEDS:
        player.faster()
        seen.append(player.speed)
    assert seen[-1] == seen[-2] == math.inf
    for _ in SPEEDS:
        player.slower()
    assert player.speed == 0.25
    player.set_speed(3)
    player.faster()
    assert player.speed == 4
    player.set_speed(3)
    player.slower()
    assert player.speed == 2
    assert all(before < after for before, after in pairwise(SPEEDS))


@pytest.mark.parametrize("value", [0, -1, math.nan])
def test_no_speed_and_no_limit_is_nothing_or_less(value: float) -> None:
    player = _player(texts_at(0))
    with pytest.raises(ValueError, match="above zero"):
        player.set_speed(value)
    with pytest.raises(ValueError, match="above zero"):
        player.idle_limit = value


@FEWER
@given(SPEED)
async def test_an_empty_recording_is_at_its_end(speed: float) -> None:
    player = _player([], speed=speed)
    player.play()
    assert [event async for event in player.events()] == []
    assert (player.at_end, player.time, player.length, player.moment) == (True, 0, 0, 0)
    assert player.fold() == Conversation()
