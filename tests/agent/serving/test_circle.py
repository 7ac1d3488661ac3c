"""The circle closes: our remote source against what we serve gives the conversation that the executor gives."""

import asyncio
import json
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from langchain_core.tools import BaseTool, tool

from agent.conversation.decisions import Decision
from agent.conversation.items import Message, ToolCall
from agent.conversation.reducer import Conversation
from agent.events import types as ev
from agent.runs.run import Run
from agent.sources.executor.loop import AgentExecutor
from agent.sources.source import Source
from agent.sources.tools.final_answer import final_answer
from tests.agent.scripted import ScriptedModel, answering, calling, finish, texts
from tests.agent.serving.serving import serving
from tests.agent.serving.talks import CALLS, USAGE, Talk, add, events_of_turn, mail, remote, talks


@tool
def broken() -> str:
    """Fail."""
    raise ValueError("the moon is new")


TOOLS: list[BaseTool] = [add, mail, broken, final_answer]
FAILING: dict[str, st.SearchStrategy[Any]] = {"broken": st.just({}), "unknown": st.just({})}
SCRIPTS = talks(CALLS | FAILING, ["It is done.", "", None])


def _last(answer: str) -> list[Any]:
    """By the tool for answers, or in plain words."""
    return answering(answer) if answer else [*texts("plain ", "words"), finish(usage=USAGE)]


def executor(talk: Talk) -> AgentExecutor:
    """The executor over a script; mails ask."""
    return AgentExecutor(talk.model(_last), TOOLS, needs_approval=["mail"])


async def turn(source: Source, talk: Talk, *, cancel_at: int | None = None) -> Conversation:
    """What a turn comes to; the run is cancelled behind so many fragments."""

    def cancels(events: list[ev.Event]) -> bool:
        return sum(isinstance(event, ev.ToolCallArgs | ev.TextMessageContent) for event in events) == cancel_at

    return Conversation(await events_of_turn(source, talk.decisions, cancels))


def told(conversation: Conversation) -> list[Any]:
    """What there is to see of a conversation, but for ids and moments."""
    (run,) = conversation.runs
    steps = [[_told(item) for item in step.items if isinstance(item, Message | ToolCall)] for step in run.steps]
    used = [(one.input_tokens, one.output_tokens) for one in run.usage]
    return [run.question, run.status, run.answer, run.error, sorted(run.tools_used or ()), used, steps]


def _told(item: Message | ToolCall) -> Any:
    if isinstance(item, Message):
        return item.kind, item.fragments.pieces
    return item.name, item.fragments.pieces, item.status, item.result, item.tool_started is not None


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(script=SCRIPTS)
def test_served_and_asked_from_afar_a_turn_is_the_same(script: Talk) -> None:
    async def both() -> tuple[list[Any], list[Any]]:
        near = await turn(executor(script), script)
        async with serving(executor(script)) as url:
            far = await turn(remote(url), script)
        return told(near), told(far)

    near, far = asyncio.run(both())
    assert near == far


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(script=SCRIPTS, at=st.integers(1, 12))
def test_a_cancel_at_any_fragment_ends_both_sides_and_leaves_nothing_open(script: Talk, at: int) -> None:
    async def far() -> Conversation:
        async with serving(executor(script)) as url:
            return await turn(remote(url), script, cancel_at=at)

    (run,) = asyncio.run(far()).runs
    assert run.status in ("cancelled", "answered", "model_error")


async def test_a_second_turn_is_told_the_first_with_its_calls_and_results() -> None:
    model = ScriptedModel(
        replies=[calling(("add", {"x": 3, "y": 4})), answering("It is 7."), [*texts("Again 7."), finish()]]
    )
    async with serving(AgentExecutor(model, TOOLS)) as url:
        source = remote(url)
        events: list[ev.Event] = []
        for question in ("first", "second"):
            past = Conversation(events)
            run = Run(partial(source.work, history=past), question, thread_id="t")
            async with run:
                events += [event async for event in run]
    told_messages = [
        (type(message).__name__, message.text) for message in model.requests[2].messages if message.type != "system"
    ]
    assert told_messages == [
        ("HumanMessage", "first"),
        ("AIMessage", ""),
        ("ToolMessage", "7"),
        ("AIMessage", "It is 7."),
        ("HumanMessage", "second"),
    ]


@pytest.mark.parametrize("name", ["add", "mail"])
async def test_the_step_behind_an_approval_is_told_all_that_was_before(name: str) -> None:
    script = Talk([[("mail", {"to": "ada"}), ("add", {"x": 1, "y": 1})]], "done", [Decision("once")])
    served = executor(script)
    async with serving(served) as url:
        conversation = await turn(remote(url), script)
    assert conversation.runs[0].answer == "done"
    model = served._caller._model
    assert isinstance(model, ScriptedModel)
    results = [message.text for message in model.requests[1].messages if message.type == "tool"]
    assert results == ["sent to ada", "2"]
    assert name in json.dumps(
        [call["name"] for m in model.requests[1].messages for call in getattr(m, "tool_calls", [])]
    )
