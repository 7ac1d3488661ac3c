"""The command line: arguments in, an exit code out.

It turns arguments and the environment into settings and hands them to the screen or to the headless printer. Nothing
heavy is imported before it is known to be needed: `--help` and `--version` load neither Textual nor LangChain.
"""

import argparse
import logging
import os
import sys
import warnings
from collections.abc import Sequence
from importlib.metadata import version
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler

from agent.errors import TickertapeError, TranscriptError, UsageError
from agent.settings import Settings
from agent.transcript import Sessions, make_private_folder

__all__ = ["EXIT_CANCELLED", "EXIT_FAILED", "EXIT_OK", "EXIT_USAGE", "main", "run"]

EXIT_OK = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_CANCELLED = 130

_EPILOG = """\
environment: OPENAI_API_KEY, OPENAI_BASE_URL, TICKERTAPE_MODEL, TICKERTAPE_DATA_DIR. Without a key or a base URL the
built-in offline model answers. Exit codes: 0 answered, 1 the run failed, 2 usage, 130 cancelled."""


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--model", metavar="SPEC", help="offline, openai:NAME or PROVIDER:NAME")
    common.add_argument(
        "--tools",
        metavar="MODULE:NAME",
        action="append",
        default=[],
        help="a tool, function or list of them to bind as well; asks before it runs; may be repeated",
    )
    common.add_argument("--no-tools", action="store_true", help="bind no tools: a plain chat")
    common.add_argument("--system", metavar="TEXT", help="the system prompt")
    common.add_argument("--data-dir", metavar="DIR", help="where sessions and the log are kept")
    common.add_argument("--resume", metavar="ID", help="go on with a saved session; the id can be shortened")
    common.add_argument("--debug", action="store_true", help="log everything, and show tracebacks")

    parser = argparse.ArgumentParser(
        prog="tickertape",
        description="Chat with a tool-calling agent and see every token of every tool call.",
        epilog=_EPILOG,
        parents=[common],
    )
    parser.add_argument("--version", action="version", version=f"tickertape {version('tickertape')}")
    parser.add_argument("--continue", dest="latest", action="store_true", help="go on with the latest session")
    commands = parser.add_subparsers(dest="command", metavar="ask")
    ask = commands.add_parser(
        "ask",
        help="ask one question without the screen",
        description="Ask one question and print the answer. A pipe is read: alone as the question, else after it.",
        parents=[common],
        epilog=_EPILOG,
    )
    ask.add_argument("question", nargs="?", help="the question; - reads it from standard input")
    ask.add_argument(
        "--format",
        choices=["text", "tokens", "steps", "json", "events"],
        default="text",
        help="text: the answer; tokens: with | between fragments; steps: the tool calls as they are written; "
        "json: one object at the end; events: AG-UI, a line each",
    )
    ask.add_argument("--no-save", action="store_true", help="keep no transcript")
    ask.add_argument("--yes", action="store_true", help="let the tools of --tools run without asking")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Do what `argv` says and give the exit code."""
    args = _parser().parse_args(argv)
    try:
        settings = Settings.load(
            os.environ,
            model=args.model,
            tools=tuple(args.tools),
            use_tools=not args.no_tools,
            system=args.system,
            data_dir=args.data_dir,
        )
        _set_up_logging(settings, debug=args.debug)
        _forbid_telemetry()
        if args.command == "ask":
            return _ask(settings, args)
        return _open_app(settings, args)
    except (UsageError, TranscriptError) as error:
        if args.debug:
            raise
        print(f"tickertape: {error}", file=sys.stderr)
        return EXIT_USAGE
    except TickertapeError as error:
        if args.debug:
            raise
        print(f"tickertape: {error}", file=sys.stderr)
        return EXIT_FAILED


def run() -> None:
    """The console script. Leaves at once: a thread that a tool still holds must not hold up the exit."""
    code = 0
    try:
        code = main()
    except SystemExit as exit_:
        code = exit_.code if isinstance(exit_.code, int) else EXIT_USAGE
    except KeyboardInterrupt:
        code = EXIT_CANCELLED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.stdout.flush()
    sys.stderr.flush()
    logging.shutdown()
    os._exit(code)


def _ask(settings: Settings, args: argparse.Namespace) -> int:
    from tui.headless import ask

    path = Sessions(settings.data_dir).find(args.resume) if args.resume else None
    return ask(
        settings,
        _question(args.question),
        output_format=args.format,
        resume=path,
        save=not args.no_save,
        approve_all=args.yes,
    )


def _question(argument: str | None) -> str:
    """The question of the arguments and the pipe together.

    Raises:
        UsageError: there is none.
    """
    piped = ""
    if argument == "-" or not sys.stdin.isatty():
        piped = sys.stdin.buffer.read().decode("utf-8", "replace").strip()
    spoken = "" if argument in (None, "-") else str(argument)
    question = "\n\n".join(part for part in (spoken, piped) if part.strip())
    if not question:
        raise UsageError('nothing to ask: tickertape ask "QUESTION", or pipe one in')
    return question


def _open_app(settings: Settings, args: argparse.Namespace) -> int:
    if not sys.stdout.isatty():
        raise UsageError('the screen needs a terminal; without one: tickertape ask "QUESTION"')
    if not sys.stdin.isatty():
        _reopen_terminal()
    sessions = Sessions(settings.data_dir)
    path = sessions.find(args.resume) if args.resume else sessions.latest() if args.latest else None
    from tui.app import run_app

    return run_app(settings, path)


def _reopen_terminal() -> None:
    """Take the keys from the terminal itself where standard input is a pipe.

    Raises:
        UsageError: there is no terminal.
    """
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY)
    except OSError as error:
        raise UsageError('the screen needs a terminal; without one: tickertape ask "QUESTION"') from error
    os.dup2(terminal, 0)
    os.close(terminal)
    sys.stdin = open(0, encoding=sys.stdin.encoding, closefd=False)  # noqa: SIM115 - lives as long as the program


def _set_up_logging(settings: Settings, *, debug: bool) -> None:
    """Log to a file, never to the screen; a folder that cannot be written costs the log, not the program."""
    root = logging.getLogger()
    root.setLevel(logging.DEBUG if debug else logging.INFO)
    try:
        make_private_folder(settings.data_dir)
        handler = _PrivateLog(settings.log_path, maxBytes=2_000_000, backupCount=1, encoding="utf-8", errors="replace")
    except OSError:
        root.addHandler(logging.NullHandler())
        return
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root.addHandler(handler)
    # A key can stand in a URL or a header, and these libraries log both.
    for noisy in ("httpx", "httpcore", "openai", "markdown_it"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
    # Mistral's lists of content do not fit the type that the client serialises with, once per chunk.
    warnings.filterwarnings("ignore", message="Pydantic serializer warnings")


class _PrivateLog(RotatingFileHandler):
    """A log for the user's eyes only, however often it is rotated."""

    def _open(self) -> TextIOWrapper:
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        return open(descriptor, "a", encoding=self.encoding, errors=self.errors)


def _forbid_telemetry() -> None:
    """LangChain reports runs to LangSmith where the environment says so; nothing is sent from here but to the model."""
    for name in ("LANGSMITH_TRACING", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING_V2", "LANGCHAIN_TRACING"):
        os.environ[name] = "false"
