"""A run's events on their way to a client: server-sent events, as fast as it reads, and no longer than it listens.

The run waits for a slow client (`EventQueue.room`), and ends where that goes, or takes nothing any more. A comment now
and then keeps proxies from closing a silent stream.
"""

import asyncio
from contextlib import suppress

from starlette.types import Receive, Scope, Send

from agent.events import wire
from agent.events.types import GIVEN, REPLY, Custom, Event
from agent.patience import Patience
from agent.runs.run import Run

__all__ = ["RunResponse"]

_SIGN_OF_LIFE = 15.0
"""Seconds of silence behind which a comment is sent."""
_PATIENCE = 120.0
"""Seconds that a client may take nothing."""
_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache, no-transform"),
    (b"x-accel-buffering", b"no"),
]


class _Gone(Exception):
    """The client listens no more."""


class RunResponse:
    """The ASGI response that a run is."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._last = 0.0
        """When something was sent, in the loop's time."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Begin the run and send all that comes of it; ends it with the connection."""
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        async with self._run:
            with suppress(_Gone):
                try:
                    async with asyncio.TaskGroup() as group:
                        others = [group.create_task(_watch(receive)), group.create_task(self._live(send))]
                        await self._send_events(send)
                        for task in others:
                            task.cancel()
                except* (_Gone, TimeoutError, OSError) as errors:
                    raise _Gone from errors
        with suppress(OSError):
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send_events(self, send: Send) -> None:
        async for batch in self._run.batches():
            data = b"".join(b"data: %b\n\n" % wire.encode(event) for event in batch if not _is_internal(event))
            if data:
                await self._send(send, data)

    async def _live(self, send: Send) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_SIGN_OF_LIFE)
            if loop.time() - self._last >= _SIGN_OF_LIFE:
                await self._send(send, b": still at work\n\n")

    async def _send(self, send: Send, data: bytes) -> None:
        async with Patience(_PATIENCE):
            await send({"type": "http.response.body", "body": data, "more_body": True})
        self._last = asyncio.get_running_loop().time()


def _is_internal(event: Event) -> bool:
    """Whether an event is no client's business: what the model was given, and what only its server understands."""
    return isinstance(event, Custom) and event.name in (GIVEN, REPLY)


async def _watch(receive: Receive) -> None:
    """Raises `_Gone` when the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
    raise _Gone
