"""What a chat does, without the keys: sessions, an engine, the widgets that show one of them, and the runs going on.

The screen makes one when its first frame has been drawn, mounts the widgets and awaits the rest in its workers.
"""

import json
from collections.abc import AsyncIterable, AsyncIterator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from agent.conversation.decisions import Decision
from agent.conversation.items import ToolCall
from agent.conversation.prices import Price, load_prices
from agent.conversation.run import Run, RunStatus
from agent.errors import SessionNotFound, SettingsError, TickertapeError, TranscriptError
from agent.events.types import APPROVAL, Custom, Event
from agent.figures import size
from agent.library.library import Library
from agent.library.listing import SessionInfo
from agent.reading.ahead import ReadAhead
from agent.runs.attachments import attach
from agent.runs.run import Run as LiveRun
from agent.settings.file.writing import add_rule
from agent.settings.permissions import Permissions, Rule
from agent.settings.settings import Settings
from agent.sources.engine import Engine
from agent.threads import in_thread
from agent.transcripts.folders import Sessions
from agent.transcripts.session import Session
from tui.drawing.cells import flat
from tui.drawing.glyphs import glyphs_for
from tui.key_labels import Keys
from tui.panes.log.log import MessageLog
from tui.panes.log.run.making import prepare_drawing
from tui.panes.status.bar import StatusBar
from tui.panes.steps.tree import ToolTree
from tui.presenter import Presenter
from tui.screens.chat.library.browser import Browser
from tui.screens.chat.library.history import LibraryHistory
from tui.screens.chat.turns.queue import Queue

__all__ = ["ChatController", "Frame", "Talk"]


_LARGE = 20_000_000
"""Bytes of a session from which it is said that it is being opened."""
_WELCOME = "Ask a question below and press {input.send}.\n{app.help} shows the keys."
_WELCOME_OFFLINE = f"""\
Ask a question below and press {{input.send}}:
What is (3 + 4) * 2^5?

The built-in model does arithmetic;
--model openai:NAME connects another.

{_WELCOME.splitlines()[1]}"""


class Frame(Protocol):
    """What the screen around the widgets does for the chat."""

    keys: Keys
    """What its widgets call their keys."""

    def show_title(self, title: str) -> None:
        """Show the session's title."""

    def show_asking(self, call: ToolCall | None) -> None:
        """Ask the user about a call, or stop asking."""

    def notice(self, text: str) -> None:
        """Tell the user something for a few seconds."""

    def session_changed(self) -> None:
        """Another session is shown."""

    def run_changed(self, *, going_on: bool) -> None:
        """A run of the session that is shown began or ended."""

    def queue_changed(self) -> None:
        """Other questions wait in the session that is shown."""

    def asks_elsewhere(self, asking: Sequence[tuple[str, str]]) -> None:
        """These tools ask in sessions that are not shown: their names, and the sessions' titles."""

    def session_left(self, session_id: str, place: dict[str, Any] | None) -> None:
        """A saved session is shown no more; `place` is where the reader was."""


@dataclass
class Talk:
    """A session that is shown, or has a turn going on, or both."""

    session: Session
    presenter: Presenter
    is_busy: bool = False
    """Whether a question was sent and its turn is not over; before its run begins, too."""
    run: LiveRun | None = None
    queue: Queue = field(default_factory=Queue)
    engine: Engine | None = None
    """Of the model that was chosen for this session; None is that of the settings."""

    @property
    def asking(self) -> ToolCall | None:
        """The call that waits for the user's word."""
        run = self.session.conversation.open_run
        return run.asking if run is not None else None


class ChatController:
    """The chat. Whoever awaits `answer` or `follow` owns the run.

    One session is shown. A turn goes on when another session is shown in its place; it is shown again when its session
    is opened again.
    """

    def __init__(self, settings: Settings, frame: Frame, now: Callable[[], float]) -> None:
        """`now` gives milliseconds since the epoch."""
        glyphs = glyphs_for(ascii=settings.ascii, still=settings.reduced_motion)
        self._engine = Engine(settings)
        self.history = LibraryHistory(glyphs=glyphs, keys=frame.keys, id="history")
        welcome = frame.keys.fill(_WELCOME_OFFLINE if settings.model == "offline" else _WELCOME)
        self.message_log = MessageLog(glyphs, keys=frame.keys, id="log", empty_text=welcome)
        self.tool_tree = ToolTree(glyphs=glyphs, fold_policy=settings.fold, id="tree")
        self.status = StatusBar(glyphs=glyphs, id="status")
        self.status.model = settings.model
        self.library = Library(settings.data_dir)
        self.browser = self.history.browser = Browser(self.library, self.history, frame.notice, self._listed, now)
        self.history.delete = self.delete
        self._sessions = Sessions(settings.data_dir)
        self._frame = frame
        self._now = now
        self._price: Price | None = None
        self._is_closing = False
        self._talk = self._make_talk(Session.new(self._sessions))
        self._away: dict[str, Talk] = {}
        """Those that are not shown but whose turn is going on, by the session's id."""

    # What the presenter shows besides the widgets

    def show_title(self, title: str) -> None:
        """Show the session's title."""
        self._frame.show_title(title)

    def show_asking(self, call: ToolCall | None) -> None:
        """Ask the user about a call, or stop asking."""
        self._frame.show_asking(call)

    # Sessions

    @property
    def session(self) -> Session:
        """The session that is shown."""
        return self._talk.session

    async def open(self, path: Path, ahead: ReadAhead | None = None) -> bool:
        """Show a saved session, to be gone on with; whether it could be opened. `ahead` reads it already."""
        if path == self.session.path:
            return True
        if (away := self._away.pop(path.stem, None)) is not None:
            self._show(away)
            return True
        try:
            info = await in_thread(self.library.info, path.stem)
            if info.size >= _LARGE:
                self.status.notice = f"Opening {size(info.size)}, which takes a while"
            session = await in_thread(Session.open, path, ahead)
            place = await in_thread(self.library.place, session.id)
        except TickertapeError as error:
            self._frame.notice(str(error))
            return False
        finally:
            if ahead is not None:
                ahead.close()
        self.status.notice = ""
        talk = self._make_talk(session)
        talk.presenter.own_title = info.title
        self._show(talk)
        if place is not None:
            self.message_log.restore_place(place)
        return True

    async def origin(self, session_id: str) -> tuple[Path, str] | None:
        """The file of the session that one was forked from, and the moment there; None, and said, without one."""
        if session_id == self.session.id and (pending := self.session.parent) is not None:
            parent, moment = pending.session, pending.moment
        else:
            parent, moment = await self.browser.parent(session_id)
        if parent is None:
            self._frame.notice("This session was forked from no other")
            return None
        with suppress(SessionNotFound):
            if await in_thread((path := self.path(parent)).exists):
                return path, moment
        self._frame.notice(f"{flat(parent)}, which it was forked from, is no longer there")
        return None

    def path(self, session_id: str) -> Path:
        """The file of a session."""
        return self._sessions.path(session_id)

    @property
    def engine(self) -> Engine:
        """What answers in the session that is shown."""
        return self._talk.engine or self._engine

    @property
    def price(self) -> Price | None:
        """What a turn cost, where that can be known."""
        return self._talk.presenter.price

    def use_settings(self, settings: Settings) -> None:
        """Have these settings from the next turn on; those that are going on keep theirs, but for the rules."""
        self._permit(settings.permissions)
        self._engine = Engine(settings)
        for talk in (self._talk, *self._away.values()):
            if talk.engine is not None:
                talk.engine = Engine(replace(settings, model=talk.engine.settings.model))
        self.status.model = self.engine.settings.model
        self.tool_tree.fold_policy = settings.fold

    def _permit(self, permissions: Permissions) -> None:
        """Have these rules from the next call on, in every session."""
        for engine in (self._engine, *(talk.engine for talk in (self._talk, *self._away.values()) if talk.engine)):
            engine.permissions = permissions

    def use_model(self, model: str) -> None:
        """Have the next turns of the session that is shown answered by this model."""
        self._talk.engine = Engine(replace(self._engine.settings, model=model))
        self._talk.engine.permissions = self._engine.permissions
        self.status.model = model

    @property
    def models(self) -> list[str]:
        """What has answered in the session that is shown, the last one first."""
        return [run.model for run in reversed(self.session.conversation.runs) if run.model]

    # Other sessions

    async def show_asking_session(self) -> bool:
        """Show a session that is not shown and in which a tool asks; whether there is one."""
        talk = next((talk for talk in self._away.values() if talk.asking is not None), None)
        return talk is not None and talk.session.path is not None and await self.open(talk.session.path)

    async def _told(self, talk: Talk, events: AsyncIterable[Event]) -> AsyncIterator[Event]:
        """The events of a turn; a tool that asks where nobody looks is told everywhere."""
        async for event in events:
            yield event
            if isinstance(event, Custom) and event.name == APPROVAL:
                self._tell_asking()

    def _tell_asking(self) -> None:
        """Say which tools ask in sessions that are not shown."""
        asking = [(talk, talk.asking) for talk in self._away.values()]
        self._frame.asks_elsewhere([(call.name, talk.presenter.title) for talk, call in asking if call is not None])

    def _listed(self, sessions: Sequence[SessionInfo]) -> None:
        """Have the titles that the list has, whoever gave them."""
        talks = {talk.session.id: talk for talk in (self._talk, *self._away.values())}
        for info in sessions:
            if info.id in talks:
                talks[info.id].presenter.own_title = info.title
        self._frame.show_title(self._talk.presenter.title)

    @property
    def running_elsewhere(self) -> int:
        """How many turns are going on in sessions that are not shown."""
        return len(self._away)

    async def delete(self, session_id: str) -> None:
        """Move a session to the trash; an empty one is shown in its place where it is open."""
        if session_id in self._away or (session_id == self.session.id and self.is_busy):
            self._frame.notice("A turn is going on in this session")
            return
        if session_id == self.session.id:
            self.show()
        await self.browser.delete(session_id)

    def show(self, session: Session | None = None) -> None:
        """Show `session`; None shows an empty one."""
        self._show(self._make_talk(session or Session.new(self._sessions)))

    def _show(self, talk: Talk) -> None:
        before, self._talk = self._talk, talk
        if before is not talk:
            if before.session.conversation.runs:
                self._frame.session_left(before.session.id, self.message_log.place())
            before.presenter.detach()
            if before.is_busy:
                self._away[before.session.id] = before
            else:
                before.session.close()
        self.history.open_session = talk.session.id
        talk.presenter.show()
        self.status.model = self.engine.settings.model
        self._frame.session_changed()
        self._tell_asking()
        self._frame.run_changed(going_on=talk.run is not None)
        self._tell_problem(talk)

    def _make_talk(self, session: Session) -> Talk:
        presenter = Presenter(session.conversation, self, self._now)
        presenter.price = self._price
        return Talk(session, presenter)

    async def follow(self) -> None:
        """Show what another instance writes into the session, as it writes it; without end."""
        await self._talk.presenter.consume(self.session.follow())

    def _tell_problem(self, talk: Talk) -> None:
        self.status.trouble = talk.session.unsaved
        if talk.session.problems and not talk.session.unsaved:
            self._frame.notice(talk.session.problems[-1])

    def cancel_all(self) -> None:
        """End every run that is going on, and begin no other; what they said is kept."""
        self._is_closing = True
        for talk in (self._talk, *self._away.values()):
            if talk.run is not None:
                talk.run.cancel()

    def close(self) -> None:
        """Let every session's file go."""
        for talk in (self._talk, *self._away.values()):
            talk.session.close()

    # Runs

    @property
    def is_running(self) -> bool:
        """Whether a run of the session that is shown is going on."""
        return self._talk.run is not None

    @property
    def is_busy(self) -> bool:
        """Whether the session that is shown cannot take a question now."""
        return self._talk.is_busy

    @property
    def retryable(self) -> Run | None:
        """The turn that the reader stands on, else the last one, where it was not answered."""
        runs = self.session.conversation.runs
        for run in (self.message_log.current_run, runs[-1] if runs else None):
            if run is not None and not run.is_open and run.status is not RunStatus.ANSWERED:
                return run
        return None

    def claim(self) -> Talk:
        """The session that is shown, which takes no other question until `answer` has ended."""
        self._talk.is_busy = True
        return self._talk

    async def answer(
        self, talk: Talk, question: str, *, retry_of: str | None = None, instead_of: str | None = None
    ) -> None:
        """One turn of a claimed session, from the question to its terminal event.

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
        finally:
            talk.is_busy = False
            self._ended(talk)

    async def _answer(self, talk: Talk, question: str, retry_of: str | None) -> None:
        self.message_log.follow()
        self.message_log.following = self.engine.settings.follow
        lineage = talk.session.take_lineage(retry_of)
        conversation = talk.session.conversation
        try:
            engine = talk.engine or self._engine
            parts = await self._attached(question)
            async with engine.start(question, conversation, parts=parts, retry_of=retry_of, lineage=lineage) as run:
                talk.run = run
                if talk is self._talk:
                    self._frame.run_changed(going_on=True)
                    self._frame.queue_changed()
                await talk.presenter.consume(self._told(talk, talk.session.record(run)))
        finally:
            if talk.run is not None:
                talk.queue.put_back(talk.run.steering)
            talk.run = None

    async def _attached(self, question: str) -> list[dict[str, Any]]:
        """The files that a question names, and what became of each is told."""
        if "@" not in question:
            return []
        attached = await in_thread(attach, question, Path.cwd())
        if attached.told:
            self._frame.notice("; ".join(attached.told))
        return attached.parts

    def _ended(self, talk: Talk) -> None:
        """A turn is over, seen or unseen."""
        self.browser.note_change()
        self._frame.queue_changed()
        self._tell_asking()
        if talk is self._talk:
            self._frame.run_changed(going_on=False)
            self._tell_problem(talk)
        elif self._away.pop(talk.session.id, None) is not None:
            talk.session.close()
            self._frame.notice(f"Its turn is over: {talk.session.conversation.title}")

    async def _fork(self, talk: Talk, before: str | None) -> bool:
        try:
            fork = await in_thread(talk.session.fork, self._sessions, before=before)
        except TranscriptError as error:
            self._frame.notice(str(error))
            return False
        self.show(fork)
        if fork.conversation.runs:
            await self.browser.rename(fork.id, f"{talk.presenter.title} (copy)")
        self._frame.notice("Going on in a copy; the original is kept as it was")
        return True

    # What waits

    @property
    def queue(self) -> Queue:
        """What waits in the session that is shown."""
        return self._talk.queue

    @property
    def steering(self) -> list[str]:
        """What was said to the running turn and the model was not told yet."""
        return self._talk.run.steering if self._talk.run is not None else []

    def wait(self, text: str) -> None:
        """Ask when what is going on is over."""
        self.queue.add(text)
        self._frame.queue_changed()

    def steer(self, text: str) -> bool:
        """Say something to the running turn, which its model is told at the next step; whether there is one."""
        if self._talk.run is None:
            return False
        self._talk.run.steer(text)
        self._frame.queue_changed()
        return True

    def cancel(self) -> None:
        """End the run of the session that is shown; what it said is kept."""
        if self._talk.run is not None:
            self._talk.run.cancel()

    async def decide(self, call_id: str, decision: Decision) -> None:
        """Answer a tool that asks; `always` becomes a rule of the settings first, so that it is one."""
        talk = self._talk
        if talk.run is None:
            return
        if decision.kind == "always":
            decision = await self._always(talk, call_id)
        talk.run.decide(call_id, decision)

    async def _always(self, talk: Talk, call_id: str) -> Decision:
        call = next(call for run in talk.session.conversation.runs for call in run.calls if call.id == call_id)
        rule = Rule.of_tool(call.name)
        path = self.engine.settings.file.path
        try:
            await in_thread(add_rule, path, "allow", rule.text)
        except SettingsError as error:
            self._frame.notice(f"Allowed for this session only: {error}")
            return Decision("session")
        self._permit(self.engine.permissions.allowing([rule]))
        self._frame.notice(f"Allowed from now on: {rule.text}, in {path}")
        return Decision("always", rule=rule.text)

    @staticmethod
    def arguments(call: ToolCall) -> dict[str, Any]:
        """The arguments of a call that is complete."""
        value = json.loads(call.fragments.text or "{}")
        return value if isinstance(value, dict) else {}

    def tick(self) -> None:
        """Let running figures move on with the time."""
        self.status.trouble = self.session.unsaved
        self._talk.presenter.tick()

    async def load(self) -> None:
        """Import and build what answers need, so that the first one does not wait for it.

        Raises:
            UsageError: the model or the tools that were asked for cannot be had.
        """
        await in_thread(prepare_drawing)
        await self.engine.load()
        if self.engine.settings.asks_openai:
            self._price = self._talk.presenter.price = await in_thread(load_prices, "openai")
