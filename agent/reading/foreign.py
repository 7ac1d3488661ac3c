"""Streams that other programs wrote: what reading asks of whoever knows their formats, and how a stream is told to be
one.

The formats stand above this room, so they are handed in. A stream is foreign when one of its first records is known to
a format before any of them is an AG-UI event.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any, Protocol

import msgspec

from agent.errors import EventDecodeError
from agent.events.types import Event, RunRequested, Unknown
from agent.events.wire import decode_told

__all__ = ["Foreign", "Formats", "as_record", "as_records", "formats_named", "is_event"]


_RECORDS = msgspec.json.Decoder(dict[str, Any])


class Foreign(Protocol):
    """One foreign stream on its way to events."""

    def add(self, value: dict[str, Any], raw: bytes, number: int, arrived: int | None) -> list[tuple[bytes, Event]]:
        """The lines and events that the next record adds; `raw` is its JSON, `number` its line, from 1, and `arrived`
        when it came through a live pipe, in milliseconds since the epoch."""

    def end(self) -> list[tuple[bytes, Event]]:
        """Those that close what is open, once no record comes any more."""

    def problems(self) -> list[str]:
        """What of the records was not understood, a sentence each."""


Formats = Callable[[list[dict[str, Any]], bool], "Foreign | None"]
"""Gives what reads a stream that begins with these records, live through a pipe or not; None where no format is known
by them. A function at the top of a module, so that another process finds it by its name."""


def formats_named(name: str) -> Formats | None:
    """The function that another process names, as `module:function`; None where it names none."""
    module, _, function = name.partition(":")
    found: Formats | None = getattr(import_module(module), function) if function else None
    return found


def as_record(raw: bytes) -> tuple[Event, list[str]]:
    """Any JSON object, as an event whose data it is.

    Raises:
        EventDecodeError: it is none.
    """
    try:
        data = msgspec.json.decode(raw)
    except (ValueError, RecursionError) as error:
        raise EventDecodeError("not JSON") from error
    if not isinstance(data, dict):
        raise EventDecodeError("not an object")
    return Unknown(data=data), []


def as_records(lines: bytes) -> list[dict[str, Any]] | None:
    """The objects of whole lines, each of which is one; None where any is not."""
    count = lines.count(b"\n") + (not lines.endswith(b"\n"))
    if not lines.startswith(b"{") or lines.count(b"}\n{") != count - 1:  # as `agent.events.wire.decode_lines` has it
        return None
    try:
        records = _RECORDS.decode_lines(lines)
    except (ValueError, RecursionError):
        return None
    return records if len(records) == count else None


def is_event(raw: bytes) -> bool:
    """Whether the JSON is surely an AG-UI event, not something that could be read as one."""
    try:
        event, _ = decode_told(raw)
    except EventDecodeError:
        return False
    return not isinstance(event, Unknown | RunRequested)
