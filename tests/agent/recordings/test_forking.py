"""What is left of a recording that is cut to go on live: what was shown, closed, valid, and fit for a model."""

from itertools import pairwise

import pytest
from ag_ui_validate.pytest_plugin import assert_valid_agui
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import HumanMessage

from agent.conversation.items import CallStatus, Message, Reasoning
from agent.conversation.reducer import Conversation
from agent.conversation.run import Run, RunStatus
from agent.events import types as ev
from agent.events import wire
from agent.recordings.forking import cut, lineage_at, open_calls
from agent.recordings.moments import position_of
from agent.recordings.recording import Recording
from agent.sources.context.history import past_turn
from agent.sources.context.turns import told_runs
from tests.agent.playing import deep
from tests.agent.strategies import conversations


def _texts(run: Run) -> list[tuple[str, str]]:
    items = [item for step in run.steps for item in step.items if isinstance(item, Message | Reasoning)]
    return [(item.id, item.fragments.text) for item in items]


def _folded(lines: list[bytes]) -> Conversation:
    return Conversation(wire.decode(line) for line in lines)


@given(conversations(), st.data())
def test_what_is_cut_is_what_was_shown_closed_and_valid(events: list[ev.Event], data: st.DataObject) -> None:
    recording = Recording.of(events)
    position = data.draw(st.integers(0, len(events)))
    complete = data.draw(st.booleans())
    lines = cut(recording, position, complete_calls=complete)
    empty_deltas_of_others = {"AGUI105": "off"}
    assert_valid_agui([line.decode() for line in lines], max_warnings=0, severity_overrides=empty_deltas_of_others)
    shown, left = Conversation(events[:position]), _folded(lines)
    if shown.open_run is None:
        assert lines == [recording.raw(number) for number in range(position)]
        assert deep(left) == deep(shown)
        return
    assert left.open_run is None
    assert [run.id for run in left.runs] == [run.id for run in shown.runs]
    assert left.runs[:-1] == shown.runs[:-1]
    before, after = shown.runs[-1], left.runs[-1]
    assert after.status is RunStatus.INTERRUPTED
    waiting = {call.id for call in open_calls(recording, position)}
    assert waiting == {call.id for call in before.calls if call.is_open}
    told = [call for call in after.calls if call.id not in waiting]
    assert told == [call for call in before.calls if not call.is_open]
    if not complete:
        assert len(told) == len(after.calls)
        assert _texts(after) == _texts(before)
        calls = {call.id for call in after.calls}
        assert all(message.call_id is None or message.call_id in calls for message in after.messages)
    for run in told_runs(left.runs):
        asked = [message for message in past_turn(run).messages if isinstance(message, HumanMessage)]
        assert bool(asked) is bool(run.question.strip())


@given(conversations(), st.data())
def test_a_call_is_completed_as_far_as_the_recording_tells_of_it(events: list[ev.Event], data: st.DataObject) -> None:
    recording = Recording.of(events)
    position = data.draw(st.integers(0, len(events)))
    waiting = {call.id for call in open_calls(recording, position)}
    left = _folded(cut(recording, position, complete_calls=True))
    whole = {call.id: call for run in Conversation(events).runs for call in run.calls}
    told = {call.id: call for run in left.runs for call in run.calls}
    for name in waiting:
        if whole[name].status is CallStatus.CUT:
            assert name not in told
        else:
            assert told[name].fragments == whole[name].fragments
            assert (told[name].result, told[name].status) == (whole[name].result, whole[name].status)


_CALL = [
    ev.RunStarted(timestamp=1, thread_id="t", run_id="r"),
    ev.StepStarted(timestamp=2, step_name="step 1"),
    ev.ToolCallStart(timestamp=3, tool_call_id="c", tool_call_name="final_answer"),
    ev.ToolCallArgs(timestamp=4, tool_call_id="c", delta='{"answer":"It '),
    ev.TextMessageStart(timestamp=4, message_id="m", role="assistant", metadata={"toolCallId": "c", "own": 1}),
    ev.TextMessageContent(timestamp=4, message_id="m", delta="It "),
    ev.ToolCallArgs(timestamp=5, tool_call_id="c", delta='is"}'),
    ev.TextMessageContent(timestamp=5, message_id="m", delta="is"),
    ev.TextMessageEnd(timestamp=5, message_id="m"),
    ev.ToolCallEnd(timestamp=6, tool_call_id="c"),
    ev.Custom(timestamp=6, name="other", value={"x": 1}),
    ev.ToolCallResult(timestamp=7, message_id="n", tool_call_id="c", content="It is"),
    ev.StepFinished(timestamp=8, step_name="step 1"),
    ev.RunFinished(timestamp=9, thread_id="t", run_id="r"),
]


def test_a_call_left_out_leaves_the_text_that_was_decoded_from_it() -> None:
    recording = Recording.of(_CALL)
    assert [call.name for call in open_calls(recording, 6)] == ["final_answer"]
    left = [wire.decode(line) for line in cut(recording, 6)]
    assert [type(event).__name__ for event in left] == [
        "RunStarted",
        "StepStarted",
        "TextMessageStart",
        "TextMessageContent",
        "TextMessageEnd",
        "StepFinished",
        "RunError",
    ]
    assert left[2].metadata == {"own": 1}
    assert left[-1].timestamp == 4, "the moment of the cut, not of the one who cuts"
    (run,) = Conversation(left).runs
    assert (run.answer_fragments, run.tool_fragments) == (1, 0)


def test_a_completed_call_brings_the_rest_of_its_own_and_nothing_else() -> None:
    left = _folded(cut(Recording.of(_CALL), 6, complete_calls=True))
    (run,) = left.runs
    assert [(call.fragments.text, call.result) for call in run.calls] == [('{"answer":"It is"}', "It is")]
    assert _texts(run) == [("m", "It is")]
    assert (run.status, run.ended) == (RunStatus.INTERRUPTED, 7)


@pytest.mark.parametrize("position", [0, len(_CALL)])
def test_where_no_run_is_open_the_lines_are_as_they_came(position: int) -> None:
    recording = Recording.of(_CALL)
    assert cut(recording, position) == [recording.raw(number) for number in range(position)]
    assert open_calls(recording, position) == []


def test_of_a_stream_without_moments_nothing_gets_one() -> None:
    events: list[ev.Event] = [
        ev.RunStarted(thread_id="t", run_id="r"),
        ev.TextMessageStart(message_id="m"),
        ev.TextMessageContent(message_id="m", delta="x"),
    ]
    left = [wire.decode(line) for line in cut(Recording.of(events), 3)]
    assert [event.timestamp for event in left] == [None] * 5
    assert [type(one) is type(other) for one, other in pairwise(left)] == [False] * 4


def test_calls_told_in_chunks_are_left_out_whole() -> None:
    events: list[ev.Event] = [
        ev.RunStarted(timestamp=1, thread_id="t", run_id="r"),
        ev.ToolCallChunk(timestamp=2, tool_call_id="c", tool_call_name="add", delta="{"),
        ev.ToolCallChunk(timestamp=3, delta="}"),
        ev.ToolCallResult(timestamp=4, message_id="m", tool_call_id="c", content="1"),
    ]
    recording = Recording.of(events)
    assert len(cut(recording, 3)) == 2
    assert len(cut(recording, 3, complete_calls=True)) == 5


@given(conversations(), st.data())
def test_a_lineage_names_the_moment_where_it_was_left_and_the_run_that_it_lies_in(
    events: list[ev.Event], data: st.DataObject
) -> None:
    recording = Recording.of(events)
    position = data.draw(st.integers(0, len(events)))
    lineage = lineage_at(recording, position, branch="what-if", session="s", patch=["model=x"])
    assert position_of(lineage.moment, recording) == position
    runs = Conversation(events[:position]).runs
    assert lineage.run == (runs[-1].id if runs else None)
    assert (lineage.branch, lineage.session, lineage.patch) == ("what-if", "s", ("model=x",))
