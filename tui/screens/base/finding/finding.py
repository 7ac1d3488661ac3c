"""Finding in what a screen shows: the line for it, which is there from the first time that something is to be found."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from textual.screen import Screen
from textual.widget import Widget

from tui.key_labels import Keys

if TYPE_CHECKING:
    from agent.conversation.run import Run
    from tui.presenter import Pictures
    from tui.screens.base.finding.line import FindLine

__all__ = ["Finding"]


class Finding:
    """What is being found on one screen."""

    def __init__(
        self,
        screen: Screen[None],
        keys: Keys,
        pictures: "Callable[[], Pictures | None]",
        runs: "Callable[[], Sequence[Run]]",
        show_where: Callable[[bool], None],
    ) -> None:
        """`runs` gives what is shown now; `show_where` is told whether a hit is in the steps rather than in the log."""
        self._screen = screen
        self._keys = keys
        self._pictures = pictures
        self._runs = runs
        self._show_where = show_where
        self._line: FindLine | None = None

    def open(self, before: Widget, go: Callable[[Callable[[], None]], None]) -> None:
        """Open the line, which stands over `before`; where it is open, go to the next hit. `go` leads there later."""
        if (line := self._made(before)) is not None:
            line.open() if line.is_mounted else go(line.open)

    def show(self, before: Widget, words: str, run_id: str, kind: str) -> None:
        """Mark words that were found elsewhere, and show where they stand in this turn."""
        if (line := self._made(before)) is not None:
            search = partial(line.search, words, run_id, kind)
            search() if line.is_mounted else self._screen.call_after_refresh(search)

    def leave(self) -> bool:
        """Close the line, or take the marks away; whether there was anything."""
        return self._line is not None and self._line.leave()

    def end(self) -> None:
        """Another conversation is shown."""
        if self._line is not None:
            self._line.end()

    def update(self) -> None:
        """Turns have changed: what is being found may stand elsewhere."""
        if self._line is not None:
            self._line.update()

    def _made(self, before: Widget) -> "FindLine | None":
        pictures = self._pictures()
        if self._line is None and pictures is not None:
            from tui.screens.base.finding.line import FindLine

            self._line = FindLine(pictures, self._runs, self._show_where, keys=self._keys, id="find")
            self._screen.mount(self._line, before=before)
        return self._line
