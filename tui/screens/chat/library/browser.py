"""Browsing the saved sessions: what the sidebar asks of the library, and what the library tells the sidebar.

Everything that reads or writes files is done in threads. It knows the library and the sidebar, and no session but by
its id.
"""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, ParamSpec, TypeVar

from agent.errors import TickertapeError
from agent.library.library import Library
from agent.library.listing import SessionInfo
from agent.threads import in_thread
from tui.panes.history.sidebar import History

__all__ = ["Browser"]

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

_WATCHED = (".jsonl", ".json")
_MOST_FAULTS = 100
"""Times that the watch is begun anew; then only what is done here is seen."""
_GATHER = 500
"""Milliseconds in which changes of files are gathered before they are told."""
_MANY = 200
"""Sessions to be indexed from which on it is said how far it is."""
_PROGRESS = 0.25
"""Seconds between two times that it is said."""
_REST, _LONGEST_REST = 20, 15.0
"""How many times as long as it took it is rested after bringing the index up to date, and the most seconds: a turn
that goes on changes its file all the time, and its own beginning is read again each time."""


class Browser:
    """Keeps the sidebar true to the files, and does to them what it is told there."""

    def __init__(
        self,
        library: Library,
        sidebar: History,
        tell: Callable[[str], None],
        listed: Callable[[Sequence[SessionInfo]], None],
        now: Callable[[], float],
    ) -> None:
        """`tell` shows the user a line, `listed` is told what is listed; `now` gives milliseconds since the epoch."""
        self._library = library
        self._sidebar = sidebar
        self._tell = tell
        self._listed = listed
        self._now = now
        self._deleted: list[str] = []
        """What can be brought back, the last one last."""
        self._changed = asyncio.Event()
        """Set when files have changed since they were last looked at."""
        self._hurried = asyncio.Event()
        """Set when somebody waits for what changed: a question was asked, say."""
        self._stop = threading.Event()
        """Ends the bringing up to date of the index that is going on."""

    async def parent(self, session_id: str) -> tuple[str | None, str]:
        """The session that one was forked from, None for none, and the moment there: its end where it does not say."""

        def look() -> tuple[str | None, str]:
            self._library.turns(session_id)  # which reads what is not indexed yet
            info = self._library.info(session_id)
            return info.parent, info.lineage.moment if info.lineage is not None else "end"

        try:
            return await in_thread(look)
        except TickertapeError:  # it is not saved yet, or gone
            return None, "end"

    async def show(self) -> None:
        """List the sessions as they are now, as far as the index knows them."""
        sessions = await self._ask(self._library.sessions, self._ours())
        self._sidebar.show_sessions(sessions, self._now())
        self._listed(sessions)

    async def _ask(self, ask: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What the library says. Where its index was made anew for it, what that lacks is taken in soon."""

        def work() -> tuple[T, bool]:
            return ask(*args, **kwargs), self._library.needs_refresh

        answer, is_incomplete = await in_thread(work)
        if is_incomplete:
            self._changed.set()
        return answer

    def _ours(self) -> tuple[str, ...]:
        """The session that is open here is being written by no other instance."""
        return (self._sidebar.open_session,) if self._sidebar.open_session else ()

    async def keep(self) -> None:
        """Keep the index and the list true to the files, whoever changes them; without end."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._watch())
            await asyncio.sleep(0)  # the watch is set before the files are looked at, so that no change is missed
            while True:
                self._hurried.clear()
                await self._rest_after(self._refresh)
                await self._changed.wait()
                self._changed.clear()

    def note_change(self) -> None:
        """Look at the files at once. A long index is broken off for it, and gone on with after what is new."""
        self._hurried.set()
        self._see_change()

    def _see_change(self) -> None:
        self._changed.set()
        self._stop.set()

    async def _rest_after(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do it, and rest by how long it took, or until somebody waits."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        await work()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(_REST * (loop.time() - began), _LONGEST_REST)):
                await self._hurried.wait()

    async def _refresh(self) -> None:
        """Take in what changed; a cancel stops the thread that does it."""
        self._stop = threading.Event()
        try:
            await in_thread(self._library.refresh, self._stop, self._on_progress())
            await self.show()  # also where the index has nothing new: another instance may have put it there
            await self.search(self._sidebar.searched)
        except TickertapeError as error:
            log.warning("the index is not up to date: %s", error)
            self._tell(str(error))
        finally:
            self._stop.set()
            self._sidebar.status = ""

    def _on_progress(self) -> Callable[[int, int], None]:
        """Says in the sidebar how far the index is, where there is much to do; called in the thread that makes it."""
        loop = asyncio.get_running_loop()
        last = 0.0

        def tell(done: int, total: int) -> None:
            nonlocal last
            if total >= _MANY and loop.time() - last >= _PROGRESS:
                last = loop.time()
                loop.call_soon_threadsafe(setattr, self._sidebar, "status", f"indexing {done:,} of {total:,}")

        return tell

    async def _watch(self) -> None:
        """Note whenever files of sessions were added, changed or removed."""
        from watchfiles import Change, awatch  # nobody waits for it here
        from watchfiles._rust_notify import WatchfilesRustInternalError

        def is_ours(_change: Change, path: str) -> bool:
            return path.endswith(_WATCHED)

        folder = self._library.data_dir
        for _ in range(_MOST_FAULTS):
            try:
                async for _changes in awatch(folder, watch_filter=is_ours, debounce=4 * _GATHER, step=_GATHER):
                    self._see_change()
                return
            except OSError as error:  # it is gone, or the system watches no more: then only what is done here is seen
                log.warning("%s is not watched: %s", folder, error)
                return
            except ExceptionGroup as faults:  # a name that is no UTF-8 ends the watch, which begins anew
                if faults.split(WatchfilesRustInternalError)[1] is not None:
                    raise
                log.warning("%s is watched anew: %s", folder, faults.exceptions)  # to look at it would be a change

    # What the sidebar asks

    async def search(self, query: str) -> None:
        """Show where the words stand."""
        if not query:
            return
        stop = threading.Event()
        try:
            found = await self._ask(self._library.search, query, stop=stop)
        except TickertapeError as error:
            self._tell(str(error))
        else:
            self._sidebar.show_found(query, found)
        finally:
            stop.set()

    async def show_turns(self, session_id: str) -> None:
        """Show the turns of a session that is not open."""
        try:
            turns = await self._ask(self._library.turns, session_id)
        except TickertapeError as error:  # it was deleted meanwhile, say
            log.info("no turns of %s: %s", session_id, error)
        else:
            self._sidebar.show_turns(session_id, turns)

    async def rename(self, session_id: str, title: str) -> None:
        """Give a session a title; an empty one gives it its first question again."""
        await self._change(self._library.rename, session_id, title or None)

    async def pin(self, session_id: str, pinned: bool) -> None:
        """Keep a session on top, or no longer."""
        await self._change(self._library.pin, session_id, pinned)

    async def keep_place(self, session_id: str, place: dict[str, Any] | None) -> None:
        """Remember where the reader left a session; nothing is told where that cannot be kept."""
        try:
            await in_thread(self._library.set_place, session_id, place)
        except TickertapeError as error:
            log.info("the place in %s is not kept: %s", session_id, error)

    async def delete(self, session_id: str) -> None:
        """Move a session to the trash; it must not be open here."""
        if await self._change(self._library.delete, session_id):
            self._deleted.append(session_id)
            self._tell(self._sidebar.keys.fill("Deleted: {history.undo} brings it back"))

    async def undo(self) -> None:
        """Bring back what was deleted last."""
        if not self._deleted:
            self._tell("There is nothing to bring back")
        elif await self._change(self._library.restore, self._deleted[-1]):
            self._deleted.pop()
            self._tell("It is back")

    async def _change(self, change: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> bool:
        """Do it and show what came of it; whether it could be done."""
        try:
            await in_thread(change, *args, **kwargs)
        except TickertapeError as error:
            self._tell(str(error))
            return False
        await self.show()
        await self.search(self._sidebar.searched)
        return True
