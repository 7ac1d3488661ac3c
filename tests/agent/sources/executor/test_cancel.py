"""Cancelling while tools run: whatever a tool does, the run ends at once and nothing comes after its end."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator

import pytest
from langchain_core.tools import BaseTool, tool

from agent.conversation.decisions import Decision
from agent.conversation.items import CallStatus
from agent.conversation.reducer import Conversation
from agent.events import types as ev
from agent.runs.run import Run
from tests.agent.scripted import answering, asserted, calling, end, of
from tests.agent.sources.executor.test_loop import PATIENCE, executor, failed, finished

pytestmark = pytest.mark.usefixtures("nothing_blocks")


@pytest.fixture
def let_go() -> Iterator[threading.Event]:
    """Set at the end of the test, whatever came of it, so that no thread is left waiting."""
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def sleeper(let_go: threading.Event) -> BaseTool:
    """A synchronous tool that nothing can stop."""

    @tool
    def sleeper() -> str:
        """Sleep."""
        let_go.wait(PATIENCE)
        return "late"

    return sleeper


async def _until(run: Run, name: str, state: str | None = None) -> list[ev.Event]:
    """The events up to a custom one of this name."""
    events = []
    async for event in run:
        events.append(event)
        if isinstance(event, ev.Custom) and event.name == name and state in (None, event.value.get("state")):
            break
    return events


async def test_a_synchronous_tool_that_sleeps_does_not_hold_up_the_end(
    sleeper: BaseTool, let_go: threading.Event
) -> None:
    agent = executor(calling(("sleeper", {})), answering("next"), tools=[sleeper])
    async with agent.stream("go") as run:
        events = await _until(run, ev.TOOL_STARTED)
        run.cancel()
        async with asyncio.timeout(PATIENCE / 2):
            events += [event async for event in run]
    assert not let_go.is_set(), "the tool still sleeps"
    assert failed(asserted(events)).code == ev.RunErrorCode.CANCELLED
    assert Conversation(events).runs[0].calls[0].status is CallStatus.STOPPED
    assert finished(await end(executor(answering("next")).stream("again")))["answer"] == "next"


async def test_what_a_tool_tells_after_the_end_is_dropped(sleeper: BaseTool, let_go: threading.Event) -> None:
    agent = executor(calling(("sleeper", {})), tools=[sleeper])
    before = set(threading.enumerate())
    async with agent.stream("go") as run:
        events = await _until(run, ev.TOOL_STARTED)
        (thread,) = set(threading.enumerate()) - before
        run.cancel()
        events += [event async for event in run]
        asserted(events)
        let_go.set()
        await asyncio.to_thread(thread.join, PATIENCE)
        assert not thread.is_alive()
        await asyncio.sleep(0)  # what the thread handed to the loop is taken now
        assert run.queue.empty()


async def test_leaving_the_context_ends_a_run_whose_tool_sleeps(sleeper: BaseTool) -> None:
    agent = executor(calling(("sleeper", {})), tools=[sleeper])
    async with asyncio.timeout(PATIENCE / 2):
        async with agent.stream("go") as run:
            await _until(run, ev.TOOL_STARTED)
    assert [type(event) for event in [event async for event in run]][-1] is ev.RunError


@pytest.fixture
def stubborn() -> Iterator[BaseTool]:
    """An asynchronous tool that swallows every cancel until the test is over."""
    over = threading.Event()

    @tool
    async def stubborn() -> str:
        """Refuse to stop."""
        while not over.is_set():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.to_thread(over.wait)
        return "late"

    yield stubborn
    over.set()


async def test_a_tool_that_swallows_its_cancel_cannot_hold_the_end(stubborn: BaseTool) -> None:
    agent = executor(calling(("stubborn", {})), tools=[stubborn])
    async with agent.stream("go") as run:
        events = await _until(run, ev.TOOL_STARTED)
        run.cancel()
        async with asyncio.timeout(PATIENCE / 2):
            events += [event async for event in run]
    assert failed(asserted(events)).code == ev.RunErrorCode.CANCELLED


async def test_a_second_cancel_does_no_harm(stubborn: BaseTool) -> None:
    agent = executor(calling(("stubborn", {})), tools=[stubborn])
    async with agent.stream("go") as run:
        events = await _until(run, ev.TOOL_STARTED)
        run.cancel()
        await asyncio.sleep(0)
        run.cancel()
        events += [event async for event in run]
        run.cancel()
    assert failed(asserted(events)).code == ev.RunErrorCode.CANCELLED


async def test_a_tool_that_can_be_cancelled_is() -> None:
    begun, stopped = threading.Event(), threading.Event()

    @tool
    async def polite() -> str:
        """Stop when told."""
        try:
            begun.set()
            await asyncio.Event().wait()
        finally:
            stopped.set()
        return "never"

    before = asyncio.all_tasks()
    async with executor(calling(("polite", {})), tools=[polite]).stream("go") as run:
        events = await _until(run, ev.TOOL_STARTED)
        assert await asyncio.to_thread(begun.wait, PATIENCE)
        run.cancel()
        events += [event async for event in run]
    assert await asyncio.to_thread(stopped.wait, PATIENCE)
    assert asyncio.all_tasks() <= before
    assert of(asserted(events), ev.ToolCallResult) == []


async def test_a_run_that_waits_for_approval_ends_at_once() -> None:
    agent = executor(calling(("add", {"x": 1, "y": 2})), needs_approval=["add"])
    async with agent.stream("go") as run:
        events = await _until(run, ev.APPROVAL, "requested")
        (call_id,) = (event.value["toolCallId"] for event in of(events, ev.Custom) if event.name == ev.APPROVAL)
        run.cancel()
        events += [event async for event in run]
        run.decide(call_id, Decision("once"))
    assert failed(asserted(events)).code == ev.RunErrorCode.CANCELLED
    assert of(events, ev.ToolCallResult) == []


def test_a_sleeping_tool_does_not_hold_up_the_programs_loop(let_go: threading.Event) -> None:
    @tool
    def sleeper() -> str:
        """Sleep."""
        let_go.wait(PATIENCE)
        return "late"

    async def main() -> None:
        async with executor(calling(("sleeper", {})), tools=[sleeper]).stream("go") as run:
            await _until(run, ev.TOOL_STARTED)

    asyncio.run(main())
    assert not let_go.is_set(), "the loop closed while the tool still slept"
