"""The wire: AG-UI's names and shapes, out and in, for anything a file can hold."""

import json
from typing import Any

import ag_ui.core
import msgspec
import pytest
from ag_ui_validate.pytest_plugin import assert_valid_agui
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from agent.errors import EventDecodeError
from agent.events import types as ev
from agent.events.open_parts import OpenParts
from agent.events.types import EVENT_TYPES, Event, Unknown
from agent.events.wire import decode, decode_lines, encode
from agent.text import well_formed
from tests.agent.strategies import JSON, WILD_TEXTS, conversations, cut_runs

OFFICIAL: TypeAdapter[Any] = TypeAdapter(ag_ui.core.Event)

EXAMPLES: list[Event] = [
    ev.RunStarted(
        timestamp=1,
        thread_id="t",
        run_id="r",
        parent_run_id="p",
        metadata={"model": "offline"},
        input=ev.RunInput(
            thread_id="t",
            run_id="r",
            messages=[ev.InputMessage(id="m", role="user", content="10 + 10")],
            state={},
            tools=[],
            context=[],
            forwarded_props={},
        ),
    ),
    ev.RunFinished(
        timestamp=1,
        thread_id="t",
        run_id="r",
        outcome={"type": "success"},
        result={"answer": "20", "tools_used": ["add"]},
        usage=[ev.TokenUsage(model="m", input_tokens=1, output_tokens=2, total_tokens=3)],
    ),
    ev.RunError(timestamp=1, message="Cancelled.", code=ev.RunErrorCode.CANCELLED, usage=[ev.TokenUsage()]),
    ev.StepStarted(timestamp=1, step_name="step 1"),
    ev.StepFinished(timestamp=1, step_name="step 1", metadata={"usage": {"inputTokens": 1}}),
    ev.TextMessageStart(timestamp=1, message_id="m", role="assistant", metadata={"toolCallId": "c"}),
    ev.TextMessageContent(timestamp=1, message_id="m", delta="שלום 👩‍👩‍👧"),
    ev.TextMessageEnd(timestamp=1, message_id="m"),
    ev.ReasoningStart(timestamp=1, message_id="m"),
    ev.ReasoningMessageStart(timestamp=1, message_id="m"),
    ev.ReasoningMessageContent(timestamp=1, message_id="m", delta="hm"),
    ev.ReasoningMessageEnd(timestamp=1, message_id="m"),
    ev.ReasoningEnd(timestamp=1, message_id="m"),
    ev.ToolCallStart(timestamp=1, tool_call_id="c", tool_call_name="add", metadata={"providerId": "0"}),
    ev.ToolCallArgs(timestamp=1, tool_call_id="c", delta='{"x":'),
    ev.ToolCallEnd(timestamp=1, tool_call_id="c"),
    ev.ToolCallResult(timestamp=1, message_id="m", tool_call_id="c", content="20", role="tool"),
    ev.TextMessageChunk(timestamp=1, message_id="m", role="assistant", delta="a"),
    ev.ReasoningMessageChunk(timestamp=1, message_id="m", delta="a"),
    ev.ToolCallChunk(timestamp=1, tool_call_id="c", tool_call_name="add", parent_message_id="m", delta="{"),
    ev.SubagentStarted(
        timestamp=1,
        subagent_run_id="s",
        name="researcher",
        description="looks things up",
        parent_subagent_run_id="p",
        parent_tool_call_id="c",
        parent_message_id="m",
    ),
    ev.SubagentFinished(timestamp=1, subagent_run_id="s", result={"found": 1}, outcome={"type": "success"}),
    ev.SubagentError(timestamp=1, subagent_run_id="s", message="It failed.", code="lost"),
    ev.ReasoningEncryptedValue(timestamp=1, subtype="tool-call", entity_id="c", encrypted_value="b64"),
    ev.StateSnapshot(timestamp=1, snapshot={"a": [1]}, subagent_run_id="s"),
    ev.StateDelta(timestamp=1, delta=[{"op": "add", "path": "/a/-", "value": 2}]),
    ev.MessagesSnapshot(
        timestamp=1,
        messages=[
            ev.InputMessage(id="1", role="user", content="hi", name="Ann"),
            ev.InputMessage(
                id="2",
                role="assistant",
                tool_calls=[ev.MessageCall(id="c", function=ev.MessageFunction(name="add", arguments="{}"))],
            ),
            ev.InputMessage(id="3", role="tool", content="20", tool_call_id="c", error="late"),
            ev.InputMessage(id="4", role="activity", activity_type="plan", content={"steps": []}),
        ],
    ),
    ev.ActivitySnapshot(timestamp=1, message_id="m", activity_type="plan", content={"steps": []}, replace=True),
    ev.ActivityDelta(timestamp=1, message_id="m", activity_type="plan", patch=[{"op": "remove", "path": "/steps"}]),
    ev.Raw(timestamp=1, event={"on": "token"}, source="other"),
    ev.Custom(timestamp=1, name=ev.RETRY, value={"attempt": 1}),
]
OTHERS: list[Event] = [
    ev.RunCancelled(timestamp=1, thread_id="t", run_id="r", message="stopped"),
    ev.Meta(timestamp=1, meta_type="thumbs_up", payload={"messageId": "m"}),
    ev.ThinkingStart(timestamp=1, title="Looking"),
    ev.ThinkingTextMessageStart(timestamp=1),
    ev.ThinkingTextMessageContent(timestamp=1, delta="hm"),
    ev.ThinkingTextMessageEnd(timestamp=1),
    ev.ThinkingEnd(timestamp=1),
]
"""Of types that AG-UI had before 1.0, or in a draft."""


def test_there_is_an_example_of_every_type() -> None:
    assert {type(example) for example in EXAMPLES + OTHERS} == set(EVENT_TYPES.values())


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: type(example).__name__)
def test_every_event_is_what_the_official_models_take(example: Event) -> None:
    wire = json.loads(encode(example))
    official = OFFICIAL.validate_json(encode(example))
    assert type(official).__name__ == f"{type(example).__name__}Event"
    written = official.model_dump(mode="json", by_alias=True, exclude_none=True)
    assert {name: written.get(name) for name in wire} == wire, "the official models drop or change a field of ours"


def test_event_types_are_all_event_classes_and_only_the_protocols_names() -> None:
    classes = {cls for cls in vars(ev).values() if isinstance(cls, type) and issubclass(cls, Event)}
    assert set(EVENT_TYPES.values()) == classes - {Event, ev.Attributable, ev.RunRequested, Unknown}
    others = {type(example).__struct_config__.tag for example in OTHERS}
    assert set(EVENT_TYPES) - others == {kind.value for kind in ag_ui.core.EventType}
    assert all(cls.__struct_config__.tag == name for name, cls in EVENT_TYPES.items())


@given(conversations())
def test_decoding_an_encoded_event_gives_it_back_and_all_are_official(events: list[Event]) -> None:
    assert [decode(encode(event)) for event in events] == events
    for event in events:
        OFFICIAL.validate_json(encode(event))


@given(st.dictionaries(st.text(max_size=5), JSON, max_size=4), st.text(max_size=12), st.none() | JSON)
def test_an_unknown_type_keeps_all_its_data(data: dict[str, Any], name: str, timestamp: Any) -> None:
    data = {**data, "type": f"X_{name}", "timestamp": timestamp}
    event = decode(json.dumps(data).encode())
    assert isinstance(event, Unknown)
    assert event.data == data
    assert json.loads(encode(event)) == data
    assert event.timestamp is None or type(event.timestamp) in (int, float)


@given(st.binary(max_size=200) | st.text(max_size=100))
def test_any_bytes_are_an_event_or_a_decode_error(line: bytes | str) -> None:
    _decode_or_refuse(line)


# Looks like an event for a while, then goes wrong somewhere.
_TORN = st.builds(
    lambda kind, rest: b'{"type":"' + kind.encode() + b'",' + rest,
    st.sampled_from([*EVENT_TYPES, "STATE_DELTA", ""]),
    st.binary(max_size=40)
    | st.sampled_from([b'"x":"\\ud800"}', b'"x":1e999}', b'"x":' + b"[" * 50_000, b'"x":"\xff"}']),
)


@given(_TORN)
def test_what_begins_like_an_event_is_one_or_a_decode_error(line: bytes) -> None:
    _decode_or_refuse(line)


@given(
    st.sampled_from(sorted(EVENT_TYPES)),
    st.dictionaries(
        st.sampled_from(
            [
                "timestamp",
                "metadata",
                "messageId",
                "delta",
                "toolCallId",
                "toolCallName",
                "threadId",
                "runId",
                "input",
                "content",
                "stepName",
                "name",
                "value",
                "usage",
                "result",
                "outcome",
                "message",
                "code",
                "role",
            ]
        ),
        JSON,
    ),
)
def test_a_known_type_of_any_shape_is_an_event_or_a_decode_error(kind: str, fields: dict[str, Any]) -> None:
    _decode_or_refuse(json.dumps({**fields, "type": kind}).encode())


def _decode_or_refuse(line: bytes | str) -> None:
    try:
        event = decode(line)
    except EventDecodeError:
        return
    assert decode(encode(event)) == event


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"type": 1}',
        b'{"type": null}',
        b'{"threadId": "t", "runId": "r"}',
        b'{"type": "RUN_STARTED"',
        b'"text"',
    ],
)
def test_what_has_no_type_is_refused(line: bytes | str) -> None:
    with pytest.raises(EventDecodeError):
        decode(line)


@pytest.mark.parametrize("timestamp", [0, 1_700_000_000_000, 1_700_000_000_000.25, -1])
def test_a_moment_may_be_whole_or_a_fraction_and_stays_it(timestamp: float) -> None:
    event = decode(json.dumps({"type": "STEP_STARTED", "stepName": "s", "timestamp": timestamp}))
    assert event.timestamp == timestamp
    assert type(event.timestamp) is type(timestamp)


LINES = st.sampled_from(
    [
        *(encode(example) for example in EXAMPLES + OTHERS),
        b'{"type":"STEP_STARTED","stepName":"a"}{"type":"STEP_STARTED","stepName":"b"}',
        b'{"type":"STEP_STARTED","stepName":',
        b'"a"}',
        b'{"type":"X"}',
        b"{",
        b"}",
        b"",
        b" ",
        b"[]",
        b"\r",
        b'"\xff"',
    ]
)


@given(st.lists(LINES, max_size=8), st.booleans())
def test_whole_lines_are_decoded_as_one_by_one_or_not_at_all(lines: list[bytes], has_end: bool) -> None:
    data = b"\n".join(lines) + b"\n" * has_end
    events = decode_lines(data)
    if events is not None:
        assert events == [decode(line) for line in data.removesuffix(b"\n").split(b"\n")]


@given(conversations().filter(bool), st.booleans())
def test_lines_of_known_events_are_decoded_at_once(events: list[Event], has_end: bool) -> None:
    assert decode_lines(b"\n".join(map(encode, events)) + b"\n" * has_end) == events


def test_fields_of_newer_versions_do_no_harm() -> None:
    event = decode(b'{"type": "STEP_STARTED", "stepName": "s", "parallel": true}')
    assert event == ev.StepStarted(step_name="s")


@given(WILD_TEXTS)
def test_well_formed_text_can_be_encoded_and_pairs_survive(text: str) -> None:
    mended = well_formed(text)
    mended.encode()
    assert well_formed(mended) == mended
    joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    assert mended == "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in joined)


@given(WILD_TEXTS)
def test_no_text_keeps_an_event_from_being_written(text: str) -> None:
    event = ev.RunFinished(thread_id=text, run_id="r", result={"answer": [text], text: 1})
    written = decode(encode(event))
    assert isinstance(written, ev.RunFinished)
    assert written.thread_id == well_formed(text)
    assert written.result == {"answer": [well_formed(text)], well_formed(text): 1}


@given(cut_runs())
def test_what_is_open_can_be_closed_cleanly_at_any_moment(events: list[Event]) -> None:
    parts = OpenParts(events)
    ends = parts.close(2_000_000)
    if events and not isinstance(events[-1], ev.RunFinished | ev.RunError):
        lines = [encode(event).decode() for event in [*events, *ends, ev.RunError(timestamp=2_000_000, message="cut")]]
        empty_deltas_of_others = {"AGUI105": "off"}
        assert_valid_agui(lines, max_warnings=0, severity_overrides=empty_deltas_of_others)
    else:
        assert ends == []
    assert parts.close(2_000_000) == [], "what was closed is closed"


def test_the_last_begun_is_closed_first() -> None:
    parts = OpenParts(
        [
            ev.StepStarted(step_name="s"),
            ev.ReasoningStart(message_id="m"),
            ev.ReasoningMessageStart(message_id="m"),
            ev.TextMessageStart(message_id="n"),
        ]
    )
    assert parts.close(1) == [
        ev.TextMessageEnd(timestamp=1, message_id="n"),
        ev.ReasoningMessageEnd(timestamp=1, message_id="m"),
        ev.ReasoningEnd(timestamp=1, message_id="m"),
        ev.StepFinished(timestamp=1, step_name="s"),
    ]


def test_counts_of_tokens_are_added_and_what_one_does_not_know_is_taken_from_the_other() -> None:
    first = ev.TokenUsage(model="m", input_tokens=1, output_tokens=2)
    second = ev.TokenUsage(model="n", input_tokens=10, reasoning_tokens=3)
    assert first + second == ev.TokenUsage(model="m", input_tokens=11, output_tokens=2, reasoning_tokens=3)


def test_events_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        EXAMPLES[0].timestamp = 2  # type: ignore[misc]
    assert all(msgspec.structs.replace(example) == example for example in EXAMPLES)
