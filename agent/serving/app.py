"""The application: `POST /` answers an AG-UI request with a run's events, `GET /health` says that it is there.

`create_app` is its factory, for uvicorn, gunicorn, Ray Serve and any other ASGI server; it takes what is to be served
from the environment and the settings file. Nothing is kept from one request to the next, so any number of processes
can stand behind one address.
"""

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from agent.serving.conversation import told_conversation
from agent.serving.guard import Guard
from agent.serving.requests import RequestRefused, decisions, read_body, request_of
from agent.serving.streaming import RunResponse
from agent.settings.settings import Settings
from agent.sources.engine import Engine
from agent.threads import in_thread

__all__ = ["application", "create_app"]

_LARGE = 2**18
"""Bytes of a request that is gone through in a thread, so that it holds up no other."""


def create_app(settings: Settings | None = None, *, origins: Sequence[str] = ()) -> Starlette:
    """The application; `settings` None are those of the environment and the file.

    `origins` are sites whose pages may ask, besides those of the settings.

    Raises:
        UsageError: a variable has a value that cannot be used.
    """
    settings = settings or Settings.load(os.environ)
    return application(Engine(settings, is_apart=False), settings.serve_token, [*settings.serve_origins, *origins])


def application(engine: Engine, token: str | None = None, origins: Sequence[str] = ()) -> Starlette:
    """The application that has `engine` answer; clients send `token`, pages of the sites `origins` may ask."""
    endpoint = _Endpoint(engine, Guard(token, origins))

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await engine.load()  # so that the first client does not wait for it, and what is wrong ends the start
        yield

    cors = Middleware(
        CORSMiddleware, allow_origins=origins, allow_methods=["POST"], allow_headers=["Authorization", "Content-Type"]
    )
    app = Starlette(
        routes=[Route("/", endpoint.answer, methods=["POST"]), Route("/health", _health, methods=["GET"])],
        middleware=[cors] if origins else [],
        lifespan=lifespan,
    )
    app.state.engine = engine
    return app


async def _health(_request: Request) -> Response:
    return JSONResponse({"status": "ok"})


class _Endpoint:
    """Answers requests."""

    def __init__(self, engine: Engine, guard: Guard) -> None:
        self._engine = engine
        self._guard = guard

    async def answer(self, request: Request) -> ASGIApp:
        """The run that a request asks for, or why there is none."""
        try:
            self._guard.check(request)
            if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
                raise RequestRefused(415, "the request has to be application/json")
            if request.headers.get("content-encoding", "identity") != "identity":
                raise RequestRefused(415, "the request has to come as it is, without an encoding")
            body = await read_body(request.stream(), request.headers.get("content-length"))
            given = request_of(body) if len(body) < _LARGE else await in_thread(request_of, body)
            conversation = told_conversation(given) if len(body) < _LARGE else await in_thread(told_conversation, given)
        except RequestRefused as refused:
            headers = {"WWW-Authenticate": "Bearer"} if refused.status == 401 else None
            return JSONResponse({"detail": str(refused)}, refused.status, headers)
        except ClientDisconnect:
            return Response(status_code=400)
        return RunResponse(self._engine.serve(given, conversation, decisions(given.resume or ())))
