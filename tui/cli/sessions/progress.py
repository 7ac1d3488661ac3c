"""How far the index of the sessions is, told to whoever watches a command that has it brought up to date."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["telling_progress"]

_LONG, _OFTEN = 0.5, 0.1
"""Seconds after which progress is told, and between two tellings."""


@contextmanager
def telling_progress() -> Iterator[Callable[[int, int], None] | None]:
    """Gives what tells how far the index is, where somebody watches and it takes long; in the end it is wiped away."""
    if not sys.stderr.isatty():
        yield None
        return
    begun = shown = time.monotonic()

    def tell(done: int, count: int) -> None:
        nonlocal shown
        now = time.monotonic()
        if now - begun > _LONG and now - shown > _OFTEN:
            shown = now
            print(f"\rindexing {done:,} of {count:,} sessions", end="", file=sys.stderr, flush=True)

    try:
        yield tell
    finally:
        if shown > begun:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
