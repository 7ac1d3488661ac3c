"""A user's graph that is served: asked from afar it does what it does here, what it asks too."""

import operator
from typing import Annotated, Any, TypedDict

import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import HumanInTheLoopMiddleware
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import interrupt

from agent.conversation.decisions import Decision
from agent.conversation.reducer import Conversation
from agent.conversation.run import RunStatus
from agent.sources.graph.source import GraphSource
from agent.sources.tools.calls.loop import ToolLoop
from tests.agent.scripted import ScriptedModel, calling, finish, texts
from tests.agent.serving.serving import serving
from tests.agent.serving.talks import mail, remote
from tests.agent.sources.remote.asking import events_of


def _saying(*words: str) -> list[Any]:
    return [*texts(*words), finish()]


def _agent(*replies: Any, **more: Any) -> Any:
    return create_agent(ScriptedModel(replies=[*replies]), [mail], **more)


async def _turns(graph: Any, *questions: str, decisions: Any = ()) -> Conversation:
    """What questions come to, one after the other, asked from afar."""
    events: list[Any] = []
    async with serving(GraphSource(graph, ToolLoop())) as url:
        source = remote(url)
        for question in questions:
            past = Conversation(events) if events else None
            events += await events_of(source, question, past, decisions=decisions)
    return Conversation(events)


async def test_a_graph_answers_with_each_fragment_and_without_a_memory_is_told_the_past() -> None:
    model = ScriptedModel(replies=[calling(("mail", {"to": "ada"})), _saying("It ", "is sent."), _saying("Again.")])
    conversation = await _turns(create_agent(model, [mail]), "first", "second")
    first, second = conversation.runs
    assert (first.answer, [(call.name, call.result) for call in first.calls]) == (
        "It is sent.",
        [("mail", "sent to ada")],
    )
    assert second.answer == "Again."
    assert [message.text for message in model.requests[2].messages] == [
        "first",
        "",
        "sent to ada",
        "It is sent.",
        "second",
    ]


@pytest.mark.parametrize(
    ("decisions", "results"),
    [
        ([Decision("once"), Decision("denied", reason="not bob")], ["sent to ada", "not bob"]),
        ([Decision("once", arguments={"to": "eve"}), Decision("once")], ["sent to eve", "sent to bob"]),
    ],
)
async def test_what_the_middleware_asks_about_several_calls_is_asked_of_the_client_call_by_call(
    decisions: list[Decision], results: list[str]
) -> None:
    graph = _agent(
        calling(("mail", {"to": "ada"}), ("mail", {"to": "bob"})),
        _saying("Done."),
        middleware=[HumanInTheLoopMiddleware(interrupt_on={"mail": True})],
        checkpointer=InMemorySaver(),
    )
    (run,) = (await _turns(graph, "q", decisions=decisions)).runs
    assert (run.status, run.answer, len(run.calls)) == (RunStatus.ANSWERED, "Done.", 2)
    for call, result in zip(run.calls, results, strict=True):
        assert result in str(call.result)


async def test_several_nodes_that_ask_are_answered_at_once() -> None:
    class State(TypedDict):
        question: str
        answers: Annotated[list[str], operator.add]

    builder = StateGraph(State)
    for name in ("one", "other"):
        builder.add_node(name, lambda state, name=name: {"answers": [f"{name}: {interrupt(f'Who is {name}?')}"]})
        builder.add_edge(START, name)
        builder.add_edge(name, END)
    graph = builder.compile(checkpointer=InMemorySaver())
    answers = [Decision("once", arguments={"question": "", "answer": word}) for word in ("Ada", "Bob")]
    (run,) = (await _turns(graph, "q", decisions=answers)).runs
    assert run.status is RunStatus.ANSWERED
    assert sorted(one.partition(": ")[2] for one in run.state["answers"]) == ["Ada", "Bob"]


async def test_a_graph_that_keeps_its_thread_goes_on_with_it() -> None:
    model = ScriptedModel(replies=[_saying("one"), _saying("two")])
    graph = create_agent(model, [mail], checkpointer=InMemorySaver())
    conversation = await _turns(graph, "first", "second")
    assert [run.answer for run in conversation.runs] == ["one", "two"]
    assert [message.text for message in model.requests[1].messages] == ["first", "one", "second"]
