"""What one JSON object of a stream says, whatever the shape a compatible server gave it.

The shape is OpenAI's `chat.completion.chunk` (https://platform.openai.com/docs/api-reference/chat-streaming); what
servers make of it otherwise is mended here, field by field, and nowhere else. Nothing is kept between two chunks.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from agent.sources.replies.arguments import ARGUMENTS
from agent.sources.replies.fields import reasoning_of

__all__ = ["CallFragment", "Fragment", "error_in", "number_of", "read_chunk", "unwrapped"]

_OTHER_CHOICE = 1_000
"""Added to the index of a call of a second choice, which we never ask for but some proxies send."""
_WRAPPERS = ("data", "result", "response", "output")
_CALL_BLOCKS = ("tool_use", "tool_call", "function_call")


@dataclass(slots=True, kw_only=True)
class CallFragment:
    """A piece of a tool call; None for what it does not tell."""

    id: str | None
    index: int | float | str | None
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


def unwrapped(chunk: dict[str, Any]) -> dict[str, Any]:
    """The chunk that a gateway has put into an envelope of its own; any other as it is."""
    if "choices" not in chunk:
        for name in _WRAPPERS:
            if isinstance(inner := chunk.get(name), dict) and "choices" in inner:
                return inner
    return chunk


def number_of(chunk: dict[str, Any]) -> int | None:
    """The lowest number of its choices; None where it has none. The reply is the one that the first chunk has."""
    numbers = [choice.get("index") for choice in _choices(chunk)]
    return min((number if isinstance(number, int) else 0 for number in numbers), default=None)


def read_chunk(chunk: dict[str, Any], number: int = 0) -> Fragment:
    """The fragment of one chunk, or of a whole completion; an empty one where it says nothing.

    `number` is the choice that is the reply: nearly always 0.
    """
    fragment = Fragment()
    if isinstance(model := chunk.get("model"), str) and model:
        fragment.model = model
    choices = _choices(chunk)
    for choice in choices:
        _read_choice(fragment, choice, number, is_completion=chunk.get("object") == "chat.completion")
    fragment.finish_reason = fragment.finish_reason or _reason(chunk)
    fragment.usage = _usage(chunk, choices)
    return fragment


def _choices(chunk: dict[str, Any]) -> list[dict[str, Any]]:
    choices = chunk.get("choices")
    if isinstance(choices, dict):
        choices = [choices]
    return [one for one in choices if isinstance(one, dict)] if isinstance(choices, list) else []


def _read_choice(fragment: Fragment, choice: dict[str, Any], number: int, *, is_completion: bool) -> None:
    own = choice.get("index")
    is_other = isinstance(own, int) and own > number
    delta, message = choice.get("delta"), choice.get("message")
    if isinstance(delta, str):
        delta = {"content": delta}
    if not isinstance(delta, dict) or (not delta and isinstance(message, dict)):
        # Without an end and a delta it is but another name for a delta.
        is_told = is_completion or "delta" in choice or _reason(choice) is not None
        fragment.is_whole = isinstance(message, dict) and is_told
        delta = message if isinstance(message, dict) else {}
        if not delta and isinstance(text := choice.get("text"), str):
            delta = {"content": text}
    calls = _calls(delta)
    if is_other:
        assert isinstance(own, int)  # noqa: S101 - for the type checker
        for call in calls:
            _keep_apart(call, own)
    fragment.calls += calls
    if is_other:
        return
    fragment.delta = delta
    fragment.reasoning = reasoning_of(delta)
    _read_content(fragment, delta)
    fragment.finish_reason = _reason(choice)


def _reason(place: dict[str, Any]) -> str | None:
    """Why the reply stopped; some servers write a word for none in every chunk."""
    for reason in (place.get("finish_reason"), place.get("stop_reason")):
        reason = reason.get("type") if isinstance(reason, dict) else reason  # SGLang's own
        if isinstance(reason, str) and reason.lower() not in ("", "null", "none"):
            return reason
    return None


def _read_content(fragment: Fragment, delta: dict[str, Any]) -> None:
    content = delta.get("content")
    if isinstance(content, str):
        fragment.text = content
    elif isinstance(content, int | float) and not isinstance(content, bool):
        fragment.text = str(content)
    elif isinstance(content, dict):
        content = [content]
    if isinstance(content, list):
        blocks = [one if isinstance(one, dict) else {"type": "text", "text": str(one)} for one in content]
        fragment.blocks = [block for block in blocks if block.get("type") not in _CALL_BLOCKS]
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
    if isinstance(calls, dict):  # one, or a table of them
        calls = [calls] if "function" in calls else list(calls.values())
    raw = [one for one in calls if isinstance(one, dict)] if isinstance(calls, list) else []
    if not raw and isinstance(content := delta.get("content"), list):  # as Anthropic's servers tell them
        raw = [one for one in content if isinstance(one, dict) and one.get("type") in _CALL_BLOCKS]
    if not raw and isinstance(legacy := delta.get("function_call"), dict):
        raw = [{"index": 0, "function": legacy}]
    return [_call(one) for one in raw]


def _call(raw: dict[str, Any]) -> CallFragment:
    function = raw.get("function")
    function = function if isinstance(function, dict) else raw
    arguments = next((function[name] for name in ARGUMENTS if function.get(name) is not None), None)
    if not isinstance(arguments, str | None):
        arguments = json.dumps(arguments, ensure_ascii=False)
    name, call_id, index = function.get("name"), raw.get("id"), raw.get("index")
    return CallFragment(
        id=str(call_id) if call_id not in (None, "") else None,
        index=index if isinstance(index, int | float | str) and index != "" else None,
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
    timings = chunk.get("timings")  # llama.cpp, where usage was not asked for
    made, given = _count(timings, "predicted_n"), (_count(timings, "prompt_n"), _count(timings, "cache_n"))
    if made is None or given[0] is None:
        return None
    return _counts({"prompt_tokens": given[0] + (given[1] or 0), "completion_tokens": made, "cached_tokens": given[1]})


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
        value = float(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 2**53:
            return int(value)
    return None


# Errors in band

_ERRORS = ("detail", "errors", "message", "msg", "error_msg", "error_message", "errmsg", "error_description")
"""What servers call their words for what went wrong, where there are no choices."""


def error_in(chunk: dict[str, Any], event: str = "message") -> Any:
    """What a chunk says went wrong, in whatever shape; None where it says nothing of the kind."""
    if error := chunk.get("error"):
        return error if isinstance(error, dict) else chunk
    status = chunk.get("base_resp")  # MiniMax tells every error so, with status 200
    if isinstance(status, dict) and status.get("status_code") not in (None, 0):
        return {"message": status.get("status_msg"), "code": status.get("status_code")}
    if choices := _choices(chunk):
        delta = choices[0].get("delta")
        return choices[0].get("error") or (delta.get("error") if isinstance(delta, dict) else None) or None
    is_error = event == "error" or "error" in (chunk.get("object"), chunk.get("type"))
    if is_error or any(chunk.get(name) for name in _ERRORS):
        return chunk if "choices" not in chunk or is_error else None
    return None
