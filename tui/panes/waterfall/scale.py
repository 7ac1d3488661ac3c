"""The stretch of time that the cells of a waterfall show: zoomed, moved, and mapped to cells. Pure."""

from dataclasses import dataclass
from functools import cached_property

__all__ = ["Scale"]

_CLOSEST = 20.0
"""Milliseconds that all cells together show at least."""


@dataclass(frozen=True, kw_only=True)
class Scale:
    """From `start` to `end` in `width` cells; moments are milliseconds since the epoch."""

    start: float
    end: float
    width: int

    @cached_property
    def cell(self) -> float:
        """Milliseconds of a cell."""
        return max(self.end - self.start, 1.0) / max(self.width, 1)

    @cached_property
    def edges(self) -> list[float]:
        """When each cell begins, and last when the last one ends: all lines of a picture share them."""
        start, cell = self.start, self.cell
        return [start + number * cell for number in range(self.width + 1)]

    def cell_of(self, moment: float) -> int:
        """The cell that a moment is in; it may lie outside."""
        if moment == self.end:
            return self.width - 1
        return int((moment - self.start) // self.cell)

    def zoomed(self, factor: float, around: float, whole: "Scale") -> "Scale":
        """Closer by `factor`, or farther below 1: `around` stays in its place, nothing outside `whole` is shown."""
        span = min(
            max((self.end - self.start) / factor, min(_CLOSEST, whole.end - whole.start)), whole.end - whole.start
        )
        share = (around - self.start) / max(self.end - self.start, 1.0)
        return Scale(start=around - share * span, end=around + (1 - share) * span, width=self.width).within(whole)

    def within(self, whole: "Scale") -> "Scale":
        """The same stretch, moved so that it lies in `whole`."""
        span = min(self.end - self.start, whole.end - whole.start)
        start = min(max(self.start, whole.start), whole.end - span)
        return Scale(start=start, end=start + span, width=self.width)

    def showing(self, moment: float, whole: "Scale") -> "Scale":
        """The same stretch, moved as little as shows `moment`."""
        span = self.end - self.start
        if moment < self.start:
            return Scale(start=moment, end=moment + span, width=self.width).within(whole)
        if moment > self.end:
            return Scale(start=moment - span, end=moment, width=self.width).within(whole)
        return self
