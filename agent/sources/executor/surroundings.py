"""What a call of a run can do beside giving its result, whatever thread or loop its tool runs in."""

import asyncio
import time
from contextlib import suppress

from agent.events.types import PROGRESS, Custom, ResumeEntry
from agent.runs.run import Run
from agent.sources.questions.asking import Asker
from agent.sources.questions.interrupts import Interrupt, abandoned
from agent.sources.tools.calls.surroundings import Surroundings
from agent.text import all_well_formed

__all__ = ["surroundings"]

_PAUSE = 0.1
"""Seconds between two tellings of how far a tool is, at least."""


def surroundings(run: Run, call_id: str, asker: Asker) -> Surroundings:
    """Those of a call; made on the loop of its run."""
    loop = asyncio.get_running_loop()
    last = 0.0

    def tell(done: float, total: float | None, words: str) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last < _PAUSE and done != total:
            return
        last = now
        value = {"toolCallId": call_id, "progress": done, "total": total, "message": words}
        event = Custom(timestamp=run.now(), name=PROGRESS, value=all_well_formed(value))
        with suppress(RuntimeError):  # the program has ended
            loop.call_soon_threadsafe(run.emit, event)

    async def ask(interrupt: Interrupt) -> ResumeEntry:
        if not run.can_ask:
            return abandoned(interrupt.id)
        asked = asyncio.run_coroutine_threadsafe(asker.ask(run, interrupt), loop)
        return await asyncio.wrap_future(asked)

    return Surroundings(tell=tell, ask=ask)
