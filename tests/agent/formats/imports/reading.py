"""How the tests read a sample: its records, what an importer made of them, and that as a story to be compared."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from agent.conversation.items import Message, Reasoning, ToolCall
from agent.conversation.reducer import Conversation
from agent.conversation.run import Run, Step
from agent.events.types import Event, RunFinished, RunStarted
from agent.formats.imports.conversion import Conversion
from agent.formats.imports.records import Importer, Record
from agent.formats.imports.sniffing import sniff

SAMPLES = Path(__file__).parent / "samples"


def records(sample: Path) -> list[dict[str, Any]]:
    """The records of a sample: a line each, or the whole of it."""
    data = sample.read_bytes()
    if sample.suffix == ".json":
        whole = msgspec.json.decode(data)
        return whole if isinstance(whole, list) else [whole]
    return [msgspec.json.decode(line) for line in data.splitlines()]


def importer_of(values: Sequence[Any], *, is_live: bool = False) -> Importer:
    """The importer that takes these records for its own."""
    found = sniff(values)
    assert found is not None
    return found(is_live=is_live)


def events(values: Sequence[Any], importer: Importer | None = None, *, ends: bool = True) -> list[Event]:
    """What an importer makes of records."""
    importer = importer or importer_of(values)
    found = [event for number, value in enumerate(values, 1) for event in importer.tell(Record(value, number))]
    return found + (importer.end() if ends else [])


def lines(values: Sequence[Any]) -> bytes:
    """The whole stream, as it is written."""
    conversion = Conversion(importer_of(values))
    found: list[tuple[bytes, Event]] = []
    for number, value in enumerate(values, 1):
        found += conversion.add(value, msgspec.json.encode(value), number)
    return b"".join(raw + b"\n" for raw, _ in [*found, *conversion.end()])


def story(values: Sequence[Any]) -> str:
    """A session as it is shown, its times in ms from the first, and what was not understood."""
    importer = importer_of(values)
    told = events(values, importer)
    began = next((event.timestamp for event in told if event.timestamp is not None), 0)
    conversation = Conversation(told)
    starts = [event for event in told if isinstance(event, RunStarted)]
    ends = [event.metadata for event in told if isinstance(event, RunFinished)]
    out = [f"from {importer.program}, {importer.telling.origin['timing']}: {importer.telling.title or 'untitled'}"]
    out += [f"{name} {value}" for name, value in importer.telling.origin.items() if name not in ("program", "timing")]
    for run, start in zip(conversation.runs, starts, strict=True):
        out += _run(run, start, float(began))
    out += [f"costs {facts['costUsd']}" for facts in ends if facts and "costUsd" in facts]
    out += importer.counts.problems()
    return "\n".join(out) + "\n"


def _run(run: Run, start: RunStarted, began: float) -> Iterable[str]:
    asked = start.input.messages[-1].content if start.input and start.input.messages else None
    after = f" (back to {start.parent_run_id})" if start.parent_run_id else ""
    thread = "" if start.thread_id == start.metadata["origin"].get("session") else f" [{start.thread_id}]"  # type: ignore[index]
    yield f"{_at(run.started, began)} ? {asked if isinstance(asked, list) else run.question}{after}{thread}"
    for step in run.steps:
        yield from _step(step, began)
    for activity in run.activities:
        yield f"          * {activity.type} {activity.content}"
    use = ", ".join(f"{use.input_tokens} in {use.output_tokens} out {use.model}" for use in run.usage)
    yield f"{_at(run.ended, began)} = {run.status}{f': {run.error}' if run.error else ''}{f' ({use})' if use else ''}"


def _step(step: Step, began: float) -> Iterable[str]:
    yield f"{_at(step.started, began)}   {step.title}"
    for item in step.items:
        match item:
            case ToolCall():
                spent = "" if item.duration_ms is None else f" {item.duration_ms:.0f} ms"
                yield f"{_at(item.started, began)}     {item.name} {item.fragments.text}"
                yield f"{_at(item.ended, began)}       {item.status}{spent}: {item.result!r}"
            case Message():
                yield f"{_at(item.started, began)}     {item.kind}: {'|'.join(item.fragments.pieces)}"
            case Reasoning():
                yield f"{_at(item.started, began)}     thinks: {'|'.join(item.fragments.pieces)}"


def _at(moment: float | None, began: float) -> str:
    return "      -" if moment is None else f"{moment - began:7.0f}"
