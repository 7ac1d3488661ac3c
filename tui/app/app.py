"""The application: which screen is shown, what the settings say, what is saved. No chat logic, no terminal."""

import dataclasses
import os
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import SystemCommand
from textual.binding import BindingType
from textual.driver import Driver
from textual.screen import Screen
from textual.widget import Widget

from agent.errors import TickertapeError
from agent.settings.settings import Settings
from agent.threads import in_thread
from tui.app.preferences import UNBOUND, all_problems, chosen_keys, chosen_themes
from tui.app.terminal import TerminalApp
from tui.app.themes import DARK
from tui.screens.base.screen import PanesScreen
from tui.terminal.attention import call_sequence
from tui.terminal.descriptors import print_to_descriptors
from tui.widgets.bindings import bindings

if TYPE_CHECKING:
    from agent.conversation.lineage import Lineage
    from agent.formats.exports.export import ExportFormat
    from agent.reading.ahead import ReadAhead
    from agent.recordings.player import Clock
    from tui.screens.chat.frame import ChatFrame
    from tui.screens.chat.screen import ChatScreen
    from tui.screens.compare.opening import CompareOpening
    from tui.screens.compare.screen import CompareScreen
    from tui.screens.race.opening import RaceOpening
    from tui.screens.race.screen import RaceScreen
    from tui.screens.replay.opening import Opening
    from tui.screens.replay.screen import ReplayScreen

__all__ = ["TickertapeApp"]


class TickertapeApp(TerminalApp):
    """Tickertape on the screen.

    One thing: it routes, from screen to screen and from a wish to what fulfils it. What is between the terminal and the
    screens, what is chosen and what is saved is held by the modules beside this one.
    """

    TITLE = "tickertape"
    CSS_PATH = "app.tcss"
    COMMAND_PALETTE_BINDING = "ctrl+p"
    BINDINGS: ClassVar[list[BindingType]] = bindings(
        {
            "app.quit": "quit",
            "app.palette": "command_palette",
            "app.settings": "edit_settings",
            "app.redraw": "redraw",
            "app.suspend": "suspend",
        }
    )

    def __init__(
        self,
        settings: Settings,
        path: Path | None = None,
        ahead: "ReadAhead | None" = None,
        *,
        replay: "Opening | None" = None,
        race: "RaceOpening | None" = None,
        comparison: "CompareOpening | None" = None,
        clock: "Clock | None" = None,
        theme: str = DARK.name,
        driver_class: type[Driver] | None = None,
    ) -> None:
        """`path` is the session to go on with, which `ahead` reads already; None begins a new one. `replay` or
        `race` is shown in the place of a chat.

        `clock` is what replays are played by; None is the loop's.
        """
        super().__init__(settings, theme=theme, driver_class=driver_class)
        self._path = path
        self._ahead = ahead
        self._replay = replay
        self._opening_race = race
        self._opening_comparison = comparison
        self._race: RaceScreen | None = None
        """The one that lies over everything."""
        self._clock = clock
        self._chat: ChatScreen | None = None
        """Whatever lies over it; None in a replay until a chat is asked for."""
        self._use(settings)

    # Settings

    def _use(self, settings: Settings) -> None:
        """Have the keys, the themes and the motion of these settings."""
        self.settings = settings
        keys, _ = chosen_keys(settings.keys, settings.file)
        self._keys.choose(keys)
        self.set_keymap({action_id: chosen or UNBOUND for action_id, chosen in keys.items()})
        for theme in chosen_themes(settings.themes, settings.file)[0]:
            self.register_theme(theme)
        if settings.theme in self.available_themes:
            self.theme = settings.theme
        self.animation_level = "none" if settings.reduced_motion else "full"

    def _tell_problems(self) -> None:
        """Say what is wrong with the settings; the rest of them holds."""
        problems = all_problems(self.settings)
        if problems:
            # How many they are comes first: the line may be too short for the whole of one.
            count = f"{len(problems)} mistakes (tickertape config check): " if len(problems) > 1 else ""
            self._tell(self.screen, f"{count}{problems[0].brief}")

    @work(group="settings", exclusive=True)
    async def action_edit_settings(self) -> None:
        """Open the settings in the user's editor, and take what was changed at once."""
        from tui.app.changing import edit_settings  # here and below: few starts need it

        screen = self.screen
        try:
            problem = await edit_settings(self, self.settings.file.path)
        except TickertapeError as error:
            self._tell(screen, str(error))
            return
        self.refresh(layout=True)
        await self._take_settings()
        if problem:
            self._tell(screen, problem)

    async def _take_settings(self) -> None:
        """Have what the settings file says now."""
        if self.settings.reload is None:
            return
        try:
            settings = await in_thread(self.settings.reload)
        except TickertapeError as error:
            self._tell(self.screen, str(error))
            return
        self._use(settings)
        if self._chat is not None:
            self._chat.use_settings(settings)
        self._tell(self.screen, f"Taken: {settings.file.path}")
        self._tell_problems()

    def watch_theme(self, theme: str) -> None:
        """Keep a theme that the user has chosen, for the next start."""
        if self.is_running and theme not in (self._followed_theme, self.settings.theme):
            self.settings = dataclasses.replace(self.settings, theme=theme)
            self._keep_theme(theme)

    @work(group="settings")
    async def _keep_theme(self, theme: str) -> None:
        from tui.app.changing import keep_theme

        if problem := await in_thread(keep_theme, self.settings.file.path, theme):
            self._tell(self.screen, problem)

    # The state of the session, where the terminal tells it

    def on_chat_frame_state_changed(self, message: "ChatFrame.StateChanged") -> None:
        """The session's state stands in the terminal's title; a user who looks elsewhere is called."""
        if self.settings.terminal_title:
            self._terminal_title.show(message.title, message.state, ascii=self.settings.ascii)
        if message.calls and not self.app_focus:
            words = f"{'A tool asks' if message.state == 'asks' else 'Done'}: {message.title}"
            if call := call_sequence(self.settings.bell, words, os.environ):
                self.write_sequence(call)

    # What is shown

    def on_mount(self) -> None:
        """Show the chat, or what is to be replayed."""
        print_to_descriptors()
        if self._replay is not None:
            self.open_replay(self._replay)
        elif self._opening_race is not None:
            self.open_race(self._opening_race)
        elif self._opening_comparison is not None:
            self.open_comparison(self._opening_comparison)
        else:
            self.push_screen(self._new_chat(self._path, ahead=self._ahead))
        self.call_after_refresh(self._tell_problems)

    def _new_chat(
        self, resume: Path | None = None, *, ahead: "ReadAhead | None" = None, parent: "Lineage | None" = None
    ) -> "ChatScreen":
        from tui.screens.chat.screen import ChatScreen  # a replay does not wait for a chat, nor a chat for a replay

        self._chat = ChatScreen(self.settings, resume=resume, ahead=ahead, parent=parent, keys=self._keys)
        return self._chat

    def open_replay(self, opening: "Opening") -> None:
        """Replay a recording over what is shown; Esc leads back."""
        from tui.screens.replay.screen import ReplayScreen

        self.push_screen(ReplayScreen(self.settings, opening, clock=self._clock, keys=self._keys))

    def on_chat_screen_replay_requested(self, message: "ChatScreen.ReplayRequested") -> None:
        """A session was chosen to be played back."""
        from tui.screens.replay.opening import Opening, Start, paced_by

        start = None if message.moment is None else Start(moment=message.moment)
        paced = paced_by(self.settings)
        self.open_replay(Opening(source=message.path, paced=paced, start=start, playing=start is None))

    def open_race(self, opening: "RaceOpening") -> None:
        """Have models race over what is shown."""
        from tui.screens.race.screen import RaceScreen

        self._race = RaceScreen(self.settings, opening, keys=self._keys)
        self.push_screen(self._race)

    def open_comparison(self, opening: "CompareOpening") -> None:
        """Show two recordings side by side over what is shown."""
        from tui.screens.compare.screen import CompareScreen

        self.push_screen(CompareScreen(self.settings, opening, keys=self._keys))

    def on_chat_screen_compare_requested(self, message: "ChatScreen.CompareRequested") -> None:
        """Two sessions were chosen to be seen side by side."""
        from tui.screens.compare.opening import Compared, CompareOpening

        left, right = (Compared(source=path, name=path.stem) for path in (message.left, message.right))
        self.open_comparison(CompareOpening(left=left, right=right))

    def on_chat_frame_branched(self, message: "ChatFrame.Branched") -> None:
        """A branch begins: it is seen beside what it comes from, where nothing else has come over the chat."""
        from tui.screens.compare.opening import Compared, CompareOpening

        if self.screen is not self._chat:
            return
        beside = message.beside
        original = Compared(source=beside.original, turns=beside.turns, name=beside.name)
        left = dataclasses.replace(original, title=f"original: {original.label}")
        right = Compared(source=beside.branch, name=message.session_id, title=f"what if: {beside.words}")
        self.open_comparison(CompareOpening(left=left, right=right, is_branch=True))

    def on_compare_screen_others_chosen(self, message: "CompareScreen.OthersChosen") -> None:
        """Others are compared in the place of those that were."""
        from tui.screens.compare.screen import CompareScreen

        self.switch_screen(CompareScreen(self.settings, message.opening, keys=self._keys))

    async def on_compare_screen_left(self) -> None:
        """The comparison is over."""
        await self._go_back()

    @work(group="race", exclusive=True)
    async def on_chat_screen_race_requested(self, message: "ChatScreen.RaceRequested") -> None:
        """A race is to be set up, behind the turns of the session that is shown."""
        from tui.screens.race.setup import RaceSetup

        opening = await self.push_screen_wait(RaceSetup(message.question, ", ".join(message.models), self._keys))
        if opening is not None:
            self.open_race(dataclasses.replace(opening, past=message.session))

    async def on_race_screen_left(self) -> None:
        """The race is over, and none was kept."""
        self._race = None
        await self._go_back()

    async def on_race_screen_kept(self, message: "RaceScreen.Kept") -> None:
        """Go on with the model that was kept."""
        self._race = None
        await self.open_chat(message.path, model=message.model)

    async def on_replay_screen_left(self) -> None:
        """The replay is over."""
        await self._go_back()

    async def _go_back(self) -> None:
        """To where the screen that is left was opened, which may be the shell."""
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

    async def on_replay_screen_branched(self, message: "ReplayScreen.Branched") -> None:
        """Go on otherwise than what was replayed, in the place of all that is shown."""
        if (chat := self._back_to_chat()) is None:
            chat = self._new_chat()
            self.switch_screen(chat)
        chat.branch(message.plan)

    async def open_chat(self, path: Path, *, model: str, parent: "Lineage | None" = None) -> None:
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
        yield SystemCommand("Quit", ", ".join(self._keys.labels("app.quit")), lambda: self.call_later(self.action_quit))

    @work(group="export", exclusive=True)
    async def _save_picture(self) -> None:
        """Save what is seen now; whether what looks like a secret is to go along is asked first."""
        from tui.screens.picture import without_secrets
        from tui.screens.secrets import SecretsScreen

        svg = self.export_screenshot(title=self.TITLE)
        panes = [pane.region for screen in self.screen_stack for pane in screen.walk_children(Widget) if pane.region]
        clean, count = await in_thread(without_secrets, svg, panes, self.settings.secrets)
        chosen = await self.push_screen_wait(SecretsScreen(count, "picture", self._keys)) if count else "keep"
        if chosen is not None:
            data = (clean if chosen == "redact" else svg).encode("utf-8", "replace")
            self._save(f"tickertape-{datetime.now().astimezone():%Y%m%d-%H%M%S}", ".svg", lambda: [data])

    @work(group="export", exclusive=True)
    async def _export(self, screen: PanesScreen, export_format: "ExportFormat") -> None:
        """Save a session in another form; whether what looks like a secret is to go along is asked first."""
        from tui.app.saving import exported, secret_places
        from tui.screens.secrets import SecretsScreen

        if (path := screen.transcript) is None:
            return
        secrets = self.settings.secrets
        try:
            count = await in_thread(secret_places, path, secrets)
        except TickertapeError as error:
            self._tell(screen, str(error))
            return
        chosen = await self.push_screen_wait(SecretsScreen(count, "session", self._keys)) if count else "keep"
        if chosen is not None:
            title, hidden = screen.title_bar.title, secrets if chosen == "redact" else None
            self._save(*exported(path, export_format, title, hidden))

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
        self._tell(screen, words)

    async def action_quit(self) -> None:
        """Leave, if need be at the second press."""
        if self._chat is None or not self._chat.holds_back():
            await self.action_leave()

    # The way out

    async def action_leave(self) -> None:
        """Quit; a run that is going on is cancelled first, and what it had said is kept."""
        await self.end(None, 0)

    async def stop_runs(self) -> None:
        """A race and a turn that go on are cancelled; what they had said is kept."""
        if self._race is not None:
            await self._race.stop()
        if self._chat is not None:
            await self._chat.stop()

    @property
    def session(self) -> Path | None:
        """The file of the session in the chat, where it has one."""
        return self._chat.transcript if self._chat is not None else None
