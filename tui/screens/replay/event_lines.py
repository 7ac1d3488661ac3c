"""A recording's events as the inspector lists them: in a few words, and as JSON. Knows events; no widget's inside."""

from collections.abc import Callable
from typing import Any

import msgspec

from agent.conversation.reducer import Conversation
from agent.conversation.turn.content import as_text, question_text
from agent.events import types as ev
from agent.figures import plural, size
from agent.recordings.recording import Recording
from tui.drawing.calls.arguments import parse_whole
from tui.drawing.rows import Role
from tui.panes.events.inspector import EventLine

__all__ = ["EventLines"]

_LARGE = 1_000_000
"""Bytes of an event from which only its beginning is looked at."""
_SHOWN = 4_000
_CHANGES = ev.StateDelta | ev.ActivityDelta
_OURS = frozenset({ev.TOOL_STARTED, ev.RETRY, ev.APPROVAL})


class EventLines:
    """What the inspector asks for, made when it asks."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._changes = _Changes(recording)

    def __len__(self) -> int:
        return len(self._recording)

    def line(self, number: int) -> EventLine:
        """An event in a few words."""
        event = self._recording.events[number]
        words, role = _WORDS.get(type(event), (_other, "warning"))
        pictured, content = type(event) in _WORDS, words(event)
        if isinstance(event, _CHANGES) and (problem := self._changes.problem(number)) is not None:
            role, content = "error", f"did not apply: {problem}; {content}"
        if isinstance(event, ev.Custom) and event.name not in _OURS:
            role, pictured = "warning", False
        return EventLine(
            type=str(event.data["type"] if isinstance(event, ev.Unknown) else type(event).__struct_config__.tag),
            content=content,
            gap=self._gap(number),
            role=role,
            is_pictured=pictured,
        )

    def _gap(self, number: int) -> float | None:
        """The pause before an event, in ms."""
        times = self._recording.timeline
        if not self._recording.is_dated:
            return None
        return times[number] - times[number - 1] if number else 0.0

    def text(self, number: int) -> str:
        """The JSON of an event, as it came."""
        return self._recording.raw(number).decode("utf-8", "replace")

    def value(self, number: int) -> Any:
        """The JSON of an event, decoded; of a very large one its beginning, as text."""
        raw = self._recording.raw(number)
        if len(raw) > _LARGE:
            return f"{raw[:_SHOWN].decode('utf-8', 'replace')}\n(its beginning; {size(len(raw))} in all)"
        text = raw.decode("utf-8", "replace")
        parsed = parse_whole(text)
        return text if parsed.raw is not None else parsed.value


class _Changes:
    """Tells which changes of what agent and application share could not be made; only the reducer knows."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._start = -1
        """The position from which the state was folded that is at hand."""
        self._position = 0
        self._state = Conversation()
        self._problems: dict[int, str | None] = {}
        """Why each of the changes up to the position could not be made; None where it was."""

    def problem(self, number: int) -> str | None:
        """Why the change that an event tells could not be made."""
        start = self._recording.settled_before(number)
        if start != self._start:
            self._start = self._position = start
            self._state, self._problems = self._recording.state(start), {}
        if number >= self._position:
            self._go_to(number + 1)
        return self._problems.get(number)

    def _go_to(self, position: int) -> None:
        events = self._recording.events[self._position : position]
        folded = 0
        for place, event in enumerate(events):
            if isinstance(event, _CHANGES):
                self._state.apply_all(events[folded:place])
                self._problems[self._position + place] = self._made(event)
                folded = place + 1
        self._state.apply_all(events[folded:])
        self._position = position

    def _made(self, event: ev.StateDelta | ev.ActivityDelta) -> str | None:
        """Make a change; gives why it could not be made."""
        known = len(self._state.runs[-1].state_problems) if self._state.runs else 0
        run = self._state.apply(event)
        if run is None:
            return None
        if isinstance(event, ev.ActivityDelta):
            return next((one.problem for one in run.activities if one.id == event.message_id), None)
        return next(iter(run.state_problems[known:]), None)


def _question(event: ev.RunStarted) -> str:
    messages = event.input.messages if event.input is not None else []
    return next((_said(message.content) for message in reversed(messages) if message.role == "user"), event.run_id)


def _said(content: Any) -> str:
    """A message's content in words; of parts that are no text, as JSON."""
    return question_text(content) or as_text(content)


def _answer(event: ev.RunFinished) -> str:
    return str(event.result.get("answer", "")) if isinstance(event.result, dict) else ""


def _custom(event: ev.Custom) -> str:
    return event.name if event.name in _OURS else f"{event.name} {event.value}"


def _other(event: ev.Event) -> str:
    """What an event holds that has no picture, but its type and its moment."""
    data = event.data if isinstance(event, ev.Unknown) else msgspec.to_builtins(event)
    return ", ".join(
        f"{name}: {str(value)[:_SHOWN]}" for name, value in data.items() if name not in ("type", "timestamp")
    )


# What each event that the screen shows is told by; all others have no picture there.
_WORDS: dict[type[ev.Event], tuple[Callable[[Any], str], Role]] = {
    ev.RunStarted: (_question, "strong"),
    ev.RunFinished: (_answer, "ok"),
    ev.RunError: (lambda event: event.message, "error"),
    ev.StepStarted: (lambda event: event.step_name, "strong"),
    ev.StepFinished: (lambda event: event.step_name, "strong"),
    ev.TextMessageStart: (lambda _event: "", "number"),
    ev.TextMessageContent: (lambda event: event.delta, "number"),
    ev.TextMessageEnd: (lambda _event: "", "number"),
    ev.ReasoningStart: (lambda _event: "", "key"),
    ev.ReasoningMessageStart: (lambda _event: "", "key"),
    ev.ReasoningMessageContent: (lambda event: event.delta, "key"),
    ev.ReasoningMessageEnd: (lambda _event: "", "key"),
    ev.ReasoningEnd: (lambda _event: "", "key"),
    ev.TextMessageChunk: (lambda event: event.delta or "", "number"),
    ev.ReasoningMessageChunk: (lambda event: event.delta or "", "key"),
    ev.ToolCallChunk: (lambda event: event.delta or event.tool_call_name or "", "string"),
    ev.SubagentStarted: (lambda event: event.name, "strong"),
    ev.SubagentFinished: (lambda _event: "", "strong"),
    ev.SubagentError: (lambda event: event.message, "error"),
    ev.ToolCallStart: (lambda event: event.tool_call_name, "string"),
    ev.ToolCallArgs: (lambda event: event.delta, "string"),
    ev.ToolCallEnd: (lambda _event: "", "string"),
    ev.ToolCallResult: (lambda event: _said(event.content), "string"),
    ev.RunCancelled: (lambda event: event.message or "", "warning"),
    ev.ThinkingStart: (lambda event: event.title or "", "key"),
    ev.ThinkingTextMessageStart: (lambda _event: "", "key"),
    ev.ThinkingTextMessageContent: (lambda event: event.delta, "key"),
    ev.ThinkingTextMessageEnd: (lambda _event: "", "key"),
    ev.ThinkingEnd: (lambda _event: "", "key"),
    ev.StateSnapshot: (lambda event: as_text(event.snapshot)[:_SHOWN], "key"),
    ev.StateDelta: (lambda event: as_text(event.delta)[:_SHOWN], "key"),
    ev.ActivitySnapshot: (lambda event: f"{event.activity_type} {as_text(event.content)}"[:_SHOWN], "key"),
    ev.ActivityDelta: (lambda event: f"{event.activity_type} {as_text(event.patch)}"[:_SHOWN], "key"),
    ev.MessagesSnapshot: (lambda event: plural(len(event.messages), "message"), "key"),
    ev.Custom: (_custom, "key"),
}
