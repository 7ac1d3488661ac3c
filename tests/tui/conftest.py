"""What the tests of the screen stand on: pilots that know when the app is done, and logging that is left as it was."""

import logging
import threading
from collections.abc import Iterator

import pytest

from agent import logs
from tests.tui.idling import exact_pilot
from tests.tui.stylesheets import styles_parsed_once

__all__ = ["exact_pilot", "loggers", "styles_parsed_once"]


@pytest.fixture
def loggers() -> Iterator[None]:
    """Logging is as it was when the test is over."""
    names = ["", "agent", "tui", "asyncio", "py.warnings", *logs._QUIET]
    before = [(logger := logging.getLogger(name), logger.handlers[:], logger.level, logger.propagate) for name in names]
    hook = threading.excepthook
    yield
    threading.excepthook = hook
    for logger, handlers, level, propagate in before:
        for handler in set(logger.handlers) - set(handlers):
            handler.close()
        logger.handlers[:], logger.propagate = handlers, propagate
        logger.setLevel(level)
    logging.captureWarnings(capture=False)
