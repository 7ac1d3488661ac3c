"""Runs the calls of a step: asks the user where a tool asks, runs them at once, tells each start and each result.

It owns permissions and approvals, the order (the answer's call last) and the events of running tools. How one call runs
and what its result is lies in `agent.sources.tools.calls`; whether a call is complete was decided before.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import Any, Literal

from langchain_core.messages import ToolMessage
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool

from agent.conversation.decisions import Decision
from agent.events.types import TOOL_STARTED, Custom, ToolCallResult
from agent.recordings.what_if.answers import Answer, AnsweredBy
from agent.runs.run import Run, new_id
from agent.runs.suspension import Deferred
from agent.secrets import Secrets
from agent.settings.breakpoints import Moment, stopped_at
from agent.settings.permissions import Permissions, Verdict
from agent.sources.context.history import edited_note
from agent.sources.context.parts import kept_parts
from agent.sources.executor.surroundings import surroundings
from agent.sources.questions.asking import Asker
from agent.sources.replies.gathering.call import GatheredCall
from agent.sources.source import ToolInfo
from agent.sources.tools.calls.call import RunnableTool
from agent.sources.tools.calls.loop import ToolLoop
from agent.sources.tools.calls.results import ToolResult
from agent.sources.tools.calls.surroundings import CURRENT
from agent.sources.tools.names import legal_name

__all__ = ["ANSWER_TOOL", "Answered", "CallOutcome", "ReadyCall", "Toolbox"]

log = logging.getLogger(__name__)

ANSWER_TOOL = "final_answer"
_MAX_THREADS = 32
"""How many tools of a step run at once."""
_GRACE = 0.2
"""Seconds that cancelled calls are waited for."""


@dataclass(frozen=True, kw_only=True)
class ReadyCall:
    """A call that was read strictly: with its arguments, or with the reason why it cannot run."""

    call: GatheredCall
    arguments: dict[str, Any]
    problem: str | None = None
    note: str = ""
    """What the model has to know of the call before its result."""
    given: str | None = None
    """The result that the user gave in the tool's place."""


Answered = Callable[[ReadyCall], Answer | None]
"""Gives what a call gave before; None where its tool is to be run."""


@dataclass(frozen=True, kw_only=True)
class CallOutcome:
    """A call and what came of it."""

    ready: ReadyCall
    result: ToolResult
    """Its `ran` is False where the call was refused, by the user or for its arguments."""
    waits_for: Literal["user", "client", "others"] | None = None
    """Where the call has no result yet: who has to do something first, in another run."""

    @property
    def message(self) -> ToolMessage:
        """What the model is told; its artifact is the result part by part, where some are no text."""
        call, failed = self.ready.call, self.result.failed
        note, parts = self.ready.note, kept_parts(self.result.parts)
        return ToolMessage(
            f"{note}\n{self.result.text}" if note else self.result.text,
            artifact=[{"type": "text", "text": note}, *parts] if note and parts else parts or None,
            tool_call_id=call.provider_id,
            name=legal_name(call.name),
            status="error" if failed else "success",
        )


@dataclass(frozen=True, kw_only=True)
class _Step:
    """What the calls of one step share."""

    run: Run
    threads: asyncio.Semaphore
    asking: asyncio.Lock
    """One question at a time: `for this session` then goes for the calls that wait to ask."""
    number: int
    """From 1 within the turn."""
    answered: Answered


class Toolbox:
    """The tools of an executor, by the names that the model knows them by."""

    def __init__(
        self,
        tools: Sequence[BaseTool],
        *,
        needs_approval: Collection[str] = (),
        permissions: Callable[[], Permissions] = Permissions,
        origins: Mapping[str, str] | None = None,
        loop: ToolLoop | None = None,
        secrets: Secrets | None = None,
        cost: Callable[[Run], float | None] = lambda _run: None,
    ) -> None:
        """`needs_approval` names the tools that ask before they run, where no rule of `permissions` fits; `origins` say
        where tools come from that are not built in; `loop` is where coroutines run, None a new one; `secrets` are left
        out of what is told of failures; `cost` gives what a run has cost so far in dollars, None where that is not
        known.
        """
        self.tools = list(tools)
        """For binding to a model."""
        loop = loop or ToolLoop()
        self._runnable = {tool.name: RunnableTool(tool, loop) for tool in tools}
        self._needs_approval = frozenset(needs_approval)
        self._origins = origins or {}
        self._asker = Asker()
        self._elsewhere: frozenset[str] = frozenset()
        """Names of the tools that the client runs."""
        self._permissions = permissions
        self._secrets = secrets or Secrets()
        self._cost = cost
        self._allowed: set[tuple[str, str]] = set()
        """Thread and tool, where the user let the tool run for the whole session."""

    def given(self, tools: Sequence[BaseTool]) -> "Toolbox":
        """The same with more tools, which the client runs."""
        other = copy(self)
        other.tools = [*self.tools, *tools]
        other._runnable = {**self._runnable, **{tool.name: RunnableTool(tool) for tool in tools}}
        other._elsewhere = self._elsewhere | {tool.name for tool in tools}
        return other

    def without(self, names: Collection[str]) -> "Toolbox":
        """The same without these tools."""
        other = copy(self)
        other.tools = [tool for tool in self.tools if tool.name not in names]
        other._runnable = {name: tool for name, tool in self._runnable.items() if name not in names}
        return other

    @property
    def told(self) -> list[ToolInfo]:
        """What there is to know of each tool."""
        return [self._info(tool) for tool in self.tools]

    def _info(self, tool: BaseTool) -> ToolInfo:
        asks = tool.name in self._needs_approval
        verdict = self._permissions().judge(tool.name, {}, otherwise="ask" if asks else "allow")
        return ToolInfo(
            name=tool.name,
            description=tool.description,
            origin=self._origins.get(tool.name, "built in"),
            schema=self.schema(tool.name),
            permission=verdict.kind,
            rule=verdict.rule.text if verdict.rule is not None else "",
        )

    @property
    def names(self) -> list[str]:
        """Of all tools, in their order."""
        return list(self._runnable)

    def tool(self, name: str) -> BaseTool | None:
        """The tool of that name."""
        return next((tool for tool in self.tools if tool.name == name), None)

    def schema(self, name: str, call_id: str | None = None) -> dict[str, Any]:
        """The JSON Schema of a tool's arguments, or of the answer to a question of one; empty for what there is not."""
        if form := self._asker.form(call_id):
            return form
        tool = self.tool(name)
        schema = convert_to_openai_tool(tool)["function"].get("parameters") if tool is not None else None
        return schema or {}

    def direct_answer(self, outcomes: Sequence[CallOutcome]) -> str | None:
        """The first result that its tool (`return_direct`) wants to be the user's answer as it is; None without one."""
        for outcome in outcomes:
            tool = self._runnable.get(outcome.ready.call.name)
            if tool is not None and tool.return_direct and not outcome.result.failed:
                return outcome.result.text
        return None

    async def run_calls(
        self, run: Run, ready: Sequence[ReadyCall], number: int = 1, answered: Answered | None = None
    ) -> list[CallOutcome]:
        """Run all calls of the step of that number, the answer's last; outcomes in the order of the calls.

        Behind a call that waits for another run the answer does, too. `answered` gives what a call gave before, whose
        tool is neither run nor asked about then.
        """
        step = _Step(
            run=run,
            threads=asyncio.Semaphore(_MAX_THREADS),
            asking=asyncio.Lock(),
            number=number,
            answered=answered or (lambda _ready: None),
        )
        first = [one for one in ready if one.call.name != ANSWER_TOOL]
        last = [one for one in ready if one.call.name == ANSWER_TOOL]
        outcomes: dict[str, CallOutcome] = {}
        for group in (first, last):
            tasks = [asyncio.create_task(self._run_call(step, one)) for one in group]
            try:
                if tasks:
                    await asyncio.wait(tasks)
            finally:
                await _stop(tasks)
            outcomes |= {outcome.ready.call.id: outcome for outcome in (task.result() for task in tasks)}
            if any(outcome.waits_for for outcome in outcomes.values()):
                outcomes |= {one.call.id: _waiting(one, "others") for one in last}
                break
        return [outcomes[one.call.id] for one in ready]

    async def _run_call(self, step: _Step, ready: ReadyCall) -> CallOutcome:
        """Run one call; every failure becomes its result for the model, with the reason."""
        call, duration = ready.call, None
        if ready.problem is None and call.name in self._elsewhere:
            return _waiting(ready, "client")
        if (answer := self._recorded(step, ready)) is not None:
            ran = answer.by == "recording"
            result = ToolResult(text=answer.text, failed=answer.failed, ran=ran, parts=answer.parts)
            _tell(step.run, call, result, None, by=answer.by)
            return CallOutcome(ready=replace(ready, problem=None), result=result)
        if ready.problem is None and call.name != ANSWER_TOOL:
            try:
                ready = await self._permitted(step, ready)
            except Deferred:
                return _waiting(ready, "user")
        if ready.problem is not None:
            result = ToolResult(text=ready.problem, failed=True, ran=False)
        elif ready.given is not None:
            result = ToolResult(text=ready.given, ran=False)
        else:
            async with step.threads:
                start = time.perf_counter()
                step.run.emit(Custom(timestamp=step.run.now(), name=TOOL_STARTED, value={"toolCallId": call.id}))
                token = CURRENT.set(surroundings(step.run, call.id, self._asker))
                try:
                    result = await self._runnable[call.name].call(ready.arguments, call.provider_id)
                finally:
                    CURRENT.reset(token)
                duration = time.perf_counter() - start
            if result.failed:
                result = replace(result, text=self._secrets.hidden(result.text))
                log.info("tool %s failed: %s", call.name, result.text)
        _tell(step.run, call, result, duration)
        return CallOutcome(ready=ready, result=result)

    def _recorded(self, step: _Step, ready: ReadyCall) -> Answer | None:
        """What the call gave before; a tool that is not there any more can have given something, too."""
        is_sound = ready.problem is None or ready.call.name not in self._runnable
        return step.answered(ready) if is_sound and ready.call.name != ANSWER_TOOL else None

    async def _permitted(self, step: _Step, ready: ReadyCall) -> ReadyCall:
        """The call as it may run, or with the reason why it may not; asks the user where its tool asks."""
        call = ready.call
        if (judged := self._judged(step, ready, self._stop(step, ready))) is not None:
            return judged
        async with step.asking:
            stop = self._stop(step, ready)
            if (judged := self._judged(step, ready, stop)) is not None:  # while this call waited to ask
                return judged
            decision = await step.run.approval(call.id, stop)
            if decision.kind == "session":
                self._allowed.add((step.run.thread_id, call.name))
        if not decision.allows:
            because = f" The user says: {decision.reason}" if decision.reason else ""
            return replace(ready, problem=f"The user did not allow this call.{because}")
        if decision.result is not None:
            return replace(ready, given=decision.result)
        if decision.arguments is None or decision.arguments == ready.arguments:
            return ready
        verdict = self._permissions().judge(call.name, decision.arguments, otherwise="allow")
        if verdict.kind == "deny":  # what was written in the place of the model's arguments is denied as they are
            return replace(ready, problem=_denied(verdict))
        return replace(ready, arguments=decision.arguments, note=edited_note(decision.arguments))

    def _stop(self, step: _Step, ready: ReadyCall) -> str | None:
        """The breakpoint that the call stops at, as it was written."""
        if not (breakpoints := self._permissions().breakpoints):
            return None
        run = step.run
        moment = Moment(
            tool=ready.call.name,
            arguments=ready.arguments,
            step=step.number,
            seconds=(run.now() - (run.started.timestamp or 0.0)) / 1000,
            cost=self._cost(run) if any(one.asks_cost for one in breakpoints) else None,
        )
        found = stopped_at(breakpoints, moment)
        return None if found is None else found.text

    def _judged(self, step: _Step, ready: ReadyCall, stop: str | None) -> ReadyCall | None:
        """The call where a rule, or what the user said before, decides about it; None where he has to be asked.

        At a breakpoint he always is, but for what is denied.
        """
        call = ready.call
        asks = call.name in self._needs_approval
        verdict = self._permissions().judge(call.name, ready.arguments, otherwise="ask" if asks else "allow")
        rule = verdict.rule.text if verdict.rule is not None else ""
        if verdict.kind == "deny":
            step.run.tell_decision(call.id, Decision("denied", rule=rule))
            return replace(ready, problem=_denied(verdict))
        if stop is not None:
            return None
        if verdict.kind == "allow":
            if rule:
                step.run.tell_decision(call.id, Decision("always", rule=rule))
            return ready
        return ready if (step.run.thread_id, call.name) in self._allowed else None


def _denied(verdict: Verdict) -> str:
    rule = verdict.rule.text if verdict.rule is not None else ""
    return f"The user's settings do not allow this call (deny {rule})."


def _waiting(ready: ReadyCall, waits_for: Literal["user", "client", "others"]) -> CallOutcome:
    return CallOutcome(ready=ready, result=ToolResult(text="", failed=False, ran=False), waits_for=waits_for)


def _tell(
    run: Run, call: GatheredCall, result: ToolResult, duration: float | None, by: AnsweredBy | None = None
) -> None:
    """Tell the result of a call, how many seconds the tool ran if it did, and who answered in its place."""
    metadata: dict[str, Any] = {"error": True} if result.failed else {}
    if by is not None:
        metadata["answeredBy"] = by
    if duration is not None:
        metadata["durationMs"] = round(duration * 1000, 3)
    if parts := kept_parts(result.parts):
        metadata["parts"] = parts
    run.emit(
        ToolCallResult(
            timestamp=run.now(),
            metadata=metadata or None,
            message_id=new_id("msg"),
            tool_call_id=call.id,
            content=result.text,
            role="tool",
        )
    )


async def _stop(tasks: Collection[asyncio.Task[CallOutcome]]) -> None:
    """Cancel what still runs and wait for it, but not for ever: a tool may refuse to be cancelled.

    A `TaskGroup` would wait without limit, and with it the cancel and the exit.
    """
    pending = [task for task in tasks if not task.done()]
    for task in pending:
        task.cancel()
    if pending:
        await asyncio.wait(pending, timeout=_GRACE)
