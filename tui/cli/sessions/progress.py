"""How far a command is that takes long, told to whoever watches it."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["telling_progress"]

_LONG, _OFTEN = 0.5, 0.1
"""Seconds after which progress is told, and between two tellings."""


@contextmanager
def telling_progress(words: str) -> Iterator[Callable[[int, int], None] | None]:
    """Gives what tells how far it is, where somebody watches and it takes long: `words` have a place for how many are
    done, and one for how many there are. In the end it is wiped away."""
    if not sys.stderr.isatty():
        yield None
        return
    begun = shown = time.monotonic()

    def tell(done: int, count: int) -> None:
        nonlocal shown
        now = time.monotonic()
        if now - begun > _LONG and now - shown > _OFTEN:
            shown = now
            print(f"\r{words.format(f'{done:,}', f'{count:,}')}", end="", file=sys.stderr, flush=True)

    try:
        yield tell
    finally:
        if shown > begun:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
