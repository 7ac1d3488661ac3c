"""A function of the user's that gives AG-UI events, in the place of a server: asked the same way, without a wire.

It takes AG-UI's `RunAgentInput` (a dictionary, or the class that its parameter is annotated with) and gives events as
it likes: official models, dictionaries, JSON, or server-sent events. It is foreign code: it runs on the tools' loop,
and what it raises is the end of its run.
"""

import asyncio
import contextlib
import inspect
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from typing import Any, get_type_hints

from agent.errors import RunFailed
from agent.events.framing import Framing, Line
from agent.events.types import RunErrorCode
from agent.sources.remote.connection import decode_kept
from agent.sources.tools.calls.loop import ToolLoop
from agent.sources.tools.calls.results import failure_of

__all__ = ["EventFunction"]


class EventFunction:
    """What a function says is read as an agent's stream."""

    def __init__(self, function: Callable[..., Any], named: str, loop: ToolLoop) -> None:
        """`named` is what the user calls it."""
        self.shown = named
        self._function = function
        self._loop = loop

    @asynccontextmanager
    async def open(self, body: Mapping[str, Any]) -> AsyncIterator[AsyncIterator[Line]]:
        """Call it with a request; gives the lines of its events while the context lasts.

        Raises:
            RunFailed: it raises something.
        """
        async with aclosing(self._lines(body)) as lines:
            yield lines

    async def _lines(self, body: Mapping[str, Any]) -> AsyncGenerator[Line]:
        framing = Framing(decode_kept)
        events = await self._foreign(self._called(body))
        try:
            while True:
                data = await self._foreign(_next(events))
                for line in framing.take(data, is_last=not data):
                    yield line
                if not data:
                    return
        finally:
            with contextlib.suppress(Exception, asyncio.CancelledError):
                await self._loop.run(_closed(events))

    async def _called(self, body: Mapping[str, Any]) -> Any:
        events = self._function(*_arguments(self._function, body))
        if inspect.isawaitable(events):
            events = await events
        return aiter(events) if hasattr(events, "__aiter__") else iter(events)

    async def _foreign(self, work: Any) -> Any:
        try:
            return await self._loop.run(work)
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # its exit or interrupt is not the program's
            raise RunFailed(RunErrorCode.MODEL_ERROR, f"The agent failed: {failure_of(error).text}") from error


def _arguments(function: Callable[..., Any], body: Mapping[str, Any]) -> list[Any]:
    """The request, as the class that the function's parameter is annotated with where that is one of pydantic's."""
    parameters = list(inspect.signature(function).parameters)
    if not parameters:
        return []
    called = function if inspect.isroutine(function) else type(function).__call__
    try:
        wanted = get_type_hints(called).get(parameters[0])
    except Exception:  # an annotation that means nothing where it stands
        wanted = None
    validate = getattr(wanted, "model_validate", None)
    return [dict(body) if validate is None else validate(body)]


async def _next(events: Any) -> bytes:
    """The next event, as bytes that end it; none at the end."""
    event = await anext(events, None) if hasattr(events, "__anext__") else next(events, None)
    if event is None:
        return b""
    if isinstance(event, str | bytes):
        return (event.encode() if isinstance(event, str) else event) + b"\n\n"
    if (dump := getattr(event, "model_dump_json", None)) is not None:
        return str(dump(by_alias=True, exclude_none=True)).encode() + b"\n"
    return json.dumps(event, ensure_ascii=False, default=str).encode() + b"\n"


async def _closed(events: Any) -> None:
    if (close := getattr(events, "aclose", None)) is not None:
        await close()
    elif (end := getattr(events, "close", None)) is not None:
        end()
