"""Between LangChain and the planner: it owns how messages become a turn, how bound tools become a toolbox and how a
`tool_choice` is read. It refuses to know what is done with them.
"""

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from agent.sources.models.arithmetic.planner import Choice, Turn
from agent.sources.models.arithmetic.toolbox import Tool, Toolbox, read_toolbox
from agent.sources.models.arithmetic.wording import result_in
from agent.sources.models.arithmetic.workings import Call, Outcome

__all__ = ["read_choice", "read_tools", "read_turn"]


_GO_ON = re.compile(r"\W*(?:please\W+)?(?:continue|go on|carry on|keep going|proceed)\W*(?:please)?\W*", re.IGNORECASE)


def read_turn(messages: Sequence[BaseMessage]) -> Turn:
    """The turn of the last human message: its text, the result before it, and the outcomes of the calls after it.

    Where that message only says "go on", it is the turn before that goes on, with the results it has got so far.
    """
    asked = [index for index, message in enumerate(messages) if isinstance(message, HumanMessage)]
    if not asked:
        return Turn(question="")
    start = last = asked[-1]
    if len(asked) > 1 and _GO_ON.fullmatch(messages[last].text):
        start = asked[-2]
    results = tuple(outcome for outcome in _outcomes(messages[start:last]) if not outcome.failed)
    return Turn(
        question=messages[start].text,
        earlier=_earlier_result(messages[:start]),
        outcomes=results + _outcomes(messages[last:]),
    )


def _earlier_result(messages: Sequence[BaseMessage]) -> Fraction | None:
    last = next((message for message in reversed(messages) if isinstance(message, AIMessage)), None)
    if last is None:
        return None
    answers = [call["args"].get("answer") for call in last.tool_calls]
    text = next((answer for answer in answers if isinstance(answer, str)), last.text)
    return result_in(text)


def _outcomes(messages: Sequence[BaseMessage]) -> tuple[Outcome, ...]:
    calls: dict[str, Call] = {}
    outcomes: list[Outcome] = []
    for message in messages:
        if isinstance(message, AIMessage):
            calls |= {c["id"]: Call(name=c["name"], arguments=c["args"]) for c in message.tool_calls if c["id"]}
        elif isinstance(message, ToolMessage) and (call := calls.get(message.tool_call_id)):
            outcomes.append(Outcome(call=call, content=message.text, failed=message.status == "error"))
    return tuple(outcomes)


def read_tools(tools: Sequence[Mapping[str, Any]]) -> Toolbox:
    """The toolbox of tools in the form of OpenAI's `tools` parameter."""
    functions = [tool["function"] for tool in tools]
    return read_toolbox(
        Tool(
            name=function["name"],
            description=function.get("description") or "",
            schema=function.get("parameters") or {},
        )
        for function in functions
    )


def read_choice(value: object, names: Sequence[str]) -> Choice:
    """A `tool_choice` in any of the forms providers know: a word, a bool, a tool's name, or a dict that names one.

    Raises ValueError where it names a tool that is not bound.
    """
    if isinstance(value, Mapping):
        function = value.get("function")
        value = function.get("name") if isinstance(function, Mapping) else value.get("name") or value.get("type")
    if value is None or value is False or value == "auto":
        return Choice()
    if value is True or value in ("any", "required"):
        return Choice(mode="any")
    if value == "none":
        return Choice(mode="none")
    if isinstance(value, str) and value in names:
        return Choice(mode="named", name=value)
    raise ValueError(f"tool_choice asks for {value!r}, but the bound tools are {list(names)}")
