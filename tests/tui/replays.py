"""What the tests of the replay share: a clock that is set by hand, recordings, and the app on one of them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import BufferedIOBase, BytesIO
from pathlib import Path

from rich.style import Style
from textual.pilot import Pilot
from textual.strip import Strip
from textual.widget import Widget

from agent.events import types as ev
from agent.events import wire
from agent.recordings.player import Clock
from agent.settings.settings import Settings
from tests.tui.panes.host import shown
from tests.tui.settling import until
from tui.app.app import TickertapeApp
from tui.app.themes import DARK
from tui.screens.replay.controller import ReplayController
from tui.screens.replay.opening import Opening
from tui.screens.replay.screen import ReplayScreen

__all__ = [
    "FIXTURES",
    "SHARED_STATE",
    "HandClock",
    "Replay",
    "Styled",
    "app_on",
    "is_shown",
    "pressing",
    "replay_in",
    "replay_of",
    "screen_lines",
    "session",
    "stream",
    "styled",
]

START = 1_795_448_290_000


def _fixtures() -> Path:
    import ag_ui_validate

    return Path(ag_ui_validate.__path__[0]) / "spec" / "fixtures" / "valid"


FIXTURES = sorted(_fixtures().glob("*.jsonl"))
"""Valid streams of others."""
SHARED_STATE = _fixtures() / "shared-state.jsonl"
"""One with events that the screen has no picture for."""


class HandClock:
    """A clock that moves only when it is told to."""

    def __init__(self) -> None:
        self._now = 0.0
        self._moved = asyncio.Event()

    def now(self) -> float:
        """Seconds."""
        return self._now

    async def wait(self, woken: asyncio.Event, until: float | None) -> None:
        """Wait, as `agent.recordings.player.Clock` says."""
        while not woken.is_set() and (until is None or self._now < until):
            self._moved.clear()
            waiting = {asyncio.ensure_future(woken.wait()), asyncio.ensure_future(self._moved.wait())}
            try:
                await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for wait in waiting:
                    wait.cancel()

    def advance(self, seconds: float) -> None:
        """Let time go by."""
        self._now += seconds
        self._moved.set()


@dataclass
class Replay:
    """The app on a headless screen, with its replay loaded."""

    pilot: Pilot[int]
    screen: ReplayScreen
    controller: ReplayController
    clock: HandClock

    @property
    def position(self) -> int:
        return self.controller.player.position

    async def press(self, *keys: str) -> None:
        """Press keys and wait until what they ask for is shown."""
        await self.pilot.press(*keys)
        await self.settle()

    async def seek(self, jump: Callable[..., None], *places: float) -> None:
        """Do a jump of the player and wait until it is shown."""
        self.controller.seek(lambda: jump(*places))
        await self.settle()

    async def settle(self) -> None:
        """Wait until the jumps are shown and painted."""
        await self.pilot.pause()
        await self.until(lambda: is_shown(self.screen))
        await self.pilot.pause()

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait until it is so."""
        await until(self.pilot, is_so)

    async def pass_time(self, seconds: float) -> None:
        """Let the clock go on, and show what that brings."""
        self.clock.advance(seconds)
        await self.pilot.pause()
        self.controller.tick()
        await self.pilot.pause()

    @property
    def picture(self) -> dict[str, str]:
        """What the panes show."""
        replay = self.controller
        panes = (replay.message_log, replay.tool_tree, replay.status, replay.inspector, replay.event_json, replay.bar)
        return {str(pane.id): shown(pane) for pane in panes}


def is_shown(screen: ReplayScreen) -> bool:
    """Whether the screen shows where the player stands, and whether it plays."""
    replay = screen.replay
    return replay is not None and replay.is_shown and screen.bar.standing.playing == replay.player.playing


def app_on(
    source: Path | BufferedIOBase | Iterable[ev.Event] | bytes,
    folder: Path,
    *,
    playing: bool = False,
    ascii: bool = False,
    theme: str = DARK.name,
    model: str = "offline",
    clock: Clock | None = None,
) -> TickertapeApp:
    """The app on a recording; its clock stands still where none is given."""
    if isinstance(source, Path | BufferedIOBase):
        opening = Opening(source=source, playing=playing)
    else:
        data = source if isinstance(source, bytes) else b"".join(wire.encode(event) + b"\n" for event in source)
        opening = Opening(source=BytesIO(data), playing=playing)
    settings = Settings(model=model, data_dir=folder, offline_rate=0, ascii=ascii)
    return TickertapeApp(settings, replay=opening, clock=clock or HandClock(), theme=theme)


def pressing(*keys: str) -> Callable[[Pilot[int]], Awaitable[None]]:
    """What a snapshot is taken after."""

    async def press(pilot: Pilot[int]) -> None:
        screen = pilot.app.screen
        assert isinstance(screen, ReplayScreen)
        await until(pilot, lambda: screen.replay is not None and screen.replay.recording.finished)
        await until(pilot, lambda: is_shown(screen))
        for key in keys:
            await pilot.press(key)
            await until(pilot, lambda: is_shown(screen))
        await pilot.pause()

    return press


@asynccontextmanager
async def replay_of(
    source: Path | BufferedIOBase | Iterable[ev.Event] | bytes,
    folder: Path,
    *,
    size: tuple[int, int] = (120, 40),
    playing: bool = False,
    ascii: bool = False,
    theme: str = DARK.name,
    model: str = "offline",
    clock: Clock | None = None,
    loaded: bool = True,
) -> AsyncIterator[Replay]:
    """The app on a recording; `loaded` waits until all of it has been read."""
    hand = HandClock()
    app = app_on(source, folder, playing=playing, ascii=ascii, theme=theme, model=model, clock=clock or hand)
    async with replay_in(app, hand, size=size, loaded=loaded) as replay:
        yield replay


@asynccontextmanager
async def replay_in(
    app: TickertapeApp, clock: HandClock, *, size: tuple[int, int] = (120, 40), loaded: bool = True
) -> AsyncIterator[Replay]:
    """An app on a recording, run; `clock` is what it was given."""
    async with app.run_test(size=size) as pilot:
        screen = app.screen
        assert isinstance(screen, ReplayScreen)
        await until(pilot, lambda: screen.replay is not None and (not loaded or screen.replay.recording.finished))
        assert screen.replay is not None
        replay = Replay(pilot, screen, screen.replay, clock)
        await replay.settle()
        yield replay
        if isinstance(app.screen, ReplayScreen):
            app.screen.stop()


def screen_lines(pilot: Pilot[int]) -> list[str]:
    """The whole screen as text."""
    return [strip.text for strip in pilot.app.screen._compositor.render_strips()]


Styled = list[list[tuple[str, Style | None]]]
"""Lines as they are on the screen: each its texts with their styles."""


def styled(pilot: Pilot[int], widget: Widget | None = None) -> Styled:
    """The screen, or what a widget has drawn on it, with all its colours.

    Without the log's scroll bar: its thumb rests on guessed heights of turns that were never in sight, so it tells
    where the reader has been.
    """
    strips = pilot.app.screen._compositor.render_strips()
    if widget is not None:
        region = widget.scrollable_content_region
        strips = [strip.crop(region.x, region.right) for strip in strips[region.y : region.bottom]]
    else:
        bar = pilot.app.screen.query_one("#log").vertical_scrollbar.region
        for y in range(bar.y, bar.bottom):
            strips[y] = Strip.join([strips[y].crop(0, bar.x), strips[y].crop(bar.right)])
    return [[(segment.text, segment.style) for segment in strip.simplify()] for strip in strips]


def stream(*events: ev.Event) -> bytes:
    """Events as a file has them."""
    return b"".join(wire.encode(event) + b"\n" for event in events)


def session(turns: int = 2) -> list[ev.Event]:
    """Turns of two parallel calls, one call after them and an answer, 20 ms between events, 5 s between turns."""
    events: list[ev.Event] = []
    now = START

    def add(event: type[ev.Event], wait: int = 20, **fields: object) -> None:
        nonlocal now
        now += wait
        events.append(event(timestamp=now, **fields))  # type: ignore[arg-type]  # each has fields of its own

    for turn in range(1, turns + 1):
        run = f"run-{turn}"
        asked = ev.InputMessage(id=f"q-{turn}", role="user", content=f"Question {turn}: what is (3 + 4) * {turn}?")
        given = ev.RunInput(thread_id="t", run_id=run, messages=[asked])
        metadata = {"app": "tickertape", "model": "offline", "maxIterations": 10}
        add(ev.RunStarted, 5_000 if turn > 1 else 0, thread_id="t", run_id=run, input=given, metadata=metadata)
        for step, calls in ((1, (("add", "7"), ("look_up", str(turn)))), (2, (("multiply", str(7 * turn)),))):
            add(ev.StepStarted, step_name=f"step {step}")
            for name, result in calls:
                call = f"{name}-{turn}"
                add(ev.ToolCallStart, 200, tool_call_id=call, tool_call_name=name)
                for piece in ('{"x"', ": 3", ', "y"', ": 4}"):
                    add(ev.ToolCallArgs, tool_call_id=call, delta=piece)
                add(ev.ToolCallEnd, tool_call_id=call)
                add(ev.Custom, name=ev.TOOL_STARTED, value={"toolCallId": call})
                add(
                    ev.ToolCallResult,
                    300,
                    message_id=f"m-{call}",
                    tool_call_id=call,
                    content=result,
                    metadata={"durationMs": 300},
                )
            add(ev.StepFinished, step_name=f"step {step}")
        add(ev.StepStarted, step_name="step 3")
        add(ev.TextMessageStart, 400, message_id=f"a-{turn}", role="assistant")
        for piece in _answer(turn):
            add(ev.TextMessageContent, 60, message_id=f"a-{turn}", delta=piece)
        add(ev.TextMessageEnd, message_id=f"a-{turn}")
        add(ev.StepFinished, step_name="step 3")
        given_back = {"answer": "".join(_answer(turn)), "tools_used": ["add", "look_up", "multiply"]}
        add(ev.RunFinished, thread_id="t", run_id=run, outcome={"type": "success"}, result=given_back)
    return events


def _answer(turn: int) -> Sequence[str]:
    return [
        "The ",
        "**result** ",
        "is ",
        f"`{7 * turn}`",
        ":\n\n",
        "- it ",
        "was ",
        "added,\n",
        "- then ",
        "multiplied.",
    ]
