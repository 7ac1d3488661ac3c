"""A turn and its steps: what they hold, where they stand, and the figures they give.

Plain values that the reducer (`agent.conversation.reducer`) fills and everything else only reads: structs, as events
are, for one is made in a fifth of the time of a dataclass; what most have none of is a tuple, for an empty list is made
anew for each. All times are milliseconds since the epoch, taken from events; of a run that is not `is_dated` they say
nothing.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, Literal

from msgspec import UNSET, Struct

from agent.conversation.items import Activity, CallStatus, Interrupt, Item, Message, Notice, ToolCall
from agent.conversation.lineage import Lineage
from agent.events import types as ev
from agent.figures import plural
from agent.specs import AGENT

__all__ = ["Run", "RunStatus", "Step"]

_RATE_SPAN = 200.0
"""Milliseconds of sending below which a rate says nothing."""


_UNCOMPARED = frozenset(
    {
        "has_tokens",
        "is_cut_off",
        "tool_fragments",
        "answer_fragments",
        "reasoning_fragments",
        "version",
        "first_fragment",
        "last_fragment",
    }
)
"""What says how a run came and not what it is: how it was cut into fragments, and how often it changed."""


class RunStatus(StrEnum):
    """Where a run stands; all but the first two are the codes of `RUN_ERROR`."""

    RUNNING = "running"
    ANSWERED = "answered"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"
    """It ended before it was done; where it `is_waiting`, for an answer from outside."""
    ITERATION_LIMIT = "iteration_limit"
    TRUNCATED = "truncated"
    MODEL_ERROR = "model_error"
    UNAVAILABLE = "unavailable"
    """What was to answer could not be had: nothing was asked."""
    INTERNAL_ERROR = "internal_error"


class Step(Struct, kw_only=True, eq=False):
    """A model call and the tools it asked for, or a sub-agent's work."""

    name: str
    """Empty where the stream tells no step."""
    number: int
    """From 1 within the run."""
    started: float
    ended: float | None = None
    items: list[Item] = []
    """In the order they began."""
    usage: dict[str, Any] | None = None
    reply: dict[str, Any] | None = None
    """What the model's reply brought besides, to be given back to it (see `agent.events.types.REPLY`)."""
    given: dict[str, Any] | None = None
    """What its model was given besides what the turns tell (see `agent.events.types.GIVEN`)."""
    parent: int | None = None
    """The number of the step that it lies in."""
    place: int = 0
    """How many items of that had begun before."""
    agent: str | None = None
    """The sub-agent whose work it is, as its sender calls it."""
    call_id: str | None = None
    """The call that asked for the sub-agent."""
    error: str | None = None
    """Why the sub-agent failed."""
    first_fragment: float | None = None
    last_fragment: float | None = None
    """When the model's first and last fragments came; the rate is taken between them."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Step) and _are_alike(self, other)

    @property
    def is_named(self) -> bool:
        """Whether the stream tells of it; else it only holds what belongs to no step."""
        return bool(self.name.strip()) or self.agent is not None

    @property
    def title(self) -> str:
        """What it is called: its name, which is anyone's, or the id of its sub-agent; empty where it has none."""
        return self.name if self.name.strip() else self.agent or ""

    @property
    def calls(self) -> list[ToolCall]:
        """The tool calls, in the order they began."""
        return [item for item in self.items if isinstance(item, ToolCall)]


class Run(Struct, kw_only=True, eq=False):
    """One turn: a question and all that came of it, in as many of its sender's runs as that took."""

    id: str
    question: str
    asked: tuple[str, ...] = ()
    """Ids of the user's messages that the question is made of, as far as they have some."""
    attachments: tuple[str, ...] = ()
    """What the question holds that is no text, by name or type."""
    parts: tuple[Any, ...] = ()
    """The same as its sender told it (https://docs.ag-ui.com/concepts/messages)."""
    started: float
    ended: float | None = None
    is_dated: bool = True
    """Whether its stream tells when things were."""
    has_tokens: bool = True
    """Whether each fragment is about a token; others send pieces of any length."""
    status: RunStatus = RunStatus.RUNNING
    error: str | None = None
    """The reason, where the run ended without an answer."""
    code: str | None = None
    """What its sender calls that, where it is none of our own codes."""
    model: str | None = None
    max_iterations: int | None = None
    retry_of: str | None = None
    """The run that this one asks again."""
    thread_id: str | None = None
    """The thread that its sender says it is of; a file may hold several."""
    parent_run: str | None = None
    """The run that this one branches from, as its sender calls it."""
    lineage: Lineage | None = None
    """The same whole, where the sender tells it: session, moment, and what was made otherwise."""
    answer: str | None = None
    tools_used: tuple[str, ...] | None = None
    """As its end tells; None where it tells nothing of them."""
    usage: tuple[ev.TokenUsage, ...] = ()
    steps: list[Step] = []
    """In the order they began, those inside others too."""
    notices: list[Notice] = []
    state: Any = UNSET
    """What agent and application share, as it is at the end of the run: JSON; unset where the stream tells of none."""
    state_problems: tuple[str, ...] = ()
    """Which changes of it could not be made, and why."""
    activities: list[Activity] = []
    awaited: tuple[str, ...] = ()
    """What the agent's server still waits for, by the ids of its interrupts; its next run has to answer all of it."""
    nodes: dict[str, str] = {}
    """The nodes of a graph that go on, by their tasks, in the order they began; none of a run that is over."""
    is_cut_off: bool = False
    """Whether it is known that nothing more comes, though the run has no end; whoever reads the stream says so."""
    first_token: float | None = None
    """When the model's first fragment of any kind came."""
    tool_fragments: int = 0
    answer_fragments: int = 0
    reasoning_fragments: int = 0
    """Fragments by purpose, where it `has_tokens` the best count of these there is until `usage` comes. An answer
    decoded from a call counts as answer, the rest of that call as tool use."""
    version: int = 0
    """Grows with every change, so a picture knows whether it is old."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Run) and _are_alike(self, other)

    @property
    def is_open(self) -> bool:
        """Whether the run is still going on."""
        return self.status is RunStatus.RUNNING

    @property
    def is_waiting(self) -> bool:
        """Whether it has ended and says that something from outside is wanted, which has not come."""
        if self.is_open:
            return False
        return any(
            item.status is CallStatus.WAITING if isinstance(item, ToolCall) else item.ended is None
            for item in self.items
            if isinstance(item, ToolCall | Interrupt)
        )

    @property
    def may_go_on(self) -> bool:
        """Whether another of its sender's runs may bring what is missing: an answer, or the result of a call."""
        if self.is_open:
            return True
        for step in self.steps:
            for item in step.items:
                if isinstance(item, ToolCall):
                    if item.status is CallStatus.WAITING or item.status is CallStatus.UNTOLD:
                        return True
                elif isinstance(item, Interrupt) and item.ended is None:
                    return True
        return False

    @property
    def time_to_first_token(self) -> float | None:
        """Milliseconds from the start of the run to the model's first fragment."""
        return None if self.first_token is None or not self.is_dated else self.first_token - self.started

    @property
    def elapsed(self) -> float | None:
        """Milliseconds from its start to its end; None while it goes on and where its stream does not tell."""
        return None if self.ended is None or not self.is_dated else self.ended - self.started

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
        """Fragments a second while the model was sending, tokens where it `has_tokens`; None until it has sent
        for a while."""
        if not self.is_dated:
            return None
        spans = [
            step.last_fragment - step.first_fragment
            for step in self.steps
            if step.first_fragment is not None and step.last_fragment is not None
        ]
        elapsed = sum(spans)
        return (self.fragment_count - len(spans)) * 1000 / elapsed if elapsed >= _RATE_SPAN else None

    @property
    def troubles(self) -> list[str]:
        """What went wrong in it, in words, whatever its end says: calls and sub-agents that failed, changes of what is
        shared that could not be made."""
        calls = sum(call.status is CallStatus.FAILED for step in self.steps for call in step.calls)
        agents = sum(step.error is not None for step in self.steps)
        changes = len(self.changes_not_made)
        counts = ((calls, "call", "failed"), (agents, "sub-agent", "failed"), (changes, "change", "did not apply"))
        return [f"{plural(count, what)} {became}" for count, what, became in counts if count]

    @property
    def changes_not_made(self) -> list[str]:
        """Which changes of what is shared could not be made, and why."""
        return [*self.state_problems, *(one.problem for one in self.activities if one.problem is not None)]

    @property
    def asking(self) -> ToolCall | None:
        """The first call that waits for the user's approval."""
        calls = self.steps[-1].calls if self.steps else []
        return next((call for call in calls if call.status is CallStatus.ASKING), None)

    @property
    def items(self) -> Iterator[Item]:
        """All that its steps are made of, step by step."""
        return (item for step in self.steps for item in step.items)

    @property
    def own_steps(self) -> list[Step]:
        """The steps of the run's own agent; what its sub-agents did it knows by the results of its calls."""
        inner: set[int] = set()
        for step in self.steps:
            if step.agent is not None or step.parent in inner:
                inner.add(step.number)
        return [step for step in self.steps if step.number not in inner]

    @property
    def named_steps(self) -> list[Step]:
        """Those of its own steps that the stream tells of; all of them where those are its sub-agents'."""
        own = [step for step in self.own_steps if step.is_named]
        return own or [step for step in self.steps if step.is_named]

    @property
    def maker(self) -> Literal["agent", "model"]:
        """Who makes it: a model of ours, or another agent, which is named in its place."""
        return "agent" if (self.model or "").startswith(AGENT) else "model"

    @property
    def messages(self) -> list[Message]:
        """The texts of all steps, in order."""
        return [item for item in self.items if isinstance(item, Message)]

    @property
    def calls(self) -> list[ToolCall]:
        """The tool calls of all steps, in order."""
        return [call for step in self.steps for call in step.calls]

    @property
    def interrupts(self) -> list[Interrupt]:
        """What it asked of the world outside, in order."""
        return [item for item in self.items if isinstance(item, Interrupt)]


def _are_alike(one: Struct, other: Struct) -> bool:
    """Whether two runs, or two steps, tell the same."""
    names = (name for name in one.__struct_fields__ if name not in _UNCOMPARED)
    return all(getattr(one, name) == getattr(other, name) for name in names)
