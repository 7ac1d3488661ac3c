"""The history with the library behind it: what it is asked that changes nothing but itself and the saved files.

What it says of the session that is shown goes on to the screen.
"""

from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any

from textual import work

from tui.panes.history.sidebar import History
from tui.screens.chat.library.browser import Browser

__all__ = ["LibraryHistory"]


class LibraryHistory(History):
    """The history, answered by a browser of the library."""

    browser: Browser
    delete: Callable[[str], Coroutine[Any, Any, None]]
    """Moves a session to the trash. The owner sets both before it is shown."""

    @work(group="sessions")
    async def _do(self, do: Callable[[], Awaitable[None]]) -> None:
        await do()

    def on_history_turns_requested(self, message: History.TurnsRequested) -> None:
        """A session was unfolded."""
        self._do(partial(self.browser.show_turns, message.session_id))

    def on_history_pin_toggled(self, message: History.PinToggled) -> None:
        """A session is to stay on top, or no longer."""
        self._do(partial(self.browser.pin, message.session_id, message.pinned))

    def on_history_rename_requested(self, message: History.RenameRequested) -> None:
        """A session has another title."""
        self._do(partial(self.browser.rename, message.session_id, message.title))

    def on_history_delete_requested(self, message: History.DeleteRequested) -> None:
        """A session is to be moved to the trash."""
        self._do(partial(self.delete, message.session_id))

    def on_history_undo_requested(self) -> None:
        """What was deleted last is to come back."""
        self._do(self.browser.undo)

    @work(group="search", exclusive=True)
    async def on_history_search_changed(self, message: History.SearchChanged) -> None:
        """Other words are searched for; what was found for those before comes too late."""
        await self.browser.search(message.query)
