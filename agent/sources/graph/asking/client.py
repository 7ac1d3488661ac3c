"""What a graph asks when it is served: interrupts for the client, and the client's answers as a graph takes them.

A graph that asks keeps its place by its own checkpointer, under the thread's id; so the next request may come to
another process, if the checkpointer lasts. Ids of interrupts are LangGraph's, with the number of the call where one
interrupt asks about several, and the branch of the thread where there is one: `ID:2@RUN`. Pure.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from langgraph.types import Interrupt

from agent.errors import UsageError
from agent.events.types import ResumeEntry
from agent.sources.graph.asking.interrupts import decision_for, requests_in, words_of
from agent.sources.questions.shown import approval_schema, decision_of
from agent.sources.tools.calls.values import plain

__all__ = ["branch_of", "goes_on", "resumption", "told_interrupts", "told_stop"]

_BRANCH = "@"
_CALL = ":"
_STOP = "stop"
"""The id of the question whether a graph goes on that its author has it stop."""


def told_interrupts(
    interrupts: Sequence[Interrupt],
    call_of: Callable[[str, Mapping[str, Any], str | None, set[str]], str | None],
    branch: str,
) -> list[dict[str, Any]]:
    """Questions as AG-UI tells them. `call_of` gives the call that is asked about, but for those that are taken;
    `branch` is that of the thread, empty where there is none."""
    told: list[dict[str, Any]] = []
    taken: set[str] = set()
    end = _BRANCH + branch if branch else ""
    for interrupt in interrupts:
        requests = requests_in(interrupt.value, interrupt.response_schema)
        if requests is None:
            told.append({"id": f"{interrupt.id}{end}", **_question(interrupt)})
        for number, request in enumerate(requests.calls if requests is not None else ()):
            found = call_of(request.name, request.arguments, request.call_id, taken)
            about = (
                {"toolCallId": found} if found is not None else {"metadata": {"arguments": plain(request.arguments)}}
            )
            taken |= {found} if found is not None else set()
            words = {"reason": "tool_call", "message": f"May {request.name} run?"}
            told.append(
                {"id": f"{interrupt.id}{_CALL}{number}{end}", **words, **about, "responseSchema": approval_schema()}
            )
    return told


def _question(interrupt: Interrupt) -> dict[str, Any]:
    """What any other interrupt asks: its own words, where it has some, and the form of the answer."""
    value, schema = plain(interrupt.value), interrupt.response_schema
    told: dict[str, Any] = {
        "reason": "langgraph:interrupt",
        "message": words_of(value) or "The graph waits for an answer.",
    }
    told |= {"responseSchema": schema} if isinstance(schema, dict) else {}
    return told if isinstance(value, str) else {**told, "metadata": {"value": value}}


def told_stop(nodes: Sequence[str], branch: str) -> list[dict[str, Any]]:
    """The question whether a graph goes on that its author has it stop before `nodes`."""
    words = f"The graph stops before {', '.join(nodes)}. Go on?"
    name = f"{_STOP}{_BRANCH}{branch}" if branch else _STOP
    return [{"id": name, "reason": "confirmation", "message": words, "responseSchema": {"type": "boolean"}}]


def goes_on(entries: Sequence[ResumeEntry]) -> bool | None:
    """Whether the client has it go on; None where that was not asked."""
    entry = next((one for one in entries if one.interrupt_id.partition(_BRANCH)[0] == _STOP), None)
    return None if entry is None else entry.status == "resolved" and entry.payload is True


def branch_of(entries: Sequence[ResumeEntry]) -> str:
    """The branch of the thread that asked what is answered."""
    return next((entry.interrupt_id.partition(_BRANCH)[2] for entry in entries), "")


def resumption(waiting: Sequence[Interrupt], entries: Sequence[ResumeEntry]) -> dict[str, Any]:
    """What the graph goes on with, by the ids of the interrupts that wait.

    Raises:
        UsageError: an answer is missing, or is to nothing that waits.
    """
    given = {entry.interrupt_id.partition(_BRANCH)[0]: entry for entry in entries}
    answers: dict[str, Any] = {}
    for interrupt in waiting:
        requests = requests_in(interrupt.value, interrupt.response_schema)
        if requests is None:
            entry = _taken(given, interrupt.id)
            answers[interrupt.id] = entry.payload if entry.status == "resolved" else False
        else:
            asked = [_taken(given, f"{interrupt.id}{_CALL}{number}") for number in range(len(requests.calls))]
            said = [decision_for(one, decision_of(entry)) for one, entry in zip(requests.calls, asked, strict=True)]
            if (refused := next((one for one in said if isinstance(one, str)), None)) is not None:
                raise UsageError(refused)
            answers[interrupt.id] = requests.answer([one for one in said if not isinstance(one, str)])
    if given:
        raise UsageError(f"Nothing here waits for an answer to {', '.join(given)}: does the graph keep its threads?")
    return answers


def _taken(given: dict[str, ResumeEntry], name: str) -> ResumeEntry:
    if (entry := given.pop(name, None)) is None:
        raise UsageError(f"There is no answer to {name}: all that the graph waits for is to be answered at once")
    return entry
