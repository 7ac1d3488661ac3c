"""A server's stream, event by event, into the run that asked for it.

The server has runs of its own, ours has one beginning and one end: theirs are told as they came, in events of another
system, and what they say of the end is given to whoever awaits it. All else goes on as it is, with the moment of its
arrival. It judges nothing: a conversation takes what others say, however odd.
"""

import logging
from dataclasses import dataclass, field
from typing import Any

import msgspec

from agent.events.framing import Line
from agent.events.open_parts import OpenParts
from agent.events.types import (
    NOTICE,
    Custom,
    Event,
    Raw,
    RunCancelled,
    RunError,
    RunFinished,
    RunRequested,
    RunStarted,
    TokenUsage,
)
from agent.reading.lines import Told
from agent.runs.run import Run
from agent.sources.questions.interrupts import Interrupt, interrupts_in

__all__ = ["Ending", "Taking"]

log = logging.getLogger(__name__)

_OF_LANGGRAPH = frozenset({"on_interrupt", "LangGraphInterruptEvent"})
"""Custom events by which older servers tell that they wait (https://docs.copilotkit.ai)."""


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How a server's run ended."""

    event: RunFinished | RunError | RunCancelled
    interrupts: list[Interrupt] = field(default_factory=list)
    """What it waits for."""
    told: list[Any] = field(default_factory=list)
    """The same as it came."""


class Taking:
    """Takes the lines of one answer."""

    def __init__(self, run: Run, source: str) -> None:
        """`source` names the server."""
        self.has_begun = False
        """Whether any event has come."""
        self._run = run
        self._source = source
        self._open = OpenParts()
        self._told = Told()
        self._older: list[Custom] = []
        """What a server of older ways said that it waits for."""

    def take(self, line: Line) -> Ending | None:
        """Pass a line on; gives how the server's run ended where it is its end."""
        for problem in self._told.of(line):
            self._notice(f"The agent's stream: {problem}")
        event = line.event
        if event is None:
            return None
        self.has_begun = True
        match event:
            case RunStarted() | RunRequested():
                self._absorb(line, event)
            case RunFinished() | RunError() | RunCancelled():
                self.close()
                self._absorb(line, event)
                return self._ending(event)
            case _:
                if isinstance(event, Custom) and event.name in _OF_LANGGRAPH:
                    self._older.append(event)
                self._open.track(event)
                self._run.emit(msgspec.structs.replace(event, timestamp=self._run.now()))
        return None

    def close(self) -> None:
        """End what the server has begun and not ended."""
        for event in self._open.close(self._run.now()):
            self._run.emit(event)

    def _absorb(self, line: Line, event: Event) -> None:
        """Keep a beginning or an end of the server's as what it is: an event of another system."""
        try:
            told = msgspec.json.decode(line.raw)
        except msgspec.DecodeError:
            told = msgspec.to_builtins(event, str_keys=True)
        self._run.emit(Raw(timestamp=self._run.now(), event=told, source=self._source))

    def _ending(self, event: RunFinished | RunError | RunCancelled) -> Ending:
        self._count(event.usage)
        if not isinstance(event, RunFinished):
            return Ending(event=event)
        outcome = event.outcome or {}
        found = interrupts_in(outcome)
        if not found and outcome.get("type") in (None, "interrupt"):
            found = [_older_interrupt(one) for one in self._older]
        return Ending(event=event, interrupts=found, told=outcome.get("interrupts") or [])

    def _count(self, usage: list[TokenUsage] | None) -> None:
        """Add what the server's run cost: a model's counts together."""
        for told in usage or ():
            known = [
                n for n, one in enumerate(self._run.usage) if (one.model, one.provider) == (told.model, told.provider)
            ]
            if known:
                self._run.usage[known[0]] += told
            else:
                self._run.usage.append(told)

    def _notice(self, text: str) -> None:
        self._run.emit(Custom(timestamp=self._run.now(), name=NOTICE, value={"reason": text}))


def _older_interrupt(event: Custom) -> Interrupt:
    value = event.value
    words = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return Interrupt(id="", message=words, is_of_langgraph=True)
