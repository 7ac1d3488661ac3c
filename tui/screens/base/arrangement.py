"""Panes side by side, and which of them are seen: those at the sides lie over the middle one where there is no room."""

from collections.abc import Iterable

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

__all__ = ["Arrangement"]


class Arrangement(Horizontal):
    """The frames of three panes, by their names from the left to the right. What fills them is put in later."""

    def __init__(self, names: Iterable[str], *, id: str) -> None:
        super().__init__(id=id)
        self.panes = {name: Vertical(id=f"{name}-pane", classes="pane") for name in names}
        left, _, right = self.panes.values()
        left.add_class("-left")
        right.add_class("-right")

    def compose(self) -> ComposeResult:
        """From the left to the right."""
        yield from self.panes.values()

    def on_mount(self) -> None:
        """Name the panes."""
        for name, pane in self.panes.items():
            pane.border_title = name.capitalize()

    @property
    def _is_wide(self) -> bool:
        """Whether there is room for all of them; else one is seen at a time."""
        return self.screen.has_class("-wide")

    @property
    def is_covered(self) -> bool:
        """Whether a side pane lies over the middle one."""
        return any(pane.has_class("-shown") for pane in self.panes.values())

    def uncover(self) -> None:
        """Put the side panes away where they cover the middle one."""
        for pane in self.panes.values():
            pane.remove_class("-shown")

    def show(self, pane: Widget, *, shown: bool) -> None:
        """Show or hide a side pane."""
        if self._is_wide:
            pane.set_class(not shown, "-hidden")
        else:
            self.uncover()
            pane.set_class(shown, "-shown")

    def show_only(self, name: str | None) -> None:
        """Where one pane is seen at a time, show this one; None is the middle one."""
        if not self._is_wide:
            for other, pane in self.panes.items():
                pane.set_class(other == name, "-shown")
