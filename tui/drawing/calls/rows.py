"""The rows of one tool call: its head, its arguments, its result or error. Knows the tool call, no widget."""

from collections.abc import Callable

from agent.conversation.items import CallStatus, ToolCall
from agent.figures import duration
from tui.drawing.calls.argument_rows import argument_rows, text_rows
from tui.drawing.calls.arguments import Parsed
from tui.drawing.cells import flat
from tui.drawing.glyphs import Glyphs
from tui.drawing.rows import SPINNER, Key, Role, Row, Span

__all__ = ["ANSWERED_BY", "NEVER_RAN", "NOTE", "RESULT", "WAITS_FOR_ANSWER", "call_body", "call_head"]

RESULT = -1
"""The last part of the key of a call's result."""
NOTE = -2
"""The last part of the key of a remark about a call."""
_DECISION = -7
"""The part behind a call's key in the keys of what the user made of it."""

ANSWERED_BY = {"recording": "from the recording: the tool was not run", "patch": "given in the tool's place"}
"""Who answered a call whose tool was not run."""
WAITS_FOR_ANSWER = "waits for your answer"
"""What is said of a question."""
NEVER_RAN = "never ran"
"""What is said of a call whose tool had not begun when the run ended."""
_REMARKS = {
    CallStatus.ASKING: "waits for your approval",
    CallStatus.CUT: "cut before it was complete",
    CallStatus.STOPPED: "stopped while it ran: it may have done something",
    CallStatus.WAITING: "waits for its result",
    CallStatus.UNTOLD: "no result was told",
}


def call_head(
    call: ToolCall, key: Key, *, indent: int, folded: bool, glyphs: Glyphs, has_failed_agent: bool = False
) -> Row:
    """The first row of a call: name, state, duration; folded also its result or error, as far as there is room.

    One that was answered though its sub-agent failed, `has_failed_agent`, is no success.
    """
    spans = [Span(flat(call.title) or "(no name)", "name")]
    if folded and call.result:
        failed = call.status is CallStatus.FAILED
        sign = glyphs.failed if failed else glyphs.result
        spans.append(Span(f"  {sign} {flat(call.result)}", "error" if failed else "quiet"))
    if call.status is CallStatus.RUNNING and call.progress:
        spans.append(Span(f"  {flat(call.progress)}", "quiet"))
    state = _state(call.status, glyphs)
    if has_failed_agent and call.status is CallStatus.DONE:
        state = Span(glyphs.failed, "warning")
    right = "" if call.duration_ms is None else duration(call.duration_ms)
    since = call.tool_started if call.status is CallStatus.RUNNING else None
    return Row(key, tuple(spans), indent, folded, state, right, since)


def _state(status: CallStatus, glyphs: Glyphs) -> Span:
    return {
        CallStatus.WRITING: Span(glyphs.live, "live"),
        CallStatus.READY: Span(glyphs.pending, "quiet"),
        CallStatus.ASKING: Span(glyphs.waiting, "warning"),
        CallStatus.RUNNING: SPINNER,
        CallStatus.DONE: Span(glyphs.done, "ok"),
        CallStatus.FAILED: Span(glyphs.failed, "error"),
        CallStatus.CUT: Span(glyphs.stopped, "warning"),
        CallStatus.STOPPED: Span(glyphs.stopped, "warning"),
        CallStatus.WAITING: Span(glyphs.waiting, "warning"),
        CallStatus.UNTOLD: Span(glyphs.pending, "quiet"),
    }[status]


def call_body(
    call: ToolCall,
    parsed: Parsed,
    key: Key,
    *,
    indent: int,
    width: int,
    is_folded: Callable[[Key, bool], bool],
    glyphs: Glyphs,
) -> list[Row]:
    """What is below the head of a call that is not folded; `is_folded(key, default)` tells the state of a branch."""
    is_writing = call.status is CallStatus.WRITING
    cursor = Span(glyphs.cursor, "live") if is_writing else Span(glyphs.ellipsis, "quiet")
    if parsed.is_empty or (parsed.value == {} and parsed.raw is None and not is_writing):
        rows = [Row((*key, NOTE), (cursor if is_writing else Span("no arguments", "quiet"),), indent)]
    else:
        rows = argument_rows(parsed, key, indent=indent, width=width, is_folded=is_folded, cursor=cursor, glyphs=glyphs)
    rows += _decision(call, key, indent, width, is_folded, glyphs)
    if call.result is not None:
        rows += _result(call.result, call.status is CallStatus.FAILED, key, indent, width, glyphs)
        notes = [f"with {flat(name)}" for name in call.attachments]
        if call.answered_by is not None:
            notes.append(ANSWERED_BY.get(call.answered_by, f"answered by {flat(call.answered_by)}"))
        rows += [Row((*key, NOTE), (Span(note, "quiet"),), indent) for note in notes]
    elif (remark := NEVER_RAN if call.never_ran else _REMARKS.get(call.status)) is not None:
        role: Role = "quiet" if call.status is CallStatus.UNTOLD else "warning"
        if call.is_question and call.status is CallStatus.ASKING:
            remark = WAITS_FOR_ANSWER
        rows.append(Row((*key, NOTE), (Span(remark, role),), indent))
    return rows


def _decision(
    call: ToolCall, key: Key, indent: int, width: int, is_folded: Callable[[Key, bool], bool], glyphs: Glyphs
) -> list[Row]:
    """What the user said of the call, as far as its result does not say it."""
    decision = call.decision
    if decision is None or not decision.is_notable:
        return []
    key = (*key, _DECISION)
    if decision.arguments is None:
        is_said = call.result is not None and decision.reason in call.result
        return (
            []
            if is_said
            else text_rows(call.decided_words, key, indent=indent, width=width, role="warning", glyphs=glyphs)
        )
    parsed = Parsed(value=decision.arguments)
    cursor = Span(glyphs.ellipsis, "quiet")
    return [
        Row(key, (Span(f"{call.decided_words}:", "warning"),), indent),
        *argument_rows(parsed, key, indent=indent + 2, width=width, is_folded=is_folded, cursor=cursor, glyphs=glyphs),
    ]


def _result(result: str, failed: bool, key: Key, indent: int, width: int, glyphs: Glyphs) -> list[Row]:
    """The first lines of a result or error, the first one marked."""
    sign = Span(f"{glyphs.failed} ", "error") if failed else Span(f"{glyphs.result} ", "quiet")
    if not result.strip():
        return [Row((*key, RESULT), (sign, Span("(empty)", "quiet")), indent)]
    role: Role = "error" if failed else "strong"
    rows = text_rows(result, (*key, RESULT), indent=indent, width=width - 2, role=role, glyphs=glyphs)
    for number, row in enumerate(rows):
        row.spans = (Span("  ") if number else sign, *row.spans)
    return rows
