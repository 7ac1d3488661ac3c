"""The application between the terminal and its screens: keys in their turn, the background, copies, the way out.

Knows no screen but as something that takes keys and has a line for a notice.
"""

import asyncio
import logging
import os
import signal
from typing import Any, Protocol, runtime_checkable

from textual import events, work
from textual.app import App
from textual.driver import Driver
from textual.geometry import Offset
from textual.screen import Screen

from agent.settings.settings import Settings
from tui.app.in_turn import KeysInTurn
from tui.app.themes import DARK, LIGHT
from tui.key_labels import Keys
from tui.screens.base.screen import PanesScreen
from tui.terminal.attention import TerminalTitle
from tui.terminal.driver import LayoutKey, TerminalDriver, has_shell

__all__ = ["TerminalApp"]

log = logging.getLogger(__name__)


@runtime_checkable
class _TakesKeys(Protocol):
    """A screen that wants to know of every key before it is acted on."""

    def key_comes(self, key: str, time: float) -> None:
        """`time` is the moment at which the terminal gave it, in seconds of the monotonic clock."""


class TerminalApp(App[int]):
    """What any program of ours does with its terminal, whatever it shows there."""

    def __init__(self, settings: Settings, *, theme: str, driver_class: type[Driver] | None) -> None:
        """`theme` is the one to begin with, where the settings name none."""
        super().__init__(driver_class=driver_class)
        self.settings = settings
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = self._followed_theme = theme
        self._keys = Keys()
        self._in_turn = KeysInTurn(self, self._act_on)
        self._held: list[events.Event] = []
        """Keys and pastes that wait until what they are meant for is shown."""
        self._terminal_title = TerminalTitle(self.write_sequence)
        self.problem: str | None = None
        """What ended the program where that was not the user, in a few words."""
        self._broken: asyncio.Task[None] | None = None
        """Sees the program out after a fault of its own."""

    @staticmethod
    def _tell(screen: Screen[Any], words: str) -> None:
        """Tell the user something on a screen that has a line for it."""
        if isinstance(screen, PanesScreen):
            screen.notice(words)

    # Keys and pastes

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

    async def on_panes_screen_arrived(self) -> None:
        """Hand on what was typed while the keys were on their way, before what comes now."""
        held, self._held = self._held, []
        for event in held:
            await self._act_on(event)

    def _is_unseen(self, event: events.Event) -> bool:
        """Whether nobody could see what it does, for the terminal is too small; leaving is always possible."""
        if not isinstance(self.screen, PanesScreen) or not self.screen.is_too_small:
            return False
        return not (isinstance(event, events.Key) and event.key in self._keys.of("app.quit"))

    def _read_as_command(self, event: LayoutKey) -> None:
        """A letter of another script is a command where its key is one and it does not go into an input."""
        if self.focused is not None and self.focused.check_consume_key(event.key, event.character):
            return
        bound = self.screen.active_bindings.get(event.latin)
        if bound is not None and bound.enabled:
            event.key = event.latin

    # The background and the cursor

    def on_terminal_driver_background_told(self, message: TerminalDriver.BackgroundTold) -> None:
        """The terminal has told its background, or has another one."""
        self.follow_background(is_light=message.is_light)

    def follow_background(self, *, is_light: bool | None) -> None:
        """Be light or dark as the terminal is, unless the user has chosen his colours. None: it is not known."""
        if is_light is not None and self.settings.theme is None and self.theme == self._followed_theme:
            self._followed_theme = LIGHT.name if is_light else DARK.name  # first: what follows is nobody's choice
            self.theme = self._followed_theme

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

    # What is copied, and what is not drawn

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

    # What others do to the terminal

    def action_redraw(self) -> None:
        """Draw everything anew, on a terminal in the modes that it is drawn in."""
        if isinstance(self._driver, TerminalDriver):
            self._driver.take_again()
        self.refresh(layout=True)

    def on_terminal_driver_taken_back(self) -> None:
        """Who has changed the terminal's modes asks for something there, and has drawn the question on the screen."""
        self.action_redraw()

    # The way out

    def action_suspend(self) -> None:
        """Give the terminal to the shell until it brings this job back; undo where there is no shell."""
        if has_shell():
            self._suspend_signal()
            os.kill(0, signal.SIGTSTP)  # the job: who started this program may be between it and the shell
        elif (undo := getattr(self.focused, "action_undo", None)) is not None:
            undo()
        else:
            self._tell(self.screen, "There is no shell to go back to")

    async def on_terminal_driver_closed(self) -> None:
        """There is nobody to draw for any more, whether or not a signal tells so too."""
        await self.end("the terminal was closed", 128 + signal.SIGHUP)

    async def end(self, problem: str | None, code: int) -> None:
        """Leave with an exit code; `problem` says what ended the program where that was not the user.

        What comes first counts.
        """
        if self.problem is None:
            self.problem = problem
        await self.stop_runs()
        self._terminal_title.give_back()
        self.exit(return_code=code)

    async def stop_runs(self) -> None:
        """Cancel what goes on, keeping what was said. For a program that has any."""

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
            await self.stop_runs()
        finally:
            self._close_messages_no_wait()
