"""What a server said went wrong, wherever its client keeps it: status, code, words, the argument it names.

A body is read by structure: an object, a list of them, text; OpenAI's `error`, FastAPI's `detail`, OpenRouter's
`metadata.raw` (the words of the server behind it), AWS's and Google's shapes. Nothing is concluded.
"""

import ast
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

__all__ = ["Said", "chain_of", "what_was_said"]

_LONGEST = 50_000
"""Characters of a text that is looked into."""
_DEPTH = 6
"""How deep bodies are nested in one another at most: proxies wrap errors of errors."""
_WORDS = (
    "title",
    "reason",
    "error",
    "errors",
    "errmsg",
    "error_message",
    "error_msg",
    "error_description",
    "description",
    "fault",
    "faultstring",
    "detail",
    "message",
    "msg",
    "text",
    "base_resp",
    "status_msg",
    "responsemetadata",
)
"""Keys under which servers put words, in lower case; of an object the last of them that it has says most."""
_CODES = ("code", "type", "status", "error_code", "errorCode", "__type")


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a server said."""

    status: int | None = None
    """The HTTP status, or the one that an error in band names."""
    words: str = ""
    """Its own words, those of the innermost server; empty where it had none."""
    every_word: str = ""
    """All words, of all servers in between."""
    codes: frozenset[str] = frozenset()
    """Codes and types of errors, in lower case."""
    named: tuple[str, ...] = ()
    """The arguments that the body names as the ones it is about: `param` of OpenAI, `loc` of FastAPI."""
    objects: tuple[Mapping[str, Any], ...] = ()
    """Every object of the body."""
    headers: Mapping[str, str] | None = None


def chain_of(error: BaseException) -> Iterator[BaseException]:
    """The error, what caused it, and the leaves of groups; outermost first."""
    waiting, seen = [error], 0
    while waiting and seen < 32:
        current = waiting.pop(0)
        seen += 1
        yield current
        if isinstance(current, BaseExceptionGroup):
            waiting += current.exceptions
        if (cause := current.__cause__ or (None if current.__suppress_context__ else current.__context__)) is not None:
            waiting.append(cause)


def what_was_said(error: BaseException) -> Said:
    """What the server said that `error` is about."""
    status: int | None = None
    headers: Mapping[str, str] | None = None
    bodies: list[Any] = []
    for one in chain_of(error):
        response = getattr(one, "response", None)
        status = status or _status_of(one) or _status_of(response)
        headers = headers or getattr(response, "headers", None)
        bodies += [
            body for body in (getattr(one, "body", None), getattr(one, "details", None), _text(response)) if body
        ]
    told = [one for body in bodies for one in _walk(body, _DEPTH)]
    objects = [one for one in told if isinstance(one, Mapping)]
    # The outermost words first; of those that lie as deep in the body, the last.
    words = [str(one) for one in sorted((one for one in told if isinstance(one, _Words)), key=_Words.place)]
    if not words and not objects:  # a client that tells it in its own words alone
        words = [str(one) for one in chain_of(error) if not isinstance(one, BaseExceptionGroup) and str(one)][:1]
    words = list(dict.fromkeys(" ".join(text.split()) for text in words if text.strip()))
    codes = {str(one[name]).lower() for one in objects for name in _CODES if isinstance(one.get(name), str | int)}
    status = status or next((int(c) for c in sorted(codes) if c.isdigit() and 400 <= int(c) < 600), None)
    judged = [f"{place}: {one['msg']}" for one in objects for place in _places(one) if isinstance(one.get("msg"), str)]
    return Said(
        status=status,
        words="; ".join(judged[:3]) or (words[-1] if words else ""),
        every_word=" | ".join(words),
        codes=frozenset(codes),
        named=tuple(name for one in objects for name in _names_in(one)),
        objects=tuple(objects),
        headers=headers,
    )


def _status_of(value: Any) -> int | None:
    for name in ("status_code", "status", "code", "http_status"):
        found = getattr(value, name, None)
        found = found if isinstance(found, int) else getattr(found, "value", None)
        if isinstance(found, int) and not isinstance(found, bool) and 300 <= found < 600:
            return found
    return None


def _text(response: Any) -> str | None:
    """The text of a response that was read; clients raise where it was not."""
    try:
        text = getattr(response, "text", None)
    except Exception:  # whatever a client raises for a stream that was not read
        return None
    return text if isinstance(text, str) and not text.lstrip().startswith("<") else None


class _Words(str):
    """Words, and where in the body they stand."""

    __slots__ = ("depth",)
    depth: int
    """How many levels more would have been looked into; the deepest have the fewest."""

    @staticmethod
    def at(text: str, depth: int) -> "_Words":
        """`text` with its depth."""
        words = _Words(text)
        words.depth = depth
        return words

    def place(self) -> int:
        """What words are sorted by."""
        return -self.depth


def _walk(value: Any, depth: int) -> Iterator[_Words | Mapping[str, Any]]:
    """The objects and the words of a body."""
    if depth == 0:
        return
    if isinstance(value, str):
        inner = list(_walk(_parsed(value), depth - 1))
        if not any(isinstance(one, _Words) for one in inner):
            yield _Words.at(value, depth)
        yield from inner
    elif isinstance(value, list | tuple):
        yield from _walk_list(value, depth)
    elif isinstance(value, Mapping):
        yield value
        yield from _walk_object(value, depth)


def _walk_list(values: Sequence[Any], depth: int) -> Iterator[_Words | Mapping[str, Any]]:
    """Several errors are told one behind the other, as one."""
    last: dict[str, None] = {}
    deepest = depth
    for value in values:
        told = list(_walk(value, depth - 1))
        yield from told
        words = [one for one in told if isinstance(one, _Words)]
        deepest = min((deepest, *(one.depth for one in words)))
        last |= dict.fromkeys([str(one) for one in words][-1:])
    if len(last) > 1:
        yield _Words.at("; ".join(last), deepest)


def _walk_object(value: Mapping[str, Any], depth: int) -> Iterator[_Words | Mapping[str, Any]]:
    told = {name.lower(): one for name, one in value.items() if isinstance(name, str)}
    for name in _WORDS:
        if name in told:
            yield from _walk(told[name], depth - 1)
    fields = told.get("errors")
    if isinstance(fields, Mapping) and not any(str(name).lower() in _WORDS for name in fields):
        yield from _walk(list(fields.values()), depth - 1)  # a list of faults for each field
    metadata = told.get("metadata")
    if isinstance(metadata, Mapping) and "raw" in metadata:
        yield from _walk(metadata["raw"], depth - 1)
    if isinstance(details := told.get("details"), list | Mapping):
        yield from (one for one in _walk(details, depth - 1) if isinstance(one, Mapping))


def _parsed(text: str) -> Any:
    """The JSON that a text holds once more; None where it is but a text."""
    start, end = text.find("{"), text.rfind("}")
    if not 0 <= start < end or len(text) > _LONGEST:
        return None
    held = text[start : end + 1]
    for read in (json.loads, ast.literal_eval):  # or as Python writes it
        with suppress(ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
            value = read(held)
            return value if isinstance(value, dict) else None
    return None


def _names_in(one: Mapping[str, Any]) -> Iterator[str]:
    if isinstance(one.get("param"), str):
        yield one["param"]
    yield from _places(one)


def _places(one: Mapping[str, Any]) -> Iterator[str]:
    """Where FastAPI says that a fault is."""
    place = one.get("loc")
    if isinstance(place, list | tuple) and place:
        yield ".".join(str(part) for part in place if part != "body")
