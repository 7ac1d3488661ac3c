"""Asks at the terminal, where there is no screen, whether a tool may run, or what an agent or a server wants to know.

Knows one call and no run.
"""

import json
import sys
from collections.abc import Mapping
from typing import Any

from agent.conversation.decisions import Decision, DecisionKind
from agent.conversation.items import Asker, ToolCall
from agent.text import visible
from agent.threads import in_thread
from tui.drawing.calls.fields import Field, answer_fields, is_open_answer, truth_of, value_of

__all__ = ["ask_terminal"]


async def ask_terminal(call: ToolCall, form: Mapping[str, Any], whose: str = "") -> Decision:
    """The user's answer about a call, or to a question; none where there is no terminal to ask at.

    `form` is the JSON Schema of what a question's answer is to hold; `whose` is told where several run.
    """
    by = f" for {whose}" if whose else ""
    # A thread, which a cancel leaves behind: Ctrl+C does not wait for the user's line.
    if call.asker is not None:
        return await in_thread(_answered, call, call.asker, form, by)
    return await in_thread(_allowed, call, by)


def _allowed(call: ToolCall, by: str) -> Decision:
    """What the user says of a call."""
    question = f"Let {call.name} run with {call.fragments.text or '{}'}{by}? [o]nce, this [s]ession, [N]o, or why: "
    answer = _ask(question, "a tool asks to run", "; see --allow and --yes") or ""
    kinds: dict[str, DecisionKind] = {"o": "once", "once": "once", "y": "once", "s": "session", "session": "session"}
    if answer.lower() in kinds:
        return Decision(kinds[answer.lower()])
    return Decision("denied", "" if answer.lower() in ("", "n", "no") else answer)


def _answered(call: ToolCall, asker: Asker, form: Mapping[str, Any], by: str) -> Decision:
    """What the user answers to a question: in a line where one says all, else field by field."""
    told = call.arguments
    fields = answer_fields(told, form)
    during = f", during {asker.during}" if asker.during else ""
    words = told.get("question", told)
    words = words if isinstance(words, str) else json.dumps(words, ensure_ascii=False)
    question = f"{asker.who} asks{by}{during}: {words}"
    what = f"{asker.who} asks something"
    truth, is_open = truth_of(fields), is_open_answer(fields)
    if truth is None and fields and not is_open:
        return _filled(fields, question, what)
    if truth is not None:
        answers: dict[str, Any] = {"y": True, "yes": True, "n": False, "no": False}
        line = _ask(f"{question} [y]es, [n]o, or nothing: ", what)
        if line is not None and line.lower() in answers:
            return Decision("once", arguments={truth.name: answers[line.lower()]})
        return Decision("dismissed" if line is None else "denied")
    line = _ask(f"{question} [y]es, [N]o{', or answer' if is_open else ''}: ", what)
    if line is None:
        return Decision("dismissed")
    if line.lower() in ("y", "yes"):
        return Decision("once")
    if line.lower() in ("", "n", "no") or not is_open:
        return Decision("denied")
    return Decision("once", arguments={fields[0].name: line})


def _filled(fields: list[Field], question: str, what: str) -> Decision:
    """What is written in each field; an empty line where something is needed declines the question."""
    values: dict[str, Any] = {}
    before = f"{question}\n"
    for field in fields:
        needed = field.is_required or len(fields) == 1
        at_first = f" [{field.text}]" if field.text else " (may be left out)" if not needed else ""
        words = f", {' '.join(field.words.split())}" if field.words else ""
        while field.name not in values:
            line = _ask(f"{before}  {field.name}, {field.allowed}{words}{at_first}: ", what)
            before = ""
            if line is None:
                return Decision("dismissed")
            if not (line := line or field.text):
                if needed:
                    return Decision("denied")
                break
            try:
                values[field.name] = value_of(field, line)
            except ValueError as error:
                before = f"  {error}\n"
    return Decision("once", arguments=values)


def _ask(question: str, what: str, way_out: str = "") -> str | None:
    """The user's line; None where there is no terminal to ask at, which is told with `what` happens."""
    try:
        # Two files: one that is read and written must be seekable, which no terminal is.
        with (
            open("/dev/tty", encoding="utf-8", errors="replace") as keys,
            open("/dev/tty", "w", encoding="utf-8", errors="replace") as terminal,
        ):
            terminal.write(visible(question))
            terminal.flush()
            return keys.readline().strip()
    except OSError:
        print(f"tickertape: {visible(what)} and there is no terminal to ask at{way_out}", file=sys.stderr)
        return None
