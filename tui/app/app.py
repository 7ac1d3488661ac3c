"""The application: themes, the first screen, what the terminal tells, the way out. No chat logic."""

import asyncio
import dataclasses
import logging
import os
import signal
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

from textual import events, work
from textual.app import App, SystemCommand
from textual.binding import BindingType
from textual.driver import Driver
from textual.geometry import Offset
from textual.screen import Screen

from agent.errors import TickertapeError
from agent.settings.settings import Settings
from agent.threads import in_thread
from tui.app.attention import TerminalTitle, call_sequence
from tui.app.in_turn import KeysInTurn
from tui.app.preferences import UNBOUND, chosen_keys, chosen_themes, preference_problems
from tui.app.themes import DARK, LIGHT
from tui.key_labels import Keys
from tui.screens.base.screen import PanesScreen
from tui.terminal.descriptors import print_to_descriptors
from tui.terminal.driver import LayoutKey, TerminalDriver, has_shell
from tui.widgets.bindings import bindings

if TYPE_CHECKING:
    from agent.conversation.lineage import Lineage
    from agent.formats.exports.export import ExportFormat
    from agent.reading.ahead import ReadAhead
    from agent.recordings.player import Clock
    from tui.screens.chat.frame import ChatFrame
    from tui.screens.chat.screen import ChatScreen
    from tui.screens.compare.opening import CompareOpening
    from tui.screens.race.opening import RaceOpening
    from tui.screens.race.screen import RaceScreen
    from tui.screens.replay.opening import Opening
    from tui.screens.replay.screen import ReplayScreen

__all__ = ["TickertapeApp"]

log = logging.getLogger(__name__)


@runtime_checkable
class _TakesKeys(Protocol):
    """A screen that wants to know of every key before it is acted on."""

    def key_comes(self, key: str, time: float) -> None:
        """`time` is the moment at which the terminal gave it, in seconds of the monotonic clock."""


class TickertapeApp(App[int]):
    """Tickertape on the screen.

    One thing: it routes between the terminal and the screens. What is told to the terminal, what is chosen and what is
    saved is held by the modules beside this one.
    """

    TITLE = "tickertape"
    CSS_PATH = "app.tcss"
    COMMAND_PALETTE_BINDING = "ctrl+p"
    BINDINGS: ClassVar[list[BindingType]] = bindings(
        {
            "app.quit": "quit",
            "app.palette": "command_palette",
            "app.settings": "edit_settings",
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
        super().__init__(driver_class=driver_class)
        self.settings = settings
        self._path = path
        self._ahead = ahead
        self._replay = replay
        self._opening_race = race
        self._opening_comparison = comparison
        self._race: RaceScreen | None = None
        """The one that lies over everything."""
        self._clock = clock
        self._keys = Keys()
        self._chat: ChatScreen | None = None
        """Whatever lies over it; None in a replay until a chat is asked for."""
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = self._followed_theme = theme
        self._in_turn = KeysInTurn(self, self._act_on)
        self._held: list[events.Event] = []
        """Keys and pastes that wait until what they are meant for is shown."""
        self._terminal_title = TerminalTitle(self.write_sequence)
        self._use(settings)
        self.problem: str | None = None
        """What ended the program where that was not the user, in a few words."""
        self._broken: asyncio.Task[None] | None = None
        """Sees the program out after a fault of its own."""

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
        """Say what is wrong with the settings file; the rest of it holds."""
        problems = [*self.settings.problems, *preference_problems(self.settings)]
        if problems:
            more = f", and {len(problems) - 1} more: tickertape config check" if len(problems) > 1 else ""
            self._tell(self.screen, f"{problems[0]}{more}")

    @staticmethod
    def _tell(screen: Screen[Any], words: str) -> None:
        """Tell the user something on a screen that has a line for it."""
        if isinstance(screen, PanesScreen):
            screen.notice(words)

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

    # What the terminal is told

    def on_chat_frame_state_changed(self, message: "ChatFrame.StateChanged") -> None:
        """The session's state stands in the terminal's title; a user who looks elsewhere is called."""
        if self.settings.terminal_title:
            self._terminal_title.show(message.title, message.state, ascii=self.settings.ascii)
        if message.calls and not self.app_focus:
            words = f"{'A tool asks' if message.state == 'asks' else 'Done'}: {message.title}"
            if call := call_sequence(self.settings.bell, words, os.environ):
                self.write_sequence(call)

    # What the terminal tells

    async def on_event(self, event: events.Event) -> None:
        """Called by Textual for everything that comes from the terminal."""
        if isinstance(event, events.InputEvent | events.Paste) and not event.is_forwarded and self._is_unseen(event):
            return
        if not isinstance(event, events.Key | events.Paste) or event.is_forwarded:
            await super().on_event(event)
        elif not self._in_turn.holds_back(event):
            await self._act_on(event)

    async def _act_on(self, event: events.Event) -> None:
        """A key or a paste has its turn."""
        if isinstance(self.screen, PanesScreen) and self.screen.is_going:
            self._held.append(event)
            return
        await self.on_panes_screen_arrived()
        if isinstance(event, LayoutKey):
            self._read_as_command(event)
        if isinstance(self.screen, _TakesKeys):
            self.screen.key_comes(event.key if isinstance(event, events.Key) else "paste", event.time)
        target = self._in_turn.target_of(event)
        await super().on_event(event)
        if target is not None:
            self._in_turn.follow(target)

    def on_keys_in_turn_done(self, message: KeysInTurn.Done) -> None:
        """A key has been acted on."""
        self._in_turn.came_through(message)

    def _is_unseen(self, event: events.Event) -> bool:
        """Whether nobody could see what it does, for the terminal is too small; leaving is always possible."""
        if not isinstance(self.screen, PanesScreen) or not self.screen.is_too_small:
            return False
        return not (isinstance(event, events.Key) and event.key in self._keys.of("app.quit"))

    async def on_panes_screen_arrived(self) -> None:
        """Hand on what was typed while the keys were on their way, before what comes now."""
        held, self._held = self._held, []
        for event in held:
            await self._act_on(event)

    def _read_as_command(self, event: LayoutKey) -> None:
        """A letter of another script is a command where its key is one and it does not go into an input."""
        if self.focused is not None and self.focused.check_consume_key(event.key, event.character):
            return
        bound = self.screen.active_bindings.get(event.latin)
        if bound is not None and bound.enabled:
            event.key = event.latin

    def on_terminal_driver_background_told(self, message: TerminalDriver.BackgroundTold) -> None:
        """The terminal has told its background, or has another one."""
        self.follow_background(is_light=message.is_light)

    def follow_background(self, *, is_light: bool | None) -> None:
        """Be light or dark as the terminal is, unless the user has chosen his colours. None: it is not known."""
        if is_light is not None and self.settings.theme is None and self.theme == self._followed_theme:
            self._followed_theme = LIGHT.name if is_light else DARK.name  # first: what follows is nobody's choice
            self.theme = self._followed_theme

    async def on_terminal_driver_closed(self) -> None:
        """There is nobody to draw for any more, whether or not a signal tells so too."""
        await self.end("the terminal was closed", 128 + signal.SIGHUP)

    @property
    def cursor_position(self) -> Offset:
        """Where the terminal's own cursor stands, unseen: what composes characters opens there.

        Asked for at each frame: Textual's widgets tell it when the cursor moves, but not when they are moved.
        """
        offset: Offset = getattr(self.focused, "cursor_screen_offset", self._told_cursor)
        return offset

    @cursor_position.setter
    def cursor_position(self, position: Offset) -> None:
        self._told_cursor = position

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
        from tui.screens.replay.opening import Opening, Start

        start = None if message.moment is None else Start(moment=message.moment)
        self.open_replay(Opening(source=message.path, start=start, playing=start is None))

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
        from tui.screens.compare.opening import CompareOpening

        self.open_comparison(CompareOpening(left=message.left, right=message.right))

    async def on_compare_screen_left(self) -> None:
        """Back to where the comparison was opened, which may be the shell."""
        if self._chat is not None:
            self.pop_screen()
        else:
            await self.action_leave()

    @work(group="race", exclusive=True)
    async def on_chat_screen_race_requested(self, message: "ChatScreen.RaceRequested") -> None:
        """A race is to be set up, behind the turns of the session that is shown."""
        from tui.screens.race.setup import RaceSetup

        opening = await self.push_screen_wait(RaceSetup(message.question, ", ".join(message.models), self._keys))
        if opening is not None:
            self.open_race(dataclasses.replace(opening, past=message.session))

    async def on_race_screen_left(self) -> None:
        """Back to where the race was begun, which may be the shell."""
        self._race = None
        if self._chat is not None:
            self.pop_screen()
        else:
            await self.action_leave()

    async def on_race_screen_kept(self, message: "RaceScreen.Kept") -> None:
        """Go on with the model that was kept."""
        self._race = None
        await self.open_chat(message.path, model=message.model)

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

    def _save_picture(self) -> None:
        svg = self.export_screenshot(title=self.TITLE).encode("utf-8", "replace")
        self._save(f"tickertape-{datetime.now().astimezone():%Y%m%d-%H%M%S}", ".svg", lambda: [svg])

    def _export(self, screen: PanesScreen, export_format: "ExportFormat") -> None:
        from tui.app.saving import exported

        if (path := screen.transcript) is not None:
            self._save(*exported(path, export_format, screen.title_bar.title))

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

    def on_panes_screen_copy_requested(self, message: PanesScreen.CopyRequested) -> None:
        """Something that is shown is to be copied."""
        self._clipboard = message.text  # what Textual's inputs paste by a key of their own
        self._copy(message.text, message.what)

    def copy_to_clipboard(self, text: str) -> None:
        """Called by Textual's inputs for what is copied or cut in them."""
        self._clipboard = text
        self._copy(text, "selection")

    @work(group="copy")
    async def _copy(self, text: str, what: str) -> None:
        from tui.terminal.clipboard import copy_text  # not before something is copied

        screen = self.screen
        words = await copy_text(self.write_sequence, text, what)
        self._tell(screen, words)

    def write_sequence(self, sequence: str) -> None:
        """Send the terminal what is not drawn."""
        if self._driver is not None:
            self._driver.write(sequence)
            self._driver.flush()

    async def action_quit(self) -> None:
        """Leave, if need be at the second press."""
        if self._chat is None or not self._chat.holds_back():
            await self.action_leave()

    def action_suspend(self) -> None:
        """Give the terminal to the shell until it brings this job back; undo where there is no shell."""
        if has_shell():
            self._suspend_signal()
            os.kill(0, signal.SIGTSTP)  # the job: who started this program may be between it and the shell
        elif (undo := getattr(self.focused, "action_undo", None)) is not None:
            undo()
        else:
            self._tell(self.screen, "There is no shell to go back to")

    # The way out

    async def action_leave(self) -> None:
        """Quit; a run that is going on is cancelled first, and what it had said is kept."""
        await self.end(None, 0)

    async def end(self, problem: str | None, code: int) -> None:
        """Leave with an exit code; `problem` says what ended the program where that was not the user.

        What comes first counts.
        """
        if self.problem is None:
            self.problem = problem
        if self._race is not None:
            await self._race.stop()
        if self._chat is not None:
            await self._chat.stop()
        self._terminal_title.give_back()
        self.exit(return_code=code)

    @property
    def session(self) -> Path | None:
        """The file of the session in the chat, where it has one."""
        return self._chat.transcript if self._chat is not None else None

    def restore_terminal(self) -> None:
        """Give the terminal back at once, from any thread, for a program that cannot end as it should."""
        if isinstance(self._driver, TerminalDriver):
            self._driver.restore()

    def _fatal_error(self) -> None:
        """Called by Textual for what nobody has caught; its own would draw the error over the user's shell."""
        error = self._exception
        log.critical("ended by a fault of its own", exc_info=error)
        if self._broken is None:
            self.problem = f"a fault of its own: {type(error).__name__}: {error}"
            self._broken = asyncio.create_task(self._see_out())
        else:
            self._close_messages_no_wait()

    async def _see_out(self) -> None:
        try:
            if self._chat is not None:
                await self._chat.stop()
        finally:
            self._close_messages_no_wait()
