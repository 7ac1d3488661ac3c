"""A chat model that says what a test wrote down, and what a test asks of the events that come of it."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import ag_ui.core
from ag_ui_validate.pytest_plugin import assert_valid_agui
from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.tool import ToolCallChunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from pydantic import PrivateAttr, TypeAdapter

from agent.conversation.reducer import Conversation
from agent.events import types as ev
from agent.events import wire
from agent.runs.run import Run

__all__ = [
    "Gate",
    "Reply",
    "Request",
    "ScriptedModel",
    "WholeReplyModel",
    "answering",
    "asserted",
    "call",
    "calling",
    "end",
    "finish",
    "of",
    "texts",
]

OFFICIAL: TypeAdapter[Any] = TypeAdapter(ag_ui.core.Event)
"""AG-UI's own models of what it knows."""
T = TypeVar("T")


class Gate:
    """A place in a reply where the model waits until the test lets it go on."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.opened = asyncio.Event()

    async def wait(self) -> None:
        """What the model does at the gate."""
        self.reached.set()
        await self.opened.wait()


Reply = Sequence[AIMessageChunk | BaseException | Gate]
"""What one model call does: chunks it sends, an error it ends with, gates it waits at."""


@dataclass
class Request:
    """What the model was asked."""

    messages: list[BaseMessage]
    arguments: dict[str, Any] = field(default_factory=dict)
    """What was bound, `tools` and `tool_choice`, and a temperature where one is set."""


class ScriptedModel(BaseChatModel):
    """Gives its replies one after the other and notes what it was asked."""

    replies: list[Any]
    always_tells_finish_reason: bool = True
    temperature: float | None = None
    _requests: list[Request] = PrivateAttr(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    @property
    def requests(self) -> list[Request]:
        """Every request so far."""
        return self._requests

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Runnable[Any, AIMessage]:
        """Note the tools' names."""
        return self.bind(tools=[tool.name for tool in tools], **kwargs)

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        set_ = {} if self.temperature is None else {"temperature": self.temperature}
        self._requests.append(Request(messages, kwargs | set_))
        assert self.replies, "the model was asked once more than the test wrote down"
        for item in self.replies.pop(0):
            if isinstance(item, Gate):
                await item.wait()
            elif isinstance(item, BaseException):
                raise item
            else:
                yield ChatGenerationChunk(message=item)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        raise NotImplementedError("it streams")


class WholeReplyModel(BaseChatModel):
    """A model that cannot stream."""

    replies: list[AIMessage]

    @property
    def _llm_type(self) -> str:
        return "whole"

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Runnable[Any, AIMessage]:
        """Take any tools."""
        return self.bind(**kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=self.replies.pop(0))])


# Replies


def texts(*pieces: str) -> list[AIMessageChunk]:
    """Text in these pieces."""
    return [AIMessageChunk(content=piece) for piece in pieces]


def call(
    name: str | None, arguments: object, id: str | None = None, index: int | None = 0, size: int = 6
) -> list[AIMessageChunk]:
    """A call the way OpenAI streams it: id and name first, then the arguments in fragments of `size` characters.

    Arguments that are a text are sent as they are.
    """
    text = arguments if isinstance(arguments, str) else json.dumps(arguments)
    pieces: list[ToolCallChunk] = [_piece(name=name, id=id or f"call_{name}_{index}", args="", index=index)]
    pieces += [_piece(args=text[start : start + size], index=index) for start in range(0, len(text), size)]
    return [AIMessageChunk(content="", tool_call_chunks=[piece]) for piece in pieces]


def _piece(
    *, name: str | None = None, args: str | None = None, id: str | None = None, index: int | None = None
) -> ToolCallChunk:
    return ToolCallChunk(name=name, args=args, id=id, index=index, type="tool_call_chunk")


def finish(reason: str | None = "stop", usage: UsageMetadata | None = None) -> AIMessageChunk:
    """The chunk that ends a reply."""
    metadata = {"finish_reason": reason} if reason else {}
    return AIMessageChunk(content="", response_metadata=metadata, usage_metadata=usage)


def calling(*calls: tuple[str, object], reason: str | None = "tool_calls") -> list[AIMessageChunk]:
    """A reply of parallel calls, one after the other."""
    chunks = [chunk for index, (name, arguments) in enumerate(calls) for chunk in call(name, arguments, index=index)]
    return [*chunks, finish(reason)]


def answering(answer: str = "done", tools_used: Sequence[str] = ()) -> list[AIMessageChunk]:
    """A reply that ends the turn."""
    return calling(("final_answer", {"answer": answer, "tools_used": list(tools_used)}))


# Events


async def end(run: Run) -> list[ev.Event]:
    """All events of a run, checked."""
    async with run:
        return asserted([event async for event in run])


def asserted(events: list[ev.Event], *, broken_arguments: bool = False) -> list[ev.Event]:
    """`events`, which keep what every stream of ours keeps.

    They begin with a start, end with the one terminal event, can be written and read, are clean AG-UI, also by its own
    models, and leave nothing open. `broken_arguments` allows for the stated exception: a call whose arguments were no
    JSON.
    """
    assert isinstance(events[0], ev.RunStarted)
    assert [event for event in events if isinstance(event, ev.RunFinished | ev.RunError)] == events[-1:]
    lines = [wire.encode(event) for event in events]
    assert [wire.decode(line) for line in lines] == events
    times = [event.timestamp for event in events]
    assert all(isinstance(time, int) for time in times)
    overrides = {"AGUI204": "off"} if broken_arguments else {}
    assert_valid_agui([line.decode() for line in lines], max_warnings=0, severity_overrides=overrides)
    for line in lines:
        OFFICIAL.validate_json(line)
    run = Conversation(events).runs[0]
    assert not run.is_open
    assert all(step.ended is not None for step in run.steps)
    assert not any(call.is_open for call in run.calls)
    return events


def of(events: Sequence[ev.Event], kind: type[T]) -> list[T]:
    """The events of one kind."""
    return [event for event in events if isinstance(event, kind)]
