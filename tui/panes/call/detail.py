"""One tool call whole, to be read, selected and copied. Knows one call and its run."""

from collections.abc import Iterator

from agent.conversation.items import ToolCall
from agent.conversation.run import Run
from tui.drawing.calls.text import TextLine, call_text
from tui.widgets.text_lines import TextLines

__all__ = ["CallDetail"]


class CallDetail(TextLines):
    """The name, state, figures, arguments, result and fragments of a call."""

    def __init__(self, call: ToolCall, run: Run, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._call = call
        self._run = run

    def text(self) -> Iterator[TextLine]:
        """All lines, not wrapped."""
        return call_text(self._call, self._run)
