"""What a branch has of its recording, and what is asked anew behind that.

A branch is a session of its own. It has every event up to the run that the moment lies in as it is, and tells that run
again with a start that says where it comes from, as far as the plan follows the recording. Pure: asks nobody, writes
nothing. Where a plan leaves its recording is decided in `planning`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from agent.conversation.items import ToolCall
from agent.conversation.lineage import Lineage
from agent.conversation.reducer import Conversation
from agent.events import types as ev
from agent.events.wire import decode_value
from agent.recordings.forking import owners
from agent.recordings.recording import Recording
from agent.recordings.what_if.answers import RecordedAnswers
from agent.recordings.what_if.patches import Patches

__all__ = ["Plan", "followed_lines", "shared_lines"]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A branch, as far as it is known before anything is asked."""

    recording: Recording
    shared: int
    """So many events it has as they are; the next one begins the run that is told again."""
    followed: int
    """So many events of the recording it follows in all."""
    lineage: Lineage
    patches: Patches
    is_otherwise: bool
    """Whether anything is asked anew behind what is followed; else it ends as the recording does."""
    question: str | None = None
    """What is asked in the place of the run's own question; None leaves that."""
    is_new_turn: bool = False
    """Whether `question` is asked behind the last turn, and no run is told again."""
    say: tuple[str, ...] = ()
    """What is said to the model at its next step."""
    arguments: Mapping[str, str] = field(default_factory=dict)
    """The arguments of calls that are made otherwise, JSON text by the calls' ids."""
    results: Mapping[str, str] = field(default_factory=dict)
    """What calls give instead, by their ids."""
    pending: tuple[str, ...] = ()
    """The calls that are answered next, by their ids."""
    is_cut: bool = False
    """Whether it leaves the recording in the middle of a reply."""
    live_tools: bool = False

    def past(self) -> Conversation:
        """The state before the run that is told again; whole runs are shared with the recording's."""
        return self.recording.state(self.shared)

    def begun(self) -> Conversation:
        """The state where that run has begun."""
        return self.recording.state(self.shared + 1)

    @property
    def earlier(self) -> list[ev.InputMessage]:
        """The messages of the thread that the run's start tells, before its question."""
        started = self.recording.events[self.shared]
        given = started.input if isinstance(started, ev.RunStarted) else None
        messages = given.messages if given is not None else []
        last = next((place for place in range(len(messages), 0, -1) if messages[place - 1].role == "user"), 0)
        return messages[: max(last - 1, 0)]

    def retold(self, began: float) -> list[ev.Event]:
        """The events behind the run's start, up to where the recording is followed: patched, without calls that are
        cut there, in the same pace from the moment on that it `began` again."""
        start = self.shared + 1
        events = self._timed(start, began)
        left_out = self._left_out() - set(self.arguments)
        told: list[ev.Event] = []
        for event, owner in zip(events, owners(events), strict=True):
            if owner is None:
                told.append(event)
            elif owner in self.arguments:
                told += _with_arguments(event, self.arguments[owner])
            elif owner not in left_out:
                told.append(event)
            elif isinstance(event, ev.TextMessageStart):
                told.append(msgspec.structs.replace(event, metadata=None))
            elif isinstance(event, ev.TextMessageContent | ev.TextMessageEnd):
                told.append(event)
        return told

    def _timed(self, start: int, began: float) -> list[ev.Event]:
        told = self.recording.events
        if not self.recording.is_dated:
            return told[start : self.followed]
        shift = round(began - told.moment(self.shared))
        return [
            msgspec.structs.replace(told[number], timestamp=round(told.moment(number)) + shift)
            for number in range(start, self.followed)
        ]

    def _left_out(self) -> set[str]:
        """The calls that are not complete where the recording is left, as their sender calls them."""
        calls = self.recording.state(self.followed).runs[-1].calls
        return {call.wire_id for call in calls if call.is_open and (self.is_cut or call.args_ended is None)}

    def answers(self) -> RecordedAnswers | None:
        """What the tools of the recording gave; None where they are to be run anew."""
        if self.live_tools:
            return None
        return RecordedAnswers(self._calls(), self.results)

    def _calls(self) -> Iterator[ToolCall]:
        """The calls of the recording, from the turn on, then those before."""
        runs = self.recording.runs
        run_id = self.begun().runs[-1].id
        first = next((place for place, run in enumerate(runs) if run.id == run_id), 0)
        for run in (*runs[first:], *runs[:first]):
            yield from run.calls

    @property
    def elapsed(self) -> int:
        """Milliseconds from the start of the run to where the recording is left; 0 where it does not tell."""
        events = self.recording.events
        if not self.recording.is_dated or self.followed <= self.shared:
            return 0
        return max(round(events.moment(self.followed - 1) - events.moment(self.shared)), 0)


def shared_lines(plan: Plan) -> Iterator[bytes]:
    """The lines that a branch has as they are."""
    return plan.recording.events.raws(0, plan.shared)


def followed_lines(plan: Plan, run_id: str, shift: int) -> Iterator[bytes]:
    """The lines of a branch in which nothing is otherwise: as they are, but for the run's id, its start and all times,
    which are `shift` milliseconds later."""
    recording = plan.recording
    for number in range(plan.shared, len(recording)):
        raw = recording.raw(number)
        event = recording.events[number]
        is_start = number == plan.shared
        data, _ = decode_value(raw)
        if isinstance(data, dict):
            if is_start:
                _retell_start(data, plan.lineage, run_id)
            elif isinstance(event, ev.RunFinished | ev.RunCancelled):
                _rename(data, {"runId", "run_id"}, {plan.lineage.run: run_id})
            if event.timestamp is not None:
                data["timestamp"] = round(recording.events.moment(number)) + shift
        yield msgspec.json.encode(data)


def _retell_start(data: dict[str, Any], lineage: Lineage, run_id: str) -> None:
    metadata = data["metadata"] if isinstance(data.get("metadata"), dict) else {}
    kept = {name: value for name, value in metadata.items() if name not in ("parentSession", "patch")}
    data |= {"runId": run_id, "metadata": {**kept, **lineage.told()}}
    data.pop("run_id", None)
    if lineage.run:
        data["parentRunId"] = lineage.run
    if isinstance(data.get("input"), dict):
        data["input"] = {**data["input"], "runId": run_id}


def _rename(data: dict[str, Any], names: set[str], ids: Mapping[str | None, str]) -> None:
    for name in names & data.keys():
        data[name] = ids.get(data[name] if isinstance(data[name], str) else None, data[name])


def _with_arguments(event: ev.Event, arguments: str) -> list[ev.Event]:
    """An event of a call that is made with other arguments: all of them come with its start."""
    match event:
        case ev.ToolCallStart():
            start = msgspec.structs.replace(event, arguments=None)
            piece = ev.ToolCallArgs(timestamp=event.timestamp, tool_call_id=event.tool_call_id, delta=arguments)
            return [start, piece]
        case ev.ToolCallEnd():
            return [msgspec.structs.replace(event, arguments=None, result=None)]
        case ev.Custom():
            return [event]
        case _:  # its arguments as they were written, its result, a text that is decoded from it
            return []
