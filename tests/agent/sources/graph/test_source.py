"""A user's graph does the turns: every token of every call, sub-agents under their calls, what it asks, its ends."""

import asyncio
import operator
import time
from typing import Annotated, Any, TypedDict

import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import HumanInTheLoopMiddleware
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.tools import BaseTool, tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.config import get_stream_writer
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.types import interrupt

from agent.conversation.decisions import Decision
from agent.conversation.lineage import Lineage
from agent.conversation.reducer import Conversation
from agent.conversation.run import RunStatus
from agent.events import types as ev
from agent.runs.run import Run
from agent.sources.graph.source import GraphSource
from agent.sources.graph.telling.teller import CUSTOM
from agent.sources.tools.calls.loop import ToolLoop
from tests.agent.scripted import ScriptedModel, asserted, calling, finish, of, texts


@tool
def add(x: int, y: int) -> int:
    """Add."""
    get_stream_writer()({"half": 0.5})
    return x + y


@tool
def broken() -> str:
    """Fail."""
    raise ValueError("the moon is new")


def _saying(*words: str) -> list[Any]:
    return [*texts(*words), finish(usage={"input_tokens": 3, "output_tokens": 2, "total_tokens": 5})]


def _agent(replies: list[Any], tools: list[BaseTool], **more: Any) -> Any:
    return create_agent(ScriptedModel(replies=replies), tools, **more)


def _run(graph: Any, question: str = "q", history: Conversation | None = None, without: str | None = None) -> Run:
    source = GraphSource(graph, ToolLoop())
    return Run(
        lambda run: source.work(run, history, without), question, thread_id=history.thread_id if history else None
    )


async def _events(run: Run, *decisions: Decision) -> list[ev.Event]:
    """All that comes of a run; what asks is answered in turn."""
    left, events = list(decisions), []
    async with run:
        async for event in run:
            events.append(event)
            if isinstance(event, ev.Custom) and event.name == ev.APPROVAL and event.value["state"] == "requested":
                run.decide(event.value["toolCallId"], left.pop(0))
    assert not left
    return asserted(events)


async def test_an_agent_is_told_step_by_step_with_each_fragment_of_its_calls() -> None:
    graph = _agent([calling(("add", {"x": 3, "y": 4}), ("add", {"x": 1, "y": 2})), _saying("It ", "is 7.")], [add])
    events = await _events(_run(graph))
    run = Conversation(events).runs[0]
    assert [step.name for step in run.steps] == ["step 1", "step 2"]
    assert [(call.name, call.fragments.text, call.result) for call in run.calls] == [
        ("add", '{"x": 3, "y": 4}', "7"),
        ("add", '{"x": 1, "y": 2}', "3"),
    ]
    assert (run.answer, run.tools_used) == ("It is 7.", ("add",))
    assert all(call.tool_started is not None and call.duration_ms is not None for call in run.calls)
    assert len(of(events, ev.ToolCallArgs)) > 2
    assert [event.value for event in of(events, ev.Custom) if event.name == CUSTOM] == [{"half": 0.5}, {"half": 0.5}]
    assert run.usage[0].output_tokens == 2


async def test_two_sub_agents_at_once_are_told_apart_and_stand_under_their_calls() -> None:
    def inner() -> Any:
        return _agent([calling(("add", {"x": 1, "y": 1})), _saying("two")], [add], name="counter")

    @tool
    async def delegate(task: str) -> str:
        """Have another agent do it."""
        told = await inner().ainvoke({"messages": [HumanMessage(task)]})
        return str(told["messages"][-1].text)

    graph = _agent([calling(("delegate", {"task": "a"}), ("delegate", {"task": "b"})), _saying("done")], [delegate])
    events = await _events(_run(graph))
    calls = {event.tool_call_id for event in of(events, ev.ToolCallStart) if event.tool_call_name == "delegate"}
    begun = of(events, ev.SubagentStarted)
    assert {event.parent_tool_call_id for event in begun} == calls
    assert [event.name for event in begun] == ["counter", "counter"]
    assert {event.subagent_run_id for event in of(events, ev.SubagentFinished)} == {
        event.subagent_run_id for event in begun
    }
    for one in begun:
        own = [event for event in events if getattr(event, "subagent_run_id", None) == one.subagent_run_id]
        assert [event.delta for event in own if isinstance(event, ev.TextMessageContent)] == ["two"]
        assert [event.content for event in own if isinstance(event, ev.ToolCallResult)] == ["2"]
    ids = [event.tool_call_id for event in of(events, ev.ToolCallStart)]
    assert len(ids) == len(set(ids)) == 4


async def test_a_tool_that_fails_is_a_failed_call_and_the_graphs_error_the_end() -> None:
    graph = _agent([calling(("broken", {}))], [broken])
    events = await _events(_run(graph))
    run = Conversation(events).runs[0]
    assert run.status is RunStatus.MODEL_ERROR
    assert run.error == "The tool broken failed: ValueError: the moon is new"


@pytest.mark.parametrize(
    ("decision", "result"),
    [
        (Decision("once"), "7"),
        (Decision("once", arguments={"x": 30, "y": 40}), "70"),
        (Decision("denied", reason="not now"), "not now"),
    ],
)
async def test_what_the_middleware_asks_is_asked_about_the_call_and_goes_on_in_the_turn(
    decision: Decision, result: str
) -> None:
    graph = _agent(
        [calling(("add", {"x": 3, "y": 4})), _saying("done")],
        [add],
        middleware=[HumanInTheLoopMiddleware(interrupt_on={"add": True})],
        checkpointer=InMemorySaver(),
    )
    events = await _events(_run(graph), decision)
    run = Conversation(events).runs[0]
    assert (run.answer, len(run.calls)) == ("done", 1)
    assert result in str(run.calls[0].result)
    assert run.calls[0].asked is not None


async def test_several_questions_at_once_are_all_asked_and_each_gets_its_answer() -> None:
    class State(TypedDict):
        question: str
        answers: Annotated[list[str], operator.add]

    def node(name: str) -> Any:
        return lambda state: {"answers": [f"{name}: {interrupt({'who': name})}"]}

    builder = StateGraph(State)
    for name in ("one", "other"):
        builder.add_node(name, node(name))
        builder.add_edge(START, name)
        builder.add_edge(name, END)
    graph = builder.compile(checkpointer=InMemorySaver())
    events = await _events(
        _run(graph),
        Decision("once", arguments={"question": {}, "answer": "first"}),
        Decision("denied", reason="second"),
    )
    state = of(events, ev.StateSnapshot)[-1].snapshot
    assert sorted(answer.partition(": ")[2] for answer in state["answers"]) == ["first", "second"]
    assert Conversation(events).runs[0].status is RunStatus.ANSWERED


async def test_what_is_empty_in_a_state_is_told_only_behind_what_was_in_it() -> None:
    class State(TypedDict):
        town: str
        notes: dict[str, int]

    builder = StateGraph(State)
    for name, notes in (("one", {}), ("two", {"a": 1}), ("three", {})):
        builder.add_node(name, lambda _state, notes=notes: {"town": "Rome", "notes": notes})
    builder.add_edge(START, "one").add_edge("one", "two").add_edge("two", "three")
    told = [event.snapshot for event in of(await _events(_run(builder.compile())), ev.StateSnapshot)]
    assert told[-3:] == [{"town": "Rome"}, {"town": "Rome", "notes": {"a": 1}}, {"town": "Rome", "notes": {}}]


async def test_a_graph_without_a_memory_is_told_the_past() -> None:
    model = ScriptedModel(replies=[_saying("one"), _saying("two")])
    graph = create_agent(model, [])
    past = Conversation(await _events(_run(graph, "first")))
    await _events(_run(graph, "second", past))
    assert [message.text for message in model.requests[1].messages] == ["first", "one", "second"]


async def test_a_graph_with_a_memory_is_told_only_what_is_new() -> None:
    model = ScriptedModel(replies=[_saying("one"), _saying("two"), _saying("again")])
    graph = create_agent(model, [], checkpointer=InMemorySaver())
    past = Conversation(first := await _events(_run(graph, "first")))
    second = await _events(_run(graph, "second", past))
    assert [message.text for message in model.requests[1].messages] == ["first", "one", "second"]
    both = Conversation([*first, *second])
    await _events(_run(graph, "second", both, without=both.runs[1].id))
    assert [message.text for message in model.requests[2].messages] == ["first", "one", "second"]


async def test_a_thread_that_a_cancel_left_can_be_gone_on_with() -> None:
    @tool
    async def slow() -> str:
        """Take long."""
        await asyncio.sleep(60)
        return "late"

    model = ScriptedModel(replies=[calling(("slow", {})), _saying("well then")])
    graph = create_agent(model, [slow], checkpointer=InMemorySaver())
    run, events = _run(graph, "first"), []
    async with run:
        async for event in run:
            events.append(event)
            if isinstance(event, ev.Custom) and event.name == ev.TOOL_STARTED:
                run.cancel()
    past = Conversation(asserted(events))
    assert past.runs[0].status is RunStatus.CANCELLED
    second = Conversation(await _events(_run(graph, "second", past))).runs[0]
    assert second.answer == "well then"
    *_, told, question = model.requests[1].messages
    assert ("stopped" in told.text, question.text) == (True, "second")


async def test_a_node_that_goes_on_is_told_by_its_name_until_the_turn_is_over() -> None:
    async def hang(state: MessagesState) -> dict[str, Any]:
        await asyncio.sleep(60)
        return {}

    builder = StateGraph(MessagesState).add_node("first", lambda state: {}).add_node("hang", hang)
    run = _run(builder.add_edge(START, "first").add_edge("first", "hang").compile())
    seen, conversation = [], Conversation()
    async with run:
        async for event in run:
            conversation.apply(event)
            seen.append([*conversation.runs[0].nodes.values()])
            if seen[-1] == ["hang"]:
                run.cancel()
    assert [one for one, before in zip(seen, [[], *seen], strict=False) if one != before] == [
        ["first"],
        [],
        ["hang"],
        [],
    ]


async def test_a_node_that_blocks_or_exits_harms_no_one_else() -> None:
    def blocks(state: MessagesState) -> dict[str, Any]:
        time.sleep(0.3)
        raise SystemExit(3)

    graph = StateGraph(MessagesState).add_node("blocks", blocks).add_edge(START, "blocks").compile()
    task = asyncio.create_task(_events(_run(graph)))
    beats = 0
    while not task.done():
        await asyncio.sleep(0.01)
        beats += 1
    assert beats > 10
    run = Conversation(task.result()).runs[0]
    assert (run.status, run.error) == (RunStatus.MODEL_ERROR, "The node blocks failed: SystemExit: 3")


async def test_a_node_that_answers_without_a_model_is_an_answer() -> None:
    def node(state: MessagesState) -> dict[str, Any]:
        return {"messages": [AIMessage("from a node", id="m1")]}

    graph = StateGraph(MessagesState).add_node("node", node).add_edge(START, "node").compile()
    run = Conversation(await _events(_run(graph))).runs[0]
    assert (run.answer, [message.fragments.text for message in run.messages]) == ("from a node", ["from a node"])


async def test_a_graph_without_messages_is_given_the_question_and_gives_its_answer() -> None:
    class State(TypedDict):
        question: str
        answer: str

    def node(state: State) -> dict[str, Any]:
        return {"answer": state["question"].upper()}

    graph = StateGraph(State).add_node("node", node).add_edge(START, "node").compile()
    run = Conversation(await _events(_run(graph, "why"))).runs[0]
    assert (run.answer, [message.fragments.text for message in run.messages]) == ("WHY", ["WHY"])


async def test_a_graph_that_takes_no_question_says_what_it_takes() -> None:
    class State(TypedDict):
        number: int

    graph = StateGraph(State).add_node("n", lambda state: state).add_edge(START, "n").compile()
    run = Conversation(await _events(_run(graph))).runs[0]
    assert run.error == "the graph takes number: neither messages nor a text to put the question in"


async def test_a_session_that_was_branched_off_has_a_thread_of_its_own() -> None:
    model = ScriptedModel(replies=[_saying("one"), _saying("here"), _saying("there"), _saying("here again")])
    graph = create_agent(model, [], checkpointer=InMemorySaver())
    source = GraphSource(graph, ToolLoop())
    first = await _events(_run(graph, "first"))
    shared = Conversation(first)

    async def asked(question: str, history: Conversation, lineage: Lineage | None = None) -> list[ev.Event]:
        run = Run(lambda run: source.work(run, history), question, thread_id=history.thread_id, lineage=lineage)
        return await _events(run)

    forked = Lineage(branch="fork", session="s", run=shared.runs[0].id, moment="turn:1")
    there = await asked("there?", shared, forked)
    here = await asked("here?", shared)
    await asked("and there?", Conversation([*first, *there]))
    assert [[message.text for message in request.messages] for request in model.requests[1:]] == [
        ["first", "one", "there?"],
        ["first", "one", "here?"],
        ["first", "one", "there?", "here", "and there?"],
    ]
    assert Conversation([*first, *here]).runs[1].answer == "there"
