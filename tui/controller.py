"""What a chat does, without the keys: a session, an engine, the widgets that show them, and the run that is going on.

The screen makes one when its first frame has been drawn, mounts the widgets and awaits the rest in its workers.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from agent.engine import Engine
from agent.errors import TranscriptError
from agent.folders import Sessions
from agent.items import Run, RunStatus, ToolCall
from agent.prices import load_prices
from agent.run import Decision
from agent.run import Run as LiveRun
from agent.session import Session
from agent.settings import Settings
from agent.threads import in_thread
from tui.presenter import Presenter
from tui.rendering.glyphs import ASCII, UNICODE
from tui.widgets.history import History
from tui.widgets.message_log import MessageLog
from tui.widgets.status_bar import StatusBar
from tui.widgets.tool_tree import ToolTree

__all__ = ["ChatController", "Frame"]


_WELCOME = "Ask a question below and press Enter.\nF1 shows the keys."
_WELCOME_OFFLINE = f"""\
Ask a question below and press Enter, for example:
What is (3 + 4) * 2^5?

offline, the built-in model, does arithmetic;
--model openai:NAME connects another.

{_WELCOME.splitlines()[1]}"""


class Frame(Protocol):
    """What the screen around the widgets does for the chat."""

    def show_title(self, title: str) -> None:
        """Show the session's title."""

    def show_asking(self, call: ToolCall | None) -> None:
        """Ask the user about a call, or stop asking."""

    def notice(self, text: str) -> None:
        """Tell the user something for a few seconds."""

    def session_changed(self) -> None:
        """Another session is shown."""

    def run_changed(self, *, going_on: bool) -> None:
        """A run began or ended."""


class ChatController:
    """One chat. Whoever awaits `answer` or `follow` owns the run."""

    def __init__(self, settings: Settings, sessions: Sessions, frame: Frame, now: Callable[[], float]) -> None:
        """`now` gives milliseconds since the epoch."""
        glyphs = ASCII if settings.ascii else UNICODE
        self.engine = Engine(settings)
        self.history = History(glyphs=glyphs, id="history")
        self.message_log = MessageLog(
            glyphs, id="log", empty_text=_WELCOME_OFFLINE if settings.model == "offline" else _WELCOME
        )
        self.tool_tree = ToolTree(glyphs=glyphs, fold_policy=settings.fold, id="tree")
        self.status = StatusBar(glyphs=glyphs, id="status")
        self.status.model = settings.model
        self.session = Session.new(sessions)
        self._sessions = sessions
        self._frame = frame
        self._now = now
        self._presenter = Presenter(self.session.conversation, self, now)
        self._run: LiveRun | None = None

    # What the presenter shows besides the widgets

    def show_title(self, title: str) -> None:
        """Show the session's title."""
        self._frame.show_title(title)

    def show_asking(self, call: ToolCall | None) -> None:
        """Ask the user about a call, or stop asking."""
        self._frame.show_asking(call)

    # Sessions

    async def open(self, path: Path) -> None:
        """Show a saved session, to be gone on with."""
        try:
            session = await in_thread(Session.open, path)
        except TranscriptError as error:
            self._frame.notice(str(error))
        else:
            self.show(session)

    def show(self, session: Session | None = None) -> None:
        """Show `session`; None shows an empty one."""
        if session is None:
            session = Session.new(self._sessions)
        self.session.close()
        self.session = session
        price, self._presenter = self._presenter.price, Presenter(session.conversation, self, self._now)
        self._presenter.price = price
        self._presenter.show()
        self._frame.session_changed()
        self._tell_problem()

    async def follow(self) -> None:
        """Show what another instance writes into the session, as it writes it; without end."""
        await self._presenter.consume(self.session.follow())

    def _tell_problem(self) -> None:
        if self.session.problems:
            self._frame.notice(self.session.problems[-1])

    # Runs

    @property
    def is_running(self) -> bool:
        """Whether a run is going on."""
        return self._run is not None

    @property
    def retryable(self) -> Run | None:
        """The last turn, where it was not answered."""
        runs = self.session.conversation.runs
        unanswered = runs and not runs[-1].is_open and runs[-1].status is not RunStatus.ANSWERED
        return runs[-1] if unanswered else None

    async def answer(self, question: str, *, retry_of: str | None = None, instead_of: str | None = None) -> None:
        """One turn, from the question to its terminal event.

        A session that another instance writes is gone on with in a copy. `instead_of` names the turn in whose place
        the question is asked, in a branch: a copy of the session up to there.
        """
        if (self.session.read_only or instead_of is not None) and not await self._fork(instead_of):
            return
        self.message_log.follow()
        parent, self.session.parent = self.session.parent, None
        conversation = self.session.conversation
        try:
            async with self.engine.start(question, conversation, retry_of=retry_of, parent_session=parent) as run:
                self._run = run
                self._frame.run_changed(going_on=True)
                await self._presenter.consume(self.session.record(run))
        finally:
            self._run = None
            self._frame.run_changed(going_on=False)
        self._tell_problem()

    async def _fork(self, before: str | None) -> bool:
        try:
            fork = await in_thread(self.session.fork, self._sessions, before=before)
        except TranscriptError as error:
            self._frame.notice(str(error))
            return False
        self.show(fork)
        self._frame.notice("Going on in a copy; the original is kept as it was")
        return True

    def cancel(self) -> None:
        """End the run that is going on; what it said is kept."""
        if self._run is not None:
            self._run.cancel()

    def decide(self, call_id: str, decision: Decision) -> None:
        """Answer a tool that asks."""
        if self._run is not None:
            self._run.decide(call_id, decision)

    def tick(self) -> None:
        """Let running figures move on with the time."""
        self._presenter.tick()

    async def load(self) -> None:
        """Import and build what answers need, so that the first one does not wait for it.

        Raises:
            UsageError: the model or the tools that were asked for cannot be had.
        """
        await self.engine.load()
        if self.engine.settings.model.startswith("openai:") and self.engine.settings.base_url is None:
            self._presenter.price = await in_thread(load_prices, "openai")
