"""`tickertape config`: where the settings are, what they are, and what is wrong with them."""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from typing import Any

from agent.settings.settings import Settings
from agent.text import visible
from tui.cli.parsing import EXIT_OK, EXIT_USAGE, Commands, place_options

__all__ = ["add_parser"]

_COMMANDS: dict[str, str] = {
    "path": "print where the settings file is",
    "show": "print what holds, and where each of it comes from",
    "init": "write a settings file that says every setting and sets none",
    "keys": "print the ids of all actions and their keys, as [keys] takes them",
    "check": "say what is wrong with the settings file, line by line",
    "schema": "print the JSON Schema of the settings file",
}


def add_parser(commands: Commands, epilog: str) -> None:
    """Add the command to the command line."""
    config = commands.add_parser(
        "config",
        help="where the settings are, and what they are",
        description="The settings file: one TOML file. Arguments come before the environment, that before a profile, "
        "that before the file.",
        epilog=epilog,
    )
    actions = config.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, words in _COMMANDS.items():
        action = actions.add_parser(name, help=words, description=words, parents=[place_options(argparse.SUPPRESS)])
        action.set_defaults(run=_ACTIONS[name])


def _path(settings: Settings, _args: argparse.Namespace) -> int:
    print(settings.file.path)
    return EXIT_OK


def _init(settings: Settings, _args: argparse.Namespace) -> int:
    from agent.settings.file.template import TEMPLATE  # each of these is for one command
    from agent.settings.file.writing import create_settings

    create_settings(settings.file.path, TEMPLATE)
    print(f"written: {settings.file.path}")
    return EXIT_OK


def _schema(_settings: Settings, _args: argparse.Namespace) -> int:
    from agent.settings.file.tables import json_schema
    from tui.actions import ACTIONS

    schema = json_schema()
    # The file's own schema knows no actions; an editor that is told of them offers them.
    schema["$defs"]["Document"]["properties"]["keys"] |= {
        "properties": {
            action.id: {"type": "string", "description": action.title, "default": action.keys}
            for action in ACTIONS.values()
            if not action.fixed
        },
        "additionalProperties": False,
    }
    print(json.dumps(schema, indent=2))
    return EXIT_OK


def _check(settings: Settings, _args: argparse.Namespace) -> int:
    from tui.app.preferences import all_problems  # only the screen can judge keys and themes

    problems = all_problems(settings)
    for problem in problems:
        print(visible(str(problem)))
    if not problems:
        print(f"{settings.file.path}: {'nothing is wrong' if settings.file.text else 'there is none, which is fine'}")
    return EXIT_USAGE if problems else EXIT_OK


def _keys(settings: Settings, _args: argparse.Namespace) -> int:
    from tui.actions import PLACES

    print("[keys]")
    for place, actions in PLACES.items():
        print(f"\n# {place}")
        for action in actions:
            if not action.fixed:
                keys = settings.keys.get(action.id, action.keys)
                print(visible(f'"{action.id}" = {_toml(keys)}  # {action.title}'))
    return EXIT_OK


def _show(settings: Settings, _args: argparse.Namespace) -> int:
    for line in _shown(settings):
        print(visible(line))
    for problem in settings.problems:
        print(f"tickertape: {visible(str(problem))}", file=sys.stderr)
    return EXIT_OK


def _shown(settings: Settings) -> Iterator[str]:
    """What holds, as the file would say it, each with its origin; what holds nothing is left out."""
    yield f"# {settings.file.path}{'' if settings.file.text else ' (there is none)'}"
    tables: dict[str, dict[str, tuple[Any, str]]] = {}
    for name, chosen in settings.origins.items():
        table, _, key = name.rpartition(".")
        tables.setdefault(table, {})[key] = chosen
    for table, values in sorted(tables.items()):
        rows = [(key, value, origin) for key, (value, origin) in values.items() if value not in (None, (), [])]
        if table and rows:
            yield f"\n[{table}]"
        yield from (f"{key} = {_toml(value)}  # {origin}" for key, value, origin in rows)
    if settings.keys:
        yield "\n[keys]"
        yield from (f"{_toml(action)} = {_toml(keys)}" for action, keys in settings.keys.items())
    for name, provider in settings.providers.items():
        yield f"\n[providers.{name}]"
        yield f"base_url = {_toml(provider.base_url)}"
        if provider.key_env:
            is_set = "set" if settings.environ.get(provider.key_env) else "not set"
            yield f"key_env = {_toml(provider.key_env)}  # which is {is_set}"


def _toml(value: Any) -> str:
    """A value as TOML writes it, which JSON does for all that can stand here."""
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)


_ACTIONS: dict[str, Callable[[Settings, argparse.Namespace], int]] = {
    "path": _path,
    "show": _show,
    "init": _init,
    "check": _check,
    "keys": _keys,
    "schema": _schema,
}
