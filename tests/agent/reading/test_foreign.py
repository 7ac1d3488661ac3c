"""Streams that others wrote: whatever they hold, they fold, play and show what they tell."""

from importlib.resources import files
from io import BytesIO
from typing import Any

import pytest
from ag_ui_validate.pytest_plugin import assert_valid_agui

from agent.conversation.items import CallStatus, Interrupt, Message, Reasoning, ToolCall
from agent.conversation.reducer import Conversation
from agent.conversation.run import RunStatus, Step
from agent.events import types as ev
from agent.recordings.forking import cut
from agent.recordings.player import Player
from agent.recordings.recording import Recording
from tests.agent.foreign import agents_stream
from tests.agent.playing import VirtualClock, deep

FIXTURES = files("ag_ui_validate") / "spec" / "fixtures"
VALID = sorted(item.name for item in (FIXTURES / "valid").iterdir() if item.name.endswith(".jsonl"))
INVALID = sorted(item.name for item in (FIXTURES / "invalid").iterdir() if (item / "stream.jsonl").is_file())


def _recorded(data: bytes) -> Recording:
    recording = Recording(BytesIO(data))
    recording.read()
    return recording


async def _played(recording: Recording) -> Conversation:
    """What is shown once all has been played."""
    player = Player(recording, VirtualClock())
    shown = player.fold()
    player.play()
    async for event in player.events():
        shown.apply(event)
    assert player.at_end
    return shown


def _said(conversation: Conversation) -> list[tuple[type[Any], str]]:
    items = [item for run in conversation.runs for item in run.items if not isinstance(item, Interrupt)]
    return [(type(item), item.fragments.text) for item in items]


def _texts(step: Step) -> list[str]:
    return [item.fragments.text for item in step.items if isinstance(item, Message)]


SAID = {
    "agentic-chat.jsonl": [
        (Reasoning, "The user greeted me; respond warmly."),
        (Message, "Hello! How can I help you today?"),
        (Message, "Chunked messages work too."),
    ],
    "agentic-generative-ui.jsonl": [(Message, "All steps complete.")],
    "backend-tool-rendering.jsonl": [
        (Message, "Checking the weather…"),
        (ToolCall, '{"city":"Berlin"}'),
        (Message, "It is 21°C in Berlin."),
    ],
    "human-in-the-loop.jsonl": [
        (Message, "I need your approval to delete 3 files."),
        (ToolCall, '{"action":"delete","count":3}'),
        (Message, "Done — 3 files deleted."),
    ],
    "predictive-state-updates.jsonl": [(ToolCall, '{"document":"Hello world."}'), (Message, "Written.")],
    "shared-state.jsonl": [(Message, "Adding garlic to the recipe.")],
    "tool-based-generative-ui.jsonl": [(ToolCall, '{"topic":"conformance"}')],
}


def test_all_valid_fixtures_are_known_here() -> None:
    assert sorted(SAID) == VALID


@pytest.mark.parametrize("name", VALID)
async def test_every_valid_stream_plays_and_says_all_it_has_to_say(name: str) -> None:
    recording = _recorded((FIXTURES / "valid" / name).read_bytes())
    assert recording.problems == []
    shown = await _played(recording)
    assert _said(shown) == SAID[name]
    assert {run.status for run in shown.runs} == {RunStatus.ANSWERED}
    assert all(run.ended is not None and 0 < run.ended - run.started < 10_000 for run in shown.runs)
    for position in range(len(recording) + 1):
        for complete_calls in (False, True):
            lines = [line.decode() for line in cut(recording, position, complete_calls=complete_calls)]
            assert_valid_agui(lines, max_warnings=0)


@pytest.mark.parametrize("name", INVALID)
async def test_no_invalid_stream_breaks_anything(name: str) -> None:
    recording = _recorded((FIXTURES / "invalid" / name / "stream.jsonl").read_bytes())
    shown = await _played(recording)
    player = Player(recording, VirtualClock())
    for position in range(len(recording) + 1):
        player.seek_event(position)
        assert deep(player.fold()) == deep(Conversation(recording.events[:position]))
        cut(recording, position)
    for run in shown.runs:
        assert run.ended is None or 0 <= run.ended - run.started < 100_000


# A real agent


async def test_a_real_agents_stream_plays_as_it_came() -> None:
    recording = _recorded(await agents_stream())
    assert recording.problems == []
    assert_valid_agui([recording.raw(number).decode() for number in range(len(recording))])
    shown = await _played(recording)
    assert [run.id for run in shown.runs] == ["r", "r#2"], "both came by the same id"
    first = shown.runs[0]
    assert [(call.name, call.fragments.text, call.result, call.status) for call in first.calls] == [
        ("weather", '{"city":"Berlin"}', "Berlin: 21", CallStatus.DONE),
        ("weather", '{"city":"Rome"}', "Rome: 21", CallStatus.DONE),
    ]
    assert (Reasoning, "I should look it up.") in _said(shown)
    assert first.messages[-1].fragments.text == "It is 21 degrees in both."
    assert len(recording.marks.turns) == 2
    assert len(recording.marks.calls) == 3


# What is odd


def _events(*lines: str) -> list[ev.Event]:
    return [*_recorded("\n".join(lines).encode()).events]


def test_a_stream_without_its_beginning_shows_what_it_tells() -> None:
    lines = [
        '{"type":"TEXT_MESSAGE_END","messageId":"before"}',
        '{"type":"TEXT_MESSAGE_CONTENT","messageId":"m","delta":"middle"}',
        '{"type":"TOOL_CALL_ARGS","toolCallId":"c","delta":"1}"}',
        '{"type":"REASONING_MESSAGE_CONTENT","messageId":"n","delta":"hm"}',
    ]
    conversation = Conversation(_events(*lines))
    assert _said(conversation) == [(Message, "middle"), (ToolCall, "1}"), (Reasoning, "hm")]
    end = '{"type":"RUN_FINISHED","threadId":"t","runId":"r"}'
    ended = Conversation(_events(*lines, end, *lines))
    assert _said(ended) == _said(conversation), "what comes after the end is no run's"
    assert ended.runs[0].status is RunStatus.ANSWERED


def test_an_error_alone_is_shown() -> None:
    (run,) = Conversation(_events('{"type":"RUN_ERROR","message":"no key"}')).runs
    assert (run.status, run.error) == (RunStatus.MODEL_ERROR, "no key")


def test_runs_that_go_on_side_by_side_are_told_apart_by_their_ends() -> None:
    start = '{"type":"RUN_STARTED","threadId":"t","runId":"%s"}'
    text = '{"type":"TEXT_MESSAGE_CONTENT","messageId":"%s","delta":"%s"}'
    end = '{"type":"RUN_FINISHED","threadId":"t","runId":"%s"}'
    events = _events(start % "a", text % ("m", "1"), start % "b", text % ("m", "2"), end % "a", text % ("n", "3"))
    conversation = Conversation(events)
    assert [(run.id, run.status) for run in conversation.runs] == [
        ("a", RunStatus.INTERRUPTED),
        ("b", RunStatus.RUNNING),
    ]
    assert [text for _, text in _said(conversation)] == ["1", "2", "3"]
    assert Conversation([*events, *_events(end % "b")]).open_run is None


def test_a_sender_may_end_a_run_by_another_name() -> None:
    lines = ['{"type":"RUN_STARTED","threadId":"t","runId":"a"}', '{"type":"RUN_FINISHED","threadId":"t","runId":"b"}']
    assert Conversation(_events(*lines)).runs[0].status is RunStatus.ANSWERED


def test_sub_agents_are_steps_of_their_names_and_their_items_keep_apart() -> None:
    events = _events(
        '{"type":"RUN_STARTED","threadId":"t","runId":"r"}',
        '{"type":"SUBAGENT_STARTED","subagentRunId":"s1","name":"reader"}',
        '{"type":"TEXT_MESSAGE_START","messageId":"m1","role":"assistant","subagentRunId":"s1"}',
        '{"type":"SUBAGENT_STARTED","subagentRunId":"s2","name":"writer"}',
        '{"type":"TEXT_MESSAGE_START","messageId":"m2","role":"assistant","subagentRunId":"s2"}',
        '{"type":"TEXT_MESSAGE_CONTENT","messageId":"m1","delta":"one","subagentRunId":"s1"}',
        '{"type":"TEXT_MESSAGE_CONTENT","messageId":"m2","delta":"two","subagentRunId":"s2"}',
        '{"type":"SUBAGENT_ERROR","subagentRunId":"s2","message":"lost"}',
        '{"type":"SUBAGENT_FINISHED","subagentRunId":"s1"}',
        '{"type":"SUBAGENT_FINISHED","subagentRunId":"s1"}',
        '{"type":"TEXT_MESSAGE_CONTENT","messageId":"m3","delta":"three"}',
    )
    (run,) = Conversation(events).runs
    told = [(step.name, _texts(step), step.ended is None) for step in run.steps]
    assert told == [("reader", ["one"], False), ("writer", ["two"], False), ("", ["three"], True)]
    assert [notice.text for notice in run.notices] == ["writer failed: lost"]


def test_a_moment_that_is_missing_gives_no_absurd_duration() -> None:
    events = [
        ev.RunStarted(timestamp=1_755_300_000_000, thread_id="t", run_id="r"),
        ev.ToolCallStart(tool_call_id="c", tool_call_name="add"),
        ev.Custom(name=ev.TOOL_STARTED, value={"toolCallId": "c"}),
        ev.ToolCallResult(timestamp=1_755_300_000_100, message_id="m", tool_call_id="c", content="1"),
    ]
    for told in (events, Recording.of(events).events):
        (run,) = Conversation(told).runs
        duration = run.calls[0].duration_ms
        assert duration is not None
        assert 0 < duration <= 100
        assert run.time_to_first_token is not None
        assert 0 <= run.time_to_first_token < 100
