"""The application: themes, the first screen, the way in and the way out. No chat logic."""

import asyncio
import signal
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen

from agent.settings import Settings
from tui.loop import run_to_end
from tui.screens.chat import ChatScreen
from tui.screens.panes import PanesScreen
from tui.themes import DARK, LIGHT
from tui.widgets.prompt import map_alt_enter

__all__ = ["TickertapeApp", "run_app"]


class TickertapeApp(App[int]):
    """Tickertape on the screen."""

    TITLE = "tickertape"
    CSS_PATH = "app.tcss"
    COMMAND_PALETTE_BINDING = "ctrl+p"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+q", "leave", "Quit", priority=True)]

    def __init__(self, settings: Settings, path: Path | None = None, *, theme: str = DARK.name) -> None:
        """`path` is the session to go on with; None begins a new one."""
        super().__init__()
        self.settings = settings
        self._path = path
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = theme

    def on_mount(self) -> None:
        """Show the chat."""
        self.push_screen(ChatScreen(self.settings, resume=self._path))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """What the palette offers: all that the chat can do, the themes, and the way out."""
        if isinstance(screen, PanesScreen):
            for name, keys, do in screen.commands():
                yield SystemCommand(name, keys, do)
        yield SystemCommand("Theme", "Choose the colours", self.action_change_theme)
        yield SystemCommand("Quit", "Ctrl+Q", lambda: self.call_later(self.action_leave))

    async def action_leave(self) -> None:
        """Quit; a run that is going on is cancelled first, and what it had said is kept."""
        for screen in self.screen_stack:
            if isinstance(screen, ChatScreen):
                await screen.stop()
        self.exit(0)


def run_app(settings: Settings, path: Path | None) -> int:
    """Run the application until the user leaves it, and give the exit code."""
    map_alt_enter()
    app = TickertapeApp(settings, path)

    async def run() -> int:
        loop = asyncio.get_running_loop()
        for signal_number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(signal_number, lambda: app.call_later(app.action_leave))
        await app.run_async()
        return app.return_code or 0

    return run_to_end(run())
