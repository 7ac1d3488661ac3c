"""A session, or one run, as JSON objects for scripts: the names of the keys are a promise.

    session   id, title, created, updated, model, turns; of another program's origin
    origin    program, timing (what its times are worth: tokens, blocks, items, spans or none)
    turn      id, number, question, answer, tools_used, status, error, model, started, ended, retry_of, timings, usage,
              notices (text, time), steps; where there are some, attachments (names), parent_run, lineage, code (of an
              error), state, activities (id, type, content), interrupts (id, asks, wants, call_id, started, answer,
              cancelled, waiting)
    lineage   branch (what the turn is to the one it comes from), session, moment there, patch (NAME=VALUE, a list)
    timings   duration_ms, first_token_ms, tokens_per_second
    usage     a list, one object for each model: model, provider, input_tokens, output_tokens, total_tokens,
              reasoning_tokens, cached_input_tokens, cache_write_input_tokens
    step      name, number, started, ended, usage (as the provider told it), reasoning, messages, calls; of
              one in another parent (its number); of a sub-agent's work agent (its id) and agent_name, and where that
              begins call_id (that asked for it)
    reasoning id, text, started, ended
    message   id, kind (answer, preamble, inner, user, system or late), call_id, text, started, ended; name, if any
    call      id, name, arguments (the text as it was written), parsed (its value; null where it is no JSON), status,
              result, started, tool_started, ended, duration_ms; attachments (names), if any;
              asked and decided, where the user was; decision (state: once, session, always or denied; reason, arguments
              and rule, if any), where there was one

`answer` is the result that the stream tells, else the text of the last answer message of a turn that was answered;
`tools_used` are the names of the tools that have run, as the stream's result tells and its calls do. Moments are
ISO 8601 in UTC with milliseconds, spans are milliseconds; null is what is not known. `status` is one of `RunStatus` or
`CallStatus` (see `agent.conversation`); a turn that is running and has an error was cut off: its stream ends before it.
Of the three lists of a step, each is in the order in which its items began.
"""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import msgspec
from msgspec import UNSET

from agent.conversation.items import Interrupt, Message, Reasoning, ToolCall
from agent.conversation.lineage import Lineage
from agent.conversation.nesting import agents_of
from agent.conversation.run import Run, Step
from agent.figures import iso_time
from agent.formats.exports.words import ExportedSession, answer_of, error_of, parsed, tools_used

__all__ = ["json_text", "run_as_object"]


def json_text(session: ExportedSession) -> Iterator[str]:
    """One object over several lines, in pieces: its head, then each turn."""
    head = {
        "id": session.id,
        "title": session.title,
        "created": iso_time(session.created),
        "updated": iso_time(session.updated),
        "model": session.model,
        **_told(origin=asdict(session.origin) if session.origin is not None else None),
    }
    yield _laid_out(head).removesuffix("\n}") + ',\n  "turns": ['
    for number, run in enumerate(session.conversation.runs, start=1):
        turn = _laid_out(_turn(number, run)).replace("\n", "\n    ")
        yield f"{',' if number > 1 else ''}\n    {turn}"
    yield "\n  ]\n}\n" if session.conversation.runs else "]\n}\n"


def run_as_object(run: Run) -> dict[str, object]:
    """What a script wants to know of one answer, in short: a part of a turn, with the same keys."""
    agents = agents_of(run)
    return {
        **_outcome(run),
        "steps": [
            {
                **_maker(agents.get(step.number)),
                "reasoning": [{"text": item.fragments.text} for item in _reasoning(step)],
                "messages": [
                    {"text": item.fragments.text, "kind": str(item.kind)}
                    for item in step.items
                    if isinstance(item, Message)
                ],
                "calls": [
                    {
                        "name": call.name,
                        "arguments": call.fragments.text,
                        "status": str(call.status),
                        "result": call.result,
                    }
                    for call in step.calls
                ],
            }
            for step in run.steps
        ],
    }


def _laid_out(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


def _outcome(run: Run) -> dict[str, object]:
    return {
        "question": run.question,
        "answer": answer_of(run),
        "tools_used": tools_used(run),
        "status": str(run.status),
        "error": error_of(run),
        "model": run.model,
    }


def _maker(agent: Step | None) -> dict[str, object]:
    """Whose work a step is, where it is a sub-agent's."""
    return {} if agent is None else {"agent": agent.agent, "agent_name": agent.title}


def _turn(number: int, run: Run) -> dict[str, object]:
    agents = agents_of(run)
    return {
        "id": run.id,
        "number": number,
        **_outcome(run),
        "started": _moment(run.started, run),
        "ended": _moment(run.ended, run),
        "retry_of": run.retry_of,
        "timings": {
            "duration_ms": run.elapsed,
            "first_token_ms": run.time_to_first_token,
            "tokens_per_second": run.tokens_per_second,
        },
        "usage": [msgspec.structs.asdict(use) for use in run.usage],
        "notices": [{"text": notice.text, "time": _moment(notice.time, run)} for notice in run.notices],
        **_told(
            attachments=run.attachments,
            parent_run=run.parent_run,
            lineage=None if run.lineage is None else _lineage(run.lineage),
            code=run.code,
            state=None if run.state is UNSET else run.state,
            activities=[{"id": one.id, "type": one.type, "content": one.content} for one in run.activities],
            interrupts=[_interrupt(one, run) for one in run.interrupts],
        ),
        "steps": [_step(step, run, agents.get(step.number)) for step in run.steps],
    }


def _lineage(lineage: Lineage) -> dict[str, object]:
    return {"branch": lineage.branch, "session": lineage.session, "moment": lineage.moment, "patch": [*lineage.patch]}


def _told(**values: object) -> dict[str, object]:
    """Keys that stand only where there is something to say."""
    return {name: value for name, value in values.items() if value not in (None, [], (), {})}


def _interrupt(one: Interrupt, run: Run) -> dict[str, object]:
    return {
        "id": one.id,
        "asks": one.asks,
        "wants": one.wants or None,
        "call_id": one.call_id,
        "started": _moment(one.started, run),
        "answer": one.answer,
        "cancelled": one.is_cancelled,
        "waiting": one.ended is None,
    }


def _step(step: Step, run: Run, agent: Step | None) -> dict[str, object]:
    return {
        "name": step.name,
        "number": step.number,
        **_told(parent=step.parent, call_id=step.call_id),
        **_maker(agent),
        "started": _moment(step.started, run),
        "ended": _moment(step.ended, run),
        "usage": step.usage,
        "reasoning": [_text(item, run) for item in _reasoning(step)],
        "messages": [
            {**_text(item, run), "kind": str(item.kind), **_told(name=item.name), "call_id": item.call_id}
            for item in step.items
            if isinstance(item, Message)
        ],
        "calls": [_call(call, run) for call in step.calls],
    }


def _reasoning(step: Step) -> list[Reasoning]:
    """What there is to be read of it."""
    return [
        item
        for item in step.items
        if isinstance(item, Reasoning) and not (item.is_encrypted and not item.fragments.text)
    ]


def _text(item: Message | Reasoning, run: Run) -> dict[str, object]:
    return {
        "id": item.id,
        "text": item.fragments.text,
        "started": _moment(item.started, run),
        "ended": _moment(item.ended, run),
    }


def _call(call: ToolCall, run: Run) -> dict[str, Any]:
    return {
        "id": call.id,
        "name": call.name,
        "arguments": call.fragments.text,
        "parsed": parsed(call.fragments.text),
        "status": str(call.status),
        "result": call.result,
        **_told(
            attachments=call.attachments,
            asked=_moment(call.asked, run),
            decided=_moment(call.decided, run),
            decision=call.decision.told() if call.decision is not None else None,
        ),
        "started": _moment(call.started, run),
        "tool_started": _moment(call.tool_started, run),
        "ended": _moment(call.ended, run),
        "duration_ms": call.duration_ms,
    }


def _moment(time: float | None, run: Run) -> str | None:
    """A moment of a run; None where it is not known."""
    return None if time is None or not run.is_dated else iso_time(time)
