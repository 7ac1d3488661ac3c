"""The one reducer: a conversation is what is left when its events are folded, one after the other.

It owns the way from events to the turns (`agent.conversation.run`) and items (`agent.conversation.items`) that every
picture is drawn from: which part of it each event goes to. It knows no clock, no file, no model and no screen, and it
never fails: an event that fits nothing changes nothing. What events mean for the thread is in
`agent.conversation.folding`, for the turn that goes on in `agent.conversation.turn`.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from agent.conversation.folding import beside, ending, late, snapshots, starting
from agent.conversation.folding.thread import Thread
from agent.conversation.run import Run
from agent.conversation.turn.open import OpenTurn
from agent.events import types as ev
from agent.events.chunks import CHUNKS

__all__ = ["Conversation"]


class Conversation(Thread):
    """A session's state. `apply` is its way to change; `apply_all` is that for many events, sooner."""

    def __init__(self, events: Iterable[ev.Event] = ()) -> None:
        super().__init__()
        self.apply_all(events)

    @classmethod
    def of_runs(cls, runs: list[Run], thread_id: str | None) -> "Conversation":
        """The state after `runs`, all of which have ended. They are shared, for an ended run never changes."""
        conversation = cls()
        conversation.thread_id, conversation.runs = thread_id, runs
        conversation.changed_from = len(runs)
        conversation.names.take(run.id for run in runs)
        conversation.call_ids = {call.id for run in runs for call in run.calls}
        if runs:
            conversation.time, conversation.state = runs[-1].ended or 0, runs[-1].state
        return conversation

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Conversation) and (self.thread_id, self.runs) == (other.thread_id, other.runs)

    __hash__ = None  # type: ignore[assignment]  # mutable, compared by content

    @property
    def title(self) -> str:
        """The first question; empty in an empty session."""
        return self.runs[0].question if self.runs else ""

    @property
    def open_run(self) -> Run | None:
        """The run that is going on."""
        return self.turn.run if self.turn is not None else None

    @property
    def is_settled(self) -> bool:
        """Whether no run goes on, and the last one waits for nothing that another of its sender's runs would bring."""
        return self.turn is None and not (self.runs and self.runs[-1].may_go_on)

    def cut_off(self) -> None:
        """Nothing more comes: the run that goes on has no end, nor what is open in it. Nothing is folded after that."""
        if self.turn is not None:
            self.turn.cut_off()

    def apply(self, event: ev.Event) -> Run | None:
        """Fold one event; gives the run that it changed, the newest of several, or None where it changed nothing."""
        run = self._fold(event)
        if self.also:
            self.also.clear()
        return run

    def apply_all(self, events: Iterable[ev.Event]) -> list[Run]:
        """Fold events one after the other; gives the runs that they changed, each once.

        Nearly all events of a long session are fragments, and those of one text come one behind the other: they are
        taken together, which makes a fold several times as fast.
        """
        changed: dict[str, Run] = {}
        last: Run | None = None
        coming = iter(events)
        event = next(coming, None)
        while event is not None:
            run = self._fold(event)
            if run is not None and run is not last:
                changed[run.id] = last = run
            add = _FRAGMENTS.get(type(event))
            event = next(coming, None) if add is None else self._fold_alike(event, run, coming, add)
        also, self.also = self.also, {}
        return list((changed | also).values())

    def _fold(self, event: ev.Event) -> Run | None:
        """Fold one event, and note in `also` what else it changed."""
        if (time := event.timestamp) is None:
            time = self.time
        else:
            self.time = time
        kind, turn = type(event), self.turn
        if turn is None:
            outside = _OUTSIDE.get(kind)
            run = self._fold_otherwise(event, None) if outside is None else outside(self, event, time)
        elif not turn.is_plain:
            run = self._fold_otherwise(event, turn)
        elif (within := _WITHIN.get(kind)) is not None:
            run = within(turn, event, time)
        elif (anywhere := _OF_THREAD.get(kind)) is not None:
            run = anywhere(self, event, time)
        else:
            run = self._fold_otherwise(event, turn)
        if run is not None:
            run.version += 1
        return run

    def _fold_otherwise(self, event: ev.Event, turn: OpenTurn | None) -> Run | None:
        """Fold what is not simply one event for the turn that goes on."""
        kind = type(event)
        if turn is None:
            if self.runs:
                return late.late(self, event, self.time)
            if kind not in _SPEAKING:
                return None
            turn = self.begin("", event)  # somebody has listened from the middle on
        run: Run | None = None
        for meant in (event,) if turn is None else turn.meant(event, is_chunk=kind in CHUNKS):
            if (anywhere := _OF_THREAD.get(type(meant))) is not None:
                run = anywhere(self, meant, self.time) or run
            elif turn is not None and (within := _WITHIN.get(type(meant))) is not None:
                run = within(turn, meant, self.time) or run
        return run

    def _fold_alike(self, first: Any, run: Run | None, coming: Iterator[Any], add: "_Add") -> ev.Event | None:
        """Fold what comes of the text whose fragment `first` is folded and has changed `run`, all of it together; gives
        the event behind it."""
        turn, now = self.turn, self.time
        if run is None or turn is None or not turn.is_plain:
            return next(coming, None)
        kind, agent = type(first), first.subagent_run_id
        is_of_call = kind is ev.ToolCallArgs
        name = first.tool_call_id if is_of_call else first.message_id
        pieces: list[str] = []
        times: list[float] = []
        other = None
        for event in coming:
            if (
                type(event) is not kind
                or (event.tool_call_id if is_of_call else event.message_id) != name
                or event.subagent_run_id != agent
            ):
                other = event
                break
            if event.timestamp is not None:
                now = event.timestamp
            pieces.append(event.delta)
            times.append(now)
        if pieces:
            self.time = now
            run.version += add(turn, first, pieces, times)
        return other


_OfThread = Callable[[Thread, Any, float], Run | None]
_Within = Callable[[OpenTurn, Any, float], Run | None]
_Add = Callable[[OpenTurn, Any, list[str], list[float]], int]

# Tables instead of a `match`: dispatch by type is what keeps the fold of a long session fast.
_OF_THREAD: dict[type[ev.Event], _OfThread] = {
    ev.RunRequested: starting.run_requested,
    ev.RunStarted: starting.run_started,
    ev.RunFinished: ending.run_finished,
    ev.RunError: ending.run_failed,
    ev.RunCancelled: ending.run_cancelled,
    ev.TextMessageStart: starting.text_started,
    ev.ToolCallResult: late.call_result,
    ev.StateSnapshot: beside.state_told,
    ev.StateDelta: beside.state_changed,
    ev.MessagesSnapshot: snapshots.messages_told,
    ev.ActivitySnapshot: beside.activity_told,
    ev.ActivityDelta: beside.activity_changed,
}
"""What events do that may mean something beyond the turn that goes on."""

_WITHIN: dict[type[ev.Event], _Within] = {
    ev.StepStarted: lambda turn, event, time: turn.steps.start(event, time),
    ev.StepFinished: lambda turn, event, time: turn.steps.finish(event, time),
    ev.SubagentStarted: lambda turn, event, time: turn.steps.agent_started(event, time),
    ev.SubagentFinished: lambda turn, event, time: turn.steps.agent_ended(event, time),
    ev.SubagentError: lambda turn, event, time: turn.steps.agent_ended(event, time),
    ev.TextMessageContent: lambda turn, event, time: turn.texts.content(event, time),
    ev.TextMessageEnd: lambda turn, event, time: turn.texts.end(event, time),
    ev.ReasoningStart: lambda turn, event, time: turn.texts.turn_out(event, time),
    ev.ReasoningMessageStart: lambda turn, event, time: turn.texts.think(event, time),
    ev.ReasoningMessageContent: lambda turn, event, time: turn.texts.thought(event, time),
    ev.ReasoningMessageEnd: lambda turn, event, time: turn.texts.end_thought(event, time),
    ev.ReasoningEncryptedValue: lambda turn, event, time: turn.encrypted(event, time),
    ev.ToolCallStart: lambda turn, event, time: turn.calls.start(event, time),
    ev.ToolCallArgs: lambda turn, event, time: turn.calls.args(event, time),
    ev.ToolCallEnd: lambda turn, event, time: turn.calls.end(event, time),
    ev.Custom: lambda turn, event, time: turn.custom(event, time),
}
"""What events do in the turn that goes on."""

_SILENT = frozenset({ev.ReasoningEnd, ev.Raw, ev.Meta, ev.Unknown})
"""What carries no state of its own."""

_OUTSIDE: dict[type[ev.Event], _OfThread] = {
    kind: _OF_THREAD[kind]
    for kind in (
        ev.RunRequested,
        ev.RunStarted,
        ev.MessagesSnapshot,
        ev.ToolCallResult,
        ev.StateSnapshot,
        ev.StateDelta,
        ev.ActivitySnapshot,
        ev.ActivityDelta,
    )
}
"""What events do where no run goes on; all others are late, or begin one."""

_SPEAKING = frozenset(
    {
        ev.RunError,
        ev.StepStarted,
        ev.SubagentStarted,
        ev.TextMessageStart,
        ev.TextMessageContent,
        ev.TextMessageChunk,
        ev.ReasoningMessageStart,
        ev.ReasoningMessageContent,
        ev.ReasoningMessageChunk,
        ev.ThinkingTextMessageContent,
        ev.ToolCallStart,
        ev.ToolCallArgs,
        ev.ToolCallChunk,
    }
)
"""What says something even where no run was begun."""


_FRAGMENTS: dict[type[ev.Event], _Add] = {
    ev.TextMessageContent: lambda turn, event, pieces, times: turn.texts.add(event, pieces, times),
    ev.ReasoningMessageContent: lambda turn, event, pieces, times: turn.texts.add_thoughts(event, pieces, times),
    ev.ToolCallArgs: lambda turn, event, pieces, times: turn.calls.add(event, pieces, times),
}
"""What adds more fragments to the text of one that has been folded; gives how many changed anything."""
