"""Find in what is shown: from the words in the bar to the hit that log and tree show.

Knows the finder, the bar and the pictures; where the runs come from is its owner's business.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Literal

from textual import work

from agent.conversation.finding import Finder, Hit, HitKind, Hits
from agent.conversation.run import Run
from tui.drawing.markdown.shown import shown_lines, where
from tui.key_labels import Keys
from tui.panes.find.bar import FindBar
from tui.presenter import FRAME, Pictures

__all__ = ["Find", "FindLine"]


class Find:
    """One search, from the opening of the bar to its closing."""

    def __init__(
        self,
        pictures: Pictures,
        bar: FindBar,
        runs: Callable[[], Sequence[Run]],
        show_where: Callable[[bool], None],
    ) -> None:
        """`runs` gives what is shown now; `show_where` is told whether a hit is in the steps rather than in the log."""
        self._pictures = pictures
        self._bar = bar
        self._runs = runs
        self._show_where = show_where
        self._finder = Finder(shown_lines)
        self._query = ""
        self._hits = Hits(())
        self._at: Hit | None = None

    @property
    def is_active(self) -> bool:
        """Whether anything is marked."""
        return bool(self._query)

    async def search(self, query: str, *, run_id: str | None = None, kind: str | None = None) -> None:
        """Mark the query everywhere and show the first hit from the turn on that the reader looks at.

        `run_id` names another turn to begin at, `kind` what the hit should stand in if any does. A long session is
        read in pieces, so that keys are still taken.
        """
        self._query = query
        for part in (self._pictures.message_log, self._pictures.tool_tree):
            part.highlight(query)
        loop = asyncio.get_running_loop()
        rested = loop.time()
        for _ in self._finder.reading(self._runs()):
            if loop.time() - rested > FRAME:
                await asyncio.sleep(0)
                rested = loop.time()
        self._hits = self._finder.find(self._runs(), query)
        if run_id is None and (looked_at := self._pictures.message_log.current_run) is not None:
            run_id = looked_at.id
        self._show(self._first(run_id, kind) if self._hits else None)

    def _first(self, run_id: str | None, kind: str | None) -> int:
        first = self._hits.first_from(run_id) if run_id is not None else 0
        for index in range(first, len(self._hits)):
            hit = self._hits[index]
            if hit.run_id != run_id:
                break
            if hit.kind == kind:
                return index
        return first

    def update(self) -> None:
        """Take in that runs have changed; the reader stays where he is."""
        if not self._query:
            return
        self._hits = self._finder.find(self._runs(), self._query)
        self._bar.count = len(self._hits)
        if self._hits and self._at is not None:
            self._bar.index = self._hits.near(self._at)

    def move(self, direction: Literal["next", "previous"]) -> None:
        """To the next or the previous hit; after the last comes the first."""
        if self._hits:
            at = self._hits.near(self._at) if self._at is not None else -1
            self._show((at + (1 if direction == "next" else -1)) % len(self._hits))

    def end(self) -> None:
        """Mark nothing any more; the reader stays where he is."""
        self._query, self._hits, self._at = "", Hits(()), None
        self._bar.index = None
        for part in (self._pictures.message_log, self._pictures.tool_tree):
            part.highlight(None)

    def _show(self, index: int | None) -> None:
        self._bar.count, self._bar.index = len(self._hits), index
        self._at = self._hits[index] if index is not None else None
        self._bar.where = where(self._at) if self._at is not None else ""
        self._pictures.message_log.show_hit(self._at)
        if self._at is not None:
            self._pictures.tool_tree.reveal_hit(self._at)
            self._show_where(self._at.kind in (HitKind.TOOL, HitKind.ARGUMENTS, HitKind.RESULT))


class FindLine(FindBar):
    """The bar with its search: what is typed into it is found in what is shown."""

    def __init__(
        self,
        pictures: Pictures,
        runs: Callable[[], Sequence[Run]],
        show_where: Callable[[bool], None],
        *,
        keys: Keys,
        id: str,
    ) -> None:
        """`runs` and `show_where` as `Find` has them."""
        super().__init__(keys=keys, id=id)
        self._pictures = pictures
        self._find = Find(pictures, self, runs, show_where)

    def leave(self) -> bool:
        """Close it, or take away the marks that a search without it left; whether there was anything."""
        if self.is_open:
            if self.has_focus_within:
                self.screen.set_focus(self._pictures.message_log)  # where the hit is; the next key may come already
            self.close()
        elif self._find.is_active:
            self._find.end()
        else:
            return False
        return True

    def end(self) -> None:
        """Another conversation is shown: nothing is to be found any more."""
        self.remove_class("-open")
        self._find.end()

    def update(self) -> None:
        """Turns have changed: what is being found may stand elsewhere."""
        self._find.update()

    @work(group="find", exclusive=True)
    async def search(self, query: str, run_id: str | None = None, kind: str | None = None) -> None:
        """Find other words, from a turn on and in a kind of place where those are named."""
        await self._find.search(query, run_id=run_id, kind=kind)

    def on_find_bar_query_changed(self, message: FindBar.QueryChanged) -> None:
        """Other words are to be found."""
        message.stop()
        self.search(message.query)

    def on_find_bar_moved(self, message: FindBar.Moved) -> None:
        """To another hit."""
        message.stop()
        self._find.move(message.direction)

    def on_find_bar_closed(self, message: FindBar.Closed) -> None:
        """Nothing is to be found any more."""
        message.stop()
        self._find.end()
