"""What a tool gave, as one text: the one that is shown, stored and sent.

It owns the reading of whatever comes out of a tool: a text, parts of content, a message, a command for a graph, a value
of Python, an error. It refuses to know which call it was and which provider is told.
"""

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from langchain_core.messages import BaseMessage, ToolMessage
from langchain_core.tools import ToolException
from pydantic import ValidationError
from pydantic.v1 import ValidationError as ValidationErrorV1

from agent.sources.tools.calls.values import plain
from agent.text import well_formed

__all__ = ["ToolResult", "failure_of", "result_of"]

_MOST_CHARACTERS = 250_000
"""Of a result's text. What is longer is cut in the middle: no model takes it, no one reads it."""
_MOST_PARTS = 1_000
_PAYLOADS = {
    "image_url": ("image_url",),
    **dict.fromkeys(
        ("image", "audio", "video", "file", "document", "input_image", "input_audio", "input_file"),
        ("base64", "data", "url", "source", "file", "file_id", "image_url", "input_audio"),
    ),
}
"""Kinds of parts that are no text, and the keys of which one holds what the part is (LangChain's standard content
blocks, https://docs.langchain.com/oss/python/langchain/messages, and those of OpenAI and Anthropic)."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class ToolResult:
    """What a call gave."""

    text: str
    """Well formed and bounded; parts that are no text are named in it."""
    failed: bool = False
    ran: bool = True
    """False where the arguments were refused before the tool began."""
    parts: tuple[dict[str, Any], ...] = ()
    """The content part by part where one of them is no text, for a provider that takes such; else empty."""


def result_of(value: Any) -> ToolResult:
    """What `value`, which a tool returned, tells the model and the user.

    Iterators are used up, so this belongs where the tool runs.

    Raises:
        Exception: whatever the value's own code raises while it is asked.
    """
    if isinstance(value, str):
        return ToolResult(text=_bounded(value))
    if isinstance(value, ToolMessage):
        return dataclasses.replace(result_of(value.content), failed=value.status == "error")
    if isinstance(value, BaseMessage):
        return ToolResult(text=_bounded(str(value.text)))
    if (messages := _messages(value)) is not None:
        results = [result_of(message) for message in messages]
        return ToolResult(
            text=_bounded("\n".join(result.text for result in results)),
            failed=any(result.failed for result in results),
            parts=tuple(part for result in results for part in result.parts),
        )
    if isinstance(value, Sequence) and (parts := _parts(value)) is not None:
        text = _bounded("\n".join(_part_text(part) for part in parts))
        return ToolResult(text=text, parts=() if all(map(_is_text, parts)) else tuple(parts))
    told = plain(value)
    return ToolResult(text=_bounded(told if isinstance(told, str) else json.dumps(told, ensure_ascii=False)))


def failure_of(error: BaseException) -> ToolResult:
    """Why a tool failed, in words for the model and the user; a `ToolException` was worded for them by the tool."""
    words = dict.fromkeys(_error_words(leaf) for leaf in _leaves(error))
    return ToolResult(text=_bounded("; ".join(words)), failed=True)


# Errors


def _leaves(error: BaseException) -> Iterator[BaseException]:
    """The errors that a group is of."""
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    else:
        yield error


def _error_words(error: BaseException) -> str:
    if isinstance(error, ValidationError | ValidationErrorV1):
        # Their own words quote the values that were refused, and with them whatever stands beside them.
        problems = (f"{'.'.join(map(str, one['loc'])) or 'all'}: {one['msg']}" for one in error.errors())
        return f"ValidationError: {'; '.join(problems)}"
    try:
        text = str(error).strip()
    except Exception:  # an error that cannot even be told
        text = ""
    if isinstance(error, ToolException) and text:
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


# Messages and parts


def _messages(value: Any) -> list[BaseMessage] | None:
    """The messages that a value is: several, or those that a LangGraph `Command` would add; None for what is none."""
    if type(value).__name__ == "Command" and isinstance(update := getattr(value, "update", None), Mapping):
        value = update.get("messages")
        value = [value] if isinstance(value, BaseMessage) else value
    if isinstance(value, list | tuple) and value and all(isinstance(item, BaseMessage) for item in value):
        return list(value)
    return None


def _parts(value: Sequence[Any]) -> list[dict[str, Any]] | None:
    """The content part by part; None for what is a plain list, be it of texts."""
    parts = [{"type": "text", "text": item} if isinstance(item, str) else item for item in value[:_MOST_PARTS]]
    if len(value) > len(parts) or all(isinstance(item, str) for item in value):
        return None
    return parts if all(_is_text(part) or _is_other(part) for part in parts) else None


def _is_text(part: Any) -> bool:
    return isinstance(part, dict) and part.get("type") == "text" and isinstance(part.get("text"), str)


def _is_other(part: Any) -> bool:
    return isinstance(part, dict) and any(part.get(key) for key in _PAYLOADS.get(str(part.get("type")), ()))


def _part_text(part: Mapping[str, Any]) -> str:
    """A part's text, or the name of what it is: `[spec.pdf]`, `[image/png]`, `[image]`."""
    if _is_text(part):
        return str(part["text"])
    inner = next((part[key] for key in ("source", "file", "image_url", "input_audio") if part.get(key)), None)
    places = [place for place in (part, inner) if isinstance(place, Mapping)]
    for key in ("filename", "name", "title", "mime_type", "media_type", "format", "url"):
        for place in places:
            if isinstance(name := place.get(key), str) and name:
                return f"[{_short(name)}]"
    return f"[{_short(inner) if isinstance(inner, str) else str(part['type'])}]"


def _short(name: str) -> str:
    """A name, or the media type of a `data:` address, which holds the content itself."""
    if name.startswith("data:"):
        return name[5:].partition(",")[0].partition(";")[0] or "data"
    return name if len(name) <= 200 else f"{name[:199]}…"


def _bounded(text: str) -> str:
    """`text` well formed, and with what is too much of it cut out of the middle."""
    text = str.__str__(text)  # of a subclass (LangChain's `.text` gives one) the text alone
    if (left_out := len(text) - _MOST_CHARACTERS) > 0:
        half = _MOST_CHARACTERS // 2
        text = f"{text[:half]}\n[… {left_out:,} of {len(text):,} characters left out …]\n{text[-half:]}"
    return well_formed(text)
