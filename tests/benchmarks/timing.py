"""The waterfall of a long turn, and two long recordings side by side: opened, moved in, and compared; prints JSON.

Usage: timing FILE. It runs in this process, because what is measured is one jump until it is painted; in seconds of the
processor, for the machine may have other things to do.
"""

import asyncio
import json
import sys
import time
from pathlib import Path
from random import Random

from textual.pilot import Pilot

from agent.conversation.reducer import Conversation
from agent.recordings.comparing.differences import first_difference
from agent.recordings.recording import Recording
from agent.settings.settings import Settings
from tests.benchmarks.scrubbing import opened
from tui.app.app import TickertapeApp
from tui.panes.waterfall.pane import Waterfall
from tui.screens.replay.opening import Opening
from tui.screens.replay.screen import ReplayScreen

__all__ = ["measured"]

_MOVES = 30


async def measured(path: Path) -> dict[str, list[float]]:
    """Seconds: of opening the waterfall, of each move of its cursor, of finding that nothing differs, of a fold."""
    app = TickertapeApp(Settings(model="offline", data_dir=path.parent), replay=Opening(source=path, playing=False))
    async with app.run_test(size=(120, 40)) as pilot:
        replay = await opened(pilot)
        replay.show_at(replay.player.length / 2)
        screen = app.screen
        assert isinstance(screen, ReplayScreen)
        start = time.process_time()
        screen.action_toggle_waterfall()
        await _painted(pilot)
        opening = time.process_time() - start
        waterfall = screen.query_one(Waterfall)
        run, choose, moves = replay.way.whole_turn, Random(0), []
        assert run is not None
        for _ in range(_MOVES):
            moment = run.started + choose.random() * ((run.ended or run.started) - run.started)
            start = time.process_time()
            waterfall.show(run, moment)
            await _painted(pilot)
            moves.append(time.process_time() - start)
        screen.stop()
    recordings = [_read(path), _read(path)]
    start = time.process_time()
    runs = [recording.state(len(recording)).runs for recording in recordings]
    assert first_difference(*runs) is None
    compared = time.process_time() - start
    events = recordings[0].events[: len(recordings[0])]
    start = time.process_time()
    Conversation(events)
    return {"opening": [opening], "moves": moves, "compared": [compared], "fold": [time.process_time() - start]}


def _read(path: Path) -> Recording:
    recording = Recording(path)
    recording.read()
    return recording


async def _painted(pilot: Pilot[int]) -> None:
    for _ in range(2):
        painted = asyncio.Event()
        pilot.app.screen.call_after_refresh(painted.set)
        await painted.wait()


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(measured(Path(sys.argv[1])))))
