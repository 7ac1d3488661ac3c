"""The messages that a model is given for the turns of a conversation that lie behind it.

An answered turn is its question and its answer. A turn that was cut and is gone on from is told with its tool calls,
repaired so that every call has a result, and the model is told that it was cut. Nothing here runs or repairs a file.
"""

import json
from collections.abc import Iterable

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from agent.conversation.items import CallStatus, Message, Run, RunStatus, Step, ToolCall

__all__ = ["to_messages"]

_REASONS = {
    RunStatus.CANCELLED: "the user stopped it",
    RunStatus.INTERRUPTED: "the program was interrupted",
    RunStatus.ITERATION_LIMIT: "it ran out of steps",
    RunStatus.TRUNCATED: "the model's output was cut off",
    RunStatus.MODEL_ERROR: "the model failed",
    RunStatus.INTERNAL_ERROR: "the program failed",
}


def to_messages(runs: Iterable[Run]) -> list[BaseMessage]:
    """Messages for `runs`, oldest first; a turn that was asked again is told once, as it went the last time."""
    runs = list(runs)
    asked_again = {run.retry_of for run in runs}
    messages: list[BaseMessage] = []
    for run in runs:
        if run.is_open or run.id in asked_again:
            continue
        messages.append(HumanMessage(run.question))
        if run.status is RunStatus.ANSWERED:
            messages.append(AIMessage(run.answer or _written(run) or "(no answer)"))
        else:
            messages.extend(_cut_turn(run))
    return messages


def _written(run: Run) -> str:
    return "\n\n".join(text for message in run.messages if (text := message.fragments.text.strip()))


def _cut_turn(run: Run) -> list[BaseMessage]:
    messages: list[BaseMessage] = []
    partial: list[str] = []
    for step in run.steps:
        text = "".join(item.fragments.text for item in step.items if isinstance(item, Message))
        if calls := _complete_calls(step):
            messages.extend(_step_messages(text, calls))
        elif text.strip():
            partial.append(text)
    note = f"[This turn was cut short: {_REASONS[run.status]}.]"
    messages.append(AIMessage("\n\n".join([*partial, note])))
    return messages


def _step_messages(text: str, calls: list[tuple[ToolCall, dict[str, object]]]) -> list[BaseMessage]:
    """A step as the model would have seen it, every call with a result."""
    messages: list[BaseMessage] = [
        AIMessage(
            text,
            tool_calls=[
                {"name": call.name, "args": arguments, "id": call.id, "type": "tool_call"} for call, arguments in calls
            ],
        )
    ]
    for call, _arguments in calls:
        content = call.result if call.result is not None else "No result: the turn was cut short before it came."
        status = "success" if call.status is CallStatus.DONE else "error"
        messages.append(ToolMessage(content, tool_call_id=call.id, status=status))
    return messages


def _complete_calls(step: Step) -> list[tuple[ToolCall, dict[str, object]]]:
    """The calls whose arguments are a whole JSON object, with them."""
    calls: list[tuple[ToolCall, dict[str, object]]] = []
    for call in step.calls:
        if call.status is CallStatus.CUT:
            continue
        try:
            arguments = json.loads(call.fragments.text or "{}")
        except (ValueError, RecursionError):
            continue
        if isinstance(arguments, dict):
            calls.append((call, arguments))
    return calls
