"""The body of a request to Chat Completions: what LangChain's ChatOpenAI makes of the same messages and tools, and what
a server of a thinking model wants back beside it.

The shape is OpenAI's (https://platform.openai.com/docs/api-reference/chat/create). A test holds it against ChatOpenAI.
"""

import json
import re
from collections.abc import Collection, Iterable
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolCall, ToolMessage
from langchain_core.messages.content import is_data_content_block
from langchain_core.messages.utils import convert_to_openai_messages

from agent.sources.replies.fields import FIELDS, NO_REASONING

__all__ = ["is_o_series", "to_wire"]

_O_SERIES = re.compile(r"o\d")


def to_wire(messages: Iterable[BaseMessage], model: str, left_out: Collection[str] = ()) -> list[dict[str, Any]]:
    """The messages as the server takes them; fields of a reply that are `left_out` are not given back.

    With `content` among these a message of calls alone has an empty text and not null, with `NO_REASONING` a
    reply that brings no thoughts has a blank for them: there are servers that refuse the one, or the other.

    Raises:
        TypeError: a message is of a kind that this protocol does not know.
    """
    system = "developer" if is_o_series(model) and "developer" not in left_out else "system"
    wire = [_message(message, system, left_out) for message in messages]
    return _without_system(wire) if "system" in left_out else wire


def _message(message: BaseMessage, system: str, left_out: Collection[str]) -> dict[str, Any]:
    match message:
        case AIMessage():
            return _reply(message, left_out)
        case ToolMessage():
            wire = {"role": "tool", "content": _content(message.content), "tool_call_id": message.tool_call_id}
        case HumanMessage():
            wire = {"role": "user", "content": _content(message.content)}
        case SystemMessage():
            wire = {"role": system, "content": _content(message.content)}
        case _:
            raise TypeError(f"a {message.type} message cannot be sent to Chat Completions")
    # Gemini's endpoint wants the name of a result's function; nearly all others take no notice of it.
    return wire | {"name": message.name} if message.name and "name" not in left_out else wire


def is_o_series(model: str) -> bool:
    """Whether a model is one of OpenAI's that call the system `developer`."""
    return _O_SERIES.match(model) is not None


def _without_system(wire: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the system says, in front of what the user says first."""
    parts = [message["content"] for message in wire if message["role"] in ("system", "developer")]
    text = "\n\n".join(part for part in parts if isinstance(part, str))
    told = [message for message in wire if message["role"] not in ("system", "developer")]
    if told and told[0]["role"] == "user":
        content = told[0]["content"]
        content = f"{text}\n\n{content}" if isinstance(content, str) else [{"type": "text", "text": text}, *content]
        return [{**told[0], "content": content}, *told[1:]]
    return [{"role": "user", "content": text}, *told]


def _reply(message: AIMessage, left_out: Collection[str]) -> dict[str, Any]:
    """A reply of the model's, with every further field that it came with."""
    kept = message.additional_kwargs.get(FIELDS) or {}
    of_calls = kept.get("calls") or {}
    content: Any = message.content
    if isinstance(content, list):
        content = [_part(block) for block in content if not _is_elsewhere(block)]
    wire: dict[str, Any] = {"role": "assistant", "content": content}
    if message.name:
        wire["name"] = message.name
    if message.tool_calls:
        wire["content"] = content or ("" if "content" in left_out else None)
        wire["tool_calls"] = [_call(call, of_calls.get(call["id"]) or {}, left_out) for call in message.tool_calls]
    if NO_REASONING in left_out:
        wire["reasoning_content"] = " "  # some take an empty one for none
    return wire | _without(kept.get("message") or {}, left_out)


def _call(call: ToolCall, kept: dict[str, Any], left_out: Collection[str]) -> dict[str, Any]:
    function = {"name": call["name"], "arguments": json.dumps(call["args"], ensure_ascii=False)}
    further = _without(kept, left_out)
    return {**further, "type": "function", "id": call["id"], "function": {**further.get("function", {}), **function}}


def _without(fields: dict[str, Any], left_out: Collection[str]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in left_out}


def _is_elsewhere(block: Any) -> bool:
    """Whether a block is what another provider calls a call or a thought, which stand beside the content here."""
    return isinstance(block, dict) and block.get("type") in ("tool_use", "function_call", "reasoning")


def _content(content: str | list[Any]) -> Any:
    return content if isinstance(content, str) else [_part(block) for block in content]


def _part(block: Any) -> Any:
    if isinstance(block, str):
        return {"type": "text", "text": block}
    if block.get("type") == "text" and "text" in block:
        return {"type": "text", "text": block["text"]}
    if is_data_content_block(block):
        (message,) = convert_to_openai_messages([HumanMessage([block])])
        return message["content"][0]
    return block
