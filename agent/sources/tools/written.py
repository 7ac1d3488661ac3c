"""A call that a model wrote as text: seen, never run.

A server that does not read the calls of its model's format gives them as its answer. What is text may be quoted from
anywhere, a page that a tool fetched too, so nobody runs it; but the user is told why nothing happened. Formats:
https://docs.vllm.ai/en/latest/features/tool_calling.html.
"""

import json
import re
from collections.abc import Collection
from typing import Any

__all__ = ["written_call"]

_MARK = re.compile(
    r"<tool_call>|<function=|<invoke name=|<function_calls?>|\[TOOL_CALLS\]|<\|python_tag\|>|<\|tool_call|<｜tool"
    r"|<\|channel\|>\w* to=|to=functions\."
)
"""What formats begin calls with; words of the model may stand in front of it."""
_FENCE = re.compile(r"```(?:\w+)?\s*(.*?)\s*```", re.DOTALL)
_LONGEST = 100_000
"""Characters of a text that is looked at."""


def written_call(text: str, names: Collection[str]) -> str | None:
    """The name of a tool, one of `names`, whose call `text` is; None for any other text."""
    text = text.strip()
    if len(text) > _LONGEST:
        return None
    if (mark := _MARK.search(text)) is not None:
        behind = re.findall(r"[\w-]+", text[mark.start() :])
        return next((word for word in behind if word in names), None)
    fenced = _FENCE.fullmatch(text)
    try:
        value = json.loads(fenced[1] if fenced else text, strict=False)
    except (ValueError, RecursionError):
        return None
    found = (_named(one) for one in (value if isinstance(value, list) else [value]))
    return next((name for name in found if name in names), None)


def _named(value: Any) -> str:
    """The tool that a JSON value calls, where it has the form of a call."""
    if not isinstance(value, dict):
        return ""
    called = value["function"] if isinstance(value.get("function"), dict) else value
    has_arguments = any(name in called for name in ("arguments", "parameters", "args", "tool_input", "action_input"))
    names = (called.get(name) for name in ("name", "tool", "tool_name", "function", "action"))
    return next((name for name in names if isinstance(name, str)), "") if has_arguments else ""
