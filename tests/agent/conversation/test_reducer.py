"""The reducer: its state is a fold over events, whatever their fragments, their order and their sender."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.conversation import reducer as cv
from agent.conversation.fragments import Fragments
from agent.conversation.items import CallStatus, Interrupt, Message, MessageKind, Reasoning, ToolCall
from agent.conversation.reducer import Conversation
from agent.conversation.run import Run, RunStatus
from agent.events import types as ev
from agent.events import wire
from agent.events.chunks import CHUNKS
from tests.agent.strategies import FEWER, JSON, TEXTS, conversations, cut_runs, rechunked


@given(conversations(), st.data())
def test_chunking_never_changes_the_conversation(events: list[ev.Event], data: st.DataObject) -> None:
    other = data.draw(rechunked(events))
    assert Conversation(other) == Conversation(events)


@given(cut_runs(), st.data())
def test_chunking_never_changes_an_unfinished_conversation(events: list[ev.Event], data: st.DataObject) -> None:
    assert Conversation(data.draw(rechunked(events))) == Conversation(events)


@FEWER
@given(conversations())
def test_other_text_is_another_conversation(events: list[ev.Event]) -> None:
    changed = [
        ev.TextMessageContent(timestamp=event.timestamp, message_id=event.message_id, delta=event.delta + "x")
        if isinstance(event, ev.TextMessageContent)
        else event
        for event in events
    ]
    assert (Conversation(changed) == Conversation(events)) is (changed == events)


@given(conversations(), st.data())
def test_a_prefix_of_the_events_gives_the_state_of_that_moment(events: list[ev.Event], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(events)))
    live = Conversation()
    for event in events[:cut]:
        live.apply(event)
    assert live == Conversation(events[:cut])
    for event in events[cut:]:
        live.apply(event)
    assert live == Conversation(events)


def test_the_dispatch_table_is_complete() -> None:
    kinds = [*cv._OF_THREAD, *cv._WITHIN, *CHUNKS, *cv._SILENT]
    assert len(kinds) == len(set(kinds))
    assert set(kinds) == {*ev.EVENT_TYPES.values(), ev.RunRequested, ev.Unknown}


@FEWER
@given(conversations())
def test_nothing_is_open_after_a_terminal_event(events: list[ev.Event]) -> None:
    conversation = Conversation()
    for event in events:
        conversation.apply(event)
        if isinstance(event, ev.RunFinished | ev.RunError):
            assert conversation.open_run is None
            assert_all_closed(conversation.runs[-1])


def assert_all_closed(run: Run) -> None:
    assert not run.is_open
    assert run.ended is not None
    for step in run.steps:
        assert step.ended is not None
        for item in step.items:
            assert item.ended is not None
            assert not (isinstance(item, ToolCall) and item.is_open)


@FEWER
@given(conversations())
def test_what_comes_after_the_end_changes_nothing(events: list[ev.Event]) -> None:
    conversation = Conversation(events)
    for event in events:
        if not isinstance(event, ev.RunStarted):
            assert conversation.apply(event) is None
    assert conversation == Conversation(events)


@FEWER
@given(conversations())
def test_no_run_changes_one_that_ended_before_it(events: list[ev.Event]) -> None:
    conversation = Conversation(events)
    conversation.apply(ev.RunStarted(timestamp=9_999, thread_id="t", run_id="next"))
    beginnings = ev.RunStarted | ev.TextMessageStart | ev.ReasoningMessageStart | ev.ToolCallStart
    for event in events:
        if not isinstance(event, beginnings | ev.RunFinished | ev.RunError):
            conversation.apply(event)
    assert conversation.runs[:-1] == Conversation(events).runs


# Foreign streams: every type, few ids, so that they meet, and anything where anything is allowed.

IDS = st.sampled_from(["a", "b", ""])
OUR_KEYS = st.sampled_from(
    ["model", "maxIterations", "retryOf", "toolCallId", "providerId", "usage", "durationMs", "error", "state", "reason"]
)
METADATA = st.none() | st.dictionaries(OUR_KEYS | st.text(max_size=3), JSON | IDS, max_size=4)
WHEN = st.none() | st.integers(-(10**9), 10**14 - 1) | st.floats(-1e9, 1e14, exclude_max=True)
RESULTS = JSON | st.fixed_dictionaries({}, optional={"answer": JSON | TEXTS, "tools_used": JSON | st.lists(TEXTS)})
MESSAGES = st.lists(
    st.builds(
        ev.InputMessage,
        id=IDS,
        role=st.sampled_from(["user", "assistant", "tool", "x"]),
        content=st.none() | TEXTS | st.lists(JSON),
        tool_calls=st.none()
        | st.lists(
            st.builds(ev.MessageCall, id=IDS, function=st.builds(ev.MessageFunction, name=TEXTS, arguments=TEXTS)),
            max_size=2,
        ),
        tool_call_id=st.none() | IDS,
    ),
    max_size=4,
)
INPUTS = st.builds(ev.RunInput, thread_id=IDS, run_id=IDS, messages=MESSAGES)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "timestamp": WHEN,
    "metadata": METADATA,
    "thread_id": IDS,
    "run_id": IDS,
    "message_id": IDS,
    "tool_call_id": IDS,
    "subagent_run_id": IDS,
    "tool_call_name": TEXTS,
    "step_name": IDS,
    "delta": TEXTS,
    "message": TEXTS,
    "code": st.none() | TEXTS | st.sampled_from([*ev.RunErrorCode, "running", "answered"]),
    "content": TEXTS | st.lists(JSON | st.fixed_dictionaries({"type": st.just("text"), "text": JSON})),
    "name": TEXTS | st.sampled_from([ev.TOOL_STARTED, ev.APPROVAL, ev.RETRY]),
    "value": JSON | METADATA,
    "result": RESULTS,
    "outcome": METADATA,
    "data": st.just({"type": "X"}),
    "snapshot": JSON,
    "patch": st.lists(JSON, max_size=3),
    "event": JSON,
    "payload": JSON,
    "messages": MESSAGES,
    "input": st.none() | INPUTS,
}
FIELDS_OF: dict[type[ev.Event], dict[str, st.SearchStrategy[Any]]] = {
    ev.ActivitySnapshot: {"content": st.dictionaries(TEXTS, JSON, max_size=3)},
    ev.RunRequested: {"input": INPUTS},
    ev.StateDelta: {"delta": st.lists(JSON, max_size=3)},
}


def _events_of(cls: type[ev.Event]) -> st.SearchStrategy[ev.Event]:
    fields = FIELDS | FIELDS_OF.get(cls, {})
    return st.builds(cls, **{name: fields[name] for name in cls.__struct_fields__ if name in fields})


KINDS: list[type[ev.Event]] = [*ev.EVENT_TYPES.values(), ev.RunRequested, ev.Unknown, ev.RunStarted]
FOREIGN_EVENTS = st.lists(st.one_of(*map(_events_of, KINDS)), max_size=30)


@given(FOREIGN_EVENTS)
def test_no_sequence_of_events_makes_it_fail_or_holds_a_value_of_a_wrong_type(events: list[ev.Event]) -> None:
    conversation = Conversation()
    for event in [ev.RunStarted(thread_id="a", run_id="a"), *(wire.decode(wire.encode(event)) for event in events)]:
        version = conversation.open_run.version if conversation.open_run else 0
        run = conversation.apply(event)
        assert run is None or run.version > version or isinstance(event, ev.RunStarted)
    for run in conversation.runs:
        _assert_typed(run)
        if run is not conversation.open_run:
            assert_all_closed(run)


def _assert_typed(run: Run) -> None:
    assert isinstance(run.question, str)
    assert isinstance(run.error, str | None)
    assert isinstance(run.model, str | None)
    assert isinstance(run.max_iterations, int | None)
    assert not isinstance(run.max_iterations, bool)
    assert isinstance(run.retry_of, str | None)
    assert isinstance(run.answer, str | None)
    assert all(isinstance(name, str) for name in run.tools_used or ())
    assert all(isinstance(notice.text, str) for notice in run.notices)
    for figure in (run.time_to_first_token, run.tokens_per_second, run.output_tokens):
        assert isinstance(figure, int | float | None)
    for step in run.steps:
        assert isinstance(step.usage, dict | None)
    for message in run.messages:
        assert isinstance(message.call_id, str | None)
    for call in run.calls:
        assert isinstance(call.result, str | None)
        assert isinstance(call.provider_id, str | None)
        assert isinstance(call.duration_ms, int | float | None)
        assert not isinstance(call.duration_ms, bool)


FRAGMENTS: list[type[ev.Event]] = [
    ev.TextMessageContent,
    ev.ReasoningMessageContent,
    ev.ToolCallArgs,
    ev.TextMessageChunk,
    ev.StepStarted,
    ev.RunStarted,
]


@given(conversations() | FOREIGN_EVENTS | st.lists(st.one_of(*map(_events_of, FRAGMENTS)), max_size=30), st.data())
def test_many_at_once_come_to_what_one_after_the_other_does(events: list[ev.Event], data: st.DataObject) -> None:
    one_by_one, at_once = Conversation(), Conversation()
    start = [START] if data.draw(st.booleans()) else []
    changed = {run.id for event in [*start, *events] for run in one_by_one.apply_all([event])}
    cut = data.draw(st.integers(0, len(events)))
    told = [*at_once.apply_all([*start, *events[:cut]]), *at_once.apply_all(events[cut:])]
    assert _everything(at_once) == _everything(one_by_one)
    assert {run.id for run in told} == changed
    following = ev.RunFinished(thread_id="t", run_id="next")  # at the moment of the last event that told one
    assert [at_once.apply(following), _everything(at_once)] == [one_by_one.apply(following), _everything(one_by_one)]


def _everything(conversation: Conversation) -> list[Any]:
    """The whole state, what two equal ones may differ in too."""
    items = [item for run in conversation.runs for item in run.items if not isinstance(item, Interrupt)]
    pieces = [(item.fragments.pieces, item.fragments.times) for item in items]
    return [_fields(conversation.runs), pieces, conversation.thread_id, conversation.call_ids]


def _fields(value: Any) -> Any:
    """All that a value holds, what is not compared too."""
    if isinstance(value, msgspec.Struct):
        return _fields(list(msgspec.structs.astuple(value)))
    return list(map(_fields, value)) if isinstance(value, list) else value


@pytest.mark.parametrize("value", [True, 1.5, "x", [1], {"a": 1}, None])
def test_metadata_and_results_of_a_wrong_type_are_passed_over(value: Any) -> None:
    odd = {"model": value, "maxIterations": value, "retryOf": value}
    called = {"providerId": value, "toolCallId": value}
    run = Conversation(
        [
            ev.RunStarted(thread_id="t", run_id="r", metadata=odd),
            ev.TextMessageStart(message_id="m", metadata=called),
            ev.ToolCallStart(tool_call_id="c", tool_call_name="add", metadata=called),
            ev.RunFinished(thread_id="t", run_id="r", result={"answer": value, "tools_used": [value, "add"]}),
        ]
    ).runs[0]
    _assert_typed(run)
    text = value if isinstance(value, str) else None
    assert (run.model, run.retry_of, run.answer, run.max_iterations) == (text, text, text, None)
    assert run.tools_used == ((text, "add") if text else ("add",))
    assert (run.messages[0].call_id, run.calls[0].provider_id) == (text, text)
    assert Conversation([START, ev.RunFinished(thread_id="t", run_id="r", result={"tools_used": value})]).runs


@pytest.mark.parametrize("value", [True, -1, 10**400, "1", None, [1], {"a": 1}])
def test_a_duration_that_is_none_is_not_taken(value: Any) -> None:
    call = _run(
        ev.ToolCallStart(timestamp=10, tool_call_id="c", tool_call_name="add"),
        ev.ToolCallResult(
            timestamp=20, message_id="m", tool_call_id="c", content="1", metadata={"durationMs": value, "error": False}
        ),
    ).calls[0]
    assert call.duration_ms is None
    assert call.status is CallStatus.DONE


# Figures

START = ev.RunStarted(timestamp=1_000, thread_id="t", run_id="r", metadata={"model": "m", "maxIterations": 7})
STEP = ev.StepStarted(timestamp=1_010, step_name="step 1")


def _run(*events: ev.Event) -> Run:
    return Conversation([START, STEP, *events]).runs[0]


def _text(time: int, delta: str, message: str = "m") -> list[ev.Event]:
    return [
        ev.TextMessageStart(timestamp=time, message_id=message),
        ev.TextMessageContent(timestamp=time, message_id=message, delta=delta),
        ev.TextMessageEnd(timestamp=time, message_id=message),
    ]


def test_all_figures_come_from_the_events_own_times() -> None:
    run = _run(
        ev.TextMessageStart(timestamp=1_250, message_id="m"),
        *(ev.TextMessageContent(timestamp=1_250 + 100 * n, message_id="m", delta="x") for n in range(11)),
        ev.TextMessageEnd(timestamp=2_300, message_id="m"),
        ev.StepFinished(timestamp=2_400, step_name="step 1"),
        ev.RunFinished(timestamp=2_500, thread_id="t", run_id="r"),
    )
    assert run.time_to_first_token == 250
    assert run.tokens_per_second == 10
    assert (run.started, run.ended) == (1_000, 2_500)
    assert (run.steps[0].started, run.steps[0].ended) == (1_010, 2_400)
    assert run.messages[0].fragments.times.tolist() == [1_250 + 100 * n for n in range(11)]


def test_the_rate_leaves_out_the_time_in_which_tools_ran() -> None:
    run = _run(
        ev.ToolCallStart(timestamp=1_000, tool_call_id="c", tool_call_name="add"),
        *(ev.ToolCallArgs(timestamp=1_000 + 100 * n, tool_call_id="c", delta="1") for n in range(6)),
        ev.StepFinished(timestamp=60_000, step_name="step 1"),
        ev.StepStarted(timestamp=60_000, step_name="step 2"),
        ev.TextMessageStart(timestamp=60_100, message_id="m"),
        *(ev.TextMessageContent(timestamp=60_100 + 100 * n, message_id="m", delta="x") for n in range(6)),
    )
    assert run.tokens_per_second == 10


def test_figures_that_cannot_be_told_are_none() -> None:
    run = _run()
    assert run.time_to_first_token is None
    assert run.tokens_per_second is None
    assert run.output_tokens is None
    assert _run(*_text(1_100, "one fragment")).tokens_per_second is None


def test_the_first_token_is_the_first_of_any_kind() -> None:
    reasoning = [
        ev.ReasoningMessageStart(timestamp=1_100, message_id="m"),
        ev.ReasoningMessageContent(timestamp=1_120, message_id="m", delta="hm"),
    ]
    call = [ev.ToolCallStart(timestamp=1_130, tool_call_id="c", tool_call_name="add")]
    assert _run(*reasoning, *call).time_to_first_token == 120
    assert _run(*call, *reasoning).time_to_first_token == 130
    assert _run(*_text(1_140, "x"), *call).time_to_first_token == 140


def test_a_tools_duration_is_what_it_says_or_else_the_time_since_it_began() -> None:
    def call(metadata: dict[str, Any] | None) -> ToolCall:
        return _run(
            ev.ToolCallStart(timestamp=1_100, tool_call_id="c", tool_call_name="add"),
            ev.ToolCallEnd(timestamp=1_200, tool_call_id="c"),
            ev.Custom(timestamp=1_300, name=ev.TOOL_STARTED, value={"toolCallId": "c"}),
            ev.ToolCallResult(timestamp=1_450, message_id="m", tool_call_id="c", content="1", metadata=metadata),
        ).calls[0]

    assert call({"durationMs": 2.5}).duration_ms == 2.5
    assert call(None).duration_ms == 150
    assert (call(None).started, call(None).args_ended, call(None).tool_started, call(None).ended) == (
        1_100,
        1_200,
        1_300,
        1_450,
    )


# What a text is for

CALL = ev.ToolCallStart(timestamp=1_200, tool_call_id="c", tool_call_name="add")


def test_text_before_a_call_is_preamble_and_text_alone_is_the_answer() -> None:
    alone = _run(*_text(1_100, "20"))
    assert [message.kind for message in alone.messages] == [MessageKind.ANSWER]
    assert (alone.answer_fragments, alone.tool_fragments) == (1, 0)
    before = _run(*_text(1_100, "Let me see."), CALL)
    assert [message.kind for message in before.messages] == [MessageKind.PREAMBLE]
    assert (before.answer_fragments, before.tool_fragments) == (0, 1)


def test_preamble_of_one_step_does_not_change_the_text_of_another() -> None:
    run = _run(
        *_text(1_100, "first", "m1"),
        ev.StepFinished(timestamp=1_150, step_name="step 1"),
        ev.StepStarted(timestamp=1_160, step_name="step 2"),
        CALL,
    )
    assert run.messages[0].kind is MessageKind.ANSWER


def test_a_decoded_answer_counts_as_answer_and_the_rest_of_its_call_as_tool_use() -> None:
    pieces = ['{"answer":', '"20 is', ' it"', ',"tools_used":[]}']
    events: list[ev.Event] = [ev.ToolCallStart(timestamp=1_100, tool_call_id="c", tool_call_name="final_answer")]
    events.append(ev.ToolCallArgs(timestamp=1_101, tool_call_id="c", delta=pieces[0]))
    events.append(ev.TextMessageStart(timestamp=1_102, message_id="m", metadata={"toolCallId": "c"}))
    for piece, shown in zip(pieces[1:3], ["20 is", " it"], strict=True):
        events.append(ev.ToolCallArgs(timestamp=1_103, tool_call_id="c", delta=piece))
        events.append(ev.TextMessageContent(timestamp=1_103, message_id="m", delta=shown))
    events.append(ev.ToolCallArgs(timestamp=1_104, tool_call_id="c", delta=pieces[3]))
    run = _run(*events)
    assert (run.answer_fragments, run.tool_fragments, run.fragment_count) == (2, 2, 4)
    assert run.messages[0].fragments.text == "20 is it"
    assert run.messages[0].kind is MessageKind.ANSWER
    assert run.messages[0].call_id == "c"


# Endings


@pytest.mark.parametrize("code", [*ev.RunErrorCode])
def test_every_code_of_an_error_is_a_status(code: ev.RunErrorCode) -> None:
    run = _run(ev.RunError(timestamp=2_000, message="why", code=code))
    assert run.status is RunStatus(code)
    assert run.error == "why"


def test_an_error_without_a_code_of_ours_is_the_models() -> None:
    assert _run(ev.RunError(message="x", code="running")).status is RunStatus.MODEL_ERROR
    assert _run(ev.RunError(message="x")).status is RunStatus.MODEL_ERROR


def test_a_call_that_the_end_found_writing_is_cut_and_one_that_ran_is_stopped() -> None:
    other = ev.ToolCallStart(timestamp=1_200, tool_call_id="d", tool_call_name="add")
    began = ev.Custom(name=ev.TOOL_STARTED, value={"toolCallId": "d"})
    run = _run(CALL, other, ev.ToolCallEnd(tool_call_id="d"), began, ev.RunError(timestamp=2_000, message="x"))
    assert [call.status for call in run.calls] == [CallStatus.CUT, CallStatus.STOPPED]


@pytest.mark.parametrize(
    ("app", "status", "never_ran"), [("tickertape", "stopped", True), ("another", "untold", False)]
)
def test_a_tool_never_ran_only_where_the_stream_tells_when_tools_begin(app: str, status: str, never_ran: bool) -> None:
    begun = ev.RunStarted(thread_id="t", run_id="r", metadata={"app": app})
    run = Conversation([begun, CALL, ev.ToolCallEnd(tool_call_id="c"), ev.RunError(message="x")]).runs[0]
    assert [(call.status.value, call.never_ran) for call in run.calls] == [(status, never_ran)]


def test_a_run_that_never_ended_is_interrupted_by_the_next() -> None:
    again = ev.RunStarted(timestamp=5_000, thread_id="t", run_id="r2")
    conversation = Conversation([START, STEP, CALL, again])
    assert [run.status for run in conversation.runs] == [RunStatus.INTERRUPTED, RunStatus.RUNNING]
    assert_all_closed(conversation.runs[0])
    assert conversation.open_run is conversation.runs[1]


def test_a_run_says_which_it_asks_again() -> None:
    again = ev.RunStarted(thread_id="t", run_id="r2", metadata={"retryOf": "r"})
    first, second = Conversation([START, ev.RunError(message="x"), again]).runs
    assert (first.retry_of, second.retry_of) == (None, "r")


def test_a_call_moves_from_writing_over_asking_and_running_to_done() -> None:
    conversation = Conversation([START, STEP, CALL])
    call = conversation.runs[0].calls[0]
    steps: list[tuple[ev.Event, CallStatus]] = [
        (ev.ToolCallArgs(tool_call_id="c", delta="{}"), CallStatus.WRITING),
        (ev.ToolCallEnd(tool_call_id="c"), CallStatus.READY),
        (ev.Custom(name=ev.APPROVAL, value={"toolCallId": "c", "state": "requested"}), CallStatus.ASKING),
        (ev.Custom(name=ev.APPROVAL, value={"toolCallId": "c", "state": "once"}), CallStatus.READY),
        (ev.Custom(name=ev.TOOL_STARTED, value={"toolCallId": "c"}), CallStatus.RUNNING),
        (ev.ToolCallResult(message_id="m", tool_call_id="c", content="1"), CallStatus.DONE),
    ]
    for event, status in steps:
        conversation.apply(event)
        assert call.status is status
    conversation.apply(ev.ToolCallResult(message_id="m", tool_call_id="c", content="1", metadata={"error": True}))
    assert call.status.value == "failed"


def test_the_ids_of_all_calls_are_known() -> None:
    again = ev.RunStarted(thread_id="t", run_id="r2")
    other = ev.ToolCallStart(tool_call_id="d", tool_call_name="add")
    assert Conversation([START, CALL, ev.RunError(message="x"), again, other]).call_ids == {"c", "d"}


def test_a_retry_is_a_notice() -> None:
    run = _run(ev.Custom(timestamp=1_500, name=ev.RETRY, value={"reason": "429: slow down"}))
    assert [(notice.text, notice.time) for notice in run.notices] == [("429: slow down", 1_500)]


def test_a_stream_without_steps_loses_nothing() -> None:
    run = Conversation([START, *_text(1_100, "hello"), CALL]).runs[0]
    assert [type(item) for item in run.steps[0].items] == [Message, ToolCall]


def test_the_end_of_a_step_that_is_not_there_changes_nothing() -> None:
    conversation = Conversation([START, STEP])
    assert conversation.apply(ev.StepFinished(timestamp=1_100, step_name="another")) is None
    conversation.apply(CALL)
    assert len(conversation.runs[0].steps) == 1


def test_reasoning_is_kept_apart_from_text() -> None:
    run = _run(
        ev.ReasoningMessageStart(timestamp=1_100, message_id="m"),
        ev.ReasoningMessageContent(timestamp=1_100, message_id="m", delta="hm"),
        ev.ReasoningMessageEnd(timestamp=1_200, message_id="m"),
    )
    (item,) = run.steps[0].items
    assert isinstance(item, Reasoning)
    assert (item.fragments.text, item.ended, run.reasoning_fragments) == ("hm", 1_200, 1)


def test_content_in_parts_is_read_as_its_text() -> None:
    parts: list[Any] = [{"type": "text", "text": "a"}, {"type": "image"}, {"type": "text", "text": "b"}, {"text": 1}]
    message = ev.InputMessage(role="user", content=parts)
    given = ev.RunInput(thread_id="t", run_id="r", messages=[message])
    conversation = Conversation([ev.RunStarted(thread_id="t", run_id="r", input=given)])
    assert conversation.title == "ab"
    assert json.dumps(conversation.title)


def test_the_joined_text_follows_its_pieces() -> None:
    fragments = Fragments()
    for n, piece in enumerate(["a", "", "b"]):
        fragments.extend([piece], [n])
        assert fragments.text == "".join(fragments.pieces)
    assert len(fragments) == 3


@pytest.mark.parametrize(
    ("outcome", "status", "error"),
    [
        ({"type": "success"}, RunStatus.ANSWERED, None),
        (None, RunStatus.ANSWERED, None),
        (
            {"type": "interrupt", "interrupts": [{"id": "i", "message": "Delete 3 files?"}]},
            RunStatus.INTERRUPTED,
            "Delete 3 files?",
        ),
        ({"type": "interrupt"}, RunStatus.INTERRUPTED, "The agent waits for an answer of its user."),
        ({"type": "cancelled"}, RunStatus.CANCELLED, "Cancelled."),
    ],
)
def test_a_finished_run_need_not_be_answered(
    outcome: dict[str, object] | None, status: RunStatus, error: str | None
) -> None:
    begun = ev.RunStarted(thread_id="t", run_id="r")
    (run,) = Conversation([begun, ev.RunFinished(thread_id="t", run_id="r", outcome=outcome)]).runs
    assert (run.status, run.error) == (status, error)
