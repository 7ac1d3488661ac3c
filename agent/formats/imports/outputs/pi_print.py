"""What `pi --mode json` prints.

Shapes as in `packages/agent/src/types.ts` and `packages/ai/src/types.ts` (https://github.com/badlogic/pi-mono): the
session's head, `agent_start` and `agent_end` around all that a question leads to, `message_start`, `message_update`
with the fragment that came, `message_end`, and the tools' `tool_execution_…`. A message tells when it began; fragments
have no moment but that of their arrival.
"""

from typing import Any

from agent.events.types import RETRY
from agent.formats.imports.programs.pi import Pi, words_of
from agent.formats.imports.records import Record, Timing
from agent.formats.imports.values import json_text, mapping, mappings, moment, text, whole

__all__ = ["PiPrint"]

_QUIET = frozenset(
    {
        "session",
        "agent_start",
        "turn_start",
        "turn_end",
        "tool_execution_update",
        "auto_retry_end",
        "auto_compaction_start",
    }
)
_KINDS = _QUIET | {"agent_end", "message_update", "tool_execution_start", "tool_execution_end", "auto_retry_start"}


class PiPrint(Pi):
    """One program's output: one session, a turn for each question."""

    live_timing = Timing.TOKENS

    def __init__(self, *, is_live: bool = False) -> None:
        super().__init__(is_live=is_live)
        self._parts: dict[int, str] = {}
        """What of the answer that comes is begun, by its place: the ids that it is told under."""
        self._is_streamed = False
        """Whether any of it came in fragments."""
        self._is_answering = False
        self._stop = ""
        """Why the last answer ended."""

    @classmethod
    def sniffs(cls, value: dict[str, Any]) -> bool:
        """A record of one of its kinds, with what it has."""
        match value.get("type"):
            case "agent_start" | "turn_start":
                return len(value) == 1
            case "message_update":
                return "assistantMessageEvent" in value
            case "tool_execution_start" | "tool_execution_end" | "tool_execution_update":
                return "toolCallId" in value and "toolName" in value
            case "message_start" | "message_end":
                return "role" in mapping(value.get("message")) and "timestamp" in mapping(value.get("message"))
            case _:
                return False

    def _tell(self, record: Record) -> bool:
        value, arrived = record.value, record.arrived
        message = mapping(value.get("message"))
        at = moment(message.get("timestamp")) if arrived is None else arrived
        match value.get("type"):
            case "session":
                self._head(value)
            case "message_start" if message.get("role") == "assistant":
                self._begin(message, at)
            case "message_start":
                return True
            case "message_update":
                return self._fragment(mapping(value.get("assistantMessageEvent")), arrived)
            case "message_end":
                return self._end_message(message, at)
            case "tool_execution_start" | "tool_execution_end":
                self._tool(value, arrived)
            case "agent_end" | "auto_retry_start" | "auto_compaction_end" as kind:
                self._turn(kind, value, arrived)
            case kind:
                return text(kind) in _QUIET
        return True

    def _tool(self, value: dict[str, Any], at: int | None) -> None:
        telling, id = self.telling, text(value.get("toolCallId"))
        if value.get("type") == "tool_execution_end":
            gave = words_of(mapping(value.get("result")).get("content"))
            telling.result(id, gave, at, is_error=value.get("isError") is True)
            return
        if not telling.knows_call(id):
            telling.call(id, text(value.get("toolName")), value.get("args") or {}, at)
        telling.start_tool(id, at)

    def _turn(self, kind: str, value: dict[str, Any], at: int | None) -> None:
        """What becomes of the turn."""
        if kind == "auto_compaction_end":
            summary = text(mapping(value.get("result")).get("summary"))
            self.telling.activity("COMPACTION", {"summary": summary}, at)
        elif kind == "auto_retry_start":
            facts = {name: whole(value.get(name)) for name in ("attempt", "maxAttempts", "delayMs")}
            told = {name: fact for name, fact in facts.items() if fact is not None}
            self.telling.custom(RETRY, {**told, "reason": text(value.get("errorMessage"))}, at)
        elif self._stop not in ("error", "aborted"):  # which may be tried again, or is told
            self.telling.finish(at)

    def _begin(self, message: dict[str, Any], at: int | None) -> None:
        self._begin_answer(message, at)
        self._parts, self._is_streamed, self._is_answering = {}, False, True

    def _end_message(self, message: dict[str, Any], at: int | None) -> bool:
        if message.get("role") != "assistant":
            return self._message(message, at)
        if not self._is_answering:
            self._begin(message, at)
        self._is_answering = False
        self._stop = text(message.get("stopReason"))
        return self._answer(message, at, is_told=self._is_streamed)

    def _fragment(self, event: dict[str, Any], at: int | None) -> bool:
        """The next piece of an answer."""
        telling, place, delta = self.telling, whole(event.get("contentIndex")) or 0, text(event.get("delta"))
        kind = text(event.get("type"))
        part, _, what = kind.rpartition("_")
        if part not in ("text", "thinking", "toolcall") or what not in ("start", "delta", "end"):
            return kind in ("start", "done", "error")
        telling.ensure_step(at)
        self._is_streamed = True
        if (told := self._parts.get(place)) is None:
            if what == "end" and part == "toolcall":
                call = mapping(event.get("toolCall"))
                telling.call(text(call.get("id")), text(call.get("name")), call.get("arguments") or {}, at)
                self._parts[place] = ""
                return True
            told = self._parts[place] = self._begin_part(part, event, place, at)
        add = {"text": telling.add_text, "thinking": telling.add_reasoning, "toolcall": telling.add_arguments}[part]
        end = {"text": telling.end_text, "thinking": telling.end_reasoning, "toolcall": telling.end_call}[part]
        if what == "delta":
            add(told, delta, at)
        elif what == "end" and told:
            end(told, at)
            self._parts[place] = ""
        return True

    def _begin_part(self, part: str, event: dict[str, Any], place: int, at: int | None) -> str:
        if part != "toolcall":
            return (self.telling.begin_text if part == "text" else self.telling.begin_reasoning)(at)
        blocks = list(mappings(mapping(event.get("partial")).get("content")))
        call = blocks[place] if place < len(blocks) else {}
        return self.telling.begin_call(text(call.get("id")), text(call.get("name")) or json_text(place), at)
