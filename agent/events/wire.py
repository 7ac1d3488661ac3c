"""Events to bytes and back: one line of JSON an event, AG-UI's wire form (https://docs.ag-ui.com/concepts/events).

It owns what is a line of an event and what is none; what the events mean, it does not know. A line that is as AG-UI
says, and so every one of ours, is decoded by its types alone; any other goes through `agent.events.mending`.
"""

import json
import math
from functools import reduce
from operator import or_
from typing import Any

import msgspec

from agent.errors import EventDecodeError
from agent.events.mending.envelopes import held, logged
from agent.events.mending.events import is_event, mended
from agent.events.mending.values import is_in_seconds
from agent.events.types import EVENT_TYPES, Event, Unknown
from agent.text import all_well_formed

__all__ = [
    "LONGEST_LINE",
    "decode",
    "decode_held",
    "decode_lines",
    "decode_told",
    "decode_value",
    "encode",
    "encode_lines",
]

LONGEST_LINE = 64 * 2**20
"""Bytes of a line that is still read; a longer one is no event of anyone's and would take all memory."""

_KNOWN: msgspec.json.Decoder[Event] = msgspec.json.Decoder(reduce(or_, EVENT_TYPES.values()))
_ENCODER = msgspec.json.Encoder()


def encode(event: Event) -> bytes:
    """One line of JSON without its line end; text that is not `well_formed` is made so."""
    value = event.data if isinstance(event, Unknown) else event
    try:
        return _ENCODER.encode(value)
    except UnicodeEncodeError:
        # Half a surrogate pair, of a server or an argument: a run is never lost for it.
        return _ENCODER.encode(all_well_formed(msgspec.to_builtins(value)))


def encode_lines(events: list[Event]) -> bytes | None:
    """The lines of events in one piece, as `decode_lines` takes them; None where any cannot be among them.

    In a third of the time of `encode` one by one.
    """
    if any(is_in_seconds(event.timestamp) or type(event) is Unknown for event in events):
        return None
    try:
        return _ENCODER.encode_lines(events)
    except UnicodeEncodeError:
        return None


def decode(line: bytes | str) -> Event:
    """The event of one line; an object with a type that is not known here becomes `Unknown`.

    Raises:
        EventDecodeError: the line is no JSON, no object, or has no type.
    """
    return decode_told(line)[0]


def decode_told(line: bytes | str) -> tuple[Event, list[str]]:
    """The event of one line, and what of it could not be understood and was left out, in words, a field each.

    Raises:
        EventDecodeError: as for `decode`.
    """
    try:
        event = _KNOWN.decode(line)
        if not is_in_seconds(event.timestamp):
            return event, []
    except msgspec.ValidationError:
        pass
    except _NOT_JSON:
        if not line.strip():
            raise EventDecodeError("not JSON") from None
    return _mended(line)


def decode_lines(lines: bytes) -> list[Event] | None:
    """The events of whole lines, each of which is a known one; None where any is not, for `decode` to tell which.

    In half the time of `decode` line by line.
    """
    count = lines.count(b"\n") + (not lines.endswith(b"\n"))
    # The decoder takes several values on a line and one over several. Where each line begins and ends as an object
    # does, every line end parts two values; so there are as many values as lines only if each line is one.
    if not lines.startswith(b"{") or lines.count(b"}\n{") != count - 1:
        return None
    try:
        events = _KNOWN.decode_lines(lines)
    except (msgspec.ValidationError, *_NOT_JSON):
        return None
    if len(events) != count or any(is_in_seconds(event.timestamp) for event in _some_of(events)):
        return None
    return events


def _some_of(events: list[Event]) -> list[Event]:
    """Those that tell for all in what unit the sender counts: a few, unless it does not date them all."""
    some = [events[0], events[len(events) // 2], events[-1]]
    return events if any(event.timestamp is None for event in some) else some


def decode_held(line: bytes) -> list[tuple[bytes, Event, list[str]]]:
    """The events that a line holds which is none itself, each as a line of its own, and what of it was left out; none
    where it holds none."""
    for part in (line, *logged(line)):
        try:
            value, _ = decode_value(part)
        except EventDecodeError:
            continue
        if found := [(_ENCODER.encode(data), *mended(data)) for data in held(value, is_event)]:
            return found
    return []


_NOT_JSON = (ValueError, RecursionError)
"""What the decoder raises for what is no JSON: its own errors, those of text and of numbers, all `ValueError`s."""


def _mended(line: bytes | str) -> tuple[Event, list[str]]:
    data, left_out = decode_value(line)
    if isinstance(data, str) and data.lstrip()[:1] == "{":  # JSON that was made JSON of once more
        data, _ = decode_value(data)
    if not isinstance(data, dict):
        raise EventDecodeError("not an event: an object with a type is wanted")
    event, more = mended(data)
    return event, left_out + more


def decode_value(line: bytes | str) -> tuple[Any, list[str]]:
    """What the line of an event holds, also where it is nearly JSON: numbers that are none are null, halves of
    surrogate pairs and bytes that are no UTF-8 are shown as such; and what of it that leaves out, in words.

    Raises:
        EventDecodeError: it is no JSON at all.
    """
    try:
        return msgspec.json.decode(line), []
    except _NOT_JSON:
        pass
    text = line if isinstance(line, str) else line.decode(errors="replace")
    try:
        value = all_well_formed(json.loads(text, strict=False, parse_float=_finite, parse_constant=lambda _name: None))
    except _NOT_JSON as error:
        raise EventDecodeError("not JSON") from error
    is_utf8 = isinstance(line, str) or text.encode() == line
    return value, [] if is_utf8 else ["what is no UTF-8 in it is shown as \ufffd"]


def _finite(digits: str) -> float | None:
    number = float(digits)
    return number if math.isfinite(number) else None
