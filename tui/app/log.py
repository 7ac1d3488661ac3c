"""The log: what this program says of itself, in a private file; errors name it.

It owns the file; what is listed there, `agent.logs` says. What tools print comes to the same file by descriptors
(`tui.terminal.descriptors`).
"""

import logging
import os
from io import TextIOWrapper
from pathlib import Path

from agent.logs import take_logs
from agent.secrets import Secrets
from agent.transcripts.folders import make_private_folder

__all__ = ["set_up_log"]

_LIMIT = 2_000_000
"""Bytes."""


def set_up_log(path: Path, secrets: Secrets, *, debug: bool) -> None:
    """Log to a file, never to the screen; a folder that cannot be written costs the log, not the program."""
    handler: logging.Handler
    try:
        make_private_folder(path.parent)
        handler = _PrivateLog(path, encoding="utf-8", errors="replace")
    except OSError:
        handler = logging.NullHandler()
    handler.setFormatter(_Formatter(secrets))
    take_logs(handler, logging.DEBUG if debug else logging.INFO)


class _Formatter(logging.Formatter):
    """Whole records, tracebacks too, without secrets."""

    def __init__(self, secrets: Secrets) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        return self._secrets.hidden(super().format(record))


class _PrivateLog(logging.FileHandler):
    """A log for the user's eyes only; a large one is put aside when the program starts, in the place of the last."""

    def _open(self) -> TextIOWrapper:
        path = Path(self.baseFilename)
        if path.exists() and path.stat().st_size > _LIMIT:
            path.replace(path.with_suffix(".log.1"))
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        return open(descriptor, "a", encoding=self.encoding, errors=self.errors)
