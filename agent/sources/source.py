"""What a maker of turns is to everything else: it does the work of a run, and that is all that is known of it.

Events go out by the run (`Run.emit`), and by the run it asks (`Run.approval`), is steered (`Run.take_steering`) and is
cancelled. The agent's loop over a model, a user's graph and an agent behind a URL are such makers.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

from agent.conversation.reducer import Conversation
from agent.events.types import RunInput
from agent.runs.run import Answer, Run

__all__ = ["Served", "Source", "ToolInfo"]


@dataclass(frozen=True, kw_only=True)
class ToolInfo:
    """A tool that can be called in turns."""

    name: str
    description: str
    origin: str
    """Where it comes from, in a few words."""
    schema: dict[str, Any]
    """The JSON Schema of its arguments."""
    permission: Literal["allow", "ask", "deny"]
    """What happens where no rule about its arguments says otherwise."""
    rule: str = ""
    """The rule of the settings that says so; empty where none does."""


class Source(Protocol):
    """Does the work of turns."""

    @property
    def tools(self) -> Sequence[ToolInfo]:
        """Those of ours that can be called in them; an agent's own are its own business."""

    @property
    def can_be_steered(self) -> bool:
        """Whether what the user says to a running turn is told to it."""

    def without(self, names: Collection[str]) -> "Source":
        """The same without these tools."""

    async def work(self, run: Run, history: Conversation | None = None, without: str | None = None) -> Answer:
        """Answer the question of `run` after the turns of `history`; `without` names one of them that is asked again.

        Raises:
            RunFailed: there is no answer.
        """

    def schema(self, tool: str, call_id: str | None = None) -> dict[str, Any]:
        """The JSON Schema of a tool's arguments; empty where it is not known. `call_id` is that of a call that asks."""

    def prepare(self, history: Conversation) -> None:
        """Do ahead what the next turn behind `history` would have to do first. Blocks, and changes nothing of it."""


@runtime_checkable
class Served(Protocol):
    """Does the work of turns that clients ask for, who tell the whole conversation with each request."""

    async def serve(self, run: Run, history: Conversation, request: RunInput) -> Answer:
        """Answer the last turn of `history`, which goes on; `request` has what no conversation holds: the client's
        tools, and its answers to what was asked.

        Raises:
            RunFailed: there is no answer.
            RunSuspended: the client has to do something first; its next request says that it has.
        """
