"""The arguments of the commands of this room. What each does is in the module of its name."""

import argparse
import sys

from agent.settings.settings import Settings
from tui.cli.parsing import Commands, Parser, common_options, place_options
from tui.cli.screen import prepare_terminal, show
from tui.cli.travel import race

__all__ = ["add_parser"]

_RECORDING = "FILE|ID"
_PATCHES = (
    "model=SPEC, system=TEXT, temperature=N, message=TEXT, call:ID.args=JSON or result:ID=TEXT; an ID can also be NAME "
    "or NAME#2; may be repeated"
)
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
        "compare two sessions, or turns of them, step by step",
        "Compare two sessions turn by turn and step by step: on the screen, where both play on one clock, or printed. "
        "ID@turn:2 is a turn, ID@turn:2-4 are some, ID@parent is the session that one comes from, ID@branch:1 the "
        "first that comes from it.",
        is_shown=True,
    )
    compare.add_argument("left", metavar=_RECORDING, help="one session, or any recording")
    compare.add_argument(
        "right", metavar=_RECORDING, nargs="?", help="the other; without it, the session that the left comes from"
    )
    compare.set_defaults(run=_compare)
    context = _add(
        commands,
        "context",
        epilog,
        "show what the model was given at a moment of a session",
        "Show what the model was given in the step that a moment lies in, and what of it is new since the step before: "
        "as it was sent, where the session tells; else rebuilt from the recording, and said so.",
    )
    context.add_argument("recording", metavar=_RECORDING, help="the session, or any recording")
    context.add_argument("--at", metavar="MOMENT", default="end", help=_MOMENTS)
    context.set_defaults(run=_context)
    _add_what_if(commands, epilog)
    race.add_parser(commands, epilog)


def _add_what_if(commands: Commands, epilog: str) -> None:
    what_if = commands.add_parser(
        "what-if",
        help="go on otherwise from a moment of a session, in a branch",
        description="Go on from a moment of a session with something patched, in a session of its own. The recording "
        "is followed until the patch makes a difference; then the model is asked. Tools are answered from the "
        "recording where their names and arguments are the same, and run, as ever, where not. Without a patch nothing "
        "is asked.",
        parents=[common_options(argparse.SUPPRESS)],
        epilog=epilog,
    )
    what_if.add_argument("recording", metavar=_RECORDING, help="the session, or any recording")
    what_if.add_argument("--at", metavar="MOMENT", required=True, help=_MOMENTS.partition(", or end")[0] + ", or end")
    what_if.add_argument("--set", dest="patches", metavar="PATCH", action="append", help=_PATCHES)
    what_if.add_argument("--live-tools", action="store_true", help="run every tool anew")
    what_if.add_argument(
        "--format",
        choices=["events", "text", "json"],
        default="text",
        help="text: the answer; events: the turn as AG-UI, a line each; json: one object at the end",
    )
    what_if.add_argument("--no-save", action="store_true", help="keep no session")
    what_if.add_argument("--yes", action="store_true", help="let tools run without asking, but for what is denied")
    what_if.add_argument(
        "--allow", metavar="RULE", action="append", help="let calls run without asking, as with ask; may be repeated"
    )
    what_if.set_defaults(run=_what_if)


def _add(commands: Commands, name: str, epilog: str, short: str, description: str, *, is_shown: bool = False) -> Parser:
    """`is_shown` where there is a screen for it, which a format is instead of."""
    parents = [place_options(argparse.SUPPRESS)]
    parser = commands.add_parser(name, help=short, description=description, parents=parents, epilog=epilog)
    help_ = f"{'print instead of the screen: ' if is_shown else ''}text: a table; json: one object"
    parser.add_argument("--format", choices=["text", "json"], default=None if is_shown else "text", help=help_)
    return parser


# Imported where they are run: other command lines need nothing of what they stand on.


def _timing(settings: Settings, args: argparse.Namespace) -> int:
    from tui.cli.travel.timing import print_timing

    return print_timing(settings, args.recording, turn=args.turn, as_object=args.format == "json")


def _context(settings: Settings, args: argparse.Namespace) -> int:
    from tui.cli.travel.context import print_context

    return print_context(settings, args.recording, at=args.at, as_object=args.format == "json")


def _what_if(settings: Settings, args: argparse.Namespace) -> int:
    from tui.cli.travel.what_if import print_branch

    patches = [f"model={args.model}"] if args.model else []
    return print_branch(
        settings,
        args.recording,
        at=args.at,
        patches=[*patches, *(args.patches or ())],
        live_tools=args.live_tools,
        output_format=args.format,
        save=not args.no_save,
        approve_all=args.yes,
    )


def _compare(settings: Settings, args: argparse.Namespace) -> int:
    from agent.recordings.comparing.choosing import split_turns

    left, right = args.left, args.right
    if right is None:
        name, turns = split_turns(left)
        left, right = f"{name}@parent{'' if turns is None else f'@{turns}'}", left
    if args.format is None and sys.stdout.isatty():
        return _show_comparison(settings, left, right)
    from tui.cli.travel.compare import print_comparison

    return print_comparison(settings, left, right, as_object=args.format == "json")


def _show_comparison(settings: Settings, left: str, right: str) -> int:
    from tui.screens.compare.opening import CompareOpening, compared

    opening = CompareOpening(left=compared(settings.data_dir, left), right=compared(settings.data_dir, right))
    prepare_terminal("without one: --format text")
    return show(settings, comparison=opening)
