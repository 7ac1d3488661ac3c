"""What `codex exec --json` prints.

Shapes as in `codex-rs/exec/src/exec_events.rs` (https://github.com/openai/codex): `thread.started`, then for each turn
`turn.started`, items, and `turn.completed` with the usage or `turn.failed`. An item is told by `item.started`,
`.updated` and `.completed`, whole each time; the first versions called its type `item_type`. Neither the question nor
the model is printed, and no record has a moment: through a pipe the moment of arrival is one, in a file there is none.
"""

from typing import Any

from agent.events.types import RunErrorCode, TokenUsage
from agent.formats.imports.records import Importer, Record, Timing
from agent.formats.imports.usage import openai_usage
from agent.formats.imports.values import ending, items, json_text, mapping, mappings, text, whole

__all__ = ["CodexExec"]

_CALLS = {
    "command_execution": ("shell", ("command",)),
    "file_change": ("apply_patch", ("changes",)),
    "web_search": ("web_search", ("query", "action")),
    "collab_tool_call": ("", ("prompt", "receiver_thread_ids")),
}
"""Items that are calls: the tool, and the fields that are its arguments."""
_QUIET = frozenset({"todo_list"})
_ENDED = frozenset({"completed", "failed", "declined"})


class CodexExec(Importer):
    """One program's output: a thread, and a turn for each time it was asked."""

    program = "codex"
    timing = Timing.NONE
    live_timing = Timing.BLOCKS

    def __init__(self, *, is_live: bool = False) -> None:
        super().__init__(is_live=is_live)
        self._called: set[str] = set()
        """Items whose call was told."""
        self._turns = 0
        self._had_result = False

    @classmethod
    def sniffs(cls, value: dict[str, Any]) -> bool:
        """The head, or an item with its id and type."""
        if value.get("type") in ("thread.started", "turn.started", "turn.completed"):
            return isinstance(value.get("thread_id"), str)
        item = mapping(value.get("item"))
        return text(value.get("type")).startswith("item.") and "id" in item and ("type" in item or "item_type" in item)

    def _kind(self, value: dict[str, Any]) -> str:
        inner = _type_of(mapping(value.get("item")))
        return f"{super()._kind(value)}/{inner}"[:80] if inner else super()._kind(value)

    def _tell(self, record: Record) -> bool:
        value, at, telling = record.value, record.arrived, self.telling
        match value.get("type"):
            case "thread.started":
                telling.be_session(text(value.get("thread_id")))
            case "turn.started":
                telling.begin("", at)
                self._turns += 1
                self._had_result = False
            case "turn.completed":
                telling.use(f"turn {self._turns}", _usage(mapping(value.get("usage"))))
                if value.get("status") in ("failed", "interrupted"):
                    self._failed(value, at)
                else:
                    telling.finish(at)
            case "turn.failed":
                self._failed(value, at)
            case "error":
                telling.ensure_run(at)
                telling.activity("ERROR", {"message": text(value.get("message"))}, at)
                telling.expect_failure(ending(text(value.get("message"))))
            case "item.started" | "item.updated" | "item.completed" as kind:
                return self._item(mapping(value.get("item")), kind == "item.completed", at)
            case _:
                return False
        return True

    def _failed(self, value: dict[str, Any], at: int | None) -> None:
        self.telling.ensure_run(at)
        message = ending(text(mapping(value.get("error")).get("message")))
        if value.get("status") == "interrupted":
            self.telling.fail(message or "Cancelled.", RunErrorCode.CANCELLED, at)
            return
        self.telling.expect_failure(message)
        self.telling.conclude(at)

    def _item(self, item: dict[str, Any], is_over: bool, at: int | None) -> bool:
        telling, id = self.telling, text(item.get("id"))
        match _type_of(item):
            case "agent_message" | "assistant_message" if is_over:
                self._speak(at)
                telling.text(text(item.get("text")), at, id=f"{telling.run_id}:{id}" if id else "")
            case "reasoning" if is_over:
                self._speak(at)
                telling.reasoning(text(item.get("text")), at)
            case "mcp_tool_call" | "command_execution" | "file_change" | "web_search" | "collab_tool_call":
                self._call(item, is_over, at)
            case "error" if is_over:
                telling.ensure_run(at)
                telling.activity("ERROR", {"message": text(item.get("message"))}, at)
            case "agent_message" | "assistant_message" | "reasoning" | "error":
                return True
            case kind:
                return kind in _QUIET
        return True

    def _speak(self, at: int | None) -> None:
        """The model says something: in the step that goes on, or in the next one behind a result."""
        if self._had_result:
            self.telling.step(at)
            self._had_result = False
        self.telling.ensure_step(at)

    def _call(self, item: dict[str, Any], is_over: bool, at: int | None) -> None:
        telling = self.telling
        self.telling.ensure_run(at)
        key = f"{telling.run_id}:{text(item.get('id'))}"  # ids begin anew with each turn
        if key not in self._called:
            self._called.add(key)
            self._speak(at)
            name, arguments = _asked(item)
            telling.call(key, name, arguments, at)
            telling.start_tool(key, at)
        if is_over or text(item.get("status")) in _ENDED:
            is_error = item.get("status") in ("failed", "declined") or bool(item.get("error"))
            self._had_result = telling.result(key, _gave(item), at, is_error=is_error) or self._had_result


def _type_of(item: dict[str, Any]) -> str:
    return text(item.get("type")) or text(item.get("item_type"))


def _asked(item: dict[str, Any]) -> tuple[str, Any]:
    """The tool that an item calls, and with what."""
    if _type_of(item) == "mcp_tool_call":
        name = ".".join(filter(None, (text(item.get("server")), text(item.get("tool")))))
        return name, mapping(item.get("arguments"))
    name, fields = _CALLS[_type_of(item)]
    return name or text(item.get("tool")) or _type_of(item), {one: item[one] for one in fields if one in item}


def _gave(item: dict[str, Any]) -> str:
    """What a tool gave, as far as it is printed."""
    if error := item.get("error"):
        return text(mapping(error).get("message")) or json_text(error)
    if "aggregated_output" in item:
        code = whole(item.get("exit_code"))
        shown = text(item.get("aggregated_output"))
        return shown if code is None or shown else f"exit code {code}"
    result = mapping(item.get("result"))
    parts = [text(part.get("text")) or json_text(part) for part in mappings(result.get("content"))]
    if parts or not result:
        return "\n".join(parts)
    return json_text(item["result"])


def _usage(usage: dict[str, Any]) -> TokenUsage | None:
    given = {**usage, "input_tokens_details": {"cached_tokens": usage.get("cached_input_tokens")}}
    if thought := whole(usage.get("reasoning_output_tokens")):
        given["output_tokens_details"] = {"reasoning_tokens": thought}
    return openai_usage(given) if items([*usage]) else None
