"""What moves in the tree by itself: the sign of what runs, and arguments that wait to be parsed."""

from collections.abc import Callable

from textual.timer import Timer
from textual.widget import Widget

from tui.panes.steps.call import PARSE_PAUSE

__all__ = ["SPINNER_PAUSE", "Pulse"]

SPINNER_PAUSE = 0.1
"""Seconds between two pictures of what runs."""


class Pulse:
    """The timers of one tree."""

    def __init__(self, widget: Widget, spin: Callable[[], None], parse: Callable[[], None]) -> None:
        """`spin` shows the next picture of what runs, `parse` what could not be parsed at once."""
        self._widget = widget
        self._spin = spin
        self._parse = parse
        self._spinner: Timer | None = None
        self._late: Timer | None = None

    def keep(self, *, is_animated: bool, is_late: bool) -> None:
        """Have timers for what moves now, and none else."""
        if not self._widget.is_mounted:
            return
        if is_animated and self._spinner is None:
            self._spinner = self._widget.set_interval(SPINNER_PAUSE, self._spin)
        elif not is_animated and self._spinner is not None:
            self._spinner.stop()
            self._spinner = None
        if is_late and self._late is None:
            self._late = self._widget.set_timer(PARSE_PAUSE, self._parse_late)

    def _parse_late(self) -> None:
        self._late = None
        self._parse()
