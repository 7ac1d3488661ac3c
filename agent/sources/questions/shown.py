"""What an agent, or a server of tools, asks the user that is about no call: shown as one, so that it is asked where
tools ask. Knows events and no agent."""

import json
from collections.abc import Mapping
from typing import Any

from agent.conversation.decisions import Decision
from agent.conversation.items import Asker
from agent.events.types import Event, ResumeEntry, ToolCallArgs, ToolCallEnd, ToolCallResult, ToolCallStart
from agent.runs.run import Clock, new_id
from agent.text import well_formed

__all__ = [
    "ANSWER",
    "ASK_USER",
    "answer_events",
    "approval_id",
    "approval_schema",
    "asked_call",
    "decision_of",
    "question_events",
]

ASK_USER = "ask_user"
"""The name of the call that a question is shown as."""
ANSWER = "answer"
"""Its argument in which the user writes the answer, where a question asks for a single value."""


_ASKED = "approve:"


def approval_id(call_id: str) -> str:
    """The id of the interrupt that asks a client whether a call may run."""
    return _ASKED + call_id


def asked_call(interrupt_id: str) -> str | None:
    """The call that an interrupt of ours asks about; None where it asks about none."""
    return interrupt_id.removeprefix(_ASKED) if interrupt_id.startswith(_ASKED) else None


def approval_schema(arguments: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The form of an answer to whether a call may run, as AG-UI recommends it; `arguments` is their JSON Schema."""
    edited = {**(arguments or {}), "type": "object", "description": "Other arguments to run with, all of them."}
    return {
        "type": "object",
        "properties": {
            "approved": {"type": "boolean"},
            "editedArgs": edited,
            "reason": {"type": "string", "description": "Why not, for the model."},
        },
        "required": ["approved"],
    }


def decision_of(entry: ResumeEntry) -> Decision:
    """What a client says to that. What does not clearly say yes is a no."""
    payload = entry.payload if isinstance(entry.payload, dict) else {"approved": entry.payload}
    reason = payload.get("reason")
    if entry.status != "resolved" or payload.get("approved") is not True:
        return Decision("denied", reason if isinstance(reason, str) else "")
    edited = payload.get("editedArgs")
    return Decision("once", arguments=edited if isinstance(edited, dict) else None)


def question_events(
    now: Clock, arguments: Mapping[str, Any], name: str = ASK_USER, *, asker: Asker | None = None
) -> tuple[str, list[Event]]:
    """The id of the call that shows a question, and the events that tell it; `arguments` are plain JSON.

    `asker` is told where it is another than the agent.
    """
    metadata: dict[str, Any] = {"question": True}
    if asker is not None:
        metadata |= {"by": asker.name, "during": asker.during}
    call_id = new_id("ask")
    text = well_formed(json.dumps(arguments, ensure_ascii=False))
    return call_id, [
        ToolCallStart(timestamp=now(), tool_call_id=call_id, tool_call_name=name, metadata=metadata),
        ToolCallArgs(timestamp=now(), tool_call_id=call_id, delta=text),
        ToolCallEnd(timestamp=now(), tool_call_id=call_id),
    ]


def answer_events(now: Clock, call_id: str, answer: object) -> list[Event]:
    """The events that tell the answer of a question."""
    text = answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)
    return [
        ToolCallResult(
            timestamp=now(),
            message_id=new_id("msg"),
            tool_call_id=call_id,
            content=well_formed(text),
            role="tool",
        )
    ]
