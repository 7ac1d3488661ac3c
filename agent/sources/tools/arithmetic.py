"""The five arithmetic tools a model is given by default. This module owns exact arithmetic on the numbers of JSON and
its limits: every call ends in bounded time, with a number or with a refusal that says why. It refuses to know who
calls it, how a refusal is shown, and what the question was.

Results are worked out exactly, a float standing for the decimal number it is written as, so 0.1 + 0.2 is 0.3. A result
is given as an int where it is a whole number, else as the nearest float. Only powers whose exact value is irrational
or too long to write out are worked out in floating point.
"""

import math
from fractions import Fraction
from typing import Annotated

from langchain_core.tools import ToolException, tool
from pydantic import PlainValidator, WithJsonSchema

__all__ = ["MAX_DIGITS", "add", "divide", "exponentiate", "multiply", "subtract"]

MAX_DIGITS = 1_000
"""The most digits a whole number may have, as an argument or as a result."""

_LIMIT = 10**MAX_DIGITS
_EXACT_POWER_BITS = 100_000
"""Fractions are raised exactly while their numerator and denominator stay below this size."""
_EXACT_FLOATS = 2**53
"""Below this magnitude a whole float is a whole number; above it, it may have been rounded to one."""
_HUGE = Fraction(10**300)


def _check_number(value: object) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"a number is needed here, not {type(value).__name__}")
    return value


Number = Annotated[int | float, PlainValidator(_check_number), WithJsonSchema({"type": "number"})]
"""A JSON number: an int stays an int, and neither a bool nor a string is taken for one."""


@tool
def add(x: Number, y: Number) -> int | float:
    """Add 'x' and 'y'."""
    return _give(_read(x) + _read(y))


@tool
def subtract(x: Number, y: Number) -> int | float:
    """Subtract 'x' from 'y'."""
    return _give(_read(y) - _read(x))


@tool
def multiply(x: Number, y: Number) -> int | float:
    """Multiply 'x' and 'y'."""
    return _give(_read(x) * _read(y))


@tool
def divide(x: Number, y: Number) -> int | float:
    """Divide 'x' by 'y'."""
    dividend, divisor = _read(x), _read(y)
    if not divisor:
        raise ToolException("division by zero has no result")
    return _give(dividend / divisor)


@tool
def exponentiate(x: Number, y: Number) -> int | float:
    """Raise 'x' to the power of 'y'."""
    base, exponent = _read(x), _read(y)
    if not base and exponent < 0:
        raise ToolException("zero cannot be raised to a negative power: that would be a division by zero")
    if exponent.denominator == 1:
        return _whole_power(base, exponent.numerator)
    if base < 0:
        raise ToolException("a negative number raised to a fractional power is not a real number")
    return _float_power(base, exponent)


def _read(value: int | float) -> Fraction:
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ToolException(f"{value} is not a finite number")
        return Fraction(repr(value))
    if abs(value) >= _LIMIT:
        raise ToolException(f"a number of more than {MAX_DIGITS:,} digits is too large for this tool")
    return Fraction(value)


def _give(result: Fraction) -> int | float:
    if abs(result) >= _LIMIT:
        raise _too_large()
    if result.denominator == 1:
        return result.numerator
    try:
        nearest = float(result)
    except OverflowError:
        raise _too_large() from None
    if not nearest:
        raise _too_small()
    return nearest


def _whole_power(base: Fraction, exponent: int) -> int | float:
    if abs(base) in (0, 1):
        return int(base) if exponent % 2 else int(base) ** min(abs(exponent), 2)
    # The size of the result is judged before anything of that size is made.
    if base.denominator == 1 and exponent > MAX_DIGITS / math.log10(abs(base.numerator)):
        raise _too_large()
    bits = max(base.numerator.bit_length(), base.denominator.bit_length())
    if bits * abs(exponent) <= _EXACT_POWER_BITS:
        return _give(base**exponent)
    return _float_power(base, Fraction(exponent))


def _float_power(base: Fraction, exponent: Fraction) -> int | float:
    # An exponent no float can hold is brought down to one: what it leads to is out of range all the same.
    exponent = max(-_HUGE, min(exponent, _HUGE))
    try:
        result = math.pow(float(base), float(exponent))
    except OverflowError:
        raise (_too_large() if exponent > 0 else _too_small()) from None
    if base and not result:
        raise _too_small()
    return int(result) if result.is_integer() and abs(result) < _EXACT_FLOATS else result


def _too_large() -> ToolException:
    return ToolException(f"the result would be too large (more than {MAX_DIGITS:,} digits, or beyond a float)")


def _too_small() -> ToolException:
    return ToolException("the result is too close to zero to be given as a number")
