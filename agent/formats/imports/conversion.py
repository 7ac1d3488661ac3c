"""A foreign stream as lines of AG-UI, each record kept word for word beside what was made of it.

AG-UI has a place for that: `rawEvent` of the first event that a record gave, and a `RAW` event for a record that gave
none (https://docs.ag-ui.com/concepts/events). A `RAW` event stands inside a run, so it waits where none is open.
"""

from typing import Any

import msgspec

from agent.events.types import Event, Raw, RunStarted
from agent.events.wire import encode, encode_lines
from agent.formats.imports.records import Importer, Record

__all__ = ["Conversion"]


class Conversion:
    """One stream on its way through an importer."""

    def __init__(self, importer: Importer, *, keeps_records: bool = True) -> None:
        """`keeps_records`: whether the lines hold the records too; what is only looked at lies in its file anyway."""
        self.importer = importer
        self.keeps_records = keeps_records
        self._waiting: list[bytes] = []
        """Records that gave no event and for which no run is open yet."""
        self._has_told = False

    def add(
        self, value: dict[str, Any], raw: bytes, number: int, arrived: int | None = None
    ) -> list[tuple[bytes, Event]]:
        """The lines and events that the next record adds; `raw` is its JSON."""
        events, kept = self._events([value], [raw], number, arrived)
        return list(zip(self._lines(events, kept), events, strict=True))

    def add_all(
        self, values: list[dict[str, Any]], block: bytes, number: int, arrived: int | None = None
    ) -> tuple[list[Event], bytes]:
        """What many records add, whose lines `block` is: the events, and their lines in one piece."""
        events, kept = self._events(values, block.split(b"\n") if self.keeps_records else [], number, arrived)
        whole = None if kept else encode_lines(events)
        return events, b"\n".join(self._lines(events, kept)) if whole is None else whole

    def _events(
        self, values: list[dict[str, Any]], raws: list[bytes], number: int, arrived: int | None
    ) -> tuple[list[Event], list[tuple[int, bytes]]]:
        """The events that records add, the first of which has this number, and the records that are kept in them, each
        with the place of its event; `raws` are their JSON, where that is kept."""
        importer, waiting = self.importer, self._waiting
        events: list[Event] = []
        kept: list[tuple[int, bytes]] = []
        for place, value in enumerate(values):
            told = importer.tell(Record(value, number + place, arrived))
            if self.keeps_records:
                raw = _one_line(raws[place])
                if told:
                    kept.append((len(events), raw))
                else:
                    waiting.append(raw)
            events += told
            if waiting and importer.telling.run_id is not None:
                self._release(events, kept)
        self._has_told = self._has_told or bool(events)
        return events, kept

    def end(self) -> list[tuple[bytes, Event]]:
        """The lines that close what is open, and all those of an importer that needed every record first."""
        told = self.importer.end()
        self._has_told = self._has_told or bool(told)
        first = next((number for number, event in enumerate(told, 1) if isinstance(event, RunStarted)), None)
        events, kept = told[:first], list[tuple[int, bytes]]()
        if first is not None:
            self._release(events, kept)
            events += told[first:]
        return list(zip(self._lines(events, kept), events, strict=True))

    def problems(self) -> list[str]:
        """What was not understood, a sentence each kind; or that there was nothing to understand."""
        nothing = [] if self._has_told else [f"nothing is said in what {self.importer.program} has in it"]
        return nothing + self.importer.counts.problems()

    def _release(self, events: list[Event], kept: list[tuple[int, bytes]]) -> None:
        """A run is open, in which records can stand that gave no event."""
        for raw in self._waiting:
            kept.append((len(events), raw))
            events.append(Raw(event=None, source=self.importer.program))
        self._waiting.clear()

    def _lines(self, events: list[Event], kept: list[tuple[int, bytes]]) -> list[bytes]:
        """The lines of events, with the records that are kept, each in that of the event at its place."""
        block = encode_lines(events)
        lines = [encode(event) for event in events] if block is None else block.splitlines()
        for place, raw in kept:
            if type(events[place]) is Raw:
                source = msgspec.json.encode(self.importer.program)
                lines[place] = b'{"type":"RAW","source":%b,"event":%b}' % (source, raw)
            else:
                lines[place] = b'%b,"rawEvent":%b}' % (lines[place][:-1], raw)
        return lines


def _one_line(raw: bytes) -> bytes:
    """JSON on one line, whatever way it was printed."""
    return msgspec.json.format(raw, indent=-1) if b"\n" in raw or b"\r" in raw else raw.strip()
