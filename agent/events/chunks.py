"""Chunk events as the events they stand for: one START, the fragments, one END. Knows the wire, and no state of a run.

AG-UI lets a sender say a text, a reasoning or a call in `*_CHUNK` events alone
(https://docs.ag-ui.com/concepts/events#text-message-chunk): the first one names what it belongs to, those without a
name go on with it, and another name, or any other beginning or end, ends it. Streams from before AG-UI 1.0 say their
reasoning in `THINKING_*` events, which name nothing either; they are read the same way.
"""

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

__all__ = ["Chunks"]

_Chunk = TextMessageChunk | ReasoningMessageChunk | ToolCallChunk


class Chunks:
    """Takes the events of a stream in order and gives them without chunks."""

    def __init__(self) -> None:
        self._open: tuple[type[Event], str] | None = None
        """What the last chunk belongs to: its type and id."""
        self._begun: set[tuple[type[Event], str]] = set()

    def expand(self, event: Event) -> list[Event]:
        """The events that `event` stands for: itself, where it is no chunk, behind the end of what it ends."""
        if isinstance(event, TextMessageChunk | ReasoningMessageChunk | ToolCallChunk):
            return self._chunk(event)
        if isinstance(event, ThinkingTextMessageContent):
            chunk = ReasoningMessageChunk(timestamp=event.timestamp, metadata=event.metadata, delta=event.delta)
            return self._chunk(chunk) if event.delta else []
        if isinstance(event, _OTHER_THINKING):
            return self._end(event)
        if type(event) not in _ENDING:
            return [event]
        events = [*self._end(event), event]
        if isinstance(event, RunStarted | RunFinished | RunError | RunCancelled):
            self._begun.clear()  # ids need be unique in a run only
        return events

    def _chunk(self, chunk: _Chunk) -> list[Event]:
        kind = type(chunk)
        given = chunk.tool_call_id if isinstance(chunk, ToolCallChunk) else chunk.message_id
        last = self._open[1] if self._open is not None and self._open[0] is kind else None
        name = given if given is not None else last or ""
        events: list[Event] = []
        if name != last:
            events += self._end(chunk)
            if (kind, name) not in self._begun:
                events.append(_start(chunk, name))
                self._begun.add((kind, name))
            self._open = kind, name
        if chunk.delta:
            events.append(_fragment(chunk, name, chunk.delta))
        return events

    def _end(self, at: Event) -> list[Event]:
        """The end of what the last chunk belongs to, at the moment of `at`; nothing where that has ended."""
        if self._open is None:
            return []
        (kind, name), self._open = self._open, None
        if kind is ToolCallChunk:
            return [ToolCallEnd(timestamp=at.timestamp, tool_call_id=name)]
        if kind is ReasoningMessageChunk:
            return [ReasoningMessageEnd(timestamp=at.timestamp, message_id=name)]
        return [TextMessageEnd(timestamp=at.timestamp, message_id=name)]


_OTHER_THINKING = (ThinkingStart, ThinkingTextMessageStart, ThinkingTextMessageEnd, ThinkingEnd)
"""The older events that only begin or end a reasoning."""
_ENDING = frozenset(
    {
        RunStarted,
        RunFinished,
        RunCancelled,
        RunError,
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


def _start(chunk: _Chunk, name: str) -> Event:
    if isinstance(chunk, ToolCallChunk):
        return ToolCallStart(
            timestamp=chunk.timestamp,
            metadata=chunk.metadata,
            tool_call_id=name,
            tool_call_name=chunk.tool_call_name or "",
            parent_message_id=chunk.parent_message_id,
        )
    if isinstance(chunk, ReasoningMessageChunk):
        return ReasoningMessageStart(timestamp=chunk.timestamp, metadata=chunk.metadata, message_id=name)
    return TextMessageStart(timestamp=chunk.timestamp, metadata=chunk.metadata, message_id=name, role=chunk.role)


def _fragment(chunk: _Chunk, name: str, delta: str) -> Event:
    if isinstance(chunk, ToolCallChunk):
        return ToolCallArgs(timestamp=chunk.timestamp, tool_call_id=name, delta=delta)
    if isinstance(chunk, ReasoningMessageChunk):
        return ReasoningMessageContent(timestamp=chunk.timestamp, message_id=name, delta=delta)
    return TextMessageContent(timestamp=chunk.timestamp, message_id=name, delta=delta)
