"""The tree of an arithmetic question and its normalised print. It owns what an expression is and how one is written;
it refuses to know how a question is read and who works it out, and it never works anything out itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

from agent.sources.models.arithmetic.language.numerals import show_number

__all__ = [
    "NEGATION_LEVEL",
    "PRECEDENCE",
    "Expression",
    "Negation",
    "Number",
    "Operation",
    "Operator",
    "balance",
    "operators",
    "render",
]


class Operator(Enum):
    """The five operations, each by the sign it is written with."""

    ADD = "+"
    SUBTRACT = "-"
    MULTIPLY = "*"
    DIVIDE = "/"
    POWER = "^"


@dataclass(frozen=True, kw_only=True, slots=True)
class Number:
    """A number of the question, or an earlier result it refers to."""

    value: Fraction


@dataclass(frozen=True, kw_only=True, slots=True)
class Negation:
    """A minus sign before something that is no plain number."""

    operand: "Expression"


@dataclass(frozen=True, kw_only=True, slots=True)
class Operation:
    """An operator and its two operands."""

    operator: Operator
    left: "Expression"
    right: "Expression"


Expression = Number | Negation | Operation

_ATOM = 5
NEGATION_LEVEL = 3
"""How tightly a minus sign binds: weaker than a power, stronger than the rest."""
PRECEDENCE = {
    Operator.ADD: 1,
    Operator.SUBTRACT: 1,
    Operator.MULTIPLY: 2,
    Operator.DIVIDE: 2,
    Operator.POWER: 4,
}
"""How tightly each operator binds: the higher, the tighter."""
_ASSOCIATIVE = (Operator.ADD, Operator.MULTIPLY)


def render(expression: Expression) -> str:
    """The expression as text: one blank around every operator but ^, and only the parentheses it needs.

    What this prints reads back as the same tree, but for numbers of more than 12 significant digits.
    """
    match expression:
        case Number(value=value):
            return show_number(value)
        case Negation(operand=operand):
            return f"-{_within(operand, NEGATION_LEVEL + 1)}"
        case Operation(operator=Operator.POWER, left=left, right=right):
            return f"{_within(left, _ATOM)}^{_within(right, NEGATION_LEVEL)}"
        case Operation(operator=operator, left=left, right=right):
            level = PRECEDENCE[operator]
            return f"{_within(left, level)} {operator.value} {_within(right, level + 1)}"


def operators(expression: Expression) -> Iterator[Operator]:
    """Every operator of the expression, from left to right, as often as it occurs."""
    match expression:
        case Number():
            return
        case Negation(operand=operand):
            yield from operators(operand)
        case Operation(operator=operator, left=left, right=right):
            yield from operators(left)
            yield operator
            yield from operators(right)


def balance(expression: Expression) -> Expression:
    """The same value with long sums and products regrouped in pairs, so that their parts can be worked out at once.

    1 + 2 + 3 + 4 becomes (1 + 2) + (3 + 4): a sum of n numbers then takes about log2(n) rounds instead of n - 1.
    """
    match expression:
        case Number():
            return expression
        case Negation(operand=operand):
            return Negation(operand=balance(operand))
        case Operation(operator=operator) if operator in _ASSOCIATIVE:
            return _pair([balance(term) for term in _terms(expression, operator)], operator)
        case Operation(operator=operator, left=left, right=right):
            return Operation(operator=operator, left=balance(left), right=balance(right))


def _terms(expression: Expression, operator: Operator) -> list[Expression]:
    terms: list[Expression] = []
    while isinstance(expression, Operation) and expression.operator is operator:
        terms.append(expression.right)
        expression = expression.left
    return [expression, *reversed(terms)]


def _pair(terms: list[Expression], operator: Operator) -> Expression:
    while len(terms) > 1:
        pairs: list[Expression] = [
            Operation(operator=operator, left=left, right=right)
            for left, right in zip(terms[::2], terms[1::2], strict=False)
        ]
        terms = pairs if len(terms) % 2 == 0 else [*pairs, terms[-1]]
    return terms[0]


def _within(expression: Expression, level: int) -> str:
    text = render(expression)
    return text if _binding(expression) >= level else f"({text})"


def _binding(expression: Expression) -> int:
    match expression:
        case Number(value=value):
            return NEGATION_LEVEL if value < 0 else _ATOM
        case Negation():
            return NEGATION_LEVEL
        case Operation(operator=operator):
            return PRECEDENCE[operator]
