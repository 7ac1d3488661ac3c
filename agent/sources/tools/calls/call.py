"""One call of one tool: its arguments in, what it gave or why it failed out, and nothing else whatever it does.

It owns where a tool runs (a thread, or the tools' loop) and what is kept from it: arguments that are not the model's to
give, callbacks, the screen's loop. It refuses to know steps, approvals and events.
"""

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from langchain_core.messages.tool import ToolOutputMixin
from langchain_core.runnables.config import ensure_config
from langchain_core.tools import BaseTool
from pydantic import ValidationError
from pydantic.v1 import ValidationError as ValidationErrorV1

from agent.sources.tools.calls.loop import ToolLoop
from agent.sources.tools.calls.results import ToolResult, failure_of, result_of
from agent.sources.tools.injection import CALL_ID, injected_arguments
from agent.threads import in_thread

__all__ = ["RunnableTool"]

_MOST_ITEMS = 10_000
"""How many items are taken from an asynchronous iterator."""


class RunnableTool:
    """A tool that can be called and harms nobody."""

    def __init__(self, tool: BaseTool, loop: ToolLoop | None = None) -> None:
        """`loop` is where a coroutine of the tool runs; None is the caller's own."""
        self.name = tool.name
        self.return_direct = tool.return_direct
        self._tool = _telling_handled_errors(tool)
        self._loop = loop
        injected = injected_arguments(tool)
        self._not_the_models = frozenset(injected)
        self._wants_call_id = any(kind == CALL_ID for kind in injected.values())
        self._is_async = _is_async(tool)

    async def call(self, arguments: dict[str, Any], call_id: str) -> ToolResult:
        """Call the tool; what it raises is a failed result. Only a cancel of the caller comes out.

        The cancel returns at once; a thread that the tool holds goes on by itself.
        """
        given = {name: value for name, value in arguments.items() if name not in self._not_the_models}
        if not self._is_async:
            return await in_thread(self._call_in_thread, given, call_id)
        work = self._call_on_loop(given, call_id)
        return await (work if self._loop is None else self._loop.run(work))

    # Where it runs

    def _call_in_thread(self, arguments: dict[str, Any], call_id: str) -> ToolResult:
        try:
            value = self._tool.run(arguments, **self._settings(call_id))
            if isinstance(value, Future):  # of a pool of the tool's own
                value = value.result()
            if inspect.isawaitable(value) or isinstance(value, AsyncIterator):  # by a function that is no coroutine
                awaited = _awaited(value)
                value = asyncio.run(awaited) if self._loop is None else self._loop.wait_for(awaited)
            return _told(value)
        except BaseException as error:  # an exit or an interrupt, too, is the tool's and not the program's
            return self._failed(error)

    async def _call_on_loop(self, arguments: dict[str, Any], call_id: str) -> ToolResult:
        try:
            try:
                value = await self._tool.arun(arguments, **self._settings(call_id))
            except NotImplementedError:
                if getattr(self._tool, "coroutine", None) is not None:
                    raise
                # How tools say that they have no asynchronous form though they define one.
                return await in_thread(self._call_in_thread, arguments, call_id)
            return _told(await _awaited(value))
        except BaseException as error:
            task = asyncio.current_task()
            if isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling():
                raise
            return self._failed(error)

    def _failed(self, error: BaseException) -> ToolResult:
        """Why the call failed; arguments that the tool's own schema refused never reached it."""
        name = getattr(self._tool.args_schema, "__name__", None)
        refused = (isinstance(error, ValidationError) and error.title == name) or isinstance(error, ValidationErrorV1)
        return replace(failure_of(error), ran=not refused)

    def _settings(self, call_id: str) -> dict[str, Any]:
        """Whatever LangChain wants to know of a call.

        With the call's id the tool would give a message, made by other rules than ours; so only a tool that asks for
        the id gets it. The surrounding config is passed on as `invoke` does it.
        """
        config = ensure_config()
        return {
            "config": config,
            "callbacks": config.get("callbacks"),
            "tags": config.get("tags"),
            "metadata": config.get("metadata"),
            "tool_call_id": call_id if self._wants_call_id else None,
        }


async def _awaited(value: Any) -> Any:
    """What is in the end given by a value that may have to be awaited or iterated."""
    while inspect.isawaitable(value) or isinstance(value, Future):
        value = await (asyncio.wrap_future(value) if isinstance(value, Future) else value)
    if isinstance(value, AsyncIterator):
        items: list[Any] = []
        async for item in value:
            items.append(item)
            if len(items) == _MOST_ITEMS:
                break
        return items
    return value


def _is_async(tool: BaseTool) -> bool:
    """Whether the tool brings a coroutine of its own."""
    if hasattr(tool, "coroutine"):
        return tool.coroutine is not None
    return type(tool)._arun is not BaseTool._arun


# Errors that a tool handles itself


@dataclass(frozen=True)
class _Handled(ToolOutputMixin):
    """What a tool says of an error that it handled; LangChain hands it through as it is."""

    content: Any
    ran: bool


def _told(value: Any) -> ToolResult:
    if isinstance(value, _Handled):
        return replace(result_of(value.content), failed=True, ran=value.ran)
    return result_of(value)


def _telling_handled_errors(tool: BaseTool) -> BaseTool:
    """The tool itself, or a copy whose handled errors can be told from results."""
    update: dict[str, Any] = {}
    if tool.handle_tool_error:
        update["handle_tool_error"] = partial(_handle, tool.handle_tool_error, ran=True)
    if tool.handle_validation_error:
        update["handle_validation_error"] = partial(_handle, tool.handle_validation_error, ran=False)
    return tool.model_copy(update=update) if update else tool


def _handle(how: "bool | str | Callable[[Any], Any]", error: Exception, *, ran: bool) -> _Handled:
    """What LangChain's `handle_tool_error` and `handle_validation_error` make of an error."""
    if callable(how):
        return _Handled(how(error), ran)
    return _Handled(how if isinstance(how, str) else failure_of(error).text, ran)
