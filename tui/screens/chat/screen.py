"""The chat: panes that show a session, and a prompt to go on with it.

It takes the keys and routes: what a key or a widget says becomes a call on the controller or on another widget. Its
first frame holds only the frames of the panes and the input; what fills them is imported after that.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, ClassVar

from textual import events, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message
from textual.widget import Widget
from textual.widgets.text_area import Selection

from agent.errors import UsageError
from agent.library.drafts import Drafts
from agent.settings.settings import Settings
from agent.threads import in_thread
from tui.drawing.cells import flat
from tui.drawing.glyphs import glyphs_for
from tui.key_labels import DEFAULT_KEYS, Keys
from tui.process import memory
from tui.screens.base.screen import ChatPlace, PanesScreen
from tui.screens.base.waterfall import WATERFALL_KEYS
from tui.screens.chat.frame import ChatFrame
from tui.screens.chat.hints import chat_hint
from tui.screens.chat.leaving import Leaving
from tui.screens.chat.library.opener import go_on, show_session
from tui.screens.chat.models import choose_model, show_tools
from tui.screens.chat.prompt.prompt import ChatPrompt
from tui.screens.chat.turns.approvals import Approvals
from tui.screens.chat.turns.asking import Asking
from tui.widgets.bindings import bindings

if TYPE_CHECKING:
    from agent.conversation.lineage import Lineage
    from agent.conversation.run import Run
    from agent.library.listing import Match
    from agent.reading.ahead import ReadAhead
    from agent.recordings.what_if.plan import Plan
    from agent.transcripts.session import Session
    from tui.panes.approval.bar import ApprovalBar
    from tui.panes.history.sidebar import History
    from tui.panes.steps.tree import ToolTree
    from tui.screens.chat.controller import ChatController
    from tui.screens.waterfall.frame import Moment

__all__ = ["ChatScreen"]


_NO_STOPS = "This agent runs its tools itself: its turns stop where it asks, and nowhere else"


class ChatScreen(PanesScreen):
    """A session: asking, watching and browsing.

    One thing: it routes keys and what widgets say. Sessions and runs are the controller's, questions and approvals are
    those of `turns`, what lies behind the input is the prompt's and the saved sessions are the library's.
    """

    PANES = ("history", "conversation", "steps")
    BINDINGS: ClassVar[list[BindingType]] = bindings(
        {
            "app.interrupt": "copy_or_cancel",
            "app.new_chat": "new_chat",
            "app.history": "toggle_pane('history')",
            "app.search": "search_sessions",
            "app.models": "models",
            "app.race": "race",
            "app.breakpoints": "breakpoints",
            "app.tools": "tools",
            "app.asking": "go_to_asking",
            "conversation.retry": "retry",
            "conversation.edit": "edit_turn",
        }
    )

    @dataclass
    class ReplayRequested(Message):
        """A saved session is to be played back; standing still at a moment where one is named."""

        path: Path
        moment: str | None = None

    @dataclass
    class CompareRequested(Message):
        """Two saved sessions are to be seen side by side."""

        left: Path
        right: Path

    @dataclass
    class RaceRequested(Message):
        """Models are to race behind the turns of a session."""

        session: "Session"
        question: str
        models: list[str]
        """Those that may be meant."""

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
        super().__init__(
            settings.shown_model,
            glyphs_for(ascii=settings.ascii, still=settings.reduced_motion, iso_dates=settings.iso_dates),
            keys,
        )
        self._settings = settings
        self._resume = resume
        self._ahead = ahead
        self._resumed_from = parent
        self._now = now or (lambda: time() * 1000)
        self.chat: ChatController | None = None
        """None until the first frame has been drawn and its panes are filled."""
        self.prompt = ChatPrompt(Drafts(settings.data_dir), self._saved_prompts, self.notice, id="prompt")
        self.prompt.questions = self.asking = Asking(self, self.prompt, lambda: self.chat)
        self._approvals = Approvals(self, self.prompt, lambda: self.chat)
        self.frame = ChatFrame(self, self.prompt, self.asking, self._approvals, lambda: self.chat)
        self._leaving = Leaving(self, lambda: self.chat)
        self._waiting_place: ChatPlace | None = None
        self._waiting_branch: Plan | None = None
        """Where to go on as soon as the chat is there."""

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
    def home(self) -> ChatPrompt:
        return self.prompt

    def compose_foot(self) -> ComposeResult:
        """The prompt."""
        yield self.prompt

    # From the first frame to the last

    def on_mount(self) -> None:
        """Take keys at once; what takes time comes after the first frame."""
        self.set_focus(self.prompt)
        self.prompt.drafts.begin(self._resume.stem if self._resume is not None else "")
        self.call_after_refresh(self._furnish)

    @work(group="load")
    async def _furnish(self) -> None:
        """Fill the frames, open the session that was asked for, and load what answers need."""
        with memory.loading():
            make_chat = await in_thread(_import_controller)
            chat = make_chat(self._settings, self.frame, self._now)
            await self.panes["history"].mount(chat.history)
            await self.panes["conversation"].mount(chat.message_log)
            await self.panes["steps"].mount(chat.tool_tree)
            await self.query_one("#bottom").mount(chat.status)
            await self.mount(self.asking.lines, before=self.prompt)
            chat.show()
            self.run_worker(chat.browser.show(), group="sessions")
            if self._resume is not None:
                await chat.open(self._resume, self._ahead)
                chat.session.parent = self._resumed_from
            # Not before the session is the one that stays: a question sent in between waits.
            self.chat = chat
            self.frame.session_changed()
            if self._waiting_place is not None:
                self.enter(self._waiting_place)
            if self._waiting_branch is not None:
                self.branch(self._waiting_branch)
            self.asking.send_early()
            try:
                await chat.load()
            except UsageError as error:
                self.notice(str(error))
        self._keep_sessions(chat)

    @work(group="library")
    async def _keep_sessions(self, chat: "ChatController") -> None:
        """Not before all is loaded: an index to be made anew would hold that up."""
        await self.prompt.earlier.load()
        await chat.browser.keep()

    def _saved_prompts(self) -> list[str]:
        return self.chat.library.prompts() if self.chat is not None else []

    def use_settings(self, settings: Settings) -> None:
        """Have these settings, as far as they can change while the chat is there."""
        self._settings = settings
        if self.chat is not None:
            self.chat.use_settings(settings)
            self.title_bar.model = self.chat.engine.settings.shown_model
        self.update_hint()

    def holds_back(self, action: str = "app.quit") -> bool:
        """Whether its key is to be pressed once more to leave, for that would cancel turns that are not seen."""
        return self._leaving.holds_back(action)

    async def stop(self) -> None:
        """End all runs and let the sessions' files go; the answers so far and what is being written are kept."""
        await self.prompt.drafts.close()
        if self.chat is None:
            return
        if self.runs:
            await self.chat.browser.keep_place(self.chat.session.id, self.chat.message_log.place())
        self.workers.cancel_group(self, "follow")
        await self.asking.stop()
        self.chat.close()

    # Places

    def branch(self, plan: "Plan") -> None:
        """Show a branch of a recording, and go on in it, as soon as the panes are filled."""
        if self.chat is None:
            self._waiting_branch = plan
            return
        self.hide_overlays()
        self.asking.branch(plan)

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

    def action_new_chat(self) -> None:
        """Begin an empty session; a turn that is going on in the one before goes on."""
        if self.chat is not None and self.runs:
            self.chat.show()
        self.set_focus(self.prompt)

    def action_search_sessions(self) -> None:
        """Look for words in all sessions; at the second press in their prompts, to ask one again."""
        if self.chat is not None and self.chat.history.is_searching:
            self.prompt.search_earlier()
        elif self.chat is not None:
            self.show_pane(self.panes["history"], then=self.chat.history.begin_search)

    @work(group="open", exclusive=True)
    async def action_go_to_asking(self) -> None:
        """To a session in which a tool asks."""
        if self.chat is not None and not await self.chat.show_asking_session():
            self.notice("No tool asks in another session")

    @work(group="open", exclusive=True)
    async def go_on(self, path: Path, *, model: str, parent: "Lineage | None") -> None:
        """Show a saved session that came from `parent`, to be gone on with by this model."""
        if self.chat is not None:
            await go_on(self, self.chat, path, model=model, parent=parent)

    @work(group="open", exclusive=True)
    async def _open(self, session_id: str, run_id: str | None, match: "Match | None") -> None:
        if self.chat is not None:
            await show_session(self, self.chat, session_id, run_id, match)

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
        self._approvals.key_comes(key, time)

    def on_key(self, event: events.Key) -> None:
        """A letter that nothing else wants goes to the input; so does every one that is no answer while a tool asks.

        One that was typed right behind it comes from where that one did, though the input has the focus by now.
        """
        if not event.is_printable or not event.character or self.prompt.blocked is not None:
            return
        bound = self.active_bindings.get(event.key)
        if bound is not None and bound.enabled and not self._approvals.has_focus:
            return
        event.stop()
        if not self._approvals.has_focus:
            self.set_focus(self.prompt)
        self.prompt.insert(event.character)

    def on_paste(self, event: events.Paste) -> None:
        """What is pasted goes where letters go, wherever the keys are."""
        event.stop()
        if self.prompt.blocked is None:
            if not self._approvals.is_asking:
                self.set_focus(self.prompt)
            self.prompt.paste(event.text)

    def close_popup(self) -> bool:
        if self._approvals.escape():
            return True
        return (self.chat is not None and self.chat.history.escape()) or super().close_popup()

    def leave(self) -> None:
        """Cancel the run, else clear the draft."""
        if self.chat is not None and self.chat.is_running:
            self.chat.cancel()
        elif self.asking.leave_turn() or self.prompt.escape():
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

    @work(group="models", exclusive=True)
    async def action_models(self) -> None:
        """Choose which model answers in this session."""
        if self.chat is not None:
            await choose_model(self, self.chat, self._settings)

    @work(group="models", exclusive=True)
    async def action_tools(self) -> None:
        """Show the tools, to have some off in this session."""
        if self.chat is not None:
            await show_tools(self, self.chat, lambda: self._approvals.is_asking)

    def action_race(self) -> None:
        """Have several models answer what is in the input."""
        if (chat := self.chat) is None:
            return
        if chat.is_busy:
            self.notice("A turn is going on: the race begins where it ends")
            return
        models = [*dict.fromkeys((chat.engine.settings.model, *chat.models, self._settings.model))]
        self.post_message(self.RaceRequested(chat.session, self.prompt.text.strip(), models))

    def action_breakpoints(self) -> None:
        """Say where turns stop before a tool runs."""
        if self.chat is not None and not self.chat.can_stop_before():
            self.notice(_NO_STOPS)
        elif self.chat is not None:
            from tui.screens.breakpoints import BreakpointsScreen  # few chats stop anywhere

            self.app.push_screen(BreakpointsScreen(self.chat.breakpoints, self.chat.stop_at, self.keys))

    def on_tool_tree_stop_requested(self, message: "ToolTree.StopRequested") -> None:
        """Turns are to stop before a tool, or no more."""
        if self.chat is not None and not self.chat.can_stop_before(message.tool):
            self.notice(_NO_STOPS)
        elif self.chat is not None:
            is_set = self.chat.toggle_stop(message.tool)
            self.notice(f"Turns {'stop' if is_set else 'do not stop'} before {flat(message.tool)}")

    def action_retry(self) -> None:
        """Ask the last question again where it was not answered."""
        self.asking.retry()

    def action_edit_turn(self) -> None:
        """Put the question of a turn into the input; what is sent then is asked in its place, in a branch."""
        self.asking.edit_turn()

    def palette_widgets(self) -> Iterator[Widget]:
        yield from super().palette_widgets()
        if self.chat is not None:
            yield from (self.chat.history, self.prompt)

    def key_hint(self) -> str:
        if self.waterfall.has_focus:
            return WATERFALL_KEYS
        if (hint := self._approvals.key_hint) is not None:
            return hint
        return chat_hint(self.chat, self.prompt, self.focused, is_wide=self.has_class("-wide"))

    # What the widgets say

    async def on_prompt_quit_requested(self) -> None:
        """Ctrl+D in an empty input."""
        if not self.holds_back("input.quit"):
            await self.app.run_action("leave")

    def on_approval_bar_decided(self, message: "ApprovalBar.Decided") -> None:
        """The user answered a tool that asks."""
        self._approvals.answered(message)

    def on_approval_bar_typed(self, message: "ApprovalBar.Typed") -> None:
        """A letter that could have been an answer was the beginning of a word."""
        self.prompt.insert(message.text)

    def on_approval_bar_edit_requested(self, message: "ApprovalBar.EditRequested") -> None:
        """The arguments are to be edited before the tool runs."""
        self._approvals.edit(message.call)

    def on_screen_suspend(self) -> None:
        """Another screen lies over the chat."""
        self._approvals.look()

    def on_screen_resume(self) -> None:
        """What lay over the chat is gone."""
        self.call_after_refresh(self._approvals.look)

    def on_message_log_retry_requested(self) -> None:
        """The last turn is to be tried again."""
        self.asking.retry()

    def on_history_turn_selected(self, message: "History.TurnSelected") -> None:
        """A turn was chosen in the sidebar."""
        self.hide_overlays()
        self.go_to(message.run)

    def on_history_session_selected(self, message: "History.SessionSelected") -> None:
        """A session was chosen in the sidebar, or one of its turns, or a place where words were found."""
        self._open(message.session_id, message.run_id, message.match)

    def on_history_replay_requested(self, message: "History.ReplayRequested") -> None:
        """A session is to be played back."""
        if self.chat is not None:
            self.post_message(self.ReplayRequested(self.chat.path(message.session_id)))

    @work(group="open", exclusive=True)
    async def on_history_compare_requested(self, message: "History.CompareRequested") -> None:
        """A session is to stand beside the one that is open; that one, beside what it was forked from."""
        if (chat := self.chat) is None:
            return
        path, other = chat.path(message.session_id), self.transcript
        if other is None or path == other:
            origin = await chat.origin(message.session_id)
            other = None if origin is None else origin[0]
        if other is not None:
            self.post_message(self.CompareRequested(other, path))

    @work(group="open", exclusive=True)
    async def on_history_parent_requested(self, message: "History.ParentRequested") -> None:
        """What a session was forked from is to be played back, from there."""
        if self.chat is not None and (origin := await self.chat.origin(message.session_id)) is not None:
            self.post_message(self.ReplayRequested(*origin))


def _import_controller() -> "type[ChatController]":
    """The chat with all that it needs; takes as long as the first frame did, so it is called in a thread."""
    from tui.screens.chat.controller import ChatController

    return ChatController
