"""Saved sessions: opening a very long one, folding its events, and opening and closing many."""

import gc
import json
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median

from agent.conversation.reducer import Conversation
from agent.reading.lines import read_lines
from tests.benchmarks.bench import ROOT, Bench
from tests.benchmarks.report import Floor, Row
from tests.benchmarks.sessions import EVENTS, write_session

__all__ = ["fold", "many", "opening"]

_TURNS = 1_000
_SESSIONS = 10
_SETTLED = 3
"""Sessions after which the memory should have found its level."""
_PLATEAU = 1.02


def opening(bench: Bench) -> list[Row]:
    """From the command until the end of a very long session is seen."""
    seconds, peaks, rests = [], [], []
    with bench.app() as app:
        empty_seconds = app.wait_first_frame() - app.started
        app.settle()
        empty_memory = app.samples[-1].memory
    for _round in range(bench.pick(5, 1)):
        data, load = bench.session(_TURNS)
        with bench.app("--continue", data_dir=data) as app:
            seconds.append(app.wait_for(load.end) - app.started)
            app.settle()
            peaks.append(app.peak_memory)
            rests.append(app.samples[-1].memory)
    what = f"opening {_TURNS:,} turns of {EVENTS} events"
    floor = Floor("first frame, empty session", empty_seconds)
    memory = Floor("empty session", empty_memory)
    per_thousand = (median(rests) - empty_memory) * 1_000 / _TURNS
    return [
        Row(what=f"{what}, until its end is seen", value=median(seconds), unit="s", floor=floor, limit=1.5),
        Row(what=f"{what}, peak memory", value=median(peaks), unit="MB", floor=memory, limit=300),
        Row(what="memory per 1,000 turns", value=per_thousand, unit="MB"),
    ]


def fold(bench: Bench) -> list[Row]:
    """The reducer alone, in this process; and with reading the file, which is what opening does."""
    data, _load = bench.session(_TURNS)
    path = next((data / "sessions").iterdir())
    events = [line.event for line in read_lines(path) if line.event is not None]
    rounds = bench.pick(5, 3)

    def read_and_fold() -> None:
        conversation = Conversation()
        for line in read_lines(path):
            if line.event is not None:
                conversation.apply(line.event)

    folding = len(events) / _seconds(lambda: Conversation(events), rounds)
    reading = len(events) / _seconds(read_and_fold, rounds)
    return [
        Row(what="fold, in process", value=folding, unit="events/s", limit=500_000, at_least=True),
        Row(what="read, decode and fold, in process", value=reading, unit="events/s"),
    ]


def _seconds(work: Callable[[], object], rounds: int) -> float:
    """The median time of `work`, without the collector, as the app loads."""
    durations = []
    for _round in range(rounds):
        gc.collect()
        gc.disable()
        start = time.perf_counter()
        work()
        durations.append(time.perf_counter() - start)
        gc.enable()
    return median(durations)


def many(bench: Bench) -> list[Row]:
    """Sessions opened and closed one after the other in one process, which must not remember them."""
    folder = bench.new_folder()
    turns = bench.pick(300, 100)
    for number in range(_SESSIONS):
        write_session(folder / f"{number}.jsonl", turns=turns)
    rows = []
    for how, name in ((), "as it is"), (("collect",), "collector run after each"):
        command = [sys.executable, "-m", "tests.benchmarks.reopening", str(folder), *how]
        run = subprocess.run(command, env=bench.environment(), cwd=ROOT, capture_output=True, check=True)
        memory: list[float] = json.loads(run.stdout)
        floor = Floor(f"after {_SETTLED}", memory[_SETTLED - 1])
        what = f"memory after {_SESSIONS} sessions of {turns} turns, {name}"
        rows.append(Row(what=what, value=memory[-1], unit="MB", floor=floor, ratio_limit=_PLATEAU))
    return rows
