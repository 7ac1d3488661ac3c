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
    """Whether another writes a session's file now. Blocks for a moment."""
    try:
        os.close(lock_transcript(path))
    except SessionLocked:
        return True
    except OSError:
        return False
    return False
