"""Why a model stopped, in whatever word its provider has for it."""

import re
from typing import Literal

__all__ = ["Ending", "ending_of"]

Ending = Literal["done", "cut", "filtered", "failed"]

_BOUNDARY = re.compile(r"(?<=[a-z])(?=[A-Z])|[\s-]")
"""Where words of one reason meet: `maxTokens`, `max-tokens` and `MAX_TOKENS` are the same."""
_DONE = {
    "complete",
    "completed",
    "done",
    "end",
    "end_of_text",
    "end_of_turn",
    "end_turn",
    "endoftext",
    "eos",
    "eos_found",
    "eos_token",
    "eos_token_found",
    "finish",
    "finished",
    "function_call",
    "normal",
    "stop",
    "stop_sequence",
    "stop_str",
    "stop_string",
    "stop_string_found",
    "stop_token",
    "success",
    "tool_call",
    "tool_calls",
    "tool_use",
}
_CUT = {
    "context_window_exceeded",
    "incomplete",
    "length",
    "max_completion_tokens",
    "max_length",
    "max_new_tokens",
    "max_output_tokens",
    "max_tokens",
    "model_context_window_exceeded",
    "model_length",
    "max_tokens_reached",
    "token_limit",
    "token_limit_reached",
}
_FILTERED = {
    "blocklist",
    "content_filter",
    "content_filtered",
    "error_toxic",
    "guardrail_intervened",
    "image_safety",
    "moderation",
    "prohibited_content",
    "recitation",
    "refusal",
    "safety",
    "sensitive",
    "spii",
}


def ending_of(reason: str) -> Ending:
    """What a finish reason means. One that is not known to be good is no success."""
    word = _BOUNDARY.sub("_", reason).lower().removeprefix("finish_reason_")
    half = word[: len(word) // 2]
    word = half if word == half * 2 else word  # LangChain joins what two chunks say
    if word in _DONE:
        return "done"
    return "cut" if word in _CUT else "filtered" if word in _FILTERED else "failed"
