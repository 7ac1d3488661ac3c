"""A foreign stream as lines of AG-UI, each record kept word for word beside what was made of it.

AG-UI has a place for that: `rawEvent` of the first event that a record gave, and a `RAW` event for a record that gave
none (https://docs.ag-ui.com/concepts/events). A `RAW` event stands inside a run, so it waits where none is open.
"""

from typing import Any

import msgspec

from agent.events.types import Event, Raw, RunStarted
from agent.events.wire import encode
from agent.formats.imports.records import Importer, Record

__all__ = ["Conversion"]


class Conversion:
    """One stream on its way through an importer."""

    def __init__(self, importer: Importer, *, keeps_records: bool = True) -> None:
        """`keeps_records`: whether the lines hold the records too; what is only looked at lies in its file anyway."""
        self.importer = importer
        self.keeps_records = keeps_records
        self._waiting: list[tuple[bytes, Event]] = []
        self._has_told = False

    def tell(self, value: dict[str, Any], number: int, arrived: int | None = None) -> list[Event]:
        """The events that the next record adds, where its line is not kept."""
        events = self.importer.tell(Record(value, number, arrived))
        self._has_told = self._has_told or bool(events)
        return events

    def add(
        self, value: dict[str, Any], raw: bytes, number: int, arrived: int | None = None
    ) -> list[tuple[bytes, Event]]:
        """The lines and events that the next record adds; `raw` is its JSON."""
        events = self.tell(value, number, arrived)
        if not self.keeps_records:
            return [(encode(event), event) for event in events]
        raw = _one_line(raw)
        if not events:
            self._waiting.append(self._kept(raw))
            return self._released() if self.importer.telling.run_id is not None else []
        first = encode(events[0])
        lines = [(b'%b,"rawEvent":%b}' % (first[:-1], raw), events[0])]
        lines += [(encode(event), event) for event in events[1:]]
        if self._waiting and self.importer.telling.run_id is not None:
            lines += self._released()
        return lines

    def end(self) -> list[tuple[bytes, Event]]:
        """The lines that close what is open, and all those of an importer that needed every record first."""
        lines = [(encode(event), event) for event in self.importer.end()]
        self._has_told = self._has_told or bool(lines)
        first = next((number for number, (_, event) in enumerate(lines, 1) if isinstance(event, RunStarted)), None)
        return lines if first is None else [*lines[:first], *self._released(), *lines[first:]]

    def problems(self) -> list[str]:
        """What was not understood, a sentence each kind; or that there was nothing to understand."""
        nothing = [] if self._has_told else [f"nothing is said in what {self.importer.program} has in it"]
        return nothing + self.importer.counts.problems()

    def _kept(self, raw: bytes) -> tuple[bytes, Event]:
        source = self.importer.program
        event = Raw(event=None, source=source)
        return (b'{"type":"RAW","source":%b,"event":%b}' % (msgspec.json.encode(source), raw), event)

    def _released(self) -> list[tuple[bytes, Event]]:
        lines, self._waiting = self._waiting, []
        return lines


def _one_line(raw: bytes) -> bytes:
    """JSON on one line, whatever way it was printed."""
    return msgspec.json.format(raw, indent=-1) if b"\n" in raw or b"\r" in raw else raw.strip()
