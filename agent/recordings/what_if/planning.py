"""Where a branch leaves its recording: the first place at which something is otherwise.

That is the next model call where the model is asked otherwise, and a call's tools where a call is. Without a patch
nothing is otherwise, and the whole recording is followed. Pure.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from agent.conversation.items import ToolCall
from agent.conversation.lineage import Lineage
from agent.errors import UsageError
from agent.events import types as ev
from agent.recordings.forking import lineage_at
from agent.recordings.moments import call_number
from agent.recordings.recording import Recording
from agent.recordings.what_if.patches import Patches
from agent.recordings.what_if.plan import Plan
from agent.recordings.what_if.rounds import Round, rounds_of

__all__ = ["GO_ON", "plan_branch"]

GO_ON = "[Your reply was cut off here. Go on from where it ends.]"
"""What a model is told whose reply a branch begins in the middle of."""


def plan_branch(
    recording: Recording, position: int, patches: Patches, *, session: str | None, live_tools: bool = False
) -> Plan:
    """How a branch goes on where `position` events are applied; `session` is the recording's id, if it has one.

    Raises:
        UsageError: there is nothing to go on from, or a patch has nothing to work on there.
    """
    lineage = lineage_at(recording, position, branch="what-if", session=session, patch=patches.told)
    if (start := _start(recording, position)) is None:
        raise UsageError("nothing was asked yet at that moment")
    return _Planning(recording, position, patches, lineage, start, live_tools=live_tools).plan()


def _start(recording: Recording, position: int) -> int | None:
    """Where the run begins that a position lies in."""
    for number in range(position - 1, -1, -1):
        if isinstance(recording.events[number], ev.RunStarted):
            return number
    return None


class _Planning:
    """One branch being planned."""

    def __init__(
        self, recording: Recording, position: int, patches: Patches, lineage: Lineage, start: int, *, live_tools: bool
    ) -> None:
        self._recording = recording
        self._position = position
        self._patches = patches
        self._lineage = lineage
        self._start = start
        self._live_tools = live_tools
        self._end = next(
            (
                number
                for number in range(start + 1, len(recording))
                if isinstance(recording.events[number], ev.RunStarted)
            ),
            len(recording),
        )
        self._rounds = rounds_of(recording.events[start + 1 : self._end], start + 1)
        self._calls = {call.wire_id: call for call in recording.state(self._end).runs[-1].calls}

    def plan(self) -> Plan:
        """The branch."""
        patches = self._patches
        arguments = {self._call(which): value for which, value in patches.arguments.items()}
        results = {self._call(which): text for which, text in patches.results.items()}
        arguments = {name: value for name, value in arguments.items() if value != _read(self._calls[name])}
        results = {name: text for name, text in results.items() if text != self._calls[name].result}
        points = [self._tools_of(name) for name in {**arguments, **results}]
        if self._live_tools and (tools := self._next_tools()) is not None:
            points.append(tools)
        is_over = any(isinstance(one, _ENDS) for one in self._recording.events[self._start : self._position])
        if patches.asks_otherwise and is_over and patches.message is not None and not points:
            return self._made(followed=self._position, is_new_turn=True, question=patches.message)
        asked = self._asked_otherwise() if patches.asks_otherwise else None
        if not points and asked is None:
            return self._made(followed=len(self._recording), is_otherwise=False)
        late = [one for one in points if asked is not None and one.followed > asked.followed]
        if late and arguments:
            raise UsageError("the model is asked otherwise before that call, so it may never be made")
        first = min(points, key=lambda one: one.followed, default=None)
        if first is None or (asked is not None and asked.followed < first.followed):
            assert asked is not None  # noqa: S101 - one of the two is there
            return self._made(
                followed=asked.followed, question=asked.question, say=asked.say, results=results, is_cut=asked.is_cut
            )
        if any(one.followed != first.followed for one in points) and len(arguments) > 1:
            raise UsageError("the arguments of calls in two steps are changed: the later ones may never be made")
        texts = {name: json.dumps(value, ensure_ascii=False) for name, value in arguments.items()}
        say = () if patches.message is None else (patches.message,)
        return self._made(followed=first.followed, arguments=texts, results=results, pending=first.pending, say=say)

    def _made(self, *, followed: int, is_otherwise: bool = True, is_new_turn: bool = False, **more: Any) -> Plan:
        return Plan(
            recording=self._recording,
            shared=followed if is_new_turn else self._start,
            followed=followed,
            lineage=self._lineage,
            patches=self._patches,
            is_otherwise=is_otherwise,
            is_new_turn=is_new_turn,
            live_tools=self._live_tools,
            **more,
        )

    # Calls

    def _call(self, which: str) -> str:
        """The id of a call of the run, by what the user calls it: names and numbers are of this run, else of all."""
        name, _, place = which.rpartition("#")
        named = [call.wire_id for call in self._calls.values() if call.name == (name or which)]
        if which in self._calls:
            return which
        if named and (not name or (place.isdecimal() and 1 <= int(place) <= len(named))):
            return named[int(place) - 1 if name else 0]
        number = call_number(which, self._recording)
        event = self._recording.events[number]
        call_id = getattr(event, "tool_call_id", None)
        if not self._start < number < self._end or call_id not in self._calls:
            here = ", ".join(dict.fromkeys(call.name for call in self._calls.values())) or "none"
            raise UsageError(f"{which} is called in another turn than that moment is in; the calls of this one: {here}")
        return str(call_id)

    def _tools_of(self, call_id: str) -> "_Point":
        """Where the calls of a step are answered, by one of them."""
        one = next((one for one in self._rounds if call_id in one.calls), None)
        call = self._calls[call_id]
        if one is None or (done := one.results.get(call_id, self._end)) < self._position:
            raise UsageError(
                f"{call.name} had its result before that moment: choose one before, such as call:{call_id}"
            )
        if call.args_ended is None and call_id not in self._patches_by_id():
            raise UsageError(f"the arguments of {call.name} were cut in the recording: give it others with .args=")
        return self._point(one, without={call_id} if done < one.spoken_to else set())

    def _patches_by_id(self) -> set[str]:
        return {self._call(which) for which in self._patches.arguments}

    def _next_tools(self) -> "_Point | None":
        """Where tools are run next."""
        for one in self._rounds:
            if any(number >= self._position for number in one.results.values()):
                return self._point(one, without=set())
        return None

    @staticmethod
    def _point(one: Round, without: Iterable[str]) -> "_Point":
        told = {call_id for call_id, number in one.results.items() if number < one.spoken_to} - set(without)
        return _Point(one.spoken_to, pending=tuple(call_id for call_id in one.calls if call_id not in told))

    # The model

    def _has_words(self, now: Round, position: int) -> bool:
        """Whether anything is left of a reply that is cut there: its calls are not."""
        return any(isinstance(event, _WORDS) for event in self._recording.events[now.begin : position])

    def _asked_otherwise(self) -> "_Point":
        """Where the model is asked next, and what it is told there."""
        message, position = self._patches.message, self._position
        said = () if message is None else (message,)
        now = next((one for one in reversed(self._rounds) if one.begin < position), None)
        if now is not None and now.is_in_reply(position):
            if self._has_words(now, position):
                return _Point(position, say=(GO_ON, *said), is_cut=True)
            following: Round | None = now
        elif now is None or now.has_spoken(position):
            following = next((one for one in self._rounds if one.begin >= position), None)
        else:
            following = now
        if following is None and now is not None:
            words = "no model call follows that moment in its turn"
            raise UsageError(f"{words}; choose one in it, such as step:1.2, or turn:1 for all of it")
        if following is None or following is self._rounds[0]:
            return _Point(position if following is None else following.begin, question=message)
        return _Point(following.begin, say=said)


@dataclass(frozen=True)
class _Point:
    """Where a branch leaves its recording."""

    followed: int
    pending: tuple[str, ...] = ()
    say: tuple[str, ...] = ()
    question: str | None = None
    is_cut: bool = False


_WORDS = (
    ev.TextMessageContent,
    ev.TextMessageChunk,
    ev.ReasoningMessageContent,
    ev.ReasoningMessageChunk,
    ev.ThinkingTextMessageContent,
)
_ENDS = ev.RunFinished | ev.RunError | ev.RunCancelled


def _read(call: ToolCall) -> Any:
    try:
        return json.loads(call.fragments.text or "{}", strict=False)
    except (ValueError, RecursionError):
        return None
