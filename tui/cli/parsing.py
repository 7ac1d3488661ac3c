"""What the commands' argument parsers have in common. Knows no command."""

import argparse
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeAlias

from agent.settings.settings import Settings
from agent.transcripts.folders import Sessions

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

__all__ = [
    "DELETED_IDS",
    "EXIT_CANCELLED",
    "EXIT_FAILED",
    "EXIT_OK",
    "EXIT_USAGE",
    "Commands",
    "Parser",
    "chosen_session",
    "common_options",
    "place_options",
]

EXIT_OK = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_CANCELLED = 130
DELETED_IDS = "deleted_ids"
"""Where a parser puts ids of sessions in the trash; those of an argument shown as `ID` are else of saved ones."""


Commands: TypeAlias = "argparse._SubParsersAction[Parser]"
"""What a command adds its parser to."""


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, as every error here."""

    def _print_message(self, message: str, file: "SupportsWrite[str] | None" = None) -> None:
        """Called by argparse, whose own keeps quiet about what cannot be written."""
        if message:
            (file or sys.stderr).write(message)

    def error(self, message: str) -> NoReturn:
        self.exit(EXIT_USAGE, f"tickertape: {' '.join(message.split())}; see {self.prog} --help\n")


@cache
def common_options(default: str | None = None) -> Parser:
    """What can stand before a command and after it; `default` is what is taken for one that is not given."""
    common = Parser(add_help=False, argument_default=default, parents=[place_options(default)])
    common.add_argument("--model", metavar="SPEC", help="offline, openai:NAME or PROVIDER:NAME")
    common.add_argument("--profile", metavar="NAME", help="a profile of the settings")
    common.add_argument("--temperature", metavar="N", type=_temperature, help="not sent where it is not given")
    common.add_argument(
        "--agent",
        metavar="URL|FILE.py:NAME|NAME",
        help="let an agent answer: an AG-UI endpoint, a LangGraph graph, or one of the settings",
    )
    common.add_argument(
        "--tools",
        metavar="MODULE:NAME",
        action="append",
        help="a tool, function or list of them to bind as well; asks before it runs; may be repeated",
    )
    common.add_argument(
        "--mcp",
        metavar="NAME",
        action="append",
        help="an MCP server of the settings to start, also where it is not enabled; may be repeated",
    )
    common.add_argument("--no-tools", action="store_true", help="bind no tools: a plain chat")
    common.add_argument("--system", metavar="TEXT", help="the system prompt")
    common.add_argument("--resume", metavar="ID", help="go on with a saved session; the id can be shortened")
    return common


def _temperature(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 <= value <= 2:
        raise argparse.ArgumentTypeError("a number from 0 to 2 is needed")
    return value


@cache
def place_options(default: str | None = None) -> Parser:
    """The part of the common options that commands without a model have too."""
    place = Parser(add_help=False, argument_default=default)
    place.add_argument("--data-dir", metavar="DIR", help="where sessions and the log are kept")
    place.add_argument("--debug", action="store_true", help="log more, and show tracebacks")
    return place


def chosen_session(settings: Settings, args: argparse.Namespace) -> Path | None:
    """The saved session to go on with, if any.

    Raises:
        SessionNotFound: there is no such session.
    """
    sessions = Sessions(settings.data_dir)
    if args.resume or not args.latest:
        return sessions.find(args.resume) if args.resume else None
    from agent.library.digests.looking import last_moment  # it reads files, which few command lines ask for

    return sessions.latest(last_moment)
