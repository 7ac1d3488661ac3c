"""The chat: four panes and a prompt, and the one worker that owns the run.

It routes: what a widget posts becomes a call on the session, the run or another widget. What is shown is the
presenter's business, what a run does the engine's.
"""

import asyncio
import os
import shlex
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import time
from typing import ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Static
from textual.worker import Worker

from agent.conversation import Run, RunStatus, ToolCall
from agent.engine import Engine
from agent.errors import TranscriptError, UsageError
from agent.run import Run as LiveRun
from agent.session import Session
from agent.threads import in_thread
from agent.transcript import Sessions
from tui import memory
from tui.clipboard import copy_text
from tui.presenter import Presenter
from tui.rendering.glyphs import ASCII, UNICODE
from tui.screens.call import CallScreen
from tui.screens.help import HelpScreen
from tui.widgets.approval import ApprovalBar
from tui.widgets.history import History
from tui.widgets.message_log import MessageLog
from tui.widgets.prompt import PLACEHOLDER, Prompt
from tui.widgets.status_bar import StatusBar
from tui.widgets.title_bar import TitleBar
from tui.widgets.tool_tree import ToolTree

__all__ = ["ChatScreen"]

_ESCAPE_DELAY = 0.1
"""Seconds in which an arrow after Esc makes it Alt with that arrow, as some terminals send it."""
_QUIT_WINDOW = 2.0
"""Seconds in which a second Ctrl+C quits."""
_STOP_LIMIT = 0.7
"""Seconds that a run is given to end when the program or the session is left."""
_TICK = 0.25
_NOTICE_SECONDS = 4.0


class ChatScreen(Screen[None]):
    """A session: asking, watching and browsing."""

    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (44, "-narrow"), (100, "-wide")]  # noqa: RUF012 - as Textual declares it
    VERTICAL_BREAKPOINTS = [(0, "-short"), (13, "-tall")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "escape", "Back, cancel", priority=True),
        Binding("up", "escaped_arrow('previous')", show=False, priority=True),
        Binding("down", "escaped_arrow('next')", show=False, priority=True),
        Binding("ctrl+c", "copy_or_cancel", "Copy, cancel, quit", priority=True),
        Binding("ctrl+n", "new_chat", "New chat", priority=True),
        Binding("ctrl+b,f9", "toggle_pane('history')", "History", priority=True),
        Binding("ctrl+t", "toggle_pane('tree')", "Steps", priority=True),
        Binding("pageup", "scroll_log('page_up')", "Scroll up", priority=True),
        Binding("pagedown", "scroll_log('page_down')", "Scroll down", priority=True),
        Binding("ctrl+home", "scroll_log('home')", "To the start", priority=True),
        Binding("ctrl+end", "scroll_log('end')", "To the end", priority=True),
        Binding("alt+up,ctrl+up", "walk('previous')", "Previous", priority=True),
        Binding("alt+down,ctrl+down", "walk('next')", "Next", priority=True),
        Binding("ctrl+o", "fold_all", "Fold all", priority=True),
        Binding("r", "retry", "Try again"),
        Binding("f1,question_mark", "help", "Help"),
    ]

    def __init__(
        self,
        session: Session,
        engine: Engine,
        sessions: Sessions,
        *,
        resume: Path | None = None,
        now: Callable[[], float] | None = None,
    ) -> None:
        """`resume` is a saved session to open in the place of `session`; `now` gives milliseconds since the epoch."""
        super().__init__()
        self.session = session
        self._engine = engine
        self._sessions = sessions
        self._resume = resume
        self._now = now or (lambda: time() * 1000)
        self._glyphs = glyphs = ASCII if engine.settings.ascii else UNICODE
        self.title_bar = TitleBar(engine.settings.model, id="title")
        self.history = History(glyphs=glyphs, id="history")
        self.message_log = MessageLog(glyphs, id="log")
        self.tool_tree = ToolTree(glyphs=glyphs, id="tree")
        self._approval: ApprovalBar | None = None
        self.prompt = Prompt(id="prompt")
        self.status = StatusBar(glyphs=glyphs, id="status")
        self._presenter = Presenter(session.conversation, self, self._now)
        self._run: LiveRun | None = None
        self._worker: Worker[None] | None = None
        self._ticker: Timer | None = None
        self._escape: Timer | None = None
        """A press of Esc that has not been acted on yet: an arrow may follow."""
        self._notice: Timer | None = None
        self._quit_until = 0.0

    def compose(self) -> ComposeResult:
        """The panes side by side, the prompt and the status bar below."""
        yield self.title_bar
        with Horizontal(id="panes"):
            yield self.history
            yield self.message_log
            yield self.tool_tree
        yield self.prompt
        yield self.status
        yield Static("Tickertape needs a larger terminal: 44 columns by 13 rows at least.", id="too-small")

    def on_mount(self) -> None:
        """Show an empty session at once; what takes time comes after the first paint."""
        self.history.border_title = "History"
        self.message_log.border_title = "Conversation"
        self.tool_tree.border_title = "Steps"
        self.status.model = self._engine.settings.model
        self.prompt.focus()
        self._presenter.show()
        self._update_hint()
        self.call_after_refresh(self._warm_up)

    # What the presenter shows besides the panes

    def show_title(self, title: str) -> None:
        """Show the session's title."""
        self.title_bar.title = title

    def show_asking(self, call: ToolCall | None) -> None:
        """Ask the user about a call, or stop asking."""
        asked = self._approval.call_id if self._approval is not None else None
        if asked == (call.id if call is not None else None):
            return
        if self._approval is not None:
            self._approval.remove()
            self._approval = None
            self.prompt.focus()
        if call is not None:
            self._approval = ApprovalBar(call, glyphs=self._glyphs, id="approval")
            self.mount(self._approval, before=self.prompt)
            self._approval.focus()

    # Opening and asking

    @work(group="load")
    async def _warm_up(self) -> None:
        """Open the session that was asked for, then load what answers need."""
        if self._resume is not None:
            await self._open(self._resume)
        try:
            await self._engine.load()
        except UsageError as error:
            self.notice(str(error))
        memory.settle()

    async def _open(self, path: Path) -> None:
        try:
            session = await in_thread(Session.open, path)
        except TranscriptError as error:
            self.notice(str(error))
            return
        self._show_session(session)
        if session.read_only:
            self.prompt.placeholder = Content("Another instance writes this session: ask, and go on in a copy of it")
            self._worker = self._follow(session)

    def _show_session(self, session: Session) -> None:
        self.session.close()
        self.session = session
        self._presenter = Presenter(session.conversation, self, self._now)
        self._presenter.show()
        self.prompt.previous = [run.question for run in session.conversation.runs]
        self.prompt.placeholder = Content(PLACEHOLDER)
        if session.problems:
            self.notice(session.problems[-1])

    @work(group="run", exclusive=True)
    async def _follow(self, session: Session) -> None:
        """Show what another instance writes, as it writes it."""
        await self._presenter.consume(session.follow())

    @on(Prompt.Submitted)
    def _ask(self) -> None:
        if self._run is not None:
            self.notice("A turn is going on: Esc cancels it")
            return
        self._start(self.prompt.take())

    def _start(self, question: str, retry_of: str | None = None) -> None:
        if self.session.read_only:
            try:
                self._show_session(self.session.fork(self._sessions))
            except TranscriptError as error:
                self.notice(str(error))
                return
            self.notice("Going on in a copy: the original belongs to another instance")
        self.prompt.previous = [*self.prompt.previous, question]
        self.message_log.follow()
        self._worker = self._answer(question, retry_of)

    @work(group="run", exclusive=True)
    async def _answer(self, question: str, retry_of: str | None) -> None:
        """One turn, from the question to its terminal event."""
        self._ticker = self.set_interval(_TICK, self._presenter.tick)
        try:
            parent, self.session.parent = self.session.parent, None
            async with self._engine.start(
                question, self.session.conversation, retry_of=retry_of, parent_session=parent
            ) as run:
                self._run = run
                self._update_hint()
                await self._presenter.consume(self.session.record(run))
        finally:
            self._run = None
            self._ticker.stop()
            self._update_hint()
        if self.session.problems:
            self.notice(self.session.problems[-1])
        self.set_timer(1.0, memory.collect_when_idle)

    async def stop(self) -> None:
        """End the run and give up the session's file; the answer so far is kept."""
        if self._run is not None:
            self._run.cancel()
        if self._worker is not None and not self._worker.is_finished:
            waiting = asyncio.ensure_future(self._worker.wait())
            if self.session.read_only:
                self._worker.cancel()
            await asyncio.wait({waiting}, timeout=_STOP_LIMIT)
            waiting.cancel()
        self.session.close()

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that mean something else while a pane or the approval has the focus."""
        if action == "escaped_arrow":
            return self._escape is not None
        if action == "scroll_log" and parameters in (("page_up",), ("page_down",)):
            return self.focused is self.prompt
        return True

    def on_key(self, event: events.Key) -> None:
        """A letter that nothing else wants goes to the input."""
        if event.is_printable and event.character and self.focused is not self.prompt:
            event.stop()
            if self._approval is None:
                self.prompt.focus()
            self.prompt.insert(event.character)

    def action_escape(self) -> None:
        """Back, cancel or clear, unless an arrow follows at once."""
        if self._escape is None:
            self._escape = self.set_timer(_ESCAPE_DELAY, self._act_on_escape)

    def action_escaped_arrow(self, direction: str) -> None:
        """Esc and an arrow are Alt and that arrow."""
        self._forget_escape()
        self.action_walk(direction)

    def _forget_escape(self) -> None:
        if self._escape is not None:
            self._escape.stop()
            self._escape = None

    def _act_on_escape(self) -> None:
        """Popup first, then the focus, then the run, then the draft; one press undoes one thing."""
        self._forget_escape()
        if self._approval is not None:
            self._approval.action_decide("denied")
        elif any(pane.has_class("-shown") for pane in (self.history, self.tool_tree)):
            self._hide_overlays()
        elif self.focused is not self.prompt:
            self.prompt.focus()
        elif self._run is not None:
            self._run.cancel()
        elif self.prompt.text:
            self.prompt.clear()

    async def action_copy_or_cancel(self) -> None:
        """Copy what is selected, else cancel the run, else quit at the second press."""
        selected = self.prompt.selected_text or self.get_selected_text()
        if selected:
            self._copy(selected, "selection")
            self.clear_selection()
        elif self._run is not None:
            self._run.cancel()
        elif time() < self._quit_until:
            await self.app.run_action("leave")
        else:
            self._quit_until = time() + _QUIT_WINDOW
            self.notice("Ctrl+C again to quit")

    async def action_new_chat(self) -> None:
        """Begin an empty session; the one that is open is kept."""
        await self.stop()
        self._show_session(Session.new(self._sessions))
        self.prompt.focus()

    def action_toggle_pane(self, name: str) -> None:
        """Go to a side pane, showing it; hide it where it has the focus."""
        pane = self.history if name == "history" else self.tool_tree
        if self.has_class("-wide"):
            pane.toggle_class("-hidden")
            shown = not pane.has_class("-hidden")
        else:
            shown = not pane.has_class("-shown")
            self._hide_overlays()
            pane.set_class(shown, "-shown")
        (pane if shown else self.prompt).focus()

    def _hide_overlays(self) -> None:
        for pane in (self.history, self.tool_tree):
            pane.remove_class("-shown")
        self.prompt.focus()

    def action_scroll_log(self, where: str) -> None:
        """Scroll the log without leaving the input."""
        if where == "end":
            self.message_log.follow()
        elif where == "home":
            self.message_log.scroll_home(animate=False)
        elif where == "page_up":
            self.message_log.action_page_up()
        else:
            self.message_log.action_page_down()

    def action_walk(self, direction: str) -> None:
        """To the previous or next call in the tree, message everywhere else."""
        if self.focused is self.tool_tree:
            self.tool_tree.action_previous_call() if direction == "previous" else self.tool_tree.action_next_call()
        elif direction == "previous":
            self.message_log.action_previous_message()
        else:
            self.message_log.action_next_message()

    def action_fold_all(self) -> None:
        """Fold or unfold the whole tree."""
        self.tool_tree.action_fold_all()

    def action_retry(self) -> None:
        """Ask the last question again where it was not answered."""
        runs = self.session.conversation.runs
        if runs and not runs[-1].is_open and runs[-1].status is not RunStatus.ANSWERED:
            self._retry(runs[-1])
        else:
            self.notice("The last turn was answered: there is nothing to try again")

    def action_help(self) -> None:
        """Show the keys."""
        self.app.push_screen(HelpScreen())

    # What the widgets say

    @on(MessageLog.RetryRequested)
    def _retry_requested(self, message: MessageLog.RetryRequested) -> None:
        self._retry(message.run)

    def _retry(self, run: Run) -> None:
        if self._run is None:
            self._start(run.question, retry_of=run.id)

    @on(MessageLog.CopyRequested)
    @on(ToolTree.CopyRequested)
    def _copy_requested(self, message: MessageLog.CopyRequested | ToolTree.CopyRequested) -> None:
        self._copy(message.text, message.what)

    @work(group="copy")
    async def _copy(self, text: str, what: str) -> None:
        self.notice(await copy_text(self.app, text, what))

    @on(History.TurnSelected)
    def _turn_selected(self, message: History.TurnSelected) -> None:
        self.tool_tree.reveal(message.run.id)
        self.message_log.jump_to(message.run.id)
        self._hide_overlays()
        self.message_log.focus()

    @on(ToolTree.RunSelected)
    def _run_selected(self, message: ToolTree.RunSelected) -> None:
        self.message_log.jump_to(message.run.id)

    @on(ToolTree.CallSelected)
    def _call_selected(self, message: ToolTree.CallSelected) -> None:
        self.app.push_screen(CallScreen(message.call, message.run))

    @on(ApprovalBar.Decided)
    def _decided(self, message: ApprovalBar.Decided) -> None:
        if self._run is not None:
            self._run.decide(message.call_id, message.decision)

    @on(Prompt.QuitRequested)
    async def _quit_requested(self) -> None:
        await self.app.run_action("leave")

    @on(Prompt.EditorRequested)
    @work(group="editor", exclusive=True)
    async def _edit(self) -> None:
        """Write the question in the user's own editor; a run goes on meanwhile, unseen."""
        command = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "question.md"
            path.write_text(self.prompt.text, encoding="utf-8")
            with self.app.batch_update(), self.app.suspend():
                try:
                    editor = await asyncio.create_subprocess_exec(*command, str(path))
                    await editor.wait()
                except OSError as error:
                    self.notice(f"{command[0]}: {error.strerror}; set EDITOR to an editor of yours")
            self.prompt.text = path.read_text(encoding="utf-8", errors="replace").rstrip("\n")
        self.prompt.move_cursor(self.prompt.document.end)
        self.refresh(layout=True)

    # Words at the bottom

    def notice(self, text: str) -> None:
        """Tell the user something for a few seconds."""
        self.status.notice = text
        if self._notice is not None:
            self._notice.stop()
        self._notice = self.set_timer(_NOTICE_SECONDS, self._end_notice)

    def _end_notice(self) -> None:
        self.status.notice = ""

    def on_descendant_focus(self, _event: events.DescendantFocus) -> None:
        """Another pane has the keys."""
        self._update_hint()

    def _update_hint(self) -> None:
        """The key that matters now."""
        focused: Widget | None = self.focused
        if focused is not self.prompt and focused is not None:
            self.status.hint = "Esc input"
        elif self._run is not None:
            self.status.hint = "Esc cancel"
        else:
            self.status.hint = "F1 help"
