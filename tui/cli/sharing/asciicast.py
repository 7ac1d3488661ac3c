"""An asciicast of a replay, rendered by the app itself.

The cast is asciicast v3 (https://docs.asciinema.org/manual/asciicast/v3/) with a marker where each turn and each call
begins, or v2 (https://docs.asciinema.org/manual/asciicast/v2/), whose times are counted from the start. The app runs
without a terminal and by a clock that is set from frame to frame, so an hour is written in seconds. No file is ever
overwritten.
"""

import asyncio
import dataclasses
import json
import sys
from collections.abc import AsyncIterator, Iterable, Iterator
from io import StringIO
from math import ceil, isinf
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.segment import Segment
from textual._compositor import Compositor
from textual.app import App
from textual.pilot import Pilot
from textual.screen import Screen
from textual.strip import Strip

from agent.conversation.reducer import Conversation
from agent.errors import TickertapeError, UsageError
from agent.figures import EARLIEST
from agent.recordings.moments import position_of
from agent.recordings.player import Player
from agent.settings.settings import Settings
from agent.text import visible
from tui.app.app import TickertapeApp
from tui.app.saving import write_new
from tui.process.loop import run_to_end
from tui.screens.replay.controller import ReplayController
from tui.screens.replay.opening import Opening, Start
from tui.screens.replay.screen import ReplayScreen

__all__ = ["CastVersion", "StillClock", "export", "frame_times"]

CastVersion = Literal[2, 3]

_RATE = 30
"""Frames a second, at most."""
_PAUSE = 1000.0
"""Milliseconds without an event after which a frame shows that time goes by."""
_PAUSE_FRAMES = 60
"""Such frames of one pause, at most."""
_LABEL = 80
"""Characters of a question in a marker."""
_START = "\x1b[?25l\x1b[2J"
_END = "\x1b[0m\x1b[?25h"


class StillClock:
    """A clock that stands still: a replay on it moves only when it is told to."""

    def now(self) -> float:
        """Always the same moment."""
        return 0.0

    async def wait(self, woken: asyncio.Event, until: float | None) -> None:
        """Wait until `woken` is set; no moment ever comes by itself."""
        await woken.wait()


def export(settings: Settings, opening: Opening, path: Path, size: tuple[int, int], version: CastVersion = 3) -> int:
    """Write an asciicast of the whole replay, of `size` columns and rows, and give the exit code.

    Raises:
        UsageError: the file is there already, or there is nothing that has a pace.
        TickertapeError: it cannot be written.
    """
    if isinf(opening.speed):
        raise UsageError("--export needs a pace: --speed max has none")
    if path.exists():
        raise UsageError(f"{path} is there already and is never overwritten: name another file")
    start, opening = opening.start, dataclasses.replace(opening, start=None, playing=False, follow=False)
    app = TickertapeApp(settings, replay=opening, clock=StillClock())
    lines: list[str] = []
    problems: list[str] = []

    async def shoot(pilot: Pilot[object]) -> None:
        replay = await _loaded(pilot)
        pilot.app.screen._compositor = _Camera()
        pilot.app.screen.refresh(layout=True)
        problems.extend(replay.recording.problems)
        if len(replay.recording):
            cast = _Cast(version, app, size)
            lines.append(cast.header(replay))
            lines.extend([line async for line in _frames(pilot, replay, start, cast)])
        app.exit(0)

    run_to_end(app.run_async(headless=True, size=size, auto_pilot=shoot))
    for problem in problems:
        print(f"tickertape: {visible(problem)}", file=sys.stderr)
    if not lines:
        raise TickertapeError("nothing to export")
    write_new(path, (f"{line}\n".encode() for line in lines))
    print(f"{path}: {len(lines) - 1:,} events", file=sys.stderr)
    return 0


async def _loaded(pilot: Pilot[object]) -> ReplayController:
    """The replay, when all of its recording has been read and it stands where it begins."""
    await pilot.pause()
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()
    screen = pilot.app.screen
    if not isinstance(screen, ReplayScreen) or screen.replay is None:
        raise TickertapeError("the replay could not be opened")
    return screen.replay


async def _frames(
    pilot: Pilot[object], replay: ReplayController, start: Start | None, cast: "_Cast"
) -> AsyncIterator[str]:
    """The lines of the cast behind its header, each a moment with what it changed on the screen, or a marker."""
    player, pen = replay.player, _Pen()
    began = _start_of(player, start)
    marks = [(player.time_of(number), label) for number, label in _marks(replay) if player.time_of(number) >= began]
    times = list(frame_times(player, began))
    player.play()
    for number, time in enumerate(times, start=1):
        if number == len(times):
            player.pause()
        replay.show_at(time)
        await _settled(pilot)
        drawn = pen.draw(_strips(pilot))
        while marks and marks[0][0] <= time:
            at, label = marks.pop(0)
            yield cast.event((at - began) / 1000 / player.speed, "m", label)
        if drawn or number == len(times):
            seconds = (time - began) / 1000 / player.speed
            yield cast.event(seconds, "o", drawn + (_END if number == len(times) else ""))
        _tell_progress(number / len(times))


class _Camera(Compositor):
    """Renders the whole screen for each frame, and nothing in between for a terminal that is not there."""

    def render_update(
        self, full: bool = False, screen_stack: list[Screen[object]] | None = None, simplify: bool = False
    ) -> None:
        self._dirty_regions.clear()


async def _settled(pilot: Pilot[object]) -> None:
    """Wait until the widgets have done what they were told, and what came of that; without a guess at when."""
    for _ in range(3):  # what they were told, its layout, and that of what the layout changed
        await pilot.pause(0)


def _strips(pilot: Pilot[object]) -> Iterable[Strip]:
    """What is on the screen, line by line."""
    # No public way leads to it; the picture that Textual exports is an SVG.
    return pilot.app.screen._compositor.render_strips()


def frame_times(player: Player, start: float) -> Iterator[float]:
    """The times, in ms, at which a picture is taken: where events come, and now and then where none do."""
    frame = 1000 / _RATE * player.speed
    last = start
    yield start
    for number in range(len(player.recording)):
        time = player.time_of(number)
        if time <= last:
            continue
        # The events of one frame are shown together, at its end.
        due = start + ceil((time - start) / frame) * frame
        pause = due - last
        if pause > _PAUSE * player.speed:
            count = min(int(pause / (_PAUSE * player.speed)), _PAUSE_FRAMES)
            yield from (last + pause * part / (count + 1) for part in range(1, count + 1))
        yield min(due, player.length)
        last = due
    if last < player.length:
        yield player.length


def _start_of(player: Player, start: Start | None) -> float:
    match start:
        case Start(ms=float(ms)):
            return min(ms, player.length)
        case Start(fraction=float(fraction)):
            return player.length * fraction
        case Start(moment=str(moment)):
            position = position_of(moment, player.recording)
            return player.time_of(position - 1) if position else 0.0
        case _:
            return 0.0


def _marks(replay: ReplayController) -> list[tuple[int, str]]:
    """Where turns and calls begin, by the numbers of their events, and what they are called."""
    recording = replay.recording
    runs = recording.runs
    marks = [(number, f"turn {place}") for place, number in enumerate(recording.marks.turns, start=1)]
    if len(runs) == len(marks):
        marks = [
            (number, f"{label}: {visible(run.question[:_LABEL])}".strip(" :"))
            for (number, label), run in zip(marks, runs, strict=True)
        ]
    for number in recording.marks.calls:
        event = recording.events[number]
        marks.append((number, f"call {visible(getattr(event, 'tool_call_name', None) or '')}".strip()))
    return sorted(marks)


class _Cast:
    """Lines of one version of the format."""

    def __init__(self, version: CastVersion, app: App[int], size: tuple[int, int]) -> None:
        self._version = version
        self._app = app
        self._size = size
        self._last = 0.0
        """Seconds from the start to the event before."""

    def header(self, replay: ReplayController) -> str:
        """The first line."""
        recording, theme = replay.recording, self._app.theme_variables
        colours = self._app.ansi_theme.ansi_colors._colors
        palette = ":".join(f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in colours)
        look = {"fg": theme["foreground"], "bg": theme["background"], "palette": palette}
        columns, rows = self._size
        if self._version == 3:
            term = {"cols": columns, "rows": rows, "type": "xterm-256color", "theme": look}
            header: dict[str, object] = {"version": 3, "term": term}
        else:
            header = {"version": 2, "width": columns, "height": rows, "env": {"TERM": "xterm-256color"}, "theme": look}
        if recording.is_dated and (begun := recording.events.moment(0)) >= EARLIEST:
            header["timestamp"] = int(begun / 1000)
        beginning = Conversation(recording.events[: next(iter(recording.marks.turns), 0) + 1])
        header["title"] = visible(beginning.title) or recording.name
        return json.dumps(header, ensure_ascii=False)

    def event(self, seconds: float, code: str, data: str) -> str:
        """What happened so many seconds after the start; v3 tells how long that was after the event before."""
        seconds = max(round(seconds, 6), self._last)
        told = round(seconds - self._last, 6) if self._version == 3 else seconds
        self._last = seconds
        return json.dumps([told, code, data], ensure_ascii=False)


class _Pen:
    """Writes what differs from the last picture."""

    def __init__(self) -> None:
        self._console = Console(file=StringIO(), force_terminal=True, color_system="truecolor", legacy_windows=False)
        self._seen: list[list[Segment]] = []
        """The last picture's lines as they came, and as they were drawn."""
        self._lines: list[list[Segment]] = []

    def draw(self, strips: Iterable[Strip]) -> str:
        """What differs, for a terminal."""
        seen = [list(strip) for strip in strips]
        is_first = len(self._lines) != len(seen)
        drawn = [_START] if is_first else []
        if is_first:
            self._seen, self._lines = [[] for _ in seen], [[] for _ in seen]
        for y, segments in enumerate(seen):
            if segments == self._seen[y]:
                continue
            line = [_unlinked(segment) for segment in segments]
            if line != self._lines[y]:
                x, changed = _difference(self._lines[y], line)
                drawn.append(f"\x1b[{y + 1};{x + 1}H{Strip(changed).render(self._console)}")
            self._lines[y] = line
        self._seen = seen
        return "".join(drawn)


def _unlinked(segment: Segment) -> Segment:
    """Links have random ids, and nothing in a film can be opened."""
    style = segment.style
    return Segment(segment.text, style.update_link(None)) if style is not None and style.link else segment


def _difference(before: list[Segment], after: list[Segment]) -> tuple[int, list[Segment]]:
    """Where two lines of one width begin to differ, in cells, and what stands from there to where they agree again."""
    start = next((n for n, (old, new) in enumerate(zip(before, after, strict=False)) if old != new), len(before))
    x = sum(segment.cell_length for segment in after[:start])
    end = len(after)
    for old, new in zip(reversed(before[start:]), reversed(after[start:]), strict=False):
        if old != new:
            break
        end -= 1
    return x, after[start:end]


def _tell_progress(share: float) -> None:
    if sys.stderr.isatty():
        end = "\n" if share >= 1 else ""
        print(f"\rexporting {share:4.0%}", end=end, file=sys.stderr, flush=True)
