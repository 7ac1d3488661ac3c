"""What others write into fields that may hold anything: a message's text, what in it is no text, tokens, questions.

Pure, and never surprised: a value that means nothing here comes to nothing.
"""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec

from agent.events import types as ev

__all__ = [
    "as_text",
    "attachments",
    "number",
    "plain_text",
    "question_text",
    "string",
    "usage_of",
    "wanted_of",
    "whole",
    "words_of",
]

_ASKING = ("message", "question", "prompt", "text", "description", "action")
"""Where senders put what they ask, the plainest first."""
_CHOICES = ("options", "choices", "actions")
_CALLED = ("label", "name", "title", "value", "id")
_MOST_WANTED = 8
"""Fields of an answer, or values to choose among, that are told."""
_KINDS_WANTED = {
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "string": "text",
    "object": "an object",
    "array": "a list",
}
"""What a JSON Schema calls the kinds of values, in words."""
_INPUT = ("inputTokens", "input_tokens", "promptTokens", "prompt_tokens", "input")
_OUTPUT = ("outputTokens", "output_tokens", "completionTokens", "completion_tokens", "output")
_TOTAL = ("totalTokens", "total_tokens", "total")
_MOST = 2**53


def string(value: Any) -> str | None:
    """A text; None for anything else."""
    return value if isinstance(value, str) else None


def whole(value: Any) -> int | None:
    """A whole number; None for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def number(value: Any) -> float | None:
    """A count or a span of time; None for what is none, or larger than a float tells apart."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < _MOST else None


def as_text(value: Any) -> str:
    """Any JSON value in words: a text as it is, all else as JSON on one line."""
    if isinstance(value, str):
        return value
    try:
        return msgspec.json.encode(value).decode()
    except (TypeError, ValueError, RecursionError, OverflowError):  # numbers and depths that only Python knows
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


# Content in parts (https://docs.ag-ui.com/concepts/messages)


def plain_text(content: Any) -> str:
    """The text of a message's content: the string itself, or the text parts of a list of parts."""
    if isinstance(content, str):
        return content
    return "".join(_text_parts(content)) if isinstance(content, list) else ""


def _text_parts(parts: list[Any]) -> Iterator[str]:
    for part in parts:
        if isinstance(part, str):
            yield part
        elif isinstance(part, dict) and isinstance(part.get("text"), str):
            yield part["text"]


def attachments(content: Any) -> list[str]:
    """The names of the parts that are no text: of a file its name, else its type."""
    return [name for _kind, name in _others(content)]


def question_text(content: Any) -> str:
    """What was asked; of a question without words, what it shows: `[image: cat.png]`."""
    if isinstance(content, str):
        return content
    text = plain_text(content)
    return text if text.strip() else " ".join(f"[{kind}: {name}]" for kind, name in _others(content)) or text


def _others(content: Any) -> Iterator[tuple[str, str]]:
    """The kind and the name of each part that is no text."""
    for part in content if isinstance(content, list) else ():
        if not isinstance(part, dict) or isinstance(part.get("text"), str):
            continue
        kind = string(part.get("type")) or "part"
        told = part.get("source")
        source: dict[str, Any] = told if isinstance(told, dict) else part
        mime = next((source[key] for key in ("mimeType", "mime_type", "media_type") if string(source.get(key))), None)
        if mime and kind in ("binary", "file", "part"):
            kind = _kind_of(mime)
        yield kind, _name_of(part, source) or mime or kind


def _name_of(part: dict[str, Any], source: dict[str, Any]) -> str | None:
    for holder in (part, source):
        for key in ("filename", "fileName", "file_name", "name"):
            if name := string(holder.get(key)):
                return name
    for key in ("url", "value", "uri", "image_url"):
        value = source.get(key)
        url = string(value.get("url")) if isinstance(value, dict) else string(value)
        if url and "://" in url[:12]:
            return unquote(urlsplit(url).path.rpartition("/")[2]) or url if _is_url(url) else None
    return None


def _is_url(text: str) -> bool:
    try:
        return bool(urlsplit(text).netloc)
    except ValueError:
        return False


def _kind_of(mime: str) -> str:
    family = mime.partition("/")[0]
    return family if family in ("image", "audio", "video") else "document"


# What a run asks of the world outside (https://docs.ag-ui.com/concepts/interrupts)


def wanted_of(value: Any) -> str:
    """What the answer to an interrupt is to hold, in words: `approved: true or false`; empty where it does not tell.

    AG-UI has it as a JSON Schema (https://docs.ag-ui.com/concepts/interrupts), LangGraph's graphs mostly as a list.
    """
    if isinstance(value, str):
        value = _json(value)
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, dict):
        return ""
    for holder in (value, *(value[key] for key in ("payload", "value") if isinstance(value.get(key), dict))):
        schema = holder.get("responseSchema", holder.get("response_schema"))
        choices = [_choices(holder[key]) for key in _CHOICES if isinstance(holder.get(key), list)]
        if words := _schema_words(schema) if isinstance(schema, dict) else next(filter(None, choices), ""):
            until = string(holder.get("expiresAt"))
            return f"{words}, until {until}" if until else words
    return ""


def _schema_words(schema: dict[str, Any]) -> str:
    """What a JSON Schema allows, as far as a line tells it."""
    properties = schema.get("properties")
    if isinstance(properties, dict) and properties:
        named = [(str(name), _schema_words(one) if isinstance(one, dict) else "") for name, one in properties.items()]
        return ", ".join(f"{name}: {words}" if words else name for name, words in named[:_MOST_WANTED])
    if isinstance(schema.get("enum"), list):
        return _choices(schema["enum"])
    return _KINDS_WANTED.get(string(schema.get("type")) or "", "")


def _choices(values: list[Any]) -> str:
    """Values to choose among; of objects what they are called."""
    names = [next((one[key] for key in _CALLED if key in one), one) if isinstance(one, dict) else one for one in values]
    words = [as_text(name) for name in names[:_MOST_WANTED]]
    return " or ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def words_of(value: Any) -> str:
    """What an interrupt asks, in words where it has any; else its JSON. Text that is JSON is looked into."""
    if isinstance(value, str):
        inner = _json(value)
        return value if isinstance(inner, str | int | float | None) else words_of(inner)
    if isinstance(value, list) and len(value) == 1:
        return words_of(value[0])
    if isinstance(value, dict):
        for holder in (value, *(value[key] for key in ("payload", "value") if isinstance(value.get(key), dict))):
            for key in _ASKING:
                if isinstance(holder.get(key), str) and holder[key].strip():
                    return str(holder[key])
        for key in ("value", "reason"):
            if string(value.get(key)):
                return words_of(value[key])
    return "" if value is None or value in ({}, []) else as_text(value)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


# Tokens


def usage_of(metadata: dict[str, Any] | None) -> ev.TokenUsage | None:
    """What a text, a step or a run cost, where its metadata tells (https://docs.ag-ui.com/concepts/metadata)."""
    if metadata is None:
        return None
    for holder in (metadata, metadata.get("ag-ui")):
        told = holder.get("usage") if isinstance(holder, dict) else None
        if isinstance(told, dict):
            counts = [_count(told, names) for names in (_INPUT, _OUTPUT, _TOTAL)]
            if any(count is not None for count in counts):
                return ev.TokenUsage(
                    model=string(told.get("model")),
                    input_tokens=counts[0],
                    output_tokens=counts[1],
                    total_tokens=counts[2],
                )
    return None


def _count(told: dict[str, Any], names: tuple[str, ...]) -> int | None:
    return next((count for name in names if (count := whole(told.get(name))) is not None and 0 <= count < _MOST), None)
