"""One tool call, whole: a popup over the chat."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen

from agent.conversation.items import ToolCall
from agent.conversation.run import Run
from tui.key_labels import DEFAULT_KEYS, Keys
from tui.panes.call.detail import CallDetail
from tui.widgets.bindings import bindings

__all__ = ["CallScreen"]


class CallScreen(ModalScreen[None]):
    """Shows a call until it is closed."""

    DEFAULT_CSS = """
    CallScreen {
        align: center middle;

        & > CallDetail {
            width: 90%;
            max-width: 110;
            height: 85%;
            border: heavy $accent;
            background: $surface;
            padding: 0 1;
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
