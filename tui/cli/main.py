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
import traceback
from collections.abc import Sequence
from pathlib import Path

from agent.errors import TickertapeError, TranscriptError, UsageError
from agent.secrets import Secrets
from agent.settings.settings import Settings
from tui.app.log import set_up_log
from tui.cli.parsing import EXIT_CANCELLED, EXIT_FAILED, EXIT_USAGE, Commands, Parser, common_options
from tui.cli.screen import open_chat
from tui.process.forking import let_forks_end

__all__ = ["main", "run"]

log = logging.getLogger(__name__)

_EPILOG = """\
environment: OPENAI_API_KEY, OPENAI_BASE_URL, TICKERTAPE_MODEL, TICKERTAPE_DATA_DIR. Without a key or a base URL the
built-in offline model answers. Exit codes: 0 answered, 1 the run failed, 2 usage, 130 cancelled.
The settings file (tickertape config path) has the rest: [screen] mouse = false leaves the mouse to the terminal."""


class _PrintVersion(argparse.Action):
    """Looks the version up when it is asked for: reading the package's metadata takes as long as drawing a frame."""

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: object, values: object, option_string: str | None = None
    ) -> None:
        from importlib.metadata import version

        print(f"tickertape {version('tickertape')}")
        parser.exit()


def _screen_parser(*, add_help: bool) -> Parser:
    """Of a command line without a command, which opens the screen."""
    parser = Parser(
        prog="tickertape",
        description="Chat with a tool-calling agent and see every token of every tool call.",
        epilog=_EPILOG,
        parents=[common_options()],
        add_help=add_help,
    )
    parser.add_argument("--version", action=_PrintVersion, nargs=0, help="print the version and leave")
    parser.add_argument("--continue", dest="latest", action="store_true", help="go on with the latest session")
    parser.set_defaults(run=open_chat, parser=parser)
    return parser


def _parser() -> Parser:
    from tui.cli import ask, completion, config, models, replay  # a start of the screen does without
    from tui.cli.headless import serve
    from tui.cli.sessions import commands as sessions
    from tui.cli.travel import commands as travel

    parser = _screen_parser(add_help=True)
    commands: Commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for command in (ask, replay, sessions, travel, serve, models, config, completion):
        command.add_parser(commands, _EPILOG)
    return parser


def _arguments(words: Sequence[str]) -> argparse.Namespace:
    # A question may begin with a minus; a blank before it tells argparse that it is no option.
    words = [f" {word}" if re.match(r"-[\d.(]", word) else word for word in words]
    if not words or words[0].startswith("-"):
        args, others = _screen_parser(add_help=False).parse_known_args(words)
        if not others:
            return args
    return _parser().parse_args(words)


def main(argv: Sequence[str] | None = None) -> int:
    """Do what `argv` says and give the exit code."""
    args = _arguments(sys.argv[1:] if argv is None else argv)
    secrets = Secrets.of(os.environ)  # the settings may name more
    log_path: Path | None = None
    try:
        settings = Settings.load(
            os.environ,
            model=args.model,
            agent=args.agent,
            profile=args.profile,
            tools=tuple(args.tools or ()),
            mcp=tuple(args.mcp or ()),
            use_tools=not args.no_tools,
            system=args.system,
            temperature=args.temperature,
            data_dir=args.data_dir,
            allow=tuple(getattr(args, "allow", None) or ()),
        )
        secrets, log_path = settings.secrets, settings.log_path
        set_up_log(log_path, secrets, debug=args.debug)
        let_forks_end()
        code: int = args.run(settings, args)
        return code
    except TickertapeError as error:
        _tell(error, str(error), secrets, debug=args.debug)
        return EXIT_USAGE if isinstance(error, UsageError | TranscriptError) else EXIT_FAILED
    except OSError:
        raise  # no fault of ours
    except Exception as error:
        log.critical("ended by a fault of its own", exc_info=error)
        words = f"a fault of its own: {type(error).__name__}: {error}{f'; log: {log_path}' if log_path else ''}"
        _tell(error, words, secrets, debug=args.debug)
        return EXIT_FAILED


def _tell(error: Exception, words: str, secrets: Secrets, *, debug: bool) -> None:
    """Say what went wrong, without secrets; for who looks for the fault, where it happened."""
    told = "".join(traceback.format_exception(error)).rstrip() if debug else f"tickertape: {words}"
    print(secrets.hidden(told), file=sys.stderr)


def run() -> None:
    """The console script. Leaves at once: a thread that a tool still holds must not hold up the exit."""
    _open_closed_streams()
    try:
        try:
            code = main()
        except SystemExit as exit_:
            code = exit_.code if isinstance(exit_.code, int) else EXIT_USAGE
        if not sys.stdout.closed:  # by a tool
            sys.stdout.flush()
    except (KeyboardInterrupt, BrokenPipeError):  # the user, or whoever read the output, has had enough
        code = EXIT_CANCELLED
    except OSError as error:  # a full disk behind standard output, a folder that cannot be looked into
        log.info("ended by the system", exc_info=error)
        print(f"tickertape: {error}", file=sys.stderr)
        code = EXIT_FAILED
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    logging.shutdown()
    os._exit(code)


def _open_closed_streams() -> None:
    """A shell can start a program with a stream closed (`<&-`); the next file to be opened would take its place."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            stream = open(os.devnull, mode, encoding="utf-8")  # noqa: SIM115 - lives as long as the program
            setattr(sys, name, stream)
