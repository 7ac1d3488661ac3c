"""LangChain's callbacks in, events on an `asyncio.Queue` out; no policy.

It owns the shape of a model's reply as it streams (text, reasoning, tool calls gathered from their fragments) and the
ids of what it begins. Whether a call is complete, may run, or ends the turn is not decided here.
"""

import asyncio
import json
import logging
import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, GenerationChunk, LLMResult

from agent.events.types import (
    Event,
    ReasoningEnd,
    ReasoningMessageContent,
    ReasoningMessageEnd,
    ReasoningMessageStart,
    ReasoningStart,
    TextMessageContent,
    TextMessageEnd,
    TextMessageStart,
    TokenUsage,
    ToolCallArgs,
    ToolCallEnd,
    ToolCallStart,
)
from agent.runs.run import Clock, new_id, wall_clock
from agent.sources.replies.answer import StringFieldDecoder
from agent.sources.replies.content import (
    add_usage,
    finish_reason,
    reasoning_parts,
    text_parts,
)
from agent.sources.replies.fields import CALL_FIELDS
from agent.sources.replies.gathering.call import GatheredCall
from agent.sources.replies.gathering.gatherer import CallGatherer
from agent.sources.replies.surrogates import SurrogateJoiner
from agent.sources.replies.thinking import Part, ThoughtSplitter

__all__ = ["QueueCallbackHandler", "Reply"]

log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Reply:
    """What one model call has given so far."""

    text: list[str] = field(default_factory=list)
    calls: list[GatheredCall] = field(default_factory=list)
    finish_reason: str | None = None
    """Why the model stopped, in the provider's word; None where it did not say."""
    usage: TokenUsage | None = None
    begun: bool = False
    """Whether any text, reasoning or call has come: something was shown."""
    message: AIMessage | None = None
    """All of it as LangChain has it, once the model call is done."""


@dataclass(slots=True)
class _OpenAnswer:
    """The user's answer inside a call's arguments."""

    decoder: StringFieldDecoder
    message_id: str | None = None
    """Set once its text has begun."""


class QueueCallbackHandler(BaseCallbackHandler):
    """Puts an event on the queue for everything that the model of one run says.

    Callbacks may come from any thread; events of one thread keep their order. Only what was asked for by the id of
    `begin_reply` is told, and what that runs inside. Model calls come one after the other.

    One thing: what is open in a reply. Each kind of fragment begins, goes on with or ends it.
    """

    # A synchronous handler run inline: called in order. Errors here are defects and must not be swallowed.
    run_inline = True
    raise_error = True

    def __init__(
        self,
        queue: asyncio.Queue[Event],
        *,
        answers: Mapping[str, str] | None = None,
        used_call_ids: set[str] | None = None,
        tool_names: Collection[str] = (),
        clock: Clock | None = None,
    ) -> None:
        """`answers` names the argument that holds the user's answer, per tool; `used_call_ids` the
        session's ids, to which others may add."""
        self.reply = Reply()
        self._queue = queue
        self._answers = answers or {}
        self._used_call_ids = set() if used_call_ids is None else used_call_ids
        self._now = clock or wall_clock()
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._own: set[UUID] = set()
        """The run that is asked for and its descendants. Not "without a parent": what a tool runs inside may have none,
        and we have one where we are ourselves a tool or a graph's node."""
        self._model_call: UUID | None = None
        self._is_told = False
        """Whether the chunks of the reply come by `take`."""
        self._streamed = False
        """Whether the model call has sent a chunk, be it an empty one."""
        self._tool_names = tool_names
        self._gatherer = self._new_gatherer()
        self._thoughts = ThoughtSplitter()
        self._open_answers: dict[GatheredCall, _OpenAnswer] = {}
        """The calls whose arguments hold the user's answer."""
        self._text_id: str | None = None
        self._text_surrogates = SurrogateJoiner()
        self._reasoning_id: str | None = None
        self._reasoning_was: str | None = None
        """The message that the next reasoning was told as before it was known to be one."""
        self._reasoning_surrogates = SurrogateJoiner()

    # The model

    def begin_reply(self, *, is_told: bool = False) -> UUID:
        """Gather the next reply; gives the id of the run that is to make it, itself or by what it runs inside.

        Where it `is_told`, its chunks come by `take`, and what LangChain hands on of them is left alone.
        """
        self.reply = Reply()
        self._is_told = is_told
        run_id = uuid4()
        self._own = {run_id}
        return run_id

    def on_chain_start(
        self,
        serialized: dict[str, Any] | None,
        inputs: Any,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **kwargs: Any,
    ) -> None:
        """A runnable around the model begins: fallbacks, a retry, a sequence."""
        if parent_run_id in self._own:
            self._own.add(run_id)

    def on_chat_model_start(
        self,
        serialized: dict[str, Any],
        messages: list[list[BaseMessage]],
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **kwargs: Any,
    ) -> None:
        """A model call begins; its reply is gathered anew."""
        if not {run_id, parent_run_id} & self._own:
            return
        self._model_call = run_id
        self._streamed = False
        self._gatherer = self._new_gatherer()
        self._thoughts = ThoughtSplitter()
        self._open_answers.clear()
        self.reply = Reply(calls=self._gatherer.calls)

    def on_llm_new_token(
        self,
        token: str | list[Any],
        *,
        chunk: GenerationChunk | ChatGenerationChunk | None = None,
        run_id: UUID,
        **kwargs: Any,
    ) -> None:
        """The next fragment: of text, of reasoning, or of tool calls."""
        if run_id == self._model_call and isinstance(chunk, ChatGenerationChunk) and not self._is_told:
            self.take(chunk)

    def take(self, chunk: ChatGenerationChunk) -> None:
        """The next fragment, from the model itself."""
        self._streamed = True
        self._take(chunk.message, chunk.generation_info or {})

    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **kwargs: Any) -> None:
        """The model call is done; a model that does not stream gives its whole reply here."""
        if run_id != self._model_call:
            return
        generation = response.generations[0][0] if response.generations and response.generations[0] else None
        message = getattr(generation, "message", None)
        if generation is not None and isinstance(message, AIMessage):
            self.reply.message = message
            if not self._streamed:
                self._take(message, generation.generation_info or {})
        self._end_reply()

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """The model call failed or was cancelled; what it sent is kept and closed."""
        if run_id == self._model_call:
            self._end_reply()

    # For the executor

    def end_call(self, call: GatheredCall) -> None:
        """Tell that a call's arguments are complete."""
        self._put(ToolCallEnd(timestamp=self._now(), tool_call_id=call.id))

    # Taking fragments

    def _new_gatherer(self) -> CallGatherer:
        return CallGatherer(
            used_ids=self._used_call_ids,
            tool_names=self._tool_names,
            began=self._call_began,
            grew=self._call_grew,
        )

    def _take(self, message: BaseMessage, info: dict[str, Any]) -> None:
        if self.reply.calls and message.content:
            self._gatherer.something_follows()
        if reasoning := "".join(reasoning_parts(message)):
            self._take_reasoning(reasoning)
        if text := "".join(text_parts(message.content)):
            self._take_parts(self._thoughts.feed(text))
        if isinstance(message, AIMessageChunk):
            further = message.additional_kwargs.get(CALL_FIELDS) or [{}] * len(message.tool_call_chunks)
            for piece, fields in zip(message.tool_call_chunks, further, strict=False):
                self._take_call(piece.get("id"), piece.get("index"), piece.get("name"), piece.get("args"), fields)
        elif isinstance(message, AIMessage):
            for call in message.tool_calls:
                self._take_call(call["id"], None, call["name"], json.dumps(call["args"], ensure_ascii=False), {})
            for broken in message.invalid_tool_calls:
                self._take_call(broken["id"], None, broken["name"], broken["args"], {})
        self.reply.finish_reason = finish_reason({**message.response_metadata, **info}) or self.reply.finish_reason
        if isinstance(message, AIMessage) and message.usage_metadata:
            self.reply.usage = add_usage(message, self.reply.usage)

    def _take_parts(self, parts: list[Part]) -> None:
        for kind, text in parts:
            if kind == "reasoning":
                self._take_reasoning(text)
            elif kind == "text":
                self._take_text(text)
            else:
                self._take_back_text()

    def _take_text(self, text: str) -> None:
        self.reply.begun = True
        self._end_reasoning()
        if not (text := self._text_surrogates.feed(text)):
            return
        if self._text_id is None:
            self._text_id = new_id("msg")
            self._put(TextMessageStart(timestamp=self._now(), message_id=self._text_id, role="assistant"))
        self.reply.text.append(text)
        self._put(TextMessageContent(timestamp=self._now(), message_id=self._text_id, delta=text))

    def _take_back_text(self) -> None:
        """All text so far was a thought: it is told as one, which names the message that it was told as before."""
        message_id = self._text_id
        self._end_text()
        thought = "".join(self.reply.text)
        self.reply.text.clear()
        if thought.strip():
            self._reasoning_was = message_id
            self._take_reasoning(thought)
            self._end_reasoning()

    def _take_reasoning(self, text: str) -> None:
        self.reply.begun = True
        self._end_text()
        if not (text := self._reasoning_surrogates.feed(text)):
            return
        if self._reasoning_id is None:
            self._reasoning_id = new_id("msg")
            metadata = {"toldAs": self._reasoning_was} if self._reasoning_was is not None else None
            self._reasoning_was = None
            self._put(ReasoningStart(timestamp=self._now(), metadata=metadata, message_id=self._reasoning_id))
            self._put(ReasoningMessageStart(timestamp=self._now(), message_id=self._reasoning_id))
        self._put(ReasoningMessageContent(timestamp=self._now(), message_id=self._reasoning_id, delta=text))

    def _take_call(
        self, provider_id: str | None, index: Any, name: str | None, args: str | None, fields: dict[str, Any]
    ) -> None:
        if provider_id or name or args:  # else it is no token, and ends nothing
            self.reply.begun = True
            self._take_parts(self._thoughts.end())
            self._end_reasoning()
            self._end_text()
        self._gatherer.take(provider_id, index, name, args, fields)

    def _call_began(self, call: GatheredCall) -> None:
        if call.name in self._answers:
            self._open_answers[call] = _OpenAnswer(StringFieldDecoder(self._answers[call.name]))
        metadata = {"providerId": call.provider_id} if call.provider_id not in ("", call.id) else None
        self._put(
            ToolCallStart(timestamp=self._now(), metadata=metadata, tool_call_id=call.id, tool_call_name=call.name)
        )

    def _call_grew(self, call: GatheredCall, piece: str) -> None:
        self._put(ToolCallArgs(timestamp=self._now(), tool_call_id=call.id, delta=piece))
        answer = self._open_answers.get(call)
        if answer is None or not (text := answer.decoder.feed(piece)):
            return
        if answer.message_id is None:
            answer.message_id = new_id("msg")
            start = TextMessageStart(
                timestamp=self._now(),
                metadata={"toolCallId": call.id},
                message_id=answer.message_id,
                role="assistant",
            )
            self._put(start)
        self._put(TextMessageContent(timestamp=self._now(), message_id=answer.message_id, delta=text))

    def _end_text(self) -> None:
        if rest := self._text_surrogates.end():
            self._take_text(rest)
        if self._text_id is not None:
            self._put(TextMessageEnd(timestamp=self._now(), message_id=self._text_id))
            self._text_id = None

    def _end_reasoning(self) -> None:
        if rest := self._reasoning_surrogates.end():
            self._take_reasoning(rest)
        if self._reasoning_id is not None:
            self._put(ReasoningMessageEnd(timestamp=self._now(), message_id=self._reasoning_id))
            self._put(ReasoningEnd(timestamp=self._now(), message_id=self._reasoning_id))
            self._reasoning_id = None

    def _end_reply(self) -> None:
        self._take_parts(self._thoughts.end())
        self._end_reasoning()
        self._end_text()
        self._gatherer.end()
        for answer in self._open_answers.values():
            if answer.message_id is not None:
                self._put(TextMessageEnd(timestamp=self._now(), message_id=answer.message_id))
        self._open_answers.clear()
        self._model_call = None

    def _put(self, event: Event) -> None:
        if threading.get_ident() == self._thread:
            self._queue.put_nowait(event)
            return
        # A model may stream in a thread: `put_nowait` there would not wake the reader.
        try:
            self._loop.call_soon_threadsafe(self._queue.put_nowait, event)
        except RuntimeError:
            log.debug("dropped, the loop is closed: %r", event)
