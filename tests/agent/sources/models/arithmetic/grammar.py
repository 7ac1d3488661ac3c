"""Questions with their exact value. It owns a Hypothesis grammar that writes arithmetic as people do and works each
question out with `fractions`, independently of the parser; it refuses to know the model.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from hypothesis import assume
from hypothesis import strategies as st

__all__ = ["Part", "follow_ups", "questions"]

_LARGEST = 10**12
_CANCELLATION = Fraction(1, 1000)


@dataclass(frozen=True, kw_only=True)
class Part:
    """A piece of a question."""

    text: str
    value: Fraction
    needs: frozenset[str] = frozenset()
    """The operators it takes to work it out."""
    tight: bool = True
    """Whether it can stand beside any operator without parentheses."""
    exact: bool = True
    """Whether no step on the way to it had to be rounded to a float."""


_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"


def _number_words(value: int) -> str:
    units, tens = _UNITS.split(), ["", "", *_TENS.split()]
    if value < 20:
        return units[value]
    if value < 100:
        return tens[value // 10] + (f"-{units[value % 10]}" if value % 10 else "")
    if value < 1000:
        return f"{units[value // 100]} hundred" + (f" {_number_words(value % 100)}" if value % 100 else "")
    return f"{_number_words(value // 1000)} thousand" + (f" {_number_words(value % 1000)}" if value % 1000 else "")


def _literal(text: str, value: Fraction | int) -> Part:
    return Part(text=text, value=Fraction(value))


_digits = st.integers(0, 999).map(lambda n: _literal(str(n), n))
_decimals = st.tuples(st.integers(0, 99), st.integers(1, 99)).map(
    lambda pair: _literal(f"{pair[0]}.{pair[1]:02}", Fraction(f"{pair[0]}.{pair[1]:02}"))
)
_separated = st.integers(1000, 999_999).map(lambda n: _literal(f"{n:,}", n))
_short_words = st.integers(0, 99).map(lambda n: _literal(_number_words(n), n))
_long_words = st.integers(100, 99_999).map(lambda n: _literal(_number_words(n), n))
_positive = st.one_of(_digits, _digits, _decimals, _separated, _short_words)
_negative = _positive.filter(lambda part: bool(part.value)).map(lambda part: _literal(f"-{part.text}", -part.value))
_listable = st.one_of(_positive, _negative)
_literals = st.one_of(_positive, _long_words, _negative)

_WORKED_OUT: dict[str, Callable[[Fraction, Fraction], Fraction]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right,
    "^": lambda left, right: left ** int(right),
}
_SPELLINGS = {
    "+": ("+", " + ", " plus "),
    "-": (" - ", " minus "),
    "*": ("*", " * ", " x ", " × ", " times ", " multiplied by "),
    "/": ("/", " / ", " ÷ ", " divided by ", " over "),
    "^": ("^", " ^ ", "**", " to the power of "),
}


def _combined(text: str, operator: str, left: Part, right: Part, *, tight: bool = False) -> Part:
    assume(operator != "/" or right.value != 0)
    assume(operator != "^" or (0 < abs(left.value) <= 50 and left.exact and 0 <= right.value <= 4))
    value = _WORKED_OUT[operator](left.value, right.value)
    assume(abs(value) < _LARGEST)
    exact = left.exact and right.exact and Fraction(repr(float(value))) == value
    # Floats that were rounded and cancel each other out have no digits left to compare.
    assume(exact or operator not in "+-" or abs(value) >= _CANCELLATION * max(abs(left.value), abs(right.value)))
    needs = left.needs | right.needs | {operator}
    return Part(text=text, value=value, needs=needs, tight=tight, exact=exact)


def _grouped(part: Part) -> str:
    return part.text if part.tight else f"({part.text})"


@st.composite
def _operations(draw: st.DrawFn, parts: st.SearchStrategy[Part]) -> Part:
    operator = draw(st.sampled_from("++--**/"))
    left, right = draw(parts), draw(parts)
    return _combined(f"{_grouped(left)}{draw(_spelling(operator))}{_grouped(right)}", operator, left, right)


@st.composite
def _chains(draw: st.DrawFn, parts: st.SearchStrategy[Part]) -> Part:
    """Several operations without parentheses, where precedence decides: a + b * c - d."""
    first, second, third, fourth = (draw(parts) for _ in range(4))
    product = _combined(f"{_grouped(second)}{draw(_spelling('*'))}{_grouped(third)}", "*", second, third)
    total = _combined(f"{_grouped(first)}{draw(_spelling('+'))}{product.text}", "+", first, product)
    return _combined(f"{total.text}{draw(_spelling('-'))}{_grouped(fourth)}", "-", total, fourth)


@st.composite
def _powers(draw: st.DrawFn, parts: st.SearchStrategy[Part]) -> Part:
    base = draw(parts)
    text = f"({base.text})" if not base.tight or base.value < 0 else base.text
    exponent = draw(st.integers(0, 4))
    if exponent in (2, 3) and draw(st.booleans()):
        return _combined(f"{text} {'squared' if exponent == 2 else 'cubed'}", "^", base, _literal("", exponent))
    return _combined(f"{text}{draw(_spelling('^'))}{exponent}", "^", base, _literal("", exponent))


@st.composite
def _towers(draw: st.DrawFn) -> Part:
    """Powers group to the right, and a minus sign stands before the whole power."""
    base, middle, top = draw(st.integers(1, 6)), draw(st.integers(1, 2)), draw(st.integers(1, 2))
    value = Fraction(-(base ** (middle**top)))
    return Part(text=f"-{base}^{middle}^{top}", value=value, needs=frozenset("^"), tight=False)


@st.composite
def _negations(draw: st.DrawFn, parts: st.SearchStrategy[Part]) -> Part:
    inner = draw(parts)
    return Part(text=f"-({inner.text})", value=-inner.value, needs=inner.needs, tight=False, exact=inner.exact)


@st.composite
def _named(draw: st.DrawFn, parts: st.SearchStrategy[Part]) -> Part:
    """double (...), half of (...), the square of (...)."""
    words, operator, second = draw(
        st.sampled_from([("double", "*", 2), ("triple", "*", 3), ("twice", "*", 2), ("half of", "/", 2)])
        | st.sampled_from([("the square of", "^", 2), ("the cube of", "^", 3)])
    )
    inner = draw(parts)
    return _combined(f"{words} {_grouped(inner)}", operator, inner, _literal("", second))


@st.composite
def _lists(draw: st.DrawFn, parts: st.SearchStrategy[Part]) -> Part:
    """the sum of a, b and c; the difference between a and b."""
    words, operator = draw(
        st.sampled_from([("the sum of", "+"), ("the product of", "*"), ("the difference between", "-")])
    )
    items = draw(st.lists(_listable | parts.map(_parenthesised), min_size=2, max_size=2 if operator == "-" else 4))
    result = items[0]
    for item in items[1:]:
        result = _combined("", operator, result, item)
    *front, last = [item.text for item in items]
    text = f"{words} {', '.join(front)} and {last}"
    return Part(text=text, value=result.value, needs=result.needs, tight=False, exact=result.exact)


def _parenthesised(part: Part) -> Part:
    return Part(text=f"({part.text})", value=part.value, needs=part.needs, exact=part.exact)


def _spelling(operator: str) -> st.SearchStrategy[str]:
    return st.sampled_from(_SPELLINGS[operator])


def _larger(parts: st.SearchStrategy[Part]) -> st.SearchStrategy[Part]:
    return st.one_of(
        _operations(parts), _operations(parts), _chains(parts), _powers(parts), _negations(parts), _named(parts),
        _lists(parts), _towers(),
    )  # fmt: skip


_expressions = st.recursive(_literals, _larger, max_leaves=7)

_BARE_FRAMES = ("What is {}?", "what's {}", "Calculate {}.", "{}", "{} =", "How much is {}?", "Please compute {}")
_FRAMES = (*_BARE_FRAMES, "Could you tell me what {} is, my friend?", "Hello! What is {}?")


@st.composite
def _commands(draw: st.DrawFn) -> Part:
    first, second = draw(_listable), draw(_listable)
    form, operator, swapped = draw(
        st.sampled_from(
            [
                ("add {} and {}", "+", False),
                ("add {} to {}", "+", True),
                ("subtract {} from {}", "-", True),
                ("multiply {} by {}", "*", False),
                ("divide {} by {}", "/", False),
                ("{} subtracted from {}", "-", True),
            ]
        )
    )
    left, right = (second, first) if swapped else (first, second)
    return _combined(form.format(first.text, second.text), operator, left, right)


@st.composite
def follow_ups(draw: st.DrawFn, before: Part, forms: tuple[str, ...] = ("now {}", "and {}?", "{}", "ok, {}")) -> Part:
    """A question that goes on from an earlier result."""
    number = draw(_positive)
    assume(before.exact or number.value)
    words, operator, second = draw(
        st.sampled_from(
            [
                ("double it", "*", _literal("", 2)),
                ("halve that", "/", _literal("", 2)),
                ("square it", "^", _literal("", 2)),
                (f"add {number.text} to that", "+", number),
                (f"add {number.text}", "+", number),
                (f"subtract {number.text} from it", "-", number),
                (f"multiply it by {number.text}", "*", number),
                (f"multiply by {number.text}", "*", number),
                (f"times {number.text}", "*", number),
                (f"divide that by {number.text}", "/", number),
            ]
        )
    )
    return _combined(draw(st.sampled_from(forms)).format(words), operator, before, second)


@st.composite
def questions(draw: st.DrawFn) -> Part:
    """A question in one or several steps."""
    expression = draw(_expressions | _commands())
    # A lone number among other words asks for nothing.
    frame = draw(st.sampled_from(_FRAMES if expression.needs else _BARE_FRAMES))
    question = Part(
        text=frame.format(expression.text),
        value=expression.value,
        needs=expression.needs,
        exact=expression.exact,
    )
    if not question.needs or draw(st.integers(0, 3)):
        return question
    step = draw(follow_ups(expression, ("{}",)))
    joint = draw(st.sampled_from([", then ", ". Then ", "; then ", " and then "]))
    return Part(text=f"{expression.text}{joint}{step.text}", value=step.value, needs=step.needs, exact=step.exact)
