"""Short ways to write streams of others, and what a conversation tells of them."""

import json
from typing import Any

from agent.conversation.items import Interrupt, Item, Message, Reasoning, ToolCall
from agent.conversation.reducer import Conversation
from agent.conversation.run import Run
from agent.events import types as ev
from agent.events import wire

__all__ = ["call", "decoded", "event", "finished", "fold", "started", "text", "told", "user"]

Wire = dict[str, Any]


def event(kind: str, **fields: Any) -> Wire:
    """An event as it is on the wire."""
    return {"type": kind, **fields}


def started(run: str = "r1", **given: Any) -> Wire:
    """A run begins; `given` is what its input holds."""
    fields = {"input": {"threadId": "t", "runId": run, **given}} if given else {}
    return event("RUN_STARTED", threadId="t", runId=run, **fields)


def finished(run: str = "r1", **fields: Any) -> Wire:
    """It ends."""
    return event("RUN_FINISHED", threadId="t", runId=run, **fields)


def user(words: str, name: str = "u") -> Wire:
    """A message of the user's."""
    return {"id": name, "role": "user", "content": words}


def text(words: str, name: str = "m", **fields: Any) -> list[Wire]:
    """A text of the agent's, whole."""
    kinds = (
        {"type": "TEXT_MESSAGE_START"},
        {"type": "TEXT_MESSAGE_CONTENT", "delta": words},
        {"type": "TEXT_MESSAGE_END"},
    )
    return [{**kind, "messageId": name, **fields} for kind in kinds]


def call(name: str, tool: str = "look_up", result: str | None = None, **fields: Any) -> list[Wire]:
    """A tool call without arguments, with its result where there is one."""
    events = [event("TOOL_CALL_START", toolCallId=name, toolCallName=tool, **fields)]
    events += [event("TOOL_CALL_ARGS", toolCallId=name, delta="{}", **fields), event("TOOL_CALL_END", toolCallId=name)]
    if result is not None:
        events.append(event("TOOL_CALL_RESULT", messageId=f"result of {name}", toolCallId=name, content=result))
    return events


def decoded(*events: Wire | list[Wire]) -> list[ev.Event]:
    """The events, as the reader gives them."""
    flat = [one for some in events for one in (some if isinstance(some, list) else [some])]
    return [wire.decode(json.dumps(one)) for one in flat]


def fold(*events: Wire | list[Wire]) -> Conversation:
    """What they come to."""
    return Conversation(decoded(*events))


def told(run: Run) -> list[str]:
    """The items of a turn, a line each."""
    return [_line(item) for item in run.items]


def _line(item: Item) -> str:
    match item:
        case Message():
            return f"{item.kind}: {item.fragments.text}"
        case Reasoning():
            return f"thought: {item.fragments.text}"
        case ToolCall():
            return f"{item.name} {item.status}: {item.result}"
        case Interrupt():
            return f"asks: {item.asks} -> {item.answer}"
