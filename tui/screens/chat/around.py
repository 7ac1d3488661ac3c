"""What the chat asks of the screen around its widgets; `frame` does it."""

from collections.abc import Sequence
from typing import Any, Protocol

from agent.conversation.items import ToolCall
from agent.recordings.what_if.beside import Beside
from tui.key_labels import Keys

__all__ = ["Around"]


class Around(Protocol):
    """The screen, as far as the chat knows it."""

    keys: Keys
    """What its widgets call their keys."""

    def show_title(self, title: str) -> None:
        """Show the session's title."""

    def show_asking(self, call: ToolCall | None) -> None:
        """Ask the user about a call, or stop asking."""

    def notice(self, text: str) -> None:
        """Tell the user something for a few seconds."""

    def session_changed(self) -> None:
        """Another session is shown."""

    def run_changed(self, *, going_on: bool) -> None:
        """A run of the session that is shown began or ended."""

    def queue_changed(self) -> None:
        """Other questions wait in the session that is shown."""

    def branched(self, beside: Beside, session_id: str) -> None:
        """A branch begins in that session, to be seen beside what it comes from."""

    def keep_waiting(self, session_id: str, texts: list[str]) -> None:
        """These questions wait in a session, seen or unseen: they are to outlive the program."""

    async def waiting(self, session_id: str) -> list[str]:
        """The questions that waited in a session when it was left."""
        ...

    def asks_elsewhere(self, asking: Sequence[tuple[str, str]]) -> None:
        """These tools ask in sessions that are not shown: their names, and the sessions' titles."""

    def session_left(self, session_id: str, place: dict[str, Any] | None) -> None:
        """A saved session is shown no more; `place` is where the reader was."""
