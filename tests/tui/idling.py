"""When the app has nothing to do, exactly.

Textual's pilot guesses it by the time of the processor: a process that used next to none of it for 20 ms is taken for
one that is done. On a busy machine it is one that was given none, and a test looks at what has not happened yet.
"""

import asyncio
import threading
from collections.abc import Iterator
from math import inf
from weakref import WeakSet

import pytest

__all__ = ["exact_pilot", "wait_for_idle"]

_SOON = 0.05
"""Seconds within which a timer belongs to what is going on: a frame, or the paint after it."""
_TIMERS = 4
"""How many of those are waited for, one after the other: what streams or spins goes on without end."""
_LOOK = 0.002
"""Seconds between two looks at a thread."""
_LOOKS = 500
"""How often a thread is looked at, until it is taken for one that has no end."""
_TURNS = 20_000
"""How many turns of the loop are waited for at most."""
_ENDLESS: WeakSet[threading.Thread] = WeakSet()
"""Threads that were waited for in vain."""


@pytest.fixture(scope="session", autouse=True)
def exact_pilot() -> Iterator[None]:
    """Every pilot waits until the app is done, however busy the machine is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("textual.pilot.wait_for_idle", wait_for_idle)
        patch.setattr("textual.app.wait_for_idle", wait_for_idle)
        yield


async def wait_for_idle(_min_sleep: float = 0, _max_sleep: float = 0) -> None:
    """Wait until nothing is about to run, no thread of ours works and no timer is due soon."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, asyncio.BaseEventLoop)
    for _ in range(_TIMERS):
        await _join_threads(loop)
        timers: list[asyncio.TimerHandle] = loop._scheduled  # type: ignore[attr-defined]  # there is no public name
        wait = min((timer.when() for timer in timers if not timer.cancelled()), default=inf) - loop.time()
        if wait > _SOON:
            return
        await asyncio.sleep(max(wait, 0))
    await _join_threads(loop)


async def _join_threads(loop: asyncio.BaseEventLoop) -> None:
    """Wait for the threads of `agent.threads`, which alone are daemons, and for what the loop makes of them."""
    await _drain(loop)
    working: list[threading.Thread] = []
    for _ in range(_LOOKS):
        working = [thread for thread in threading.enumerate() if thread.daemon and thread not in _ENDLESS]
        if not working:
            return
        await asyncio.sleep(_LOOK)
        await _drain(loop)
    _ENDLESS.update(working)


async def _drain(loop: asyncio.BaseEventLoop) -> None:
    """Let the loop turn until nothing but this task is left to be run."""
    quiet = 0
    for _ in range(_TURNS):
        await asyncio.sleep(0)
        quiet = 0 if loop._ready else quiet + 1  # type: ignore[attr-defined]  # there is no public name
        if quiet == 2:
            return
