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
from agent.sources.graph.interrupts import ActionRequest, action_requests, decision_for
from agent.sources.questions.shown import approval_schema, decision_of
from agent.sources.tools.calls.values import plain

__all__ = ["branch_of", "resumption", "told_interrupts"]

_BRANCH = "@"
_CALL = ":"


def told_interrupts(
    interrupts: Sequence[Interrupt], call_id: Callable[[ActionRequest, set[str]], str | None], branch: str
) -> list[dict[str, Any]]:
    """Questions as AG-UI tells them. `call_id` gives the call that a request is about, but for those that are taken;
    `branch` is that of the thread, empty where there is none."""
    told: list[dict[str, Any]] = []
    taken: set[str] = set()
    end = _BRANCH + branch if branch else ""
    for interrupt in interrupts:
        requests = action_requests(interrupt.value)
        if requests is None:
            told.append({"id": f"{interrupt.id}{end}", **_question(plain(interrupt.value))})
        for number, request in enumerate(requests or ()):
            found = call_id(request, taken)
            about = (
                {"toolCallId": found} if found is not None else {"metadata": {"arguments": plain(request.arguments)}}
            )
            taken |= {found} if found is not None else set()
            words = {"reason": "tool_call", "message": f"May {request.name} run?"}
            told.append(
                {"id": f"{interrupt.id}{_CALL}{number}{end}", **words, **about, "responseSchema": approval_schema()}
            )
    return told


def _question(value: Any) -> dict[str, Any]:
    """What any other interrupt asks: its own words, where it has some."""
    words = value if isinstance(value, str) else None
    if isinstance(value, Mapping):
        words = next(
            (value[name] for name in ("question", "message", "prompt") if isinstance(value.get(name), str)), None
        )
    told = {"reason": "langgraph:interrupt", "message": words or "The graph waits for an answer."}
    return told if isinstance(value, str) else {**told, "metadata": {"value": value}}


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
        requests = action_requests(interrupt.value)
        if requests is None:
            entry = _taken(given, interrupt.id)
            answers[interrupt.id] = entry.payload if entry.status == "resolved" else False
        else:
            asked = [_taken(given, f"{interrupt.id}{_CALL}{number}") for number in range(len(requests))]
            decisions = [decision_for(one, decision_of(entry)) for one, entry in zip(requests, asked, strict=True)]
            answers[interrupt.id] = {"decisions": decisions}
    if given:
        raise UsageError(f"Nothing here waits for an answer to {', '.join(given)}: does the graph keep its threads?")
    return answers


def _taken(given: dict[str, ResumeEntry], name: str) -> ResumeEntry:
    if (entry := given.pop(name, None)) is None:
        raise UsageError(f"There is no answer to {name}: all that the graph waits for is to be answered at once")
    return entry
