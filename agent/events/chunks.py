"""Chunk events as the events they stand for: one START, the fragments, one END. Knows the wire, and no state of a run.

AG-UI lets a sender say a text, a reasoning or a call in `*_CHUNK` events alone
(https://docs.ag-ui.com/concepts/events#text-message-chunk): the first one names what it belongs to, those without a
name go on with it, and another name, or any other beginning or end, ends it. Where a START has begun a text, chunks go
on with that, and its END is still to come. Streams from before AG-UI 1.0 say their reasoning in `THINKING_*` events,
which name nothing either; they are read the same way.
"""

from collections.abc import Iterable
from typing import Any, get_args

from agent.events.types import (
    Event,
    ReasoningMessageChunk,
    ReasoningMessageContent,
    ReasoningMessageEnd,
    ReasoningMessageStart,
    RunCancelled,
    RunError,
    RunFinished,
    RunStarted,
    StepFinished,
    StepStarted,
    TextMessageChunk,
    TextMessageContent,
    TextMessageEnd,
    TextMessageStart,
    ThinkingEnd,
    ThinkingStart,
    ThinkingTextMessageContent,
    ThinkingTextMessageEnd,
    ThinkingTextMessageStart,
    ToolCallArgs,
    ToolCallChunk,
    ToolCallEnd,
    ToolCallResult,
    ToolCallStart,
)

__all__ = ["CHUNKS", "Chunks", "Part"]

_Chunk = TextMessageChunk | ReasoningMessageChunk | ToolCallChunk
_Thinking = ThinkingStart | ThinkingTextMessageStart | ThinkingTextMessageContent | ThinkingTextMessageEnd | ThinkingEnd

CHUNKS: frozenset[type[Event]] = frozenset(get_args(_Chunk | _Thinking))
"""What stands for other events: from the first of these on, a turn's events are taken for what they mean."""

Part = tuple[type[Event], str, str | None]
"""A text, a reasoning or a call: the type of its chunks, its id, and the sub-agent that says it."""


class Chunks:
    """Takes the events of a stream in order and gives them without chunks."""

    def __init__(self, started: Iterable[Part] = ()) -> None:
        """`started` are the parts that a START has begun and no END ended."""
        self._started: dict[Part, None] = dict.fromkeys(started)
        self._open: Part | None = None
        """What the last chunk belongs to, where a chunk has begun it."""
        self._begun: set[Part] = set()
        """What chunks have begun and may go on with, though others have come between."""
        self._last: dict[tuple[type[Event], str | None], Part] = {}
        """What the last chunk of each kind belongs to, by who says it: the run's own agent is None."""
        self._title: str | None = None
        """Of the thoughts that come next."""

    def expand(self, event: Event) -> list[Event]:
        """The events that `event` stands for: itself, where it is no chunk, behind the end of what it ends."""
        if type(event) not in _ENDING:  # nearly all events of a long stream
            if isinstance(event, TextMessageChunk | ReasoningMessageChunk | ToolCallChunk):
                return self._chunk(event)
            return self._thinking(event) if isinstance(event, _Thinking) else [event]
        return self._ended(event)

    def _ended(self, event: Event) -> list[Event]:
        """An event that ends the chunks before it."""
        kind = type(event)
        events = [event] if self._open is None else [*self._end(event), event]
        if (begun := _STARTS.get(kind)) is not None:
            self._started[_part_of(event, begun)] = None
        elif (ended := _ENDS.get(kind)) is not None:
            self._started.pop(_part_of(event, ended), None)
        elif kind in _OF_RUNS:
            self._begun.clear()  # ids need be unique in a run only
            self._started.clear()
        if self._begun and isinstance(event, ToolCallStart | ToolCallResult):
            self._forget_texts(event.subagent_run_id)
        return events

    def _chunk(self, chunk: _Chunk) -> list[Event]:
        part = self._part(chunk)
        events: list[Event] = []
        if part not in self._started and part != self._open:
            events += self._end(chunk)
            if part not in self._begun:
                events.append(_start(chunk, part[1]))
                self._begun.add(part)
                if isinstance(chunk, ToolCallChunk):
                    self._forget_texts(chunk.subagent_run_id)
            self._open = self._last[part[0], part[2]] = part
        if chunk.delta:
            events.append(_fragment(chunk, part, chunk.delta))
        return events

    def _part(self, chunk: _Chunk) -> Part:
        """What a chunk belongs to; one without a name goes on with the last of its kind that its sub-agent said
        (https://docs.ag-ui.com/concepts/subagents), and one that names nobody with whatever is open of its kind."""
        kind, agent = type(chunk), chunk.subagent_run_id
        given = chunk.tool_call_id if isinstance(chunk, ToolCallChunk) else chunk.message_id
        if given is not None:
            return kind, given, agent
        if self._open is not None and self._open[0] is kind:
            own = self._open if self._open[2] == agent else self._last.get((kind, agent))
            if own is not None and (own == self._open or own in self._begun):
                return own
            if agent is None:
                return self._open
        started = (part for part in reversed(self._started) if part[0] is kind and part[2] == agent)
        return next(started, (kind, "", agent))

    def _thinking(self, event: _Thinking) -> list[Event]:
        """Thoughts as the older vocabulary tells them; all they have is their order."""
        if isinstance(event, ThinkingStart):
            self._title = event.title
        if not isinstance(event, ThinkingTextMessageContent):
            self._begun.discard(_THOUGHTS)
            return self._end(event)
        metadata = {**(event.metadata or {}), "title": self._title} if self._title else event.metadata
        if _THOUGHTS not in self._begun:
            self._title = None
        return self._chunk(
            ReasoningMessageChunk(timestamp=event.timestamp, metadata=metadata, message_id="", delta=event.delta)
        )

    def _forget_texts(self, agent: str | None) -> None:
        """A call has come between: a text that comes by a name from before is another one."""
        self._begun = {part for part in self._begun if part[0] is ToolCallChunk or part[2] != agent}

    def _end(self, at: Event) -> list[Event]:
        """The end of what the last chunk belongs to, at the moment of `at`; nothing where that has ended."""
        if self._open is None:
            return []
        (kind, name, agent), self._open = self._open, None
        if kind is ToolCallChunk:
            return [ToolCallEnd(timestamp=at.timestamp, tool_call_id=name, subagent_run_id=agent)]
        if kind is ReasoningMessageChunk:
            return [ReasoningMessageEnd(timestamp=at.timestamp, message_id=name, subagent_run_id=agent)]
        return [TextMessageEnd(timestamp=at.timestamp, message_id=name, subagent_run_id=agent)]


_THOUGHTS: Part = (ReasoningMessageChunk, "", None)

_STARTS: dict[type[Event], type[Event]] = {
    TextMessageStart: TextMessageChunk,
    ReasoningMessageStart: ReasoningMessageChunk,
    ToolCallStart: ToolCallChunk,
}
_ENDS: dict[type[Event], type[Event]] = {
    TextMessageEnd: TextMessageChunk,
    ReasoningMessageEnd: ReasoningMessageChunk,
    ToolCallEnd: ToolCallChunk,
}
"""What begins and ends the parts of each type of chunks."""
_OF_RUNS = frozenset({RunStarted, RunFinished, RunError, RunCancelled})
_ENDING = _OF_RUNS | frozenset(
    {
        StepStarted,
        StepFinished,
        TextMessageStart,
        TextMessageEnd,
        ReasoningMessageStart,
        ReasoningMessageEnd,
        ToolCallStart,
        ToolCallEnd,
        ToolCallResult,
    }
)
"""What ends the chunks before it; fragments of others, states and the like may come among them."""


def _part_of(event: Any, kind: type[Event]) -> Part:
    """The part of that type of chunks that a START or an END is of."""
    return kind, event.tool_call_id if kind is ToolCallChunk else event.message_id, event.subagent_run_id


def _start(chunk: _Chunk, name: str) -> Event:
    given: dict[str, Any] = {
        "timestamp": chunk.timestamp,
        "metadata": chunk.metadata,
        "subagent_run_id": chunk.subagent_run_id,
    }
    if isinstance(chunk, ToolCallChunk):
        return ToolCallStart(
            **given,
            tool_call_id=name,
            tool_call_name=chunk.tool_call_name or "",
            parent_message_id=chunk.parent_message_id,
        )
    if isinstance(chunk, ReasoningMessageChunk):
        return ReasoningMessageStart(**given, message_id=name)
    return TextMessageStart(**given, message_id=name, role=chunk.role, name=chunk.name)


def _fragment(chunk: _Chunk, part: Part, delta: str) -> Event:
    _, name, agent = part
    given: dict[str, Any] = {"timestamp": chunk.timestamp, "subagent_run_id": agent, "delta": delta}
    if isinstance(chunk, ToolCallChunk):
        return ToolCallArgs(**given, tool_call_id=name)
    if isinstance(chunk, ReasoningMessageChunk):
        return ReasoningMessageContent(**given, message_id=name)
    return TextMessageContent(**given, message_id=name)
