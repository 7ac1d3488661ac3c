"""The messages that a model is given for the turns of a conversation that lie behind it.

A turn is told whole: its question, the replies with their calls, the results, the answer, so that a later turn can
speak of an earlier result. Calls are repaired only as far as a strict server needs: every call has a result, every turn
ends with words of the model's. Nothing here runs or repairs a file.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage

from agent.conversation.items import CallStatus, Message, MessageKind, ToolCall
from agent.conversation.run import Run, RunStatus, Step
from agent.sources.context.question import question_message
from agent.sources.replies.kept import ToldCall, told_reply
from agent.sources.tools.names import legal_name

__all__ = [
    "Telling",
    "Turn",
    "begun_turn",
    "edited_note",
    "past_turn",
    "provider_ids",
    "steps_so_far",
]

Telling = Literal["whole", "answers"]
"""How turns are told: whole, or in the article's way, their questions and answers alone."""

_REASONS = {
    RunStatus.CANCELLED: "the user stopped it",
    RunStatus.INTERRUPTED: "the program was interrupted",
    RunStatus.ITERATION_LIMIT: "it ran out of steps",
    RunStatus.TRUNCATED: "the model's output was cut off",
    RunStatus.MODEL_ERROR: "the model failed",
    RunStatus.UNAVAILABLE: "no model was asked",
    RunStatus.INTERNAL_ERROR: "the program failed",
}
_NO_RESULT = "No result: the turn was cut short before it came."
_NOT_TOLD = "What this call gave is not known."
"""Of a call whose tool may well have run, in a recording that does not tell."""
_SPOKEN = (MessageKind.ANSWER, MessageKind.PREAMBLE, MessageKind.LATE)
"""Texts that are the model's own."""


@dataclass(frozen=True, kw_only=True)
class Turn:
    """A turn as the model is told of it."""

    messages: list[BaseMessage]
    failed: bool
    """Whether the model or the way to it failed in it, or there was none."""


def edited_note(arguments: dict[str, Any]) -> str:
    """What stands before the result of a call whose arguments the user changed before it ran."""
    edited = json.dumps(arguments, ensure_ascii=False)
    return f"[The user changed the arguments of this call to {edited} before it ran.]"


def past_turn(run: Run, model: str | None = None, telling: Telling = "whole", answer_tool: str | None = None) -> Turn:
    """How a turn that has ended is told.

    What only the model that said it understands (signatures, ids) is given back to `model` alone. A call of
    `answer_tool` is told as the answer that it is.
    """
    is_short = telling == "answers" and run.status is RunStatus.ANSWERED
    messages = _answer(run) if is_short else _Teller(model, answer_tool).whole(run)
    return Turn(messages=messages, failed=run.status in (RunStatus.MODEL_ERROR, RunStatus.UNAVAILABLE))


def _answer(run: Run) -> list[BaseMessage]:
    return [*_asked(run), AIMessage(_answer_text(run))]


def _asked(run: Run) -> list[BaseMessage]:
    """What the model was told before it began: instructions in the stream, and the question, where there is one."""
    system = [item.fragments.text for item in run.messages if item.kind is MessageKind.SYSTEM]
    told: list[BaseMessage] = [SystemMessage(text) for text in system if text.strip()]
    return [*told, question_message(run.question, run.parts)] if run.question.strip() or run.parts else told


def _cut_short(run: Run) -> str:
    if run.is_waiting:
        asked = "; ".join(one.asks for one in run.interrupts if one.asks and one.ended is None)
        return f"[This turn waits for an answer{': ' if asked else ''}{asked}]"
    return f"[This turn was cut short: {_REASONS[run.status]}.]"


def _answer_text(run: Run) -> str:
    spoken = (message.fragments.text.strip() for message in run.messages if message.kind in _SPOKEN)
    written = "\n\n".join(filter(None, spoken))
    return run.answer or written or "(no answer)"


def begun_turn(run: Run, model: str | None = None) -> list[BaseMessage]:
    """How a turn that goes on is told, without its question: each reply so far with its results."""
    is_own = run.model is not None and run.model == model
    messages: list[BaseMessage] = []
    for step in run.own_steps:
        texts = [item for item in step.items if isinstance(item, Message) and item.kind in _SPOKEN]
        text = "".join(item.fragments.text for item in texts if item.call_id is None)
        if calls := _complete_calls(step):
            messages += _step_messages(step, text, calls, is_own=is_own, ends_well=False)
        elif text.strip():
            messages.append(AIMessage(text))
    return messages


class _Teller:
    """Tells turns to one model."""

    def __init__(self, model: str | None, answer_tool: str | None) -> None:
        self._model = model
        self._answer_tool = answer_tool

    def whole(self, run: Run) -> list[BaseMessage]:
        """A turn with its calls and their results."""
        is_own = run.model is not None and run.model == self._model
        messages = _asked(run)
        steps = run.own_steps
        ends_well = run.status is RunStatus.ANSWERED
        partial: list[str] = []
        for step in steps:
            texts = [item for item in step.items if isinstance(item, Message) and item.call_id is None]
            text = "".join(item.fragments.text for item in texts if item.kind in _SPOKEN)
            messages += [HumanMessage(item.fragments.text) for item in texts if item.kind is MessageKind.USER]
            is_last = ends_well and step is steps[-1]
            calls = [call for call in _complete_calls(step) if not (ends_well and call[0].name == self._answer_tool)]
            if calls:
                messages += _step_messages(step, text, calls, is_own=is_own, ends_well=ends_well)
            elif is_last:
                messages.append(told_reply(_answer_text(run), [], step.reply if is_own else None))
            elif text.strip():
                partial.append(text)
        if not ends_well:
            messages.append(AIMessage("\n\n".join([*partial, _cut_short(run)])))
        elif not (messages and isinstance(messages[-1], AIMessage)) or messages[-1].tool_calls:
            messages.append(AIMessage(_answer_text(run)))
        return messages


def _step_messages(
    step: Step, text: str, calls: list[tuple[ToolCall, dict[str, object]]], *, is_own: bool, ends_well: bool
) -> list[BaseMessage]:
    """A step as the model would have seen it, every call with a result."""
    kept = step.reply if is_own else None
    ids = provider_ids(step) if is_own else {}
    told: list[ToldCall] = []
    results: list[BaseMessage] = []
    for call, arguments in calls:
        provider_id = ids[call.id] if is_own else _neutral_id(call.id)
        name = legal_name(call.name)
        told.append(ToldCall(provider_id, name, arguments))
        is_known = not (ends_well and call.status is CallStatus.UNTOLD)
        content = call.result if call.result is not None else _NO_RESULT if is_known else _NOT_TOLD
        status: Literal["success", "error"] = "error" if is_known and call.status is not CallStatus.DONE else "success"
        parts = list(call.parts) or None
        if (changed := call.decision.arguments if call.decision is not None else None) not in (None, arguments):
            note = edited_note(changed)
            content, parts = f"{note}\n{content}", [{"type": "text", "text": note}, *parts] if parts else None
        results.append(ToolMessage(content, artifact=parts, tool_call_id=provider_id, name=name, status=status))
    return [told_reply(text, told, kept), *results]


def steps_so_far(run: Run, number: int, read: Callable[[str, str], dict[str, Any]]) -> list[list[BaseMessage]]:
    """The messages of a turn that goes on, behind its question, where its model call `number` is made: step by step.

    It is what the loop gathers as it goes, out of what it told. `read` gives the arguments of a call by its tool and
    its text, and none where they cannot be used.
    """
    told: list[list[BaseMessage]] = []
    for step in run.own_steps:
        if step.number > number:
            break
        texts = [item for item in step.items if isinstance(item, Message) and item.call_id is None]
        said: list[BaseMessage] = [HumanMessage(one.fragments.text) for one in texts if one.kind is MessageKind.USER]
        if step.number < number:
            text = "".join(one.fragments.text for one in texts if one.kind in _SPOKEN)
            calls = [(call, read(call.name, call.fragments.text)) for call in step.calls]
            said += _step_messages(step, text, calls, is_own=True, ends_well=False)
        told.append(said)
    return told


def provider_ids(step: Step) -> dict[str, str]:
    """What the model calls its calls, by ours."""
    late = (step.reply or {}).get("callIds")
    told = {call.id: call.provider_id or call.id for call in step.calls}
    return told | {name: one for name, one in late.items() if name in told} if isinstance(late, dict) else told


def _neutral_id(call_id: str) -> str:
    """An id that the servers of every model take, for a call of another model's."""
    return sha256(call_id.encode("utf-8", "replace")).hexdigest()[:9]


def _complete_calls(step: Step) -> list[tuple[ToolCall, dict[str, object]]]:
    """The calls whose arguments are a whole JSON object, with them; those that are not have an error for a result."""
    calls: list[tuple[ToolCall, dict[str, object]]] = []
    for call in step.calls:
        if call.status is CallStatus.CUT:
            continue
        try:
            arguments = json.loads(call.fragments.text or "{}", strict=False)
            if isinstance(arguments, str):
                arguments = json.loads(arguments, strict=False)
        except (ValueError, RecursionError):
            continue
        if isinstance(arguments, dict):
            calls.append((call, arguments))
    return calls
