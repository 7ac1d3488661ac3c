"""A LangGraph graph does the work of turns: run, asked, gone on with, until it ends.

The graph runs on the tools' loop, off the screen's: its nodes are foreign code. Its thread is the session's, so a
checkpointer that lasts keeps it from one start to the next; a graph without one is told the past with every turn.
"""

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from typing import Any

from langchain_core.messages import BaseMessage, HumanMessage
from langgraph.errors import GraphRecursionError
from langgraph.types import Command, Interrupt

from agent.conversation.decisions import Decision
from agent.conversation.reducer import Conversation
from agent.conversation.run import Run as Turn
from agent.errors import RunFailed, UsageError
from agent.events.types import Event, RunErrorCode
from agent.runs.run import Answer, Run
from agent.sources.graph.inputs import given
from agent.sources.graph.interrupts import action_requests, answer_to, decision_for
from agent.sources.graph.telling import GraphTeller
from agent.sources.questions import ANSWER, ASK_USER, answer_events, question_events
from agent.sources.tools.calls.loop import ToolLoop
from agent.sources.tools.calls.results import failure_of
from agent.sources.tools.calls.values import plain

__all__ = ["GraphSource"]

log = logging.getLogger(__name__)

_MODES = ["messages", "tasks", "custom", "updates", "values"]


class GraphSource:
    """Does the work of turns with a compiled graph."""

    def __init__(self, graph: Any, loop: ToolLoop) -> None:
        self._graph = graph
        self._loop = loop

    async def work(self, run: Run, history: Conversation | None = None, without: str | None = None) -> Answer:
        """What a run does: the graph, until it ends. `without` names a turn of `history` that is asked again.

        Raises:
            RunFailed: the graph failed, or cannot be asked.
        """
        turns = [turn for turn in history.runs if turn.id != run.id] if history else []
        used = set(history.call_ids) if history else set()
        turn = _GraphTurn(self._graph, run, turns, without, used)
        try:
            return await self._loop.run(turn.work())
        finally:
            run.usage[:] = [turn.teller.usage] if turn.teller is not None and turn.teller.usage is not None else []

    def schema(self, tool: str, call_id: str | None = None) -> dict[str, Any]:
        """Nothing: what its tools take is the graph's own business."""
        return {}

    def prepare(self, history: Conversation) -> None:
        """Nothing: a graph keeps its own past."""


class _GraphTurn:
    """One turn; all but its making runs on the tools' loop."""

    def __init__(
        self, graph: Any, run: Run, turns: Sequence[Turn], without: str | None, used_call_ids: set[str]
    ) -> None:
        self.teller: GraphTeller | None = None
        self._graph = graph
        self._run = run
        self._turns = [turn for turn in turns if turn.id != without]
        self._again = next((turn.question for turn in turns if turn.id == without), None)
        self._used_call_ids = used_call_ids
        self._screen = asyncio.get_running_loop()

    def _put(self, event: Event) -> None:
        with contextlib.suppress(RuntimeError):  # the program has ended
            self._screen.call_soon_threadsafe(self._run.emit, event)

    async def work(self) -> Answer:
        teller = self.teller = GraphTeller(self._put, self._run.now, self._used_call_ids)
        try:
            await self._walk(teller)
        except (asyncio.CancelledError, RunFailed):
            raise
        except GraphRecursionError as error:
            raise RunFailed(RunErrorCode.ITERATION_LIMIT, f"The graph used up its steps: {error}") from error
        except UsageError as error:
            raise RunFailed(RunErrorCode.MODEL_ERROR, str(error)) from error
        except BaseException as error:  # a node is foreign code: its exit or interrupt is not the program's
            log.info("the graph failed", exc_info=error)
            raise RunFailed(RunErrorCode.MODEL_ERROR, f"The graph failed: {failure_of(error).text}") from error
        teller.end()
        return {"answer": teller.answer, "tools_used": list(teller.tools_used)}

    async def _walk(self, teller: GraphTeller) -> None:
        config: dict[str, Any] = {"configurable": {"thread_id": self._run.thread_id}}
        kept = await self._kept(config)
        if kept and not self._is_ours(kept):  # the thread of the session that this one was branched from
            config["configurable"]["thread_id"] = f"{self._run.thread_id}/{self._run.id}"
            kept = []
        value: Any = given(self._graph, self._run.question, self._turns, kept, again=self._again)
        while True:
            interrupts: dict[str, Interrupt] = {}
            stream = self._graph.astream(value, config, stream_mode=_MODES, subgraphs=True)
            async for namespace, mode, payload in stream:
                if mode == "updates":
                    found = payload.get("__interrupt__", ()) if isinstance(payload, dict) else ()
                    interrupts |= {interrupt.id: interrupt for interrupt in found}
                else:
                    teller.take(namespace, mode, payload)
            if not interrupts:
                return
            answers = await asyncio.gather(*(self._answer(teller, one) for one in interrupts.values()))
            value = Command(resume=dict(zip(interrupts, answers, strict=True)))

    async def _kept(self, config: dict[str, Any]) -> list[BaseMessage]:
        """The messages of the thread that the graph's checkpointer keeps; none without one."""
        if not getattr(self._graph, "checkpointer", None):
            return []
        state = await self._graph.aget_state(config)
        messages = state.values.get("messages") if isinstance(state.values, dict) else None
        return list(messages) if isinstance(messages, list) else []

    def _is_ours(self, kept: Sequence[BaseMessage]) -> bool:
        """Whether a thread holds the questions of this session and no others."""
        asked = [message.text for message in kept if isinstance(message, HumanMessage)]
        told = [turn.question for turn in self._turns]
        return asked in (told, [*told, self._again])

    # What it asks

    async def _answer(self, teller: GraphTeller, interrupt: Interrupt) -> Any:
        """Ask the user what an interrupt asks, all of it at once."""
        requests = action_requests(interrupt.value)
        if requests is None:
            return await self._ask(interrupt)
        taken: set[str] = set()
        asked = []
        for request in requests:
            call_id = teller.call_id(request.name, request.arguments, taken)
            call_id = call_id or self._show(request.name, dict(request.arguments))
            taken.add(call_id)
            asked.append(self._decided(call_id))
        decisions = await asyncio.gather(*asked)
        return {"decisions": [decision_for(request, one) for request, one in zip(requests, decisions, strict=True)]}

    async def _ask(self, interrupt: Interrupt) -> Any:
        call_id = self._show(ASK_USER, {"question": interrupt.value, ANSWER: ""})
        answer = answer_to(await self._decided(call_id))
        for event in answer_events(self._run.now, call_id, str(answer)):
            self._put(event)
        return answer

    def _show(self, name: str, arguments: dict[str, Any]) -> str:
        """Show what is asked as a call, where the graph's model has made none; gives its id."""
        call_id, events = question_events(self._run.now, plain(arguments), name)
        for event in events:
            self._put(event)
        return call_id

    async def _decided(self, call_id: str) -> Decision:
        asked = asyncio.run_coroutine_threadsafe(self._run.approval(call_id), self._screen)
        return await asyncio.wrap_future(asked)
