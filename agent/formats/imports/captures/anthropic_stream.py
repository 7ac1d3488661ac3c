"""The events of an Anthropic message stream (https://platform.claude.com/docs/en/build-with-claude/streaming), told.

The same events come as a captured SSE body, inside Claude Code's `stream_event` records, and from servers that speak
this API. `message_start`, then for each content block `content_block_start`, deltas, `content_block_stop`, then
`message_delta` with the reason of the end and the final usage, and `message_stop`.
"""

from typing import Any

from agent.events.types import TokenUsage
from agent.formats.imports.telling import Telling
from agent.formats.imports.usage import anthropic_usage
from agent.formats.imports.values import ending, json_text, mapping, mappings, text

__all__ = ["AnthropicStream"]


class AnthropicStream:
    """One agent's messages, fragment by fragment."""

    def __init__(self, telling: Telling, agent: str | None = None) -> None:
        self._telling = telling
        self._agent = agent
        self.message_id = ""
        self._model = ""
        self._usage: TokenUsage | None = None
        self._blocks: dict[str, tuple[str, str]] = {}
        """The open blocks by their index: the kind, and the id they are told under."""
        self._empty_calls: set[str] = set()
        """Calls of which no fragment came yet: their input may stand in their start, or be empty."""
        self.stop_reason = ""

    def tell(self, event: dict[str, Any], at: int | None) -> bool:
        """Tell the next event; gives whether it was understood."""
        match event.get("type"):
            case "message_start":
                self._begin(mapping(event.get("message")), at)
            case "content_block_start":
                return self._open(str(event.get("index")), mapping(event.get("content_block")), at)
            case "content_block_delta":
                return self._add(str(event.get("index")), mapping(event.get("delta")), at)
            case "content_block_stop":
                self._close(str(event.get("index")), at)
            case "message_delta":
                self.stop_reason = text(mapping(event.get("delta")).get("stop_reason")) or self.stop_reason
                self._use(event.get("usage"))
            case "message_stop" | "ping":
                return True
            case "error":
                error = mapping(event.get("error"))
                self._telling.ensure_run(at)
                self._telling.expect_failure(ending(text(error.get("message")) or json_text(error)))
            case _:
                return False
        return True

    def whole(self, message: dict[str, Any], at: int | None) -> bool:
        """Tell a message that was not streamed; gives whether all of it was understood."""
        self._begin(message, at)
        understood = [
            self._whole_block(number, block, at) for number, block in enumerate(mappings(message.get("content")))
        ]
        return all(understood)

    def _whole_block(self, number: int, block: dict[str, Any], at: int | None) -> bool:
        is_known = self._open(str(number), block, at)
        self._close(str(number), at)
        return is_known

    def _begin(self, message: dict[str, Any], at: int | None) -> None:
        self.message_id, self._model = text(message.get("id")), text(message.get("model"))
        self._usage, self.stop_reason = None, ""
        self._blocks.clear()
        self._telling.model = self._telling.model or self._model
        self._telling.step(at, self._agent)
        self._use(message.get("usage"))

    def _use(self, value: Any) -> None:
        """Usage comes twice: what was read at the beginning, what was written at the end."""
        usage = anthropic_usage(value, self._model)
        if usage is None:
            return
        if self._usage is not None:
            first = self._usage
            usage = TokenUsage(
                model=self._model or None,
                input_tokens=usage.input_tokens or first.input_tokens,
                output_tokens=usage.output_tokens if usage.output_tokens is not None else first.output_tokens,
                cached_input_tokens=usage.cached_input_tokens or first.cached_input_tokens,
            )
        self._usage = usage
        self._telling.use(self.message_id or "stream", usage, self._agent)

    def _open(self, index: str, block: dict[str, Any], at: int | None) -> bool:
        telling, agent = self._telling, self._agent
        telling.ensure_step(at, agent)
        match block.get("type"):
            case "text":
                told = telling.begin_text(at, id=self.message_id, agent=agent)
                telling.add_text(told, text(block.get("text")), at, agent=agent)
                self._blocks[index] = "text", told
            case "thinking":
                told = telling.begin_reasoning(at, id=f"{self.message_id}:thinking", agent=agent)
                telling.add_reasoning(told, text(block.get("thinking")), at, agent=agent)
                self._blocks[index] = "thinking", told
            case "tool_use" | "server_tool_use" | "mcp_tool_use":
                told = telling.begin_call(text(block.get("id")), text(block.get("name")), at, agent=agent)
                if block.get("input"):  # told whole, as some servers do
                    telling.add_arguments(told, json_text(block["input"]), at, agent=agent)
                else:
                    self._empty_calls.add(told)
                self._blocks[index] = "call", told
            case "redacted_thinking":
                return True
            case str(kind) if kind.endswith("_tool_result"):
                content = json_text(block.get("content"))
                return telling.result(text(block.get("tool_use_id")), content, at, agent=agent)
            case _:
                return False
        return True

    def _add(self, index: str, delta: dict[str, Any], at: int | None) -> bool:
        telling, agent = self._telling, self._agent
        kind, told = self._blocks.get(index, ("", ""))
        match delta.get("type"), kind:
            case "text_delta", "text":
                telling.add_text(told, text(delta.get("text")), at, agent=agent)
            case "thinking_delta", "thinking":
                telling.add_reasoning(told, text(delta.get("thinking")), at, agent=agent)
            case "input_json_delta", "call":
                if fragment := text(delta.get("partial_json")):
                    self._empty_calls.discard(told)
                    telling.add_arguments(told, fragment, at, agent=agent)
            case (("signature_delta" | "citations_delta"), _):
                return True
            case _:
                return False
        return True

    def _close(self, index: str, at: int | None) -> None:
        telling, agent = self._telling, self._agent
        kind, told = self._blocks.pop(index, ("", ""))
        if kind == "text":
            telling.end_text(told, at, agent=agent)
        elif kind == "thinking":
            telling.end_reasoning(told, at, agent=agent)
        elif kind == "call":
            if told in self._empty_calls:  # a call without arguments sends no fragment
                self._empty_calls.discard(told)
                telling.add_arguments(told, "{}", at, agent=agent)
            telling.end_call(told, at, agent=agent)
