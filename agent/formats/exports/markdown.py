"""A session as Markdown: for reading on a forge, in an editor, or as plain text.

Owns the layout of the document. Answers are Markdown already and stand as they came; everything else that is foreign
is escaped or fenced, and nothing foreign reaches beyond its place. What a sub-agent did is quoted. What a model thought
is only told of: plain text cannot fold it away.
"""

from collections.abc import Iterator
from html import escape

from agent.conversation.items import CallStatus, Interrupt, Item, Message, MessageKind, Reasoning, ToolCall
from agent.conversation.nesting import reading_parts
from agent.conversation.run import Run, RunStatus, Step
from agent.figures import duration, local_time
from agent.formats.exports.contained import contained, escaped, fenced
from agent.formats.exports.words import (
    ENDINGS,
    SIGNS,
    ExportedSession,
    agent_words,
    call_figures,
    call_preview,
    decision_words,
    ending_of,
    interrupt_words,
    on_one_line,
    pretty,
    run_figures,
    speaker,
    unspoken_answer,
)

__all__ = ["markdown"]

_LONGEST_HEADING = 100


def markdown(session: ExportedSession) -> Iterator[str]:
    """The document, in pieces: its head, then each turn."""
    yield f"# {escaped(session.title, _LONGEST_HEADING) or '(no title)'}\n\n"
    yield "".join(f"- **{label}:** {escaped(value)}\n" for label, value in session.facts())
    for number, run in enumerate(session.conversation.runs, start=1):
        yield from _turn(number, run)


def _turn(number: int, run: Run) -> Iterator[str]:
    heading = on_one_line(run.question, _LONGEST_HEADING)
    yield f"\n## {number}. {escaped(heading) or '(no question)'}\n"
    question = run.question.strip()
    if "\n" in question:
        yield f"\n{fenced(question)}"
    elif len(heading) < len(on_one_line(question)):
        yield f"\n> {escaped(question)}\n"
    for notice in run.notices:
        yield f"\n*{escaped(notice.text) or 'Tried again.'}*\n"
    if run.attachments:
        yield f"\n*With {escaped(', '.join(run.attachments))}*\n"
    for depth, step, item in reading_parts(run):
        if item is None:  # apart from a sub-agent before it
            yield _quoted("\n", depth - 1)
        yield _quoted("".join(_part(item, step, depth, run)), depth)
    yield _answer(unspoken_answer(run))
    yield from _ending(run)


def _part(item: Item | None, step: Step, depth: int, run: Run) -> Iterator[str]:
    match item:
        case None:
            yield f"### {escaped(agent_words(step))}\n"
        case Message():
            yield _message(item, speaker(item, step, depth))
        case Reasoning():
            yield _reasoning(item, run)
        case ToolCall():
            yield from _call(item)
        case Interrupt():
            asked, answer = interrupt_words(item)
            yield f"\n> **{escaped(asked)}**\n"
            yield f">\n> {escaped(answer)}\n" if answer else ""


def _quoted(text: str, depth: int) -> str:
    """A part as it stands in so many sub-agents: all its lines are marked, so none is taken for what follows them."""
    marks = "> " * depth
    return "".join((f"{marks}{line}" if line else marks.rstrip()) + "\n" for line in text.split("\n")[:-1])


def _message(item: Message, who: str) -> str:
    text = item.fragments.text
    if who and text.strip():
        return f"\n### {escaped(who)}\n{_paragraphs(text)}"
    return _answer(text) if item.kind is MessageKind.ANSWER else _paragraphs(text)


def _answer(text: str) -> str:
    paragraphs = _paragraphs(text)
    return f"\n### Agent\n{paragraphs}" if paragraphs else ""


def _paragraphs(text: str) -> str:
    text = contained(text)
    return f"\n{text}" if text else ""


def _reasoning(item: Reasoning, run: Run) -> str:
    time = "" if item.lasted is None or not run.is_dated else f" for {duration(item.lasted)}"
    return f"\n*Thought{time}*\n"


def _call(call: ToolCall) -> Iterator[str]:
    name, arguments, result = (escape(part, quote=False) for part in call_preview(call))
    summary = f"{SIGNS[call.status]} <b>{name}</b> <code>{arguments or '{}'}</code>"
    if result:
        summary += f" → <code>{result}</code>"
    yield f"\n<details>\n<summary>{' · '.join([summary, *call_figures(call)])}</summary>\n"
    yield f"\nArguments\n\n{fenced(*pretty(call.fragments.text))}"
    words, changed = decision_words(call)
    if words:
        yield f"\n*{escaped(words[:1].upper() + words[1:])}*\n"
    if changed:
        yield f"\n{fenced(*pretty(changed))}"
    if call.result is not None:
        label = "Error" if call.status is CallStatus.FAILED else "Result"
        yield f"\n{label}\n\n{fenced(*pretty(call.result))}"
    yield "\n</details>\n"


def _ending(run: Run) -> Iterator[str]:
    reason = escaped(run.error or "")
    if reason and run.status is not RunStatus.CANCELLED and not run.is_waiting:
        yield f"\n**{ENDINGS[run.status]}:** {reason}\n"
    elif run.status is not RunStatus.ANSWERED:
        yield f"\n**{ending_of(run)}**\n"
    when = [time] if run.is_dated and (time := local_time(run.started, with_zone=True)) else []
    yield f"\n<sub>{' · '.join([*when, *run_figures(run)])}</sub>\n"
