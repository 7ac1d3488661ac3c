"""Events inside of something: what a client put around each (`{"data": {…}}`, also as text), a run that holds a list
of them, a line of a log that ends with one.

An object that has a type of AG-UI's is an event, and nothing in it is looked at; all else is looked through, as deep as
people nest such things. It knows which names are AG-UI's types; how an event is read, it does not know.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["held", "logged", "opened"]

_AROUND_ONE = ("data", "event", "payload", "message", "value", "body", "json")
"""Where an envelope has its event."""
_AROUND_MANY = ("events", "runs", "stream", "history", "items", "messages", *_AROUND_ONE)
"""Where an object has a list of events, or of objects that have one."""
_MOMENTS = ("timestamp", "ts", "time", "at")
"""Where an envelope tells when its event came."""
_DEEPEST = 6
_BEGIN = re.compile(rb'\{\s*"')
_MOST_TRIED = 4
"""Places in a line of a log at which an event may begin; a message before it may have braces too."""


def opened(data: dict[str, Any], is_event: Callable[[Any], bool]) -> dict[str, Any] | None:
    """The event that an envelope holds, with the envelope's moment where it tells none; None where it holds none."""
    for name in _AROUND_ONE:
        inner = _as_object(data.get(name))
        if inner is not None and is_event(inner):
            moment = next((data[key] for key in _MOMENTS if data.get(key) is not None), None)
            return inner if moment is None or inner.get("timestamp") is not None else {**inner, "timestamp": moment}
    return None


def held(value: Any, is_event: Callable[[Any], bool], depth: int = 0) -> Iterator[dict[str, Any]]:
    """The events that a list or an object holds, in order; of an object those of the first field that holds any."""
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for one in value:
            yield from held(one, is_event, depth + 1)
    elif isinstance(value, dict):
        if is_event(value):
            yield value
        elif (event := opened(value, is_event)) is not None:
            yield event
        else:
            for name in _AROUND_MANY:
                found = list(held(value.get(name), is_event, depth + 1))
                if found:
                    yield from found
                    return


def logged(line: bytes) -> Iterator[bytes]:
    """What may be an event at the end of a line of a log, the longest first."""
    if line.endswith(b"}"):
        for found, _ in zip(_BEGIN.finditer(line, 1), range(_MOST_TRIED), strict=False):
            yield line[found.start() :]


def _as_object(value: Any) -> dict[str, Any] | None:
    """An object; one that is written as text too."""
    if isinstance(value, str) and value.lstrip()[:1] == "{":
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    return value if isinstance(value, dict) else None
