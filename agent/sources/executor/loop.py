"""The agent's loop: ask the model, run the tools it calls, again, until there is an answer.

It owns the policy (what is a complete call, what is retried, what ends a turn) and none of the shapes: events are made
by the callback handler, the end of a run by `Run`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from copy import copy
from functools import partial
from typing import Any

import msgspec
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.tools import BaseTool

from agent.conversation.reducer import Conversation
from agent.conversation.run import Run as BegunTurn
from agent.errors import RunFailed
from agent.events.types import (
    NOTICE,
    REPLY,
    Custom,
    RunErrorCode,
    RunInput,
    StepFinished,
    StepStarted,
)
from agent.runs.run import Answer, Run
from agent.runs.suspension import RunSuspended
from agent.secrets import Secrets
from agent.settings.permissions import Permissions
from agent.sources.context.given import defined_in
from agent.sources.context.history import Telling, Turn, begun_turn, past_turn
from agent.sources.context.learned import WindowFile
from agent.sources.context.turns import told_runs
from agent.sources.executor.asking import ModelCaller, Prompt
from agent.sources.executor.begun import (
    ready_call,
    steps_begun,
    suspended,
    tools_run,
    unfitting,
    waiting_calls,
    with_results,
)
from agent.sources.executor.callbacks import QueueCallbackHandler, Reply
from agent.sources.executor.client_tools import client_tools, instructions_of
from agent.sources.executor.continuing import Continued
from agent.sources.executor.prompts import PERSONA, TOOL_RULES
from agent.sources.executor.tooling import ANSWER_TOOL, Answered, CallOutcome, ReadyCall, Toolbox
from agent.sources.replies.arguments import ArgumentsError, read_arguments
from agent.sources.replies.endings import ending_of
from agent.sources.replies.gathering.call import GatheredCall
from agent.sources.replies.kept import ToldCall, kept_value, told_reply
from agent.sources.source import ToolInfo
from agent.sources.tools.calls.loop import ToolLoop
from agent.sources.tools.names import legal_name
from agent.sources.tools.written import written_call

__all__ = ["AgentExecutor"]

_WRITTEN = (
    "The model wrote a call of {tool} as text, and it was not run: its server does not read this model's calls. Start "
    "it with its parser for them (vLLM and SGLang --tool-call-parser, llama.cpp --jinja), or choose another model"
)


class AgentExecutor:
    """Answers questions with a model and tools, one run at a time or several.

    `model` is any LangChain chat model that can call tools. Without tools it is a plain chat. `needs_approval` names
    the tools that ask the user before they run (`Run.decide` answers); `permissions` gives the rules that come before
    that, as they are when a call is made.

    One thing: the loop. What it asks, says, runs and reads stands in the modules beside it.
    """

    def __init__(
        self,
        model: BaseChatModel,
        tools: Sequence[BaseTool] = (),
        max_iterations: int = 10,
        *,
        system: str | None = None,
        needs_approval: Collection[str] = (),
        origins: Mapping[str, str] | None = None,
        permissions: Callable[[], Permissions] = Permissions,
        tool_loop: ToolLoop | None = None,
        model_name: str | None = None,
        past: Telling = "whole",
        window: int | None = None,
        learned: WindowFile | None = None,
        first_token_timeout: float = 300.0,
        chunk_timeout: float = 60.0,
        secrets: Secrets | None = None,
        cost: Callable[[Run], float | None] = lambda _run: None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`past` is how turns are told to the model; `window` is the model's, in tokens, where it is known, `learned`
        keeps what a server tells of it; time-outs are in seconds; `sleep` waits between retries; `tool_loop` is where
        coroutines of tools run; `secrets` are left out of what is told of failures; `cost` gives what
        a run has cost so far in dollars, for breakpoints."""
        self.model_name = model_name or getattr(model, "model_name", None) or type(model).__name__
        secrets = secrets or Secrets()
        self._toolbox = Toolbox(
            tools,
            needs_approval=needs_approval,
            origins=origins,
            permissions=permissions,
            loop=tool_loop,
            secrets=secrets,
            cost=cost,
        )
        self._max_iterations = max_iterations
        self._system = system or PERSONA
        self._past: Telling = past
        self._told: dict[str, Turn] = {}
        """The turns of the session that was last gone on with, by their runs."""
        self._has_answer_tool = ANSWER_TOOL in self._toolbox.names
        self._tells_reasons: bool = getattr(model, "always_tells_finish_reason", False)
        self._caller = ModelCaller(
            model,
            tools,
            force_call=self._has_answer_tool,
            first_token_timeout=first_token_timeout,
            chunk_timeout=chunk_timeout,
            window=window,
            learned=learned,
            sleep=sleep,
            secrets=secrets,
        )

    def schema(self, tool: str, call_id: str | None = None) -> dict[str, Any]:
        """The JSON Schema of a tool's arguments, as the model knows it; empty for one that there is not."""
        return self._toolbox.schema(tool, call_id)

    can_be_steered = True

    @property
    def tools(self) -> list[ToolInfo]:
        """What there is to know of its tools."""
        return self._toolbox.told

    def without(self, names: Collection[str]) -> "AgentExecutor":
        """The same agent without these tools."""
        other = copy(self)
        other._toolbox = self._toolbox.without(names)
        other._caller = self._caller.given(other._toolbox.tools)
        other._has_answer_tool = ANSWER_TOOL in other._toolbox.names
        return other

    def given(self, tools: Sequence[BaseTool], instructions: str) -> "AgentExecutor":
        """The same agent with more tools, which its client runs, and more that it is told before all else."""
        other = copy(self)
        other._system = f"{self._system}\n\n{instructions}" if instructions else self._system
        other._toolbox, other._told = self._toolbox.given(tools), {}
        other._caller = self._caller.given(other._toolbox.tools)
        return other

    async def serve(self, run: Run, history: Conversation, request: RunInput) -> Answer:
        """What a run does that a client asked for; its turn is the last of `history`, and goes on.

        Raises:
            RunFailed, RunSuspended: as `work` does.
        """
        tools, problems = client_tools(request.tools or (), self._toolbox.names)
        for problem in problems:
            run.emit(Custom(timestamp=run.now(), name=NOTICE, value={"reason": problem}))
        begun = history.open_run
        if (misfit := unfitting(request.resume or (), begun)) is not None:
            raise RunFailed(RunErrorCode.MODEL_ERROR, misfit)
        executor = self.given(tools, instructions_of(request))
        return await executor.work(run, history, begun=begun)

    def warm_up(self) -> None:
        """Do what the first question would have to wait for; blocks."""
        self._caller.warm_up()

    def prepare(self, history: Conversation) -> None:
        """Tell the turns of `history`, so that the next one has only to tell what is new. Blocks."""
        self._turns(history, set())

    def stream(self, input: str, history: Conversation | None = None) -> Run:
        """A run that answers `input` after the turns of `history`; it begins when it is entered."""
        return Run(
            partial(self.work, history=history),
            input,
            thread_id=history.thread_id if history else None,
            metadata={"model": self.model_name, "tools": self._toolbox.names, "maxIterations": self._max_iterations},
        )

    async def invoke(self, input: str, history: Conversation | None = None) -> Answer:
        """Answer `input` and give only the result.

        Raises:
            RunFailed: there is no answer.
        """
        async with self.stream(input, history) as run:
            return await run.result()

    async def work(
        self,
        run: Run,
        history: Conversation | None = None,
        without: str | None = None,
        *,
        begun: BegunTurn | None = None,
    ) -> Answer:
        """What a run does: steps until there is an answer. `without` names a turn of `history` that is not told;
        `begun` is what other runs have made of this one, whose calls that wait are run first.

        Raises:
            RunFailed: there is none.
            RunSuspended: a call waits for what only another run can bring.
        """
        handler, prompt = self._handler(run, history), self._prompt(run, history, without)
        used: dict[str, None] = {}
        async with self._caller.session():
            if begun is not None and (answer := await self._go_on(run, begun, used, prompt)) is not None:
                return {"answer": answer, "tools_used": list(used)}
            return await self._steps(run, handler, prompt, used, steps_begun(begun) if begun is not None else 0)

    async def branch(self, run: Run, state: Conversation, continued: Continued, without: str | None = None) -> Answer:
        """What a run does whose turn, the last one of `state`, was told again up to its middle.

        Raises:
            RunFailed: there is no answer.
        """
        outcomes: list[CallOutcome] = []
        prompt, used, steps = self._prompt(run, state, without), continued.used, continued.steps
        async with self._caller.session():
            if calls := continued.calls():
                ready = [self._ready(call, None) for call in calls]
                outcomes = await self._run_calls(run, ready, used, len(steps), continued.answered)
                answer = self._answer_in(run, outcomes)
                if steps[-1].is_named:
                    run.emit(StepFinished(timestamp=run.now(), step_name=steps[-1].name))
                if answer is not None:
                    return {"answer": answer, "tools_used": list(used)}
            prompt.scratchpad.extend(continued.told(self._arguments, outcomes))
            handler = self._handler(run, state)
            return await self._steps(run, handler, prompt, used, len(steps), continued.answered)

    def _arguments(self, tool: str, text: str) -> dict[str, Any]:
        found = self._toolbox.tool(tool)
        try:
            return read_arguments(text, found.args if found is not None else {})
        except ArgumentsError:
            return {}

    def _handler(self, run: Run, history: Conversation | None) -> QueueCallbackHandler:
        return QueueCallbackHandler(
            run.queue,
            answers={ANSWER_TOOL: "answer"} if self._has_answer_tool else {},
            used_call_ids=set(history.call_ids) if history else None,
            tool_names=self._toolbox.names,
            clock=run.now,
        )

    def _prompt(self, run: Run, history: Conversation | None, without: str | None) -> Prompt:
        return Prompt(
            system=f"{self._system} {TOOL_RULES}" if self._has_answer_tool else self._system,
            turns=self._turns(history, {run.id, without}),
            question=run.question,
            parts=run.parts,
            scratchpad=[],
            telling=self._past,
            defined=set(defined_in(history.runs)) if history else set(),
        )

    async def _go_on(self, run: Run, begun: BegunTurn, used: dict[str, None], prompt: Prompt) -> str | None:
        """Run what waits of a turn that goes on, and tell the model of all of it; gives the answer if that was it."""
        waiting = waiting_calls(begun)
        outcomes = await self._run_calls(run, [ready_call(one, self._toolbox.tool(one.name)) for one in waiting], used)
        if (reason := suspended(outcomes, self.schema)) is not None:
            raise reason
        with_results(waiting, outcomes)
        used |= dict.fromkeys(name for name in tools_run(begun) if name != ANSWER_TOOL)
        prompt.scratchpad.extend(begun_turn(begun, self.model_name))
        return self._answer_in(run, outcomes)

    async def _run_calls(
        self,
        run: Run,
        ready: Sequence[ReadyCall],
        used: dict[str, None],
        number: int = 1,
        answered: Answered | None = None,
    ) -> list[CallOutcome]:
        """Run calls of the step of that number, and note which tools ran."""
        outcomes = await self._toolbox.run_calls(run, ready, number, answered)
        ran = [one.ready.call.name for one in outcomes if one.result.ran]
        used |= dict.fromkeys(name for name in ran if name != ANSWER_TOOL)
        return outcomes

    def _answer_in(self, run: Run, outcomes: Sequence[CallOutcome]) -> str | None:
        """The answer where a call was it: of the tool for answers, or of one whose result is the answer."""
        answer = _answer_of(outcomes)
        if answer is None and (answer := self._toolbox.direct_answer(outcomes)) is not None:
            run.say(answer)
        return answer

    def _usage(self, reply: Reply) -> dict[str, Any] | None:
        """What a model call cost, and what its model takes where that is known, as the step's end tells it."""
        if reply.usage is None:
            return None
        window = {"contextWindow": self._caller.window} if self._caller.window else {}
        return {"usage": {**msgspec.to_builtins(reply.usage), **window}}

    async def _steps(
        self,
        run: Run,
        handler: QueueCallbackHandler,
        prompt: Prompt,
        used: dict[str, None],
        begun: int,
        answered: Answered | None = None,
    ) -> Answer:
        """Model calls and their tools, again and again until there is an answer; `begun` is how many there were."""
        for number in range(begun + 1, self._max_iterations + 1):
            name = f"step {number}"
            run.emit(StepStarted(timestamp=run.now(), step_name=name))
            if number > 1:
                prompt.scratchpad.extend(map(HumanMessage, run.take_steering()))
            reply = await self._caller.ask(run, handler, prompt)
            if reply.usage is not None:
                run.usage[:] = [sum(run.usage, start=reply.usage)]
            if (kept := kept_value(reply.message, reply.calls)) is not None:
                run.emit(Custom(timestamp=run.now(), name=REPLY, value=kept))
            answer: str | None = None
            waits: RunSuspended | None = None
            if reply.calls:
                ready = self._read_calls(reply)
                for call in reply.calls:
                    handler.end_call(call)
                outcomes = await self._run_calls(run, ready, used, number, answered)
                waits = suspended(outcomes, self.schema)
                answer = self._answer_in(run, outcomes) if waits is None else None
                prompt.scratchpad.append(_told(reply, ready, kept))
                prompt.scratchpad.extend(outcome.message for outcome in outcomes)
            else:
                answer = self._plain_answer(reply)
                if (written := written_call(answer, self._toolbox.names)) is not None:
                    reason = _WRITTEN.format(tool=written)
                    run.emit(Custom(timestamp=run.now(), name=NOTICE, value={"reason": reason}))
            run.emit(StepFinished(timestamp=run.now(), metadata=self._usage(reply), step_name=name))
            if waits is not None:
                raise waits
            if answer is not None:
                return {"answer": answer, "tools_used": list(used)}
        raise RunFailed(RunErrorCode.ITERATION_LIMIT, f"No answer after {self._max_iterations} steps.")

    def _turns(self, history: Conversation | None, without: set[str | None]) -> list[Turn]:
        """The turns that lie behind, as this model is told of them."""
        runs = [run for run in history.runs if run.id not in without] if history else []
        # An ended turn never changes: of a long session only what is new is told anew.
        self._told = {
            run.id: self._told.get(run.id) or past_turn(run, self.model_name, self._past, ANSWER_TOOL)
            for run in told_runs(runs)
        }
        return list(self._told.values())

    # Reading a reply

    def _plain_answer(self, reply: Reply) -> str:
        """The answer of a reply without tool calls."""
        text = "".join(reply.text)
        if (reason := self._cut_reason(reply)) is not None and (reply.finish_reason or self._tells_reasons):
            raise RunFailed(RunErrorCode.TRUNCATED, f"The model's answer was cut off: {reason}.")
        if not text.strip():
            raise RunFailed(RunErrorCode.MODEL_ERROR, "The model sent no answer and called no tool.")
        return text

    @staticmethod
    def _cut_reason(reply: Reply) -> str | None:
        """Why a reply is not whole; None where it is."""
        if reply.finish_reason is None:
            return "its stream ended before it was done"
        match ending_of(reply.finish_reason):
            case "cut":
                return f"its limit of tokens was reached ({reply.finish_reason})"
            case "filtered":
                return f"the server's filter stopped it ({reply.finish_reason})"
            case _:
                return None

    def _read_calls(self, reply: Reply) -> list[ReadyCall]:
        """The calls of a reply, read strictly.

        Raises:
            RunFailed: the stream ended inside a call. Half the arguments are never run with.
        """
        cut = self._cut_reason(reply)
        return [self._ready(call, cut) for call in reply.calls]

    def _ready(self, call: GatheredCall, cut: str | None) -> ReadyCall:
        """A call that is complete, unless its reply was `cut`, and why."""
        tool = self._toolbox.tool(call.name)
        problem = None
        arguments: dict[str, Any] = {}
        try:
            if cut and not call.text:
                raise ArgumentsError("there are none")
            arguments = read_arguments(call.text, tool.args if tool is not None else {})
        except ArgumentsError as error:
            if cut and not call.is_whole:
                reason = f"The model's output was cut off in its call of {call.name}: {cut}."
                raise RunFailed(RunErrorCode.TRUNCATED, reason) from error
            problem = str(error)
        if call.name == ANSWER_TOOL and not isinstance(arguments.get("tools_used"), list):
            arguments["tools_used"] = []  # what ran is known here; the answer is not lost for it
        if tool is None:
            problem = f"There is no tool {call.name!r}. The tools are: {', '.join(self._toolbox.names) or 'none'}."
        return ReadyCall(call=call, arguments=arguments, problem=problem)


def _answer_of(outcomes: Sequence[CallOutcome]) -> str | None:
    """The answer of the first valid `final_answer`."""
    for outcome in outcomes:
        if outcome.ready.call.name == ANSWER_TOOL and not outcome.result.failed:
            return str(outcome.ready.arguments["answer"])
    return None


def _told(reply: Reply, ready: list[ReadyCall], kept: dict[str, Any] | None) -> AIMessage:
    """The reply as the model is told of it in the next step."""
    calls = [ToldCall(one.call.provider_id, legal_name(one.call.name), one.arguments) for one in ready]
    return told_reply("".join(reply.text), calls, kept)
