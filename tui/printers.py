"""Writes a stream of events as text, in the formats of the command line. Knows events and a stream to write to.

text     the answer as it streams
tokens   the same, with | after every fragment
steps    the tool calls as they are written, as the article's last listing prints them
json     one object at the end
events   AG-UI, one event a line
"""

import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol, TextIO

from agent.conversation import Conversation
from agent.events import (
    Event,
    RunError,
    RunFinished,
    StepFinished,
    TextMessageContent,
    TextMessageEnd,
    TextMessageStart,
    ToolCallArgs,
    ToolCallEnd,
    ToolCallStart,
    encode,
)
from agent.items import Run
from tui.rendering.foreign import visible

__all__ = ["Format", "Printer", "make_printer"]

Format = Literal["text", "tokens", "steps", "json", "events"]


class _Out(Protocol):
    """Where a printer writes."""

    def write(self, text: str, /) -> int: ...

    def flush(self) -> None: ...


class Printer(Protocol):
    """Takes the events of a run one by one; everything it has to say of one is written and flushed on return."""

    def __call__(self, event: Event) -> None: ...


def make_printer(output_format: Format, out: TextIO) -> Printer:
    """The printer of a format. A terminal is never given what it would obey; a file or a pipe gets all as it came."""
    makers: dict[Format, Callable[[_Out], Printer]] = {
        "text": _TextPrinter,
        "tokens": _TokensPrinter,
        "steps": _StepsPrinter,
        "json": _JsonPrinter,
        "events": _EventsPrinter,
    }
    return makers[output_format](_Terminal(out) if out.isatty() else out)


class _Terminal:
    """A terminal to write foreign text to."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def write(self, text: str, /) -> int:
        return self._out.write(visible(text))

    def flush(self) -> None:
        self._out.flush()


class _TextPrinter:
    """All text for the user; a blank line between two messages."""

    separator = ""

    def __init__(self, out: _Out) -> None:
        self._out = out
        self._message: str | None = None
        self._written = False

    def __call__(self, event: Event) -> None:
        if isinstance(event, TextMessageContent):
            if self._written and event.message_id != self._message:
                self._out.write("\n\n")
            self._message, self._written = event.message_id, True
            self._out.write(event.delta + self.separator)
            self._out.flush()
        elif isinstance(event, RunFinished | RunError) and self._written:
            self._out.write("\n")
            self._out.flush()


class _TokensPrinter(_TextPrinter):
    """Every fragment of text, each followed by a bar."""

    separator = "|"


@dataclass(slots=True)
class _Part:
    """A call or a text that is being printed or waits for its turn."""

    id: str
    waiting: list[str]
    gap: bool
    """Whether it begins a step, so that a blank line stands before it."""
    done: bool = False


class _StepsPrinter:
    """Each call's name and the JSON of its arguments as it is written; a blank line between two steps.

    Of parallel calls the second is held until the first is printed, so that their fragments never mix. Text that is
    no call's argument is printed in its place.
    """

    def __init__(self, out: _Out) -> None:
        self._out = out
        self._parts: deque[_Part] = deque()
        self._new_step = False

    def __call__(self, event: Event) -> None:
        if isinstance(event, ToolCallStart):
            self._begin(event.tool_call_id, f"Calling {event.tool_call_name}...\n")
        elif isinstance(event, TextMessageStart) and "toolCallId" not in (event.metadata or {}):
            self._begin(event.message_id, "")
        elif isinstance(event, ToolCallArgs):
            self._add(event.tool_call_id, event.delta)
        elif isinstance(event, TextMessageContent):
            self._add(event.message_id, event.delta)
        elif isinstance(event, ToolCallEnd | TextMessageEnd):
            self._end(event.tool_call_id if isinstance(event, ToolCallEnd) else event.message_id)
        elif isinstance(event, StepFinished | RunFinished | RunError):
            for part in self._parts:
                part.done = True
            self._print()
            self._new_step = True

    def _begin(self, part_id: str, heading: str) -> None:
        self._parts.append(_Part(part_id, [heading], gap=self._new_step))
        self._new_step = False
        self._print()

    def _add(self, part_id: str, text: str) -> None:
        for part in self._parts:
            if part.id == part_id:
                part.waiting.append(text)
        self._print()

    def _end(self, part_id: str) -> None:
        for part in self._parts:
            part.done = part.done or part.id == part_id
        self._print()

    def _print(self) -> None:
        while self._parts:
            part = self._parts[0]
            if part.gap:
                self._out.write("\n")
                part.gap = False
            self._out.write("".join(part.waiting))
            part.waiting.clear()
            if not part.done:
                break
            self._out.write("\n")
            self._parts.popleft()
        self._out.flush()


class _JsonPrinter:
    """One object when the run has ended."""

    def __init__(self, out: _Out) -> None:
        self._out = out
        self._conversation = Conversation()

    def __call__(self, event: Event) -> None:
        self._conversation.apply(event)
        if isinstance(event, RunFinished | RunError):
            self._out.write(json.dumps(_as_object(self._conversation.runs[-1]), ensure_ascii=False, indent=2) + "\n")
            self._out.flush()


def _as_object(run: Run) -> dict[str, object]:
    """What a script wants to know of a run."""
    return {
        "question": run.question,
        "answer": run.answer,
        "tools_used": run.tools_used,
        "status": str(run.status),
        "error": run.error,
        "model": run.model,
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


class _EventsPrinter:
    """The events as they are, flushed one by one."""

    def __init__(self, out: _Out) -> None:
        self._out = out

    def __call__(self, event: Event) -> None:
        self._out.write(encode(event).decode() + "\n")
        self._out.flush()
