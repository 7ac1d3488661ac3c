"""Sessions as files, made of the words that a test wants to find in them."""

from collections.abc import Iterable
from pathlib import Path

from agent.events import types as ev
from agent.events import wire

__all__ = ["append", "turn"]


def turn(
    number: int,
    question: str = "",
    *,
    answer: str = "",
    tool: str = "search",
    arguments: str = "{}",
    result: str = "",
    start: int = 1_760_000_000_000,
    ended: bool = True,
) -> list[ev.Event]:
    """One turn with one call; one that has not `ended` stops after the answer, as a crash or a live run does."""
    run, call, text = f"run-{number}", f"call-{number}", f"text-{number}"
    message = ev.InputMessage(id=f"question-{number}", role="user", content=question)
    given = ev.RunInput(thread_id="thread", run_id=run, messages=[message])
    events: list[ev.Event] = [
        ev.RunStarted(timestamp=start, thread_id="thread", run_id=run, input=given, metadata={"model": "offline"}),
        ev.StepStarted(timestamp=start + 1, step_name="step 1"),
        ev.ToolCallStart(timestamp=start + 2, tool_call_id=call, tool_call_name=tool),
        ev.ToolCallArgs(timestamp=start + 3, tool_call_id=call, delta=arguments),
        ev.ToolCallEnd(timestamp=start + 4, tool_call_id=call),
        ev.ToolCallResult(timestamp=start + 5, message_id=f"result-{number}", tool_call_id=call, content=result),
        ev.StepFinished(timestamp=start + 6, step_name="step 1"),
        ev.TextMessageStart(timestamp=start + 7, message_id=text, role="assistant"),
        ev.TextMessageContent(timestamp=start + 8, message_id=text, delta=answer),
        ev.TextMessageEnd(timestamp=start + 9, message_id=text),
    ]
    if ended:
        outcome = {"type": "success"}
        events.append(ev.RunFinished(timestamp=start + 10, thread_id="thread", run_id=run, outcome=outcome))
    return events


def append(path: Path, events: Iterable[ev.Event]) -> None:
    """Add events to a session's file, which is made where there is none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.writelines(wire.encode(event) + b"\n" for event in events)
