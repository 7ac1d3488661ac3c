"""Working out one expression with tools: it owns which calls are due and which results are there. It never computes a
result itself, the one thing it does to a number is to write its sign; and it refuses to know how an answer is worded.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from agent.sources.models.arithmetic.language.expression import (
    Expression,
    Negation,
    Number,
    Operation,
    Operator,
    balance,
)
from agent.sources.models.arithmetic.language.numerals import json_number, read_number
from agent.sources.models.arithmetic.toolbox import ArithmeticTool

__all__ = ["Call", "Outcome", "Workings"]

_MAX_JSON = 2_000
_MAX_QUOTE = 80


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """A call of a tool."""

    name: str
    arguments: Mapping[str, Any]

    @property
    def identity(self) -> tuple[object, ...]:
        """Equal for calls of one tool with equal arguments; 7 and 7.0 are equal."""
        arguments = sorted(self.arguments.items())
        return (
            self.name,
            *((name, value if isinstance(value, int | float | str) else None) for name, value in arguments),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What came of a call."""

    call: Call
    content: str
    failed: bool = False


class _CannotGoOnError(Exception):
    """A call failed that the result needs; the message is its reason."""


class Workings:
    """One expression, worked out as far as the outcomes so far allow.

    Long sums and products are worked out in pairs, so independent parts of an expression are due together.
    """

    value: Fraction | None = None
    """The result, once it is there."""
    failure: str | None = None
    """Why there can be none, in the words of the tool that failed."""

    def __init__(
        self, expression: Expression, tools: Mapping[Operator, ArithmeticTool], outcomes: Iterable[Outcome]
    ) -> None:
        self._tools = tools
        self._outcomes = {outcome.call.identity: outcome for outcome in outcomes}
        self._due: dict[tuple[object, ...], Call] = {}
        try:
            self.value = self._work_out(balance(expression))
        except _CannotGoOnError as reason:
            self.failure = str(reason)

    @property
    def due(self) -> list[Call]:
        """The calls to make now, each once; none where there is a result or a failure."""
        return [] if self.failure else list(self._due.values())

    def _work_out(self, expression: Expression) -> Fraction | None:
        match expression:
            case Number(value=value):
                return value
            case Negation(operand=operand):
                inner = self._work_out(operand)
                return None if inner is None else -inner
            case Operation(operator=operator):
                left, right = self._work_out(expression.left), self._work_out(expression.right)
                return None if left is None or right is None else self._result(self._tools[operator], left, right)

    def _result(self, tool: ArithmeticTool, left: Fraction, right: Fraction) -> Fraction | None:
        values = {tool.left: json_number(left), tool.right: json_number(right)}
        call = Call(name=tool.name, arguments={name: values[name] for name in tool.arguments})
        outcome = self._outcomes.get(call.identity)
        if outcome is None:
            self._due[call.identity] = call
            return None
        if outcome.failed:
            raise _CannotGoOnError(outcome.content)
        result = _number(outcome.content)
        if result is None:
            raise _CannotGoOnError(f"the {tool.name} tool gave no number, but '{outcome.content[:_MAX_QUOTE]}'")
        return result


def _number(content: str) -> Fraction | None:
    """The number a tool gave back: as text, or as the only value of a JSON object."""
    if (value := read_number(content)) is not None or len(content) > _MAX_JSON:
        return value
    try:
        parsed = json.loads(content, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return None
    values = list(parsed.values()) if isinstance(parsed, dict) else []
    return read_number(values[0]) if len(values) == 1 and isinstance(values[0], str) else None
