"""The built-in offline chat model. It owns the LangChain side: binding tools, streaming a move of the planner in paced
fragments, counting tokens. It refuses to know arithmetic, needs neither key nor network, and keeps no state between
calls: everything is planned again from the messages.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any, Literal
from uuid import uuid4

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.tool import tool_call, tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import PositiveFloat

from agent.sources.models.arithmetic.fragments import compact_json, fragments
from agent.sources.models.arithmetic.messages import read_choice, read_tools, read_turn
from agent.sources.models.arithmetic.planner import Answer, Calls, plan

__all__ = ["ArithmeticChatModel"]

_CHARACTERS_PER_TOKEN = 4
"""What an input token is taken to be; output tokens are the fragments themselves."""


class ArithmeticChatModel(BaseChatModel):
    """A chat model that works out the arithmetic of the last human message with the tools bound to it.

    It calls independent parts at once, ends with `final_answer` where that is bound and with plain text where it is
    not, and answers anything else by saying what it can do. The first chunk of a call carries its name and id, every
    further chunk one fragment of its arguments, and calls made at once follow one another. A forced `tool_choice` is
    met once in a turn. Sequences to stop at end plain text only.
    """

    fragments_per_second: PositiveFloat | None = 40.0
    """The pace of a stream; 20 to 60 is pleasant to read along with, None streams without a pause."""
    model_name: Literal["offline"] = "offline"
    stop: list[str] | None = None
    """Sequences at which plain text ends, for calls that give none of their own."""

    @property
    def _llm_type(self) -> str:
        return "offline"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model_name": self.model_name}

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | dict[str, Any] | bool | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """The model with tools to call.

        `tool_choice` is "auto", "none", "any" (also "required" or True), or one tool: its name, or a dict with it.
        Raises ValueError where it names a tool that is not among `tools`.
        """
        formatted = [convert_to_openai_tool(tool) for tool in tools]
        read_choice(tool_choice, [tool["function"]["name"] for tool in formatted])
        if tool_choice is not None:
            kwargs["tool_choice"] = tool_choice
        return self.bind(tools=formatted, **kwargs)

    # LangChain's four ways to ask

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        move = self._move(messages, stop, kwargs)
        calls = _with_ids(move) if isinstance(move, Calls) else []
        message = AIMessage(
            content=move.text if isinstance(move, Answer) else "",
            tool_calls=[tool_call(name=name, args=dict(arguments), id=id_) for name, arguments, id_ in calls],
            usage_metadata=_usage(messages, len(_output(move))),
            response_metadata=self._response_metadata(move),
        )
        return ChatResult(generations=[ChatGeneration(message=message)])

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return self._generate(messages, stop, **kwargs)

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        for chunk in self._chunks(messages, self._move(messages, stop, kwargs)):
            if self.fragments_per_second is not None:
                time.sleep(1 / self.fragments_per_second)
            if run_manager:
                run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        pause = 0.0 if self.fragments_per_second is None else 1 / self.fragments_per_second
        for chunk in self._chunks(messages, self._move(messages, stop, kwargs)):
            await asyncio.sleep(pause)
            if run_manager:
                await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk

    # From a move to chunks

    def _move(self, messages: list[BaseMessage], stop: list[str] | None, kwargs: dict[str, Any]) -> Calls | Answer:
        if kwargs.get("model", self.model_name) != self.model_name:
            raise ValueError(f"the offline model has no other name than {self.model_name!r}, not {kwargs['model']!r}")
        toolbox = read_tools(kwargs.get("tools") or [])
        choice = read_choice(kwargs.get("tool_choice"), [tool.name for tool in toolbox.tools])
        move = plan(read_turn(messages), toolbox, choice)
        return move if isinstance(move, Calls) else Answer(text=_cut(move.text, stop or self.stop or []))

    def _chunks(self, messages: list[BaseMessage], move: Calls | Answer) -> Iterator[ChatGenerationChunk]:
        if isinstance(move, Answer):
            for text in fragments(move.text):
                yield _chunk(content=text)
        else:
            for index, (name, arguments, id_) in enumerate(_with_ids(move)):
                yield _chunk(tool_call_chunks=[tool_call_chunk(name=name, args="", id=id_, index=index)])
                for text in fragments(compact_json(arguments)):
                    yield _chunk(tool_call_chunks=[tool_call_chunk(args=text, index=index)])
        yield _chunk(
            usage_metadata=_usage(messages, len(_output(move))),
            response_metadata=self._response_metadata(move),
            chunk_position="last",
        )

    def _response_metadata(self, move: Calls | Answer) -> dict[str, Any]:
        finish_reason = "tool_calls" if isinstance(move, Calls) else "stop"
        return {"finish_reason": finish_reason, "model_name": self.model_name, "model_provider": "offline"}


def _chunk(*, content: str = "", **fields: Any) -> ChatGenerationChunk:
    return ChatGenerationChunk(message=AIMessageChunk(content=content, **fields))


def _with_ids(move: Calls) -> list[tuple[str, Any, str]]:
    return [(call.name, call.arguments, f"call_{uuid4().hex}") for call in move.calls]


def _output(move: Calls | Answer) -> list[str]:
    texts = [move.text] if isinstance(move, Answer) else [compact_json(call.arguments) for call in move.calls]
    return [fragment for text in texts for fragment in fragments(text)]


def _usage(messages: list[BaseMessage], output_tokens: int) -> UsageMetadata:
    input_tokens = sum(1 + len(message.text) // _CHARACTERS_PER_TOKEN for message in messages)
    return UsageMetadata(
        input_tokens=input_tokens, output_tokens=output_tokens, total_tokens=input_tokens + output_tokens
    )


def _cut(text: str, stop: Sequence[str]) -> str:
    """The text up to the first of the sequences in it, without it."""
    return text[: min((text.find(sequence) for sequence in stop if sequence and sequence in text), default=len(text))]
