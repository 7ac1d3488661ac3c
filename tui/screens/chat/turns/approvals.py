"""Asking the user about a call: the bar over the input while a tool asks, and what his answer comes to.

Knows one call at a time, and no session; the answer goes to the chat.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from tui.panes.prompt.input import Prompt
from tui.screens.base.screen import PanesScreen

if TYPE_CHECKING:
    from agent.conversation.decisions import Decision
    from agent.conversation.items import ToolCall
    from tui.panes.approval.bar import ApprovalBar
    from tui.screens.chat.controller import ChatController

__all__ = ["Approvals"]


class Approvals:
    """The bar, where there is one."""

    def __init__(self, screen: PanesScreen, prompt: Prompt, chat: "Callable[[], ChatController | None]") -> None:
        """`chat` gives what is to have the answers."""
        self._screen = screen
        self._prompt = prompt
        self._chat = chat
        self._bar: ApprovalBar | None = None

    @property
    def is_asking(self) -> bool:
        """Whether there is something to answer."""
        return self._bar is not None

    @property
    def key_hint(self) -> str | None:
        """The keys that answer, by their actions; None where nothing is asked."""
        return None if self._bar is None else self._bar.key_hint

    @property
    def has_focus(self) -> bool:
        """Whether keys are answers."""
        return self._bar is not None and self._bar.has_focus

    def show(self, call: "ToolCall | None") -> bool:
        """Ask about a call, or stop asking; whether that is anything new."""
        asked = self._bar.call_id if self._bar is not None else None
        if asked == (call.id if call is not None else None):
            return False
        if self._bar is not None:
            self._screen.set_focus(self._prompt)  # at once: else the keys would pass through the pane that stands next
            self._bar.remove()
            self._bar = None
            self._screen.update_hint()
        if call is not None:
            self._bar = self._made(call)
            self._screen.mount(self._bar, before=self._prompt)
            self._screen.call_after_refresh(self._bar.focus)
        return True

    def _made(self, call: "ToolCall") -> "ApprovalBar":
        glyphs, keys = self._screen.glyphs, self._screen.keys
        if call.is_question:
            from tui.panes.approval.asked import QuestionBar

            chat = self._chat()
            form = chat.engine.schema(call.name, call.id) if chat is not None else {}
            return QuestionBar(call, form, glyphs=glyphs, keys=keys)
        from tui.panes.approval.bar import ApprovalBar

        return ApprovalBar(call, glyphs=glyphs, keys=keys)

    def key_comes(self, key: str, time: float) -> None:
        """Called before any key is acted on; `time` as the screen is given it."""
        if self._bar is not None:
            self._bar.key_comes(key, time)

    def look(self) -> None:
        """The user may read the question from now on, or did until now: another screen lies over it."""
        if self._bar is not None:
            self._bar.look()

    def escape(self) -> bool:
        """Take one thing back; whether there was a bar to do it."""
        if self._bar is not None:
            self._bar.escape()
        return self._bar is not None

    def answered(self, message: "ApprovalBar.Decided") -> None:
        """The user has answered."""
        from agent.conversation.decisions import Decision  # nothing asks before the first frame

        given = Decision(
            message.answer, message.reason, arguments=message.arguments, result=message.result, drops=message.drops
        )
        self._decide(message.call_id, given)

    def _decide(self, call_id: str, decision: "Decision") -> None:
        if (chat := self._chat()) is not None:
            self._screen.run_worker(chat.decide(call_id, decision), group="decide")

    def edit(self, call: "ToolCall") -> None:
        """Have the arguments edited, and the tool run with them."""
        if (chat := self._chat()) is not None:
            self._screen.run_worker(self._edit(chat, call), group="arguments", exclusive=True)

    async def _edit(self, chat: "ChatController", call: "ToolCall") -> None:
        from agent.conversation.decisions import Decision
        from tui.screens.arguments import ArgumentsScreen  # most calls are not edited

        schema = chat.engine.schema(call.name, call.id)
        screen = ArgumentsScreen(call, call.arguments, schema, self._screen.keys)
        if (arguments := await self._screen.app.push_screen_wait(screen)) is not None:
            self._decide(call.id, Decision("once", arguments=arguments))
