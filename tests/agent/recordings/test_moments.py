"""Names of moments: each leads to the place that it names, and what names none says what does."""

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import UsageError
from agent.events import types as ev
from agent.recordings.moments import event_at, position_of, step_at
from agent.recordings.recording import Recording


def _turn(name: str, start: int) -> list[ev.Event]:
    return [
        ev.RunStarted(timestamp=start, thread_id="t", run_id=name),
        ev.StepStarted(timestamp=start, step_name="one"),
        ev.ToolCallStart(timestamp=start + 1_000, tool_call_id=f"{name}-1", tool_call_name="add"),
        ev.ToolCallEnd(timestamp=start + 1_500, tool_call_id=f"{name}-1"),
        ev.StepFinished(timestamp=start + 2_000, step_name="one"),
        ev.StepStarted(timestamp=start + 2_000, step_name="two"),
        ev.ToolCallStart(timestamp=start + 2_500, tool_call_id=f"{name}-2", tool_call_name="look:up"),
        ev.ToolCallEnd(timestamp=start + 3_000, tool_call_id=f"{name}-2"),
        ev.RunFinished(timestamp=start + 4_000, thread_id="t", run_id=name),
    ]


@pytest.fixture(scope="module")
def recording() -> Recording:
    return Recording.of([*_turn("a", 1_000), *_turn("b", 6_000)])


@pytest.mark.parametrize(
    ("name", "position"),
    [
        ("0:00", 2),
        ("1", 3),
        ("0:01.5", 4),
        ("0%", 2),
        ("100%", 18),
        ("end", 18),
        ("event:0", 0),
        ("event:7", 7),
        ("turn:1", 1),
        ("turn:2", 10),
        ("step:2", 6),
        ("step:2.1", 11),
        ("step:2.2", 15),
        ("call:a-2", 7),
        ("call:add", 3),
        ("call:add#2", 12),
        ("call:look:up", 7),
        (" call:look:up#2 ", 16),
    ],
)
def test_a_moment_is_where_its_name_says(recording: Recording, name: str, position: int) -> None:
    assert position_of(name, recording) == position


@given(st.lists(st.integers(-300, 300), min_size=2, max_size=30), st.data())
def test_an_event_is_found_by_its_moment_near_to_it_whatever_the_clock_was_set_to(
    steps: list[int], data: st.DataObject
) -> None:
    moments = list(accumulate(steps, initial=1_700_000_000_000))
    events = [ev.Custom(timestamp=moment, name="note", value=number) for number, moment in enumerate(moments)]
    told = Recording.of(events)
    number = data.draw(st.integers(0, len(events) - 1))
    found = event_at(told, moments[number], number)
    assert moments[found] == moments[number]
    assert told.timeline[found] == told.timeline[number]


def test_the_step_of_a_moment_is_the_one_that_has_begun_last(recording: Recording) -> None:
    assert [step_at(recording, position) for position in (0, 1, 2, 5, 6, 10, 11, 18)] == [
        *("", "1", "1.1", "1.1", "1.2", "2", "2.1", "2.2")
    ]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("soon", "is no moment"),
        ("", "is no moment"),
        ("120%", "is no moment"),
        ("event:19", "there is no event 19; there are 18 events"),
        ("turn:0", "there is no turn 0; there are 2 turns"),
        ("turn:x", "there is no turn x"),
        ("step:2.3", "there is no step 2.3; there are 2 steps in that turn"),
        ("call:multiply", "the tools that were called: add, look:up"),
        ("call:add#3", "there is no call 'add#3'"),
    ],
)
def test_what_is_no_moment_says_what_is(recording: Recording, name: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        position_of(name, recording)


def test_a_recording_without_calls_says_that_there_are_none() -> None:
    empty = Recording.of([ev.RunStarted(timestamp=0, thread_id="t", run_id="r")])
    with pytest.raises(UsageError, match="called: none"):
        position_of("call:add", empty)
