"""Asks the user what a graph asks, where tools ask, until the answer is one that the graph takes.

It owns the way from an interrupt to the user and back. The graph runs on the tools' loop, the run on the screen's: what
is asked goes over to that.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future, InvalidStateError
from functools import partial
from typing import Any, TypeVar

from langgraph.types import Interrupt

from agent.conversation.decisions import Decision
from agent.errors import RunFailed
from agent.events.types import NOTICE, Custom, Event, RunErrorCode
from agent.runs.run import Run
from agent.sources.graph.asking.interrupts import ActionRequest, answer_to, decision_for, requests_in, words_of
from agent.sources.graph.telling.teller import GraphTeller
from agent.sources.questions.asking import Asker
from agent.sources.questions.interrupts import Interrupt as Question
from agent.sources.questions.shown import ANSWER, ASK_USER, answer_events, question_events
from agent.sources.tools.calls.values import plain

__all__ = ["GraphAsker"]

T = TypeVar("T")

_MOST_ASKED = 3
"""How often a call is asked about before the turn is given up."""


class GraphAsker:
    """Asks in one turn; made on the screen's loop, used on the graph's."""

    def __init__(self, run: Run, asker: Asker) -> None:
        self._run = run
        self._asker = asker
        self._screen = asyncio.get_running_loop()
        self._told: deque[Callable[[], object]] = deque()
        """What is to be done on the screen's loop, in order."""
        self._is_woken = False
        """Whether that loop is going to look at it."""

    def put(self, event: Event) -> None:
        """Tell an event, from the graph's thread."""
        self._hand_over(partial(self._run.emit, event))

    def _hand_over(self, do: Callable[[], object]) -> None:
        """Have something done on the screen's loop, behind all that was handed over before.

        One call wakes it for all that comes until it is awake: each costs a system call on both sides, in which the
        threads take the interpreter from each other.
        """
        self._told.append(do)
        if not self._is_woken:
            self._is_woken = True
            with contextlib.suppress(RuntimeError):  # the program has ended
                self._screen.call_soon_threadsafe(self._take_over)

    def _take_over(self) -> None:
        self._is_woken = False  # first: what is handed over from here on is seen below, or wakes it anew
        while self._told:
            self._told.popleft()()

    async def on_screen(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """What `work` gives, on the loop that the run is of: begun there, and so never where that has ended."""
        given: Future[T] = Future()
        self._hand_over(partial(_begin, self._screen, work, given))
        return await asyncio.wrap_future(given)

    async def answer(self, teller: GraphTeller, interrupt: Interrupt) -> Any:
        """What the user answers to an interrupt, all that it asks at once.

        Raises:
            RunFailed: the graph takes no such answer.
        """
        requests = requests_in(interrupt.value, interrupt.response_schema)
        if requests is None:
            return await self._answer(interrupt)
        taken: set[str] = set()
        asked = []
        for request in requests.calls:
            found = teller.call_of(request.name, request.arguments, request.call_id, taken)
            call_id = found or self._show(dict(request.arguments), request.name)
            taken.add(call_id)
            asked.append(self._said(request, call_id))
        return requests.answer(await asyncio.gather(*asked))

    async def goes_on(self, nodes: Sequence[str]) -> bool:
        """Whether a graph goes on that its author has it stop before `nodes`."""
        call_id = self._show({"question": f"The graph stops before {', '.join(nodes)}. Go on?"})
        decision = await self._decided(call_id)
        self._tell_answer(call_id, "go on" if decision.allows else decision.reason or "no")
        return decision.allows

    async def _answer(self, interrupt: Interrupt) -> Any:
        """The answer to what is about no call."""
        schema = interrupt.response_schema
        if isinstance(schema, dict):
            words = words_of(interrupt.value) or str(plain(interrupt.value))
            question = Question(id="", message=words, schema=schema, takes_refusal=True)
            entry = await self.on_screen(partial(self._asker.ask, self._run, question))
            if entry.status != "resolved":
                raise _unanswered(words)
            return False if entry.payload is None else entry.payload
        call_id = self._show({"question": interrupt.value, ANSWER: ""})
        with self._asker.showing(call_id, {"properties": {ANSWER: {}}}):
            decision = await self._decided(call_id)
        if decision.kind == "dismissed":
            self._tell_answer(call_id, "no answer")
            raise _unanswered(words_of(interrupt.value))
        answer = answer_to(decision)
        self._tell_answer(call_id, str(answer))
        return answer

    def _show(self, arguments: dict[str, Any], name: str = ASK_USER) -> str:
        """Show what is asked as a call, where the graph's model has made none; gives its id."""
        call_id, events = question_events(self._run.now, plain(arguments), name)
        for event in events:
            self.put(event)
        return call_id

    def _tell_answer(self, call_id: str, answer: str) -> None:
        for event in answer_events(self._run.now, call_id, answer):
            self.put(event)

    async def _said(self, request: ActionRequest, call_id: str) -> dict[str, Any]:
        """What the graph is told of a call, by a rule or by the user."""
        standing = self._asker.standing
        decision = standing.decision(self._run, request.name, request.arguments)
        said: dict[str, Any] | str = ""
        for _ in range(_MOST_ASKED):
            if decision is not None:
                self._hand_over(partial(self._run.tell_decision, call_id, decision))
            else:
                decision = await self._decided(call_id)
                standing.note(self._run, request.name, decision)
            said = decision_for(request, decision)
            if not isinstance(said, str):
                return said
            self.put(Custom(timestamp=self._run.now(), name=NOTICE, value={"reason": said}))
            decision = None
        raise RunFailed(RunErrorCode.MODEL_ERROR, str(said))

    async def _decided(self, call_id: str) -> Decision:
        return await self.on_screen(partial(self._run.approval, call_id))


def _unanswered(words: str) -> RunFailed:
    """A graph takes any value for an answer, so that none may be made up."""
    asked = f": {words}" if words else ""
    return RunFailed(RunErrorCode.MODEL_ERROR, f"The agent's question was not answered{asked}")


def _begin(loop: asyncio.AbstractEventLoop, work: Callable[[], Coroutine[Any, Any, T]], given: "Future[T]") -> None:
    """Begin `work` on `loop`, where this is called, unless nobody waits for it any more; who stops waiting ends it."""
    if given.cancelled():
        return
    task = loop.create_task(work())

    def end(given: "Future[T]") -> None:
        with contextlib.suppress(RuntimeError):  # the program has ended
            if given.cancelled():
                loop.call_soon_threadsafe(task.cancel)

    def settle(task: "asyncio.Task[T]") -> None:
        with contextlib.suppress(InvalidStateError):  # nobody waits any more
            if task.cancelled():
                given.cancel()
            elif (error := task.exception()) is not None:
                given.set_exception(error)
            else:
                given.set_result(task.result())

    given.add_done_callback(end)
    task.add_done_callback(settle)
