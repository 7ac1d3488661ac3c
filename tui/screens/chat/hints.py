"""The keys that matter now in a chat, for its last line."""

from typing import TYPE_CHECKING

from textual.widget import Widget

from tui.panes.prompt.input import Prompt

if TYPE_CHECKING:
    from tui.screens.chat.controller import ChatController

__all__ = ["chat_hint"]


def chat_hint(chat: "ChatController | None", prompt: Prompt, focused: Widget | None, *, is_wide: bool) -> str:
    """Those of the pane that has the keys, else those of the input, by their actions."""
    if chat is not None and (hint := _pane_hint(chat, focused)) is not None:
        return hint
    if chat is not None and chat.is_busy:
        steers = prompt.text and chat.engine.can_be_steered
        return "{app.escape} cancel  {input.steer} into this turn" if steers else "{app.escape} cancel"
    return f"{'' if is_wide else '{app.history} history  {app.steps} steps  '}{{app.help}} help"


def _pane_hint(chat: "ChatController", focused: Widget | None) -> str | None:
    if focused is chat.tool_tree:
        return "{conversation.toggle} fold  {conversation.open} open  {app.escape} input"
    if focused is chat.message_log:
        again = "{conversation.retry} again" if chat.retryable else "{conversation.edit} edit"
        return f"{again}  {{conversation.copy}} copy  {{app.escape}} input"
    if chat.history.is_naming:
        return "Enter keep  {app.escape} discard"
    if chat.history.is_searching:
        return "{history.to_list} results  Enter list  {app.escape} clear"
    if chat.history.has_focus_within:
        return (
            "{history.open} open  {history.rename} name  {history.pin} pin  {history.delete} delete"
            "  {history.search} search  {history.replay} replay"
        )
    return None
