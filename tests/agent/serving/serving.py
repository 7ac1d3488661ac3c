"""The application on loopback, behind a real server, with an agent of the test's."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any

import uvicorn

from agent.serving.app import application
from agent.settings.settings import Settings
from agent.sources.engine import Engine
from agent.sources.source import Source

__all__ = ["engine_of", "listening", "serving"]


def engine_of(source: Source) -> Engine:
    """An engine that has `source` answer."""

    class _Ready(Engine):
        async def load(self) -> Source:
            return source

    return _Ready(Settings(model="scripted", data_dir=Path("/nowhere")))


@asynccontextmanager
async def serving(source: Source, *, token: str | None = None, origins: Sequence[str] = ()) -> AsyncIterator[str]:
    """The URL at which `source` is served."""
    async with listening(application(engine_of(source), token, origins)) as url:
        yield url


@asynccontextmanager
async def listening(app: Any) -> AsyncIterator[str]:
    """The URL of an ASGI application."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1))
        server.capture_signals = nullcontext  # type: ignore[assignment,method-assign]  # they are the test runner's
        task = asyncio.create_task(server.serve([listener]))
        while not server.started:
            assert not task.done(), "the application does not start"
            await asyncio.sleep(0)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        finally:
            server.should_exit = True
            await task
