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
"""More of them take stock widgets minutes."""
_FLAT = 1.1
_TIMES_PRINTER = 1.6
"""What 1,000 tokens may cost beside the floor."""


def pace(bench: Bench) -> list[Row]:
    """Processor time and latency with short and long pasts, beside stock widgets and no widgets at all."""
    load_size, stock_size = bench.pick(1_600, 600), bench.pick(300, 100)
    costs: dict[str, list[float]] = defaultdict(list)
    turns: dict[int, list[Turn]] = defaultdict(list)
    for _round in range(bench.pick(3, 1)):
        for past in _PASTS:
            with bench.app_at_rest(past) as app:
                turn = bench.ask(app, bench.load(tokens=load_size, rate=_RATE))
                turns[past].append(turn)
                costs[f"app {past}"].append(_cost(turn, app))
        with bench.stock_at_rest() as stock:
            costs["stock 0"].append(_cost(bench.ask(stock, bench.load(tokens=load_size, rate=_RATE)), stock))
        with bench.printed(bench.load(tokens=load_size, rate=_RATE)) as (printer, turn):
            costs["printer"].append(_cost(turn, printer))
    with bench.stock_at_rest(_STOCK_PAST) as stock:
        turn = bench.ask(stock, bench.load(tokens=stock_size, rate=_RATE))
        costs[f"stock {_STOCK_PAST}"].append(_cost(turn, stock))
    longest = turns[_PASTS[-1]]
    wait = median(turn.sent.asked - turn.entered for turn in longest)
    return [
        *_cost_rows({name: median(values) for name, values in costs.items()}, stock_size),
        *times(f"socket to screen, {_RATE} tokens/s", _latencies(turns[0]), (30, 50, 100)),
        *times(f"the same, {_PASTS[-1]:,} past turns", _latencies(longest), (30, 50, 100)),
        Row(what=f"Enter to request, {_PASTS[-1]:,} past turns", value=wait * 1_000, unit="ms"),
    ]


def _cost(turn: Turn, program: Program) -> float:
    """Seconds of processor time for 1,000 tokens."""
    return turn.cpu(program) / turn.load.tokens * 1_000


def _latencies(turns: list[Turn]) -> list[float]:
    return [latency for turn in turns for latency in turn.latencies]


def _cost_rows(cost: dict[str, float], stock_size: int) -> list[Row]:
    what = f"CPU per 1,000 tokens at {_RATE}/s"
    empty, printer = cost["app 0"], Floor("ChatOpenAI to stdout", cost["printer"])
    rows = [
        Row(
            what=f"{what}, empty session",
            value=empty,
            unit="s",
            floor=printer,
            ratio_limit=_TIMES_PRINTER,
        )
    ]
    for past in _PASTS[1:]:
        value, floor = cost[f"app {past}"], Floor("empty session", empty)
        rows.append(Row(what=f"{what}, {past:,} past turns", value=value, unit="s", floor=floor, ratio_limit=_FLAT))
    limited = f", {stock_size} tokens only"
    for past, note in ((0, ""), (_STOCK_PAST, limited)):
        value, floor = cost[f"stock {past}"], Floor("the app, empty session", empty)
        rows.append(Row(what=f"stock Markdown widgets, {past} past answers{note}", value=value, unit="s", floor=floor))
    return rows


def keys(bench: Bench) -> list[Row]:
    """Keys while an answer streams."""
    seconds: list[float] = []
    load_size = bench.pick(2_000, 800)
    for _round in range(bench.pick(2, 1)):
        with bench.app_at_rest() as app:
            typed: list[tuple[str, float]] = []

            def type_on(app: Program = app, typed: list[tuple[str, float]] = typed) -> None:
                until = time.monotonic() + load_size / _RATE
                typed += type_letters(app, until, load_size / _RATE / 50)

            bench.ask(app, bench.load(tokens=load_size, rate=_RATE), type_on)
            seconds += echoes(app, typed)
    return times(f"key echo at {_RATE} tokens/s", seconds, (10, 33, None))
