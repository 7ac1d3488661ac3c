"""The way to an agent's server: one request out, the lines of its events in.

It owns the connection, the status and the kind of the answer, and the wait for the next bytes. How events lie in the
bytes is for `agent.events.framing`, what they mean for others. A connection serves one request: whoever leaves the
stream closes it, which is how a server learns that nobody listens any more.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from typing import Any, Protocol

import httpx2
import msgspec

from agent.events.framing import Framing, Line
from agent.events.types import ReasoningMessageContent, TextMessageContent, ToolCallArgs, Unknown
from agent.events.wire import decode_told
from agent.patience import Patience
from agent.sources.http import badly_packed, json_or_text, read_error, shown_url, tls, unread_coding
from agent.sources.remote.failures import AgentRefused

__all__ = ["Connection", "Endpoint", "decode_kept"]

_CONNECT_TIMEOUT = 30.0
"""Seconds."""
_MOST_REDIRECTS = 3
_HEAD = 2**16
"""Bytes of the beginning that are kept until the first event, to say what came instead of one."""
_FRAGMENTS = TextMessageContent | ReasoningMessageContent | ToolCallArgs | Unknown
"""Events that are kept as they are: fragments for their number, the unknown because they are whole."""


class Endpoint(Protocol):
    """What is asked: a server, or what stands in the place of one."""

    shown: str
    """What it is called, without what is secret."""

    def open(self, body: Mapping[str, Any]) -> AbstractAsyncContextManager[AsyncIterator[Line]]:
        """Send a request; gives the lines of its answer while the context lasts."""


class Connection:
    """Where an agent is and how it is talked to."""

    def __init__(self, url: str, headers: Mapping[str, str], patience: float) -> None:
        """`patience` is how many seconds a server may be silent."""
        self.url = url
        self._headers = headers
        self._patience = patience
        self._tls = tls()
        self.shown = shown_url(url)

    @asynccontextmanager
    async def open(self, body: Mapping[str, Any]) -> AsyncIterator[AsyncIterator[Line]]:
        """Send a request; gives the lines of its answer while the context lasts.

        Raises:
            AgentRefused: the server answers with another status than success, or with something else than events.
            TimeoutError: it is silent.
            httpx2.HTTPError: it is not reached, or the connection breaks.
        """
        timeout = httpx2.Timeout(None, connect=_CONNECT_TIMEOUT)
        async with httpx2.AsyncClient(timeout=timeout, verify=self._tls) as client:
            async with Patience(self._patience):
                response = await self._send(client, msgspec.json.encode(body))
            try:
                if not response.is_success:
                    async with Patience(self._patience):
                        raise await _refusal(response)
                async with aclosing(self._lines(response)) as lines:
                    yield lines
            finally:
                await response.aclose()

    async def _send(self, client: httpx2.AsyncClient, content: bytes) -> httpx2.Response:
        headers = {"Content-Type": "application/json", "Accept": "text/event-stream, application/json", **self._headers}
        request = client.build_request("POST", self.url, content=content, headers=headers)
        for _ in range(_MOST_REDIRECTS):
            response = await client.send(request, stream=True)
            # Of the redirects only these repeat the request; the others would ask for a page.
            if response.status_code not in (307, 308) or response.next_request is None:
                break
            await response.aclose()
            request = response.next_request
        return response

    async def _lines(self, response: httpx2.Response) -> AsyncGenerator[Line]:
        framing, head, has_event = Framing(decode_kept), b"", False
        pieces = response.aiter_bytes()
        while True:
            try:
                async with Patience(self._patience):
                    piece = await anext(pieces, b"")
            except httpx2.DecodingError as error:
                raise badly_packed(response, error) from error
            if not has_event:
                head = (head + piece)[:_HEAD]
                if head.lstrip(_BLANK).startswith(b"<"):
                    raise AgentRefused("a web page came instead of events", response=response)
            for line in framing.take(piece, is_last=not piece):
                has_event = has_event or line.event is not None
                if has_event:
                    yield line
            if not piece:
                break
        if not has_event:
            raise _nothing_of_use(head, response)


_BLANK = b"\xef\xbb\xbf \t\r\n"


def decode_kept(raw: bytes) -> tuple[Any, list[str]]:
    """An event as everything here decodes it; one that told more than that holds has its own words beside it."""
    event, left_out = decode_told(raw)
    if isinstance(event, _FRAGMENTS) or event.raw_event is not msgspec.UNSET:
        return event, left_out
    try:
        told = msgspec.json.decode(raw)
    except (ValueError, RecursionError):
        return event, left_out
    if isinstance(told, dict):
        told = {name: value for name, value in told.items() if value is not None}
        if told != msgspec.to_builtins(event, str_keys=True):
            event = msgspec.structs.replace(event, raw_event=msgspec.Raw(raw))
    return event, left_out


async def _refusal(response: httpx2.Response) -> AgentRefused:
    """What a status that is no success comes with."""
    status = response.status_code
    if response.is_redirect:
        place = shown_url(response.headers.get("location", "") or "another place")
        return AgentRefused(f"the server sends us on to {place}; name that URL", status=status, response=response)
    return _refused(await read_error(response), response, status)


def _refused(read: bytes, response: httpx2.Response, status: int | None) -> AgentRefused:
    text = read.decode("utf-8", "replace").strip()
    if text.startswith("<"):
        return AgentRefused(response.reason_phrase or "a web page", status=status, response=response)
    return AgentRefused(text or response.reason_phrase, status=status, body=json_or_text(text), response=response)


def _nothing_of_use(head: bytes, response: httpx2.Response) -> AgentRefused:
    """What to say of an answer that was a success and held no event."""
    if (coding := unread_coding(response)) is not None:
        return AgentRefused(f"what came is packed as {coding}, which is not read", response=response)
    if not head.strip():
        return AgentRefused("the answer is empty", response=response)
    if head.lstrip(_BLANK)[:1] in (b"{", b"["):
        return _refused(head, response, None)
    return AgentRefused("what came is no stream of AG-UI events", response=response)
