"""Reading questions: any text in bounded time, and printing what was read."""

import time
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.sources.models.arithmetic.language.expression import render
from agent.sources.models.arithmetic.language.numerals import last_number, read_number, show_number
from agent.sources.models.arithmetic.language.parser import MAX_DEPTH, Unreadable, read_question
from tests.agent.sources.models.arithmetic.driver import ask
from tests.agent.sources.models.arithmetic.grammar import Part, questions

_WORDS = (
    "( ) [ 1 2.5 1,000 - + * / ^ ** x plus minus times divided by to the power of sum of product and then "
    "it that add subtract from multiply double half of squared negative hundred thousand five twenty , . "
    "? = what is % ² bananas 1e9 1e999 result"
)
_SCRAPS = st.sampled_from(_WORDS.split())


@given(st.text(max_size=300) | st.lists(_SCRAPS, max_size=40).map(" ".join))
def test_no_text_makes_the_model_raise(text: str) -> None:
    assert ask(text).answer
    read_question(text, Fraction(7, 3))


@given(st.lists(_SCRAPS | st.text(max_size=3), min_size=1, max_size=6).map(" ".join), st.booleans())
def test_ten_thousand_characters_are_read_within_seconds(text: str, spaced: bool) -> None:
    long = ((text or " ") + " " * spaced) * (10_000 // (len(text) + spaced or 1) + 1)
    begun = time.process_time()
    read_question(long[:10_000], Fraction(1))
    assert time.process_time() - begun < 10  # of the processor; about 0.2 here


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("(" * 5_000 + "1 + 1" + ")" * 5_000, f"nested more than {MAX_DEPTH} deep"),
        ("-" * 9_000 + "1 + 1", f"nested more than {MAX_DEPTH} deep"),
        ("^".join(["2"] * 5_000), f"nested more than {MAX_DEPTH} deep"),
        ("+".join(["1"] * 5_000), "more than 200 operations"),
        ("5 + 1" + ", then add it to it" * 60, "more than 200 operations"),
        ("1 + 1. " * 1_000, "more than 20 results"),
        ("9" * 9_000 + " + 1", "a number that long"),
        ("1e999 + 1", "a number that long"),
        ("(" * 100 + "1 + 1", "nested more than"),
    ],
    ids=["parentheses", "signs", "powers", "terms", "doublings", "results", "digits", "exponent", "unclosed"],
)
def test_what_is_too_large_is_declined_with_the_limit(text: str, reason: str) -> None:
    reading = read_question(text)
    assert isinstance(reading, Unreadable)
    assert reason in reading.reason


def test_the_deepest_question_allowed_is_answered() -> None:
    depth = MAX_DEPTH - 2
    assert ask("(" * depth + "1 + 1" + ")" * depth).answer == "1 + 1 equals 2."


@given(questions())
def test_what_is_printed_reads_back_as_the_same(question: Part) -> None:
    reading = read_question(question.text)
    assert isinstance(reading, tuple)
    assert [read_question(render(expression)) for expression in reading] == [(expression,) for expression in reading]


@given(st.integers() | st.decimals(-1000, 1000, places=6))
def test_a_shown_number_reads_back(number: object) -> None:
    value = Fraction(str(number))
    assert read_number(show_number(value)) == value
    assert last_number(f"3 + 4 equals {show_number(value)}.") == value


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("add one hundred and five", "100 + 5"),
        ("the sum of one hundred and five and 3", "105 + 3"),
        ("3 million divided by 2.5 thousand", "3000000 / 2500"),
        ("half of 8 plus 2", "8 / 2 + 2"),
        ("the product of 2, 3 and the sum of 4 and 5", "2 * 3 * (4 + 5)"),
        ("multiply the sum of 2 and 3 by 4", "(2 + 3) * 4"),
        ("5 subtracted from 9", "9 - 5"),
        ("raise 2 to the power of 10", "2^10"),
        ("2 * (3 - (4 + 5))", "2 * (3 - (4 + 5))"),
        ("((1 + 2)) - -(3 * 4)", "1 + 2 - -(3 * 4)"),
        ("(-2)^2", "(-2)^2"),
        ("(2^3)^2", "(2^3)^2"),
        ("12 times 9 =", "12 * 9"),
    ],
)
def test_a_question_is_printed_in_one_normal_form(text: str, printed: str) -> None:
    reading = read_question(text)
    assert isinstance(reading, tuple)
    assert [render(expression) for expression in reading] == [printed]


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("now double it", "20 * 2"),
        ("add 5 to that", "20 + 5"),
        ("and times 3?", "20 * 3"),
        ("subtract 2 from it", "20 - 2"),
        ("minus 3", "20 - 3"),
        ("what is minus 3 plus 5", "-3 + 5"),
        ("add 5 and double it", "(20 + 5) * 2"),
        ("square it", "20^2"),
        ("what is the answer plus 1", "20 + 1"),
        ("raise it to the power of 3", "20^3"),
        ("* 2", "20 * 2"),
        ("- 2 + 5", "-2 + 5"),
    ],
)
def test_a_follow_up_refers_to_the_earlier_result(text: str, printed: str) -> None:
    reading = read_question(text, Fraction(20))
    assert isinstance(reading, tuple)
    assert [render(expression) for expression in reading] == [printed]
