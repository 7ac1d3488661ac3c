"""Who may write a session's file: one at a time, by a lock of the system that ends with whoever has it.

It knows files and nothing of what is in them.
"""

import fcntl
import os
import time
from pathlib import Path

from agent.errors import SessionLocked

__all__ = ["is_locked", "lock_transcript"]

_TRIES = 10
_PAUSE = 0.005
"""Seconds between two tries for a lock: who lists the sessions holds each for a moment, to see which are live."""


def lock_transcript(path: Path, flags: int = os.O_RDONLY) -> int:
    """Open a session's file and take its lock; gives the descriptor, whose closing gives the lock up.

    Raises:
        SessionLocked: another has it.
        OSError: the file cannot be opened.
    """
    for attempt in range(_TRIES):
        if attempt:
            time.sleep(_PAUSE)
        file = os.open(path, flags | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(file), path.stat()):
                return file
        except OSError:  # locked, or moved to the trash between the opening and the lock: the next try tells
            pass
        os.close(file)
    raise SessionLocked(f"{path.stem} is open in another instance")


def is_locked(path: Path) -> bool:
    """Whether another has the lock of a file, such as a session's; one that cannot be opened is not locked.

    Tried once, for a moment, in a way that two who ask at once do not take for a lock.
    """
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(file)
    return False
