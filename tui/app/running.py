"""Runs the application in the terminal and sees it out: left by the user, a signal, a closed terminal, a fault.

In every case the terminal is given back as it was, the transcript is closed and the exit code tells the truth. What is
said of it afterwards is the caller's business.
"""

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from agent.settings.settings import Settings
from tui.app.app import TickertapeApp
from tui.process.loop import run_to_end
from tui.terminal.driver import AsciiDriver, TerminalDriver
from tui.terminal.reports import guessed_background

if TYPE_CHECKING:
    from agent.reading.ahead import ReadAhead
    from tui.screens.compare.opening import CompareOpening
    from tui.screens.race.opening import RaceOpening
    from tui.screens.replay.opening import Opening

__all__ = ["Ending", "run_app"]

log = logging.getLogger(__name__)

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_PATIENCE = 3.0
"""Seconds from a signal in which the program must have ended by itself; a stuck terminal or tool may keep it."""


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How the application ended."""

    code: int
    """The exit code: 0 where the user left it, 128 and its number for a signal, 1 for a fault of ours."""
    problem: str | None
    """What ended it where that was not the user, in a few words."""
    session: Path | None
    """The session that was shown, where it can be gone on with."""


def run_app(
    settings: Settings,
    path: Path | None,
    ahead: "ReadAhead | None" = None,
    *,
    replay: "Opening | None" = None,
    race: "RaceOpening | None" = None,
    comparison: "CompareOpening | None" = None,
) -> Ending:
    """Run the application until it ends.

    Takes SIGINT, SIGTERM and SIGHUP over for good: the program is to leave when this has returned.
    """
    driver = AsciiDriver if settings.ascii else TerminalDriver
    app = TickertapeApp(settings, path, ahead, replay=replay, race=race, comparison=comparison, driver_class=driver)
    app.follow_background(is_light=guessed_background(os.environ))

    async def run() -> None:
        with _ended_by_signals(app):
            await app.run_async(mouse=settings.mouse)

    try:
        run_to_end(run())
    except BaseException as error:  # what no loop stops: SystemExit out of foreign code, say
        log.critical("ended by what nothing catches", exc_info=error)
        app.restore_terminal()
        return Ending(code=1, problem=f"ended by {type(error).__name__}", session=app.session)
    return Ending(code=app.return_code or 0, problem=app.problem, session=app.session)


@contextmanager
def _ended_by_signals(app: TickertapeApp) -> Iterator[None]:
    """Have signals end the application in good order; by force where that takes too long, or at the second one."""
    loop = asyncio.get_running_loop()
    last_resort: list[threading.Timer] = []

    def by_force(code: int) -> None:
        app.restore_terminal()
        os._exit(code)

    def end(number: int, _frame: FrameType | None) -> None:
        # A handler of the loop would not be run while the loop waits for a terminal that takes nothing.
        code = 128 + number
        if last_resort:
            by_force(code)
        timer = threading.Timer(_PATIENCE, by_force, [code])
        timer.daemon = True
        timer.start()
        last_resort.append(timer)
        words = f"ended by {signal.Signals(number).name}"
        with suppress(RuntimeError):  # the loop has ended by itself in the meantime
            loop.call_soon_threadsafe(app.call_later, app.end, words, code)

    for number in _SIGNALS:
        signal.signal(number, end)
    try:
        yield
    finally:
        for timer in last_resort:
            timer.cancel()
