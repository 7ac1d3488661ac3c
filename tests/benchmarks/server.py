"""The model's server, in a process of its own: sends loads at their rate and keeps the time of each socket write.

It speaks just enough of OpenAI's streaming Chat Completions
(https://platform.openai.com/docs/api-reference/chat/streaming). Fragments are sent by deadlines, so a late one does not
make the next one late. All times are of the system's monotonic clock, which all processes share.
"""

import asyncio
import http.client
import json
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Self

from tests.benchmarks.load import Load

__all__ = ["LoadServer", "Sent"]

_AT_ONCE = 64
"""Fragments between two looks at whether the client keeps up, where there is no rate."""


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What the server did for one load."""

    asked: float
    """When the request was there."""
    writes: list[float]
    """When each fragment was handed to the socket."""


class LoadServer:
    """The server's process, until the `with` block is left."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen([sys.executable, "-m", "tests.benchmarks.server"], stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()

    @property
    def url(self) -> str:
        """What `OPENAI_BASE_URL` must be."""
        return f"http://127.0.0.1:{self.port}/v1"

    def sent(self, load: Load) -> Sent:
        """What was done for `load`, whose marks must be its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", f"/log/{load.mark}")
        sent = json.loads(connection.getresponse().read())
        connection.close()
        return Sent(asked=sent["asked"], writes=sent["writes"])


# The server's side

_log: dict[int, dict[str, Any]] = {}


async def _serve() -> None:
    server = await asyncio.start_server(_connection, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


async def _connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            asked = time.monotonic()
            path = head[0].split(" ")[1]
            if path.startswith("/log/"):
                _respond(writer, json.dumps(_log[int(path.removeprefix("/log/"))]).encode())
            elif (load := _asked_for(body)) is not None:
                await _stream(writer, load, asked)
            else:
                _respond(writer, b'{"error": {"message": "not a load"}}', "400 Bad Request")
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass  # the client has left
    finally:
        writer.close()


def _respond(writer: asyncio.StreamWriter, body: bytes, status: str = "200 OK") -> None:
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)


def _asked_for(body: bytes) -> Load | None:
    """The load of a question. `bench-7` says it with the mark 7: several models may be asked at once."""
    request = json.loads(body) if body else {}
    messages = request.get("messages", [])
    content = messages[-1]["content"] if messages else ""
    load = Load.parse(content if isinstance(content, str) else json.dumps(content))
    mark = str(request.get("model", "")).rpartition("-")[2]
    return replace(load, mark=int(mark)) if load is not None and mark.isdecimal() else load


async def _stream(writer: asyncio.StreamWriter, load: Load, asked: float) -> None:
    chunks = [_chunk(_argument(piece) if load.is_call else {"content": piece}) for piece in load.pieces()]
    writes: list[float] = []
    _log[load.mark] = {"asked": asked, "writes": writes}
    head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    first: dict[str, Any] = {"role": "assistant", "content": ""}
    if load.is_call:
        call = {"name": "note", "arguments": ""}
        first = {"role": "assistant", "tool_calls": [{"index": 0, "id": f"call_{load.mark}", "function": call}]}
    writer.write(head.encode() + _chunk(first))
    start = time.monotonic()
    for number, chunk in enumerate(chunks):
        if load.rate:
            early = start + number / load.rate - time.monotonic()
            if early > 0:
                await asyncio.sleep(early)
        elif number % _AT_ONCE == 0:
            await writer.drain()
        if writer.is_closing():  # the client has left
            return
        writes.append(time.monotonic())
        writer.write(chunk)
    usage = {"prompt_tokens": 10, "completion_tokens": load.tokens, "total_tokens": load.tokens + 10}
    writer.write(
        _chunk({}, finish_reason="tool_calls" if load.is_call else "stop")
        + _chunk(None, usage=usage)
        + _sized(b"data: [DONE]\n\n")
        + b"0\r\n\r\n"
    )


def _argument(piece: str) -> dict[str, Any]:
    """A fragment of a call's arguments."""
    return {"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}


def _chunk(delta: dict[str, Any] | None, *, finish_reason: str | None = None, **fields: Any) -> bytes:
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish_reason}]
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "bench"}
    return _sized(b"data: " + json.dumps({**head, "choices": choices, **fields}).encode() + b"\n\n")


def _sized(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


if __name__ == "__main__":
    asyncio.run(_serve())
