"""The application: themes, the first screen, the way in and the way out. No chat logic."""

import asyncio
import dataclasses
import signal
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import events, work
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen

from agent.errors import TickertapeError
from agent.settings.settings import Settings
from agent.threads import in_thread
from tui.app.themes import DARK, LIGHT
from tui.screens.panes import PanesScreen
from tui.terminal.loop import run_to_end

if TYPE_CHECKING:
    from agent.formats.exports.export import ExportFormat
    from agent.reading.ahead import ReadAhead
    from agent.recordings.player import Clock
    from tui.screens.chat.screen import ChatScreen
    from tui.screens.replay.opening import Opening
    from tui.screens.replay.screen import ReplayScreen

__all__ = ["TickertapeApp", "run_app"]


class TickertapeApp(App[int]):
    """Tickertape on the screen."""

    TITLE = "tickertape"
    CSS_PATH = "app.tcss"
    COMMAND_PALETTE_BINDING = "ctrl+p"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+q", "quit", "Quit", priority=True)]

    def __init__(
        self,
        settings: Settings,
        path: Path | None = None,
        ahead: "ReadAhead | None" = None,
        *,
        replay: "Opening | None" = None,
        clock: "Clock | None" = None,
        theme: str = DARK.name,
    ) -> None:
        """`path` is the session to go on with, which `ahead` reads already; None begins a new one. `replay` is shown
        in the place of a chat.

        `clock` is what replays are played by; None is the loop's.
        """
        super().__init__()
        self.settings = settings
        self._path = path
        self._ahead = ahead
        self._replay = replay
        self._clock = clock
        self._chat: ChatScreen | None = None
        """Whatever lies over it; None in a replay until a chat is asked for."""
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = theme

    async def on_event(self, event: events.Event) -> None:
        """Called by Textual for everything that comes from the terminal."""
        if isinstance(event, events.Key) and isinstance(self.screen, PanesScreen):
            self.screen.key_comes(event.key)
        await super().on_event(event)

    def on_mount(self) -> None:
        """Show the chat, or what is to be replayed."""
        if self._replay is not None:
            self.open_replay(self._replay)
        else:
            self.push_screen(self._new_chat(self._path, ahead=self._ahead))

    def _new_chat(
        self, resume: Path | None = None, *, ahead: "ReadAhead | None" = None, parent: str | None = None
    ) -> "ChatScreen":
        from tui.screens.chat.screen import ChatScreen  # a replay does not wait for a chat, nor a chat for a replay

        self._chat = ChatScreen(self.settings, resume=resume, ahead=ahead, parent=parent)
        return self._chat

    def open_replay(self, opening: "Opening | Path") -> None:
        """Replay a recording over what is shown; Esc leads back."""
        from tui.screens.replay.opening import Opening
        from tui.screens.replay.screen import ReplayScreen

        if isinstance(opening, Path):
            opening = Opening(source=opening)
        self.push_screen(ReplayScreen(self.settings, opening, clock=self._clock))

    def on_chat_screen_replay_requested(self, message: "ChatScreen.ReplayRequested") -> None:
        """A session was chosen to be played back."""
        self.open_replay(message.path)

    async def on_replay_screen_left(self) -> None:
        """Back to where the replay was opened, which may be the shell."""
        if self._chat is not None:
            self.pop_screen()
        else:
            await self.action_leave()

    def on_replay_screen_chat_requested(self, message: "ReplayScreen.ChatRequested") -> None:
        """Leave the replay for a place in the chat, in the one that is there or a new one."""
        if (chat := self._back_to_chat()) is None:
            chat = self._new_chat()
            self.switch_screen(chat)
        chat.enter(message.place)

    async def on_replay_screen_went_live(self, message: "ReplayScreen.WentLive") -> None:
        """Go on with what was replayed, in the place of all that is shown."""
        await self.open_chat(message.path, model=message.model, parent=message.parent)

    async def open_chat(self, path: Path, *, model: str, parent: str | None = None) -> None:
        """Go on with a saved session that came from `parent`, by this model, in the chat that is there or a new one."""
        self.settings = dataclasses.replace(self.settings, model=model)
        if (chat := self._back_to_chat()) is None:
            self.switch_screen(self._new_chat(path, parent=parent))
        else:
            chat.go_on(path, model=model, parent=parent)

    def _back_to_chat(self) -> "ChatScreen | None":
        """Show the chat that lies under other screens; None where there is none."""
        while self._chat is not None and self.screen is not self._chat:
            self.pop_screen()
        return self._chat

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """What the palette offers: all that the chat can do, the themes, and the way out."""
        if isinstance(screen, PanesScreen):
            for name, keys, do in screen.commands():
                yield SystemCommand(name, keys, do)
            if screen.transcript is not None:
                from agent.formats.exports.export import (
                    FORMATS,  # here and below: the first frame does not wait for what saves files
                )

                for export_format in FORMATS:
                    yield SystemCommand(
                        f"Export: {export_format}", "This session", partial(self._export, screen, export_format)
                    )
        yield SystemCommand("Save a picture (SVG)", "The screen as it is", self._save_picture)
        yield SystemCommand("Theme", "Choose the colours", self.action_change_theme)
        yield SystemCommand("Quit", "Ctrl+Q", lambda: self.call_later(self.action_quit))

    def _save_picture(self) -> None:
        svg = self.export_screenshot(title=self.TITLE).encode("utf-8", "replace")
        self._save(f"tickertape-{datetime.now().astimezone():%Y%m%d-%H%M%S}", ".svg", lambda: [svg])

    def _export(self, screen: PanesScreen, export_format: "ExportFormat") -> None:
        from agent.formats.exports.export import SUFFIXES, export
        from agent.transcripts.writer import read_transcript

        path, title = screen.transcript, screen.title_bar.title
        if path is not None:
            self._save(
                f"tickertape-{path.stem}",
                SUFFIXES[export_format],
                lambda: export(read_transcript(path), export_format, session_id=path.stem, title=title),
            )

    @work(group="save")
    async def _save(self, name: str, suffix: str, make: Callable[[], Iterable[bytes]]) -> None:
        """Into the folder that the program was started in, or with the sessions where that takes nothing."""
        from tui.app.saving import save

        screen = self.screen
        try:
            saved = await in_thread(save, name, suffix, make, [Path(), self.settings.data_dir / "exports"])
            words = f"Saved as {saved.name} in {saved.parent}"
        except TickertapeError as error:
            words = str(error)
        if isinstance(screen, PanesScreen):
            screen.notice(words)

    async def action_quit(self) -> None:
        """Leave, if need be at the second press."""
        if self._chat is None or not self._chat.holds_back():
            await self.action_leave()

    async def action_leave(self) -> None:
        """Quit; a run that is going on is cancelled first, and what it had said is kept."""
        if self._chat is not None:
            await self._chat.stop()
        self.exit(0)


def run_app(
    settings: Settings, path: Path | None, ahead: "ReadAhead | None" = None, *, replay: "Opening | None" = None
) -> int:
    """Run the application until the user leaves it, and give the exit code."""
    app = TickertapeApp(settings, path, ahead, replay=replay)

    async def run() -> int:
        loop = asyncio.get_running_loop()
        for signal_number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(signal_number, lambda: app.call_later(app.action_leave))
        await app.run_async()
        return app.return_code or 0

    return run_to_end(run())
