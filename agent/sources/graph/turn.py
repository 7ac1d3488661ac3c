"""One turn of a graph: run, asked, gone on with, until it ends.

It owns the graph's thread: which it is, what it keeps, and where it goes on. All but the making of a turn runs on the
tools' loop.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

from langchain_core.messages import BaseMessage, HumanMessage
from langgraph.errors import GraphRecursionError
from langgraph.types import Command, Interrupt

from agent.conversation.run import Run as Turn
from agent.errors import RunFailed, UsageError
from agent.events.types import ResumeEntry, RunErrorCode
from agent.runs.run import Answer, Run
from agent.runs.suspension import RunSuspended
from agent.sources.context.turns import branched_thread
from agent.sources.graph.asking.client import branch_of, goes_on, resumption, told_interrupts, told_stop
from agent.sources.graph.asking.user import GraphAsker
from agent.sources.graph.inputs import given
from agent.sources.graph.memory import remembering
from agent.sources.graph.telling.outputs import messages_in
from agent.sources.graph.telling.teller import GraphTeller
from agent.sources.questions.asking import Asker
from agent.sources.tools.calls.results import failure_of

__all__ = ["GraphTurn"]

log = logging.getLogger(__name__)

_MODES = ["messages", "tasks", "custom", "updates", "values"]


class GraphTurn:
    """One turn; made on the screen's loop."""

    def __init__(
        self,
        graph: Any,
        run: Run,
        turns: Sequence[Turn],
        without: str | None,
        used_call_ids: set[str],
        asker: Asker,
    ) -> None:
        """`turns` are those before it; `without` names one of them that is asked again."""
        self.teller: GraphTeller | None = None
        self.begun: Turn | None = None
        """What other runs have made of the turn."""
        self.resume: list[ResumeEntry] = []
        """The client's answers to what the graph asked in one of them."""
        self._keeps = bool(getattr(graph, "checkpointer", None))
        """Whether the graph has a checkpointer of its own."""
        self._graph = remembering(graph)
        self._run = run
        self._turns = [turn for turn in turns if turn.id != without]
        self._again = next((turn.question for turn in turns if turn.id == without), None)
        self._used_call_ids = used_call_ids
        self._asker = GraphAsker(run, asker)
        branches = [(run.id, run.lineage), *((turn.id, turn.lineage) for turn in reversed(self._turns))]
        self._thread = branched_thread(run.thread_id, branches)
        self._branch = ""
        """Of the thread, where that turns out to be another session's."""

    async def work(self) -> Answer:
        """Run the graph until it ends.

        Raises:
            RunFailed: it failed, or cannot be asked.
            RunSuspended: it asks something, and the run cannot.
        """
        teller = self.teller = GraphTeller(self._asker.put, self._run.now, self._used_call_ids)
        try:
            await self._walk(teller)
        except (asyncio.CancelledError, RunFailed, RunSuspended):
            raise
        except GraphRecursionError as error:
            words = " ".join(str(error).split())
            raise RunFailed(RunErrorCode.ITERATION_LIMIT, f"The graph used up its steps: {words}") from error
        except UsageError as error:
            raise RunFailed(RunErrorCode.MODEL_ERROR, str(error)) from error
        except BaseException as error:  # a node is foreign code: its exit or interrupt is not the program's
            log.info("the graph failed", exc_info=error)
            words = " ".join(failure_of(error).text.split())
            raise RunFailed(RunErrorCode.MODEL_ERROR, f"{teller.what_failed(error)} failed: {words}") from error
        teller.end(self._run.question)
        return {"answer": teller.answer, "tools_used": teller.tools_used}

    async def _walk(self, teller: GraphTeller) -> None:
        if self.begun is not None:
            teller.know(self.begun)
        value = await (self._resumed() if self.resume else self._asked())
        while True:
            interrupts = await self._stream(teller, value)
            if interrupts:
                value = await self._answered(teller, interrupts)
            elif nodes := await self._stopped_before():
                await self._go_on(nodes)
                value = None
            else:
                return

    async def _stream(self, teller: GraphTeller, value: Any) -> list[Interrupt]:
        """Run the graph until it ends or stops; gives what it asks."""
        interrupts: dict[str, Interrupt] = {}
        stream = self._graph.astream(value, self._config, stream_mode=_MODES, subgraphs=True)
        async for namespace, mode, payload in stream:
            if mode == "updates":
                found = payload.get("__interrupt__", ()) if isinstance(payload, dict) else ()
                interrupts |= {interrupt.id: interrupt for interrupt in found}
            else:
                teller.take(namespace, mode, payload)
                if not self._run.queue.has_room:
                    await self._asker.on_screen(self._run.queue.room)
        return [*interrupts.values()]

    # Its thread

    @property
    def _config(self) -> dict[str, Any]:
        return {"configurable": {"thread_id": f"{self._thread}/{self._branch}" if self._branch else self._thread}}

    async def _asked(self) -> Any:
        """What the graph is given for the question."""
        values = (await self._graph.aget_state(self._config)).values if self._keeps else None
        kept, turns = messages_in(values), self._turns
        if kept and not self._is_ours(kept):  # the thread of the session that this one was branched from
            self._branch, kept = self._run.id, []
        elif values and not hasattr(self._graph, "builder"):  # a workflow that knows what it has saved of the past
            kept, turns = [], []
        return given(self._graph, self._run.question, turns, kept, again=self._again)

    def _is_ours(self, kept: Sequence[BaseMessage]) -> bool:
        """Whether a thread holds the questions of this session and no others."""
        asked = [message.text for message in kept if isinstance(message, HumanMessage)]
        told = [turn.question for turn in self._turns]
        return asked in (told, [*told, self._again])

    async def _stopped_before(self) -> list[str]:
        """The nodes that the graph stops before, as its author wants it (`interrupt_before`); none at its end."""
        if not getattr(self._graph, "checkpointer", None):
            return []
        state = await self._graph.aget_state(self._config)
        return list(dict.fromkeys(state.next))

    # What it asks

    async def _answered(self, teller: GraphTeller, interrupts: Sequence[Interrupt]) -> Command[Any]:
        """What the graph goes on with: the user's answers, all at once."""
        if not self._run.can_ask:
            self._needs_to_keep()
            raise RunSuspended(told_interrupts(interrupts, teller.call_of, self._branch))
        answers = await asyncio.gather(*(self._asker.answer(teller, one) for one in interrupts))
        return Command(resume={one.id: answer for one, answer in zip(interrupts, answers, strict=True)})

    async def _go_on(self, nodes: Sequence[str]) -> None:
        if not self._run.can_ask:
            self._needs_to_keep()
            raise RunSuspended(told_stop(nodes, self._branch))
        if not await self._asker.goes_on(nodes):
            raise RunFailed(RunErrorCode.CANCELLED, f"Stopped before {', '.join(nodes)}.")

    def _needs_to_keep(self) -> None:
        if not self._keeps:
            words = "The graph asks something, and keeps no threads: compile it with a checkpointer that lasts"
            raise RunFailed(RunErrorCode.MODEL_ERROR, words)

    async def _resumed(self) -> Command[Any] | None:
        """What the graph goes on with, by the answers of a client."""
        self._branch = branch_of(self.resume)
        if (is_to := goes_on(self.resume)) is not None:
            if not is_to:
                raise RunFailed(RunErrorCode.CANCELLED, "Stopped, as the client says.")
            return None
        waiting = (await self._graph.aget_state(self._config)).interrupts if self._keeps else ()
        return Command(resume=resumption(waiting, self.resume))
