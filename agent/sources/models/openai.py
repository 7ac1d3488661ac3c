"""A chat model for every server that speaks OpenAI's Chat Completions, and the Responses API of OpenAI itself.

It mends what LangChain's client drops or stumbles over in the chunks of compatible servers, and nothing else: reasoning
(`reasoning_content` of DeepSeek, Qwen and xAI, `reasoning` of Groq, Cerebras and OpenRouter), refusals, tool calls
without an index, thinking in lists of content (Mistral). Retries and time-outs belong to the executor, so the client's
own are off.
"""

import warnings
from typing import Any, ClassVar

from langchain_core.messages import AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

__all__ = ["OpenAIChat"]


class OpenAIChat(ChatOpenAI):
    """`ChatOpenAI` that keeps what compatible servers send."""

    always_tells_finish_reason: ClassVar[bool] = True
    """A stream of this protocol that ends without a finish reason was cut."""

    def __init__(
        self, *, model: str, base_url: str | None, api_key: str, headers: dict[str, str] | None = None
    ) -> None:
        # The client dumps each chunk through OpenAI's own types, and pydantic warns on stderr of every one that a
        # compatible server fills otherwise (Mistral's lists of content). There is no place nearer to silence it.
        warnings.filterwarnings("ignore", "Pydantic serializer warnings", UserWarning)
        super().__init__(
            model=model,
            base_url=base_url,
            default_headers=headers or None,
            api_key=SecretStr(api_key),
            max_retries=0,
            stream_usage=True,
            stream_chunk_timeout=None,
            timeout=None,
        )

    def _convert_chunk_to_generation_chunk(
        self, chunk: dict[str, Any], default_chunk_class: type, base_generation_info: dict[str, Any] | None
    ) -> ChatGenerationChunk | None:
        delta = _mend(chunk)
        generation = super()._convert_chunk_to_generation_chunk(chunk, default_chunk_class, base_generation_info)
        if generation is not None and delta is not None and isinstance(generation.message, AIMessageChunk):
            reasoning = delta.get("reasoning_content") or delta.get("reasoning")
            if isinstance(reasoning, str):
                generation.message.additional_kwargs["reasoning_content"] = reasoning
        return generation


def _mend(chunk: dict[str, Any]) -> dict[str, Any] | None:
    """Give the chunk the shape that the client expects, in place; its delta, or None where it has none."""
    choices = chunk.get("choices")
    if not choices:
        chunk["choices"] = []
        return None
    choice = choices[0]
    delta: dict[str, Any] | None = choice.get("delta")
    if not isinstance(delta, dict):
        delta = choice["delta"] = {}
    if delta.get("role") != "assistant":
        delta["role"] = "assistant"  # what streams here is the assistant's, whatever the chunk says or leaves out
    if not delta.get("content") and isinstance(delta.get("refusal"), str):
        delta["content"] = delta["refusal"]
    for call in delta.get("tool_calls") or []:
        call.setdefault("index", None)
        if not isinstance(call.get("function"), dict):
            call["function"] = {}
    if number := choice.get("index"):
        _keep_apart(delta, number)
    return delta


def _keep_apart(delta: dict[str, Any], choice: int) -> None:
    """Keep a second choice, which we never ask for but some proxies send, out of the first: its text is dropped, its
    calls get ids and indices of their own."""
    for key in ("content", "reasoning_content", "reasoning"):
        delta.pop(key, None)
    for call in delta.get("tool_calls") or []:
        call["index"] = choice * 1_000 + (call["index"] or 0)
        if call.get("id"):
            call["id"] = f"{call['id']}-{choice}"
