"""Who speaks in a graph: the graph itself, or one of those that work for it at the same time; each is a lane.

A lane has its replies, of which several may stream at once (a node that asks three models), and the calls that came of
them. It knows no stream of a graph and no task: whoever reads that says in which lane a message is.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import msgspec
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, LLMResult

from agent.events.types import Attributable, Event, TokenUsage
from agent.runs.run import Clock
from agent.sources.executor.callbacks import QueueCallbackHandler

__all__ = ["Call", "Lane"]


@dataclass(slots=True, kw_only=True)
class Call:
    """A call of a model's whose arguments are complete."""

    id: str
    """Ours."""
    name: str
    arguments: str
    started: float | None = None
    has_result: bool = False

    def is_of(self, name: str, arguments: Any) -> bool:
        """Whether it has this name and these arguments."""
        try:
            return self.name == name and bool(json.loads(self.arguments or "{}") == arguments)
        except ValueError:
            return False


@dataclass(slots=True, kw_only=True)
class _Reply:
    """A reply that streams."""

    handler: QueueCallbackHandler
    run_id: UUID
    task: str
    """The task that asked for it."""
    call: object
    """The model call that it is of."""
    number: int
    """From 1 within its lane, in the order they began."""


class _Stamped:
    """A queue whose events are one agent's."""

    def __init__(self, put: Callable[[Event], None], subagent: str | None) -> None:
        self._put = put
        self._subagent = subagent

    def put_nowait(self, event: Event) -> None:
        """Pass an event on as that agent's."""
        if self._subagent is not None and isinstance(event, Attributable):
            event = msgspec.structs.replace(event, subagent_run_id=self._subagent)
        self._put(event)


@dataclass(slots=True, kw_only=True)
class Lane:
    """What one of them says."""

    put: Callable[[Event], None]
    now: Clock
    used_call_ids: set[str]
    """The session's; those of this lane are added."""
    subagent: str | None = None
    """Its id where it is not the graph itself."""
    is_over: bool = False
    """Whether its end was told."""
    text: str = ""
    """Of the last reply that is over."""
    calls: dict[str, Call] = field(default_factory=dict)
    """By the model's ids; of two with one id the later."""
    _replies: dict[str, _Reply] = field(default_factory=dict)
    """Those that stream, by the ids of their messages; where these change, by the first."""
    _begun: int = 0
    _last: int = 0
    """The number of the reply whose text is kept."""

    @property
    def is_speaking(self) -> bool:
        """Whether a reply streams."""
        return bool(self._replies)

    def reply_of(self, message_id: str, call: object) -> str | None:
        """The reply that streams and that this message is of, by the id it began with; None where there is none.

        A model may give its chunks ids of their own, and LangChain closes such a stream under another one still: what
        one model call says is one reply.
        """
        if message_id in self._replies:
            return message_id
        return next((name for name, reply in self._replies.items() if call is not None and reply.call is call), None)

    def begin(self, message_id: str, task: str = "", call: object = None) -> None:
        """A reply begins; `call` is one object for all that a model call says, where that is known."""
        queue: Any = _Stamped(self.put, self.subagent)
        handler = QueueCallbackHandler(queue, used_call_ids=self.used_call_ids, clock=self.now)
        run_id = handler.begin_reply()
        handler.on_chat_model_start({}, [], run_id=run_id)
        self._begun += 1
        self._replies[message_id] = _Reply(handler=handler, run_id=run_id, task=task, call=call, number=self._begun)

    def take(self, message_id: str, chunk: AIMessageChunk) -> None:
        """The next piece of a reply."""
        reply = self._replies[message_id]
        reply.handler.on_llm_new_token("", chunk=ChatGenerationChunk(message=chunk), run_id=reply.run_id)

    def end(self, message_id: str, message: AIMessage | None = None) -> TokenUsage | None:
        """A reply is over, `message` all of one that was not streamed; gives what it cost."""
        reply = self._replies.pop(message_id)
        handler = reply.handler
        result = LLMResult(generations=[] if message is None else [[ChatGeneration(message=message)]])
        handler.on_llm_end(result, run_id=reply.run_id)
        text = "".join(handler.reply.text)
        # Else a model that failed, and was followed by another, or one that had nothing to add to its answer.
        if reply.number > self._last and (text or handler.reply.calls):
            self._last, self.text = reply.number, text
        for call in handler.reply.calls:
            handler.end_call(call)
            self.used_call_ids.add(call.id)
            arguments = call.text
            self.calls[call.provider_id or call.id] = Call(id=call.id, name=call.name, arguments=arguments)
        return handler.reply.usage

    def open_replies(self, task: str | None = None) -> Iterator[str]:
        """Those that stream, of one task where it is named, by the ids of their messages."""
        yield from [name for name, reply in self._replies.items() if task is None or reply.task == task]
