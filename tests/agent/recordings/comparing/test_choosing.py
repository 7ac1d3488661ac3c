"""Turns of a recording: named as a user writes them, and a recording of those alone."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from agent.errors import UsageError
from agent.events import types as ev
from agent.recordings.comparing.choosing import Turns, split_turns, turns_of
from agent.recordings.recording import Recording
from tests.agent.strategies import FEWER, conversations

NUMBERS = st.integers(1, 99)


@given(st.text(), NUMBERS, st.one_of(st.none(), NUMBERS))
def test_what_is_written_is_what_is_read(name: str, first: int, last: int | None) -> None:
    assume(last is None or first <= last)
    turns = Turns(first, last)
    assert split_turns(f"{name}@{turns}") == (name, turns)


@given(st.text())
def test_a_name_without_turns_is_left_as_it_is(name: str) -> None:
    assume("@turn" not in name)
    assert split_turns(name) == (name, None)


@pytest.mark.parametrize("text", ["a@turn:0", "a@turn:3-2", "a@turn:", "a@turn:-2", "a@turn", "a@turn:1--2"])
def test_what_can_name_no_turns_is_told_with_what_does(text: str) -> None:
    with pytest.raises(UsageError, match=r"names no turns of a; write NAME@turn:2"):
        split_turns(text)


@FEWER
@given(st.data(), conversations())
def test_a_recording_of_some_turns_is_the_whole_one_without_the_others(
    data: st.DataObject, events: list[ev.Event]
) -> None:
    recording = Recording.of(events)
    count = len(recording.marks.turns)
    assume(count)
    first = data.draw(st.integers(1, count))
    last = data.draw(st.one_of(st.none(), st.integers(first, count)))
    chosen = turns_of(recording, Turns(first, last))
    end = count if last is None else last
    assert chosen.finished
    assert chosen.state(len(chosen)).runs == recording.state(len(recording)).runs[first - 1 : end]
    begins = [*recording.marks.turns, len(recording)]
    lines = [recording.raw(number) for number in range(begins[first - 1], begins[end])]
    assert [chosen.raw(number) for number in range(len(chosen))] == lines


@FEWER
@given(conversations(), st.integers(1, 9))
def test_turns_that_are_not_there_are_told_with_how_many_are(events: list[ev.Event], more: int) -> None:
    recording = Recording.of(events)
    count = len(recording.marks.turns)
    with pytest.raises(UsageError, match=f"there is no turn {count + more} in .*; it has {count}"):
        turns_of(recording, Turns(count + more, None))
    assert turns_of(recording, None) is recording
