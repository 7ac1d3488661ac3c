"""`tickertape ask`: its arguments, and the question out of them and the pipe."""

import argparse
import sys

from agent.errors import UsageError
from agent.settings.settings import Settings
from agent.text import visible
from tui.cli.parsing import Commands, chosen_session, common_options

__all__ = ["add_parser"]


def add_parser(commands: Commands, epilog: str) -> None:
    """Add the command to the command line."""
    ask = commands.add_parser(
        "ask",
        help="ask one question without the screen",
        description="Ask one question and print the answer. A pipe is read: alone as the question, else after it.",
        # A default of its own would put away what stands before the command.
        parents=[common_options(argparse.SUPPRESS)],
        epilog=epilog,
    )
    ask.add_argument("question", nargs="*", help="the question; - reads it from standard input")
    ask.add_argument(
        "--format",
        choices=["text", "tokens", "steps", "json", "events"],
        default="text",
        help="text: the answer; tokens: with | between fragments; steps: the tool calls as they are written; "
        "json: one object at the end; events: AG-UI, a line each",
    )
    ask.add_argument("--no-save", action="store_true", help="keep no transcript")
    ask.add_argument("--yes", action="store_true", help="let tools run without asking, but for what is denied")
    ask.add_argument(
        "--allow",
        metavar="RULE",
        action="append",
        help="let calls run without asking: tool, tool(pattern) or tool(argument: pattern); may be repeated",
    )
    ask.set_defaults(run=_run)


def _run(settings: Settings, args: argparse.Namespace) -> int:
    from tui.cli.headless.ask import ask

    for problem in settings.problems:
        print(f"tickertape: {visible(str(problem))}", file=sys.stderr)
    if not settings.file.is_trusted and (args.yes or args.allow):
        raise UsageError(f"{settings.file.problems[0]}; its [permissions] may deny what --yes and --allow let run")
    return ask(
        settings,
        _question(" ".join(args.question)),
        output_format=args.format,
        resume=chosen_session(settings, args),
        save=not args.no_save,
        approve_all=args.yes,
    )


def _question(argument: str) -> str:
    """The question of the arguments and the pipe together.

    Raises:
        UsageError: there is none.
    """
    from tui.cli.headless.piped import piped_text

    spoken = "" if argument == "-" else argument.strip()
    piped = piped_text(is_needed=argument == "-" or (not spoken and not sys.stdin.isatty()))
    question = "\n\n".join(part for part in (spoken, piped) if part.strip())
    if not question:
        raise UsageError('nothing to ask: tickertape ask "QUESTION", or pipe one in')
    return question
