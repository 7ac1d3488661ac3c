"""Patience: ended by silence, never by what holds this program up."""

import asyncio

import pytest

from agent.patience import Patience
from tests.agent.passing import Passing


@pytest.fixture
async def passing(monkeypatch: pytest.MonkeyPatch) -> Passing:
    return Passing(monkeypatch)


async def _waited(passing: Passing, *silences: int, first: int = 60) -> None:
    """Be silent for so many seconds each, with a sign of life between them, behind which 60 s are given."""
    async with Patience(first) as patience:
        for number, silence in enumerate(silences):
            if number:
                patience.renew(60)
            await passing.seconds(silence)


async def test_silence_ends_it(passing: Passing) -> None:
    await _waited(passing, 59)
    with pytest.raises(TimeoutError):
        await _waited(passing, 70)
    with pytest.raises(TimeoutError):
        await _waited(passing, 500, 70, first=600)


async def test_each_sign_of_life_gives_its_time_anew_and_none_counts_at_rest(passing: Passing) -> None:
    await _waited(passing, 500, 50, 50, 50, first=600)
    async with Patience(60) as patience:
        patience.rest()
        await passing.seconds(600)


async def test_no_sign_of_life_is_missed_because_the_loop_was_held_up(passing: Passing) -> None:
    reader = asyncio.StreamReader()
    async with Patience(60):
        for _ in range(20):
            passing.at_once(3_600)
            reader.feed_data(b".")
            assert await reader.read(1) == b"."
            await asyncio.sleep(0)
