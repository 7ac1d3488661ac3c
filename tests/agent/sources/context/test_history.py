"""What a model is told of the turns behind it."""

import json
from itertools import pairwise
from typing import Any

from hypothesis import given
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from agent.conversation.reducer import Conversation
from agent.events import types as ev
from agent.sources.context.history import past_turn
from agent.sources.context.turns import told_runs
from tests.agent.strategies import cut_runs


def _turn(
    *events: ev.Event, end: ev.Event | None = None, run: str = "r", question: str = "q", retry_of: str | None = None
) -> list[ev.Event]:
    message = ev.InputMessage(role="user", content=question)
    given = ev.RunInput(thread_id="t", run_id=run, messages=[message])
    metadata = {"retryOf": retry_of} if retry_of else None
    start = ev.RunStarted(timestamp=1, thread_id="t", run_id=run, input=given, metadata=metadata)
    return [start, ev.StepStarted(timestamp=1, step_name="step 1"), *events, *([end] if end else [])]


def _answered(answer: str | None = "a") -> ev.RunFinished:
    return ev.RunFinished(timestamp=9, thread_id="t", run_id="r", result={"answer": answer} if answer else None)


def _failed(code: str = "cancelled") -> ev.RunError:
    return ev.RunError(timestamp=9, message="x", code=code)


def _text(text: str) -> list[ev.Event]:
    return [
        ev.TextMessageStart(message_id=text),
        ev.TextMessageContent(message_id=text, delta=text),
        ev.TextMessageEnd(message_id=text),
    ]


def _call(arguments: str, *, id: str = "c", ended: bool = True, result: str | None = None) -> list[ev.Event]:
    events: list[ev.Event] = [
        ev.ToolCallStart(tool_call_id=id, tool_call_name="add"),
        ev.ToolCallArgs(tool_call_id=id, delta=arguments),
    ]
    if ended:
        events.append(ev.ToolCallEnd(tool_call_id=id))
    if result is not None:
        events.append(ev.ToolCallResult(message_id="m", tool_call_id=id, content=result))
    return events


def _told(*turns: list[ev.Event]) -> list[BaseMessage]:
    runs = Conversation(event for turn in turns for event in turn).runs
    return [message for run in told_runs(runs) for message in past_turn(run).messages]


def _contents(messages: list[BaseMessage]) -> list[tuple[str, Any]]:
    return [(message.type, message.content) for message in messages]


def test_an_answered_turn_is_told_with_its_calls_and_results() -> None:
    turn = _turn(*_call('{"x": 1}', result="1"), end=_answered())
    assert _contents(_told(turn)) == [("human", "q"), ("ai", ""), ("tool", "1"), ("ai", "a")]


def test_in_the_articles_way_an_answered_turn_is_its_question_and_its_answer() -> None:
    (run,) = Conversation(_turn(*_call('{"x": 1}', result="1"), end=_answered())).runs
    assert _contents(past_turn(run, telling="answers").messages) == [("human", "q"), ("ai", "a")]


def test_an_answer_that_was_only_written_is_told_as_it_was_written() -> None:
    assert _contents(_told(_turn(*_text("20"), end=_answered(None)))) == [("human", "q"), ("ai", "20")]
    assert _contents(_told(_turn(end=_answered(None))))[1] == ("ai", "(no answer)")


def test_a_cut_turn_is_told_with_its_calls_and_that_it_was_cut() -> None:
    question, said, result, note = _told(_turn(*_text("So"), *_call('{"x": 1}', result="1"), end=_failed()))
    assert question.content == "q"
    assert isinstance(said, AIMessage)
    assert said.content == "So"
    (call,) = said.tool_calls
    assert (call["name"], call["args"]) == ("add", {"x": 1})
    assert isinstance(result, ToolMessage)
    assert (result.tool_call_id, result.content, result.status) == (call["id"], "1", "success")
    assert note.content == "[This turn was cut short: the user stopped it.]"


def test_a_call_that_never_got_its_result_is_given_one() -> None:
    result = _told(_turn(*_call('{"x": 1}'), end=_failed()))[2]
    assert isinstance(result, ToolMessage)
    assert result.status == "error"
    assert "cut short" in str(result.content)


def test_a_call_whose_arguments_were_cut_or_are_no_object_is_not_told() -> None:
    cut = [_call(text, ended=False) for text in ('{"x": 1', '{"x": 1}', "")]
    for call in (*cut, _call('{"x"'), _call("[1]"), _call("[" * 9_999)):
        assert [message.type for message in _told(_turn(*call, end=_failed()))] == ["human", "ai"]


def test_what_was_written_before_the_cut_is_kept() -> None:
    note = _told(_turn(*_text("It is tw"), end=_failed("truncated")))[1]
    assert note.content == "It is tw\n\n[This turn was cut short: the model's output was cut off.]"


def test_every_way_to_end_has_its_words() -> None:
    notes = {str(_told(_turn(end=_failed(code)))[1].content) for code in ev.RunErrorCode}
    assert len(notes) == len(ev.RunErrorCode)


def test_a_turn_asked_again_is_told_once_as_it_went_the_last_time() -> None:
    first = _turn(end=_failed("model_error"), run="r1")
    second = _turn(end=_failed(), run="r2", retry_of="r1")
    third = _turn(end=_answered("at last"), run="r3", retry_of="r2")
    assert _contents(_told(first, second, third)) == [("human", "q"), ("ai", "at last")]


def test_a_turn_that_is_going_on_is_not_told() -> None:
    assert _told(_turn(*_text("It"))) == []


@given(cut_runs())
def test_every_call_has_its_result_right_behind_it_and_every_turn_ends_with_the_model(events: list[ev.Event]) -> None:
    waiting: list[str] = []
    told = told_runs(Conversation(events).runs)
    messages = [message for run in told for message in past_turn(run).messages]
    for message, following in pairwise([*messages, HumanMessage("next")]):
        if message is messages[0]:  # but where nothing was asked, nothing is told as the user's
            assert isinstance(message, HumanMessage) or not told[0].question
        if isinstance(message, ToolMessage):
            waiting.remove(message.tool_call_id)
        else:
            assert waiting == []
        if isinstance(message, AIMessage):
            waiting += [str(call["id"]) for call in message.tool_calls]
            json.dumps([call["args"] for call in message.tool_calls])
        if isinstance(following, HumanMessage):
            assert isinstance(message, AIMessage)
            assert not message.tool_calls
    assert waiting == []


def test_a_stream_of_another_program_is_told_as_what_was_said() -> None:
    system = [
        ev.TextMessageStart(message_id="s", role="system"),
        ev.TextMessageContent(message_id="s", delta="Be terse."),
    ]
    inner = [
        ev.TextMessageStart(message_id="i", role="assistant", subagent_run_id="sub"),
        ev.TextMessageContent(message_id="i", delta="inner words", subagent_run_id="sub"),
        ev.ToolCallStart(tool_call_id="d", tool_call_name="look", subagent_run_id="sub"),
        ev.ToolCallEnd(tool_call_id="d", subagent_run_id="sub"),
    ]
    events = [*system, *inner, *_call('{"x": 1}'), *_text("Done.")]
    told = _contents(_told(_turn(*events, question="", end=_answered(None))))
    assert ("system", "Be terse.") in told
    assert all(content for kind, content in told if kind == "human")
    assert ("tool", "What this call gave is not known.") in told
    assert "inner words" not in str(told)


def test_a_turn_without_a_question_and_a_step_is_told_with_its_end() -> None:
    start = ev.RunStarted(timestamp=1, thread_id="t", run_id="r")
    assert [kind for kind, _ in _contents(_told([start, _answered("a")]))] == ["ai"]


def test_what_the_user_said_to_a_turn_at_work_is_told_as_his() -> None:
    said = [
        ev.StepFinished(step_name="step 1"),
        ev.StepStarted(step_name="step 2"),
        ev.TextMessageStart(message_id="u", role="user"),
        ev.TextMessageContent(message_id="u", delta="in metres"),
    ]
    turn = _turn(*_call('{"x": 1}', result="1"), *said, *_text("20"), end=_answered("20"))
    assert ("human", "in metres") in _contents(_told(turn))


def test_a_turn_that_waits_says_what_for() -> None:
    outcome = {"type": "interrupt", "interrupts": [{"id": "i", "message": "Send it?"}]}
    end = ev.RunFinished(thread_id="t", run_id="r", outcome=outcome)
    assert _contents(_told(_turn(end=end)))[-1] == ("ai", "[This turn waits for an answer: Send it?]")
