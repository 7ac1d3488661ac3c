"""`tickertape race`: its arguments, and whether it runs on the screen or is printed."""

import argparse
import sys
from pathlib import Path

from agent.errors import UsageError
from agent.settings.settings import Settings
from tui.cli.parsing import Commands, chosen_session, common_options
from tui.cli.screen import prepare_terminal, show

__all__ = ["add_parser"]


def add_parser(commands: Commands, epilog: str) -> None:
    """Add the command to the command line."""
    race = commands.add_parser(
        "race",
        help="ask one question to several models at once",
        description="Ask one question to several models at once, each in a session of its own: on the screen, where "
        "one is kept and gone on with, or printed.",
        # A default of its own would put away what stands before the command.
        parents=[common_options(argparse.SUPPRESS)],
        epilog=epilog,
    )
    race.add_argument("question", metavar="QUESTION", help="the question")
    race.add_argument(
        "--models", metavar="A,B[,C,D]", required=True, help="two to four models, as --model has them; agent:NAME too"
    )
    race.add_argument(
        "--format",
        "--print",
        choices=["text", "tokens", "steps", "json", "events"],
        help="print instead of the screen: each turn as ask prints it when it has ended; json: one object at the end; "
        "events: a line each, with its model",
    )
    race.add_argument("--no-save", action="store_true", help="keep no transcripts; printed only")
    race.add_argument("--yes", action="store_true", help="let tools run without asking, but for what is denied")
    race.add_argument("--allow", metavar="RULE", action="append", help="let calls run without asking; may be repeated")
    race.set_defaults(run=_run)


def _run(settings: Settings, args: argparse.Namespace) -> int:
    from agent.sources.race import racing_models  # here and below: other command lines need nothing of it

    models = racing_models(args.models)
    if not args.question.strip():
        raise UsageError('nothing to ask: tickertape race "QUESTION" --models A,B')
    if not settings.file.is_trusted and (args.yes or args.allow):
        raise UsageError(f"{settings.file.problems[0]}; its [permissions] may deny what --yes and --allow let run")
    past = chosen_session(settings, args)
    if args.format is None and not args.no_save and not args.yes and sys.stdout.isatty():
        return _show(settings, args.question, models, past)
    from tui.cli.headless.race import print_race

    return print_race(
        settings,
        args.question,
        models,
        args.format or "text",
        past=past,
        save=not args.no_save,
        approve_all=args.yes,
    )


def _show(settings: Settings, question: str, models: list[str], past: Path | None) -> int:
    prepare_terminal("without one: --format text")
    from tui.screens.race.opening import RaceOpening

    return show(settings, race=RaceOpening(question=question, models=tuple(models), past=past))
