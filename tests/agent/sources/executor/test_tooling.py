"""Calls of a step: what they tell, what ends the turn, and executors inside tools, nodes and other runnables."""

import asyncio
from typing import Any

import pytest
from langchain_core.messages import ToolMessage
from langchain_core.runnables import RunnableConfig, RunnableLambda
from langchain_core.tools import BaseTool, tool

from agent.conversation.reducer import Conversation
from agent.events import types as ev
from agent.sources.executor.loop import AgentExecutor
from agent.sources.tools.arithmetic import add
from agent.sources.tools.final_answer import final_answer
from tests.agent.scripted import ScriptedModel, answering, calling, end, finish, of, texts
from tests.agent.sources.executor.test_loop import executor, finished, results, told

pytestmark = pytest.mark.usefixtures("nothing_blocks")


# One text


@pytest.mark.parametrize(
    "value",
    [["a", "b"], [], ("x",), {"x": {1}}, [{"type": "text", "body": "x"}], ToolMessage("own", tool_call_id="another's")],
    ids=repr,
)
async def test_what_is_shown_is_what_the_model_is_told(value: Any) -> None:
    @tool
    def give() -> Any:
        """Give it."""
        return value

    agent = executor(calling(("give", {})), answering(), tools=[give, final_answer])
    events = await end(agent.stream("go"))
    (message,) = told(agent)
    assert message.content == results(events)["give"].content
    assert (message.tool_call_id, message.name) == ("call_give_0", "give")


# Results that are answers


@tool(return_direct=True)
def direct(words: str) -> str:
    """Answer the user."""
    if words == "fail":
        raise ValueError(words)
    return words


async def test_the_result_of_a_tool_that_returns_directly_is_the_answer() -> None:
    agent = executor(
        calling(("add", {"x": 1, "y": 2}), ("direct", {"words": "its own"})), tools=[add, direct, final_answer]
    )
    events = await end(agent.stream("go"))
    assert finished(events) == {"answer": "its own", "tools_used": ["add", "direct"]}
    assert [message.fragments.text for message in Conversation(events).runs[0].messages] == ["its own"]


async def test_one_that_fails_or_stands_beside_an_answer_is_none() -> None:
    answer = ("final_answer", {"answer": "the model's", "tools_used": []})
    for replies in (
        [calling(("direct", {"words": "fail"})), answering("the model's")],
        [calling(("direct", {"words": "its own"}), answer)],
    ):
        agent = executor(*replies, tools=[direct, final_answer])
        events = await end(agent.stream("go"))
        assert finished(events)["answer"] == "the model's"
        assert len(Conversation(events).runs[0].messages) == 1


# Runs that are ours


def deltas(events: list[ev.Event]) -> str:
    """All text that was told."""
    return "".join(event.delta for event in of(events, ev.TextMessageContent))


@pytest.mark.parametrize("asynchronous", [False, True])
async def test_a_model_that_a_tool_asks_with_its_config_tells_nothing(asynchronous: bool) -> None:
    inner = ScriptedModel(replies=[[*texts("inner ", "words"), finish()]])

    async def said(config: RunnableConfig) -> str:
        return "".join([chunk.text async for chunk in inner.astream("q", config)])

    @tool("ask")
    def ask(config: RunnableConfig) -> str:
        """Ask another model."""
        return asyncio.run(said(config))

    @tool("ask")
    async def ask_later(config: RunnableConfig) -> str:
        """Ask another model."""
        return await said(config)

    tools: list[BaseTool] = [ask_later if asynchronous else ask, final_answer]
    events = await end(executor(calling(("ask", {})), answering("done"), tools=tools).stream("go"))
    assert results(events)["ask"].content == "inner words"
    assert deltas(events) == "done"


@pytest.mark.parametrize("asynchronous", [False, True])
async def test_an_executor_inside_a_tool_answers_and_tells_nothing_outside(asynchronous: bool) -> None:
    inner = executor(calling(("add", {"x": 1, "y": 2})), answering("three"))

    @tool("delegate")
    def delegate() -> str:
        """Ask another agent."""
        return asyncio.run(inner.invoke("1 + 2"))["answer"]

    @tool("delegate")
    async def delegate_later() -> str:
        """Ask another agent."""
        return (await inner.invoke("1 + 2"))["answer"]

    tools: list[BaseTool] = [delegate_later if asynchronous else delegate, final_answer]
    events = await end(executor(calling(("delegate", {})), answering("done"), tools=tools).stream("go"))
    assert results(events)["delegate"].content == "three"
    assert finished(events) == {"answer": "done", "tools_used": ["delegate"]}
    assert deltas(events) == "done"


async def test_an_executor_inside_a_node_that_is_watched_answers() -> None:
    agent = executor(answering("inside"))

    async def node(question: str) -> str:
        return (await agent.invoke(question))["answer"]

    assert [event["data"] async for event in RunnableLambda(node).astream_events("q", version="v2")][-1] == {
        "output": "inside"
    }


async def test_a_model_with_fallbacks_or_a_retry_around_it_is_ours() -> None:
    def up() -> ScriptedModel:
        return ScriptedModel(replies=[answering("from the second")])

    down = ScriptedModel(replies=[[ConnectionError("down")]])
    prompted = RunnableLambda(lambda messages: messages) | up()
    for model in (down.with_fallbacks([up().with_retry()]), up().with_retry(), prompted):
        events = await end(AgentExecutor(model, [final_answer]).stream("go"))  # type: ignore[arg-type]
        assert finished(events)["answer"] == "from the second"
        assert deltas(events) == "from the second"
