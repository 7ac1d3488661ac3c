"""Leaving the program where that could lose something: asks for a second press of the key that would do it."""

from collections.abc import Callable
from time import time

from agent.figures import plural
from tui.key_labels import Keys

__all__ = ["Leaving"]

_WINDOW = 2.0
"""Seconds in which a second press of a key quits where the first one asked."""


class Leaving:
    """Whether the program is left at once, or when the key is pressed again."""

    def __init__(self, keys: Keys, unseen: Callable[[], int], tell: Callable[[str], None]) -> None:
        """`unseen` gives how many turns are going on that are not to be seen; `tell` shows the user a line."""
        self._keys = keys
        self._unseen = unseen
        self._tell = tell
        self._asked_by = ("", 0.0)
        """The action that asked, and until when its second press quits."""

    def holds_back(self, action: str) -> bool:
        """Whether the key of `action` is to be pressed once more, for that would cancel turns that are not seen."""
        return bool(self._unseen()) and self.asks(action)

    def asks(self, action: str) -> bool:
        """Ask for a second press of its key; False where this is the second one."""
        asked_by, until = self._asked_by
        if action == asked_by and time() < until:
            return False
        self._asked_by = action, time() + _WINDOW
        unseen = self._unseen()
        cancelled = f"{plural(unseen, 'turn')} going on in other sessions: " if unseen else ""
        self._tell(self._keys.fill(f"{cancelled}{{{action}}} again to {'cancel and ' if cancelled else ''}quit"))
        return True
