"""Saved sessions of any size, as the app itself would have written them."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

from agent.events import types as ev
from agent.events import wire
from tests.benchmarks.load import plain_fragments

__all__ = ["EVENTS", "turn_events", "write_session"]

EVENTS = 300
"""Of one turn."""
_ARGUMENTS = ('{"x', '":', " 1", "2.5", ', "', "y", '":', " 7", ', "note', '": "')
_WORDS = 8
_OWN = 12
"""Events of a turn that are neither fragments of arguments nor of text."""
_MS = 5


def write_session(path: Path, *, turns: int, events: int = EVENTS, end: str = "") -> None:
    """Write a session of `turns` turns of `events` events each; the last answer ends with the word `end`."""
    times = count(1_760_000_000_000, _MS)
    with path.open("wb") as file:
        for number in range(turns):
            last = end if number == turns - 1 else ""
            file.writelines(wire.encode(event) + b"\n" for event in turn_events(number, events, last, times))


def turn_events(number: int, events: int, end: str, times: Iterator[int]) -> Iterator[ev.Event]:
    """One turn: a step with a tool call, a step with the answer."""
    run, call, text = f"run-{number}", f"call-{number}", f"text-{number}"
    question = f"Question {number}: how is the cost of one more token kept from growing?"
    message = ev.InputMessage(id=f"question-{number}", role="user", content=question)
    fragments = [*_ARGUMENTS, *(f"word{index} " for index in range(_WORDS)), '"', "}"]
    answer = plain_fragments(number, events - _OWN - len(fragments) - 1)
    spoken = "".join(answer)
    closing = ("\n```" if spoken.count("```") % 2 else "") + f"\n\nDone. {end}"
    metadata = {"app": "tickertape", "format": 1, "model": "openai:bench", "tools": ["add"], "maxIterations": 10}
    yield ev.RunStarted(
        timestamp=next(times),
        metadata=metadata,
        thread_id="thread",
        run_id=run,
        input=ev.RunInput(thread_id="thread", run_id=run, messages=[message]),
    )
    yield ev.StepStarted(timestamp=next(times), step_name="step 1")
    yield ev.ToolCallStart(timestamp=next(times), tool_call_id=call, tool_call_name="add")
    for delta in fragments:
        yield ev.ToolCallArgs(timestamp=next(times), tool_call_id=call, delta=delta)
    yield ev.ToolCallEnd(timestamp=next(times), tool_call_id=call)
    yield ev.Custom(timestamp=next(times), name=ev.TOOL_STARTED, value={"toolCallId": call})
    yield ev.ToolCallResult(
        timestamp=next(times),
        message_id=f"result-{number}",
        tool_call_id=call,
        content="19.5",
        metadata={"durationMs": 5},
    )
    yield ev.StepFinished(timestamp=next(times), step_name="step 1")
    yield ev.StepStarted(timestamp=next(times), step_name="step 2")
    yield ev.TextMessageStart(timestamp=next(times), message_id=text, role="assistant")
    for delta in [*answer, closing]:
        yield ev.TextMessageContent(timestamp=next(times), message_id=text, delta=delta)
    yield ev.TextMessageEnd(timestamp=next(times), message_id=text)
    yield ev.StepFinished(timestamp=next(times), step_name="step 2")
    yield ev.RunFinished(
        timestamp=next(times),
        thread_id="thread",
        run_id=run,
        outcome={"type": "success"},
        result={"answer": spoken + closing, "tools_used": ["add"]},
    )
