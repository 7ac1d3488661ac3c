"""`tickertape serve`: the agent as an AG-UI endpoint, until it is ended."""

import argparse
import asyncio
import socket
import sys

from agent.errors import UsageError
from agent.settings.settings import Settings
from agent.text import visible
from tui.cli.parsing import EXIT_CANCELLED, EXIT_OK, Commands, common_options

__all__ = ["DEFAULT_PORT", "add_parser"]

DEFAULT_PORT = 8123
_GRACE = 3
"""Seconds that answers which are going on are given at the end."""


def add_parser(commands: Commands, epilog: str) -> None:
    """Add the command to the command line."""
    serve = commands.add_parser(
        "serve",
        help="be an AG-UI endpoint for others",
        description="Answer AG-UI requests at POST / with the model or the graph that is set. Beyond this machine "
        "a token is needed: set TICKERTAPE_SERVE_TOKEN, and clients send it as Authorization: Bearer TOKEN.",
        parents=[common_options(argparse.SUPPRESS)],
        epilog=epilog,
    )
    serve.add_argument("--host", metavar="ADDRESS", default="127.0.0.1", help="where to listen (127.0.0.1)")
    serve.add_argument(
        "--port", metavar="N", type=int, default=DEFAULT_PORT, help=f"the port ({DEFAULT_PORT}; 0 takes a free one)"
    )
    serve.add_argument(
        "--origin", metavar="URL", action="append", help="a site whose pages may ask (CORS); may be repeated"
    )
    serve.set_defaults(run=_run)


def _run(settings: Settings, args: argparse.Namespace) -> int:
    """Serve until a signal ends it.

    Raises:
        UsageError: it cannot be served so.
    """
    try:
        import uvicorn

        from agent.serving.app import create_app
        from agent.serving.guard import TOKEN, is_loopback
    except ImportError as error:
        raise UsageError("serve needs the serve extra: pip install 'tickertape[serve]'") from error
    if settings.agent_url is not None:
        raise UsageError("--agent: this agent is behind a URL already; serve a model or a graph")
    if settings.serve_token is None and not is_loopback(args.host):
        raise UsageError(f"--host {args.host} lets others in: set {TOKEN} to the token that they have to send")
    with _listener(args.host, args.port) as listener:
        app = create_app(settings, origins=args.origin or ())
        config = uvicorn.Config(
            app, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=_GRACE
        )
        asyncio.run(app.state.engine.load())
        host, port = listener.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        print(
            visible(f"{settings.shown_model} answers at http://{shown}:{port}/ (AG-UI); Ctrl+C ends it"),
            file=sys.stderr,
        )
        try:
            uvicorn.Server(config).run([listener])
        except KeyboardInterrupt:
            return EXIT_CANCELLED
    return EXIT_OK


def _listener(host: str, port: int) -> socket.socket:
    """A socket that listens there.

    Raises:
        UsageError: it cannot.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=2048)
    except (OSError, OverflowError) as error:
        words = getattr(error, "strerror", None) or error
        raise UsageError(f"cannot listen at {host}:{port}: {words}; choose another --port") from error
