"""Events that are not quite AG-UI's: an odd field costs that field and nothing else, and what was left out is told."""

import json
import re
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.events import types as ev
from agent.events.wire import decode, decode_told, encode
from tests.agent.events.test_types import EXAMPLES, OTHERS
from tests.agent.strategies import JSON, conversations

MOMENT = 1_761_234_567_891


def _event(**fields: Any) -> ev.Event:
    return decode(json.dumps(fields))


def _snake(name: str) -> str:
    return re.sub("[A-Z]", lambda capital: f"_{capital[0].lower()}", name)


def _renamed(value: Any, rename: Any) -> Any:
    """`value` with the names of AG-UI's fields changed, and nothing that a sender says."""
    if isinstance(value, list):
        return [_renamed(item, rename) for item in value]
    if not isinstance(value, dict):
        return value
    free = ("metadata", "state", "snapshot", "result", "outcome", "event", "payload", "value", "content")
    return {rename(name): inner if name in free else _renamed(inner, rename) for name, inner in value.items()}


STYLES = st.sampled_from([_snake, lambda name: name[0].upper() + name[1:], lambda name: name.replace("Id", "ID")])


@given(st.sampled_from(EXAMPLES + OTHERS), STYLES)
def test_names_may_be_written_as_other_languages_write_them(event: ev.Event, rename: Any) -> None:
    data = _renamed(json.loads(encode(event)), lambda name: name if name in ("type", "op", "path") else rename(name))
    assert decode_told(json.dumps(data)) == (decode(encode(event)), [])


@given(st.sampled_from(EXAMPLES + OTHERS), st.data())
def test_an_odd_field_costs_that_field_alone(event: ev.Event, data: st.DataObject) -> None:
    wire = json.loads(encode(event))
    names = [name for name in wire if name != "type"]
    odd = data.draw(st.dictionaries(st.sampled_from(names), JSON, min_size=1, max_size=2)) if names else {}
    read, left_out = decode_told(json.dumps({**wire, **odd, "theirs": data.draw(JSON)}))
    assert type(read) is type(event)
    told = {what.split("its ")[1].split()[0] for what in left_out}
    assert told <= set(odd)
    for field in msgspec.structs.fields(type(event)):
        # What an outcome and an error are is told by several fields together.
        if field.encode_name not in odd and not (field.name == "message" and "code" in odd):
            assert getattr(read, field.name) == getattr(decode(encode(event)), field.name)


@given(st.sampled_from(EXAMPLES + OTHERS), st.data())
def test_what_is_missing_or_null_costs_nothing_else(event: ev.Event, data: st.DataObject) -> None:
    wire = json.loads(encode(event))
    gone = data.draw(st.sets(st.sampled_from(sorted(wire)))) - {"type"}
    without = {name: value for name, value in wire.items() if name not in gone}
    read, left_out = decode_told(json.dumps(without))
    assert left_out == []
    assert decode(json.dumps({**wire, **dict.fromkeys(gone)})) == read
    assert type(read) is type(event)
    assert {name: value for name, value in json.loads(encode(read)).items() if name in without} == without


@given(conversations())
def test_what_we_wrote_is_read_exactly_and_told_of_nothing(events: list[ev.Event]) -> None:
    assert [decode_told(encode(event)) for event in events] == [(event, []) for event in events]


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        (MOMENT, MOMENT),
        (str(MOMENT), MOMENT),
        (MOMENT / 1000, MOMENT),
        (MOMENT // 1000, MOMENT - 891),
        (MOMENT * 1000, MOMENT),
        (MOMENT * 1_000_000, MOMENT),
        ("2025-10-23T15:49:27.891Z", MOMENT),
        ("2025-10-23T15:49:27.891", MOMENT),
        ("2025-10-23T17:49:27.891+02:00", MOMENT),
        (0, 0),
        (12.5, 12.5),
        (None, None),
        ("soon", None),
        (True, None),
        (1e300, None),
        ([], None),
    ],
)
def test_a_moment_is_read_in_the_unit_that_it_is_in(told: Any, meant: float | None) -> None:
    moment = _event(type="STEP_STARTED", stepName="s", timestamp=told).timestamp
    assert moment == (None if meant is None else pytest.approx(meant, abs=0.01))


def test_types_may_be_written_otherwise() -> None:
    kinds = ("RunStarted", "run_started", "run-started", "RunStartedEvent", "EventType.RUN_STARTED")
    assert {type(_event(type=kind, threadId="t", runId="r")) for kind in kinds} == {ev.RunStarted}
    assert isinstance(_event(type="THINKING_CONTENT", delta="x"), ev.ThinkingTextMessageContent)
    assert isinstance(_event(event="RUN_ERROR", data={"message": "m"}), ev.RunError)
    assert isinstance(_event(type="RUN_STARTING"), ev.Unknown)


def test_an_object_where_text_belongs_is_taken_as_its_json_or_its_text() -> None:
    args = _event(type="TOOL_CALL_ARGS", toolCallId="c", delta={"a": 1})
    assert args == ev.ToolCallArgs(tool_call_id="c", delta='{"a":1}')
    text = _event(type="TEXT_MESSAGE_CONTENT", messageId=7, delta=[{"type": "text", "text": "hi"}])
    assert text == ev.TextMessageContent(message_id="7", delta="hi")
    result = _event(type="TOOL_CALL_RESULT", messageId="m", toolCallId="c", content={"temp": 22})
    assert isinstance(result, ev.ToolCallResult)
    assert result.content == '{"temp":22}'


def test_an_error_is_told_by_whatever_tells_it() -> None:
    assert _event(type="RUN_ERROR", message="m", code=429) == ev.RunError(message="m", code="429")
    assert _event(type="RUN_ERROR", code="E1") == ev.RunError(message="E1", code="E1")
    wrapped = _event(type="RUN_ERROR", error={"message": "m", "code": 500})
    assert wrapped == ev.RunError(message="m", code="500")
    assert _event(type="RUN_ERROR") == ev.RunError(message="")


def test_an_interrupt_may_stand_beside_the_outcome() -> None:
    interrupt = {"id": "i", "reason": "approval"}
    meant = {"type": "interrupt", "interrupts": [interrupt]}
    ends: list[dict[str, Any]] = [
        {"outcome": "interrupt", "interrupt": interrupt},
        {"interrupts": [interrupt]},
        {"outcome": meant},
    ]
    for end in ends:
        event = _event(type="RUN_FINISHED", threadId="t", runId="r", **end)
        assert isinstance(event, ev.RunFinished)
        assert event.outcome == meant


@pytest.mark.parametrize(
    "usage",
    [
        [{"inputTokens": 3, "outputTokens": 4, "cachedInputTokens": 1}],
        {"prompt_tokens": 3, "completion_tokens": 4, "prompt_tokens_details": {"cached_tokens": 1}},
        [{"input": "3", "output": 4.0, "cacheReadTokens": 1, "theirs": "x"}],
    ],
)
def test_usage_is_read_by_the_names_of_many(usage: Any) -> None:
    event = _event(type="RUN_FINISHED", threadId="t", runId="r", usage=usage)
    assert isinstance(event, ev.RunFinished)
    assert event.usage == [ev.TokenUsage(input_tokens=3, output_tokens=4, cached_input_tokens=1)]


def test_the_input_of_a_run_is_read_whatever_is_odd_in_it() -> None:
    call = {"id": "c", "type": "function", "function": {"name": "add", "arguments": {"a": 1}}}
    messages = [
        {"id": None, "role": "system", "content": None},
        {"type": "human", "content": "hi"},
        {"role": "assistant", "toolCalls": [call, "?"]},
        {"role": "tool", "tool_call_id": "c", "content": 5},
        "and now?",
        7,
    ]
    event = _event(type="RUN_STARTED", input={"messages": messages, "resume": "yes"}, model="m")
    assert isinstance(event, ev.RunStarted)
    assert event.input is not None
    assert event.metadata == {"model": "m"}
    assert [(message.role, message.content) for message in event.input.messages] == [
        ("system", None),
        ("user", "hi"),
        ("assistant", None),
        ("tool", "5"),
        ("user", "and now?"),
    ]
    told = [(one.id, one.function.name, one.function.arguments) for one in event.input.messages[2].tool_calls or []]
    assert told == [("c", "add", '{"a":1}')]
    assert event.input.resume == [ev.ResumeEntry(interrupt_id="", status="resolved", payload="yes")]


def test_the_body_that_asked_for_a_run_is_known_by_its_messages() -> None:
    body = {"threadId": "t", "runId": "r", "messages": [{"id": "u", "role": "user", "content": "hi"}], "tools": []}
    event = _event(**body)
    assert isinstance(event, ev.RunRequested)
    assert event.input.messages == [ev.InputMessage(id="u", role="user", content="hi")]


@pytest.mark.parametrize("name", ["data", "event", "payload"])
@pytest.mark.parametrize("is_text", [False, True])
def test_an_event_in_an_envelope_is_that_event_at_the_envelopes_moment(name: str, is_text: bool) -> None:
    inner = {"type": "STEP_STARTED", "stepName": "plan"}
    told = {"seq": 3, "ts": MOMENT, name: json.dumps(inner) if is_text else inner}
    assert _event(**told) == ev.StepStarted(step_name="plan", timestamp=MOMENT)
    assert _event(**{"type": "ws", **told}) == ev.StepStarted(step_name="plan", timestamp=MOMENT)


def test_an_event_that_was_logged_beside_its_type_is_whole() -> None:
    inner = {"type": "STEP_STARTED", "stepName": "plan"}
    assert _event(type="STEP_STARTED", timestamp=MOMENT, data=inner) == ev.StepStarted(
        step_name="plan", timestamp=MOMENT
    )
    # What another system's event holds is its own.
    raw = _event(type="RAW", event={"type": "RUN_ERROR", "message": "m"})
    assert isinstance(raw, ev.Raw)


def test_what_says_that_it_failed_is_no_success() -> None:
    for told in ({"isError": True}, {"status": "error"}, {"error": "why"}):
        result = _event(type="TOOL_CALL_RESULT", toolCallId="c", messageId="m", content="no", **told)
        assert isinstance(result, ev.ToolCallResult)
        assert result.error
    finished = _event(type="RUN_FINISHED", threadId="t", runId="r", error={"message": "why"})
    assert isinstance(finished, ev.RunFinished)
    assert finished.outcome == {"type": "error", "message": "why"}


def test_nearly_json_is_read() -> None:
    assert decode(b'{"type":"STATE_SNAPSHOT","snapshot":{"x":NaN}}') == ev.StateSnapshot(snapshot={"x": None})
    half = decode_told(b'{"type":"STEP_STARTED","stepName":"\\ud83d"}')
    assert half == (ev.StepStarted(step_name="\ufffd"), [])
    latin, told = decode_told(b'{"type":"STEP_STARTED","stepName":"caf\xe9"}')
    assert (latin, len(told)) == (ev.StepStarted(step_name="caf\ufffd"), 1)
    assert decode(json.dumps('{"type":"RUN_ERROR","message":"m"}')) == ev.RunError(message="m")


def test_what_is_left_out_is_told_by_its_name_and_what_it_is() -> None:
    _, told = decode_told(b'{"type":"RUN_FINISHED","threadId":"t","runId":"r","usage":"lots","metadata":[]}')
    assert told == [
        "RUN_FINISHED: its metadata is a list and was left out",
        'RUN_FINISHED: its usage is the text "lots" and was left out',
    ]
