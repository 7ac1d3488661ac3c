"""Single values of a stranger's JSON, taken for what they are certain to mean.

Knows no event: what is wanted is in the name of each function, which raises `Odd` where a value is not certain to be
it.
"""

import json
import math
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from agent.events.types import MessageCall, MessageFunction, TokenUsage
from agent.text import all_well_formed

__all__ = [
    "Odd",
    "as_calls",
    "as_entries",
    "as_flag",
    "as_items",
    "as_mapping",
    "as_moment",
    "as_name",
    "as_parts",
    "as_prose",
    "as_text",
    "as_usage",
    "is_in_seconds",
    "json_text",
    "told",
]


class Odd(Exception):
    """A value is not certain to mean what is wanted."""


def told(value: Any) -> str:
    """What kind of value it is, in words."""
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return f"the number {value}"[:40]
        case str():
            return "the text " + json.dumps(value[:30], ensure_ascii=False)
        case list():
            return "a list"
        case _:
            return "an object"


def json_text(value: Any) -> str:
    """A value as JSON, as short as can be."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


# Text


def as_name(value: Any) -> str:
    """A short text, such as an id: text or a number."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Odd
    return str(int(value)) if value == int(value) else str(value)


def as_text(value: Any) -> str:
    """Text; any other value as JSON."""
    return value if isinstance(value, str) else json_text(value)


def as_prose(value: Any) -> str:
    """Text that is read: that of text parts, where it came in such."""
    if isinstance(value, str):
        return value
    parts = value if isinstance(value, list) else [value]
    texts = [part.get("text") if isinstance(part, dict) else part for part in parts]
    found = [text for text in texts if isinstance(text, str)]
    return "".join(found) if found and len(found) == len(parts) else json_text(value)


def as_parts(value: Any) -> str | list[Any] | dict[str, Any]:
    """The content of a message: text, parts, or an activity's object."""
    return value if isinstance(value, str | list | dict) else json_text(value)


# Others


def as_flag(value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise Odd
    return value


def as_mapping(value: Any) -> dict[str, Any]:
    """An object; one that is written as text too."""
    found = _loaded(value)
    if not isinstance(found, dict):
        raise Odd
    return found


def as_items(value: Any) -> list[Any]:
    """A list; the only item of one too."""
    found = _loaded(value)
    if isinstance(found, dict):
        return [found]
    if not isinstance(found, list):
        raise Odd
    return found


def as_entries(value: Any) -> list[dict[str, Any]]:
    """The objects of a list."""
    return [entry for entry in as_items(value) if isinstance(entry, dict)]


def _loaded(value: Any) -> Any:
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            return all_well_formed(json.loads(value))
        except (ValueError, RecursionError):
            raise Odd from None
    return value


_SECONDS = (1e9, 1e11)
_UNITS: tuple[tuple[float, float, float], ...] = (
    (*_SECONDS, 1_000),
    (1e14, 1e17, 1 / 1_000),
    (1e17, 1e20, 1 / 1_000_000),
)
"""What lies between the first two counts seconds, micro- or nanoseconds since the epoch: the third makes it
milliseconds. All are the years from 2001 on; below, a stream counts from its own start."""


def is_in_seconds(moment: float | None) -> bool:
    """Whether a moment counts seconds since the epoch, not milliseconds."""
    return moment is not None and _SECONDS[0] <= moment < _SECONDS[1]


def as_moment(value: Any) -> int | float:
    """Milliseconds since the epoch, or since a stream's own start; other units, ISO 8601 and numbers in text too."""
    if isinstance(value, bool):
        raise Odd
    if isinstance(value, str):
        return _moment_of_text(value.strip())
    if not isinstance(value, int | float) or not math.isfinite(value):
        raise Odd
    for least, end, factor in _UNITS:
        if least <= value < end:
            moment = value * factor
            return int(moment) if isinstance(value, int) and moment == int(moment) else moment
    if not -1e9 < value < 1e14:
        raise Odd
    return value


def _moment_of_text(text: str) -> int | float:
    try:
        return as_moment(int(text) if text.lstrip("+-").isdecimal() else float(text))
    except (ValueError, OverflowError):
        pass
    try:
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise Odd from None
    if moment.tzinfo is None:  # as servers write UTC
        moment = moment.replace(tzinfo=UTC)
    return moment.timestamp() * 1_000


# Usage and calls

_COUNTS: dict[str, tuple[str, ...]] = {
    "input_tokens": ("inputtokens", "prompttokens", "input", "prompt", "prompttokencount", "requesttokens"),
    "output_tokens": (
        "outputtokens",
        "completiontokens",
        "output",
        "completion",
        "candidatestokencount",
        "responsetokens",
    ),
    "total_tokens": ("totaltokens", "total", "totaltokencount"),
    "reasoning_tokens": ("reasoningtokens", "reasoning", "thoughtstokencount"),
    "cached_input_tokens": (
        "cachedinputtokens",
        "cachereadinputtokens",
        "cachereadtokens",
        "cacheread",
        "cachedtokens",
        "cachedcontenttokencount",
    ),
    "cache_write_input_tokens": ("cachewriteinputtokens", "cachecreationinputtokens", "cachewritetokens", "cachewrite"),
}
"""What providers and libraries call a count, without capitals and underscores; AG-UI's name goes first."""


def as_usage(value: Any) -> list[TokenUsage]:
    """What model calls cost, in a list or alone, by whatever names; what counts nothing is left out."""
    found = [_usage(entry) for entry in as_entries(value)]
    usage = [entry for entry in found if entry is not None]
    if not usage and any(as_entries(value)):
        raise Odd
    return usage


def _usage(entry: dict[str, Any]) -> TokenUsage | None:
    given = dict(_flat(entry))
    counts: dict[str, Any] = {
        name: count
        for name, names in _COUNTS.items()
        if (count := next((count for key in names if (count := _count(given.get(key))) is not None), None)) is not None
    }
    who = {name: given[name] for name in ("model", "provider") if isinstance(given.get(name), str)}
    return TokenUsage(**counts, **who) if counts or who or not entry else None


def _flat(entry: dict[str, Any]) -> Iterable[tuple[str, Any]]:
    """The fields of a usage, and behind them those of its details, where it has none of that name itself."""
    for value in entry.values():
        if isinstance(value, dict):
            yield from ((_bare(name), count) for name, count in value.items())
    for key, value in entry.items():
        if not isinstance(value, dict):
            yield _bare(key), value


def _bare(name: str) -> str:
    return name.replace("_", "").lower()


def _count(value: Any) -> int | None:
    if isinstance(value, str) and value.isdecimal() and len(value) < 16:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 2**53:
        return None
    return int(value)


def as_calls(value: Any) -> list[MessageCall]:
    """The tool calls of a message, as OpenAI nests them or flat, arguments as text or as an object."""
    return [_call(entry) for entry in as_entries(value)]


def _call(entry: dict[str, Any]) -> MessageCall:
    function = entry.get("function")
    inner = function if isinstance(function, dict) else entry
    name = next((inner[key] for key in ("name", "toolName", "toolCallName") if isinstance(inner.get(key), str)), "")
    arguments = [inner[key] for key in ("arguments", "args", "input") if inner.get(key) is not None]
    given = next((entry[key] for key in ("id", "toolCallId", "tool_call_id") if entry.get(key) is not None), "")
    encrypted = next(
        (entry[key] for key in ("encryptedValue", "encrypted_value") if isinstance(entry.get(key), str)), None
    )
    return MessageCall(
        id=given if isinstance(given, str) else json_text(given),
        function=MessageFunction(name=name, arguments=as_text(arguments[0]) if arguments else ""),
        encrypted_value=encrypted,
    )
