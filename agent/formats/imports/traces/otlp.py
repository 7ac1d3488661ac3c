"""OpenTelemetry spans of agents as OTLP JSON: `{"resourceSpans": …}`, an export request a line or in one file.

The file format is https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/, the attributes those of the GenAI
semantic conventions (https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/), in their present names and in
the older `gen_ai.prompt.0.content`, or OpenInference's (https://github.com/Arize-ai/openinference/tree/main/spec).
"""

from typing import Any

import msgspec

from agent.events.types import Event, TokenUsage
from agent.formats.imports.records import Importer, Record, Timing
from agent.formats.imports.traces.messages import Said, read_messages
from agent.formats.imports.traces.spans import Kind, Span, tell_spans
from agent.formats.imports.values import ending, items, json_text, mapping, mappings, moment, number, text, whole

__all__ = ["Otlp"]

_MODELS = frozenset({"chat", "completion", "text_completion", "generate_content", "llm"})
_THREADS = ("gen_ai.conversation.id", "session.id", "langsmith.trace.session_id", "thread.id")


class Otlp(Importer):
    """All spans of one file: a session for each conversation that they name."""

    program = "opentelemetry"
    timing = Timing.SPANS
    gathers = True

    def __init__(self, *, is_live: bool = False) -> None:
        super().__init__(is_live=is_live)
        self._spans: list[Span] = []

    @classmethod
    def sniffs(cls, value: dict[str, Any]) -> bool:
        """An export request of spans."""
        return isinstance(value.get("resourceSpans", value.get("resource_spans")), list)

    def _kind(self, value: dict[str, Any]) -> str:
        return next(iter(value), super()._kind(value))[:80]

    def _tell(self, record: Record) -> bool:
        value = record.value
        for resource in mappings(value.get("resourceSpans", value.get("resource_spans"))):
            scopes = next((resource[name] for name in resource if name.lower().endswith("spans")), ())
            for scope in mappings(scopes):
                self._spans += map(_span, mappings(scope.get("spans")))
        return self.sniffs(value) or "resourceLogs" in value or "resourceMetrics" in value

    def end(self) -> list[Event]:
        """All that was recorded: spans come in the order of their ends."""
        tell_spans(self.telling, self._spans)
        return super().end()


def _span(span: dict[str, Any]) -> Span:
    attributes = _attributes(span.get("attributes"))
    for event in mappings(span.get("events")):  # where content is kept in the span's events
        if text(event.get("name")).startswith("gen_ai."):
            attributes = {**_attributes(event.get("attributes")), **attributes}
    status = mapping(span.get("status"))
    is_error = status.get("code") in (2, "STATUS_CODE_ERROR") or "error.type" in attributes
    error = text(status.get("message")) or text(attributes.get("error.type")) or _exception(span) or "it failed"
    kind = _kind(attributes, text(span.get("name")))
    return Span(
        id=text(span.get("spanId", span.get("span_id"))),
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
        arguments=_json(_first(attributes, "gen_ai.tool.call.arguments", "tool.parameters", "input.value")),
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
    found = _json(_first(attributes, "gen_ai.input.messages", "gen_ai.prompt"))
    if found is None:
        found = _numbered(attributes, "llm.input_messages.") or _numbered(attributes, "gen_ai.prompt.")
    return read_messages(found)


def _gave(attributes: dict[str, Any]) -> list[Said]:
    found = _json(_first(attributes, "gen_ai.output.messages", "gen_ai.completion"))
    if found is None:
        found = _numbered(attributes, "llm.output_messages.") or _numbered(attributes, "gen_ai.completion.")
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


def _json(value: Any) -> Any:
    """What an attribute holds that is JSON in a text; the text where it is none."""
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{"):
        try:
            return msgspec.json.decode(value)
        except (ValueError, RecursionError):
            return value
    return value


def _exception(span: dict[str, Any]) -> str:
    events = [event for event in mappings(span.get("events")) if event.get("name") == "exception"]
    return text(_attributes(events[-1].get("attributes")).get("exception.message")) if events else ""


def _attributes(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    return {text(item.get("key")): _any_value(mapping(item.get("value"))) for item in mappings(value)}


def _any_value(value: dict[str, Any]) -> Any:
    """OTLP's `AnyValue`: one field, named after its type."""
    kind, inner = next(iter(value.items()), ("", None))
    match kind:
        case "arrayValue" | "array_value":
            return [_any_value(item) for item in mappings(mapping(inner).get("values"))]
        case "kvlistValue" | "kvlist_value":
            return _attributes(mapping(inner).get("values"))
        case _:
            return inner


def _numbered(attributes: dict[str, Any], prefix: str) -> list[Any]:
    """The list that is spread over names like `prefix0.message.role`."""
    tree: dict[str, Any] = {}
    for name, value in attributes.items():
        if name.startswith(prefix):
            branch = tree
            *path, leaf = name[len(prefix) :].split(".")
            for part in path[:20]:
                branch = inner if isinstance(inner := branch.setdefault(part, {}), dict) else {}
            branch[leaf] = value
    return items(_lists(tree))


def _lists(value: Any) -> Any:
    """Objects whose keys are all numbers are lists."""
    if not isinstance(value, dict):
        return value
    if value and all(key.isdecimal() for key in value):
        return [_lists(value[key]) for key in sorted(value, key=int)]
    return {key: _lists(inner) for key, inner in value.items()}
