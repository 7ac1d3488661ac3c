"""A LangGraph graph does the work of turns: run, asked, gone on with, until it ends.

The graph runs on the tools' loop, off the screen's: its nodes are foreign code. Its thread is the session's, so a
checkpointer that lasts keeps it from one start to the next; a graph without one is told the past with every turn.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Collection, Coroutine, Sequence
from typing import Any, TypeVar

from langchain_core.messages import BaseMessage, HumanMessage
from langgraph.errors import GraphRecursionError
from langgraph.types import Command, Interrupt

from agent.conversation.decisions import Decision
from agent.conversation.reducer import Conversation
from agent.conversation.run import Run as Turn
from agent.errors import RunFailed, UsageError
from agent.events.types import Event, ResumeEntry, RunErrorCode, RunInput
from agent.runs.run import Answer, Run
from agent.runs.suspension import RunSuspended
from agent.settings.permissions import Permissions
from agent.sources.graph.inputs import given
from agent.sources.graph.interrupts import ActionRequest, action_requests, answer_to, decision_for
from agent.sources.graph.served import branch_of, resumption, told_interrupts
from agent.sources.graph.telling import GraphTeller
from agent.sources.questions.asking import Standing
from agent.sources.questions.shown import ANSWER, ASK_USER, answer_events, question_events
from agent.sources.source import ToolInfo
from agent.sources.tools.calls.loop import ToolLoop
from agent.sources.tools.calls.results import failure_of
from agent.sources.tools.calls.values import plain

__all__ = ["GraphSource"]

log = logging.getLogger(__name__)

T = TypeVar("T")

_MODES = ["messages", "tasks", "custom", "updates", "values"]


class GraphSource:
    """Does the work of turns with a compiled graph."""

    def __init__(self, graph: Any, loop: ToolLoop, permissions: Callable[[], Permissions] = Permissions) -> None:
        """`permissions` are rules about the calls that the graph asks about."""
        self._graph = graph
        self._loop = loop
        self._standing = Standing(permissions)

    async def work(self, run: Run, history: Conversation | None = None, without: str | None = None) -> Answer:
        """What a run does: the graph, until it ends. `without` names a turn of `history` that is asked again.

        Raises:
            RunFailed: the graph failed, or cannot be asked.
        """
        turns = [turn for turn in history.runs if turn.id != run.id] if history else []
        used = set(history.call_ids) if history else set()
        return await self._work(run, _GraphTurn(self._graph, run, turns, without, used, self._standing))

    async def serve(self, run: Run, history: Conversation, request: RunInput) -> Answer:
        """What a run does that a client asked for; its turn is the last of `history`, and goes on.

        Raises:
            RunFailed: the graph failed, or cannot be asked.
            RunSuspended: it asks something.
        """
        turns = [turn for turn in history.runs if not turn.is_open]
        turn = _GraphTurn(self._graph, run, turns, None, set(history.call_ids), self._standing)
        turn.begun, turn.resume = history.open_run, list(request.resume or ())
        return await self._work(run, turn)

    async def _work(self, run: Run, turn: "_GraphTurn") -> Answer:
        try:
            return await self._loop.run(turn.work())
        finally:
            run.usage[:] = [turn.teller.usage] if turn.teller is not None and turn.teller.usage is not None else []

    tools: Sequence[ToolInfo] = ()
    can_be_steered = False

    def without(self, names: Collection[str]) -> "GraphSource":
        """Itself: its tools are its own."""
        return self

    def schema(self, tool: str, call_id: str | None = None) -> dict[str, Any]:
        """Nothing: what its tools take is the graph's own business."""
        return {}

    def prepare(self, history: Conversation) -> None:
        """Nothing: a graph keeps its own past."""


class _GraphTurn:
    """One turn; all but its making runs on the tools' loop."""

    def __init__(
        self,
        graph: Any,
        run: Run,
        turns: Sequence[Turn],
        without: str | None,
        used_call_ids: set[str],
        standing: Standing,
    ) -> None:
        self.teller: GraphTeller | None = None
        self._graph = graph
        self._run = run
        self._turns = [turn for turn in turns if turn.id != without]
        self._again = next((turn.question for turn in turns if turn.id == without), None)
        self._used_call_ids = used_call_ids
        self._standing = standing
        self._screen = asyncio.get_running_loop()
        self._branch = ""
        """Of the thread, where this is not the session's own."""
        self.begun: Turn | None = None
        """What other runs have made of the turn."""
        self.resume: list[ResumeEntry] = []
        """The client's answers to what the graph asked in one of them."""

    def _put(self, event: Event) -> None:
        with contextlib.suppress(RuntimeError):  # the program has ended
            self._screen.call_soon_threadsafe(self._run.emit, event)

    async def work(self) -> Answer:
        teller = self.teller = GraphTeller(self._put, self._run.now, self._used_call_ids)
        try:
            await self._walk(teller)
        except (asyncio.CancelledError, RunFailed, RunSuspended):
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
        if self.begun is not None:
            teller.know(self.begun)
        value = await (self._resumed() if self.resume else self._asked())
        config = self._config
        while True:
            interrupts: dict[str, Interrupt] = {}
            stream = self._graph.astream(value, config, stream_mode=_MODES, subgraphs=True)
            async for namespace, mode, payload in stream:
                if mode == "updates":
                    found = payload.get("__interrupt__", ()) if isinstance(payload, dict) else ()
                    interrupts |= {interrupt.id: interrupt for interrupt in found}
                else:
                    teller.take(namespace, mode, payload)
                    if not self._run.queue.has_room:
                        await self._on_screen(self._run.queue.room())
            if not interrupts:
                return
            if not self._run.can_ask:
                raise RunSuspended(told_interrupts([*interrupts.values()], teller.call_of, self._branch))
            answers = await asyncio.gather(*(self._answer(teller, one) for one in interrupts.values()))
            value = Command(resume=dict(zip(interrupts, answers, strict=True)))

    @property
    def _config(self) -> dict[str, Any]:
        thread = f"{self._run.thread_id}/{self._branch}" if self._branch else self._run.thread_id
        return {"configurable": {"thread_id": thread}}

    async def _asked(self) -> Any:
        """What the graph is given for the question."""
        kept = await self._kept()
        if kept and not self._is_ours(kept):  # the thread of the session that this one was branched from
            self._branch, kept = self._run.id, []
        return given(self._graph, self._run.question, self._turns, kept, again=self._again)

    async def _resumed(self) -> Command[Any]:
        """What the graph goes on with."""
        self._branch = branch_of(self.resume)
        waiting = (await self._graph.aget_state(self._config)).interrupts if self._keeps else ()
        return Command(resume=resumption(waiting, self.resume))

    @property
    def _keeps(self) -> bool:
        """Whether the graph has a checkpointer."""
        return bool(getattr(self._graph, "checkpointer", None))

    async def _kept(self) -> list[BaseMessage]:
        """The messages of the thread that the graph's checkpointer keeps; none without one."""
        if not self._keeps:
            return []
        state = await self._graph.aget_state(self._config)
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
            call_id = teller.call_of(request, taken)
            call_id = call_id or self._show(request.name, dict(request.arguments))
            taken.add(call_id)
            asked.append(self._decided_about(request, call_id))
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

    async def _decided_about(self, request: ActionRequest, call_id: str) -> Decision:
        """What holds for a call that the graph asks about, by a rule or by the user."""
        decision = self._standing.decision(self._run, request.name, request.arguments)
        if decision is not None:
            self._screen.call_soon_threadsafe(self._run.tell_decision, call_id, decision)
            return decision
        decision = await self._decided(call_id)
        self._standing.note(self._run, request.name, decision)
        return decision

    async def _decided(self, call_id: str) -> Decision:
        return await self._on_screen(self._run.approval(call_id))

    async def _on_screen(self, work: Coroutine[Any, Any, T]) -> T:
        """What `work` gives, on the loop that the run is of."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._screen))
