"""A race of four models at the pace of a fast one each: its cost beside four times one, and how late it is seen."""

import time
from statistics import median

from tests.benchmarks.bench import Bench, p95, times
from tests.benchmarks.load import MARKER, Load
from tests.benchmarks.program import ENTER, Program
from tests.benchmarks.report import Floor, Row
from tests.benchmarks.server import Sent

__all__ = ["race"]

_RATE = 200
_LANES = 4
_AFTERGLOW = 0.3
_PATIENCE = 60.0
_KEYS = 20
_TAB, _F7 = "\t", "\x1b[18~"
_FOCUSED = "┏"
"""A corner of the frame of what has the keys."""


def race(bench: Bench) -> list[Row]:
    """Processor time, latency and keys of four turns at once in a program that has answered before."""
    tokens = bench.pick(1_600, 600)
    costs: list[float] = []
    singles: list[float] = []
    alone: list[float] = []
    latencies: list[float] = []
    echoes: list[float] = []
    for _round in range(bench.pick(3, 1)):
        with bench.app_at_rest() as app:
            turn = bench.ask(app, bench.load(tokens=tokens, rate=_RATE))
            singles.append(turn.cpu(app))
            alone += turn.latencies
        with bench.app_at_rest() as app:
            loads = _started(bench, app, tokens)
            echoes += _keys(app, tokens / _RATE)
            for load in loads:
                app.wait_for(load.end, deadline=load.seconds + _PATIENCE)
            time.sleep(_AFTERGLOW)
            sent = [bench.server.sent(load) for load in loads]
            ended = max(app.wait_for(load.end) for load in loads)
            costs.append(app.cpu(min(one.writes[0] for one in sent), ended + _AFTERGLOW / 2))
            latencies += _latencies(app, loads, sent)
    floor = Floor(f"{_LANES} times one in the chat", _LANES * median(singles))
    usual = Floor("one in the chat", 1_000 * median(alone))
    what = f"a race of {_LANES} models, {_RATE} tokens/s each"
    return [
        Row(what=f"{what}, CPU", value=median(costs), unit="s", floor=floor, ratio_limit=1.3),
        Row(what=f"{what}, socket to screen, median", value=1_000 * median(latencies), unit="ms", floor=usual),
        Row(what=f"{what}, socket to screen, p95", value=1_000 * p95(latencies), unit="ms"),
        *times(f"{what}, Tab to its frame", echoes, (None, None, None)),
    ]


def _started(bench: Bench, app: Program, tokens: int) -> list[Load]:
    """The loads of the racers, the race begun."""
    first, *others = (bench.load(tokens=tokens, rate=_RATE) for _lane in range(_LANES))
    app.send(first.question)
    app.wait_for(f"mark={first.mark:04}")
    offset = len(app.written)
    app.send(_F7)
    app.wait_for("models, with commas", since=offset)
    models = "".join(f",openai:bench-{load.mark}" for load in others)
    offset = len(app.written)
    app.send(f"{models}{ENTER}")
    app.wait_for("tok/s", since=offset)
    return [first, *others]


def _keys(app: Program, seconds: float) -> list[float]:
    """Seconds from Tab to the frame of the next lane."""
    found = []
    for _key in range(_KEYS):
        time.sleep(seconds / 2 / _KEYS)
        offset = len(app.written)
        sent = app.send(_TAB)
        found.append(app.wait_for(_FOCUSED, since=offset) - sent)
    return found


def _latencies(app: Program, loads: list[Load], sent: list[Sent]) -> list[float]:
    """Seconds from the socket to the screen, of every marker that was seen."""
    written: dict[tuple[int, int], float] = {}
    for load, one in zip(loads, sent, strict=True):
        for piece, moment in zip(load.pieces(), one.writes, strict=True):
            if said := MARKER.search(piece.encode()):
                written[load.mark, int(said[2])] = moment
    seen: dict[tuple[int, int], float] = {}
    for found in MARKER.finditer(bytes(app.written)):
        seen.setdefault((int(found[1]), int(found[2])), app.time_of(found.end()))
    return [moment - written[key] for key, moment in seen.items() if key in written]
