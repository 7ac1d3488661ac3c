"""What differs in two recordings, as it is gone through: the difference that was gone to last, and where each lies.

It knows both sides and their clock; it draws nothing and takes no keys. What a difference is, `differences` of
`agent.recordings.comparing` says.
"""

from collections.abc import Iterator, Sequence
from typing import Literal

from agent.figures import plural
from agent.recordings.comparing.differences import Difference, TurnPair, compare
from tui.drawing.cells import flat
from tui.key_labels import Keys
from tui.panes.comparison.rows import Line
from tui.screens.compare.clock import SharedClock
from tui.screens.compare.side import Side

__all__ = ["Found"]

_SIDES: tuple[Literal[0, 1], Literal[0, 1]] = (0, 1)


class Found:
    """The differences of two sides, of which the right one may grow."""

    def __init__(self, sides: Sequence[Side], *, first: int) -> None:
        """`first` is the number of the first turn that is compared."""
        self._sides = sides
        self._first = first
        self.differences: list[Difference] = []
        """In the order in which a reader meets them."""
        self._at: int | None = None
        """The one that was gone to last, by its number."""

    def find(self) -> list[TurnPair]:
        """The turns of both in pairs, as far as they have come. Blocks; `take` has what it gives."""
        left, right = (side.runs for side in self._sides)
        return list(compare(left, right, first=self._first, is_growing=self._sides[1].is_growing))

    def take(self, pairs: Sequence[TurnPair]) -> None:
        """Go through these from now on."""
        self.differences = [difference for pair in pairs for difference in pair.differences]

    # Going through them

    def next(self, direction: int) -> Difference:
        """The one behind the last, or before it; behind the last of all comes the first. There are some."""
        number = self._at + direction if self._at is not None else 0 if direction > 0 else -1
        return self.differences[number % len(self.differences)]

    @property
    def last(self) -> Difference:
        """The one that was gone to last, else the first. There are some."""
        return self.differences[self._at or 0]

    def go_to(self, difference: Difference) -> None:
        """Note that it was gone to."""
        self._at = self.differences.index(difference)

    # Where they lie

    def time_of(self, difference: Difference, clock: SharedClock, *, at_end: bool = False) -> float:
        """When either side has what differs, or with `at_end` where both have all of it, in ms of the clock."""
        begins = (difference.left_at, difference.right_at)
        ends = (difference.left_end, difference.right_end)
        moments = [end if at_end and end is not None else begin for begin, end in zip(begins, ends, strict=True)]
        return max(self._times(clock, difference.turn, difference.step, moments), default=0.0)

    def time_of_line(self, line: Line, clock: SharedClock) -> float:
        """When a line of the table begins, in ms of the clock; the left goes before."""
        pair, step = line.turn, line.step
        begun = (pair.left, pair.right) if step is None else (step.left, step.right)
        moments = [None if one is None else one.started for one in begun]
        return next(self._times(clock, pair.number, None if step is None else step.number, moments), 0.0)

    def _times(
        self, clock: SharedClock, turn: int, step: int | None, moments: Sequence[float | None]
    ) -> Iterator[float]:
        for number, moment in zip(_SIDES, moments, strict=True):
            if moment is not None:
                yield clock.of(number, moment, self._near(number, turn, step))

    def _near(self, number: Literal[0, 1], turn: int, step: int | None) -> int:
        """The number of the event where a turn of a side begins, or a step of it: a clock that was set back tells its
        moments more than once."""
        marks = self._sides[number].recording.marks
        place = turn - self._first
        if place >= len(marks.turns):
            return 0
        within = [one for one in marks.steps if one >= marks.turns[place]] if step is not None else []
        return within[step - 1] if step is not None and step <= len(within) else marks.turns[place]

    # In words

    def words(self, keys: Keys) -> str:
        """What is known so far, and what it waits for."""
        count = plural(len(self.differences), "difference") if self.differences else "no difference"
        right = self._sides[1]
        if not right.is_growing:
            return count
        asking = next((run.asking for run in reversed(right.runs) if run.asking is not None), None)
        if asking is not None:
            return keys.fill(f"{flat(asking.name)[:24]} asks: {{compare.leave}} to answer")
        return f"{count} so far"
