"""What graphs ask in other ways than most: call by call, by an inbox, by a schema, without a memory, by stopping."""

import threading
from typing import Any, TypedDict

import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import HumanInTheLoopMiddleware
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.types import interrupt

from agent.conversation.decisions import Decision
from agent.conversation.reducer import Conversation
from agent.conversation.run import Run as Turn
from agent.conversation.run import RunStatus
from agent.events import types as ev
from agent.sources.graph.source import GraphSource
from agent.sources.remote.connection import Connection
from agent.sources.remote.source import RemoteSource
from agent.sources.tools.calls.loop import ToolLoop
from tests.agent.scripted import ScriptedModel, calling, finish, of, texts
from tests.agent.serving.serving import serving
from tests.agent.sources.remote.asking import events_of

ADD = ("add", {"x": 1, "y": 1})


@tool
def add(x: int, y: int) -> int:
    """Add."""
    return x + y


def agent(*tools: Any, call: Any = ADD, times: int = 1, **more: Any) -> Any:
    """An agent that calls a tool and is done."""
    replies = [calling(*[call] * times), [*texts("do", "ne"), finish()]]
    return create_agent(ScriptedModel(replies=replies), [add, *tools], **more)


async def turn(graph: Any, *decisions: Decision) -> Turn:
    """What a question comes to where the user says these things."""
    events = await events_of(GraphSource(graph, ToolLoop()), decisions=decisions)
    return Conversation(events).runs[0]


async def turn_from_afar(graph: Any, *decisions: Decision) -> Turn:
    """The same where the graph is served."""
    async with serving(GraphSource(graph, ToolLoop())) as url:
        events = await events_of(RemoteSource(Connection(url, {}, 20.0)), decisions=decisions)
    return Conversation(events).runs[0]


def asking(*allowed: Any) -> HumanInTheLoopMiddleware[Any, Any]:
    """The middleware that asks about every sum, and takes these decisions."""
    return HumanInTheLoopMiddleware(interrupt_on={"add": {"allowed_decisions": [*allowed]}})


@pytest.mark.parametrize("ask", [turn, turn_from_afar])
async def test_calls_that_are_asked_about_one_by_one_are_each_decided(ask: Any) -> None:
    each = HumanInTheLoopMiddleware[Any, Any](interrupt_on={"add": True}, interrupt_mode="per_call")
    graph = agent(times=3, middleware=[each], checkpointer=InMemorySaver())
    edited = Decision("once", arguments={"x": 5, "y": 5})
    told = await ask(graph, Decision("once"), Decision("denied", reason="not this"), edited)
    first, second, third = (str(call.result) for call in told.calls)
    assert (told.answer, first, "not this" in second, third.endswith("10")) == ("done", "2", True, True)


async def test_an_answer_in_the_place_of_a_tool_is_what_the_model_is_told() -> None:
    graph = agent(middleware=[asking("approve", "respond")], checkpointer=InMemorySaver())
    told = await turn(graph, Decision("once", result="about 42"))
    assert (told.answer, told.calls[0].result) == ("done", "about 42")


async def test_a_decision_that_the_agent_does_not_take_is_said_and_asked_for_again() -> None:
    graph = agent(middleware=[asking("approve", "edit")], checkpointer=InMemorySaver())
    told = await turn(graph, Decision("denied"), Decision("once"))
    assert (told.answer, told.calls[0].result) == ("done", "2")
    assert [notice.text for notice in told.notices] == ["The agent takes no reject of add, only: approve, edit"]


def inbox(**allowed: bool) -> Any:
    """A tool that asks as the Agent Inbox has it, and tells what it was answered."""

    @tool
    def send(to: str) -> str:
        """Send."""
        request = {"action_request": {"action": "send", "args": {"to": to}}, "config": allowed, "description": "Look"}
        (answer,) = interrupt([request])
        return f"{answer['type']} {answer['args']}"

    return send


@pytest.mark.parametrize(
    ("decision", "result"),
    [
        (Decision("once"), "accept None"),
        (Decision("once", arguments={"to": "eve"}), "edit {'action': 'send', 'args': {'to': 'eve'}}"),
        (Decision("denied", reason="ask her first"), "response ask her first"),
        (Decision("denied"), "ignore None"),
    ],
)
async def test_what_is_asked_for_an_inbox_is_answered_as_one_would(decision: Decision, result: str) -> None:
    graph = agent(inbox(), call=("send", {"to": "ada"}), checkpointer=InMemorySaver())
    told = await turn(graph, decision)
    assert (told.answer, [call.result for call in told.calls]) == ("done", [result])


async def test_a_question_with_a_schema_is_answered_by_it() -> None:
    schema = {"type": "object", "properties": {"nights": {"type": "integer"}}, "required": ["nights"]}

    def node(state: MessagesState) -> dict[str, Any]:
        given = interrupt("How long?", response_schema=schema)
        return {"messages": [AIMessage(f"{given['nights']} nights")]}

    graph = StateGraph(MessagesState).add_node("node", node).add_edge(START, "node")
    told = await turn(graph.compile(checkpointer=InMemorySaver()), Decision("once", arguments={"nights": 3}))
    assert told.answer == "3 nights"


class Locked(TypedDict):
    """A state with what no checkpoint could hold."""

    question: str
    lock: Any
    answer: str


def named(checkpointer: Any = None) -> Any:
    """A graph that asks a name with a lock in its state."""
    builder = StateGraph(Locked).add_node("lock", lambda _state: {"lock": threading.Lock()})
    builder.add_node("ask", lambda state: {"answer": f"{interrupt('Who?')} {not state['lock'].locked()}"})
    return builder.add_edge(START, "lock").add_edge("lock", "ask").compile(checkpointer=checkpointer)


async def test_a_graph_without_a_memory_can_ask_whatever_its_state_holds() -> None:
    told = await turn(named(), Decision("once", arguments={"answer": "Ada"}))
    assert told.answer == "Ada True"


async def test_a_graph_without_a_memory_that_is_served_says_that_it_needs_one_to_ask() -> None:
    told = await turn_from_afar(named())
    assert told.error == "The graph asks something, and keeps no threads: compile it with a checkpointer that lasts"


@pytest.mark.parametrize("ask", [turn, turn_from_afar])
async def test_a_graph_that_is_to_stop_before_a_node_goes_on_at_a_yes_and_not_at_a_no(ask: Any) -> None:
    def stopping() -> Any:
        return agent(checkpointer=InMemorySaver(), interrupt_before=["tools"])

    told = await ask(stopping(), Decision("once"))
    assert (told.answer, told.calls[0].result) == ("done", "2")
    told = await ask(stopping(), Decision("denied"))
    assert told.status is RunStatus.CANCELLED
    assert told.calls[0].result is None


async def test_a_sub_agent_with_a_memory_of_its_own_stands_under_its_call_and_may_ask() -> None:
    @tool
    def colour() -> str:
        """Ask."""
        return str(interrupt("Which colour?"))

    replies = [calling(("colour", {})), [*texts("blue it is"), finish()]]
    painter = create_agent(ScriptedModel(replies=replies), [colour], checkpointer=True, name="painter")

    @tool
    async def paint(what: str) -> str:
        """Paint."""
        return str((await painter.ainvoke({"messages": [HumanMessage(what)]}))["messages"][-1].text)

    graph = agent(paint, call=("paint", {"what": "a wall"}), checkpointer=InMemorySaver())
    source = GraphSource(graph, ToolLoop())
    events = await events_of(source, decisions=[Decision("once", arguments={"answer": "blue"})])
    (begun,) = of(events, ev.SubagentStarted)
    call = next(event for event in of(events, ev.ToolCallStart) if event.tool_call_name == "paint")
    assert (begun.name, begun.parent_tool_call_id) == ("painter", call.tool_call_id)
    assert Conversation(events).runs[0].answer == "done"
