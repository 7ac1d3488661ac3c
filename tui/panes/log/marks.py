"""What a search marks in the log, and on which lines its current hit is.

Owns the query and the current hit. A run is looked into when its lines are painted, or to go to a hit in it.
"""

from typing import TYPE_CHECKING

from agent.conversation.finding import Hit, HitKind
from tui.drawing.matches import Mark
from tui.panes.log.column import Column
from tui.panes.log.run.notes import ENDING

if TYPE_CHECKING:
    from tui.panes.log.run.part import Part
    from tui.panes.log.run.view import RunView

__all__ = ["Marks"]


class Marks:
    """The matches of a query in a column."""

    def __init__(self, column: Column) -> None:
        self.query = ""
        """What is marked; nothing where it is empty."""
        self.hit: Hit | None = None
        """The match that is looked at."""
        self._column = column

    def on(self, view: "RunView", row: int) -> tuple[tuple[Mark, ...], int | None]:
        """What is to be marked on a line of a run, and the number of the current match if it is in the same text."""
        part = view.part_at(row)
        matches = part.find(self.query) if part is not None else None
        if part is None or matches is None or row < part.first:
            return (), None
        marks, hit = tuple(matches.on(row - part.first)), self.hit
        if hit is None or hit.run_id != view.run.id or _part_key(hit) != part.key:
            return marks, None
        return marks, min(hit.nth, matches.count - 1)

    def rows_of(self, hit: Hit) -> range:
        """The line where a hit begins, its reasoning unfolded; all lines of its run where it is in a tool call."""
        index = self._column.index_of(hit.run_id)
        if index is None:
            return range(0)
        if hit.kind is HitKind.REASONING and hit.item not in self._column.unfolded:
            self._column.unfolded.add(hit.item)
            self._column.refresh_run(index)
        view, top = self._column.view(index), self._column.top(index)
        self._column.lay_out(range(top, top + view.height), top)
        part = self._part(view, hit)
        if part is None:
            return range(top, top + view.height)
        matches = part.find(self.query)
        line = matches.line_of(hit.nth) if matches is not None else None
        return range(top + part.first + (line or 0), top + part.first + (line or 0) + 1)

    def _part(self, view: "RunView", hit: Hit) -> "Part | None":
        key = _part_key(hit)
        return next((part for part in view.parts if part.key == key), None)


def _part_key(hit: Hit) -> str | None:
    """The key of the part of a run that a hit is in."""
    match hit.kind:
        case HitKind.QUESTION:
            return "question"
        case HitKind.ANSWER | HitKind.PREAMBLE:
            return f"text {hit.item}"
        case HitKind.REASONING:
            return f"thought {hit.item}"
        case HitKind.ERROR:
            return ENDING
        case _:
            return None
