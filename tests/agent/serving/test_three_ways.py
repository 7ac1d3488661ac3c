"""The same question through the executor, a graph and an agent behind a URL comes to the same conversation."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, nullcontext
from typing import Any

import ag_ui.core
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from langchain.agents import create_agent
from langchain.agents.middleware import HumanInTheLoopMiddleware
from langchain_core.messages import HumanMessage
from langchain_core.outputs import ChatGenerationChunk
from langchain_core.tools import BaseTool, tool
from langgraph.checkpoint.memory import InMemorySaver
from pydantic import TypeAdapter

from agent.conversation.decisions import Decision
from agent.conversation.items import Message, ToolCall
from agent.conversation.reducer import Conversation
from agent.events import wire
from agent.sources.apart.source import ApartSource
from agent.sources.executor.loop import AgentExecutor
from agent.sources.graph.source import GraphSource
from agent.sources.source import Source
from agent.sources.tools.calls.loop import ToolLoop
from tests.agent.scripted import ScriptedModel, calling, finish, texts
from tests.agent.serving import following
from tests.agent.serving.following import question_of
from tests.agent.serving.serving import serving
from tests.agent.serving.talks import CALLS, USAGE, Talk, add, events_of_turn, mail, remote, talks

OFFICIAL: TypeAdapter[Any] = TypeAdapter(ag_ui.core.Event)
# LangGraph takes numbers of `random` in threads of its own, which Hypothesis holds against a strategy.
pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisDeprecationWarning")
SLOW = settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))


TOOLS: list[BaseTool] = [add, mail]
TALKS = talks(CALLS, ["It is done.", "42", None])


class Paced(ScriptedModel):
    """Lets others have their turn between two pieces, so that replies of several interleave as they are told to."""

    pauses: Sequence[int] = ()

    async def _astream(self, *args: Any, **kwargs: Any) -> AsyncIterator[ChatGenerationChunk]:
        number = 0
        async for chunk in super()._astream(*args, **kwargs):
            yield chunk
            for _ in range(self.pauses[number % len(self.pauses)] if self.pauses else 0):
                await asyncio.sleep(0)
            number += 1


def _last(answer: str) -> list[Any]:
    return [*texts(*answer), finish(usage=USAGE)]


def executor(talk: Talk) -> Source:
    """The loop over the model; mails ask."""
    return AgentExecutor(talk.model(_last), TOOLS, needs_approval=["mail"])


def graph(talk: Talk) -> Source:
    """A graph around the same model; mails ask."""
    asks = HumanInTheLoopMiddleware(interrupt_on={"mail": True})
    made = create_agent(talk.model(_last), TOOLS, middleware=[asks], checkpointer=InMemorySaver())
    return GraphSource(made, ToolLoop())


async def turn(
    source: Source, decisions: Sequence[Decision] = (), *, cancel_at: int | None = None, question: str = "q"
) -> Conversation:
    """What a turn comes to, each of its events one that AG-UI's own models take; cancelled behind so many events."""
    events = await events_of_turn(source, decisions, lambda so_far: len(so_far) == cancel_at, question)
    for event in events:
        OFFICIAL.validate_json(wire.encode(event))
    return Conversation(events)


@asynccontextmanager
async def from_afar(source: Source) -> AsyncIterator[Source]:
    """The same behind a URL."""
    async with serving(source) as url:
        yield remote(url)


def told(conversation: Conversation, *, exactly: bool = True) -> list[Any]:
    """What there is to see of a conversation, but for ids and moments; not `exactly` but for what a graph's own tools
    and errors are worded like."""
    (run,) = conversation.runs
    names = {step.number: step.title for step in run.steps}
    steps = [
        [names.get(step.parent or 0), step.title, [_told(item, exactly) for item in step.items if _is_seen(item)]]
        for step in run.steps
    ]
    used = [(one.input_tokens, one.output_tokens) for one in run.usage]
    error = run.error if exactly else run.error is not None
    return [run.question, run.status, run.answer, error, sorted(run.tools_used or ()), used, sorted(steps, key=repr)]


def _is_seen(item: Any) -> bool:
    return isinstance(item, Message | ToolCall)


def _told(item: Any, exactly: bool) -> Any:
    if isinstance(item, Message):
        return [item.kind.name, item.fragments.pieces]
    ran = item.tool_started is not None
    # The middleware says of an edited call how it was edited, and only then what it gave.
    result = item.result if exactly else str(item.result).rpartition("\n")[2] if ran else "not now" in str(item.result)
    return [item.name, item.fragments.pieces, item.status.name, result, ran]


@SLOW
@given(talk=TALKS)
def test_the_executor_and_a_graph_around_the_same_model_come_to_the_same(talk: Talk) -> None:
    async def both() -> tuple[list[Any], list[Any]]:
        loop, around = await turn(executor(talk), talk.decisions), await turn(graph(talk), talk.decisions)
        return told(loop, exactly=False), told(around, exactly=False)

    one, other = asyncio.run(both())
    assert one == other


@SLOW
@given(talk=TALKS)
def test_a_graph_from_afar_comes_to_what_it_comes_to_here(talk: Talk) -> None:
    async def both() -> tuple[list[Any], list[Any]]:
        near = await turn(graph(talk), talk.decisions)
        async with from_afar(graph(talk)) as far:
            return told(near), told(await turn(far, talk.decisions))

    near, far = asyncio.run(both())
    assert near == far


@pytest.fixture(scope="module")
def apart() -> ApartSource:
    """The agent that says what its question has it say, in a process of its own."""
    return ApartSource("tests.agent.serving.following:graph")


@SLOW
@given(talk=TALKS)
def test_a_graph_in_a_process_of_its_own_comes_to_what_it_comes_to_here(apart: ApartSource, talk: Talk) -> None:
    async def both() -> tuple[list[Any], list[Any]]:
        near, question = GraphSource(following.graph, ToolLoop()), question_of(talk)
        here = told(await turn(near, talk.decisions, question=question))
        return here, told(await turn(apart, talk.decisions, question=question))

    here, there = asyncio.run(both())
    assert here == there


@SLOW
@given(talk=TALKS, at=st.integers(1, 30))
def test_a_run_in_a_process_of_its_own_that_is_cancelled_at_any_event_has_one_end(
    apart: ApartSource, talk: Talk, at: int
) -> None:
    async def both() -> tuple[Conversation, Conversation]:
        question = question_of(talk)
        cancelled = await turn(apart, talk.decisions, cancel_at=at, question=question)
        return cancelled, await turn(apart, talk.decisions, question=question_of(Talk([], "42", [])))

    cancelled, next_one = asyncio.run(both())
    assert cancelled.runs[0].status in ("cancelled", "answered", "model_error")
    assert next_one.runs[0].answer == "42"


# Two sub-agents at once


def delegating(pauses: Sequence[int], words: Sequence[str], tasks: Sequence[str]) -> Source:
    """A graph that gives tasks to sub-agents, all at once; each calls a tool and says the words."""

    @tool
    async def delegate(task: str) -> str:
        """Have another agent do it."""
        replies = [calling(("add", {"x": 1, "y": len(task)})), [*texts(f"{task}:", *words), finish()]]
        inner = create_agent(Paced(replies=replies, pauses=pauses), [add], name=f"agent {task}")
        said = await inner.ainvoke({"messages": [HumanMessage(task)]})
        return str(said["messages"][-1].text)

    replies = [calling(*(("delegate", {"task": task}) for task in tasks)), [*texts("done"), finish()]]
    return GraphSource(create_agent(ScriptedModel(replies=replies), [delegate]), ToolLoop())


WORK = {
    "pauses": st.lists(st.integers(0, 3), min_size=1, max_size=5),
    "words": st.lists(st.text("abc ", min_size=1, max_size=4), min_size=1, max_size=4),
    "tasks": st.lists(st.sampled_from(["a", "b", "c"]), min_size=2, max_size=3, unique=True),
}


@SLOW
@given(**WORK)
def test_sub_agents_that_speak_at_the_same_time_are_told_apart_here_and_from_afar(
    pauses: list[int], words: list[str], tasks: list[str]
) -> None:
    async def both() -> tuple[Conversation, Conversation]:
        near = await turn(delegating(pauses, words, tasks))
        async with from_afar(delegating(pauses, words, tasks)) as far:
            return near, await turn(far)

    near, far = asyncio.run(both())
    assert told(near) == told(far)
    (run,) = near.runs
    asked = {call.id: json.loads(call.fragments.text)["task"] for call in run.calls if call.name == "delegate"}
    agents = [step for step in run.steps if step.agent is not None]
    assert sorted(step.title for step in agents) == [f"agent {task}" for task in sorted(tasks)]
    for step in agents:
        task = asked[step.call_id or ""]
        (said,) = [item.fragments.text for item in step.items if isinstance(item, Message)]
        assert said == f"{task}:{''.join(words)}"
        assert [(call.name, call.result) for call in step.calls] == [("add", str(1 + len(task)))]
    assert {call.result for call in run.calls if call.name == "delegate"} == {
        f"{one}:{''.join(words)}" for one in tasks
    }


# Cancels


@pytest.mark.parametrize("is_far", [False, True], ids=["here", "from afar"])
@SLOW
@given(talk=TALKS, at=st.integers(1, 30))
def test_a_graph_that_is_cancelled_at_any_event_has_one_end_and_nothing_open(is_far: bool, talk: Talk, at: int) -> None:
    async def ended() -> Conversation:
        around = from_afar(graph(talk)) if is_far else nullcontext(graph(talk))
        async with around as source:
            return await turn(source, talk.decisions, cancel_at=at)

    (run,) = asyncio.run(ended()).runs
    assert run.status in ("cancelled", "answered", "model_error")


@SLOW
@given(at=st.integers(1, 60), **WORK)
def test_sub_agents_that_are_cancelled_at_any_event_are_over(
    at: int, pauses: list[int], words: list[str], tasks: list[str]
) -> None:
    (run,) = asyncio.run(turn(delegating(pauses, words, tasks), cancel_at=at)).runs
    assert run.status in ("cancelled", "answered")
    assert all(step.ended is not None for step in run.steps)
