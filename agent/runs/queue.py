"""The events of a live turn on their way to whoever takes them: in order, to one end, behind which nothing comes."""

import asyncio
import logging

from agent.events.open_parts import OpenParts
from agent.events.types import Event, RunError, RunFinished

__all__ = ["EventQueue"]

log = logging.getLogger(__name__)

_MOST_WAITING = 1_024
"""Events in a queue from which its maker waits, where it can, until half of them are taken."""


class EventQueue(asyncio.Queue[Event]):
    """A queue that ends: what comes after the terminal event is dropped and logged."""

    def __init__(self) -> None:
        super().__init__()
        self._open = OpenParts()
        self._ended = False
        self._has_room = asyncio.Event()
        self._has_room.set()

    @property
    def has_room(self) -> bool:
        """Whether whoever takes the events keeps up with them."""
        return self._has_room.is_set()

    async def room(self) -> None:
        """Wait until whoever takes the events has caught up; for makers that can have their own source wait."""
        await self._has_room.wait()

    def _get(self) -> Event:
        event: Event = super()._get()
        if self.qsize() <= _MOST_WAITING // 2:
            self._has_room.set()
        return event

    def put_nowait(self, item: Event) -> None:
        """Add an event. Never blocks, never full."""
        if self._ended:
            log.debug("dropped after the end of the run: %r", item)
            return
        self._open.track(item)
        super().put_nowait(item)
        if self.qsize() >= _MOST_WAITING:
            self._has_room.clear()

    def close_parts(self, now: int) -> list[Event]:
        """End the texts, the thoughts and the steps that are open, in a run that goes on; gives what does."""
        ends = self._open.close(now)
        for event in ends:
            self.put_nowait(event)
        return ends

    def end(self, terminal: RunFinished | RunError, now: int) -> None:
        """Close all that is open and add the terminal event, once."""
        self.close_parts(now)
        self.put_nowait(terminal)
        self._ended = True
