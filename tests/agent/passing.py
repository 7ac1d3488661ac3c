"""A loop's time, moved on by a test."""

import asyncio

import pytest

__all__ = ["Passing"]


class Passing:
    """Time that goes by on the running loop without being waited for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        time = asyncio.get_running_loop().time
        self._passed = 0.0
        monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: time() + self._passed)

    def at_once(self, seconds: float) -> None:
        """The loop is held up for so many seconds."""
        self._passed += seconds

    async def seconds(self, number: int) -> None:
        """So many seconds go by, in each of which the loop comes round."""
        for _ in range(number):
            self._passed += 1
            await asyncio.sleep(0)
