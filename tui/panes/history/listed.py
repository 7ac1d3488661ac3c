"""Sessions by row number, each with the rows under it: what the list of sessions and the results of a search share.

A row is made when it is asked for and kept while it is right, so a long list costs what is seen of it.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from itertools import chain, islice

from agent.library.listing import SessionInfo
from tui.drawing.glyphs import Glyphs
from tui.drawing.nested import NestedLines
from tui.drawing.rows import Key, Row
from tui.panes.history.rows import heading_row

__all__ = ["ListedRows"]

_KEPT_ROWS = 500
"""So many rows are kept before all are forgotten: more than any screen shows."""


class ListedRows(ABC):
    """Headings and sessions, a line each. A key is a session's id, and what it is under that session."""

    def __init__(self, glyphs: Glyphs) -> None:
        self._glyphs = glyphs
        self._entries: Sequence[SessionInfo | str] = ()
        """What is on each line: a session, or a heading; the empty heading keeps sections apart."""
        self._lines: dict[str, int] = {}
        """The line of a session, by its id."""
        self._nested = NestedLines(0)
        self._made: dict[Key, Row] = {}
        self._width = 0

    @abstractmethod
    def _child_key(self, session_id: str, number: int) -> Key:
        """The key of what is at a place under a session, from 0."""

    @abstractmethod
    def _child_number(self, key: Key) -> int | None:
        """The place under its session of what has this key."""

    @abstractmethod
    def _session_row(self, key: Key, session: SessionInfo, width: int) -> Row:
        """A row for a session."""

    @abstractmethod
    def _child_row(self, key: Key, session: SessionInfo, number: int, width: int) -> Row:
        """A row for what is at a place under a session."""

    def _list(self, entries: Sequence[SessionInfo | str]) -> None:
        """Have these lines in place of those before, with nothing under them."""
        self._entries = entries
        self._lines = {entry.id: line for line, entry in enumerate(entries) if isinstance(entry, SessionInfo)}
        self._nested = NestedLines(len(entries))
        self._made.clear()

    def __len__(self) -> int:
        return len(self._nested)

    @property
    def made_count(self) -> int:
        """How many rows are kept."""
        return len(self._made)

    # Rows and keys

    def row_at(self, y: int, width: int) -> Row:
        """The row with this number in so many cells; the same one while nothing changed."""
        if width != self._width or len(self._made) > _KEPT_ROWS:
            self._width = width
            self._made.clear()
        key = self.key_at(y)
        row = self._made.get(key)
        if row is None:
            row = self._made[key] = self._make(y)
        return row

    def _make(self, y: int) -> Row:
        line, number = self._nested.at(y)
        entry, key = self._entries[line], self.key_at(y)
        if isinstance(entry, str):
            return heading_row(key, entry)
        if number is None:
            return self._session_row(key, entry, self._width)
        return self._child_row(key, entry, number, self._width)

    def renew(self, key: Key) -> bool:
        """Make a row anew; gives whether it looks different from the one that was kept."""
        old, y = self._made.get(key), self.row_number(key)
        if old is None or y is None:
            return False
        new = self._make(y)
        if new != old:
            self._made[key] = new
        return new != old

    def key_at(self, y: int) -> Key:
        """What a row belongs to; a heading's key begins with a number."""
        line, number = self._nested.at(y)
        entry = self._entries[line]
        if isinstance(entry, str):
            return (line, entry)
        return (entry.id,) if number is None else self._child_key(entry.id, number)

    def row_number(self, key: Key) -> int | None:
        """Where something is; None where it is not shown."""
        line = self._lines.get(str(key[0]))
        if line is None or isinstance(key[0], int):
            return None
        y = self._nested.row(line)
        if len(key) == 1:
            return y
        number = self._child_number(key)
        if number is None:
            return None
        y += number + 1
        return y if y < len(self) and self.key_at(y) == key else None

    def can_be_chosen(self, y: int) -> bool:
        """Whether the cursor may stand on a row: not on headings and remarks."""
        key = self.key_at(y)
        return not isinstance(key[0], int) and key[-1] != -1

    # Sessions

    def session(self, key: Key) -> SessionInfo | None:
        """The session that a key belongs to."""
        line = self._lines.get(str(key[0]))
        entry = self._entries[line] if line is not None else None
        return entry if isinstance(entry, SessionInfo) else None

    def others(self, key: Key) -> Iterable[str]:
        """The ids of the sessions after the one that a key belongs to, then of those before it, the nearest first.

        They are those of this moment, also when the list is replaced before they are read.
        """
        entries, line = self._entries, self._lines.get(str(key[0]), 0)
        nearby = chain(islice(entries, line + 1, None), (entries[number] for number in range(line - 1, -1, -1)))
        return (entry.id for entry in nearby if isinstance(entry, SessionInfo))
