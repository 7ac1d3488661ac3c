"""Processes that foreign code forks from this one (Python's multiprocessing, on Linux): they are none of the program.

A forked process has this one's signal handlers, and its way to wake the loop. One that is ended, as a pool ends its
workers, would cancel our turn, or give the terminal back, in the place of ending.
"""

import os
import signal
import threading
from functools import cache

__all__ = ["let_forks_end"]

_held = threading.local()
"""The mask of the thread that forks."""


@cache
def let_forks_end() -> None:
    """From now on what is forked from this process takes signals as any other does."""
    if hasattr(os, "register_at_fork"):
        # None is taken in between: it would come to us, by the way to wake the loop that both have.
        os.register_at_fork(before=_hold, after_in_parent=_release, after_in_child=_take_signals)


def _hold() -> None:
    _held.mask = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())


def _release() -> None:
    signal.pthread_sigmask(signal.SIG_SETMASK, _held.mask)


def _take_signals() -> None:
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGWINCH, signal.SIGTSTP, signal.SIGCONT):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _release()
