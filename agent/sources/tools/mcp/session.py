"""One MCP server in one session: started when it is first needed, kept, and started again where it has ended.

It owns the connection and the words for what goes wrong with it. A call that meets the end of its server fails, for
nobody knows what was done; the next one starts the server again. Everything here runs on one loop.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import httpx
from langchain_core.tools import ToolException
from mcp import ClientSession, McpError, StdioServerParameters, stdio_client, types
from mcp.client.sse import sse_client
from mcp.client.stdio import get_default_environment
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.context import RequestContext
from mcp.shared.session import ProgressFnT
from msgspec import UNSET

from agent.conversation.items import Asker
from agent.patience import Patience
from agent.settings.file.tables import Mcp
from agent.settings.headers import filled_headers
from agent.sources.questions.interrupts import Interrupt
from agent.sources.tools.calls.surroundings import Surroundings
from agent.sources.tools.mcp.client import Client
from agent.sources.tools.mcp.errors import ErrorLog

__all__ = ["McpSession"]

log = logging.getLogger(__name__)

_START_TIMEOUT = 30.0
_CALL_TIMEOUT = 300.0
"""Seconds, where the settings do not say."""
_HTTP_TIMEOUT = httpx.Timeout(30.0, read=_CALL_TIMEOUT)
_ENDED = (anyio.ClosedResourceError, anyio.BrokenResourceError, anyio.EndOfStream, BrokenPipeError, ConnectionError)
"""What a session raises whose server is no more."""
_MOST_PAGES = 100


@dataclass(frozen=True)
class _Call:
    """A call that goes on."""

    tool: str
    around: Surroundings
    patience: Patience


@dataclass(frozen=True)
class _Connection:
    session: ClientSession
    tools: list[types.Tool]
    keeper: "asyncio.Task[None]"
    """Ends when the server does, and ends the server where it is cancelled."""


class McpSession:
    """A server of the settings."""

    def __init__(self, name: str, config: Mcp, *, environ: Mapping[str, str], folder: Path) -> None:
        """`folder` is where its error output is kept."""
        self.name = name
        self._config = config
        self._environ = environ
        self._log_path = folder / f"mcp-{name}.log"
        self._timeout = config.timeout if config.timeout is not UNSET else _START_TIMEOUT
        self._opening: asyncio.Task[_Connection] | None = None
        self._calls: list[_Call] = []
        """What is being called, the latest last."""
        self._asking = 0
        """How many of its questions wait for the user."""

    async def tools(self) -> list[types.Tool]:
        """What it offers; starts it where need be.

        Raises:
            ToolException: it cannot be started or reached.
        """
        return (await self._connected()).tools

    async def call(self, tool: str, arguments: dict[str, Any], around: Surroundings | None) -> types.CallToolResult:
        """Call one of its tools; how far it is, and what the server asks meanwhile, goes to those `around` the call.

        Raises:
            ToolException: it cannot be reached, or ended in the middle, or refused the call.
        """
        connection = await self._connected()
        patience = Patience(_CALL_TIMEOUT)
        call = None if around is None else _Call(tool, around, patience)
        if call is not None:
            self._calls.append(call)
        try:
            async with patience:
                progress = None if call is None else _telling(call)
                return await connection.session.call_tool(tool, arguments, progress_callback=progress)
        except TimeoutError:
            raise ToolException(f"the MCP server {self.name} said nothing of {tool} for {_CALL_TIMEOUT:g} s") from None
        except McpError as error:
            if error.error.code == types.CONNECTION_CLOSED:
                raise self._ended(connection) from error
            raise ToolException(f"{self.name}: {error}") from error
        except _ENDED as error:
            raise self._ended(connection) from error
        finally:
            if call is not None:
                self._calls.remove(call)

    async def close(self) -> None:
        """End it. Harmless a second time."""
        opening, self._opening = self._opening, None
        if opening is None:
            return
        opening.cancel()
        if opening.done() and not opening.cancelled() and opening.exception() is None:
            opening.result().keeper.cancel()
            await asyncio.wait({opening.result().keeper})

    def _ended(self, connection: _Connection) -> ToolException:
        connection.keeper.cancel()
        opening = self._opening
        is_open = opening is not None and opening.done() and not opening.cancelled() and opening.exception() is None
        if opening is not None and is_open and opening.result() is connection:
            self._opening = None  # the next call does not wait for the keeper to be gone
        return ToolException(
            f"the MCP server {self.name} ended during the call; it is started again at the next one{self._see_log}"
        )

    @property
    def _see_log(self) -> str:
        return f" (what it said is in {self._log_path})" if self._config.command is not UNSET else ""

    async def _elicited(
        self, context: RequestContext[ClientSession, Any], params: types.ElicitRequestParams
    ) -> types.ElicitResult | types.ErrorData:
        """What the server asks the user. It does not say in which call; of several it is taken for the latest's.

        Accept, decline, cancel are told apart
        (https://modelcontextprotocol.io/specification/2025-06-18/client/elicitation#response-actions).
        """
        schema = getattr(params, "requestedSchema", None)  # what is asked at a URL has none
        if not self._calls or schema is None:
            return types.ElicitResult(action="decline")
        call = self._calls[-1]
        asker = Asker(f"the MCP server {self.name}", during=call.tool)
        asked = Interrupt(id="", message=params.message, schema=schema, asker=asker, takes_refusal=True)
        with self._unhurried():
            entry = await call.around.ask(asked)
        if entry.status != "resolved":
            return types.ElicitResult(action="cancel")
        if not isinstance(entry.payload, dict):
            return types.ElicitResult(action="decline")
        return types.ElicitResult(action="accept", content=entry.payload)

    @contextmanager
    def _unhurried(self) -> Iterator[None]:
        """While the user thinks no call is late: which of them waits for him, the server does not say."""
        self._asking += 1
        for call in self._calls:
            call.patience.rest()
        try:
            yield
        finally:
            self._asking -= 1
            for call in self._calls if not self._asking else ():
                call.patience.renew(_CALL_TIMEOUT)

    # Starting

    async def _connected(self) -> _Connection:
        """The connection that holds; all who wait for a start wait for the same one."""
        opening = self._opening
        if opening is not None and opening.done():
            failed = opening.cancelled() or opening.exception() is not None
            if failed or opening.result().keeper.done():
                opening = None
        if opening is None:
            opening = self._opening = asyncio.create_task(self._open(), name=f"mcp {self.name}")
        # Who stops waiting does not stop the server for the others.
        return await asyncio.shield(opening)

    async def _open(self) -> _Connection:
        opened: asyncio.Future[tuple[ClientSession, list[types.Tool]]] = asyncio.get_running_loop().create_future()
        # Its scopes want to be left by the task that entered them, so one task holds them for as long as it lives.
        keeper = asyncio.create_task(self._keep(opened), name=f"mcp {self.name} kept")
        waiting: list[asyncio.Future[Any]] = [opened, keeper]
        try:
            async with asyncio.timeout(self._timeout):
                await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        except TimeoutError as error:
            keeper.cancel()
            raise ToolException(
                f"the MCP server {self.name} did not start within {self._timeout:g} s{self._see_log}"
            ) from error
        except asyncio.CancelledError:
            keeper.cancel()
            raise
        if not opened.done():
            reason = None if keeper.cancelled() else keeper.exception()
            said = "" if isinstance(_leaf(reason), FileNotFoundError) else self._see_log
            raise ToolException(f"the MCP server {self.name} {self._why(reason)}{said}") from reason
        session, tools = opened.result()
        log.info("MCP server %s has %d tools", self.name, len(tools))
        return _Connection(session, tools, keeper)

    async def _keep(self, opened: "asyncio.Future[tuple[ClientSession, list[types.Tool]]]") -> None:
        try:
            await self._hold(self._transport(), opened)
        except Exception as error:
            if opened.done() or self._config.url is UNSET or isinstance(_leaf(error), httpx.TransportError):
                raise
            try:
                await self._hold(self._older_transport(self._config.url), opened)
            except Exception:
                if opened.done():
                    raise
                raise error from None

    async def _hold(
        self,
        transport: AbstractAsyncContextManager[tuple[Any, Any]],
        opened: "asyncio.Future[tuple[ClientSession, list[types.Tool]]]",
    ) -> None:
        """Keep a session over a transport for as long as that lasts."""
        async with AsyncExitStack() as stack:
            reading, writing = await stack.enter_async_context(transport)
            session = await stack.enter_async_context(Client(reading, writing, elicitation_callback=self._elicited))
            await session.initialize()
            tools = await _all_tools(session)
            if not opened.done():
                opened.set_result((session, tools))
            await asyncio.Event().wait()

    @property
    def _headers(self) -> dict[str, str]:
        headers = {} if self._config.headers is UNSET else self._config.headers
        return filled_headers(headers, self._environ, table=f"mcp.{self.name}")

    @asynccontextmanager
    async def _older_transport(self, url: str) -> AsyncIterator[tuple[Any, Any]]:
        """The way of servers that know only the protocol's HTTP with SSE
        (https://modelcontextprotocol.io/specification/2025-06-18/basic/transports#backwards-compatibility)."""
        async with sse_client(url, headers=self._headers, sse_read_timeout=_CALL_TIMEOUT) as (reading, writing):
            yield reading, writing

    @asynccontextmanager
    async def _transport(self) -> AsyncIterator[tuple[Any, Any]]:
        config = self._config
        if config.url is not UNSET:
            async with (
                httpx.AsyncClient(headers=self._headers, follow_redirects=True, timeout=_HTTP_TIMEOUT) as client,
                streamable_http_client(config.url, http_client=client) as (reading, writing, _session_id),
            ):
                yield reading, writing
            return
        assert config.command is not UNSET  # noqa: S101 - the settings hold one of the two
        named = [] if config.env is UNSET else config.env
        given = {name: self._environ[name] for name in named if name in self._environ}
        parameters = StdioServerParameters(
            command=config.command,
            args=[] if config.args is UNSET else config.args,
            env={**get_default_environment(), **given},
        )
        errors = ErrorLog(self._log_path)
        try:
            async with stdio_client(parameters, errlog=errors.stream) as (reading, writing):
                errors.stream.close()
                yield reading, writing
        finally:
            errors.stream.close()

    def _why(self, error: BaseException | None) -> str:
        """What went wrong with a start, in words that follow the server's name."""
        error = _leaf(error)
        if isinstance(error, FileNotFoundError):
            return f"cannot be started: there is no command {self._config.command}; is it installed?"
        if isinstance(error, _ENDED) and self._config.url is UNSET:
            return "ended before it had begun"
        if isinstance(error, McpError) and error.error.code == types.CONNECTION_CLOSED:
            return "ended before it had begun"
        words = " ".join(str(error or "").split()) or (type(error).__name__ if error else "it ended")
        if self._config.url is not UNSET:
            return f"is not reached at its url: {words}; does it run, and is the url right?"
        return f"cannot be started: {words}"


def _leaf(error: BaseException | None) -> BaseException | None:
    """The first error of a group."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _telling(call: _Call) -> ProgressFnT:
    async def tell(progress: float, total: float | None, message: str | None) -> None:
        call.around.tell(progress, total, message or "")

    return tell


async def _all_tools(session: ClientSession) -> list[types.Tool]:
    tools: list[types.Tool] = []
    cursor: str | None = None
    for _page in range(_MOST_PAGES):
        page = await session.list_tools(params=types.PaginatedRequestParams(cursor=cursor))
        tools += page.tools
        cursor = page.nextCursor
        if cursor is None:
            break
    return tools
