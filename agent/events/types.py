"""The event types, and nothing about who makes, writes or uses them.

The vocabulary and the camelCase JSON are those of AG-UI 1.0, the Agent-User Interaction protocol
(https://docs.ag-ui.com/concepts/events), so a transcript is an AG-UI stream and any AG-UI stream is a transcript.
"""

from enum import StrEnum
from typing import Annotated, Any

import msgspec

__all__ = [
    "APPROVAL",
    "EVENT_TYPES",
    "FORMAT_VERSION",
    "LAST_MOMENT",
    "RETRY",
    "TOOL_STARTED",
    "Custom",
    "Event",
    "InputMessage",
    "ReasoningEnd",
    "ReasoningMessageChunk",
    "ReasoningMessageContent",
    "ReasoningMessageEnd",
    "ReasoningMessageStart",
    "ReasoningStart",
    "RunError",
    "RunErrorCode",
    "RunFinished",
    "RunInput",
    "RunStarted",
    "StepFinished",
    "StepStarted",
    "SubagentError",
    "SubagentFinished",
    "SubagentStarted",
    "TextMessageChunk",
    "TextMessageContent",
    "TextMessageEnd",
    "TextMessageStart",
    "TokenUsage",
    "ToolCallArgs",
    "ToolCallChunk",
    "ToolCallEnd",
    "ToolCallResult",
    "ToolCallStart",
    "Unknown",
]

FORMAT_VERSION = 1
"""Version of what we add to AG-UI: metadata, and the custom events below."""
TOOL_STARTED = "tickertape.tool_started"
"""Name of the `Custom` event of a tool that begins to run; value `{"toolCallId"}`."""
RETRY = "tickertape.retry"
"""Name of the `Custom` event of a model call tried again; value `{"attempt", "maxAttempts", "delayMs", "reason"}`."""
APPROVAL = "tickertape.approval"
"""Name of the `Custom` event of a call that waits for the user; value `{"toolCallId", "state"}` with a state of
`requested`, `once`, `session` or `denied`."""


class RunErrorCode(StrEnum):
    """Why a run ended without an answer."""

    CANCELLED = "cancelled"
    """The user stopped it."""
    INTERRUPTED = "interrupted"
    """The program that ran it died; written by the next one."""
    ITERATION_LIMIT = "iteration_limit"
    """It used up its steps."""
    TRUNCATED = "truncated"
    """The model's stream ended in the middle of a call or an answer."""
    MODEL_ERROR = "model_error"
    """The model or the way to it failed."""
    INTERNAL_ERROR = "internal_error"
    """A defect of this program; the log has the traceback."""


class _Wire(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A value inside an event."""


class TokenUsage(_Wire, frozen=True, kw_only=True):
    """What a model call cost, in tokens, as the provider counted; None where it did not say."""

    model: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    total_tokens: int | None = None
    reasoning_tokens: int | None = None
    cached_input_tokens: int | None = None

    def __add__(self, other: "TokenUsage") -> "TokenUsage":
        """Both together; a count that only one of them knows is taken from it."""
        counts: dict[str, int | None] = {}
        for name in self.__struct_fields__[1:]:
            known = [count for count in (getattr(self, name), getattr(other, name)) if count is not None]
            counts[name] = sum(known) if known else None
        return TokenUsage(model=self.model or other.model, **counts)


class InputMessage(_Wire, frozen=True, kw_only=True):
    """A message of a run's input. Fields of other roles stay in the raw bytes."""

    id: str = ""
    role: str = ""
    content: str | list[Any] | None = None


class RunInput(_Wire, frozen=True, kw_only=True):
    """AG-UI's `RunAgentInput`; the last message is the user's."""

    thread_id: str
    run_id: str
    messages: list[InputMessage] = []
    state: Any = None
    tools: list[Any] | None = None
    context: list[Any] | None = None
    forwarded_props: Any = None


# AG-UI's own bounds (https://docs.ag-ui.com/concepts/events): without them a foreign stream could bring a moment that
# no float holds, and the figures computed from it would fail.
LAST_MOMENT = 2**53 - 1
_Bounds = msgspec.Meta(ge=-LAST_MOMENT, le=LAST_MOMENT)


class Event(msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag_field="type", omit_defaults=True):
    """What every event has."""

    timestamp: Annotated[int, _Bounds] | Annotated[float, _Bounds] | None = None
    """Milliseconds since the epoch. Ours always have it, as an integer; a foreign stream may not."""
    metadata: dict[str, Any] | None = None


class RunStarted(Event, frozen=True, kw_only=True, tag="RUN_STARTED"):
    """A turn begins. `metadata` holds `model`, `tools`, `maxIterations`, `app` and `format`, and `retryOf` for a turn
    asked again."""

    thread_id: str
    run_id: str
    parent_run_id: str | None = None
    input: RunInput | None = None


class RunFinished(Event, frozen=True, kw_only=True, tag="RUN_FINISHED"):
    """A turn was answered. `result` is `{"answer", "tools_used"}`."""

    thread_id: str
    run_id: str
    outcome: dict[str, Any] | None = None
    result: Any = None
    usage: list[TokenUsage] | None = None


class RunError(Event, frozen=True, kw_only=True, tag="RUN_ERROR"):
    """A turn ended without an answer. `code` is a `RunErrorCode` where the stream is ours."""

    message: str
    code: str | None = None
    usage: list[TokenUsage] | None = None


class StepStarted(Event, frozen=True, kw_only=True, tag="STEP_STARTED"):
    """A model call begins; the tools it asks for run inside the step."""

    step_name: str


class StepFinished(Event, frozen=True, kw_only=True, tag="STEP_FINISHED"):
    """A model call and its tools are done. `metadata.usage` holds what the call cost, where the provider said."""

    step_name: str


class TextMessageStart(Event, frozen=True, kw_only=True, tag="TEXT_MESSAGE_START"):
    """Text for the user begins. `metadata.toolCallId` names the call that it is decoded from, if any."""

    message_id: str
    role: str | None = None


class TextMessageContent(Event, frozen=True, kw_only=True, tag="TEXT_MESSAGE_CONTENT"):
    """The next fragment of a text."""

    message_id: str
    delta: str


class TextMessageChunk(Event, frozen=True, kw_only=True, tag="TEXT_MESSAGE_CHUNK"):
    """A text's beginning and fragment in one (see `agent.events.chunks`); ours never come so."""

    message_id: str | None = None
    role: str | None = None
    delta: str | None = None


class TextMessageEnd(Event, frozen=True, kw_only=True, tag="TEXT_MESSAGE_END"):
    """A text is whole."""

    message_id: str


class ReasoningStart(Event, frozen=True, kw_only=True, tag="REASONING_START"):
    """The model begins to reason."""

    message_id: str


class ReasoningMessageStart(Event, frozen=True, kw_only=True, tag="REASONING_MESSAGE_START"):
    """A visible piece of reasoning begins."""

    message_id: str
    role: str = msgspec.field(default_factory=lambda: "reasoning")
    """Always `reasoning`; a factory, because the wire wants it written although it is the default."""


class ReasoningMessageContent(Event, frozen=True, kw_only=True, tag="REASONING_MESSAGE_CONTENT"):
    """The next fragment of reasoning."""

    message_id: str
    delta: str


class ReasoningMessageChunk(Event, frozen=True, kw_only=True, tag="REASONING_MESSAGE_CHUNK"):
    """A piece of reasoning's beginning and fragment in one (see `agent.events.chunks`); ours never come so."""

    message_id: str | None = None
    delta: str | None = None


class ReasoningMessageEnd(Event, frozen=True, kw_only=True, tag="REASONING_MESSAGE_END"):
    """A visible piece of reasoning is whole."""

    message_id: str


class ReasoningEnd(Event, frozen=True, kw_only=True, tag="REASONING_END"):
    """The model stopped reasoning."""

    message_id: str


class ToolCallStart(Event, frozen=True, kw_only=True, tag="TOOL_CALL_START"):
    """The model begins to write a call. `metadata.providerId` is the provider's id where it could not be used."""

    tool_call_id: str
    tool_call_name: str
    parent_message_id: str | None = None


class ToolCallArgs(Event, frozen=True, kw_only=True, tag="TOOL_CALL_ARGS"):
    """The next fragment of a call's arguments, JSON text, exactly as it came."""

    tool_call_id: str
    delta: str


class ToolCallChunk(Event, frozen=True, kw_only=True, tag="TOOL_CALL_CHUNK"):
    """A call's beginning and fragment in one (see `agent.events.chunks`); ours never come so."""

    tool_call_id: str | None = None
    tool_call_name: str | None = None
    parent_message_id: str | None = None
    delta: str | None = None


class ToolCallEnd(Event, frozen=True, kw_only=True, tag="TOOL_CALL_END"):
    """A call's arguments are complete."""

    tool_call_id: str


class ToolCallResult(Event, frozen=True, kw_only=True, tag="TOOL_CALL_RESULT"):
    """What a tool gave. `metadata` holds `durationMs`, and `error: true` where it failed."""

    message_id: str
    tool_call_id: str
    content: str | list[Any]
    role: str | None = None


class SubagentStarted(Event, frozen=True, kw_only=True, tag="SUBAGENT_STARTED"):
    """An agent that the run's agent asked begins its work; ours never ask one."""

    subagent_run_id: str
    name: str
    description: str | None = None
    parent_subagent_run_id: str | None = None
    parent_tool_call_id: str | None = None
    parent_message_id: str | None = None


class SubagentFinished(Event, frozen=True, kw_only=True, tag="SUBAGENT_FINISHED"):
    """A sub-agent is done, or waits for something from outside."""

    subagent_run_id: str
    result: Any = None
    outcome: dict[str, Any] | None = None


class SubagentError(Event, frozen=True, kw_only=True, tag="SUBAGENT_ERROR"):
    """A sub-agent failed; the run goes on."""

    subagent_run_id: str
    message: str
    code: str | None = None


class Custom(Event, frozen=True, kw_only=True, tag="CUSTOM"):
    """What AG-UI has no event for; ours are named above."""

    name: str
    value: Any = None


class Unknown(Event, frozen=True, kw_only=True):
    """An event of a type that this version does not know; `data` is the whole object."""

    data: dict[str, Any]


EVENT_TYPES: dict[str, type[Event]] = {
    str(cls.__struct_config__.tag): cls for cls in Event.__subclasses__() if cls is not Unknown
}
"""Wire type to class, for every event that this version knows."""
