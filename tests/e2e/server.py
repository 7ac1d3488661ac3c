"""A model's server on the loopback interface that says exactly what a test scripts, when the test lets it.

It speaks OpenAI's streaming Chat Completions (https://platform.openai.com/docs/api-reference/chat/streaming) and keeps
every request. Between two chunks a script can hold a `Gate`: the server goes on when the test opens it, so no test
sleeps to be in the middle of an answer.
"""

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

__all__ = [
    "Cut",
    "Gate",
    "ModelServer",
    "Part",
    "Refusal",
    "arguments",
    "call",
    "finish",
    "model_server",
    "text",
    "usage",
]

_DEADLINE = 300.0
"""Seconds after which a gate that nobody opens lets the server go on, so that no test hangs for good."""


class Gate:
    """A place in a reply where the server waits for the test."""

    def __init__(self) -> None:
        self._reached = threading.Event()
        self._opened = threading.Event()

    @property
    def is_reached(self) -> bool:
        """Whether all that stands before the gate has been sent."""
        return self._reached.is_set()

    def open(self) -> None:
        """Let the server go on."""
        self._opened.set()

    def pass_through(self) -> None:
        """The server's side: wait for the test."""
        self._reached.set()
        self._opened.wait(_DEADLINE)


@dataclass(frozen=True)
class Cut:
    """The connection breaks here."""


@dataclass(frozen=True)
class Refusal:
    """No stream at all but an HTTP error."""

    status: int
    message: str = "try again later"
    headers: dict[str, str] = field(default_factory=dict)


Chunk = dict[str, Any]
Part = Chunk | Gate | Cut
Reply = Sequence[Part] | Refusal


def text(content: str) -> Chunk:
    """A fragment of plain text."""
    return _chunk({"content": content})


def call(name: str, arguments: str = "", *, index: int = 0, id: str | None = None) -> Chunk:
    """The beginning of a tool call, with as much of its arguments as is given."""
    function = {"name": name, "arguments": arguments}
    start = {"index": index, "id": id or f"call_{index}_{name}", "type": "function", "function": function}
    return _chunk({"tool_calls": [start]})


def arguments(fragment: str, *, index: int = 0) -> Chunk:
    """The next fragment of a call's arguments."""
    return _chunk({"tool_calls": [{"index": index, "function": {"arguments": fragment}}]})


def finish(reason: str = "stop") -> Chunk:
    """The model is done."""
    return _chunk({}, reason)


def usage(input_tokens: int, output_tokens: int) -> Chunk:
    """What the call cost, in a chunk of its own."""
    total = input_tokens + output_tokens
    counts = {"prompt_tokens": input_tokens, "completion_tokens": output_tokens, "total_tokens": total}
    return {**_chunk({}), "choices": [], "usage": counts}


def _chunk(delta: dict[str, Any], finish_reason: str | None = None) -> Chunk:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}


class ModelServer(ThreadingHTTPServer):
    """Gives the scripted replies, one a request."""

    daemon_threads = True

    def __init__(self, replies: Sequence[Reply]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[dict[str, Any]] = []
        """The bodies of all requests so far."""
        self.headers: list[dict[str, str]] = []
        """Their headers, by their names in lower case."""
        self._replies = replies

    @property
    def environment(self) -> dict[str, str]:
        """What makes the program use this server."""
        return {
            "OPENAI_BASE_URL": f"http://127.0.0.1:{self.server_port}/v1",
            "OPENAI_API_KEY": "sk-e2e",
            "TICKERTAPE_MODEL": "openai:scripted",
        }

    def next_reply(self, request: dict[str, Any]) -> Reply:
        """The reply to the next request; an unscripted one is refused, and not tried again."""
        number = len(self.requests)
        self.requests.append(request)
        unscripted = Refusal(418, "the test scripted no reply to this request")
        return self._replies[number] if number < len(self._replies) else unscripted

    def open_all_gates(self) -> None:
        """Let every reply go on to its end."""
        for reply in self._replies:
            for part in reply if not isinstance(reply, Refusal) else ():
                if isinstance(part, Gate):
                    part.open()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no error here: tests kill and cancel."""


class _Handler(BaseHTTPRequestHandler):
    server: ModelServer
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.headers.append({name.lower(): value for name, value in self.headers.items()})
        reply = self.server.next_reply(body)
        self.close_connection = True
        if isinstance(reply, Refusal):
            self._refuse(reply)
        else:
            with suppress(OSError):  # the client has left
                self._stream(reply)

    def _refuse(self, refusal: Refusal) -> None:
        body = json.dumps({"error": {"message": refusal.message}}).encode()
        self.send_response(refusal.status)
        headers = {"Content-Type": "application/json", "Content-Length": str(len(body)), "Connection": "close"}
        for name, value in {**headers, **refusal.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, parts: Sequence[Part]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.send_header("Connection", "close")
        self.end_headers()
        for part in parts:
            if isinstance(part, Gate):
                part.pass_through()
            elif isinstance(part, Cut):
                return
            else:
                self._send(f"data: {json.dumps(part)}\n\n")
        self._send("data: [DONE]\n\n")
        self.wfile.write(b"0\r\n\r\n")

    def _send(self, line: str) -> None:
        data = line.encode()
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@contextmanager
def model_server(*replies: Reply) -> Iterator[ModelServer]:
    """A server that gives these replies in order, until the block is left."""
    server = ModelServer(replies)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.open_all_gates()
        server.shutdown()
        thread.join()
        server.server_close()
