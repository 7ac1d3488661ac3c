"""A user's agent in a process of its own does the work of turns.

To everything else it is a source as any other. It owns which process that is: one for as long as it lives, so that the
agent remembers what it keeps in memory, and a new one for the first question after its end.
"""

import asyncio
import logging
import os
import sys
from collections.abc import Callable, Collection, Sequence
from typing import Any

from agent.conversation.reducer import Conversation
from agent.errors import RunFailed, UsageError
from agent.events.types import RunErrorCode
from agent.runs.run import Answer, Run
from agent.secrets import Secrets
from agent.settings.permissions import Permissions
from agent.sources.apart.child import Child
from agent.sources.apart.messages import Setup
from agent.sources.apart.runs import ChildRuns
from agent.sources.source import ToolInfo
from agent.threads import in_thread

__all__ = ["ApartSource"]


class ApartSource:
    """Does the work of turns with an agent of the user's, whatever that does to its process."""

    def __init__(
        self, named: str, permissions: Callable[[], Permissions] = Permissions, secrets: Secrets | None = None
    ) -> None:
        """Start a process with the agent that MODULE:NAME or FILE.py:NAME names. Blocks until that is imported.

        `permissions` are rules about the calls that it asks about; `secrets` are left out of what is told of a defect.

        Raises:
            UsageError: there is none, or it is no agent.
        """
        self._named = named
        self._permissions = permissions
        self._secrets = secrets or Secrets()
        self._starting = asyncio.Lock()
        self._runs = self._started()

    tools: Sequence[ToolInfo] = ()
    can_be_steered = False

    async def work(self, run: Run, history: Conversation | None = None, without: str | None = None) -> Answer:
        """What a run does: the agent, until it ends. `without` names a turn of `history` that is asked again.

        Raises:
            RunFailed: the agent failed, or its process has ended, or cannot be started any more.
        """
        async with self._starting:
            if not await self._runs.answers():
                try:
                    self._runs = await in_thread(self._started)
                except UsageError as error:
                    raise RunFailed(RunErrorCode.UNAVAILABLE, str(error)) from error
            runs = self._runs
        turns = [turn for turn in history.runs if turn.id != run.id] if history is not None else []
        return await runs.work(run, turns, without)

    def without(self, names: Collection[str]) -> "ApartSource":
        """Itself: its tools are its own."""
        return self

    def schema(self, tool: str, call_id: str | None = None) -> dict[str, Any]:
        """That of the answer to a question; of its tools nothing: what they take is the agent's own business."""
        return self._runs.form(call_id)

    def prepare(self, history: Conversation) -> None:
        """Tell the process the past."""
        self._runs.tell_past([turn for turn in history.runs if not turn.is_open])

    def _started(self) -> ChildRuns:
        setup = Setup(
            named=self._named,
            path=[*sys.path],
            arguments=[*sys.argv],
            python_path=os.environ.get("PYTHONPATH"),
            log_level=logging.getLogger("agent").getEffectiveLevel(),
            secrets=self._secrets,
        )
        return ChildRuns(Child(setup), self._permissions)
