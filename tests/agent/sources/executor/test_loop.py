"""The loop: which calls run, how, and what ends a turn."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, SystemMessage, ToolMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.tools import BaseTool, ToolException, tool

from agent.conversation.decisions import Decision, DecisionKind
from agent.conversation.items import CallStatus
from agent.conversation.reducer import Conversation
from agent.conversation.run import RunStatus
from agent.errors import RunFailed
from agent.events import types as ev
from agent.runs.run import Run
from agent.settings.permissions import Permissions, Rule
from agent.sources.executor.loop import AgentExecutor
from agent.sources.executor.prompts import TOOL_RULES
from agent.sources.tools.arithmetic import add
from agent.sources.tools.final_answer import final_answer
from agent.sources.tools.load import default_tools
from tests.agent.scripted import (
    Gate,
    Request,
    ScriptedModel,
    WholeReplyModel,
    answering,
    asserted,
    call,
    calling,
    end,
    finish,
    of,
    texts,
)

pytestmark = pytest.mark.usefixtures("nothing_blocks")

PATIENCE = 60.0
"""Seconds after which a test that waits for what must come gives up."""


def executor(
    *replies: Any, tools: list[BaseTool] | None = None, temperature: float | None = None, **options: Any
) -> AgentExecutor:
    """An executor over a scripted model."""
    tools = [add, final_answer] if tools is None else tools
    return AgentExecutor(ScriptedModel(replies=list(replies), temperature=temperature), tools, **options)


def requests(agent: AgentExecutor) -> list[Request]:
    """What its model was asked."""
    model = agent._caller._model
    assert isinstance(model, ScriptedModel)
    return model.requests


def finished(events: list[ev.Event]) -> dict[str, Any]:
    """The result of a run that was answered."""
    last = events[-1]
    assert isinstance(last, ev.RunFinished), last
    assert isinstance(last.result, dict)
    return last.result


def failed(events: list[ev.Event]) -> ev.RunError:
    """The end of a run that was not."""
    last = events[-1]
    assert isinstance(last, ev.RunError), last
    return last


def results(events: list[ev.Event]) -> dict[str, ev.ToolCallResult]:
    """The calls' results by name."""
    names = {start.tool_call_id: start.tool_call_name for start in of(events, ev.ToolCallStart)}
    return {names[result.tool_call_id]: result for result in of(events, ev.ToolCallResult)}


def told(agent: AgentExecutor) -> list[ToolMessage]:
    """The results that the model was last told."""
    return [message for message in requests(agent)[-1].messages if isinstance(message, ToolMessage)]


def is_error(result: ev.ToolCallResult) -> bool:
    return bool((result.metadata or {}).get("error"))


# The shape of a turn


async def test_a_turn_is_steps_of_a_model_call_and_its_tools_until_the_answer() -> None:
    agent = executor(calling(("add", {"x": 10, "y": 10})), answering("20"))
    events = await end(agent.stream("10 + 10"))
    assert finished(events) == {"answer": "20", "tools_used": ["add"]}
    run = Conversation(events).runs[0]
    assert [[call.name for call in step.calls] for step in run.steps] == [["add"], ["final_answer"]]
    assert run.calls[0].result == "20"
    assert [message.fragments.text for message in run.messages] == ["20"]
    assert run.model == "ScriptedModel"
    assert run.max_iterations == 10


async def test_invoke_gives_only_the_result() -> None:
    assert await executor(answering("20")).invoke("10 + 10") == {"answer": "20", "tools_used": []}


async def test_the_model_is_told_what_its_calls_gave_in_the_order_of_the_calls() -> None:
    agent = executor(
        [*call("add", {"x": 1, "y": 2}, id="a"), *call("add", {"x": 3, "y": 4}, id="b", index=1), finish()],
        answering(),
    )
    await end(agent.stream("both"))
    *_, said, first, second = requests(agent)[1].messages
    assert isinstance(said, AIMessage)
    assert [(one["id"], one["args"]) for one in said.tool_calls] == [("a", {"x": 1, "y": 2}), ("b", {"x": 3, "y": 4})]
    assert isinstance(first, ToolMessage)
    assert isinstance(second, ToolMessage)
    assert [(one.tool_call_id, one.content) for one in (first, second)] == [("a", "3"), ("b", "7")]


async def test_what_is_asked_of_the_model() -> None:
    agent = executor(answering(), system="You are {terse}.")
    await end(agent.stream("What is {this}?"))
    (request,) = requests(agent)
    system, question = request.messages
    assert isinstance(system, SystemMessage)
    assert system.content == f"You are {{terse}}. {TOOL_RULES}"
    assert isinstance(question, HumanMessage)
    assert question.content == "What is {this}?"
    assert request.arguments == {"tools": ["add", "final_answer"], "tool_choice": "any"}


async def test_without_final_answer_nothing_is_forced_and_plain_text_is_asked_for() -> None:
    agent = executor([*texts("20"), finish()], tools=[add], temperature=None)
    assert finished(await end(agent.stream("10 + 10"))) == {"answer": "20", "tools_used": []}
    assert requests(agent)[0].arguments == {"tools": ["add"]}
    assert TOOL_RULES not in str(requests(agent)[0].messages[0].content)


async def test_without_tools_it_is_a_plain_chat() -> None:
    agent = executor([*texts("Hel", "lo."), finish()], tools=[])
    assert finished(await end(agent.stream("hello")))["answer"] == "Hello."
    assert requests(agent)[0].arguments == {}


async def test_past_turns_are_told_whole() -> None:
    agent = executor(calling(("add", {"x": 1, "y": 2})), answering("3"), answering("6"))
    past = Conversation(await end(agent.stream("1 + 2")))
    run = agent.stream("now double it", past)
    assert run.thread_id == past.thread_id
    await end(run)
    assert [(type(one), one.content) for one in requests(agent)[-1].messages[1:]] == [
        (HumanMessage, "1 + 2"),
        (AIMessage, ""),
        (ToolMessage, "3"),
        (AIMessage, "3"),
        (HumanMessage, "now double it"),
    ]


async def test_past_turns_can_be_told_as_questions_and_answers() -> None:
    agent = executor(calling(("add", {"x": 1, "y": 2})), answering("3"), answering("6"), past="answers")
    past = Conversation(await end(agent.stream("1 + 2")))
    await end(agent.stream("now double it", past))
    assert [one.content for one in requests(agent)[-1].messages[1:]] == ["1 + 2", "3", "now double it"]


# Tools run at once and hold nothing up


async def test_synchronous_tools_of_a_step_overlap() -> None:
    meeting = threading.Barrier(3)

    @tool
    def meet(n: int) -> str:
        """Give a result only when three are there at once."""
        meeting.wait(PATIENCE)
        return f"met {n}"

    agent = executor(calling(*[("meet", {"n": n}) for n in range(3)]), answering(), tools=[meet, final_answer])
    await end(agent.stream("meet"))
    assert [one.content for one in told(agent)] == ["met 0", "met 1", "met 2"]


async def test_asynchronous_tools_of_a_step_overlap() -> None:
    meeting = asyncio.Barrier(2)

    @tool
    async def meet() -> str:
        """Give a result only when two are there at once."""
        async with asyncio.timeout(PATIENCE):
            await meeting.wait()
        return "met"

    agent = executor(calling(("meet", {}), ("meet", {})), answering(), tools=[meet, final_answer])
    events = await end(agent.stream("meet"))
    assert not any(is_error(result) for result in of(events, ev.ToolCallResult))


async def test_a_synchronous_tool_never_holds_up_the_loop() -> None:
    seen = threading.Event()

    @tool
    def slow() -> str:
        """Go on only once the reader, which lives on the loop, has seen that it runs."""
        return "seen" if seen.wait(PATIENCE) else "the loop stood still"

    agent = executor(calling(("slow", {})), answering(), tools=[slow, final_answer])
    events = []
    async with agent.stream("go") as run:
        async for event in run:
            events.append(event)
            if isinstance(event, ev.Custom) and event.name == ev.TOOL_STARTED:
                seen.set()
    assert results(asserted(events))["slow"].content == "seen"


async def test_more_calls_than_threads_all_get_a_result() -> None:
    agent = executor(calling(*[("add", {"x": n, "y": 0}) for n in range(50)]), answering())
    events = await end(agent.stream("many"))
    assert len(of(events, ev.ToolCallResult)) == 51
    assert [one.content for one in told(agent)] == [str(n) for n in range(50)]


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        *[("async", error) for error in (ValueError("no"), ToolException("no"), asyncio.CancelledError())],
        *[("sync", error) for error in (ValueError("no"), ToolException("no"), asyncio.CancelledError())],
        *[("sync", error) for error in (SystemExit(3), KeyboardInterrupt(), StopIteration())],
    ],
    ids=repr,
)
async def test_whatever_a_tool_raises_is_its_result_and_the_run_goes_on(kind: str, error: BaseException) -> None:
    @tool("breaks")
    def breaks() -> str:
        """Break."""
        raise error

    @tool("breaks")
    async def breaks_later() -> str:
        """Break."""
        raise error

    agent = executor(
        calling(("breaks", {}), ("add", {"x": 1, "y": 2})),
        answering("it broke"),
        tools=[breaks if kind == "sync" else breaks_later, add, final_answer],
    )
    events = await end(agent.stream("break"))
    assert is_error(results(events)["breaks"])
    assert results(events)["add"].content == "3"
    assert finished(events) == {"answer": "it broke", "tools_used": ["breaks", "add"]}
    broken, _added = told(agent)
    assert broken.status == "error"
    assert broken.content


async def test_a_tool_that_takes_care_of_its_failure_has_failed_all_the_same() -> None:
    @tool
    def careful() -> str:
        """Fail politely."""
        raise ToolException("not today")

    careful.handle_tool_error = True
    agent = executor(calling(("careful", {})), answering(), tools=[careful, final_answer])
    result = results(await end(agent.stream("go")))["careful"]
    assert is_error(result)
    assert result.content == "not today"


# Reading calls


@pytest.mark.parametrize("reason", ["length", "max_tokens", "MAX_TOKENS", "incomplete", None])
async def test_arguments_that_were_cut_are_never_run_with(reason: str | None) -> None:
    paid: list[int] = []

    @tool
    def pay(amount: int) -> str:
        """Pay."""
        paid.append(amount)
        return "paid"

    agent = executor([*call("pay", '{"amount": 1'), finish(reason)], answering("next"), tools=[pay, final_answer])
    events = await end(agent.stream("pay 12345"))
    assert failed(events).code == ev.RunErrorCode.TRUNCATED
    assert "pay" in failed(events).message
    assert paid == []
    assert Conversation(events).runs[0].calls[0].status is CallStatus.CUT
    assert of(events, ev.ToolCallEnd) == []
    assert finished(await end(agent.stream("again", Conversation(events))))["answer"] == "next"


async def test_a_stream_that_ends_before_any_argument_is_cut() -> None:
    agent = executor([*call("add", "")[:1]])
    assert failed(await end(agent.stream("go"))).code == ev.RunErrorCode.TRUNCATED


async def test_no_other_call_of_a_cut_reply_is_run() -> None:
    agent = executor([*call("add", {"x": 1, "y": 2}), *call("add", '{"x":', index=1), finish(None)])
    events = await end(agent.stream("go"))
    assert failed(events).code == ev.RunErrorCode.TRUNCATED
    assert of(events, ev.ToolCallResult) == []


async def test_a_whole_call_without_a_finish_reason_is_run() -> None:
    agent = executor(calling(("add", {"x": 1, "y": 2}), reason=None), answering("3"))
    assert finished(await end(agent.stream("go")))["tools_used"] == ["add"]


@pytest.mark.parametrize("reason", ["stop", "stopstop", "tool_calls", "end_turn"])
async def test_a_call_is_run_whatever_the_reason_is_called(reason: str) -> None:
    agent = executor(calling(("add", {"x": 1, "y": 2}), reason=reason), answering("3"))
    assert finished(await end(agent.stream("go")))["tools_used"] == ["add"]


async def test_a_tool_without_arguments_may_be_called_with_none() -> None:
    @tool
    def now() -> str:
        """Tell the time."""
        return "late"

    agent = executor([*call("now", ""), finish("tool_calls")], answering(), tools=[now, final_answer])
    assert results(await end(agent.stream("go")))["now"].content == "late"


@pytest.mark.parametrize(
    "arguments", ['{"x": 1, "y"', "{'x': 1}", '{"x": NaN, "y": 1}', '{"x": 1, "y": 2}{"x": 3}', "[" * 9_999]
)
async def test_arguments_that_are_no_json_are_an_error_result_and_the_run_goes_on(arguments: str) -> None:
    agent = executor([*call("add", arguments, size=99_999), finish("tool_calls")], answering("sorry"))
    async with agent.stream("go") as run:
        events = asserted([event async for event in run], broken_arguments=True)
    result = results(events)["add"]
    assert is_error(result)
    assert "not valid JSON" in str(result.content)
    assert finished(events) == {"answer": "sorry", "tools_used": []}


@pytest.mark.parametrize("arguments", ["[1, 2]", "12", '"x"'])
async def test_arguments_that_are_no_object_are_an_error_result(arguments: str) -> None:
    agent = executor([*call("add", arguments), finish("tool_calls")], answering("sorry"))
    events = await end(agent.stream("go"))
    assert "must be a JSON object" in str(results(events)["add"].content)
    assert finished(events)["tools_used"] == []


@pytest.mark.parametrize("arguments", [{"x": 1}, {"x": "many", "y": 1}])
async def test_arguments_that_do_not_fit_the_tool_are_an_error_result_and_it_did_not_run(arguments: object) -> None:
    agent = executor(calling(("add", arguments)), answering("sorry"))
    events = await end(agent.stream("go"))
    assert is_error(results(events)["add"])
    assert finished(events) == {"answer": "sorry", "tools_used": []}


async def test_an_unknown_tool_is_an_error_result_that_names_the_tools() -> None:
    agent = executor(calling(("launch", {"x": 1})), answering("sorry"))
    events = await end(agent.stream("go"))
    result = results(events)["launch"]
    assert is_error(result)
    assert result.content == "There is no tool 'launch'. The tools are: add, final_answer."
    assert finished(events)["tools_used"] == []


async def test_a_call_without_a_name_is_an_unknown_tool() -> None:
    agent = executor([*call(None, "{}"), finish("tool_calls")], answering("sorry"))
    assert is_error(results(await end(agent.stream("go")))[""])


async def test_half_a_surrogate_pair_in_the_arguments_harms_neither_the_result_nor_the_next_request() -> None:
    @tool
    def echo(text: str) -> str:
        """Give it back, with another half."""
        return text + "\udfff"

    agent = executor(
        [*call("echo", '{"text": "\\ud83d\\ude00 \\ud800"}'), finish()],
        [*call("final_answer", '{"answer": "\\ud800", "tools_used": []}'), finish()],
        tools=[echo, final_answer],
    )
    events = await end(agent.stream("\ud83d"))
    assert results(events)["echo"].content == "😀 \ufffd\ufffd"
    assert finished(events)["answer"] == "\ufffd"
    for message in requests(agent)[1].messages:
        message.model_dump_json().encode()


# What ends a turn


async def test_tools_beside_final_answer_run_first() -> None:
    answered = threading.Event()

    @tool
    def slow() -> str:
        """Tell whether the answer was already given."""
        return f"answered: {answered.is_set()}"

    @tool("final_answer")
    def answer_tool(answer: str, tools_used: list[str]) -> str:
        """Answer."""
        answered.set()
        return answer

    agent = executor(
        calling(("final_answer", {"answer": "yes", "tools_used": []}), ("slow", {})), tools=[slow, answer_tool]
    )
    events = await end(agent.stream("go"))
    assert results(events)["slow"].content == "answered: False"
    assert finished(events) == {"answer": "yes", "tools_used": ["slow"]}


async def test_the_first_valid_answer_ends_the_run() -> None:
    agent = executor(
        calling(
            ("final_answer", {"text": "not valid"}),
            ("final_answer", {"answer": "first", "tools_used": []}),
            ("final_answer", {"answer": "second", "tools_used": []}),
        )
    )
    assert finished(await end(agent.stream("go")))["answer"] == "first"


async def test_an_answer_that_is_not_valid_does_not_end_the_run() -> None:
    agent = executor(calling(("final_answer", {"answer": None})), answering("12"))
    events = await end(agent.stream("go"))
    assert finished(events)["answer"] == "12"
    assert is_error(of(events, ev.ToolCallResult)[0])


@pytest.mark.parametrize("claim", [{}, {"tools_used": None}, {"tools_used": "add"}, {"tools_used": "['add']"}])
@pytest.mark.parametrize(("answer", "text"), [("twelve", "twelve"), (12, "12"), ({"sum": 12}, '{"sum": 12}')])
async def test_an_answer_is_not_lost_for_what_is_odd_about_it(claim: dict[str, Any], answer: Any, text: str) -> None:
    agent = executor(calling(("final_answer", {"answer": answer, **claim})))
    assert finished(await end(agent.stream("go"))) == {"answer": text, "tools_used": []}


async def test_tools_used_is_what_ran_and_not_what_the_model_claims() -> None:
    agent = executor(
        calling(("multiply", {"x": 2, "y": 3}), ("add", {"x": 1, "y": 2}), ("add", {"x": 3, "y": 4})),
        calling(("add", {"x": 1, "y": 2})),
        answering("ok", ["divide", "exponentiate"]),
        tools=default_tools(),
    )
    events = await end(agent.stream("go"))
    assert finished(events)["tools_used"] == ["multiply", "add"]
    claim = Conversation(events).runs[0].calls[-1].fragments.text
    assert "exponentiate" in claim


async def test_plain_text_without_calls_is_the_answer() -> None:
    agent = executor(calling(("add", {"x": 1, "y": 2})), [*texts("It ", "is 3."), finish()])
    assert finished(await end(agent.stream("go"))) == {"answer": "It is 3.", "tools_used": ["add"]}


async def test_text_beside_a_call_is_no_answer() -> None:
    agent = executor([*texts("Let me see."), *calling(("add", {"x": 1, "y": 2}))], answering("3"))
    assert finished(await end(agent.stream("go")))["answer"] == "3"
    said = requests(agent)[1].messages[-2]
    assert said.content == "Let me see."


@pytest.mark.parametrize("reply", [[finish()], [*texts(" ", "\n"), finish()]], ids=["nothing", "blank"])
async def test_an_empty_reply_is_the_models_error(reply: list[AIMessageChunk]) -> None:
    error = failed(await end(executor(reply, list(reply)).stream("go")))
    assert error.code == ev.RunErrorCode.MODEL_ERROR
    assert "no answer" in error.message


async def test_a_reply_that_is_nothing_at_all_is_asked_for_once_more() -> None:
    agent = executor([finish()], answering("here"))
    events = await end(agent.stream("go"))
    assert finished(events)["answer"] == "here"
    (retry,) = [event for event in of(events, ev.Custom) if event.name == ev.RETRY]
    assert retry.value["reason"] == "the model sent nothing"


async def test_a_reply_that_was_cut_before_it_began_is_not_asked_for_again() -> None:
    agent = executor([finish("length")], answering("here"))
    assert failed(await end(agent.stream("go"))).code == ev.RunErrorCode.TRUNCATED
    assert len(requests(agent)) == 1


async def test_the_iteration_limit_ends_the_run_and_keeps_what_it_did() -> None:
    agent = executor(*[calling(("add", {"x": n, "y": 1})) for n in range(3)], max_iterations=3)
    events = await end(agent.stream("go"))
    assert failed(events).code == ev.RunErrorCode.ITERATION_LIMIT
    run = Conversation(events).runs[0]
    assert [call.result for call in run.calls] == ["1", "2", "3"]
    assert len(requests(agent)) == 3


async def test_a_text_that_was_cut_is_no_answer() -> None:
    for reason in ("length", "max_tokens", None):
        events = await end(executor([*texts("It is 1"), finish(reason)]).stream("go"))
        assert failed(events).code == ev.RunErrorCode.TRUNCATED
        assert Conversation(events).runs[0].messages[0].fragments.text == "It is 1"


async def test_a_model_that_never_tells_a_finish_reason_may_still_answer() -> None:
    model = ScriptedModel(replies=[texts("It is 12.")], always_tells_finish_reason=False)
    assert finished(await end(AgentExecutor(model).stream("go")))["answer"] == "It is 12."


async def test_a_model_that_does_not_stream_can_use_tools_too() -> None:
    model = WholeReplyModel(
        replies=[
            AIMessage("", tool_calls=[{"name": "add", "args": {"x": 1, "y": 2}, "id": "1"}]),
            AIMessage("3", response_metadata={"finish_reason": "stop"}),
        ]
    )
    events = await end(AgentExecutor(model, [add]).stream("1 + 2"))
    assert finished(events) == {"answer": "3", "tools_used": ["add"]}


async def test_usage_is_summed_over_the_steps_and_told_for_each() -> None:
    first = UsageMetadata(input_tokens=10, output_tokens=1, total_tokens=11)
    second = UsageMetadata(input_tokens=20, output_tokens=2, total_tokens=22)
    agent = executor(
        [*call("add", {"x": 1, "y": 2}), finish("tool_calls", first)],
        calling(("add", {"x": 1, "y": 2})),
        [*texts("3"), finish("stop", second)],
    )
    events = await end(agent.stream("go"))
    last = events[-1]
    assert isinstance(last, ev.RunFinished)
    assert last.usage == [ev.TokenUsage(input_tokens=30, output_tokens=3, total_tokens=33)]
    costs = [(step.metadata or {}).get("usage") for step in of(events, ev.StepFinished)]
    assert [cost and cost["outputTokens"] for cost in costs] == [1, None, 2]


async def test_a_run_that_fails_tells_what_it_cost() -> None:
    usage = UsageMetadata(input_tokens=10, output_tokens=1, total_tokens=11)
    agent = executor([*texts("cut"), finish("length", usage)])
    assert failed(await end(agent.stream("go"))).usage == [
        ev.TokenUsage(input_tokens=10, output_tokens=1, total_tokens=11)
    ]


async def test_an_unexpected_error_is_told_as_ours(caplog: pytest.LogCaptureFixture) -> None:
    @tool("final_answer")
    def odd(text: str) -> str:
        """An answer tool that has no answer."""
        return text

    events = await end(executor(calling(("final_answer", {"text": "x"})), tools=[odd]).stream("go"))
    assert failed(events).code == ev.RunErrorCode.INTERNAL_ERROR
    assert "KeyError" in caplog.text


# Approval


async def _with_approval(
    agent: AgentExecutor, *decisions: DecisionKind | Decision, history: Conversation | None = None
) -> list[ev.Event]:
    """The events of a run in which every question is answered in order."""
    answers = [one if isinstance(one, Decision) else Decision(one) for one in decisions]
    events = []
    async with agent.stream("go", history) as run:
        async for event in run:
            events.append(event)
            if isinstance(event, ev.Custom) and event.name == ev.APPROVAL and event.value["state"] == "requested":
                run.decide(event.value["toolCallId"], answers.pop(0))
    assert answers == [], "nobody asked"
    return asserted(events)


def _states(events: list[ev.Event]) -> list[str]:
    return [event.value["state"] for event in of(events, ev.Custom) if event.name == ev.APPROVAL]


TWO_SUMS = (calling(("add", {"x": 1, "y": 2})), calling(("add", {"x": 3, "y": 4})), answering())


async def test_once_lets_one_call_run_and_the_next_asks_again() -> None:
    events = await _with_approval(executor(*TWO_SUMS, needs_approval=["add"]), "once", "once")
    assert _states(events) == ["requested", "once", "requested", "once"]
    assert [result.content for result in of(events, ev.ToolCallResult)][:2] == ["3", "7"]


async def test_session_lets_all_later_calls_run_in_this_run_and_the_next() -> None:
    agent = executor(*TWO_SUMS, *TWO_SUMS, needs_approval=["add"])
    events = await _with_approval(agent, "session")
    assert _states(events) == ["requested", "session"]
    assert _states(await _with_approval(agent, history=Conversation(events))) == []


async def test_what_one_session_allowed_another_is_asked_for() -> None:
    agent = executor(*TWO_SUMS, *TWO_SUMS, needs_approval=["add"])
    await _with_approval(agent, "session")
    assert _states(await _with_approval(agent, "session")) == ["requested", "session"]


async def test_session_goes_for_the_calls_that_wait_to_ask_too() -> None:
    both = calling(("add", {"x": 1, "y": 2}), ("add", {"x": 3, "y": 4}))
    events = await _with_approval(executor(both, answering(), needs_approval=["add"]), "session")
    assert _states(events) == ["requested", "session"]
    both_results = of(events, ev.ToolCallResult)[:2]  # they run side by side: either may be the first
    assert sorted(str(result.content) for result in both_results) == ["3", "7"]


async def test_a_denied_call_does_not_run_and_the_model_is_told() -> None:
    events = await _with_approval(executor(*TWO_SUMS, needs_approval=["add"]), "denied", "once")
    first, second, _ = of(events, ev.ToolCallResult)
    assert is_error(first)
    assert "did not allow" in str(first.content)
    assert second.content == "7"
    assert finished(events)["tools_used"] == ["add"]


async def test_why_a_call_was_denied_is_told_to_the_model() -> None:
    denied = Decision("denied", reason="use metres")
    events = await _with_approval(executor(*TWO_SUMS, needs_approval=["add"]), denied, "once")
    first, *_ = of(events, ev.ToolCallResult)
    assert "use metres" in str(first.content)
    decided = [event.value for event in of(events, ev.Custom) if event.name == ev.APPROVAL][1]
    assert (decided["state"], decided["reason"]) == ("denied", "use metres")


async def test_edited_arguments_are_those_that_it_runs_with_and_the_model_is_told() -> None:
    agent = executor(*TWO_SUMS, needs_approval=["add"])
    events = await _with_approval(agent, Decision("once", arguments={"x": 1, "y": 20}), "once")
    assert [result.content for result in of(events, ev.ToolCallResult)][:2] == ["21", "7"]
    assert [str(message.content) for message in told(agent)][-2:] == [
        '[The user changed the arguments of this call to {"x": 1, "y": 20} before it ran.]\n21',
        "7",
    ]
    decided = [event.value for event in of(events, ev.Custom) if event.name == ev.APPROVAL][1]
    assert decided["arguments"] == {"x": 1, "y": 20}


async def test_arguments_that_were_edited_to_what_the_tool_does_not_take_are_told_as_its_refusal() -> None:
    agent = executor(*TWO_SUMS, needs_approval=["add"])
    first, *_ = of(await _with_approval(agent, Decision("once", arguments={"x": "?"}), "once"), ev.ToolCallResult)
    assert is_error(first)


# Rules


async def test_a_rule_decides_without_a_question_and_is_told() -> None:
    rules = Permissions(deny=(Rule.parse("add(x: 3)"),), allow=(Rule.parse("add"),))
    agent = executor(*TWO_SUMS, needs_approval=["add"], permissions=lambda: rules)
    events = await _with_approval(agent)
    first, second, _ = of(events, ev.ToolCallResult)
    assert (first.content, is_error(second)) == ("3", True)
    assert "deny add(x: 3)" in str(second.content)
    decided = [event.value for event in of(events, ev.Custom) if event.name == ev.APPROVAL]
    assert [(one["state"], one["rule"]) for one in decided] == [("always", "add"), ("denied", "add(x: 3)")]


async def test_a_rule_can_have_a_tool_ask_that_else_would_not() -> None:
    rules = Permissions(ask=(Rule.parse("add"),))
    events = await _with_approval(executor(*TWO_SUMS, permissions=lambda: rules), "once", "session")
    assert _states(events) == ["requested", "once", "requested", "session"]


async def test_no_rule_keeps_the_answer_from_being_given() -> None:
    rules = Permissions(deny=(Rule.parse("*"),))
    events = await end(executor(answering("fine"), permissions=lambda: rules).stream("go"))
    assert finished(events)["answer"] == "fine"


async def test_a_rule_that_is_written_while_a_call_waits_to_ask_goes_for_it_too() -> None:
    rules = Permissions()
    both = calling(("add", {"x": 1, "y": 2}), ("add", {"x": 3, "y": 4}))
    agent = executor(both, answering(), needs_approval=["add"], permissions=lambda: rules)
    events = []
    async with agent.stream("go") as run:
        async for event in run:
            events.append(event)
            if isinstance(event, ev.Custom) and event.name == ev.APPROVAL and event.value["state"] == "requested":
                rules = rules.allowing([Rule.parse("add")])
                run.decide(event.value["toolCallId"], Decision("always", rule="add"))
    assert _states(asserted(events)) == ["requested", "always", "always"]


# Steering


async def test_what_the_user_says_to_a_running_turn_is_told_at_its_next_step() -> None:
    gate = Gate()
    agent = executor([gate, *calling(("add", {"x": 1, "y": 2}))], answering("fine"))
    events = []
    async with agent.stream("go") as run:
        async for event in run:
            events.append(event)
            if isinstance(event, ev.StepStarted) and not gate.opened.is_set():
                run.steer("in metres")
                gate.opened.set()
    asserted(events)
    spoken = [event for event in of(events, ev.TextMessageStart) if event.role == "user"]
    said = [event.delta for event in of(events, ev.TextMessageContent) if event.message_id == spoken[0].message_id]
    assert said == ["in metres"]
    first, second = requests(agent)
    assert [one.content for one in first.messages if isinstance(one, HumanMessage)] == ["go"]
    assert [one.content for one in second.messages if isinstance(one, HumanMessage)] == ["go", "in metres"]
    assert isinstance(second.messages[-1], HumanMessage)
    assert run.steering == []


async def test_what_comes_too_late_to_be_told_is_kept_for_the_next_turn() -> None:
    gate = Gate()
    agent = executor([gate, *answering("fine")])
    async with agent.stream("go") as run:
        async for event in run:
            if isinstance(event, ev.StepStarted):
                run.steer("in metres")
                gate.opened.set()
    assert run.steering == ["in metres"]


async def test_a_tool_that_asks_does_not_hold_up_those_that_need_not() -> None:
    agent = executor(
        calling(("ask", {}), ("add", {"x": 1, "y": 2})),
        answering(),
        needs_approval=["ask"],
        tools=[*_asking(), add, final_answer],
    )
    events = []
    waiting: Callable[[], None] | None = None
    async with agent.stream("go") as run:
        async for event in run:
            events.append(event)
            if isinstance(event, ev.Custom) and event.name == ev.APPROVAL and event.value["state"] == "requested":
                waiting = _decision(run, event.value["toolCallId"])
            if isinstance(event, ev.ToolCallResult) and waiting:
                waiting()
                waiting = None
    assert [result.content for result in of(asserted(events), ev.ToolCallResult)][:2] == ["3", "asked"]


def _decision(run: Run, call_id: str) -> Callable[[], None]:
    return lambda: run.decide(call_id, Decision("once"))


def _asking() -> list[BaseTool]:
    @tool
    def ask() -> str:
        """Needs approval."""
        return "asked"

    return [ask]


async def test_a_decision_that_nobody_asked_for_does_nothing() -> None:
    async with executor(answering()).stream("go") as run:
        run.decide("no such call", Decision("once"))
        asserted([event async for event in run])


# And then the next question

FAILURES: dict[str, tuple[list[Any], str]] = {
    "cut call": ([[*call("add", '{"x": 1'), finish(None)]], "truncated"),
    "cut text": ([[*texts("It"), finish("length")]], "truncated"),
    "nothing": ([[finish()], [finish()]], "model_error"),
    "limit": ([calling(("add", {"x": 1, "y": 2}))], "iteration_limit"),
    "model error": ([[*texts("It"), ValueError("broken")]], "model_error"),
    "tool failure, then model error": ([calling(("add", {"x": 1})), [ValueError("broken")]], "model_error"),
}


@pytest.mark.parametrize(("replies", "code"), FAILURES.values(), ids=FAILURES)
async def test_after_every_failure_the_next_question_works(replies: list[Any], code: str) -> None:
    agent = executor(*[list(reply) for reply in replies], answering("fine"), max_iterations=len(replies))
    events = await end(agent.stream("first"))
    assert failed(events).code == code
    assert Conversation(events).runs[0].status is RunStatus(code)
    following = await end(agent.stream("second", Conversation(events)))
    assert finished(following)["answer"] == "fine"
    messages = requests(agent)[-1].messages
    assert [one.content for one in messages if isinstance(one, HumanMessage)] == ["first", "second"]
    assert "cut short" in str(messages[-2].content)


async def test_an_answer_is_an_error_when_asked_of_a_failed_run() -> None:
    with pytest.raises(RunFailed) as caught:
        await executor([finish()], [finish()]).invoke("go")
    assert caught.value.code == ev.RunErrorCode.MODEL_ERROR
