"""What every benchmark needs: the server, programs to measure, a folder for their data, and asking one for a load."""

import itertools
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median, quantiles
from typing import TypeVar

from tests.benchmarks.load import LAST, MARKER, Load
from tests.benchmarks.program import ENTER, Program
from tests.benchmarks.report import Row
from tests.benchmarks.server import LoadServer, Sent
from tests.benchmarks.sessions import EVENTS, write_session
from tests.places import ROOT

__all__ = ["ROOT", "Bench", "Turn", "echoes", "p95", "times", "type_letters"]

LETTERS = "абвгдежзийклмнопрстуфхцчшщъыьэюяαβγδεζηθικλμνξοπρστυφχψω"
"""No load has them, so each is found on the screen by itself; they fit one line of the input."""
_FOREIGN = ("OPENAI_", "LANGCHAIN_", "LANGSMITH_", "TICKERTAPE_", "PYTHONDONTWRITEBYTECODE")
"""The last would have our own modules compiled at every start, which no user's Python does, and the floor's not."""
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")
_AFTERGLOW = 0.2
"""Seconds after its end is seen that still belong to a turn's cost."""
_PATIENCE = 60.0
"""Seconds after the last fragment was sent in which it must be seen."""
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One load, from the question to its end on the screen."""

    load: Load
    entered: float
    """When Enter was pressed; for a program without a prompt, when it was started."""
    sent: Sent
    seen: dict[int, float]
    """When each marker was first seen; those that were scrolled away before a frame showed them are missing."""

    @property
    def first_write(self) -> float:
        """When the server began to send."""
        return self.sent.writes[0]

    @property
    def end_seen(self) -> float:
        """When the last fragment was seen."""
        return self.seen[LAST]

    @property
    def latencies(self) -> list[float]:
        """Seconds from the socket to the screen, of every marker that was seen."""
        written = self.marker_writes()
        return [moment - written[number] for number, moment in self.seen.items()]

    def marker_writes(self) -> dict[int, float]:
        """When each marker was written to the socket."""
        pieces = zip(self.load.pieces(), self.sent.writes, strict=True)
        found = ((MARKER.search(piece.encode()), moment) for piece, moment in pieces)
        return {int(marker[2]): moment for marker, moment in found if marker}

    def cpu(self, program: Program) -> float:
        """Seconds of processor time from the first fragment until the last is shown."""
        return program.cpu(self.first_write, self.end_seen + _AFTERGLOW)


class Bench:
    """The surroundings of all benchmarks of a run."""

    def __init__(self, server: LoadServer, folder: Path, *, quick: bool) -> None:
        self.server = server
        self.quick = quick
        self._folder = folder
        self._numbers = itertools.count(1)
        self._sessions: dict[int, tuple[Path, Load]] = {}

    def pick(self, full: T, quick: T) -> T:
        """How much of it, by how long the run may take."""
        return quick if self.quick else full

    # Programs

    def app(self, *arguments: str, data_dir: Path | None = None) -> Program:
        """The application, with the server as its model."""
        data = data_dir or self.new_folder()
        return self._program("tui", "--model", "openai:bench", *arguments, TICKERTAPE_DATA_DIR=str(data))

    def agent(self, named: str) -> Program:
        """The application, with an agent in the place of a model."""
        return self._program("tui", "--agent", named, TICKERTAPE_DATA_DIR=str(self.new_folder()))

    def floor(self, name: str, *arguments: str) -> Program:
        """One of the small programs beside this module."""
        return self._program(f"tests.benchmarks.floors.{name}", *arguments)

    def _program(self, module: str, *arguments: str, **variables: str) -> Program:
        return Program([sys.executable, "-m", module, *arguments], self.environment(**variables), cwd=ROOT)

    def environment(self, **variables: str) -> dict[str, str]:
        """Nothing of the caller's that would change what is measured, and the server's address."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(_FOREIGN) and name.lower() not in _PROXIES
        }
        model = {"OPENAI_BASE_URL": self.server.url, "OPENAI_API_KEY": "bench"}
        terminal = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
        return {**kept, **model, **terminal, **variables}

    def new_folder(self) -> Path:
        """An empty folder."""
        folder = self._folder / f"data-{next(self._numbers)}"
        folder.mkdir()
        return folder

    def session(self, turns: int) -> tuple[Path, Load]:
        """A data folder of its own with one saved session, and the load whose end marker ends its last turn."""
        if turns not in self._sessions:
            load = self.load(tokens=1, rate=0)
            path = self._folder / f"{turns}-turns.jsonl"
            write_session(path, turns=turns, events=EVENTS, end=load.end)
            self._sessions[turns] = path, load
        path, load = self._sessions[turns]
        data = self.new_folder()
        (data / "sessions").mkdir()
        shutil.copyfile(path, data / "sessions" / path.name)
        return data, load

    @contextmanager
    def app_at_rest(self, past: int = 0, *, data_dir: Path | None = None) -> Iterator[Program]:
        """The application with so many turns in its session, when all is loaded and the first turn has been."""
        data, load = self.session(past) if past else (data_dir, None)
        with self.app(*(["--continue"] if past else []), data_dir=data) as app:
            if load is not None:
                app.wait_for(load.end)
            self._warm_up(app)
            yield app

    @contextmanager
    def stock_at_rest(self, past: int = 0) -> Iterator[Program]:
        """The chat of stock widgets in the same state."""
        with self.floor("stock_markdown", str(past)) as stock:
            self._warm_up(stock)
            yield stock

    def _warm_up(self, program: Program) -> None:
        """A small turn, so that what only the first one needs is not measured."""
        program.wait_first_frame()
        program.settle()
        self.ask(program, self.load(tokens=60, rate=0))
        program.settle()

    @contextmanager
    def printed(self, load: Load) -> Iterator[tuple[Program, Turn]]:
        """`ChatOpenAI` to standard output, when it has answered `load` after a small turn."""
        with self.floor("stdout", self.load(tokens=60, rate=0).question, load.question) as printer:
            yield printer, self.watch(printer, load, printer.started)

    # Turns

    def load(self, *, tokens: int, rate: int, is_call: bool = False) -> Load:
        """A load that no other is like."""
        return Load(tokens=tokens, rate=rate, mark=next(self._numbers), is_call=is_call)

    def ask(self, program: Program, load: Load, meanwhile: Callable[[], object] | None = None) -> Turn:
        """Type the question for `load`, send it, do something `meanwhile`, and wait until the end is seen."""
        offset = len(program.written)
        program.send(load.question)
        program.wait_for(f"mark={load.mark:04}", since=offset)
        entered = program.send(ENTER)
        if meanwhile is not None:
            meanwhile()
        return self.watch(program, load, entered)

    def watch(self, program: Program, load: Load, entered: float) -> Turn:
        """Wait until the end of `load` is seen."""
        program.wait_for(load.end, deadline=load.seconds + _PATIENCE)
        time.sleep(_AFTERGLOW + 0.1)
        seen: dict[int, float] = {}
        for marker in MARKER.finditer(bytes(program.written)):
            if int(marker[1]) == load.mark:
                seen.setdefault(int(marker[2]), program.time_of(marker.end()))
        return Turn(load=load, entered=entered, sent=self.server.sent(load), seen=seen)


# Keys


def type_letters(program: Program, until: float, interval: float) -> list[tuple[str, float]]:
    """Type a letter about every `interval` seconds until a moment, out of step with any frame; gives when each was."""
    choose = Random(0)
    typed = []
    for letter in LETTERS:
        pause = interval * choose.uniform(0.6, 1.4)
        if time.monotonic() + pause > until:
            break
        time.sleep(pause)
        typed.append((letter, program.send(letter)))
    return typed


def echoes(program: Program, typed: list[tuple[str, float]]) -> list[float]:
    """Seconds from each key to its letter on the screen."""
    return [program.wait_for(letter, since=program.offset_at(moment)) - moment for letter, moment in typed]


# Figures


def p95(values: list[float]) -> float:
    """What 95 of 100 values do not exceed."""
    return quantiles(values, n=20, method="inclusive")[-1]


def times(what: str, seconds: list[float], limits: tuple[float | None, float | None, float | None]) -> list[Row]:
    """Rows for the median, the 95th percentile and the worst of some times, with their budgets in milliseconds."""
    figures = {"median": median(seconds), "p95": p95(seconds), "worst": max(seconds)}
    return [
        Row(what=f"{what}, {name}", value=figure * 1_000, unit="ms", limit=limit)
        for (name, figure), limit in zip(figures.items(), limits, strict=True)
    ]
