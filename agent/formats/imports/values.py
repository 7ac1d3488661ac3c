"""Takes values out of foreign JSON: each as what it should be, or not at all.

Knows no format. What is of another type than its sender's documentation says counts as absent, so a converter never
fails on a record and never shows what it only guesses.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec

__all__ = ["ending", "items", "json_text", "mapping", "mappings", "moment", "number", "text", "whole"]

_LAST = 4_102_444_800
"""Seconds since the epoch at the end of 2099: a larger number counts a smaller unit."""


def text(value: Any) -> str:
    """`value` where it is text, else empty."""
    return value if isinstance(value, str) else ""


def mapping(value: Any) -> dict[str, Any]:
    """`value` where it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[Any]:
    """`value` where it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def mappings(value: Any) -> Iterator[dict[str, Any]]:
    """The objects of a list; its other values are left out."""
    return (item for item in items(value) if isinstance(item, dict))


def number(value: Any) -> float | None:
    """`value` where it is a number, also one written as text (JSON of protocol buffers writes 64 bits so)."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    return value if isinstance(value, int | float) and abs(value) < 2**63 else None


def whole(value: Any) -> int | None:
    """`value` where it is a whole number that is not negative: a count."""
    if type(value) is int:  # as nearly all of them are
        return value if 0 <= value < 2**63 else None
    found = number(value)
    return int(found) if found is not None and found >= 0 and found == int(found) else None


def moment(value: Any) -> int | None:
    """Milliseconds since the epoch of an ISO 8601 text, or of a number of seconds, milli-, micro- or nanoseconds.

    A text without a zone is UTC, as the programs that write such ones mean it. None for what is no moment.
    """
    if isinstance(value, str) and not value.isdigit():
        try:
            found = datetime.fromisoformat(value)
            return round((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() * 1000)
        except (ValueError, OverflowError):
            return None
    seconds = number(value)
    if seconds is None or seconds <= 0:
        return None
    while seconds > _LAST:
        seconds /= 1000
    return round(seconds * 1000)


def json_text(value: Any) -> str:
    """Arguments or a result as text: text as it is, everything else as JSON, its keys in their order."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def ending(value: str, length: int = 200) -> str:
    """A reason in one line of at most this many characters."""
    line = " ".join(value.split())
    return line if len(line) <= length else line[: length - 1] + "…"
