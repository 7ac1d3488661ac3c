"""The chat: panes that show a session, and a prompt to go on with it.

It takes the keys and routes: what a key or a widget says becomes a call on the controller or on another widget. Its
first frame holds only the frames of the panes and the input; what fills them is imported after that.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from textual import events, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets.text_area import Selection
from textual.worker import Worker

from agent.conversation.decisions import Decision
from agent.errors import UsageError
from agent.library.drafts import Drafts
from agent.runs.attachments import complete
from agent.settings.settings import Settings
from agent.threads import in_thread
from tui.drawing.cells import flat
from tui.drawing.glyphs import glyphs_for
from tui.key_labels import DEFAULT_KEYS, Keys
from tui.panes.prompt.input import PLACEHOLDER, Prompt
from tui.panes.queue.lines import QueueLines
from tui.screens.chat.drafts import DraftKeeper
from tui.screens.chat.editor import edit
from tui.screens.chat.leaving import Leaving
from tui.screens.panes import WATERFALL_KEYS, ChatPlace, PanesScreen
from tui.terminal import memory
from tui.widgets.bindings import bindings

if TYPE_CHECKING:
    from agent.conversation.items import ToolCall
    from agent.conversation.lineage import Lineage
    from agent.conversation.run import Run
    from agent.library.listing import Match
    from agent.reading.ahead import ReadAhead
    from tui.panes.approval.bar import ApprovalBar
    from tui.panes.history.sidebar import History
    from tui.screens.chat.controller import ChatController, Talk
    from tui.screens.waterfall.frame import Moment

__all__ = ["ChatScreen", "TurnState"]

_STOP_LIMIT = 0.7
"""Seconds that a run is given to end when the program or the session is left."""
_TICK = 0.25
_NAMES = 8
"""Files that are told where several fit."""
_LONG_TURN = 10_000.0
"""Milliseconds from which the end of a turn is worth a call."""
_ASKS_SECONDS = 12.0
"""How long it is told over everything that a tool asks elsewhere; the last line tells it until it is answered."""
TurnState = Literal["idle", "running", "asks"]
_IDLE_AFTER = 1.0
"""Seconds after a turn, or after a session was opened, at which nothing is taken to move."""


class ChatScreen(PanesScreen):
    """A session: asking, watching and browsing.

    One thing, if a long one: it routes. Sessions and runs are the controller's, the library the sidebar's.
    """

    PANES = ("history", "conversation", "steps")
    BINDINGS: ClassVar[list[BindingType]] = bindings(
        {
            "app.interrupt": "copy_or_cancel",
            "app.new_chat": "new_chat",
            "app.history": "toggle_pane('history')",
            "app.search": "search_sessions",
            "app.models": "models",
            "app.asking": "go_to_asking",
            "conversation.retry": "retry",
            "conversation.edit": "edit_turn",
        }
    )

    @dataclass
    class ReplayRequested(Message):
        """A saved session is to be played back."""

        path: Path

    @dataclass
    class StateChanged(Message):
        """What goes on in the session is something else now."""

        title: str
        state: TurnState
        calls: bool
        """Whether the user is to be called."""

    def __init__(
        self,
        settings: Settings,
        *,
        resume: Path | None = None,
        ahead: "ReadAhead | None" = None,
        parent: "Lineage | None" = None,
        now: Callable[[], float] | None = None,
        keys: Keys = DEFAULT_KEYS,
    ) -> None:
        """`resume` is a saved session to go on with, which `ahead` reads already, `parent` the one it came from.

        `now` gives ms since the epoch.
        """
        super().__init__(settings.model, glyphs_for(ascii=settings.ascii, still=settings.reduced_motion), keys)
        self._settings = settings
        self._resume = resume
        self._ahead = ahead
        self._resumed_from = parent
        self._now = now or (lambda: time() * 1000)
        self.chat: ChatController | None = None
        """None until the first frame has been drawn and its panes are filled."""
        self.prompt = Prompt(id="prompt")
        self._waiting_question: str | None = None
        """Sent before the chat was there to take it."""
        self._waiting_place: ChatPlace | None = None
        """Where to go on as soon as the chat is there."""
        self._approval: ApprovalBar | None = None
        self._queue_lines = QueueLines(glyphs=self.glyphs, keys=self.keys, id="queue")
        self._drafts = DraftKeeper(self.prompt, Drafts(settings.data_dir), partial(self.run_worker, group="drafts"))
        self._own_prompts: list[str] = []
        """What was asked in the session that is shown, the latest last."""
        self._other_prompts: list[str] = []
        """What was asked anywhere, the latest last."""
        self._answers: set[Worker[None]] = set()
        """Those that own a run, one a session."""
        self._ticker: Timer | None = None
        self._leaving = Leaving(self.keys, self._unseen, lambda words: self._shown_screen.notice(words))
        self._instead_of: Run | None = None
        """The turn whose question is being edited: what is sent next is asked in its place, in a branch."""

    @property
    def pictures(self) -> "ChatController | None":
        return self.chat

    @property
    def runs(self) -> "list[Run]":
        return self.chat.session.conversation.runs if self.chat is not None else []

    def moment(self) -> "Moment":
        from tui.screens.waterfall.frame import Moment

        if (chat := self.chat) is None:
            return Moment(run=None)
        run = chat.message_log.current_run or (self.runs[-1] if self.runs else None)
        return Moment(run=run, now=self._now(), price=chat.price)

    @property
    def transcript(self) -> Path | None:
        return self.chat.session.path if self.chat is not None and self.runs else None

    @property
    def home(self) -> Prompt:
        return self.prompt

    def compose_foot(self) -> ComposeResult:
        """The prompt."""
        yield self.prompt

    def on_mount(self) -> None:
        """Take keys at once; what takes time comes after the first frame."""
        self.set_focus(self.prompt)
        self._drafts.begin(self._resume.stem if self._resume is not None else "")
        self.call_after_refresh(self._furnish)

    @work(group="load")
    async def _furnish(self) -> None:
        """Fill the frames, open the session that was asked for, and load what answers need."""
        with memory.loading():
            make_chat = await in_thread(_import_controller)
            chat = make_chat(self._settings, self, self._now)
            await self.panes["history"].mount(chat.history)
            await self.panes["conversation"].mount(chat.message_log)
            await self.panes["steps"].mount(chat.tool_tree)
            await self.query_one("#bottom").mount(chat.status)
            await self.mount(self._queue_lines, before=self.prompt)
            chat.show()
            self._list_sessions(chat)
            if self._resume is not None:
                await chat.open(self._resume, self._ahead)
                chat.session.parent = self._resumed_from
            # Not before the session is the one that stays: a question sent in between waits.
            self.chat = chat
            self._session_shown()
            if self._waiting_place is not None:
                self.enter(self._waiting_place)
            if self._waiting_question is not None:
                self._start(self._waiting_question)
            try:
                await chat.load()
            except UsageError as error:
                self.notice(str(error))
        self._keep_sessions()

    @work(group="sessions")
    async def _list_sessions(self, chat: "ChatController") -> None:
        await chat.browser.show()

    @work(group="library")
    async def _keep_sessions(self) -> None:
        """Not before all is loaded: an index to be made anew would hold that up."""
        if self.chat is not None:
            self._other_prompts[:0] = reversed(await in_thread(self.chat.library.prompts))
            self._offer_prompts()
            await self.chat.browser.keep()

    # What the chat asks of its frame

    def show_asking(self, call: "ToolCall | None") -> None:
        """Ask the user about a call, or stop asking."""
        asked = self._approval.call_id if self._approval is not None else None
        if asked == (call.id if call is not None else None):
            return
        if self._approval is not None:
            self.set_focus(self.prompt)  # at once: else the keys would pass through the pane that stands next
            self._approval.remove()
            self._approval = None
            self.update_hint()
        if call is not None:
            from tui.panes.approval.bar import ApprovalBar

            self._approval = ApprovalBar(call, glyphs=self.glyphs, keys=self.keys)
            self.mount(self._approval, before=self.prompt)
            self.call_after_refresh(self._approval.focus)
        self._state_changed(calls=call is not None)

    def session_changed(self) -> None:
        """Another session is shown."""
        if self.chat is not None:
            self._session_shown()

    def _session_shown(self) -> None:
        assert self.chat is not None  # noqa: S101 - the callers looked
        session = self.chat.session
        self.end_find()
        self.workers.cancel_group(self, "follow")
        self._instead_of = None
        self._drafts.show(session.id if session.conversation.runs else "")
        self._own_prompts = [run.question for run in session.conversation.runs]
        self._offer_prompts()
        self.queue_changed()
        self.title_bar.model = self.chat.engine.settings.model
        if session.read_only:
            self.prompt.placeholder = Content("Another instance has this session open: ask, and go on in a copy of it")
            self._follow()
        else:
            self.prompt.placeholder = Content(PLACEHOLDER)
        self.update_hint()

    def on_text_area_changed(self) -> None:
        """The input has another text."""
        self._drafts.note()

    def run_changed(self, *, going_on: bool) -> None:
        """A run began or ended."""
        if self._ticker is not None:
            self._ticker.stop()
            self._ticker = None
        if going_on and self.chat is not None:
            self._drafts.belong(self.chat.session.id)
            self._ticker = self.set_interval(_TICK, self._tick)
        elif not going_on:
            self.set_timer(_IDLE_AFTER, memory.collect_when_idle)
        self.runs_changed()
        self.update_hint()
        run = self.runs[-1] if self.runs else None
        is_long = not going_on and run is not None and (run.ended or 0) - run.started >= _LONG_TURN
        self._state_changed(calls=is_long)

    def _state_changed(self, *, calls: bool = False) -> None:
        """Tell what the terminal's title says; `calls` for the user, where he looks elsewhere."""
        state: TurnState = "idle"
        if self._approval is not None or (self.chat is not None and self.chat.status.elsewhere):
            state = "asks"
        elif self.chat is not None and self.chat.is_busy:
            state = "running"
        self.post_message(self.StateChanged(self.title_bar.title, state, calls))

    def _tick(self) -> None:
        """A quarter of a second of a turn."""
        if self.chat is not None:
            self.chat.tick()
            self.queue_changed()
            self.runs_changed()

    def session_left(self, session_id: str, place: "dict[str, Any] | None") -> None:
        """A saved session is shown no more; `place` is where the reader was."""
        self._keep_place(session_id, place)

    @work(group="place")
    async def _keep_place(self, session_id: str, place: "dict[str, Any] | None") -> None:
        if self.chat is not None:
            await self.chat.browser.keep_place(session_id, place)

    def asks_elsewhere(self, asking: Sequence[tuple[str, str]]) -> None:
        """Tools ask in sessions that are not shown: that is told over whatever is shown, and stays told."""
        if self.chat is None:
            return
        tool, title = asking[0] if asking else ("", "")
        more = f", and {len(asking) - 1} more" if len(asking) > 1 else ""
        words = self.keys.fill(f"{flat(tool)[:24]} asks in {flat(title)[:30]}{more}: {{app.asking}}") if asking else ""
        if words and words != self.chat.status.elsewhere:
            self.app.notify(words, title="A tool asks", severity="warning", timeout=_ASKS_SECONDS, markup=False)
        self.chat.status.elsewhere = words
        self._state_changed(calls=bool(words))

    @work(group="open", exclusive=True)
    async def action_go_to_asking(self) -> None:
        """To a session in which a tool asks."""
        if self.chat is not None and not await self.chat.show_asking_session():
            self.notice("No tool asks in another session")

    @work(group="models", exclusive=True)
    async def action_models(self) -> None:
        """Choose which model answers in this session."""
        from agent.settings.available import list_models, model_sources  # few chats change theirs
        from tui.screens.models import Catalogue, ModelsScreen

        if self.chat is None:
            return
        settings = self._settings
        catalogue = Catalogue(
            sources=partial(model_sources, settings), models=lambda source: list_models(settings, source)
        )
        now = self.chat.engine.settings.model
        chosen = await self.app.push_screen_wait(
            ModelsScreen(catalogue, now, [*self.chat.models, settings.model], self.glyphs)
        )
        if chosen is None or chosen == now:
            return
        self.chat.use_model(chosen)
        self.title_bar.model = chosen
        try:
            await self.chat.load()
        except UsageError as error:
            self.notice(str(error))

    def use_settings(self, settings: Settings) -> None:
        """Have these settings, as far as they can change while the chat is there."""
        self._settings = settings
        if self.chat is not None:
            self.chat.use_settings(settings)
            self.title_bar.model = self.chat.engine.settings.model
        self.update_hint()

    # Earlier prompts

    def _note_prompt(self, text: str) -> None:
        """It was sent in this session."""
        if self._own_prompts[-1:] != [text]:  # one that waited is noted when it is sent and when its turn comes
            self._own_prompts.append(text)
        self._other_prompts.append(text)
        self._offer_prompts()

    def _offer_prompts(self) -> None:
        """Have this session's come first, then those of all others."""
        own = set(self._own_prompts)
        self.prompt.previous = [*(text for text in self._other_prompts if text not in own), *self._own_prompts]

    async def earlier_prompts(self) -> list[str]:
        """The prompts of all sessions, each once, the latest first."""
        saved = await in_thread(self.chat.library.prompts) if self.chat is not None else []
        return [*dict.fromkeys([*reversed(self._other_prompts), *saved])]

    def on_prompt_search_requested(self) -> None:
        """An earlier prompt is to be found by its words."""
        from tui.screens.chat.prompts import prompt_search

        self.app.push_screen(prompt_search())

    def recall_prompt(self, text: str) -> None:
        """An earlier prompt was found."""
        self.prompt.recall(text)
        self.set_focus(self.prompt)

    # Asking

    def on_prompt_submitted(self) -> None:
        """Ask what was sent, or have it wait behind the turn that is going on; nothing sends what was held back."""
        if self.chat is None:
            if self._waiting_question is None:
                self._waiting_question = self.prompt.take()
        elif self.chat.is_busy:
            if question := self.prompt.take().strip():
                self._note_prompt(question)
                self.chat.wait(question)
        elif question := self.prompt.take() or self.chat.queue.release() or "":
            self._start(question)

    def queue_changed(self) -> None:
        """Other questions wait."""
        if self.chat is not None:
            waiting, steering = self.chat.queue, self.chat.steering
            is_held = waiting.is_held and not self.chat.is_busy
            self._queue_lines.show([*steering, *waiting.texts], steering=len(steering), is_held=is_held)
            self.prompt.has_waiting = bool(waiting.texts)
            self.prompt.sends_waiting = is_held

    def on_prompt_take_back_requested(self) -> None:
        """The last question that waits is to be changed."""
        if self.chat is not None and (text := self.chat.queue.take_back()) is not None:
            self.prompt.load_text(text)
            self.prompt.move_cursor(self.prompt.document.end)
            self.queue_changed()

    def on_prompt_drop_requested(self) -> None:
        """The last question that waits is not to be asked."""
        if self.chat is not None and self.chat.queue.take_back() is not None:
            self.queue_changed()

    @work(group="complete", exclusive=True)
    async def on_prompt_completion_requested(self, message: Prompt.CompletionRequested) -> None:
        """The name of a file is to be completed, as far as that is certain."""
        added, names = await in_thread(complete, message.before, Path.cwd())
        if self.prompt.text_before_cursor != message.before:
            return
        self.prompt.insert(added)
        if len(names) != 1:
            more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
            self.notice(f"{'  '.join(names[:_NAMES])}{more}" if names else "There is no such file here")

    def on_prompt_steer_requested(self) -> None:
        """What is in the input, else what waits first, is to be said to the running turn."""
        if self.chat is None or not self.chat.is_running:
            self.notice(self.keys.fill("No turn is going on: {input.send} asks"))
        elif text := self.prompt.take().strip() or self.chat.queue.release():
            self.chat.steer(text)

    def _start(self, question: str, *, retry_of: str | None = None) -> None:
        if self.chat is None:
            return
        instead_of, self._instead_of = self._instead_of, None
        self._note_prompt(question)
        self._drafts.asked(self.chat.session.id, in_a_branch=instead_of is not None)
        self._answers = {worker for worker in self._answers if not worker.is_finished}
        turn = self._answer(
            self.chat, self.chat.claim(), question, retry_of, instead_of.id if instead_of is not None else None
        )
        self._answers.add(turn)

    @work(group="run")
    async def _answer(
        self, chat: "ChatController", talk: "Talk", question: str, retry_of: str | None, instead_of: str | None
    ) -> None:
        try:
            await chat.answer(talk, question, retry_of=retry_of, instead_of=instead_of)
        finally:
            self.update_hint()

    @work(group="follow", exclusive=True)
    async def _follow(self) -> None:
        if self.chat is not None:
            await self.chat.follow()

    async def stop(self) -> None:
        """End all runs and let the sessions' files go; the answers so far and what is being written are kept."""
        await self._drafts.close()
        if self.chat is None:
            return
        if self.runs:
            await self.chat.browser.keep_place(self.chat.session.id, self.chat.message_log.place())
        self.chat.cancel_all()
        self.workers.cancel_group(self, "follow")
        if going_on := [worker for worker in self._answers if not worker.is_finished]:
            waiting = asyncio.gather(*(worker.wait() for worker in going_on), return_exceptions=True)
            await asyncio.wait({waiting}, timeout=_STOP_LIMIT)
            waiting.cancel()
        self.chat.close()

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that mean something else elsewhere, or nothing yet."""
        if action == "scroll_log" and parameters in (("page_up",), ("page_down",)):
            return self.focused is self.prompt and self.chat is not None
        if action in ("retry", "new_chat", "edit_turn", "search_sessions"):
            return self.chat is not None
        return super().check_action(action, parameters)

    def key_comes(self, key: str, time: float) -> None:
        super().key_comes(key, time)
        if self._approval is not None:
            self._approval.key_comes(key, time)

    def on_screen_suspend(self) -> None:
        """Another screen lies over the chat."""
        if self._approval is not None:
            self._approval.look()

    def on_screen_resume(self) -> None:
        """What lay over the chat is gone."""
        if self._approval is not None:
            self.call_after_refresh(self._approval.look)

    def on_key(self, event: events.Key) -> None:
        """A letter that nothing else wants goes to the input; so does every one that is no answer while a tool asks.

        One that was typed right behind it comes from where that one did, though the input has the focus by now.
        """
        if not event.is_printable or not event.character or self.prompt.blocked is not None:
            return
        asks = self._approval is not None and self._approval.has_focus
        bound = self.active_bindings.get(event.key)
        if bound is not None and bound.enabled and not asks:
            return
        event.stop()
        if not asks:
            self.set_focus(self.prompt)
        self.prompt.insert(event.character)

    def on_paste(self, event: events.Paste) -> None:
        """What is pasted goes where letters go, wherever the keys are."""
        event.stop()
        if self.prompt.blocked is None:
            if self._approval is None:
                self.set_focus(self.prompt)
            self.prompt.paste(event.text)

    def close_popup(self) -> bool:
        if self._approval is not None:
            self._approval.escape()
            return True
        return (self.chat is not None and self.chat.history.escape()) or super().close_popup()

    def leave(self) -> None:
        """Cancel the run, else clear the draft."""
        if self.chat is not None and self.chat.is_running:
            self.chat.cancel()
        elif self._instead_of is not None:
            self._instead_of = None
            self._drafts.bring_back()
            self.update_hint()
        elif self.prompt.escape():
            self.update_hint()

    async def action_copy_or_cancel(self) -> None:
        """Copy what is selected, else cancel the run, else quit at the second press."""
        if self.prompt.selected_text:
            self.copy(self.prompt.selected_text, "selection")
            self.prompt.selection = Selection.cursor(self.prompt.cursor_location)  # the next press means something else
        elif self.copy_selection():
            return
        elif self.chat is not None and self.chat.is_running:
            self.chat.cancel()
        elif not self._leaving.asks("app.interrupt"):
            await self.app.run_action("leave")

    def holds_back(self, action: str = "app.quit") -> bool:
        """Whether its key is to be pressed once more to leave, for that would cancel turns that are not seen."""
        return self._leaving.holds_back(action)

    def _unseen(self) -> int:
        """How many turns are going on in sessions that are not to be seen."""
        if self.chat is None:
            return 0
        return self.chat.running_elsewhere + (self.chat.is_running and self._shown_screen is not self)

    @property
    def _shown_screen(self) -> PanesScreen:
        """The one whose panes are seen: a replay may lie over the chat."""
        return next(screen for screen in reversed(self.app.screen_stack) if isinstance(screen, PanesScreen))

    def action_new_chat(self) -> None:
        """Begin an empty session; a turn that is going on in the one before goes on."""
        if self.chat is not None and self.runs:
            self.chat.show()
        self.set_focus(self.prompt)

    def action_search_sessions(self) -> None:
        """Look for words in all sessions; at the second press in their prompts, to ask one again."""
        if self.chat is not None and self.chat.history.is_searching:
            self.on_prompt_search_requested()
        elif self.chat is not None:
            self.show_pane(self.panes["history"], then=self.chat.history.begin_search)

    def enter(self, place: ChatPlace) -> None:
        """Go on at `place`, as soon as the panes are filled: for who comes from a replay."""
        if self.chat is None:
            self._waiting_place = place
            return
        match place:
            case "new_chat":
                self.hide_overlays()
                self.action_new_chat()
            case "history":
                self.show_pane(self.panes["history"], then=self.chat.history.focus)
            case "search":
                self.action_search_sessions()

    def action_retry(self) -> None:
        """Ask the last question again where it was not answered."""
        run = self.chat.retryable if self.chat is not None else None
        if run is None or (self.chat is not None and self.chat.is_busy):
            self.notice("There is no failed or cancelled turn to try again")
        else:
            self._start(run.question, retry_of=run.id)

    def action_edit_turn(self) -> None:
        """Put the question of a turn into the input; what is sent then is asked in its place, in a branch."""
        if self.chat is None or self.chat.is_busy or (run := self.chat.message_log.current_run) is None:
            return
        self._instead_of = run
        self._drafts.lay_over(run.question)
        self.set_focus(self.prompt)
        self.notice(
            self.keys.fill("{input.send} asks this instead, in a branch; {app.escape} leaves the turn as it is")
        )

    def palette_widgets(self) -> Iterator[Widget]:
        yield from super().palette_widgets()
        if self.chat is not None:
            yield from (self.chat.history, self.prompt)

    # What the widgets say

    def on_message_log_retry_requested(self) -> None:
        """The last turn is to be tried again."""
        self.action_retry()

    def on_history_turn_selected(self, message: "History.TurnSelected") -> None:
        """A turn was chosen in the sidebar."""
        self.hide_overlays()
        self.go_to(message.run)

    def on_history_session_selected(self, message: "History.SessionSelected") -> None:
        """A session was chosen in the sidebar, or one of its turns."""
        self._open(message.session_id, message.run_id)

    def on_history_match_selected(self, message: "History.MatchSelected") -> None:
        """A place was chosen where the words that were searched for stand."""
        self._open(message.session_id, message.match.run_id, message.match)

    @work(group="open", exclusive=True)
    async def _open(self, session_id: str, run_id: str | None, match: "Match | None" = None) -> None:
        """Show a session, and one of its turns, and what was found in it."""
        if self.chat is None or not await self.chat.open(self.chat.path(session_id)):
            return
        self.hide_overlays()
        runs = self.chat.session.conversation.runs
        run = next((run for run in runs if run.id == run_id), None)
        if run is not None:
            self.go_to(run)
            if match is not None and (words := next((piece.text for piece in match.context if piece.is_match), "")):
                self.show_found(words, run.id, match.kind)

    @work(group="open", exclusive=True)
    async def go_on(self, path: Path, *, model: str, parent: "Lineage | None") -> None:
        """Show a saved session that came from `parent`, to be gone on with by this model."""
        if self.chat is None or not await self.chat.open(path):
            return
        self.chat.session.parent = parent
        self.title_bar.model = model
        self.chat.use_model(model)
        self.hide_overlays()

    def on_history_replay_requested(self, message: "History.ReplayRequested") -> None:
        """A session is to be played back."""
        if self.chat is not None:
            self.post_message(self.ReplayRequested(self.chat.path(message.session_id)))

    @work(group="sessions")
    async def on_history_delete_requested(self, message: "History.DeleteRequested") -> None:
        """A session is to be moved to the trash."""
        if self.chat is not None:
            await self.chat.delete(message.session_id)

    def on_approval_bar_decided(self, message: "ApprovalBar.Decided") -> None:
        """The user answered a tool that asks."""
        self._decide(message.call_id, Decision(message.answer, message.reason))

    def on_approval_bar_edit_requested(self, message: "ApprovalBar.EditRequested") -> None:
        """The arguments are to be edited before the tool runs."""
        self._edit_arguments(message.call)

    @work(group="arguments", exclusive=True)
    async def _edit_arguments(self, call: "ToolCall") -> None:
        from tui.screens.arguments import ArgumentsScreen  # most calls are not edited

        if self.chat is None:
            return
        screen = ArgumentsScreen(call.name, self.chat.arguments(call), self.chat.engine.schema(call.name), self.keys)
        if (arguments := await self.app.push_screen_wait(screen)) is not None:
            self._decide(call.id, Decision("once", arguments=arguments))

    @work(group="decide")
    async def _decide(self, call_id: str, decision: Decision) -> None:
        if self.chat is not None:
            await self.chat.decide(call_id, decision)

    async def on_prompt_quit_requested(self) -> None:
        """Ctrl+D in an empty input."""
        if not self.holds_back("input.quit"):
            await self.app.run_action("leave")

    def on_prompt_editor_requested(self) -> None:
        """The question is to be written in the user's own editor."""
        self._edit()

    @work(group="editor", exclusive=True)
    async def _edit(self) -> None:
        """Write the question in the user's own editor; a run goes on meanwhile, unseen."""
        text, problem = await edit(self.app, self.prompt.text)
        if text is None:
            self.notice(problem)
        else:
            self.prompt.load_text(text)
            self.prompt.move_cursor(self.prompt.document.end)
        self.refresh(layout=True)

    def key_hint(self) -> str:
        chat = self.chat
        if self.is_on_waterfall:
            return WATERFALL_KEYS
        if self._approval is not None:
            return (
                "{approval.once} once  {approval.session} session  {approval.always} always  {approval.edit} edit"
                "  {approval.never} no  {approval.reason} why not"
            )
        if chat is not None and self.focused is chat.tool_tree:
            return "{conversation.toggle} fold  {conversation.open} open  {app.escape} input"
        if chat is not None and self.focused is chat.message_log:
            again = "{conversation.retry} again" if chat.retryable else "{conversation.edit} edit"
            return f"{again}  {{conversation.copy}} copy  {{app.escape}} input"
        if chat is not None and chat.history.is_naming:
            return "Enter keep  {app.escape} discard"
        if chat is not None and chat.history.is_searching:
            return "{history.to_list} results  Enter list  {app.escape} clear"
        if chat is not None and chat.history.has_focus_within:
            return (
                "{history.open} open  {history.rename} name  {history.pin} pin  {history.delete} delete"
                "  {history.search} search"
            )
        if chat is not None and chat.is_busy:
            return "{app.escape} cancel  {input.steer} into this turn" if self.prompt.text else "{app.escape} cancel"
        return f"{'' if self.has_class('-wide') else '{app.history} history  {app.steps} steps  '}{{app.help}} help"


def _import_controller() -> "type[ChatController]":
    """The chat with all that it needs; takes as long as the first frame did, so it is called in a thread."""
    from tui.screens.chat.controller import ChatController

    return ChatController
