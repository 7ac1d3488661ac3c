"""The way to a server: one request out, the data of its events in, as plain JSON.

It owns connections, statuses, framing and the end of a stream, and knows nothing of messages. A reply may be a stream
of server-sent events, JSON lines or one JSON value, whatever its content type says.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
import msgspec

from agent.events.sse import SseDecoder
from agent.sources.http import badly_packed, json_or_text, read_error, shown_url, tls, unread_coding
from agent.sources.models.openai.chunks import error_in, unwrapped

__all__ = ["Connection", "ReplyStream", "ServerError"]

_CONNECT_TIMEOUT = 30.0
"""Seconds. How long a token may take is for the executor to say."""
_END_GRACE = 2.0
"""Seconds that a stream which is over is given to tell its usage and to close."""
_MOST_REDIRECTS = 3
_DONE = ("[DONE]", "DONE")
_SHOWN = 200
"""Bytes that are shown of a body that is no reply."""
_PATH = "/chat/completions"
_TITLE = re.compile(r"<title[^>]*>([^<]{1,200})", re.IGNORECASE)
_XML_WORDS = re.compile(r"<(?:message|faultstring|detail|description)>([^<]{1,500})<", re.IGNORECASE)
_FIELD = re.compile(r"(?:data:\s*)+", re.IGNORECASE)
_BLANK = b"\xef\xbb\xbf \t\r\n"
"""Bytes that may stand in front of any body: a byte order mark and white space."""


class ServerError(Exception):
    """What a server said instead of a reply.

    Named as OpenAI's client names them, so that one reader of failures does for all clients: `status_code` is the HTTP
    status, or that of an error in band, where there is one; `body` its JSON or its text; `response` has the headers.
    """

    def __init__(
        self, message: str, *, status_code: int | None = None, body: Any = None, response: httpx2.Response | None = None
    ) -> None:
        super().__init__(message)
        self.status_code = status_code
        self.body = body
        self.response = response


class Connection:
    """Where a server is and how it is talked to."""

    def __init__(self, base_url: str, api_key: str) -> None:
        self.url = _endpoint(base_url)
        self._api_key = api_key.strip()
        self._clients: dict[asyncio.AbstractEventLoop, _Held] = {}
        """One for each loop: connections belong to the loop that made them."""
        self._tls = tls()

    @asynccontextmanager
    async def held(self) -> AsyncIterator[httpx2.AsyncClient]:
        """Keeps connections open for requests one after the other; they are closed with the last context."""
        loop = asyncio.get_running_loop()
        held = self._clients.get(loop)
        if held is None:
            timeout = httpx2.Timeout(None, connect=_CONNECT_TIMEOUT)
            held = self._clients[loop] = _Held(httpx2.AsyncClient(timeout=timeout, verify=self._tls))
        held.users += 1
        try:
            yield held.client
        finally:
            held.users -= 1
            if not held.users:
                del self._clients[loop]
                await held.client.aclose()

    @asynccontextmanager
    async def open(self, payload: Mapping[str, Any], headers: Mapping[str, str]) -> AsyncIterator["ReplyStream"]:
        """Send a request; gives its reply while the context lasts.

        Raises:
            ServerError: the server answers with another status than success.
            httpx2.HTTPError: it is not reached.
        """
        async with self.held() as client:
            response = await self._send(client, payload, headers)
            try:
                if not response.is_success:
                    raise await _refusal(response)
                yield ReplyStream(response)
            finally:
                await response.aclose()

    async def _send(
        self, client: httpx2.AsyncClient, payload: Mapping[str, Any], headers: Mapping[str, str]
    ) -> httpx2.Response:
        request = client.build_request(
            "POST",
            self.url,
            content=msgspec.json.encode(payload),
            headers={
                "Authorization": f"Bearer {self._api_key}",
                "Content-Type": "application/json",
                "Accept": "text/event-stream, application/json",
                **headers,
            },
        )
        for _ in range(_MOST_REDIRECTS):
            try:
                response = await client.send(request, stream=True)
            except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
                raise type(error)(f"no connection to {shown_url(request.url)} ({error})", request=request) from error
            # Of the redirects only these repeat the request; the others would ask for a page.
            if response.status_code not in (307, 308) or response.next_request is None:
                break
            await response.aclose()
            request = response.next_request
        return response


def _endpoint(base_url: str) -> httpx2.URL:
    """Where completions are asked for: below the base URL, whose query stays (Azure's has the version there).

    Many servers' pages show the whole address, or one without a scheme: both are taken for what they mean.
    """
    address = base_url.strip()
    if "://" not in address:
        host = address.partition("/")[0].partition(":")[0]
        address = f"{'http' if host == 'localhost' or host.replace('.', '').isdigit() else 'https'}://{address}"
    url = httpx2.URL(address)
    path = url.path.rstrip("/")
    return url.copy_with(path=path if path.endswith(_PATH) else path + _PATH)


@dataclass(slots=True)
class _Held:
    """A client, and how many use it."""

    client: httpx2.AsyncClient
    users: int = 0


class ReplyStream:
    """The JSON objects of a reply, in order."""

    _DECODER = json.JSONDecoder(strict=False)

    def __init__(self, response: httpx2.Response) -> None:
        self._response = response
        self._bytes = response.aiter_bytes()
        self.is_done = False
        """Whether the server said that it is done, which is not the same as having stopped."""
        self._deadline: float | None = None
        """Until when a reply that is over is read on, in the loop's time."""
        self._unread: dict[str, Any] | None = None
        """The first object that is no part of a reply."""

    def expect_end(self) -> None:
        """Nothing more is needed: the stream may stay open or break from now on, and is not waited for long."""
        self._deadline = asyncio.get_running_loop().time() + _END_GRACE

    def expect_more(self) -> None:
        """What looked like the end was none: it is known no more by anything but the end itself."""
        self._deadline = None

    def check(self, has_begun: bool) -> None:
        """Whether what has come to its end, of which something `has_begun`, was a reply at all.

        Raises:
            ServerError: it was something else.
            httpx2.HTTPError: it was nothing.
        """
        if has_begun:
            return
        if (coding := unread_coding(self._response)) is not None:
            raise ServerError(f"what came is packed as {coding}, which is not read", response=self._response)
        if self._unread is not None:
            words = json.dumps(self._unread, ensure_ascii=False)
            raise ServerError(f"what came is no reply: {words[:_SHOWN]}", body=self._unread, response=self._response)
        if not self.is_done:
            request = self._response.request
            raise httpx2.RemoteProtocolError("the connection was cut before a reply began", request=request)

    async def __aiter__(self) -> AsyncIterator[dict[str, Any]]:
        """Raises:
        ServerError: an error in band, or a body that is no reply.
        httpx2.HTTPError: the connection breaks.
        """
        piece = await self._head()
        if piece.lstrip(_BLANK).startswith((b"{", b"[", b"<")):
            for chunk in await self._whole(piece):
                yield chunk
            return
        decoder, head, is_told = SseDecoder(), piece[:_SHOWN], False
        while piece:
            for name, data in [*((event.event, event.data) for event in decoder.feed(piece)), *_strays(decoder)]:
                is_told = True
                for chunk in self._chunks(name, data):
                    yield chunk
                if self.is_done:
                    return
            piece = await self._next()
        last = decoder.end()
        for name, data in [*([(last.event, last.data)] if last else []), *_strays(decoder)]:
            is_told = True  # its empty line never came
            for chunk in self._chunks(name, data, is_cut=True):
                yield chunk
        is_stream = is_told or "event-stream" in self._response.headers.get("content-type", "")
        if not is_stream and (words := " ".join(_decoded(head, self._response).split())):
            raise ServerError(f"what came is no reply: {words}", body=None, response=self._response)

    async def _head(self) -> bytes:
        """The first bytes, as many as tell what kind of body it is; none of an empty one."""
        head = b""
        while not head.lstrip(_BLANK) and (piece := await self._next()):
            head += piece
        return head

    async def _next(self) -> bytes:
        """The next bytes; none at the end, which a broken or silent connection is once the reply is over."""
        try:
            async with asyncio.timeout_at(self._deadline):
                return await anext(self._bytes, b"")
        except TimeoutError:
            return b""
        except (httpx2.TransportError, httpx2.DecodingError) as error:
            if self._deadline is not None:
                return b""
            if isinstance(error, httpx2.DecodingError):
                raise badly_packed(self._response, error) from error
            raise type(error)(f"the connection was cut: {error}", request=self._response.request) from error

    async def _whole(self, head: bytes) -> list[dict[str, Any]]:
        """The chunks of a body that is no stream of events: JSON, one value or one a line."""
        pieces = [head]
        while piece := await self._next():
            pieces.append(piece)
        text = b"".join(pieces).decode("utf-8-sig", "replace").strip()
        if text.startswith("<"):
            raise ServerError(_page(self._response, text), body=None, response=self._response)
        chunks = list(self._chunks("message", text))
        self.is_done = True
        return chunks

    def _chunks(self, event: str, data: str, *, is_cut: bool = False) -> list[dict[str, Any]]:
        """The objects in the data of an event."""
        values: list[Any] = []
        if data[:5].lower() == "data:":
            data = _FIELD.sub("", data, count=1)
        if _is_done(data):
            self.is_done = True
        elif data.lstrip()[:1] in ("{", "[") or event == "error":
            values = self._values(data, event, is_cut=is_cut)
        # Anything else is no JSON: a sign of life of a proxy.
        chunks = [one for value in values for one in (value if isinstance(value, list) else [value])]
        chunks = [unwrapped(one) for one in chunks if isinstance(one, dict)]
        for chunk in chunks:
            if (error := error_in(chunk, event)) is not None:
                raise ServerError(str(error)[:500], status_code=_status(error), body=error, response=self._response)
            if self._unread is None and chunk and "choices" not in chunk and chunk.keys() != {"type"}:
                self._unread = chunk
        if event == "done" and not any("choices" in chunk for chunk in chunks):
            self.is_done = True
        return chunks

    def _values(self, data: str, event: str, *, is_cut: bool) -> list[Any]:
        try:
            return [msgspec.json.decode(data)]
        except msgspec.DecodeError:
            pass
        values: list[Any] = []
        for line in data.split("\n"):  # events without the empty line between them are one event of many lines
            line = _FIELD.sub("", line.strip(), count=1)
            if _is_done(line):
                self.is_done = True
                break
            try:
                while line := line.lstrip():
                    value, end = self._DECODER.raw_decode(line)
                    values.append(value)
                    line = line[end:]
            except (ValueError, RecursionError) as error:
                if is_cut:
                    break
                if event == "error":
                    raise ServerError(data, body=data, response=self._response) from error
                raise ServerError("the model's server sent a chunk that is not JSON", body=None) from error
        return values


def _strays(decoder: SseDecoder) -> list[tuple[str, str]]:
    """What a server wrote without the form of an event: why it breaks down, as a line of JSON, or that it is done."""
    return [("message", line) for line in decoder.take_strays() if line.startswith(("{", *_DONE))]


def _is_done(data: str) -> bool:
    """Whether data say that the stream is done, as OpenAI does or nearly so."""
    return len(data) < 20 and data.strip().strip('"').upper() in _DONE


async def _refusal(response: httpx2.Response) -> ServerError:
    """What a status that is no success comes with."""
    status = response.status_code
    if response.is_redirect:
        place = response.headers.get("location", "another place")
        return ServerError(f"the server sends us on to {place}; set the base URL to where it is", status_code=status)
    text = _decoded(await read_error(response), response).strip()
    if text.startswith("<"):
        return ServerError(_page(response, text), status_code=status, response=response)
    return ServerError(text or response.reason_phrase, status_code=status, body=json_or_text(text), response=response)


def _decoded(body: bytes, response: httpx2.Response) -> str:
    """The text of an error, which proxies write in whatever encoding they like."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        try:
            return body.decode(response.charset_encoding or "cp1252", "replace")
        except LookupError:
            return body.decode("utf-8", "replace")


def _page(response: httpx2.Response, text: str) -> str:
    title = _XML_WORDS.search(text) if "<html" not in text[:500].lower() else None
    if response.status_code >= 500:
        title = title or _TITLE.search(text)
    if title is not None:
        return " ".join(title[1].split())
    return f"a web page came from {shown_url(response.url)} instead of a reply; is the base URL right? Most end in /v1"


def _status(error: Any) -> int | None:
    """The HTTP status that an error in band names."""
    for name in ("status_code", "status", "code", "http_code"):
        value = error.get(name) if isinstance(error, dict) else None
        if isinstance(value, str) and value.isascii() and value.isdigit():
            value = int(value)
        if isinstance(value, int) and 400 <= value < 600:
            return value
    return None
