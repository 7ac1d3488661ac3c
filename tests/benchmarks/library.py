"""A library of 10,000 sessions: listing it, building its index beside a busy screen, and searching as one types.

Everything is measured in this process, and but for the rows that say otherwise with the files in the system's cache, as
on a machine that is in use. `first` is a library that was just made, as at the start of the program. No list can be
faster than looking at each file once, which is measured beside it.
"""

import asyncio
import gc
import itertools
import os
import random
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median

from agent.events import types as ev
from agent.events import wire
from agent.library.library import Library
from agent.threads import in_thread
from tests.benchmarks.bench import Bench, p95
from tests.benchmarks.report import Floor, Row

__all__ = ["library", "write_library"]

_SESSIONS = 10_000
_LIST = 200
_KEYSTROKE = 100
"""Budgets, in milliseconds."""
_ROUNDS = 5
_CACHE = Path("/proc/sys/vm/drop_caches")
_ALL_CACHES = "3"
_HALF = 0.008
"""Seconds."""
_TEMPLATES = 300
_WORDS = 20_000
_LOOPS = 150_000
"""Additions that take about 8 ms."""
_FRAGMENT = 4
"""Characters."""
_BASE = 1_760_000
"""Stands at the front of every time of a template: the time in units of 1,000 s."""
_PINNED, _RENAMED = 20, 300
_COMMON = ("the", "of", "to", "and", "in", "is", "that", "it", "for", "you", "as", "with", "on", "be", "at", "by")
_TYPED = (
    "the weather in",
    "case4711",
    "quarterly",
    "zz",
    "qu",
    '"in the"',
    "a b c",
    "convert",
    "1",
    "the of to and",
    "e",
)
"""What is typed, a letter at a time; the words that every session has and single letters are the worst there is."""


def write_library(data_dir: Path, sessions: int = _SESSIONS) -> None:
    """Write so many sessions of 1 to 40 turns, mostly few, and the metadata of some, as if over the last months.

    Each has a word `caseN` of its own.
    """
    choose = random.Random(0)
    turns = [_turn(choose, words) for words in itertools.repeat(_vocabulary(choose), _TEMPLATES)]
    (data_dir / "sessions").mkdir(parents=True)
    (data_dir / "metadata").mkdir()
    now = int(time.time()) // 1_000
    for number in range(sessions):
        length = min(int(choose.expovariate(0.3)) + 1, 40)
        begun = str(now - sessions + number).encode()
        path = data_dir / "sessions" / f"{number:08}-bench.jsonl"
        with path.open("wb") as file:
            for place in range(length):
                turn = choose.choice(turns).replace(b"%TURN%", b"%d" % place).replace(b"%CASE%", b"case%d" % number)
                file.write(turn.replace(b"%d" % _BASE, begun))
        moment = (now - sessions + number) * 1_000
        os.utime(path, (moment, moment + 900))
    for number in choose.sample(range(sessions), min(_RENAMED, sessions)):
        pinned = "true" if choose.random() < _PINNED / _RENAMED else "false"
        text = f'{{"title":"Renamed {number}","pinned":{pinned}}}'
        (data_dir / "metadata" / f"{number:08}-bench.json").write_text(text)


def _vocabulary(choose: random.Random) -> tuple[list[str], list[float]]:
    """Words as often as in a language: the second half as often as the first, and so on."""
    vowels, others = "aeiou", "bcdfghjklmnpqrstvwxz"
    made = {
        "".join(choose.choice(others) + choose.choice(vowels) for _ in range(choose.randint(1, 5)))
        for _ in range(_WORDS)
    }
    all_words = [*_COMMON, "weather", "convert", "quarterly", *sorted(made)]
    return all_words, [1 / (rank + 2) for rank in range(len(all_words))]


def _turn(choose: random.Random, vocabulary: tuple[list[str], list[float]]) -> bytes:
    """A turn: a question, a step with one or two calls, a step with the answer in fragments."""

    def text(count: int) -> str:
        return " ".join(choose.choices(vocabulary[0], weights=vocabulary[1], k=count))

    times = itertools.count(_BASE * 1_000_000, 20)
    question = ev.InputMessage(id="question-%TURN%", role="user", content=f"%CASE% {text(choose.randint(4, 25))}?")
    run = "run-%TURN%"
    metadata = {"app": "tickertape", "format": 1, "model": "openai:bench", "tools": ["search"], "maxIterations": 10}
    given = ev.RunInput(thread_id="thread", run_id=run, messages=[question])

    def events() -> Iterator[ev.Event]:
        yield ev.RunStarted(timestamp=next(times), thread_id="thread", run_id=run, input=given, metadata=metadata)
        yield ev.StepStarted(timestamp=next(times), step_name="step 1")
        for number in range(choose.randint(0, 2)):
            call = f"call-%TURN%-{number}"
            yield ev.ToolCallStart(timestamp=next(times), tool_call_id=call, tool_call_name="search")
            for piece in _pieces(f'{{"query": "{text(5)}", "limit": {choose.randint(1, 99)}}}'):
                yield ev.ToolCallArgs(timestamp=next(times), tool_call_id=call, delta=piece)
            yield ev.ToolCallEnd(timestamp=next(times), tool_call_id=call)
            result = text(choose.randint(10, 200))
            yield ev.ToolCallResult(
                timestamp=next(times), message_id=f"result-{call}", tool_call_id=call, content=result
            )
        yield ev.StepFinished(timestamp=next(times), step_name="step 1")
        yield ev.StepStarted(timestamp=next(times), step_name="step 2")
        yield ev.TextMessageStart(timestamp=next(times), message_id="text-%TURN%", role="assistant")
        for piece in _pieces(text(choose.randint(20, 150))):
            yield ev.TextMessageContent(timestamp=next(times), message_id="text-%TURN%", delta=piece)
        yield ev.TextMessageEnd(timestamp=next(times), message_id="text-%TURN%")
        yield ev.StepFinished(timestamp=next(times), step_name="step 2")
        yield ev.RunFinished(timestamp=next(times), thread_id="thread", run_id=run, outcome={"type": "success"})

    return b"".join(wire.encode(event) + b"\n" for event in events())


def _pieces(text: str) -> list[str]:
    return [text[start : start + _FRAGMENT] for start in range(0, len(text), _FRAGMENT)]


def library(bench: Bench) -> list[Row]:
    """The library's budgets, and what its index costs."""
    count = bench.pick(_SESSIONS, 2_000)
    data = bench.new_folder()
    write_library(data, count)
    used = Library(data)
    without = []
    for _round in range(_ROUNDS):
        _remove_index(data)
        without.append(_milliseconds(lambda: Library(data).sessions()))
    floor = Floor("scandir and stat", median(_milliseconds(partial(_look_at_files, data)) for _round in range(_ROUNDS)))
    rows = [_row(f"{count:,} sessions listed, index deleted", median(without), _LIST, floor), *_building(data, count)]
    first = median(_milliseconds(lambda: Library(data).sessions()) for _round in range(_ROUNDS))
    again = median(_milliseconds(used.sessions) for _round in range(_ROUNDS))
    nothing = median(_milliseconds(lambda: used.refresh(gentle=False)) for _round in range(_ROUNDS))
    return [
        *rows,
        _row("listed, first time", first, _LIST, floor),
        _row("listed again", again, _LIST, floor),
        _row("looked through, nothing new", nothing, floor=floor),
        *_searching(used),
        *_from_disk(data),
        *_one_more_turn(data, used),
    ]


def _building(data: Path, count: int) -> list[Row]:
    """The whole index, as fast as it goes and gently, both beside a loop that is half busy."""
    written = sum(path.stat().st_size for path in (data / "sessions").iterdir())
    alone_late, alone_taken = asyncio.run(_beside(partial(time.sleep, 2)))
    rows = []
    for gentle, how in (False, "at full speed"), (True, "gently"):
        _remove_index(data)
        start = time.perf_counter()
        late, taken = asyncio.run(_beside(partial(Library(data).refresh, gentle=gentle)))
        seconds = time.perf_counter() - start
        what = f"index of {count:,} sessions built {how} beside a half busy loop"
        rows += [
            Row(what=what, value=seconds, unit="s"),
            *_compared("the loop comes late meanwhile, p95", p95(late), p95(alone_late)),
            *_compared("the loop comes late meanwhile, worst", max(late), max(alone_late)),
            *_compared("the loop's own work takes, median", median(taken), median(alone_taken)),
        ]
    size = sum(path.stat().st_size for path in data.glob("index-*"))
    return [*rows, Row(what="index size", value=size / 2**20, unit="MB", floor=Floor("transcripts", written / 2**20))]


async def _beside(work: Callable[[], object]) -> tuple[list[float], list[float]]:
    """Seconds that a loop with 8 ms of work every 16 ms comes late, and that it takes, beside `work` in a thread."""
    late: list[float] = []
    taken: list[float] = []
    task = asyncio.create_task(in_thread(work))
    while not task.done():
        due = time.perf_counter() + _HALF
        await asyncio.sleep(_HALF)
        start = time.perf_counter()
        late.append(start - due)
        _eight_milliseconds()
        taken.append(time.perf_counter() - start)
    await task
    return late, taken


def _eight_milliseconds() -> None:
    total = 0
    for number in range(_LOOPS):
        total += number


def _searching(used: Library) -> list[Row]:
    used.sessions()
    typed = {text[:length] for text in _TYPED for length in range(1, len(text) + 1)}
    taken = {text: median(_milliseconds(partial(used.search, text)) for _round in range(3)) for text in sorted(typed)}
    worst = max(taken, key=lambda text: taken[text])
    figures = [*taken.values()]
    return [
        _row(f"a keystroke's search, median of {len(figures)}", median(figures), _KEYSTROKE),
        _row("a keystroke's search, p95", p95(figures), _KEYSTROKE),
        _row(f"a keystroke's search, worst (`{worst}`)", max(figures), _KEYSTROKE),
    ]


def _from_disk(data: Path) -> list[Row]:
    """What the disk adds once, after the machine's start; nothing where the system's cache cannot be emptied."""
    if not os.access(_CACHE, os.W_OK):
        return []

    def cold(work: Callable[[], object]) -> float:
        return median(_milliseconds(work, before=_empty_cache) for _round in range(_ROUNDS))

    floor = Floor("scandir and stat from disk", cold(partial(_look_at_files, data)))
    return [
        _row("listed, first time, from disk", cold(lambda: Library(data).sessions()), floor=floor),
        _row("a first keystroke's search, from disk", cold(lambda: Library(data).search("t"))),
        _row("a first search for a rare word, from disk", cold(lambda: Library(data).search("case4711"))),
    ]


def _empty_cache() -> None:
    os.sync()
    _CACHE.write_text(_ALL_CACHES)


def _look_at_files(data: Path) -> None:
    with os.scandir(data / "sessions") as entries:
        for entry in entries:
            entry.stat()


def _one_more_turn(data: Path, used: Library) -> list[Row]:
    path = next((data / "sessions").glob("*.jsonl"))
    turn = _turn(random.Random(1), _vocabulary(random.Random(1)))
    figures = []
    for number in range(_ROUNDS):
        with path.open("ab") as file:
            file.write(turn.replace(b"%TURN%", b"more-%d" % number))
        figures.append(_milliseconds(partial(used.update, path.stem)))
    return [_row("index brought up to date after a turn", median(figures))]


def _remove_index(data: Path) -> None:
    for path in data.glob("index-*"):
        path.unlink()


def _milliseconds(work: Callable[[], object], before: Callable[[], object] | None = None) -> float:
    """How long it takes without the collector, which the app lets run seldom; `before` is not counted."""
    if before is not None:
        before()
    gc.collect()
    gc.disable()
    start = time.perf_counter()
    work()
    taken = (time.perf_counter() - start) * 1_000
    gc.enable()
    return taken


def _row(what: str, milliseconds: float, limit: float | None = None, floor: Floor | None = None) -> Row:
    return Row(what=what, value=milliseconds, unit="ms", limit=limit, floor=floor)


def _compared(what: str, seconds: float, alone: float) -> list[Row]:
    return [Row(what=what, value=seconds * 1_000, unit="ms", floor=Floor("alone", alone * 1_000))]
