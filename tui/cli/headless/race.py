"""`tickertape race` without the screen: several turns at once, from a question to an exit code.

text, tokens, steps   each turn as `tickertape ask` prints it, whole, as soon as it has ended, under a line that
                      begins with ==
json                  one object at the end: question, racers (model, session, duration_ms, first_token_ms, tokens,
                      cost_usd, and what `ask --format json` has of the turn), in the order in which they were named
events                a line for each event as it comes: model, event (AG-UI)
"""

import asyncio
import contextlib
import json
import signal
import sys
from io import StringIO
from pathlib import Path
from typing import Any, TextIO

from agent.conversation.decisions import Decision
from agent.conversation.prices import load_prices
from agent.conversation.run import Run, RunStatus
from agent.events.types import RunError, RunFinished
from agent.events.wire import encode
from agent.figures import duration, plural
from agent.formats.exports.json import run_as_object
from agent.settings.settings import Settings
from agent.sources.race import Race, Racer
from agent.text import visible
from tui.cli.headless.approving import ask_terminal
from tui.cli.headless.printers import Format, choose_encoding, make_printer
from tui.cli.parsing import EXIT_CANCELLED, EXIT_FAILED, EXIT_OK
from tui.process.loop import run_to_end
from tui.screens.race.opening import RaceOpening
from tui.terminal.descriptors import own_output

__all__ = ["print_race"]


def print_race(
    settings: Settings,
    question: str,
    models: list[str],
    output_format: Format,
    *,
    past: Path | None,
    save: bool,
    approve_all: bool,
) -> int:
    """Have the models answer and print what they say; gives the exit code: 0 where one answered, 1 where none did, 130
    where all were cancelled.

    `past` is the session whose turns go before; it is left as it is.

    Raises:
        TranscriptError: that cannot be read.
        OSError: standard output takes no more; the turns were cancelled, and what they said is saved.
    """
    choose_encoding(output_format)
    with own_output() as out:
        opening = RaceOpening(question=question, models=tuple(models), past=past)
        race = opening.race(settings) if save else Race.of(settings, question, models, save=False)
        try:
            run_to_end(_Printed(race, output_format, out, approve_all=approve_all).run())
            if output_format == "json":
                out.write(json.dumps(_told(race, settings), ensure_ascii=False, indent=2) + "\n")
                out.flush()
        finally:
            race.close()
            _tell_problems(race)
    turns = [racer.turn for racer in race.racers]
    if any(turn is not None and turn.status is RunStatus.ANSWERED for turn in turns):
        return EXIT_OK
    is_cancelled = all(turn is None or turn.status is RunStatus.CANCELLED for turn in turns)
    return EXIT_CANCELLED if is_cancelled else EXIT_FAILED


class _Printed:
    """A race that is printed as it goes on."""

    def __init__(self, race: Race, output_format: Format, out: TextIO, *, approve_all: bool) -> None:
        self._race = race
        self._format: Format = output_format
        self._out = out
        self._approve_all = approve_all
        self._asked = asyncio.Event()
        self._refusal: OSError | None = None

    async def run(self) -> None:
        """Run all turns to their ends."""
        loop = asyncio.get_running_loop()
        self._race.listeners.append(self._asked.set)
        with contextlib.ExitStack() as stack:
            for signal_number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(signal_number, self._race.cancel_all)
                stack.callback(loop.remove_signal_handler, signal_number)
            approver = loop.create_task(self._approve())
            stack.callback(approver.cancel)
            await asyncio.gather(*(self._answer(racer) for racer in self._race.racers))
        if self._refusal is not None:
            raise self._refusal

    async def _answer(self, racer: Racer) -> None:
        text = StringIO()
        printer = make_printer(self._format, text) if self._format in ("text", "tokens", "steps") else None
        async for event in self._race.events(racer):
            racer.session.conversation.apply(event)
            if printer is not None:
                printer(event)
            elif self._format == "events":
                told = json.dumps({"model": racer.name}, ensure_ascii=False).removesuffix("}")
                self._say(f'{told}, "event": {encode(event).decode()}}}\n')
            if printer is not None and isinstance(event, RunFinished | RunError):
                printer.end()
                self._say(f"{_heading(racer)}\n{text.getvalue()}\n")

    def _say(self, text: str) -> None:
        if self._refusal is not None:
            return
        try:
            self._out.write(visible(text) if self._out.isatty() else text)
            self._out.flush()
        except OSError as error:  # nobody reads any more, or the disk is full
            self._refusal = error
            self._race.cancel_all()

    async def _approve(self) -> None:
        """Decide about what tools ask, until it is cancelled: as the arguments say, else by asking at the terminal."""
        while True:
            await self._asked.wait()
            self._asked.clear()
            if (call := self._race.asking) is None:
                continue
            decision = Decision("session")
            if not self._approve_all or call.is_question:
                names = ", ".join(racer.name for racer in self._race.askers)
                decision = await ask_terminal(call, self._race.asked_schema, names)
            if self._race.asking is call:
                self._race.decide(decision)


def _heading(racer: Racer) -> str:
    turn = racer.turn
    assert turn is not None  # noqa: S101 - it has ended
    words = [str(turn.status).replace("_", " ")]
    if turn.elapsed is not None:
        words.append(duration(turn.elapsed))
    if turn.time_to_first_token is not None:
        words.append(f"first token {duration(turn.time_to_first_token)}")
    words.append(plural(_tokens(turn), "token"))
    return visible(f"== {racer.name}: {', '.join(words)}")


def _tokens(turn: Run) -> int:
    """As the provider counted, else the fragments that came."""
    return turn.fragment_count if turn.output_tokens is None else turn.output_tokens


def _told(race: Race, settings: Settings) -> dict[str, Any]:
    price = load_prices("openai")
    racers = []
    for racer in race.racers:
        turn, cost = racer.turn, None
        if turn is not None and price is not None and racer.engine.settings.asks_openai:
            cost = price(turn)
        figures = (
            {}
            if turn is None
            else {
                "duration_ms": turn.elapsed,
                "first_token_ms": turn.time_to_first_token,
                "tokens": _tokens(turn),
                **run_as_object(turn),
            }
        )
        session = racer.session.id if racer.session.path is not None else None
        known = {"model": racer.model, "session": session, "cost_usd": None if cost is None else float(cost)}
        racers.append({**known, **figures, "model": racer.model})
    return {"question": race.question, "racers": racers}


def _tell_problems(race: Race) -> None:
    for racer in race.racers:
        turn = racer.turn
        if turn is not None and turn.error is not None:
            print(f"tickertape: {visible(f'{racer.name}: {turn.error}')}", file=sys.stderr)
        for problem in racer.session.problems:
            print(f"tickertape: {visible(problem)}", file=sys.stderr)
