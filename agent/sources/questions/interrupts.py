"""What an agent waits for at the end of a request, and the user's answer in the form that it asks for. Pure.

The shapes are AG-UI's (https://docs.ag-ui.com/concepts/interrupts): an interrupt has a message, a JSON Schema of the
answer, perhaps the call that it is about; the next request brings an answer for each, or says that there is none.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from agent.conversation.decisions import Decision
from agent.conversation.items import Asker
from agent.events.types import ResumeEntry
from agent.sources.questions.shown import ANSWER

__all__ = ["Interrupt", "abandoned", "interrupts_in", "resumed"]

_APPROVED = ("approved", "approve", "accepted", "accept", "confirmed", "confirm", "allowed", "allow", "proceed", "ok")
"""What agents call the field that says yes or no; AG-UI's recommendation first."""
_EDITED = ("editedArgs", "edited_args", "args", "arguments")
_REASONS = ("reason", "message", "comment", "feedback", "note")
_SHOWN = ("question", "until")
"""What is shown of an interrupt beside the fields of its answer."""


@dataclass(frozen=True, kw_only=True)
class Interrupt:
    """Something that an agent waits for."""

    id: str
    reason: str = ""
    message: str = ""
    call_id: str | None = None
    """The call that it is about, as its server calls it."""
    schema: Mapping[str, Any] = field(default_factory=dict)
    """Of the answer; empty where the agent does not say."""
    expires: str | None = None
    """Until when an answer counts, as the agent says it."""
    asker: Asker | None = None
    """Who asks, where it is not the agent."""
    takes_refusal: bool = False
    """Whether a no is told apart from no answer: as an answer without content."""
    is_of_langgraph: bool = False
    """Whether it was told, and is answered, as LangGraph's older servers do."""

    @property
    def has_expired(self) -> bool:
        """Whether no answer counts any more."""
        if self.expires is None:
            return False
        try:
            moment = datetime.fromisoformat(self.expires)
        except ValueError:
            return False
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return moment < datetime.now(UTC)

    @property
    def form(self) -> Mapping[str, Any]:
        """The schema of the object that the user fills in."""
        return self.schema if _is_object(self.schema) else {"properties": {ANSWER: self.schema}}

    @property
    def shown(self) -> dict[str, Any]:
        """The arguments of the call that it is shown as."""
        words = self.message or self.reason
        told = {"question": words} if words else {}
        told |= {"until": self.expires} if self.expires else {}
        return told | (_defaults(self.schema) if _is_object(self.schema) else {ANSWER: self.schema.get("default", "")})


def interrupts_in(outcome: Mapping[str, Any] | None) -> list[Interrupt]:
    """What a run that has ended waits for."""
    found = (outcome or {}).get("interrupts")
    return [_interrupt(one) for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _interrupt(told: Mapping[str, Any]) -> Interrupt:
    def text(*names: str) -> str | None:
        return next((told[name] for name in names if isinstance(told.get(name), str) and told[name]), None)

    schema = told.get("responseSchema", told.get("response_schema"))
    value = told.get("value", told.get("payload"))
    return Interrupt(
        id=text("id", "interruptId", "interrupt_id") or "",
        reason=text("reason") or "",
        message=text("message", "prompt", "question") or ("" if value is None else str(value)),
        call_id=text("toolCallId", "tool_call_id"),
        schema=schema if isinstance(schema, dict) else {},
        expires=text("expiresAt", "expires_at"),
    )


def abandoned(interrupt_id: str) -> ResumeEntry:
    """Says that there is no answer and none will come."""
    return ResumeEntry(interrupt_id=interrupt_id, status="cancelled")


def resumed(interrupt: Interrupt, decision: Decision, arguments: Mapping[str, Any]) -> ResumeEntry | str:
    """What the agent is told of a decision; where that does not do for an answer, what is missing, in words.

    `arguments` are those that were shown with the question: the call's that it is about, or its own.
    """
    schema = interrupt.schema
    if decision.kind == "dismissed":
        return abandoned(interrupt.id)
    if interrupt.takes_refusal and not decision.allows:
        return _entry(interrupt, None)
    if interrupt.call_id is not None and (not schema or _name_in(schema, _APPROVED)):
        return _approval(interrupt, decision, arguments)
    if not _is_object(schema):
        return _single(interrupt, decision)
    given = decision.arguments if decision.arguments is not None else arguments
    properties = _properties(schema)
    payload = {name: value for name, value in given.items() if name in properties or name not in _SHOWN}
    if (approved := _name_in(schema, _APPROVED)) is not None and decision.arguments is None:
        payload[approved] = decision.allows
        if decision.reason and (reason := _name_in(schema, _REASONS)) is not None:
            payload[reason] = decision.reason
    elif not decision.allows:
        return abandoned(interrupt.id)
    required = schema.get("required")
    missing = [name for name in required if name not in payload] if isinstance(required, list) else []
    if missing and decision.allows:
        return f"An answer has to hold {', '.join(map(str, missing))}"
    return _entry(interrupt, payload)


def _approval(interrupt: Interrupt, decision: Decision, arguments: Mapping[str, Any]) -> ResumeEntry | str:
    """An answer about a call."""
    schema = interrupt.schema
    payload: dict[str, Any] = {_name_in(schema, _APPROVED) or _APPROVED[0]: decision.allows}
    if decision.arguments is not None and decision.arguments != arguments:
        edited = _EDITED[0] if not schema else _name_in(schema, _EDITED)
        if edited is None:
            return "The agent takes the call as it is, or not at all"
        payload[edited] = decision.arguments
    if decision.reason:
        payload[_name_in(schema, _REASONS) or _REASONS[0]] = decision.reason
    return _entry(interrupt, payload)


def _single(interrupt: Interrupt, decision: Decision) -> ResumeEntry | str:
    """An answer that is one value."""
    kind = interrupt.schema.get("type", "boolean" if interrupt.reason == "confirmation" else None)
    written = (decision.arguments or {}).get(ANSWER)
    if kind == "boolean":
        return _entry(interrupt, written if isinstance(written, bool) else decision.allows)
    if not decision.allows:
        # A reason is an answer where words are asked for.
        return _entry(interrupt, decision.reason) if decision.reason else abandoned(interrupt.id)
    if written in (None, ""):
        written = interrupt.schema.get("default")
    if written is None:
        if interrupt.schema:
            return "The question wants an answer"
        return _entry(interrupt, True)
    return _entry(interrupt, written)


def _entry(interrupt: Interrupt, payload: Any) -> ResumeEntry:
    return ResumeEntry(interrupt_id=interrupt.id, status="resolved", payload=payload)


def _is_object(schema: Mapping[str, Any]) -> bool:
    return schema.get("type") == "object" or isinstance(schema.get("properties"), dict)


def _properties(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    found = schema.get("properties")
    return found if isinstance(found, dict) else {}


def _name_in(schema: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    properties = _properties(schema)
    return next((name for name in names if name in properties), None)


def _defaults(schema: Mapping[str, Any]) -> dict[str, Any]:
    """What the schema itself says that stands in its fields."""
    found: dict[str, Any] = {}
    for name, wanted in _properties(schema).items():
        if isinstance(wanted, dict):
            for key in ("default", "const"):
                if key in wanted:
                    found[name] = wanted[key]
    return found
