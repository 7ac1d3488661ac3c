"""Reads LangChain's messages: their text, their reasoning, why a model stopped and what it cost.

Providers put these in many places; each place is known here and nowhere else. Nothing is kept and nothing is decided.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage

from agent.events.types import TokenUsage
from agent.sources.replies.fields import SHOWN_REASONING

__all__ = ["add_usage", "finish_reason", "reasoning_parts", "text_parts"]


def text_parts(content: Any) -> Iterator[str]:
    """The pieces of text of a message's content."""
    if isinstance(content, str):
        yield content
        return
    for part in content:
        if isinstance(part, str):
            yield part
        elif isinstance(part, dict) and part.get("type") in ("text", "refusal"):
            text = part.get("text") or part.get("refusal")
            if isinstance(text, str):
                yield text


def reasoning_parts(message: BaseMessage) -> Iterator[str]:
    """The pieces of reasoning: of compatible servers (see `models.openai`) and of providers' content blocks."""
    for name in (SHOWN_REASONING, "reasoning_content"):
        if isinstance(text := message.additional_kwargs.get(name), str):
            yield text
    if isinstance(message.content, str):
        return
    for part in message.content:
        if not isinstance(part, dict) or part.get("type") not in ("reasoning", "thinking"):
            continue
        for key in ("reasoning", "thinking", "text"):
            value = part.get(key)
            yield from [value] if isinstance(value, str) else text_parts(value) if isinstance(value, list) else []
        for item in part.get("summary") or []:
            if isinstance(item, dict) and isinstance(item.get("text"), str):
                yield item["text"]


def finish_reason(metadata: Mapping[str, Any]) -> str | None:
    """Why the model stopped, by whatever name its provider gives it."""
    for key in ("finish_reason", "stop_reason", "done_reason", "status"):
        if isinstance(value := metadata.get(key), str) and value:
            return value
    return None


def add_usage(message: AIMessage, before: TokenUsage | None) -> TokenUsage:
    """What the call cost. The larger count wins: some providers count up with every chunk, others tell input first
    and output last."""
    usage = message.usage_metadata or {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}
    base = before or TokenUsage()
    input_tokens = max(base.input_tokens or 0, usage["input_tokens"])
    output_tokens = max(base.output_tokens or 0, usage["output_tokens"])
    return TokenUsage(
        model=message.response_metadata.get("model_name") or base.model,
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        total_tokens=input_tokens + output_tokens,
        reasoning_tokens=_larger(base.reasoning_tokens, usage.get("output_token_details", {}).get("reasoning")),
        cached_input_tokens=_larger(base.cached_input_tokens, usage.get("input_token_details", {}).get("cache_read")),
    )


def _larger(a: int | None, b: int | None) -> int | None:
    return b if a is None else a if b is None else max(a, b)
