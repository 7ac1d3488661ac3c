"""Turns of others: which run goes on with which, what answers what, and what is told whole afterwards."""

from typing import Any

import pytest
from msgspec import UNSET

from agent.conversation.reducer import Conversation
from tests.agent.conversation.told import call, decoded, event, finished, fold, started, text, told, user

ASKS = {"id": "i1", "reason": "approval", "message": "Delete 3 files?", "toolCallId": "c1"}
INTERRUPTED = finished(outcome={"type": "interrupt", "interrupts": [ASKS]})


def _statuses(conversation: Conversation) -> list[tuple[str, str]]:
    return [(run.question, run.status.value) for run in conversation.runs]


# Interrupts (https://docs.ag-ui.com/concepts/interrupts)


def test_an_interrupt_waits_with_its_call_and_its_words() -> None:
    (run,) = fold(started(messages=[user("Tidy up")]), call("c1", "delete"), INTERRUPTED).runs
    assert (run.status.value, run.error, run.is_waiting) == ("interrupted", "Delete 3 files?", True)
    assert told(run) == ["delete waiting: None", "asks: Delete 3 files? -> None"]


@pytest.mark.parametrize(
    ("payload", "words"),
    [({"approved": True, "by": "me"}, '{"approved": true, "by": "me"}'), ("yes", "yes"), (None, ""), ([1], "[1]")],
)
def test_the_run_that_resumes_goes_on_with_the_turn_and_shows_the_answer(payload: Any, words: str) -> None:
    resume = [{"interruptId": "i1", "status": "resolved", "payload": payload}]
    conversation = fold(
        started(messages=[user("Tidy up")]),
        call("c1", "delete"),
        INTERRUPTED,
        started("r2", messages=[], resume=resume),
        event("TOOL_CALL_RESULT", messageId="x", toolCallId="c1", content="gone"),
        text("Done."),
        finished("r2"),
    )
    assert _statuses(conversation) == [("Tidy up", "answered")]
    assert told(conversation.runs[0]) == ["delete done: gone", f"asks: Delete 3 files? -> {words}", "answer: Done."]


def test_an_interrupt_may_be_answered_by_giving_it_up() -> None:
    resume = [{"interruptId": "i1", "status": "cancelled"}]
    (run,) = fold(started(), INTERRUPTED, started("r2", messages=[], resume=resume), text("Well."), finished("r2")).runs
    (asked,) = run.interrupts
    assert (asked.is_cancelled, asked.answer, run.status.value) == (True, "", "answered")


def test_each_of_several_interrupts_gets_its_own_answer() -> None:
    both = [{"id": "i1", "message": "One?"}, {"id": "i2", "message": "Two?"}]
    answers = [{"interruptId": "i2", "status": "resolved", "payload": "b"}]
    (run,) = fold(
        started(),
        finished(outcome={"type": "interrupt", "interrupts": both}),
        started("r2", messages=[], resume=answers),
        finished("r2", outcome={"type": "interrupt", "interrupts": [{"id": "i3", "message": "One again?"}]}),
    ).runs
    assert told(run) == ["asks: One? -> None", "asks: Two? -> b", "asks: One again? -> None"]
    assert [one.ended is None for one in run.interrupts] == [False, False, True]


@pytest.mark.parametrize("name", ["on_interrupt", "LangGraphInterruptEvent"])
def test_an_older_server_asks_by_an_event_of_its_own_and_is_answered_by_a_command(name: str) -> None:
    asked = event("CUSTOM", name=name, value='{"question": "Which airline?"}')
    waiting = fold(started(messages=[user("Book")]), asked, finished())
    assert told(waiting.runs[0]) == ["asks: Which airline? -> None"]
    assert waiting.runs[0].is_waiting
    command = {"command": {"resume": "KLM"}}
    answered = fold(
        started(messages=[user("Book")]),
        asked,
        finished(),
        started("r2", messages=[user("Book")], forwardedProps=command),
        text("Booked."),
        finished("r2"),
    )
    assert [told(run) for run in answered.runs] == [["asks: Which airline? -> KLM", "answer: Booked."]]


def test_an_answer_without_its_question_is_shown_too() -> None:
    resume = [{"interruptId": "i9", "status": "resolved", "payload": "go"}]
    (run,) = fold(started(messages=[], resume=resume), text("Gone on."), finished()).runs
    assert told(run) == ["asks:  -> go", "answer: Gone on."]


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"responseSchema": {"type": "object", "properties": {"approved": {"type": "boolean"}, "why": {}}}},
         "approved: true or false, why"),
        ({"responseSchema": {"properties": {"to": {"properties": {"name": {"type": "string"}}}}}}, "to: name: text"),
        ({"responseSchema": {"enum": ["Q1", "Q2", 3]}, "expiresAt": "2026-04-20T17:00:00Z"},
         "Q1, Q2 or 3, until 2026-04-20T17:00:00Z"),
        ({"responseSchema": {"type": ["string"], "properties": []}, "expiresAt": 5}, ""),
        ({"responseSchema": True}, ""),
        ({"options": ["KLM", {"label": "TAP"}]}, "KLM or TAP"),
        ({"value": {"choices": ["yes"]}}, "yes"),
        ({}, ""),
    ],
)  # fmt: skip
def test_what_waits_says_what_its_answer_is_to_hold(told: dict[str, Any], words: str) -> None:
    asked = {"id": "i1", "message": "Which?", **told}
    (run,) = fold(started(), finished(outcome={"type": "interrupt", "interrupts": [asked]})).runs
    assert [one.wants for one in run.interrupts] == [words]
    (run,) = fold(started(), event("CUSTOM", name="on_interrupt", value=asked), finished()).runs
    assert [(one.asks, one.wants) for one in run.interrupts] == [("Which?", words)]


def test_what_went_wrong_on_the_way_is_counted_whatever_the_end_says() -> None:
    wrong = [{"op": "replace", "path": "/not/there", "value": 1}]
    (run,) = fold(
        started(),
        call("c1", result="ok"),
        event("TOOL_CALL_RESULT", messageId="x", toolCallId="c2", content="no", error="no"),
        event("SUBAGENT_STARTED", subagentRunId="a", name="scout"),
        event("SUBAGENT_ERROR", subagentRunId="a", message="quota exceeded"),
        event("STATE_DELTA", delta=wrong),
        event("ACTIVITY_DELTA", messageId="plan", activityType="PLAN", patch=wrong),
        text("Done."),
        finished(),
    ).runs
    assert run.status.value == "answered"
    assert run.troubles == ["1 call failed", "1 sub-agent failed", "2 changes did not apply"]


def test_only_our_own_runs_say_that_a_fragment_is_a_token() -> None:
    (theirs,) = fold(started(), text("Done."), finished()).runs
    (ours,) = fold({**started(), "metadata": {"app": "tickertape"}}, text("Done."), finished()).runs
    sent = event("CUSTOM", name="tickertape.request", value={})
    (remote,) = fold({**started(), "metadata": {"app": "tickertape"}}, sent, text("Done."), finished()).runs
    assert (ours.has_tokens, theirs.has_tokens, remote.has_tokens) == (True, False, False)


def test_another_question_leaves_what_waits_behind() -> None:
    conversation = fold(
        started(messages=[user("Tidy up")]),
        INTERRUPTED,
        started("r2", messages=[user("Never mind", "u2")]),
        finished("r2"),
    )
    assert _statuses(conversation) == [("Tidy up", "interrupted"), ("Never mind", "answered")]
    assert [run.is_waiting for run in conversation.runs] == [True, False]


# Tools of the client


RESULT = {"id": "t1", "role": "tool", "toolCallId": "c1", "content": "Paris"}
CALLS = [{"id": "c1", "type": "function", "function": {"name": "where", "arguments": "{}"}}]


@pytest.mark.parametrize(
    "messages", [[RESULT], [user("Near me?"), {"id": "a", "role": "assistant", "toolCalls": CALLS}, RESULT]]
)
def test_the_run_that_brings_a_clients_result_goes_on_with_the_turn(messages: list[Any]) -> None:
    conversation = fold(
        started(messages=[user("Near me?")]),
        call("c1", "where"),
        finished(),
        started("r2", messages=messages),
        text("The Louvre."),
        finished("r2"),
    )
    assert [told(run) for run in conversation.runs] == [["where done: Paris", "answer: The Louvre."]]


def test_a_call_that_takes_the_id_of_one_that_the_client_answered_is_another_call() -> None:
    answered = [user("Approve it"), {"id": "a", "role": "tool", "toolCallId": "c1", "content": "yes"}]
    (run,) = fold(
        started(messages=[user("Approve it")]),
        call("c1", "request_approval"),
        finished(),
        started("r2", messages=answered),
        call("c1", "approve", result="done"),
        text("Approved."),
        finished("r2"),
    ).runs
    assert told(run) == ["request_approval done: yes", "approve done: done", "answer: Approved."]


def test_a_call_that_the_end_says_waits_is_waiting() -> None:
    outcome = {"type": "success", "pendingToolCallIds": ["c1"]}
    (run,) = fold(started(), call("c1", "where"), finished(outcome=outcome)).runs
    assert (told(run), run.is_waiting) == (["where waiting: None"], True)


def test_a_result_finds_its_call_in_an_earlier_turn_and_leaves_the_state_of_before_alone() -> None:
    conversation = fold(
        started(messages=[user("a")]), call("c1", "where"), finished(), started("r2", messages=[user("b", "u2")])
    )
    before = conversation.runs[0]
    result = decoded(event("TOOL_CALL_RESULT", messageId="x", toolCallId="c1", content="Paris"))
    assert conversation.apply_all(result) == [conversation.runs[0]]
    assert told(conversation.runs[0]) == ["where done: Paris"]
    assert told(before) == ["where untold: None"]
    assert Conversation(result).runs == []


# What is told whole


HISTORY = [
    user("First?", "u1"),
    {"id": "a1", "role": "assistant", "content": "One."},
    user("Second?", "u2"),
]


def test_earlier_turns_of_an_input_are_filled_in_once() -> None:
    conversation = fold(started(messages=HISTORY), text("Two.", "a2"), finished())
    assert [(run.question, told(run)) for run in conversation.runs] == [
        ("First?", ["answer: One."]),
        ("Second?", ["answer: Two."]),
    ]
    more = [*HISTORY, {"id": "a2", "role": "assistant", "content": "Two."}, user("Third?", "u3")]
    again = fold(
        started(messages=HISTORY), text("Two.", "a2"), finished(), started("r2", messages=more), finished("r2")
    )
    assert [run.question for run in again.runs] == ["First?", "Second?", "Third?"]
    assert [len(told(run)) for run in again.runs] == [1, 1, 0]


def test_a_snapshot_fills_in_what_no_event_told_and_repeats_nothing() -> None:
    messages = [
        user("Weather?", "u1"),
        {"id": "a0", "role": "reasoning", "content": "Look it up."},
        {"id": "a1", "role": "assistant", "content": "Let me see.", "toolCalls": CALLS},
        RESULT,
        {"id": "a2", "role": "assistant", "content": "21 degrees."},
        {"id": "p", "role": "activity", "activityType": "PLAN", "content": {"step": 1}},
    ]
    snapshot = event("MESSAGES_SNAPSHOT", messages=messages)
    (run,) = fold(
        started(messages=[user("Weather?", "u1")]), text("21 degrees.", "another id"), snapshot, finished()
    ).runs
    whole = ["thought: Look it up.", "preamble: Let me see.", "where done: Paris", "answer: 21 degrees."]
    assert told(run) == whole
    assert [(one.type, one.content) for one in run.activities] == [("PLAN", {"step": 1})]
    (run,) = fold(started(messages=[user("Weather?", "u1")]), snapshot, snapshot, finished(), snapshot).runs
    assert told(run) == whole


def test_a_snapshot_of_a_thread_that_nobody_streamed_is_its_turns() -> None:
    conversation = fold(
        started(),
        event("MESSAGES_SNAPSHOT", messages=[*HISTORY, {"id": "s", "role": "system", "content": "Be kind."}]),
        finished(),
    )
    assert [(run.question, told(run)) for run in conversation.runs] == [
        ("First?", ["answer: One."]),
        ("Second?", ["system: Be kind."]),
    ]


# State and activities


def test_the_state_of_each_turn_is_that_of_its_end() -> None:
    def delta(path: str, value: Any) -> dict[str, Any]:
        return event("STATE_DELTA", delta=[{"op": "replace", "path": path, "value": value}])

    conversation = fold(
        started(messages=[user("a")]),
        event("STATE_SNAPSHOT", snapshot={"n": 1}),
        delta("/n", 2),
        delta("/x", 0),
        finished(),
        started("r2", messages=[user("b", "u2")]),
        delta("/n", 3),
        finished("r2"),
    )
    assert [run.state for run in conversation.runs] == [{"n": 2}, {"n": 3}]
    assert [run.state_problems for run in conversation.runs] == [("replace /x: there is no such place",), ()]
    assert fold(started(), finished()).runs[0].state is UNSET
    assert fold(started(state={"n": 0}, messages=[]), finished()).runs[0].state == {"n": 0}


def test_an_activity_is_told_anew_changed_or_left_as_it_is() -> None:
    def snapshot(step: int, **fields: Any) -> dict[str, Any]:
        return event("ACTIVITY_SNAPSHOT", messageId="p", activityType="PLAN", content={"step": step}, **fields)

    patch = event(
        "ACTIVITY_DELTA", messageId="p", activityType="PLAN", patch=[{"op": "replace", "path": "/step", "value": 3}]
    )
    for events, step in (
        ([snapshot(1)], 1),
        ([snapshot(1), snapshot(2)], 2),
        ([snapshot(1), snapshot(2, replace=False)], 1),
        ([snapshot(1), patch], 3),
    ):
        (activity,) = fold(started(), events, finished()).runs[0].activities
        assert activity.content == {"step": step}
    between = fold(started(), snapshot(1), finished(), patch).runs[0]
    assert between.activities[0].content == {"step": 3}


# Sub-agents (https://docs.ag-ui.com/concepts/subagents)


def test_concurrent_sub_agents_lie_under_the_calls_that_asked_for_them() -> None:
    begun = [
        event("SUBAGENT_STARTED", subagentRunId=name, name=name, parentToolCallId=asked)
        for name, asked in (("reader", "c1"), ("writer", "c2"))
    ]
    (run,) = fold(
        started(),
        call("c1", "ask_reader"),
        call("c2", "ask_writer"),
        begun,
        event("TEXT_MESSAGE_CONTENT", messageId="m", delta="read", subagentRunId="reader"),
        event("TEXT_MESSAGE_CONTENT", messageId="m", delta="write", subagentRunId="writer"),
        call("c", "search", subagentRunId="reader"),
        event("TOOL_CALL_RESULT", messageId="x", toolCallId="c", content="found", subagentRunId="reader"),
        event("TEXT_MESSAGE_CONTENT", messageId="m", delta=" on", subagentRunId="writer"),
        event("SUBAGENT_ERROR", subagentRunId="writer", message="no paper"),
        event("SUBAGENT_FINISHED", subagentRunId="reader"),
        event("TOOL_CALL_RESULT", messageId="y", toolCallId="c1", content="all"),
        text("Done.", "m"),
        finished(),
    ).runs
    work = [(step.title, step.call_id, [item.id for item in step.items]) for step in run.steps if step.agent]
    assert work == [("reader", "c1", ["m", "c"]), ("writer", "c2", ["m#2"])]
    assert [step.name for step in run.steps if not step.is_named] == ["", ""]
    assert told(run)[:2] == ["ask_reader done: all", "ask_writer untold: None"]
    assert "inner: write on" in told(run)
    assert told(run)[-1] == "answer: Done."
    assert [notice.text for notice in run.notices] == ["writer failed: no paper"]


def test_a_sub_agent_that_only_its_events_name_has_a_step_and_lies_in_the_step_around_it() -> None:
    (run,) = fold(
        started(),
        event("STEP_STARTED", stepName="research"),
        event("TEXT_MESSAGE_CONTENT", messageId="m", delta="a", subagentRunId="one"),
        event("SUBAGENT_STARTED", subagentRunId="two", name="inner", parentSubagentRunId="one"),
        event("STEP_FINISHED", stepName="research"),
        finished(),
    ).runs
    assert [(step.title, step.parent) for step in run.steps] == [("research", None), ("one", 1), ("inner", 2)]


def test_no_run_goes_on_with_a_turn_of_another_thread() -> None:
    other = event("RUN_STARTED", threadId="another", runId="r2")
    conversation = fold(started(messages=[user("Tidy up")]), INTERRUPTED, other, text("Hello."), finished("r2"))
    assert _statuses(conversation) == [("Tidy up", "interrupted"), ("", "answered")]
    assert [run.thread_id for run in conversation.runs] == ["t", "another"]
