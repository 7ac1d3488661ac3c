"""A chat model for every server that speaks OpenAI's Chat Completions.

It puts together what this room makes: a request out of messages, chunks out of a reply. Retries and time-outs belong
to the executor.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, ClassVar

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.language_models.chat_models import agenerate_from_stream
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.tool import ToolCallChunk
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import Field, PrivateAttr, SecretStr

from agent.sources.models.openai.chunks import Fragment, number_of, read_chunk
from agent.sources.models.openai.connection import Connection, ReplyStream
from agent.sources.models.openai.request import is_o_series, to_wire
from agent.sources.replies.endings import ending_of
from agent.sources.replies.fields import (
    CALL_FIELDS,
    FIELDS,
    NO_REASONING,
    SHOWN_REASONING,
    FieldGatherer,
    kept_fields,
)

__all__ = ["OPENAI_URL", "OpenAIChat"]

OPENAI_URL = "https://api.openai.com/v1"


class OpenAIChat(BaseChatModel):
    """Sends what ChatOpenAI would send, and keeps all that the server sends back."""

    always_tells_finish_reason: ClassVar[bool] = True
    """A stream of this protocol that ends without a finish reason or `[DONE]` was cut."""

    model_name: str = Field(alias="model")
    base_url: str = OPENAI_URL
    api_key: SecretStr = SecretStr("none")
    temperature: float | None = None
    """Sent only where it is set."""
    headers: dict[str, str] = Field(default_factory=dict)
    """Sent with every request, beside or instead of our own."""
    left_out: set[str] = Field(default_factory=set)
    """Arguments and fields that the server has refused."""
    _connection: Connection = PrivateAttr()

    def model_post_init(self, context: Any, /) -> None:
        """Make ready to connect, in the thread where the model is built: to read certificates takes a while."""
        self._connection = Connection(self.base_url, self.api_key.get_secret_value())

    @property
    def _llm_type(self) -> str:
        return "openai-chat-completions"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model": self.model_name, "temperature": self.temperature}

    @property
    def lc_secrets(self) -> dict[str, str]:
        """What is never written where the model is told of."""
        return {"api_key": "OPENAI_API_KEY"}

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Keeps the connection to the server open from one call to the next."""
        async with self._connection.held():
            yield

    @property
    def removable(self) -> set[str]:
        """What of a request can be left out besides the arguments that were given."""
        words = {"stream", "stream_options", "parallel_tool_calls", "system", "content", NO_REASONING}
        return words | ({"developer"} if is_o_series(self.model_name) else set())

    def leave_out(self, name: str) -> None:
        """Send this argument, or this field of a reply, no more."""
        self.left_out.add(name)

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | bool | dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """The model with tools; `tool_choice` is `auto`, `none`, `any`, the name of a tool, or the wire's own form."""
        formatted = [convert_to_openai_tool(tool) for tool in tools]
        if tool_choice:
            kwargs["tool_choice"] = _choice(tool_choice, [tool.get("function", {}).get("name") for tool in formatted])
        return self.bind(tools=formatted, **kwargs)

    def payload(self, messages: Sequence[BaseMessage], stop: list[str] | None = None, **kwargs: Any) -> dict[str, Any]:
        """The body of the request that is sent for these messages."""
        payload: dict[str, Any] = {
            "model": self.model_name,
            "messages": to_wire(messages, self.model_name, self.left_out),
            "stream": True,
            "stream_options": {"include_usage": True},
            **kwargs,
        }
        if self.temperature is not None:
            payload.setdefault("temperature", self.temperature)
        if stop is not None:
            payload["stop"] = stop
        for name in self.left_out | ({"stream_options"} if "stream" in self.left_out else set()):
            payload.pop(name, None)
        return payload

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        payload = self.payload(messages, stop, **kwargs)
        async with self._connection.open(payload, self.headers) as stream:
            async for chunk in _reply(stream):
                yield chunk

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return await agenerate_from_stream(self._astream(messages, stop, run_manager, **kwargs))

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        raise NotImplementedError("this model is asked on an event loop: use ainvoke or astream")


def _choice(choice: str | bool | dict[str, Any], names: list[str | None]) -> Any:
    """A choice in the wire's words; LangChain's `any` is `required` there."""
    if isinstance(choice, str) and choice in names:
        return {"type": "function", "function": {"name": choice}}
    return "required" if choice is True or choice == "any" else choice


async def _reply(stream: ReplyStream) -> AsyncIterator[ChatGenerationChunk]:
    """The chunks of a reply, and one more that tells its end, its cost and what else came with it."""
    gathered, number = _Gathered(), None
    async for raw in stream:
        number = number_of(raw) if number is None else number
        fragment = read_chunk(raw, number or 0)
        was_over = gathered.finish_reason is not None
        gathered.take(fragment)
        chunk = gathered.shown(fragment)
        if was_over and chunk is not None:  # some servers tell a reason with every chunk
            stream.expect_more()
        elif gathered.finish_reason:
            stream.expect_end()
        if chunk is not None:
            yield ChatGenerationChunk(message=chunk)
    if gathered.finish_reason is None:
        stream.check(gathered.has_begun)
        gathered.finish_reason = "stop" if stream.is_done else None
    yield gathered.end()


class _Gathered:
    """What a reply has told so far besides its text and its calls' arguments."""

    def __init__(self) -> None:
        self.finish_reason: str | None = None
        self._text: list[str] = []
        self._has_calls = self._has_arguments = False
        self._usage: dict[str, Any] | None = None
        self._model: str | None = None
        self._message = FieldGatherer()
        self._is_blocks = False
        """Whether content came as a list of blocks, not all of them text."""

    def take(self, fragment: Fragment) -> None:
        """Note the fields of a fragment."""
        if fragment.is_whole:
            self._take_out_what_was_told(fragment)
        if fragment.text:
            self._text.append(fragment.text)
        self._has_calls |= bool(fragment.calls)
        self._has_arguments |= any(call.arguments for call in fragment.calls)
        if fragment.finish_reason and (not self.finish_reason or ending_of(self.finish_reason) == "done"):
            self.finish_reason = fragment.finish_reason  # one that tells of a cut is not taken back by `stop`
        self._model = self._model or fragment.model
        self._usage = _larger(self._usage, fragment.usage)
        self._message.take(fragment.delta)
        self._is_blocks |= fragment.blocks is not None
        if self._is_blocks and (fragment.blocks or fragment.text):
            self._message.take_blocks(fragment.blocks or [{"type": "text", "text": fragment.text}])

    @property
    def has_begun(self) -> bool:
        """Whether anything has come that is of a reply."""
        return bool(self._text or self._has_calls or self._message.fields or self._usage)

    def _take_out_what_was_told(self, fragment: Fragment) -> None:
        """Of a whole message leave what did not come in fragments before."""
        before = "".join(self._text)
        fragment.text = fragment.text.removeprefix(before)
        if fragment.text.strip() in before:
            fragment.text = ""
        if self._has_arguments or (self._has_calls and any(call.id is None for call in fragment.calls)):
            fragment.calls = []

    @staticmethod
    def shown(fragment: Fragment) -> AIMessageChunk | None:
        """The chunk of what the reader sees; None where there is nothing to see."""
        if not (fragment.text or fragment.reasoning or fragment.calls):
            return None
        further: dict[str, Any] = {SHOWN_REASONING: fragment.reasoning} if fragment.reasoning else {}
        if any(fields := [kept_fields(call.raw) for call in fragment.calls]):
            further[CALL_FIELDS] = fields
        return AIMessageChunk(
            content=fragment.text,
            additional_kwargs=further,
            tool_call_chunks=[
                ToolCallChunk(
                    id=call.id,
                    index=call.index,  # type: ignore[typeddict-item]  # a word, of some servers
                    name=call.name,
                    args=call.arguments,
                    type="tool_call_chunk",
                )
                for call in fragment.calls
            ],
        )

    def end(self) -> ChatGenerationChunk:
        """The last chunk."""
        fields = {"message": self._message.fields} if self._message.fields else {}
        message = AIMessageChunk(
            content="",
            additional_kwargs={FIELDS: fields} if fields else {},
            usage_metadata=self._usage,  # type: ignore[arg-type]  # a dictionary of that shape
            response_metadata={"model_name": self._model} if self._model else {},
            chunk_position="last",
        )
        reason = {"finish_reason": self.finish_reason} if self.finish_reason else {}
        return ChatGenerationChunk(message=message, generation_info=reason)


def _larger(before: dict[str, Any] | None, now: dict[str, Any] | None) -> dict[str, Any] | None:
    """The larger count of each: some servers count up with every chunk, others tell each part once."""
    if before is None or now is None:
        return before or now
    return {
        name: _larger(before.get(name), value) if isinstance(value, dict) else max(value, before.get(name) or 0)
        for name, value in (before | now).items()
    }
