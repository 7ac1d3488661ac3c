"""An input of one line without a frame: for searching and naming. What is typed or pasted is safe to draw."""

import re

from textual.widgets import Input

__all__ = ["LineInput"]

_SPACE = re.compile(r"\s")
_JOINERS = "\u200c\u200d"
"""Not printable by themselves, but scripts and emoji need them."""


class LineInput(Input):
    """As wide as its place, one row high; its cursor does not blink."""

    DEFAULT_CSS = """
    LineInput {
        background: $background;
        &:focus { background: $panel; background-tint: $foreground 0%; }
        &>.input--placeholder { color: $text-muted; }
    }
    """

    def __init__(self, *, placeholder: str = "", classes: str = "") -> None:
        super().__init__(placeholder=placeholder, compact=True, select_on_focus=False, classes=classes)
        self.cursor_blink = False

    def validate_value(self, value: str) -> str:
        """`value` on one line, without what a terminal would obey."""
        return "".join(char for char in _SPACE.sub(" ", value) if char.isprintable() or char in _JOINERS)
