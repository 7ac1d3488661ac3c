"""The tool calls of a run that is going on: what is told of each, however often and in whatever order.

A call that is started again before it has a result is the same call; its arguments are told anew then, and take the
place of those before. Behind its result an id is another call's, unless the run resumes an earlier one and tells
once more what that had said.
"""

from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from agent.conversation.fragments import Fragments
from agent.conversation.items import Asker, CallStatus, ToolCall
from agent.conversation.run import Run, Step
from agent.conversation.turn.content import as_text, attachments, number, plain_text, string
from agent.conversation.turn.names import Key, Names, key_of
from agent.conversation.turn.steps import Steps
from agent.conversation.turn.texts import count_fragments, make_preamble
from agent.events import types as ev

__all__ = ["Calls", "OpenCall", "close_call", "take_result"]

_WRITING, _READY, _DONE, _FAILED = CallStatus.WRITING, CallStatus.READY, CallStatus.DONE, CallStatus.FAILED
"""By names of this module: looking up a member costs more than all that is done with it here."""


class OpenCall(Struct, eq=False):
    """A call as its events find it."""

    call: ToolCall
    step: Step
    agent: str | None
    """The sub-agent that makes it; None is the run's own agent."""
    is_told_anew: bool = False
    """Whether the next arguments begin it anew."""


class Calls(Struct, eq=False):
    """The calls of one run."""

    run: Run
    steps: Steps
    names: Names
    call_ids: set[str]
    """The ids of all calls of the session; new ones are added."""
    is_resumed: bool = False
    """Whether what an earlier run has told may be told once more."""
    _calls: dict[Key, OpenCall] = {}

    def know(self, steps: list[Step]) -> None:
        """Take in calls that came another way: of earlier runs of the turn, or told whole."""
        for step in steps:
            for call in step.calls:
                self._calls.setdefault(key_of(call.wire_id, step.agent), OpenCall(call, step, step.agent))

    def start(self, event: ev.ToolCallStart, time: float) -> Run:
        """A call begins, or is told once more."""
        known = self._calls.get(key_of(event.tool_call_id, event.subagent_run_id)) if event.tool_call_id else None
        if known is not None and self._is_same(known.call, event.tool_call_name):
            known.call.name = known.call.name or event.tool_call_name
            known.is_told_anew = known.call.status is not _WRITING
            known.call.is_filled = False
        else:
            self._begin(event, time)
        if event.arguments is not None:
            self.args(
                ev.ToolCallArgs(
                    tool_call_id=event.tool_call_id, delta=event.arguments, subagent_run_id=event.subagent_run_id
                ),
                time,
            )
        return self.run

    def _is_same(self, call: ToolCall, name: str) -> bool:
        """Whether a start of its id tells of the call once more; of one that was answered, only where it has its name:
        an approval that a client answered as a call may hand its id on to the call that was approved."""
        if not _is_answered(call):
            return True
        return (self.is_resumed or call.is_filled) and name in ("", call.name)

    def _begin(self, event: ev.ToolCallStart, time: float) -> OpenCall:
        wanted, agent, metadata = event.tool_call_id, event.subagent_run_id, event.metadata
        name = self.names.new(wanted, "call")
        call = ToolCall(id=name, name=event.tool_call_name, started=time, message_id=event.parent_message_id)
        if name != wanted:
            call.sender_id = wanted
        if metadata is not None:
            call.provider_id = string(metadata.get("providerId"))
            call.asker = _asker(metadata)
        step = self.steps.current(agent, time)
        if agent is None:
            make_preamble(self.run, step)
        step.items.append(call)
        self.call_ids.add(name)
        known = self._calls[key_of(wanted, agent)] = OpenCall(call, step, agent)
        if self.run.first_token is None:
            self.run.first_token = time
        return known

    def args(self, event: ev.ToolCallArgs, time: float) -> Run | None:
        """The next fragment of a call's arguments; behind their end only where those were not whole by then."""
        agent = event.subagent_run_id
        known = self._calls.get(event.tool_call_id if agent is None else (agent, event.tool_call_id))
        if known is None:
            known = self._begin(_untold_start(event), time)
        call, run = known.call, self.run
        if known.is_told_anew:
            known.is_told_anew = False
            if not _is_answered(call):
                call.status = _WRITING
            call.fragments = Fragments()
        elif call.status is not _WRITING and _is_json(call.fragments.text):
            return None
        call.fragments.append(event.delta, time)
        count_fragments(run, known.step, time, time)
        run.tool_fragments += 1
        return run

    def add(self, event: ev.ToolCallArgs, pieces: list[str], times: list[float]) -> int:
        """Add pieces to the arguments of a fragment's call, which has begun; gives how many of them belong there."""
        known = self._calls[key_of(event.tool_call_id, event.subagent_run_id)]
        if known.call.status is not _WRITING:
            late = [replace(event, delta=piece) for piece in pieces]
            return sum(self.args(one, time) is not None for one, time in zip(late, times, strict=True))
        known.call.fragments.extend(pieces, times)
        count_fragments(self.run, known.step, times[0], times[-1])
        self.run.tool_fragments += len(pieces)
        return len(pieces)

    def end(self, event: ev.ToolCallEnd, time: float) -> Run | None:
        """A call's arguments are complete; who tells all of them here may not have told them before."""
        known = self._find(event.tool_call_id, event.subagent_run_id)
        if known is None:
            return self.run
        call = known.call
        if event.arguments is not None and not len(call.fragments):
            call.fragments.extend([event.arguments], [time])
        if call.status is _WRITING:
            call.status, call.args_ended = _READY, time
        known.is_told_anew = False
        if event.result is not None:
            take_result(call, event.result, None, event.metadata, time, is_dated=self.run.is_dated)
        return self.run

    def result(self, event: ev.ToolCallResult, time: float) -> OpenCall | None:
        """What a tool gave; gives its call, None where the run knows none."""
        known = self._find(event.tool_call_id, event.subagent_run_id)
        if known is None:
            return None
        take_result(known.call, event.content, event.error, event.metadata, time, is_dated=self.run.is_dated)
        known.call.result_id = event.message_id
        return known

    def lost(self, event: ev.ToolCallResult, time: float) -> None:
        """A result of a call that nobody tells of."""
        known = self._begin(_untold_start(event), time)
        take_result(known.call, event.content, event.error, event.metadata, time, is_dated=self.run.is_dated)

    def find(self, name: str) -> ToolCall | None:
        """A call by its sender's id."""
        known = self._find(name, None)
        return known.call if known is not None else None

    def _find(self, name: str, agent: str | None) -> OpenCall | None:
        """A call by its id; who tells of it may not say whose it is."""
        known = self._calls.get(name if agent is None else (agent, name))
        if known is not None or not name:
            return known
        others = (
            known for key, known in self._calls.items() if key == name or (isinstance(key, tuple) and key[1] == name)
        )
        return next(others, None)

    def open_parts(self) -> list[tuple[type[ev.Event], str, str | None]]:
        """What is being written, as chunks go on with it."""
        return [
            (ev.ToolCallChunk, key, None) if isinstance(key, str) else (ev.ToolCallChunk, key[1], key[0])
            for key, known in self._calls.items()
            if known.call.status is _WRITING
        ]


def _untold_start(event: ev.ToolCallArgs | ev.ToolCallResult) -> ev.ToolCallStart:
    """The start that nobody told of the call that an event is of."""
    return ev.ToolCallStart(tool_call_id=event.tool_call_id, tool_call_name="", subagent_run_id=event.subagent_run_id)


def _is_words(part: Any) -> bool:
    return isinstance(part, str) or (isinstance(part, dict) and isinstance(part.get("text"), str))


def _asker(metadata: dict[str, Any]) -> Asker | None:
    """Who asks the user, where what began is a question."""
    if metadata.get("question") is not True:
        return None
    return Asker(string(metadata.get("by")) or "", string(metadata.get("during")) or "")


def _is_answered(call: ToolCall) -> bool:
    return call.status is _DONE or call.status is _FAILED


def take_result(
    call: ToolCall,
    content: Any,
    error: str | None,
    metadata: dict[str, Any] | None,
    time: float,
    *,
    is_dated: bool = True,
) -> None:
    """Give a call its result; `is_dated` says that moments can be compared."""
    parts: Any = None
    if isinstance(content, str):
        result = content
        call.attachments = ()
    else:
        result = as_text(content) if isinstance(content, dict) else plain_text(content)
        call.attachments, parts = tuple(attachments(content)), content
    failed = bool(error) or ('"isError"' in result and _tells_failure(result))
    call.answered_by = call.duration_ms = None
    if metadata is not None:
        failed = failed or bool(metadata.get("error"))
        parts = parts if isinstance(parts, list) else metadata.get("parts")
        call.answered_by = string(metadata.get("answeredBy"))
        call.duration_ms = number(metadata.get("durationMs"))
    is_more = isinstance(parts, list) and any(not _is_words(part) for part in parts)
    call.parts = tuple(parts) if is_more else ()
    call.result = error if error and not result.strip() else result
    call.status = _FAILED if failed else _DONE
    call.ended = time
    if call.duration_ms is None and call.tool_started is not None and is_dated:
        call.duration_ms = time - call.tool_started


def _tells_failure(result: str) -> bool:
    """Whether a result is an MCP tool's that failed (https://modelcontextprotocol.io/specification: `isError`)."""
    return '"isError"' in result[:4_096] and isinstance(told := _json(result), dict) and told.get("isError") is True


def _is_json(text: str) -> bool:
    return _json(text) is not msgspec.UNSET


def _json(text: str) -> Any:
    """The value of a JSON text; unset where it is none."""
    try:
        return msgspec.json.decode(text)
    except (ValueError, RecursionError):
        return msgspec.UNSET


def close_call(call: ToolCall, time: float | None, *, is_finished: bool, is_waiting: bool, is_told: bool) -> None:
    """What becomes of an open call at the end of its run, of which None tells no time: it cannot go on in it.

    `is_told`: the stream tells when a tool begins, so that one of which it tells nothing has not begun.
    """
    if is_waiting:
        call.status = CallStatus.WAITING
    elif call.status is _WRITING and not (is_finished and _is_json(call.fragments.text)):
        call.status = CallStatus.CUT
    elif is_told or call.tool_started is not None:
        call.status = CallStatus.STOPPED
    else:
        call.status = CallStatus.UNTOLD
    call.ended = time
