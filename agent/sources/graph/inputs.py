"""What a graph is given for a turn: its question, and of the past what the graph does not keep itself.

It owns the look into a thread that the graph's checkpointer keeps, and the mending of one that a cancel left with calls
that nobody answered.
"""

from collections.abc import Sequence
from typing import Any, get_type_hints

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, RemoveMessage, ToolMessage

from agent.conversation.run import Run
from agent.errors import UsageError
from agent.sources.context.history import past_turn
from agent.sources.context.turns import told_runs

__all__ = ["QUESTIONS", "given"]

QUESTIONS = ("question", "input", "query", "prompt", "text", "message", "topic", "task")
"""Names of the one field in which graphs without messages take a question."""
_STOPPED = "No result: the user stopped the turn before it came."


def given(
    graph: Any, question: str, runs: Sequence[Run], kept: Sequence[BaseMessage], *, again: str | None = None
) -> dict[str, Any]:
    """The input for a turn.

    `runs` are the turns before it, `kept` the messages that the graph's thread has; `again` is the question of a turn
    that is asked once more.

    Raises:
        UsageError: the graph takes no question in any way that is known.
    """
    fields = _fields(graph)
    if "messages" in fields or not fields:
        past = (
            _mended(kept, again)
            if kept
            else [message for run in told_runs(runs) for message in past_turn(run).messages]
        )
        return {"messages": [*past, HumanMessage(question)]}
    texts = [name for name, hint in fields.items() if hint is str]
    named = [name for name in QUESTIONS if name in texts] or texts
    if not named:
        raise UsageError(f"the graph takes {', '.join(fields)}: neither messages nor a text to put the question in")
    return {named[0]: question}


def _fields(graph: Any) -> dict[str, Any]:
    """What the graph's input holds, each with its type; empty where that cannot be told."""
    schema = getattr(getattr(graph, "builder", None), "input_schema", None)
    try:
        return get_type_hints(schema) if isinstance(schema, type) else {}
    except Exception:  # an annotation that means nothing where it stands
        return dict(getattr(schema, "__annotations__", {}))


def _mended(kept: Sequence[BaseMessage], question: str | None) -> list[BaseMessage]:
    """The messages that make a kept thread one that can be gone on with.

    Calls of its last message that have no result get one that says why. `question` is that of a turn that is asked
    again, whose messages are taken out; None where none is.
    """
    if question is not None:
        starts = [number for number, message in enumerate(kept) if isinstance(message, HumanMessage)]
        if starts and kept[starts[-1]].text == question:
            return [RemoveMessage(id=message.id) for message in kept[starts[-1] :] if message.id is not None]
    answered = {message.tool_call_id for message in kept if isinstance(message, ToolMessage)}
    last = next((message for message in reversed(kept) if isinstance(message, AIMessage)), None)
    return [
        ToolMessage(_STOPPED, tool_call_id=call["id"] or "", name=call["name"], status="error")
        for call in (last.tool_calls if last is not None else [])
        if call["id"] not in answered
    ]
