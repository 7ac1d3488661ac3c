"""The JSON export holds every text and reads back anywhere."""

import json
from typing import Any

import pytest
from hypothesis import given

from agent.conversation.items import Message, Reasoning
from agent.conversation.reducer import Conversation
from agent.conversation.run import Run
from agent.events import types as ev
from agent.formats.exports.export import export
from agent.formats.exports.json import run_as_object
from agent.formats.exports.words import answer_of, error_of, parsed, pretty
from tests.agent.formats.exports.showcase import as_lines
from tests.agent.strategies import JSON, conversations


def _exported(events: list[ev.Event]) -> dict[str, Any]:
    exported: dict[str, Any] = json.loads(b"".join(export(as_lines(events), "json", session_id="s", title="My own")))
    return exported


def _read(events: list[ev.Event]) -> Conversation:
    """What they come to, when no more come."""
    conversation = Conversation(events)
    conversation.cut_off()
    return conversation


@given(conversations())
def test_every_text_is_there(events: list[ev.Event]) -> None:
    conversation, exported = _read(events), _exported(events)
    assert (exported["id"], exported["title"]) == ("s", "My own")
    assert len(exported["turns"]) == len(conversation.runs)
    for turn, run in zip(exported["turns"], conversation.runs, strict=True):
        assert _texts_of(turn) == _texts_in(run)


@given(conversations())
def test_a_turn_has_all_that_ask_prints_with_the_same_keys(events: list[ev.Event]) -> None:
    for turn, run in zip(_exported(events)["turns"], _read(events).runs, strict=True):
        short = run_as_object(run)
        assert turn | {"steps": []} == turn | short | {"steps": []}


@pytest.mark.parametrize(
    ("ends", "answer"),
    [
        ([ev.RunFinished(thread_id="t", run_id="r")], "The second."),
        ([ev.RunFinished(thread_id="t", run_id="r", result={"answer": "Told."})], "Told."),
        ([ev.RunError(message="Cancelled.", code="cancelled")], None),
        ([], None),
    ],
)
def test_an_answer_that_no_result_tells_is_the_last_message_of_a_turn_that_was_answered(
    ends: list[ev.Event], answer: str | None
) -> None:
    said: list[ev.Event] = [ev.RunStarted(thread_id="t", run_id="r")]
    for name, text in (("a", "The first."), ("b", "The second.")):
        said.append(ev.TextMessageStart(message_id=name, role="assistant"))
        said.append(ev.TextMessageContent(message_id=name, delta=text))
        said.append(ev.TextMessageEnd(message_id=name))
    (run,) = Conversation([*said, *ends]).runs
    assert run_as_object(run)["answer"] == answer
    assert _exported([*said, *ends])["turns"][0]["answer"] == answer


def _called(*names: str) -> list[ev.Event]:
    """A turn's beginning in which these tools are called, each with its result."""
    events: list[ev.Event] = [ev.RunStarted(thread_id="t", run_id="r"), ev.StepStarted(step_name="step 1")]
    for name in names:
        events.append(ev.ToolCallStart(tool_call_id=name, tool_call_name=name))
        events.append(ev.ToolCallArgs(tool_call_id=name, delta="{}"))
        events.append(ev.ToolCallEnd(tool_call_id=name))
        events.append(ev.ToolCallResult(message_id=f"of {name}", tool_call_id=name, content="so"))
    return events


DENIED = ev.Custom(name=ev.APPROVAL, value={"toolCallId": "b", "state": "denied"})
"""The tool `b` is not to run."""


@pytest.mark.parametrize(
    ("events", "used"),
    [
        ([*_called("b", "a", "b"), ev.RunFinished(thread_id="t", run_id="r")], ["b", "a"]),
        ([*_called("b", "a"), ev.RunError(message="Cancelled.", code="cancelled")], ["b", "a"]),
        ([*_called("b", "a"), ev.ToolCallStart(tool_call_id="c", tool_call_name="c")], ["b", "a"]),
        ([*_called("a"), ev.RunFinished(thread_id="t", run_id="r", result={"answer": "", "tools_used": []})], ["a"]),
        ([*_called("a"), ev.RunFinished(thread_id="t", run_id="r", result={"tools_used": ["z", "a"]})], ["z", "a"]),
        ([*_called("b")[:-1], DENIED, *_called("b")[-1:], ev.RunFinished(thread_id="t", run_id="r")], []),
    ],
)
def test_the_tools_used_are_those_that_the_end_tells_and_those_whose_calls_came_to_something(
    events: list[ev.Event], used: list[str]
) -> None:
    assert run_as_object(_read(events).runs[0])["tools_used"] == used
    assert _exported(events)["turns"][0]["tools_used"] == used


def test_a_turn_that_its_stream_leaves_open_says_that_it_was_cut_off_and_no_call_in_it_goes_on() -> None:
    writing = [ev.ToolCallStart(tool_call_id="c", tool_call_name="c"), ev.ToolCallArgs(tool_call_id="c", delta='{"x')]
    (turn,) = _exported([*_called("a", "b")[:-1], *writing])["turns"]
    assert (turn["status"], turn["error"], turn["ended"]) == ("running", "Cut off here.", None)
    assert [call["status"] for call in turn["steps"][0]["calls"]] == ["done", "untold", "cut"]


@given(JSON)
def test_arguments_that_are_json_are_laid_out_and_mean_the_same(value: object) -> None:
    text = json.dumps(value)
    assert json.loads(pretty(text)[0]) == value
    assert parsed(text) == value


def _texts_of(turn: dict[str, Any]) -> list[Any]:
    texts = [turn["question"], turn["answer"], turn["error"], *(notice["text"] for notice in turn["notices"])]
    for step in turn["steps"]:
        texts += [item["text"] for item in step["reasoning"]] + [item["text"] for item in step["messages"]]
        for call in step["calls"]:
            texts += [call["name"], call["arguments"], call["result"], call["status"]]
    return texts


def _texts_in(run: Run) -> list[Any]:
    texts = [run.question, answer_of(run), error_of(run), *(notice.text for notice in run.notices)]
    for step in run.steps:
        texts += [item.fragments.text for item in step.items if isinstance(item, Reasoning)]
        texts += [item.fragments.text for item in step.items if isinstance(item, Message)]
        for call in step.calls:
            texts += [call.name, call.fragments.text, call.result, str(call.status)]
    return texts
