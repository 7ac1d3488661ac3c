"""Numbers in text: it owns how a number is read (digits, separators, words) and how one is shown. It refuses to know
what the number is for.
"""

import re
from collections.abc import Sequence
from fractions import Fraction

__all__ = [
    "NUMBER_PATTERN",
    "NUMBER_WORDS",
    "json_number",
    "last_number",
    "number_of_words",
    "read_number",
    "show_number",
]

NUMBER_PATTERN = r"(?:(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]+)(?:\.[0-9]+)?|\.[0-9]+)(?:e[+-]?[0-9]{1,4}(?!\w))?"
"""A number without its sign, in lower case: 12, 1,000, 0.5, .5, 1e-7."""

_MAX_LENGTH = 1_100
"""Longest number text that is read, in characters: a little over the thousand digits a result may have."""
_MAX_EXPONENT = 300
_SIGNIFICANT_DIGITS = 12
_NUMBER = re.compile(rf"[+-]?{NUMBER_PATTERN}")
_LAST_NUMBER = re.compile(rf"(?<![\w.,])-?{NUMBER_PATTERN}")
_EXPONENT = re.compile(r"e([+-]?[0-9]+)$")

# fmt: off
_UNITS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)
# fmt: on
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SMALL = {word: value for value, word in enumerate(_UNITS)} | {word: 10 * i for i, word in enumerate(_TENS, start=2)}
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9}
NUMBER_WORDS = frozenset({*_SMALL, "hundred", *_SCALES})
"""The words a number can begin with."""


def read_number(text: str) -> Fraction | None:
    """The exact value of text that is one number and nothing else; None for other text and numbers out of range."""
    text = text.strip().lower().replace("−", "-")
    if len(text) > _MAX_LENGTH or not _NUMBER.fullmatch(text):
        return None
    if (exponent := _EXPONENT.search(text)) and abs(int(exponent[1])) > _MAX_EXPONENT:
        return None
    value = Fraction(text.replace(",", ""))
    return None if value and abs(value) < Fraction(1, 10**_MAX_EXPONENT) else value


def last_number(text: str) -> Fraction | None:
    """The value of the last number in a text, or None where it has none."""
    found = _LAST_NUMBER.findall(text.lower().replace("−", "-"))
    return read_number(found[-1]) if found else None


def number_of_words(words: Sequence[str], start: Fraction | None = None) -> tuple[Fraction, int]:
    """Read number words from the front of `words`: the value, and how many of the words belong to it.

    `start` is a number in digits that stands before them, as in "3 million" or "2.5 thousand"; without it the first
    word must be a number word.
    """
    total, group, used = Fraction(0), start, 0
    ceiling = 10**12
    # The last word below a hundred in this group, or a value no such word may follow, or None where any may.
    tail = None if start is None else _CLOSED
    for position, word in enumerate(words):
        if word in _SMALL and _may_follow(_SMALL[word], tail, first=not used):
            tail = _SMALL[word]
            group = (group or 0) + Fraction(tail)
        elif word == "hundred" and (group is None or abs(group) < 100):
            group, tail = (1 if group is None else group) * Fraction(100), None
        elif word in _SCALES and _SCALES[word] < ceiling and (group is not None or not used):
            ceiling = _SCALES[word]
            total += (1 if group is None else group) * ceiling
            group, tail = None, None
        elif word == "and" and used and _joins(words, position):
            continue
        else:
            break
        used = position + 1
    return total + (group or 0), used


_CLOSED = -1


def _may_follow(small: int, tail: int | None, *, first: bool) -> bool:
    """Whether "five" may follow "twenty" (it may) or "six" (it may not); zero stands only alone."""
    if tail is None:
        return small > 0 or first
    return tail >= 20 and 0 < small < 10


def _joins(words: Sequence[str], position: int) -> bool:
    before, after = words[position - 1], words[position + 1 : position + 2]
    return (before == "hundred" or before in _SCALES) and bool(after) and after[0] in _SMALL


def show_number(value: Fraction) -> str:
    """The number for a reader: whole numbers in full, others with at most 12 significant digits."""
    number = json_number(value)
    return str(number) if isinstance(number, int) else f"{number:.{_SIGNIFICANT_DIGITS}g}"


def json_number(value: Fraction) -> int | float:
    """The number as an argument of a call: an int where it is whole, else the nearest float.

    From 2**53 on floats have no fractions, and beyond 1e308 there are none: such a number is rounded to an int.
    """
    if value.denominator == 1 or abs(value) >= 2**53:
        return round(value)
    return float(value)
