"""A side that still grows: when its newest is to be shown, and when to look again at what differs. Draws nothing."""

import asyncio
from collections.abc import Callable

from agent.recordings.recording import Recording
from tui.presenter import FRAME

__all__ = ["Growth"]

_AGAIN = 0.5
"""Seconds between two looks at what differs."""


class Growth:
    """Gathers what comes of a recording within a frame."""

    def __init__(self, recording: Recording, show: Callable[[], None]) -> None:
        """`show` is called on the loop of whoever called this, at most once a frame while more comes."""
        self._show = show
        self._due: asyncio.TimerHandle | None = None
        self._compared = 0.0
        recording.listeners.append(self._grown)

    def _grown(self) -> None:
        if self._due is None:
            self._due = asyncio.get_running_loop().call_later(FRAME, self._shown)

    def _shown(self) -> None:
        self._due = None
        self._show()

    def is_to_compare(self, *, is_over: bool) -> bool:
        """Whether it is time to look again at what differs; it always is at the end."""
        now = asyncio.get_running_loop().time()
        if not is_over and now - self._compared < _AGAIN:
            return False
        self._compared = now
        return True
