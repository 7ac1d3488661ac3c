"""A small executor for the tests: it owns the loop of model and tools, and checks on the way that every stream keeps
the promises of the model's docstring. It refuses to know what is asked.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, ToolMessage
from langchain_core.tools import BaseTool, StructuredTool, ToolException

from agent.sources.models.arithmetic.model import ArithmeticChatModel
from agent.sources.tools.arithmetic import add, divide, exponentiate, multiply, subtract
from agent.sources.tools.final_answer import final_answer

__all__ = ["ALL_TOOLS", "Turn", "ask", "stream_step", "working_tool"]

ALL_TOOLS: list[BaseTool] = [add, subtract, multiply, divide, exponentiate, final_answer]

_EXACT: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda left, right: add.invoke({"x": left, "y": right}),
    "-": lambda left, right: subtract.invoke({"x": right, "y": left}),
    "*": lambda left, right: multiply.invoke({"x": left, "y": right}),
    "/": lambda left, right: divide.invoke({"x": left, "y": right}),
    "^": lambda left, right: exponentiate.invoke({"x": left, "y": right}),
}


@dataclass
class Turn:
    """What came of one question."""

    answer: str = ""
    tools_used: list[str] = field(default_factory=list)
    steps: list[list[tuple[str, str]]] = field(default_factory=list)
    """The calls of each step: name and argument text as streamed."""
    ids: list[str] = field(default_factory=list)


def working_tool(operator: str, name: str, description: str, first: str, second: str, *, swapped: bool) -> BaseTool:
    """A tool for an operator under any name; `swapped` tools take the right operand first."""

    def work(**arguments: Any) -> Any:
        left, right = arguments[second if swapped else first], arguments[first if swapped else second]
        return _EXACT[operator](left, right)

    number = {"type": "number"}
    schema = {"type": "object", "properties": {first: number, second: number}, "required": [first, second]}
    return StructuredTool(name=name, description=description, args_schema=schema, func=work)


def ask(
    question: str,
    tools: Sequence[BaseTool] = tuple(ALL_TOOLS),
    history: Sequence[BaseMessage] = (),
    **binding: Any,
) -> Turn:
    """Run one question to its end."""
    runnable = ArithmeticChatModel(fragments_per_second=None).bind_tools(list(tools), **binding)
    by_name = {tool.name: tool for tool in tools}
    messages: list[BaseMessage] = [*history, HumanMessage(question)]
    turn = Turn()
    for _ in range(60):
        text, calls = stream_step(runnable.stream(messages))
        turn.ids += [id_ for _, id_, _ in calls]
        if not calls:
            turn.answer = text
            return turn
        turn.steps.append([(name, arguments) for name, _, arguments in calls])
        parsed = [(name, id_, json.loads(arguments)) for name, id_, arguments in calls]
        if parsed[0][0] == "final_answer":
            turn.answer, turn.tools_used = parsed[0][2]["answer"], parsed[0][2]["tools_used"]
            return turn
        messages.append(AIMessage("", tool_calls=[{"name": n, "id": i, "args": a} for n, i, a in parsed]))
        messages += [_run(by_name[name], id_, arguments) for name, id_, arguments in parsed]
    raise AssertionError(f"no answer after 60 steps: {question}")


def _run(tool: BaseTool, id_: str, arguments: dict[str, Any]) -> ToolMessage:
    try:
        return ToolMessage(str(tool.invoke(arguments)), tool_call_id=id_)
    except ToolException as error:
        return ToolMessage(str(error), tool_call_id=id_, status="error")


def stream_step(chunks: Any) -> tuple[str, list[tuple[str, str, str]]]:
    """The text and the calls (name, id, argument text) of a stream that keeps all its promises."""
    received: list[AIMessageChunk] = list(chunks)
    calls: list[list[str]] = []
    for chunk in received:
        for part in chunk.tool_call_chunks:
            if part["name"] is not None:
                assert part["index"] == len(calls)
                assert part["id"]
                assert part["args"] == ""
                calls.append([part["name"], part["id"], ""])
            else:
                assert part["index"] == len(calls) - 1
                assert part["id"] is None
                assert part["args"]
                calls[-1][2] += part["args"]
    last = received[-1]
    assert [chunk.chunk_position for chunk in received].count("last") == 1
    assert last.chunk_position == "last"
    assert last.response_metadata["finish_reason"] == ("tool_calls" if calls else "stop")
    assert last.usage_metadata is not None
    fragments = [chunk for chunk in received if chunk.text or any(part["args"] for part in chunk.tool_call_chunks)]
    assert last.usage_metadata["output_tokens"] == len(fragments)
    return "".join(chunk.text for chunk in received), [(name, id_, arguments) for name, id_, arguments in calls]
