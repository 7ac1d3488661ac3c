"""What a graph asks when it stops in the middle, and the user's answers in the form that it goes on with. Pure.

Three forms ask about calls: LangChain's human-in-the-loop middleware about several at once, or in an interrupt for each
(https://docs.langchain.com/oss/python/langchain/human-in-the-loop), and the Agent Inbox
(https://github.com/langchain-ai/agent-inbox). Any other interrupt asks whatever its author likes, and goes on with any
value.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent.conversation.decisions import Decision
from agent.sources.questions.shown import ANSWER

__all__ = ["ActionRequest", "Requests", "answer_to", "decision_for", "requests_in", "words_of"]

_APPROVE, _EDIT, _REJECT, _RESPOND = "approve", "edit", "reject", "respond"
_ALL = frozenset({_APPROVE, _EDIT, _REJECT, _RESPOND})
_INBOX = {"allow_accept": _APPROVE, "allow_edit": _EDIT, "allow_ignore": _REJECT, "allow_respond": _RESPOND}
_NO = "The user did not allow this call."
_WORDS = ("question", "message", "prompt", "description", "query", "text", "title")
"""Where an author who asks by an object has the words of it."""


@dataclass(frozen=True, kw_only=True)
class ActionRequest:
    """A call that waits for the user."""

    name: str
    arguments: Mapping[str, Any]
    call_id: str | None = None
    """The model's id of it, where the graph tells it."""
    allowed: frozenset[str] = _ALL
    """What may be said of it."""


@dataclass(frozen=True, kw_only=True)
class Requests:
    """The calls that an interrupt asks about."""

    calls: Sequence[ActionRequest]
    answer: Callable[[Sequence[Mapping[str, Any]]], Any]
    """What the graph goes on with, of what is said of each call."""


def requests_in(value: Any, schema: Any = None) -> Requests | None:
    """The calls that an interrupt asks about; None where it asks something else.

    `schema` is that of the answer, where the interrupt has one.
    """
    if isinstance(value, Mapping) and isinstance(value.get("action_requests"), list):
        reviews = {one.get("action_name"): one for one in _mappings(value.get("review_configs"))}
        calls = [_request(one, reviews.get(one.get("name"), {})) for one in _mappings(value["action_requests"])]
        if len(calls) == len(value["action_requests"]) and None not in calls:
            found = [call for call in calls if call is not None]
            return Requests(calls=found, answer=lambda said: {"decisions": [*said]})
        return None
    if isinstance(value, Mapping) and value.get("type") == "tool_approval":
        call = _request(value, {"allowed_decisions": _kinds_in(schema)})
        return None if call is None else Requests(calls=[call], answer=lambda said: said[0])
    return _of_inbox(value if isinstance(value, list) else [value])


def _mappings(values: Any) -> list[Mapping[str, Any]]:
    return [one for one in values if isinstance(one, Mapping)] if isinstance(values, Sequence) else []


def _request(told: Mapping[str, Any], review: Mapping[str, Any]) -> ActionRequest | None:
    name, arguments, call_id = told.get("name"), told.get("args", told.get("arguments")), told.get("tool_call_id")
    if not isinstance(name, str):
        return None
    allowed = review.get("allowed_decisions")
    return ActionRequest(
        name=name,
        arguments=arguments if isinstance(arguments, Mapping) else {},
        call_id=call_id if isinstance(call_id, str) else None,
        allowed=_ALL & frozenset(map(str, allowed)) if isinstance(allowed, Sequence) and allowed else _ALL,
    )


def _kinds_in(schema: Any) -> list[str]:
    """The kinds of decisions that a schema of one allows."""
    if isinstance(schema, Mapping):
        kind = schema.get("properties", {}).get("type") if isinstance(schema.get("properties"), Mapping) else None
        own = [kind["const"]] if isinstance(kind, Mapping) and isinstance(kind.get("const"), str) else []
        return own or [found for inner in schema.values() for found in _kinds_in(inner)]
    return [found for inner in schema for found in _kinds_in(inner)] if isinstance(schema, list) else []


def _of_inbox(values: Sequence[Any]) -> Requests | None:
    calls = []
    for told in values:
        action = told.get("action_request") if isinstance(told, Mapping) else None
        if not isinstance(action, Mapping) or not isinstance(action.get("action"), str):
            return None
        config = told["config"] if isinstance(told.get("config"), Mapping) else {}
        allowed = frozenset(kind for name, kind in _INBOX.items() if config.get(name, True))
        arguments = action["args"] if isinstance(action.get("args"), Mapping) else {}
        calls.append(ActionRequest(name=action["action"], arguments=arguments, allowed=allowed or _ALL))
    if not calls:
        return None
    return Requests(calls=calls, answer=lambda said: [_to_inbox(*one) for one in zip(calls, said, strict=True)])


def _to_inbox(request: ActionRequest, said: Mapping[str, Any]) -> dict[str, Any]:
    """What is said of a call, as the Agent Inbox says it."""
    match said["type"]:
        case "approve":
            return {"type": "accept", "args": None}
        case "edit":
            edited = said["edited_action"]
            return {"type": "edit", "args": {"action": edited["name"], "args": edited["args"]}}
        case "reject" if said["message"] == _NO or _RESPOND not in request.allowed:
            return {"type": "ignore", "args": None}
        case _:  # a no has no reason there: words of the user's are taken in the place of the call
            return {"type": "response", "args": said["message"]}


def decision_for(request: ActionRequest, decision: Decision) -> dict[str, Any] | str:
    """What the graph is told of a call; in words, why not, where it takes no such answer."""
    told: dict[str, Any]
    if not decision.allows:
        told = {"type": _REJECT, "message": decision.reason or _NO}
        if _REJECT not in request.allowed and _RESPOND in request.allowed:
            told["type"] = _RESPOND
    elif decision.result is not None:
        told = {"type": _RESPOND, "message": decision.result}
    elif decision.arguments is not None and decision.arguments != request.arguments:
        told = {"type": _EDIT, "edited_action": {"name": request.name, "args": decision.arguments}}
    else:
        told = {"type": _APPROVE}
    if told["type"] in request.allowed:
        return told
    return f"The agent takes no {told['type']} of {request.name}, only: {', '.join(sorted(request.allowed))}"


def words_of(value: Any) -> str:
    """The words in which an interrupt asks; empty where it has none."""
    if isinstance(value, str):
        return value
    if not isinstance(value, Mapping):
        return ""
    return next((value[name] for name in _WORDS if isinstance(value.get(name), str)), "")


def answer_to(decision: Decision) -> Any:
    """What any other interrupt gets: the answer that was written, else True; the reason for a no, else False."""
    if not decision.allows:
        return decision.reason or False
    written = (decision.arguments or {}).get(ANSWER, decision.result)
    return True if written in (None, "") else written
