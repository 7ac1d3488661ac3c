"""Reads what went wrong with a model call out of whatever exception a provider's client raised.

It owns the judgement (try again, try without an argument, or give up) and the words; it imports no provider, because
clients differ and agree on little more than a status code, a response with headers, and their class names.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from math import isnan
from time import time
from typing import Any, Literal

from agent.text import well_formed

__all__ = ["MAX_RETRY_DELAY", "Failure", "Refusable", "read_failure"]

MAX_RETRY_DELAY = 30.0
"""The longest wait before a retry that a server can ask for, in seconds."""

Refusable = Literal["tool_choice", "temperature", "tools"]
"""An argument that some servers refuse and that a call can do without."""

_REFUSABLE: tuple[Refusable, ...] = ("tool_choice", "temperature", "tools")
_CONNECTION_ERRORS = {"APIConnectionError", "ConnectError", "ConnectTimeout", "ConnectionError", "RemoteProtocolError"}


@dataclass(frozen=True, kw_only=True)
class Failure:
    """What a failed model call calls for."""

    message: str
    """One line for the user."""
    retryable: bool = False
    """Whether the same call may work a little later."""
    retry_after: float | None = None
    """Seconds that the server asked to wait, capped."""
    refused: Refusable | None = None
    """The argument that the server would not take."""


def read_failure(error: BaseException) -> Failure:
    """What `error` means for the call that raised it."""
    status = next((s for e in _chain(error) if isinstance(s := getattr(e, "status_code", None), int)), None)
    if status is None:
        connection = any(cls.__name__ in _CONNECTION_ERRORS for e in _chain(error) for cls in type(e).__mro__)
        return Failure(message=_words(error), retryable=connection)
    text = str(error).lower()
    refused = next((name for name in _REFUSABLE if name in text), None) if status in (400, 422) else None
    return Failure(
        message=_words(error),
        retryable=status in (408, 429) or status >= 500,
        retry_after=_retry_after(error),
        refused=refused,
    )


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what caused it, outermost first."""
    current: BaseException | None = error
    for _ in range(8):
        if current is None:
            return
        yield current
        current = current.__cause__


def _retry_after(error: BaseException) -> float | None:
    """Seconds from a `Retry-After` header: a number or a date (RFC 9110, section 10.2.3)."""
    for e in _chain(error):
        headers = getattr(getattr(e, "response", None), "headers", None)
        value = headers.get("retry-after") if headers is not None else None
        if value is None:
            continue
        try:
            seconds = float(value)
        except ValueError:
            try:
                seconds = parsedate_to_datetime(value).timestamp() - time()
            except (ValueError, OverflowError):
                continue
        if isnan(seconds):
            continue
        return min(max(seconds, 0.0), MAX_RETRY_DELAY)
    return None


def _words(error: BaseException) -> str:
    """One line: the server's own message where there is one."""
    if isinstance(error, json.JSONDecodeError):
        return "the model's server sent a chunk that is not JSON"
    for e in _chain(error):
        body: Any = getattr(e, "body", None)
        if isinstance(body, dict) and isinstance(body.get("message"), str):
            status = getattr(e, "status_code", None)
            return _one_line(f"{status}: {body['message']}" if status else body["message"])
    return _one_line(str(error)) or type(error).__name__


def _one_line(text: str) -> str:
    text = well_formed(" ".join(text.split()))
    return text if len(text) <= 500 else text[:500] + "…"
