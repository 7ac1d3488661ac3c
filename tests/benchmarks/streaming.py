"""Answers at the pace of a fast model: what they cost, how late they are seen, how keys feel meanwhile."""

import time
from collections import defaultdict
from statistics import median

from tests.benchmarks.bench import Bench, Turn, echoes, times, type_letters
from tests.benchmarks.program import Program
from tests.benchmarks.report import Floor, Row

__all__ = ["keys", "pace"]

_RATE = 200
_PASTS = (0, 100, 1_000)
"""Turns that are in the session already."""
_STOCK_PAST = 50


def pace(bench: Bench) -> list[Row]:
    """Processor time and latency with short and long pasts, beside stock widgets and no widgets at all."""
    tokens = bench.pick(1_600, 600)
    costs: dict[str, list[float]] = defaultdict(list)
    latencies: dict[int, list[float]] = defaultdict(list)
    requests: list[float] = []
    for _round in range(bench.pick(3, 1)):
        for past in _PASTS:
            with bench.app_with(past) as app:
                turn = _measured(bench, app, tokens, costs[f"app {past}"])
            latencies[past] += turn.latencies
            if past == _PASTS[-1]:
                requests.append(turn.sent.asked - turn.entered)
        with _stock(bench, 0) as stock:
            _measured(bench, stock, tokens, costs["stock 0"])
        with _printer(bench, tokens) as (program, turn):
            costs["printer"].append(turn.cpu(program) / tokens * 1_000)
    with _stock(bench, _STOCK_PAST) as stock:
        _measured(bench, stock, bench.pick(300, 100), costs["stock 50"])
    return [
        *_cost_rows({name: median(values) for name, values in costs.items()}),
        *times(f"socket to screen, {_RATE} tokens/s", latencies[0], (30, 50, 100)),
        *times(f"the same, {_PASTS[-1]:,} past turns", latencies[_PASTS[-1]], (30, 50, 100)),
        Row(what=f"Enter to request, {_PASTS[-1]:,} past turns", value=median(requests) * 1_000, unit="ms"),
    ]
