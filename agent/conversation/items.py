"""What a conversation is made of: runs, their steps, messages, reasoning and tool calls, and the figures they give.

Plain values that the reducer fills and everything else only reads. All times are milliseconds since the epoch, taken
from events.
"""

from array import array
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from agent.events import types as ev

__all__ = [
    "CallStatus",
    "Fragments",
    "Message",
    "MessageKind",
    "Notice",
    "Reasoning",
    "Run",
    "RunStatus",
    "Step",
    "ToolCall",
]


_RATE_SPAN = 200.0
"""Milliseconds of sending below which a rate says nothing."""


class RunStatus(StrEnum):
    """Where a run stands; all but the first two are the codes of `RUN_ERROR`."""

    RUNNING = "running"
    ANSWERED = "answered"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"
    ITERATION_LIMIT = "iteration_limit"
    TRUNCATED = "truncated"
    MODEL_ERROR = "model_error"
    INTERNAL_ERROR = "internal_error"


class CallStatus(StrEnum):
    """Where a tool call stands."""

    WRITING = "writing"
    """Its arguments are still arriving."""
    READY = "ready"
    """Its arguments are complete, its tool has not begun."""
    ASKING = "asking"
    """It waits for the user's approval."""
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    """The tool failed, was refused, or its arguments could not be used; the result is the reason."""
    CUT = "cut"
    """The run ended before its arguments were complete."""
    STOPPED = "stopped"
    """The run ended before its tool did."""


class MessageKind(StrEnum):
    """What a text is for."""

    ANSWER = "answer"
    PREAMBLE = "preamble"
    """Text that came before a tool call in the same step."""


class Fragments:
    """Text as it arrived, piece by piece, each with its moment. Equal when the whole text is equal."""

    __slots__ = ("_joined", "_joined_count", "pieces", "times")

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.times = array("d")
        """Milliseconds since the epoch, one per piece."""
        self._joined = ""
        self._joined_count = 0

    def extend(self, pieces: list[str], times: list[float]) -> None:
        """Add the next pieces, each with its moment; empty ones are counted too."""
        self.pieces += pieces
        self.times.extend(times)

    @property
    def text(self) -> str:
        """The whole text; joined anew only where pieces have come since it was last asked for."""
        if self._joined_count != len(self.pieces):
            self._joined += "".join(self.pieces[self._joined_count :])
            self._joined_count = len(self.pieces)
        return self._joined

    def __len__(self) -> int:
        return len(self.pieces)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Fragments) and self.text == other.text

    __hash__ = None  # type: ignore[assignment]  # mutable, compared by content

    def __repr__(self) -> str:
        return f"Fragments({self.text!r})"


@dataclass(slots=True, kw_only=True)
class Message:
    """Text for the user."""

    id: str
    kind: MessageKind = MessageKind.ANSWER
    call_id: str | None = None
    """The `final_answer` call that the text is decoded from."""
    fragments: Fragments = field(default_factory=Fragments)
    started: float
    ended: float | None = None


@dataclass(slots=True, kw_only=True)
class Reasoning:
    """What the model thought aloud."""

    id: str
    fragments: Fragments = field(default_factory=Fragments)
    started: float
    ended: float | None = None


@dataclass(slots=True, kw_only=True)
class ToolCall:
    """A call: its arguments as they are written, its tool's result."""

    id: str
    name: str
    fragments: Fragments = field(default_factory=Fragments)
    """The arguments, JSON text."""
    status: CallStatus = CallStatus.WRITING
    result: str | None = None
    started: float
    args_ended: float | None = None
    asked: float | None = None
    """When the user was asked whether it may run; `decided` is when he answered."""
    decided: float | None = None
    tool_started: float | None = None
    ended: float | None = None
    duration_ms: float | None = None
    """How long the tool ran; None while it runs and where it never began."""
    provider_id: str | None = None

    @property
    def never_ran(self) -> bool:
        """Whether the run ended before its tool began, so that nothing was done."""
        return self.status is CallStatus.STOPPED and self.tool_started is None

    @property
    def is_open(self) -> bool:
        """Whether anything may still happen to it."""
        return self.status in _OPEN_CALL


_OPEN_CALL = frozenset({CallStatus.WRITING, CallStatus.READY, CallStatus.ASKING, CallStatus.RUNNING})


@dataclass(slots=True, kw_only=True)
class Notice:
    """Something the user should know that is no message: a retry."""

    text: str
    time: float


@dataclass(slots=True, kw_only=True)
class Step:
    """A model call and the tools it asked for."""

    name: str
    number: int
    """From 1 within the run."""
    started: float
    ended: float | None = None
    items: list[Message | Reasoning | ToolCall] = field(default_factory=list)
    """In the order they began."""
    usage: dict[str, Any] | None = None
    reply: dict[str, Any] | None = None
    """What the model's reply brought besides, to be given back to it (see `agent.events.types.REPLY`)."""
    first_fragment: float | None = field(default=None, compare=False)
    last_fragment: float | None = field(default=None, compare=False)
    """When the model's first and last fragments came; the rate is taken between them."""

    @property
    def title(self) -> str:
        """What it is called: its name, which is anyone's, or its number where it has none."""
        return self.name if self.name.strip() else f"step {self.number}"

    @property
    def calls(self) -> list[ToolCall]:
        """The tool calls, in the order they began."""
        return [item for item in self.items if isinstance(item, ToolCall)]


@dataclass(slots=True, kw_only=True)
class Run:
    """One turn: a question and all that came of it. All times are milliseconds since the epoch."""

    id: str
    question: str
    started: float
    ended: float | None = None
    status: RunStatus = RunStatus.RUNNING
    error: str | None = None
    """The reason, where the run ended without an answer."""
    model: str | None = None
    max_iterations: int | None = None
    retry_of: str | None = None
    """The run that this one asks again."""
    answer: str | None = None
    tools_used: list[str] = field(default_factory=list)
    usage: list[ev.TokenUsage] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    first_token: float | None = None
    """When the model's first fragment of any kind came."""
    tool_fragments: int = field(default=0, compare=False)
    answer_fragments: int = field(default=0, compare=False)
    reasoning_fragments: int = field(default=0, compare=False)
    """Fragments by purpose, the best count of tokens there is until `usage` comes. An answer decoded from a call
    counts as answer, the rest of that call as tool use."""
    version: int = field(default=0, compare=False)
    """Grows with every change, so a picture knows whether it is old."""

    @property
    def is_open(self) -> bool:
        """Whether the run is still going on."""
        return self.status is RunStatus.RUNNING

    @property
    def time_to_first_token(self) -> float | None:
        """Milliseconds from the start of the run to the model's first fragment."""
        return None if self.first_token is None else self.first_token - self.started

    @property
    def fragment_count(self) -> int:
        """All fragments of the model: about as many as tokens."""
        return self.tool_fragments + self.answer_fragments + self.reasoning_fragments

    @property
    def output_tokens(self) -> int | None:
        """What the provider counted, summed over the model calls; None where it did not say."""
        counts = [use.output_tokens for use in self.usage if use.output_tokens is not None]
        return sum(counts) if counts else None

    @property
    def tokens_per_second(self) -> float | None:
        """Fragments per second while the model was sending; None until it has sent for a while."""
        spans = [
            step.last_fragment - step.first_fragment
            for step in self.steps
            if step.first_fragment is not None and step.last_fragment is not None
        ]
        elapsed = sum(spans)
        return (self.fragment_count - len(spans)) * 1000 / elapsed if elapsed >= _RATE_SPAN else None

    @property
    def asking(self) -> ToolCall | None:
        """The first call that waits for the user's approval."""
        calls = self.steps[-1].calls if self.steps else []
        return next((call for call in calls if call.status is CallStatus.ASKING), None)

    @property
    def messages(self) -> list[Message]:
        """The texts of all steps, in order."""
        return [item for step in self.steps for item in step.items if isinstance(item, Message)]

    @property
    def calls(self) -> list[ToolCall]:
        """The tool calls of all steps, in order."""
        return [call for step in self.steps for call in step.calls]
