"""`tickertape replay --print`: a recording as text, at its own pace or another, from a source to an exit code."""

import asyncio
import math
import signal
import sys

from agent.conversation.run import Run, RunStatus
from agent.errors import UsageError
from agent.formats.exports.words import ending_of
from agent.formats.imports.opening import open_viewed
from agent.recordings.moments import position_of
from agent.recordings.player import LoopClock, Player
from agent.recordings.recording import Recording
from agent.text import visible
from tui.cli.headless.printers import Format, choose_encoding, make_printer
from tui.screens.replay.opening import Opening, Start

__all__ = ["replay"]


def replay(opening: Opening, print_format: Format) -> int:
    """Print a recording on standard output and give the exit code: 0, 1 where its last turn was not answered, 2 where
    there is no event in it, 130 on Ctrl+C.

    What was before the time where it begins is not printed. Turns that were not answered are told on standard error;
    of events, which are passed on as they are, nothing is told, and the code is 0.

    Raises:
        UsageError: it begins at a share of its length, or at a moment that there is not.
        ValueError: the speed or the limit is not above zero.
        OSError: standard output takes no more.
    """
    start = opening.start or Start(ms=0.0)
    if start.fraction is not None:
        raise UsageError("--print begins at a time or a moment: --from 0:12, --from turn:2")
    choose_encoding(print_format)
    recording = Recording(
        opening.source, follow=opening.is_followed(others=False), ahead=opening.ahead, formats=open_viewed
    )
    player = Player(recording, LoopClock(), speed=opening.speed, idle_limit=opening.idle_limit, paced=opening.paced)
    try:
        return asyncio.run(_play(recording, player, print_format, start))
    finally:
        for problem in recording.problems:
            sys.stderr.write(f"tickertape: {visible(problem)}\n")


async def _play(recording: Recording, player: Player, print_format: Format, start: Start) -> int:
    """Load and print side by side, until the end or Ctrl+C; gives the exit code."""
    loop = asyncio.get_running_loop()
    loading = loop.create_task(recording.load())
    printing = loop.create_task(_print(recording, player, print_format, start))
    signals = (signal.SIGINT, signal.SIGTERM)
    for signal_number in signals:
        loop.add_signal_handler(signal_number, printing.cancel)
    try:
        return await printing
    except asyncio.CancelledError:
        return 130
    finally:
        for signal_number in signals:
            loop.remove_signal_handler(signal_number)
        loading.cancel()
        await asyncio.wait({loading})


async def _print(recording: Recording, player: Player, print_format: Format, start: Start) -> int:
    """Print what falls due from `start` on; gives the exit code."""
    await _loaded(recording, player, math.inf if start.ms is None else start.ms)
    if start.moment is not None:
        player.seek_event(position_of(start.moment, recording))
    elif start.ms:
        player.seek(start.ms)
        if player.at_end and len(recording):
            sys.stderr.write(f"tickertape: {visible(recording.name)} is only {player.length / 1_000:.1f} s long\n")
            return 2
    before = player.fold()
    say = make_printer(print_format, sys.stdout, before)
    skipped = len(before.runs) - (before.open_run is not None)
    player.play()
    async for event in player.events():
        if print_format == "events":
            _write_line(recording.raw(player.position - 1))
        else:
            say(event)
    say.end()
    if not len(recording):
        return 2
    return 0 if print_format == "events" else _tell_ends(player.fold().runs[skipped:], skipped + 1)


def _tell_ends(runs: list[Run], number: int) -> int:
    """Tell of each turn that was not answered how it ended; gives the exit code. `number` is the first one's."""
    code = 0
    for turn, run in enumerate(runs, start=number):
        code = int(run.status is not RunStatus.ANSWERED)
        if run.status is RunStatus.RUNNING:
            sys.stderr.write(f"tickertape: turn {turn} is cut off where the recording ends\n")
        elif code:
            why = f": {visible(run.error)}" if run.error else ""
            sys.stderr.write(f"tickertape: turn {turn}: {ending_of(run).lower()}{why}\n")
    return code


def _write_line(raw: bytes) -> None:
    """The bytes as they were recorded; a terminal is not given what it would obey."""
    if sys.stdout.isatty():
        sys.stdout.write(visible(raw.decode(errors="replace")) + "\n")
        sys.stdout.flush()
    else:
        sys.stdout.buffer.write(raw + b"\n")
        sys.stdout.buffer.flush()


async def _loaded(recording: Recording, player: Player, ms: float) -> None:
    """Wait until the recording is read up to a time, in ms, or to its end."""
    grown = asyncio.Event()
    recording.listeners.append(grown.set)
    while not recording.finished and player.length < ms:
        grown.clear()
        await grown.wait()
    recording.listeners.remove(grown.set)
