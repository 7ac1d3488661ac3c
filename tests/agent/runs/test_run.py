"""One turn's end: one terminal event and no task, in whatever order cancel, failure and success come."""

import asyncio
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.conversation.decisions import Decision
from agent.errors import RunFailed
from agent.events import types as ev
from agent.runs.run import Answer, Run, wall_clock
from tests.agent.scripted import asserted, of

ANSWER: Answer = {"answer": "20", "tools_used": ["add"]}


class Script:
    """Work that does what the test tells it, when the test tells it."""

    def __init__(self) -> None:
        self.orders: asyncio.Queue[str] = asyncio.Queue()

    async def __call__(self, run: Run) -> Answer:
        count = 0
        while True:
            match await self.orders.get():
                case "text":
                    count += 1
                    run.emit(ev.TextMessageStart(timestamp=run.now(), message_id=f"m{count}"))
                case "step":
                    count += 1
                    run.emit(ev.StepStarted(timestamp=run.now(), step_name=f"s{count}"))
                case "fail":
                    raise RunFailed(ev.RunErrorCode.TRUNCATED, "cut")
                case "crash":
                    raise ValueError("a defect at http://user:password@host")
                case "answer":
                    return ANSWER
                case "ask":
                    await run.approval("c")


ORDERS = st.sampled_from(["text", "step", "fail", "crash", "answer", "ask", "cancel", "decide", "tick", "tick"])


@given(st.lists(ORDERS, max_size=10))
async def test_any_order_of_cancel_failure_and_success_leaves_one_end_and_no_task(orders: list[str]) -> None:
    before = asyncio.all_tasks()
    script = Script()
    async with Run(script, "q") as run:
        for order in orders:
            match order:
                case "cancel":
                    run.cancel()
                case "decide":
                    run.decide("c", Decision("once"))
                case "tick":
                    await asyncio.sleep(0)
                case _:
                    script.orders.put_nowait(order)
    assert asyncio.all_tasks() <= before
    events = asserted([event async for event in run])
    run.emit(ev.StepStarted(step_name="late"))
    assert run.queue.empty()
    last = events[-1]
    if isinstance(last, ev.RunFinished):
        assert last.result == await run.result() == ANSWER
        assert "answer" in orders
    else:
        assert isinstance(last, ev.RunError)
        with pytest.raises(RunFailed) as caught:
            await run.result()
        assert (caught.value.code, str(caught.value)) == (last.code, last.message)


async def test_the_first_event_is_the_question_as_a_whole_input() -> None:
    script = Script()
    script.orders.put_nowait("answer")
    async with Run(script, "\ud83d\ude00 \ud800", thread_id="t", metadata={"model": "m"}) as run:
        (started, *_) = asserted([event async for event in run])
    assert isinstance(started, ev.RunStarted)
    assert (started.thread_id, started.run_id) == ("t", run.id)
    assert started.metadata == {"app": "tickertape", "format": 1, "model": "m"}
    assert started.input is not None
    (message,) = started.input.messages
    assert (message.role, message.content) == ("user", "😀 \ufffd")


async def test_leaving_the_context_cancels() -> None:
    async with Run(Script(), "q") as run:
        pass
    events = asserted([event async for event in run])
    assert isinstance(events[-1], ev.RunError)
    assert events[-1].code == ev.RunErrorCode.CANCELLED


async def test_an_error_of_the_reader_cancels_too_and_comes_out_as_it_is() -> None:
    with pytest.raises(ZeroDivisionError):
        async with Run(Script(), "q") as run:
            raise ZeroDivisionError
    with pytest.raises(RunFailed):
        await run.result()


@pytest.mark.parametrize(
    ("order", "code"),
    [("fail", "truncated"), ("crash", "internal_error"), ("cancel", "cancelled")],
)
async def test_result_raises_with_the_code_of_the_end(order: str, code: str) -> None:
    script = Script()
    script.orders.put_nowait(order)
    async with Run(script, "q") as run:
        if order == "cancel":
            run.cancel()
        with pytest.raises(RunFailed) as caught:
            await run.result()
    assert caught.value.code == code


async def test_a_defect_is_logged_with_its_traceback_and_told_in_words(caplog: pytest.LogCaptureFixture) -> None:
    script = Script()
    script.orders.put_nowait("crash")
    with caplog.at_level(logging.ERROR):
        async with Run(script, "q") as run:
            events = [event async for event in run]
    assert isinstance(events[-1], ev.RunError)
    assert events[-1].message == "ValueError: a defect at http://…@host"
    assert caplog.records[0].exc_info is not None


async def test_what_the_work_left_open_is_closed_before_the_end() -> None:
    script = Script()
    for order in ("step", "text", "answer"):
        script.orders.put_nowait(order)
    async with Run(script, "q") as run:
        events = asserted([event async for event in run])
    assert [type(event) for event in events[-3:]] == [ev.TextMessageEnd, ev.StepFinished, ev.RunFinished]


async def test_a_run_is_read_and_has_a_result_only_inside_its_context() -> None:
    run = Run(Script(), "q")
    run.cancel()
    with pytest.raises(RuntimeError):
        await run.result()
    with pytest.raises(RuntimeError):
        _ = [event async for event in run]


async def test_batches_give_all_that_has_come_in_order_and_never_nothing() -> None:
    script = Script()
    for order in ("text", "text", "answer"):
        script.orders.put_nowait(order)
    async with Run(script, "q") as run:
        await run.result()
        await asyncio.sleep(0)
        batches = [batch async for batch in run.batches()]
    assert len(batches) == 1, "all of it lay ready"
    assert len(of(batches[0], ev.TextMessageStart)) == 2


async def test_an_approval_is_asked_answered_and_told() -> None:
    script = Script()
    for order in ("ask", "answer"):
        script.orders.put_nowait(order)
    events = []
    async with Run(script, "q") as run:
        async for event in run:
            events.append(event)
            if isinstance(event, ev.Custom) and event.value["state"] == "requested":
                run.decide("c", Decision("denied"))
                run.decide("c", Decision("once"))
    assert [event.value["state"] for event in of(events, ev.Custom)] == ["requested", "denied"]


def test_the_clock_never_runs_backwards() -> None:
    clock = wall_clock()
    times = [clock() for _ in range(100)]
    assert times == sorted(times)
    assert all(isinstance(time, int) for time in times)
