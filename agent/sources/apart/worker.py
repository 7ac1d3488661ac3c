"""Does the work of turns in the process of an agent, as the program says, with a source of the usual kind.

A run here is a run as anywhere. Its events go to the program, but for the first, which that has told, and the last,
which that makes itself of how it ended.
"""

import asyncio
import logging
import pickle
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from agent.conversation.reducer import Conversation
from agent.conversation.run import Run as Turn
from agent.errors import RunFailed
from agent.events.types import Event, RunError, RunErrorCode, RunFinished
from agent.runs.run import Run
from agent.secrets import Secrets
from agent.settings.permissions import Permissions
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
    lines_of,
)
from agent.sources.source import Source

__all__ = ["Worker"]

log = logging.getLogger(__name__)


class Worker:
    """Works on one loop; `take` is called there."""

    def __init__(self, tell: Callable[[Told], None], secrets: Secrets) -> None:
        """`tell` says something to the program, and waits until that takes it: so it is not told more than it can
        take."""
        self.source: Source | None = None
        """Does the work; there before the first run begins."""
        self.permissions = Permissions()
        """The rules that hold."""
        self._tell = tell
        self._secrets = secrets
        self._past: list[Turn] = []
        self._runs: dict[str, Run] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._not_to_begin: set[str] = set()

    def take(self, message: Said) -> None:
        """Do what the program says."""
        match message:
            case Rules():
                self.permissions = message.permissions
            case Past():
                # Pickled by the program itself, as the message was.
                self._past[message.kept :] = map(pickle.loads, message.turns)
            case Begin() if message.run in self._not_to_begin:
                self._not_to_begin.discard(message.run)
                self._tell(Ended(message.run, [], None, RunErrorCode.CANCELLED))
            case Begin():
                self._begin(message)
            case Decided() if (run := self._runs.get(message.run)) is not None:
                run.decide(message.call_id, message.decision)
            case Cancel() if (run := self._runs.get(message.run)) is not None:
                run.cancel()
            case Cancel():
                self._not_to_begin.add(message.run)

    def _begin(self, begin: Begin) -> None:
        assert self.source is not None  # noqa: S101 - what the program waits for before it begins one
        history = Conversation.of_runs([*self._past], begin.thread_id)
        run = Run(
            partial(self.source.work, history=history, without=begin.without),
            begin.question,
            parts=begin.parts,
            thread_id=begin.thread_id,
            lineage=begin.lineage,
            run_id=begin.run,
            clock=lambda: begin.time + (time.monotonic_ns() - begin.at) // 1_000_000,
            secrets=self._secrets,
        )
        run.started = begin.started
        self._runs[run.id] = run
        task = asyncio.get_running_loop().create_task(self._work(run))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work(self, run: Run) -> None:
        try:
            async with run:
                first = 1
                async for batch in run.batches():
                    last = -1 if isinstance(batch[-1], RunFinished | RunError) else None
                    if events := batch[first:last]:
                        self._tell(Events(run.id, lines_of(events), self._forms(events)))
                    first = 0
                self._tell(Ended(run.id, run.usage, await run.result()))
        except RunFailed as error:
            self._tell(Ended(run.id, run.usage, None, error.code, str(error)))
        except Exception as error:  # what no line can be made of, say
            log.exception("%s failed", run.id)
            words = self._secrets.hidden(f"{type(error).__name__}: {error}")
            self._tell(Ended(run.id, [], None, RunErrorCode.INTERNAL_ERROR, words))
        finally:
            del self._runs[run.id]

    def _forms(self, events: Sequence[Event]) -> dict[str, dict[str, Any]]:
        assert self.source is not None  # noqa: S101 - it does the work
        asked = filter(None, map(asking, events))
        return {call_id: form for call_id in asked if (form := self.source.schema("", call_id))}
