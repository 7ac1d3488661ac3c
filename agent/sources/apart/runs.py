"""The runs of one process: what it is told of the past, which of its events are whose, and what comes of them when it
ends.

It knows the process by `Child` alone, and no screen.
"""

import asyncio
import logging
import pickle
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from agent.conversation.decisions import Decision
from agent.conversation.run import Run as Turn
from agent.errors import RunFailed
from agent.events.types import RunErrorCode
from agent.runs.run import Answer, Run
from agent.settings.permissions import Permissions
from agent.sources.apart.child import Child
from agent.sources.apart.messages import (
    Begin,
    Cancel,
    Decided,
    Ended,
    Events,
    Past,
    Rules,
    Said,
    Told,
    asking,
    events_in,
)
from agent.threads import in_thread

__all__ = ["ChildRuns"]

log = logging.getLogger(__name__)

_PATIENCE = 3.0
"""Seconds in which a process has to say that a cancelled run is over before another one may begin."""
_GRACE = 0.1
"""Seconds that a cancelled run waits to be told what it has used."""


class ChildRuns:
    """What goes on in a process. Runs are of one loop at a time."""

    def __init__(self, child: Child, permissions: Callable[[], Permissions]) -> None:
        self._child = child
        self._permissions = permissions
        self._rules: Permissions | None = None
        """Those that the process knows."""
        self._past: list[tuple[Turn, int]] = []
        """The turns that it knows, and their versions."""
        self._telling = threading.Lock()
        """Held while the past is told, and what stands on it."""
        self._going_on: dict[str, _ChildRun] = {}
        self._unheard: set[str] = set()
        """Those that were cancelled, and that the process has not told to be over."""
        self._is_heard = asyncio.Event()
        """Set when there are none of them any more."""
        self._listening = 0

    async def work(self, run: Run, turns: Sequence[Turn], without: str | None) -> Answer:
        """Have the process do the work of `run` behind `turns`; `without` names one of them that is asked again.

        Raises:
            RunFailed: the agent failed, or the process has ended.
        """
        going_on = self._going_on[run.id] = _ChildRun(run, self._child, self._say)
        with self._listens():
            try:
                await in_thread(self._begin, run, turns, without)
                return await going_on.end()
            except asyncio.CancelledError:
                if not going_on.is_over:
                    self._unheard.add(run.id)
                    self._say(Cancel(run.id))
                await going_on.settle()
                raise
            finally:
                del self._going_on[run.id]

    async def answers(self) -> bool:
        """Whether another one can begin: the process lives, and is none that hangs in code that lets no other go on.
        That is ended."""
        if self._unheard and self._child.is_alive:
            self._is_heard = asyncio.Event()
            with self._listens():
                try:
                    async with asyncio.timeout(_PATIENCE):
                        await self._is_heard.wait()
                except TimeoutError:
                    log.warning("the process of the agent does not answer, and is ended")
                    self._child.kill()
                    return False
        return self._child.is_alive

    @contextmanager
    def _listens(self) -> Iterator[None]:
        self._listening += 1
        if self._listening == 1:
            self._child.listen(self)
        try:
            yield
        finally:
            self._listening -= 1
            if self._listening:
                self._child.resume()  # it may have waited for who has left
            else:
                self._child.leave()

    def form(self, call_id: str | None) -> dict[str, Any]:
        """The JSON Schema of the answer to a question that is open, by the id of its call; else empty."""
        forms = (run.forms.get(call_id or "") for run in [*self._going_on.values()])
        return next((form for form in forms if form is not None), {})

    # What is said

    def tell_past(self, turns: Sequence[Turn]) -> None:
        """Tell the process which turns there are, unless it knows. Blocks."""
        with self._telling:
            self._tell_past(turns)

    def _begin(self, run: Run, turns: Sequence[Turn], without: str | None) -> None:
        with self._telling:
            self._tell_past(turns)
            self._say(
                Begin(
                    started=run.started,
                    run=run.id,
                    question=run.question,
                    parts=run.parts,
                    thread_id=run.thread_id,
                    lineage=run.lineage,
                    without=without,
                    time=run.now(),
                    at=time.monotonic_ns(),
                )
            )

    def _tell_past(self, turns: Sequence[Turn]) -> None:
        now = [(turn, turn.version) for turn in turns]
        kept = 0
        for (turn, version), (known, known_version) in zip(now, self._past, strict=False):
            if turn is not known or version != known_version:
                break
            kept += 1
        self._past = now
        new = [pickle.dumps(turn, pickle.HIGHEST_PROTOCOL) for turn in turns[kept:]]
        self._say(Past(kept=kept, turns=new))

    def _say(self, message: Said) -> None:
        """Say something, behind the rules that hold now."""
        if (rules := self._permissions()) is not self._rules:
            self._rules = rules
            self._child.say(Rules(rules))
        self._child.say(message)

    # What is heard

    def take(self, message: Told) -> None:
        """Take what the process says."""
        if isinstance(message, Events | Ended) and (run := self._going_on.get(message.run)) is not None:
            run.take(message)
        if isinstance(message, Ended):
            self._unheard.discard(message.run)
        if not self._unheard:
            self._is_heard.set()

    def gone(self, how: str) -> None:
        """The process has ended, and with it all that goes on there."""
        words = f"The agent's process ended ({how}); ask again, and it is started anew"
        self._is_heard.set()
        for run in self._going_on.values():
            run.fail(RunFailed(RunErrorCode.MODEL_ERROR, words))


class _ChildRun:
    """One of them, as the screen's run has it."""

    def __init__(self, run: Run, child: Child, say: Callable[[Said], None]) -> None:
        self.forms: dict[str, dict[str, Any]] = {}
        """Of the answers to its open questions."""
        self._run = run
        self._child = child
        self._say = say
        self._end: asyncio.Future[Ended] = asyncio.get_running_loop().create_future()
        self._end.add_done_callback(lambda _: self._is_due.set())
        self._is_due = asyncio.Event()
        """Set when it has ended, or when its process waits for whoever takes the events."""
        self._is_cancelled = False

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes of it."""
        return self._end.done()

    def take(self, message: Events | Ended) -> None:
        """Take what is told of it."""
        if isinstance(message, Ended):
            if not self._end.done():
                self._end.set_result(message)
        elif not self._is_cancelled:
            self.forms |= message.forms
            for event in events_in(message.lines):
                self._run.emit(event)
                if (call_id := asking(event)) is not None:
                    self._run.decision(call_id).add_done_callback(partial(self._decide, call_id))
            if not self._run.queue.has_room:
                self._child.pause()
                self._is_due.set()

    def _decide(self, call_id: str, decision: "asyncio.Future[Decision]") -> None:
        self.forms.pop(call_id, None)
        self._say(Decided(run=self._run.id, call_id=call_id, decision=decision.result()))

    def fail(self, error: RunFailed) -> None:
        """There is no end of it."""
        if not self._end.done():
            self._end.set_exception(error)

    async def end(self) -> Answer:
        """Wait for it.

        Raises:
            RunFailed: it ended without an answer.
        """
        while not self._end.done():
            await self._is_due.wait()
            self._is_due.clear()
            await self._run.queue.room()
            self._child.resume()
        ended = self._end.result()
        self._run.usage[:] = ended.usage
        if ended.answer is None:
            raise RunFailed(ended.code, ended.words)
        return ended.answer

    async def settle(self) -> None:
        """Wait a moment for what it has used, and for nothing else of it: it is cancelled."""
        self._is_cancelled = True
        self._child.resume()
        with suppress(TimeoutError, RunFailed):
            self._run.usage[:] = (await asyncio.wait_for(self._end, _GRACE)).usage
