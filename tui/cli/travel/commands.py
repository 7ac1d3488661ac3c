"""`tickertape timing`, `compare` and `context`: their arguments. What each does is in the module of its name."""

import argparse

from agent.settings.settings import Settings
from tui.cli.parsing import Commands, Parser, place_options
from tui.cli.travel import race

__all__ = ["add_parser"]

_RECORDING = "FILE|ID"
_MOMENTS = "a time such as 0:12, 50%%, turn:2, step:2.1, call:ID, event:175, or end, which it is without one"


def add_parser(commands: Commands, epilog: str) -> None:
    """Add the commands to the command line."""
    timing = _add(
        commands,
        "timing",
        epilog,
        "show where the time of a session's turns went",
        "Show where the time of a session's turns went: model calls, arguments, tools, waits for you.",
    )
    timing.add_argument("recording", metavar=_RECORDING, help="the session, or any recording")
    timing.add_argument("--turn", type=int, metavar="N", help="only this turn, from 1")
    timing.set_defaults(run=_timing)
    compare = _add(
        commands,
        "compare",
        epilog,
        "compare two sessions, step by step",
        "Compare two sessions turn by turn and step by step: the first difference, and a table of both.",
    )
    compare.add_argument("left", metavar=_RECORDING, help="one session, or any recording")
    compare.add_argument("right", metavar=_RECORDING, help="the other")
    compare.set_defaults(run=_compare)
    context = _add(
        commands,
        "context",
        epilog,
        "show what the model was given at a moment of a session",
        "Show what the model was given in the step that a moment lies in, and what of it is new since the step before: "
        "as it was sent, where the session tells; else made anew, and said so.",
    )
    context.add_argument("recording", metavar=_RECORDING, help="the session, or any recording")
    context.add_argument("--at", metavar="MOMENT", default="end", help=_MOMENTS)
    context.set_defaults(run=_context)
    race.add_parser(commands, epilog)


def _add(commands: Commands, name: str, epilog: str, short: str, description: str) -> Parser:
    parents = [place_options(argparse.SUPPRESS)]
    parser = commands.add_parser(name, help=short, description=description, parents=parents, epilog=epilog)
    parser.add_argument("--format", choices=["text", "json"], default="text", help="text: a table; json: one object")
    return parser


# Imported where they are run: other command lines need nothing of what they stand on.


def _timing(settings: Settings, args: argparse.Namespace) -> int:
    from tui.cli.travel.timing import print_timing

    return print_timing(settings, args.recording, turn=args.turn, as_object=args.format == "json")


def _context(settings: Settings, args: argparse.Namespace) -> int:
    from tui.cli.travel.context import print_context

    return print_context(settings, args.recording, at=args.at, as_object=args.format == "json")


def _compare(settings: Settings, args: argparse.Namespace) -> int:
    from tui.cli.travel.compare import print_comparison

    return print_comparison(settings, args.left, args.right, as_object=args.format == "json")
