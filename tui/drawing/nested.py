"""Lines by number where some of them have others under them: what is where, at a cost that the list's length is not in.

Making a list of lines costs one pass. Folding, and finding a line by its number or a number by its line, costs what
the few unfolded lines cost. Knows no row, no session.
"""

from bisect import bisect_left, bisect_right
from itertools import accumulate

__all__ = ["NestedLines"]


class NestedLines:
    """A number of lines, from 0, each with so many more under it as it was given."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._under: dict[int, int] = {}
        """How many are under a line; only lines that have any."""
        self._parents: list[int] = []
        """Those lines, in order."""
        self._taken: list[int] = [0]
        """How many are under the first parents: under none, under the first, under the first two, ..."""
        self._tops: list[int] = []
        """The row that each parent is on."""

    def __len__(self) -> int:
        return self._count + self._taken[-1]

    def put_under(self, counts: dict[int, int]) -> None:
        """Have so many under these lines, by the line's number."""
        for line, count in counts.items():
            if count:
                self._under[line] = count
            else:
                self._under.pop(line, None)
        self._parents = sorted(self._under)
        self._taken = [0, *accumulate(self._under[line] for line in self._parents)]
        self._tops = [line + taken for line, taken in zip(self._parents, self._taken, strict=False)]

    def at(self, row: int) -> tuple[int, int | None]:
        """The line on a row, or that it is under, and its place there, from 0; None for the line itself."""
        number = bisect_left(self._tops, row) - 1  # of the last parent above the row
        if number < 0:
            return row, None
        inside = row - self._tops[number] - 1
        if inside < self._under[self._parents[number]]:
            return self._parents[number], inside
        return row - self._taken[number + 1], None

    def row(self, line: int) -> int:
        """The row that a line is on."""
        return line + self._taken[bisect_right(self._parents, line - 1)]
