"""Replays: seeking anywhere, scrubbing, the end of a long recording at once, and the pace over a minute."""

import json
import subprocess
import sys
from math import ceil
from pathlib import Path
from statistics import median

from agent.events import types as ev
from agent.events import wire
from tests.benchmarks.bench import ROOT, Bench, times
from tests.benchmarks.report import Floor, Row
from tests.benchmarks.sessions import EVENTS, write_session

__all__ = ["instant", "pace", "scrubbing", "timing"]

_EVENTS = 100_000
_LONG = 1_000
"""Turns of a recording of 300,000 events."""
_SMOOTH = 100.0
"""Milliseconds."""
_TICKS = 10
"""Events a second of the recording whose pace is measured."""
_DOTS = 20
_FIRST = 20
"""Events from which the start of the replay is told: the one that is shown soonest."""


def scrubbing(bench: Bench) -> list[Row]:
    """Jumps in 100,000 events: of many turns, and of one."""
    rows = []
    for turns, name in ((_EVENTS // EVENTS, "330 turns"), (1, "one turn")):
        path = bench.new_folder() / "recording.jsonl"
        write_session(path, turns=turns, events=EVENTS if turns > 1 else _EVENTS)
        command = [sys.executable, "-m", "tests.benchmarks.scrubbing", str(path)]
        environment = bench.environment(TEXTUAL_FPS="120")  # as the program has it
        run = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, check=True)
        seconds: dict[str, list[float]] = json.loads(run.stdout)
        rows += times(f"seek anywhere in {_EVENTS:,} events of {name}", seconds["seeks"], (None, None, 300.0))
        rows += times(f"scrub there and back in {name}, each jump", seconds["scrub"], (None, _SMOOTH, None))
    return rows


def timing(bench: Bench) -> list[Row]:
    """The waterfall of 100,000 events, a branch off their middle, and the first difference of two such recordings,
    beside a fold of them."""
    rows = []
    for turns, name in ((_LONG, "1,000 turns"), (1, "one turn")):
        path = bench.new_folder() / "recording.jsonl"
        write_session(path, turns=turns, events=_EVENTS // turns)
        command = [sys.executable, "-m", "tests.benchmarks.timing", str(path)]
        environment = bench.environment(TEXTUAL_FPS="120")
        run = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, check=True)
        seconds: dict[str, list[float]] = json.loads(run.stdout)
        floor = Floor("fold of the same", 1000 * seconds["fold"][0])
        what = f"{_EVENTS:,} events of {name}"
        rows += [
            Row(
                what=f"waterfall of {what}, opened",
                value=1000 * seconds["opening"][0],
                unit="ms",
                floor=floor,
                limit=200,
            ),
            Row(what="its cursor moved, median", value=1000 * median(seconds["moves"]), unit="ms", limit=33),
            Row(what=f"what-if from the middle of {what}", value=1000 * seconds["branched"][0], unit="ms", limit=300),
            Row(
                what=f"two recordings of {what} compared",
                value=1000 * seconds["compared"][0],
                unit="ms",
                floor=floor,
                limit=500,
            ),
        ]
    return rows


def instant(bench: Bench) -> list[Row]:
    """From the command until the end of 300,000 events is seen, at the fastest speed."""
    seconds, peaks = [], []
    with bench.app() as app:
        empty = app.wait_first_frame() - app.started
    for _round in range(bench.pick(5, 1)):
        data, load = bench.session(_LONG)
        path = next((data / "sessions").iterdir())
        with bench.app("replay", str(path), "--speed", "max", data_dir=data) as app:
            seconds.append(app.wait_for(load.end) - app.started)
            app.settle()
            peaks.append(app.peak_memory)
    what = f"instant replay of {_LONG * EVENTS:,} events"
    floor = Floor("first frame, empty session", empty)
    return [
        Row(what=f"{what}, until its end is seen", value=median(seconds), unit="s", floor=floor, limit=1.5),
        Row(what=f"{what}, peak memory", value=median(peaks), unit="MB", limit=300),
    ]


def pace(bench: Bench) -> list[Row]:
    """How late the last event of a minute is shown, by the clock of the wall.

    The program does not tell when it begins to play, and the first events wait for what draws them to be imported; so
    the event that is shown soonest of the first ones, by its own time, tells.
    """
    length = bench.pick(60, 10)
    path = bench.new_folder() / "pace.jsonl"
    _write_ticks(path, length)
    with bench.app("replay", str(path)) as app:
        app.wait_for(f"tick{length * _TICKS:04}", deadline=length + 30)
        shown = [app.wait_for(f"tick{number:04}") - number / _TICKS for number in range(1, length * _TICKS + 1)]
    late = [moment - min(shown[:_FIRST]) for moment in shown]
    what = f"an event of {length} s at the recorded pace is shown late"
    return [
        Row(what=f"{what}, the last", value=abs(late[-1]) * 1_000, unit="ms", limit=ceil(1000 / 30)),
        Row(what=f"{what}, median", value=median(late) * 1_000, unit="ms"),
        Row(what=f"{what}, the first", value=late[0] * 1_000, unit="ms"),
    ]


def _write_ticks(path: Path, length: int) -> None:
    """A text that grows by a word every tenth of a second.

    Each stands behind as many dots as the list of events has room for: it shows the next ones too.
    """
    now = 1_760_000_000_000
    events: list[ev.Event] = [
        ev.RunStarted(timestamp=now, thread_id="t", run_id="r"),
        ev.TextMessageStart(timestamp=now, message_id="m"),
    ]
    for number in range(1, length * _TICKS + 1):
        now += 1_000 // _TICKS
        events.append(ev.TextMessageContent(timestamp=now, message_id="m", delta=f"{'.' * _DOTS} tick{number:04} "))
    with path.open("wb") as file:
        file.writelines(wire.encode(event) + b"\n" for event in events)
