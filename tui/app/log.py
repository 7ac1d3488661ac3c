"""The log: what this program says of itself, in a private file; errors name it.

It owns who is listed there. Libraries are not: they log addresses with their passwords, and headers. What tools print
comes to the same file by descriptors (`tui.terminal.descriptors`).
"""

import logging
import os
import threading
import warnings
from io import TextIOWrapper
from pathlib import Path

from agent.secrets import Secrets
from agent.transcripts.folders import make_private_folder

__all__ = ["set_up_log"]

log = logging.getLogger(__name__)

_LISTED = ("agent", "tui", "asyncio", "py.warnings")
_QUIET = (
    *("httpx", "httpcore", "httpx2", "httpcore2", "urllib3", "requests", "aiohttp"),
    *("openai", "anthropic", "groq", "mistralai", "google", "google_genai", "ollama", "langsmith", "mcp"),
)
"""Libraries that log addresses and headers; a tool that sends all logs to the terminal sends not these."""
_LIMIT = 2_000_000
"""Bytes."""


def set_up_log(path: Path, secrets: Secrets, *, debug: bool) -> None:
    """Log to a file, never to the screen; a folder that cannot be written costs the log, not the program."""
    logging.getLogger().addHandler(logging.NullHandler())  # else Python writes what nobody takes to standard error
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
    # Mistral's lists of content do not fit the type that the client serialises with, once per chunk.
    warnings.filterwarnings("ignore", message="Pydantic serializer warnings")
    handler: logging.Handler
    try:
        make_private_folder(path.parent)
        handler = _PrivateLog(path, encoding="utf-8", errors="replace")
    except OSError:
        handler = logging.NullHandler()
    handler.setFormatter(_Formatter(secrets))
    threading.excepthook = _log_thread
    for name in _LISTED:
        logger = logging.getLogger(name)
        logger.setLevel(logging.DEBUG if debug else logging.INFO)
        logger.addHandler(handler)
        logger.propagate = False  # what a tool makes of the root's handlers is not ours


def _log_thread(ended: threading.ExceptHookArgs) -> None:
    """A thread that ends by an error is most often a tool's, and no news for the terminal."""
    if ended.exc_value is not None and ended.exc_type is not SystemExit:
        log.warning("a thread ended by an error", exc_info=ended.exc_value)


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
