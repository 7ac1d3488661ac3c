"""The message that asks a question, with the files that were attached to it as a model takes them."""

import base64
from collections.abc import Sequence
from typing import Any

from langchain_core.messages import HumanMessage

__all__ = ["question_message"]


def question_message(question: str, parts: Sequence[Any]) -> HumanMessage:
    """A question and its parts that are no words, AG-UI's: texts are told whole behind it, images as they are.

    What is of another kind, or holds no bytes, is named.
    """
    if not parts:
        return HumanMessage(question)
    return HumanMessage([{"type": "text", "text": question}, *map(_block, parts)])


def _block(part: Any) -> dict[str, Any]:
    source = part.get("source") if isinstance(part, dict) else None
    source = source if isinstance(source, dict) else {}
    metadata = part.get("metadata") if isinstance(part, dict) else None
    name = metadata.get("filename") if isinstance(metadata, dict) else None
    value, mime = source.get("value"), source.get("mimeType")
    if isinstance(value, str) and isinstance(mime, str):
        if mime.startswith("image/"):
            return {"type": "image", "base64": value, "mime_type": mime}
        if mime.startswith("text/"):
            try:
                text = base64.b64decode(value).decode("utf-8", "replace")
            except ValueError:
                text = "(it cannot be read)"
            return {"type": "text", "text": f"The file {name or 'attached'}:\n{text}"}
    return {"type": "text", "text": f"[{name or mime or 'a file'} is attached and cannot be shown]"}
