"""`tickertape replay`: its arguments, and the recording, the pace and the place out of them."""

import argparse
import os
import shlex
import sys
from io import BufferedIOBase
from pathlib import Path
from typing import TYPE_CHECKING, cast

from agent.errors import UsageError
from agent.settings.settings import Settings
from tui.cli.parsing import Commands, common_options
from tui.cli.screen import prepare_terminal, show

if TYPE_CHECKING:
    from agent.reading.ahead import ReadAhead
    from tui.screens.replay.opening import Opening

__all__ = ["add_parser"]

_SAMPLE = "sample.jsonl"


def add_parser(commands: Commands, epilog: str) -> None:
    """Add the command to the command line."""
    replay = commands.add_parser(
        "replay",
        help="play a recorded session, any AG-UI stream, or another program's session",
        description="Play a recording exactly as it happened: a session of yours, any AG-UI stream, or what another "
        "program recorded: Claude Code, Codex, Gemini CLI, opencode, pi, LangChain, LangSmith, OpenTelemetry, or the "
        "stream of a model's API. A pipe plays live.",
        # A default of its own would put away what stands before the command.
        parents=[common_options(argparse.SUPPRESS)],
        epilog=epilog,
    )
    replay.add_argument("recording", nargs="?", metavar="FILE|ID|-", help="what to play; - reads standard input")
    replay.add_argument("--sample", action="store_true", help="play the session that comes with the program")
    replay.add_argument("--speed", metavar="N", help="times the recorded pace, or max")
    replay.add_argument("--idle-limit", metavar="SECONDS", help="shorten longer pauses to this")
    replay.add_argument(
        "--words", metavar="N", help="paced: give all that is said the time it takes to be read at N words a minute"
    )
    replay.add_argument("--cut-pauses", action="store_true", help="paced, without the recorded pauses")
    replay.add_argument(
        "--from", dest="start", metavar="TIME", help="where to begin: 0:12, 12.5 (seconds), 50%%, turn:2, event:175"
    )
    replay.add_argument(
        "--print",
        dest="output_format",
        choices=["text", "steps", "json", "events"],
        help="print instead of the screen; json: an object for each turn, on a line of its own (JSON Lines); events: "
        "the recorded lines, unchanged",
    )
    replay.add_argument(
        "--export",
        metavar="FILE.cast|FILE.html",
        help="write an asciicast of the replay, or a page that plays by itself, instead of the screen",
    )
    replay.add_argument("--size", metavar="120x40", help="columns and rows of the asciicast")
    replay.add_argument("--asciicast", type=int, choices=[2, 3], help="the version of the format (3, with markers)")
    replay.add_argument("--redact", action="store_true", help="take what looks like a secret out of what is exported")
    replay.set_defaults(run=_run)


def _run(settings: Settings, args: argparse.Namespace) -> int:
    if args.output_format and args.export:
        raise UsageError("--print and --export exclude each other")
    if args.size and not args.export:
        raise UsageError("--size goes with --export: the screen has the terminal's size")
    if args.redact and not args.export:
        raise UsageError("--redact goes with --export: nothing else is handed on")
    is_page = bool(args.export) and args.export.lower().endswith((".html", ".htm"))
    if args.asciicast and (not args.export or is_page):
        raise UsageError("--asciicast goes with --export FILE.cast")
    if is_page and args.size:
        raise UsageError("--size is an asciicast's: a page is as large as its window")
    from agent.formats.imports.opening import open_viewed  # few commands need it
    from agent.reading.ahead import reading_ahead

    source = _source(settings, args)
    with reading_ahead(source, "replay", open_viewed) as ahead:  # while all that shows it is being imported
        return _replay(settings, args, source, ahead)


def _replay(
    settings: Settings, args: argparse.Namespace, source: Path | BufferedIOBase, ahead: "ReadAhead | None"
) -> int:
    from tui.screens.replay.opening import (  # a chat needs none of it
        Opening,
        paced_by,
        parse_limit,
        parse_speed,
        parse_start,
    )

    speed = parse_speed(args.speed) if args.speed else 1.0
    limit = parse_limit(args.idle_limit) if args.idle_limit else None
    start = parse_start(args.start) if args.start else None
    paced = paced_by(settings, args.words, cuts_pauses=args.cut_pauses)
    opening = Opening(source=source, speed=speed, idle_limit=limit, paced=paced, start=start, ahead=ahead)
    if args.output_format:
        from tui.cli.headless.replay import replay

        return replay(opening, args.output_format)
    if args.export:
        return _export(settings, opening, args)
    named = "--sample" if args.sample else shlex.quote(args.recording or args.resume)
    prepare_terminal(f"without one: tickertape replay {named} --print text")
    return show(settings, replay=opening)


def _export(settings: Settings, opening: "Opening", args: argparse.Namespace) -> int:
    """What was asked for, with what looks like a secret only where that is meant to go along."""
    path = Path(args.export)
    is_page = path.suffix.lower() in (".html", ".htm")
    if is_page and (args.speed or args.start):
        raise UsageError("a page has its own speed and place: --speed and --from are an asciicast's")
    size = _size(args.size or "120x40")
    if path.exists():
        raise UsageError(f"{path} is there already and is never overwritten: name another file")
    if not is_page and path.suffix.lower() != ".cast":
        raise UsageError(f"{path}: end its name in .cast for an asciicast, or in .html for a page")
    from tui.cli.sharing.page import checked, export_page

    opening = checked(settings, opening, redact=args.redact)
    if is_page:
        return export_page(opening, path)
    from tui.cli.sharing.asciicast import export

    return export(settings, opening, path, size, args.asciicast or 3)


def _source(settings: Settings, args: argparse.Namespace) -> Path | BufferedIOBase:
    """The recording that was asked for.

    Raises:
        UsageError: there is none, or it cannot be read.
        SessionNotFound: there is neither such a file nor such a session.
    """
    named: str | None = args.recording or args.resume
    if args.sample:
        if named:
            raise UsageError("--sample is a recording of its own: name no other")
        from agent import recordings

        return Path(recordings.__path__[0]) / _SAMPLE
    if named == "-":
        if sys.stdin.isatty():
            raise UsageError("replay - reads a pipe: some-program | tickertape replay -")
        # The keys take standard input's place before the recording is read.
        return cast("BufferedIOBase", open(os.dup(sys.stdin.fileno()), "rb"))
    if not named:
        raise UsageError("nothing to replay: name a file or a session, or see --sample")
    from agent.library.naming import find_recorded

    return find_recorded(settings.data_dir, named)


def _size(text: str) -> tuple[int, int]:
    columns, _, rows = text.lower().partition("x")
    if not (columns.isdecimal() and rows.isdecimal() and 40 <= int(columns) <= 500 and 15 <= int(rows) <= 200):
        raise UsageError(f"--size {text}: columns x rows such as 120x40 are needed, 40x15 at least")
    return int(columns), int(rows)
