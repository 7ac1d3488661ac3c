"""Graphs as others write them: any state, any way to make one, workers side by side, tools that hand over."""

import asyncio
import operator
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Annotated, Any, NotRequired, TypedDict

import pytest
from langchain.agents import create_agent
from langchain.agents.structured_output import ToolStrategy
from langchain_core.chat_history import InMemoryChatMessageHistory
from langchain_core.messages import AIMessage, AnyMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.outputs import ChatGenerationChunk
from langchain_core.prompts import ChatPromptTemplate, MessagesPlaceholder
from langchain_core.runnables import ConfigurableFieldSpec, Runnable, RunnableConfig, RunnableLambda
from langchain_core.tools import InjectedToolCallId, tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.config import get_stream_writer
from langgraph.func import entrypoint
from langgraph.func import task as functional_task
from langgraph.graph import START, MessagesState, StateGraph, add_messages
from langgraph.prebuilt import ToolNode
from langgraph.types import Command, Send
from pydantic import BaseModel

from agent.conversation.items import Message
from agent.conversation.reducer import Conversation
from agent.conversation.run import Run as Turn
from agent.conversation.run import RunStatus
from agent.errors import UsageError
from agent.events import types as ev
from agent.sources.judging import judged_agent
from agent.sources.tools.calls.loop import ToolLoop
from tests.agent.scripted import ScriptedModel, calling, finish, texts
from tests.agent.sources.remote.asking import events_of


class Paced(ScriptedModel):
    """Lets others have their turn between two pieces."""

    async def _astream(self, *args: Any, **kwargs: Any) -> AsyncIterator[ChatGenerationChunk]:
        async for chunk in super()._astream(*args, **kwargs):
            yield chunk
            await asyncio.sleep(0)


def saying(*words: str) -> list[Any]:
    """A reply in these words."""
    return [*texts(*words), finish()]


def model(*replies: Any) -> Paced:
    """A model with these replies."""
    return Paced(replies=[*replies])


@tool
def add(x: int, y: int) -> int:
    """Add."""
    return x + y


async def asked(found: Any, *questions: str) -> list[Turn]:
    """The turns that questions to an agent come to, one after the other; `found` is what its owner's code names."""
    source = await asyncio.to_thread(judged_agent, found, "it", ToolLoop())
    events: list[ev.Event] = []
    for question in questions or ("why",):
        events += await events_of(source, question, Conversation(events) if events else None)
    return Conversation(events).runs


async def answer(found: Any, *questions: str) -> str | None:
    """The answer to the last of some questions, which was shown, too."""
    turn = (await asked(found, *questions))[-1]
    assert turn.status is RunStatus.ANSWERED, turn.error
    assert any(message.fragments.text == turn.answer for message in turn.messages)
    return turn.answer


def of_one(state: Any, node: Any, **more: Any) -> Any:
    """A graph of one node."""
    return StateGraph(state, **more).add_node("node", node).add_edge(START, "node").compile()


# What states look like


class Optional(TypedDict):
    """A question that need not be there, and an answer that is not yet."""

    question: str | None
    answer: NotRequired[str]


class Described(TypedDict):
    """A text with a reducer, under another name."""

    user_input: Annotated[str, lambda _old, new: new]
    final_answer: str


class Essay(TypedDict):
    """Fields of names that nobody knows."""

    topic: str
    outline: list[str]
    essay: str


class Validated(BaseModel):
    """A state of pydantic's."""

    query: str = ""
    result: str = ""


@dataclass
class Plain:
    """A state that is a dataclass."""

    topic: str = ""
    output: str = ""


class Talk(TypedDict):
    """Messages under another name."""

    chat_history: Annotated[list[AnyMessage], add_messages]


class Both(MessagesState):
    """Messages, and the question beside them."""

    query: str


@pytest.mark.parametrize(
    ("state", "node"),
    [
        (Optional, lambda state: {"answer": f"to {state['question']}"}),
        (Described, lambda state: {"final_answer": f"to {state['user_input']}"}),
        (Essay, lambda state: {"outline": ["a"], "essay": f"to {state['topic']}"}),
        (Validated, lambda state: {"result": f"to {state.query}"}),
        (Plain, lambda state: {"output": f"to {state.topic}"}),
        (Talk, lambda state: {"chat_history": [AIMessage(f"to {state['chat_history'][-1].text}")]}),
        (Both, lambda state: {"messages": [AIMessage(f"to {state['query']}")]}),
        (
            MessagesState,
            lambda state: {"messages": {"role": "assistant", "content": f"to {state['messages'][-1].text}"}},
        ),
    ],
)
async def test_a_state_of_any_kind_takes_the_question_and_gives_the_answer(state: Any, node: Any) -> None:
    assert await answer(of_one(state, node)) == "to why"


async def test_a_state_that_holds_what_is_no_plain_text_is_told_as_text() -> None:
    class State(TypedDict):
        question: str
        parts: Annotated[list[Any], operator.add]
        answer: str

    def node(state: State) -> dict[str, Any]:
        return {"parts": [AIMessage("a").text], "answer": AIMessage("b").text}

    (turn,) = await asked(of_one(State, node))
    assert (turn.answer, turn.state["parts"]) == ("b", ["a"])


# What makes agents


def _agent() -> Any:
    return create_agent(model(saying("ma", "de")), [add])


def configured(config: RunnableConfig) -> Any:
    """A factory that takes a configuration, as LangGraph's server has it."""
    assert config["configurable"] == {}
    return _agent()


async def configured_later(config):  # type: ignore[no-untyped-def]  # as many are
    """The same, as a coroutine without types."""
    return _agent()


def typed(settings) -> "StateGraph":  # type: ignore[no-untyped-def,type-arg]
    """A factory that says what it gives."""
    return (
        StateGraph(MessagesState).add_node("n", lambda _state: {"messages": [AIMessage("made")]}).add_edge(START, "n")
    )


@asynccontextmanager
async def lasting(config: RunnableConfig) -> AsyncIterator[Any]:
    """An agent that lives in a context."""
    is_open = [True]
    yield of_one(MessagesState, lambda _state: {"messages": [AIMessage("made" if is_open else "too late")]})
    is_open.clear()


@contextmanager
def lasting_too() -> Any:
    """The same, in no coroutine."""
    yield _agent()


@pytest.mark.parametrize("found", [configured, configured_later, typed, lasting, lasting_too])
async def test_what_makes_an_agent_is_called_as_it_wants_to_be(found: Any) -> None:
    assert await answer(found) == "made"


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (lambda scope, receive, send: None, "wants scope, receive, send, which is no way to make an agent; an ASGI"),
        (lambda a, b: None, "wants a, b, which is no way to make an agent"),
        ({"graph": 1}, "dict is no agent; name a LangGraph graph"),
    ],
)
def test_what_is_no_agent_is_told_what_it_is(found: Any, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        judged_agent(found, "it", ToolLoop())


# Functions as graphs


async def test_a_workflow_takes_a_text_and_gives_one() -> None:
    @functional_task
    def written(topic: str) -> str:
        return f"about {topic}"

    @entrypoint()
    def flow(topic: str) -> str:
        return written(topic).result()

    assert await answer(flow) == "about why"


async def test_a_workflow_takes_any_object_and_gives_one() -> None:
    @entrypoint()
    def flow(inputs: dict[str, Any]) -> dict[str, Any]:
        return {"essay": f"about {inputs['topic']}"}

    assert await answer(flow) == "about why"


async def test_a_workflow_that_keeps_its_messages_is_given_only_the_new_one() -> None:
    talks = model(saying("one"), saying("two"))

    @entrypoint(checkpointer=InMemorySaver())
    async def flow(messages: list[BaseMessage], *, previous: Any = None) -> Any:
        past = [*(previous or []), *messages]
        reply = await talks.ainvoke(past)
        return entrypoint.final(value=reply, save=[*past, reply])

    assert await answer(flow, "first", "second") == "two"
    assert [message.text for message in talks.requests[1].messages] == ["first", "one", "second"]


# Runnables


async def test_an_object_for_a_prompt_is_made_of_the_question_and_the_past() -> None:
    talks = model(saying("one"), saying("two"))
    prompt = ChatPromptTemplate.from_messages([MessagesPlaceholder("chat_history"), ("human", "{input}")])
    assert await answer(prompt | talks, "first", "second") == "two"
    assert [message.text for message in talks.requests[1].messages] == ["first", "one", "second"]


async def test_a_runnable_that_has_to_be_told_whose_memory_it_has_is_told_the_session() -> None:
    memories: dict[str, InMemoryChatMessageHistory] = {}

    class Remembering(Runnable[Any, str]):
        @property
        def config_specs(self) -> list[ConfigurableFieldSpec]:
            return [ConfigurableFieldSpec(id="session_id", annotation=str, default="")]

        def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> str:
            assert config is not None
            return memories.setdefault(config["configurable"]["session_id"], "kept")  # type: ignore[arg-type,return-value]

    assert await answer(Remembering()) == "kept"
    assert all(name.startswith("thread") for name in memories)


async def test_the_tools_of_an_agent_that_is_no_graph_are_told_with_what_they_gave() -> None:
    talks = model(calling(("add", {"x": 3, "y": 4})), saying("7"))

    async def loop(question: str) -> str:
        reply = await talks.ainvoke(question)
        told = [await add.ainvoke(call["args"]) for call in reply.tool_calls]
        return (await talks.ainvoke(str(told))).text

    (turn,) = await asked(RunnableLambda(loop))
    assert [(call.name, call.result, call.tool_started is not None) for call in turn.calls] == [("add", "7", True)]
    assert (turn.answer, turn.tools_used) == ("7", ("add",))


# Side by side


def _agents(turn: Turn) -> list[tuple[str, str | None, list[str]]]:
    """Sub-agents: name, the call they are under, what they said."""
    return [
        (step.title, step.call_id, [item.fragments.text for item in step.items if isinstance(item, Message)])
        for step in turn.steps
        if step.agent is not None
    ]


async def test_workers_that_are_sent_for_are_each_told_as_one() -> None:
    class State(TypedDict):
        question: str
        answer: str

    async def worker(sent: Any) -> dict[str, Any]:
        for part in "ab":
            await model(saying(*(f"{sent['n']}{part}{place} " for place in range(4)))).ainvoke("q")
        return {}

    async def join(state: State) -> dict[str, Any]:
        return {"answer": (await model(saying("joi", "ned")).ainvoke("q")).text}

    runs: Any = worker  # it is sent what is no state
    builder = StateGraph(State).add_node("worker", runs).add_node("join", join)
    builder.add_conditional_edges(START, lambda _state: [Send("worker", {"n": n}) for n in range(3)], ["worker"])
    (turn,) = await asked(builder.add_edge("worker", "join").compile())
    assert sorted(_agents(turn)) == [
        ("worker", None, [f"{n}{part}0 {n}{part}1 {n}{part}2 {n}{part}3 " for part in "ab"]) for n in range(3)
    ]
    assert turn.answer == "joined"


@pytest.mark.parametrize("named", [lambda _n: None, lambda _n: "its own", lambda n: f"piece {n}"])
async def test_what_a_model_says_is_one_message_whatever_ids_its_pieces_have(
    named: Callable[[int], str | None],
) -> None:
    def under(reply: list[Any], call: str) -> list[Any]:
        ids = [one and f"{call}: {one}" for one in map(named, range(len(reply)))]
        return [piece.model_copy(update={"id": one}) for piece, one in zip(reply, ids, strict=True)]

    talks = model(
        under([*texts("Let me ", "look."), *calling(("add", {"x": 1, "y": 1}))], "first"),
        under(saying("It ", "is 2."), "second"),
    )
    (turn,) = await asked(create_agent(talks, [add]))
    assert [(message.fragments.text, turn.answer) for message in turn.messages][1:] == [("It is 2.", "It is 2.")]
    assert [(len(step.items), [call.result for call in step.calls]) for step in turn.steps] == [(2, ["2"]), (1, [])]


async def test_a_model_that_has_nothing_to_add_leaves_the_answer() -> None:
    talks = model([*texts("It is 2."), *calling(("add", {"x": 1, "y": 1}))], [finish()])
    (turn,) = await asked(create_agent(talks, [add]))
    assert turn.answer == "It is 2."


@pytest.mark.parametrize("named", ["", "piece"])
async def test_models_that_a_node_asks_at_once_are_told_apart_in_one_step(named: str) -> None:
    def part(n: int) -> list[Any]:
        ids = [f"{named} {n}{place}" if named else None for place in range(3)]
        return [
            piece.model_copy(update={"id": one})
            for piece, one in zip(texts(*(f"{n}{one}" for one in "abc")), ids, strict=True)
        ]

    async def node(state: MessagesState) -> dict[str, Any]:
        await asyncio.gather(*(model(part(n)).ainvoke("q") for n in range(2)))
        return {"messages": [await model(saying("do", "ne")).ainvoke("q")]}

    (turn,) = await asked(of_one(MessagesState, node))
    said = [[item.fragments.text for item in step.items if isinstance(item, Message)] for step in turn.steps]
    assert said == [["0a0b0c", "1a1b1c"], ["done"]]


async def test_a_model_that_a_tool_asks_stands_under_its_call() -> None:
    @tool
    async def sum_up(text: str) -> str:
        """Sum up."""
        return (await model(saying("short ", text)).ainvoke("q")).text

    graph = create_agent(model(calling(("sum_up", {"text": "a"}), ("sum_up", {"text": "b"})), saying("done")), [sum_up])
    (turn,) = await asked(graph)
    calls = [call.id for call in turn.calls if call.name == "sum_up"]
    assert sorted(_agents(turn)) == [("tools", calls[0], ["short a"]), ("tools", calls[1], ["short b"])]
    assert turn.answer == "done"


async def test_two_agents_that_one_tool_asks_are_two_under_its_call() -> None:
    @tool
    async def both(task: str) -> str:
        """Ask both."""
        agents = [create_agent(model(saying(name, "!")), [add], name=name) for name in ("ada", "bob")]
        told = await asyncio.gather(*(one.ainvoke({"messages": [HumanMessage(task)]}) for one in agents))
        return " ".join(one["messages"][-1].text for one in told)

    (turn,) = await asked(create_agent(model(calling(("both", {"task": "a"})), saying("done")), [both]))
    (call,) = [call.id for call in turn.calls if call.name == "both"]
    assert sorted(_agents(turn)) == [("ada", call, ["ada!"]), ("bob", call, ["bob!"])]


async def test_what_the_last_of_agents_in_a_row_says_is_the_answer() -> None:
    ada, bob = (create_agent(model(saying(name, " says")), [add], name=name) for name in ("ada", "bob"))
    builder = StateGraph(MessagesState).add_node("ada", ada).add_node("bob", bob)
    (turn,) = await asked(builder.add_edge(START, "ada").add_edge("ada", "bob").compile())
    assert (turn.answer, _agents(turn)) == ("bob says", [("ada", None, ["ada says"]), ("bob", None, ["bob says"])])


async def test_a_call_that_hands_over_to_another_agent_has_its_result() -> None:
    @tool
    def to_bob(tool_call_id: Annotated[str, InjectedToolCallId]) -> Command[Any]:
        """Hand over."""
        told = ToolMessage("handed over", tool_call_id=tool_call_id)
        return Command(goto="bob", graph=Command.PARENT, update={"messages": [told]})

    ada = create_agent(model(calling(("to_bob", {}))), [to_bob], name="ada")
    bob = create_agent(model(saying("bob ", "here")), [add], name="bob")
    builder = StateGraph(MessagesState).add_node("ada", ada, destinations=("bob",)).add_node("bob", bob)
    (turn,) = await asked(builder.add_edge(START, "ada").compile(checkpointer=InMemorySaver()))
    assert (turn.answer, [call.result for call in turn.calls]) == ("bob here", ["handed over"])


async def test_a_node_that_runs_all_calls_of_a_message_tells_when_they_begin() -> None:
    talks = model(calling(("add", {"x": 1, "y": 1}), ("add", {"x": 2, "y": 2})), saying("done"))

    async def ask(state: MessagesState) -> dict[str, Any]:
        return {"messages": [await talks.ainvoke(state["messages"])]}

    builder = StateGraph(MessagesState).add_node("ask", ask).add_node("tools", ToolNode([add])).add_edge(START, "ask")
    builder.add_conditional_edges("ask", lambda state: "tools" if state["messages"][-1].tool_calls else "__end__")
    (turn,) = await asked(builder.add_edge("tools", "ask").compile())
    assert [(call.result, call.tool_started is not None) for call in turn.calls] == [("2", True), ("4", True)]
    assert turn.tools_used == ("add",)


# Answers and ends


class Weather(BaseModel):
    """The weather."""

    town: str


async def test_an_answer_with_a_schema_is_the_answer() -> None:
    graph = create_agent(model(calling(("Weather", {"town": "Rome"}))), [], response_format=ToolStrategy(Weather))
    assert await answer(graph) == '{"town": "Rome"}'


async def test_what_a_tool_gives_that_ends_the_turn_is_the_answer() -> None:
    @tool(return_direct=True)
    def direct() -> str:
        """End."""
        return "from the tool"

    assert await answer(create_agent(model(calling(("direct", {}))), [direct])) == "from the tool"


async def test_a_model_that_fails_is_followed_by_another_and_the_answer_is_its() -> None:
    fails = model([*texts("half "), RuntimeError("gone")])
    chain = RunnableLambda(lambda state: state["messages"]) | fails.with_fallbacks([model(saying("whole"))])
    graph = of_one(MessagesState, chain | RunnableLambda(lambda reply: {"messages": [reply]}))
    (turn,) = await asked(graph)
    assert (turn.answer, [message.fragments.text for message in turn.messages]) == ("whole", ["half ", "whole"])


async def test_a_graph_without_an_end_says_that_its_steps_are_used_up_in_one_line() -> None:
    builder = StateGraph(MessagesState).add_node("on", lambda _state: {}).add_edge(START, "on").add_edge("on", "on")
    (turn,) = await asked(builder.compile().with_config(recursion_limit=5))
    assert turn.status is RunStatus.ITERATION_LIMIT
    assert "\n" not in str(turn.error)


async def test_an_error_of_several_lines_is_told_in_one() -> None:
    def node(state: MessagesState) -> dict[str, Any]:
        raise RuntimeError("one\n  two")

    (turn,) = await asked(of_one(MessagesState, node))
    assert turn.error == "The node node failed: RuntimeError: one two"


async def test_anything_that_a_node_writes_can_be_told() -> None:
    def node(state: MessagesState) -> dict[str, Any]:
        for value in ("text", {"at": 1}, Weather(town="Rome"), b"\xff", AIMessage("x").text):
            get_stream_writer()(value)
        return {"messages": [AIMessage("done")]}

    assert await answer(of_one(MessagesState, node)) == "done"
