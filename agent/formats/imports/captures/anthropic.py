"""A captured stream of Anthropic's Messages API, or whole messages of it (`anthropic_stream` has the events)."""

from typing import Any

from agent.formats.imports.captures.anthropic_stream import AnthropicStream
from agent.formats.imports.records import Importer, Record, Timing
from agent.formats.imports.values import mapping, text

__all__ = ["Anthropic"]

_EVENTS = frozenset({"content_block_start", "content_block_delta", "content_block_stop", "message_delta"})


class Anthropic(Importer):
    """One response after the other; the questions are in the requests, which it does not hold."""

    program = "anthropic"
    timing = Timing.NONE
    live_timing = Timing.TOKENS

    def __init__(self, *, is_live: bool = False) -> None:
        super().__init__(is_live=is_live)
        self._stream = AnthropicStream(self.telling)

    @classmethod
    def sniffs(cls, value: dict[str, Any]) -> bool:
        """The beginning of a message, one of its events where a capture begins in the middle, or a whole message."""
        if value.get("type") == "message":
            return value.get("role") == "assistant" and isinstance(value.get("content"), list) and "usage" in value
        if value.get("type") == "message_start":
            message = mapping(value.get("message"))
            return message.get("role") == "assistant" and ("id" in message or message.get("type") == "message")
        return text(value.get("type")) in _EVENTS and ("index" in value or "delta" in value)

    def _tell(self, record: Record) -> bool:
        if record.value.get("type") == "message":
            return self._stream.whole(record.value, record.arrived)
        return self._stream.tell(record.value, record.arrived)
