"""Codex's rollouts: `~/.codex/sessions/YYYY/MM/DD/rollout-….jsonl`, one `{timestamp, type, payload}` a line.

The shapes are those of `codex-rs/protocol/src/protocol.rs` and `models.rs` (https://github.com/openai/codex), versions
0.2 to 0.150. Two logs stand in one file: `response_item` is what the model was given and gave, `event_msg` what the
screen was told. Most things are in both, in either order; each is told once. Results are what the model was given;
their exit codes and durations come from either log. The first files had no envelope and no second log. A message has
one moment, and so has each item in it; a file that was resumed gives all it took over the moment of the resumption.
"""

from collections import Counter
from typing import Any

from agent.events.types import RunErrorCode, TokenUsage
from agent.formats.imports.content import Attached, question
from agent.formats.imports.programs.codex_items import Outcome, arguments_of, outcome_of, said, scaffold
from agent.formats.imports.records import Importer, Record, Timing
from agent.formats.imports.usage import openai_usage
from agent.formats.imports.values import ending, items, mapping, mappings, text, whole

__all__ = ["Codex"]

_ENVELOPES = frozenset({"session_meta", "turn_context", "response_item", "event_msg", "compacted"})
_ITEMS = frozenset({"message", "reasoning", "function_call", "function_call_output", "local_shell_call"})
_QUIET_ITEMS = frozenset({"ghost_snapshot", "compaction", "compaction_summary", "compaction_trigger", "other"})
_QUIET_EVENTS = frozenset({"thread_name_updated", "thread_rolled_back", "thread_goal_updated", "context_compacted"})
_QUIET_STEMS = (
    "collab_", "deprecation_", "entered_", "exec_", "exited_", "hook_", "image_", "item_", "mcp_", "patch_", "plan_",
    "realtime_", "session_", "sub_agent_", "thread_", "turn_diff", "undo_", "view_image", "web_search_",
)  # fmt: skip
"""Beginnings of events that repeat an item, or say nothing of the conversation."""


class Codex(Importer):
    """One session; a sub-agent's is a session of its own, with its `parent`."""

    program = "codex"
    timing = Timing.ITEMS

    def __init__(self, *, is_live: bool = False) -> None:
        super().__init__(is_live=is_live)
        self._heard: Counter[tuple[str, str, str]] = Counter()
        """What one log told and the other has not yet: log, kind and text."""
        self._outcomes: dict[str, Outcome] = {}
        """How tools ended of which no result came yet, by the call."""
        self._had_result = False
        """Whether a tool has ended since the model spoke: what it says next is another step."""
        self._is_task = False
        """Whether the program said that a turn goes on, so that what the user says is said into it."""
        self._total: int | None = None

    @classmethod
    def sniffs(cls, value: dict[str, Any]) -> bool:
        """The envelope, or of the first versions the session's head or an item as it is."""
        if text(value.get("type")) in _ENVELOPES:
            return isinstance(value.get("payload"), dict)
        if value.get("record_type") == "state":
            return True
        if text(value.get("type")) in _ITEMS and (
            isinstance(value.get("content"), list) or "call_id" in value or "summary" in value
        ):
            return True
        return "type" not in value and {"id", "timestamp", "instructions"} <= value.keys()

    def _kind(self, value: dict[str, Any]) -> str:
        inner = mapping(value.get("payload")).get("type")
        return f"{super()._kind(value)}/{inner}"[:80] if inner else super()._kind(value)

    def _tell(self, record: Record) -> bool:
        value = record.value
        at = record.at
        payload = mapping(value.get("payload"))
        match value.get("type"):
            case "session_meta":
                self._session(payload)
            case "turn_context":
                self.telling.model = text(payload.get("model")) or self.telling.model
            case "response_item":
                return self._item(payload, at)
            case "event_msg":
                return self._event(payload, at)
            case "compacted":
                self.telling.activity("COMPACTION", {"summary": text(payload.get("message"))}, at)
            case str(kind) if kind in _ITEMS:
                return self._item(value, at)
            case None if "id" in value or "record_type" in value:
                self._session(value)
            case kind:
                return kind == "world_state"
        return True

    def _session(self, payload: dict[str, Any]) -> None:
        origin = self.telling.origin
        if "session" in origin:  # a fork repeats its parent's head
            return
        spawn = mapping(mapping(mapping(payload.get("source")).get("subagent")).get("thread_spawn"))
        asked_by = text(spawn.get("parent_thread_id")) or text(payload.get("parent_thread_id"))
        found = {
            "session": text(payload.get("id")) or text(payload.get("session_id")),
            "version": text(payload.get("cli_version")),
            "folder": text(payload.get("cwd")),
            "parent": asked_by or text(payload.get("forked_from_id")),  # a sub-agent's may be a fork of another
        }
        origin.update({name: value for name, value in found.items() if value})
        self.telling.thread_id = found["session"] or self.telling.thread_id

    # What the model was given and gave

    def _item(self, item: dict[str, Any], at: int | None) -> bool:
        match item.get("type", "message" if "role" in item else None):
            case "message":
                self._message(item, at)
            case "reasoning":
                pieces = list(mappings(item.get("content"))) or list(mappings(item.get("summary")))
                for piece in pieces:
                    self._say("reasoning", text(piece.get("text")), at, log="item")
            case "function_call" | "custom_tool_call" | "local_shell_call" | "tool_search_call":
                self._call(item, at)
            case "web_search_call" | "image_generation_call":
                self._provider_call(item, at)
            case "function_call_output" | "custom_tool_call_output" | "tool_search_output":
                self._result(text(item.get("call_id")), item.get("output", item.get("tools")), at)
            case kind:
                return text(kind) in _QUIET_ITEMS
        return True

    def _message(self, item: dict[str, Any], at: int | None) -> None:
        words = said(item.get("content"))
        if item.get("role") == "assistant":
            self._say("assistant", words, at, log="item", id=text(item.get("id")))
        elif item.get("role") == "user" and not scaffold(words):  # all other roles instruct
            images = sum(part.get("type") == "input_image" for part in mappings(item.get("content")))
            self._ask(words, images, at, log="item")

    def _call(self, item: dict[str, Any], at: int | None) -> None:
        self._speak(at)
        name = text(item.get("name")) or text(item.get("type")).removesuffix("_call")
        if space := text(item.get("namespace")):
            name = f"{space}{'' if space.endswith(('_', '.')) else '.'}{name}"
        self.telling.call(text(item.get("call_id")) or text(item.get("id")), name, arguments_of(item), at)

    def _provider_call(self, item: dict[str, Any], at: int | None) -> None:
        """A tool that runs at the provider, which keeps the result to itself."""
        self._speak(at)
        id, kind = text(item.get("id")), text(item.get("type")).removesuffix("_call")
        self.telling.call(id, kind, item.get("action") or {}, at)
        if id and item.get("status") == "completed":
            self.telling.result(id, "", at)

    def _result(self, call: str, output: Any, at: int | None) -> None:
        outcome = outcome_of(output, self._outcomes.pop(call, None))
        if self.telling.result(call, outcome.content, at, is_error=outcome.is_error, duration=outcome.duration):
            self._had_result = True

    def _speak(self, at: int | None) -> None:
        """The model says something: in the step that goes on, or in the next one behind a result."""
        if self._had_result:
            self.telling.step(at)
            self._had_result = False
        self.telling.ensure_step(at)

    def _say(self, kind: str, words: str, at: int | None, *, log: str, id: str = "") -> None:
        if not words or self._was_heard(log, kind, words):
            return
        self._speak(at)
        if kind == "reasoning":
            self.telling.reasoning(words, at)
        else:
            self.telling.text(words, at, id=id)

    def _was_heard(self, log: str, kind: str, words: str) -> bool:
        """Whether the other log has told this; else it is noted for that one."""
        other = ("event" if log == "item" else "item", kind, words.strip())
        if self._heard[other]:
            self._heard[other] -= 1
            return True
        self._heard[log, kind, words.strip()] += 1
        return False

    def _ask(self, words: str, images: int, at: int | None, *, log: str) -> None:
        if self._was_heard(log, "user", words):
            return
        if self.telling.run_id is not None and self._is_task and self.telling.is_asked:
            self.telling.text(words, at, role="user")  # said while the model was at work
            return
        heard = self._heard[log, "user", words.strip()]
        self._heard.clear()
        self._heard[log, "user", words.strip()] = heard
        self._had_result = False
        self.telling.begin(question(words, [Attached("image/*")] * images), at)

    # What the screen was told

    def _event(self, event: dict[str, Any], at: int | None) -> bool:
        match event.get("type"):
            case "user_message":
                if not scaffold(text(event.get("message"))):
                    self._ask(text(event.get("message")), len(items(event.get("images"))), at, log="event")
            case "agent_message":
                self._say("assistant", text(event.get("message")), at, log="event")
            case "agent_reasoning" | "agent_reasoning_raw_content":
                self._say("reasoning", text(event.get("text")), at, log="event")
            case "token_count":
                self._count(mapping(event.get("info")))
            case "exec_command_end" | "mcp_tool_call_end" | "patch_apply_end":
                self._ended(event)
            case str(kind):
                return self._turn(kind, event, at) or kind in _QUIET_EVENTS or kind.startswith(_QUIET_STEMS)
            case _:
                return False
        return True

    def _turn(self, kind: str, event: dict[str, Any], at: int | None) -> bool:
        """What becomes of the turn; gives whether it was about that."""
        telling, words = self.telling, text(event.get("message"))
        match kind:
            case "task_started" | "turn_started":
                telling.conclude()
                self._is_task = True
            case "task_complete" | "turn_complete":
                self._is_task = False
                self._leave_outcomes(at)
                telling.finish(at)
            case "turn_aborted":
                self._is_task = False
                self._leave_outcomes(at)
                telling.fail(_aborted(text(event.get("reason"))), RunErrorCode.CANCELLED, at)
            case "error" | "stream_error":
                telling.ensure_run(at)
                telling.activity("ERROR", {"message": words}, at)
                telling.expect_failure(ending(words))
            case "warning" | "background_event":
                telling.activity("NOTE", {"message": words}, at)
            case _:
                return False
        return True

    def _count(self, info: dict[str, Any]) -> None:
        """A count comes after each model call, and again where only a limit has changed."""
        total = whole(mapping(info.get("total_token_usage")).get("total_tokens"))
        if total is None or total == self._total or self.telling.run_id is None:
            return
        self._total = total
        last = mapping(info.get("last_token_usage"))
        usage = openai_usage(last, self.telling.model)
        if usage is not None:
            cached, reasoned = whole(last.get("cached_input_tokens")), whole(last.get("reasoning_output_tokens"))
            self.telling.use(str(total), _with(usage, cached, reasoned))

    def _ended(self, event: dict[str, Any]) -> None:
        call, outcome = text(event.get("call_id")), outcome_of(event)
        if self.telling.is_waiting(call):
            self._outcomes[call] = outcome

    def _leave_outcomes(self, at: int | None) -> None:
        """Tools that ended and whose result the model was never given."""
        for call, outcome in self._outcomes.items():
            self.telling.result(call, outcome.content, at, is_error=outcome.is_error, duration=outcome.duration)
        self._outcomes.clear()

    def end(self) -> list[Any]:
        """As of any importer, with the results that only the screen was told."""
        self._leave_outcomes(None)
        return super().end()


def _with(usage: TokenUsage, cached: int | None, reasoned: int | None) -> TokenUsage:
    return TokenUsage(
        model=usage.model,
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        total_tokens=usage.total_tokens,
        reasoning_tokens=reasoned,
        cached_input_tokens=cached,
    )


def _aborted(reason: str) -> str:
    return {"interrupted": "Cancelled by the user.", "replaced": "Another turn took its place."}.get(
        reason, f"Stopped: {reason}" if reason else "Stopped."
    )
