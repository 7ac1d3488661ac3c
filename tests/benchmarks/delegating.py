"""A graph with two sub-agents at once: how late the arguments of their calls are seen, how keys feel meanwhile.

Both stream a call at half of the rate, so that as many fragments come in all as a model streams in the other figures;
those are measured again, in the same run, for the floor.
"""

import time
from statistics import median

from tests.benchmarks.bench import ROOT, Bench, Turn, echoes, times, type_letters
from tests.benchmarks.load import MARKER, Load
from tests.benchmarks.program import ENTER, Program
from tests.benchmarks.report import Floor, Row

__all__ = ["delegating"]

_RATE = 200
_AGENT = ROOT / "tests" / "benchmarks" / "floors" / "delegating.py"
_FRAGMENTS = 77
"""Of each call: as many arguments as two calls may have in sight."""
_PATIENCE = 60.0


def delegating(bench: Bench) -> list[Row]:
    """The rows of two sub-agents at once."""
    late: list[float] = []
    keys: list[float] = []
    with bench.app_at_rest() as app:
        alone = bench.ask(app, bench.load(tokens=bench.pick(800, 400), rate=_RATE))
    with bench.agent(f"{_AGENT}:graph") as app:
        app.wait_first_frame()
        app.settle()
        _ask(bench, app, _loads(bench))  # the first imports what the others need
        for _round in range(bench.pick(12, 4)):
            loads = _loads(bench)
            typed = _ask(bench, app, loads)
            late += [seconds for load in loads for seconds in _latencies(bench, app, load)]
            keys += echoes(app, typed)
            app.settle()
    floor = Floor("text of one model at the same rate", median(alone.latencies) * 1_000)
    what = f"arguments of two sub-agents at {_RATE} fragments/s, socket to screen"
    return [
        *times(what, late, (33, 50, 100)),
        Row(what="the same, median", value=median(late) * 1_000, unit="ms", floor=floor, ratio_limit=1.5),
        *times("key echo meanwhile", keys, (10, 33, None)),
    ]


def _loads(bench: Bench) -> list[Load]:
    return [bench.load(tokens=_FRAGMENTS, rate=_RATE // 2, is_call=True) for _ in range(2)]


def _ask(bench: Bench, app: Program, loads: list[Load]) -> list[tuple[str, float]]:
    """Have both loads streamed, and type meanwhile; gives what was typed."""
    offset = len(app.written)
    app.send(" | ".join(load.question for load in loads))
    app.wait_for(f"mark={loads[-1].mark:04}", since=offset)
    app.send(ENTER)
    app.wait_for(loads[0].first, since=offset, deadline=_PATIENCE)
    typed = type_letters(app, time.monotonic() + loads[0].seconds, loads[0].seconds / 10)
    app.wait_for(loads[0].end, since=offset, deadline=_PATIENCE)
    echoes(app, typed[-1:])  # one that is deleted in the frame it comes with is never seen
    app.send("\x15")  # the letters that were typed
    return typed


def _latencies(bench: Bench, app: Program, load: Load) -> list[float]:
    """Seconds from the socket to the screen, of every marker that was seen."""
    seen: dict[int, float] = {}
    for found in MARKER.finditer(bytes(app.written)):
        if int(found[1]) == load.mark:
            seen.setdefault(int(found[2]), app.time_of(found.end()))
    turn = Turn(load=load, entered=0.0, sent=bench.server.sent(load), seen=seen)
    written = turn.marker_writes()
    return [moment - written[number] for number, moment in seen.items() if number in written]
