"""`tickertape sessions`: its commands and their arguments. What each does is in `actions`."""

import argparse
import sys
from io import TextIOWrapper

from agent.settings.settings import Settings
from tui.cli.parsing import DELETED_IDS, Commands, Parser, place_options

__all__ = ["add_parser"]

_EPILOG = """\
An id can be shortened to its beginning, or to any part of it, as long as that names one session. Piped, lists are lines
of fields between tabs, whole and without a heading. Times in JSON and in pipes are UTC, in ISO 8601."""

_MANY = "the sessions"
_WORDS = """\
all of them must occur, and any may be the beginning of a word; "words in quotes" (which the shell must not take away)
stand side by side; signs such as + and * are no words and are passed over"""


def add_parser(commands: Commands, epilog: str) -> None:
    """Add the command, with commands of its own, to the command line."""
    sessions = commands.add_parser(
        "sessions",
        help="list, search, show, rename, pin, delete, restore, export and import sessions",
        description="The saved sessions.",
        parents=[place_options(argparse.SUPPRESS)],
        epilog=_EPILOG,
    )
    sessions.set_defaults(run=_run)
    actions: Commands = sessions.add_subparsers(dest="action", metavar="COMMAND", required=True)
    _add_looking(actions)
    _add_changing(actions)
    _add_moving(actions)


def _run(settings: Settings, args: argparse.Namespace) -> int:
    from agent.library.library import Library
    from tui.cli.sessions.actions import ACTIONS

    if isinstance(sys.stdout, TextIOWrapper):  # JSON is UTF-8 whatever the locale
        encoding = "utf-8" if getattr(args, "json", False) else sys.stdout.encoding
        sys.stdout.reconfigure(encoding=encoding, errors="replace")
    args.secrets = settings.secrets  # what is exported is looked through for them
    return ACTIONS[args.action](Library(settings.data_dir), args)


def _add(actions: Commands, name: str, words: str, *, json: str | None = "the session") -> Parser:
    """A command; `words` say what it does, `json` what it can print as JSON."""
    action = actions.add_parser(
        name,
        help=words,
        description=f"{words[0].upper()}{words[1:]}.",
        parents=[place_options(argparse.SUPPRESS)],
        epilog=_EPILOG,
    )
    if json:
        action.add_argument("--json", action="store_true", help=f"print {json} as JSON")
    return action


def _add_looking(actions: Commands) -> None:
    list_ = _add(actions, "list", "list the sessions, the latest first", json=_MANY)
    list_.add_argument("--deleted", action="store_true", help="those in the trash")
    list_.add_argument("--limit", type=_count, metavar="N", help="at most so many")
    search = _add(actions, "search", "find sessions by words in questions, answers, tool calls and titles", json=_MANY)
    search.add_argument("words", nargs="+", metavar="WORD", help=_WORDS)
    search.add_argument("--limit", type=_count, metavar="N", help="at most so many sessions")
    show = _add(actions, "show", "show what is known of a session, and its turns", json="it")
    show.add_argument("id", metavar="ID")
    path = _add(actions, "path", "print where a session's file is, or the folder of all", json=None)
    path.add_argument("id", nargs="?", metavar="ID")


def _add_changing(actions: Commands) -> None:
    rename = _add(actions, "rename", "give a session a title")
    rename.add_argument("id", metavar="ID")
    rename.add_argument("title", metavar="TITLE", help="an empty one brings the first question back")
    pin = _add(actions, "pin", "keep a session at the top of the list", json=_MANY)
    pin.add_argument("ids", nargs="+", metavar="ID")
    pin.add_argument("--off", action="store_true", help="no longer")
    delete = _add(actions, "delete", "put sessions into the trash", json=_MANY)
    delete.add_argument("ids", nargs="+", metavar="ID")
    restore = _add(actions, "restore", "take sessions out of the trash", json=_MANY)
    restore.add_argument(DELETED_IDS, nargs="+", metavar="ID")
    purge = _add(actions, "purge", "remove sessions in the trash for ever", json=_MANY)
    purge.add_argument(DELETED_IDS, nargs="+", metavar="ID")
    purge.add_argument("--yes", action="store_true", help="do not ask")


def _add_moving(actions: Commands) -> None:
    export = _add(actions, "export", "write a session in another form", json=None)
    export.add_argument("id", metavar="ID")
    export.add_argument(
        "--format",
        choices=["markdown", "json", "events", "html"],
        help="markdown: to read; json: one object; events: the AG-UI events as they are; html: a page of its own. "
        "Without it: by the end of the file's name (.md, .json, .jsonl, .html), markdown on standard output",
    )
    export.add_argument("--output", metavar="FILE", help="a new file to write; standard output without")
    export.add_argument("--redact", action="store_true", help="mark what looks like a secret, instead of asking")
    export.add_argument("--force", action="store_true", help="overwrite the file")
    import_ = _add(actions, "import", "take recordings in, also other programs'; print the sessions' ids", json=_MANY)
    import_.add_argument(
        "files",
        nargs="*",
        metavar="FILE",
        help="an AG-UI stream, or a session of Claude Code, Codex, Gemini CLI, opencode, pi, LangChain, LangSmith or "
        "OpenTelemetry, or a captured API stream; a folder: all in it; - is standard input",
    )
    import_.add_argument(
        "--discover",
        nargs="*",
        metavar="PROGRAM",
        help="say what lies in the usual places of this machine; with programs named, or all, take it in",
    )


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of at least 1")
    return int(text)
