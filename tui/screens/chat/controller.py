"""What a chat does, without the keys: sessions, an engine, the widgets that show one of them, and the runs going on.

The screen makes one when its first frame has been drawn, mounts the widgets and awaits the rest in its workers.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from agent.conversation.decisions import Decision
from agent.conversation.items import ToolCall
from agent.conversation.prices import Price, load_prices
from agent.conversation.run import Run, RunStatus
from agent.errors import SessionNotFound, TickertapeError, TranscriptError
from agent.events.wire import decode
from agent.figures import size
from agent.library.library import Library
from agent.library.listing import SessionInfo
from agent.reading.ahead import ReadAhead
from agent.recordings.recording import Recording
from agent.recordings.what_if.beside import beside_original
from agent.recordings.what_if.plan import Plan
from agent.settings.breakpoints import Breakpoint
from agent.settings.settings import Settings
from agent.sources.branching import start_branch
from agent.sources.engine import Engine
from agent.threads import in_thread
from agent.transcripts.folders import Sessions
from agent.transcripts.session import Session
from tui.drawing.cells import flat
from tui.drawing.glyphs import glyphs_for
from tui.panes.log.log import MessageLog
from tui.panes.log.run.making import prepare_drawing
from tui.panes.status.bar import StatusBar
from tui.panes.steps.tree import ToolTree
from tui.presenter import Presenter
from tui.screens.chat.around import Around
from tui.screens.chat.library.browser import Browser
from tui.screens.chat.library.history import LibraryHistory
from tui.screens.chat.turns.answering import Answering
from tui.screens.chat.turns.deciding import decide
from tui.screens.chat.turns.engines import Engines
from tui.screens.chat.turns.queue import Queue
from tui.screens.chat.turns.talks import Talk, Talks
from tui.screens.chat.welcome import welcome

__all__ = ["ChatController"]


_LARGE = 20_000_000
"""Bytes of a session from which it is said that it is being opened."""


class ChatController:
    """The chat. Whoever awaits `answer` or `follow` owns the run.

    One thing: the panes and the session in them. Which sessions there are, what answers in them and how it does is held
    by `Talks`, `Engines` and `Answering`.

    One session is shown. A turn goes on when another session is shown in its place; it is shown again when its session
    is opened again.
    """

    def __init__(self, settings: Settings, around: Around, now: Callable[[], float]) -> None:
        """`now` gives milliseconds since the epoch."""
        glyphs = glyphs_for(ascii=settings.ascii, still=settings.reduced_motion, iso_dates=settings.iso_dates)
        self.history = LibraryHistory(glyphs=glyphs, keys=around.keys, id="history")
        words = welcome(settings.model, around.keys)
        self.message_log = MessageLog(
            glyphs,
            keys=around.keys,
            id="log",
            empty_text=words,
            again=around.keys.fill("{conversation.retry} in this pane tries again"),
        )
        self.tool_tree = ToolTree(glyphs=glyphs, fold_policy=settings.fold, id="tree")
        self.status = StatusBar(glyphs=glyphs, id="status")
        self.status.model = settings.shown_model
        self.library = Library(settings.data_dir)
        self.browser = self.history.browser = Browser(self.library, self.history, around.notice, self._listed, now)
        self.history.delete = self.delete
        self._sessions = Sessions(settings.data_dir)
        self._around = around
        self._now = now
        self._price: Price | None = None
        self._talks = Talks(self._make_talk(Session.new(self._sessions)))
        self._engines = Engines(settings, self._talks)
        self._answering = Answering(
            self._talks,
            self._engines,
            around,
            fork=self._fork,
            begins=self._begins,
            asks=self._tell_asking,
            ended=self._ended,
        )

    # What the presenter shows besides the widgets

    def show_title(self, title: str) -> None:
        """Show the session's title."""
        self._around.show_title(title)

    def show_asking(self, call: ToolCall | None) -> None:
        """Ask the user about a call, or stop asking."""
        self._around.show_asking(call)

    # Sessions

    @property
    def session(self) -> Session:
        """The session that is shown."""
        return self._talks.shown.session

    async def open(self, path: Path, ahead: ReadAhead | None = None) -> bool:
        """Show a saved session, to be gone on with; whether it could be opened. `ahead` reads it already."""
        if path == self.session.path:
            return True
        if (away := self._talks.come_back(path.stem)) is not None:
            self._show(away)
            return True
        try:
            info = await in_thread(self.library.info, path.stem)
            if info.size >= _LARGE:
                self.status.notice = f"Opening {size(info.size)}, which takes a while"
            session = await in_thread(Session.open, path, ahead)
            place = await in_thread(self.library.place, session.id)
            waiting = await self._around.waiting(session.id)
        except TickertapeError as error:
            self._around.notice(str(error))
            return False
        finally:
            if ahead is not None:
                ahead.close()
        self.status.notice = ""
        talk = self._make_talk(session)
        talk.presenter.own_title = info.title
        talk.queue.hold(waiting)
        told = await self._engines.go_on(talk)
        self.status.opened = next((run for run in reversed(session.conversation.runs) if not run.is_open), None)
        self._show(talk)
        if told:
            self._around.notice(told + self._around.keys.fill("; {app.models} chooses another"))
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
            self._around.notice("This session was forked from no other")
            return None
        with suppress(SessionNotFound):
            if await in_thread((path := self.path(parent)).exists):
                return path, moment
        self._around.notice(f"{flat(parent)}, which it was forked from, is no longer there")
        return None

    def path(self, session_id: str) -> Path:
        """The file of a session."""
        return self._sessions.path(session_id)

    @property
    def engine(self) -> Engine:
        """What answers in the session that is shown."""
        return self._engines.of(self._talks.shown)

    @property
    def price(self) -> Price | None:
        """What a turn cost, where that can be known."""
        return self._talks.shown.presenter.price

    def use_settings(self, settings: Settings) -> None:
        """Have these settings from the next turn on; those that are going on keep theirs, but for the rules."""
        self._engines.use_settings(settings)
        self.status.model = self.engine.settings.shown_model
        self.status.trouble = self._trouble
        self.tool_tree.fold_policy = settings.fold

    @property
    def breakpoints(self) -> Sequence[Breakpoint]:
        """Where turns stop before a tool runs."""
        return self._engines.permissions.breakpoints

    def stop_at(self, breakpoints: Sequence[Breakpoint]) -> None:
        """Have turns stop there, and nowhere else, from the next call on."""
        self._engines.permit(self._engines.permissions.stopping(breakpoints))

    def can_stop_before(self, tool: str | None = None) -> bool:
        """Whether turns can stop before this tool, or before any: another agent runs its own tools unseen."""
        engine = self.engine
        ours = {one.name for one in engine.tools}
        return not engine.settings.asks_agent or (bool(ours) if tool is None else tool in ours)

    def toggle_stop(self, tool: str) -> bool:
        """Stop before every call of a tool, or no more; whether it is so now."""
        stop = Breakpoint(tool, tool)
        is_set = stop in self.breakpoints
        others = [one for one in self.breakpoints if one != stop]
        self.stop_at(others if is_set else [*others, stop])
        return not is_set

    def use_model(self, model: str) -> None:
        """Have the next turns of the session that is shown answered by this model."""
        self._engines.use_model(self._talks.shown, model)
        self.status.model = model

    def use_profile(self, settings: Settings) -> None:
        """Have the next turns of the session that is shown answered as these settings, of a profile, say."""
        self._engines.use_profile(self._talks.shown, settings)
        self.status.model = settings.shown_model

    @property
    def models(self) -> list[str]:
        """What has answered in the session that is shown, the last one first."""
        return [run.model for run in reversed(self.session.conversation.runs) if run.model]

    # Other sessions

    async def show_asking_session(self) -> bool:
        """Show a session that is not shown and in which a tool asks; whether there is one."""
        talk, _call = next(iter(self._talks.asking_elsewhere), (None, None))
        return talk is not None and talk.session.path is not None and await self.open(talk.session.path)

    def _tell_asking(self) -> None:
        """Say which tools ask in sessions that are not shown."""
        self._around.asks_elsewhere([(call.name, talk.presenter.title) for talk, call in self._talks.asking_elsewhere])

    def _listed(self, sessions: Sequence[SessionInfo]) -> None:
        """Have the titles that the list has, whoever gave them."""
        self._talks.name(sessions)
        self._around.show_title(self._talks.shown.presenter.title)

    @property
    def running_elsewhere(self) -> int:
        """How many turns are going on in sessions that are not shown."""
        return self._talks.running_elsewhere

    async def delete(self, session_id: str) -> None:
        """Move a session to the trash; an empty one is shown in its place where it is open."""
        if self._talks.is_away(session_id) or (session_id == self.session.id and self.is_busy):
            self._around.notice("A turn is going on in this session")
            return
        if session_id == self.session.id:
            self.show()
        await self.browser.delete(session_id)

    def show(self, session: Session | None = None) -> None:
        """Show `session`; None shows an empty one."""
        self._show(self._make_talk(session or Session.new(self._sessions)))

    def _show(self, talk: Talk) -> None:
        before = self._talks.shown.session
        if before is not talk.session and before.conversation.runs:
            self._around.session_left(before.id, self.message_log.place())
        self._talks.show(talk)
        self.history.open_session = talk.session.id
        talk.presenter.show()
        self.status.model = self.engine.settings.shown_model
        self._around.session_changed()
        self._tell_asking()
        self._around.run_changed(going_on=talk.run is not None)
        self._tell_problem(talk)

    def _make_talk(self, session: Session) -> Talk:
        presenter = Presenter(session.conversation, self, self._now)
        presenter.price = self._price
        return Talk(session, presenter)

    async def prepare(self) -> None:
        """Make ready to go on with the session that is shown, so that the next turn does not wait for a long past."""
        await self.engine.prepare(self.session.conversation)

    async def follow(self) -> None:
        """Show what another instance writes into the session, as it writes it; without end."""
        await self._talks.shown.presenter.consume(self.session.follow())

    @property
    def _trouble(self) -> str:
        """What is wrong in the session that is shown for as long as it is, and what to do."""
        if self.session.unsaved or not (problem := self.engine.problem):
            return self.session.unsaved
        keys = self._around.keys.hint("{app.models} models  {app.settings} settings").replace("  ", ", ")
        return f"Not ready ({keys}): {problem}"  # the keys first: the reason may be long, and the log has it whole

    def _tell_problem(self, talk: Talk) -> None:
        self.status.trouble = self._trouble
        if talk.session.problems and not talk.session.unsaved:
            self._around.notice(talk.session.problems[-1])

    def cancel_all(self) -> None:
        """End every run that is going on, and begin no other; what they said is kept."""
        self._answering.cancel_all()

    def close(self) -> None:
        """Let every session's file go."""
        self._talks.close()

    # Runs

    @property
    def is_running(self) -> bool:
        """Whether a run of the session that is shown is going on."""
        return self._talks.shown.run is not None

    @property
    def is_busy(self) -> bool:
        """Whether the session that is shown cannot take a question now."""
        return self._talks.shown.is_busy

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
        return self._answering.claim()

    async def answer(
        self, talk: Talk, question: str, *, retry_of: str | None = None, instead_of: str | None = None
    ) -> None:
        """Have a question answered in a claimed session, and those that wait behind it, as `Answering` says."""
        await self._answering.answer(talk, question, retry_of=retry_of, instead_of=instead_of)

    async def branch(self, plan: Plan) -> None:
        """Show a branch of a recording, and have its turn go on where anything is otherwise in it."""
        try:
            branch = await in_thread(start_branch, plan, self._engines.settings, self._sessions)
        except TickertapeError as error:
            self._around.notice(str(error))
            return
        talk = self._make_talk(branch.session)
        if branch.engine is not None:
            self._engines.adopt(talk, branch.engine)
        self._show(talk)
        self._around.notice(flat(plan.lineage.words))
        beside = beside_original(plan)
        shown = beside.branch if beside is not None else Recording.fed()
        if beside is not None:
            self._around.branched(beside, branch.session.id)
        try:
            if branch.run is None:
                shown.feed(map(decode, branch.told))
                self._ended(talk)
            else:
                talk.is_busy = True
                await self._answering.branch(talk, branch.run, shown)
        finally:
            shown.end()

    def _begins(self, talk: Talk) -> None:
        """A turn begins, seen or unseen."""
        if talk is self._talks.shown:
            self.message_log.follow()
            self.message_log.following = self.engine.settings.follow

    def _ended(self, talk: Talk) -> None:
        """A turn is over, seen or unseen."""
        self.browser.note_change()
        self._around.queue_changed()
        self._tell_asking()
        if talk is self._talks.shown:
            self._around.run_changed(going_on=False)
            self._tell_problem(talk)
        elif self._talks.come_back(talk.session.id) is not None:
            talk.session.close()
            self._around.notice(f"Its turn is over: {talk.session.conversation.title}")

    async def _fork(self, talk: Talk, before: str | None) -> bool:
        try:
            fork = await in_thread(talk.session.fork, self._sessions, before=before)
        except TranscriptError as error:
            self._around.notice(str(error))
            return False
        self.show(fork)
        if fork.conversation.runs:
            await self.browser.rename(fork.id, f"{talk.presenter.title} (copy)")
        self._around.notice("Going on in a copy; the original is kept as it was")
        return True

    # What waits

    @property
    def queue(self) -> Queue:
        """What waits in the session that is shown."""
        return self._talks.shown.queue

    @property
    def steering(self) -> list[str]:
        """What was said to the running turn and the model was not told yet."""
        return self._talks.shown.run.steering if self._talks.shown.run is not None else []

    def wait(self, text: str) -> None:
        """Ask when what is going on is over."""
        self.queue.add(text)
        self._around.queue_changed()

    def steer(self, text: str) -> bool:
        """Say something to the running turn, which its model is told at the next step; whether there is one."""
        if self._talks.shown.run is None:
            return False
        self._talks.shown.run.steer(text)
        self._around.queue_changed()
        return True

    def cancel(self) -> None:
        """End the run of the session that is shown; what it said is kept."""
        if self._talks.shown.run is not None:
            self._talks.shown.run.cancel()

    async def decide(self, call_id: str, decision: Decision) -> None:
        """Answer a tool that asks."""
        await decide(self._talks.shown, self._engines, self._around, call_id, decision)

    def tick(self) -> None:
        """Let running figures move on with the time."""
        self.status.trouble = self._trouble
        self._talks.shown.presenter.tick()

    async def load(self) -> None:
        """Import and build what answers need, so that the first one does not wait for it.

        Raises:
            UsageError: the model or the tools that were asked for cannot be had.
        """
        await in_thread(prepare_drawing)
        try:
            await self.engine.load()
        finally:
            self.status.trouble = self._trouble
        await self.prepare()
        if self.engine.settings.asks_openai:
            self._price = self._talks.shown.presenter.price = await in_thread(load_prices, "openai")
