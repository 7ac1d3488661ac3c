"""An agent behind a URL does the work of turns: asked, answered where it asks, asked again, until it is done.

Each request tells the whole conversation (`RunAgentInput`, https://docs.ag-ui.com/sdk/js/core/types#runagentinput), so
a server needs no memory of it. A turn takes as many requests as the agent asks for answers or calls tools of ours; all
of them are one run here.
"""

import asyncio
import json
import logging
import random
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from agent.conversation.items import Message, MessageKind, ToolCall
from agent.conversation.reducer import Conversation
from agent.conversation.run import Run as Turn
from agent.errors import RunFailed
from agent.events.types import (
    INTERRUPTS,
    REQUEST,
    RETRY,
    Custom,
    InputMessage,
    ResumeEntry,
    RunCancelled,
    RunError,
    RunErrorCode,
    RunFinished,
)
from agent.runs.run import Answer, Run
from agent.secrets import Secrets
from agent.settings.permissions import Permissions
from agent.sources.context.turns import branched_thread, told_runs
from agent.sources.questions.asking import Asker, Standing
from agent.sources.questions.interrupts import Interrupt, abandoned
from agent.sources.remote.connection import Endpoint
from agent.sources.remote.failures import CUT_OFF, fault_of
from agent.sources.remote.messages import messages_of, question_of
from agent.sources.remote.taking import Ending, Taking
from agent.sources.source import ToolInfo

if TYPE_CHECKING:
    from agent.sources.remote.frontend import FrontendTools

__all__ = ["RemoteSource", "Sent"]

log = logging.getLogger(__name__)

_PROTOCOL_VERSION = "1.0"
_MAX_RETRIES = 3


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What every request brings besides the conversation, as the user set it."""

    forwarded: Mapping[str, Any] | None = None
    """AG-UI's `forwardedProps`."""
    context: Mapping[str, str] | None = None
    """Descriptions, and what they describe."""


class RemoteSource:
    """Does the work of turns with an agent behind a URL."""

    def __init__(
        self,
        connection: Endpoint,
        *,
        sent: Sent | None = None,
        tools: "FrontendTools | None" = None,
        permissions: Callable[[], Permissions] = Permissions,
        most_requests: int = 10,
        patience: float = 300.0,
        secrets: Secrets | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`tools` may be called by the agent; `permissions` hold for its own, too, where it asks about them;
        `most_requests` is how many a turn may take; `patience` the connection's, in seconds, for the words."""
        self.connection = connection
        self.sent = sent or Sent()
        self.frontend = tools
        self.most_requests = most_requests
        self.patience = patience
        self.secrets = secrets or Secrets()
        self.sleep = sleep
        self.is_plain = False
        """Whether the server takes only what every version of AG-UI has."""
        self.asker = Asker(Standing(permissions))

    can_be_steered = False

    @property
    def tools(self) -> list[ToolInfo]:
        """Those of ours that the agent may call."""
        return self.frontend.infos if self.frontend is not None else []

    def without(self, names: Collection[str]) -> "RemoteSource":
        """The same without these tools of ours."""
        other = copy(self)
        other.frontend = self.frontend.without(names) if self.frontend is not None else None
        return other

    async def work(self, run: Run, history: Conversation | None = None, without: str | None = None) -> Answer:
        """What a run does: requests, until there is an answer. `without` names a turn of `history` asked again.

        Raises:
            RunFailed: the agent failed, or cannot be asked; the message says what to do.
        """
        runs = list(history.runs) if history is not None else []
        return await _RemoteTurn(self, run, runs, without).work()

    def schema(self, tool: str, call_id: str | None = None) -> dict[str, Any]:
        """The JSON Schema of a tool of ours, or of the answer to a question; empty where it is not known."""
        return self.asker.form(call_id) or (self.frontend.schema(tool, call_id) if self.frontend is not None else {})

    def prepare(self, history: Conversation) -> None:
        """Nothing: what an agent elsewhere is told is made when it is asked."""


class _RemoteTurn:
    """One turn."""

    def __init__(self, source: RemoteSource, run: Run, runs: Sequence[Turn], without: str | None) -> None:
        self._source = source
        self._run = run
        self._past = told_runs(one for one in runs if one.id not in (run.id, without))
        self._told = Conversation([run.started])
        """This turn as it has come so far."""
        run.watch(self._told.apply)
        last = self._past[-1] if self._past else None
        before = next((one for one in reversed(runs) if one.id != run.id), None)
        self._resume = [abandoned(name) for name in before.awaited if name] if before is not None else []
        self._command: Any = None
        """What older servers of LangGraph are resumed with."""
        self._parent = run.started.parent_run_id
        """The run that the next request's goes out from."""
        if without is not None and last is not None:
            self._parent = self._parent or last.id
        self._state = last.state if last is not None else msgspec.UNSET

    @property
    def _turn(self) -> Turn:
        return self._told.runs[-1]

    async def work(self) -> Answer:
        for number in range(1, self._source.most_requests + 1):
            run_id = self._run.id if number == 1 else f"{self._run.id}-{number}"
            ending = await self._request(run_id)
            calls = self._calls(ending)
            if not calls and not ending.interrupts:
                return self._answer(ending)
            self._parent = run_id
            if ending.interrupts:
                self._emit(INTERRUPTS, {"interrupts": ending.told})
            answers = await self._settled(calls, ending.interrupts)
            self._resume = [entry for entry in answers if entry.interrupt_id]
            older = [entry.payload for entry in answers if not entry.interrupt_id]
            self._command = older[0] if older else None
        words = f"The agent asked {self._source.most_requests} times for something, and came to no end"
        raise RunFailed(RunErrorCode.ITERATION_LIMIT, words)

    def _emit(self, name: str, value: dict[str, Any]) -> None:
        self._run.emit(Custom(timestamp=self._run.now(), name=name, value=value))

    # Requests

    async def _request(self, run_id: str) -> Ending:
        """Send one request and take its answer; tried again where the server has done nothing with it."""
        source, retries = self._source, 0
        awaited = [entry.interrupt_id for entry in self._resume]
        while True:
            body = self._body(run_id)
            # What is forwarded may be secret.
            noted = {"messages": len(body["messages"]), "forwardedProps": sorted(body["forwardedProps"])}
            self._emit(REQUEST, {**body, **noted})
            taking = Taking(self._run, source.connection.shown)
            try:
                return await self._take(body, taking)
            except (RunFailed, asyncio.CancelledError):
                raise
            except Exception as error:
                taking.close()
                log.info("the agent failed", exc_info=error)
                fault = fault_of(error, source.connection.shown, source.patience, has_begun=taking.has_begun)
                if awaited and not taking.has_begun:  # nobody has heard the answers
                    self._emit(INTERRUPTS, {"interrupts": [{"id": name} for name in awaited]})
                delay = 0.0
                if fault.refuses_fields and not source.is_plain and body != self._plain(body):
                    source.is_plain = True
                    reason = f"{fault.words}; asking without what older agents do not know"
                elif fault.may_pass and not taking.has_begun and retries < _MAX_RETRIES:
                    retries, reason = retries + 1, fault.words
                    delay = 0.5 * 2 ** (retries - 1) * random.uniform(0.8, 1.2)  # noqa: S311 - no secret
                    delay = fault.wait if fault.wait is not None else delay
                else:
                    code = RunErrorCode.TRUNCATED if taking.has_begun else RunErrorCode.MODEL_ERROR
                    raise RunFailed(code, source.secrets.hidden(fault.words)) from error
                told = {"attempt": max(retries, 1), "maxAttempts": _MAX_RETRIES, "delayMs": round(delay * 1000)}
                self._emit(RETRY, {**told, "reason": source.secrets.hidden(reason)})
                await source.sleep(delay)

    async def _take(self, body: Mapping[str, Any], taking: Taking) -> Ending:
        async with self._source.connection.open(body) as lines:
            async for line in lines:
                if (ending := taking.take(line)) is not None:
                    self._judge(ending)
                    return ending
        taking.close()
        raise RunFailed(
            RunErrorCode.TRUNCATED, f"{CUT_OFF}; ask again, or look at the log of {self._source.connection.shown}"
        )

    @staticmethod
    def _judge(ending: Ending) -> None:
        """Raises where the server says that its run failed."""
        event = ending.event
        match event:
            case RunError():
                words = event.message or event.code or "The agent failed and does not say why"
                raise RunFailed(event.code or RunErrorCode.MODEL_ERROR, words)
            case RunCancelled():
                raise RunFailed(RunErrorCode.CANCELLED, event.message or "The agent was stopped.")
            case RunFinished():
                outcome = event.outcome or {}
                if outcome.get("type") == "cancelled":
                    raise RunFailed(RunErrorCode.CANCELLED, "The agent was stopped.")
                if outcome.get("type") in ("error", "failed", "failure"):
                    words = outcome.get("message") or outcome.get("error") or "The agent failed and does not say why"
                    raise RunFailed(RunErrorCode.MODEL_ERROR, str(words))

    def _body(self, run_id: str) -> dict[str, Any]:
        """AG-UI's `RunAgentInput`."""
        source, turn = self._source, self._turn
        state = turn.state if turn.state is not msgspec.UNSET else self._state
        messages = [*messages_of([*self._past, turn])] or [question_of(turn)]
        body: dict[str, Any] = {
            "protocolVersion": _PROTOCOL_VERSION,
            "threadId": self._thread_id,
            "runId": run_id,
            "state": {} if state is msgspec.UNSET or state is None else state,
            "messages": [_wire(message) for message in messages],
            "tools": source.frontend.told if source.frontend is not None else [],
            "context": [
                {"description": description, "value": value}
                for description, value in (source.sent.context or {}).items()
            ],
            "forwardedProps": self._forwarded(),
        }
        if self._parent is not None:
            body["parentRunId"] = self._parent
        if self._resume:
            body["resume"] = [msgspec.to_builtins(entry) for entry in self._resume]
        return self._plain(body) if source.is_plain else body

    @property
    def _thread_id(self) -> str:
        turns = (self._turn, *reversed(self._past))
        return branched_thread(self._run.thread_id, ((turn.id, turn.lineage) for turn in turns))

    def _forwarded(self) -> dict[str, Any]:
        forwarded = dict(self._source.sent.forwarded or {})
        if self._command is not None:
            known = forwarded.get("command")
            forwarded["command"] = {**(known if isinstance(known, dict) else {}), "resume": self._command}
        return forwarded

    @staticmethod
    def _plain(body: Mapping[str, Any]) -> dict[str, Any]:
        """A request with nothing that an agent of an older version may refuse for not knowing it."""
        plain = {name: value for name, value in body.items() if name not in ("protocolVersion", "parentRunId")}
        plain["messages"] = [
            {name: value for name, value in message.items() if name != "encryptedValue"}
            for message in body["messages"]
            if message["role"] not in ("reasoning", "activity")
        ]
        return plain

    # What the agent asks for

    def _calls(self, ending: Ending) -> list[ToolCall]:
        """The calls of tools of ours that wait for their results."""
        if self._source.frontend is None:
            return []
        asked = {one.call_id for one in ending.interrupts if one.call_id}
        return self._source.frontend.wanted(self._turn, asked)

    async def _settled(self, calls: Sequence[ToolCall], interrupts: Sequence[Interrupt]) -> list[ResumeEntry]:
        """Run the calls and ask the user, all at once; gives the answers."""
        try:
            async with asyncio.TaskGroup() as group:
                if calls and self._source.frontend is not None:
                    group.create_task(self._source.frontend.call(self._run, calls))
                asked = [group.create_task(self._ask(one)) for one in interrupts]
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from errors
        return [task.result() for task in asked]

    async def _ask(self, interrupt: Interrupt) -> ResumeEntry:
        call = next((one for one in self._turn.calls if interrupt.call_id in (one.wire_id, one.id)), None)
        return await self._source.asker.ask(self._run, interrupt, call)

    # The answer

    def _answer(self, ending: Ending) -> Answer:
        """What the agent answered: as its run's result says, else in its last words."""
        result = ending.event.result if isinstance(ending.event, RunFinished) else None
        said = [item.fragments.text for item in self._turn.messages if item.kind is MessageKind.ANSWER]
        used = [call.name for call in self._turn.calls if call.result is not None and not call.is_question]
        if isinstance(result, dict) and isinstance(result.get("answer"), str):
            told = result.get("tools_used")
            used = [name for name in told if isinstance(name, str)] if isinstance(told, list) else used
            return {"answer": result["answer"], "tools_used": used}
        texts = [text for text in said if text.strip()] or [
            item.fragments.text for item in self._turn.messages if _is_spoken(item)
        ]
        if not texts and result not in (None, True, False, "", {}, []):
            texts = [result if isinstance(result, str) else json.dumps(result, ensure_ascii=False)]
            self._run.say(texts[0])
        return {"answer": texts[-1] if texts else "", "tools_used": list(dict.fromkeys(used))}


def _is_spoken(item: Message) -> bool:
    return item.kind is MessageKind.PREAMBLE and bool(item.fragments.text.strip())


def _wire(message: InputMessage) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(message)
    if message.role == "reasoning":
        told.setdefault("content", "")
    return told
