"""A blocking function in a thread of its own, for which nobody has to wait."""

import asyncio
import contextvars
import subprocess
import sys
import threading

import pytest

from agent.threads import in_thread
from tests.places import ROOT


async def test_it_gives_what_the_function_gives() -> None:
    assert await in_thread(divmod, 7, 2) == (3, 1)


async def test_it_runs_in_a_thread_that_knows_the_callers_context() -> None:
    name: contextvars.ContextVar[str] = contextvars.ContextVar("name")
    name.set("caller")

    def look() -> tuple[str, int]:
        found = name.get()
        name.set("thread")
        return found, threading.get_ident()

    found, thread = await in_thread(look)
    assert (found, name.get()) == ("caller", "caller")
    assert thread != threading.get_ident()


async def test_errors_come_out_as_they_are() -> None:
    with pytest.raises(ZeroDivisionError):
        await in_thread(divmod, 1, 0)


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), asyncio.CancelledError(), StopIteration(1)])
async def test_what_would_end_the_loop_or_the_caller_comes_out_as_an_error(error: BaseException) -> None:
    def stop() -> None:
        raise error

    with pytest.raises(RuntimeError, match=type(error).__name__):
        await in_thread(stop)


async def test_a_cancel_returns_at_once_and_what_comes_later_is_dropped() -> None:
    began, let_go = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def wait() -> None:
        loop.call_soon_threadsafe(began.set)
        let_go.wait(60)

    before = set(threading.enumerate())
    task = asyncio.create_task(in_thread(wait))
    await began.wait()
    (thread,) = set(threading.enumerate()) - before
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert thread.is_alive()
    let_go.set()
    await asyncio.to_thread(thread.join, 60)
    assert not thread.is_alive()


SLEEPING = """
import asyncio, time
from agent.threads import in_thread

async def main():
    task = asyncio.create_task(in_thread(time.sleep, 3600))
    await asyncio.sleep(0.05)
    task.cancel()

asyncio.run(main())
"""


def test_a_program_exits_while_its_thread_still_sleeps() -> None:
    subprocess.run([sys.executable, "-c", SLEEPING], check=True, timeout=60, cwd=ROOT)
