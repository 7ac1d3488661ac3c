"""What the results of tools hold besides text: images, sounds, films, documents.

It owns the two forms of such parts. Tools give them in those of OpenAI, Anthropic, Google, MCP and LangChain; they are
kept in AG-UI's (https://docs.ag-ui.com/concepts/messages), and told to a provider that takes them in results as
LangChain's content blocks. Every other provider is told the text, which names them.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage, ToolMessage

__all__ = ["kept_parts", "taken_by", "with_parts"]

_MOST = 12 * 2**20
"""Characters of the parts of one result that are kept; of more, the text alone is."""
_KINDS = {
    "image": "image",
    "image_url": "image",
    "input_image": "image",
    "audio": "audio",
    "input_audio": "audio",
    "video": "video",
    "document": "document",
    "file": "document",
    "input_file": "document",
}
"""AG-UI's kinds by the words of others; of a `media` or `file` part the type of its content says more."""
_TYPES: Mapping[str, Collection[str]] = {
    "image": ("image/png", "image/jpeg", "image/gif", "image/webp"),
    "document": ("application/pdf",),
}
"""The types that every one of the providers takes, of kinds that have others."""
_IN_RESULTS: Mapping[str, Mapping[str, str]] = {
    "ChatAnthropic": {"image": "image_tool_message", "document": "pdf_tool_message"},
    "ChatOpenAI": {"image": "image_tool_message", "document": "pdf_tool_message"},
    "ChatGoogleGenerativeAI": {
        "image": "image_tool_message",
        "audio": "audio_inputs",
        "video": "video_inputs",
        "document": "pdf_inputs",
    },
}
"""What the clients can put into a result, by their classes, and what a model's profile calls it."""


# Kept


def kept_parts(parts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The parts of a result as AG-UI has them, texts among them; empty where all are text, or they are too large."""
    kept: list[dict[str, Any]] = []
    for part in parts:
        if isinstance(part.get("text"), str):
            kept.append({"type": "text", "text": part["text"]})
        elif (made := _kept(part)) is not None:
            kept.append(made)
    size = sum(len(part["source"]["value"]) for part in kept if "source" in part)
    return kept if 0 < size <= _MOST else []


def _kept(part: Mapping[str, Any]) -> dict[str, Any] | None:
    """A part that is no text; None where it holds neither content nor an address."""
    value = next((found for place in _places(part) if (found := _value(place)) is not None), None)
    if value is None:
        return None
    mime = next((found for place in _places(part) if (found := _mime(place)) is not None), None)
    name = next((found for place in _places(part) if (found := _word(place, ("filename", "name", "title")))), None)
    source: dict[str, Any]
    if value.startswith("data:"):
        head, _, value = value.partition(",")
        mime = head[5:].partition(";")[0] or mime
        source = {"type": "data", "value": value, "mimeType": mime}
    elif "://" in value[:16]:
        source = {"type": "url", "value": value} | ({"mimeType": mime} if mime else {})
    else:
        source = {"type": "data", "value": value, "mimeType": mime}
    kind = _KINDS.get(str(part.get("type")), "document")
    if mime and kind == "document":
        family = mime.partition("/")[0]
        kind = family if family in ("image", "audio", "video") else kind
    if source["type"] == "data" and not mime:
        return None
    return {"type": kind, "source": source} | ({"metadata": {"filename": name}} if name else {})


def _places(part: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Where a part tells what it is: in itself, or in an object within."""
    yield part
    for key in ("source", "file", "image_url", "input_audio", "extras", "metadata"):
        if isinstance(inner := part.get(key), Mapping):
            yield inner


def _value(place: Mapping[str, Any]) -> str | None:
    return _word(place, ("base64", "data", "file_data", "url", "image_url", "value"))


def _mime(place: Mapping[str, Any]) -> str | None:
    found = _word(place, ("mime_type", "mimeType", "media_type"))
    if found is None and (sound := _word(place, ("format",))) is not None:
        return f"audio/{sound}"
    return found


def _word(place: Mapping[str, Any], names: Collection[str]) -> str | None:
    return next((place[name] for name in names if isinstance(place.get(name), str) and place[name]), None)


# Told


def taken_by(model: BaseChatModel) -> frozenset[str]:
    """The kinds of parts that a model takes in the results of tools."""
    classes = {cls.__name__ for cls in type(model).__mro__}
    taken = next((kinds for name, kinds in _IN_RESULTS.items() if name in classes), {})
    if "ChatOpenAI" in classes and not getattr(model, "use_responses_api", False):
        return frozenset()  # Chat Completions takes nothing but text there
    profile = getattr(model, "profile", None) or {}
    return frozenset(kind for kind, word in taken.items() if profile.get(word) is not False)


def with_parts(message: BaseMessage, taken: Collection[str]) -> BaseMessage:
    """A result with those of its parts that are `taken`, the others named; any other message as it is."""
    parts = message.artifact if isinstance(message, ToolMessage) else None
    if not isinstance(parts, list) or not any(_is_taken(part, taken) for part in parts):
        return message
    return message.model_copy(
        update={"content": [_block(part) if _is_taken(part, taken) else _named(part) for part in parts]}
    )


def _is_taken(part: Any, taken: Collection[str]) -> bool:
    source = part.get("source") if isinstance(part, dict) else None
    if not isinstance(source, dict) or part.get("type") not in taken:
        return False
    value, types = source.get("value"), _TYPES.get(str(part["type"]))
    if not isinstance(value, str) or source.get("type") == "url":
        return isinstance(value, str) and value.startswith("https://")
    return isinstance(source.get("mimeType"), str) and (types is None or source["mimeType"] in types)


def _block(part: Mapping[str, Any]) -> dict[str, Any]:
    """A part as LangChain has it (https://docs.langchain.com/oss/python/langchain/messages)."""
    source, kind = part["source"], part["type"]
    block = {"type": "file" if kind == "document" else kind}
    block["url" if source.get("type") == "url" else "base64"] = source["value"]
    if isinstance(source.get("mimeType"), str):
        block["mime_type"] = source["mimeType"]
    if kind == "document":  # OpenAI wants a name
        block["filename"] = (part.get("metadata") or {}).get("filename") or "document.pdf"
    return block


def _named(part: Any) -> dict[str, Any]:
    """A part in words."""
    if not isinstance(part, dict):
        return {"type": "text", "text": str(part)}
    if isinstance(part.get("text"), str):
        return {"type": "text", "text": part["text"]}
    source = part.get("source") if isinstance(part.get("source"), dict) else {}
    name = (part.get("metadata") or {}).get("filename") or (source or {}).get("mimeType") or part.get("type") or "part"
    return {"type": "text", "text": f"[{name}]"}
