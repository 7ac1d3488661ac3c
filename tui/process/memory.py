"""Keeps the garbage collector, and what runs in threads beside it, from stalling the screen.

Walking the whole heap of Textual and LangChain takes 100 to 200 ms, and imports make the collector walk it again and
again. Once all is imported nothing of it is garbage, so it is put out of the collector's sight, and what is young is
collected when nobody waits. A screen lets go of the interpreter many times a frame (it reads, it writes), and gets it
back as late each time as it takes another thread to let it go: what answers need is imported there, and agents and
tools of the user run there.
"""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["collect_when_idle", "loading"]

_SWITCH = 0.001
"""Seconds after which another thread lets the screen go on; Python's own is five times that."""


@contextmanager
def loading() -> Iterator[None]:
    """While all that the program needs is imported in a thread; afterwards it is out of the collector's sight.

    Threads let the screen go on soon from here on.
    """
    sys.setswitchinterval(_SWITCH)
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
        gc.set_threshold(10_000, 50, 1_000)


def collect_when_idle() -> None:
    """Call when a turn is over and nothing moves on the screen."""
    gc.collect()
