"""What comes by standard input beside a question: whose it is, and how long it is waited for.

A pipe that nobody writes to must not hold up an answer, and what belongs to the script around is not ours: a command in
a shell's `while read` loop has the loop's own list as its input.
"""

import os
import select
import stat
import sys
from pathlib import Path

from agent.errors import UsageError

__all__ = ["piped_text"]

_FIRST_BYTE = 2.0
"""Seconds in which something must come where a question is there without it."""
_MOST_BYTES = 16 * 2**20
"""A pipe may have no end."""
_SHELLS = frozenset({"ash", "bash", "busybox", "dash", "fish", "ksh", "mksh", "sh", "yash", "zsh"})
_MOST_PARENTS = 16


def piped_text(*, is_needed: bool) -> str:
    """What was piped in, without the blanks around it.

    `is_needed` reads it whatever it is and for as long as it takes: there is no other question. Else what nobody
    writes, and what is a shell's own, is left alone, and it is told where that may surprise.

    Raises:
        UsageError: it is more than any model takes.
    """
    if not is_needed:
        if stat.S_ISCHR(os.fstat(sys.stdin.fileno()).st_mode):  # a terminal, or /dev/null: nothing was piped
            return ""
        if _is_a_shells_own():
            if _has_something(0):
                _tell("standard input is the shell's own and is left to it; cat | before tickertape hands it over")
            return ""
        if not _has_something(_FIRST_BYTE):
            _tell(f"nothing came by the pipe in {_FIRST_BYTE:g} s, so it is not waited for; ask - waits")
            return ""
    data = sys.stdin.buffer.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise UsageError(f"more than {_MOST_BYTES // 2**20} MB came by the pipe, which no model takes")
    return data.decode("utf-8", "replace").strip()


def _has_something(seconds: float) -> bool:
    """Whether there is something to read, its end among it, within a time."""
    return bool(select.select([sys.stdin], [], [], seconds)[0])


def _is_a_shells_own() -> bool:
    """Whether standard input is that of a shell above this process too, or was read in part before.

    Programs between the shell and this one (`uv run`, `sudo`) hand theirs on. Only Linux tells of other processes.
    """
    ours = os.fstat(0)
    if stat.S_ISREG(ours.st_mode) and os.lseek(0, 0, os.SEEK_CUR) > 0:
        return True
    process = os.getppid()
    for _ in range(_MOST_PARENTS):
        try:
            theirs = os.stat(f"/proc/{process}/fd/0")
            name, _, rest = Path(f"/proc/{process}/stat").read_text().partition("(")[2].rpartition(")")
        except OSError:
            return False
        if (theirs.st_dev, theirs.st_ino) != (ours.st_dev, ours.st_ino):
            return False
        if name in _SHELLS:
            return True
        process = int(rest.split()[1])
    return False


def _tell(words: str) -> None:
    print(f"tickertape: {words}", file=sys.stderr, flush=True)
