"""One tool call, whole: a popup over the chat."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from agent.conversation.items import Run, ToolCall
from tui.panes.call.detail import CallDetail

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
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "dismiss", "Close")]

    def __init__(self, call: ToolCall, run: Run) -> None:
        super().__init__()
        self._detail = CallDetail(call, run)

    def compose(self) -> ComposeResult:
        """The call and how to leave."""
        self._detail.border_title = "Tool call"
        self._detail.border_subtitle = "Esc closes"
        yield self._detail
