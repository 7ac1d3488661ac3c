"""What can go wrong with an agent behind a URL, as bytes: one line that says what to do, and the chat goes on."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from agent.conversation.reducer import Conversation
from agent.conversation.run import Run, RunStatus
from agent.events import types as ev
from agent.secrets import Secrets
from agent.sources.remote.connection import Connection
from agent.sources.remote.source import RemoteSource
from tests.agent.scripted import of
from tests.agent.sources.models.loopback import Response, loopback
from tests.agent.sources.remote.asking import events_of, remote, says, stream, told

JSON = "application/json"
WHOLE = told(*says("well"))


async def _failed(*responses: Response, patience: float = 20.0) -> Run:
    """The turn that these come to; behind it the next one is answered."""
    async with loopback(*responses, stream(*says("well"))) as server:
        source = remote(server, patience=patience)
        first = await events_of(source)
        second = await events_of(source, "again", Conversation(first))
    runs = Conversation([*first, *second]).runs
    assert (len(runs), runs[1].answer) == (2, "well")
    assert runs[0].error is not None
    assert "\n" not in runs[0].error
    return runs[0]


@pytest.mark.parametrize(
    ("response", "words"),
    [
        (
            Response(status=401, body=b'{"detail": "no token"}', content_type=JSON),
            "refuses us (401: no token). Name its token",
        ),
        (Response(status=403, body=b"", content_type=JSON), "refuses us (403"),
        (
            Response(status=404, body=b"<html>not here</html>", content_type="text/html"),
            "There is no agent at http://127",
        ),
        (Response(status=405, body=b"", content_type=JSON), "Is this the URL of its AG-UI endpoint"),
        (
            Response(status=500, body=b"Internal Server Error", content_type="text/plain"),
            "failed (500: Internal Server Error); look",
        ),
        (
            Response(body=b"<!doctype html><title>x</title>", content_type="text/html"),
            "a web page came instead of events",
        ),
        (Response(body=b"\xef\xbb\xbf  <html>", content_type="text/event-stream"), "a web page came instead of events"),
        (Response(body=b'{"error": {"message": "no such graph"}}', content_type=JSON), "sent no events: no such graph"),
        (Response(body=b"", content_type="text/event-stream"), "the answer is empty"),
        (
            Response(body=b"\x00\xff\xfe garbage \x80\r\n\r\nmore", content_type="text/plain"),
            "no stream of AG-UI events",
        ),
        (Response(body=b"data: one\n\ndata: [1, 2]\n\n"), "no stream of AG-UI events"),
        (Response(body=WHOLE, headers={"Content-Encoding": "gzip"}), "not packed as its Content-Encoding says (gzip: "),
        (Response(body=b"\x0b\x02\x80", headers={"Content-Encoding": "br"}), "what came is packed as br, which"),
        (Response(status=401, body=b"no", headers={"Content-Encoding": "deflate"}), "refuses us (401"),
        (Response(status=302, headers={"Location": "http://u:secret9@else/x?key=1"}), "sends us on to http://else/x"),
    ],
)
async def test_an_answer_that_is_no_stream_of_events_is_said_in_one_line(response: Response, words: str) -> None:
    run = await _failed(response)
    assert run.status is RunStatus.MODEL_ERROR
    assert words in str(run.error)
    assert "secret9" not in str(run.error)


@pytest.mark.parametrize("at", [1, 40, len(WHOLE) // 2, WHOLE.index(b"RUN_FINISHED")])
@pytest.mark.parametrize("has_length", [True, False])
async def test_a_stream_that_stops_keeps_what_came_and_says_so(at: int, has_length: bool) -> None:
    run = await _failed(Response(body=WHOLE[:at], has_length=has_length))
    assert run.error is not None
    if at > 100:
        assert (run.status, "stopped before it was done" in run.error) == (RunStatus.TRUNCATED, True)
    else:
        assert run.status is RunStatus.MODEL_ERROR


@pytest.mark.parametrize("body", [b"", told(*says("so far")[:-1], done=False)])
async def test_a_server_that_says_nothing_any_more_is_given_up(body: bytes) -> None:
    run = await _failed(Response(body=body, stays_open=True), patience=0.3)
    assert "said nothing for 0.3 s" in str(run.error)


async def test_no_server_at_all_is_said_after_some_tries() -> None:
    async with loopback() as server:
        source = remote(server)
    events = await events_of(source)  # it has gone
    run = Conversation(events).runs[0]
    assert "No agent answers at http://127.0.0.1" in str(run.error)
    assert "Is it running" in str(run.error)
    assert len([event for event in of(events, ev.Custom) if event.name == ev.RETRY]) == 3


async def test_a_server_that_has_too_much_to_do_is_asked_again() -> None:
    busy = Response(status=503, body=b"busy", content_type="text/plain", headers={"Retry-After": "0"})
    async with loopback(busy, busy, stream(*says("well"))) as server:
        events = await events_of(remote(server))
    run = Conversation(events).runs[0]
    assert (run.answer, len(server.requests)) == ("well", 3)
    assert all("busy" in notice.text for notice in run.notices)


async def test_an_older_server_that_refuses_what_it_does_not_know_is_asked_without_it_from_then_on() -> None:
    def refuses(body: dict[str, object]) -> str | None:
        return "extra fields not permitted" if "protocolVersion" in body else None

    async with loopback(stream(*says("one")), stream(*says("two"))) as server:
        server.refuses = refuses
        source = remote(server)
        first = await events_of(source)
        await events_of(source, "again", Conversation(first))
    assert [("protocolVersion" in body) for body in server.requests] == [True, False, False]


Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def _raw(serve: Serve):  # type: ignore[no-untyped-def]  # a generator of a source
    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await serve(reader, writer)
        writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield RemoteSource(Connection(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", {}, 5.0))
    finally:
        server.close()


async def test_a_connection_that_is_reset_is_said() -> None:
    async def reset(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    async with _raw(reset) as source:
        run = Conversation(await events_of(source)).runs[0]
    assert "closed the connection without an answer" in str(run.error)


async def test_what_is_no_http_is_said() -> None:
    async def greet(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n")
        await writer.drain()

    async with _raw(greet) as source:
        run = Conversation(await events_of(source)).runs[0]
    assert run.status is RunStatus.MODEL_ERROR
    assert "closed the connection without an answer" in str(run.error)


async def test_lines_that_are_no_events_are_told_and_the_rest_is_taken() -> None:
    good = [f"data: {json.dumps(event)}\n\n".encode() for event in says("still here")]
    start, end = told().split(b"\n\n")[:2]
    body = b"".join([start, b"\n\n: a comment\n\n", *good[:2], b"data: {broken\n\n", *good[2:], end, b"\n\n"])
    async with loopback(Response(body=body)) as server:
        events = await events_of(remote(server))
    run = Conversation(events).runs[0]
    assert run.answer == "still here"
    assert any("was skipped" in notice.text for notice in run.notices)


@pytest.mark.parametrize("size", [1, 7, 4096])
async def test_how_the_bytes_are_cut_makes_no_difference(size: int) -> None:
    body = told(*says("heiß — 東京")).replace(b"\n", b"\r\n")
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    async with loopback(Response(pieces=pieces)) as server:
        events = await events_of(remote(server))
    assert Conversation(events).runs[0].answer == "heiß — 東京"


async def test_json_lines_are_events_as_well() -> None:
    lines = b"".join(line.removeprefix(b"data: ") + b"\n" for line in told(*says("well")).split(b"\n\n"))
    async with loopback(Response(body=lines, content_type="application/x-ndjson")) as server:
        events = await events_of(remote(server))
    assert Conversation(events).runs[0].answer == "well"


async def test_a_token_is_sent_and_stands_in_no_error() -> None:
    words = json.dumps({"detail": "bad token sesame-123"}).encode()
    async with loopback(Response(status=401, body=words, content_type=JSON)) as server:
        source = remote(server)
        source.secrets = Secrets(["sesame-123"])
        run = Conversation(await events_of(source)).runs[0]
    assert "authorization: bearer sesame-123" in server.heads[0].lower()
    assert "sesame" not in str(run.error)


async def test_a_server_that_sends_the_request_elsewhere_on_its_own_host_is_followed() -> None:
    async with loopback(stream(*says("well"))) as server:
        server.responses.insert(0, Response(status=307, headers={"Location": f"{server.url}/agent/"}))
        events = await events_of(remote(server))
    assert Conversation(events).runs[0].answer == "well"
    assert server.heads[1].startswith("POST /agent/ ")
    assert len(of(events, ev.RunFinished)) == 1
