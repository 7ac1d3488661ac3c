"""What the steps of a turn are made of: messages, reasoning, tool calls and interrupts; and what stands beside them.

Plain values that the reducer (`agent.conversation.reducer`) fills and everything else only reads; structs, as runs and
steps are. All times are milliseconds since the epoch, taken from events; of a run that is not dated they say nothing.
"""

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from msgspec import Struct, field

from agent.conversation.decisions import Decision
from agent.conversation.fragments import Fragments

__all__ = [
    "Activity",
    "Asker",
    "CallStatus",
    "Interrupt",
    "Item",
    "Message",
    "MessageKind",
    "Notice",
    "Reasoning",
    "ToolCall",
]


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
    WAITING = "waiting"
    """The run ended and says that the call waits: for the application's result, or for an answer of its user."""
    UNTOLD = "untold"
    """The run ended, and the stream tells no result; whether the tool ran, nobody can say."""


_WRITING, _READY, _ASKING, _RUNNING = CallStatus.WRITING, CallStatus.READY, CallStatus.ASKING, CallStatus.RUNNING
"""By names of this module: looking up a member costs more than comparing it."""


class MessageKind(StrEnum):
    """What a text is for."""

    ANSWER = "answer"
    PREAMBLE = "preamble"
    """Text that came before a tool call in the same step."""
    INNER = "inner"
    """A sub-agent's, for the agent that asked it."""
    USER = "user"
    """The user's own, while the agent was at work."""
    SYSTEM = "system"
    """Not the agent's: instructions of the roles `system` and `developer`."""
    LATE = "late"
    """Text that came when its run had ended."""


class Message(Struct, kw_only=True):
    """Text: an agent's, or what `kind` says."""

    id: str
    """Unique in its run; the sender's, where that is one."""
    kind: MessageKind = MessageKind.ANSWER
    name: str | None = None
    """Who speaks, where several do."""
    call_id: str | None = None
    """The `final_answer` call that the text is decoded from."""
    fragments: Fragments = field(default_factory=Fragments)
    started: float
    ended: float | None = None
    is_filled: bool = False
    """Whether it was told whole, afterwards, so that its moments say nothing of its writing."""
    encrypted: str | None = None
    """What the stream brings more of it, that only its sender can read and wants back."""

    @property
    def is_encrypted(self) -> bool:
        """Whether there is more of it, that only its sender can read."""
        return self.encrypted is not None

    @property
    def lasted(self) -> float | None:
        """Milliseconds from its beginning to its end; None where that is not known, as of what has one moment for all
        of it."""
        return None if self.ended in (None, self.started) or self.is_filled else self.ended - self.started


class Reasoning(Struct, kw_only=True):
    """What the model thought aloud."""

    id: str
    title: str | None = None
    fragments: Fragments = field(default_factory=Fragments)
    started: float
    ended: float | None = None
    is_filled: bool = False
    encrypted: str | None = None

    @property
    def is_encrypted(self) -> bool:
        """Whether there is more of it, that only its sender can read."""
        return self.encrypted is not None

    @property
    def lasted(self) -> float | None:
        """Milliseconds from its beginning to its end; None where that is not known, as of what has one moment for all
        of it."""
        return None if self.ended in (None, self.started) or self.is_filled else self.ended - self.started


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks the user something; empty is what is not told."""

    name: str = ""
    """In words that go before `asks`: `the MCP server calendar`."""
    during: str = ""
    """The tool in whose call it asks."""

    @property
    def who(self) -> str:
        """Who it is, in words."""
        return self.name or "the agent"


class ToolCall(Struct, kw_only=True):
    """A call: its arguments as they are written, its tool's result."""

    id: str
    name: str
    fragments: Fragments = field(default_factory=Fragments)
    """The arguments, JSON text."""
    status: CallStatus = CallStatus.WRITING
    result: str | None = None
    attachments: tuple[str, ...] = ()
    """What the result holds that is no text, by name or type."""
    parts: tuple[Any, ...] = ()
    """The result part by part, as AG-UI has them, where one is no text."""
    started: float
    args_ended: float | None = None
    asked: float | None = None
    """When the user was asked whether it may run; `decided` is when he answered."""
    decided: float | None = None
    decision: Decision | None = None
    """What the user answered, or a rule of his settings."""
    stopped_at: str | None = None
    """The breakpoint at which he was asked, as it was written; None where the tool itself asks."""
    answered_by: str | None = None
    """Who answered in the place of its tool, which was not run: `recording` or `patch`."""
    tool_started: float | None = None
    progress: str = ""
    """How far the tool is, in its own words and numbers; of one that is done what it said last."""
    ended: float | None = None
    duration_ms: float | None = None
    """How long the tool ran; None while it runs and where it never began."""
    provider_id: str | None = None
    """What the model's provider calls it, where its sender says so."""
    sender_id: str | None = None
    """What its sender calls it, where that could not be used."""
    message_id: str | None = None
    """The message that it stands in, as its sender calls that."""
    result_id: str | None = None
    """What its sender calls the message with its result."""
    asker: Asker | None = None
    """Who asks the user, where it is no call of the agent's but a question that is shown as one."""
    is_filled: bool = False
    encrypted: str | None = None

    @property
    def wire_id(self) -> str:
        """What its sender calls it."""
        return self.id if self.sender_id is None else self.sender_id

    @property
    def is_question(self) -> bool:
        """Whether it is no call of the agent's: a question to the user, shown as one."""
        return self.asker is not None

    @property
    def title(self) -> str:
        """What it is called where it is read by people: its tool, or who asks."""
        return self.name if self.asker is None else f"{self.asker.who} asks"

    @property
    def arguments(self) -> dict[str, Any]:
        """Its arguments by name; none where they are not complete, or no object."""
        try:
            value = json.loads(self.fragments.text or "{}")
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}

    @property
    def decided_words(self) -> str:
        """What was decided, in a few words, of a question what became of it; empty where nothing was."""
        if self.decision is None:
            return ""
        return self.decision.words if self.asker is None else self.decision.answer_words

    @property
    def never_ran(self) -> bool:
        """Whether the run ended before its tool began, so that nothing was done."""
        return self.status is CallStatus.STOPPED and self.tool_started is None

    @property
    def is_open(self) -> bool:
        """Whether anything may still happen to it in its run."""
        status = self.status  # not looked up in a set, for an enum's hash is slow
        return status is _RUNNING or status is _WRITING or status is _READY or status is _ASKING


class Interrupt(Struct, kw_only=True):
    """What a run asks of the world outside, and the answer that came."""

    id: str
    """The sender's; empty where it gives none."""
    asks: str
    """In words, as far as the stream has any."""
    wants: str = ""
    """What an answer is to hold, in words; empty where the stream does not tell."""
    call_id: str | None = None
    """The tool call that it is about, as its sender calls it."""
    started: float
    answer: str | None = None
    """None until one has come."""
    is_cancelled: bool = False
    """Whether the answer was that there is none."""
    ended: float | None = None


Item = Message | Reasoning | ToolCall | Interrupt
"""What a step is made of."""


class Notice(Struct, kw_only=True):
    """Something the user should know that is no message: a retry, a sub-agent that failed."""

    text: str
    time: float
    place: int = 0
    """How many items of the run had begun before."""
    is_failure: bool = False
    """Whether it tells that something came to nothing."""


class Activity(Struct, kw_only=True):
    """Something that goes on beside the messages, such as a plan or a search: JSON of a kind that its sender knows."""

    id: str
    type: str
    content: Any
    problem: str | None = None
    """Why its last change could not be made."""
