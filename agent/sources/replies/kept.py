"""What a reply brought besides its text and its calls: kept in the session, and put back into the message that is told.

A reply goes back as it came: thinking blocks with their signatures, reasoning under the name it came by, ids. The value
of the `REPLY` event holds what the other events of the step do not; without such things there is none.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from langchain_core.messages import AIMessage, ToolCall

from agent.sources.replies.fields import CALL_FIELDS, FIELDS, SHOWN_REASONING
from agent.sources.replies.gathering.call import GatheredCall
from agent.text import all_well_formed

__all__ = ["ToldCall", "kept_value", "told_reply"]

_PASSING = {CALL_FIELDS, SHOWN_REASONING, "tool_calls", "function_call", "refusal", "parsed"}
"""Keys of `additional_kwargs` that the events of the step tell already, or that only a stream has."""
_METADATA = ("id", "model_provider", "output_version")
"""What a client wants to know of a reply of its own when it is given back."""
_CALL_BLOCKS = ("tool_use", "tool_call", "tool_call_chunk", "function_call", "input_json_delta")


class ToldCall(NamedTuple):
    """A call as the model is told of it."""

    id: str
    """The model's own id."""
    name: str
    arguments: dict[str, Any]


def kept_value(message: AIMessage | None, calls: Iterable[GatheredCall]) -> dict[str, Any] | None:
    """The value of the `REPLY` event of a reply whose chunks came to `message`; None where nothing is to be kept."""
    value: dict[str, Any] = {}
    further = dict(message.additional_kwargs) if message is not None else {}
    fields = dict(further.pop(FIELDS, None) or {})
    if of_calls := {call.provider_id: call.fields.fields for call in calls if call.fields.fields}:
        fields["calls"] = of_calls
    further = {name: one for name, one in further.items() if name not in _PASSING and one}
    if fields:
        further[FIELDS] = fields
    if further:
        value["additionalKwargs"] = further
    if message is not None and isinstance(message.content, list) and not _is_text(message.content):
        value["content"] = message.content
        if message.id and not message.id.startswith(("run-", "lc_run-")):
            value["id"] = message.id
    if ids := {call.id: call.provider_id for call in calls if call.provider_id != call.told_id}:
        value["callIds"] = ids
    if not value:
        return None
    metadata = message.response_metadata if message is not None else {}
    if kept := {name: metadata[name] for name in _METADATA if metadata.get(name)}:
        value["responseMetadata"] = kept
    # What a client keeps there is its own; a transcript takes JSON.
    made: dict[str, Any] = all_well_formed(json.loads(json.dumps(value, default=str)))
    return made


def _is_text(blocks: list[Any]) -> bool:
    """Whether blocks hold no more than the text that is told anyway."""
    return all(isinstance(block, str) or set(block) <= {"type", "text", "index"} for block in blocks)


def told_reply(text: str, calls: Sequence[ToldCall], kept: Mapping[str, Any] | None) -> AIMessage:
    """A reply as the model is told of it: `text` and `calls`, and all else that it came with.

    Calls that are not among `calls` are left out of its blocks too.
    """
    kept = kept or {}
    content: Any = text
    if isinstance(blocks := kept.get("content"), list):
        ids = {call.id for call in calls}
        content = [block for block in blocks if not _is_left_out(block, ids)]
        if text and not any(isinstance(block, str) or block.get("type") == "text" for block in content):
            content.append({"type": "text", "text": text})
    further = kept.get("additionalKwargs")
    metadata = kept.get("responseMetadata")
    return AIMessage(
        content,
        tool_calls=[ToolCall(name=call.name, args=call.arguments, id=call.id, type="tool_call") for call in calls],
        additional_kwargs=dict(further) if isinstance(further, dict) else {},
        response_metadata=dict(metadata) if isinstance(metadata, dict) else {},
        id=kept["id"] if isinstance(kept.get("id"), str) else None,
    )


def _is_left_out(block: Any, ids: set[str]) -> bool:
    if not isinstance(block, dict) or block.get("type") not in _CALL_BLOCKS:
        return False
    return block.get("call_id", block.get("id")) not in ids
