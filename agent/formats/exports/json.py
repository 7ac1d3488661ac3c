"""A session, or one run, as JSON objects for scripts: the names of the keys are a promise.

    session   id, title, created, updated, model, turns
    turn      id, number, question, answer, tools_used, status, error, model, started, ended, retry_of, timings, usage,
              notices (text, time), steps
    timings   duration_ms, first_token_ms, tokens_per_second
    usage     a list, one object for each model: model, provider, input_tokens, output_tokens, total_tokens,
              reasoning_tokens, cached_input_tokens, cache_write_input_tokens
    step      name, number, started, ended, usage (as the provider told it), reasoning, messages, calls
    reasoning id, text, started, ended
    message   id, kind (answer or preamble), call_id, text, started, ended
    call      id, name, arguments (the text as it was written), parsed (its value; null where it is no JSON), status,
              result, started, tool_started, ended, duration_ms

`answer` is the result that the stream tells, else the text of the last answer message of a turn that was answered.
Moments are ISO 8601 in UTC with milliseconds, spans are milliseconds; null is what is not known. `status` is one of
`RunStatus` or `CallStatus` (`agent.conversation.items`). Of the three lists of a step, each is in the order in which
its items began.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from agent.conversation.items import Message, Reasoning, Run, Step, ToolCall
from agent.figures import iso_time
from agent.formats.exports.words import ExportedSession, answer_of, parsed

__all__ = ["json_text", "run_as_object"]


def json_text(session: ExportedSession) -> Iterator[str]:
    """One object over several lines, in pieces: its head, then each turn."""
    head = {
        "id": session.id,
        "title": session.title,
        "created": iso_time(session.created),
        "updated": iso_time(session.updated),
        "model": session.model,
    }
    yield _laid_out(head).removesuffix("\n}") + ',\n  "turns": ['
    for number, run in enumerate(session.conversation.runs, start=1):
        turn = _laid_out(_turn(number, run)).replace("\n", "\n    ")
        yield f"{',' if number > 1 else ''}\n    {turn}"
    yield "\n  ]\n}\n" if session.conversation.runs else "]\n}\n"


def run_as_object(run: Run) -> dict[str, object]:
    """What a script wants to know of one answer, in short: a part of a turn, with the same keys."""
    return {
        **_outcome(run),
        "steps": [
            {
                "calls": [
                    {
                        "name": call.name,
                        "arguments": call.fragments.text,
                        "status": str(call.status),
                        "result": call.result,
                    }
                    for call in step.calls
                ]
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
        "tools_used": run.tools_used,
        "status": str(run.status),
        "error": run.error,
        "model": run.model,
    }


def _turn(number: int, run: Run) -> dict[str, object]:
    return {
        "id": run.id,
        "number": number,
        **_outcome(run),
        "started": iso_time(run.started),
        "ended": _moment(run.ended),
        "retry_of": run.retry_of,
        "timings": {
            "duration_ms": None if run.ended is None else run.ended - run.started,
            "first_token_ms": run.time_to_first_token,
            "tokens_per_second": run.tokens_per_second,
        },
        "usage": [msgspec.structs.asdict(use) for use in run.usage],
        "notices": [{"text": notice.text, "time": iso_time(notice.time)} for notice in run.notices],
        "steps": [_step(step) for step in run.steps],
    }


def _step(step: Step) -> dict[str, object]:
    return {
        "name": step.name,
        "number": step.number,
        "started": iso_time(step.started),
        "ended": _moment(step.ended),
        "usage": step.usage,
        "reasoning": [_text(item) for item in step.items if isinstance(item, Reasoning)],
        "messages": [
            {**_text(item), "kind": str(item.kind), "call_id": item.call_id}
            for item in step.items
            if isinstance(item, Message)
        ],
        "calls": [_call(call) for call in step.calls],
    }


def _text(item: Message | Reasoning) -> dict[str, object]:
    return {
        "id": item.id,
        "text": item.fragments.text,
        "started": iso_time(item.started),
        "ended": _moment(item.ended),
    }


def _call(call: ToolCall) -> dict[str, Any]:
    return {
        "id": call.id,
        "name": call.name,
        "arguments": call.fragments.text,
        "parsed": parsed(call.fragments.text),
        "status": str(call.status),
        "result": call.result,
        "started": iso_time(call.started),
        "tool_started": _moment(call.tool_started),
        "ended": _moment(call.ended),
        "duration_ms": call.duration_ms,
    }


def _moment(time: float | None) -> str | None:
    return None if time is None else iso_time(time)
