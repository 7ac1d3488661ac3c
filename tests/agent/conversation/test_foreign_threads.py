"""Laws of the fold over threads of others: nothing is lost, nothing is told twice, and every moment is a state."""

import re
from collections import Counter
from io import BytesIO

from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from agent.conversation.items import Interrupt, ToolCall
from agent.conversation.reducer import Conversation
from agent.conversation.run import Run
from agent.recordings.player import Player
from agent.recordings.recording import Recording
from tests.agent.foreign_threads import Told, framed, threads
from tests.agent.playing import VirtualClock, deep
from tests.agent.strategies import FEWER


def _said(run: Run) -> Counter[str]:
    """The words of a turn, wherever they stand."""
    texts = [run.question, *(str(activity.content) for activity in run.activities)]
    texts += [run.error or ""] * (run.status.value == "model_error")
    for item in run.items:
        if isinstance(item, Interrupt):
            texts += [item.asks, item.answer or ""]
        else:
            texts.append(item.fragments.text)
            texts += [item.result or ""] if isinstance(item, ToolCall) else []
    return Counter(re.findall(r"w\d+", "\n".join(texts)))


@given(threads())
def test_every_word_of_a_foreign_thread_is_told_once(told: Told) -> None:
    conversation = Conversation(told.decoded())
    said = sum((_said(run) for run in conversation.runs), Counter[str]())
    assert {word: count for word, count in said.items() if count > 1} == {}
    assert told.words - set(said) == set()


@given(threads())
def test_a_turn_is_a_question_and_its_runs_and_ends_as_the_last_of_them_says(told: Told) -> None:
    conversation = Conversation(told.decoded())
    assert [run.status.value for run in conversation.runs] == told.statuses
    state = conversation.runs[-1].state
    assert (None if state is UNSET else state) == told.state


@given(threads(), st.data())
def test_any_part_of_a_foreign_thread_is_the_state_of_its_moment_however_it_is_folded(
    told: Told, data: st.DataObject
) -> None:
    events = told.decoded()
    one_by_one = Conversation()
    states = [deep(one_by_one)]
    for event in events:
        one_by_one.apply(event)
        assert len([run for run in one_by_one.runs if run.is_open]) == (one_by_one.open_run is not None)
        states.append(deep(one_by_one))
    places = sorted(data.draw(st.lists(st.integers(0, len(events)), max_size=4)))
    at_once = Conversation()
    for start, end in zip([0, *places], [*places, len(events)], strict=True):
        at_once.apply_all(events[start:end])
        assert deep(at_once) == deep(Conversation(events[:end]))
        assert len(at_once.runs) == len(states[end]) - 2
    assert deep(at_once) == states[-1]


@given(threads())
def test_after_its_end_nothing_of_a_foreign_turn_goes_on(told: Told) -> None:
    conversation = Conversation()
    for event in told.decoded():
        conversation.apply(event)
        for run in conversation.runs:
            if run is not conversation.open_run:
                assert not run.is_open
                assert run.ended is not None
                assert all(step.ended is not None for step in run.steps)
                assert not any(call.is_open for call in run.calls)


@FEWER
@given(threads(), st.sampled_from(["lines", "array", "pretty", "sse"]), st.data())
async def test_seeking_and_playing_a_foreign_thread_come_to_what_its_events_do(
    told: Told, framing: str, data: st.DataObject
) -> None:
    recording = Recording(BytesIO(framed(told.events, framing)))
    recording.read()
    events = told.decoded()
    assert recording.problems == []
    assert [*recording.events] == events
    player = Player(recording, VirtualClock())
    for position in data.draw(st.lists(st.integers(0, len(events)), max_size=5)):
        player.seek_event(position)
        assert deep(player.fold()) == deep(Conversation(events[:position]))
    played = Conversation() if player.at_end else player.fold()  # at the end it is played from the start
    player.play()
    async for event in player.events():
        played.apply(event)
    assert deep(played) == deep(Conversation(events))
