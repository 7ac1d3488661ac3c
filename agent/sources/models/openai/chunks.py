"""What one JSON object of a stream says, whatever the shape a compatible server gave it.

The shape is OpenAI's `chat.completion.chunk` (https://platform.openai.com/docs/api-reference/chat-streaming); what
servers make of it otherwise is mended here, field by field, and nowhere else. Nothing is kept between two chunks.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from agent.sources.replies.fields import reasoning_of

__all__ = ["CallFragment", "Fragment", "error_in", "read_chunk"]

_OTHER_CHOICE = 1_000
"""Added to the index of a call of a second choice, which we never ask for but some proxies send."""


@dataclass(slots=True, kw_only=True)
class CallFragment:
    """A piece of a tool call; None for what it does not tell."""

    id: str | None
    index: int | str | None
    name: str | None
    arguments: str | None
    raw: dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Fragment:
    """What one chunk adds to the reply."""

    text: str = ""
    blocks: list[dict[str, Any]] | None = None
    """The content as it came, where it came as a list of blocks."""
    reasoning: str = ""
    calls: list[CallFragment] = field(default_factory=list)
    delta: dict[str, Any] = field(default_factory=dict)
    finish_reason: str | None = None
    usage: dict[str, Any] | None = None
    """In LangChain's words."""
    model: str | None = None
    is_whole: bool = False
    """Whether it tells the whole message, which may have come in fragments already."""


def read_chunk(chunk: dict[str, Any]) -> Fragment:
    """The fragment of one chunk, or of a whole completion; an empty one where it says nothing."""
    fragment = Fragment()
    if isinstance(model := chunk.get("model"), str) and model:
        fragment.model = model
    choices = chunk.get("choices")
    choices = [one for one in choices if isinstance(one, dict)] if isinstance(choices, list) else []
    for choice in choices:
        _read_choice(fragment, choice)
    fragment.usage = _usage(chunk, choices)
    return fragment


def _read_choice(fragment: Fragment, choice: dict[str, Any]) -> None:
    number = choice.get("index")
    is_other = isinstance(number, int) and number > 0
    delta, message = choice.get("delta"), choice.get("message")
    if not isinstance(delta, dict) or (not delta and isinstance(message, dict)):
        fragment.is_whole = isinstance(message, dict)
        delta = message if isinstance(message, dict) else {}
        if not delta and isinstance(text := choice.get("text"), str):
            delta = {"content": text}
    calls = _calls(delta)
    if is_other:
        assert isinstance(number, int)  # noqa: S101 - for the type checker
        for call in calls:
            _keep_apart(call, number)
    fragment.calls += calls
    if is_other:
        return
    fragment.delta = delta
    fragment.reasoning = reasoning_of(delta)
    _read_content(fragment, delta)
    for reason in (choice.get("finish_reason"), choice.get("stop_reason")):
        if isinstance(reason, str) and reason.lower() not in ("", "null", "none"):
            fragment.finish_reason = reason
            break


def _read_content(fragment: Fragment, delta: dict[str, Any]) -> None:
    content = delta.get("content")
    if isinstance(content, str):
        fragment.text = content
    elif isinstance(content, dict):
        content = [content]
    if isinstance(content, list):
        fragment.blocks = [one if isinstance(one, dict) else {"type": "text", "text": str(one)} for one in content]
        fragment.text = "".join(_block_texts(fragment.blocks, ("text", "output_text", None)))
        fragment.reasoning += "".join(_block_texts(fragment.blocks, ("thinking", "reasoning")))
    if not fragment.text and isinstance(refusal := delta.get("refusal"), str):
        fragment.text = refusal


def _block_texts(blocks: list[Any], types: tuple[str | None, ...]) -> Iterator[str]:
    for block in blocks:
        if isinstance(block, dict) and block.get("type") in types:
            for name in ("text", "thinking", "reasoning"):
                value = block.get(name)
                if isinstance(value, str):
                    yield value
                elif isinstance(value, list):  # Mistral: the text of a thought is a list of blocks again
                    yield from _block_texts(value, ("text", None))


def _calls(delta: dict[str, Any]) -> list[CallFragment]:
    calls = delta.get("tool_calls")
    if isinstance(calls, dict):
        calls = [calls]
    raw = [one for one in calls if isinstance(one, dict)] if isinstance(calls, list) else []
    if not raw and isinstance(legacy := delta.get("function_call"), dict):
        raw = [{"index": 0, "function": legacy}]
    return [_call(one) for one in raw]


def _call(raw: dict[str, Any]) -> CallFragment:
    function = raw.get("function")
    function = function if isinstance(function, dict) else raw
    arguments = function.get("arguments")
    if not isinstance(arguments, str | None):
        arguments = json.dumps(arguments, ensure_ascii=False)
    name, call_id, index = function.get("name"), raw.get("id"), raw.get("index")
    return CallFragment(
        id=str(call_id) if call_id not in (None, "") else None,
        index=index if isinstance(index, int | str) and index != "" else None,
        name=name if isinstance(name, str) and name else None,
        arguments=arguments,
        raw=raw,
    )


def _keep_apart(call: CallFragment, choice: int) -> None:
    """Give a call of a second choice an id and an index of its own; its text is not shown."""
    call.index = choice * _OTHER_CHOICE + (call.index if isinstance(call.index, int) else 0)
    call.id = f"{call.id}-{choice}" if call.id else None


# What it cost


def _usage(chunk: dict[str, Any], choices: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The counts in LangChain's words, wherever the server put them; None where there are none."""
    places = [chunk, chunk.get("x_groq"), *choices]
    for place in places:
        usage = place.get("usage") if isinstance(place, dict) else None
        if isinstance(usage, dict) and (counts := _counts(usage)):
            return counts
    return None


def _counts(usage: dict[str, Any]) -> dict[str, Any] | None:
    given = _count(usage, "prompt_tokens", "input_tokens")
    made = _count(usage, "completion_tokens", "output_tokens")
    total = _count(usage, "total_tokens")
    if given is None and made is None:
        return None
    counts: dict[str, Any] = {"input_tokens": given or 0, "output_tokens": made or 0}
    counts["total_tokens"] = total if total is not None else counts["input_tokens"] + counts["output_tokens"]
    details = usage.get("prompt_tokens_details") or usage.get("input_tokens_details")
    cached = _count(details, "cached_tokens")
    if cached is None:  # DeepSeek's and Moonshot's words
        cached = _count(usage, "prompt_cache_hit_tokens", "cached_tokens")
    if cached is not None:
        counts["input_token_details"] = {"cache_read": cached}
    details = usage.get("completion_tokens_details") or usage.get("output_tokens_details")
    reasoned = _count(details, "reasoning_tokens")
    if reasoned is None:
        reasoned = _count(usage, "reasoning_tokens")
    if reasoned is not None:
        counts["output_token_details"] = {"reasoning": reasoned}
    return counts


def _count(usage: Any, *names: str) -> int | None:
    for name in names:
        value = usage.get(name) if isinstance(usage, dict) else None
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 2**53:
            return int(value)
    return None


# Errors in band


def error_in(chunk: dict[str, Any], event: str = "message") -> Any:
    """What a chunk says went wrong, in whatever shape; None where it says nothing of the kind."""
    if error := chunk.get("error"):
        return error if isinstance(error, dict) else chunk
    status = chunk.get("base_resp")  # MiniMax tells every error so, with status 200
    if isinstance(status, dict) and status.get("status_code") not in (None, 0):
        return {"message": status.get("status_msg"), "code": status.get("status_code")}
    choices = chunk.get("choices")
    if isinstance(choices, list) and choices:
        first = choices[0]
        return first.get("error") or None if isinstance(first, dict) else None
    is_error = event == "error" or "error" in (chunk.get("object"), chunk.get("type"))
    if is_error or any(
        chunk.get(name) for name in ("detail", "errors", "message", "msg", "error_msg", "error_message")
    ):
        return chunk if "choices" not in chunk or is_error else None
    return None
