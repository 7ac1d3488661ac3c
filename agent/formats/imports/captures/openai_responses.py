"""The events of a Responses stream (https://platform.openai.com/docs/api-reference/responses-streaming), told.

`response.created`, then for each item `response.output_item.added`, deltas, `response.output_item.done`, and at the
end `response.completed`, `.incomplete` or `.failed` with the usage. What an item's deltas did not say its end says.
"""

from typing import Any

from agent.events.types import RunErrorCode
from agent.formats.imports.records import Importer, Record, Timing
from agent.formats.imports.telling import Telling
from agent.formats.imports.usage import openai_usage
from agent.formats.imports.values import ending, json_text, mapping, mappings, text

__all__ = ["OpenAIResponses", "ResponsesStream"]

_TEXT = frozenset({"response.output_text.delta", "response.refusal.delta"})
_REASONING = frozenset({"response.reasoning_text.delta", "response.reasoning_summary_text.delta"})
_ARGUMENTS = (
    "response.function_call_arguments.delta",
    "response.custom_tool_call_input.delta",
    "response.mcp_call_arguments.delta",
)
_CALLS = frozenset({"function_call", "custom_tool_call", "mcp_call", "local_shell_call", "computer_call", "shell_call"})


class ResponsesStream:
    """One response after the other, fragment by fragment."""

    def __init__(self, telling: Telling) -> None:
        self._telling = telling
        self._model = ""
        self._items: dict[str, tuple[str, str]] = {}
        """The open items by their id: the kind, and the id they are told under."""
        self._said: set[str] = set()
        """Items of which a fragment was told."""

    def tell(self, event: dict[str, Any], at: int | None) -> bool:
        """Tell the next event, or a whole response; gives whether it was understood."""
        kind, response = text(event.get("type")), mapping(event.get("response"))
        if event.get("object") == "response":
            self._whole(event, at)
        elif kind == "response.created":
            self._begin(response, at)
        elif kind == "response.output_item.added":
            self._open(mapping(event.get("item")), at)
        elif kind == "response.output_item.done":
            self._close(mapping(event.get("item")), at)
        elif kind in ("response.completed", "response.incomplete", "response.failed"):
            self._end(response, at)
        elif kind == "error":
            error = mapping(event.get("error")) or event
            self._telling.ensure_run(at)
            self._telling.expect_failure(ending(text(error.get("message")) or json_text(error)))
        elif kind.endswith(".delta"):
            return self._add(kind, event, at)
        else:
            return kind.startswith("response.") or kind == "keepalive"
        return True

    def _begin(self, response: dict[str, Any], at: int | None) -> None:
        self._model = text(response.get("model"))
        self._telling.model = self._telling.model or self._model
        self._telling.step(at)

    def _open(self, item: dict[str, Any], at: int | None) -> None:
        telling, id = self._telling, text(item.get("id"))
        telling.ensure_step(at)
        match item.get("type"):
            case "message":
                self._items[id] = "text", telling.begin_text(at, id=id)
            case "reasoning":
                self._items[id] = "reasoning", telling.begin_reasoning(at, id=id)
            case str(kind) if kind in _CALLS or kind.endswith("_call"):
                name = text(item.get("name")) or kind.removesuffix("_call")
                self._items[id] = "call", telling.begin_call(text(item.get("call_id")) or id, name, at)
            case _:
                pass

    def _add(self, event_kind: str, event: dict[str, Any], at: int | None) -> bool:
        id, delta = text(event.get("item_id")), text(event.get("delta"))
        kind, told = self._items.get(id, ("", ""))
        if event_kind in _TEXT and kind == "text":
            self._telling.add_text(told, delta, at)
        elif event_kind in _REASONING and kind == "reasoning":
            # Several summaries of one item follow each other like paragraphs.
            part = f"{id}:{event.get('summary_index', event.get('content_index', 0))}"
            gap = "\n\n" if id in self._said and part not in self._said else ""
            self._said.add(part)
            self._telling.add_reasoning(told, gap + delta, at)
        elif event_kind in _ARGUMENTS and kind == "call":
            self._telling.add_arguments(told, delta, at)
        else:
            return event_kind.startswith("response.")
        if delta:
            self._said.add(id)
        return True

    def _close(self, item: dict[str, Any], at: int | None) -> None:
        id = text(item.get("id"))
        if id not in self._items:
            self._open(item, at)
        kind, told = self._items.pop(id, ("", ""))
        telling, is_new = self._telling, id not in self._said
        if kind == "text":
            telling.add_text(told, _words(item) if is_new else "", at)
            telling.end_text(told, at)
        elif kind == "reasoning":
            telling.add_reasoning(told, _summary(item) if is_new else "", at)
            telling.end_reasoning(told, at)
        elif kind == "call":
            given = item.get("arguments", item.get("input", item.get("action")))
            telling.add_arguments(told, json_text({} if given is None else given) if is_new else "", at)
            telling.end_call(told, at)
            self._result(text(item.get("call_id")) or id, item, at)

    def _result(self, call: str, item: dict[str, Any], at: int | None) -> None:
        """What a tool gave that ran at the provider."""
        if item.get("error"):
            self._telling.result(call, json_text(item["error"]), at, is_error=True)
        elif item.get("output") is not None:
            self._telling.result(call, json_text(item["output"]), at)
        elif text(item.get("type")) not in _CALLS and item.get("status") == "completed":
            found = item.get("results", item.get("outputs"))
            self._telling.result(call, "" if found is None else json_text(found), at)

    def _whole(self, response: dict[str, Any], at: int | None) -> None:
        self._begin(response, at)
        for item in mappings(response.get("output")):
            self._close(item, at)
        self._end(response, at)

    def _end(self, response: dict[str, Any], at: int | None) -> None:
        id = text(response.get("id")) or "response"
        self._telling.use(id, openai_usage(response.get("usage"), text(response.get("model")) or self._model))
        if error := mapping(response.get("error")):
            self._telling.ensure_run(at)
            self._telling.expect_failure(ending(text(error.get("message")) or json_text(error)))
        elif response.get("status") == "incomplete" and self._telling.is_writing:
            self._telling.fail("The answer was cut at the model's limit.", RunErrorCode.TRUNCATED, at)


class OpenAIResponses(Importer):
    """A captured stream of responses; the questions are in the requests, which it does not hold."""

    program = "openai-responses"
    timing = Timing.NONE
    live_timing = Timing.TOKENS

    def __init__(self, *, is_live: bool = False) -> None:
        super().__init__(is_live=is_live)
        self._stream = ResponsesStream(self.telling)

    @classmethod
    def sniffs(cls, value: dict[str, Any]) -> bool:
        """An event of a response, or a whole one."""
        if value.get("object") == "response":
            return isinstance(value.get("output"), list)
        return text(value.get("type")).startswith("response.")

    def _tell(self, record: Record) -> bool:
        return self._stream.tell(record.value, record.arrived)


def _words(item: dict[str, Any]) -> str:
    return "".join(text(part.get("text")) or text(part.get("refusal")) for part in mappings(item.get("content")))


def _summary(item: dict[str, Any]) -> str:
    parts = list(mappings(item.get("content"))) or list(mappings(item.get("summary")))
    return "\n\n".join(text(part.get("text")) for part in parts)
