"""The fields of a reply that LangChain's messages have no place for, gathered so that they can be given back.

Thinking models refuse a next step that does not bring back what they said with their calls, under the very name it
came by: `reasoning_content` (https://api-docs.deepseek.com/guides/thinking_mode), `reasoning_details`
(https://openrouter.ai/docs/use-cases/reasoning-tokens#preserving-reasoning-blocks), `thinking_blocks`
(https://docs.litellm.ai/docs/reasoning_content), `extra_content` with a thought signature
(https://ai.google.dev/gemini-api/docs/thought-signatures). Other servers refuse any field that they did not send.
"""

from collections.abc import Iterator
from typing import Any

__all__ = ["CALL_FIELDS", "FIELDS", "NO_REASONING", "SHOWN_REASONING", "FieldGatherer", "kept_fields", "reasoning_of"]

FIELDS = "message_fields"
"""The key of an AI message's `additional_kwargs` that holds its further fields, `{"message": {name: value}, "calls":
{call id: {name: value}}}`. The last chunk of a reply brings those of the message."""
SHOWN_REASONING = "shown_reasoning"
"""The key of a chunk's `additional_kwargs` with reasoning to show; the fields hold it under the provider's name."""
CALL_FIELDS = "call_fields"
"""The key of a chunk's `additional_kwargs` that holds the further fields of its fragments of calls, one dictionary for
each of them."""
NO_REASONING = "no_reasoning"
"""What a server refuses that wants thoughts with every reply, be it one that came without, or another model's."""

_NAMES = ("extra_content", "provider_specific_fields")
_WORDS = ("reasoning", "thinking", "thought", "signature", "encrypted")
_GROWING = ("text", "thinking", "summary", "reasoning", "reasoning_content", "reasoning_text", "content")
"""Strings that come in fragments; any other is told whole."""


def kept_fields(fragment: dict[str, Any]) -> dict[str, Any]:
    """The fields of a fragment that are given back, of a call those of its function too."""
    kept = {name: value for name, value in fragment.items() if value is not None and _is_kept(name)}
    if isinstance(function := fragment.get("function"), dict) and (inner := kept_fields(function)):
        kept["function"] = inner
    return kept


def _is_kept(name: str) -> bool:
    return name in _NAMES or any(word in name for word in _WORDS)


class FieldGatherer:
    """Merges the further fields of one message, or of one call, as the fragments bring them."""

    def __init__(self) -> None:
        self.fields: dict[str, Any] = {}

    def take(self, fragment: dict[str, Any]) -> None:
        """The next fragment: a delta of a message or of a call."""
        for name, value in kept_fields(fragment).items():
            if isinstance(value, str) and isinstance(before := self.fields.get(name), str):
                self.fields[name] = before if "signature" in name and value == before else before + value
            else:
                _merge(self.fields, name, value)

    def take_blocks(self, blocks: list[Any]) -> None:
        """The next fragments of a content that is a list of blocks."""
        _merge(self.fields, "content", blocks)


def _merge(into: dict[str, Any], name: str, value: Any) -> None:
    """Put `value` behind what `into` has of `name`."""
    before = into.get(name)
    if isinstance(value, dict):
        inner = into[name] = before if isinstance(before, dict) else {}
        for key, part in value.items():
            _merge(inner, key, part)
    elif isinstance(value, list):
        blocks = into[name] = before if isinstance(before, list) else []
        for part in value:
            _merge_block(blocks, part)
    elif isinstance(value, str) and isinstance(before, str) and name in _GROWING:
        into[name] = before + value
    elif value is not None or before is None:
        into[name] = value


def _merge_block(blocks: list[Any], block: Any) -> None:
    """Put a fragment of a block into the block that it continues, or a new one behind all.

    Blocks with an index are told apart by it and by their type; those without come one after the other, and one that
    has its signature, or its data, is over.
    """
    if not isinstance(block, dict):
        blocks.append(block)
        return
    key = (block.get("type"), block.get("index"))
    if key[1] is not None:
        alike = next((one for one in blocks if _key_of(one) == key), None)
    else:
        alike = blocks[-1] if blocks and _key_of(blocks[-1]) == key else None
    if alike is None or _is_over(alike, block):
        blocks.append({})
        alike = blocks[-1]
    for name, value in block.items():
        _merge(alike, name, value)


def _key_of(block: Any) -> tuple[Any, Any] | None:
    return (block.get("type"), block.get("index")) if isinstance(block, dict) else None


def _is_over(before: dict[str, Any], block: dict[str, Any]) -> bool:
    """Whether a fragment of the same type and place begins another block."""
    ids = (before.get("id"), block.get("id"))
    return (
        bool(before.get("data"))
        or (None not in ids and ids[0] != ids[1])
        or (bool(before.get("signature")) and any(block.get(name) for name in _GROWING))
    )


def reasoning_of(delta: dict[str, Any]) -> str:
    """The reasoning that a fragment shows: once, where a server tells it under several names."""
    for name in ("reasoning_content", "reasoning", "reasoning_text", "thinking"):
        if isinstance(value := delta.get(name), str) and value:
            return value
    for name in ("reasoning_details", "thinking_blocks", "thinking", "reasoning_content", "reasoning"):
        if text := "".join(_texts(delta.get(name))):
            return text
    return ""


def _texts(blocks: Any) -> Iterator[str]:
    if isinstance(blocks, dict):
        blocks = [blocks]
    for block in blocks if isinstance(blocks, list) else ():
        if isinstance(block, str):
            yield block
        elif isinstance(block, dict):
            for name in ("text", "thinking", "summary"):
                value = block.get(name)
                yield from [value] if isinstance(value, str) else _texts(value)
