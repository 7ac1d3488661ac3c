"""What is told where a model's window is too small for all of it."""

from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from agent.sources.context.history import Turn
from agent.sources.context.window import Window, size_of
from agent.sources.failures.overflow import Overflow


def turn(number: int, result: str = "r") -> Turn:
    messages: list[BaseMessage] = [
        HumanMessage(f"question {number}"),
        AIMessage("", tool_calls=[{"name": "look", "args": {}, "id": "a", "type": "tool_call"}]),
        ToolMessage(result, tool_call_id="a"),
        AIMessage(f"answer {number}"),
    ]
    return Turn(messages=messages, failed=False)


def test_what_fits_is_told_whole() -> None:
    turns = [turn(number) for number in range(3)]
    fitted = Window(8_000).fit(turns, [HumanMessage("now")], 100)
    assert fitted.past == [message for one in turns for message in one.messages]
    assert (fitted.left_out, fitted.shortened) == (0, 0)


@given(st.integers(500, 20_000), st.lists(st.integers(0, 30_000), max_size=20))
def test_what_is_sent_fits_and_the_oldest_turns_go_first(window: int, results: list[int]) -> None:
    turns = [turn(number, "x" * size) for number, size in enumerate(results)]
    fitted = Window(window).fit(turns, [HumanMessage("now")], 0)
    assert sum(map(size_of, fitted.past)) <= window * 3
    kept = [message.content for message in fitted.past if isinstance(message, HumanMessage)]
    assert kept == [f"question {number}" for number in range(fitted.left_out, len(turns))]
    assert not fitted.past or isinstance(fitted.past[0], HumanMessage)


def test_a_long_result_is_told_in_part_and_says_so() -> None:
    fitted = Window(8_000).fit([turn(1, f"begin{'x' * 50_000}end")], [HumanMessage("now")], 0)
    told = str(fitted.past[2].content)
    assert told.startswith("begin")
    assert told.endswith("end")
    assert "characters of this result are left out" in told
    assert len(told) < 8_000
    assert fitted.shortened == 1


def test_results_of_the_turn_that_goes_on_are_shortened_before_it_fails() -> None:
    current: list[BaseMessage] = [HumanMessage("now"), *(ToolMessage("y" * 9_000, tool_call_id="a") for _ in range(9))]
    fitted = Window(4_000).fit([turn(1)], current, 0)
    assert sum(map(size_of, fitted.current)) <= 12_000
    assert len(fitted.current) == len(current)


def test_a_refusal_teaches_the_window() -> None:
    turns = [turn(number, "x" * 1_000) for number in range(60)]
    sent = sum(size_of(message) for one in turns for message in one.messages)
    for overflow in (Overflow(window=8_000, sent=20_000), Overflow(window=8_000), Overflow()):
        window = Window()
        assert window.fit(turns, [HumanMessage("now")], 0).left_out == 0
        window.refused(overflow, sent)
        fitted = window.fit(turns, [HumanMessage("now")], 0)
        assert 0 < fitted.left_out < 60
        window.refused(overflow, sum(map(size_of, fitted.past)))
        assert window.fit(turns, [HumanMessage("now")], 0).left_out > fitted.left_out


def test_the_servers_count_teaches_what_a_token_is() -> None:
    turns = [turn(number, "x" * 1_000) for number in range(40)]
    dear, cheap = Window(16_000), Window(16_000)
    dear.counted(40_000, 30_000)
    cheap.counted(40_000, 10_000)
    now: list[BaseMessage] = [HumanMessage("now")]
    assert dear.fit(turns, now, 0).left_out > cheap.fit(turns, now, 0).left_out
