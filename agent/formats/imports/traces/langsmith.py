"""LangSmith's runs as JSON: a list of them, or one a line, as its API and its exports give them.

Shapes as in https://docs.langchain.com/langsmith/run-data-format: `run_type` `llm`, `tool` or `chain`, `start_time`,
`end_time`, `parent_run_id`, `inputs`, `outputs`, `error`. Of a streamed model call `events` notes each token with its
moment; then that is how the text came. An export of root runs alone has no model call in it: there a chain says what it
was given and what it gave.
"""

import re
from typing import Any

from agent.events.types import Event, TokenUsage
from agent.formats.imports.records import Importer, Record, Timing
from agent.formats.imports.traces.messages import Said, read_message, read_messages
from agent.formats.imports.traces.spans import Kind, Span, tell_spans
from agent.formats.imports.usage import openai_usage
from agent.formats.imports.values import ending, json_text, mapping, mappings, moment, text, whole

__all__ = ["LangSmith"]

_KINDS = {"llm": Kind.MODEL, "tool": Kind.TOOL}
_ROLES = {"System": "system", "Human": "user", "AI": "assistant"}
_ROLE = re.compile(r"^(System|Human|AI|Tool|Function): ", re.MULTILINE)
_GIVEN = ("messages", "prompts", "input", "question", "query")
_GAVE = ("output", "answer", "result")
_THREADS = ("thread_id", "session_id", "conversation_id")


class LangSmith(Importer):
    """All runs of one file: a session for each thread that their metadata name."""

    program = "langsmith"
    timing = Timing.SPANS
    gathers = True

    def __init__(self, *, is_live: bool = False) -> None:
        super().__init__(is_live=is_live)
        self._spans: list[Span] = []
        self._outputs: dict[str, dict[str, Any]] = {}
        """What chains without a parent gave, by their ids."""

    @classmethod
    def sniffs(cls, value: dict[str, Any]) -> bool:
        """A run, or a page of runs."""
        if isinstance(value.get("runs"), list):
            return any(cls.sniffs(run) for run in mappings(value["runs"]))
        return "run_type" in value and "start_time" in value

    def _kind(self, value: dict[str, Any]) -> str:
        return str(value.get("run_type") or super()._kind(value))[:80]

    def _tell(self, record: Record) -> bool:
        runs = [run for run in mappings(record.value.get("runs")) if "run_type" in run]
        if not runs and "run_type" in record.value:
            runs = [record.value]
        for run in runs:
            self._add(run)
        return bool(runs)

    def _add(self, run: dict[str, Any]) -> None:
        self._spans.append(span := _span(run))
        if span.kind is Kind.OTHER and not span.parent:
            self._outputs[span.id] = mapping(run.get("outputs"))
        for child in mappings(run.get("child_runs")):
            self._add(child)

    def end(self) -> list[Event]:
        """All that was recorded: runs come in any order."""
        if any(span.tokens for span in self._spans):
            self.telling.origin["timing"] = str(Timing.TOKENS)
        parents = {span.id: span.parent for span in self._spans}
        told = {span.parent for span in self._spans if span.kind is not Kind.OTHER}
        while more := {parents.get(name, "") for name in told} - told:
            told |= more
        for span in self._spans:
            if span.id in self._outputs and span.id not in told:
                span.gave = _gave_whole(self._outputs[span.id], len(span.given))
                span.kind = Kind.MODEL if span.given or span.gave else span.kind
        tell_spans(self.telling, self._spans)
        return super().end()


def _span(run: dict[str, Any]) -> Span:
    inputs, outputs = mapping(run.get("inputs")), mapping(run.get("outputs"))
    extra = mapping(run.get("extra"))
    metadata = mapping(extra.get("metadata"))
    kind = _KINDS.get(text(run.get("run_type")), Kind.OTHER)
    model = text(metadata.get("ls_model_name")) or text(mapping(extra.get("invocation_params")).get("model"))
    return Span(
        id=text(run.get("id")),
        parent=text(run.get("parent_run_id")),
        thread=next((found for name in _THREADS if (found := text(metadata.get(name)))), ""),
        kind=kind,
        name=text(run.get("name")),
        began=moment(run.get("start_time")),
        ended=moment(run.get("end_time")),
        given=_given(inputs),
        gave=_gave(outputs) if kind is Kind.MODEL else [],
        tokens=_tokens(run) if kind is Kind.MODEL else [],
        model=model,
        usage=_usage(run, outputs, model),
        call=_call_of(outputs),
        arguments=_arguments(inputs),
        result=_result(outputs),
        error=ending(text(run.get("error"))),
    )


def _given(inputs: dict[str, Any]) -> list[Said]:
    """What a run was given; a tracer that knows no messages has them as one text, each behind its role."""
    found = next((inputs[name] for name in _GIVEN if name in inputs), None)
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        return read_messages(found)
    said: list[Said] = []
    for prompt in found:
        before, *parts = _ROLE.split(prompt)
        said += [Said("user", before)] if before.strip() else []
        roles = zip(parts[::2], parts[1::2], strict=True)
        said += [Said(_ROLES[role], words.removesuffix("\n")) for role, words in roles if role in _ROLES]
    return said


def _messages(outputs: dict[str, Any]) -> list[Any]:
    """What a model gave, wherever the program that traced it put it."""
    generations = outputs.get("generations")
    while isinstance(generations, list) and generations and isinstance(generations[0], list):
        generations = generations[0]
    found: list[Any] = [mapping(each).get("message") or each for each in mappings(generations)]
    found += [mapping(choice).get("message") for choice in mappings(outputs.get("choices"))]
    if not found and ("content" in outputs or "tool_calls" in outputs):
        found = [outputs]
    return found or list(mappings(outputs.get("messages"))) or [outputs.get("output")]


def _gave(outputs: dict[str, Any]) -> list[Said]:
    said = [read_message(message) for message in mappings(_messages(outputs))]
    return [each._replace(role="assistant") for each in said]


def _gave_whole(outputs: dict[str, Any], given: int) -> list[Said]:
    """What a chain gave that was `given` so many messages, which stand before its own."""
    if messages := read_messages(outputs.get("messages")):
        return [said for said in messages[given:] if not said.is_question]
    answer = next((outputs[name] for name in _GAVE if name in outputs), None)
    return [said._replace(role="assistant") for said in read_messages(answer)]


def _tokens(run: dict[str, Any]) -> list[tuple[int | None, str]]:
    found = []
    for event in mappings(run.get("events")):
        token = mapping(event.get("kwargs")).get("token")
        if event.get("name") == "new_token" and isinstance(token, str) and token:
            found.append((moment(event.get("time")), token))
    return found


def _usage(run: dict[str, Any], outputs: dict[str, Any], model: str) -> TokenUsage | None:
    counts = {name: run.get(name) for name in ("prompt_tokens", "completion_tokens", "total_tokens")}
    told = openai_usage(counts, model) if any(whole(count) for count in counts.values()) else None
    found = [mapping(_inner(message).get("usage_metadata")) for message in mappings(_messages(outputs))]
    return told or next((usage for each in found if (usage := openai_usage(each, model))), None)


def _inner(message: dict[str, Any]) -> dict[str, Any]:
    return mapping(message.get("kwargs")) or message


def _call_of(outputs: dict[str, Any]) -> str:
    return text(_inner(mapping(outputs.get("output"))).get("tool_call_id"))


def _arguments(inputs: dict[str, Any]) -> Any:
    """A tool's arguments: LangChain writes them as Python's text of a dictionary, under `input`."""
    return inputs["input"] if set(inputs) == {"input"} else inputs


def _result(outputs: dict[str, Any]) -> str:
    output = outputs.get("output", outputs)
    if isinstance(output, dict):
        said = read_message(output)
        return said.results[0].content if said.results else json_text(output)
    return json_text(output) if output is not None else ""
