"""Keeps the garbage collector from stalling the screen.

Walking the whole heap of Textual and LangChain takes 100 to 200 ms. Once all is imported nothing of it is garbage, so
it is put out of the collector's sight, and what is young is collected when nobody waits.
"""

import gc

__all__ = ["collect_when_idle", "settle"]


def settle() -> None:
    """Call once, when all that the program needs is imported."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 50, 1_000)


def collect_when_idle() -> None:
    """Call when a turn is over and nothing moves on the screen."""
    gc.collect()
