"""The one reducer: a conversation is what is left when its events are folded, one after the other.

It owns the way from events to the items (`agent.conversation.items`) that every picture is drawn from. It knows no
clock, no file, no model and no screen, and it never fails: an event that fits nothing changes nothing. What is open in
a run that goes on is kept in `agent.conversation.folding`; here is where turns begin, go on and end.

A turn is a question and all of its sender's runs until it is answered. A run that resumes an interrupted one, or
brings results of its calls, goes on in the same turn. A turn that has ended is never changed in place: where something
comes for it after all, another one takes its place, so that whoever holds the state of an earlier moment keeps it.
"""

from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import replace
from itertools import groupby, islice
from operator import attrgetter
from typing import Any, NamedTuple

from msgspec import UNSET

from agent.conversation.folding.calls import take_result
from agent.conversation.folding.content import string, usage_of, whole
from agent.conversation.folding.filling import Told, fill, is_missing, new_questions, turns_of
from agent.conversation.folding.names import Names, key_of
from agent.conversation.folding.state import PatchError, changed_activity, patched
from agent.conversation.folding.turn import OpenTurn
from agent.conversation.items import Activity, Interrupt, Message, MessageKind
from agent.conversation.lineage import lineage_of
from agent.conversation.run import Run, RunStatus
from agent.events import types as ev

__all__ = ["Conversation"]

_TOGETHER = 4_096
"""Events that are taken together at most."""
_OURS = "tickertape"
"""What our own runs call their program; they tell when a tool begins to run."""
_WAITS = "The agent waits for an answer of its user."


class Conversation:
    """A session's state. `apply` is its only way to change; `apply_all` is that for many events, sooner."""

    def __init__(self, events: Iterable[ev.Event] = ()) -> None:
        self.thread_id: str | None = None
        self.runs: list[Run] = []
        self.call_ids: set[str] = set()
        """Every tool call id of the session, so that a new one can be told from a used one."""
        self.changed_from = 0
        """The first run that may be another than it was, by number; whoever keeps the runs sets it to their count."""
        self._names = Names()
        self._turn: OpenTurn | None = None
        self._late_turn: OpenTurn | None = None
        """The last turn, where something came for it when it had ended."""
        self._requested: ev.RunInput | None = None
        """The input of the run that begins next."""
        self._state: Any = UNSET
        self.is_partial = False
        """Whether runs that have ended are not kept, so that nobody can say which turns are missing between them."""
        self.begun = 0
        """How many turns events have begun."""
        self.inserted = 0
        """How many turns were put between others, since they came to be known afterwards."""
        self._also: dict[str, Run] = {}
        """Runs that the last event changed besides the one that it was of."""
        self._time: float = 0
        """The moment of the last event that told one."""
        self.apply_all(events)

    @classmethod
    def of_runs(cls, runs: list[Run], thread_id: str | None) -> "Conversation":
        """The state after `runs`, all of which have ended. They are shared, for an ended run never changes."""
        conversation = cls()
        conversation.thread_id, conversation.runs = thread_id, runs
        conversation.changed_from = len(runs)
        conversation._names = Names(run.id for run in runs)
        conversation.call_ids = {call.id for run in runs for call in run.calls}
        if runs:
            conversation._time, conversation._state = runs[-1].ended or 0, runs[-1].state
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
        return self._turn.run if self._turn is not None else None

    @property
    def is_settled(self) -> bool:
        """Whether no run goes on, and the last one waits for nothing that another of its sender's runs would bring."""
        return self._turn is None and not (self.runs and self.runs[-1].may_go_on)

    # Events

    def apply(self, event: ev.Event) -> Run | None:
        """Fold one event; gives the run that it changed, the newest of several, or None where it changed nothing."""
        run = self._fold(event)
        self._also.clear()
        return run

    def _fold(self, event: ev.Event) -> Run | None:
        handler = _HANDLERS.get(type(event))
        if handler is None:
            return None
        if event.timestamp is not None:
            self._time = event.timestamp
        turn = self._turn
        if turn is not None and turn.twin is not None and self._is_twin(turn, event):
            return None
        if turn is None and type(event) not in _ANYWHERE:
            if self.runs:
                return self._late(event)
            if type(event) not in _SPEAKING:
                return None
            turn = self._begin("", event)
        if turn is None or (turn.chunks is None and type(event) not in _CHUNKS):
            run = handler(self, event, self._time)
        else:
            run = self._expanded(turn, event)
        if run is not None:
            run.version += 1
        return run

    def apply_all(self, events: Iterable[ev.Event]) -> list[Run]:
        """Fold events one after the other; gives the runs that they changed, each once.

        Nearly all events of a long session are fragments, and those of one text come one behind the other: behind the
        first they are taken together, which makes a fold several times as fast.
        """
        changed: list[Run | None] = []
        coming = iter(events)
        while some := list(islice(coming, _TOGETHER)):
            start = 0
            for kind, alike in groupby([type(event) for event in some]):
                stretch = some[start : start + len(list(alike))]
                start += len(stretch)
                if (fragment := _FRAGMENTS.get(kind)) is None:
                    changed += map(self._fold, stretch)
                elif len({*map(fragment.owner, stretch)}) == 1:
                    changed += self._apply_fragments(fragment, stretch)
                else:
                    for _owner, own in groupby(stretch, fragment.owner):
                        changed += self._apply_fragments(fragment, list(own))
        also, self._also = self._also, {}
        return list(({run.id: run for run in changed if run is not None} | also).values())

    def _apply_fragments(self, fragment: "_Fragment", events: list[Any]) -> list[Run | None]:
        """Fold the fragments of one text."""
        run = self._fold(events[0])
        rest = events[1:]
        times = [event.timestamp for event in rest]
        turn = self._turn
        if run is None or turn is None or turn.chunks is not None or turn.twin is not None:
            return [run, *map(self._fold, rest)]
        if None in times:
            if any(time is not None for time in times):
                return [run, *map(self._fold, rest)]
            times = [self._time] * len(rest)  # nobody tells one
        if rest:
            if len({event.subagent_run_id for event in events}) > 1:
                return [run, *map(self._fold, rest)]
            fragment.add(turn, events[0], [event.delta for event in rest], times)
            self._time = times[-1]
            run.version += len(rest)
        return [run]

    def _expanded(self, turn: OpenTurn, event: ev.Event) -> Run | None:
        """Fold what an event stands for, in a run that is told in chunks."""
        run: Run | None = None
        for part in turn.expand(event):
            run = _HANDLERS[type(part)](self, part, self._time) or run
        return run

    # Turns

    def _begin(self, sender_id: str, event: ev.Event, told: Told | None = None) -> OpenTurn:
        """Begin a turn."""
        told = told or Told()
        metadata = event.metadata or {}
        run = Run(
            id=self._names.new(sender_id, "run"),
            question=told.question,
            asked=told.asked,
            attachments=told.attachments,
            parts=told.parts,
            started=self._time,
            is_dated=event.timestamp is not None,
            state=self._state,
        )
        self.runs.append(run)
        self.begun += 1
        self._late_turn = None
        self._turn = OpenTurn(run, sender_id, self.call_ids, tells_starts=_tells_starts(metadata))
        return self._turn

    def _requested_run(self, event: ev.RunRequested, _time: float) -> None:
        self._requested = event.input

    def _run_started(self, event: ev.RunStarted, time: float) -> Run:
        given, self._requested = event.input or self._requested, None
        if self._turn is not None:
            if event.run_id and self._turn.sender_id == event.run_id:
                self._turn.begin_again(is_twin=True)
                return self._turn.run
            # One that has no end, or that goes on beside this one: fragments name no run, so they cannot be told apart.
            open_run = self._turn.run
            self._close(time, RunStatus.INTERRUPTED, "A new run began before this one ended.")
            self._also[open_run.id] = open_run
        self.thread_id = self.thread_id or event.thread_id or None
        told = new_questions(given.messages, self.runs) if given is not None else Told()
        if self._goes_on(given, told):
            return self._resume(event, given, time)
        if given is not None and len(given.messages) > len(told.questions):
            self._fill_earlier(given.messages, told, time)
        turn = self._begin(event.run_id, event, told)
        metadata, run = event.metadata or {}, turn.run
        run.model = string(metadata.get("model"))
        run.max_iterations = whole(metadata.get("maxIterations"))
        run.retry_of = string(metadata.get("retryOf"))
        run.parent_run = event.parent_run_id or (given.parent_run_id if given is not None else None)
        run.lineage = lineage_of(event)
        if given is not None:
            turn.answer(given, time)
            if self._state is UNSET and given.state not in (None, {}, []):
                self._state = run.state = given.state
        return run

    def _text_start(self, event: ev.TextMessageStart, time: float) -> Run | None:
        """A text begins; a user's, behind the agent's answer, is the next question."""
        turn = self._turn
        if turn is None:
            return None
        if event.role == "user" and event.subagent_run_id is None and turn.texts.has_answered(event.message_id):
            self._also[turn.run.id] = self._close(time, RunStatus.ANSWERED, None, is_finished=True)
            turn = self._begin(turn.sender_id, event)
        return turn.texts.start(event, time)

    def _is_twin(self, turn: OpenTurn, event: ev.Event) -> bool:
        """Whether the event comes a second time, in a run all of which does."""
        if turn.twin is None or turn.twin.is_second(event):
            return turn.twin is not None
        if turn.twin.is_over:
            turn.twin = None
        return False

    def _goes_on(self, given: ev.RunInput | None, told: Told) -> bool:
        """Whether a run that begins belongs to the last turn."""
        last = self.runs[-1] if self.runs else None
        if last is None or not last.may_go_on:
            return False
        if given is None:
            return last.is_waiting
        if given.resume and any(one.ended is None or _is_resumed(one, given) for one in last.interrupts):
            return True
        if told.questions and not told.is_of(last):
            return False
        wanted = {call.wire_id for call in last.calls if call.result is None}
        return last.is_waiting or any(
            message.role == "tool" and message.tool_call_id in wanted for message in told.rest
        )

    def _resume(self, event: ev.RunStarted, given: ev.RunInput | None, time: float) -> Run:
        """Go on with the last turn."""
        run = self._amend(len(self.runs) - 1)
        run.status, run.ended, run.error, run.answer = RunStatus.RUNNING, None, None, None
        run.is_dated = run.is_dated and event.timestamp is not None
        turn = self._turn = OpenTurn(run, event.run_id, self.call_ids, is_resumed=True)
        self._late_turn = None
        if given is not None:
            turn.answer(given, time)
            fill(run, new_questions(given.messages, self.runs).rest, time)
            turn.learn()
        turn.go_on(time)
        return run

    def _amend(self, number: int) -> Run:
        """Another run in place of one that has ended, to be changed."""
        run = self.runs[number] = _copied(self.runs[number])
        run.version += 1
        self.changed_from = min(self.changed_from, number)
        self._also[run.id] = run
        return run

    # Ends

    def _run_finished(self, event: ev.RunFinished, time: float) -> Run | None:
        turn = self._turn
        if turn is None or self._is_end_of_another(turn, event.run_id):
            return None
        run = turn.run
        told = usage_of(event.metadata)
        run.usage = [*turn.usage, *(event.usage or turn.texts.usage or ([told] if told is not None else []))]
        if isinstance(event.result, dict):
            run.answer = string(event.result.get("answer"))
            used = event.result.get("tools_used")
            run.tools_used = [name for name in used if isinstance(name, str)] if isinstance(used, list) else []
        outcome = event.outcome or {}
        waiting = {name for name in _list(outcome.get("pendingToolCallIds")) if isinstance(name, str)}
        match outcome.get("type"):
            case "cancelled":
                return self._close(time, RunStatus.CANCELLED, "Cancelled.", is_finished=True, waiting=waiting)
            case "error" | "failed" | "failure":
                why = string(outcome.get("message")) or string(outcome.get("error")) or ""
                return self._close(time, RunStatus.MODEL_ERROR, why, is_finished=True)
            case kind:
                interrupts = turn.interrupts(outcome, time, is_told=kind == "interrupt")
        if interrupts:
            words = "\n".join(one.asks for one in interrupts if one.asks)
            waiting |= {one.call_id for one in interrupts if one.call_id}
            return self._close(time, RunStatus.INTERRUPTED, words or _WAITS, is_finished=True, waiting=waiting)
        if run.answer is None and not waiting:
            turn.conclude(event.result, time)
        return self._close(time, RunStatus.ANSWERED, None, is_finished=True, waiting=waiting)

    def _is_end_of_another(self, turn: OpenTurn, run_id: str) -> bool:
        """Whether it ends a run that the open one has interrupted already; a sender may also call one by two names."""
        return run_id != turn.sender_id and run_id in self._names

    def _run_error(self, event: ev.RunError, time: float) -> Run | None:
        if (turn := self._turn) is None:
            return None
        turn.run.usage = [*turn.usage, *(event.usage or turn.texts.usage)]
        is_ours = event.code in _ERROR_CODES
        turn.run.code = None if is_ours else event.code or None
        status = RunStatus(event.code) if event.code in _ERROR_CODES else RunStatus.MODEL_ERROR
        return self._close(time, status, event.message)

    def _run_cancelled(self, event: ev.RunCancelled, time: float) -> Run | None:
        turn = self._turn
        if turn is None or self._is_end_of_another(turn, event.run_id):
            return None
        turn.run.usage = [*turn.usage, *(event.usage or turn.texts.usage)]
        return self._close(time, RunStatus.CANCELLED, event.message or "Cancelled.")

    def _close(
        self,
        time: float,
        status: RunStatus,
        error: str | None,
        *,
        is_finished: bool = False,
        waiting: set[str] | None = None,
    ) -> Run:
        """End the run and all that is open in it."""
        turn, self._turn = self._turn, None
        assert turn is not None  # noqa: S101 - the callers looked
        turn.close(time, is_finished=is_finished, waiting=waiting or set())
        run = turn.run
        run.ended, run.status, run.error = time, status, error
        self.changed_from = min(self.changed_from, len(self.runs) - 1)
        return run

    # What comes for a turn that has ended

    def _late(self, event: ev.Event) -> Run | None:
        """A text that comes when its run has ended is kept as what it is; all else changes nothing."""
        kind = type(event)
        if kind is ev.TextMessageStart:
            return self._late_text(event)  # type: ignore[arg-type]  # as its type says
        if self._late_turn is None or kind not in (ev.TextMessageContent, ev.TextMessageEnd):
            return None
        texts = self._late_turn.texts
        if not texts.is_known(event.message_id):  # type: ignore[attr-defined]  # as its type says
            return None
        if kind is ev.TextMessageContent:
            texts.content(event, self._time)  # type: ignore[arg-type]  # as its type says
        self._late_turn.run.version += 1
        return self._late_turn.run

    def _late_text(self, event: ev.TextMessageStart) -> Run | None:
        known = (item.id for run in reversed(self.runs) for item in run.items)
        if event.role == "user" or event.message_id in known:
            return None
        turn = self._afterwards()
        turn.texts.start(event, self._time)
        step = turn.steps.current(event.subagent_run_id, self._time)
        message = step.items[-1]
        if isinstance(message, Message):
            message.kind = MessageKind.LATE
        message.ended = step.ended = self._time
        return turn.run

    def _afterwards(self) -> OpenTurn:
        """The last turn, to be changed though it has ended."""
        if self._late_turn is None:
            self._late_turn = OpenTurn(self._amend(len(self.runs) - 1), "", self.call_ids)
        return self._late_turn

    def _call_result(self, event: ev.ToolCallResult, time: float) -> Run | None:
        """A tool's result, for a call of any run of the thread."""
        turn = self._turn
        if turn is not None and turn.calls.result(event, time) is not None:
            turn.texts.results += 1
            return turn.run
        if event.tool_call_id in self.call_ids:
            return self._late_result(event, time)
        if turn is None:
            return None
        turn.calls.lost(event, time)
        turn.texts.results += 1
        return turn.run

    def _late_result(self, event: ev.ToolCallResult, time: float) -> Run | None:
        for number in reversed(range(len(self.runs))):
            for call in self.runs[number].calls:
                if event.tool_call_id in (call.id, call.wire_id):
                    if call.result is not None:
                        return None
                    run = self._amend(number)
                    self._late_turn = None
                    (call,) = (one for one in run.calls if one.id == call.id)
                    take_result(call, event.content, event.error, event.metadata, time)
                    call.result_id = event.message_id
                    return run
        return None

    # What stands beside the messages

    def _state_snapshot(self, event: ev.StateSnapshot, _time: float) -> Run | None:
        self._state = event.snapshot
        return self._with_state(None)

    def _state_delta(self, event: ev.StateDelta, _time: float) -> Run | None:
        try:
            self._state = patched({} if self._state is UNSET else self._state, event.delta)
        except PatchError as error:
            return self._with_state(str(error))
        return self._with_state(None)

    def _with_state(self, problem: str | None) -> Run | None:
        """Show the state where it has come to; before the first run that is nowhere."""
        if self._turn is None and not self.runs:
            return None
        run = (self._turn or self._afterwards()).run
        run.state = self._state
        if problem is not None:
            run.state_problems = [*run.state_problems, problem]
        return run

    def _activity_snapshot(self, event: ev.ActivitySnapshot, _time: float) -> Run | None:
        known = self._activity(event.message_id)
        if known is not None and event.replace is False:
            return None
        return self._with_activity(Activity(id=event.message_id, type=event.activity_type, content=event.content))

    def _activity_delta(self, event: ev.ActivityDelta, _time: float) -> Run | None:
        known = self._activity(event.message_id)
        known = known or Activity(id=event.message_id, type=event.activity_type, content={})
        return self._with_activity(changed_activity(known, event.patch))

    def _activity(self, name: str) -> Activity | None:
        for run in reversed(self.runs):
            for activity in run.activities:
                if activity.id == name:
                    return activity
        return None

    def _with_activity(self, activity: Activity) -> Run | None:
        if self._turn is None and not self.runs:
            return None
        run = (self._turn or self._afterwards()).run
        places = [place for place, one in enumerate(run.activities) if one.id == activity.id]
        if places:
            run.activities[places[0]] = activity
        else:
            run.activities.append(activity)
        return run

    # Messages that are told whole

    def _fill_earlier(self, messages: list[ev.InputMessage], told: Told, time: float) -> None:
        """Earlier turns that a run's input tells and no event did."""
        if not told.questions:
            return
        end = next(place for place, message in enumerate(messages) if message is told.questions[0])
        turns = turns_of(messages[:end])
        unknown: list[Told] = []
        while turns and len(unknown) < _MOST_EARLIER:
            earlier = turns.pop()
            if any(earlier.is_of(run) for run in reversed(self.runs)):
                self._fill_turn(len(self.runs) - 1, earlier, time)
                break
            unknown.insert(0, earlier)
        else:
            if self.runs:
                return  # another thread than this, or one that was told anew
        for earlier in [*turns, *unknown] if not self.runs else unknown:
            self._insert(len(self.runs), earlier, time)

    def _fill_turn(self, number: int, told: Told, time: float) -> None:
        run = self.runs[number]
        if self._turn is not None and run is self._turn.run:
            if fill(run, told.rest, time):
                self._turn.learn()
        elif told.is_of(run) and is_missing(run, told.rest):
            fill(self._amend(number), told.rest, time)
            self._late_turn = None
        self.call_ids.update(call.id for call in self.runs[number].calls)

    def _insert(self, number: int, told: Told, time: float) -> None:
        """Put a turn that is told whole before another one."""
        if self.is_partial:
            return
        run = Run(
            id=self._names.new(told.asked[0] if told.asked else "", "earlier"),
            question=told.question,
            asked=told.asked,
            attachments=told.attachments,
            parts=told.parts,
            started=time,
            ended=time,
            is_dated=False,
            status=RunStatus.ANSWERED,
        )
        fill(run, told.rest, time)
        self.call_ids.update(call.id for call in run.calls)
        if number < len(self.runs):
            self.inserted += 1
        self.runs.insert(number, run)
        self.changed_from = min(self.changed_from, number)
        self._also[run.id] = run

    def _messages_snapshot(self, event: ev.MessagesSnapshot, time: float) -> Run | None:
        turns = turns_of(event.messages)
        number = len(self.runs) - 1
        before = len(self.runs) if self._turn is None else number
        """Where a turn belongs that no run is."""
        for told in reversed(turns):
            found = next((n for n in range(number, -1, -1) if told.is_of(self.runs[n])), None)
            if found is None and self._asks_nothing(number) and told is turns[-1]:
                run = self.runs[number]
                run.question, run.asked, run.attachments = told.question, told.asked, told.attachments
                run.parts = told.parts
                found = number
            if found is None:
                self._insert(before, told, time)
                number = before - 1
            else:
                self._fill_turn(found, told, time)
                before, number = found, found - 1
        return self._turn.run if self._turn is not None else None

    def _asks_nothing(self, number: int) -> bool:
        """Whether this is the run that goes on, and nobody has told its question."""
        return (
            number >= 0
            and self._turn is not None
            and self.runs[number] is self._turn.run
            and not self._turn.run.question
        )


_ERROR_CODES = frozenset(str(code) for code in ev.RunErrorCode)
_MOST_EARLIER = 50
"""Turns of an input that are looked for among those that are known, from its end."""


def _tells_starts(metadata: dict[str, Any]) -> bool:
    """Whether a run tells when each of its tools begins to run: ours does, but for an agent's behind a URL."""
    return metadata.get("app") == _OURS and metadata.get("remote") is not True


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _is_resumed(one: Interrupt, given: ev.RunInput) -> bool:
    return any(one.id == entry.interrupt_id for entry in given.resume or ())


def _copied(run: Run) -> Run:
    """A run that may be changed while the other one stays as it is; what is never changed in place is shared."""
    return replace(
        run,
        steps=deepcopy(run.steps),
        notices=[*run.notices],
        asked=[*run.asked],
        activities=[*run.activities],
        usage=[*run.usage],
    )


_Handler = Callable[[Conversation, Any, float], Run | None]


def _of_turn(handler: Callable[[OpenTurn, Any, float], Run | None]) -> _Handler:
    """What happens within the run that goes on."""

    def handle(conversation: Conversation, event: Any, time: float) -> Run | None:
        turn = conversation._turn
        return handler(turn, event, time) if turn is not None else None

    return handle


def _ignore(_conversation: Conversation, _event: Any, _time: float) -> None:
    """For events that carry no state of their own."""


# One table instead of a `match`: dispatch by type is what keeps the fold of a long session fast.
_HANDLERS: dict[type[ev.Event], _Handler] = {
    ev.RunRequested: Conversation._requested_run,
    ev.RunStarted: Conversation._run_started,
    ev.RunFinished: Conversation._run_finished,
    ev.RunError: Conversation._run_error,
    ev.RunCancelled: Conversation._run_cancelled,
    ev.StepStarted: _of_turn(lambda turn, event, time: turn.steps.start(event, time)),
    ev.StepFinished: _of_turn(lambda turn, event, time: turn.steps.finish(event, time)),
    ev.SubagentStarted: _of_turn(lambda turn, event, time: turn.steps.agent_started(event, time)),
    ev.SubagentFinished: _of_turn(lambda turn, event, time: turn.steps.agent_ended(event, time)),
    ev.SubagentError: _of_turn(lambda turn, event, time: turn.steps.agent_ended(event, time)),
    ev.TextMessageStart: Conversation._text_start,
    ev.TextMessageContent: _of_turn(lambda turn, event, time: turn.texts.content(event, time)),
    ev.TextMessageChunk: _ignore,
    ev.TextMessageEnd: _of_turn(lambda turn, event, time: turn.texts.end(event, time)),
    ev.ReasoningStart: _of_turn(lambda turn, event, time: turn.texts.turn_out(event, time)),
    ev.ReasoningMessageStart: _of_turn(lambda turn, event, time: turn.texts.think(event, time)),
    ev.ReasoningMessageContent: _of_turn(lambda turn, event, time: turn.texts.thought(event, time)),
    ev.ReasoningMessageChunk: _ignore,
    ev.ReasoningMessageEnd: _of_turn(lambda turn, event, time: turn.texts.end_thought(event, time)),
    ev.ReasoningEnd: _ignore,
    ev.ReasoningEncryptedValue: _of_turn(lambda turn, event, time: turn.encrypted(event, time)),
    ev.ThinkingStart: _ignore,
    ev.ThinkingTextMessageStart: _ignore,
    ev.ThinkingTextMessageContent: _ignore,
    ev.ThinkingTextMessageEnd: _ignore,
    ev.ThinkingEnd: _ignore,
    ev.ToolCallStart: _of_turn(lambda turn, event, time: turn.calls.start(event, time)),
    ev.ToolCallArgs: _of_turn(lambda turn, event, time: turn.calls.args(event, time)),
    ev.ToolCallChunk: _ignore,
    ev.ToolCallEnd: _of_turn(lambda turn, event, time: turn.calls.end(event, time)),
    ev.ToolCallResult: Conversation._call_result,
    ev.StateSnapshot: Conversation._state_snapshot,
    ev.StateDelta: Conversation._state_delta,
    ev.MessagesSnapshot: Conversation._messages_snapshot,
    ev.ActivitySnapshot: Conversation._activity_snapshot,
    ev.ActivityDelta: Conversation._activity_delta,
    ev.Custom: _of_turn(lambda turn, event, time: turn.custom(event, time)),
    ev.Raw: _ignore,
    ev.Meta: _ignore,
    ev.Unknown: _ignore,
}
"""What each event does; chunks and the older thinking events are taken apart first."""

_CHUNKS = frozenset(
    {
        ev.TextMessageChunk,
        ev.ReasoningMessageChunk,
        ev.ToolCallChunk,
        ev.ThinkingStart,
        ev.ThinkingTextMessageStart,
        ev.ThinkingTextMessageContent,
        ev.ThinkingTextMessageEnd,
        ev.ThinkingEnd,
    }
)
"""From the first of these on, a run's events are taken for what they stand for."""

_ANYWHERE = frozenset(
    {
        ev.RunRequested,
        ev.RunStarted,
        ev.MessagesSnapshot,
        ev.ToolCallResult,
        ev.StateSnapshot,
        ev.StateDelta,
        ev.ActivitySnapshot,
        ev.ActivityDelta,
    }
)
"""What means something where no run goes on."""


class _Fragment(NamedTuple):
    """An event that brings the next piece of a text."""

    owner: Callable[[Any], str]
    """The id of the text."""
    add: Callable[[OpenTurn, Any, list[str], list[float]], None]
    """Adds pieces to the text that an event is of, which has begun."""


_FRAGMENTS: dict[type[ev.Event], _Fragment] = {
    ev.TextMessageContent: _Fragment(
        attrgetter("message_id"),
        lambda turn, event, pieces, times: turn.texts.add(
            key_of(event.message_id, event.subagent_run_id), pieces, times
        ),
    ),
    ev.ReasoningMessageContent: _Fragment(
        attrgetter("message_id"),
        lambda turn, event, pieces, times: turn.texts.add_thought(
            key_of(event.message_id, event.subagent_run_id), pieces, times
        ),
    ),
    ev.ToolCallArgs: _Fragment(
        attrgetter("tool_call_id"),
        lambda turn, event, pieces, times: turn.calls.add(
            key_of(event.tool_call_id, event.subagent_run_id), pieces, times
        ),
    ),
}

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
