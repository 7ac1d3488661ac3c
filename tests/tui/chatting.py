"""The app on a headless screen, for journeys through the chat by its own keys."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from agent.conversation.run import Run
from agent.settings.settings import Settings
from agent.threads import in_thread
from agent.transcripts.session import Session
from tests.tui.panes.host import shown
from tests.tui.settling import settle, until
from tui.app.app import TickertapeApp
from tui.screens.chat.controller import ChatController
from tui.screens.chat.screen import ChatScreen

__all__ = ["Chat", "chat_in"]


@dataclass
class Chat:
    """The app on a headless screen, with its chat filled."""

    pilot: Pilot[int]
    screen: ChatScreen
    controller: ChatController

    @property
    def runs(self) -> list[Run]:
        """The turns of the session that is shown."""
        return self.controller.session.conversation.runs

    async def settled(self) -> None:
        """Wait until no worker runs but the one that has no end, and all is painted."""
        await settle(self.pilot)

    async def indexed(self) -> None:
        """Wait until all that is saved can be found."""
        await in_thread(self.controller.library.refresh)

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait for what is painted or folded; a machine that is busy fails no test, one that waits in vain does."""
        try:
            await until(self.pilot, is_so)
        except TimeoutError:
            sidebar = shown(self.controller.history.list)
            raise AssertionError(f"never came; the sidebar:\n{sidebar}") from None

    async def ask(self, question: str) -> None:
        """Ask and wait for the end of the turn."""
        await self._send(question)
        await self.settled()

    async def begin(self) -> Session:
        """Ask what takes several calls, and wait for the first; gives the session in which that goes on."""
        await self._send("(3 + 4) * 2^5")
        asked = self.controller.session
        await self.until(lambda: bool(self.runs and self.runs[0].calls))
        return asked

    async def _send(self, question: str) -> None:
        self.screen.prompt.focus()
        self.screen.prompt.insert(question)
        await self.pilot.press("enter")


@asynccontextmanager
async def chat_in(
    folder: Path, size: tuple[int, int] = (120, 40), *, rate: float = 0, resume: Path | None = None, **settings: Any
) -> AsyncIterator[Chat]:
    """A chat on a data folder, left at the end; `rate` is the offline model's fragments a second, 0 without a pause.

    `settings` are more of what `Settings` takes.
    """
    app = TickertapeApp(Settings(**{"model": "offline", "data_dir": folder, "offline_rate": rate, **settings}), resume)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        await settle(pilot)
        screen = app.screen
        assert isinstance(screen, ChatScreen)
        assert screen.chat is not None
        yield Chat(pilot, screen, screen.chat)
        await app.action_leave()
