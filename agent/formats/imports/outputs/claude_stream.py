"""What `claude -p --output-format stream-json` prints, with and without `--include-partial-messages`.

Described by the Agent SDK (https://platform.claude.com/docs/en/agent-sdk/typescript#message-types): `system` records
(`init` begins a turn), `assistant` and `user` messages, `stream_event` records that wrap the events of the message
stream, and one `result` at the end. What a sub-agent says names the call that asked it in `parent_tool_use_id`. No
record has a moment: through a pipe the moment of arrival is one, in a file there is none. The question is not printed.
"""

from typing import Any

from agent.events.types import RETRY, RunErrorCode, TokenUsage
from agent.formats.imports.captures.anthropic_stream import AnthropicStream
from agent.formats.imports.programs.claude_messages import ClaudeMessages, has_results, prompt_of
from agent.formats.imports.records import Importer, Record, Timing
from agent.formats.imports.usage import anthropic_usage
from agent.formats.imports.values import items, mapping, mappings, number, text, whole

__all__ = ["ClaudeStream"]

_OWN = frozenset({"system", "stream_event", "result", "rate_limit_event", "tool_progress", "tool_use_summary"})
_KEPT = frozenset(
    {"rate_limit_event", "tool_progress", "tool_use_summary", "auth_status", "control_request", "control_response"}
)


class ClaudeStream(Importer):
    """One program's output: one session, a turn for each `init`."""

    program = "claude-code"
    timing = Timing.NONE
    live_timing = Timing.TOKENS

    def __init__(self, *, is_live: bool = False) -> None:
        super().__init__(is_live=is_live)
        self._messages = ClaudeMessages(self.telling)
        self._streams: dict[str | None, AnthropicStream] = {}
        self._streamed: set[str] = set()
        """Messages whose fragments came: the record that sums them up says nothing new."""

    @classmethod
    def sniffs(cls, value: dict[str, Any]) -> bool:
        """Records with a `session_id`, which Claude Code's files spell otherwise, of a kind or shape of this output."""
        if "session_id" not in value:
            return False
        return text(value.get("type")) in _OWN or (
            value.get("type") in ("assistant", "user") and isinstance(value.get("message"), dict)
        )

    def _kind(self, value: dict[str, Any]) -> str:
        inner = value.get("subtype") or mapping(value.get("event")).get("type")
        return f"{super()._kind(value)}/{inner}"[:80] if inner else super()._kind(value)

    def _tell(self, record: Record) -> bool:
        value = record.value
        at = record.at
        self.telling.be_session(text(value.get("session_id")))
        match value.get("type"):
            case "system":
                return self._system(value, at)
            case "stream_event":
                return self._stream(mapping(value.get("event")), self._agent_of(value, at), at)
            case "assistant":
                return self._assistant(mapping(value.get("message")), self._agent_of(value, at), at)
            case "user":
                return self._user(value, at)
            case "result":
                return self._result(value, at)
            case kind:
                return text(kind) in _KEPT

    def _agent_of(self, value: dict[str, Any], at: int | None, prompt: str = "") -> str | None:
        call = text(value.get("parent_tool_use_id"))
        if not call:
            return None
        self._messages.begin_agent(call, call, prompt, at)
        return call

    def _system(self, value: dict[str, Any], at: int | None) -> bool:
        telling = self.telling
        match text(value.get("subtype")):
            case "init":
                telling.model = text(value.get("model")) or telling.model
                for field, name in (("cwd", "folder"), ("claude_code_version", "version")):
                    if found := text(value.get(field)):
                        telling.origin.setdefault(name, found)
                if telling.run_id is None:
                    telling.begin("", at, tools=[name for name in items(value.get("tools")) if isinstance(name, str)])
            case "compact_boundary":
                facts = mapping(value.get("compact_metadata"))
                telling.activity("COMPACTION", facts or {"trigger": "unknown"}, at)
            case "api_retry":
                retry = {
                    "attempt": whole(value.get("attempt")),
                    "maxAttempts": whole(value.get("max_retries")),
                    "delayMs": whole(value.get("retry_delay_ms")),
                    "reason": text(value.get("error")) or "the request failed",
                }
                telling.custom(RETRY, {name: found for name, found in retry.items() if found is not None}, at)
            case _:
                return True
        return True

    def _stream(self, event: dict[str, Any], agent: str | None, at: int | None) -> bool:
        if (stream := self._streams.get(agent)) is None:
            stream = self._streams[agent] = AnthropicStream(self.telling, agent)
        understood = stream.tell(event, at)
        if event.get("type") == "message_start":
            self._streamed.add(stream.message_id)
        return understood

    def _assistant(self, message: dict[str, Any], agent: str | None, at: int | None) -> bool:
        if not message:
            return False
        if text(message.get("id")) in self._streamed:
            for block in mappings(message.get("content")):
                if block.get("type") == "tool_use":
                    self._messages.asked[text(block.get("id"))] = mapping(block.get("input"))
            return True
        return self._messages.assistant(message, at, agent)

    def _user(self, value: dict[str, Any], at: int | None) -> bool:
        content = mapping(value.get("message")).get("content")
        if has_results(content):
            agent = self._agent_of(value, at)
            extra = mapping(value.get("tool_use_result"))
            for block in mappings(content):
                if block.get("type") == "tool_result":
                    self._messages.result(block, at, agent, extra)
            return True
        question = prompt_of(content)
        said = question if isinstance(question, str) else ""
        if self._agent_of(value, at, said) is not None or self._messages.interrupted(said, at):
            return True
        if value.get("isSynthetic") is True or not question:
            return bool(question)
        self.telling.begin(question, at)  # echoed by --replay-user-messages
        return True

    def _result(self, value: dict[str, Any], at: int | None) -> bool:
        telling = self.telling
        telling.ensure_run(at)
        cost, subtype = number(value.get("total_cost_usd")), text(value.get("subtype"))
        said = text(value.get("result"))
        if subtype == "error_max_turns":
            telling.fail("It used up its turns.", RunErrorCode.ITERATION_LIMIT, at, cost=cost)
        elif value.get("is_error") is True or subtype.startswith("error"):
            errors = "; ".join(text(error) for error in items(value.get("errors")))
            telling.fail(said or errors or subtype, RunErrorCode.MODEL_ERROR, at, cost=cost)
        else:
            telling.finish(at, cost=cost, usage=_usage(value))
        return True


def _usage(value: dict[str, Any]) -> list[TokenUsage] | None:
    """What the whole turn cost, by model, as the program sums it up itself."""
    found = []
    for model, use in mapping(value.get("modelUsage")).items():
        counts = mapping(use)
        names = {
            "input_tokens": "inputTokens",
            "output_tokens": "outputTokens",
            "cache_read_input_tokens": "cacheReadInputTokens",
            "cache_creation_input_tokens": "cacheCreationInputTokens",
        }
        usage = anthropic_usage({ours: counts.get(theirs) for ours, theirs in names.items()}, model)
        if usage is not None:
            found.append(usage)
    return found or None
