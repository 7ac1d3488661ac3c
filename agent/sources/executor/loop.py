"""The agent's loop: ask the model, run the tools it calls, again, until there is an answer.

It owns the policy (what is a complete call, what is retried, what ends a turn) and none of the shapes: events are made
by the callback handler, the end of a run by `Run`.
"""

import asyncio
import json
import logging
import random
from collections.abc import Awaitable, Callable, Collection, Sequence
from functools import partial
from typing import Any

import msgspec
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.runnables import Runnable, RunnableConfig
from langchain_core.tools import BaseTool

from agent.conversation.reducer import Conversation
from agent.errors import RunFailed
from agent.events.types import (
    RETRY,
    Custom,
    RunErrorCode,
    StepFinished,
    StepStarted,
    TextMessageContent,
    TextMessageEnd,
    TextMessageStart,
)
from agent.runs.run import Answer, Run, new_id
from agent.settings.permissions import Permissions
from agent.sources.executor.callbacks import GatheredCall, QueueCallbackHandler, Reply
from agent.sources.executor.failures import Failure, Refusable, read_failure
from agent.sources.executor.history import to_messages
from agent.sources.executor.prompts import PERSONA, PROMPT, TOOL_RULES
from agent.sources.executor.tooling import ANSWER_TOOL, CallOutcome, ReadyCall, Toolbox
from agent.sources.tools.calls.loop import ToolLoop
from agent.text import all_well_formed

__all__ = ["AgentExecutor"]

log = logging.getLogger(__name__)

_MAX_RETRIES = 3
_CUT_REASONS = {
    "length",
    "max_tokens",
    "max_output_tokens",
    "MAX_TOKENS",
    "model_length",
    "incomplete",
    "content_filter",
}
"""Finish reasons that say the model was stopped before it was done."""


class AgentExecutor:
    """Answers questions with a model and tools, one run at a time or several.

    `model` is any LangChain chat model that can call tools. Without tools it is a plain chat. `needs_approval` names
    the tools that ask the user before they run (`Run.decide` answers); `permissions` gives the rules that come before
    that, as they are when a call is made.
    """

    def __init__(
        self,
        model: BaseChatModel,
        tools: Sequence[BaseTool] = (),
        max_iterations: int = 10,
        *,
        system: str | None = None,
        temperature: float | None = 0.0,
        needs_approval: Collection[str] = (),
        permissions: Callable[[], Permissions] = Permissions,
        tool_loop: ToolLoop | None = None,
        model_name: str | None = None,
        first_token_timeout: float = 300.0,
        chunk_timeout: float = 60.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Time-outs are in seconds; `sleep` waits between retries; `tool_loop` is where coroutines of tools run."""
        self.model_name = model_name or getattr(model, "model_name", None) or type(model).__name__
        self._model = model
        self._toolbox = Toolbox(tools, needs_approval=needs_approval, permissions=permissions, loop=tool_loop)
        self._max_iterations = max_iterations
        self._system = system or PERSONA
        self._temperature = temperature
        self._first_token_timeout = first_token_timeout
        self._chunk_timeout = chunk_timeout
        self._sleep = sleep
        self._refused: set[Refusable] = set()
        """Arguments that this model's server would not take; left out from then on."""

    def schema(self, tool: str) -> dict[str, Any]:
        """The JSON Schema of a tool's arguments, as the model knows it; empty for one that there is not."""
        return self._toolbox.schema(tool)

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

    async def work(self, run: Run, history: Conversation | None = None, without: str | None = None) -> Answer:
        """What a run does: steps until there is an answer. `without` names a turn of `history` that is not told."""
        handler = QueueCallbackHandler(
            run.queue,
            answers={ANSWER_TOOL: "answer"} if ANSWER_TOOL in self._toolbox.names else {},
            used_call_ids=history.call_ids if history else None,
            clock=run.now,
        )
        turns = [turn for turn in history.runs if turn.id not in (run.id, without)] if history else []
        past = to_messages(turns)
        scratchpad: list[BaseMessage] = []
        used: dict[str, None] = {}
        for number in range(1, self._max_iterations + 1):
            name = f"step {number}"
            run.emit(StepStarted(timestamp=run.now(), step_name=name))
            if number > 1:
                scratchpad += map(HumanMessage, run.take_steering())
            reply = await self._ask_model(run, handler, self._prompt(run.question, past, scratchpad))
            if reply.usage is not None:
                run.usage[:] = [sum(run.usage, start=reply.usage)]
            answer: str | None = None
            if reply.calls:
                ready = self._read_calls(reply)
                for call in reply.calls:
                    handler.end_call(call)
                outcomes = await self._toolbox.run_calls(run, ready)
                ran = [one.ready.call.name for one in outcomes if one.result.ran]
                used |= dict.fromkeys(name for name in ran if name != ANSWER_TOOL)
                answer = _answer_of(outcomes)
                if answer is None and (answer := self._toolbox.direct_answer(outcomes)) is not None:
                    _tell_answer(run, answer)
                scratchpad += [_ai_message(reply, ready), *(outcome.message for outcome in outcomes)]
            else:
                answer = self._plain_answer(reply)
            usage = {"usage": msgspec.to_builtins(reply.usage)} if reply.usage else None
            run.emit(StepFinished(timestamp=run.now(), metadata=usage, step_name=name))
            if answer is not None:
                return {"answer": answer, "tools_used": list(used)}
        raise RunFailed(RunErrorCode.ITERATION_LIMIT, f"No answer after {self._max_iterations} steps.")

    # Asking the model

    def _prompt(self, question: str, past: list[BaseMessage], scratchpad: list[BaseMessage]) -> list[BaseMessage]:
        system = f"{self._system} {TOOL_RULES}" if ANSWER_TOOL in self._toolbox.names else self._system
        return PROMPT.format_messages(system=system, chat_history=past, input=question, agent_scratchpad=scratchpad)

    def _runnable(self) -> Runnable[Any, AIMessage]:
        """The model with its tools and arguments bound, but for those that its server refused."""
        bound: Runnable[Any, AIMessage] = self._model
        if self._toolbox.names and "tools" not in self._refused:
            forced = ANSWER_TOOL in self._toolbox.names and "tool_choice" not in self._refused
            choice: dict[str, Any] = {"tool_choice": "any"} if forced else {}
            bound = self._model.bind_tools(self._toolbox.tools, **choice)
        if self._temperature is not None and "temperature" not in self._refused:
            bound = bound.bind(temperature=self._temperature)
        return bound

    async def _ask_model(self, run: Run, handler: QueueCallbackHandler, messages: list[BaseMessage]) -> Reply:
        """One model call, tried again where that may help and nothing has been shown yet."""
        attempt = 0
        while True:
            try:
                await self._stream_reply(handler, messages)
            except Exception as error:
                failure = self._failure(error)
                if handler.reply.begun:
                    raise RunFailed(RunErrorCode.MODEL_ERROR, f"The model failed: {failure.message}") from error
                if failure.refused and failure.refused not in self._refused:
                    self._refused.add(failure.refused)
                    self._tell_retry(run, 1, 0.0, f"the server refuses {failure.refused}; asking without it")
                    continue
                attempt += 1
                if not failure.retryable or attempt > _MAX_RETRIES:
                    raise RunFailed(RunErrorCode.MODEL_ERROR, f"The model failed: {failure.message}") from error
                delay = failure.retry_after
                if delay is None:
                    delay = 0.5 * 2 ** (attempt - 1) * random.uniform(0.8, 1.2)  # noqa: S311 - no secret
                self._tell_retry(run, attempt, delay, failure.message)
                await self._sleep(delay)
            else:
                return handler.reply

    async def _stream_reply(self, handler: QueueCallbackHandler, messages: list[BaseMessage]) -> None:
        """Let the model stream to its end; the handler gathers the reply."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(self._first_token_timeout) as timeout:
            config: RunnableConfig = {"callbacks": [handler], "run_id": handler.begin_reply()}
            async for _chunk in self._runnable().astream(messages, config=config):
                if handler.reply.begun:  # a chunk that says nothing is no token
                    timeout.reschedule(loop.time() + self._chunk_timeout)

    def _failure(self, error: Exception) -> Failure:
        log.info("model call failed", exc_info=error)
        if isinstance(error, TimeoutError) and not str(error):
            return Failure(
                message=f"no token within {self._first_token_timeout:g} s, or none for {self._chunk_timeout:g} s"
            )
        return read_failure(error)

    @staticmethod
    def _tell_retry(run: Run, attempt: int, delay: float, reason: str) -> None:
        value = {"attempt": attempt, "maxAttempts": _MAX_RETRIES, "delayMs": round(delay * 1000), "reason": reason}
        run.emit(Custom(timestamp=run.now(), name=RETRY, value=value))

    def _plain_answer(self, reply: Reply) -> str:
        """The answer of a reply without tool calls."""
        text = "".join(reply.text)
        unexplained = reply.finish_reason is None and getattr(self._model, "always_tells_finish_reason", False)
        if reply.finish_reason in _CUT_REASONS or unexplained:
            raise RunFailed(RunErrorCode.TRUNCATED, "The model's answer was cut off.")
        if not text.strip():
            raise RunFailed(RunErrorCode.MODEL_ERROR, "The model sent no answer and called no tool.")
        return text

    # Reading and running its calls

    def _read_calls(self, reply: Reply) -> list[ReadyCall]:
        """The calls of a reply, read strictly.

        Raises:
            RunFailed: the stream ended inside a call. Half the arguments are never run with.
        """
        cut = reply.finish_reason is None or reply.finish_reason in _CUT_REASONS
        ready: list[ReadyCall] = []
        for call in reply.calls:
            text = "".join(call.arguments)
            try:
                # JSON's escapes can spell half a surrogate pair, which no tool result or request could carry on.
                arguments = all_well_formed(json.loads(text or ("" if cut else "{}"), parse_constant=_refuse_constant))
            except (ValueError, RecursionError) as error:
                if cut:
                    raise RunFailed(
                        RunErrorCode.TRUNCATED, f"The model's output was cut off in its call of {call.name}."
                    ) from error
                ready.append(ReadyCall(call=call, arguments={}, problem=f"The arguments are not valid JSON: {error}"))
                continue
            problem = self._problem(call, arguments)
            ready.append(ReadyCall(call=call, arguments=arguments if problem is None else {}, problem=problem))
        return ready

    def _problem(self, call: GatheredCall, arguments: Any) -> str | None:
        """Why a call with these arguments cannot run; None where it can."""
        if call.name not in self._toolbox.names:
            return f"There is no tool {call.name!r}. The tools are: {', '.join(self._toolbox.names) or 'none'}."
        if not isinstance(arguments, dict):
            return f"The arguments must be a JSON object, not {type(arguments).__name__}."
        return None


def _answer_of(outcomes: list[CallOutcome]) -> str | None:
    """The answer of the first valid `final_answer`."""
    for outcome in outcomes:
        if outcome.ready.call.name == ANSWER_TOOL and not outcome.result.failed:
            return str(outcome.ready.arguments["answer"])
    return None


def _tell_answer(run: Run, text: str) -> None:
    """Tell an answer that no model has streamed."""
    message_id = new_id("msg")
    run.emit(TextMessageStart(timestamp=run.now(), message_id=message_id, role="assistant"))
    if text:
        run.emit(TextMessageContent(timestamp=run.now(), message_id=message_id, delta=text))
    run.emit(TextMessageEnd(timestamp=run.now(), message_id=message_id))


def _ai_message(reply: Reply, ready: list[ReadyCall]) -> AIMessage:
    """The reply as the model is told of it in the next step."""
    return AIMessage(
        "".join(reply.text),
        tool_calls=[
            {"name": one.call.name, "args": one.arguments, "id": one.call.provider_id, "type": "tool_call"}
            for one in ready
        ],
    )


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
