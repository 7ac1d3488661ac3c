"""Keys are acted on one after the other, however fast they come: a slow line brings many at once.

What is typed behind a key that leads elsewhere is meant for there. Textual acts on a key by messages that go from
widget to widget; what comes meanwhile would go to whatever has the keys still. Letters that an input takes lead
nowhere and do not wait, nor does what is behind them.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from textual import events
from textual.app import App
from textual.message import Message
from textual.message_pump import MessagePump
from textual.timer import Timer

__all__ = ["KeysInTurn"]

_ROUNDS = 2
"""What a key does may be said by one more message."""
_LIMIT = 0.3
"""Seconds after which the next key is acted on, whatever became of the one before: a widget may be gone with it."""
_MOVES = ("up", "down", "left", "right", "home", "end")
_LEADS_NOWHERE = frozenset(
    {
        *(f"{held}{move}" for held in ("", "ctrl+", "shift+") for move in _MOVES),
        *("pageup", "pagedown", "backspace", "delete"),
    }
)
"""Keys that move or delete where they are; a terminal repeats them as long as they are held down."""


class KeysInTurn:
    """Holds keys and pastes back while one before them is acted on."""

    class Done(Message):
        """Goes the way of a key behind it; where it has come through, the key has."""

        def __init__(self, target: MessagePump, rounds: int) -> None:
            super().__init__()
            self.target = target
            self.rounds = rounds

    def __init__(self, app: App[Any], hand_on: Callable[[events.Event], Awaitable[None]]) -> None:
        """`hand_on` acts on a key or a paste that was held back."""
        self._app = app
        self._hand_on = hand_on
        self._waiting: list[events.Event] = []
        self._limit: Timer | None = None
        """Runs while a key is acted on."""

    def holds_back(self, event: events.Event) -> bool:
        """Whether it has to wait; it is handed on later then."""
        if self._limit is None and not self._waiting:
            return False
        self._waiting.append(event)
        return True

    def target_of(self, event: events.Event) -> MessagePump | None:
        """What a key that may lead elsewhere goes to; None of others. To be asked before it is acted on."""
        if not isinstance(event, events.Key) or event.key in _LEADS_NOWHERE:
            return None
        focused = self._app.focused
        if focused is not None and focused.check_consume_key(event.key, event.character):
            return None
        return focused or self._app.screen

    def follow(self, target: MessagePump) -> None:
        """A key is on its way to `target`: hold back what comes until it has been acted on."""
        self._limit = self._app.set_timer(_LIMIT, self._release)
        target.post_message(self.Done(target, _ROUNDS))

    def came_through(self, message: "KeysInTurn.Done") -> None:
        """The app was told."""
        if self._limit is None:
            return
        if message.rounds > 1 and message.target.post_message(self.Done(message.target, message.rounds - 1)):
            return
        if not self._app.screen.call_after_refresh(self._app.call_later, self._release):
            self._app.call_later(self._release)

    async def _release(self) -> None:
        """Hand on what waits, until one of it leads elsewhere again."""
        if self._limit is not None:
            self._limit.stop()
            self._limit = None
        waiting, self._waiting = self._waiting, []
        while waiting and self._limit is None:
            await self._hand_on(waiting.pop(0))
        self._waiting[:0] = waiting
