"""A turn that goes on where another run of its thread left it: which of its calls are to run, and what it waits for.

A run of a server's ends where the user has to be asked, or where the client has to run a tool; the next one brings the
answers. Nothing here runs a call.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from langchain_core.tools import BaseTool

from agent.conversation.items import CallStatus, ToolCall
from agent.conversation.run import Run as Turn
from agent.events.types import ResumeEntry
from agent.runs.suspension import RunSuspended
from agent.sources.executor.tooling import CallOutcome, ReadyCall
from agent.sources.questions.shown import approval_id, approval_schema, asked_call
from agent.sources.replies.arguments import ArgumentsError, read_arguments
from agent.sources.replies.gathering.call import GatheredCall
from agent.sources.replies.gathering.written import Written

__all__ = [
    "ready_call",
    "steps_begun",
    "suspended",
    "tools_run",
    "unfitting",
    "waiting_calls",
    "with_results",
]


def waiting_calls(turn: Turn) -> list[ToolCall]:
    """The calls of a turn's last reply that have no result."""
    steps = turn.own_steps
    return [call for call in steps[-1].calls if call.result is None] if steps else []


def unfitting(resume: Sequence[ResumeEntry], turn: Turn | None) -> str | None:
    """Why answers are none of what a turn waits for; None where they are."""
    waiting = {call.wire_id for call in waiting_calls(turn)} if turn is not None else set()
    odd = [entry.interrupt_id for entry in resume if asked_call(entry.interrupt_id) not in waiting]
    if not odd:
        return None
    return f"Nothing here waits for an answer to {', '.join(odd)}: send the messages of the run that asked, too"


def steps_begun(turn: Turn) -> int:
    """How many replies the turn has had."""
    return len(turn.own_steps)


def tools_run(turn: Turn) -> Iterable[str]:
    """The names of the tools that have run in it, as far as that is told."""
    steps = turn.own_steps
    return (
        call.name
        for step in steps
        for call in step.calls
        if call.duration_ms is not None or call.status is CallStatus.DONE
    )


def ready_call(call: ToolCall, tool: BaseTool | None) -> ReadyCall:
    """A call that was told whole, read strictly."""
    gathered = GatheredCall(
        id=call.wire_id,
        provider_id=call.wire_id,
        name=call.name,
        written=Written(call.fragments.text),
        is_told=True,
    )
    problem, arguments = None, dict[str, Any]()
    try:
        arguments = read_arguments(call.fragments.text, tool.args if tool is not None else {})
    except ArgumentsError as error:
        problem = str(error)
    if tool is None:
        problem = f"There is no tool {call.name!r}."
    return ReadyCall(call=gathered, arguments=arguments, problem=problem)


def with_results(calls: Sequence[ToolCall], outcomes: Sequence[CallOutcome]) -> None:
    """Give calls what came of them; of those that wait nothing has."""
    for call, outcome in zip(calls, outcomes, strict=True):
        if outcome.waits_for is None:
            call.result = str(outcome.message.text)
            call.status = CallStatus.FAILED if outcome.result.failed else CallStatus.DONE


def suspended(outcomes: Iterable[CallOutcome], schema: Callable[[str], dict[str, Any]]) -> RunSuspended | None:
    """What a run waits for whose calls came to `outcomes`; None where that is nothing.

    `schema` gives the JSON Schema of a tool's arguments.
    """
    waiting = [outcome for outcome in outcomes if outcome.waits_for is not None]
    if not waiting:
        return None
    asked = [outcome.ready.call for outcome in waiting if outcome.waits_for == "user"]
    pending = [outcome.ready.call.id for outcome in waiting if outcome.waits_for == "client"]
    return RunSuspended([_interrupt(call, schema(call.name)) for call in asked], pending)


def _interrupt(call: GatheredCall, schema: dict[str, Any]) -> dict[str, Any]:
    """The question whether a call may run."""
    return {
        "id": approval_id(call.id),
        "reason": "tool_call",
        "message": f"May {call.name} run?",
        "toolCallId": call.id,
        "responseSchema": approval_schema(schema),
    }
