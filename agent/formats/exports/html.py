"""A session as one page of HTML that needs nothing else: no script, no network, no other file.

Owns the page: its head, the list of turns, each turn with its calls, figures and timeline. Its policy lets a browser
load nothing and apply no style but the one in it, so that what slipped through the escaping could still do nothing.
"""

import hashlib
from base64 import b64encode
from collections.abc import Iterator
from html import escape
from pathlib import Path

from agent.conversation.items import CallStatus, Interrupt, Message, MessageKind, Reasoning, ToolCall
from agent.conversation.nesting import reading_parts
from agent.conversation.run import Run, RunStatus
from agent.figures import duration, iso_time, local_time
from agent.formats.exports.safe_html import code_html, markdown_html, text_html
from agent.formats.exports.words import (
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

__all__ = ["html", "page_head", "page_title"]

_LONGEST_TITLE = 120
_LONGEST_ENTRY = 80
_WIDTH = 1000
"""Of a timeline, in units of its own."""
_HEAD = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; {allowed}; \
base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="tickertape">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
"""


def page_title(words: str) -> str:
    """The title of a page, as HTML."""
    return escape(on_one_line(words, _LONGEST_TITLE)) or "(no title)"


def page_head(title: str, *, style: str, script: str | None = None) -> str:
    """How a page begins, as far as its body's tag; `script` is the one that it may run."""
    allowed = f"style-src {_source(style)}" + (f"; script-src {_source(script)}" if script is not None else "")
    return _HEAD.format(allowed=allowed, style=style, title=title)


def _source(text: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def html(session: ExportedSession) -> Iterator[str]:
    """The page, in pieces: its head, the list of turns, then each turn."""
    title = page_title(session.title)
    yield page_head(title, style=(Path(__file__).parent / "page.css").read_text(encoding="utf-8"))
    yield f'<header>\n<h1 dir="auto">{title}</h1>\n<dl>\n'
    yield "".join(f"<div><dt>{label}</dt><dd>{escape(value)}</dd></div>\n" for label, value in session.facts())
    yield "</dl>\n</header>\n"
    runs = session.conversation.runs
    if len(runs) > 1:
        yield from _contents(runs)
    yield "<main>\n"
    for number, run in enumerate(runs, start=1):
        yield from _turn(number, run)
    yield "</main>\n</body>\n</html>\n"


def _contents(runs: list[Run]) -> Iterator[str]:
    yield '<nav aria-label="Turns">\n<ol>\n'
    for number, run in enumerate(runs, start=1):
        entry = escape(on_one_line(run.question, _LONGEST_ENTRY)) or "(no question)"
        yield f'<li class="{_kind(run)}"><a href="#turn-{number}" dir="auto">{entry}</a></li>\n'
    yield "</ol>\n</nav>\n"


def _turn(number: int, run: Run) -> Iterator[str]:
    time = (
        f'<time datetime="{iso_time(run.started)}">{when}</time>'
        if run.is_dated and (when := local_time(run.started, with_zone=True))
        else ""
    )
    yield f'<article id="turn-{number}">\n<p class="who"><a href="#turn-{number}">{number}</a> You {time}</p>\n'
    question = run.question.strip()
    length = "long" if "\n" in question or len(question) > _LONGEST_TITLE else "short"
    yield f'<h2 class="{length}" dir="auto">{text_html(question) or "(no question)"}</h2>\n'
    for notice in run.notices:
        yield f'<p class="notice" dir="auto">{text_html(notice.text) or "Tried again."}</p>\n'
    if run.attachments:
        yield f'<p class="notice" dir="auto">With {escape(on_one_line(", ".join(run.attachments)))}</p>\n'
    inside = 0
    for depth, step, item in reading_parts(run):
        above = depth - 1 if item is None else depth
        yield "</section>\n" * (inside - above)
        inside = depth
        match item:
            case None:
                yield f'<section class="agent">\n<p class="who" dir="auto">{escape(agent_words(step))}</p>\n'
            case Message():
                yield _message(item, speaker(item, step, depth))
            case Reasoning():
                yield _reasoning(item, run)
            case ToolCall():
                yield from _call(item)
            case Interrupt():
                asked, answer = map(text_html, interrupt_words(item))
                yield f'<p class="ending stopped" dir="auto"><b>{asked}</b> {answer}</p>\n'
    yield "</section>\n" * inside
    yield _answer(unspoken_answer(run))
    yield from _ending(run)
    yield "</article>\n"


def _message(item: Message, who: str) -> str:
    text = item.fragments.text
    if who and text.strip():
        return f'<p class="who">{escape(who)}</p>\n{_prose(text, "preamble")}'
    return _answer(text) if item.kind is MessageKind.ANSWER else _prose(text, "preamble")


def _answer(text: str) -> str:
    prose = _prose(text, "answer")
    return f'<p class="who">Agent</p>\n{prose}' if prose else ""


def _prose(text: str, name: str) -> str:
    return f'<div class="prose {name}" dir="auto">\n{markdown_html(text)}</div>\n' if text.strip() else ""


def _reasoning(item: Reasoning, run: Run) -> str:
    time = "" if item.lasted is None or not run.is_dated else f" for {duration(item.lasted)}"
    words = _prose(item.fragments.text, "reasoning")
    return f'<details class="thought">\n<summary>Thought{time}</summary>\n{words}</details>\n'


def _call(call: ToolCall) -> Iterator[str]:
    name, arguments, result = map(escape, call_preview(call))
    parts = [
        f'<span class="sign">{SIGNS[call.status]}</span>',
        f"<b>{name}</b>",
        f'<code dir="auto">{arguments or "{}"}</code>',
        f'<span class="gives"><span aria-label="gives">→</span> <code dir="auto">{result}</code></span>'
        if result
        else "",
        f'<span class="figures">{" · ".join(call_figures(call))}</span>',
    ]
    yield f'<details class="call {call.status}">\n<summary>{" ".join(filter(None, parts))}</summary>\n'
    yield f"<h3>Arguments</h3>\n{code_html(*pretty(call.fragments.text))}"
    words, changed = decision_words(call)
    if words:
        yield f"<h3>{escape(words[:1].upper() + words[1:])}</h3>\n{code_html(*pretty(changed)) if changed else ''}"
    if call.result is not None:
        label = "Error" if call.status is CallStatus.FAILED else "Result"
        yield f"<h3>{label}</h3>\n{code_html(*pretty(call.result))}"
    yield "</details>\n"


def _ending(run: Run) -> Iterator[str]:
    if run.status is not RunStatus.ANSWERED:
        is_told = run.status is RunStatus.CANCELLED or run.is_waiting
        reason = "" if is_told else text_html(run.error or "")
        words = f"<b>{ending_of(run)}{':' if reason else ''}</b> {reason}".strip()
        yield f'<p class="ending {_kind(run)}" dir="auto">{words}</p>\n'
    yield f"<footer>\n{_timeline(run)}<p>{' · '.join(run_figures(run))}</p>\n</footer>\n"


def _kind(run: Run) -> str:
    """What a turn's colour tells."""
    match run.status:
        case RunStatus.ANSWERED:
            return "answered"
        case RunStatus.RUNNING | RunStatus.CANCELLED | RunStatus.INTERRUPTED | RunStatus.ITERATION_LIMIT:
            return "stopped"
        case _:
            return "failed"


def _took(start: float, end: float) -> str:
    """How long, behind what did; nothing where the one moment is all that is known."""
    return f" {duration(end - start)}" if end > start else ""


def _timeline(run: Run) -> str:
    """When the model wrote and when tools ran, from the turn's start to its end."""
    if run.ended is None or run.ended <= run.started or not run.is_dated:
        return ""
    bars = [
        (
            step.first_fragment,
            step.last_fragment,
            "model",
            f"{on_one_line(step.title, _LONGEST_ENTRY)}: the model wrote",
        )
        for step in run.steps
    ]
    bars += [
        (call.tool_started, call.ended, "tool", f"{on_one_line(call.name, _LONGEST_ENTRY)} ran") for call in run.calls
    ]
    scale = _WIDTH / (run.ended - run.started)
    shapes = [
        f'<rect class="{kind}" x="{(start - run.started) * scale:.1f}" width="{max((end - start) * scale, 2):.1f}" '
        f'height="6"><title>{escape(words)}{_took(start, end)}</title></rect>'
        for start, end, kind, words in bars
        if start is not None and end is not None
    ]
    label = "When the model wrote and tools ran"
    view = f'viewBox="0 0 {_WIDTH} 6" preserveAspectRatio="none"'
    return f'<svg role="img" aria-label="{label}" {view}>{"".join(shapes)}</svg>\n'
