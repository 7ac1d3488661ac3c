"""Asks at the terminal whether a tool may run, where there is no screen. Knows one call and no run."""

import json
import sys

from agent.conversation.decisions import Decision, DecisionKind
from agent.conversation.items import ToolCall
from agent.text import visible
from agent.threads import in_thread

__all__ = ["ask_terminal"]


async def ask_terminal(call: ToolCall, whose: str = "") -> Decision:
    """The user's answer about a call, or to a question; none where there is no terminal to ask at.

    `whose` is told where several run.
    """
    by = f" for {whose}" if whose else ""
    if call.asker is not None:
        who = call.asker.who
        question = f"{who} asks{by}: {call.fragments.text} [y]es, [N]o, or answer: "
        return _answer(await in_thread(_ask, visible(question), f"{who} asks something"))
    question = f"Let {call.name} run with {call.fragments.text or '{}'}{by}? [o]nce, this [s]ession, [N]o, or why: "
    # A thread, which a cancel leaves behind: Ctrl+C does not wait for the user's line.
    return _decision(await in_thread(_ask, visible(question), "a tool asks to run"))


def _ask(question: str, what: str) -> str | None:
    """The user's line; None where there is no terminal to ask at, which is told with `what` happens."""
    try:
        # Two files: one that is read and written must be seekable, which no terminal is.
        with (
            open("/dev/tty", encoding="utf-8", errors="replace") as keys,
            open("/dev/tty", "w", encoding="utf-8", errors="replace") as terminal,
        ):
            terminal.write(question)
            terminal.flush()
            return keys.readline().strip()
    except OSError:
        print(f"tickertape: {visible(what)} and there is no terminal to ask at; see --allow and --yes", file=sys.stderr)
        return None


def _decision(line: str | None) -> Decision:
    """What a line says of a call."""
    answer = line or ""
    kinds: dict[str, DecisionKind] = {"o": "once", "once": "once", "y": "once", "s": "session", "session": "session"}
    if answer.lower() in kinds:
        return Decision(kinds[answer.lower()])
    return Decision("denied", "" if answer.lower() in ("", "n", "no") else answer)


def _answer(line: str | None) -> Decision:
    """What a line answers to a question: its fields as JSON, or its one value."""
    if line is None:
        return Decision("dismissed")
    if line.lower() in ("", "n", "no"):
        return Decision("denied")
    if line.lower() in ("y", "yes"):
        return Decision("once")
    try:
        value = json.loads(line)
    except ValueError:
        value = line
    return Decision("once", arguments=value if isinstance(value, dict) else {"answer": value})
