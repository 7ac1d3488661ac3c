"""Keeps the garbage collector, and the loading of what answers need, from stalling the screen.

Walking the whole heap of Textual and LangChain takes 100 to 200 ms, and imports make the collector walk it again and
again. Once all is imported nothing of it is garbage, so it is put out of the collector's sight, and what is young is
collected when nobody waits.
"""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["collect_when_idle", "loading"]

_SWITCH = 0.001
"""Seconds after which the loading thread lets the screen go on; Python's own is five times that."""


@contextmanager
def loading() -> Iterator[None]:
    """While all that the program needs is imported in a thread; afterwards it is out of the collector's sight."""
    switch = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH)
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
        gc.set_threshold(10_000, 50, 1_000)
        sys.setswitchinterval(switch)


def collect_when_idle() -> None:
    """Call when a turn is over and nothing moves on the screen."""
    gc.collect()
