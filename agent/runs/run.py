"""One turn: its queue of events, its one task, and exactly one terminal event whatever happens.

Knows no LangChain and no screen. What the turn does is the work it is given; how it ends is decided here, in one place.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from types import TracebackType
from typing import Any, Self, TypedDict
from uuid import uuid4

from agent.conversation.decisions import Decision
from agent.conversation.lineage import Lineage
from agent.errors import RunFailed
from agent.events.types import (
    APPROVAL,
    FORMAT_VERSION,
    Custom,
    Event,
    InputMessage,
    RunError,
    RunErrorCode,
    RunFinished,
    RunInput,
    RunStarted,
    TextMessageContent,
    TextMessageEnd,
    TextMessageStart,
    TokenUsage,
)
from agent.runs.queue import EventQueue
from agent.runs.suspension import Deferred, RunSuspended
from agent.secrets import Secrets
from agent.text import all_well_formed, well_formed

__all__ = ["Answer", "Clock", "Run", "Work", "new_id", "wall_clock"]

log = logging.getLogger(__name__)

_GRACE = 0.5
"""Seconds that a cancelled task is given to end before it is left behind."""

Clock = Callable[[], int]
"""Gives the time in milliseconds since the epoch."""


class Answer(TypedDict):
    """What an answered run gives."""

    answer: str
    tools_used: list[str]
    """Names of the tools that really ran, in order of their first use."""


def wall_clock() -> Clock:
    """A clock that starts at the wall time and then never runs backwards."""
    epoch, start = time.time_ns(), time.monotonic_ns()
    return lambda: (epoch + time.monotonic_ns() - start) // 1_000_000


def new_id(kind: str) -> str:
    """An id that no other session has, such as `msg_3f…`."""
    return f"{kind}_{uuid4().hex[:20]}"


Work = Callable[["Run"], Coroutine[Any, Any, Answer]]
"""What a run does; raises `RunFailed` where it ends without an answer, `RunSuspended` where it waits for one."""


class Run:
    """A turn in progress: an async context manager, and iterated for its events. One thing: from its start to its end.

    The first event is `RUN_STARTED`, the last one `RUN_FINISHED` or `RUN_ERROR`. Order is kept and nothing is lost;
    the queue is unbounded. Leaving the context cancels what still runs and waits for it, half a second at most.
    """

    def __init__(
        self,
        work: Work,
        question: str,
        *,
        parts: Sequence[dict[str, Any]] = (),
        thread_id: str | None = None,
        metadata: dict[str, Any] | None = None,
        lineage: Lineage | None = None,
        run_id: str | None = None,
        message_id: str | None = None,
        answers: Mapping[str, Decision] | None = None,
        earlier: Sequence[InputMessage] = (),
        ago: int = 0,
        clock: Clock | None = None,
        secrets: Secrets | None = None,
    ) -> None:
        """`parts` are what the question has besides its words, as AG-UI tells them; `lineage` is where the turn
        branches off, where it does not follow on the one before it. `run_id` and the question's `message_id` are given
        where others call them so. A run with `answers`, by the ids of calls, cannot ask for others. One that is told
        again began so many milliseconds `ago`; `earlier` are messages that its start tells before the question.
        `secrets` are left out of what is told of a defect."""
        self.now = clock or wall_clock()
        self.id = run_id or new_id("run")
        self.thread_id = thread_id or new_id("thread")
        self.question = well_formed(question)
        self.parts = list(parts)
        self._secrets = secrets or Secrets()
        self.lineage = lineage
        self.queue = EventQueue()
        self.usage: list[TokenUsage] = []
        """What the model calls cost so far; the work adds to it, the terminal event tells it."""
        self.steering: list[str] = []
        """What the user said to the running turn and the model was not told yet, oldest first."""
        self.started = self._started(message_id or new_id("msg"), metadata or {}, earlier, ago)
        """Its first event."""
        self._work = work
        self._watchers: list[Callable[[Event], object]] = []
        self._answers = answers
        self._task: asyncio.Task[Answer] | None = None
        self._approvals: dict[str, asyncio.Future[Decision]] = {}

    # For those who run it

    async def __aenter__(self) -> Self:
        self.queue.put_nowait(self.started)
        self._task = asyncio.create_task(self._work(self), name=self.id)
        # Not a `finally` in the work: a task cancelled before its first step never enters its `try`.
        self._task.add_done_callback(self._end)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._task is None:
            return
        self.cancel()
        await asyncio.wait({self._task}, timeout=_GRACE)
        if not self._task.done():
            log.warning("%s did not stop within %s s of its cancel; left behind", self.id, _GRACE)

    async def __aiter__(self) -> AsyncIterator[Event]:
        async for batch in self.batches():
            for event in batch:
                yield event

    async def batches(self) -> AsyncIterator[list[Event]]:
        """The events, all that have come since the last batch at a time; each batch has one at least."""
        if self._task is None:
            raise RuntimeError("a run is iterated inside `async with`")
        batch: list[Event] = []
        while not (batch and isinstance(batch[-1], RunFinished | RunError)):
            batch = [await self.queue.get()]
            while not self.queue.empty():
                batch.append(self.queue.get_nowait())
            yield batch

    def rest(self) -> list[Event]:
        """The events that have come and that nobody has taken; of a run that was left, up to its end."""
        rest: list[Event] = []
        while not self.queue.empty():
            rest.append(self.queue.get_nowait())
        return rest

    def cancel(self) -> None:
        """End the run now; harmless once it has ended."""
        if self._task is not None:
            self._task.cancel()

    async def result(self) -> Answer:
        """Wait for the end and give the answer.

        Raises:
            RunFailed: the run ended without one; its `code` says why.
        """
        if self._task is None:
            raise RuntimeError("a run has a result inside `async with`")
        await asyncio.wait({self._task})
        if self._task.cancelled():
            raise RunFailed(RunErrorCode.CANCELLED, _CANCELLED)
        error = self._task.exception()
        if error is not None and not isinstance(error, RunFailed):
            raise RunFailed(RunErrorCode.INTERNAL_ERROR, self._words(error)) from error
        return self._task.result()

    def steer(self, text: str) -> None:
        """Say something to the model while it is at work: it is told at its next step, if there is one.

        What is not told by the end of the run stays in `steering`.
        """
        self.steering.append(well_formed(text))

    @property
    def can_ask(self) -> bool:
        """Whether the user can be asked while it is at work."""
        return self._answers is None

    def decide(self, call_id: str, decision: Decision) -> None:
        """Answer a tool that asks; harmless where nothing asks."""
        future = self._approvals.get(call_id)
        if future is not None and not future.done():
            future.set_result(decision)

    # For the work

    def emit(self, event: Event) -> None:
        """Add an event to the stream."""
        self.queue.put_nowait(event)
        for watcher in self._watchers:
            watcher(event)

    def watch(self, watcher: Callable[[Event], object]) -> None:
        """Have every event that is emitted from now on told to `watcher`, too."""
        self._watchers.append(watcher)

    def say(self, text: str) -> None:
        """Tell an answer that no model has streamed."""
        message_id = new_id("msg")
        self.emit(TextMessageStart(timestamp=self.now(), message_id=message_id, role="assistant"))
        if text:
            self.emit(TextMessageContent(timestamp=self.now(), message_id=message_id, delta=text))
        self.emit(TextMessageEnd(timestamp=self.now(), message_id=message_id))

    async def approval(self, call_id: str, stopped_at: str | None = None) -> Decision:
        """Ask the user about a call and wait for the answer; both are events, so how long that took can be told.

        `stopped_at` is the breakpoint, where it is one that asks.

        Raises:
            Deferred: this run cannot ask, and the call is none of those whose answers it brought.
        """
        if self._answers is not None:
            if call_id not in self._answers:
                raise Deferred(call_id)
            self.tell_decision(call_id, self._answers[call_id])
            return self._answers[call_id]
        because = {} if stopped_at is None else {"breakpoint": stopped_at}
        self._emit_approval(call_id, {"state": "requested", **because})
        try:
            decision = await self.decision(call_id)
        finally:
            del self._approvals[call_id]
        self.tell_decision(call_id, decision)
        return decision

    def decision(self, call_id: str) -> "asyncio.Future[Decision]":
        """What is going to be decided about a call that asks now; who tells that it asks, tells what was decided."""
        self._approvals[call_id] = asyncio.get_running_loop().create_future()
        return self._approvals[call_id]

    def tell_decision(self, call_id: str, decision: Decision) -> None:
        """Tell what was decided about a call, by the user or by a rule."""
        self._emit_approval(call_id, decision.told())

    def _emit_approval(self, call_id: str, value: dict[str, Any]) -> None:
        value = all_well_formed({"toolCallId": call_id, **value})
        self.emit(Custom(timestamp=self.now(), name=APPROVAL, value=value))

    def take_steering(self) -> list[str]:
        """What the user has said since this was last called, each now an event; called when a step has begun."""
        said, self.steering = self.steering, []
        for text in said:
            message_id = new_id("msg")
            self.emit(TextMessageStart(timestamp=self.now(), message_id=message_id, role="user"))
            self.emit(TextMessageContent(timestamp=self.now(), message_id=message_id, delta=text))
            self.emit(TextMessageEnd(timestamp=self.now(), message_id=message_id))
        return said

    def _started(
        self, message_id: str, metadata: dict[str, Any], earlier: Sequence[InputMessage], ago: int
    ) -> RunStarted:
        words = {"type": "text", "text": self.question}
        content: str | list[Any] = [words, *all_well_formed(self.parts)] if self.parts else self.question
        message = InputMessage(id=message_id, role="user", content=content)
        lineage = self.lineage.told() if self.lineage is not None else {}
        parent = self.lineage.run if self.lineage is not None else None
        return RunStarted(
            timestamp=self.now() - ago,
            metadata=all_well_formed({"app": "tickertape", "format": FORMAT_VERSION, **metadata, **lineage}),
            thread_id=self.thread_id,
            run_id=self.id,
            parent_run_id=parent,
            input=RunInput(
                thread_id=self.thread_id,
                run_id=self.id,
                parent_run_id=parent,
                messages=[*earlier, message],
                state={},
                tools=[],
                context=[],
                forwarded_props={},
            ),
        )

    def _end(self, task: asyncio.Task[Answer]) -> None:
        """The one place where a run ends."""
        now = self.now()
        error = None if task.cancelled() else task.exception()
        terminal: RunFinished | RunError
        if task.cancelled():
            terminal = RunError(timestamp=now, message=_CANCELLED, code=RunErrorCode.CANCELLED, usage=self._usage())
        elif isinstance(error, RunFailed):
            terminal = RunError(timestamp=now, message=well_formed(str(error)), code=error.code, usage=self._usage())
        elif isinstance(error, RunSuspended):
            terminal = RunFinished(
                timestamp=now,
                thread_id=self.thread_id,
                run_id=self.id,
                outcome=all_well_formed(error.outcome),
                usage=self._usage(),
            )
        elif error is not None:
            log.error("%s failed", self.id, exc_info=error)
            code = RunErrorCode.INTERNAL_ERROR
            terminal = RunError(timestamp=now, message=self._words(error), code=code, usage=self._usage())
        else:
            terminal = RunFinished(
                timestamp=now,
                thread_id=self.thread_id,
                run_id=self.id,
                outcome={"type": "success"},
                result=task.result(),
                usage=self._usage(),
            )
        self.queue.end(terminal, now)

    def _words(self, error: BaseException) -> str:
        return self._secrets.hidden(well_formed(f"{type(error).__name__}: {error}"))

    def _usage(self) -> list[TokenUsage] | None:
        return self.usage or None


_CANCELLED = "Cancelled."
