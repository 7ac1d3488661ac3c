"""What of a run is begun and not ended, and how it is ended in order."""

from collections.abc import Iterable
from typing import Any, cast

from agent.events.types import (
    Event,
    ReasoningEnd,
    ReasoningMessageEnd,
    ReasoningMessageStart,
    ReasoningStart,
    RunCancelled,
    RunError,
    RunFinished,
    RunStarted,
    StepFinished,
    StepStarted,
    TextMessageEnd,
    TextMessageStart,
)

__all__ = ["OpenParts"]


class OpenParts:
    """Which steps, texts and reasonings of a run are begun and not ended, and the events that end them.

    One place knows how a run is closed in order: a live run uses it for its end, a writer for a run that a crash
    left open. Calls are not closed: a call without an end tells that its arguments were cut.
    """

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self._open: dict[tuple[type[Event], str], Event] = {}
        for event in events:
            self.track(event)

    def track(self, event: Event) -> None:
        """Note what `event` begins or ends."""
        kind, told = type(event), cast("Any", event)  # by tables: a `match` over so many classes is ten times as slow
        if (end := _END_OF.get(kind)) is not None:
            self._open[end, told.step_name if end is StepFinished else told.message_id] = event
        elif kind in _ENDS:
            self._open.pop((kind, told.step_name if kind is StepFinished else told.message_id), None)
        elif kind in _OF_RUNS:
            self._open.clear()

    def close(self, timestamp: int | None) -> list[Event]:
        """The events that end all that is open, the last begun first; afterwards nothing is open.

        `timestamp` is theirs, in ms since the epoch; None in a stream that has none.
        """
        ends: list[Event] = []
        for end, name in reversed(self._open):
            fields = {"step_name" if end is StepFinished else "message_id": name}
            ends.append(end(timestamp=timestamp, **fields))  # type: ignore[arg-type]  # as _END_OF and track say
        self._open.clear()
        return ends


_END_OF: dict[type[Event], type[Event]] = {
    TextMessageStart: TextMessageEnd,
    ReasoningMessageStart: ReasoningMessageEnd,
    ReasoningStart: ReasoningEnd,
    StepStarted: StepFinished,
}
_ENDS = frozenset(_END_OF.values())
_OF_RUNS = frozenset({RunStarted, RunFinished, RunError, RunCancelled})
