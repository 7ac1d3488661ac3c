"""What the exports that are read by people say of a session: its title and times, how a turn ended, how a call did.

Owns the words and figures, not how they are laid out; what it gives of foreign text is visible, not yet escaped.
"""

from dataclasses import dataclass
from typing import Any

import msgspec

from agent.conversation.items import CallStatus, Interrupt, Message, MessageKind, ToolCall
from agent.conversation.lineage import Origin
from agent.conversation.reducer import Conversation
from agent.conversation.run import Run, RunStatus, Step
from agent.figures import duration, local_time, plural
from agent.text import visible, well_formed

__all__ = [
    "ENDINGS",
    "SIGNS",
    "ExportedSession",
    "agent_words",
    "answer_of",
    "call_figures",
    "call_preview",
    "decision_words",
    "ending_of",
    "error_of",
    "interrupt_words",
    "on_one_line",
    "parsed",
    "pretty",
    "run_figures",
    "speaker",
    "tools_used",
    "unspoken_answer",
]

ENDINGS: dict[RunStatus, str] = {
    RunStatus.RUNNING: "Cut off here",
    RunStatus.ANSWERED: "Answered",
    RunStatus.CANCELLED: "Cancelled",
    RunStatus.INTERRUPTED: "Interrupted before it was finished",
    RunStatus.ITERATION_LIMIT: "Stopped at the limit of steps",
    RunStatus.TRUNCATED: "The model's output was cut short",
    RunStatus.MODEL_ERROR: "The model failed",
    RunStatus.UNAVAILABLE: "Nothing was asked",
    RunStatus.INTERNAL_ERROR: "Something went wrong in the program",
}
SIGNS: dict[CallStatus, str] = {
    CallStatus.WRITING: "●",
    CallStatus.READY: "○",
    CallStatus.ASKING: "?",
    CallStatus.RUNNING: "●",
    CallStatus.DONE: "✓",
    CallStatus.FAILED: "✗",
    CallStatus.CUT: "■",
    CallStatus.STOPPED: "■",
    CallStatus.WAITING: "?",
    CallStatus.UNTOLD: "○",
}
_CALL_WORDS: dict[CallStatus, str] = {
    CallStatus.WRITING: "being written",
    CallStatus.READY: "not begun",
    CallStatus.ASKING: "waits for approval",
    CallStatus.RUNNING: "running",
    CallStatus.FAILED: "failed",
    CallStatus.CUT: "cut before it was complete",
    CallStatus.STOPPED: "stopped while it ran",
    CallStatus.WAITING: "waits for its result",
    CallStatus.UNTOLD: "no result was told",
}
_LONGEST_PREVIEW = 60


@dataclass(frozen=True, kw_only=True)
class ExportedSession:
    """A session, read whole."""

    id: str
    given_title: str = ""
    """The user's own."""
    conversation: Conversation
    origin: Origin | None = None
    """The program that it is from; None of our own."""

    @property
    def title(self) -> str:
        """The user's own, else the first question."""
        return well_formed(self.given_title) or self.conversation.title

    @property
    def created(self) -> float:
        """When its first turn began; 0 where none did, or nobody told."""
        return next((run.started for run in self.conversation.runs if run.is_dated), 0)

    @property
    def updated(self) -> float:
        """When its last turn ended, or began where it goes on; 0 where there is none, or nobody told."""
        if not self.conversation.runs:
            return 0
        last = self.conversation.runs[-1]
        if not last.is_dated:
            return 0
        return last.started if last.ended is None else last.ended

    @property
    def model(self) -> str | None:
        """That of the last turn."""
        return self.conversation.runs[-1].model if self.conversation.runs else None

    def facts(self) -> list[tuple[str, str]]:
        """When, from whom, model, turns and id, each with its label; what is not known is left out."""
        facts = [
            ("When", local_time(self.created, with_zone=True)),
            ("From", on_one_line(self.origin.words if self.origin is not None else "")),
            ("Model", on_one_line(self.model or "")),
            ("Turns", str(len(self.conversation.runs))),
            ("Session", on_one_line(self.id)),
        ]
        return [(label, value) for label, value in facts if value]


def on_one_line(text: str, longest: int | None = None) -> str:
    """`text` made visible on one line, cut at `longest` characters with an ellipsis."""
    if longest is not None:
        text = text[: 8 * longest]
    line = " ".join(visible(text).split())
    return line if longest is None or len(line) <= longest else f"{line[: longest - 1].rstrip()}…"


def unspoken_answer(run: Run) -> str:
    """The run's answer where none of its messages says it, as in streams that only tell the result."""
    spoken = any(message.kind is MessageKind.ANSWER for message in run.messages)
    return "" if spoken else run.answer or ""


def ending_of(run: Run) -> str:
    """How a run ended, in words; one that waits says for what."""
    return "Waits for an answer" if run.is_waiting else ENDINGS[run.status]


def agent_words(step: Step) -> str:
    """Whose work begins, and why it failed if it did; of the step of a sub-agent."""
    name = on_one_line(step.title, _LONGEST_PREVIEW) or "Another agent"
    return f"{name}, which failed: {on_one_line(step.error)}".removesuffix(": ") if step.error is not None else name


def error_of(run: Run) -> str | None:
    """Why a run was not answered: one whose stream ends before it does was cut off."""
    return f"{ENDINGS[run.status]}." if run.is_open and run.is_cut_off else run.error


def tools_used(run: Run) -> list[str]:
    """The names of the tools that have run in it, its sub-agents' aside: what its end tells, and those that its calls
    tell beyond that. An answer that is given in a call is no use of a tool."""
    calls = [call for step in run.own_steps for call in step.calls if call.name and not call.is_question]
    are_starts_told = any(call.tool_started is not None for call in calls)
    answers = {message.call_id for message in run.messages if message.call_id is not None}
    told, ran = dict.fromkeys(run.tools_used or ()), dict[str, None]()
    for call in calls:
        has_run = call.tool_started is not None or call.duration_ms is not None or call.status is CallStatus.DONE
        may_have_run = has_run or (run.tools_used is None and not are_starts_told)
        if call.result is not None and may_have_run and call.id not in answers and _is_left_to_its_tool(call):
            ran[call.name] = None
    return [*(told if ran.keys() <= told.keys() else ran | told)]


def _is_left_to_its_tool(call: ToolCall) -> bool:
    """Whether its user neither forbade it nor gave its result."""
    return call.decision is None or (call.decision.allows and call.decision.result is None)


def speaker(message: Message, step: Step, depth: int = 0) -> str:
    """Who says a text that is not simply the agent's; empty where it is. `depth` is in how many sub-agents it is said:
    what the innermost of them says is its own."""
    match message.kind:
        case MessageKind.SYSTEM:
            return "System"
        case MessageKind.USER:
            return "You"
        case MessageKind.INNER if not depth:
            return on_one_line(message.name or step.title, _LONGEST_PREVIEW) or "Another agent"
        case _:
            return on_one_line(message.name or "", _LONGEST_PREVIEW)


def interrupt_words(one: Interrupt) -> tuple[str, str]:
    """What a run asked of the world outside, and what came of it."""
    asked = one.asks.strip() or "The agent asks for an answer."
    if one.is_cancelled:
        return asked, "No answer was given."
    wants = f" ({one.wants})" if one.wants else ""
    return asked, one.answer or (f"Waits for an answer{wants}." if one.ended is None else "")


def answer_of(run: Run) -> str | None:
    """The run's answer; where it was answered and its stream tells no result, the last message that is one."""
    if run.answer is not None or run.status is not RunStatus.ANSWERED:
        return run.answer
    spoken = [message.fragments.text for message in run.messages if message.kind is MessageKind.ANSWER]
    return next((text for text in reversed(spoken) if text.strip()), spoken[-1] if spoken else None)


def run_figures(run: Run) -> list[str]:
    """How the run ended, and its figures as far as they are known: first token, rate, time, tokens."""
    figures = [ending_of(run)]
    if run.time_to_first_token is not None:
        figures.append(f"first token {duration(run.time_to_first_token)}")
    if run.tokens_per_second is not None and round(run.tokens_per_second):
        figures.append(f"{plural(round(run.tokens_per_second), 'token' if run.has_tokens else 'piece')}/s")
    if run.elapsed is not None:
        figures.append(f"{duration(run.elapsed)} in all")
    read = [use.input_tokens for use in run.usage if use.input_tokens is not None]
    if read:
        figures.append(f"{plural(sum(read), 'token')} in")
    if run.output_tokens is not None:
        figures.append(f"{plural(run.output_tokens, 'token')} out")
    elif run.fragment_count:
        count = run.fragment_count
        figures.append(f"~{plural(count, 'token')}" if run.has_tokens else plural(count, "piece"))
    return [*figures, *run.troubles]


def call_preview(call: ToolCall) -> tuple[str, str, str]:
    """A call on one line: its name, the beginning of its arguments, the beginning of its result."""
    name = on_one_line(call.title, _LONGEST_PREVIEW) or "(no name)"
    result = "" if call.result is None else on_one_line(call.result, _LONGEST_PREVIEW) or "(empty)"
    return name, on_one_line(call.fragments.text, _LONGEST_PREVIEW), result


def call_figures(call: ToolCall) -> list[str]:
    """What became of the call where that is not plain, and how long its tool ran."""
    words = "never ran" if call.never_ran else _CALL_WORDS.get(call.status, "")
    time = "" if call.duration_ms is None else duration(call.duration_ms)
    return [part for part in (words, time) if part]


def decision_words(call: ToolCall) -> tuple[str, str]:
    """What the user made of a call that asked, and the arguments that it ran with instead, as JSON; '' where none."""
    decision = call.decision
    if decision is None or not decision.is_notable:
        return "", ""
    arguments = "" if decision.arguments is None else msgspec.json.encode(decision.arguments).decode()
    return on_one_line(call.decided_words), arguments


def parsed(text: str) -> Any:
    """The value of a JSON text; None where it is none, or holds a number that no program could read back."""
    try:
        return msgspec.json.decode(text)
    except (ValueError, RecursionError):
        return None


def pretty(text: str) -> tuple[str, str]:
    """A text as it is best read, and the name of its language: JSON objects and lists laid out, all else as it is."""
    value = parsed(text)
    if not isinstance(value, dict | list):
        return text, "text"
    try:
        return msgspec.json.format(msgspec.json.encode(value), indent=2).decode(), "json"
    except (ValueError, RecursionError):
        return text, "text"
