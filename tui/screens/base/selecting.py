"""A selection by the mouse stays in the pane in which it began, wherever the pointer goes."""

from textual.geometry import Offset
from textual.screen import Screen
from textual.widget import Widget

__all__ = ["SelectingScreen"]


class SelectingScreen(Screen[None]):
    """Panes side by side, whose texts have nothing to do with one another.

    Textual selects from where the button went down to whatever lies under the pointer; on a scroll bar, a frame or the
    next pane that is all that stands below.
    """

    def get_widget_and_offset_at(self, x: int, y: int) -> tuple[Widget | None, Offset | None]:
        """The widget at a cell of the screen and the place in its text; while one is selected in, the nearest in it."""
        found = super().get_widget_and_offset_at(x, y)
        state = self._select_state if self._selecting else None
        began = state.start.content_widget if state is not None else None
        if began is None or found[0] is began or not began.is_attached:
            return found
        region = began.scrollable_content_region
        if not region:
            return found
        return super().get_widget_and_offset_at(
            min(max(x, region.x), region.right - 1), min(max(y, region.y), region.bottom - 1)
        )
