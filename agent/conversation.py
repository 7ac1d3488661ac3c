"""The one reducer: a conversation is what is left when its events are folded, one after the other.

It owns the way from events to the items (`agent.items`) that every picture is drawn from. It knows no clock, no file,
no model and no screen, and it never fails: an event that fits nothing changes nothing.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from agent import events as ev
from agent.items import CallStatus, Message, MessageKind, Notice, Reasoning, Run, RunStatus, Step, ToolCall

__all__ = ["Conversation"]


class Conversation:
    """A session's state. `apply` is its only way to change."""

    def __init__(self, events: Iterable[ev.Event] = ()) -> None:
        self.thread_id: str | None = None
        self.runs: list[Run] = []
        self.call_ids: set[str] = set()
        """Every tool call id of the session, so that a new one can be told from a used one."""
        self._run: Run | None = None
        self._step: Step | None = None
        self._messages: dict[str, Message] = {}
        self._reasonings: dict[str, Reasoning] = {}
        self._calls: dict[str, ToolCall] = {}
        for event in events:
            self.apply(event)

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
        if handler is None or (self._run is None and type(event) is not ev.RunStarted):
            return None
        run = handler(self, event, event.timestamp or 0)
        if run is not None:
            run.version += 1
        return run

    # Runs and steps

    def _run_started(self, event: ev.RunStarted, time: float) -> Run:
        if self._run is not None:
            self._close(self._run, time, RunStatus.INTERRUPTED, "A new run began before this one ended.")
        metadata = event.metadata or {}
        question = ""
        if event.input is not None:
            for message in event.input.messages:
                if message.role == "user":
                    question = _plain_text(message.content)
        self.thread_id = self.thread_id or event.thread_id
        self._run = Run(
            id=event.run_id,
            question=question,
            started=time,
            model=_string(metadata.get("model")),
            max_iterations=_whole(metadata.get("maxIterations")),
            retry_of=_string(metadata.get("retryOf")),
        )
        self.runs.append(self._run)
        return self._run

    def _run_finished(self, event: ev.RunFinished, time: float) -> Run | None:
        if (run := self._run) is None:
            return None
        if isinstance(event.result, dict):
            run.answer = _string(event.result.get("answer"))
            used = event.result.get("tools_used")
            run.tools_used = [name for name in used if isinstance(name, str)] if isinstance(used, list) else []
        run.usage = event.usage or run.usage
        return self._close(run, time, RunStatus.ANSWERED, None)

    def _run_error(self, event: ev.RunError, time: float) -> Run | None:
        if (run := self._run) is None:
            return None
        run.usage = event.usage or run.usage
        status = RunStatus(event.code) if event.code in _ERROR_CODES else RunStatus.MODEL_ERROR
        return self._close(run, time, status, event.message)

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
        message = self._messages.get(event.message_id)
        if message is None or (run := self._run) is None:
            return None
        message.fragments.append(event.delta, time)
        if message.call_id is None:
            self._count(run, time)
            if message.kind is MessageKind.ANSWER:
                run.answer_fragments += 1
            else:
                run.tool_fragments += 1
        else:  # its fragment was counted as tool use when the call's arguments came
            run.tool_fragments -= 1
            run.answer_fragments += 1
        return run

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
        reasoning = self._reasonings.get(event.message_id)
        if reasoning is None or (run := self._run) is None:
            return None
        reasoning.fragments.append(event.delta, time)
        self._count(run, time)
        run.reasoning_fragments += 1
        return run

    def _reasoning_end(self, event: ev.ReasoningMessageEnd, time: float) -> Run | None:
        if (reasoning := self._reasonings.get(event.message_id)) is not None:
            reasoning.ended = time
        return self._run

    def _count(self, run: Run, time: float) -> None:
        """Note the moment of a fragment that the model sent."""
        if run.first_token is None:
            run.first_token = time
        if (step := self._step) is not None:
            if step.first_fragment is None:
                step.first_fragment = time
            step.last_fragment = time

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
        call = self._calls.get(event.tool_call_id)
        if call is None or (run := self._run) is None:
            return None
        call.fragments.append(event.delta, time)
        self._count(run, time)
        run.tool_fragments += 1
        return run

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

    # What AG-UI has no event for

    def _custom(self, event: ev.Custom, time: float) -> Run | None:
        value = event.value if isinstance(event.value, dict) else {}
        call = self._calls.get(str(value.get("toolCallId")))
        if event.name == ev.TOOL_STARTED and call is not None:
            call.status, call.tool_started = CallStatus.RUNNING, time
        elif event.name == ev.APPROVAL and call is not None:
            call.status = CallStatus.ASKING if value.get("state") == "requested" else CallStatus.READY
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
    ev.StepStarted: Conversation._step_started,
    ev.StepFinished: Conversation._step_finished,
    ev.TextMessageStart: Conversation._text_start,
    ev.TextMessageContent: Conversation._text_content,
    ev.TextMessageEnd: Conversation._text_end,
    ev.ReasoningStart: _ignore,
    ev.ReasoningMessageStart: Conversation._reasoning_start,
    ev.ReasoningMessageContent: Conversation._reasoning_content,
    ev.ReasoningMessageEnd: Conversation._reasoning_end,
    ev.ReasoningEnd: _ignore,
    ev.ToolCallStart: Conversation._call_start,
    ev.ToolCallArgs: Conversation._call_args,
    ev.ToolCallEnd: Conversation._call_end,
    ev.ToolCallResult: Conversation._call_result,
    ev.Custom: Conversation._custom,
    ev.Unknown: _ignore,
}


# What metadata and results hold is anyone's; only values of the right type reach a field.


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
