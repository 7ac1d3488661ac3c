"""Runs the program's coroutine to its end, and waits for nothing that will not stop."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

__all__ = ["run_to_end"]

T = TypeVar("T")


def run_to_end(work: Coroutine[Any, Any, T]) -> T:
    """What `work` gives, run on a loop of its own.

    `asyncio.run` would wait for every task and thread that is left; a tool that refuses to be cancelled would hold up
    the exit.
    """
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        return loop.run_until_complete(work)
    finally:
        asyncio.set_event_loop(None)
