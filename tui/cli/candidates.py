"""What the last word of an unfinished command line may become, by the parsers themselves.

Knows argparse's tables and what our metavars mean: `ID` is a session, `FILE` and `DIR` are the shell's to complete,
`FILE|ID` is either.
"""

import argparse
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, TypeAlias

from agent.library.listing import SessionInfo
from agent.settings.settings import Settings
from agent.text import visible
from tui.cli.parsing import DELETED_IDS

__all__ = ["FILES", "Candidate", "NameSource", "SessionSource", "candidates", "names_of", "sessions_of"]

_LONGEST_TITLE = 60


class Candidate(NamedTuple):
    """What the word may become."""

    word: str
    about: str = ""
    """In a few words, on one line."""


FILES = [Candidate(":files")]
"""The one answer that is no word: the shell shall complete file names."""

SessionSource: TypeAlias = Callable[[bool], Iterable[SessionInfo]]
"""Gives the saved sessions, with True those in the trash, in the order in which they are offered."""


NameSource: TypeAlias = Callable[[str], Iterable[str]]
"""Gives the names that a table of the settings holds, such as `agents`."""

_TABLES = {"agent": "agents", "mcp": "mcp", "profile": "profiles"}
"""Options whose values are names in a table of the settings."""


def candidates(
    parser: argparse.ArgumentParser,
    words: Sequence[str],
    sessions: SessionSource,
    names: NameSource = lambda _table: (),
) -> list[Candidate]:
    """The candidates for the last of `words`, which stand behind the program's name."""
    # Bash hands over `--format=json` as three words.
    *given, current = [word for word in words if word != "="] or [""]
    place = _Place(parser)
    for word in given:
        place.take(word)
    option, equals, value = current.partition("=")
    before = ""
    if equals and (action := place.option(option)) is not None:
        before, current = f"{option}=", value
        found = list(_values(action, sessions, names))
    elif place.awaiting is not None:
        found = list(_values(place.awaiting, sessions, names))
    elif current.startswith("-"):
        found = list(place.options())
    else:
        found = [one for action in place.positionals[:1] for one in _values(action, sessions, names)]
    fitting = [Candidate(before + one.word, one.about) for one in found if one.word.startswith(current)]
    return fitting or [one for one in found if one in FILES]


def sessions_of(data_dir: Path) -> SessionSource:
    """The sessions of a data folder."""

    def sessions(deleted: bool) -> Iterable[SessionInfo]:
        from agent.library.library import Library  # most words are no ids

        library = Library(data_dir)
        return library.deleted() if deleted else library.sessions()

    return sessions


class _Place:
    """Where a command line stands after some words."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        self.awaiting: argparse.Action | None = None
        """The option whose value is the next word."""
        self._enter(parser)

    def _enter(self, parser: argparse.ArgumentParser) -> None:
        self._parser = parser
        self.positionals = [action for action in parser._actions if not action.option_strings]
        """Those that the next words can be."""

    def option(self, word: str) -> argparse.Action | None:
        """The option of that name that takes a value."""
        action = self._parser._option_string_actions.get(word)
        return action if action is not None and action.nargs != 0 else None

    def options(self) -> Iterator[Candidate]:
        """Every option, by its longest name."""
        for action in self._parser._actions:
            if action.option_strings and action.help != argparse.SUPPRESS:
                yield Candidate(max(action.option_strings, key=len), _about(action))

    def take(self, word: str) -> None:
        """Go on behind a word."""
        if self.awaiting is not None:
            self.awaiting = None
        elif word.startswith("-") and word != "-":
            self.awaiting = self.option(word)
        elif self.positionals:
            action = self.positionals[0]
            if isinstance(action, argparse._SubParsersAction):
                if word in action.choices:
                    self._enter(action.choices[word])
            elif action.nargs not in ("*", "+", argparse.REMAINDER):
                del self.positionals[0]


def names_of(settings: Settings) -> NameSource:
    """The names of the settings' tables."""

    def names(table: str) -> Iterable[str]:
        return (getattr(settings.file.read, table, None) or {}) if settings.file.read is not None else ()

    return names


def _values(action: argparse.Action, sessions: SessionSource, names: NameSource) -> Iterator[Candidate]:
    """What can stand for an argument or an option's value."""
    if isinstance(action, argparse._SubParsersAction):
        yield from (Candidate(choice.dest, _about(choice)) for choice in action._choices_actions)
        return
    shown = action.metavar if isinstance(action.metavar, str) else ""
    kinds = shown.split("|")
    if "ID" in kinds:
        for session in sessions(action.dest == DELETED_IDS):
            yield Candidate(session.id, " ".join(visible(session.title[:_LONGEST_TITLE]).split()))
    if action.dest in _TABLES:
        yield from map(Candidate, map(visible, names(_TABLES[action.dest])))
    if any(kind.startswith(("FILE", "DIR")) for kind in kinds):
        yield from FILES
    if shown.startswith("{"):  # what is not shown is not offered
        yield from map(Candidate, shown.strip("{}").split(","))
    elif action.choices is not None:
        yield from map(Candidate, map(str, action.choices))


def _about(action: argparse.Action) -> str:
    return " ".join((action.help or "").split())
