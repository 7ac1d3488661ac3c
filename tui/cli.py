"""The command line: arguments in, an exit code out.

It turns arguments and the environment into settings and hands them to the screen or to the headless printer. Nothing
heavy is imported before it is known to be needed: `--help` and `--version` load neither Textual nor LangChain.
"""

import argparse
import contextlib
import logging
import os
import re
import sys
import warnings
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import NoReturn

from agent.errors import TickertapeError, TranscriptError, UsageError
from agent.folders import Sessions, make_private_folder
from agent.settings import Settings

__all__ = ["EXIT_CANCELLED", "EXIT_FAILED", "EXIT_OK", "EXIT_USAGE", "main", "run"]

EXIT_OK = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_CANCELLED = 130
_LOG_LIMIT = 2_000_000
"""Bytes."""

_EPILOG = """\
environment: OPENAI_API_KEY, OPENAI_BASE_URL, TICKERTAPE_MODEL, TICKERTAPE_DATA_DIR. Without a key or a base URL the
built-in offline model answers. Exit codes: 0 answered, 1 the run failed, 2 usage, 130 cancelled."""


class _PrintVersion(argparse.Action):
    """Looks the version up when it is asked for: reading the package's metadata takes as long as drawing a frame."""

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: object, values: object, option_string: str | None = None
    ) -> None:
        from importlib.metadata import version

        print(f"tickertape {version('tickertape')}")
        parser.exit()


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, as every error here."""

    def error(self, message: str) -> NoReturn:
        self.exit(EXIT_USAGE, f"tickertape: {' '.join(message.split())}; see {self.prog} --help\n")


def _common_options(default: str | None = None) -> _Parser:
    """What can stand before a command and after it; `default` is what is taken for one that is not given."""
    common = _Parser(add_help=False, argument_default=default)
    common.add_argument("--model", metavar="SPEC", help="offline, openai:NAME or PROVIDER:NAME")
    common.add_argument(
        "--tools",
        metavar="MODULE:NAME",
        action="append",
        help="a tool, function or list of them to bind as well; asks before it runs; may be repeated",
    )
    common.add_argument("--no-tools", action="store_true", help="bind no tools: a plain chat")
    common.add_argument("--system", metavar="TEXT", help="the system prompt")
    common.add_argument("--data-dir", metavar="DIR", help="where sessions and the log are kept")
    common.add_argument("--resume", metavar="ID", help="go on with a saved session; the id can be shortened")
    common.add_argument("--debug", action="store_true", help="log everything, and show tracebacks")
    return common


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="tickertape",
        description="Chat with a tool-calling agent and see every token of every tool call.",
        epilog=_EPILOG,
        parents=[_common_options()],
    )
    parser.add_argument("--version", action=_PrintVersion, nargs=0, help="print the version and leave")
    parser.add_argument("--continue", dest="latest", action="store_true", help="go on with the latest session")
    commands = parser.add_subparsers(dest="command", metavar="ask")
    ask = commands.add_parser(
        "ask",
        help="ask one question without the screen",
        description="Ask one question and print the answer. A pipe is read: alone as the question, else after it.",
        # A default of its own would put away what stands before the command.
        parents=[_common_options(argparse.SUPPRESS)],
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
    words = sys.argv[1:] if argv is None else argv
    # A question may begin with a minus; a blank before it tells argparse that it is no option.
    args = _parser().parse_args([f" {word}" if re.match(r"-[\d.(]", word) else word for word in words])
    try:
        settings = Settings.load(
            os.environ,
            model=args.model,
            tools=tuple(args.tools or ()),
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
    _open_closed_streams()
    try:
        code = main()
        sys.stdout.flush()
    except SystemExit as exit_:
        code = exit_.code if isinstance(exit_.code, int) else EXIT_USAGE
    except (KeyboardInterrupt, BrokenPipeError):  # the user, or whoever read the output, has had enough
        code = EXIT_CANCELLED
    except OSError as error:  # a full disk behind standard output, a folder that cannot be looked into
        logging.getLogger(__name__).info("ended by the system", exc_info=error)
        print(f"tickertape: {error}", file=sys.stderr)
        code = EXIT_FAILED
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):
            stream.flush()
    logging.shutdown()
    os._exit(code)


def _open_closed_streams() -> None:
    """A shell can start a program with a stream closed (`<&-`); the next file to be opened would take its place."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            stream = open(os.devnull, mode, encoding="utf-8")  # noqa: SIM115 - lives as long as the program
            setattr(sys, name, stream)


def _ask(settings: Settings, args: argparse.Namespace) -> int:
    from tui.headless import ask

    return ask(
        settings,
        _question(args.question),
        output_format=args.format,
        resume=_chosen_session(settings, args),
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
    spoken = "" if argument in (None, "-") else str(argument).strip()
    question = "\n\n".join(part for part in (spoken, piped) if part.strip())
    if not question:
        raise UsageError('nothing to ask: tickertape ask "QUESTION", or pipe one in')
    return question


def _open_app(settings: Settings, args: argparse.Namespace) -> int:
    if not sys.stdout.isatty():
        raise UsageError('the screen needs a terminal; without one: tickertape ask "QUESTION"')
    if not sys.stdin.isatty():
        _reopen_terminal()
    path = _chosen_session(settings, args)
    # Textual reads it when it is imported. Its own timer for repaints comes behind the frames of the presenter; at
    # twice its usual rate a key is echoed in two thirds of the time, at the same cost.
    os.environ.setdefault("TEXTUAL_FPS", "120")
    from tui.app import run_app

    return run_app(settings, path)


def _chosen_session(settings: Settings, args: argparse.Namespace) -> Path | None:
    """The saved session to go on with, if any.

    Raises:
        SessionNotFound: there is no such session.
    """
    sessions = Sessions(settings.data_dir)
    return sessions.find(args.resume) if args.resume else sessions.latest() if args.latest else None


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
    # A key can stand in a URL or a header, and these libraries log both.
    for noisy in ("httpx", "httpcore", "openai", "markdown_it"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
    # Mistral's lists of content do not fit the type that the client serialises with, once per chunk.
    warnings.filterwarnings("ignore", message="Pydantic serializer warnings")
    try:
        make_private_folder(settings.data_dir)
        handler = _PrivateLog(settings.log_path, encoding="utf-8", errors="replace")
    except OSError:
        root.addHandler(logging.NullHandler())
        return
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root.addHandler(handler)


class _PrivateLog(logging.FileHandler):
    """A log for the user's eyes only; a large one is put aside when the program starts, in the place of the last."""

    def _open(self) -> TextIOWrapper:
        path = Path(self.baseFilename)
        if path.exists() and path.stat().st_size > _LOG_LIMIT:
            path.replace(path.with_suffix(".log.1"))
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        return open(descriptor, "a", encoding=self.encoding, errors=self.errors)


def _forbid_telemetry() -> None:
    """LangChain reports runs to LangSmith where the environment says so; nothing is sent from here but to the model."""
    for name in ("LANGSMITH_TRACING", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING_V2", "LANGCHAIN_TRACING"):
        os.environ[name] = "false"
