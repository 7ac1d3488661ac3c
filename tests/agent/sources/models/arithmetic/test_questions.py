"""Whole questions through the model and its tools, against exact values."""

import re
from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.tools import BaseTool

from agent.sources.tools.final_answer import final_answer
from tests.agent.sources.models.arithmetic.driver import ALL_TOOLS, ask, working_tool
from tests.agent.sources.models.arithmetic.grammar import Part, follow_ups, questions

_VERBS = {"+": "adds", "-": "subtracts", "*": "multiplies", "/": "divides", "^": "raises to a power"}
# Each variant: name, description of the arguments {0} and {1}, and whether {1} is the left operand.
_VARIANTS = {
    "+": [("add", "Add '{0}' and '{1}'.", False), ("t1", "Returns the sum of {0} and {1}", False)],
    "-": [
        ("subtract", "Subtract '{0}' from '{1}'.", True),
        ("minus_tool", "Subtract {1} from {0}", False),
        ("t2", "{0} minus {1}", False),
        ("difference", "", False),
        ("t2b", "Computes {1} - {0}.", True),
    ],
    "*": [("multiply", "Multiply '{0}' and '{1}'.", False), ("t3", "The product of two numbers", False)],
    "/": [
        ("divide", "Divide '{0}' by '{1}'.", False),
        ("t4", "Divide {0} into {1}", True),
        ("quotient", "{1} divided by {0}", True),
    ],
    "^": [
        ("exponentiate", "Raise '{0}' to the power of '{1}'.", False),
        ("t5", "Raises {1} to the power of {0}.", True),
        ("pow", "", False),
    ],
}
_ARGUMENT_NAMES = [("x", "y"), ("a", "b"), ("y", "x"), ("first_number", "second_number")]


@st.composite
def _toolboxes(draw: st.DrawFn) -> tuple[frozenset[str], list[BaseTool]]:
    bound = draw(st.sampled_from([set(_VARIANTS)]) | st.sets(st.sampled_from(sorted(_VARIANTS))))
    tools: list[BaseTool] = []
    for operator in sorted(bound):
        name, description, swapped = draw(st.sampled_from(_VARIANTS[operator]))
        first, second = draw(st.sampled_from(_ARGUMENT_NAMES))
        text = description.format(first, second) or name
        tools.append(working_tool(operator, name, text, first, second, swapped=swapped))
    if draw(st.booleans()):
        tools.append(final_answer)
    return frozenset(bound), draw(st.permutations(tools))


def _check(question: Part, bound: frozenset[str], answer: str) -> None:
    missing = question.needs - bound
    if missing:
        assert "I would need a tool that" in answer
        assert " equals " not in answer
        assert all(_VERBS[operator] in answer for operator in missing)
        assert not any(_VERBS[operator] in answer for operator in question.needs & bound)
        return
    stated = re.search(r" equals (\S+)\.$", answer)
    assert stated, answer
    assert abs(Fraction(stated[1]) - question.value) <= abs(question.value) / 10**9


@settings(max_examples=settings().max_examples * 3)
@given(question=questions(), toolbox=_toolboxes())
def test_every_question_is_answered_exactly_or_the_missing_tool_is_named(
    question: Part, toolbox: tuple[frozenset[str], list[BaseTool]]
) -> None:
    bound, tools = toolbox
    turn = ask(question.text, tools)
    _check(question, bound, turn.answer)
    assert len(set(turn.ids)) == len(turn.ids)


@given(data=st.data(), question=questions().filter(lambda part: part.exact and bool(part.needs)))
def test_a_follow_up_goes_on_from_the_answer_before(data: st.DataObject, question: Part) -> None:
    before = ask(question.text).answer
    shown = Fraction(before.removesuffix(".").split(" equals ")[1])
    follow_up = data.draw(follow_ups(Part(text="", value=shown)))
    after = ask(follow_up.text, history=[HumanMessage(question.text), AIMessage(before)]).answer
    _check(follow_up, frozenset(_VARIANTS), after)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What is 10 + 10", "10 + 10 equals 20."),
        ("What is (3 + 4) * 2^5?", "(3 + 4) * 2^5 equals 224."),
        ("12 times 9 minus 8", "12 * 9 - 8 equals 100."),
        ("2 to the power of 10", "2^10 equals 1024."),
        ("-3 - -5", "-3 - -5 equals 2."),
        ("0.1 + 0.2", "0.1 + 0.2 equals 0.3."),
        ("7 / 2", "7 / 2 equals 3.5."),
        ("(1+2)*(3+4)*(5+6)", "(1 + 2) * (3 + 4) * (5 + 6) equals 231."),
        ("add 5 and 6, then multiply by 2", "(5 + 6) * 2 equals 22."),
        ("what is the sum of 3, 4 and 5?", "3 + 4 + 5 equals 12."),
        ("10 / 0", "10 / 0 cannot be worked out: division by zero has no result."),
        ("-2^2", "-2^2 equals -4."),
        ("2^3^2", "2^3^2 equals 512."),
        ("What is 3 + 4? And what is 5 * 6?", "3 + 4 equals 7. 5 * 6 equals 30."),
        ("Start with 5. Add 3. Double it.", "(5 + 3) * 2 equals 16."),
        ("one hundred and five plus twenty-one", "105 + 21 equals 126."),
        ("3² + 4²", "3^2 + 4^2 equals 25."),
    ],
)
def test_the_answer_restates_the_question(question: str, answer: str) -> None:
    assert ask(question).answer == answer
    assert ask(question, ALL_TOOLS[:-1]).answer == answer


def test_the_calls_of_ten_plus_ten_are_byte_exact() -> None:
    assert ask("What is 10 + 10", tool_choice="any").steps == [
        [("add", '{"x":10,"y":10}')],
        [("final_answer", '{"answer":"10 + 10 equals 20.","tools_used":["add"]}')],
    ]


def test_independent_parts_are_called_at_once() -> None:
    assert ask("What is (3 + 4) * 2^5?").steps[:2] == [
        [("add", '{"x":3,"y":4}'), ("exponentiate", '{"x":2,"y":5}')],
        [("multiply", '{"x":7,"y":32}')],
    ]


def test_a_long_sum_takes_logarithmically_many_steps() -> None:
    turn = ask(" + ".join(map(str, range(1, 65))))
    assert turn.answer.endswith(" equals 2080.")
    assert len(turn.steps) == 7


def test_equal_parts_are_called_once() -> None:
    assert ask("(2 + 3) * (2 + 3)").steps[0] == [("add", '{"x":2,"y":3}')]


def test_a_huge_power_is_refused_at_once() -> None:
    assert re.fullmatch(r"9\^9\^9 cannot be worked out: .*more than 1,000 digits.*\.", ask("9^9^9").answer)


@pytest.mark.parametrize("question", ["hello", "how are you", "Write me 2 haikus.", "", "?"])
def test_talk_is_answered_with_what_the_model_can_do(question: str) -> None:
    for tools in (ALL_TOOLS, []):
        answer = ask(question, tools).answer
        assert "offline model" in answer
        assert "OPENAI_API_KEY" in answer
        assert "OPENAI_BASE_URL" in answer
        assert "--model openai:NAME" in answer


@pytest.mark.parametrize(
    "question",
    [
        "the square root of 16 + 2",
        "10% of 50 + 1",
        "3 + 4 bananas times 2",
        "7 = -3",
        "5! + 3",
        "sqrt(16) + 2",
        "17 mod 5 + 1",
        "is 3 less than 4",
        "x + 3 = 7",
        "five six plus 1",
        "(3 + 4",
        "3 + 4)",
        "foo(3) + 1",
    ],
)
def test_a_question_that_is_only_half_understood_is_declined(question: str) -> None:
    turn = ask(question)
    assert "could not read" in turn.answer
    assert " equals " not in turn.answer
    assert turn.tools_used == []


@pytest.mark.parametrize("before", [[], [AIMessage("10 / 0 cannot be worked out: no.")], [AIMessage("Sure thing.")]])
def test_a_follow_up_without_an_earlier_result_is_not_guessed(before: Sequence[AIMessage]) -> None:
    assert " equals " not in ask("add 5 to that", history=[HumanMessage("10 / 0"), *before]).answer


def test_a_result_that_is_no_number_ends_the_turn_with_its_text() -> None:
    broken = working_tool("+", "add", "Add 'x' and 'y'.", "x", "y", swapped=False)
    broken = broken.model_copy(update={"func": lambda **_: "about seven"})
    assert "cannot be worked out: the add tool gave no number, but 'about seven'" in ask("3 + 4", [broken]).answer
