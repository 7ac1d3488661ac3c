"""Asks the user what an agent or a server of tools wants to know, where tools ask, until the answer will do.

A question about no call is shown as one. What its form looks like can be asked for by the call's id as long as it is
open; the answer, too, is told in events.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from agent.conversation.decisions import Decision
from agent.conversation.items import ToolCall
from agent.errors import RunFailed
from agent.events.types import NOTICE, Custom, ResumeEntry, RunErrorCode
from agent.runs.run import Run
from agent.settings.permissions import Permissions
from agent.sources.questions.interrupts import Interrupt, abandoned, resumed
from agent.sources.questions.shown import answer_events, question_events

__all__ = ["Asker", "Standing"]

_MOST_ASKED = 3
"""How often a question is asked before it goes without an answer."""


class Standing:
    """What is decided already about an agent's own calls: by the rules of the settings, or by the user before."""

    def __init__(self, permissions: Callable[[], Permissions] = Permissions) -> None:
        self._permissions = permissions
        self._allowed: set[tuple[str, str]] = set()
        """Thread and tool, where the user let the tool run for the whole session."""

    def decision(self, run: Run, tool: str, arguments: Mapping[str, Any]) -> Decision | None:
        """What holds for a call; None where the user is to be asked."""
        verdict = self._permissions().judge(tool, arguments, otherwise="ask")
        rule = verdict.rule.text if verdict.rule is not None else ""
        if verdict.kind == "deny":
            return Decision("denied", f"The user's settings do not allow this call (deny {rule}).", rule=rule)
        if verdict.kind == "allow":
            return Decision("always", rule=rule)
        return Decision("session") if (run.thread_id, tool) in self._allowed else None

    def note(self, run: Run, tool: str, decision: Decision) -> None:
        """Take in what the user has decided."""
        if decision.kind == "session":
            self._allowed.add((run.thread_id, tool))


class Asker:
    """Asks for one source."""

    def __init__(self, standing: Standing | None = None) -> None:
        """`standing` is what is decided already about calls that are asked about."""
        self.standing = standing or Standing()
        self._forms: dict[str, Mapping[str, Any]] = {}

    def form(self, call_id: str | None) -> dict[str, Any]:
        """The JSON Schema of the answer to a question that is open, by the call that it is shown as; else empty."""
        return dict(self._forms.get(call_id or "", {}))

    @contextmanager
    def showing(self, call_id: str, form: Mapping[str, Any]) -> Iterator[None]:
        """While a question is open that is shown as this call: `form` is the JSON Schema of its answer."""
        self._forms[call_id] = form
        try:
            yield
        finally:
            del self._forms[call_id]

    async def ask(self, run: Run, interrupt: Interrupt, call: ToolCall | None = None) -> ResumeEntry:
        """Have the user answer; one that does not do is said, and asked for again. `call` is what it is about.

        Raises:
            RunFailed: the answer comes too late.
        """
        arguments = call.arguments if call is not None else interrupt.shown
        if call is not None and (decision := self.standing.decision(run, call.name, arguments)) is not None:
            entry = resumed(interrupt, decision, arguments)
            if not isinstance(entry, str):
                run.tell_decision(call.id, decision)
                return entry
        if interrupt.expires:
            _notice(run, f"The agent waits for an answer until {interrupt.expires}")
        if call is not None:
            return await self._answered(run, interrupt, call.id, arguments, call.name)
        call_id, events = question_events(run.now, arguments, asker=interrupt.asker)
        for event in events:
            run.emit(event)
        with self.showing(call_id, interrupt.form):
            entry = await self._answered(run, interrupt, call_id, arguments)
        for event in answer_events(run.now, call_id, "no answer" if entry.status == "cancelled" else entry.payload):
            run.emit(event)
        return entry

    async def _answered(
        self, run: Run, interrupt: Interrupt, call_id: str, arguments: Mapping[str, Any], tool: str | None = None
    ) -> ResumeEntry:
        found: ResumeEntry = abandoned(interrupt.id)
        for _ in range(_MOST_ASKED):
            decision = await run.approval(call_id)
            if tool is not None:
                self.standing.note(run, tool, decision)
            entry = resumed(interrupt, decision, arguments)
            if not isinstance(entry, str):
                found = entry
                break
            _notice(run, f"{entry}: {'answer once more' if tool is None else 'edit the arguments'}, or say no")
        if interrupt.has_expired:
            words = f"The agent's question expired at {interrupt.expires}, before it was answered; ask again"
            raise RunFailed(RunErrorCode.MODEL_ERROR, words)
        return found


def _notice(run: Run, text: str) -> None:
    run.emit(Custom(timestamp=run.now(), name=NOTICE, value={"reason": text}))
