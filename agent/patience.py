"""How long something may be silent, counted only while this program is there to listen.

A loop that is starved by others, or stopped for a while (Ctrl+Z, a debugger, a machine that sleeps), reads nothing in
that time. By the clock on the wall it would take what it has not read for another's silence, and cut it off.
"""

import asyncio
from types import TracebackType
from typing import Self

__all__ = ["Patience"]

_LOOKS = 16
"""How often the loop has to have come round, at least, before patience is at its end."""
_LONGEST = 1.0
"""Seconds between two looks at most."""


class Patience:
    """An async context that raises `TimeoutError` where what happens in it is silent for too long.

    As `asyncio.timeout`, but of a time in which the loop did not come round only a moment counts: whatever had come by
    then is read before anything ends. It ends up to a sixteenth late, or a second, and never early.
    """

    def __init__(self, seconds: float) -> None:
        """`seconds` until the first sign of life."""
        self._timeout = asyncio.timeout(None)
        self._timer: asyncio.TimerHandle | None = None
        self._looked = 0.0
        """When it last looked, in the loop's time."""
        self._left: float | None = seconds
        """Seconds of patience that are left; None while nothing is waited for."""
        self._every = min(_LONGEST, seconds / _LOOKS)
        self._is_renewed = False
        """Whether there was a sign of life since the last look."""

    async def __aenter__(self) -> Self:
        await self._timeout.__aenter__()
        self._look_later()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
        await self._timeout.__aexit__(kind, error, traceback)

    def renew(self, seconds: float) -> None:
        """There was a sign of life; the next one may take so many seconds."""
        self._left, self._is_renewed = seconds, True

    def rest(self) -> None:
        """Nothing is waited for until it is renewed."""
        self._left = None

    def _look_later(self) -> None:
        loop = asyncio.get_running_loop()
        self._looked = loop.time()
        self._timer = loop.call_later(self._every, self._look)

    def _look(self) -> None:
        now = asyncio.get_running_loop().time()
        if self._left is not None and not self._is_renewed:
            self._left -= min(now - self._looked, 2 * self._every)
            if self._left <= 0:
                self._timeout.reschedule(now)
                return
        self._is_renewed = False
        self._look_later()
