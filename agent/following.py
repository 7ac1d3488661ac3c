"""Waits for a file to be written to, so that it can be read on while another program writes it."""

from collections.abc import AsyncIterator
from pathlib import Path

__all__ = ["changes"]


async def changes(path: Path) -> AsyncIterator[None]:
    """Yields whenever there may be more in the file, at the latest a second after there is; without end."""
    from watchfiles import awatch  # only a reader of another's file needs it

    # The time-out catches what was written before the watch began.
    async for _changes in awatch(path, yield_on_timeout=True, rust_timeout=1_000):
        yield
