"""`tickertape models`: what can be used now, and why not what cannot."""

import argparse
import json
import sys
from dataclasses import asdict

from agent.errors import ModelUnavailable
from agent.settings.settings import Settings
from agent.text import visible
from tui.cli.parsing import EXIT_OK, EXIT_USAGE, Commands, place_options

__all__ = ["add_parser"]


def add_parser(commands: Commands, epilog: str) -> None:
    """Add the command to the command line."""
    models = commands.add_parser(
        "models",
        help="what can be used now, and why not",
        description="List where models can be had, and what is missing where they cannot. With the name of one, ask it "
        "for its models.",
        parents=[place_options(argparse.SUPPRESS)],
        epilog=epilog,
    )
    models.add_argument("source", nargs="?", metavar="PROVIDER", help="ask this one for its models")
    models.add_argument("--json", action="store_true", help="as JSON")
    models.set_defaults(run=_run)


def _run(settings: Settings, args: argparse.Namespace) -> int:
    return _list_sources(settings, as_json=args.json) if args.source is None else _list_models(settings, args)


def _list_sources(settings: Settings, *, as_json: bool) -> int:
    from agent.settings.available import model_sources  # only this command asks servers

    sources = model_sources(settings)
    if as_json:
        print(json.dumps([asdict(source) | {"available": source.problem is None} for source in sources], indent=2))
        return EXIT_OK
    width = max(len(source.name) for source in sources)
    chosen = settings.model if settings.asks_agent else settings.model.partition(":")[0]
    for source in sources:
        mark = "*" if source.name == chosen else " "
        state = f"not available: {source.problem}" if source.problem else f"available ({source.origin})"
        print(visible(f"{mark} {source.name:{width}}  {state}"))
    print(visible(f"\nThe model now is {settings.shown_model}. tickertape models PROVIDER lists a provider's models."))
    return EXIT_OK


def _list_models(settings: Settings, args: argparse.Namespace) -> int:
    from agent.settings.available import list_models

    try:
        models = list_models(settings, args.source)
    except ModelUnavailable as error:
        print(f"tickertape: {visible(str(error))}", file=sys.stderr)
        return EXIT_USAGE
    if args.json:
        print(json.dumps([asdict(model) for model in models], indent=2))
    for model in models if not args.json else ():
        print(visible(model.spec) + (f"  {model.window:,} tokens" if model.window else ""))
    return EXIT_OK
