"""Inputs of one line and of several, for searching, naming and filling in. What is typed is safe to draw."""

import re

from textual import events
from textual.widgets import Input

from tui.terminal.clipboard import cleaned
from tui.widgets.bindings import take_in_order
from tui.widgets.text_area import LongTextArea

__all__ = ["FramedInput", "LineInput", "LinesInput", "OrderedInput"]

_SPACE = re.compile(r"\s")


class OrderedInput(Input):
    """An input whose keys are taken in their order; its cursor does not blink."""

    def __init__(
        self,
        value: str = "",
        *,
        placeholder: str = "",
        compact: bool = False,
        select_on_focus: bool = True,
        classes: str = "",
        id: str | None = None,
    ) -> None:
        super().__init__(
            value,
            placeholder=placeholder,
            compact=compact,
            select_on_focus=select_on_focus,
            classes=classes,
            id=id,
        )
        self.cursor_blink = False

    async def _on_key(self, event: events.Key) -> None:
        await take_in_order(self, event)

    def _on_paste(self, event: events.Paste) -> None:
        """All lines of a paste as one; Textual's own takes the first and loses the others."""
        event.prevent_default()
        event.stop()
        self.replace(" ".join(event.text.strip("\n").split("\n")), *sorted(self.selection))


class FramedInput(OrderedInput):
    """The input of a dialog, in a frame of its own."""

    DEFAULT_CSS = """
    FramedInput {
        margin: 1 0 0 0;
        border: round $border-blurred;
        background: $surface;
        &:focus { border: heavy $accent; }
    }
    """

    def __init__(self, value: str = "", *, placeholder: str = "") -> None:
        super().__init__(value, placeholder=placeholder, select_on_focus=False)


class LineInput(OrderedInput):
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

    def validate_value(self, value: str) -> str:
        """`value` on one line, without what a terminal would obey."""
        return cleaned(_SPACE.sub(" ", value))


class LinesInput(LongTextArea):
    """Lines that are wrapped, whose keys are taken in their order."""

    async def _on_key(self, event: events.Key) -> None:
        await take_in_order(self, event)
