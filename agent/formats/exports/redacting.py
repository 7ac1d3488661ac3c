"""Events without what looks like a secret, for what is handed on.

A secret that was written in fragments is found in their joined text and taken out of each of them: the first keeps a
`…` in its place. All other texts of an event are marked by themselves. Pure from lines of JSON to lines of JSON.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from agent.events.framing import Line
from agent.events.wire import decode_told, decode_value
from agent.secrets import Secrets

__all__ = ["redacted", "redacted_lines"]

_IDS = ("messageId", "toolCallId", "subagentRunId")
_MARK = "…"


@dataclass(slots=True)
class _Stream:
    """The fragments of one text."""

    numbers: list[int] = field(default_factory=list)
    """Of their events."""
    pieces: list[str] = field(default_factory=list)


def redacted(lines: Iterable[bytes], secrets: Secrets) -> tuple[list[bytes], int]:
    """The events, a line each, without secrets, and how many places were taken out. Lines without any stay as they are.

    Raises:
        EventDecodeError: a line is no JSON.
    """
    raw = list(lines)
    told = [decode_value(line)[0] for line in raw]
    deltas, count = _without_spans(_streams(told), secrets)
    marked: list[bytes] = []
    for number, (line, value) in enumerate(zip(raw, told, strict=True)):
        if not isinstance(value, Mapping):
            marked.append(line)
            continue
        clean = {name: _hidden_json(one, secrets) for name, one in value.items() if name != "delta"}
        if "delta" in value:
            clean["delta"] = deltas.get(number, value["delta"])
        is_other = {**value, "delta": None} != {**clean, "delta": None}
        count += is_other
        marked.append(msgspec.json.encode(clean) if is_other or number in deltas else line)
    return marked, count


def redacted_lines(lines: Iterable[Line], secrets: Secrets) -> tuple[list[Line], int]:
    """The same of lines as they are read: those that are no events stay as they are.

    Raises:
        EventDecodeError: the line of an event is no JSON.
    """
    whole = list(lines)
    clean, count = redacted([line.raw for line in whole if line.event is not None], secrets)
    raws = iter(clean)
    return [line if line.event is None else _with_raw(line, next(raws)) for line in whole], count


def _with_raw(line: Line, raw: bytes) -> Line:
    return line if raw == line.raw else line._replace(raw=raw, event=decode_told(raw)[0])


def _hidden_json(value: Any, secrets: Secrets) -> Any:
    """A value of JSON with every secret in its texts marked."""
    if isinstance(value, str):
        return secrets.hidden(value)
    if isinstance(value, list):
        return [_hidden_json(one, secrets) for one in value]
    if isinstance(value, dict):
        return {name: _hidden_json(one, secrets) for name, one in value.items()}
    return value


def _streams(told: Iterable[Any]) -> Iterable[_Stream]:
    """The fragments of each text, by what their events say they belong to."""
    streams: dict[tuple[object, ...], _Stream] = {}
    for number, value in enumerate(told):
        if isinstance(value, Mapping) and isinstance(value.get("delta"), str):
            key = (value.get("type"), *(str(value.get(name)) for name in _IDS))
            stream = streams.setdefault(key, _Stream())
            stream.numbers.append(number)
            stream.pieces.append(value["delta"])
    return streams.values()


def _without_spans(streams: Iterable[_Stream], secrets: Secrets) -> tuple[dict[int, str], int]:
    """The fragments that are others now, by the numbers of their events, and how many secrets there were."""
    changed: dict[int, str] = {}
    count = 0
    for stream in streams:
        spans = secrets.spans("".join(stream.pieces))
        count += len(spans)
        begins = 0
        for number, piece in zip(stream.numbers, stream.pieces, strict=True):
            ends = begins + len(piece)
            clean, at = "", begins
            for start, end in spans:
                if end <= begins or start >= ends:
                    continue
                clean += piece[at - begins : max(start, begins) - begins] + (_MARK if start >= begins else "")
                at = min(end, ends)
            clean += piece[at - begins :]
            if clean != piece:
                changed[number] = clean
            begins = ends
    return changed, count
