"""OpenTelemetry spans of agents as OTLP JSON: `{"resourceSpans": …}`, an export request a line or in one file.

The file format is https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/, the attributes those of the GenAI
semantic conventions (https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/), in their present names and in
the older `gen_ai.prompt.0.content`, or OpenInference's (https://github.com/Arize-ai/openinference/tree/main/spec). What
was said may stand in logs instead, `{"resourceLogs": …}` (`otlp_logs`).
"""

from collections.abc import Iterator
from typing import Any, Literal

from agent.events.types import Event, TokenUsage
from agent.formats.imports.records import Importer, Record, Timing
from agent.formats.imports.traces.attributes import attributes_of, json_in, numbered
from agent.formats.imports.traces.messages import Said, read_messages
from agent.formats.imports.traces.otlp_logs import Details, details_of, is_of_model
from agent.formats.imports.traces.spans import Kind, Span, tell_spans
from agent.formats.imports.values import ending, json_text, mapping, mappings, moment, number, text, whole

__all__ = ["Otlp"]

_MODELS = frozenset({"chat", "completion", "text_completion", "generate_content", "llm"})
_NAMES = {
    "spans": (("resourceSpans", "resource_spans"), ("spans",)),
    "logs": (("resourceLogs", "resource_logs"), ("logRecords", "log_records")),
}
"""What the resources of an export request are called, and what is in their scopes."""
_THREADS = ("gen_ai.conversation.id", "session.id", "langsmith.trace.session_id", "thread.id")


class Otlp(Importer):
    """All spans of one file: a session for each conversation that they name."""

    program = "opentelemetry"
    timing = Timing.SPANS
    gathers = True

    def __init__(self, *, is_live: bool = False) -> None:
        super().__init__(is_live=is_live)
        self._spans: list[dict[str, Any]] = []
        self._details: dict[str, Details] = {}
        """What logs say of model calls, by the ids of their spans."""

    @classmethod
    def sniffs(cls, value: dict[str, Any]) -> bool:
        """An export request of spans, or of logs that tell of model calls."""
        if isinstance(value.get("resourceSpans", value.get("resource_spans")), list):
            return True
        return any(map(is_of_model, _within(value, "logs")))

    def _kind(self, value: dict[str, Any]) -> str:
        return next(iter(value), super()._kind(value))[:80]

    def _tell(self, record: Record) -> bool:
        value = record.value
        self._spans += _within(value, "spans")
        for log in filter(is_of_model, _within(value, "logs")):
            details_of(log, self._details)
        return self.sniffs(value) or any(name in value for name in ("resourceLogs", "resource_logs", "resourceMetrics"))

    def end(self) -> list[Event]:
        """All that was recorded: spans come in the order of their ends."""
        spans = [_span(span, self._details.pop(_id(span), None)) for span in self._spans]
        spans += [_span(details.as_span(id), details) for id, details in self._details.items()]
        tell_spans(self.telling, spans)
        return super().end()


def _within(value: dict[str, Any], kind: Literal["spans", "logs"]) -> Iterator[dict[str, Any]]:
    """The spans or the logs of an export request, which stand in scopes of resources."""
    resources, records = _NAMES[kind]
    for resource in mappings(next((value[name] for name in resources if name in value), ())):
        scopes = next((resource[name] for name in resource if name.lower().endswith(kind)), ())
        for scope in mappings(scopes):
            yield from mappings(next((scope[name] for name in records if name in scope), ()))


def _id(span: dict[str, Any]) -> str:
    return text(span.get("spanId", span.get("span_id")))


def _span(span: dict[str, Any], details: Details | None) -> Span:
    attributes = {**(details.attributes if details is not None else {}), **attributes_of(span.get("attributes"))}
    for event in mappings(span.get("events")):  # where content is kept in the span's events
        if text(event.get("name")).startswith("gen_ai."):
            attributes = {**attributes_of(event.get("attributes")), **attributes}
    status = mapping(span.get("status"))
    is_error = status.get("code") in (2, "STATUS_CODE_ERROR") or "error.type" in attributes
    error = text(status.get("message")) or text(attributes.get("error.type")) or _exception(span) or "it failed"
    kind = _kind(attributes, text(span.get("name")))
    return Span(
        id=_id(span),
        parent=text(span.get("parentSpanId", span.get("parent_span_id"))),
        thread=next((found for name in _THREADS if (found := text(attributes.get(name)))), ""),
        kind=kind,
        name=_name(attributes, kind) or text(span.get("name")),
        began=moment(span.get("startTimeUnixNano", span.get("start_time_unix_nano"))),
        ended=moment(span.get("endTimeUnixNano", span.get("end_time_unix_nano"))),
        given=_given(attributes),
        gave=_gave(attributes),
        model=_model(attributes),
        usage=_usage(attributes),
        call=text(attributes.get("gen_ai.tool.call.id")) or text(attributes.get("tool_call.id")),
        arguments=json_in(_first(attributes, "gen_ai.tool.call.arguments", "tool.parameters", "input.value")),
        result=json_text(_first(attributes, "gen_ai.tool.call.result", "output.value") or ""),
        error=ending(error) if is_error else "",
        cost=number(_first(attributes, "gen_ai.usage.total_cost", "llm.cost.total")),
    )


def _kind(attributes: dict[str, Any], name: str) -> Kind:
    operation = text(attributes.get("gen_ai.operation.name")) or text(attributes.get("llm.request.type"))
    operation = operation or text(attributes.get("openinference.span.kind")).lower()
    operation = operation or text(attributes.get("traceloop.span.kind"))
    if operation in _MODELS:
        return Kind.MODEL
    if operation in ("execute_tool", "tool"):
        return Kind.TOOL
    if operation in ("invoke_agent", "agent"):
        return Kind.AGENT
    return Kind.MODEL if "gen_ai.request.model" in attributes and not operation else Kind.OTHER


def _name(attributes: dict[str, Any], kind: Kind) -> str:
    names = ("gen_ai.tool.name", "tool.name") if kind is Kind.TOOL else ("gen_ai.agent.name", "agent.name")
    return text(_first(attributes, *names, "traceloop.entity.name"))


def _model(attributes: dict[str, Any]) -> str:
    return text(_first(attributes, "gen_ai.response.model", "gen_ai.request.model", "llm.model_name"))


def _given(attributes: dict[str, Any]) -> list[Said]:
    found = json_in(_first(attributes, "gen_ai.input.messages", "gen_ai.prompt"))
    if found is None:
        found = numbered(attributes, "llm.input_messages.") or numbered(attributes, "gen_ai.prompt.")
    return read_messages(found)


def _gave(attributes: dict[str, Any]) -> list[Said]:
    found = json_in(_first(attributes, "gen_ai.output.messages", "gen_ai.completion"))
    if found is None:
        found = numbered(attributes, "llm.output_messages.") or numbered(attributes, "gen_ai.completion.")
    return [said._replace(role="assistant") for said in read_messages(found)]


def _usage(attributes: dict[str, Any]) -> TokenUsage | None:
    def count(*names: str) -> int | None:
        return whole(_first(attributes, *names))

    usage = TokenUsage(
        model=_model(attributes) or None,
        input_tokens=count("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.token_count.prompt"),
        output_tokens=count(
            "gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.token_count.completion"
        ),
        total_tokens=count("llm.usage.total_tokens", "llm.token_count.total"),
        reasoning_tokens=count(
            "gen_ai.usage.reasoning.output_tokens",
            "gen_ai.usage.output_tokens.reasoning",
            "llm.token_count.completion_details.reasoning",
        ),
        cached_input_tokens=count(
            "gen_ai.usage.cache_read.input_tokens",
            "gen_ai.usage.input_tokens.cached",
            "llm.token_count.prompt_details.cache_read",
        ),
    )
    return usage if usage.input_tokens is not None or usage.output_tokens is not None else None


def _first(attributes: dict[str, Any], *names: str) -> Any:
    return next((attributes[name] for name in names if attributes.get(name) not in (None, "")), None)


def _exception(span: dict[str, Any]) -> str:
    events = [event for event in mappings(span.get("events")) if event.get("name") == "exception"]
    return text(attributes_of(events[-1].get("attributes")).get("exception.message")) if events else ""
