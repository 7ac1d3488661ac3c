"""How long a server asks to wait before the next try, in whatever place its kind tells so."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from email.utils import parsedate_to_datetime
from math import isnan
from time import time
from typing import Any

from agent.sources.failures.bodies import Said

__all__ = ["MAX_RETRY_DELAY", "wait_of"]

MAX_RETRY_DELAY = 30.0
"""The longest wait before a retry that a server can ask for, in seconds."""

_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hours?)?(?![a-z])")
_SECONDS = {"ms": 0.001, "mil": 0.001, "s": 1.0, "sec": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "hou": 3600.0}
_WORDS = re.compile(
    r"(?:try again|retry|wait)\b[^.\d]{0,40}?((?:\d+(?:\.\d+)?\s*(?:ms|h|m|s)[a-z]*\s*)+)", re.IGNORECASE
)
_FIELDS = {"retryDelay": 1.0, "retry_after": 1.0, "retry_after_seconds": 1.0, "retry_after_ms": 0.001}
"""Fields of a body, and what one of their units is in seconds. `retryDelay` is Google's (google.rpc.RetryInfo)."""


def wait_of(said: Said) -> float | None:
    """Seconds, from 0 to `MAX_RETRY_DELAY`; None where the server does not say."""
    for seconds in _waits(said):
        if not isnan(seconds):
            return min(max(seconds, 0.0), MAX_RETRY_DELAY)
    return None


def _waits(said: Said) -> Iterator[float]:
    if said.headers is not None:
        yield from _of_headers(said.headers)
    for one in said.objects:
        for name, unit in _FIELDS.items():
            value = one.get(name)
            if isinstance(value, int | float) and not isinstance(value, bool):
                yield value * unit
            elif isinstance(value, str):
                yield from _spans(value, unit)
        metadata = one.get("metadata")
        if isinstance(metadata, Mapping) and isinstance(headers := metadata.get("headers"), Mapping):
            yield from _of_headers({str(name).lower(): str(value) for name, value in headers.items()})
    if (found := _WORDS.search(said.every_word)) is not None:
        yield from _spans(found[1], 1.0)


def _of_headers(headers: Mapping[str, Any]) -> Iterator[float]:
    """`Retry-After` is a number or a date (RFC 9110, section 10.2.3); Azure and OpenAI tell milliseconds beside it."""
    if (value := headers.get("retry-after-ms")) is not None:
        yield from (seconds / 1000 for seconds in _number(value))
    if (value := headers.get("retry-after")) is not None:
        numbers = list(_number(value))
        yield from numbers
        if not numbers:
            with suppress(ValueError, OverflowError, TypeError):
                yield parsedate_to_datetime(value).timestamp() - time()
    if (value := headers.get("x-ratelimit-reset")) is not None:  # OpenRouter: the moment, in milliseconds
        yield from (number / 1000 - time() for number in _number(value) if number > 1e12)


def _number(value: Any) -> Iterator[float]:
    try:
        yield float(value)
    except (TypeError, ValueError):
        return


def _spans(text: str, unit: float) -> Iterator[float]:
    """The sum of spans such as `1m30s`, `20 seconds` or `250ms`; a bare number counts `unit`."""
    found = _SPAN.findall(text.lower())
    if found:
        yield sum(
            float(number) * (_SECONDS[name if name == "ms" else name[:3]] if name else unit) for number, name in found
        )
