"""What the model was given in one call, to be read, selected and copied."""

from collections.abc import Iterator

from agent.recordings.contexts import Context
from tui.drawing.calls.text import TextLine
from tui.panes.context.lines import context_text
from tui.widgets.text_lines import TextLines

__all__ = ["ContextDetail"]


class ContextDetail(TextLines):
    """The pieces of a context, and what became of them since the call before."""

    def __init__(self, before: Context | None, context: Context, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._before = before
        self._given = context

    def text(self) -> Iterator[TextLine]:
        """All lines, not wrapped."""
        return context_text(self._before, self._given)
