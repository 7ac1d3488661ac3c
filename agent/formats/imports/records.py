"""What an importer is: records of one foreign format in, one after the other, events out.

Owns the count of what was understood. Knows no format, no file and no framing: whoever reads owns those.
"""

from abc import ABC, abstractmethod
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, NamedTuple

from agent.events.types import Event
from agent.formats.imports.telling import Telling
from agent.formats.imports.values import moment

__all__ = ["Counts", "Importer", "Record", "Timing"]

_KINDS = 200
"""Kinds of record that are told apart; a hostile file could bring as many as it has lines."""
_NAMED = 5
"""Parts that were left out that are named; a browser asks a hundred hosts."""


class Timing(StrEnum):
    """What the moments of a session are worth. Shown wherever a time of it is."""

    TOKENS = "tokens"
    """Each fragment has its own moment."""
    BLOCKS = "blocks"
    """Each text, reasoning and call has one; how it grew is not known."""
    ITEMS = "items"
    """Each message has one; what stands in it has no other."""
    SPANS = "spans"
    """Calls of models and tools have a beginning and an end."""
    NONE = "none"
    """There is no moment at all: the order is true, the pace is ours."""


class Record(NamedTuple):
    """One foreign record."""

    value: dict[str, Any]
    number: int
    """Its line, or its place among the records, from 1."""
    arrived: int | None = None
    """When it came through a live pipe, in milliseconds since the epoch; None where it lay in a file."""

    @property
    def at(self) -> int | None:
        """The moment that its `timestamp` tells, else that of its arrival, in milliseconds since the epoch."""
        told = moment(self.value.get("timestamp"))
        return self.arrived if told is None else told


@dataclass(slots=True)
class Counts:
    """What became of the records. Every record is counted once."""

    told: int = 0
    """Records of which events came."""
    kept: Counter[str] = field(default_factory=Counter)
    """Records that are known and say nothing to show, by kind."""
    unknown: Counter[str] = field(default_factory=Counter)
    """Records that were not understood, by kind."""
    left_out: Counter[str] = field(default_factory=Counter)
    """What in a record is none of a session's, each named in the singular, such as `request to HOST`."""
    first: dict[str, int] = field(default_factory=dict)
    """The number of the first record of each kind that was not understood."""

    @property
    def total(self) -> int:
        """All records."""
        return self.told + self.kept.total() + self.unknown.total()

    def not_understood(self, kind: str, number: int) -> None:
        """Count a record of a kind that this version does not know."""
        if kind not in self.unknown and len(self.unknown) >= _KINDS:
            kind = "other"
        self.unknown[kind] += 1
        self.first.setdefault(kind, number)

    def leave_out(self, what: str) -> None:
        """Count a part of a record that is none of the session's."""
        self.left_out[what if what in self.left_out or len(self.left_out) < _KINDS else "other part"] += 1

    def problems(self) -> list[str]:
        """What was not understood or left out, a line each kind."""
        found = [
            f"{name} ({count:,} times)" if count > 1 else name for name, count in self.left_out.most_common(_NAMED)
        ]
        more = f" and {len(self.left_out) - _NAMED:,} others" if len(self.left_out) > _NAMED else ""
        left_out = [f"left out: {', '.join(found)}{more}"] if found else []
        return left_out + [
            f"{count} {'record' if count == 1 else 'records'} of kind “{kind}” not understood, "
            f"the first in line {self.first[kind]}"
            for kind, count in self.unknown.items()
        ]


class Importer(ABC):
    """Converts the records of one stream. Feed them in order; what came out never changes afterwards."""

    program: ClassVar[str]
    """Who wrote the records, as the search names it (`from:codex`)."""
    timing: ClassVar[Timing]
    """Of records in a file."""
    live_timing: ClassVar[Timing | None] = None
    """Of records that come through a live pipe, where their moments of arrival say more than they do."""

    gathers: ClassVar[bool] = False
    """Whether all records are needed before anything can be told."""

    def __init__(self, *, is_live: bool = False) -> None:
        """`is_live`: records come as they happen, and the moment of arrival stands for one that they lack."""
        grade = (self.live_timing or self.timing) if is_live else self.timing
        self.telling = Telling(self.program, str(grade))
        self.counts = Counts()

    @classmethod
    @abstractmethod
    def sniffs(cls, value: dict[str, Any]) -> bool:
        """Whether a record can only be one of this format."""

    def tell(self, record: Record) -> list[Event]:
        """The events that the next record adds."""
        is_understood = self._tell(record)
        events = self.telling.take()
        if events or (is_understood and self.gathers):
            self.counts.told += 1
        elif is_understood:
            self.counts.kept[self._kind(record.value)] += 1
        else:
            self.counts.not_understood(self._kind(record.value), record.number)
        return events

    def end(self) -> list[Event]:
        """The events that close what is open, once no record comes any more."""
        self.telling.conclude()
        return self.telling.take()

    @abstractmethod
    def _tell(self, record: Record) -> bool:
        """Tell what a record says; gives whether it was understood."""

    def _kind(self, value: dict[str, Any]) -> str:
        """What a record calls itself."""
        return str(value.get("type", "without a type"))[:80]
