"""What of a user's code can be an agent: each kind answers, asks and fails as itself; what is none is said."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ag_ui.core import (
    EventType,
    RunAgentInput,
    RunFinishedEvent,
    RunStartedEvent,
    TextMessageContentEvent,
    TextMessageEndEvent,
    TextMessageStartEvent,
)
from ag_ui.encoder import EventEncoder
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate, MessagesPlaceholder
from langchain_core.runnables import Runnable, RunnableLambda

from agent.conversation.decisions import Decision
from agent.conversation.reducer import Conversation
from agent.conversation.run import RunStatus
from agent.errors import UsageError
from agent.events import types as ev
from agent.runs.run import Run
from agent.sources.judging import judged_agent, named_agent
from agent.sources.source import Source
from agent.sources.tools.calls.loop import ToolLoop
from tests.agent.scripted import of
from tests.agent.sources.remote.asking import events_of, finished, interrupt, says


def _judged(found: Any) -> Source:
    return judged_agent(found, "x:y", ToolLoop())


def _model(*answers: str) -> GenericFakeChatModel:
    return GenericFakeChatModel(messages=iter([AIMessage(answer) for answer in answers]))


PROMPT = ChatPromptTemplate.from_messages(
    [("system", "Be brief."), MessagesPlaceholder("history", optional=True), ("human", "{question}")]
)


@pytest.mark.parametrize(
    "make",
    [
        lambda: _model("Rome is sunny."),
        lambda: PROMPT | _model("Rome is sunny."),
        lambda: PROMPT | _model("Rome is sunny.") | StrOutputParser(),
        lambda: RunnableLambda(lambda question: f"Rome is {'sunny' if question == 'How is Rome?' else question}."),
        lambda: PROMPT | _model("Rome is sunny.") | RunnableLambda(lambda message: {"output": message.text}),
    ],
    ids=["a model", "a chain", "a parsed chain", "a function", "an object"],
)
async def test_a_runnable_answers_once(make: Callable[[], "Runnable[Any, Any]"]) -> None:
    run = Conversation(await events_of(_judged(make()), "How is Rome?")).runs[0]
    assert (run.status, run.answer) == (RunStatus.ANSWERED, "Rome is sunny.")
    assert [message.fragments.text for message in run.messages] == ["Rome is sunny."]


async def test_a_chain_is_told_the_past_where_it_has_a_place_for_it() -> None:
    asked: list[Any] = []

    def noted(value: Any) -> Any:
        asked.append([message.text for message in value.to_messages()])
        return value

    source = _judged(PROMPT | RunnableLambda(noted) | _model("one", "two"))
    first = await events_of(source, "first")
    await events_of(source, "second", Conversation(first))
    assert asked[1] == ["Be brief.", "first", "one", "second"]


async def test_a_runnable_that_wants_more_than_a_chat_gives_says_what() -> None:
    chain = ChatPromptTemplate.from_template("{question} in {language}") | _model("x")
    run = Conversation(await events_of(_judged(chain))).runs[0]
    assert "the Runnable wants language as well" in str(run.error)


# Functions that give events


async def _official(given: RunAgentInput) -> AsyncIterator[Any]:
    yield RunStartedEvent(type=EventType.RUN_STARTED, thread_id=given.thread_id, run_id=given.run_id)
    yield TextMessageStartEvent(type=EventType.TEXT_MESSAGE_START, message_id="m", role="assistant")
    yield TextMessageContentEvent(
        type=EventType.TEXT_MESSAGE_CONTENT, message_id="m", delta=f"You said {given.messages[-1].content}."
    )
    yield TextMessageEndEvent(type=EventType.TEXT_MESSAGE_END, message_id="m")
    yield RunFinishedEvent(type=EventType.RUN_FINISHED, thread_id=given.thread_id, run_id=given.run_id)


async def _encoded(given: RunAgentInput) -> AsyncIterator[str]:
    async for event in _official(given):
        yield EventEncoder().encode(event)


async def _plain(given: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
    yield {"type": "RUN_STARTED", "threadId": given["threadId"], "runId": given["runId"]}
    for event in [*says("You said hello."), finished()]:
        yield event


async def _bare() -> AsyncIterator[dict[str, Any]]:
    for event in [*says("You said hello."), finished()]:
        yield event


def _slow(given: RunAgentInput) -> Iterator[Any]:
    yield from [*says(f"You said {given.messages[-1].content}."), finished()]


class _Called:
    """An object that is called for its events."""

    def __call__(self, given: RunAgentInput) -> AsyncIterator[Any]:
        return _official(given)


@pytest.mark.parametrize(
    "found",
    [_official, _encoded, _plain, _bare, _slow, _Called(), lambda: _official, lambda: _model("You said hello.")],
)
async def test_a_function_that_gives_events_is_an_agent_however_it_gives_them(found: Any) -> None:
    events = await events_of(_judged(found), "hello")
    run = Conversation(events).runs[0]
    assert (run.status, run.answer) == (RunStatus.ANSWERED, "You said hello.")
    assert len(of(events, ev.RunStarted)) == len(of(events, ev.RunFinished)) == 1


async def test_a_function_that_asks_is_called_again_with_the_answer() -> None:
    async def asks(given: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
        if "resume" not in given:
            yield interrupt({"id": "i", "reason": "confirmation", "message": "Sure?"})
        else:
            for event in [*says(f"It is {given['resume'][0]['payload']}."), finished()]:
                yield event

    run = Conversation(await events_of(_judged(asks), decisions=[Decision("once")])).runs[0]
    assert run.answer == "It is True."


async def test_what_a_function_raises_is_the_end_of_its_run_alone() -> None:
    async def broken(_given: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
        yield says("so far")[0]
        raise SystemExit(3)

    run = Conversation(await events_of(_judged(broken))).runs[0]
    assert (run.status, run.error) == (RunStatus.MODEL_ERROR, "The agent failed: SystemExit: 3")


async def test_a_cancel_closes_the_function() -> None:
    closed = asyncio.Event()
    loop = asyncio.get_running_loop()

    async def endless(_given: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
        try:
            yield says("so")[0]
            await asyncio.sleep(60)
        finally:
            loop.call_soon_threadsafe(closed.set)

    source = _judged(endless)
    run = Run(source.work, "q")
    async with run:
        async for event in run:
            if isinstance(event, ev.TextMessageStart):
                run.cancel()
    await asyncio.wait_for(closed.wait(), 5)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (3, "int is no agent"),
        (RunStatus, "RunStatus is a class"),
        (lambda: 3, "int is no agent"),
        (lambda: 1 / 0, "making the agent failed: ZeroDivisionError"),
    ],
)
def test_what_is_no_agent_is_said(found: Any, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        _judged(found)


def test_where_there_is_no_such_name_what_could_be_an_agent_is_told_first(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "from json import loads\n"
        "from langchain_core.runnables import RunnableLambda\n"
        "from langchain_core.tools import tool\n"
        "from langgraph.graph import START, MessagesState, StateGraph\n"
        "def node(state): return {}\n"
        "@tool\ndef look(): 'Look.'\n"
        "built = StateGraph(MessagesState).add_node(node).add_edge(START, 'node')\n"
        "graph = built.compile()\n"
        "chain = RunnableLambda(node)\n"
    )
    with pytest.raises(UsageError, match=r"has no nothing; it has built, graph, chain, node$"):
        named_agent(f"{tmp_path}/mine.py:nothing")
