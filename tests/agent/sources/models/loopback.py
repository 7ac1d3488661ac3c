"""A server on loopback that answers as a test wrote down, in raw bytes, and keeps what it was asked."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Loopback", "Response", "events", "loopback"]


@dataclass(kw_only=True)
class Response:
    """What is sent for one request."""

    body: bytes = b""
    pieces: Sequence[bytes] = ()
    """Sent one after the other, where the body is not sent at once."""
    status: int = 200
    content_type: str = "text/event-stream"
    headers: dict[str, str] = field(default_factory=dict)
    stays_open: bool = False
    """Whether the connection is held behind the body until the client goes."""
    has_length: bool = False
    """Whether the body's length is told: a connection that ends before it is cut."""


@dataclass(kw_only=True)
class Loopback:
    """The server: where it is, what it was asked, what it says next."""

    url: str = ""
    responses: list[Response] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    refuses: Callable[[dict[str, Any]], str | None] = lambda _body: None
    """Why a request breaks the rules of the protocol; None where it keeps them."""
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    """Set with every request that keeps the rules."""
    broken: list[str] = field(default_factory=list)
    """Rules that were broken."""
    left: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a client has gone whose connection was held open."""
    heads: list[str] = field(default_factory=list)
    """The first line and the headers of each request."""


def events(*chunks: Any, done: bool = True) -> bytes:
    """Chunks as server-sent events, each a JSON value."""
    lines = [f"data: {json.dumps(chunk)}\n\n" for chunk in chunks]
    return "".join([*lines, "data: [DONE]\n\n"] if done else lines).encode()


@asynccontextmanager
async def loopback(*responses: Response) -> AsyncIterator[Loopback]:
    """A server with these responses, each for one request."""
    served = Loopback(responses=list(responses))

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await _serve(served, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client is gone
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    served.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield served
    finally:
        server.close()


async def _serve(served: Loopback, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    fields = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
    body = json.loads(await _body(reader, fields))
    served.requests.append(body)
    served.heads.append(head)
    if (problem := served.refuses(body)) is not None:
        served.broken.append(problem)
        words = json.dumps({"error": {"message": problem, "type": "invalid_request_error"}}).encode()
        response = Response(status=400, body=words, content_type="application/json")
    else:
        response = served.responses.pop(0)
        served.asked.set()
    length = {"Content-Length": str(len(response.body) + 100 * response.has_length)} if not response.pieces else {}
    headers = {"Content-Type": response.content_type, "Connection": "close", **length, **response.headers}
    if response.content_type == "text/event-stream" and not response.has_length:
        headers.pop("Content-Length", None)
    lines = [f"HTTP/1.1 {response.status} X", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    writer.write("\r\n".join(lines).encode())
    for piece in response.pieces or [response.body]:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0)
    if response.stays_open:
        await reader.read()
        served.left.set()


async def _body(reader: asyncio.StreamReader, fields: dict[str, str]) -> bytes:
    if fields.get("transfer-encoding") != "chunked":
        return await reader.readexactly(int(fields.get("content-length", "0")))
    body = b""
    while size := int((await reader.readline()).strip(), 16):
        body += (await reader.readexactly(size + 2))[:-2]
    return body
