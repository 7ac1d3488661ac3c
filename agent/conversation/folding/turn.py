"""A turn that is going on: its run, and what is open in it. All of it is forgotten when the run ends."""

import json
from typing import Any

from msgspec.structs import replace

from agent.conversation.decisions import Decision
from agent.conversation.folding.calls import Calls
from agent.conversation.folding.content import as_text, string, whole, words_of
from agent.conversation.folding.names import Names
from agent.conversation.folding.steps import Steps
from agent.conversation.folding.texts import Texts
from agent.conversation.items import CallStatus, Interrupt, Message, MessageKind, Notice
from agent.conversation.run import Run
from agent.events import types as ev
from agent.events.chunks import Chunks
from agent.figures import plural

__all__ = ["OpenTurn", "Twin"]

_OF_LANGGRAPH = frozenset({"on_interrupt", "LangGraphInterruptEvent"})
"""Custom events by which older servers tell that they wait
(https://docs.ag-ui.com/concepts/interrupts, https://docs.copilotkit.ai)."""


class Twin:
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
        self.steps = Steps(run)
        names = Names(item.id for item in run.items)
        self.texts = Texts(run, self.steps, names)
        self.calls = Calls(run, self.steps, names, call_ids, is_resumed)
        if is_resumed:
            self.calls.know(run.steps)
        self.chunks: Chunks | None = None
        """Only of a run that is told in chunks."""
        self.usage = run.usage
        """What earlier runs of the turn cost."""
        self.twin: Twin | None = None
        """Only where every event seems to come twice."""
        self._tells_starts = tells_starts
        """Whether the stream tells when a tool begins to run."""

    def learn(self) -> None:
        """Take in what was put into the run from outside."""
        self.texts.know(self.run.steps)
        self.calls.know(self.run.steps)

    def begin_again(self, *, is_twin: bool) -> None:
        """The run begins once more: each of its events comes twice, or a new connection tells all of it again."""
        if is_twin and not self.run.steps:
            self.twin = Twin()
            return
        self.steps.tell_again()
        self.texts.tell_again()
        self.calls.is_resumed = True

    def expand(self, event: ev.Event) -> list[ev.Event]:
        """The events that one stands for, in a run that is told in chunks."""
        if self.chunks is None:
            self.chunks = Chunks([*self.texts.open_parts(), *self.calls.open_parts()])
        return self.chunks.expand(event)

    def custom(self, event: ev.Custom, time: float) -> Run | None:
        """What AG-UI has no event for."""
        value = event.value if isinstance(event.value, dict) else {}
        call = self.calls.find(str(value.get("toolCallId")))
        if event.name == ev.TOOL_STARTED and call is not None:
            call.status, call.tool_started, self._tells_starts = CallStatus.RUNNING, time, True
        elif event.name == ev.APPROVAL and call is not None:
            if value.get("state") == "requested":
                call.status, call.asked = CallStatus.ASKING, time
            else:
                call.status, call.decided, call.decision = CallStatus.READY, time, Decision.read(value)
        elif event.name == ev.REPLY and (step := self.steps.innermost) is not None:
            step.reply = value
        elif event.name == ev.CONTEXT:
            self._notice(_left_out(value), time)
        elif event.name in (ev.RETRY, ev.NOTICE):
            self._notice(str(value.get("reason", "")), time)
        elif event.name == ev.INTERRUPTS:
            asked = value.get("interrupts")
            named = [one.get("id") for one in asked if isinstance(one, dict)] if isinstance(asked, list) else []
            self.run.awaited = [name for name in named if isinstance(name, str)]
        elif event.name == ev.REQUEST:
            self.run.awaited = []
        elif event.name in _OF_LANGGRAPH:
            self._interrupt("", words_of(event.value), None, event.subagent_run_id, time)
        else:
            return None
        return self.run

    def _notice(self, text: str, time: float) -> None:
        place = sum(len(step.items) for step in self.run.steps)
        self.run.notices.append(Notice(text=text, time=time, place=place))

    def encrypted(self, event: ev.ReasoningEncryptedValue, _time: float) -> Run | None:
        """A text, a reasoning or a call has more in it, that only its sender can read."""
        item = self.texts.find(event.entity_id) or self.calls.find(event.entity_id)
        if item is None or item.encrypted == event.encrypted_value:
            return None
        item.encrypted = event.encrypted_value
        return self.run

    # Interrupts (https://docs.ag-ui.com/concepts/interrupts)

    def interrupts(self, outcome: dict[str, Any], time: float, *, is_told: bool) -> list[Interrupt]:
        """What the run waits for at its end; `is_told` says that its outcome tells so."""
        if not is_told:
            return self._unanswered(time)
        told = outcome.get("interrupts")
        known = [one for one in self.run.interrupts if one.ended is None]
        for one in told if isinstance(told, list) else ():
            if isinstance(one, dict):
                agent, call_id = string(one.get("subagentRunId")), string(one.get("toolCallId"))
                asks, name = words_of(one), string(one.get("id")) or ""
                same = next((old for old in known if not old.id and old.asks == asks), None)
                if same is not None:
                    same.id, same.call_id = name, call_id
                else:
                    self._interrupt(name, asks, call_id, agent, time)
        if all(one.ended is not None for one in self.run.interrupts):
            self._interrupt("", "", None, None, time)
        return [one for one in self.run.interrupts if one.ended is None]

    def _unanswered(self, time: float) -> list[Interrupt]:
        """What a run of an older server has asked; behind an answer of the agent it waits no more."""
        waiting: list[Interrupt] = []
        for item in self.run.items:
            if isinstance(item, Interrupt) and item.ended is None:
                waiting.append(item)
            elif isinstance(item, Message) and item.kind is MessageKind.ANSWER and len(item.fragments):
                for one in waiting:
                    one.ended = time
                waiting.clear()
        return waiting

    def conclude(self, result: Any, time: float) -> None:
        """Where the agent has said no answer: take the run's result for it, or else its last words."""
        texts = [item for item in self.run.messages if item.fragments.text.strip()]
        if any(item.kind is MessageKind.ANSWER for item in texts):
            return
        is_ours = isinstance(result, dict) and ("answer" in result or "tools_used" in result)
        if not is_ours and result not in (None, True, False, "", {}, []):
            self.run.answer = as_text(result)
            self.texts.start(ev.TextMessageStart(message_id="result"), time)
            self.texts.add("result", [self.run.answer], [time])
            return
        for item in reversed(texts):
            if item.kind is MessageKind.PREAMBLE:
                item.kind = MessageKind.ANSWER
                self.run.tool_fragments -= len(item.fragments)
                self.run.answer_fragments += len(item.fragments)
                return

    def _interrupt(self, name: str, asks: str, call_id: str | None, agent: str | None, time: float) -> None:
        step = self.steps.current(agent, time)
        step.items.append(Interrupt(id=name, asks=asks, call_id=call_id, started=time))

    def answer(self, given: ev.RunInput, time: float) -> None:
        """Take in what the run's input answers."""
        waiting = [one for one in self.run.interrupts if one.ended is None]
        for entry in given.resume or ():
            for one in [one for one in waiting if one.id == entry.interrupt_id] or self._unasked(entry, time):
                one.is_cancelled = entry.status == "cancelled"
                one.answer, one.ended = _answer(entry.payload, is_cancelled=one.is_cancelled), time
        command = given.forwarded_props.get("command") if isinstance(given.forwarded_props, dict) else None
        if isinstance(command, dict) and command.get("resume") is not None and not given.resume:
            for one in waiting:  # as LangGraph's servers are resumed
                one.answer, one.ended = _answer(command["resume"], is_cancelled=False), time

    def _unasked(self, entry: ev.ResumeEntry, time: float) -> list[Interrupt]:
        """An answer to what this stream does not tell, as where it begins in the middle of a thread."""
        if any(one.id == entry.interrupt_id for one in self.run.interrupts):
            return []
        self._interrupt(entry.interrupt_id, "", None, None, time)
        return self.run.interrupts[-1:]

    def go_on(self, time: float) -> None:
        """The run resumes: nothing of it waits any more but what is asked anew."""
        for one in self.run.interrupts:
            one.ended = one.ended or time
        for call in self.run.calls:
            if call.status in (CallStatus.WAITING, CallStatus.UNTOLD):
                call.status, call.ended = CallStatus.READY, None

    def close(self, time: float, *, is_finished: bool, waiting: set[str]) -> None:
        """End all that is open."""
        self.calls.close(time, is_finished=is_finished, waiting=waiting, is_told=self._tells_starts)
        for item in self.run.items:
            if item.ended is None and not isinstance(item, Interrupt):
                item.ended = time
        self.steps.close(time)


def _answer(payload: object, *, is_cancelled: bool) -> str:
    """An answer in words."""
    if is_cancelled:
        return ""
    # With room between its parts, so that a narrow pane can break it.
    return "" if payload is None else payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False)


def _left_out(value: dict[str, Any]) -> str:
    """What a model was not told, in words."""
    turns, results = whole(value.get("turnsLeftOut")) or 0, whole(value.get("resultsShortened")) or 0
    said = [f"the {plural(turns, 'oldest turn')} left out"] if turns else []
    said += [f"{plural(results, 'long result')} told in part"] if results else []
    return f"To fit the model's window: {' and '.join(said) or 'nothing left out any more'}."
