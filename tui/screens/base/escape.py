"""Esc, which may be the first half of Alt and an arrow: some terminals send it so."""

from collections.abc import Callable

from textual.timer import Timer

__all__ = ["Escape"]

_DELAY = 0.1
"""Seconds in which an arrow after Esc makes it Alt with that arrow."""


class Escape:
    """A press of Esc that is acted on when no arrow follows at once, or as soon as any other key does."""

    def __init__(self, later: Callable[[float, Callable[[], None]], Timer], act: Callable[[], None]) -> None:
        """`later` calls something after so many seconds; `act` is what Esc does."""
        self._later = later
        self._act = act
        self._due: Timer | None = None

    @property
    def is_pending(self) -> bool:
        """Whether it was pressed and has not been acted on yet."""
        return self._due is not None

    def press(self) -> None:
        """It is pressed."""
        if self._due is None:
            self._due = self._later(_DELAY, self._do)

    def key_comes(self, key: str) -> None:
        """Another key is about to be acted on: but for an arrow, it tells that the Esc before it stands for itself."""
        if self.is_pending and key not in ("up", "down"):
            self._do()

    def forget(self) -> None:
        """It was the first half of something else."""
        if self._due is not None:
            self._due.stop()
            self._due = None

    def _do(self) -> None:
        self.forget()
        self._act()
