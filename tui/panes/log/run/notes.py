"""The words around a run's messages: who spoke, what became of it, and what the user can do now.

Pure functions from a run to lines; knows no width but the one it is given, no colours and no state.
"""

from collections import Counter

from rich.cells import cell_len

from agent.conversation.items import CallStatus, Interrupt, Message, Reasoning, ToolCall
from agent.conversation.nesting import Nesting
from agent.conversation.run import Run, RunStatus
from agent.figures import duration, local_time, plural
from agent.text import visible
from tui.drawing.calls.arguments import as_json
from tui.drawing.cells import fit, flat
from tui.drawing.glyphs import Glyphs
from tui.drawing.lines import PLAIN, Line, Look, Role, Span
from tui.drawing.wrap import wrapped

__all__ = [
    "ENDING",
    "aside_title",
    "cut_off",
    "decided",
    "ending",
    "header",
    "interrupt",
    "note",
    "question",
    "reasoning_title",
    "summary",
    "waiting",
]

ENDING = "ending"
"""The key of the part of a run that says why it ended without an answer."""
_QUIET = Look(("quiet",))
_WARNING = Look(("warning",))
_ERROR = Look(("error",))
_PREVIEW = 400
_LONGEST_CHANGE = 120
"""Characters of a folded text that are looked at; the line shows fewer."""
_ENDINGS: dict[RunStatus, tuple[str, Role, str]] = {
    RunStatus.CANCELLED: ("stopped", "warning", "Cancelled"),
    RunStatus.INTERRUPTED: ("stopped", "warning", "Interrupted before it was finished"),
    RunStatus.ITERATION_LIMIT: ("stopped", "warning", "Stopped at the limit of steps"),
    RunStatus.TRUNCATED: ("failed", "error", "The model's output was cut short"),
    RunStatus.MODEL_ERROR: ("failed", "error", "The model failed"),
    RunStatus.UNAVAILABLE: ("failed", "error", "Nothing was asked"),
    RunStatus.INTERNAL_ERROR: ("failed", "error", "Something went wrong in this program"),
}


def header(who: str, role: Role, time: str = "", width: int = 0) -> list[Line]:
    """Who speaks, and when at the right."""
    space = max(1, width - cell_len(who) - cell_len(time)) if time else 0
    return [Line((Span(who, Look((role,))), *((Span(" " * space + time, _QUIET),) if time else ())))]


def question(run: Run, width: int, glyphs: Glyphs) -> list[Line]:
    """What the user asked, as it was typed."""
    time = local_time(run.started)[0 if glyphs.iso_dates else -5 :] if run.is_dated else ""
    asked = visible(run.question).strip()
    words = Span(asked, PLAIN) if asked else Span("(no question)", _QUIET)
    beside = [Span("with " + ", ".join(map(flat, run.attachments)), _QUIET)] if run.attachments else []
    return (
        header("You", "header-user", time, width) + wrapped([words], width) + (wrapped(beside, width) if beside else [])
    )


def note(text: str, width: int, glyphs: Glyphs, *, is_failure: bool = False) -> list[Line]:
    """Something that happened on the way: a retry, a sub-agent that failed."""
    sign = Span(f"{glyphs.failed} ", _ERROR) if is_failure else Span(f"{glyphs.pending} ", _WARNING)
    return wrapped([sign, Span(visible(text), _QUIET)], width, rest=(Span("  "),))


def decided(call: ToolCall, width: int, glyphs: Glyphs) -> list[Line]:
    """What the user made of a call that asked: why it may not run, or what it ran with."""
    decision = call.decision
    if decision is None:
        return []
    words = f"{flat(call.title)}: {flat(call.decided_words)}"
    if decision.arguments is not None:
        words += f": {fit(flat(as_json(decision.arguments)[:_PREVIEW]), _PREVIEW // 2, glyphs.ellipsis)}"
    return note(words, width, glyphs)


def waiting(glyphs: Glyphs) -> list[Line]:
    """The run goes on, but nothing is being written."""
    return [Line((Span(glyphs.ellipsis, _QUIET),))]


def reasoning_title(item: Reasoning, who: str, glyphs: Glyphs, *, unfolded: bool, is_dated: bool) -> Line:
    """The line that stands for a folded reasoning, and above an unfolded one; `who` is the sub-agent whose it is."""
    sign = glyphs.unfolded if unfolded else glyphs.folded
    if item.ended is None:
        words = "Thinking" + glyphs.ellipsis
    else:
        words = f"Thought for {duration(item.lasted)}" if item.lasted is not None and is_dated else "Thought"
    title = f": {flat(item.title)}" if item.title else ""
    whose = f"{who}: " if who else ""
    return Line((Span(f"{sign} {whose}{words}{title}", _QUIET),))


def aside_title(item: Message, who: str, glyphs: Glyphs, width: int, *, unfolded: bool) -> Line:
    """The line that stands for a folded text that is not the agent's, and above an unfolded one."""
    sign = glyphs.unfolded if unfolded else glyphs.folded
    words = f"{sign} {who}" if unfolded else f"{sign} {who}: {flat(item.fragments.text[:_PREVIEW])}"
    return Line((Span(fit(words, width, glyphs.ellipsis), _QUIET),))


def interrupt(one: Interrupt, about: str, width: int, glyphs: Glyphs) -> list[Line]:
    """What a run asks of the world outside, and the answer that came; `about` is the tool whose call it is about."""
    is_waiting = one.ended is None
    asked = visible(one.asks).strip() or "The agent asks for an answer."
    if about and about not in asked:
        asked = f"{about}: {asked}"
    sign = Span(f"{glyphs.waiting if is_waiting else glyphs.pending} ", _WARNING)
    lines = wrapped([sign, Span(asked, PLAIN)], width, rest=(Span("  "),))
    if one.is_cancelled:
        answer = "No answer was given."
    elif one.answer:
        answer = visible(one.answer).strip()
    else:
        answer = f"Waits for an answer{_wanted(one)}." if is_waiting else ""
    if answer:
        lines += wrapped([Span(f"{glyphs.result} ", _QUIET), Span(answer, _QUIET)], width, rest=(Span("  "),))
    return lines


def _wanted(one: Interrupt) -> str:
    """What the answer is to hold, behind the words that one is waited for."""
    return f" ({visible(one.wants).strip()})" if one.wants else ""


def ending(run: Run, width: int, glyphs: Glyphs, again: str = "") -> list[Line]:
    """Why a run ended without an answer, and how it is asked `again`; nothing where it was answered."""
    waiting_calls = [call for call in run.calls if call.status is CallStatus.WAITING]
    if run.is_waiting:
        names = ", ".join(dict.fromkeys(flat(call.name) for call in waiting_calls))
        words = f"Waits for the result of {names}" if names and not run.interrupts else "Waits for an answer"
        return wrapped([Span(f"{glyphs.waiting} {words}", _WARNING)], width, rest=(Span("  "),))
    if run.status not in _ENDINGS:
        return []
    sign, role, words = _ENDINGS[run.status]
    words = words.replace("model", run.maker)
    look = Look((role,))
    reason = " ".join(filter(None, (visible(run.error or "").strip(), f"({flat(run.code)})" if run.code else "")))
    spans = [Span(f"{getattr(glyphs, sign)} {words}", look)]
    if reason and run.status is not RunStatus.CANCELLED:
        spans.append(Span(f": {reason}", PLAIN))
    if again:
        once = "once that is mended, " if run.status is RunStatus.UNAVAILABLE else ""
        in_one_piece = again.replace(" ", "\u00a0")
        spans.append(Span(f"  {once}{in_one_piece}", _QUIET))
    return wrapped(spans, width, rest=(Span("  "),))


def cut_off(width: int, glyphs: Glyphs) -> list[Line]:
    """The stream ends before its run does."""
    return wrapped([Span(f"{glyphs.stopped} Cut off here: the stream ends before the run does", _WARNING)], width)


def summary(run: Run, width: int, glyphs: Glyphs) -> list[Line]:
    """Model, tools that ran, steps, time of a run that has ended, and what went wrong in it on the way."""
    ran = (call for call in run.calls if call.tool_started is not None or call.status is CallStatus.DONE)
    counts = Counter(flat(call.name) for call in ran if call.name != "final_answer" and not call.is_question)
    times, between = ("x", "\u00a0- ") if glyphs.bullet.isascii() else ("×", "\u00a0· ")
    tools = ", ".join(name if count == 1 else f"{name} {times}{count}" for name, count in counts.items())
    ended = duration(run.elapsed) if run.elapsed is not None else ""
    steps = plural(len(run.named_steps), "step") if run.named_steps else ""
    parts = [part for part in (flat(run.model or ""), tools, steps, _side_by_side(run), ended) if part]
    troubles = [Span(f"{glyphs.failed} {between.join(run.troubles)}", _WARNING)] if run.troubles else []
    if changes := run.changes_not_made:  # the last of the troubles
        first = fit(flat(changes[0]), _LONGEST_CHANGE, glyphs.ellipsis)
        troubles.append(Span(f": {first}" if len(changes) == 1 else f", first {first}", _WARNING))
    told = [Span(between.join(parts), _QUIET)] if parts else []
    return wrapped([*troubles, *([Span("  ", _QUIET)] if troubles and told else []), *told], width)


def _side_by_side(run: Run) -> str:
    """How many sub-agents were at work at the same time as another, where that is known."""
    if sum(step.agent is not None for step in run.steps) < 2:
        return ""
    alongside = Nesting(run).alongside()
    count = len({*alongside, *(other.number for other in alongside.values())})
    return f"{count} sub-agents side by side" if count else ""
