"""Why a model stopped, in whatever word its provider has for it."""

from typing import Literal

__all__ = ["Ending", "ending_of"]

Ending = Literal["done", "cut", "filtered", "failed"]

_DONE = {
    "complete",
    "completed",
    "done",
    "end",
    "end_turn",
    "eos",
    "eos_token",
    "finished",
    "function_call",
    "stop",
    "stop_sequence",
    "tool_call",
    "tool_calls",
    "tool_use",
}
_CUT = {
    "context_window_exceeded",
    "incomplete",
    "length",
    "max_length",
    "max_new_tokens",
    "max_output_tokens",
    "max_tokens",
    "model_context_window_exceeded",
    "model_length",
    "token_limit",
}
_FILTERED = {
    "blocklist",
    "content_filter",
    "content_filtered",
    "guardrail_intervened",
    "prohibited_content",
    "recitation",
    "refusal",
    "safety",
    "sensitive",
    "spii",
}


def ending_of(reason: str) -> Ending:
    """What a finish reason means. One that is not known to be good is no success."""
    word = reason.lower().removeprefix("finish_reason_")
    half = word[: len(word) // 2]
    word = half if word == half * 2 else word  # LangChain joins what two chunks say
    if word in _DONE:
        return "done"
    return "cut" if word in _CUT else "filtered" if word in _FILTERED else "failed"
