"""What of a process of this program is logged, and what is kept quiet, whoever writes it down.

It owns who is listed there. Libraries are not: they log addresses with their passwords, and headers.
"""

import logging
import threading
import warnings

__all__ = ["take_logs"]

log = logging.getLogger(__name__)

_LISTED = ("agent", "tui", "asyncio", "py.warnings")
_QUIET = (
    *("httpx", "httpcore", "httpx2", "httpcore2", "urllib3", "requests", "aiohttp"),
    *("openai", "anthropic", "groq", "mistralai", "google", "google_genai", "ollama", "langsmith", "mcp"),
)
"""Libraries that log addresses and headers; a tool that sends all logs to the terminal sends not these."""


def take_logs(handler: logging.Handler, level: int) -> None:
    """Have `handler` take what this process has to say from `level` on, and no other, whatever a tool sets up."""
    logging.getLogger().addHandler(logging.NullHandler())  # else Python writes what nobody takes to standard error
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
    # Mistral's lists of content do not fit the type that the client serialises with, once per chunk.
    warnings.filterwarnings("ignore", message="Pydantic serializer warnings")
    threading.excepthook = _log_thread
    for name in _LISTED:
        logger = logging.getLogger(name)
        logger.setLevel(level)
        logger.addHandler(handler)
        logger.propagate = False  # what a tool makes of the root's handlers is not ours


def _log_thread(ended: threading.ExceptHookArgs) -> None:
    """A thread that ends by an error is most often a tool's, and no news for the terminal."""
    if ended.exc_value is not None and ended.exc_type is not SystemExit:
        log.warning("a thread ended by an error", exc_info=ended.exc_value)
