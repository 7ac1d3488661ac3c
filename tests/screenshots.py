"""Writes `screenshots/` anew, from real runs of the app on the offline model: `python -m tests.screenshots`.

Every picture is of the whole program, driven by its own keys; nothing in it is drawn by hand.
"""

import asyncio
import contextlib
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from agent.conversation.run import Run, RunStatus
from agent.library.library import Library
from agent.settings.settings import Settings
from agent.sources.engine import Engine
from agent.transcripts.folders import Sessions
from agent.transcripts.session import Session
from tests.places import ROOT
from tests.tui.panes.host import shown
from tests.tui.replays import SHARED_STATE
from tui.app.app import TickertapeApp
from tui.app.themes import DARK, LIGHT
from tui.screens.chat.screen import ChatScreen
from tui.screens.compare.opening import Compared, CompareOpening
from tui.screens.race.opening import RaceOpening
from tui.screens.replay.opening import Opening

__all__ = ["FOLDER", "main"]

FOLDER = ROOT / "screenshots"
_DEADLINE = 20.0
_SAMPLE = Path(str(resources.files("agent") / "recordings" / "sample.jsonl"))
_TOOLS = '''
def book_table(restaurant: str, guests: int) -> str:
    """Book a table at a restaurant for a number of guests."""
    return f"Booked {restaurant} for {guests}."
'''


@dataclass
class Stage:
    """The app on a headless screen, and what a scene does with it."""

    pilot: Pilot[int]
    asked: int = field(default=0)

    @property
    def screen(self) -> ChatScreen:
        """The chat, whatever popup is over it."""
        return next(screen for screen in self.pilot.app.screen_stack if isinstance(screen, ChatScreen))

    @property
    def sidebar(self) -> str:
        """What the list of sessions shows."""
        return shown(self.screen.chat.history.list) if self.screen.chat is not None else ""

    @property
    def run(self) -> Run | None:
        """The newest turn."""
        runs = self.screen.chat.session.conversation.runs if self.screen.chat is not None else []
        return runs[-1] if runs else None

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait until it is so."""
        async with asyncio.timeout(_DEADLINE):
            while not is_so():
                await self.pilot.pause(0.01)

    async def type(self, text: str) -> None:
        """Type into the input and send."""
        self.screen.prompt.focus()
        self.screen.prompt.insert(text)
        await self.pilot.press("enter")

    async def ask(self, question: str) -> None:
        """Ask, and wait for the end of the turn."""
        self.asked += 1
        await self.type(question)
        await self.until(lambda: self._ended(self.asked))
        await self.pilot.pause(0.1)

    def _ended(self, turns: int) -> bool:
        chat = self.screen.chat
        return chat is not None and len(chat.session.conversation.runs) == turns and not chat.is_running

    async def shoot(self, name: str) -> None:
        """Save the picture, when all that is due has been painted."""
        await self.pilot.pause(0.1)
        svg = self.pilot.app.export_screenshot(title="tickertape")
        FOLDER.mkdir(exist_ok=True)
        (FOLDER / f"{name}.svg").write_text(svg, encoding="utf-8")
        sys.stdout.write(f"{name}\n")


@contextlib.asynccontextmanager
async def _stage(
    size: tuple[int, int] = (120, 40),
    *,
    theme: str = DARK.name,
    rate: float = 0,
    tools: tuple[str, ...] = (),
    folder: str | None = None,
) -> AsyncIterator[Stage]:
    """The app, ready to answer, with a data folder of its own where none is given."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as own:
        environ = {"TICKERTAPE_DATA_DIR": folder or own, "TICKERTAPE_OFFLINE_RATE": str(rate)}
        settings = Settings.load(environ, tools=tools)
        async with TickertapeApp(settings, theme=theme).run_test(size=size) as pilot:
            stage = Stage(pilot)
            await stage.until(lambda: stage.screen.chat is not None and stage.screen.chat.status.is_mounted)
            assert stage.screen.chat is not None
            await stage.screen.chat.load()
            yield stage


async def _streaming() -> None:
    async with _stage(rate=30) as stage:
        await stage.ask("What is 10 + 10?")
        await stage.type("What is (3 + 4) * 2^5?")
        await stage.until(lambda: stage.run is not None and len(stage.run.steps) == 3 and bool(stage.run.messages))
        await stage.until(lambda: stage.run is not None and len(stage.run.messages[0].fragments) >= 9)
        await stage.shoot("streaming")
        await stage.until(lambda: stage.run is not None and not stage.run.is_open)
        await stage.pilot.pause(0.2)
        await stage.shoot("finished")


async def _failures() -> None:
    async with _stage() as stage:
        await stage.ask("What is 2 to the power of 10?")
        await stage.ask("What is 10 / 0 plus 7?")
        await stage.shoot("failed-tool")
    async with _stage(rate=20) as stage:
        await stage.type("What is (1+2)*(3+4)*(5+6)?")
        await stage.until(
            lambda: stage.run is not None and len(stage.run.steps) == 2 and bool(stage.run.steps[1].calls)
        )
        await stage.pilot.press("escape")
        await stage.until(lambda: stage.run is not None and stage.run.status is RunStatus.CANCELLED)
        await stage.shoot("cancelled")


async def _approval() -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        (Path(folder) / "dinner.py").write_text(_TOOLS, encoding="utf-8")
        sys.path.insert(0, folder)
        async with _stage(tools=("dinner:book_table",)) as stage:
            await stage.type('book_table("Chez Panisse", 4)')
            await stage.until(lambda: stage.run is not None and bool(stage.run.calls))
            await stage.pilot.pause(0.8)
            await stage.shoot("approval")
        sys.path.remove(folder)


async def _sizes() -> None:
    for width, height in ((80, 24), (60, 20)):
        async with _stage((width, height)) as stage:
            await stage.ask("What is (3 + 4) * 2^5?")
            await stage.ask("now double it")
            await stage.shoot(f"{width}x{height}")
            await stage.pilot.press("ctrl+t")
            await stage.shoot(f"{width}x{height}-steps")


_DAYS: tuple[tuple[int, tuple[str, ...]], ...] = (
    (75, ("What is 19 percent of 240? 240 * 19 / 100", "and of 310? 310 * 19 / 100")),
    (34, ("2 to the power of 16", "minus 1")),
    (33, ("How many seconds has a leap year? 366 * 24 * 60 * 60",)),
    (3, ("(17 + 25) * 3",)),
    (1, ("What is 10 / (5 - 5)?", "What is 10 / 4?")),
    (0, ("What is (3 + 4) * 2^5?", "now double it", "plus 1000")),
    (0, ("10 + 10",)),
)
"""Days ago, and what was asked then."""


async def _fill(folder: Path) -> None:
    """Sessions of many days: answered now, and moved to the day that they are to be of."""
    library = Library(folder)
    for number, (days, questions) in enumerate(_DAYS):
        session = Session.new(Sessions(folder))
        engine = Engine(Settings(model="offline", data_dir=folder, offline_rate=0))
        for question in questions:
            async with engine.start(question, session.conversation) as run:
                async for event in session.record(run):
                    session.conversation.apply(event)
        session.close()
        assert session.path is not None
        shift = days * 86_400_000 + (len(_DAYS) - number) * 60_000
        lines = [json.loads(line) for line in session.path.read_bytes().splitlines()]
        for line in lines:
            line["timestamp"] -= shift
        session.path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        os.utime(session.path, (lines[-1]["timestamp"] / 1000,) * 2)
        if days == 75:
            library.rename(session.id, "Taxes 2026")
            library.pin(session.id, True)
    library.refresh()


async def _history() -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        await _fill(Path(folder))
        async with _stage(folder=folder, rate=20) as stage:
            await stage.until(lambda: "Taxes" in stage.sidebar)
            await stage.pilot.press("ctrl+b", "home", "down", "right", "down", "enter")
            await stage.until(lambda: stage.run is not None)
            await stage.pilot.press("ctrl+b")
            await stage.shoot("history")
            await stage.pilot.press("ctrl+r", *"1448")
            await stage.until(lambda: "1448" in stage.sidebar)
            await stage.shoot("search")
            await stage.pilot.press("down", "down", "enter")
            await stage.pilot.pause(0.3)
            await stage.pilot.press("ctrl+f", *"448")
            await stage.pilot.pause(0.3)
            await stage.shoot("find")
            await stage.pilot.press("escape", "ctrl+r", "escape")
            await stage.until(lambda: "October" in stage.sidebar)
            await stage.pilot.press("down", "end", "delete")
            await stage.pilot.pause(0.3)
            await stage.shoot("deleted")
            await stage.pilot.press("u")
            await stage.pilot.pause(0.3)
            await stage.pilot.press("home", "f2")
            await stage.pilot.pause(0.3)
            await stage.shoot("rename")
        async with _stage((80, 24), folder=folder) as stage:
            await stage.pilot.press("ctrl+b")
            await stage.until(lambda: "Taxes" in stage.sidebar)
            await stage.shoot("80x24-history")


@contextlib.asynccontextmanager
async def _opened(size: tuple[int, int] = (120, 40), *, rate: float = 40, **openings: Any) -> AsyncIterator[Stage]:
    """The app with something else than a chat, as the app takes it."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        settings = Settings(model="offline", data_dir=Path(folder), offline_rate=rate)
        async with TickertapeApp(settings, **openings).run_test(size=size) as pilot:
            await pilot.pause(0.5)
            yield Stage(pilot)


def _replay(source: Path, size: tuple[int, int] = (120, 40)) -> contextlib.AbstractAsyncContextManager[Stage]:
    """A replay that stands at its beginning."""
    return _opened(size, replay=Opening(source=source, playing=False))


async def _travel() -> None:
    async with _replay(_SAMPLE) as stage:
        await stage.pilot.press("n", "f6", *["right"] * 30)
        await stage.shoot("waterfall")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        left, right = [await _answered(Path(folder), f"What is (3 + {number}) * 2^5?") for number in (4, 5)]
        async with _opened(
            comparison=CompareOpening(left=Compared(source=left), right=Compared(source=right))
        ) as stage:
            await stage.shoot("compare")
    async with _opened(race=RaceOpening(question="What is (3 + 4) * 2^5?", models=("offline", "offline"))) as stage:
        await stage.pilot.pause(1.5)
        await stage.shoot("race")


async def _answered(folder: Path, question: str) -> Path:
    """The file of a session in which this was asked and answered."""
    session = Session.new(Sessions(folder))
    engine = Engine(Settings(model="offline", data_dir=folder, offline_rate=400))
    async with engine.start(question, session.conversation) as run:
        async for event in session.record(run):
            session.conversation.apply(event)
    session.close()
    assert session.path is not None
    return session.path


async def _replays() -> None:
    call_that_fails = ("n", "n", "n", "t", "t", *["full_stop"] * 14)
    async with _replay(_SAMPLE) as stage:
        await stage.pilot.press(*call_that_fails)
        await stage.shoot("replay")
        await stage.pilot.press("enter")
        await stage.pilot.pause(0.3)
        await stage.shoot("go-live")
    async with _replay(_SAMPLE, (80, 24)) as stage:
        await stage.pilot.press(*call_that_fails)
        await stage.shoot("80x24-replay")
    async with _replay(_SAMPLE) as stage:
        await stage.pilot.press("n", "n", "n", "n", "space")
        await stage.pilot.pause(1.6)
        await stage.shoot("replay-playing")
    async with _replay(SHARED_STATE) as stage:
        await stage.pilot.press("end", "comma", "comma")
        await stage.shoot("replay-foreign")


async def _rest() -> None:
    async with _stage() as stage:
        await stage.shoot("empty")
        await stage.pilot.press("f1")
        await stage.shoot("help")
        await stage.pilot.press("escape", "f4")
        await stage.pilot.pause(0.3)
        await stage.shoot("models")
        await stage.pilot.press("escape", "f10")
        await stage.pilot.pause(0.5)
        await stage.shoot("tools")
    async with _stage(theme=LIGHT.name) as stage:
        await stage.ask("hello")
        await stage.ask("What is (3 + 4) * 2^5?")
        await stage.shoot("light")
        await stage.pilot.press("tab", "tab", "tab")
        stage.screen.action_walk("previous")
        await stage.pilot.press("enter")
        await stage.shoot("call")


async def main() -> None:
    """Write all pictures."""
    for scene in (_streaming, _failures, _approval, _sizes, _history, _replays, _travel, _rest):
        await scene()


if __name__ == "__main__":
    os.environ.pop("NO_COLOR", None)
    asyncio.run(main())
