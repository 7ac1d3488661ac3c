"""What a graph asks when it stops in the middle, and the user's answers in the form that it goes on with. Pure.

LangChain's human-in-the-loop middleware asks about calls, several at once, and wants a decision for each
(https://docs.langchain.com/oss/python/langchain/human-in-the-loop); any other interrupt asks whatever its author likes,
and goes on with any value.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent.conversation.decisions import Decision
from agent.sources.questions.shown import ANSWER

__all__ = ["ActionRequest", "action_requests", "answer_to", "decision_for"]


@dataclass(frozen=True, kw_only=True)
class ActionRequest:
    """A call that waits for the user."""

    name: str
    arguments: Mapping[str, Any]


def action_requests(value: Any) -> list[ActionRequest] | None:
    """The calls that an interrupt asks about; None where it asks something else."""
    requests = value.get("action_requests") if isinstance(value, Mapping) else None
    if not isinstance(requests, Sequence) or isinstance(requests, str | bytes):
        return None
    found = []
    for request in requests:
        if not isinstance(request, Mapping) or not isinstance(request.get("name"), str):
            return None
        arguments = request.get("args", request.get("arguments"))
        found.append(ActionRequest(name=request["name"], arguments=arguments if isinstance(arguments, Mapping) else {}))
    return found


def decision_for(request: ActionRequest, decision: Decision) -> dict[str, Any]:
    """What the middleware is told of a call."""
    if not decision.allows:
        message = decision.reason or "The user did not allow this call."
        return {"type": "reject", "message": message}
    if decision.arguments is not None and decision.arguments != request.arguments:
        return {"type": "edit", "edited_action": {"name": request.name, "args": decision.arguments}}
    return {"type": "approve"}


def answer_to(decision: Decision) -> Any:
    """What any other interrupt gets: the answer that was written, else True; the reason for a no, else False."""
    if not decision.allows:
        return decision.reason or False
    written = (decision.arguments or {}).get(ANSWER)
    return True if written in (None, "") else written
