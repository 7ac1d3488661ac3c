"""What the chat has done around its widgets when something changes: input, title, hints, and calls for the user.

It tells what goes on in a word, for the terminal's title; who writes that there is the app's business.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from textual.content import Content
from textual.message import Message
from textual.timer import Timer

from tui.drawing.cells import flat
from tui.panes.prompt.input import PLACEHOLDER
from tui.process import memory
from tui.screens.base.screen import PanesScreen
from tui.screens.chat.prompt.prompt import ChatPrompt
from tui.screens.chat.turns.approvals import Approvals
from tui.screens.chat.turns.asking import Asking

if TYPE_CHECKING:
    from agent.conversation.items import ToolCall
    from agent.recordings.what_if.beside import Beside
    from tui.screens.chat.controller import ChatController

__all__ = ["ChatFrame", "TurnState"]

TurnState = Literal["idle", "running", "asks"]

_TICK = 0.25
"""Seconds between two looks at a turn that goes on."""
_LONG_TURN = 10_000.0
"""Milliseconds from which the end of a turn is worth a call."""
_ASKS_SECONDS = 12.0
"""How long it is told over everything that a tool asks elsewhere; the last line tells it until it is answered."""
_IDLE_AFTER = 1.0
"""Seconds after a turn, or after a session was opened, at which nothing is taken to move."""


class ChatFrame:
    """The frame of one chat; what `around` describes."""

    @dataclass
    class StateChanged(Message):
        """What goes on in the session is something else now."""

        title: str
        state: TurnState
        calls: bool
        """Whether the user is to be called."""

    @dataclass
    class Branched(Message):
        """A branch is to be seen beside what it comes from."""

        beside: "Beside"
        session_id: str

    def __init__(
        self,
        screen: PanesScreen,
        prompt: ChatPrompt,
        asking: Asking,
        approvals: Approvals,
        chat: "Callable[[], ChatController | None]",
    ) -> None:
        """`chat` gives what tells the changes; None until its first session is there, whose changes nobody sees."""
        self.keys = screen.keys
        self._screen = screen
        self._prompt = prompt
        self._asking = asking
        self._approvals = approvals
        self._chat = chat
        self._ticker: Timer | None = None

    def show_title(self, title: str) -> None:
        """Show the session's title."""
        self._screen.show_title(title)

    def notice(self, text: str) -> None:
        """Tell the user something for a few seconds."""
        self._screen.notice(text)

    def show_asking(self, call: "ToolCall | None") -> None:
        """Ask the user about a call, or stop asking."""
        if self._approvals.show(call):
            self._tell_state(calls=call is not None)

    # Sessions

    def session_changed(self) -> None:
        """Another session is shown."""
        if (chat := self._chat()) is None:
            return
        session = chat.session
        self._screen.end_find()
        self._screen.workers.cancel_group(self._screen, "follow")
        self._asking.forget_turn()
        self._prompt.drafts.show(session.id if session.conversation.runs else "")
        self._prompt.earlier.show(run.question for run in session.conversation.runs)
        self.queue_changed()
        self._screen.title_bar.model = chat.engine.settings.shown_model
        if session.read_only:
            self._prompt.placeholder = Content("Another instance has this session open: ask, and go on in a copy of it")
            self._screen.run_worker(chat.follow(), group="follow", exclusive=True)
        else:
            self._prompt.placeholder = Content(PLACEHOLDER)
            self._screen.run_worker(chat.prepare(), group="prepare", exclusive=True)
        self._screen.update_hint()

    def session_left(self, session_id: str, place: "dict[str, Any] | None") -> None:
        """A saved session is shown no more; `place` is where the reader was."""
        if (chat := self._chat()) is not None:
            self._screen.run_worker(chat.browser.keep_place(session_id, place), group="place")

    # Turns

    def run_changed(self, *, going_on: bool) -> None:
        """A run of the session that is shown began or ended."""
        if self._ticker is not None:
            self._ticker.stop()
            self._ticker = None
        chat = self._chat()
        if going_on and chat is not None:
            self._prompt.drafts.belong(chat.session.id)
            self._ticker = self._screen.set_interval(_TICK, self.tick)
        elif not going_on:
            self._screen.set_timer(_IDLE_AFTER, memory.collect_when_idle)
        self._screen.runs_changed()
        self._screen.update_hint()
        run = self._screen.runs[-1] if self._screen.runs else None
        is_long = not going_on and run is not None and (run.ended or 0) - run.started >= _LONG_TURN
        self._tell_state(calls=is_long)

    def tick(self) -> None:
        """Show how far a turn that goes on is by now."""
        if (chat := self._chat()) is not None:
            chat.tick()
            self.queue_changed()
            self._screen.runs_changed()

    def queue_changed(self) -> None:
        """Other questions wait in the session that is shown."""
        self._asking.show_waiting()

    def branched(self, beside: "Beside", session_id: str) -> None:
        """A branch begins in that session, to be seen beside what it comes from."""
        self._screen.post_message(self.Branched(beside, session_id))

    def keep_waiting(self, session_id: str, texts: list[str]) -> None:
        """These questions wait in a session, seen or unseen: they are to outlive the program."""
        self._prompt.drafts.note_waiting(session_id, texts)

    async def waiting(self, session_id: str) -> list[str]:
        """The questions that waited in a session when it was left."""
        return await self._prompt.drafts.waiting(session_id)

    # The user, who may look elsewhere

    def asks_elsewhere(self, asking: Sequence[tuple[str, str]]) -> None:
        """Tools ask in sessions that are not shown: that is told over whatever is shown, and stays told."""
        if (chat := self._chat()) is None:
            return
        tool, title = asking[0] if asking else ("", "")
        more = f", and {len(asking) - 1} more" if len(asking) > 1 else ""
        words = self.keys.fill(f"{flat(tool)[:24]} asks in {flat(title)[:30]}{more}: {{app.asking}}") if asking else ""
        if words and words != chat.status.elsewhere:
            self._screen.app.notify(words, title="A tool asks", severity="warning", timeout=_ASKS_SECONDS, markup=False)
        chat.status.elsewhere = words
        self._tell_state(calls=bool(words))

    def _tell_state(self, *, calls: bool) -> None:
        """`calls` for the user, where he looks elsewhere."""
        state: TurnState = "idle"
        chat = self._chat()
        if self._approvals.is_asking or (chat is not None and chat.status.elsewhere):
            state = "asks"
        elif chat is not None and chat.is_busy:
            state = "running"
        self._screen.post_message(self.StateChanged(self._screen.title_bar.title, state, calls))
