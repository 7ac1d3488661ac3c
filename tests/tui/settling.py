"""Waiting for the app to be done with what it was asked."""

import asyncio
from collections.abc import Callable
from typing import Any

from textual.pilot import Pilot

__all__ = ["PATIENCE", "hold_still", "settle", "until"]

PATIENCE = 60.0
"""Seconds: far beyond what anything here takes, so that a busy machine fails no test."""

_ENDLESS = {"library", "follow"}
"""Groups of workers that watch files as long as the screen is there."""


async def settle(pilot: Pilot[Any]) -> None:
    """Wait until no worker has anything to do and all is painted."""
    await pilot.pause()
    while working := [w for w in pilot.app.workers if w.group not in _ENDLESS and not w.is_finished]:
        # One that another of its group took the place of ends cancelled, which is as good an end as any.
        await asyncio.gather(*(worker.wait() for worker in working), return_exceptions=True)
    await pilot.pause()


async def until(pilot: Pilot[Any], is_so: Callable[[], bool]) -> None:
    """Wait until it is so.

    Raises:
        TimeoutError: it never is.
    """
    async with asyncio.timeout(PATIENCE):
        while not is_so():
            await pilot.pause(0.01)


async def hold_still(pilot: Pilot[Any]) -> None:
    """Have nothing move by itself any more, so that a picture of what goes on does not depend on when it is taken."""
    await pilot.pause()
    for pump in (pilot.app, *pilot.app.screen.walk_children(with_self=True)):
        for timer in pump._timers:
            timer.pause()
    await pilot.pause()
