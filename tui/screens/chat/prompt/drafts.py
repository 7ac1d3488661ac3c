"""What is in the input and was not sent, and what waits: with its session, in memory and at once on the disk.

Knows the input and the store, and no session but by its id.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Literal

from agent.library.drafts import Drafts
from agent.threads import in_thread
from tui.panes.prompt.input import Prompt

__all__ = ["DraftKeeper"]

log = logging.getLogger(__name__)


class DraftKeeper:
    """The drafts of all sessions, one of which is in the input. '' stands for a session without a turn."""

    def __init__(self, prompt: Prompt, store: Drafts, start: Callable[[Coroutine[Any, Any, None]], object]) -> None:
        """`start` runs a coroutine beside all else, until the screen is left."""
        self._prompt = prompt
        self._store = store
        self._start = start
        self._session = ""
        self._kept: dict[str, str] = {}
        """Of sessions that were shown and are not."""
        self._below: str | None = None
        """What lies under a question that is being edited."""
        self._moves_along = False
        self._waiting: dict[str, list[str]] = {}
        """The questions that wait, by their sessions, as they were noted last."""
        self._unsaved: dict[tuple[str, Literal["text", "below", "waiting"]], Callable[[], None]] = {}
        """What is to be saved, by its session and what it is."""
        self._saving = asyncio.Lock()

    def begin(self, session_id: str) -> None:
        """Bring back what was begun in the session that will be shown first."""
        self._session = session_id
        self._start(self._look(session_id))

    def note(self) -> None:
        """The input has changed."""
        self._save(self._session, self._prompt.draft)

    def note_waiting(self, session_id: str, texts: list[str]) -> None:
        """These questions wait in a session now, oldest first."""
        if texts != self._waiting.get(session_id, []):
            self._waiting[session_id] = texts
            self._put_aside((session_id, "waiting"), partial(self._store.save_waiting, session_id, texts))

    async def waiting(self, session_id: str) -> list[str]:
        """The questions that waited in a session when it was last open here, or in an instance that has ended."""
        await self._flush()
        texts = await in_thread(self._store.take_waiting, session_id)
        self._waiting[session_id] = texts
        return list(texts)

    def show(self, session_id: str) -> None:
        """Another session is shown: put its draft into the input, and what is there away."""
        if session_id == self._session:
            return
        if self._moves_along:  # a branch was made to go on in
            self._moves_along = False
            self.belong(session_id)
            return
        self.bring_back()
        self._kept[self._session] = self._prompt.draft
        self.note()
        self._session = session_id
        self._put(self._kept.pop(session_id, ""))
        if not self._prompt.text:
            self._start(self._look(session_id))

    def asked(self, session_id: str, *, in_a_branch: bool) -> None:
        """The input's text was sent to this session, or to a branch of it that will be shown."""
        self.belong(session_id)
        self.bring_back()
        self._moves_along = in_a_branch

    def belong(self, session_id: str) -> None:
        """What is in the input is for this session, which has got its first turn."""
        if session_id != self._session:
            self._save(self._session, "")
            self._session = session_id
        self.note()

    def lay_over(self, text: str) -> None:
        """Put something else into the input, over what is being written."""
        if self._below is None:
            self._below = self._prompt.draft
            self._save(self._session, self._below, below=True)
        self._put(text)

    def bring_back(self) -> bool:
        """Put what lies below into the input again; whether anything was laid over it."""
        if self._below is None:
            return False
        text, self._below = self._below, None
        self._save(self._session, "", below=True)
        self._put(text)
        return True

    async def close(self) -> None:
        """Save what is to be saved, and leave the drafts to who comes next."""
        self.note()
        await self._flush()
        await in_thread(self._store.close)

    def _put(self, text: str) -> None:
        self._prompt.load_text(text)
        self._prompt.move_cursor(self._prompt.document.end)

    async def _look(self, session_id: str) -> None:
        """Bring back what an instance that has ended had begun in this session."""
        text = await in_thread(self._store.take, session_id)
        if not text:
            return
        if self._session == session_id and not self._prompt.text:
            self._put(text)
        else:  # the user was faster: it comes back when this is gone
            self._save(session_id, text, below=True)

    def _save(self, session_id: str, text: str, *, below: bool = False) -> None:
        kind: Literal["text", "below"] = "below" if below else "text"
        self._put_aside((session_id, kind), partial(self._store.save, session_id, text, below=below))

    def _put_aside(self, what: tuple[str, Literal["text", "below", "waiting"]], save: Callable[[], None]) -> None:
        begins = not self._unsaved
        self._unsaved[what] = save
        if begins:
            self._start(self._flush())

    async def _flush(self) -> None:
        async with self._saving:  # one after the other: the latest is to be what stays
            while self._unsaved:
                _, save = self._unsaved.popitem()
                try:
                    await in_thread(save)
                except OSError as error:
                    log.warning("a draft could not be saved: %s", error)
