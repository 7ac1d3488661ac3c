"""What the message cursor can be on: messages, reasonings, code blocks, and the way from one to the next.

Owns no state; it reads the runs of a column, laying out those it has to look into.
"""

from dataclasses import dataclass

from tui.panes.log.column import Column

__all__ = ["Target", "Targets", "all_sources"]

_MESSAGES = frozenset({"question", "reasoning", "text", "thought"})
_BELOW = 1 << 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What the message cursor can be on."""

    run: int
    part: str
    block: int | None = None
    """Which code block of the part; None for all of it."""


class Targets:
    """The targets in a column."""

    def __init__(self, column: Column) -> None:
        self._column = column

    def rows_of(self, target: Target) -> range:
        """The lines of a message or code block."""
        top = self._column.top(target.run)
        for part in self._column.view(target.run).parts:
            if part.key == target.part:
                if target.block is None:
                    return range(top + part.first, top + part.top + part.height)
                code = part.code_blocks()[target.block : target.block + 1]
                return range(*(top + part.first + row for row in (code[0].first, code[0].end))) if code else range(0)
        return range(0)

    def neighbour(self, y: int, direction: int, *, code: bool) -> Target | None:
        """The message, or code block, that begins next before or after line `y`."""
        index = self._column.at(y)
        row = y - self._column.top(index) if len(self._column) else 0
        while 0 <= index < len(self._column):
            targets = self._targets(index, code=code)
            firsts = [self.rows_of(target).start - self._column.top(index) for target in targets]
            if direction < 0:
                found = [target for target, first in zip(targets, firsts, strict=True) if first < row]
            else:
                found = [target for target, first in zip(targets, firsts, strict=True) if first > row][::-1]
            if found:
                return found[-1]
            index += direction
            row = -1 if direction > 0 else _BELOW
        return None

    def target_at(self, y: int) -> Target | None:
        """The message at a line."""
        index = self._column.at(y)
        part = self._column.view(index).part_at(y - self._column.top(index))
        return Target(run=index, part=part.key) if part is not None and part.kind in _MESSAGES else None

    def target_above(self, y: int) -> Target | None:
        """The message that a line without one belongs to: the last above it in its run."""
        index = self._column.at(y)
        row = y - self._column.top(index)
        parts = [part for part in self._column.view(index).parts if part.kind in _MESSAGES and part.top <= row]
        return Target(run=index, part=parts[-1].key) if parts else None

    def last_text(self) -> Target | None:
        """The last answer, else the last question."""
        targets = self._targets(len(self._column) - 1, code=False) if len(self._column) else []
        return targets[-1] if targets else None

    def reasoning_near(self, target: Target | None) -> Target | None:
        """The reasoning at the cursor, else the first of its run; without a cursor that of the last run."""
        if not len(self._column):
            return None
        index = target.run if target else len(self._column) - 1
        keys = [part.key for part in self._column.view(index).parts if part.kind == "reasoning"]
        if target is not None and target.part.removeprefix("thought ") in keys:
            return Target(run=index, part=target.part.removeprefix("thought "))
        return Target(run=index, part=keys[0]) if keys else None

    def source(self, target: Target | None) -> str:
        """What the model or the user wrote."""
        if target is None:
            return ""
        for part in self._column.view(target.run).parts:
            if part.key == target.part:
                if target.block is not None:
                    return "".join(code.text for code in part.code_blocks()[target.block : target.block + 1])
                return part.item.fragments.text if part.item is not None else self._column.run(target.run).question
        return ""

    def _targets(self, index: int, *, code: bool) -> list[Target]:
        if code and not any(
            "```" in item.fragments.text or "~~~" in item.fragments.text or "    " in item.fragments.text
            for item in self._column.run(index).messages
        ):
            return []
        parts = [part for part in self._column.view(index).parts if part.kind in _MESSAGES]
        if not code:
            return [Target(run=index, part=part.key) for part in parts if part.kind != "thought"]
        return [
            Target(run=index, part=part.key, block=block) for part in parts for block in range(len(part.code_blocks()))
        ]


def all_sources(column: Column) -> str:
    """All questions and texts, as they were written."""
    runs = [column.run(index) for index in range(len(column))]
    return "\n\n".join(
        text for run in runs for text in (run.question, *(message.fragments.text for message in run.messages))
    )
