"""The start, the rest and the end: first frame, first keys, first question, idling, leaving."""

import subprocess
import sys
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
_PAST = 1_000
"""Turns of a session that is gone on with."""
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
    """The first question: at once after the first frame, a little later, and behind a long past."""
    at_once, later, behind, imports = [], [], [], []
    for _round in range(bench.pick(5, 1)):
        imports.append(_import_seconds(bench))
        with bench.app() as app:
            app.wait_first_frame()
            at_once.append(_first_question(bench, app, 0.0))
        with bench.app() as app:
            later.append(_first_question(bench, app, app.started + _ENTER))
        data, last = bench.session(_PAST)
        with bench.app("--continue", data_dir=data) as app:
            app.wait_for(last.end)
            app.settle()
            behind.append(_first_question(bench, app, 0.0))
    floor = Floor("importing langchain_openai", median(imports) * 1_000)
    what = "Enter to request"
    return [
        Row(
            what=f"{what}, at once after the start",
            value=median(at_once) * 1_000,
            unit="ms",
            floor=floor,
            ratio_limit=0.7,
        ),
        Row(what=f"{what}, {_ENTER:.0f} s after the start", value=median(later) * 1_000, unit="ms", limit=250),
        Row(what=f"{what}, the first behind {_PAST:,} turns", value=median(behind) * 1_000, unit="ms", limit=150),
    ]


def _first_question(bench: Bench, app: Program, moment: float) -> float:
    """Seconds from Enter, pressed at a moment or as soon as the question is there, to the request."""
    load = bench.load(tokens=20, rate=0)
    time.sleep(max(0.0, moment - 0.5 - time.monotonic()))
    app.send(load.question)
    app.wait_for(f"mark={load.mark:04}")
    time.sleep(max(0.0, moment - time.monotonic()))
    turn = bench.watch(app, load, app.send(ENTER))
    return turn.sent.asked - turn.entered


def _import_seconds(bench: Bench) -> float:
    """How long a bare Python takes to import LangChain's client, from its start."""
    start = time.monotonic()
    subprocess.run([sys.executable, "-c", "import langchain_openai"], check=True, env=bench.environment())
    return time.monotonic() - start


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
