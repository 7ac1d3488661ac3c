"""The waterfall under the panes of a screen, which is there from the first time that it is to be seen."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.screen import Screen
from textual.widget import Widget

if TYPE_CHECKING:
    from tui.drawing.glyphs import Glyphs
    from tui.panes.waterfall.pane import Waterfall
    from tui.screens.waterfall.frame import Moment, WaterfallFrame

__all__ = ["WATERFALL_KEYS", "WaterfallPlace"]

WATERFALL_KEYS = (
    "{waterfall.back} {waterfall.forward} in time  {waterfall.closer} {waterfall.farther} zoom"
    "  {app.waterfall} close  {waterfall.begin} to its start"
)
"""What the keys do in it."""

_HIGH = 22
"""Rows of a terminal from which the panes and the waterfall are seen together."""


class WaterfallPlace:
    """Where the waterfall stands: under the panes, or in their place where the terminal is low."""

    def __init__(self, screen: Screen[None], panes: Widget, glyphs: "Glyphs", moment: "Callable[[], Moment]") -> None:
        """`moment` gives what it is to show."""
        self._screen = screen
        self._panes = panes
        self._glyphs = glyphs
        self._moment = moment
        self._frame: WaterfallFrame | None = None

    @property
    def shown(self) -> "Waterfall | None":
        """The pane; None where it is not to be seen."""
        return self._frame.waterfall if self._frame is not None and self._frame.is_open else None

    @property
    def has_focus(self) -> bool:
        """Whether it has the keys."""
        return self._frame is not None and self._frame.waterfall.has_focus

    async def toggle(self) -> "Waterfall | None":
        """Show it, to be gone to; put it away where it has the keys: then None."""
        if self._frame is None:
            from tui.screens.waterfall.frame import WaterfallFrame  # most chats show none

            self._frame = WaterfallFrame(self._moment, self._glyphs, id="waterfall-pane")
            self._frame.set_class(True, "-open")
            with self._screen.app.batch_update():  # laid out once, when all of it is there
                await self._screen.mount(self._frame, after=self._panes)
        self._frame.open(is_open=not self._frame.waterfall.has_focus)
        return self.shown

    def make_room(self) -> None:
        """Take the size of the terminal in."""
        self._panes.display = self.shown is None or self._screen.size.height >= _HIGH

    def update(self) -> None:
        """The turn that it shows may have changed."""
        if self._frame is not None:
            self._frame.update()
