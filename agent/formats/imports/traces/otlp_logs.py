"""What model calls were given and gave, where logs tell it and not their spans.

Events of the GenAI conventions (https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-events/): since 1.37
`gen_ai.client.inference.operation.details` with all that a span may hold; before, an event a message,
`gen_ai.user.message` and its like, and `gen_ai.choice` for each answer. They name the span that they belong to.
"""

from dataclasses import dataclass, field
from typing import Any

from agent.formats.imports.traces.attributes import any_value, attributes_of
from agent.formats.imports.values import mapping, text

__all__ = ["Details", "details_of", "is_of_model"]

_DETAILS = "gen_ai.client.inference.operation.details"
_MESSAGE = ".message"
_CHOICE = "gen_ai.choice"


@dataclass(slots=True)
class Details:
    """What logs say of one model call."""

    began: Any = None
    ended: Any = None
    """When the first and the last of them were written, as OTLP has it."""
    trace: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)

    def as_span(self, id: str) -> dict[str, Any]:
        """A span of a call that has none, or none here."""
        times = {"startTimeUnixNano": self.began, "endTimeUnixNano": self.ended}
        return {"spanId": id, "traceId": self.trace, "name": "chat", **times}


def is_of_model(log: dict[str, Any]) -> bool:
    """Whether a log record tells what a model was given or gave."""
    name = _name(log)
    return name in (_DETAILS, _CHOICE) or (name.startswith("gen_ai.") and name.endswith(_MESSAGE))


def details_of(log: dict[str, Any], known: dict[str, Details]) -> None:
    """Add what a log record says to what is known of its span."""
    id = text(log.get("spanId", log.get("span_id"))) or f"log {len(known) + 1}"
    details = known.setdefault(id, Details())
    times = (log.get(name) for name in ("timeUnixNano", "time_unix_nano", "observedTimeUnixNano"))
    details.ended = next((time for time in times if time not in (None, "", "0", 0)), details.ended)
    details.began = details.ended if details.began is None else details.began
    details.trace = text(log.get("traceId", log.get("trace_id"))) or details.trace
    attributes, name = attributes_of(log.get("attributes")), _name(log)
    if name == _DETAILS:
        details.attributes |= attributes
        return
    body = mapping(any_value(mapping(log.get("body")))) or attributes
    details.attributes.setdefault("gen_ai.operation.name", "chat")
    if name == _CHOICE:
        answer = {"role": "assistant", **(mapping(body.get("message")) or body)}
        details.attributes.setdefault("gen_ai.output.messages", []).append(answer)
    else:
        role = name.removeprefix("gen_ai.").removesuffix(_MESSAGE)
        said = {"role": role, **body} | ({"tool_call_id": body["id"]} if role == "tool" and "id" in body else {})
        details.attributes.setdefault("gen_ai.input.messages", []).append(said)


def _name(log: dict[str, Any]) -> str:
    """What a log record's event is called: a field of its own, or in older ones an attribute."""
    named = text(log.get("eventName", log.get("event_name")))
    return named or text(attributes_of(log.get("attributes")).get("event.name"))
