"""Sending what is in the input: at once, behind the turn that goes on, into it, or in the place of an earlier one.

It owns the workers that own the runs. What a turn does is the chat's business.
"""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.worker import Worker

from tui.panes.queue.lines import QueueLines
from tui.screens.base.screen import PanesScreen
from tui.screens.chat.prompt.prompt import ChatPrompt

if TYPE_CHECKING:
    from agent.conversation.run import Run
    from agent.recordings.what_if.plan import Plan
    from tui.screens.chat.controller import ChatController
    from tui.screens.chat.turns.talks import Talk

__all__ = ["Asking"]

_STOP_LIMIT = 0.7
"""Seconds that a run is given to end when the program or the session is left."""


class Asking:
    """The questions of a chat, from the input to the turns that they begin."""

    def __init__(self, screen: PanesScreen, prompt: ChatPrompt, chat: "Callable[[], ChatController | None]") -> None:
        """`chat` gives what is asked; None until it is there."""
        self.lines = QueueLines(glyphs=screen.glyphs, keys=screen.keys, id="queue")
        """Shows what waits."""
        self._screen = screen
        self._prompt = prompt
        self._chat = chat
        self._early: str | None = None
        """Sent before the chat was there to take it."""
        self._answers: set[Worker[None]] = set()
        """Those that own a run, one a session."""
        self._instead_of: Run | None = None
        """The turn whose question is being edited: what is sent next is asked in its place, in a branch."""

    # Sending

    def send(self) -> None:
        """Ask what is in the input, or have it wait behind the turn that is going on; else what was held back."""
        chat = self._chat()
        if chat is None:
            if self._early is None:
                self._early = self._prompt.take()
        elif chat.is_busy:
            if question := self._prompt.take().strip():
                self._prompt.earlier.note(question)
                chat.wait(question)
        elif question := self._prompt.take() or chat.queue.release() or "":
            self._start(question)

    def send_early(self) -> None:
        """The chat is there: ask what was sent before."""
        if self._early is not None:
            self._start(self._early)

    def steer(self) -> None:
        """Say what is in the input, else what waits first, to the running turn."""
        chat = self._chat()
        if chat is None or not chat.is_running:
            self._screen.notice(self._screen.keys.fill("No turn is going on: {input.send} asks"))
        elif not chat.engine.can_be_steered:
            self._screen.notice(
                self._screen.keys.fill("This agent is told nothing in a turn: {input.send} asks it next")
            )
        elif text := self._prompt.take().strip() or chat.queue.release():
            chat.steer(text)

    def retry(self) -> None:
        """Ask a question again that was not answered: of the turn that the reader stands on, else the last."""
        chat = self._chat()
        run = chat.retryable if chat is not None else None
        if run is None or (chat is not None and chat.is_busy):
            self._screen.notice("There is no failed or cancelled turn to try again")
        else:
            self._start(run.question, retry_of=run.id)

    # What waits

    def show_waiting(self) -> None:
        """Show what waits, and what Enter does to it."""
        if (chat := self._chat()) is None:
            return
        waiting, steering = chat.queue, chat.steering
        self._prompt.drafts.note_waiting(chat.session.id, [*steering, *waiting.texts])
        is_held = waiting.is_held and not chat.is_busy
        self.lines.show(
            [*steering, *waiting.texts],
            steering=len(steering),
            is_held=is_held,
            can_steer=chat.is_running and chat.engine.can_be_steered,
        )
        self._prompt.has_waiting = bool(waiting.texts)
        self._prompt.sends_waiting = is_held

    def take_back(self) -> None:
        """Put the last question that waits back into the input."""
        if (text := self._last_waiting()) is not None:
            self._prompt.replace_text(text)
            self.show_waiting()

    def drop(self) -> None:
        """Do not ask the last question that waits."""
        if self._last_waiting() is not None:
            self.show_waiting()

    def _last_waiting(self) -> str | None:
        chat = self._chat()
        return chat.queue.take_back() if chat is not None else None

    # Editing a turn

    def edit_turn(self) -> None:
        """Put the question of a turn into the input; what is sent then is asked in its place, in a branch."""
        chat = self._chat()
        if chat is None or chat.is_busy or (run := chat.message_log.current_run) is None:
            return
        self._instead_of = run
        self._prompt.drafts.lay_over(run.question)
        self._screen.set_focus(self._prompt)
        words = "{input.send} asks this instead, in a branch; {app.escape} leaves the turn as it is"
        self._screen.notice(self._screen.keys.fill(words))

    def leave_turn(self) -> bool:
        """Leave the turn that is being edited as it is; whether one was."""
        if self._instead_of is None:
            return False
        self._instead_of = None
        self._prompt.drafts.bring_back()
        return True

    def forget_turn(self) -> None:
        """Another session is shown, which has other turns."""
        self._instead_of = None

    # Turns

    def _start(self, question: str, *, retry_of: str | None = None) -> None:
        if (chat := self._chat()) is None:
            return
        instead_of, self._instead_of = self._instead_of, None
        self._prompt.earlier.note(question)
        self._prompt.drafts.asked(chat.session.id, in_a_branch=instead_of is not None)
        self._answers = {worker for worker in self._answers if not worker.is_finished}
        turn = self._answer(chat, chat.claim(), question, retry_of, instead_of.id if instead_of is not None else None)
        self._answers.add(self._screen.run_worker(turn, group="run"))

    def branch(self, plan: "Plan") -> None:
        """Go on as a branch of a recording does."""
        if (chat := self._chat()) is not None:
            self._answers.add(self._screen.run_worker(self._branch(chat, plan), group="run"))

    async def _branch(self, chat: "ChatController", plan: "Plan") -> None:
        try:
            await chat.branch(plan)
        finally:
            self._screen.update_hint()

    async def _answer(
        self, chat: "ChatController", talk: "Talk", question: str, retry_of: str | None, instead_of: str | None
    ) -> None:
        try:
            await chat.answer(talk, question, retry_of=retry_of, instead_of=instead_of)
        finally:
            self._screen.update_hint()

    async def stop(self) -> None:
        """End all runs, as far as they end in a moment."""
        if (chat := self._chat()) is None:
            return
        chat.cancel_all()
        if going_on := [worker for worker in self._answers if not worker.is_finished]:
            waiting = asyncio.gather(*(worker.wait() for worker in going_on), return_exceptions=True)
            await asyncio.wait({waiting}, timeout=_STOP_LIMIT)
            waiting.cancel()
