"""A LangGraph graph does the work of turns.

The graph runs on the tools' loop, off the screen's: its nodes are foreign code. Its thread is the session's, so a
checkpointer that lasts keeps it from one start to the next; a graph without one is told the past with every turn.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Any

from agent.conversation.reducer import Conversation
from agent.events.types import RunInput
from agent.runs.run import Answer, Run
from agent.settings.permissions import Permissions
from agent.sources.graph.turn import GraphTurn
from agent.sources.questions.asking import Asker, Standing
from agent.sources.source import ToolInfo
from agent.sources.tools.calls.loop import ToolLoop

__all__ = ["GraphSource"]


class GraphSource:
    """Does the work of turns with a compiled graph."""

    def __init__(self, graph: Any, loop: ToolLoop, permissions: Callable[[], Permissions] = Permissions) -> None:
        """`permissions` are rules about the calls that the graph asks about."""
        self._graph = graph
        self._loop = loop
        self._asker = Asker(Standing(permissions))

    tools: Sequence[ToolInfo] = ()
    can_be_steered = False

    async def work(self, run: Run, history: Conversation | None = None, without: str | None = None) -> Answer:
        """What a run does: the graph, until it ends. `without` names a turn of `history` that is asked again.

        Raises:
            RunFailed: the graph failed, or cannot be asked.
        """
        turns = [turn for turn in history.runs if turn.id != run.id] if history else []
        used = set(history.call_ids) if history else set()
        return await self._work(run, GraphTurn(self._graph, run, turns, without, used, self._asker))

    async def serve(self, run: Run, history: Conversation, request: RunInput) -> Answer:
        """What a run does that a client asked for; its turn is the last of `history`, and goes on.

        Raises:
            RunFailed: the graph failed, or cannot be asked.
            RunSuspended: it asks something.
        """
        turns = [turn for turn in history.runs if not turn.is_open]
        turn = GraphTurn(self._graph, run, turns, None, set(history.call_ids), self._asker)
        turn.begun, turn.resume = history.open_run, list(request.resume or ())
        return await self._work(run, turn)

    async def _work(self, run: Run, turn: GraphTurn) -> Answer:
        try:
            return await self._loop.run(turn.work())
        finally:
            run.usage[:] = [turn.teller.usage] if turn.teller is not None and turn.teller.usage is not None else []

    def without(self, names: Collection[str]) -> "GraphSource":
        """Itself: its tools are its own."""
        return self

    def schema(self, tool: str, call_id: str | None = None) -> dict[str, Any]:
        """That of the answer to a question; of its tools nothing: what they take is the graph's own business."""
        return self._asker.form(call_id)

    def prepare(self, history: Conversation) -> None:
        """Nothing: a graph keeps its own past."""
