"""The start, the rest and the end: first frame, first keys, first question, idling, leaving."""

import time
from functools import partial
from statistics import median

from tests.benchmarks.bench import Bench, echoes, times, type_letters
from tests.benchmarks.program import CTRL_Q, ENTER, Program
from tests.benchmarks.report import Floor, Row

__all__ = ["early_keys", "enter", "first_frame", "idle", "leaving"]

_EARLY = 3.0
"""Seconds after the start in which the model's libraries are imported."""
_ENTER = 2.0
"""Seconds after the start at which Enter is pressed."""
_KEY_INTERVAL = 0.05
_LETTER = "ж"
_RETYPING = 0.02


def first_frame(bench: Bench) -> list[Row]:
    """From the command to a first frame, and to a key's echo, beside the least that Textual needs."""
    app: list[tuple[float, float]] = []
    bare: list[tuple[float, float]] = []
    for number in range(bench.pick(9, 3) + 1):
        for start, measured in ((bench.app, app), (partial(bench.floor, "bare_app"), bare)):
            with start() as program:
                frame_and_ready = _frame_and_ready(program)
                if number:  # the first only fills the system's caches
                    measured.append(frame_and_ready)
    return [
        Row(
            what=what,
            value=median(pair[index] for pair in app),
            unit="s",
            floor=Floor("bare Textual app", median(pair[index] for pair in bare)),
            ratio_limit=limit,
        )
        for index, (what, limit) in enumerate((("first frame", 1.3), ("ready to type", 1.5)))
    ]


def _frame_and_ready(program: Program) -> tuple[float, float]:
    """Types as soon as there is something to see, until a letter is taken: what comes too early can be lost."""

    def is_taken() -> bool:
        program.send(_LETTER)
        time.sleep(_RETYPING)
        return _LETTER.encode() in program.written

    frame = program.wait_first_frame()
    program.wait_until(is_taken, "a first echo")
    return frame - program.started, program.wait_for(_LETTER) - program.started


def early_keys(bench: Bench) -> list[Row]:
    """Keys while LangChain is being imported."""
    seconds: list[float] = []
    for _round in range(bench.pick(3, 1)):
        with bench.app() as app:
            app.wait_first_frame()
            typed = type_letters(app, app.started + _EARLY, _KEY_INTERVAL)
            seconds += echoes(app, typed)
    return times(f"key echo in the first {_EARLY:.0f} s", seconds, (None, 100, None))


def enter(bench: Bench) -> list[Row]:
    """The first question, sent soon after the start."""
    waits = []
    for _round in range(bench.pick(5, 1)):
        with bench.app() as app:
            load = bench.load(tokens=20, rate=0)
            time.sleep(app.started + _ENTER - 0.5 - time.monotonic())
            app.send(load.question)
            app.wait_for(f"mark={load.mark:04}")
            time.sleep(max(0.0, app.started + _ENTER - time.monotonic()))
            turn = bench.watch(app, load, app.send(ENTER))
            waits.append(turn.sent.asked - turn.entered)
    what = f"Enter to request, {_ENTER:.0f} s after the start"
    return [Row(what=what, value=median(waits) * 1_000, unit="ms", limit=250)]


def idle(bench: Bench) -> list[Row]:
    """Doing nothing, with an answer on the screen."""
    seconds = bench.pick(20, 5)
    with bench.app_at_rest() as app, bench.floor("bare_app") as bare:
        bare.wait_first_frame()
        time.sleep(2)  # a turn's garbage is collected a second after it
        start = time.monotonic()
        time.sleep(seconds + 0.1)
        shares = [program.cpu(start, start + seconds) / seconds * 100 for program in (app, bare)]
    floor = Floor("bare Textual app", shares[1])
    return [Row(what=f"CPU at rest over {seconds} s", value=shares[0], unit="%", floor=floor, limit=0.5)]


def leaving(bench: Bench) -> list[Row]:
    """Ctrl+Q, at rest and in the middle of an answer."""
    at_rest, streaming = [], []
    for _round in range(bench.pick(3, 1)):
        with bench.app_at_rest() as app:
            at_rest.append(_leave(app))
        with bench.app_at_rest() as app:
            app.send(bench.load(tokens=10_000, rate=200).question)
            app.send(ENTER)
            time.sleep(2)
            streaming.append(_leave(app))
    return [
        Row(what="exit, at rest", value=median(at_rest), unit="s", limit=0.5),
        Row(what="exit, in the middle of an answer", value=median(streaming), unit="s", limit=0.5),
    ]


def _leave(app: Program) -> float:
    asked = app.send(CTRL_Q)
    return app.wait_exit() - asked
