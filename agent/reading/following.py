"""Waits for a file to be written to, so that it can be read on while another program writes it."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

__all__ = ["changes", "why_lost"]


async def changes(path: Path) -> AsyncIterator[None]:
    """Yields whenever there may be more in the file, at the latest a second after there is; without end."""
    from watchfiles import awatch  # only a reader of another's file needs it

    # The time-out catches what was written before the watch began.
    async for _changes in awatch(path, yield_on_timeout=True, rust_timeout=1_000):
        yield


def why_lost(path: Path, file: int, read: int) -> str:
    """Why an open file will not be read on that was read up to this byte; empty where it may. Blocks for a moment."""
    try:
        named = path.stat()
    except OSError:
        return "it is gone"
    if not os.path.samestat(named, os.fstat(file)):
        return "another file took its place"
    return "it was cut short" if named.st_size < read else ""
