"""Seeks and scrubs in a recording on a headless screen, and prints the seconds as JSON.

Usage: scrubbing FILE. It runs the whole app in this process, because what is measured is one jump until it is painted.
"""

import asyncio
import json
import sys
import time
from pathlib import Path
from random import Random

from textual.pilot import Pilot

from agent.settings.settings import Settings
from tui.app.app import TickertapeApp
from tui.screens.replay.controller import ReplayController
from tui.screens.replay.opening import Opening
from tui.screens.replay.screen import ReplayScreen

__all__ = ["measured", "opened"]

_SEEKS = 30
_SCRUB = 60
"""Jumps of a scrub, there and back."""
_DEADLINE = 60.0


async def measured(path: Path) -> dict[str, list[float]]:
    """Seconds of each seek to anywhere, and of each small jump one after the other."""
    app = TickertapeApp(Settings(model="offline", data_dir=path.parent), replay=Opening(source=path, playing=False))
    async with app.run_test(size=(120, 40)) as pilot:
        replay = await opened(pilot)
        choose = Random(0)
        seeks = [await _jump(pilot, replay, choose.random()) for _ in range(_SEEKS)]
        there = [0.3 + number / 1_000 for number in range(_SCRUB)]
        await _jump(pilot, replay, there[0])
        scrub = [await _jump(pilot, replay, place) for place in [*there, *reversed(there)]]
        screen = app.screen
        assert isinstance(screen, ReplayScreen)
        screen.stop()
    return {"seeks": seeks, "scrub": scrub}


async def _jump(pilot: Pilot[int], replay: ReplayController, fraction: float) -> float:
    """Seconds until the place is painted; what comes of it by messages, as the event's JSON, too."""
    start = time.perf_counter()
    replay.show_at(replay.player.length * fraction)
    for _ in range(2):
        painted = asyncio.Event()
        pilot.app.screen.call_after_refresh(painted.set)
        await painted.wait()
    return time.perf_counter() - start


async def opened(pilot: Pilot[int]) -> ReplayController:
    """The replay, when all of it is read and shown."""
    async with asyncio.timeout(_DEADLINE):
        while True:
            screen = pilot.app.screen
            replay = screen.replay if isinstance(screen, ReplayScreen) else None
            if replay is not None and replay.is_shown and all(worker.is_finished for worker in pilot.app.workers):
                return replay
            await pilot.pause(0.05)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(measured(Path(sys.argv[1])))))
