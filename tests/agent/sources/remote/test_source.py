"""An agent behind a URL does the turns: its whole stream in one run of ours, and the whole conversation to it."""

import asyncio
from typing import Any

import pytest
from langchain_core.tools import tool

from agent.conversation.decisions import Decision
from agent.conversation.items import CallStatus
from agent.conversation.reducer import Conversation
from agent.conversation.run import RunStatus
from agent.events import types as ev
from agent.runs.run import Run
from agent.secrets import Secrets
from agent.settings.permissions import Permissions, Rule
from agent.sources.remote.frontend import FrontendTools
from agent.sources.tools.calls.loop import ToolLoop
from tests.agent.scripted import of
from tests.agent.sources.models.loopback import loopback
from tests.agent.sources.remote.asking import (
    answered,
    asked,
    error,
    events_of,
    finished,
    interrupt,
    remote,
    requests,
    says,
    stream,
)

APPROVE = {"type": "object", "properties": {"approved": {"type": "boolean"}}, "required": ["approved"]}
EDIT = {**APPROVE, "properties": {**APPROVE["properties"], "editedArgs": {"type": "object"}}}  # type: ignore[dict-item]  # a schema


async def test_a_turn_is_told_as_it_comes_and_ends_once() -> None:
    async with loopback(stream(*asked("search", {"q": "x"}), answered("found"), *says("It is there."))) as server:
        events = await events_of(remote(server))
    run = Conversation(events).runs[0]
    assert (run.status, run.answer, run.tools_used) == (RunStatus.ANSWERED, "It is there.", ("search",))
    assert [(call.name, call.result, call.status) for call in run.calls] == [("search", "found", CallStatus.DONE)]
    assert len(of(events, ev.ToolCallArgs)) == 2
    assert [event.event["type"] for event in of(events, ev.Raw)] == ["RUN_STARTED", "RUN_FINISHED"]


async def test_the_request_is_whole_and_tells_the_conversation_with_calls_results_and_what_is_encrypted() -> None:
    first = [
        {"type": "REASONING_START", "messageId": "t1"},
        {"type": "REASONING_MESSAGE_START", "messageId": "t1", "role": "reasoning"},
        {"type": "REASONING_MESSAGE_CONTENT", "messageId": "t1", "delta": "hm"},
        {"type": "REASONING_MESSAGE_END", "messageId": "t1"},
        {"type": "REASONING_END", "messageId": "t1"},
        {"type": "REASONING_ENCRYPTED_VALUE", "subtype": "message", "entityId": "t1", "encryptedValue": "x9"},
        *asked("search", {"q": "x"}, parentMessageId="m0"),
        answered("found"),
        {"type": "STATE_SNAPSHOT", "snapshot": {"count": 1}},
        {"type": "STATE_DELTA", "delta": [{"op": "replace", "path": "/count", "value": 2}]},
        *says("There."),
    ]
    async with loopback(stream(*first), stream(*says("Again."))) as server:
        source = remote(server, forwarded={"tenant": "a"}, context={"the user": "Ada"})
        events = await events_of(source, "first")
        await events_of(source, "second", Conversation(events))
    one, two = requests(server)
    assert (one.thread_id, two.thread_id) == (one.thread_id, one.thread_id)
    assert (one.state, two.state) == ({}, {"count": 2})
    assert one.forwarded_props == {"tenant": "a"}
    assert one.context is not None
    assert [(item.description, item.value) for item in one.context] == [("the user", "Ada")]
    assert [message.content for message in one.messages] == ["first"]
    started = of(events, ev.RunStarted)[0]
    assert started.input is not None
    assert one.messages[0].id == started.input.messages[0].id
    assert [(message.role, message.id) for message in two.messages] == [
        ("user", one.messages[0].id),
        ("reasoning", "t1"),
        ("assistant", "m0"),
        ("tool", "c1-r"),
        ("assistant", "m1"),
        ("user", two.messages[-1].id),
    ]
    body = server.requests[1]["messages"]
    assert body[1]["encryptedValue"] == "x9"
    assert body[2]["toolCalls"] == [
        {"id": "c1", "type": "function", "function": {"name": "search", "arguments": '{"q": "x"}'}}
    ]


async def test_moments_are_those_of_the_arrival() -> None:
    late = [{**event, "timestamp": 5} for event in says("hello")]
    async with loopback(stream(*late)) as server:
        events = await events_of(remote(server))
    run = Conversation(events).runs[0]
    assert run.messages[0].started >= run.started > 5


async def test_what_an_event_tells_beyond_what_is_known_is_kept_word_for_word() -> None:
    odd = {"type": "STEP_STARTED", "stepName": "s", "budget": {"left": 3}}
    async with loopback(stream(odd, {"type": "STEP_FINISHED", "stepName": "s"}, *says("x"))) as server:
        events = await events_of(remote(server))
    kept = of(events, ev.StepStarted)[0].raw_event
    assert b'"budget"' in bytes(kept)  # type: ignore[arg-type]  # it is set


@pytest.mark.parametrize(
    ("result", "answer"), [({"answer": "42", "tools_used": ["a"]}, "42"), ("plain", "plain"), ({"x": 1}, '{"x": 1}')]
)
async def test_a_result_without_words_is_the_answer(result: Any, answer: str) -> None:
    async with loopback(stream(finished(result=result), done=False)) as server:
        events = await events_of(remote(server))
    assert Conversation(events).runs[0].answer == answer


async def test_what_the_agent_says_of_its_failure_is_the_end_with_its_code_and_the_next_turn_goes_on() -> None:
    async with loopback(
        stream(*says("I tr"), error("the moon is new", code="lunar"), done=False), stream(*says("well"))
    ) as server:
        source = remote(server)
        first = await events_of(source)
        second = await events_of(source, "again", Conversation(first))
    run = Conversation(first).runs[0]
    assert (run.status, run.error, run.code) == (RunStatus.MODEL_ERROR, "the moon is new", "lunar")
    assert Conversation([*first, *second]).runs[1].answer == "well"


async def test_a_cancel_closes_the_connection_and_keeps_what_was_said() -> None:
    async with loopback(stream(*says("so far so")[:-1], done=False, stays_open=True)) as server:
        source = remote(server)
        run = Run(source.work, "q")
        events: list[ev.Event] = []
        async with run:
            async for event in run:
                events.append(event)
                if isinstance(event, ev.TextMessageContent) and event.delta == "so":
                    run.cancel()
        await asyncio.wait_for(server.left.wait(), 5)
    told_run = Conversation(events).runs[0]
    assert (told_run.status, told_run.messages[0].fragments.text) == (RunStatus.CANCELLED, "so far so")


# Interrupts


@pytest.mark.parametrize(
    ("schema", "decision", "payload"),
    [
        (APPROVE, Decision("once"), {"approved": True}),
        (APPROVE, Decision("denied", reason="no mail"), {"approved": False, "reason": "no mail"}),
        (EDIT, Decision("once", arguments={"to": "b"}), {"approved": True, "editedArgs": {"to": "b"}}),
        (None, Decision("once"), {"approved": True}),
    ],
)
async def test_what_the_agent_asks_about_a_call_is_asked_of_it_and_the_turn_goes_on(
    schema: Any, decision: Decision, payload: Any
) -> None:
    asks = {"id": "i1", "reason": "tool_call", "toolCallId": "c1", "message": "Send?"}
    asks |= {} if schema is None else {"responseSchema": schema}
    async with loopback(
        stream(*asked("mail", {"to": "a"}), interrupt(asks), done=False), stream(answered("sent"), *says("Done."))
    ) as server:
        events = await events_of(remote(server), decisions=[decision])
    one, two = requests(server)
    assert two.resume is not None
    assert [(entry.interrupt_id, entry.status, entry.payload) for entry in two.resume] == [("i1", "resolved", payload)]
    assert (two.thread_id, two.parent_run_id) == (one.thread_id, one.run_id)
    assert [message.role for message in two.messages] == ["user", "assistant"]
    run = Conversation(events).runs[0]
    assert (run.answer, run.calls[0].result, run.awaited) == ("Done.", "sent", ())
    assert run.calls[0].asked is not None


async def test_several_questions_are_asked_with_their_forms_and_answered_all_at_once() -> None:
    form: dict[str, Any] = {
        "type": "object",
        "properties": {"city": {"type": "string"}, "days": {"type": "integer", "default": 3}},
    }
    asks: list[dict[str, Any]] = [
        {"id": "i1", "reason": "input_required", "message": "Where?", "responseSchema": {**form, "required": ["city"]}},
        {"id": "i2", "reason": "confirmation", "message": "Sure?"},
        {"id": "i3", "reason": "input_required", "message": "Colour?", "responseSchema": {"type": "string"}},
        {"id": "i4", "reason": "input_required", "message": "Name?", "responseSchema": {"type": "string"}},
    ]
    async with loopback(stream(interrupt(*asks), done=False), stream(*says("Done."))) as server:
        source = remote(server)
        forms: list[Any] = []
        run = Run(source.work, "q")
        answers = {
            "Where?": [Decision("once"), Decision("once", arguments={"city": "Rome", "days": 2})],
            "Sure?": [Decision("once")],
            "Colour?": [Decision("once", arguments={"question": "Colour?", "answer": "red"})],
            "Name?": [Decision("denied")],
        }
        conversation = Conversation()
        async with run:
            async for event in run:
                conversation.apply(event)
                if isinstance(event, ev.Custom) and event.name == ev.APPROVAL and event.value["state"] == "requested":
                    call = next(call for call in conversation.runs[0].calls if call.id == event.value["toolCallId"])
                    question = next(words for words in answers if words in call.fragments.text)
                    forms.append((question, source.schema(call.name, call.id)))
                    run.decide(call.id, answers[question].pop(0))
    assert not any(answers.values())
    assert dict(forms)["Where?"]["properties"] == form["properties"]
    assert dict(forms)["Colour?"] == {"properties": {"answer": {"type": "string"}}}
    body = server.requests[1]
    assert body["resume"] == [
        {"interruptId": "i1", "status": "resolved", "payload": {"city": "Rome", "days": 2}},
        {"interruptId": "i2", "status": "resolved", "payload": True},
        {"interruptId": "i3", "status": "resolved", "payload": "red"},
        {"interruptId": "i4", "status": "cancelled"},
    ]
    assert all("toolCalls" not in message for message in body["messages"])
    run_told = conversation.runs[0]
    assert any("An answer has to hold city" in notice.text for notice in run_told.notices)
    assert all(call.is_question and call.result is not None for call in run_told.calls)


async def test_an_interrupt_that_a_cancel_left_open_is_answered_by_the_next_turn() -> None:
    asks = {"id": "i1", "reason": "confirmation", "message": "Sure?", "expiresAt": "2100-01-01T00:00:00Z"}
    async with loopback(stream(interrupt(asks), done=False), stream(*says("fine"))) as server:
        source = remote(server)
        run, events = Run(source.work, "q"), []
        async with run:
            async for event in run:
                events.append(event)
                if isinstance(event, ev.Custom) and event.name == ev.APPROVAL:
                    run.cancel()
        past = Conversation(events)
        assert past.runs[0].awaited == ("i1",)
        assert any("2100" in notice.text for notice in past.runs[0].notices)
        more = await events_of(source, "another", past)
        both = Conversation([*events, *more])
        assert (len(both.runs), both.runs[1].answer) == (2, "fine")
    assert server.requests[1]["resume"] == [{"interruptId": "i1", "status": "cancelled"}]


async def test_an_answer_that_comes_too_late_is_not_sent() -> None:
    asks = {"id": "i1", "reason": "confirmation", "expiresAt": "2001-01-01T00:00:00Z"}
    async with loopback(stream(interrupt(asks), done=False)) as server:
        events = await events_of(remote(server), decisions=[Decision("once")])
    run = Conversation(events).runs[0]
    assert run.status is RunStatus.MODEL_ERROR
    assert "expired at 2001" in str(run.error)
    assert len(server.requests) == 1


async def test_an_older_langgraph_server_is_resumed_by_its_command() -> None:
    asks = {"type": "CUSTOM", "name": "on_interrupt", "value": "Which city?"}
    async with loopback(stream(asks), stream(*says("Rome it is."))) as server:
        events = await events_of(
            remote(server), decisions=[Decision("once", arguments={"question": "", "answer": "Rome"})]
        )
    assert server.requests[1]["forwardedProps"] == {"command": {"resume": "Rome"}}
    assert Conversation(events).runs[0].answer == "Rome it is."


# Tools of ours


@tool
def add(x: int, y: int) -> int:
    """Add two numbers."""
    return x + y


def _tools(permissions: Permissions | None = None) -> FrontendTools:
    return FrontendTools([add], permissions=lambda: permissions or Permissions(), loop=ToolLoop(), secrets=Secrets())


async def test_our_tools_are_called_and_approved_here_and_their_results_go_with_the_next_request() -> None:
    calls = [*asked("add", {"x": 1, "y": 2}), *asked("add", {"x": 5, "y": 5}, "c2"), *asked("theirs", {}, "c3")]
    async with loopback(stream(*calls, answered("ok", "c3")), stream(*says("3 and no"))) as server:
        events = await events_of(
            remote(server, tools=_tools()), decisions=[Decision("once"), Decision("denied", reason="too much")]
        )
    one, two = requests(server)
    assert one.tools is not None
    assert [(one.name, one.description) for one in one.tools] == [("add", "Add two numbers.")]
    results = {message.tool_call_id: message.content for message in two.messages if message.role == "tool"}
    assert results["c1"] == "3"
    assert "too much" in results["c2"]
    run = Conversation(events).runs[0]
    assert [call.status for call in run.calls] == [CallStatus.DONE, CallStatus.FAILED, CallStatus.DONE]
    assert run.answer == "3 and no"


async def test_rules_decide_about_a_call_of_the_agents_as_about_any_other() -> None:
    denied = Permissions(deny=(Rule.parse("add"),))
    async with loopback(stream(*asked("add", {"x": 1, "y": 2})), stream(*says("no then"))) as server:
        events = await events_of(remote(server, tools=_tools(denied)))
    assert "deny add" in str(Conversation(events).runs[0].calls[0].result)


async def test_half_a_call_never_runs() -> None:
    half = asked("add", {"x": 1, "y": 2})[:2]
    async with loopback(stream(*half), stream(*says("x"))) as server:
        events = await events_of(remote(server, tools=_tools()), is_clean=False)
    assert of(events, ev.ToolCallResult) == []


async def test_an_agent_that_calls_for_ever_is_stopped() -> None:
    async with loopback(*(stream(*asked("add", {"x": 1, "y": n}, f"c{n}")) for n in range(3))) as server:
        source = remote(server, tools=_tools(Permissions(allow=(Rule.parse("add"),))))
        source.most_requests = 3
        events = await events_of(source)
    assert Conversation(events).runs[0].status is RunStatus.ITERATION_LIMIT


async def test_a_turn_asked_again_tells_where_it_branches_off() -> None:
    async with loopback(stream(*says("one")), stream(*says("two")), stream(*says("two again"))) as server:
        source = remote(server)
        first = await events_of(source, "first")
        second = await events_of(source, "second", Conversation(first))
        past = Conversation([*first, *second])
        await events_of(source, "second", past, without=past.runs[1].id)
    *_, again = requests(server)
    assert again.parent_run_id == past.runs[0].id
    assert [message.content for message in again.messages] == ["first", "one", "second"]


async def test_what_was_decided_for_the_session_or_by_a_rule_is_not_asked_again() -> None:
    def asks(name: str) -> dict[str, Any]:
        return interrupt({"id": name, "reason": "tool_call", "toolCallId": name, "responseSchema": APPROVE})

    async with loopback(
        stream(*asked("mail", {"to": "a"}, "c1"), asks("c1"), done=False),
        stream(answered("sent", "c1"), *asked("mail", {"to": "b"}, "c2"), asks("c2"), done=False),
        stream(answered("sent", "c2"), *asked("wipe", {}, "c3"), asks("c3"), done=False),
        stream(answered("not done", "c3"), *says("Done.")),
    ) as server:
        source = remote(server, permissions=lambda: Permissions(deny=(Rule.parse("wipe"),)))
        events = await events_of(source, decisions=[Decision("session")])
    payloads = [body["resume"][0]["payload"] for body in server.requests[1:]]
    assert [payload["approved"] for payload in payloads] == [True, True, False]
    assert Conversation(events).runs[0].answer == "Done."
