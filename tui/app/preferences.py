"""What of the settings only the screen can judge: the keys of actions, and themes. Reads no file and shows nothing."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from textual.color import Color, ColorParseError
from textual.keys import Keys as TextualKeys
from textual.theme import BUILTIN_THEMES, Theme

from agent.settings.file.contents import Problem, SettingsFile
from agent.settings.settings import Settings
from tui.actions import ACTIONS, PLACES
from tui.app.themes import DARK, LIGHT

if TYPE_CHECKING:
    from agent.settings.file.tables import Theme as OwnTheme

__all__ = ["UNBOUND", "all_problems", "chosen_keys", "chosen_themes", "preference_problems"]

UNBOUND = "no_key"
"""What an action without a key has in Textual's keymap, which takes '' for its own keys; no terminal sends it."""

_MODIFIERS = frozenset({"ctrl", "alt", "shift", "super", "meta", "hyper"})
_NAMED = frozenset(key.value for key in TextualKeys)
_COLOURS = (
    "primary",
    "secondary",
    "accent",
    "foreground",
    "background",
    "surface",
    "panel",
    "success",
    "warning",
    "error",
)


def all_problems(settings: Settings) -> list[Problem]:
    """All that is wrong with the settings: the file in the order of its lines, and last what is wrong as a whole."""
    found = [*settings.problems, *preference_problems(settings)]
    return sorted(found, key=lambda problem: (problem.line is None, problem.line or 0))


def preference_problems(settings: Settings) -> list[Problem]:
    """What of [keys], [themes] and the theme cannot be taken."""
    _, of_keys = chosen_keys(settings.keys, settings.file)
    themes, of_themes = chosen_themes(settings.themes, settings.file)
    known = {*BUILTIN_THEMES, DARK.name, LIGHT.name, *(theme.name for theme in themes)}
    if settings.theme is not None and settings.theme not in known:
        words = (
            f"there is no theme {settings.theme}{_meant(settings.theme, known)} (allowed: {', '.join(sorted(known))})"
        )
        of_themes.append(settings.file.problem(("screen", "theme"), words))
    return [*of_keys, *of_themes]


# Keys


def chosen_keys(keys: Mapping[str, str], file: SettingsFile) -> tuple[dict[str, str], list[Problem]]:
    """The keys that can be taken, by their actions' ids, and what is wrong with the rest.

    Of two actions that would have one key in one place, the one whose key was chosen keeps its own.
    """
    problems: list[Problem] = []
    taken: dict[str, str] = {}
    for action_id, written in keys.items():
        if words := _wrong(action_id, written):
            problems.append(file.problem(("keys", action_id), words))
        else:
            taken[action_id] = ",".join(_split(written))
    for action_id in list(taken):
        for other, key in dict.fromkeys(_clashes(action_id, taken)):
            words = f'"{action_id}" and "{other}" would both have {key}; give one of them another key'
            problems.append(file.problem(("keys", action_id), words))
            taken.pop(action_id, None)
    return taken, problems


def _wrong(action_id: str, written: str) -> str:
    """Why an action cannot have these keys; '' where it can."""
    if (action := ACTIONS.get(action_id)) is None:
        return f'there is no action "{action_id}"{_meant(action_id, ACTIONS)} (allowed: {_allowed(action_id)})'
    if action.fixed:
        words = "has no keys of its own: it is what a key of another action does in its place"
        return f'"{action_id}" {words} (allowed: {_allowed(action_id)})'
    if bad := [key for key in _split(written) if not _is_key(key)]:
        return f'"{bad[0]}" is no key; write it as ctrl+n, alt+up, f5, slash or x'
    return ""


def _meant(name: str, known: Iterable[str]) -> str:
    """What may have been meant."""
    near = difflib.get_close_matches(name, known, 1)
    return f"; did you mean {near[0]}?" if near else ""


def _allowed(action_id: str) -> str:
    """The actions of the same group that can have keys; the groups where there is none."""
    ids = [action.id for action in ACTIONS.values() if not action.fixed]
    near = [known for known in ids if known.startswith(f"{action_id.partition('.')[0]}.")]
    return ", ".join(near or sorted({known.partition(".")[0] for known in ids}))


def _split(written: str) -> list[str]:
    return [key if len(key) == 1 else key.lower() for part in written.split(",") if (key := part.strip())]


def _is_key(key: str) -> bool:
    *modifiers, name = key.split("+") if key != "+" else [key]
    return set(modifiers) <= _MODIFIERS and (len(name) == 1 or name in _NAMED or _is_sign(name))


def _is_sign(name: str) -> bool:
    import unicodedata

    try:
        unicodedata.lookup(name.replace("_", " "))
    except KeyError:
        return False
    return True


def _clashes(action_id: str, taken: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The actions that work where this one does and would have one of its keys, which by default they have not both."""
    for others in PLACES.values():
        here = {action.id: action for action in (*others, *PLACES["everywhere"])}
        if action_id not in here:
            continue
        mine = set(_split(taken[action_id]))
        for other in here.values():
            if other.id == action_id or other.fixed:
                continue
            both = mine & set(_split(taken.get(other.id, other.keys)))
            both -= set(_split(ACTIONS[action_id].keys)) & set(_split(other.keys))
            yield from ((other.id, key) for key in sorted(both)[:1])
        if action_id not in {action.id for action in PLACES["everywhere"]}:
            return


# Themes


def chosen_themes(themes: "Mapping[str, OwnTheme]", file: SettingsFile) -> tuple[list[Theme], list[Problem]]:
    """The user's themes, and what is wrong with the rest."""
    made: list[Theme] = []
    problems: list[Problem] = []
    for name, own in themes.items():
        base = LIGHT if own.dark is False else DARK
        colours = {colour: value for colour in _COLOURS if (value := getattr(own, colour)) and isinstance(value, str)}
        wrong = next((colour for colour, value in colours.items() if not _is_colour(value)), None)
        if wrong is not None:
            words = f"themes.{name}.{wrong}: a colour is needed, as #rrggbb or by name"
            problems.append(file.problem(("themes", name, wrong), words))
            continue
        rest = {colour: getattr(base, colour) for colour in _COLOURS if colour not in colours}
        made.append(Theme(name=name, dark=own.dark is not False, variables=base.variables, **{**rest, **colours}))
    return made, problems


def _is_colour(text: str) -> bool:
    try:
        Color.parse(text)
    except ColorParseError:
        return False
    return True
