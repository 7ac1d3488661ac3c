"""The chat: four panes and a prompt.

It lays out, takes the keys and routes: what a key or a widget says becomes a call on the controller or on another
widget. Its first frame holds only the frames of the panes and the input; what fills them is imported after that.
"""

import asyncio
import os
import shlex
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, ClassVar, Literal

from textual import events, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Static
from textual.worker import Worker

from agent.errors import UsageError
from agent.folders import Sessions
from agent.settings import Settings
from agent.threads import in_thread
from tui import memory
from tui.rendering.glyphs import ASCII, UNICODE
from tui.widgets.prompt import PLACEHOLDER, Prompt
from tui.widgets.title_bar import TitleBar

if TYPE_CHECKING:
    from agent.items import Run, ToolCall
    from tui.controller import ChatController
    from tui.widgets.approval import ApprovalBar
    from tui.widgets.history import History
    from tui.widgets.message_log import MessageLog
    from tui.widgets.status_bar import StatusBar
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
_IDLE_AFTER = 1.0
"""Seconds after a turn, or after a session was opened, at which nothing is taken to move."""


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
        Binding("e", "edit_turn", "Edit and branch"),
        Binding("f", "toggle_fragments", "Mark fragments"),
        Binding("f1,question_mark", "help", "Help"),
    ]

    def __init__(
        self, settings: Settings, *, resume: Path | None = None, now: Callable[[], float] | None = None
    ) -> None:
        """`resume` is a saved session to go on with; `now` gives milliseconds since the epoch."""
        super().__init__()
        self._settings = settings
        self._resume = resume
        self._now = now or (lambda: time() * 1000)
        self.chat: ChatController | None = None
        """None until the first frame has been drawn and its panes are filled."""
        self.prompt = Prompt(id="prompt")
        self._title_bar = TitleBar(settings.model, id="title")
        self._panes = {
            name: Vertical(id=f"{name}-pane", classes="pane") for name in ("history", "conversation", "steps")
        }
        self._status: StatusBar | None = None
        self._waiting_question: str | None = None
        """Sent before the chat was there to take it."""
        self._approval: ApprovalBar | None = None
        self._answering = False
        """Whether a question was sent and its turn is not over; before its run begins, too."""
        self._worker: Worker[None] | None = None
        """Owns the run, or follows another instance's session."""
        self._ticker: Timer | None = None
        self._escape: Timer | None = None
        """A press of Esc that has not been acted on yet: an arrow may follow."""
        self._notice: Timer | None = None
        self._quit_until = 0.0
        self._instead_of: Run | None = None
        """The turn whose question is being edited: what is sent next is asked in its place, in a branch."""

    def compose(self) -> ComposeResult:
        """The frames of the panes side by side, the prompt below."""
        yield self._title_bar
        with Horizontal(id="panes"):
            yield from self._panes.values()
        yield self.prompt
        yield Vertical(id="bottom")
        yield Static("Tickertape needs a larger terminal: 44 columns by 13 rows at least.", id="too-small")

    def on_mount(self) -> None:
        """Take keys at once; what takes time comes after the first frame."""
        for name, pane in self._panes.items():
            pane.border_title = name.capitalize()
        self.prompt.focus()
        self.call_after_refresh(self._furnish)

    @work(group="load")
    async def _furnish(self) -> None:
        """Fill the frames, open the session that was asked for, and load what answers need."""
        with memory.loading():
            make_chat = await in_thread(_import_controller)
            chat = make_chat(self._settings, Sessions(self._settings.data_dir), self, self._now)
            await self._panes["history"].mount(chat.history)
            await self._panes["conversation"].mount(chat.message_log)
            await self._panes["steps"].mount(chat.tool_tree)
            await self.query_one("#bottom").mount(chat.status)
            self._status = chat.status
            chat.show()
            if self._resume is not None:
                await chat.open(self._resume)
            # Not before the session is the one that stays: a question sent in between waits.
            self.chat = chat
            self._session_shown()
            if self._waiting_question is not None:
                self._start(self._waiting_question)
            try:
                await chat.load()
            except UsageError as error:
                self.notice(str(error))

    # What the chat asks of its frame

    def show_title(self, title: str) -> None:
        """Show the session's title."""
        self._title_bar.title = title

    def show_asking(self, call: "ToolCall | None") -> None:
        """Ask the user about a call, or stop asking."""
        asked = self._approval.call_id if self._approval is not None else None
        if asked == (call.id if call is not None else None):
            return
        if self._approval is not None:
            self._approval.remove()
            self._approval = None
            self.prompt.focus()
            self._update_hint()
        if call is not None:
            from tui.widgets.approval import ApprovalBar

            self._approval = ApprovalBar(call, glyphs=ASCII if self._settings.ascii else UNICODE)
            self.mount(self._approval, before=self.prompt)
            self.call_after_refresh(self._approval.focus)

    def session_changed(self) -> None:
        """Another session is shown."""
        if self.chat is not None:
            self._session_shown()

    def _session_shown(self) -> None:
        assert self.chat is not None  # noqa: S101 - the callers looked
        session = self.chat.session
        self.prompt.previous = [run.question for run in session.conversation.runs]
        if session.read_only:
            self.prompt.placeholder = Content("Another instance writes this session: ask, and go on in a copy of it")
            self._worker = self._follow()
        else:
            self.prompt.placeholder = Content(PLACEHOLDER)
        self.set_timer(_IDLE_AFTER, memory.collect_when_idle)
        self._update_hint()

    def run_changed(self, *, going_on: bool) -> None:
        """A run began or ended."""
        if self._ticker is not None:
            self._ticker.stop()
            self._ticker = None
        if going_on and self.chat is not None:
            self._ticker = self.set_interval(_TICK, self.chat.tick)
        elif not going_on:
            self.set_timer(_IDLE_AFTER, memory.collect_when_idle)
        self._update_hint()

    def notice(self, text: str) -> None:
        """Tell the user something for a few seconds."""
        if self._status is None:
            return
        self._status.notice = text
        if self._notice is not None:
            self._notice.stop()
        self._notice = self.set_timer(_NOTICE_SECONDS, lambda: self.notice("") if text else None)

    # Asking

    def on_prompt_submitted(self) -> None:
        """Ask what was sent; while a turn is going on it stays in the input."""
        if self.chat is None and self._waiting_question is None:
            self._waiting_question = self.prompt.take()
        elif self.chat is None or self._answering:
            self.notice("A turn is going on: Esc cancels it")
        else:
            self._start(self.prompt.take())

    def _start(self, question: str, *, retry_of: str | None = None) -> None:
        self._answering = True
        instead_of, self._instead_of = self._instead_of, None
        self.prompt.previous = [*self.prompt.previous, question]
        self._worker = self._answer(question, retry_of, instead_of.id if instead_of is not None else None)

    @work(group="run", exclusive=True)
    async def _answer(self, question: str, retry_of: str | None, instead_of: str | None) -> None:
        try:
            if self.chat is not None:
                await self.chat.answer(question, retry_of=retry_of, instead_of=instead_of)
        finally:
            self._answering = False
            self._update_hint()

    @work(group="run", exclusive=True)
    async def _follow(self) -> None:
        if self.chat is not None:
            await self.chat.follow()

    async def stop(self) -> None:
        """End the run and let the session's file go; the answer so far is kept."""
        if self.chat is None:
            return
        self.chat.cancel()
        if self._worker is not None and not self._worker.is_finished:
            if not self.chat.is_running:
                self._worker.cancel()
            waiting = asyncio.ensure_future(self._worker.wait())
            await asyncio.wait({waiting}, timeout=_STOP_LIMIT)
            waiting.cancel()
        self.chat.session.close()

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that mean something else elsewhere, or nothing yet."""
        if action == "escaped_arrow":
            return self._escape is not None
        if action == "scroll_log" and parameters in (("page_up",), ("page_down",)):
            return self.focused is self.prompt and self.chat is not None
        if action in ("scroll_log", "walk", "fold_all", "retry", "new_chat", "edit_turn", "toggle_fragments"):
            return self.chat is not None
        return True

    def on_key(self, event: events.Key) -> None:
        """A letter that nothing else wants goes to the input; so does one meant for it while a tool begins to ask."""
        if not event.is_printable or not event.character or self.focused is self.prompt:
            return
        bound = self.active_bindings.get(event.key)
        if bound is not None and bound.enabled:
            return
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
        elif any(pane.has_class("-shown") for pane in self._panes.values()):
            self._hide_overlays()
        elif self.focused is not self.prompt:
            self.prompt.focus()
        elif self.chat is not None and self.chat.is_running:
            self.chat.cancel()
        elif self.prompt.text:
            self.prompt.clear()
            self._instead_of = None
            self._update_hint()

    async def action_copy_or_cancel(self) -> None:
        """Copy what is selected, else cancel the run, else quit at the second press."""
        selected = self.prompt.selected_text or self.get_selected_text()
        if selected:
            self._copy(selected, "selection")
            self.clear_selection()
        elif self.chat is not None and self.chat.is_running:
            self.chat.cancel()
        elif time() < self._quit_until:
            await self.app.run_action("leave")
        else:
            self._quit_until = time() + _QUIT_WINDOW
            self.notice("Ctrl+C again to quit")

    async def action_new_chat(self) -> None:
        """Begin an empty session; the one that is open is kept."""
        await self.stop()
        if self.chat is not None:
            self.chat.show()
        self.prompt.focus()

    def action_toggle_pane(self, name: str) -> None:
        """Go to a side pane, showing it; hide it where it has the focus."""
        pane = self._panes["history" if name == "history" else "steps"]
        inside = self.focused is not None and pane in self.focused.ancestors
        if self.has_class("-wide"):
            pane.set_class(inside, "-hidden")
        else:
            self._hide_overlays()
            pane.set_class(not inside, "-shown")
        target = pane.children[0] if pane.children and not inside else self.prompt
        self.call_after_refresh(target.focus)

    def _hide_overlays(self) -> None:
        for pane in self._panes.values():
            pane.remove_class("-shown")
        self.prompt.focus()

    def action_scroll_log(self, where: str) -> None:
        """Scroll the log without leaving the input."""
        if self.chat is None:
            return
        log = self.chat.message_log
        moves = {
            "end": log.follow,
            "home": log.action_scroll_home,
            "page_up": log.action_page_up,
            "page_down": log.action_page_down,
        }
        moves[where]()

    def action_walk(self, direction: str) -> None:
        """To the previous or next call in the tree, message everywhere else."""
        if self.chat is None:
            return
        log, tree = self.chat.message_log, self.chat.tool_tree
        if self.focused is tree:
            tree.action_previous_call() if direction == "previous" else tree.action_next_call()
        else:
            log.action_previous_message() if direction == "previous" else log.action_next_message()

    def action_fold_all(self) -> None:
        """Fold or unfold the whole tree."""
        if self.chat is not None:
            self.chat.tool_tree.action_fold_all()

    def action_retry(self) -> None:
        """Ask the last question again where it was not answered."""
        run = self.chat.retryable if self.chat is not None else None
        if run is None or self._answering:
            self.notice("There is no failed or cancelled turn to try again")
        else:
            self._start(run.question, retry_of=run.id)

    def action_edit_turn(self) -> None:
        """Put the question of a turn into the input; what is sent then is asked in its place, in a branch."""
        if self.chat is None or self._answering or (run := self.chat.message_log.current_run) is None:
            return
        self._instead_of = run
        self.prompt.load_text(run.question)
        self.prompt.move_cursor(self.prompt.document.end)
        self.prompt.focus()
        self.notice("Enter asks this instead, in a branch; Esc leaves the turn as it is")

    def action_toggle_fragments(self) -> None:
        """Show or hide where the fragments of the model began."""
        if self.chat is not None:
            self.chat.message_log.fragment_marks = not self.chat.message_log.fragment_marks

    def action_fold_policy(self, policy: Literal["smart", "all", "none"]) -> None:
        """Set what of the steps is folded."""
        if self.chat is not None:
            self.chat.tool_tree.fold_policy = policy

    def commands(self) -> Iterator[tuple[str, str, Callable[[], None]]]:
        """Everything that can be done here, for the palette: name, key, and the doing of it."""
        if self.chat is None:
            return
        for widget in (self, self.chat.message_log, self.chat.tool_tree, self.chat.history, self.prompt):
            for binding in widget.BINDINGS:
                if isinstance(binding, Binding) and binding.description and binding.show:
                    yield self._command(widget, binding.action, binding.description, binding.key)
        for policy in ("smart", "all", "none"):
            yield self._command(self, f"fold_policy('{policy}')", f"Fold steps: {policy}", "")

    def _command(self, widget: Widget, action: str, name: str, key: str) -> tuple[str, str, Callable[[], None]]:
        def do() -> None:
            widget.focus() if widget is not self else None
            self.call_later(self.run_action_of, widget, action)

        keys = ", ".join(self.app.get_key_display(Binding(one, action)) for one in key.split(",") if one)
        return name, keys, do

    async def run_action_of(self, widget: Widget, action: str) -> None:
        """Do what a key of `widget` does."""
        await self.app.run_action(action, widget)

    def action_help(self) -> None:
        """Show the keys."""
        from tui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen())

    # What the widgets say

    def on_message_log_retry_requested(self) -> None:
        """The last turn is to be tried again."""
        self.action_retry()

    def on_message_log_copy_requested(self, message: "MessageLog.CopyRequested") -> None:
        """A message or a code block is to be copied."""
        self._copy(message.text, message.what)

    def on_tool_tree_copy_requested(self, message: "ToolTree.CopyRequested") -> None:
        """A row of the tree is to be copied."""
        self._copy(message.text, message.what)

    @work(group="copy")
    async def _copy(self, text: str, what: str) -> None:
        from tui.clipboard import copy_text

        self.notice(await copy_text(self.app, text, what))

    def on_history_turn_selected(self, message: "History.TurnSelected") -> None:
        """A turn was chosen in the sidebar."""
        self._hide_overlays()
        self._go_to(message.run)

    def on_tool_tree_run_selected(self, message: "ToolTree.RunSelected") -> None:
        """A turn was chosen in the tree."""
        self._hide_overlays()
        self._go_to(message.run)

    def _go_to(self, run: "Run") -> None:
        if self.chat is not None:
            self.chat.tool_tree.reveal(run.id)
            self.chat.message_log.jump_to(run.id)
            self.chat.message_log.focus()

    def on_tool_tree_call_selected(self, message: "ToolTree.CallSelected") -> None:
        """A call is to be shown whole."""
        from tui.screens.call import CallScreen

        self.app.push_screen(CallScreen(message.call, message.run))

    def on_approval_bar_decided(self, message: "ApprovalBar.Decided") -> None:
        """The user answered a tool that asks."""
        if self.chat is not None:
            self.chat.decide(message.call_id, message.decision)

    async def on_prompt_quit_requested(self) -> None:
        """Ctrl+D in an empty input."""
        await self.app.run_action("leave")

    def on_prompt_editor_requested(self) -> None:
        """The question is to be written in the user's own editor."""
        self._edit()

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

    # The last line

    def on_resize(self) -> None:
        """There may be other panes to see."""
        self.call_after_refresh(self._update_hint)

    def on_descendant_focus(self, _event: events.DescendantFocus) -> None:
        """Another pane has the keys."""
        self._update_hint()

    def _update_hint(self) -> None:
        """Name the key that matters now."""
        if self._status is None:
            return
        chat = self.chat
        if self._approval is not None:
            hint = "o once  s session  n no"
        elif chat is not None and self.focused is chat.tool_tree:
            hint = "Space fold  Enter open  Esc input"
        elif chat is not None and self.focused is chat.message_log:
            hint = f"{'r again' if chat.retryable else 'e edit'}  y copy  Esc input"
        elif chat is not None and self.focused is chat.history:
            hint = "Enter go there  Esc input"
        elif self._answering:
            hint = "Esc cancel"
        else:
            hint = "F1 help" if self.has_class("-wide") else "Ctrl+B history  Ctrl+T steps  F1 help"
        self._status.hint = hint


def _import_controller() -> "type[ChatController]":
    """The chat with all that it needs; takes as long as the first frame did, so it is called in a thread."""
    from tui.controller import ChatController

    return ChatController
