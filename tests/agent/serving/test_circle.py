"""The circle closes: our remote source against what we serve gives the conversation that the executor gives."""

import asyncio
import json
from dataclasses import dataclass, field
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
from agent.sources.remote.connection import Connection
from agent.sources.remote.source import RemoteSource
from agent.sources.source import Source
from agent.sources.tools.final_answer import final_answer
from tests.agent.scripted import ScriptedModel, answering, asserted, calling, finish, texts
from tests.agent.serving.serving import serving


@tool
def add(x: int, y: int) -> int:
    """Add."""
    return x + y


@tool
def mail(to: str) -> str:
    """Send a mail."""
    return f"sent to {to}"


@tool
def broken() -> str:
    """Fail."""
    raise ValueError("the moon is new")


TOOLS: list[BaseTool] = [add, mail, broken, final_answer]
CALLS = {
    "add": st.fixed_dictionaries({"x": st.integers(0, 9), "y": st.integers(0, 9)}),
    "mail": st.fixed_dictionaries({"to": st.sampled_from(["ada", "bob"])}),
    "broken": st.just({}),
    "unknown": st.just({}),
}
DECISIONS = [Decision("once"), Decision("once", arguments={"to": "eve"}), Decision("denied", reason="not now")]


@dataclass
class Script:
    """What the model says, reply by reply, and what the user answers, by the arguments of what asks."""

    replies: list[list[tuple[str, Any]]]
    answer: str | None
    """None is an error of the model's in the place of an answer."""
    decisions: list[Decision] = field(default_factory=list)

    def model(self) -> ScriptedModel:
        """A model that says it."""
        replies: list[Any] = [[*texts("hm "), *calling(*reply)] for reply in self.replies]
        if self.answer is None:
            replies.append([*texts("I tr"), RuntimeError("the server is gone")])
        else:
            usage: Any = {"input_tokens": 3, "output_tokens": 2, "total_tokens": 5}
            replies.append(answering(self.answer) if self.answer else [*texts("plain ", "words"), finish(usage=usage)])
        return ScriptedModel(replies=replies)


@st.composite
def scripts(draw: st.DrawFn) -> Script:
    """Turns of a few steps with parallel calls, some of which ask."""
    call = st.sampled_from(sorted(CALLS)).flatmap(lambda name: st.tuples(st.just(name), CALLS[name]))
    replies = draw(st.lists(st.lists(call, min_size=1, max_size=3), max_size=2))
    decisions = draw(st.lists(st.sampled_from(DECISIONS), min_size=6, max_size=6))
    return Script(replies, draw(st.sampled_from(["It is done.", "", None])), decisions)


def executor(script: Script) -> AgentExecutor:
    """The executor over a script; mails ask."""
    return AgentExecutor(script.model(), TOOLS, needs_approval=["mail"])


async def turn(source: Source, script: Script, *, cancel_at: int | None = None) -> Conversation:
    """What a turn comes to; the run is cancelled behind so many fragments."""
    events: list[ev.Event] = []
    decisions, fragments = list(script.decisions), 0
    run = Run(source.work, "q", thread_id="t")
    async with run:
        async for event in run:
            events.append(event)
            if isinstance(event, ev.Custom) and event.name == ev.APPROVAL and event.value["state"] == "requested":
                run.decide(event.value["toolCallId"], decisions.pop(0))
            fragments += isinstance(event, ev.ToolCallArgs | ev.TextMessageContent)
            if fragments == cancel_at:
                run.cancel()
    return Conversation(asserted(events))


def remote(url: str) -> RemoteSource:
    """The source that asks what is served there."""
    return RemoteSource(Connection(url, {}, 20.0))


def told(conversation: Conversation) -> list[Any]:
    """What there is to see of a conversation, but for ids and moments."""
    (run,) = conversation.runs
    steps = [[_told(item) for item in step.items if isinstance(item, Message | ToolCall)] for step in run.steps]
    used = [(one.input_tokens, one.output_tokens) for one in run.usage]
    return [run.question, run.status, run.answer, run.error, sorted(run.tools_used), used, steps]


def _told(item: Message | ToolCall) -> Any:
    if isinstance(item, Message):
        return item.kind, item.fragments.pieces
    return item.name, item.fragments.pieces, item.status, item.result, item.tool_started is not None


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(script=scripts())
def test_served_and_asked_from_afar_a_turn_is_the_same(script: Script) -> None:
    async def both() -> tuple[list[Any], list[Any]]:
        near = await turn(executor(script), script)
        async with serving(executor(script)) as url:
            far = await turn(remote(url), script)
        return told(near), told(far)

    near, far = asyncio.run(both())
    assert near == far


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(script=scripts(), at=st.integers(1, 12))
def test_a_cancel_at_any_fragment_ends_both_sides_and_leaves_nothing_open(script: Script, at: int) -> None:
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
    script = Script([[("mail", {"to": "ada"}), ("add", {"x": 1, "y": 1})]], "done", [Decision("once")])
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
