"""Answering questions: a turn from the question to its terminal event, and those that wait behind it.

Whoever awaits `answer` owns the run. Which session is shown is not its business; a turn goes on unseen.
"""

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

from agent.conversation.run import RunStatus
from agent.events.types import APPROVAL, Custom, Event
from agent.recordings.recording import Recording
from agent.runs.attachments import attach
from agent.runs.run import Run as LiveRun
from agent.threads import in_thread
from tui.screens.chat.around import Around
from tui.screens.chat.turns.engines import Engines
from tui.screens.chat.turns.talks import Talk, Talks

__all__ = ["Answering"]


class Answering:
    """Has questions of some sessions answered."""

    def __init__(
        self,
        talks: Talks,
        engines: Engines,
        around: Around,
        *,
        fork: Callable[[Talk, str | None], Awaitable[bool]],
        begins: Callable[[Talk], None],
        asks: Callable[[], None],
        ended: Callable[[Talk], None],
    ) -> None:
        """`fork` shows a copy of a session, up to before a turn where one is named, and tells whether it could.

        `begins` is called where a turn begins, `asks` where a tool asks, `ended` where none follows; seen or not.
        """
        self._talks = talks
        self._engines = engines
        self._around = around
        self._fork = fork
        self._begins = begins
        self._asks = asks
        self._ended = ended
        self._is_closing = False

    def claim(self) -> Talk:
        """The session that is shown, which takes no other question until `answer` has ended."""
        self._talks.shown.is_busy = True
        return self._talks.shown

    async def answer(
        self, talk: Talk, question: str, *, retry_of: str | None = None, instead_of: str | None = None
    ) -> None:
        """One turn of a claimed session, and those that wait behind it.

        A session that another instance writes is gone on with in a copy. `instead_of` names the turn in whose place
        the question is asked, in a branch: a copy of the session up to there.
        """
        try:
            if talk.session.read_only or instead_of is not None:
                talk.is_busy = False
                if not await self._fork(talk, instead_of):
                    return
                talk = self.claim()
            following: str | None = question
            while following is not None:
                await self._answer(talk, following, retry_of)
                retry_of = None
                was_answered = talk.session.conversation.runs[-1].status is RunStatus.ANSWERED
                following = talk.queue.after_turn(was_answered=was_answered and not self._is_closing)
                self._around.keep_waiting(talk.session.id, list(talk.queue.texts))
        finally:
            talk.is_busy = False
            self._ended(talk)

    async def branch(self, talk: Talk, run: LiveRun, shown: Recording) -> None:
        """The turn of a branch that goes on, in a claimed session: a run that was made and not entered.

        `shown` is fed what comes of it.
        """
        try:
            self._begins(talk)
            await self._take(talk, run, shown)
        finally:
            talk.is_busy = False
            self._ended(talk)

    def cancel_all(self) -> None:
        """End every run that is going on, and begin no other; what they said is kept."""
        self._is_closing = True
        self._talks.cancel()

    async def _answer(self, talk: Talk, question: str, retry_of: str | None) -> None:
        self._begins(talk)
        lineage = talk.session.take_lineage(retry_of)
        conversation = talk.session.conversation
        engine = self._engines.of(talk)
        parts = await self._attached(question)
        await self._take(talk, engine.start(question, conversation, parts=parts, retry_of=retry_of, lineage=lineage))

    async def _take(self, talk: Talk, made: LiveRun, shown: Recording | None = None) -> None:
        """Let a run go on to its end, recorded and shown; `shown` is fed its events, too."""
        try:
            async with made as run:
                talk.run = run
                if talk is self._talks.shown:
                    self._around.run_changed(going_on=True)
                    self._around.queue_changed()
                await talk.presenter.consume(self._told(talk.session.record(run), shown))
        finally:
            if talk.run is not None:
                talk.session.record_rest(talk.run)  # a fault may have ended whoever was to take it
                talk.queue.put_back(talk.run.steering)
            talk.run = None

    async def _told(self, events: AsyncIterable[Event], shown: Recording | None) -> AsyncIterator[Event]:
        """The events of a turn; a tool that asks where nobody looks is told everywhere."""
        async for event in events:
            if shown is not None:
                shown.feed((event,))
            yield event
            if isinstance(event, Custom) and event.name == APPROVAL:
                self._asks()

    async def _attached(self, question: str) -> list[dict[str, Any]]:
        """The files that a question names, and what became of each is told."""
        if "@" not in question:
            return []
        attached = await in_thread(attach, question, Path.cwd())
        if attached.told:
            self._around.notice("; ".join(attached.told))
        return attached.parts
