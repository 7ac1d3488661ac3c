"""What a search found: sessions, and under each the places where the words stand. Knows no index and no widget."""

from collections.abc import Sequence

from agent.library.listing import Found, Match, MatchKind, SessionInfo
from tui.drawing.cells import flat
from tui.drawing.glyphs import Glyphs
from tui.drawing.rows import Key, Row, Span
from tui.panes.history.listed import ListedRows
from tui.panes.history.rows import TITLE_COLUMN, branch_words, context, match_row, session_row

__all__ = ["FoundRows"]


class FoundRows(ListedRows):
    """The results of one search; words found in a title are marked there."""

    def __init__(self, found: Sequence[Found], open_id: str, now: float, glyphs: Glyphs) -> None:
        """`open_id` is the session that is open; `now` is in milliseconds since the epoch."""
        super().__init__(glyphs)
        self._open_id = open_id
        self._now = now
        self._titles = {
            item.session.id: match.context for item in found for match in item.matches if match.kind is MatchKind.TITLE
        }
        self._matches = {
            item.session.id: [match for match in item.matches if match.kind is not MatchKind.TITLE] for item in found
        }
        self._list([item.session for item in found])
        self._nested.put_under({line: len(self._matches[key]) for key, line in self._lines.items()})

    def match(self, key: Key) -> Match | None:
        """The place that a key stands for."""
        return self._matches[str(key[0])][int(key[1])] if len(key) > 1 else None

    def open(self, session_id: str) -> None:
        """Mark this session as the open one."""
        self._open_id = session_id
        self._made.clear()

    def _child_key(self, session_id: str, number: int) -> Key:
        return (session_id, number)

    def _child_number(self, key: Key) -> int | None:
        return key[1] if isinstance(key[1], int) else None

    def _session_row(self, key: Key, session: SessionInfo, width: int) -> Row:
        title = [Span(flat(session.title) or "(no question)", "strong")]
        if session.id in self._titles:
            title = context(self._titles[session.id], width - TITLE_COLUMN, self._glyphs.ellipsis, "strong")
        if branch := branch_words(session):
            title.append(Span(f"  {branch}", "quiet"))
        return session_row(
            key,
            session,
            title,
            is_open=session.id == self._open_id,
            is_live=session.is_live,
            folded=None,
            depth=int(session.parent is not None),
            width=width,
            now=self._now,
            glyphs=self._glyphs,
        )

    def _child_row(self, key: Key, session: SessionInfo, number: int, width: int) -> Row:
        return match_row(key, self._matches[session.id][number], width=width, glyphs=self._glyphs)
