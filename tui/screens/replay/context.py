"""What the model was given at a moment of a replay: a popup over it."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from agent.recordings.contexts import Context
from agent.recordings.recording import Recording
from tui.key_labels import DEFAULT_KEYS, Keys
from tui.panes.context.detail import ContextDetail
from tui.widgets.bindings import bindings
from tui.widgets.popup import Popup

__all__ = ["ContextScreen", "contexts_at"]


class ContextScreen(Popup[None]):
    """Shows a context until it is closed."""

    DEFAULT_CSS = """
    ContextScreen {
        & > ContextDetail {
            width: 90%;
            max-width: 110;
            height: 85%;
        }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings({"popup.close": "dismiss"})

    def __init__(self, before: Context | None, context: Context, keys: Keys = DEFAULT_KEYS) -> None:
        super().__init__()
        self._keys = keys
        self._detail = ContextDetail(before, context)

    def compose(self) -> ComposeResult:
        """The context and how to leave."""
        self._detail.border_title = "What the model was given"
        self._detail.border_subtitle = self._keys.fill("+ new, - gone, ~ changed; {popup.close} closes")
        yield self._detail


def contexts_at(recording: Recording, position: int) -> tuple[Context | None, Context]:
    """The context of the step that a position lies in, and that of the model call before. Blocks.

    Raises:
        UsageError: no turn has begun there.
    """
    from agent.sources.context.rebuilding import context_at, context_before  # it stands on LangChain's messages

    context = context_at(recording, position)
    return context_before(recording, context), context
