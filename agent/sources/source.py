"""What a maker of turns is to everything else: it does the work of a run, and that is all that is known of it.

Events go out by the run (`Run.emit`), and by the run it asks (`Run.approval`), is steered (`Run.take_steering`) and is
cancelled. The agent's loop over a model, a user's graph and an agent behind a URL are such makers.
"""

from typing import Any, Protocol

from agent.conversation.reducer import Conversation
from agent.runs.run import Answer, Run

__all__ = ["Source"]


class Source(Protocol):
    """Does the work of turns."""

    async def work(self, run: Run, history: Conversation | None = None, without: str | None = None) -> Answer:
        """Answer the question of `run` after the turns of `history`; `without` names one of them that is asked again.

        Raises:
            RunFailed: there is no answer.
        """

    def schema(self, tool: str, call_id: str | None = None) -> dict[str, Any]:
        """The JSON Schema of a tool's arguments; empty where it is not known. `call_id` is that of a call that asks."""
