"""The engine against an OpenAI-compatible server over real HTTP, with all that goes wrong on the way."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from langchain_core.tools import tool
from llmock.pytest_plugin import LLMock
from llmock.scenarios import Reply, SlowFirstToken, StreamFault, ToolCall, ToolFault

from agent.conversation.items import CallStatus
from agent.conversation.reducer import Conversation
from agent.events import types as ev
from agent.sources.executor.loop import AgentExecutor
from agent.sources.models.build import build_model
from agent.sources.tools.load import default_tools
from tests.agent.scripted import asserted, end, of
from tests.agent.sources.executor.test_loop import failed, finished, is_error, results
from tests.agent.sources.executor.test_model import retries

pytestmark = pytest.mark.usefixtures("nothing_blocks")

Make = Callable[..., Awaitable[AgentExecutor]]


@pytest.fixture
def connected(llmock: LLMock) -> Make:
    """Makes an executor whose model is the mock's."""

    async def make(*, temperature: float | None = None, **options: Any) -> AgentExecutor:
        model = await asyncio.to_thread(
            build_model, "openai:mock", base_url=llmock.base_url(), api_key="k", temperature=temperature
        )
        return AgentExecutor(model, options.pop("tools", default_tools()), **options)

    return make


def calls(*named: tuple[str, dict[str, Any]], text: str | None = None) -> Reply:
    return Reply(text=text, tool_calls=tuple(ToolCall(name, arguments) for name, arguments in named))


def answer(text: str) -> Reply:
    return calls(("final_answer", {"answer": text, "tools_used": []}))


async def _next_question_works(llmock: LLMock, agent: AgentExecutor, events: list[ev.Event]) -> None:
    llmock.add(answer("and this is fine"))
    assert finished(await end(agent.stream("next", Conversation(events))))["answer"] == "and this is fine"


# What a server that works sends


async def test_parallel_calls_in_fragments(llmock: LLMock, connected: Make) -> None:
    llmock.add(
        calls(("add", {"x": 3, "y": 4}), ("exponentiate", {"x": 2, "y": 5})),
        calls(("multiply", {"x": 7, "y": 32})),
        answer("(3 + 4) * 2^5 equals 224."),
    )
    events = await end((await connected()).stream("What is (3 + 4) * 2^5?"))
    assert finished(events) == {
        "answer": "(3 + 4) * 2^5 equals 224.",
        "tools_used": ["add", "exponentiate", "multiply"],
    }
    run = Conversation(events).runs[0]
    assert [[call.result for call in step.calls] for step in run.steps[:2]] == [["7", "32"], ["224"]]
    assert all(len(call.fragments) > 1 for call in run.calls)
    told = llmock.requests[1].body["messages"][-3:]
    assert [message["role"] for message in told] == ["assistant", "tool", "tool"]


async def test_text_before_calls(llmock: LLMock, connected: Make) -> None:
    llmock.add(calls(("add", {"x": 1, "y": 2}), text="Let me add them."), answer("3"))
    events = await end((await connected()).stream("1 + 2"))
    assert finished(events)["answer"] == "3"
    assert Conversation(events).runs[0].messages[0].kind.value == "preamble"


async def test_a_plain_answer(llmock: LLMock, connected: Make) -> None:
    llmock.reply("It is three.")
    assert finished(await end((await connected()).stream("1 + 2"))) == {"answer": "It is three.", "tools_used": []}


async def test_five_steps_and_what_they_cost(llmock: LLMock, connected: Make) -> None:
    llmock.add(*[calls(("add", {"x": n, "y": 1})) for n in range(4)], answer("done"))
    events = await end((await connected()).stream("count"))
    assert len(of(events, ev.StepFinished)) == 5
    last = events[-1]
    assert isinstance(last, ev.RunFinished)
    assert last.usage is not None
    told = [(step.metadata or {})["usage"]["outputTokens"] for step in of(events, ev.StepFinished)]
    assert last.usage[0].output_tokens == sum(told) > 0


# A model that gets it wrong


async def test_an_unknown_tool(llmock: LLMock, connected: Make) -> None:
    llmock.add(ToolFault("unknown_tool"), calls(("add", {"x": 1, "y": 2})), answer("3"))
    events = await end((await connected()).stream("go"))
    assert finished(events) == {"answer": "3", "tools_used": []}
    (result, _) = of(events, ev.ToolCallResult)
    assert is_error(result)
    assert "There is no tool" in str(result.content)


async def test_malformed_arguments(llmock: LLMock, connected: Make) -> None:
    llmock.add(ToolFault("malformed_arguments"), calls(("add", {"x": 1, "y": 2})), answer("sorry"))
    agent = await connected()
    async with agent.stream("go") as run:
        events = asserted([event async for event in run], broken_arguments=True)
    assert finished(events) == {"answer": "sorry", "tools_used": []}
    assert "not valid JSON" in str(results(events)["add"].content)
    await _next_question_works(llmock, agent, events)


async def test_truncated_arguments_are_never_run_with_wherever_the_stream_ends(llmock: LLMock, connected: Make) -> None:
    paid: list[int] = []

    @tool
    def pay(amount: int, to: str) -> str:
        """Pay."""
        paid.append(amount)
        return "paid"

    agent = await connected(tools=[pay, default_tools()[-1]], max_iterations=1)
    ends = []
    for chunks in range(2, 9):  # before it has begun it is asked for again
        llmock.reset()
        llmock.add(
            StreamFault("truncate", after_chunks=chunks), calls(("pay", {"amount": 12_345, "to": "somebody far away"}))
        )
        events = await end(agent.stream("pay"))
        ends.append(failed(events).code)
        if ends[-1] == ev.RunErrorCode.TRUNCATED and (made := Conversation(events).runs[0].calls):
            assert made[0].status is CallStatus.CUT
    assert set(paid) <= {12_345}
    assert ends.count(ev.RunErrorCode.TRUNCATED) >= 4
    assert len(paid) == ends.count(ev.RunErrorCode.ITERATION_LIMIT)
    llmock.reset()
    await _next_question_works(llmock, agent, events)


# A way that fails


async def test_429_twice_and_then_success(llmock: LLMock, connected: Make) -> None:
    llmock.rate_limit(times=2, retry_after=1).add(answer("at last"))
    events = await end((await connected()).stream("go"))
    assert finished(events)["answer"] == "at last"
    assert [one["delayMs"] for one in retries(events)] == [1000, 1000]
    llmock.assert_resilient()


async def test_an_outage_is_told_after_three_more_tries(llmock: LLMock, connected: Make) -> None:
    async def at_once(_seconds: float) -> None:
        pass

    llmock.outage()
    agent = await connected(sleep=at_once)
    events = await end(agent.stream("go"))
    assert failed(events).code == ev.RunErrorCode.MODEL_ERROR
    assert "503" in failed(events).message
    assert len(llmock.requests) == 4
    llmock.reset()
    await _next_question_works(llmock, agent, events)


async def test_nothing_listens(connected: Make, unused_tcp_port: int) -> None:
    model = await asyncio.to_thread(build_model, "openai:mock", base_url=f"http://127.0.0.1:{unused_tcp_port}/v1")
    waits: list[float] = []

    async def note(seconds: float) -> None:
        waits.append(seconds)

    events = await end(AgentExecutor(model, sleep=note).stream("go"))
    assert failed(events).code == ev.RunErrorCode.MODEL_ERROR
    assert len(waits) == len(retries(events)) == 3


SENTENCE = "This is an answer of a dozen words or so, sent word by word."

FAULTS: dict[str, tuple[StreamFault, str, dict[str, Any]]] = {
    "disconnect": (StreamFault("disconnect", after_chunks=6), "model_error", {}),
    "end without a word": (StreamFault("truncate", after_chunks=6), "truncated", {}),
    "stall": (StreamFault("stall", after_chunks=6, stall_seconds=9), "model_error", {"chunk_timeout": 3}),
    "garbage": (StreamFault("malformed", after_chunks=6), "model_error", {}),
}


@pytest.mark.parametrize(("fault", "code", "options"), FAULTS.values(), ids=FAULTS)
async def test_a_stream_that_breaks_ends_the_run_keeps_what_came_and_the_next_question_works(
    llmock: LLMock, connected: Make, fault: StreamFault, code: str, options: dict[str, Any]
) -> None:
    agent = await connected(**options)
    llmock.add(fault, Reply(text=SENTENCE))
    events = await end(agent.stream("go"))
    assert failed(events).code == code
    partial = Conversation(events).runs[0].messages[0].fragments.text
    assert partial
    assert SENTENCE.startswith(partial)
    assert len(failed(events).message.splitlines()) == 1
    llmock.reset()
    await _next_question_works(llmock, agent, events)


@pytest.mark.parametrize("fault", [one for one, _, _ in FAULTS.values()], ids=FAULTS)
async def test_a_stream_that_breaks_in_a_call_never_runs_it(
    llmock: LLMock, connected: Make, fault: StreamFault
) -> None:
    llmock.add(fault, calls(("add", {"x": 11_111_111_111_111, "y": 22_222_222_222_222, "z": "x" * 200})))
    events = await end((await connected(chunk_timeout=3)).stream("go"))
    assert failed(events).code in (ev.RunErrorCode.MODEL_ERROR, ev.RunErrorCode.TRUNCATED)
    assert of(events, ev.ToolCallResult) == []
    assert [call.status for call in Conversation(events).runs[0].calls] == [CallStatus.CUT]


async def test_a_first_token_that_does_not_come(llmock: LLMock, connected: Make) -> None:
    llmock.add(SlowFirstToken(60), Reply(text="late"))
    events = await end((await connected(first_token_timeout=1)).stream("go"))
    assert failed(events).code == ev.RunErrorCode.MODEL_ERROR


@pytest.mark.parametrize("refused", ["tool_choice", "temperature"])
async def test_a_400_that_refuses_an_argument(llmock: LLMock, connected: Make, refused: str) -> None:
    llmock.fail(400, message=f"Invalid parameter: '{refused}' is not supported here").add(answer("without"))
    agent = await connected(temperature=0.5)
    events = await end(agent.stream("go"))
    assert finished(events)["answer"] == "without"
    assert len(retries(events)) == 1
    await _next_question_works(llmock, agent, events)
    assert [refused in request.body for request in llmock.requests] == [True, False, False]


async def test_a_run_that_is_cancelled_while_the_server_stalls(llmock: LLMock, connected: Make) -> None:
    llmock.add(StreamFault("stall", after_chunks=4, stall_seconds=60), Reply(text=SENTENCE))
    agent = await connected()
    events = []
    async with agent.stream("go") as run:
        async for event in run:
            events.append(event)
            if isinstance(event, ev.TextMessageContent):
                run.cancel()
    assert failed(asserted(events)).code == ev.RunErrorCode.CANCELLED
    llmock.reset()
    await _next_question_works(llmock, agent, events)
