"""The arithmetic tools: exact results, and refusals in bounded time."""

import math
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.tools import BaseTool, ToolException
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import ValidationError

from agent.sources.tools.arithmetic import MAX_DIGITS, add, divide, exponentiate, multiply, subtract
from agent.sources.tools.final_answer import final_answer

_TOOLS: list[BaseTool] = [add, subtract, multiply, divide, exponentiate]
_numbers = st.one_of(
    st.integers(-(10**30), 10**30),
    st.floats(-1e30, 1e30, allow_nan=False).filter(lambda x: x == 0 or abs(x) > 1e-30),
)


def _exact(value: int | float) -> Fraction:
    return Fraction(repr(value))


def _same(result: Any, exact: Fraction) -> bool:
    if exact.denominator == 1:
        return isinstance(result, int) and result == exact
    return isinstance(result, float) and result == float(exact)


@given(x=_numbers, y=_numbers)
def test_sums_differences_products_and_quotients_are_the_nearest_to_exact(x: int | float, y: int | float) -> None:
    arguments = {"x": x, "y": y}
    assert _same(add.invoke(arguments), _exact(x) + _exact(y))
    assert _same(subtract.invoke(arguments), _exact(y) - _exact(x))
    assert _same(multiply.invoke(arguments), _exact(x) * _exact(y))
    if y:
        assert _same(divide.invoke(arguments), _exact(x) / _exact(y))


@given(x=st.integers(-50, 50) | st.decimals(-50, 50, places=2).map(float), y=st.integers(-20, 20))
def test_whole_powers_are_the_nearest_to_exact(x: int | float, y: int) -> None:
    if x or y >= 0:
        assert _same(exponentiate.invoke({"x": x, "y": y}), _exact(x) ** y)


@given(
    tool=st.sampled_from(_TOOLS),
    x=st.integers() | st.floats() | st.sampled_from([10**900, -(10**900), 9**99, 1e308, 5e-324, 1 + 1e-9]),
    y=st.integers() | st.floats() | st.sampled_from([10**900, -(10**900), 9**99, 1e308, 5e-324, 0.5]),
)
def test_any_two_numbers_end_in_a_finite_number_or_a_refusal(tool: BaseTool, x: int | float, y: int | float) -> None:
    try:
        result = tool.invoke({"x": x, "y": y})
    except ToolException:
        return
    assert type(result) in (int, float)
    assert abs(result) < 10**MAX_DIGITS
    assert isinstance(result, int) or math.isfinite(result)


@pytest.mark.parametrize(
    ("tool", "x", "y", "reason"),
    [
        (exponentiate, 9, 9**9, "more than 1,000 digits"),
        (exponentiate, 10, 10**10, "more than 1,000 digits"),
        (exponentiate, 10, 1_000, "more than 1,000 digits"),
        (exponentiate, 1.5, 10**900, "too large"),
        (exponentiate, 2, -(10**900), "too close to zero"),
        (exponentiate, 10**999, -(10**900), "too close to zero"),
        (exponentiate, -8, 0.5, "negative number raised to a fractional power"),
        (exponentiate, 0, -1, "division by zero"),
        (exponentiate, 0, -0.5, "division by zero"),
        (divide, 1, 0, "division by zero"),
        (divide, 1, 0.0, "division by zero"),
        (multiply, 10**600, 10**600, "more than 1,000 digits"),
        (multiply, 1e-300, 1e-300, "too close to zero"),
        (add, 10**1_000, 1, "more than 1,000 digits"),
        (add, math.inf, 1, "not a finite number"),
        (add, 1, math.nan, "not a finite number"),
    ],
)
def test_what_cannot_be_worked_out_is_refused_with_its_reason(
    tool: BaseTool, x: int | float, y: int | float, reason: str
) -> None:
    with pytest.raises(ToolException, match=reason):
        tool.invoke({"x": x, "y": y})


@pytest.mark.parametrize(
    ("tool", "x", "y", "result"),
    [
        (add, 0.1, 0.2, 0.3),
        (add, 10, 10, 20),
        (add, 0.5, 0.5, 1),
        (subtract, 3, 10, 7),
        (divide, 7, 2, 3.5),
        (divide, 6, 2, 3),
        (multiply, 10**20, 10**20, 10**40),
        (exponentiate, 10, 999, 10**999),
        (exponentiate, 4, 0.5, 2),
        (exponentiate, 2, -3, 0.125),
        (exponentiate, 1, 10**900, 1),
        (exponentiate, -1, 10**900 + 1, -1),
        (exponentiate, -1, -3, -1),
        (exponentiate, 0, 10**900, 0),
        (exponentiate, 0, 0, 1),
    ],
)
def test_a_whole_result_is_an_int(tool: BaseTool, x: int | float, y: int | float, result: int | float) -> None:
    given_back = tool.invoke({"x": x, "y": y})
    assert given_back == result
    assert type(given_back) is type(result)


@pytest.mark.parametrize("wrong", [True, "3", None, [3]])
def test_only_numbers_are_taken_for_numbers(wrong: object) -> None:
    with pytest.raises(ValidationError, match="a number is needed here"):
        add.invoke({"x": wrong, "y": 1})


def test_a_model_sees_two_plain_numbers() -> None:
    for tool in _TOOLS:
        parameters = convert_to_openai_tool(tool)["function"]["parameters"]
        assert parameters["properties"] == {"x": {"type": "number"}, "y": {"type": "number"}}
        assert parameters["required"] == ["x", "y"]
    assert subtract.description == "Subtract 'x' from 'y'."


def test_the_final_answer_gives_a_word_because_its_arguments_are_the_answer() -> None:
    assert final_answer.invoke({"answer": "20.", "tools_used": ["add"]}) == "answered"


def test_a_final_answer_without_an_answer_is_refused() -> None:
    with pytest.raises(ValidationError):
        final_answer.invoke({"tools_used": []})
