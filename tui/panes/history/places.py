"""Where a reader is in a list: what must stay in its place, and where the cursor goes, when the list is replaced."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from tui.drawing.rows import Key
from tui.panes.history.listed import ListedRows

__all__ = ["Place"]

_EYE = 5
"""So many rows around what a reader looks at must stay where they are, or most of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What was seen, by what it shows."""

    top: int
    """The row that was at the top."""
    kept: tuple[tuple[Key, int], ...]
    """What must stay in its place, the most important first, with the numbers of the rows."""
    cursor: Key | None
    others: Iterable[str]
    """Sessions that the cursor may go to where its own is gone, the best first."""

    @classmethod
    def of(cls, rows: ListedRows, seen: Iterable[int], *, top: int, around: int | None, cursor: Key | None) -> "Place":
        """Remember the rows that are `seen`, above all those around one; None where nothing must stay in its place."""
        keys = [(rows.key_at(y), y) for y in seen] if around is not None else []
        near = sorted(
            (row for row in keys if not isinstance(row[0][0], int)), key=lambda row: abs(row[1] - (around or 0))
        )
        others = rows.others(cursor) if cursor is not None else ()
        return cls(top=top, kept=tuple(near[:_EYE]), cursor=cursor, others=others)

    def top_in(self, rows: ListedRows) -> int:
        """The row to have at the top now, so that what was looked at stays where it was."""
        moves = Counter(y - before for key, before in self.kept if (y := rows.row_number(key)) is not None)
        return self.top + (moves.most_common(1)[0][0] if moves else 0)

    def cursor_in(self, rows: ListedRows) -> Key | None:
        """What the cursor stands on now: the same, what contains it, the nearest session; None where all are gone."""
        if self.cursor is None:
            return None
        own: list[Key] = [self.cursor, self.cursor[:1]]
        for key in own:
            if rows.row_number(key) is not None:
                return key
        return next(((other,) for other in self.others if rows.row_number((other,)) is not None), None)
