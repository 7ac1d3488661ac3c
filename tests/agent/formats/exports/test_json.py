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
from agent.formats.exports.words import answer_of, parsed, pretty
from tests.agent.formats.exports.showcase import as_lines
from tests.agent.strategies import JSON, conversations


def _exported(events: list[ev.Event]) -> dict[str, Any]:
    exported: dict[str, Any] = json.loads(b"".join(export(as_lines(events), "json", session_id="s", title="My own")))
    return exported


@given(conversations())
def test_every_text_is_there(events: list[ev.Event]) -> None:
    conversation, exported = Conversation(events), _exported(events)
    assert (exported["id"], exported["title"]) == ("s", "My own")
    assert len(exported["turns"]) == len(conversation.runs)
    for turn, run in zip(exported["turns"], conversation.runs, strict=True):
        assert _texts_of(turn) == _texts_in(run)


@given(conversations())
def test_a_turn_has_all_that_ask_prints_with_the_same_keys(events: list[ev.Event]) -> None:
    for turn, run in zip(_exported(events)["turns"], Conversation(events).runs, strict=True):
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
    texts = [run.question, answer_of(run), run.error, *(notice.text for notice in run.notices)]
    for step in run.steps:
        texts += [item.fragments.text for item in step.items if isinstance(item, Reasoning)]
        texts += [item.fragments.text for item in step.items if isinstance(item, Message)]
        for call in step.calls:
            texts += [call.name, call.fragments.text, call.result, str(call.status)]
    return texts
