"""Much text: a very long answer, an answer all at once, the fastest stream that is kept up with, a minute of it."""

import json
import time
from itertools import pairwise
from pathlib import Path
from statistics import median

from tests.benchmarks.bench import Bench, Turn, echoes, times, type_letters
from tests.benchmarks.program import Program
from tests.benchmarks.report import Floor, Row

__all__ = ["at_once", "long_answer", "minute", "sustained"]

_FLAT = 1.1
_AT_ONCE = 8_000
_RATES = (1_000, 1_500, 2_000, 3_000, 4_000, 5_000, 6_000, 8_000, 10_000)
_KEPT_UP = 0.15
"""Seconds after the last write in which the end must be seen."""
_FAST = 1_000


def long_answer(bench: Bench) -> list[Row]:
    """One answer, its cost by thousands; sent faster than 200 tokens/s to keep it short."""
    tokens, rate = bench.pick((20_000, 400), (8_000, 1_000))
    with bench.app_at_rest() as app:
        turn = bench.ask(app, bench.load(tokens=tokens, rate=rate))
        costs = [app.cpu(start, end) for start, end in pairwise(turn.sent.writes[::1_000])]
    what = f"CPU per 1,000 of {tokens:,} tokens at {rate}/s"
    first = Floor("first thousand", costs[0])
    return [
        Row(what=f"{what}, last thousand", value=costs[-1], unit="s", floor=first, ratio_limit=_FLAT),
        Row(what=f"{what}, median of all", value=median(costs), unit="s", floor=first),
        Row(what=f"{what}, dearest", value=max(costs), unit="s", floor=first),
    ]


def at_once(bench: Bench) -> list[Row]:
    """An answer without a pace, until its end is seen, and the memory that it takes."""
    app_seconds, printer_seconds, app_memory, printer_memory = [], [], [], []
    for _round in range(bench.pick(3, 1)):
        with bench.app_at_rest() as app:
            turn = bench.ask(app, bench.load(tokens=_AT_ONCE, rate=0))
            app_seconds.append(turn.end_seen - turn.first_write)
            app_memory.append(app.peak_memory)
        with bench.printed(bench.load(tokens=_AT_ONCE, rate=0)) as (printer, turn):
            printer_seconds.append(turn.end_seen - turn.first_write)
            printer_memory.append(printer.peak_memory)
    what, name = f"{_AT_ONCE:,} tokens at once", "ChatOpenAI to stdout"
    seconds, memory = Floor(name, median(printer_seconds)), Floor(name, median(printer_memory))
    return [
        Row(
            what=f"{what}, until the end is seen",
            value=median(app_seconds),
            unit="s",
            floor=seconds,
            ratio_limit=0.7,
        ),
        Row(what=f"{what}, peak memory", value=median(app_memory), unit="MB", floor=memory, ratio_limit=1.25),
    ]


def sustained(bench: Bench) -> list[Row]:
    """The highest rate at which the end is seen when it has been sent; beside what LangChain can take at all."""
    seconds = bench.pick(3, 2)
    best = 0.0
    with bench.app_at_rest() as app:
        for rate in _RATES[:: bench.pick(1, 2)]:
            # A second try, so that somebody else's burst of work is not taken for the limit.
            if not (_keeps_up(bench, app, rate, seconds) or _keeps_up(bench, app, rate, seconds)):
                break
            best = rate
    with bench.printed(bench.load(tokens=_AT_ONCE, rate=0)) as (_printer, turn):
        floor = Floor("ChatOpenAI to stdout, at once", _AT_ONCE / (turn.end_seen - turn.first_write))
    what = f"highest rate kept up with for {seconds} s"
    return [Row(what=what, value=best, unit="tokens/s", floor=floor)]


def _keeps_up(bench: Bench, app: Program, rate: int, seconds: int) -> bool:
    turn = bench.ask(app, bench.load(tokens=rate * seconds, rate=rate))
    app.settle()
    return turn.end_seen - turn.sent.writes[-1] <= _KEPT_UP


def minute(bench: Bench) -> list[Row]:
    """A minute at 1,000 tokens/s with keys typed all the while."""
    seconds = bench.pick(60, 10)
    load = bench.load(tokens=_FAST * seconds, rate=_FAST)
    data = bench.new_folder()
    with bench.app_at_rest(data_dir=data) as app:
        typed: list[tuple[str, float]] = []

        def type_on() -> None:
            typed.extend(type_letters(app, time.monotonic() + seconds, seconds / 50))

        turn = bench.ask(app, load, type_on)
        app.settle()
        time.sleep(2)  # a turn's garbage is collected a second after it
        rows = [
            *times(f"key echo at {_FAST:,} tokens/s for {seconds} s", echoes(app, typed), (50, None, None)),
            *_memory_rows(app, turn),
        ]
    lag = turn.end_seen - turn.sent.writes[-1]
    lost = _lost(data, load.pieces())
    return [
        *rows[:3],
        Row(what=f"its end seen after it was sent ({load.tokens:,} tokens)", value=lag * 1_000, unit="ms"),
        Row(what="its fragments that the transcript lacks", value=lost, unit="", limit=0),
        *rows[3:],
    ]


def _memory_rows(app: Program, turn: Turn) -> list[Row]:
    writes = turn.sent.writes
    start, half, end = (app.memory_at(moment) for moment in (writes[0], writes[len(writes) // 2], writes[-1]))
    rest = app.samples[-1].memory
    return [
        Row(
            what="memory that its second half adds",
            value=end - half,
            unit="MB",
            floor=Floor("first half", half - start),
            ratio_limit=_FLAT,
        ),
        Row(what="memory when it is over", value=rest, unit="MB", floor=Floor("at its end", end), ratio_limit=1.05),
    ]


def _lost(data_dir: Path, pieces: list[str]) -> int:
    """How many fragments are not in the saved session, as they were sent and in their order."""
    lines = next((data_dir / "sessions").glob("*.jsonl")).read_bytes().splitlines()
    saved = [event["delta"] for event in map(json.loads, lines) if event["type"] == "TEXT_MESSAGE_CONTENT"]
    saved = saved[-len(pieces) :]
    return len(pieces) - next(
        (at for at, (one, two) in enumerate(zip(saved, pieces, strict=False)) if one != two), len(saved)
    )
