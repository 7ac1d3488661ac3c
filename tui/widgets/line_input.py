"""Inputs of one line and of several, for searching, naming and filling in. What is typed is safe to draw."""

import re

from textual import events
from textual.widgets import Input, TextArea

from tui.widgets.in_order import take_in_order

__all__ = ["LineInput", "LinesInput"]

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

    def __init__(self, value: str = "", *, placeholder: str = "", classes: str = "", id: str | None = None) -> None:
        super().__init__(value, placeholder=placeholder, compact=True, select_on_focus=False, classes=classes, id=id)
        self.cursor_blink = False

    async def _on_key(self, event: events.Key) -> None:
        await take_in_order(self, event)

    def validate_value(self, value: str) -> str:
        """`value` on one line, without what a terminal would obey."""
        return "".join(char for char in _SPACE.sub(" ", value) if char.isprintable() or char in _JOINERS)


class LinesInput(TextArea):
    """Lines that are wrapped; its cursor does not blink."""

    def __init__(self, text: str = "", *, id: str | None = None) -> None:
        super().__init__(text, soft_wrap=True, id=id)
        self.cursor_blink = False

    async def _on_key(self, event: events.Key) -> None:
        await take_in_order(self, event)
