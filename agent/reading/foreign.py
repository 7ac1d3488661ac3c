"""Streams that other programs wrote: what reading asks of whoever knows their formats, and how a stream is told to be
one.

The formats stand above this room, so they are handed in. A stream is foreign when one of its first records is known to
a format before any of them is an AG-UI event. One of them is no JSON: a cassette of VCR's is a document in YAML
(https://vcrpy.readthedocs.io), which is read whole and becomes one record.
"""

import re
import zlib
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import msgspec

from agent.errors import EventDecodeError
from agent.events.types import Event, RunRequested, Unknown
from agent.events.wire import decode_told, decode_value
from agent.figures import size

__all__ = [
    "Foreign",
    "Formats",
    "Part",
    "as_json",
    "as_record",
    "as_records",
    "formats_named",
    "is_document",
    "is_event",
]

_DOCUMENT = re.compile(rb"\s*(?:---[ \t]*\n)?(?:interactions:|version: *\d+ *\ninteractions:)")
_MAY_BE_DOCUMENT = (b"i", b"v", b"-")
_HEAD = 64
"""Bytes that tell a document."""
_LARGEST = 64 * 2**20
_MOST_VALUES = 2_000_000
"""Values that a document may come to: in YAML a few lines can stand for any number."""
_DEEPEST = 60
_RECORDS = msgspec.json.Decoder(dict[str, Any])


class Foreign(Protocol):
    """One foreign stream on its way to events."""

    def add(self, value: dict[str, Any], raw: bytes, number: int, arrived: int | None) -> list[tuple[bytes, Event]]:
        """The lines and events that the next record adds; `raw` is its JSON, `number` its line, from 1, and `arrived`
        when it came through a live pipe, in milliseconds since the epoch."""

    def add_all(
        self, values: list[dict[str, Any]], block: bytes, number: int, arrived: int | None
    ) -> tuple[list[Event], bytes]:
        """What `add` gives for many records, whose lines `block` is, the first of this number: the events, and their
        lines in one piece. In much less time."""

    def end(self) -> list[tuple[bytes, Event]]:
        """Those that close what is open, once no record comes any more."""

    def problems(self) -> list[str]:
        """What of the records was not understood, a sentence each."""


class Part(NamedTuple):
    """A file that belongs to another one: what stands in it was recorded with what stands there."""

    path: Path
    head: bytes = b""
    """A record that says what it is, which stands before all others; empty where nothing does."""


class Formats(Protocol):
    """Who knows the streams of other programs."""

    @property
    def name(self) -> str:
        """Where another process finds it, as `module:name`."""

    def __call__(self, values: list[dict[str, Any]], is_live: bool, /) -> Foreign | None:
        """What reads a stream that begins with these records, live through a pipe or not; None where no format is
        known by them."""

    def parts(self, path: Path, /) -> list[Part]:
        """The files that a program wrote of the same session beside this one; nearly always none. Blocks."""


def formats_named(name: str) -> Formats | None:
    """Those that another process names, as `module:name`; None where it names none."""
    module, _, within = name.partition(":")
    found: Formats | None = getattr(import_module(module), within) if within else None
    return found


def as_record(raw: bytes) -> tuple[Event, list[str]]:
    """Any JSON object, as an event whose data it is.

    Raises:
        EventDecodeError: it is none.
    """
    data, left_out = decode_value(raw)
    if not isinstance(data, dict):
        raise EventDecodeError("not an object")
    return Unknown(data=data), left_out


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


def is_document(head: bytes | bytearray, *, is_last: bool) -> bool | None:
    """Whether a stream that begins so is a document; None where that is not known yet."""
    begun = head.lstrip()
    if begun[:1] and begun[:1] not in _MAY_BE_DOCUMENT:
        return False
    if len(begun) < _HEAD and not is_last:
        return None
    return _DOCUMENT.match(head) is not None


def as_json(document: bytes) -> bytes:
    """A document as one record. What is no text in it is told as far as it is one.

    Raises:
        EventDecodeError: it cannot be read, or is too large.
    """
    if len(document) > _LARGEST:
        raise EventDecodeError(f"too large for a document: {size(len(document))}")
    import yaml  # of LangChain's; only documents need it

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return msgspec.json.encode(_Plain().value(yaml.load(document, loader)))  # noqa: S506 - both are safe
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise EventDecodeError(f"no document in YAML: {' '.join(str(error).split())[:200]}") from error


class _Plain:
    """Makes JSON of what YAML gives, and counts it."""

    def __init__(self) -> None:
        self._count = 0

    def value(self, value: Any, depth: int = 0) -> Any:
        """`value` in JSON's types.

        Raises:
            ValueError: there is too much of it.
        """
        self._count += 1
        if self._count > _MOST_VALUES or depth > _DEEPEST:
            raise ValueError("it stands for too much")
        if isinstance(value, dict):
            return {str(name): self.value(one, depth + 1) for name, one in value.items()}
        if isinstance(value, list | tuple | set):
            return [self.value(one, depth + 1) for one in value]
        if isinstance(value, bytes):
            return _inflated(value).decode("utf-8", "replace")
        return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def _inflated(data: bytes) -> bytes:
    """A body as it was before it was packed."""
    if not data.startswith(b"\x1f\x8b"):
        return data
    try:
        return zlib.decompressobj(31).decompress(data, _LARGEST)
    except zlib.error:
        return data


def is_event(raw: bytes) -> bool:
    """Whether the JSON is surely an AG-UI event, not something that could be read as one."""
    try:
        event, _ = decode_told(raw)
    except EventDecodeError:
        return False
    return not isinstance(event, Unknown | RunRequested)
