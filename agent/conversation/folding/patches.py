"""What agent and application share beside the messages: the state, and activities, as snapshots and patches make them.

Owns JSON Patch (https://www.rfc-editor.org/rfc/rfc6902) over values that are never changed in place, so that the state
of a moment can be kept by keeping its value.
"""

import re
from typing import Any

from agent.conversation.items import Activity
from agent.conversation.turn.content import as_text

__all__ = ["PatchError", "changed_activity", "patched"]


_NUMBER = re.compile("0|[1-9][0-9]{0,8}")
"""The number of a list's item, as a pointer writes it."""


class PatchError(Exception):
    """A patch that cannot be applied; the words say which operation, and why."""


def changed_activity(activity: Activity, patch: list[Any]) -> Activity:
    """The activity after a patch; after one that cannot be applied it is the same, and tells so."""
    try:
        return Activity(id=activity.id, type=activity.type, content=patched(activity.content, patch))
    except PatchError as error:
        return Activity(id=activity.id, type=activity.type, content=activity.content, problem=str(error))


def patched(value: Any, patch: list[Any]) -> Any:
    """`value` after all operations of a patch; `value` itself is not changed. All of them apply, or none.

    Raises:
        PatchError: an operation is none, or does not fit the value.
    """
    for operation in patch:
        try:
            value = _applied(value, operation)
        except _Misfit as error:
            raise PatchError(f"{_named(operation)}: {error}") from None
    return value


class _Misfit(Exception):
    """Why an operation cannot be applied."""


def _named(operation: Any) -> str:
    """An operation in a few words."""
    if not isinstance(operation, dict):
        return as_text(operation)[:60]
    return f"{operation.get('op', '(no op)')} {operation.get('path', '(no path)')}"[:120]


def _applied(value: Any, operation: Any) -> Any:
    if not isinstance(operation, dict):
        raise _Misfit("not an operation")
    path = _pointer(operation.get("path"))
    match operation.get("op"):
        case "add":
            return _with(value, path, _operand(operation), is_new=True)
        case "replace":
            return _with(value, path, _operand(operation), is_new=False)
        case "remove":
            return _without(value, path)
        case "move":
            origin = _pointer(operation.get("from"))
            if path[: len(origin)] == origin and path != origin:
                raise _Misfit("it would be moved into itself")
            return _with(_without(value, origin) if origin else None, path, _at(value, origin), is_new=True)
        case "copy":
            return _with(value, path, _at(value, _pointer(operation.get("from"))), is_new=True)
        case "test":
            if not _are_equal(_at(value, path), _operand(operation)):
                raise _Misfit("it is another value")
            return value
    raise _Misfit("no such operation")


def _operand(operation: dict[str, Any]) -> Any:
    if "value" not in operation:
        raise _Misfit("it has no value")
    return operation["value"]


def _pointer(path: Any) -> list[str]:
    """The steps of a JSON Pointer (https://www.rfc-editor.org/rfc/rfc6901)."""
    if not isinstance(path, str) or (path and not path.startswith("/")):
        raise _Misfit("no path")
    return [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:]]


def _at(value: Any, path: list[str]) -> Any:
    for part in path:
        value = value[_place(value, part)]
    return value


def _place(value: Any, part: str) -> Any:
    """The key or the number of something that is there."""
    if isinstance(value, dict) and part in value:
        return part
    if isinstance(value, list) and _NUMBER.fullmatch(part) and int(part) < len(value):
        return int(part)
    raise _Misfit("there is no such place")


def _with(value: Any, path: list[str], new: Any, *, is_new: bool) -> Any:
    """`value` with `new` at the path; `is_new` adds it, else it takes the place of what is there."""
    if not path:
        return new
    above, last = [value], path[-1]
    for part in path[:-1]:
        above.append(above[-1][_place(above[-1], part)])
    holder = above[-1]
    if isinstance(holder, dict):
        if not is_new:
            _place(holder, last)
        changed: Any = {**holder, last: new}
    elif isinstance(holder, list) and is_new and (last == "-" or last == str(len(holder))):
        changed = [*holder, new]
    else:
        number = _place(holder, last)
        changed = [*holder[:number], new, *holder[number + (not is_new) :]]
    return _rebuilt(above[:-1], path[:-1], changed)


def _without(value: Any, path: list[str]) -> Any:
    if not path:
        return None
    above = [value]
    for part in path[:-1]:
        above.append(above[-1][_place(above[-1], part)])
    place = _place(above[-1], path[-1])
    changed = above[-1].copy()
    del changed[place]
    return _rebuilt(above[:-1], path[:-1], changed)


def _rebuilt(above: list[Any], path: list[str], changed: Any) -> Any:
    """The outermost value, with copies of all that holds what was changed."""
    for holder, part in zip(reversed(above), reversed(path), strict=True):
        copy = holder.copy()
        copy[_place(holder, part)] = changed
        changed = copy
    return changed


def _are_equal(one: Any, other: Any) -> bool:
    """As JSON sees it, where true is not 1, but 1.0 is."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_are_equal(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_are_equal, one, other))
    return bool(one == other)
