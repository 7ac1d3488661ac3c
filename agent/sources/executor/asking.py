"""Asking a model for one reply: what is sent, what is tried again, what is left out, and when it is given up.

It owns the policy of a model call and its memory of the server: the arguments that it refuses, the window that it has.
What a failure means is read in `agent.sources.failures`; what a reply's calls come to is for the loop.
"""

import json
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, SystemMessage, ToolMessage
from langchain_core.outputs import ChatGenerationChunk
from langchain_core.runnables import Runnable, RunnableConfig
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool

from agent.errors import RunFailed
from agent.events.types import CONTEXT, GIVEN, RETRY, Custom, RunErrorCode
from agent.patience import Patience
from agent.runs.run import Run
from agent.secrets import Secrets
from agent.sources.context.given import Given, digest_of
from agent.sources.context.history import Telling, Turn
from agent.sources.context.learned import WindowFile
from agent.sources.context.parts import taken_by, with_parts
from agent.sources.context.question import question_message
from agent.sources.context.window import Fitted, Window, size_of
from agent.sources.executor.callbacks import QueueCallbackHandler, Reply
from agent.sources.failures.reading import Failure, read_failure
from agent.sources.models.binding import with_tools
from agent.sources.models.telling import telling
from agent.sources.replies.endings import ending_of
from agent.sources.replies.fields import FIELDS, NO_REASONING
from agent.threads import in_thread

__all__ = ["ModelCaller", "Prompt"]

log = logging.getLogger(__name__)

_MAX_RETRIES = 3
_PAUSE = 0.5
"""Seconds before a model that sent nothing is asked again."""
_MAX_TRIMS = 2
"""How often a request that was too much is made smaller before it is given up."""


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """What a model is asked."""

    system: str
    turns: Sequence[Turn]
    """Those behind the question, oldest first."""
    question: str
    parts: Sequence[Any] = ()
    """What the question has besides its words."""
    scratchpad: list[BaseMessage]
    """What the turn has come to so far: replies and results."""
    telling: Telling = "whole"
    """How `turns` are told."""
    defined: set[str] = field(default_factory=set)
    """What the session has defined of what its model calls were given (see `agent.sources.context.given`)."""


@dataclass(slots=True, kw_only=True)
class _Attempts:
    """What was tried for one reply."""

    run: Run
    prompt: Prompt
    retries: int = 0
    trims: int = 0
    is_silent: bool = False
    """Whether the model has sent nothing once."""
    without_failed: bool = False
    """Whether turns that failed are told no more."""
    sent: list[BaseMessage] = field(default_factory=list)
    size: int = 0
    """Bytes of `sent` and the tools, about."""
    given: Given = field(default_factory=Given)
    """What is sent, as it is told."""
    told: Given | None = None
    """What was told last of it."""


class ModelCaller:
    """Asks one model, call after call.

    One thing: the way to one reply. What is sent, and what is done about a failure, share what is known of the server.
    """

    def __init__(
        self,
        model: BaseChatModel,
        tools: Sequence[BaseTool],
        *,
        force_call: bool,
        first_token_timeout: float,
        chunk_timeout: float,
        window: int | None,
        learned: WindowFile | None = None,
        sleep: Callable[[float], Awaitable[None]],
        secrets: Secrets,
    ) -> None:
        """`force_call` makes the model call a tool where its server can do that; time-outs are in seconds; `window` is
        the model's, in tokens, None where it is not known; what is learned of it is kept in `learned`. Blocks."""
        self._model = model
        self._tools = tools
        self._first_token_timeout = first_token_timeout
        self._chunk_timeout = chunk_timeout
        self._sleep = sleep
        self._secrets = secrets
        self._learned = learned
        self._window = _window(model, window, learned)
        self._refused: set[str] = set() if force_call else {"tool_choice"}
        """Arguments that are left out: this model's server would not take them."""
        self._taken = taken_by(model)
        """Kinds of parts that the model takes in results."""
        self._bound: Runnable[Any, AIMessage] | None = None
        self._tools_told = [convert_to_openai_tool(tool) for tool in tools]
        """As the session keeps them."""
        self._tools_size = 0
        self._told: tuple[str, int, int] | None = None
        """The run, and what of its context was last said to be left out."""

    def given(self, tools: Sequence[BaseTool]) -> "ModelCaller":
        """One that asks the same model with other tools, and shares what is known of its server."""
        other = copy(self)
        other._tools, other._bound, other._tools_size, other._told = tools, None, 0, None
        return other

    def warm_up(self) -> None:
        """Do what the first call would have to do before it; blocks, so it belongs in a thread."""
        with suppress(NotImplementedError):  # a model without tools says so when it is asked
            self._runnable()

    @property
    def window(self) -> int | None:
        """Tokens that the model takes; None as long as nobody has told."""
        return self._window.tokens

    def session(self) -> AbstractAsyncContextManager[None]:
        """Keeps connections to the server open as long as it lasts: for the calls of a turn."""
        held: Callable[[], AbstractAsyncContextManager[None]] | None = getattr(self._model, "held", None)
        return held() if held is not None else nullcontext()

    async def ask(self, run: Run, handler: QueueCallbackHandler, prompt: Prompt) -> Reply:
        """One reply, tried again where that may help and nothing has been shown yet.

        Raises:
            RunFailed: there is none.
        """
        attempts = _Attempts(run=run, prompt=prompt)
        while True:
            self._prepare(attempts)
            self._tell_given(attempts)
            try:
                await self._stream_reply(attempts.run, handler, attempts.sent)
            except Exception as error:
                failure = self._failure(error, attempts.sent)
                if handler.reply.begun or not await self._remedied(failure, attempts):
                    raise RunFailed(RunErrorCode.MODEL_ERROR, failure.message) from error
                continue
            reply = handler.reply
            if reply.finish_reason is None or ending_of(reply.finish_reason) != "failed":
                self._window.counted(attempts.size, reply.usage.input_tokens if reply.usage else None)
                if await self._asks_again(reply, attempts):
                    continue
                return reply
            failure = Failure(message=f"the model stopped before it was done: {reply.finish_reason}", retryable=True)
            if reply.begun or not await self._remedied(failure, attempts):
                raise RunFailed(RunErrorCode.MODEL_ERROR, failure.message)

    # What is sent

    def _prepare(self, attempts: _Attempts) -> None:
        """Make the messages, as many as there is room for."""
        prompt = attempts.prompt
        self._runnable()
        overhead = len(prompt.system.encode("utf-8", "replace")) + self._tools_size
        # As the article's template has it: system, past, question, scratchpad; what people write is no template.
        asked = question_message(prompt.question, prompt.parts)
        turns, current = prompt.turns, [asked, *prompt.scratchpad]
        if self._taken:
            current = [with_parts(message, self._taken) for message in current]
            turns = [replace(turn, messages=[with_parts(one, self._taken) for one in turn.messages]) for turn in turns]
        fitted = self._window.fit(turns, current, overhead)
        attempts.sent = [SystemMessage(prompt.system), *fitted.past, *fitted.current]
        attempts.size = overhead + sum(map(size_of, attempts.sent[1:]))
        attempts.given = self._given(attempts, fitted)
        self._tell_left_out(attempts.run, fitted)

    def _runnable(self) -> Runnable[Any, AIMessage]:
        """The model with its tools bound, but for those arguments that its server refused."""
        if self._bound is None:
            self._bound, self._tools_size = self._model, 0
            if self._tools and "tools" not in self._refused:
                choice: dict[str, Any] = {} if "tool_choice" in self._refused else {"tool_choice": "any"}
                self._bound = with_tools(self._model, self._tools, **choice)
                self._tools_size = sum(len(json.dumps(tool)) for tool in self._tools_told)
        return self._bound

    def _given(self, attempts: _Attempts, fitted: Fitted) -> Given:
        """What is sent, as the session keeps it."""
        has_tools = bool(self._tools) and "tools" not in self._refused
        temperature = None if "temperature" in self._refused else getattr(self._model, "temperature", None)
        return Given(
            system=attempts.prompt.system,
            tools=self._tools_told if has_tools else [],
            tool_choice="any" if has_tools and "tool_choice" not in self._refused else None,
            temperature=temperature if isinstance(temperature, int | float) else None,
            past=attempts.prompt.telling,
            failed_left_out=attempts.without_failed,
            turns_left_out=fitted.left_out,
            result_share=fitted.share if fitted.shortened else None,
            left_out=self._refused - {"tools", "tool_choice", "temperature"},
            parts=self._taken,
            digest=digest_of(attempts.sent[1:]),
        )

    def _tell_given(self, attempts: _Attempts) -> None:
        if attempts.given != attempts.told:
            attempts.told, run = attempts.given, attempts.run
            value = attempts.given.told(attempts.prompt.defined, self._secrets)
            run.emit(Custom(timestamp=run.now(), name=GIVEN, value=value))

    def _tell_left_out(self, run: Run, fitted: Fitted) -> None:
        said = (run.id, fitted.left_out, fitted.shortened)
        if said == self._told or ((self._told or ("",))[0] != run.id and not any(said[1:])):
            return
        self._told = said
        value = {"turnsLeftOut": fitted.left_out, "resultsShortened": fitted.shortened, "window": self._window.tokens}
        run.emit(Custom(timestamp=run.now(), name=CONTEXT, value=value))

    async def _stream_reply(self, run: Run, handler: QueueCallbackHandler, messages: list[BaseMessage]) -> None:
        """Let the model stream to its end; the handler gathers the reply."""
        async with Patience(self._first_token_timeout) as patience:

            async def next_chunk() -> None:
                if not run.queue.has_room:  # a slow reader has the model wait, and is no silence of the model's
                    patience.rest()
                    await run.queue.room()
                if handler.reply.begun:  # a chunk that says nothing is no token
                    patience.renew(self._chunk_timeout)

            async def tell(chunk: ChatGenerationChunk) -> None:
                handler.take(chunk)
                await next_chunk()

            told = telling(self._runnable(), tell)
            config: RunnableConfig = {"callbacks": [handler], "run_id": handler.begin_reply(is_told=told is not None)}
            async for _chunk in (told or self._runnable()).astream(messages, config=config):
                if told is None:
                    await next_chunk()

    # What is done about a failure

    def _failure(self, error: Exception, messages: list[BaseMessage]) -> Failure:
        log.info("model call failed", exc_info=error)
        if isinstance(error, TimeoutError) and not str(error):
            return Failure(
                message=f"no token within {self._first_token_timeout:g} s, or none for {self._chunk_timeout:g} s"
            )
        failure = read_failure(error, self._removable(messages))
        return replace(failure, message=self._secrets.hidden(failure.message))

    def _removable(self, messages: list[BaseMessage]) -> set[str]:
        """The arguments and the fields of messages that were sent and can be done without."""
        sent: set[str] = set(getattr(self._model, "removable", ("stream",)))
        if self._tools and "tools" not in self._refused:
            sent |= {"tools"} if "tool_choice" in self._refused else {"tools", "tool_choice"}
        if getattr(self._model, "temperature", None) is not None:
            sent.add("temperature")
        if not any(isinstance(message, AIMessage) and message.tool_calls for message in messages):
            sent -= {"content", NO_REASONING}
        for message in messages:
            if isinstance(message, ToolMessage):
                sent.add("name")
            fields = message.additional_kwargs.get(FIELDS) or {}
            sent.update(fields.get("message") or (), *(fields.get("calls") or {}).values())
        sent.discard("function")  # what a call's own fields hold of it
        return sent - self._refused if "tools" in sent else sent - self._refused - {"tool_choice"}

    async def _remedied(self, failure: Failure, attempts: _Attempts) -> bool:
        """Whether another attempt may go better: one that sends less or is made later."""
        run = attempts.run
        if failure.refused and failure.refused not in self._refused:
            self._leave_out(failure.refused)
            self._tell_retry(run, 1, 0.0, f"the server refuses {failure.refused}; asking without it")
            return True
        if failure.overflow is not None:
            attempts.trims += 1
            if attempts.trims > _MAX_TRIMS or not await self._trim(failure, attempts):
                return False
            self._tell_retry(run, attempts.trims, 0.0, "the model's window is too small; asking with less")
            return True
        if failure.status in (400, 415, 422) and any(map(_has_parts, attempts.sent)):
            self._taken = frozenset()
            self._tell_retry(run, 1, 0.0, f"{failure.message}; asking without what results hold besides text")
            return True
        if failure.status in (400, 422) and any(turn.failed for turn in attempts.prompt.turns):
            # What failed before may be what the server takes offence at, and would fail every turn from then on.
            kept = [turn for turn in attempts.prompt.turns if not turn.failed]
            attempts.prompt, attempts.without_failed = replace(attempts.prompt, turns=kept), True
            self._tell_retry(run, 1, 0.0, f"{failure.message}; asking without the turns that failed")
            return True
        attempts.retries += 1
        if not failure.retryable or attempts.retries > _MAX_RETRIES:
            return False
        delay = failure.retry_after
        if delay is None:
            delay = 0.5 * 2 ** (attempts.retries - 1) * random.uniform(0.8, 1.2)  # noqa: S311 - no secret
        self._tell_retry(run, attempts.retries, delay, failure.message)
        await self._sleep(delay)
        return True

    async def _asks_again(self, reply: Reply, attempts: _Attempts) -> bool:
        """Whether a reply that is nothing at all is asked for once more: some servers send one now and then."""
        is_well = reply.finish_reason is not None and ending_of(reply.finish_reason) == "done"
        if reply.begun or not is_well or attempts.is_silent:
            return False
        attempts.is_silent = True
        self._tell_retry(attempts.run, 1, _PAUSE, "the model sent nothing")
        await self._sleep(_PAUSE)
        return True

    async def _trim(self, failure: Failure, attempts: _Attempts) -> bool:
        """Learn the window from a refusal; whether less is sent for it."""
        assert failure.overflow is not None  # noqa: S101 - the caller looked
        self._window.refused(failure.overflow, attempts.size)
        if self._learned is not None and self._window.tokens:
            await in_thread(self._learned.keep, self._window.tokens, self._window.bytes_per_token)
        before = attempts.size
        self._prepare(attempts)
        return attempts.size < before * 0.95

    def _leave_out(self, name: str) -> None:
        """Send an argument, or a field of a reply, no more."""
        self._refused.add(name)
        self._bound = None
        if name in ("tools", "tool_choice"):
            return
        if (leave_out := getattr(self._model, "leave_out", None)) is not None:
            leave_out(name)
        elif name == "temperature":
            self._model = self._model.model_copy(update={"temperature": None})
        elif name == "stream":
            self._model = self._model.model_copy(update={"disable_streaming": True})

    @staticmethod
    def _tell_retry(run: Run, attempt: int, delay: float, reason: str) -> None:
        value = {"attempt": attempt, "maxAttempts": _MAX_RETRIES, "delayMs": round(delay * 1000), "reason": reason}
        run.emit(Custom(timestamp=run.now(), name=RETRY, value=value))


def _has_parts(message: BaseMessage) -> bool:
    return isinstance(message, ToolMessage) and not isinstance(message.content, str)


def _window(model: BaseChatModel, tokens: int | None, learned: WindowFile | None) -> Window:
    """What is known of a model's window: by the user, by a refusal, by LangChain."""
    if tokens is None and learned is not None and (known := learned.read()) is not None:
        return Window(known.tokens, known.bytes_per_token)
    return Window(tokens or _profiled_window(model))


def _profiled_window(model: BaseChatModel) -> int | None:
    """The window that LangChain knows a model to have."""
    profile = getattr(model, "profile", None)
    tokens = profile.get("max_input_tokens") if isinstance(profile, dict) else None
    return tokens if isinstance(tokens, int) and tokens > 0 else None
