"""Events that are not quite AG-UI's: each field is taken for what it is certain to mean, and left out where that fails.

Senders write `message_id` for `messageId`, a moment as a text or in seconds, an object where text belongs, null for
what they do not know. None of that costs the event: what is odd in a field costs that field, and is told. It knows the
names and the kinds of fields, from the types; what an event does to a conversation, it does not know.
"""

from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any, NamedTuple

import msgspec

from agent.errors import EventDecodeError
from agent.events.mending.envelopes import opened
from agent.events.mending.values import (
    Odd,
    as_calls,
    as_entries,
    as_flag,
    as_items,
    as_mapping,
    as_moment,
    as_name,
    as_parts,
    as_prose,
    as_text,
    as_usage,
    json_text,
    told,
)
from agent.events.types import (
    EVENT_TYPES,
    ActivityDelta,
    Event,
    InputMessage,
    ResumeEntry,
    RunError,
    RunFinished,
    RunInput,
    RunRequested,
    RunStarted,
    StateDelta,
    ToolCallArgs,
    ToolCallChunk,
    ToolCallResult,
    Unknown,
)

__all__ = ["is_event", "mended"]

_OTHER_TYPES = {
    "METAEVENT": "META",
    "RUNCANCELED": "RUN_CANCELLED",
    "THINKINGCONTENT": "THINKING_TEXT_MESSAGE_CONTENT",
    "THINKINGDELTA": "THINKING_TEXT_MESSAGE_CONTENT",
}
"""Names that types had in some version or library, without their underscores."""
_TYPES = {name.replace("_", ""): name for name in EVENT_TYPES} | _OTHER_TYPES
_NAMES: dict[str, tuple[str, ...]] = {
    "content": ("text", "result", "output"),
    "delta": ("content", "text"),
    "event": ("data",),
    "message": ("error", "detail", "reason"),
    "snapshot": ("state",),
    "step_name": ("name", "step"),
    "tool_call_id": ("callid",),
    "tool_call_name": ("toolname", "name"),
    "value": ("data", "payload"),
}
"""Other names of a field, as `_plain` makes them; those of AG-UI go before."""
_NAMES_IN: dict[tuple[type, str], tuple[str, ...]] = {
    (ActivityDelta, "patch"): ("delta", "operations"),
    (InputMessage, "content"): ("text",),
    (StateDelta, "delta"): ("patch", "operations"),
    (ToolCallArgs, "delta"): ("args", "arguments"),
    (ToolCallChunk, "delta"): ("args", "arguments"),
}
_ARGUMENTS = ("args", "arguments", "input")
_ROLES = {"human": "user", "ai": "assistant"}


class _Field(NamedTuple):
    """One field of a type, and how it is taken."""

    name: str
    wire: str
    names: tuple[str, ...]
    """What it may be called, as `_plain` makes it, the likeliest first."""
    take: Callable[[Any], Any]
    """Gives its value; raises `Odd`."""
    missing: Any
    """Stands for it where it is not there; `msgspec.NODEFAULT` where the type knows."""


def mended(data: dict[str, Any]) -> tuple[Event, list[str]]:
    """The event that an object is meant to be, and what of it was left out, in words, a field each.

    Raises:
        EventDecodeError: it has no type, and is not the body that asks for a run either.
    """
    kind = _kind_of(data)
    if kind is None:
        return _untyped(data)
    cls = EVENT_TYPES.get(kind) or EVENT_TYPES.get(_type_name(kind))
    if cls is None:
        if (event := opened(data, is_event)) is not None:
            return mended(event)
        moment, _ = _taken(as_moment, data.get("timestamp"))
        return Unknown(timestamp=moment, data=data), []
    inner = data.get("data")
    if isinstance(inner, dict) and _kind_of(inner) == kind:  # what was logged beside the event's type is the event
        data = {**data, **inner}
    left_out: list[str] = []
    values = _values(cls, _given(data), left_out)
    return cls(**values), [f"{cls.__struct_config__.tag}: {what}" for what in left_out]


def is_event(value: Any) -> bool:
    """Whether a value is an object with a type of AG-UI's, however it is written."""
    kind = _kind_of(value) if isinstance(value, dict) else None
    return kind is not None and _type_name(kind) in EVENT_TYPES


def _kind_of(data: dict[str, Any]) -> str | None:
    """The type that an object tells; None where it tells none."""
    kind = data.get("type", data.get("Type"))
    return kind if isinstance(kind, str) else None


def _untyped(data: dict[str, Any]) -> tuple[Event, list[str]]:
    """An event that has its type elsewhere, or around which there is something, or the body that asked for a run."""
    for name in ("eventType", "event_type", "event"):
        kind, inner = data.get(name), data.get("data")
        if isinstance(kind, str) and _type_name(kind) in EVENT_TYPES:
            return mended({**(inner if isinstance(inner, dict) else data), "type": kind})
    if (event := opened(data, is_event)) is not None:
        return mended(event)
    if isinstance(data.get("messages"), list):
        left_out: list[str] = []
        return RunRequested(input=RunInput(**_values(RunInput, _given(data), left_out))), left_out
    raise EventDecodeError("not an event: an object with a type is wanted")


@lru_cache(1_024)
def _type_name(kind: str) -> str:
    """AG-UI's name of a type that is written in another way, such as `RunStartedEvent`, `run-started` or
    `EventType.RUN_STARTED`; itself where
    it has none."""
    plain = _plain(kind.rpartition(".")[2]).upper()
    return _TYPES.get(plain) or _TYPES.get(plain.removesuffix("EVENT")) or kind


@lru_cache(4_096)
def _plain(name: str) -> str:
    """A field's name without what languages write differently."""
    return name.replace("_", "").replace("-", "").lower()


def _given(data: dict[str, Any]) -> dict[str, Any]:
    """The fields of an object that are there, by their plain names."""
    return {_plain(name): value for name, value in data.items() if value is not None}


@cache
def _fields(cls: type[msgspec.Struct]) -> list[_Field]:
    # The event of another system that one was made of is for whoever reads the line.
    return [_field(cls, field) for field in msgspec.structs.fields(cls) if field.name != "raw_event"]


def _field(cls: type[msgspec.Struct], field: msgspec.structs.FieldInfo) -> _Field:
    others = _NAMES_IN.get((cls, field.name)) or _NAMES.get(field.name, ())
    take = _TAKE_IN.get((cls, field.name)) or _TAKE.get(field.name)
    missing: Any = msgspec.NODEFAULT
    if field.required:
        missing = {str: "", dict: {}, list: []}.get(_kind(field.type))
    return _Field(
        field.name,
        field.encode_name,
        (_plain(field.encode_name), *others),
        take or _TAKE_KIND.get(_kind(field.type), lambda value: value),
        missing,
    )


def _kind(annotation: Any) -> Any:
    """What a field holds: the first type of its annotation."""
    first = next(iter(getattr(annotation, "__args__", ())), None)
    is_union = type(annotation).__name__ in ("UnionType", "Union", "_UnionGenericAlias")
    return _kind(first) if is_union else getattr(annotation, "__origin__", annotation)


def _values(cls: type[msgspec.Struct], given: dict[str, Any], left_out: list[str]) -> dict[str, Any]:
    """The fields of `cls` that an object tells, each by itself; the odd ones are noted in `left_out`."""
    values: dict[str, Any] = {}
    for field in _fields(cls):
        name = next((name for name in field.names if name in given), None)
        if name is not None:
            value, is_odd = _taken(field.take, given[name])
            if not is_odd:
                values[field.name] = value
                continue
            left_out.append(f"its {field.wire} is {told(given[name])} and was left out")
        if field.missing is not msgspec.NODEFAULT:
            values[field.name] = field.missing
    if (amend := _AMENDS.get(cls)) is not None:
        amend(given, values)
    return values


def _taken(take: Callable[[Any], Any], value: Any) -> tuple[Any, bool]:
    try:
        return take(value), False
    except Odd:
        return None, True


# Values that hold others


def _structs(cls: type[msgspec.Struct]) -> Callable[[Any], list[Any]]:
    def take(value: Any) -> list[Any]:
        # What is odd in one of them costs that field too, without a word: the event's own fields are told.
        return [cls(**_values(cls, _given(entry), [])) for entry in as_entries(value)]

    return take


def _messages(value: Any) -> list[Any]:
    """Messages; a bare text is the user's."""
    entries = [{"role": "user", "content": one} if isinstance(one, str) else one for one in as_items(value)]
    return _structs(InputMessage)(entries)


def _run_input(value: Any) -> RunInput:
    if isinstance(value, str):
        value = {"messages": [{"role": "user", "content": value}]}
    elif isinstance(value, list):
        value = {"messages": value}
    return RunInput(**_values(RunInput, _given(as_mapping(value)), []))


def _resume(value: Any) -> list[ResumeEntry]:
    """What a run is gone on with; draft senders give the bare answer to the only interrupt."""
    entries = value if isinstance(value, list) else [value]
    return [
        ResumeEntry(**_values(ResumeEntry, _given(entry), []))
        if isinstance(entry, dict) and not {"interruptid", "payload", "status"}.isdisjoint(map(_plain, entry))
        else ResumeEntry(interrupt_id="", status="resolved", payload=entry)
        for entry in entries
    ]


def _outcome(value: Any) -> dict[str, Any]:
    return {"type": value.lower()} if isinstance(value, str) else as_mapping(value)


def _result(value: Any) -> str | list[Any]:
    """The content of a result: text, or parts."""
    if isinstance(value, list) and all(isinstance(part, dict) and "type" in part for part in value):
        return value
    return as_text(value)


def _error(value: Any) -> str:
    """Why something failed; some wrap it (`{"message", "code"}`)."""
    if isinstance(value, dict):
        inner = next((value[name] for name in ("message", "error", "detail") if name in value), None)
        return json_text(value) if inner is None else _error(inner)
    return as_text(value)


# Fields that depend on others


def _amend_started(given: dict[str, Any], values: dict[str, Any]) -> None:
    if isinstance(model := given.get("model"), str):
        values["metadata"] = {"model": model, **(values.get("metadata") or {})}


def _amend_finished(given: dict[str, Any], values: dict[str, Any]) -> None:
    """Drafts of AG-UI have the interrupts beside the outcome, one or several; some senders tell there why it failed."""
    found = given.get("interrupts", given.get("interrupt"))
    interrupts = [entry for entry in (found if isinstance(found, list) else [found]) if isinstance(entry, dict)]
    outcome = values.get("outcome") or {}
    if interrupts:
        values["outcome"] = {"type": "interrupt", "interrupts": interrupts, **outcome}
    elif not outcome and given.get("error"):
        values["outcome"] = {"type": "error", "message": _error(given["error"])}


def _amend_failed(given: dict[str, Any], values: dict[str, Any]) -> None:
    """An error that is told as an object has its code in it; one without words has nothing but its code."""
    for name in ("message", "error"):
        inner = given.get(name)
        if isinstance(inner, dict) and "code" not in values:
            code, is_odd = _taken(as_name, inner.get("code"))
            values |= {} if is_odd else {"code": code}
    values["message"] = values["message"] or values.get("code") or ""


def _amend_result(given: dict[str, Any], values: dict[str, Any]) -> None:
    """That a tool failed may be told without a reason, which its words are then."""
    status = given.get("status")
    if given.get("iserror") is True or (isinstance(status, str) and status.lower() in ("error", "failed")):
        values["error"] = values.get("error") or "failed"


def _amend_message(given: dict[str, Any], values: dict[str, Any]) -> None:
    _amend_result(given, values)
    role = values.get("role") or given.get("type")
    values["role"] = _ROLES.get(role, role) if isinstance(role, str) else ""


_TAKE: dict[str, Callable[[Any], Any]] = {
    "arguments": as_text,
    "code": as_name,
    "delta": as_prose,
    "error": _error,
    "input": _run_input,
    "message": _error,
    "messages": _messages,
    "outcome": _outcome,
    "patch": as_items,
    "resume": _resume,
    "timestamp": as_moment,
    "tool_calls": as_calls,
    "usage": as_usage,
}
_TAKE_IN: dict[tuple[type, str], Callable[[Any], Any]] = {
    (InputMessage, "content"): as_parts,
    (StateDelta, "delta"): as_items,
    (ToolCallArgs, "delta"): as_text,
    (ToolCallChunk, "delta"): as_text,
    (ToolCallResult, "content"): _result,
}
_TAKE_KIND: dict[Any, Callable[[Any], Any]] = {str: as_name, dict: as_mapping, list: as_items, bool: as_flag}
_AMENDS: dict[type, Callable[[dict[str, Any], dict[str, Any]], None]] = {
    InputMessage: _amend_message,
    RunError: _amend_failed,
    RunFinished: _amend_finished,
    RunStarted: _amend_started,
    ToolCallResult: _amend_result,
}
