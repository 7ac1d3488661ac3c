"""Which keys do what now, and how they are written: `Ctrl+B`, `Esc`, `[`.

Fills the names of keys into texts: hints, help, whatever names a key. It knows the registry of actions and no widget.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from itertools import chain

from tui.actions import ACTIONS, PLACES, Action, Place

__all__ = ["DEFAULT_KEYS", "Keys", "key_label"]

_NAMES = {
    "at": "@",
    "backslash": "\\",
    "delete": "Delete",
    "enter": "Enter",
    "escape": "Esc",
    "minus": "-",
    "pagedown": "PageDown",
    "pageup": "PageUp",
    "plus": "+",
    "slash": "/",
    "space": "Space",
    "tab": "Tab",
    "underscore": "_",
}
_ARROWS = {"left": "←", "right": "→", "up": "↑", "down": "↓"}
_SHORT = {"delete": "Del"}
_FIELD = re.compile(r"\{([a-z_0-9.]+)(?::(\d+))?\}")
_MANY = 3
"""Keys of one row of the help; of more, the first and the last are told."""


def key_label(key: str) -> str:
    """A key as people read it, by its name in Textual: `ctrl+b` is `Ctrl+B`, `left_square_bracket` is `[`."""
    *modifiers, name = key.split("+") if key != "+" else [key]
    if len(name) == 1:
        label = name.upper() if modifiers else name
    elif (known := _NAMES.get(name)) is not None:
        label = known
    else:
        label = _sign(name) or name.capitalize()
    return "+".join([*(modifier.capitalize() for modifier in modifiers), label])


def _sign(name: str) -> str:
    """The character that Textual calls by its name in Unicode; '' for keys that are none."""
    try:
        character = unicodedata.lookup(name.replace("_", " "))
    except KeyError:
        return ""
    return character if character.isprintable() else ""


class Keys:
    """The keys of every action: those of the registry, but where the user has chosen others."""

    def __init__(self, chosen: Mapping[str, str] | None = None) -> None:
        """`chosen` names keys by the action's id, as the registry does; '' is no key."""
        self._chosen = dict(chosen or {})

    def choose(self, chosen: Mapping[str, str]) -> None:
        """Have these keys from now on, wherever they are told."""
        self._chosen = dict(chosen)

    def of(self, action_id: str) -> list[str]:
        """The keys of an action, by their names in Textual, the one that is told first."""
        keys = self._chosen.get(action_id, ACTIONS[action_id].keys)
        return [key for part in keys.split(",") if (key := part.strip())]

    def labels(self, action_id: str) -> list[str]:
        """The same as people read them."""
        return [key_label(key) for key in self.of(action_id)]

    def fill(self, text: str) -> str:
        """`text` with keys in the place of `{id}`, and the first two of them, if there are, in that of `{id:2}`."""
        return _FIELD.sub(lambda field: " or ".join(self.labels(field[1])[: int(field[2] or 1)]), text)

    def hint(self, text: str, *, arrows: bool = False) -> str:
        """The same for a line of hints, with two spaces between them: short, and without those that have no key.

        `arrows` draws the keys of that name.
        """
        return "  ".join(told for part in text.split("  ") if (told := self._hinted(part, arrows)))

    def _hinted(self, part: str, arrows: bool) -> str:
        keys = [self.of(field[1])[:1] for field in _FIELD.finditer(part)]
        if not all(keys):
            return ""
        signs = {**_SHORT, **(_ARROWS if arrows else {})}
        labels = iter([signs.get(key, key_label(key)) for key in chain.from_iterable(keys)])
        return _FIELD.sub(lambda _field: next(labels), part)

    def told(self, place: Place) -> Iterator[tuple[list[list[str]], str]]:
        """The rows of the help for what works in a place: the keys of each of its actions, and what they do."""
        for action in PLACES[place]:
            if action.help:
                ids = (action.id, *action.beside)
                keys = [told for id_ in ids if (told := self.labels(id_)[: action.told])]
                if keys:
                    yield self._ends(keys), self._help(action)

    @staticmethod
    def _ends(keys: list[list[str]]) -> list[list[str]]:
        return keys if len(keys) <= _MANY else [[f"{keys[0][0]} to {keys[-1][0]}"]]

    def _help(self, action: Action) -> str:
        others = [label for id_ in (action.id, *action.beside) for label in self.labels(id_)[action.told :]]
        also = action.also.replace("{}", ", ".join(others)) if others else ""
        return self.fill(action.help) + also


DEFAULT_KEYS = Keys()
"""Where the user has chosen none."""
