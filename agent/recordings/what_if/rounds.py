"""The rounds of a run: each a model's reply and what its calls gave, by the numbers of their events.

A round begins with a step; in a stream that tells none, where the model speaks behind a result. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from agent.events import types as ev

__all__ = ["Round", "rounds_of"]


@dataclass(slots=True)
class Round:
    """One model call and its tools; all numbers are of events, from 0."""

    begin: int
    spoken_from: int | None = None
    """The first of its reply."""
    spoken_to: int = 0
    """The first behind its reply."""
    calls: list[str] = field(default_factory=list)
    """Ids, as their sender calls them, in the order they began."""
    results: dict[str, int] = field(default_factory=dict)

    def has_spoken(self, position: int) -> bool:
        """Whether any of the reply has come where so many events are applied."""
        return self.spoken_from is not None and self.spoken_from < position

    def is_in_reply(self, position: int) -> bool:
        """Whether the reply has begun there and is not over."""
        return self.has_spoken(position) and position < self.spoken_to


def rounds_of(events: Sequence[ev.Event], first: int) -> list[Round]:
    """The rounds of a run's events, the first of which has the number `first`; sub-agents are no rounds of its own."""
    own = [
        (number, event)
        for number, event in enumerate(events, start=first)
        if getattr(event, "subagent_run_id", None) is None
    ]
    finding = _Finding(has_steps=any(isinstance(event, ev.StepStarted) for _number, event in own))
    for number, event in own:
        finding.take(event, number)
    return finding.rounds


class _Finding:
    """Rounds, as their events come."""

    def __init__(self, *, has_steps: bool) -> None:
        self.rounds: list[Round] = []
        self._has_steps = has_steps
        self._chunked: str | None = None
        self._users: set[str] = set()
        """Texts that are not the model's."""

    def take(self, event: ev.Event, number: int) -> None:
        """The next event."""
        if isinstance(event, ev.TextMessageStart) and event.role not in (None, "assistant"):
            self._users.add(event.message_id)
        is_reply = _is_reply(event, self._users)
        if self._has_steps and isinstance(event, ev.StepStarted):
            self.rounds.append(Round(number, spoken_to=number + 1))
        elif not self._has_steps and is_reply and (not self.rounds or self.rounds[-1].results):
            self.rounds.append(Round(number, spoken_to=number))
        if not self.rounds:
            return
        now = self.rounds[-1]
        if is_reply:
            now.spoken_from = number if now.spoken_from is None else now.spoken_from
            now.spoken_to = number + 1
        if isinstance(event, ev.ToolCallStart | ev.ToolCallChunk):
            self._chunked = event.tool_call_id or self._chunked
            if self._chunked is not None and self._chunked not in now.calls:
                now.calls.append(self._chunked)
        elif isinstance(event, ev.ToolCallResult):
            called = (one for one in reversed(self.rounds) if event.tool_call_id in one.calls)
            next(called, now).results[event.tool_call_id] = number


def _is_reply(event: ev.Event, users: set[str]) -> bool:
    match event:
        case ev.TextMessageStart() | ev.TextMessageContent() | ev.TextMessageEnd() | ev.TextMessageChunk():
            return event.message_id not in users
        case ev.Custom():
            return event.name == ev.REPLY
        case _:
            return isinstance(event, _REPLY)


_REPLY = (
    ev.ReasoningStart,
    ev.ReasoningMessageStart,
    ev.ReasoningMessageContent,
    ev.ReasoningMessageChunk,
    ev.ReasoningMessageEnd,
    ev.ReasoningEnd,
    ev.ReasoningEncryptedValue,
    ev.ThinkingStart,
    ev.ThinkingTextMessageStart,
    ev.ThinkingTextMessageContent,
    ev.ThinkingTextMessageEnd,
    ev.ThinkingEnd,
    ev.ToolCallStart,
    ev.ToolCallArgs,
    ev.ToolCallChunk,
    ev.ToolCallEnd,
)
