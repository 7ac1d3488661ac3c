"""One tool call, whole: a popup over the chat."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from agent.conversation.items import ToolCall
from agent.conversation.run import Run
from tui.key_labels import DEFAULT_KEYS, Keys
from tui.panes.call.detail import CallDetail
from tui.widgets.bindings import bindings
from tui.widgets.popup import Popup

__all__ = ["CallScreen"]


class CallScreen(Popup[None]):
    """Shows a call until it is closed."""

    DEFAULT_CSS = """
    CallScreen {
        & > CallDetail {
            width: 90%;
            max-width: 110;
            height: 85%;
        }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings({"popup.close": "dismiss"})

    def __init__(self, call: ToolCall, run: Run, keys: Keys = DEFAULT_KEYS) -> None:
        super().__init__()
        self._keys = keys
        self._detail = CallDetail(call, run)

    def compose(self) -> ComposeResult:
        """The call and how to leave."""
        self._detail.border_title = "Tool call"
        self._detail.border_subtitle = self._keys.fill("{popup.close} closes")
        yield self._detail
