"""Asks at the terminal whether a tool may run, where there is no screen. Knows one call and no run."""

import sys

from agent.conversation.decisions import Decision, DecisionKind
from agent.conversation.items import ToolCall
from agent.text import visible
from agent.threads import in_thread

__all__ = ["ask_terminal"]


async def ask_terminal(call: ToolCall, whose: str = "") -> Decision:
    """The user's answer about a call; no where there is no terminal to ask at. `whose` is told where several run."""
    by = f" for {whose}" if whose else ""
    question = f"Let {call.name} run with {call.fragments.text or '{}'}{by}? [o]nce, this [s]ession, [N]o, or why: "
    # A thread, which a cancel leaves behind: Ctrl+C does not wait for the user's line.
    return await in_thread(_ask, visible(question))


def _ask(question: str) -> Decision:
    """The user's answer; no where there is no terminal to ask at."""
    try:
        # Two files: one that is read and written must be seekable, which no terminal is.
        with (
            open("/dev/tty", encoding="utf-8", errors="replace") as keys,
            open("/dev/tty", "w", encoding="utf-8", errors="replace") as terminal,
        ):
            terminal.write(question)
            terminal.flush()
            answer = keys.readline().strip()
    except OSError:
        words = "a tool asks to run and there is no terminal to ask at; see --allow and --yes"
        print(f"tickertape: {words}", file=sys.stderr)
        return Decision("denied")
    kinds: dict[str, DecisionKind] = {"o": "once", "once": "once", "y": "once", "s": "session", "session": "session"}
    if answer.lower() in kinds:
        return Decision(kinds[answer.lower()])
    return Decision("denied", "" if answer.lower() in ("", "n", "no") else answer)
