"""Asking the model: what is tried again, when, how it is told, and what ends the run."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import SimpleNamespace
from typing import Any

import pytest
from langchain_core.messages import AIMessageChunk
from langchain_core.tools import tool

from agent.conversation.reducer import Conversation
from agent.events import types as ev
from agent.sources.executor.loop import AgentExecutor
from agent.sources.tools.final_answer import final_answer
from tests.agent.passing import Passing
from tests.agent.scripted import Gate, ScriptedModel, answering, asserted, call, calling, end, finish, of, texts
from tests.agent.sources.executor.test_loop import executor, failed, finished, requests
from tests.agent.sources.failures.test_reading import APIConnectionError, Failed

pytestmark = pytest.mark.usefixtures("nothing_blocks")


def status(code: int, message: str = "no", headers: dict[str, str] | None = None) -> Failed:
    """What a provider's client raises for an answer of this status."""
    response = SimpleNamespace(headers={name.lower(): value for name, value in (headers or {}).items()})
    return Failed(f"Error code: {code}: {message}", status_code=code, response=response, body={"message": message})


class Sleeps:
    """Waits for nothing and notes how long it was asked to."""

    def __init__(self) -> None:
        self.asked: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.asked.append(seconds)


def retries(events: list[ev.Event]) -> list[dict[str, Any]]:
    return [event.value for event in of(events, ev.Custom) if event.name == ev.RETRY]


@pytest.mark.parametrize(
    "error",
    [status(429), status(408), status(500), status(503), APIConnectionError("no connection")],
    ids=["429", "408", "500", "503", "no connection"],
)
async def test_what_may_pass_is_tried_up_to_three_times_again(error: Exception) -> None:
    sleeps = Sleeps()
    agent = executor([error], [error], [error], answering("at last"), sleep=sleeps)
    events = await end(agent.stream("go"))
    assert finished(events)["answer"] == "at last"
    told = retries(events)
    assert [(one["attempt"], one["maxAttempts"]) for one in told] == [(1, 3), (2, 3), (3, 3)]
    assert [one["delayMs"] for one in told] == [round(seconds * 1000) for seconds in sleeps.asked]
    assert all(one["reason"] for one in told)
    assert [0.4 * 2**n <= seconds <= 0.6 * 2**n for n, seconds in enumerate(sleeps.asked)] == [True] * 3


async def test_the_fourth_failure_ends_the_run() -> None:
    agent = executor(*[[status(503, "overloaded")] for _ in range(4)], answering(), sleep=Sleeps())
    error = failed(await end(agent.stream("go")))
    assert (error.code, error.message) == (ev.RunErrorCode.MODEL_ERROR, "503: overloaded")
    assert len(requests(agent)) == 4
    assert finished(await end(agent.stream("again")))["answer"] == "done"


async def test_every_step_may_be_tried_again_as_often() -> None:
    agent = executor(
        *[[status(500)] for _ in range(3)],
        calling(("add", {"x": 1, "y": 2})),
        *[[status(500)] for _ in range(3)],
        answering(),
        sleep=Sleeps(),
    )
    assert len(retries(await end(agent.stream("go")))) == 6


@pytest.mark.parametrize("error", [status(400), status(401), status(404), ValueError("odd")], ids=repr)
async def test_what_will_not_pass_is_not_tried_again(error: Exception) -> None:
    events = await end(executor([error], sleep=Sleeps()).stream("go"))
    assert failed(events).code == ev.RunErrorCode.MODEL_ERROR
    assert retries(events) == []


@pytest.mark.parametrize(
    ("header", "seconds"), [("3", 3.0), ("0", 0.0), ("0.25", 0.25), ("-5", 0.0), ("3600", 30.0), ("inf", 30.0)]
)
async def test_retry_after_in_seconds_is_honoured_up_to_half_a_minute(header: str, seconds: float) -> None:
    sleeps = Sleeps()
    events = await end(executor([status(429, headers={"Retry-After": header})], answering(), sleep=sleeps).stream("go"))
    assert sleeps.asked == [seconds]
    assert retries(events)[0]["delayMs"] == seconds * 1000


async def test_retry_after_as_a_date_is_honoured_up_to_half_a_minute() -> None:
    for ahead, least, most in ((10, 8, 10), (3600, 30, 30), (-10, 0, 0)):
        date = format_datetime(datetime.now(UTC) + timedelta(seconds=ahead), usegmt=True)
        sleeps = Sleeps()
        await end(executor([status(503, headers={"retry-after": date})], answering(), sleep=sleeps).stream("go"))
        assert least <= sleeps.asked[0] <= most


@pytest.mark.parametrize("header", ["soon", "nan", "", "Mon, 99 Foo"])
async def test_a_retry_after_that_says_nothing_is_passed_over(header: str) -> None:
    sleeps = Sleeps()
    await end(executor([status(429, headers={"retry-after": header})], answering(), sleep=sleeps).stream("go"))
    assert 0.4 <= sleeps.asked[0] <= 0.6


async def test_after_the_first_token_a_failure_ends_the_run_and_keeps_what_came() -> None:
    for error in (status(503), APIConnectionError("no connection"), ValueError("a chunk of garbage")):
        events = await end(executor([*texts("It is ", "tw"), error], answering(), sleep=Sleeps()).stream("go"))
        assert failed(events).code == ev.RunErrorCode.MODEL_ERROR
        assert retries(events) == []
        assert Conversation(events).runs[0].messages[0].fragments.text == "It is tw"


async def test_a_call_that_was_being_written_when_the_model_failed_is_never_run() -> None:
    events = await end(executor([*call("add", {"x": 1, "y": 2}), APIConnectionError("no connection")]).stream("go"))
    assert failed(events).code == ev.RunErrorCode.MODEL_ERROR
    assert of(events, ev.ToolCallResult) == []
    assert len(Conversation(events).runs[0].calls) == 1


async def test_a_chunk_that_says_nothing_is_no_token() -> None:
    agent = executor([AIMessageChunk(content=""), APIConnectionError("no connection")], answering(), sleep=Sleeps())
    assert len(retries(await end(agent.stream("go")))) == 1


async def test_nothing_of_a_failed_try_is_left_in_the_reply() -> None:
    agent = executor([status(500)], [*texts("20"), finish()], sleep=Sleeps())
    assert finished(await end(agent.stream("go")))["answer"] == "20"


async def test_the_servers_words_are_told_in_one_line() -> None:
    events = await end(executor([status(418, "bad\n key \ud800")]).stream("go"))
    assert failed(events).message == "418: bad key \ufffd"


# What a server refuses


@pytest.mark.parametrize(
    ("refused", "left"),
    [
        ("tool_choice", {"tools", "temperature"}),
        ("temperature", {"tools", "tool_choice"}),
        ("tools", {"temperature"}),
    ],
)
async def test_an_argument_that_is_refused_is_left_out_at_once_and_from_then_on(refused: str, left: set[str]) -> None:
    sleeps = Sleeps()
    agent = executor(
        [status(400, f"'{refused}' is not supported")],
        [*texts("a"), finish()],
        [*texts("b"), finish()],
        sleep=sleeps,
        temperature=0.5,
    )
    events = await end(agent.stream("go"))
    assert finished(events)["answer"] == "a"
    (told,) = retries(events)
    assert refused in told["reason"]
    assert sleeps.asked == []
    await end(agent.stream("again"))
    assert [set(request.arguments) for request in requests(agent)] == [
        {"tools", "tool_choice", "temperature"},
        left,
        left,
    ]


async def test_several_arguments_may_be_refused_one_after_the_other() -> None:
    refusals = (f"{name} is not supported" for name in ("tool_choice", "temperature"))
    agent = executor(*([status(400, words)] for words in refusals), answering(), temperature=0.5)
    assert finished(await end(agent.stream("go")))["answer"] == "done"
    assert set(requests(agent)[-1].arguments) == {"tools"}


async def test_what_is_refused_although_it_was_left_out_ends_the_run() -> None:
    refusal = status(400, "tool_choice is not supported")
    agent = executor([refusal], [refusal], [refusal], answering())
    assert failed(await end(agent.stream("go"))).code == ev.RunErrorCode.MODEL_ERROR
    # A server that refuses a choice where none was made cannot do tools.
    assert [set(request.arguments) for request in requests(agent)] == [{"tools", "tool_choice"}, {"tools"}, set()]


async def test_only_a_400_refuses() -> None:
    agent = executor([status(401, "tool_choice is not supported")], answering())
    assert failed(await end(agent.stream("go"))).code == ev.RunErrorCode.MODEL_ERROR


# Time


@pytest.fixture
async def passing(monkeypatch: pytest.MonkeyPatch) -> Passing:
    return Passing(monkeypatch)


async def _waited(agent: AgentExecutor, passing: Passing, seconds: int, *gates: Gate) -> list[ev.Event]:
    """The events of a run whose model is so many seconds silent at each of these gates."""

    async def wait() -> None:
        for gate in gates:
            await gate.reached.wait()
            await passing.seconds(seconds)
            gate.opened.set()

    waiting = asyncio.create_task(wait())
    events = await end(agent.stream("go"))
    await waiting
    return events


class Closed(Gate):
    """A gate that nobody can open."""

    async def wait(self) -> None:
        """Be reached."""
        self.reached.set()
        await asyncio.Event().wait()


async def test_a_model_that_sends_no_token_in_time_ends_the_run(passing: Passing) -> None:
    gate = Closed()
    agent = executor([gate], answering(), first_token_timeout=600)
    events = await _waited(agent, passing, 601, gate)
    assert failed(events).code == ev.RunErrorCode.MODEL_ERROR
    assert "600 s" in failed(events).message
    assert finished(await end(agent.stream("again")))["answer"] == "done"


async def test_a_model_that_falls_silent_ends_the_run_and_what_it_said_is_kept(passing: Passing) -> None:
    gate = Closed()
    agent = executor([*texts("It is"), gate], chunk_timeout=600, first_token_timeout=6_000)
    events = await _waited(agent, passing, 601, gate)
    assert failed(events).code == ev.RunErrorCode.MODEL_ERROR
    assert Conversation(events).runs[0].messages[0].fragments.text == "It is"


async def test_the_time_to_the_first_token_is_not_cut_to_that_between_chunks(passing: Passing) -> None:
    gate = Gate()
    agent = executor([AIMessageChunk(content=""), gate, *answering()], first_token_timeout=6_000, chunk_timeout=600)
    assert finished(await _waited(agent, passing, 601, gate))["answer"] == "done"


async def test_every_chunk_starts_the_time_anew(passing: Passing) -> None:
    gates = [Gate() for _ in range(6)]
    reply = [item for gate in gates for item in (gate, *texts("a"))]
    agent = executor([*reply, finish()], chunk_timeout=600)
    assert finished(await _waited(agent, passing, 200, *gates))["answer"] == "aaaaaa"


async def test_the_time_that_a_tool_takes_is_its_own(passing: Passing) -> None:
    @tool
    async def dig() -> str:
        """Take half an hour."""
        await passing.seconds(1_800)
        return "dug"

    agent = executor(
        calling(("dig", {})), answering(), tools=[dig, final_answer], chunk_timeout=300, first_token_timeout=600
    )
    assert finished(await end(agent.stream("go"))) == {"answer": "done", "tools_used": ["dig"]}


# Two at once


async def test_runs_of_one_executor_do_not_disturb_each_other() -> None:
    gate = Gate()
    model = ScriptedModel(replies=[[*texts("a"), gate, finish()], [*texts("b"), finish()]])
    agent = AgentExecutor(model)
    async with agent.stream("first") as first:
        await gate.reached.wait()
        assert finished(await end(agent.stream("second")))["answer"] == "b"
        gate.opened.set()
        assert finished(asserted([event async for event in first]))["answer"] == "a"


# Cancelling at any moment

Ready = Callable[[], Awaitable[object]]


async def _cancelled(agent: AgentExecutor, ready: Ready | None = None) -> list[ev.Event]:
    """The events of a run that is cancelled once `ready` has come."""
    before = asyncio.all_tasks()
    async with agent.stream("go") as run:
        if ready:
            await ready()
        run.cancel()
        events = asserted([event async for event in run])
    assert failed(events).code == ev.RunErrorCode.CANCELLED
    assert asyncio.all_tasks() <= before
    return events


async def test_before_the_first_step() -> None:
    events = await _cancelled(executor(answering()))
    assert [type(event) for event in events] == [ev.RunStarted, ev.RunError]


async def test_while_the_model_is_silent() -> None:
    gate = Gate()
    await _cancelled(executor([gate]), gate.reached.wait)


async def test_while_text_streams() -> None:
    gate = Gate()
    events = await _cancelled(executor([*texts("It", " is"), gate]), gate.reached.wait)
    assert Conversation(events).runs[0].messages[0].fragments.text == "It is"


async def test_while_a_call_is_written() -> None:
    gate = Gate()
    events = await _cancelled(executor([*call("add", '{"x": 1'), gate]), gate.reached.wait)
    assert of(events, ev.ToolCallEnd) == []
    assert Conversation(events).runs[0].calls[0].status.value == "cut"


async def test_while_the_answer_is_written() -> None:
    gate = Gate()
    events = await _cancelled(executor([*call("final_answer", '{"answer": "It is'), gate]), gate.reached.wait)
    assert Conversation(events).runs[0].messages[0].fragments.text == "It is"


async def test_while_waiting_for_another_try() -> None:
    gate = Gate()

    async def sleep(_seconds: float) -> None:
        await gate.wait()

    events = await _cancelled(executor([status(503)], sleep=sleep), gate.reached.wait)
    assert len(retries(events)) == 1


async def test_the_next_question_works_after_a_cancel() -> None:
    gate = Gate()
    agent = executor([*texts("It"), gate], answering("fine"))
    past = Conversation(await _cancelled(agent, gate.reached.wait))
    assert finished(await end(agent.stream("again", past)))["answer"] == "fine"
    assert "the user stopped it" in str(requests(agent)[-1].messages[-2].content)


async def test_after_any_number_of_events() -> None:
    def turn() -> AgentExecutor:
        return executor([*texts("So"), *calling(("add", {"x": 1, "y": 2}))], [status(500)], answering(), sleep=Sleeps())

    whole = len(await end(turn().stream("go")))
    for count in range(1, whole + 1):
        events = []
        async with turn().stream("go") as run:
            async for event in run:
                events.append(event)
                if len(events) == count:
                    run.cancel()
        asserted(events)
        assert isinstance(events[-1], ev.RunFinished) or failed(events).code == ev.RunErrorCode.CANCELLED
