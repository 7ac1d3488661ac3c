"""The event types, and nothing about who makes, writes or uses them.

The vocabulary and the camelCase JSON are those of AG-UI 1.0, the Agent-User Interaction protocol
(https://docs.ag-ui.com/concepts/events), so a transcript is an AG-UI stream and any AG-UI stream is a transcript.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any

import msgspec

__all__ = [
    "APPROVAL",
    "CONTEXT",
    "EVENT_TYPES",
    "FORMAT_VERSION",
    "GIVEN",
    "INTERRUPTS",
    "NODE",
    "NOTICE",
    "PROGRESS",
    "REPLY",
    "REQUEST",
    "RETRY",
    "TOOL_STARTED",
    "ActivityDelta",
    "ActivitySnapshot",
    "Attributable",
    "Custom",
    "Event",
    "InputMessage",
    "MessageCall",
    "MessageFunction",
    "MessagesSnapshot",
    "Meta",
    "Raw",
    "ReasoningEncryptedValue",
    "ReasoningEnd",
    "ReasoningMessageChunk",
    "ReasoningMessageContent",
    "ReasoningMessageEnd",
    "ReasoningMessageStart",
    "ReasoningStart",
    "ResumeEntry",
    "RunCancelled",
    "RunError",
    "RunErrorCode",
    "RunFinished",
    "RunInput",
    "RunRequested",
    "RunStarted",
    "StateDelta",
    "StateSnapshot",
    "StepFinished",
    "StepStarted",
    "SubagentError",
    "SubagentFinished",
    "SubagentStarted",
    "TextMessageChunk",
    "TextMessageContent",
    "TextMessageEnd",
    "TextMessageStart",
    "ThinkingEnd",
    "ThinkingStart",
    "ThinkingTextMessageContent",
    "ThinkingTextMessageEnd",
    "ThinkingTextMessageStart",
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
PROGRESS = "tickertape.progress"
"""Name of the `Custom` event of how far a tool is; value `{"toolCallId", "progress", "total", "message"}`, the total
null where it is not known, the message empty."""
RETRY = "tickertape.retry"
"""Name of the `Custom` event of a model call tried again; value `{"attempt", "maxAttempts", "delayMs", "reason"}`."""
REPLY = "tickertape.reply"
"""Name of the `Custom` event with what a model's reply brought that no other event of its step holds, so that the model
can be given back all that it said: `{"additionalKwargs", "content", "responseMetadata", "id", "callIds"}`, each only
where there is something. The first four are those of LangChain's message: `content` a list of blocks with their
signatures; `additionalKwargs.message_fields` the fields of a compatible server under the names they came by. `callIds`
are the model's ids of calls, by ours, where they came too late for `TOOL_CALL_START`."""
CONTEXT = "tickertape.context"
"""Name of the `Custom` event of what a model was not told for want of room; value `{"turnsLeftOut", "resultsShortened",
"window"}`, the last in tokens, null where nobody knows."""
REQUEST = "tickertape.request"
"""Name of the `Custom` event of a request to an agent behind a URL; value: AG-UI's `RunAgentInput` as it was sent, but
`messages` is their count, for the transcript has them, and `forwardedProps` their names, for these may be secret."""
INTERRUPTS = "tickertape.interrupts"
"""Name of the `Custom` event of what such an agent waits for at the end of a request; value `{"interrupts"}`, each as
it came. The next request answers all of them."""
GIVEN = "tickertape.given"
"""Name of the `Custom` event of what a model is given in a call, as far as nothing else in the session tells it:
`{"system", "tools", "toolChoice", "temperature", "past", "failedLeftOut", "turnsLeftOut", "resultShare", "leftOut",
"parts", "digest", "defined"}`, each only where there is something. `system` and `tools` are named by digests; `defined`
has, by these, those that no earlier event of the session defines. `digest` is that of the messages behind the system's.
No header, key or address is in it (see `agent.sources.context.given`)."""
NODE = "tickertape.node"
"""Name of the `Custom` event of a node of a graph that begins or is done; value `{"task", "name", "state"}`: the id of
what runs, the node's name, and a state of `running` or `done`. Of what runs a call of a model's, the call tells."""
NOTICE = "tickertape.notice"
"""Name of the `Custom` event of something the user should know that fails nothing; value `{"reason"}`."""
APPROVAL = "tickertape.approval"
"""Name of the `Custom` event of a call that waits for the user; value `{"toolCallId", "state"}` with a state of
`requested`, or of what was decided: `once`, `session`, `always` or `denied`. With a decision come, where there are any,
`reason` (why not), `arguments` (an object: what the tool runs with instead of the model's), `rule` (that decided, or
that was written for all calls to come), `result` (told to the model in the tool's place, which does not run) and
`drops` (true where the breakpoint is gone). `requested` has `breakpoint` where it was one that the call stopped at."""


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
    UNAVAILABLE = "unavailable"
    """What was to answer could not be had, so that nothing was asked: no key, tools that cannot be loaded."""
    INTERNAL_ERROR = "internal_error"
    """A defect of this program; the log has the traceback."""


class _Wire(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True):
    """A value inside an event. A field that AG-UI does not know is looked at by `agent.events.mending`."""


class TokenUsage(_Wire, frozen=True, kw_only=True):
    """What a model call cost, in tokens, as the provider counted; None where it did not say."""

    model: str | None = None
    provider: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    total_tokens: int | None = None
    reasoning_tokens: int | None = None
    cached_input_tokens: int | None = None
    cache_write_input_tokens: int | None = None

    def __add__(self, other: "TokenUsage") -> "TokenUsage":
        """Both together; a count that only one of them knows is taken from it."""
        counts: dict[str, int | None] = {}
        for name in self.__struct_fields__[2:]:
            known = [count for count in (getattr(self, name), getattr(other, name)) if count is not None]
            counts[name] = sum(known) if known else None
        return TokenUsage(model=self.model or other.model, provider=self.provider or other.provider, **counts)


class MessageFunction(_Wire, frozen=True, kw_only=True):
    """What a call of a message names."""

    name: str
    arguments: str
    """JSON text, whole."""


class MessageCall(_Wire, frozen=True, kw_only=True):
    """A tool call that a message holds."""

    id: str
    function: MessageFunction
    type: str = msgspec.field(default_factory=lambda: "function")
    """Always `function`; a factory, because the wire wants it written although it is the default."""
    encrypted_value: str | None = None
    metadata: dict[str, Any] | None = None


class InputMessage(_Wire, frozen=True, kw_only=True):
    """A message of a run's input or of a snapshot, of any role."""

    id: str = ""
    role: str = ""
    content: str | list[Any] | dict[str, Any] | None = None
    """Text; a list of parts; of an activity, its content."""
    name: str | None = None
    tool_calls: list[MessageCall] | None = None
    """Of an assistant's message."""
    tool_call_id: str | None = None
    """Of a tool's message: the call that it is the result of."""
    error: str | None = None
    """Of a tool's message: why the tool failed."""
    activity_type: str | None = None
    encrypted_value: str | None = None
    subagent_run_id: str | None = None
    metadata: dict[str, Any] | None = None


class ResumeEntry(_Wire, frozen=True, kw_only=True):
    """What answers an interrupt of an earlier run."""

    interrupt_id: str
    status: str
    """`resolved` or `cancelled`."""
    payload: Any = None
    metadata: dict[str, Any] | None = None


class RunInput(_Wire, frozen=True, kw_only=True):
    """AG-UI's `RunAgentInput`; the last message is the user's."""

    thread_id: str
    run_id: str
    protocol_version: str | None = None
    parent_run_id: str | None = None
    messages: list[InputMessage] = []
    state: Any = None
    tools: list[Any] | None = None
    context: list[Any] | None = None
    forwarded_props: Any = None
    resume: list[ResumeEntry] | None = None


# What lies outside counts in other units, which `agent.events.mending` sees to; AG-UI's own bounds are wider
# (https://docs.ag-ui.com/concepts/events).
_Milliseconds = msgspec.Meta(ge=-(10**9), lt=10**14)


class Event(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename="camel",
    tag_field="type",
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """What every event has. One with a field that AG-UI does not know is looked at by `agent.events.mending`."""

    timestamp: Annotated[int, _Milliseconds] | Annotated[float, _Milliseconds] | None = None
    """Milliseconds since the epoch. Ours always have it, as an integer; a foreign stream may not, or may count from
    its own start."""
    metadata: dict[str, Any] | None = None
    raw_event: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    """The record of another program that the event was made of, as it came."""


class Attributable(Event, frozen=True, kw_only=True):
    """An event that may be a sub-agent's."""

    subagent_run_id: str | None = None


class RunStarted(Event, frozen=True, kw_only=True, tag="RUN_STARTED"):
    """A turn begins. `metadata` holds `model`, `tools`, `maxIterations`, `app` and `format`, and `retryOf` for a turn
    asked again."""

    thread_id: str
    run_id: str
    protocol_version: str | None = None
    parent_run_id: str | None = None
    input: RunInput | None = None


class RunFinished(Event, frozen=True, kw_only=True, tag="RUN_FINISHED"):
    """A turn was answered. `result` is `{"answer", "tools_used"}`."""

    thread_id: str
    run_id: str
    outcome: dict[str, Any] | None = None
    """`{"type"}` and what belongs to it: `success`, `interrupt` with its `interrupts`, `cancelled`, or another."""
    result: Any = None
    usage: list[TokenUsage] | None = None


class RunError(Event, frozen=True, kw_only=True, tag="RUN_ERROR"):
    """A turn ended without an answer. `code` is a `RunErrorCode` where the stream is ours."""

    message: str
    code: str | None = None
    usage: list[TokenUsage] | None = None


class RunCancelled(Event, frozen=True, kw_only=True, tag="RUN_CANCELLED"):
    """A turn was stopped. Not of AG-UI 1.0, whose `RUN_FINISHED` has an outcome for it; ours end with `RUN_ERROR`."""

    thread_id: str
    run_id: str
    message: str | None = None
    usage: list[TokenUsage] | None = None


class StepStarted(Attributable, frozen=True, kw_only=True, tag="STEP_STARTED"):
    """A model call begins; the tools it asks for run inside the step."""

    step_name: str


class StepFinished(Attributable, frozen=True, kw_only=True, tag="STEP_FINISHED"):
    """A model call and its tools are done. `metadata.usage` holds what the call cost, where the provider said."""

    step_name: str


class TextMessageStart(Attributable, frozen=True, kw_only=True, tag="TEXT_MESSAGE_START"):
    """Text for the user begins. `metadata.toolCallId` names the call that it is decoded from, if any."""

    message_id: str
    role: str | None = None
    name: str | None = None
    """Who speaks, where several do."""


class TextMessageContent(
    Attributable, frozen=True, kw_only=True, tag="TEXT_MESSAGE_CONTENT", forbid_unknown_fields=False
):
    """The next fragment of a text."""

    message_id: str
    delta: str


class TextMessageChunk(Attributable, frozen=True, kw_only=True, tag="TEXT_MESSAGE_CHUNK"):
    """A text's beginning and fragment in one (see `agent.events.chunks`); ours never come so."""

    message_id: str | None = None
    role: str | None = None
    name: str | None = None
    delta: str | None = None


class TextMessageEnd(Attributable, frozen=True, kw_only=True, tag="TEXT_MESSAGE_END"):
    """A text is whole."""

    message_id: str


class ReasoningStart(Attributable, frozen=True, kw_only=True, tag="REASONING_START"):
    """The model begins to reason. `metadata` holds `toldAs`, the id of a text message that turned out to be this."""

    message_id: str


class ReasoningMessageStart(Attributable, frozen=True, kw_only=True, tag="REASONING_MESSAGE_START"):
    """A visible piece of reasoning begins."""

    message_id: str
    role: str = msgspec.field(default_factory=lambda: "reasoning")
    """Always `reasoning`; a factory, because the wire wants it written although it is the default."""


class ReasoningMessageContent(
    Attributable, frozen=True, kw_only=True, tag="REASONING_MESSAGE_CONTENT", forbid_unknown_fields=False
):
    """The next fragment of reasoning."""

    message_id: str
    delta: str


class ReasoningMessageChunk(Attributable, frozen=True, kw_only=True, tag="REASONING_MESSAGE_CHUNK"):
    """A piece of reasoning's beginning and fragment in one (see `agent.events.chunks`); ours never come so."""

    message_id: str | None = None
    delta: str | None = None


class ReasoningMessageEnd(Attributable, frozen=True, kw_only=True, tag="REASONING_MESSAGE_END"):
    """A visible piece of reasoning is whole."""

    message_id: str


class ReasoningEnd(Attributable, frozen=True, kw_only=True, tag="REASONING_END"):
    """The model stopped reasoning."""

    message_id: str


class ReasoningEncryptedValue(Attributable, frozen=True, kw_only=True, tag="REASONING_ENCRYPTED_VALUE"):
    """What a model wants back of its reasoning, that nobody else can read."""

    subtype: str
    """`message` or `tool-call`: what the next is the id of."""
    entity_id: str
    encrypted_value: str


class ThinkingStart(Event, frozen=True, kw_only=True, tag="THINKING_START"):
    """What `ReasoningStart` was before AG-UI 1.0; like the other events of then it names nothing."""

    title: str | None = None


class ThinkingTextMessageStart(Event, frozen=True, kw_only=True, tag="THINKING_TEXT_MESSAGE_START"):
    """What `ReasoningMessageStart` was."""


class ThinkingTextMessageContent(Event, frozen=True, kw_only=True, tag="THINKING_TEXT_MESSAGE_CONTENT"):
    """What `ReasoningMessageContent` was."""

    delta: str


class ThinkingTextMessageEnd(Event, frozen=True, kw_only=True, tag="THINKING_TEXT_MESSAGE_END"):
    """What `ReasoningMessageEnd` was."""


class ThinkingEnd(Event, frozen=True, kw_only=True, tag="THINKING_END"):
    """What `ReasoningEnd` was."""


class ToolCallStart(Attributable, frozen=True, kw_only=True, tag="TOOL_CALL_START"):
    """The model begins to write a call. `metadata` holds `providerId`, the provider's id where it could not be used,
    and `question: true` of what is no call: a question to the user, shown as one."""

    tool_call_id: str
    tool_call_name: str
    parent_message_id: str | None = None
    arguments: str | None = None
    """All of them, of a sender who tells them here. Not of AG-UI, where `ToolCallArgs` does."""


class ToolCallArgs(Attributable, frozen=True, kw_only=True, tag="TOOL_CALL_ARGS", forbid_unknown_fields=False):
    """The next fragment of a call's arguments, JSON text, exactly as it came."""

    tool_call_id: str
    delta: str


class ToolCallChunk(Attributable, frozen=True, kw_only=True, tag="TOOL_CALL_CHUNK"):
    """A call's beginning and fragment in one (see `agent.events.chunks`); ours never come so."""

    tool_call_id: str | None = None
    tool_call_name: str | None = None
    parent_message_id: str | None = None
    delta: str | None = None


class ToolCallEnd(Attributable, frozen=True, kw_only=True, tag="TOOL_CALL_END"):
    """A call's arguments are complete."""

    tool_call_id: str
    arguments: str | None = None
    """All of them once more, of a sender who tells them here. Not of AG-UI."""
    result: str | list[Any] | None = None
    """What the tool gave, of a sender who tells it here. Not of AG-UI, where `ToolCallResult` does."""


class ToolCallResult(Attributable, frozen=True, kw_only=True, tag="TOOL_CALL_RESULT"):
    """What a tool gave. `metadata` holds `durationMs`, `error: true` where it failed, and `parts`, the content part by
    part, where our `content` only names some that are no text. `answeredBy` is there where the tool was not run:
    `recording` where what it gave once was given again, `patch` where the user gave something in its place."""

    message_id: str
    tool_call_id: str
    content: str | list[Any]
    role: str | None = None
    error: str | None = None
    """Why the tool failed, of a sender who tells it here, as AG-UI's tool messages do."""


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


class StateSnapshot(Attributable, frozen=True, kw_only=True, tag="STATE_SNAPSHOT"):
    """All of the state that agent and application share."""

    snapshot: Any


class StateDelta(Attributable, frozen=True, kw_only=True, tag="STATE_DELTA"):
    """How that state changes: a JSON Patch (https://www.rfc-editor.org/rfc/rfc6902)."""

    delta: list[Any]


class MessagesSnapshot(Event, frozen=True, kw_only=True, tag="MESSAGES_SNAPSHOT"):
    """All messages of the thread so far."""

    messages: list[InputMessage]


class ActivitySnapshot(Attributable, frozen=True, kw_only=True, tag="ACTIVITY_SNAPSHOT"):
    """All of something that goes on beside the messages, such as a plan or a search."""

    message_id: str
    activity_type: str
    content: dict[str, Any]
    replace: bool | None = None
    """False where one that is there already stays as it is."""


class ActivityDelta(Attributable, frozen=True, kw_only=True, tag="ACTIVITY_DELTA"):
    """How an activity changes: a JSON Patch."""

    message_id: str
    activity_type: str
    patch: list[Any]


class Raw(Attributable, frozen=True, kw_only=True, tag="RAW"):
    """An event of another system, as it came."""

    event: Any
    source: str | None = None


class Meta(Attributable, frozen=True, kw_only=True, tag="META"):
    """A note beside a run, such as a user's thumb; of a draft of AG-UI (https://docs.ag-ui.com/drafts/meta-events)."""

    meta_type: str
    payload: Any = None


class Custom(Attributable, frozen=True, kw_only=True, tag="CUSTOM"):
    """What AG-UI has no event for; ours are named above."""

    name: str
    value: Any = None


class RunRequested(Event, frozen=True, kw_only=True):
    """The body that asked a server for a run, as it is saved in front of the answer. No event of AG-UI: it has no type
    on the wire, and speaks for a `RunStarted` without an input that comes next."""

    input: RunInput


class Unknown(Event, frozen=True, kw_only=True):
    """An event of a type that this version does not know; `data` is the whole object."""

    data: dict[str, Any]


def _tagged(base: type[Event]) -> Iterator[type[Event]]:
    for cls in base.__subclasses__():
        yield from _tagged(cls)
        if cls is not Attributable and cls is not Unknown and cls is not RunRequested:
            yield cls


EVENT_TYPES: dict[str, type[Event]] = {str(cls.__struct_config__.tag): cls for cls in _tagged(Event)}
"""Wire type to class, for every event that this version knows."""
