"""A turn that is going on: its run, and what is open in it. All of it is forgotten when the run ends."""

from collections.abc import Sequence, Set
from typing import Any

from msgspec.structs import replace

from agent.conversation.decisions import Decision
from agent.conversation.items import CallStatus, Interrupt, Message, MessageKind, Notice, ToolCall
from agent.conversation.run import Run, Step
from agent.conversation.turn.calls import Calls, close_call
from agent.conversation.turn.content import as_text, number, string, whole
from agent.conversation.turn.interrupts import Interrupts
from agent.conversation.turn.names import Names
from agent.conversation.turn.steps import Steps
from agent.conversation.turn.texts import Texts
from agent.events import types as ev
from agent.events.chunks import Chunks
from agent.figures import plural

__all__ = ["OpenTurn"]

_DONE = CallStatus.DONE
_OF_CALLS = frozenset({ev.TOOL_STARTED, ev.PROGRESS, ev.APPROVAL})
_OF_LANGGRAPH = frozenset({"on_interrupt", "LangGraphInterruptEvent"})
"""Custom events by which older servers tell that they wait
(https://docs.ag-ui.com/concepts/interrupts, https://docs.copilotkit.ai)."""


class _Twin:
    """Tells the second of two events that are the same, as long as all of them come in pairs."""

    def __init__(self) -> None:
        self._first: ev.Event | None = None
        self.is_over = False

    def is_second(self, event: ev.Event) -> bool:
        """Whether the event was told before."""
        first, self._first = self._first, event
        if first is None:
            return False
        if replace(first, timestamp=None) == replace(event, timestamp=None):
            self._first = None
            return True
        self.is_over = True
        return False


class OpenTurn:
    """What goes on in one run."""

    def __init__(
        self,
        run: Run,
        sender_id: str,
        call_ids: set[str],
        *,
        tells_starts: bool = False,
        is_resumed: bool = False,
    ) -> None:
        self.run = run
        self.sender_id = sender_id
        """What the sender calls the run."""
        self.steps = Steps(run, {None: []})
        names = Names()
        self.texts = Texts(run, self.steps, names)
        self.calls = Calls(run, self.steps, names, call_ids, is_resumed)
        self.interrupts = Interrupts(run, self.steps)
        if run.steps:
            self.steps.know()
            names.take(item.id for item in run.items)
            self.interrupts.know()
        if is_resumed:
            self.calls.know(run.steps)
        self.usage = run.usage
        """What earlier runs of the turn cost."""
        self.is_plain = True
        """Whether its events are to be taken as they come: neither in chunks, nor each of them twice."""
        self._chunks: Chunks | None = None
        self._twin: _Twin | None = None
        self._tells_starts = tells_starts
        """Whether the stream tells when a tool begins to run."""

    def learn(self) -> None:
        """Take in what was put into the run from outside."""
        self.texts.know(self.run.steps)
        self.calls.know(self.run.steps)

    def begin_again(self) -> None:
        """The run begins once more: each of its events comes twice, or a new connection tells all of it again."""
        if not self.run.steps:
            self._twin, self.is_plain = _Twin(), False
            return
        self.steps.tell_again()
        self.texts.tell_again()
        self.calls.is_resumed = True

    def meant(self, event: ev.Event, *, is_chunk: bool) -> Sequence[ev.Event]:
        """The events that one stands for: none of what is told twice, several of chunks, else itself."""
        if self._twin is not None:
            if self._twin.is_second(event):
                return ()
            if self._twin.is_over:
                self._twin, self.is_plain = None, self._chunks is None
        if is_chunk and self._chunks is None:
            self._chunks = Chunks([*self.texts.open_parts(), *self.calls.open_parts()])
            self.is_plain = False
        return (event,) if self._chunks is None else self._chunks.expand(event)

    def custom(self, event: ev.Custom, time: float) -> Run | None:
        """What AG-UI has no event for."""
        value = event.value if isinstance(event.value, dict) else {}
        call = self.calls.find(str(value.get("toolCallId")))
        if event.name in _OF_CALLS and call is not None:
            self._of_call(event.name, value, call, time)
        elif event.name in (ev.REPLY, ev.GIVEN) and (step := self.steps.innermost) is not None:
            _keep(event.name, value, step)
        elif event.name == ev.CONTEXT:
            self._notice(_left_out(value), time)
        elif event.name in (ev.RETRY, ev.NOTICE):
            self._notice(str(value.get("reason", "")), time)
        elif event.name == ev.NODE:
            self._of_node(value)
        elif event.name == ev.INTERRUPTS:
            asked = value.get("interrupts")
            named = [one.get("id") for one in asked if isinstance(one, dict)] if isinstance(asked, list) else []
            self.run.awaited = tuple(name for name in named if isinstance(name, str))
        elif event.name == ev.REQUEST:  # what an agent of others does, it may not tell
            self.run.awaited, self._tells_starts, self.run.has_tokens = (), False, False
        elif event.name in _OF_LANGGRAPH:
            self.interrupts.ask("", event.value, time, agent=event.subagent_run_id)
        else:
            return None
        return self.run

    def _of_call(self, name: str, value: dict[str, Any], call: ToolCall, time: float) -> None:
        if name == ev.TOOL_STARTED:
            call.status, call.tool_started, self._tells_starts = CallStatus.RUNNING, time, True
        elif name == ev.PROGRESS:
            call.progress = _progress(value)
        elif value.get("state") == "requested":
            call.status, call.asked = CallStatus.ASKING, time
            call.stopped_at = string(value.get("breakpoint"))
        else:
            call.status, call.decided, call.decision = CallStatus.READY, time, Decision.read(value)

    def _of_node(self, value: dict[str, Any]) -> None:
        task, name = string(value.get("task")), string(value.get("name"))
        if task is not None and name is not None and value.get("state") == "running":
            self.run.nodes[task] = name
        elif task is not None:
            self.run.nodes.pop(task, None)

    def _notice(self, text: str, time: float) -> None:
        place = sum(len(step.items) for step in self.run.steps)
        last = self.run.notices[-1] if self.run.notices else None
        if last is not None and (last.text, last.place) == (text, place):
            return  # what is tried again for the same reason again and again is said once
        self.run.notices.append(Notice(text=text, time=time, place=place))

    def encrypted(self, event: ev.ReasoningEncryptedValue, _time: float) -> Run | None:
        """A text, a reasoning or a call has more in it, that only its sender can read."""
        item = self.texts.find(event.entity_id) or self.calls.find(event.entity_id)
        if item is None or item.encrypted == event.encrypted_value:
            return None
        item.encrypted = event.encrypted_value
        return self.run

    def conclude(self, result: Any, time: float) -> None:
        """Where the agent has said no answer: take the run's result for it, or else its last words."""
        texts: list[Message] = []
        for step in self.run.steps:
            for item in step.items:
                if isinstance(item, Message) and not item.fragments.is_blank:
                    if item.kind is MessageKind.ANSWER:
                        return
                    texts.append(item)
        is_ours = isinstance(result, dict) and ("answer" in result or "tools_used" in result)
        if not is_ours and result not in (None, True, False, "", {}, []):
            self.run.answer = as_text(result)
            self.texts.start(ev.TextMessageStart(message_id="result"), time)
            self.texts.content(ev.TextMessageContent(message_id="result", delta=self.run.answer), time)
            return
        if any(call.is_open for call in self.run.calls):
            return  # they were said before a call whose result is still to come
        for item in reversed(texts):
            if item.kind is MessageKind.PREAMBLE:
                item.kind = MessageKind.ANSWER
                self.run.tool_fragments -= len(item.fragments)
                self.run.answer_fragments += len(item.fragments)
                return

    def go_on(self, time: float) -> None:
        """The run resumes: nothing of it waits any more but what is asked anew."""
        self.interrupts.go_on(time)
        for call in self.run.calls:
            if call.status in (CallStatus.WAITING, CallStatus.UNTOLD):
                call.status, call.ended = CallStatus.READY, None

    def cut_off(self) -> None:
        """Nothing more comes, though no end was told: a call that was open never ended."""
        self.run.is_cut_off = True
        for call in self.run.calls:
            if call.is_open:
                close_call(call, None, is_finished=False, is_waiting=False, is_told=self._tells_starts)

    def close(self, time: float, *, is_finished: bool, waiting: Set[str]) -> None:
        """End all that is open; `waiting` are the ids of calls that the end says wait."""
        self.run.nodes.clear()
        for step in self.run.steps:
            for item in step.items:
                if isinstance(item, ToolCall):
                    if item.status is not _DONE and item.is_open:
                        is_waiting = item.wire_id in waiting
                        close_call(
                            item, time, is_finished=is_finished, is_waiting=is_waiting, is_told=self._tells_starts
                        )
                elif item.ended is None and not isinstance(item, Interrupt):
                    item.ended = time
            if step.ended is None:
                step.ended = time


def _left_out(value: dict[str, Any]) -> str:
    """What a model was not told, in words."""
    turns, results = whole(value.get("turnsLeftOut")) or 0, whole(value.get("resultsShortened")) or 0
    said = [f"the {plural(turns, 'oldest turn')} left out"] if turns else []
    said += [f"{plural(results, 'long result')} told in part"] if results else []
    return f"To fit the model's window: {' and '.join(said) or 'nothing left out any more'}."


def _keep(name: str, value: dict[str, Any], step: Step) -> None:
    """What was said to a model, or by it, that is shown nowhere."""
    if name == ev.REPLY:
        step.reply = value
        return
    defined = {**_defined(step.given), **_defined(value)}
    step.given = {**value, "defined": defined} if defined else value


def _defined(given: dict[str, Any] | None) -> dict[str, Any]:
    """What one attempt at a model call told, which a second one does not tell again."""
    defined = (given or {}).get("defined")
    return defined if isinstance(defined, dict) else {}


def _progress(value: dict[str, Any]) -> str:
    """How far a tool is, in words: `3 of 10: reading`."""
    done, total, words = number(value.get("progress")), number(value.get("total")), string(value.get("message"))
    figures = "" if done is None else f"{done:g} of {total:g}" if total else f"{done:g}"
    return ": ".join(part for part in (figures, words) if part)
