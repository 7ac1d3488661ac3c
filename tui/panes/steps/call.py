"""The rows of one tool call, kept from picture to picture, and the pace at which its growing arguments are parsed.

Knows tool calls; no widget.
"""

from collections.abc import Callable
from dataclasses import dataclass

from agent.conversation.items import CallStatus, ToolCall
from tui.drawing.calls.arguments import ArgumentsReader, Parsed, parse_whole
from tui.drawing.calls.rows import NOTE, call_body, call_head
from tui.drawing.glyphs import Glyphs
from tui.drawing.rows import Key, Row, Span
from tui.panes.steps.folds import Folds

__all__ = ["PARSE_PAUSE", "CallPicture", "View"]

PARSE_PAUSE = 0.25
"""Seconds between two looks at arguments that are long and still growing."""
_LONG_ARGUMENTS = 20_000
"""Characters from which arguments are long."""


@dataclass(slots=True, kw_only=True)
class View:
    """How rows are to be made."""

    width: int
    """Cells of a row."""
    glyphs: Glyphs
    folds: Folds
    hold: bool = False
    """Fold nothing that is open but what the user folds: he is reading."""
    clock: Callable[[], float]
    """Seconds of a clock that never goes back; paces the parsing, is never shown."""


class CallPicture:
    """The rows of one call and what they were made from."""

    __slots__ = ("_made_from", "_parsed", "_parsed_at", "_parsed_length", "_reader", "is_late", "rows")

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.is_late = False
        """Whether fragments wait to be parsed."""
        self._made_from: tuple[object, ...] = ()
        self._reader: ArgumentsReader | None = None
        self._parsed = Parsed(is_empty=True)
        self._parsed_at = float("-inf")
        self._parsed_length = 0
        """Characters of the text that was parsed; -1 once the call was parsed whole."""

    def refresh(
        self, call: ToolCall, key: Key, folded: bool, indent: int, view: View, *, has_failed_agent: bool = False
    ) -> None:
        """Make the rows anew where something changed; `has_failed_agent`: a sub-agent that it asked for has failed."""
        made_from = (
            has_failed_agent,
            call.status,
            call.name,
            len(call.fragments),
            call.result is None,
            call.progress,
            call.decision,
            folded,
            indent,
            view.width,
            view.glyphs,
            view.folds.version,
        )
        if made_from == self._made_from and not self.is_late:
            return
        self._made_from = made_from
        glyphs = view.glyphs
        rows = [call_head(call, key, indent=indent, folded=folded, glyphs=glyphs, has_failed_agent=has_failed_agent)]
        if not folded:
            self._parse(call, view.clock)
            rows += call_body(
                call,
                self._parsed,
                key,
                indent=indent + 2,
                width=view.width,
                is_folded=view.folds.is_folded,
                glyphs=glyphs,
            )
            if has_failed_agent and call.status is CallStatus.DONE:
                rows.append(Row((*key, NOTE), (Span("its sub-agent failed", "warning"),), indent + 2))
        # Rows that look the same stay the same objects wherever they are now, and keep what was painted.
        kept = {(row.key, row.spans): row for row in self.rows}
        self.rows = [old if (old := kept.get((row.key, row.spans))) == row else row for row in rows]

    def _parse(self, call: ToolCall, clock: Callable[[], float]) -> None:
        is_growing = call.status in (CallStatus.WRITING, CallStatus.CUT)
        self.is_late = False
        if not is_growing:
            if self._parsed_length != -1:
                self._parsed, self._parsed_length, self._reader = parse_whole(call.fragments.text), -1, None
            return
        text = call.fragments.text
        if len(text) == self._parsed_length:
            return
        now = clock()
        if len(text) > _LONG_ARGUMENTS and call.is_open and now - self._parsed_at < PARSE_PAUSE:
            self.is_late = True
            return
        self._reader = self._reader or ArgumentsReader()
        self._parsed, self._parsed_length, self._parsed_at = self._reader.read(text), len(text), now
