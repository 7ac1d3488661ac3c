"""A thread while it is folded: its turns, the one that goes on, and what stands beside them.

Owns how a turn is begun, ended, put between others and changed when it has ended; what events say so, it does not know.
A turn that has ended is never changed in place: where something comes for it after all, another one takes its place,
so that whoever holds the state of an earlier moment keeps it.
"""

from collections.abc import Set
from copy import deepcopy
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from agent.conversation.folding.filling import fill
from agent.conversation.folding.told import Told
from agent.conversation.run import Run, RunStatus
from agent.conversation.turn.names import Names
from agent.conversation.turn.open import OpenTurn
from agent.events import types as ev

__all__ = ["Thread"]

_OURS = "tickertape"
"""What our own runs call their program."""


class Thread:
    """What events have come to so far."""

    def __init__(self) -> None:
        self.thread_id: str | None = None
        self.runs: list[Run] = []
        self.call_ids: set[str] = set()
        """Every tool call id of the session, so that a new one can be told from a used one."""
        self.changed_from = 0
        """The first run that may be another than it was, by number; whoever keeps the runs sets it to their count."""
        self.is_partial = False
        """Whether runs that have ended are not kept, so that nobody can say which turns are missing between them."""
        self.begun = 0
        """How many turns events have begun."""
        self.inserted = 0
        """How many turns were put between others, since they came to be known afterwards."""
        self.names = Names()
        self.turn: OpenTurn | None = None
        """The turn that goes on."""
        self.late_turn: OpenTurn | None = None
        """The last turn, where something came for it when it had ended."""
        self.requested: ev.RunInput | None = None
        """The input of the run that begins next."""
        self.state: Any = UNSET
        self.also: dict[str, Run] = {}
        """Runs that the last event changed besides the one that it was of."""
        self.time: float = 0
        """The moment of the last event that told one."""

    def begin(self, sender_id: str, event: ev.Event, told: Told | None = None) -> OpenTurn:
        """Begin a turn: what its sender calls it, the event that tells of it, and what is asked."""
        is_ours = event.metadata is not None and event.metadata.get("app") == _OURS
        run = Run(
            id=self.names.new(sender_id, "run"),
            question="",
            started=self.time,
            is_dated=event.timestamp is not None,
            has_tokens=is_ours,
            state=self.state,
        )
        if told is not None:
            told.ask(run)
        self.runs.append(run)
        self.begun += 1
        self.late_turn = None
        # Our own runs tell when each of their tools begins to run.
        self.turn = OpenTurn(run, sender_id, self.call_ids, tells_starts=is_ours)
        return self.turn

    def end(
        self,
        time: float,
        status: RunStatus,
        error: str | None,
        *,
        is_finished: bool = False,
        waiting: Set[str] = frozenset(),
    ) -> Run:
        """End the turn that goes on, and all that is open in it; `waiting` are the ids of calls that wait."""
        turn, self.turn = self.turn, None
        assert turn is not None  # noqa: S101 - the callers looked
        turn.close(time, is_finished=is_finished, waiting=waiting)
        run = turn.run
        run.ended, run.status, run.error = time, status, error
        self.changed_from = min(self.changed_from, len(self.runs) - 1)
        return run

    def amend(self, number: int) -> Run:
        """Another run in place of one that has ended, to be changed."""
        run = self.runs[number] = _copied(self.runs[number])
        run.version += 1
        self.changed_from = min(self.changed_from, number)
        self.also[run.id] = run
        return run

    def afterwards(self) -> OpenTurn:
        """The last turn, to be changed though it has ended."""
        if self.late_turn is None:
            self.late_turn = OpenTurn(self.amend(len(self.runs) - 1), "", self.call_ids)
        return self.late_turn

    def insert(self, number: int, told: Told, time: float) -> None:
        """Put a turn that is told whole before another one."""
        if self.is_partial:
            return
        run = Run(
            id=self.names.new(told.asked[0] if told.asked else "", "earlier"),
            question="",
            started=time,
            ended=time,
            is_dated=False,
            status=RunStatus.ANSWERED,
        )
        told.ask(run)
        fill(run, told.rest, time)
        self.call_ids.update(call.id for call in run.calls)
        if number < len(self.runs):
            self.inserted += 1
        self.runs.insert(number, run)
        self.changed_from = min(self.changed_from, number)
        self.also[run.id] = run


def _copied(run: Run) -> Run:
    """A run that may be changed while the other one stays as it is; what is never changed in place is shared."""
    return replace(
        run,
        steps=deepcopy(run.steps),
        notices=[*run.notices],
        activities=[*run.activities],
    )
