"""The tools a model was given, and what each is for. It owns how a tool's purpose and the order of its operands are
read from its description, its schema and its name, never from its position. It refuses to know questions and messages.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from agent.sources.models.arithmetic.language.expression import Operator

__all__ = ["ArithmeticTool", "Tool", "Toolbox", "is_numeric", "read_toolbox"]

JsonSchema = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Tool:
    """A bound tool, as a model sees it."""

    name: str
    description: str = ""
    schema: JsonSchema = field(default_factory=dict)
    """The JSON Schema of its arguments."""

    @property
    def properties(self) -> dict[str, JsonSchema]:
        """The schema of each argument."""
        return dict(self.schema.get("properties") or {})

    @property
    def required(self) -> list[str]:
        """The arguments no call may leave out."""
        return list(self.schema.get("required") or [])


@dataclass(frozen=True, kw_only=True, slots=True)
class ArithmeticTool:
    """A tool that works out one operation."""

    name: str
    left: str
    """The argument that takes the left operand: of a subtracting tool, what is subtracted from."""
    right: str
    arguments: tuple[str, ...]
    """Both, in the order of the schema."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Toolbox:
    """All bound tools."""

    tools: tuple[Tool, ...] = ()
    arithmetic: Mapping[Operator, ArithmeticTool] = field(default_factory=dict)
    final_answer: Tool | None = None
    """The tool that hands over the answer, where one is bound."""

    @property
    def others(self) -> list[Tool]:
        """The tools that neither work out an operation nor hand over the answer."""
        known = {tool.name for tool in self.arithmetic.values()}
        return [tool for tool in self.tools if tool.name not in known and tool is not self.final_answer]

    def find(self, name: str) -> Tool | None:
        """The tool of that name."""
        return next((tool for tool in self.tools if tool.name == name), None)


def read_toolbox(tools: Iterable[Tool]) -> Toolbox:
    """Find out what each tool is for. Of two tools for one operation the one whose name says so is taken."""
    tools = tuple(tools)
    arithmetic: dict[Operator, ArithmeticTool] = {}
    final = next((tool for tool in tools if tool.name == "final_answer"), None)
    final = final or next((tool for tool in tools if _hands_over_an_answer(tool)), None)
    for tool in tools:
        operands = _operands(tool)
        operator = _operator(tool, operands) if operands and tool is not final else None
        if not operands or operator is None:
            continue
        if operator not in arithmetic or _first_mention(tool.name) is operator:
            left, right = _ordered(operator, tool.description, operands)
            arithmetic[operator] = ArithmeticTool(name=tool.name, left=left, right=right, arguments=operands)
    return Toolbox(tools=tools, arithmetic=arithmetic, final_answer=final)


def _hands_over_an_answer(tool: Tool) -> bool:
    types = {name: schema.get("type") for name, schema in tool.properties.items()}
    return types.get("answer") == "string" and types.get("tools_used") == "array"


# What a tool works out

_MENTIONS = {
    Operator.ADD: r"add(?!itional)\w*|sum(?:s|med)?|plus\w*|total",
    Operator.SUBTRACT: r"sub(?:tract\w*)?|minus\w*|difference|take\s+away",
    Operator.MULTIPLY: r"mul(?:t|tipl\w*)?|times|product",
    Operator.DIVIDE: r"div(?:id\w*|ision\w*)?|quotient|ratio",
    Operator.POWER: r"pow(?:er\w*)?|exponent\w*|rais\w+",
}
_MENTION = re.compile("|".join(rf"(?P<{op.name}>(?<![a-z])(?:{words})(?![a-z]))" for op, words in _MENTIONS.items()))
_SIGNS = {"**": Operator.POWER, **{operator.value: operator for operator in Operator}}


def _operands(tool: Tool) -> tuple[str, str] | None:
    """The two arguments of a tool that takes two numbers and needs nothing else."""
    numeric = [name for name in tool.required if is_numeric(tool.properties.get(name, {}))]
    return (numeric[0], numeric[1]) if len(numeric) == len(tool.required) == 2 else None


def is_numeric(schema: JsonSchema) -> bool:
    """Whether an argument of that schema may be a number."""
    options = schema.get("anyOf") or [schema]
    return any(option.get("type") in ("number", "integer") for option in options)


def _operator(tool: Tool, operands: tuple[str, str]) -> Operator | None:
    """The description tells more than the name, and the operation it speaks of first more than the others."""
    name = "|".join(map(re.escape, operands))
    if written := re.search(rf"\b(?:{name})\b\W?\s*(\*\*|[-+*/^])\s*\W?\b(?:{name})\b", tool.description):
        return _SIGNS[written[1]]
    return _first_mention(tool.description) or _first_mention(tool.name)


def _first_mention(text: str) -> Operator | None:
    found = _MENTION.search(re.sub(r"([a-z])([A-Z])", r"\1 \2", text).replace("_", " ").lower())
    return Operator[found.lastgroup] if found and found.lastgroup else None


# In which order it takes its operands

_LEFT_NAMES = frozenset({"minuend", "dividend", "numerator", "base", "left"})
_RIGHT_NAMES = frozenset({"subtrahend", "divisor", "denominator", "exponent", "power", "right"})
_SWAPPING = {Operator.SUBTRACT: "from", Operator.DIVIDE: "into"}
"""The word between the operands that says the second comes first: "subtract x from y" is y - x."""


def _ordered(operator: Operator, description: str, operands: tuple[str, str]) -> tuple[str, str]:
    first, second = operands
    if first.lower() in _RIGHT_NAMES or second.lower() in _LEFT_NAMES:
        first, second = second, first
    text = " ".join(description.split())
    places = {name: _place(text, name, ordinal) for name, ordinal in zip(operands, ("first", "second"), strict=True)}
    if any(place is None for place in places.values()):
        return first, second
    (first, begin), (second, end) = sorted(
        ((n, p) for n, p in places.items() if p is not None), key=lambda item: item[1]
    )
    swapping = _SWAPPING.get(operator)
    if swapping and re.search(rf"\b{swapping}\b", text[begin:end], re.IGNORECASE):
        return second, first
    if operator is Operator.POWER and re.search(r"(?:power(?: of)?|exponent)\W*$", text[:begin], re.IGNORECASE):
        return second, first
    return first, second


def _place(text: str, name: str, ordinal: str) -> int | None:
    """Where the description speaks of an argument: by its name in quotes, by its name, or as "the first"."""
    plain = re.escape(name)
    # "a" is an argument's name in "a minus b", and an article in "a number"
    article = r"(?!\s+(?:number|value|integer|float|given|single|specified)\b)" if name == "a" else ""
    for pattern in (rf"['\"`]{plain}['\"`]", rf"\b{plain}\b{article}", rf"(?i)\b(?:the )?{ordinal}\b"):
        if found := re.search(pattern, text):
            return found.start()
    return None
