"""The messages of a conversation as AG-UI tells them to an agent (https://docs.ag-ui.com/concepts/messages).

Ids are those by which the agent's server told of each, so that one with a memory of its own knows them again. What
only that server can read, it gets back. What its sub-agents said is its own business, and stays out.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from agent.conversation.items import CallStatus, Item, Message, MessageKind, Reasoning, ToolCall
from agent.conversation.run import Run
from agent.events.types import InputMessage, MessageCall, MessageFunction

__all__ = ["messages_of", "question_of"]

_SPOKEN = frozenset({MessageKind.ANSWER, MessageKind.PREAMBLE, MessageKind.LATE})
_ROLES = {MessageKind.USER: "user", MessageKind.SYSTEM: "system"}
_NO_RESULT = "No result: the turn was cut short before it came."


def messages_of(runs: Sequence[Run]) -> list[InputMessage]:
    """What turns come to, in order; a call of one that has ended has a result, be it that there is none."""
    return [message for run in runs for message in _messages(run)]


def _messages(run: Run) -> Iterator[InputMessage]:
    if run.question.strip() or run.parts:
        yield question_of(run)
    gathered = _Gathered(is_over=not run.is_open, awaited=set(run.awaited))
    for step in run.own_steps:
        for item in step.items:
            gathered.take(item)
        gathered.flush()
    yield from gathered.messages
    for activity in run.activities:
        if isinstance(activity.content, dict):
            yield InputMessage(id=activity.id, role="activity", activity_type=activity.type, content=activity.content)


def question_of(run: Run) -> InputMessage:
    """The user's message that begins a turn."""
    content: str | list[Any] = run.question
    if run.parts:
        content = [{"type": "text", "text": run.question}, *run.parts]
    return InputMessage(id=run.asked[0] if run.asked else f"{run.id}-question", role="user", content=content)


@dataclass
class _Gathered:
    """Messages out of items; an agent's text and the calls behind it are one message."""

    is_over: bool
    awaited: set[str]
    messages: list[InputMessage] = field(default_factory=list)
    _open: InputMessage | None = None
    """The agent's message that calls may still join."""
    _calls: list[ToolCall] = field(default_factory=list)

    def take(self, item: Item) -> None:
        match item:
            case ToolCall() if not item.is_question and _is_object(item.fragments.text):
                self._take_call(item)
            case Message() if item.kind in _SPOKEN or item.kind in _ROLES:
                self.flush()
                role = _ROLES.get(item.kind, "assistant")
                told = InputMessage(
                    id=item.id, role=role, content=item.fragments.text, name=item.name, encrypted_value=item.encrypted
                )
                if role == "assistant":
                    self._open = told
                else:
                    self.messages.append(told)
            case Reasoning():
                self.flush()
                self.messages.append(
                    InputMessage(
                        id=item.id, role="reasoning", content=item.fragments.text, encrypted_value=item.encrypted
                    )
                )

    def _take_call(self, call: ToolCall) -> None:
        if not self._joins(call):
            self.flush()
            self._open = InputMessage(id=call.message_id or call.wire_id, role="assistant")
        self._calls.append(call)

    def _joins(self, call: ToolCall) -> bool:
        """Whether a call stands in the open message: its sender says so, or it was not made of a result of those."""
        if self._open is None or call.message_id is not None:
            return self._open is not None and self._open.id == call.message_id
        return not any(one.ended is not None and one.ended <= call.started for one in self._calls)

    def flush(self) -> None:
        """No more calls join the open message."""
        if self._open is None:
            return
        calls = [
            MessageCall(
                id=call.wire_id,
                function=MessageFunction(name=call.name, arguments=call.fragments.text or "{}"),
                encrypted_value=call.encrypted,
            )
            for call in self._calls
        ]
        opened = self._open
        self.messages.append(
            InputMessage(
                id=opened.id,
                role=opened.role,
                content=opened.content,
                name=opened.name,
                encrypted_value=opened.encrypted_value,
                tool_calls=calls or None,
            )
        )
        self.messages += [told for call in self._calls if (told := self._result(call)) is not None]
        self._open, self._calls = None, []

    def _result(self, call: ToolCall) -> InputMessage | None:
        if call.result is not None:
            return InputMessage(
                id=call.result_id or f"{call.wire_id}-result",
                role="tool",
                content=call.result,
                tool_call_id=call.wire_id,
                error=call.result if call.status is CallStatus.FAILED else None,
                metadata=None if call.duration_ms is None else {"durationMs": call.duration_ms},
            )
        if not self.is_over or self.awaited:
            return None  # it is still to come
        return InputMessage(
            id=f"{call.wire_id}-result", role="tool", content=_NO_RESULT, tool_call_id=call.wire_id, error=_NO_RESULT
        )


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text or "{}"), dict)
    except (ValueError, RecursionError):
        return False
