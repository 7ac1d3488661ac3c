"""Leaving the program where that could lose something: asks for a second press of the key that would do it."""

from collections.abc import Callable
from time import time
from typing import TYPE_CHECKING

from agent.figures import plural
from tui.screens.base.screen import PanesScreen

if TYPE_CHECKING:
    from tui.screens.chat.controller import ChatController

__all__ = ["Leaving"]

_WINDOW = 2.0
"""Seconds in which a second press of a key quits where the first one asked."""


class Leaving:
    """Whether the program is left at once, or when the key is pressed again."""

    def __init__(self, screen: PanesScreen, chat: "Callable[[], ChatController | None]") -> None:
        """`chat` gives what has turns going on, `screen` is where they can be seen."""
        self._screen = screen
        self._chat = chat
        self._asked_by = ("", 0.0)
        """The action that asked, and until when its second press quits."""

    def holds_back(self, action: str) -> bool:
        """Whether the key of `action` is to be pressed once more, for that would cancel turns that are not seen."""
        return bool(self._unseen) and self.asks(action)

    def asks(self, action: str) -> bool:
        """Ask for a second press of its key; False where this is the second one."""
        asked_by, until = self._asked_by
        if action == asked_by and time() < until:
            return False
        self._asked_by = action, time() + _WINDOW
        unseen = self._unseen
        cancelled = f"{plural(unseen, 'turn')} going on in other sessions: " if unseen else ""
        words = f"{cancelled}{{{action}}} again to {'cancel and ' if cancelled else ''}quit"
        self._shown_screen.notice(self._screen.keys.fill(words))
        return True

    @property
    def _unseen(self) -> int:
        """How many turns are going on in sessions that are not to be seen."""
        if (chat := self._chat()) is None:
            return 0
        return chat.running_elsewhere + (chat.is_running and self._shown_screen is not self._screen)

    @property
    def _shown_screen(self) -> PanesScreen:
        """The one whose panes are seen: a replay may lie over the chat."""
        return next(one for one in reversed(self._screen.app.screen_stack) if isinstance(one, PanesScreen))
