"""The message cursor: which message or code block the keys are about, and what there is to copy and to fold in it.

Owns where it is. Lines are a column's, and what is seen of them is the log's business.
"""

from typing import Literal

from agent.conversation.run import Run
from tui.panes.log.column import Column
from tui.panes.log.targets import Target, Targets

__all__ = ["MessageCursor"]


class MessageCursor:
    """A cursor on the messages of a column; nowhere until it is put somewhere."""

    def __init__(self, column: Column) -> None:
        self._column = column
        self._targets = Targets(column)
        self._at: Target | None = None

    @property
    def run(self) -> Run | None:
        """The run that it is in, else the last one."""
        return self._column.run(self._at.run) if self._at else self._column.last

    @property
    def rows(self) -> range:
        """The lines of what it is on."""
        return self._targets.rows_of(self._at) if self._at is not None else range(0)

    def clear(self) -> None:
        """Be nowhere."""
        self._at = None

    def put_on_question(self, index: int) -> None:
        """Be on the question of a run, by its place."""
        self._at = Target(run=index, part="question")

    def put_at(self, y: int) -> bool | None:
        """Be on the message at a line, else on the last one above it in its run.

        True where there is one at the line itself; None where there is none above it either, and it stays.
        """
        at, above = self._targets.target_at(y), self._targets.target_above(y)
        if at is None and above is None:
            return None
        self._at = at or above
        return at is not None

    def walk(self, direction: Literal[-1, 1], seen: range, *, code: bool) -> bool:
        """Go to the message, or code block, before or after; from outside of what is seen where it is nowhere."""
        outside = seen.stop if direction < 0 else seen.start - 1
        start = self._targets.rows_of(self._at).start if self._at else outside
        target = self._targets.neighbour(start, direction, code=code)
        if target is not None:
            self._at = target
        return target is not None

    def message(self) -> str:
        """The message that it is on, else the last one, as it was written."""
        return self._targets.source(self._at or self._targets.last_text())

    def code_block(self) -> str:
        """The code block that it is on, else the one before it, else the last one."""
        target, targets = self._at, self._targets
        if target is None or target.block is None:
            below = targets.rows_of(target).stop if target else self._column.height
            target = targets.neighbour(below, -1, code=True) or targets.neighbour(below - 1, 1, code=True)
        return targets.source(target)

    @property
    def is_on_reasoning(self) -> bool:
        """Whether it is on a reasoning itself."""
        return self._at is not None and self._targets.reasoning_near(self._at) == self._at

    def fold(self, folded: bool | None) -> bool:
        """Fold or unfold the reasoning that it is on or in whose run it is, None the other way; False without one."""
        target = self._targets.reasoning_near(self._at)
        if target is None:
            return False
        unfolded = self._column.unfolded
        if folded is None:
            folded = target.part in unfolded
        if folded:
            unfolded.discard(target.part)
        else:
            unfolded.add(target.part)
        self._column.refresh_run(target.run)
        return True
