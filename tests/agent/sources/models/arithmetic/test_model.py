"""The chat model as LangChain sees it: streams, choices, pace, and tools that are no arithmetic."""

import asyncio
import json
import time
from typing import Any, Literal

import pytest
from langchain_core.callbacks import AsyncCallbackHandler
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, ToolMessage
from langchain_core.tools import tool
from pydantic import ValidationError

from agent.sources.models.arithmetic.fragments import fragments
from agent.sources.models.arithmetic.model import ArithmeticChatModel
from tests.agent.sources.models.arithmetic.driver import ALL_TOOLS, ask, stream_step


@tool
def get_weather(location: str, unit: Literal["celsius", "fahrenheit"]) -> str:
    """The weather in a place."""
    return f"12 degrees {unit} in {location}"


@tool
def book_table(guests: int, outside: bool, names: list[str], price: float = 3.5) -> str:
    """Book a table."""
    return f"{guests} {outside} {names} {price}"


def _model(**fields: Any) -> ArithmeticChatModel:
    return ArithmeticChatModel(**{"fragments_per_second": None, **fields})


def test_invoke_and_stream_make_the_same_calls() -> None:
    bound = _model().bind_tools(ALL_TOOLS)
    whole = bound.invoke("What is (3 + 4) * 2^5?")
    _, streamed = stream_step(bound.stream("What is (3 + 4) * 2^5?"))
    assert [(call["name"], call["args"]) for call in whole.tool_calls] == [
        (name, json.loads(arguments)) for name, _, arguments in streamed
    ]


async def test_every_fragment_is_a_chunk_and_a_callback_of_its_own() -> None:
    class Listener(AsyncCallbackHandler):
        def __init__(self) -> None:
            self.tokens: list[AIMessageChunk] = []

        async def on_llm_new_token(self, token: Any, *, chunk: Any = None, **_: Any) -> None:
            self.tokens.append(chunk.message)

    listener = Listener()
    bound = _model().bind_tools(ALL_TOOLS)
    chunks = [chunk async for chunk in bound.astream("What is 10 + 10", config={"callbacks": [listener]})]
    parts = [part["args"] for message in listener.tokens for part in message.tool_call_chunks]
    assert parts == ["", '{"', "x", '":', "10", ',"', "y", '":', "10", "}"]
    assert listener.tokens == chunks


async def test_a_stream_keeps_its_pace_and_leaves_the_loop_free() -> None:
    others = 0

    async def count() -> None:
        nonlocal others
        while True:
            others += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    begun = time.monotonic()
    chunks = [chunk async for chunk in _model(fragments_per_second=100).bind_tools(ALL_TOOLS).astream("1 + 1")]
    counting.cancel()
    await asyncio.wait([counting])
    assert time.monotonic() - begun >= 0.01 * len(chunks)
    assert others > len(chunks)


def test_a_pace_that_is_none_is_refused() -> None:
    with pytest.raises(ValidationError):
        ArithmeticChatModel(fragments_per_second=0)


@pytest.mark.parametrize("text", ["", "a", "x" * 100, "1,000.5 + 2", "naïve 你好 🙂\n\n\t_", '{"a":[1,2]}'])
def test_joined_fragments_are_the_text(text: str) -> None:
    assert "".join(fragments(text)) == text


def test_text_ends_at_a_stop_sequence() -> None:
    model = _model()
    whole = model.invoke("2 + 2").text
    assert model.invoke("2 + 2", stop=["tool"]).text == whole[: whole.index("tool")]
    assert _model(stop=["tool"]).invoke("2 + 2").text == whole[: whole.index("tool")]


def test_the_model_has_no_other_name() -> None:
    assert _model().invoke("hello").response_metadata["model_name"] == "offline"
    with pytest.raises(ValueError, match="no other name"):
        _model().invoke("hello", model="gpt-4o")


# Choices


@pytest.mark.parametrize(
    "choice",
    ["get_weather", {"type": "function", "function": {"name": "get_weather"}}, {"type": "tool", "name": "get_weather"}],
)
def test_a_named_tool_is_called_whatever_is_asked(choice: Any) -> None:
    message = _model().bind_tools([*ALL_TOOLS, get_weather], tool_choice=choice).invoke("What is 10 + 10")
    assert [call["name"] for call in message.tool_calls] == ["get_weather"]
    get_weather.invoke(message.tool_calls[0]["args"])


@pytest.mark.parametrize("choice", ["any", "required", True, {"type": "any"}])
def test_any_tool_is_called_where_one_is_demanded(choice: Any) -> None:
    message = _model().bind_tools([book_table], tool_choice=choice).invoke("Hello")
    assert [call["name"] for call in message.tool_calls] == ["book_table"]
    book_table.invoke(message.tool_calls[0]["args"])


def test_no_tool_is_called_where_none_may_be() -> None:
    message = _model().bind_tools(ALL_TOOLS, tool_choice="none").invoke("What is 10 + 10")
    assert message.tool_calls == []
    assert "I would need a tool that adds" in message.text


def test_a_demand_is_met_once_in_a_turn() -> None:
    turn = ask("weather in Oslo", [get_weather], tool_choice="get_weather")
    assert len(turn.steps) == 1
    assert turn.answer == "get_weather returned: 12 degrees celsius in Oslo."


def test_an_answer_demanded_too_early_says_so() -> None:
    turn = ask("What is 10 + 10", tool_choice="final_answer")
    assert len(turn.steps) == 1
    assert "asked for before the tools could be called" in turn.answer


def test_a_choice_of_a_tool_that_is_not_bound_is_refused() -> None:
    with pytest.raises(ValueError, match="nowhere"):
        _model().bind_tools(ALL_TOOLS, tool_choice="nowhere")


# Tools that are no arithmetic


@pytest.mark.parametrize(
    ("question", "calls"),
    [
        ("What is the weather in Bergen, Norway?", ['{"location":"Bergen, Norway","unit":"celsius"}']),
        (
            "Weather in Bergen in Fahrenheit, please",
            ['{"location":"Bergen in Fahrenheit, please","unit":"fahrenheit"}'],
        ),
        ("get_weather('Łódź', \"celsius\")", ['{"location":"Łódź","unit":"celsius"}']),
        ("get_weather(unit=fahrenheit, location=Rome)", ['{"unit":"fahrenheit","location":"Rome"}']),
    ],
)
def test_arguments_are_taken_from_the_words_of_the_question(question: str, calls: list[str]) -> None:
    turn = ask(question, [get_weather, *ALL_TOOLS])
    assert [arguments for _, arguments in turn.steps[0]] == calls
    assert turn.answer.startswith("get_weather returned: 12 degrees ")


def test_arguments_of_every_type_fit_the_schema() -> None:
    bound = _model().bind_tools([book_table], tool_choice="any")
    message = bound.invoke("Book a table for 4, not outside, for 'Ada'")
    assert message.tool_calls[0]["args"] == {"guests": 4, "outside": False, "names": ["Ada"]}


def test_a_tool_written_like_a_function_is_called_only_with_arguments_that_fit() -> None:
    assert ask("multiply(3, 4)").steps[0] == [("multiply", '{"x":3,"y":4}')]
    assert ask("multiply(3+4) by 2").steps[:2] == [[("add", '{"x":3,"y":4}')], [("multiply", '{"x":7,"y":2}')]]


@pytest.mark.parametrize(
    ("status", "said"), [("success", "get_weather returned: Rain."), ("error", "get_weather failed: Rain.")]
)
def test_the_outcome_of_a_tool_is_reported(status: Literal["success", "error"], said: str) -> None:
    call = {"name": "get_weather", "args": {"location": "Oslo", "unit": "celsius"}, "id": "1"}
    messages = [
        HumanMessage("What is the weather in Oslo?"),
        AIMessage("", tool_calls=[call]),
        ToolMessage("Rain", tool_call_id="1", status=status),
    ]
    assert _model().bind_tools([get_weather]).invoke(messages).text == said


def test_the_history_may_hold_the_answer_as_a_call() -> None:
    arguments = {"answer": "10 + 10 equals 20.", "tools_used": ["add"]}
    history = [
        HumanMessage("10 + 10"),
        AIMessage("", tool_calls=[{"name": "final_answer", "args": arguments, "id": "1"}]),
    ]
    assert ask("now double it", history=history).answer == "20 * 2 equals 40."


def test_a_turn_that_was_cut_goes_on_with_the_results_it_has() -> None:
    calls = [("add", {"x": 3, "y": 4}, "1"), ("exponentiate", {"x": 2, "y": 5}, "2")]
    history = [
        HumanMessage("What is (3 + 4) * 2^5?"),
        AIMessage("", tool_calls=[{"name": name, "args": arguments, "id": id_} for name, arguments, id_ in calls]),
        ToolMessage("7", tool_call_id="1"),
        ToolMessage("No result.", tool_call_id="2", status="error"),
        AIMessage("(3 + 4) * 2^5 equals 22\n\n[This turn was cut short.]"),
    ]
    turn = ask("Please continue.", history=history)
    assert turn.steps[:2] == [[("exponentiate", '{"x":2,"y":5}')], [("multiply", '{"x":7,"y":32}')]]
    assert turn.answer == "(3 + 4) * 2^5 equals 224."
    assert " equals " not in ask("add 5 to that", history=history).answer


def test_an_equal_question_always_gets_the_equal_answer() -> None:
    """Nothing is kept between calls but the uniqueness of ids."""
    first, second = ask("(1 + 2) * (3 + 4)"), ask("(1 + 2) * (3 + 4)")
    assert (first.answer, first.steps) == (second.answer, second.steps)
    assert not set(first.ids) & set(second.ids)
