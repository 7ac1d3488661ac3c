"""The rows of all runs, one block of rows after the other, and what of them changed. Knows no widget."""

from bisect import bisect_right
from collections.abc import Sequence

from agent.conversation.items import ToolCall
from agent.conversation.run import Run
from tui.drawing.calls.rows import RESULT
from tui.drawing.rows import Key, Row
from tui.panes.steps.call import View
from tui.panes.steps.run import RunRows

__all__ = ["TreeRows"]


class TreeRows:
    """Rows by number; making some anew costs what those runs cost, and nothing for the runs before them."""

    def __init__(self, runs: Sequence[Run] = ()) -> None:
        self._blocks = [RunRows(run) for run in runs]
        self._ends: list[int] = []
        """The number of the row after each block that was made."""
        self._numbers = {run.id: number for number, run in enumerate(runs)}
        """Where the block of a run is, by the run's id."""

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    # Runs

    @property
    def run_ids(self) -> list[str]:
        """All runs, the oldest first."""
        return list(self._numbers)

    def put(self, run: Run) -> range:
        """Take in a run, new or changed; gives the numbers of the runs that must be made anew."""
        number = self._numbers.get(run.id)
        if number is None:
            number = self._numbers[run.id] = len(self._blocks)
            self._blocks.append(RunRows(run))
            return range(max(0, number - 1), number + 1)  # the one before is no longer the newest
        self._blocks[number].run = run
        return range(number, number + 1)

    def swap(self, runs: Sequence[Run]) -> range:
        """Take in other states of all runs; gives the numbers of those that must be made anew."""
        pairs = enumerate(zip(self._blocks, runs, strict=False))
        same = next((n for n, (block, run) in pairs if block.run is not run), min(len(self._blocks), len(runs)))
        self._blocks[same:] = [RunRows(run) for run in runs[same:]]
        self._numbers = {run.id: number for number, run in enumerate(runs)}
        return range(max(0, same - 1), len(runs))  # the one before may have become the newest, or ceased to be

    def numbers(self, run_id: str | None = None) -> range:
        """The number of one run; of all runs where none is named."""
        if run_id is None:
            return range(len(self._blocks))
        number = self._numbers[run_id]
        return range(number, number + 1)

    def make(self, numbers: range, view: View) -> tuple[int, list[Row], list[Row]]:
        """Make the rows of some runs anew; gives the number of their first row, their rows before and now."""
        blocks = self._blocks[numbers.start : numbers.stop]
        first = self._start(numbers.start) if numbers.start < len(self._ends) else len(self)
        before = [row for block in blocks for row in block.rows]
        for block in blocks:
            block.refresh(view, is_last=block is self._blocks[-1])
        end = self._start(numbers.start)
        del self._ends[numbers.start :]
        for block in self._blocks[numbers.start :]:
            end += len(block.rows)
            self._ends.append(end)
        return first, before, [row for block in blocks for row in block.rows]

    @property
    def is_animated(self) -> bool:
        """Whether a call of the newest run is shown that runs."""
        return bool(self._blocks) and self._blocks[-1].is_animated

    @property
    def is_late(self) -> bool:
        """Whether arguments of the newest run wait to be parsed."""
        return bool(self._blocks) and self._blocks[-1].is_late

    # Rows

    def __getitem__(self, y: int) -> Row:
        number = bisect_right(self._ends, y)
        return self._blocks[number].rows[y - self._start(number)]

    def row_number(self, key: Key) -> int | None:
        """Where a node's first row is; None where it is folded away."""
        number = self._numbers.get(str(key[0]))
        if number is None or (position := self._blocks[number].position(key)) is None:
            return None
        return self._start(number) + position

    def nearest(self, key: Key) -> int | None:
        """The row of a node or, where it is folded away, of what contains it."""
        while key:
            if (y := self.row_number(key)) is not None:
                return y
            key = key[:-1]
        return None

    def _start(self, number: int) -> int:
        return self._ends[number - 1] if number else 0

    # What rows stand for

    def run(self, key: Key) -> Run:
        """The run that a row with this key belongs to."""
        return self._blocks[self._numbers[str(key[0])]].run

    def find(self, run_id: str) -> Run | None:
        """The run with this id."""
        number = self._numbers.get(run_id)
        return None if number is None else self._blocks[number].run

    def call(self, key: Key) -> ToolCall | None:
        """The call that a row with this key belongs to, if any."""
        return self._blocks[self._numbers[str(key[0])]].call(key)

    def call_keys(self) -> list[Key]:
        """All calls in order, folded away or not."""
        return [
            (block.run.id, step.number, call.id)
            for block in self._blocks
            for step in block.run.steps
            for call in step.calls
        ]

    def call_near(self, cursor: Key | None, direction: int) -> Key | None:
        """The call before or after the one that `cursor` is in; from a step or run, the first in it or one before."""
        keys = self.call_keys()
        prefix = (cursor or ())[:3]
        inside = (number for number, key in enumerate(keys) if prefix and key[: len(prefix)] == prefix)
        position = next(inside, len(keys))
        if direction < 0 or len(prefix) == 3:
            position += direction
        return keys[max(0, min(position, len(keys) - 1))] if keys else None

    def text(self, key: Key) -> tuple[str, str]:
        """What is worth a copy of the row with this key, and what it is: a question, the arguments or result of X."""
        call = self.call(key)
        if call is None:
            return self.run(key).question, "question"
        if key[3:] == (RESULT,):
            return call.result or "", f"result of {call.name}"
        return call.fragments.text, f"arguments of {call.name}"
