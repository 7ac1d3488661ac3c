"""The conversation that a client tells, message by message, as if it had been recorded here.

So whoever answers is told of it as of any other. The last turn is the one that is asked for: it is left open, and has
what other runs have made of it. Messages are AG-UI's (https://docs.ag-ui.com/concepts/messages).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from agent.conversation.reducer import Conversation
from agent.events.types import (
    Event,
    InputMessage,
    ReasoningEncryptedValue,
    ReasoningMessageContent,
    ReasoningMessageEnd,
    ReasoningMessageStart,
    RunFinished,
    RunInput,
    RunStarted,
    StepFinished,
    StepStarted,
    TextMessageContent,
    TextMessageEnd,
    TextMessageStart,
    ToolCallArgs,
    ToolCallEnd,
    ToolCallResult,
    ToolCallStart,
)
from agent.runs.run import new_id

__all__ = ["told_conversation"]

_NO_RESULT = "What this call gave is not known."


def told_conversation(request: RunInput) -> Conversation:
    """What a request tells; its last turn goes on. Empty where nobody asks anything."""
    turns = list(_turns(request.messages))
    events = [event for turn in turns for event in turn.events(request.thread_id, is_last=turn is turns[-1])]
    return Conversation(events)


@dataclass
class _Turn:
    """A question, and the messages behind it."""

    questions: list[InputMessage] = field(default_factory=list)
    rest: list[InputMessage] = field(default_factory=list)

    def events(self, thread_id: str, *, is_last: bool) -> Iterator[Event]:
        # Ids of runs are our own: whoever answers keeps what it was told of a turn by its id, for all clients.
        run_id = new_id("turn")
        asked = RunInput(thread_id=thread_id, run_id=run_id, messages=self.questions)
        yield RunStarted(timestamp=0, thread_id=thread_id, run_id=run_id, input=asked)
        yield from _Telling().events(self.rest, is_last=is_last)
        if not is_last:
            yield RunFinished(timestamp=0, thread_id=thread_id, run_id=run_id)


def _turns(messages: Sequence[InputMessage]) -> Iterator[_Turn]:
    turn = _Turn()
    for message in messages:
        is_question = message.role == "user" and message.subagent_run_id is None
        if is_question and turn.rest:
            yield turn
            turn = _Turn()
        if is_question:
            turn.questions.append(message)
        elif message.role in ("assistant", "tool", "reasoning") and (turn.questions or message.role != "tool"):
            turn.rest.append(message)
    if turn.questions or turn.rest:
        yield turn


class _Telling:
    """Tells the messages of one turn: each of the agent's is a step, with its calls and their results."""

    def __init__(self) -> None:
        self._steps = 0
        self._is_open = self._is_thinking = False
        """Whether a step is open, and whether it has nothing but reasoning yet."""
        self._waiting: dict[str, None] = {}
        """The calls of the turn that have no result yet."""

    def events(self, messages: Sequence[InputMessage], *, is_last: bool) -> Iterator[Event]:
        for message in messages:
            match message.role:
                case "assistant":
                    yield from self._step()
                    self._is_thinking = False
                    yield from self._assistant(message)
                case "reasoning":
                    yield from self._step()
                    yield from _reasoning(message)
                case "tool" if message.tool_call_id in self._waiting:
                    del self._waiting[message.tool_call_id]
                    yield _result(message, message.tool_call_id)
        if not is_last:
            for call_id in self._waiting:
                yield _result(InputMessage(content=_NO_RESULT, error=_NO_RESULT), call_id)
            yield from self._end_step()

    def _step(self) -> Iterator[Event]:
        """Begin a step, unless one is open that has nothing but reasoning."""
        if self._is_open and self._is_thinking:
            return
        yield from self._end_step()
        self._steps += 1
        self._is_open = self._is_thinking = True
        yield StepStarted(timestamp=0, step_name=f"step {self._steps}")

    def _end_step(self) -> Iterator[Event]:
        if self._is_open:
            self._is_open = False
            yield StepFinished(timestamp=0, step_name=f"step {self._steps}")

    def _assistant(self, message: InputMessage) -> Iterator[Event]:
        name, text = message.id or new_id("msg"), _text(message)
        if text:
            yield TextMessageStart(timestamp=0, message_id=name, role="assistant", name=message.name)
            yield TextMessageContent(timestamp=0, message_id=name, delta=text)
            yield TextMessageEnd(timestamp=0, message_id=name)
        for call in message.tool_calls or ():
            yield ToolCallStart(
                timestamp=0, tool_call_id=call.id, tool_call_name=call.function.name, parent_message_id=name
            )
            yield ToolCallArgs(timestamp=0, tool_call_id=call.id, delta=call.function.arguments)
            yield ToolCallEnd(timestamp=0, tool_call_id=call.id)
            self._waiting[call.id] = None


def _reasoning(message: InputMessage) -> Iterator[Event]:
    name = message.id or new_id("msg")
    yield ReasoningMessageStart(timestamp=0, message_id=name)
    yield ReasoningMessageContent(timestamp=0, message_id=name, delta=_text(message))
    yield ReasoningMessageEnd(timestamp=0, message_id=name)
    if message.encrypted_value is not None:
        yield ReasoningEncryptedValue(
            timestamp=0, subtype="message", entity_id=name, encrypted_value=message.encrypted_value
        )


def _result(message: InputMessage, call_id: str) -> ToolCallResult:
    content = message.content if isinstance(message.content, str | list) else _text(message)
    return ToolCallResult(
        timestamp=0,
        message_id=message.id or new_id("msg"),
        tool_call_id=call_id,
        content=content,
        error=message.error,
        metadata=message.metadata,
    )


def _text(message: InputMessage) -> str:
    if isinstance(message.content, list):
        texts = [part.get("text") for part in message.content if isinstance(part, dict)]
        return "".join(text for text in texts if isinstance(text, str))
    return message.content if isinstance(message.content, str) else ""
