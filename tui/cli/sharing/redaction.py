"""What is asked before something is handed on: whether what looks like a secret in it is to go along."""

import sys

from agent.errors import UsageError
from agent.figures import plural

__all__ = ["is_redacted"]


def is_redacted(count: int, *, redact: bool) -> bool:
    """Whether what looks like a secret, in `count` places, is taken out: by `redact`, else by the user's word.

    He is asked at the terminal, and warned where there is none. Blocks.

    Raises:
        UsageError: he said no.
    """
    if not count:
        return False
    if not redact and not _asked(count):
        return False
    sys.stderr.write(f"tickertape: {plural(count, 'place')} marked …\n")
    return True


def _asked(count: int) -> bool:
    what = f"{plural(count, 'place')} in it {'looks' if count == 1 else 'look'} like a secret"
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        sys.stderr.write(f"tickertape: {what}; --redact takes that out\n")
        return False
    sys.stderr.write(f"{what}: [r]edact, [k]eep, or [N]o export? ")
    sys.stderr.flush()
    answer = sys.stdin.readline().strip().lower()
    if answer in ("r", "redact"):
        return True
    if answer in ("k", "keep"):
        return False
    raise UsageError("nothing was exported")
