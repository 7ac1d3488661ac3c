"""One tool call whole, as lines of text: what is known of it, its arguments, its result, each fragment's moment.

Knows the call and its run; no widget.
"""

from collections.abc import Iterator
from typing import NamedTuple

from rich.cells import chop_cells

from agent.conversation.items import CallStatus, ToolCall
from agent.conversation.run import Run
from agent.figures import duration, plural, size
from tui.drawing.calls.arguments import as_json, parse_whole
from tui.drawing.calls.rows import ANSWERED_BY, NEVER_RAN, WAITS_FOR_ANSWER
from tui.drawing.cells import flat, in_line
from tui.drawing.rows import Role

__all__ = ["TextLine", "call_text", "wrapped"]

_LABEL_WIDTH = 16
_STATUS: dict[CallStatus, tuple[str, Role]] = {
    CallStatus.WRITING: ("its arguments are being written", "live"),
    CallStatus.READY: ("complete, not begun", "plain"),
    CallStatus.ASKING: ("waits for your approval", "warning"),
    CallStatus.RUNNING: ("running", "live"),
    CallStatus.DONE: ("done", "ok"),
    CallStatus.FAILED: ("failed", "error"),
    CallStatus.CUT: ("cut before it was complete", "warning"),
    CallStatus.STOPPED: ("stopped while it ran: it may have done something", "warning"),
    CallStatus.WAITING: ("waits for its result", "warning"),
    CallStatus.UNTOLD: ("no result was told", "quiet"),
}


class TextLine(NamedTuple):
    """A line and how it is drawn."""

    text: str
    role: Role = "plain"
    continues: bool = False
    """Whether it is the rest of the line before, for which there was no room."""


def call_text(call: ToolCall, run: Run) -> Iterator[TextLine]:
    """All lines, not wrapped."""
    words, role = _STATUS[call.status]
    if call.is_question and call.status is CallStatus.ASKING:
        words = WAITS_FOR_ANSWER
    if call.never_ran:
        words = NEVER_RAN
    yield TextLine(flat(call.title) or "(no name)", "name")
    yield TextLine(words, role)
    yield from (TextLine(_labelled(label, value)) for label, value in _figures(call, run))
    text = call.fragments.text
    parsed = parse_whole(text)
    if not parsed.is_empty and parsed.raw is None:
        yield from _section("Arguments", as_json(parsed.value), "plain")
    yield from _section("Arguments as they came", text, "plain" if parsed.raw is not None else "quiet")
    if call.decision is not None and call.decision.arguments is not None:
        yield from _section("Arguments as you changed them", as_json(call.decision.arguments), "plain")
    if call.result is not None:
        failed = call.status is CallStatus.FAILED
        yield from _section("Error" if failed else "Result", call.result, "error" if failed else "plain")
    if call.attachments:
        yield from _section("Beside the text", "\n".join(call.attachments), "plain")
    if len(call.fragments):
        yield from _heading("Fragments")
        for piece, time in zip(call.fragments.pieces, call.fragments.times, strict=True):
            shown = in_line(piece).replace("\n", "\N{SYMBOL FOR LINE FEED}")
            when = f"{duration(time - call.started):>8}" if run.is_dated and not call.is_filled else ""
            yield TextLine(f"{when}  {shown}", "quiet")


def wrapped(lines: Iterator[TextLine], width: int) -> Iterator[TextLine]:
    """Lines of at most `width` cells; nothing is left out at a break, so they can be joined again."""
    for line in lines:
        if len(line.text) <= width and line.text.isascii():
            yield line
            continue
        for number, text in enumerate(chop_cells(line.text, max(2, width)) or [""]):
            yield TextLine(text, line.role, number > 0)


def _figures(call: ToolCall, run: Run) -> Iterator[tuple[str, str]]:
    yield "id", flat(call.id)
    if call.provider_id:
        yield "provider's id", flat(call.provider_id)
    is_dated = run.is_dated and not call.is_filled
    if is_dated:
        yield "began", f"{duration(call.started - run.started)} into the run"
    times = call.fragments.times
    if times:
        if is_dated:
            yield "first argument", f"{duration(times[0] - call.started)} after the call began"
        span = times[-1] - times[0]
        written = size(len(call.fragments.text.encode("utf-8", "replace")))
        yield "arguments", f"{written} in {plural(len(times), 'fragment')}"
        if span > 0 and is_dated:
            yield "written in", f"{duration(span)}, {(len(times) - 1) * 1000 / span:.0f} fragments a second"
    yield from _decided(call, is_dated=is_dated)
    if call.duration_ms is not None:
        yield "tool", f"ran {duration(call.duration_ms)}"
    if call.ended is not None and is_dated:
        yield "in all", duration(call.ended - call.started)


def _decided(call: ToolCall, *, is_dated: bool) -> Iterator[tuple[str, str]]:
    """Who said what of the call besides its model and its tool."""
    if call.stopped_at is not None:
        yield "breakpoint", in_line(call.stopped_at)
    if call.decision is not None:
        waited = call.decided - call.asked if call.decided is not None and call.asked is not None else None
        after = f", after {duration(waited)}" if waited is not None and is_dated else ""
        yield "decision", f"{in_line(call.decided_words)}{after}"
    if call.answered_by is not None:
        yield "answered", ANSWERED_BY.get(call.answered_by, flat(call.answered_by))


def _labelled(label: str, value: str) -> str:
    return f"{label:<{_LABEL_WIDTH}}{value}"


def _heading(title: str) -> Iterator[TextLine]:
    yield TextLine("")
    yield TextLine(title, "strong")


def _section(title: str, text: str, role: Role) -> Iterator[TextLine]:
    yield from _heading(title)
    if not text.strip():
        yield TextLine("(empty)", "quiet")
        return
    for line in in_line(text).split("\n"):
        yield TextLine(line, role)
