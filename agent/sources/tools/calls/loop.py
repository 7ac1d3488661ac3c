"""The loop that a user's coroutines run on, in a thread of its own: what blocks there holds up no key on the screen.

One loop for all of them, and for as long as it answers, so that clients and sessions which belong to a loop stay usable
from call to call. A loop that a coroutine has blocked is left behind, and the next call gets another.
"""

import asyncio
import contextlib
import logging
import threading
import weakref
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

__all__ = ["ToolLoop"]

log = logging.getLogger(__name__)

T = TypeVar("T")
_PATIENCE = 0.2
"""Seconds that a loop has to answer after a cancel before it is taken for blocked."""


class ToolLoop:
    """Runs coroutines on its own thread, for callers on any loop or thread; the thread starts with the first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end: weakref.finalize[..., ToolLoop] | None = None
        """Ends the loop; called by itself where nobody holds this any more."""
        self._kept: list[object] = []

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """What `work` gives, with a copy of this context.

        A cancel returns at once and is passed on; what the coroutine makes of it is not waited for.
        """
        loop = self._answering()
        future = asyncio.run_coroutine_threadsafe(work, loop)
        try:
            return await asyncio.wrap_future(future)
        finally:
            if not future.done() or future.cancelled():
                self._leave_if_blocked(loop)

    def wait_for(self, work: Coroutine[Any, Any, T]) -> T:
        """The same for a thread that has no loop; it waits, and no cancel reaches it."""
        future: Future[T] = asyncio.run_coroutine_threadsafe(work, self._answering())
        return future.result()

    def keep(self, context: object) -> None:
        """Hold what was entered on the loop and is never left: forgotten, it would end."""
        self._kept.append(context)

    def _answering(self) -> asyncio.AbstractEventLoop:
        """The loop that takes work; a new one where there is none."""
        with self._lock:
            if self._loop is None or self._loop.is_closed():
                self._loop = asyncio.new_event_loop()
                ended = threading.Event()
                threading.Thread(target=_serve, args=[self._loop, ended], name="tools", daemon=True).start()
                self._end = weakref.finalize(self, _end, self._loop, ended)
                self._end.atexit = False  # the thread holds up no exit
            return self._loop

    def _leave_if_blocked(self, loop: asyncio.AbstractEventLoop) -> None:
        answered = threading.Event()
        loop.call_soon_threadsafe(answered.set)

        def leave() -> None:
            with self._lock:
                if not answered.is_set() and self._loop is loop and self._end is not None:
                    log.warning("a tool's coroutine blocks its loop; the next calls get another")
                    self._loop = None
                    self._end()

        asyncio.get_running_loop().call_later(_PATIENCE, leave)


def _serve(loop: asyncio.AbstractEventLoop, ended: threading.Event) -> None:
    """Run the loop until it is to end, whatever the tasks that tools leave on it raise."""
    asyncio.set_event_loop(loop)
    while not ended.is_set():
        try:
            loop.run_forever()
        except BaseException as error:  # an exit or an interrupt of a task that nobody awaits
            log.warning("a task of a tool raised %r", error)
    with contextlib.suppress(BaseException):
        loop.run_until_complete(_cancel_all())
    loop.close()


async def _cancel_all() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks, timeout=_PATIENCE) if tasks else None


def _end(loop: asyncio.AbstractEventLoop, ended: threading.Event) -> None:
    ended.set()
    loop.call_soon_threadsafe(loop.stop)
