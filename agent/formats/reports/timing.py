"""Where the time of turns went, as objects for scripts: the names of the keys are a promise.

    turns        a list of spans; each has its status and cost_usd besides, and so has each step and model call its
                 cost_usd, where its usage and the price of its model are known
    span         kind, name, id, start (ISO 8601, UTC), offset_ms (from its turn's start), duration_ms, wait_ms (the
                 user was waited for), tokens (fragments that came), gaps, attributes, spans (those in it)
    gaps         p50_ms, p95_ms, longest_ms, stalls (a list of offset_ms, length_ms)
    attributes   by OpenTelemetry's names for generative AI
                 (https://opentelemetry.io/docs/specs/semconv/gen-ai/); `time_to_first_chunk` and
                 `time_per_output_chunk` in seconds, as there

Null is what is not known or not over yet.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from agent.conversation.prices import Price, step_cost
from agent.conversation.run import Run
from agent.conversation.turn.content import usage_of
from agent.events.types import TokenUsage
from agent.figures import iso_time
from agent.recordings.timing import Gaps, SpanKind, TimeSpan, timing_of

__all__ = ["timing_object"]

_OPERATIONS = {SpanKind.TURN: "invoke_agent", SpanKind.MODEL: "chat", SpanKind.TOOL: "execute_tool"}
_PREFIX = "gen_ai."


def timing_object(runs: Sequence[Run], price: Price | None = None) -> dict[str, Any]:
    """Where the time of `runs` went."""
    return {"turns": [_turn(run, price) for run in runs]}


def _turn(run: Run, price: Price | None) -> dict[str, Any]:
    span = _span(timing_of(run), run.started)
    span["attributes"] |= _usage(run.usage)
    for step, told in zip(run.steps, span["spans"], strict=True):
        usage = usage_of({"usage": step.usage})
        used = _usage([usage] if usage is not None else [])
        told["cost_usd"] = cost = _dollars(step_cost(price, run, step) if price is not None else None)
        for model in (child for child in told["spans"] if child["kind"] == SpanKind.MODEL):
            model["attributes"] |= used
            model["cost_usd"] = cost
    if run.model:
        span["attributes"][f"{_PREFIX}request.model"] = run.model
    return {**span, "status": str(run.status), "cost_usd": _dollars(price(run) if price is not None else None)}


def _usage(usage: Sequence[TokenUsage]) -> dict[str, int]:
    """What was counted, summed, by OpenTelemetry's names."""
    counts = {
        "usage.input_tokens": [use.input_tokens for use in usage],
        "usage.output_tokens": [use.output_tokens for use in usage],
    }
    known = {name: [count for count in some if count is not None] for name, some in counts.items()}
    return {f"{_PREFIX}{name}": sum(some) for name, some in known.items() if some}


def _dollars(cost: Decimal | None) -> float | None:
    return None if cost is None else float(cost)


def _span(span: TimeSpan, origin: float) -> dict[str, Any]:
    return {
        "kind": str(span.kind),
        "name": span.name,
        "id": span.id or None,
        "start": iso_time(span.start),
        "offset_ms": span.start - origin,
        "duration_ms": span.duration,
        "wait_ms": span.wait,
        "tokens": len(span.moments),
        "gaps": None if span.gaps is None else _gaps(span.gaps, origin),
        "attributes": _attributes(span),
        "spans": [_span(child, origin) for child in span.children],
    }


def _gaps(gaps: Gaps, origin: float) -> dict[str, Any]:
    return {
        "p50_ms": gaps.p50,
        "p95_ms": gaps.p95,
        "longest_ms": gaps.longest,
        "stalls": [{"offset_ms": stall.at - origin, "length_ms": stall.length} for stall in gaps.stalls],
    }


def _attributes(span: TimeSpan) -> dict[str, Any]:
    attributes: dict[str, Any] = {}
    if operation := _OPERATIONS.get(span.kind):
        attributes["operation.name"] = operation
    if span.kind is SpanKind.TOOL:
        attributes |= {"tool.name": span.name, "tool.call.id": span.id}
    if span.kind is SpanKind.MODEL:
        if span.name:
            attributes["request.model"] = span.name
        if span.first is not None:
            attributes["response.time_to_first_chunk"] = (span.first - span.start) / 1000
        if span.gaps is not None:
            attributes["response.time_per_output_chunk"] = span.gaps.p50 / 1000
    return {f"{_PREFIX}{name}": value for name, value in attributes.items()}
