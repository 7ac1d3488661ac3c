"""What a run asks of the world outside, and the answers that come (https://docs.ag-ui.com/concepts/interrupts).

A run that asks ends; the next one's input brings the answers. Servers of before AG-UI 1.0 ask by events of their own,
and LangGraph's are answered by a command.
"""

import json
from typing import Any

from msgspec import Struct

from agent.conversation.items import Interrupt, Message, MessageKind
from agent.conversation.run import Run
from agent.conversation.turn.content import string, wanted_of, words_of
from agent.conversation.turn.steps import Steps
from agent.events import types as ev

__all__ = ["Interrupts"]


class Interrupts(Struct, eq=False):
    """What one run asks."""

    _run: Run
    _steps: Steps
    _all: list[Interrupt] = []

    def know(self) -> None:
        """Take in what the run has asked already."""
        self._all = self._run.interrupts

    def ask(self, name: str, told: Any, time: float, *, call_id: str | None = None, agent: str | None = None) -> None:
        """Something is asked: the sender's id of it, what it tells, the call that it is about, the sub-agent's id."""
        one = Interrupt(id=name, asks=words_of(told), wants=wanted_of(told), call_id=call_id, started=time)
        self._all.append(one)
        self._steps.current(agent, time).items.append(one)

    def at_end(self, outcome: dict[str, Any], time: float, *, is_told: bool) -> list[Interrupt]:
        """What the run waits for at its end; `is_told` says that its outcome tells so."""
        if not is_told:
            return self._unanswered(time)
        told = outcome.get("interrupts")
        known = self._waiting()
        for one in told if isinstance(told, list) else ():
            if isinstance(one, dict):
                asks, name, call_id = words_of(one), string(one.get("id")) or "", string(one.get("toolCallId"))
                same = next((old for old in known if not old.id and old.asks == asks), None)
                if same is not None:
                    same.id, same.call_id, same.wants = name, call_id, wanted_of(one) or same.wants
                else:
                    self.ask(name, one, time, call_id=call_id, agent=string(one.get("subagentRunId")))
        if not self._waiting():
            self.ask("", "", time)
        return self._waiting()

    def _waiting(self) -> list[Interrupt]:
        return [one for one in self._all if one.ended is None] if self._all else []

    def _unanswered(self, time: float) -> list[Interrupt]:
        """What a run of an older server has asked; behind an answer of the agent it waits no more."""
        waiting: list[Interrupt] = []
        if not self._all:
            return waiting
        for item in self._run.items:
            if isinstance(item, Interrupt) and item.ended is None:
                waiting.append(item)
            elif isinstance(item, Message) and item.kind is MessageKind.ANSWER and len(item.fragments):
                for one in waiting:
                    one.ended = time
                waiting.clear()
        return waiting

    def answer(self, given: ev.RunInput, time: float) -> None:
        """Take in what the run's input answers."""
        if not given.resume and not given.forwarded_props:
            return
        waiting = self._waiting()
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
        if any(one.id == entry.interrupt_id for one in self._all):
            return []
        self.ask(entry.interrupt_id, "", time)
        return self._all[-1:]

    def go_on(self, time: float) -> None:
        """The run resumes: nothing of it waits any more but what is asked anew."""
        for one in self._waiting():
            one.ended = time


def _answer(payload: object, *, is_cancelled: bool) -> str:
    """An answer in words."""
    if is_cancelled:
        return ""
    # With room between its parts, so that a narrow pane can break it.
    return "" if payload is None else payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False)
