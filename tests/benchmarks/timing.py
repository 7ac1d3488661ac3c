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
from agent.recordings.moments import position_of
from agent.recordings.recording import Recording
from agent.recordings.what_if.beside import beside_original
from agent.recordings.what_if.patches import read_patches
from agent.recordings.what_if.planning import plan_branch
from agent.settings.settings import Settings
from agent.sources.branching import start_branch
from agent.sources.engine import Engine
from agent.transcripts.folders import Sessions
from tests.benchmarks.scrubbing import opened
from tui.app.app import TickertapeApp
from tui.panes.waterfall.pane import Waterfall
from tui.screens.replay.opening import Opening
from tui.screens.replay.screen import ReplayScreen

__all__ = ["measured"]

_MOVES = 30


async def measured(path: Path) -> dict[str, list[float]]:
    """Seconds: of opening the waterfall, of each move of its cursor, of a branch's first event, of finding that nothing
    differs, of a fold."""
    app = TickertapeApp(Settings(model="offline", data_dir=path.parent), replay=Opening(source=path, playing=False))
    async with app.run_test(size=(120, 40)) as pilot:
        replay = await opened(pilot)
        replay.show_at(replay.player.length / 2)
        screen = app.screen
        assert isinstance(screen, ReplayScreen)
        start = time.process_time()
        await screen.action_toggle_waterfall()
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
    recording = _read(path)
    began = await _branched(recording, path.parent)
    recordings = [recording, _read(path)]
    start = time.process_time()
    runs = [recording.runs for recording in recordings]
    assert first_difference(*runs) is None
    compared = time.process_time() - start
    events = recordings[0].events[: len(recordings[0])]
    start = time.process_time()
    Conversation(events)
    fold = time.process_time() - start
    return {"opening": [opening], "moves": moves, "branched": [began], "compared": [compared], "fold": [fold]}


async def _branched(recording: Recording, folder: Path) -> float:
    """Seconds until a branch from the middle is written, stands beside its original and has said its first."""
    settings = Settings(model="offline", data_dir=folder, offline_rate=0)
    await Engine(settings).load()  # imports, which what-if waits for where nothing was asked yet
    start = time.process_time()
    patches = read_patches(["model=offline"])
    middle = position_of(f"turn:{(len(recording.marks.turns) + 1) // 2}", recording)
    plan = plan_branch(recording, middle, patches, session="bench")
    branch = start_branch(plan, settings, Sessions(folder))
    assert beside_original(plan) is not None
    assert branch.run is not None
    async with branch.run as run:
        async for _event in branch.session.record(run):
            break
        seconds = time.process_time() - start
        run.cancel()
    branch.session.close()
    return seconds


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
