"""A call that a model wrote as text is known for one, whatever its format; other texts are not."""

import pytest

from agent.conversation.reducer import Conversation
from agent.events import types as ev
from agent.sources.executor.loop import AgentExecutor
from agent.sources.tools.load import default_tools
from agent.sources.tools.written import written_call
from tests.agent.scripted import ScriptedModel, asserted, finish, of, texts

JSON = '{"name": "add", "arguments": {"x": 1, "y": 2}}'


@pytest.mark.parametrize(
    "text",
    [
        f"<tool_call>\n{JSON}\n</tool_call>",
        f"I use the calculator.\n<tool_call>{JSON}</tool_call>",
        "<tool_call>\n<function=add>\n<parameter=x>\n1\n</parameter>\n</function>\n</tool_call>",
        '<function=add>{"x": 1, "y": 2}</function>',
        f"[TOOL_CALLS] [{JSON}]",
        '[TOOL_CALLS]add[ARGS]{"x": 1}',
        '<|python_tag|>{"name": "add", "parameters": {"x": 1}}',
        '<|channel|>commentary to=functions.add <|constrain|>json<|message|>{"x": 1}',
        '<|tool_calls_section_begin|><|tool_call_begin|>functions.add:0<|tool_call_argument_begin|>{"x": 1}',
        '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>add\n{"x": 1}',
        '<invoke name="add"><parameter name="x">1</parameter></invoke>',
        JSON,
        f"```json\n{JSON}\n```",
        f"[{JSON}, {JSON}]",
        '{"type": "function", "function": {"name": "add", "arguments": "{}"}}',
        '{"action": "add", "action_input": {"x": 1}}',
    ],
)
def test_a_call_that_was_written_is_known_by_its_tool(text: str) -> None:
    assert written_call(text, ["multiply", "add"]) == "add"
    assert written_call(text, ["multiply"]) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I could add them: 3.",
        "A call looks like <tool_call>, as of a server.",
        '{"name": "add", "price": 3}',
        '{"arguments": {"x": 1}}',
        "[1, 2]",
        "[" * 50_000,
        f"The answer:\n```json\n{JSON}\n```\nas you asked.",
    ],
)
def test_other_texts_are_none(text: str) -> None:
    assert written_call(text, ["add"]) is None


async def test_it_is_not_run_and_the_user_is_told_why_nothing_happened() -> None:
    model = ScriptedModel(replies=[[*texts("<tool_call>", JSON, "</tool_call>"), finish()]])
    async with AgentExecutor(model, default_tools()).stream("What is 1 + 2?") as run:
        events = [event async for event in run]
    told = [event.value["reason"] for event in of(events, ev.Custom) if event.name == ev.NOTICE]
    assert (len(told), "add" in told[0], "was not run" in told[0]) == (1, True, True)
    assert not of(events, ev.ToolCallStart)
    assert str(Conversation(asserted(events)).runs[0].answer).startswith("<tool_call>")
