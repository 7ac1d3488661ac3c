"""Writes a stream of events as text, in the formats of the command line. Knows events and a stream to write to.

text     the answer as it streams
tokens   the same, with | after every fragment
steps    the tool calls as they are written, as the article's last listing prints them
json     one object at the end; of a replay an object for each turn, on a line of its own
events   AG-UI, one event a line
"""

import json
import sys
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from io import TextIOWrapper
from typing import Literal, Protocol, TextIO

from agent.conversation.reducer import Conversation
from agent.events.chunks import Chunks
from agent.events.types import (
    Event,
    RunCancelled,
    RunError,
    RunFinished,
    StepFinished,
    TextMessageContent,
    TextMessageEnd,
    TextMessageStart,
    ToolCallArgs,
    ToolCallEnd,
    ToolCallStart,
)
from agent.events.wire import encode
from agent.formats.exports.json import run_as_object
from agent.text import visible

__all__ = ["Format", "Printer", "choose_encoding", "make_printer"]

Format = Literal["text", "tokens", "steps", "json", "events"]


class _Out(Protocol):
    """Where a printer writes."""

    def write(self, text: str, /) -> int: ...

    def flush(self) -> None: ...


class Printer(Protocol):
    """Takes the events of a run one by one; everything it has to say of one is written and flushed on return."""

    def __call__(self, event: Event) -> None: ...

    def end(self) -> None:
        """Say what is left to say of a run that did not end."""


def choose_encoding(output_format: Format) -> None:
    """JSON is UTF-8 whatever the locale; text that the locale has no sign for gets a question mark."""
    if isinstance(sys.stdout, TextIOWrapper):
        if output_format in ("json", "events"):
            sys.stdout.reconfigure(encoding="utf-8")
        else:
            sys.stdout.reconfigure(errors="replace")


def make_printer(output_format: Format, out: TextIO, past: Conversation | None = None) -> Printer:
    """The printer of a format; for a replay, which may have many turns, what comes after `past`, which it goes on with.

    A terminal is never given what it would obey; a file or a pipe gets all as it came.
    """
    makers: dict[Format, Callable[[_Out], Printer]] = {
        "text": _TextPrinter,
        "tokens": _TokensPrinter,
        "steps": _StepsPrinter,
        "json": lambda out: _JsonPrinter(out, Conversation(), indent=2) if past is None else _JsonPrinter(out, past),
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
        self._chunks = Chunks()
        self._message: str | None = None
        self._aside: set[str] = set()
        """Texts that are not the agent's, by id."""
        self._gap = ""
        """What stands between the text so far and another message."""

    def __call__(self, event: Event) -> None:
        for part in self._chunks.expand(event):
            if isinstance(part, TextMessageStart):
                self._begin(part)
            elif isinstance(part, TextMessageContent):
                self._say(part)
            elif isinstance(part, RunFinished | RunError | RunCancelled):
                self.end()

    def _begin(self, event: TextMessageStart) -> None:
        if _is_aside(event):
            self._aside.add(event.message_id)
        else:
            self._aside.discard(event.message_id)

    def _say(self, event: TextMessageContent) -> None:
        if event.message_id in self._aside:
            return
        if event.message_id != self._message:
            self._out.write(self._gap)
        self._message, self._gap = event.message_id, "\n\n"
        self._out.write(event.delta + self.separator)
        self._out.flush()

    def end(self) -> None:
        if self._message is not None:
            self._out.write("\n")
            self._out.flush()
            self._message, self._gap = None, "\n"


def _is_aside(event: TextMessageStart) -> bool:
    """Whether a text is none of the agent's for its user."""
    return event.role in ("user", "system", "developer") or event.subagent_run_id is not None


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
        self._chunks = Chunks()
        self._parts: deque[_Part] = deque()
        self._new_step = False

    def __call__(self, event: Event) -> None:
        for part in self._chunks.expand(event):
            self._take(part)

    def _take(self, event: Event) -> None:
        if isinstance(event, ToolCallStart):
            self._begin(event.tool_call_id, f"Calling {event.tool_call_name}...\n")
        elif isinstance(event, TextMessageStart) and "toolCallId" not in (event.metadata or {}):
            if not _is_aside(event):
                self._begin(event.message_id, "")
        elif isinstance(event, ToolCallArgs):
            self._add(event.tool_call_id, event.delta)
        elif isinstance(event, TextMessageContent):
            self._add(event.message_id, event.delta)
        elif isinstance(event, ToolCallEnd | TextMessageEnd):
            self._end(event.tool_call_id if isinstance(event, ToolCallEnd) else event.message_id)
        elif isinstance(event, StepFinished | RunFinished | RunError | RunCancelled):
            self.end()

    def end(self) -> None:
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
    """One object for each run, as soon as nothing more can come for it or for those before it."""

    def __init__(self, out: _Out, conversation: Conversation, *, indent: int | None = None) -> None:
        self._out = out
        self._conversation = conversation
        self._indent = indent
        self._said = {run.id for run in conversation.runs if not run.is_open}
        """The runs that need not be printed any more."""

    def __call__(self, event: Event) -> None:
        self._conversation.apply(event)
        if len(self._said) < len(self._conversation.runs):
            self._write(is_over=False)

    def end(self) -> None:
        self._conversation.cut_off()
        self._write(is_over=True)

    def _write(self, *, is_over: bool) -> None:
        runs = self._conversation.runs
        for run in runs[len(self._said) :] if not self._conversation.inserted else runs:
            if run.id in self._said:
                continue
            if run.may_go_on and not is_over:
                return
            self._said.add(run.id)
            self._out.write(json.dumps(run_as_object(run), ensure_ascii=False, indent=self._indent) + "\n")
            self._out.flush()


class _EventsPrinter:
    """The events as they are, flushed one by one."""

    def __init__(self, out: _Out) -> None:
        self._out = out

    def __call__(self, event: Event) -> None:
        self._out.write(encode(event).decode() + "\n")
        self._out.flush()

    def end(self) -> None:
        """All has been said."""
