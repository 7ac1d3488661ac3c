"""The one reducer: a conversation is what is left when its events are folded, one after the other.

It owns the way from events to the items that every picture is drawn from. It knows no clock, no file, no model and no
screen, and it never fails: an event that fits nothing changes nothing.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, count, groupby, islice
from operator import attrgetter
from typing import Any, NamedTuple

from agent.conversation.items import CallStatus, Message, MessageKind, Notice, Reasoning, Run, RunStatus, Step, ToolCall
from agent.events import types as ev
from agent.events.chunks import Chunks
from agent.figures import plural

__all__ = ["Conversation"]

_TOGETHER = 4_096
"""Events that are taken together at most."""


class Conversation:
    """A session's state. `apply` is its only way to change; `apply_all` is that for many events, sooner."""

    def __init__(self, events: Iterable[ev.Event] = ()) -> None:
        self.thread_id: str | None = None
        self.runs: list[Run] = []
        self.call_ids: set[str] = set()
        """Every tool call id of the session, so that a new one can be told from a used one."""
        self._run_ids: set[str] = set()
        self._open_id = ""
        """What the sender calls the run that is going on."""
        self._run: Run | None = None
        self._step: Step | None = None
        self._messages: dict[str, Message] = {}
        self._reasonings: dict[str, Reasoning] = {}
        self._calls: dict[str, ToolCall] = {}
        self._subagents: dict[str, Step] = {}
        self._chunks: Chunks | None = None
        """Only of a run that is told in chunks."""
        self._time: float = 0
        """The moment of the last event that told one."""
        self.apply_all(events)

    @classmethod
    def of_runs(cls, runs: list[Run], thread_id: str | None) -> "Conversation":
        """The state after `runs`, all of which have ended. They are shared, for an ended run never changes."""
        conversation = cls()
        conversation.thread_id, conversation.runs = thread_id, runs
        conversation._run_ids = {run.id for run in runs}
        conversation.call_ids = {call.id for run in runs for call in run.calls}
        conversation._time = runs[-1].ended or 0 if runs else 0
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
        return self._run

    def apply(self, event: ev.Event) -> Run | None:
        """Fold one event; gives the run that it changed, or None where it changed nothing."""
        handler = _HANDLERS.get(type(event))
        if handler is None:
            return None
        if event.timestamp is not None:
            self._time = event.timestamp
        if self._run is None and type(event) is not ev.RunStarted and not self._begins_without_run(event):
            return None
        run = handler(self, event, self._time) if self._chunks is None else self._expanded(event, self._time)
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
                    changed += map(self.apply, stretch)
                elif len({*map(fragment.owner, stretch)}) == 1:
                    changed += self._apply_fragments(fragment, stretch)
                else:
                    for _owner, own in groupby(stretch, fragment.owner):
                        changed += self._apply_fragments(fragment, list(own))
        return list({run.id: run for run in changed if run is not None}.values())

    def _apply_fragments(self, fragment: "_Fragment", events: list[Any]) -> list[Run | None]:
        """Fold the fragments of one text."""
        run = self.apply(events[0])
        rest = events[1:]
        times = [event.timestamp for event in rest]
        if run is None or self._chunks is not None or None in times:
            return [run, *map(self.apply, rest)]
        if rest:
            fragment.add(self, run, fragment.owner(events[0]), [event.delta for event in rest], times)
            self._time = times[-1]
            run.version += len(rest)
        return [run]

    def _begins_without_run(self, event: ev.Event) -> bool:
        """Begin a run for a stream that was joined in the middle, so that it shows what it tells."""
        if self.runs or type(event) not in _SPEAKING:
            return False
        self._run = Run(id=self._unused(""), question="", started=self._time)
        self.runs.append(self._run)
        return True

    # Runs and steps

    def _run_started(self, event: ev.RunStarted, time: float) -> Run:
        if self._run is not None:
            # One that has no end, or that goes on beside this one: fragments name no run, so they cannot be told apart.
            self._close(self._run, time, RunStatus.INTERRUPTED, "A new run began before this one ended.")
        metadata = event.metadata or {}
        question = ""
        if event.input is not None:
            for message in event.input.messages:
                if message.role == "user":
                    question = _plain_text(message.content)
        self.thread_id = self.thread_id or event.thread_id
        self._open_id = event.run_id
        self._run = Run(
            id=self._unused(event.run_id),
            question=question,
            started=time,
            model=_string(metadata.get("model")),
            max_iterations=_whole(metadata.get("maxIterations")),
            retry_of=_string(metadata.get("retryOf")),
        )
        self.runs.append(self._run)
        return self._run

    def _unused(self, run_id: str) -> str:
        """`run_id`, made another where the sender calls several runs by it: pictures tell runs apart by their ids."""
        names = chain([run_id], (f"{run_id}#{number}" for number in count(len(self.runs) + 1)))
        name = next(name for name in names if name not in self._run_ids)
        self._run_ids.add(name)
        return name

    def _run_finished(self, event: ev.RunFinished, time: float) -> Run | None:
        if (run := self._run) is None or self._is_end_of_another(event):
            return None
        if isinstance(event.result, dict):
            run.answer = _string(event.result.get("answer"))
            used = event.result.get("tools_used")
            run.tools_used = [name for name in used if isinstance(name, str)] if isinstance(used, list) else []
        run.usage = event.usage or run.usage
        return self._close(run, time, *_outcome(event.outcome))

    def _is_end_of_another(self, event: ev.RunFinished) -> bool:
        """Whether it ends a run that the open one has interrupted already; a sender may also call one by two names."""
        return event.run_id != self._open_id and event.run_id in self._run_ids

    def _run_error(self, event: ev.RunError, time: float) -> Run | None:
        if (run := self._run) is None:
            return None
        run.usage = event.usage or run.usage
        status = RunStatus(event.code) if event.code in _ERROR_CODES else RunStatus.MODEL_ERROR
        return self._close(run, time, status, event.message)

    def _run_cancelled(self, event: ev.RunCancelled, time: float) -> Run | None:
        if (run := self._run) is None:
            return None
        run.usage = event.usage or run.usage
        return self._close(run, time, RunStatus.CANCELLED, event.message)

    def _close(self, run: Run, time: float, status: RunStatus, error: str | None) -> Run:
        """End the run and all that is open in it."""
        for step in run.steps:
            for item in step.items:
                if isinstance(item, ToolCall):
                    if item.is_open:
                        item.status = CallStatus.CUT if item.status is CallStatus.WRITING else CallStatus.STOPPED
                        item.ended = time
                elif item.ended is None:
                    item.ended = time
            if step.ended is None:
                step.ended = time
        run.ended, run.status, run.error = time, status, error
        self._run = self._step = None
        self._messages.clear()
        self._reasonings.clear()
        self._calls.clear()
        self._subagents.clear()
        self._chunks = None
        return run

    def _step_started(self, event: ev.StepStarted, time: float) -> Run | None:
        if (run := self._run) is None:
            return None
        self._step = Step(name=event.step_name, number=len(run.steps) + 1, started=time)
        run.steps.append(self._step)
        return run

    def _step_finished(self, event: ev.StepFinished, time: float) -> Run | None:
        if (run := self._run) is None:
            return None
        for step in reversed(run.steps):
            if step.name == event.step_name and step.ended is None:
                usage = (event.metadata or {}).get("usage")
                step.ended, step.usage = time, usage if isinstance(usage, dict) else None
                self._step = None
                return run
        return None

    def _open_step(self, run: Run, time: float) -> Step:
        """The step that is going on; a stream without steps gets one, so that nothing it says is lost."""
        if self._step is None:
            self._step = Step(name="", number=len(run.steps) + 1, started=time)
            run.steps.append(self._step)
        return self._step

    def _subagent_started(self, event: ev.SubagentStarted, time: float) -> Run | None:
        """A sub-agent's work is shown as a step of its name."""
        if (run := self._run) is None:
            return None
        self._step_started(ev.StepStarted(step_name=event.name), time)
        self._subagents[event.subagent_run_id] = run.steps[-1]
        return run

    def _subagent_ended(self, event: ev.SubagentFinished | ev.SubagentError, time: float) -> Run | None:
        step = self._subagents.pop(event.subagent_run_id, None)
        if step is None or (run := self._run) is None:
            return None
        step.ended = step.ended or time
        if self._step is step:
            self._step = None
        if isinstance(event, ev.SubagentError):
            run.notices.append(Notice(text=f"{step.name} failed: {event.message}", time=time))
        return run

    # Text and reasoning

    def _text_start(self, event: ev.TextMessageStart, time: float) -> Run | None:
        if (run := self._run) is None:
            return None
        call_id = _string((event.metadata or {}).get("toolCallId"))
        message = Message(id=event.message_id, call_id=call_id, started=time)
        self._messages[event.message_id] = message
        self._open_step(run, time).items.append(message)
        return run

    def _text_content(self, event: ev.TextMessageContent, time: float) -> Run | None:
        if (run := self._run) is None:
            return None
        if event.message_id not in self._messages:  # its beginning is missing
            self._text_start(ev.TextMessageStart(message_id=event.message_id), time)
        self._add_text(run, event.message_id, [event.delta], [time])
        return run

    def _add_text(self, run: Run, message_id: str, pieces: list[str], times: list[float]) -> None:
        message = self._messages[message_id]
        message.fragments.extend(pieces, times)
        if message.call_id is None:
            self._count(run, times)
            if message.kind is MessageKind.ANSWER:
                run.answer_fragments += len(pieces)
            else:
                run.tool_fragments += len(pieces)
        else:  # they were counted as tool use when the call's arguments came, unless it says more than those did
            run.tool_fragments -= min(len(pieces), run.tool_fragments)
            run.answer_fragments += len(pieces)

    def _text_end(self, event: ev.TextMessageEnd, time: float) -> Run | None:
        if (message := self._messages.get(event.message_id)) is not None:
            message.ended = time
        return self._run

    def _reasoning_start(self, event: ev.ReasoningMessageStart, time: float) -> Run | None:
        if (run := self._run) is None:
            return None
        reasoning = Reasoning(id=event.message_id, started=time)
        self._reasonings[event.message_id] = reasoning
        self._open_step(run, time).items.append(reasoning)
        return run

    def _reasoning_content(self, event: ev.ReasoningMessageContent, time: float) -> Run | None:
        if (run := self._run) is None:
            return None
        if event.message_id not in self._reasonings:
            self._reasoning_start(ev.ReasoningMessageStart(message_id=event.message_id), time)
        self._add_reasoning(run, event.message_id, [event.delta], [time])
        return run

    def _add_reasoning(self, run: Run, message_id: str, pieces: list[str], times: list[float]) -> None:
        self._reasonings[message_id].fragments.extend(pieces, times)
        self._count(run, times)
        run.reasoning_fragments += len(pieces)

    def _reasoning_end(self, event: ev.ReasoningMessageEnd, time: float) -> Run | None:
        if (reasoning := self._reasonings.get(event.message_id)) is not None:
            reasoning.ended = time
        return self._run

    def _count(self, run: Run, times: list[float]) -> None:
        """Note the moments of fragments that the model sent."""
        if run.first_token is None:
            run.first_token = times[0]
        if (step := self._step) is not None:
            if step.first_fragment is None:
                step.first_fragment = times[0]
            step.last_fragment = times[-1]

    # Tool calls

    def _call_start(self, event: ev.ToolCallStart, time: float) -> Run | None:
        if (run := self._run) is None:
            return None
        call = ToolCall(
            id=event.tool_call_id,
            name=event.tool_call_name,
            started=time,
            provider_id=_string((event.metadata or {}).get("providerId")),
        )
        self._calls[call.id] = call
        self.call_ids.add(call.id)
        step = self._open_step(run, time)
        for item in step.items:
            if isinstance(item, Message) and item.call_id is None and item.kind is MessageKind.ANSWER:
                item.kind = MessageKind.PREAMBLE
                run.answer_fragments -= len(item.fragments)
                run.tool_fragments += len(item.fragments)
        step.items.append(call)
        if run.first_token is None:
            run.first_token = time
        return run

    def _call_args(self, event: ev.ToolCallArgs, time: float) -> Run | None:
        if (run := self._run) is None:
            return None
        if event.tool_call_id not in self._calls:
            self._call_start(ev.ToolCallStart(tool_call_id=event.tool_call_id, tool_call_name=""), time)
        self._add_arguments(run, event.tool_call_id, [event.delta], [time])
        return run

    def _add_arguments(self, run: Run, call_id: str, pieces: list[str], times: list[float]) -> None:
        self._calls[call_id].fragments.extend(pieces, times)
        self._count(run, times)
        run.tool_fragments += len(pieces)

    def _call_end(self, event: ev.ToolCallEnd, time: float) -> Run | None:
        call = self._calls.get(event.tool_call_id)
        if call is not None and call.status is CallStatus.WRITING:
            call.status, call.args_ended = CallStatus.READY, time
        return self._run

    def _call_result(self, event: ev.ToolCallResult, time: float) -> Run | None:
        if (call := self._calls.get(event.tool_call_id)) is not None:
            metadata = event.metadata or {}
            call.result = _plain_text(event.content)
            call.status = CallStatus.FAILED if metadata.get("error") else CallStatus.DONE
            call.ended = time
            call.duration_ms = _duration(metadata.get("durationMs"))
            if call.duration_ms is None and call.tool_started is not None:
                call.duration_ms = time - call.tool_started
        return self._run

    # Chunks

    def _first_chunk(self, event: ev.Event, time: float) -> Run | None:
        """From the first chunk on, a run's events are taken for what they stand for."""
        self._chunks = Chunks()
        return self._expanded(event, time)

    def _expanded(self, event: ev.Event, time: float) -> Run | None:
        assert self._chunks is not None  # noqa: S101 - the callers looked
        run: Run | None = None
        for part in self._chunks.expand(event):
            run = _HANDLERS[type(part)](self, part, time) or run
        return run

    # What AG-UI has no event for

    def _custom(self, event: ev.Custom, time: float) -> Run | None:
        value = event.value if isinstance(event.value, dict) else {}
        call = self._calls.get(str(value.get("toolCallId")))
        if event.name == ev.TOOL_STARTED and call is not None:
            call.status, call.tool_started = CallStatus.RUNNING, time
        elif event.name == ev.APPROVAL and call is not None:
            if value.get("state") == "requested":
                call.status, call.asked = CallStatus.ASKING, time
            else:
                call.status, call.decided = CallStatus.READY, time
        elif event.name == ev.REPLY and self._step is not None:
            self._step.reply = value
        elif event.name == ev.CONTEXT and self._run is not None:
            self._run.notices.append(Notice(text=_left_out(value), time=time))
        elif event.name == ev.RETRY and self._run is not None:
            self._run.notices.append(Notice(text=str(value.get("reason", "")), time=time))
        else:
            return None
        return self._run


_ERROR_CODES = frozenset(str(code) for code in ev.RunErrorCode)


def _ignore(_conversation: Conversation, _event: Any, _time: float) -> None:
    """For events that carry no state of their own."""


_Handler = Callable[[Conversation, Any, float], Run | None]
# One table instead of a `match`: dispatch by type is what keeps the fold of a long session fast.
_HANDLERS: dict[type[ev.Event], _Handler] = {
    ev.RunStarted: Conversation._run_started,
    ev.RunFinished: Conversation._run_finished,
    ev.RunError: Conversation._run_error,
    ev.RunCancelled: Conversation._run_cancelled,
    ev.RunRequested: _ignore,
    ev.StepStarted: Conversation._step_started,
    ev.StepFinished: Conversation._step_finished,
    ev.TextMessageStart: Conversation._text_start,
    ev.TextMessageContent: Conversation._text_content,
    ev.TextMessageChunk: Conversation._first_chunk,
    ev.TextMessageEnd: Conversation._text_end,
    ev.ReasoningStart: _ignore,
    ev.ReasoningMessageStart: Conversation._reasoning_start,
    ev.ReasoningMessageContent: Conversation._reasoning_content,
    ev.ReasoningMessageChunk: Conversation._first_chunk,
    ev.ReasoningMessageEnd: Conversation._reasoning_end,
    ev.ReasoningEnd: _ignore,
    ev.ReasoningEncryptedValue: _ignore,
    ev.ThinkingStart: Conversation._first_chunk,
    ev.ThinkingTextMessageStart: Conversation._first_chunk,
    ev.ThinkingTextMessageContent: Conversation._first_chunk,
    ev.ThinkingTextMessageEnd: Conversation._first_chunk,
    ev.ThinkingEnd: Conversation._first_chunk,
    ev.ToolCallStart: Conversation._call_start,
    ev.ToolCallArgs: Conversation._call_args,
    ev.ToolCallChunk: Conversation._first_chunk,
    ev.ToolCallEnd: Conversation._call_end,
    ev.ToolCallResult: Conversation._call_result,
    ev.SubagentStarted: Conversation._subagent_started,
    ev.SubagentFinished: Conversation._subagent_ended,
    ev.SubagentError: Conversation._subagent_ended,
    ev.StateSnapshot: _ignore,
    ev.StateDelta: _ignore,
    ev.MessagesSnapshot: _ignore,
    ev.ActivitySnapshot: _ignore,
    ev.ActivityDelta: _ignore,
    ev.Raw: _ignore,
    ev.Meta: _ignore,
    ev.Custom: Conversation._custom,
    ev.Unknown: _ignore,
}


class _Fragment(NamedTuple):
    """An event that brings the next piece of a text."""

    owner: Callable[[Any], str]
    """The id of the text."""
    add: Callable[[Conversation, Run, str, list[str], list[float]], None]
    """Adds pieces to a text that has begun."""


_FRAGMENTS: dict[type[ev.Event], _Fragment] = {
    ev.TextMessageContent: _Fragment(attrgetter("message_id"), Conversation._add_text),
    ev.ReasoningMessageContent: _Fragment(attrgetter("message_id"), Conversation._add_reasoning),
    ev.ToolCallArgs: _Fragment(attrgetter("tool_call_id"), Conversation._add_arguments),
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
        ev.ToolCallStart,
        ev.ToolCallArgs,
        ev.ToolCallChunk,
    }
)
"""What says something even where no run was begun."""


def _outcome(outcome: dict[str, Any] | None) -> tuple[RunStatus, str | None]:
    """How a finished run ended, which need not be with an answer."""
    match outcome:
        case {"type": "interrupt", "interrupts": [{"message": str(message)}, *_]}:
            return RunStatus.INTERRUPTED, message
        case {"type": "interrupt"}:
            return RunStatus.INTERRUPTED, "The agent waits for an answer of its user."
        case {"type": "cancelled"}:
            return RunStatus.CANCELLED, "Cancelled."
        case _:
            return RunStatus.ANSWERED, None


# What metadata and results hold is anyone's; only values of the right type reach a field.


def _left_out(value: dict[str, Any]) -> str:
    """What a model was not told, in words."""
    turns, results = _whole(value.get("turnsLeftOut")) or 0, _whole(value.get("resultsShortened")) or 0
    said = [f"the {plural(turns, 'oldest turn')} left out"] if turns else []
    said += [f"{plural(results, 'long result')} told in part"] if results else []
    return f"To fit the model's window: {' and '.join(said) or 'nothing left out any more'}."


def _string(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _duration(value: Any) -> float | None:
    """Milliseconds; None for what is no span of time, or longer than a float tells apart."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 2**53 else None


def _plain_text(content: Any) -> str:
    """The text of a message's content: the string itself, or the text parts of a list of parts."""
    if isinstance(content, str):
        return content
    return "".join(_text_parts(content)) if isinstance(content, list) else ""


def _text_parts(parts: list[Any]) -> Iterator[str]:
    for part in parts:
        if isinstance(part, dict) and isinstance(part.get("text"), str):
            yield part["text"]
