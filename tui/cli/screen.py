"""Opening the application in the terminal that the program was started from."""

import argparse
import contextlib
import gc
import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from agent.errors import UsageError
from agent.settings.settings import Settings
from agent.text import visible
from tui.cli.parsing import chosen_session
from tui.terminal.descriptors import private_terminal

if TYPE_CHECKING:
    from agent.reading.ahead import ReadAhead
    from tui.screens.compare.opening import CompareOpening
    from tui.screens.race.opening import RaceOpening
    from tui.screens.replay.opening import Opening

__all__ = ["open_chat", "prepare_terminal", "show"]

_CANNOT_DRAW = frozenset({"", "dumb", "unknown"})


def open_chat(settings: Settings, args: argparse.Namespace) -> int:
    """The application, on a new chat or on the session that was asked for.

    Raises:
        UsageError: there is no terminal.
        SessionNotFound: there is no such session.
    """
    prepare_terminal('without one: tickertape ask "QUESTION"')
    path = chosen_session(settings, args)
    if path is None:
        return show(settings)
    from agent.reading.ahead import reading_ahead  # few commands need it

    with reading_ahead(path, "session") as ahead:  # while all that shows it is being imported
        return show(settings, path, ahead)


def show(
    settings: Settings,
    path: Path | None = None,
    ahead: "ReadAhead | None" = None,
    *,
    replay: "Opening | None" = None,
    race: "RaceOpening | None" = None,
    comparison: "CompareOpening | None" = None,
) -> int:
    """The application on a session, or on what is to be replayed, until the user leaves it; gives the exit code.

    `ahead` reads the session already.
    """
    # To walk over all that is being imported, again and again, is a tenth of a start. The screens turn it on again.
    gc.disable()
    from tui.app.running import run_app

    with private_terminal(settings.log_path):
        ending = run_app(settings, path, ahead, replay=replay, race=race, comparison=comparison)
    with contextlib.suppress(OSError):  # the terminal may be what is gone
        if ending.problem is not None:
            problem = visible(settings.secrets.hidden(ending.problem))
            print(f"tickertape: {problem}; log: {settings.log_path}", file=sys.stderr)
        if ending.session is not None:
            print(f"Go on with this session: {_command_for(settings, ending.session)}")
            sys.stdout.flush()
    return ending.code


def _command_for(settings: Settings, session: Path) -> str:
    """What goes on with a session from any shell of the user's."""
    words = ["tickertape"]
    if settings.data_dir != Settings.load(os.environ).data_dir:
        words += ["--data-dir", str(settings.data_dir)]
    return shlex.join([*words, "--resume", session.stem])


def prepare_terminal(otherwise: str) -> None:
    """See to it that there is a screen to draw on and keys to take; to be called before Textual is imported.

    `otherwise` is the advice for where there is none.

    Raises:
        UsageError: there is no terminal.
    """
    if not sys.stdout.isatty():
        raise UsageError(f"the screen needs a terminal; {otherwise}")
    if (kind := os.environ.get("TERM", "")) in _CANNOT_DRAW and sys.platform != "win32":
        raise UsageError(f"TERM is {kind or 'not set'}, which draws no screen; {otherwise}")
    if not sys.stdin.isatty():
        _reopen_terminal(otherwise)
    # Textual reads it when it is imported. Its own timer for repaints comes behind the frames of the presenter; at
    # twice its usual rate a key is echoed in two thirds of the time, at the same cost.
    os.environ.setdefault("TEXTUAL_FPS", "120")


def _reopen_terminal(otherwise: str) -> None:
    """Take the keys from the terminal itself where standard input is a pipe.

    Raises:
        UsageError: there is no terminal.
    """
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY)
    except OSError as error:
        raise UsageError(f"the screen needs a terminal; {otherwise}") from error
    os.dup2(terminal, 0)
    os.close(terminal)
    sys.stdin = open(0, encoding=sys.stdin.encoding, closefd=False)  # noqa: SIM115 - lives as long as the program
