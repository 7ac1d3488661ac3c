"""Writes `screenshots/` anew, from real runs of the app on the offline model: `python -m tests.screenshots`.

Every picture is of the whole program, driven by its own keys; nothing in it is drawn by hand.
"""

import asyncio
import contextlib
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

from textual.pilot import Pilot

from agent.items import Run, RunStatus
from agent.settings import Settings
from tui.app import TickertapeApp
from tui.screens.chat import ChatScreen
from tui.themes import DARK, LIGHT

__all__ = ["FOLDER", "main"]

FOLDER = Path(__file__).parent.parent / "screenshots"
_DEADLINE = 20.0
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
    size: tuple[int, int] = (120, 40), *, theme: str = DARK.name, rate: float = 0, tools: tuple[str, ...] = ()
) -> AsyncIterator[Stage]:
    """The app, ready to answer, with a data folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        environ = {"TICKERTAPE_DATA_DIR": folder, "TICKERTAPE_OFFLINE_RATE": str(rate)}
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
    with tempfile.TemporaryDirectory() as folder:
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


async def _rest() -> None:
    async with _stage() as stage:
        await stage.shoot("empty")
        await stage.pilot.press("f1")
        await stage.shoot("help")
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
    for scene in (_streaming, _failures, _approval, _sizes, _rest):
        await scene()


if __name__ == "__main__":
    os.environ.pop("NO_COLOR", None)
    asyncio.run(main())
