"""The windows that servers have told of, kept in a small file, so that no session has to be refused to learn one again.

It owns the file and the name of a server in it, which tells nothing of its address. What is kept is forgotten after a
while: a server of one's own may be started with another window any day.
"""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import msgspec

from agent.files import write_file

__all__ = ["LearnedWindow", "WindowFile"]

log = logging.getLogger(__name__)

_NAME = "windows.json"
_KEPT = 7 * 24 * 3600.0
"""Seconds that a window is believed in."""
_MOST = 200
"""Windows in the file; the oldest are forgotten first."""


class LearnedWindow(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What is known of the window of a server's model."""

    tokens: int
    bytes_per_token: float
    learned: float
    """Seconds since the epoch."""


class WindowFile:
    """The window of one model at one server, kept beside those of others."""

    def __init__(self, folder: Path, model: str, base_url: str | None, clock: Callable[[], float] = time.time) -> None:
        self._path = folder / _NAME
        self._key = sha256(f"{model} {base_url or ''}".encode()).hexdigest()[:24]
        self._clock = clock

    def read(self) -> LearnedWindow | None:
        """What was kept; None where there is nothing, or it is old or broken. Blocks."""
        return self._read().get(self._key)

    def keep(self, tokens: int, bytes_per_token: float) -> None:
        """Keep what a server told of its window. Blocks; a file that cannot be written is done without."""
        learned = LearnedWindow(tokens=tokens, bytes_per_token=bytes_per_token, learned=self._clock())
        known = sorted((self._read() | {self._key: learned}).items(), key=lambda one: one[1].learned)
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_file(self._path, [msgspec.json.encode(dict(known[-_MOST:]))], overwrite=True)
        except OSError as error:
            log.info("the model's window is not kept: %s", error)

    def _read(self) -> dict[str, LearnedWindow]:
        known: dict[str, LearnedWindow] = {}
        with suppress(OSError, msgspec.MsgspecError):
            known = msgspec.json.decode(self._path.read_bytes(), type=dict[str, LearnedWindow])
        now = self._clock()
        return {
            key: one
            for key, one in known.items()
            if 0 <= now - one.learned < _KEPT and one.tokens > 0 and one.bytes_per_token > 0
        }
