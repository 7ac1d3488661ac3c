"""What the library keeps of a transcript: a summary for lists, and the texts of each turn for searches.

It reads a file run by run with the one reducer and drops what it has read, so that the memory it takes is that of the
longest run; it goes on from where it stopped when the file has grown. Knows no index and no folder.
"""

import os
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from io import BufferedReader
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from agent.conversation.items import CallStatus, Message, ToolCall
from agent.conversation.lineage import Lineage, lineage_of
from agent.conversation.reducer import Conversation
from agent.conversation.run import Run, RunStatus
from agent.errors import EventDecodeError
from agent.events import types as ev
from agent.events import wire
from agent.events.framing import Line
from agent.events.types import FORMAT_VERSION
from agent.figures import EARLIEST
from agent.library.listing import MatchKind
from agent.library.words import fact
from agent.reading.lines import read_lines
from agent.text import well_formed

__all__ = ["Batch", "Known", "Part", "Summary", "Turn", "digest", "flat", "last_moment", "look"]

_LONGEST_PART = 2**20
"""Characters of one text that are kept; what stands behind them is not found."""
_LONGEST_TITLE = 200
_MOST_PATCHES = 20
"""Of what was made otherwise in a session, that lists tell."""
_BATCH = 2**20
"""Characters of text after which a batch is handed out."""
_BLOCK = 2**20
_LINES_AT_ONCE = 16
"""Lines that are read without a rest: well under a millisecond."""
_LONGEST_LOOK = 2**18
"""Bytes of a first line that are read for a list; what is longer holds more than a question."""
_TAILS = (2**12, 2**16)
"""Bytes at the end of a file in which its last event is looked for, first in the few that mostly have it."""
_LAST_LINES = 3
"""Lines there that are looked at: the last may be torn."""
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")


class Part(NamedTuple):
    """One text of a turn."""

    kind: MatchKind
    text: str


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """One turn, as lists and searches need it."""

    number: int
    """From 1."""
    run_id: str
    question: str
    """Its beginning, on one line."""
    status: RunStatus
    is_waiting: bool = False
    """Whether it has ended and waits for an answer from outside."""
    started: float
    """Milliseconds since the epoch."""
    parts: list[Part]


class Summary(msgspec.Struct, kw_only=True):
    """What a file holds up to some place."""

    read_to: int = 0
    """Bytes."""
    crc: int = 0
    """Of these bytes."""
    lines: int = 0
    turns: int = 0
    title: str = ""
    """The first question, its beginning, on one line."""
    created: float | None = None
    updated: float | None = None
    """Milliseconds since the epoch, of the first and the last event; None where the file tells no time."""
    model: str | None = None
    parent: str | None = None
    lineage: Lineage | None = None
    origin: str | None = None
    timing: str | None = None
    has_events: bool = False
    broken: int = 0
    """Lines that are no event."""
    first_broken: str | None = None
    format: int = 0
    """The highest version of our own format that it says it has."""
    clock: float | None = None
    """The last moment that an event told, which is that of the events after it that tell none."""

    @property
    def problem(self) -> str | None:
        """What is wrong with the file, in one line."""
        if self.format > FORMAT_VERSION:
            return f"written by a newer version (format {self.format}): what is new in it is not shown"
        if not self.has_events:
            why = f" ({self.first_broken})" if self.first_broken else ""
            return f"no recording: there is no AG-UI event in it{why}"
        if self.broken > 1:
            return f"{self.broken:,} broken lines were skipped, the first is {self.first_broken}"
        return f"1 broken line was skipped: {self.first_broken}" if self.broken else None


class Batch(NamedTuple):
    """What was read since the batch before; all batches together are the digest."""

    whole: Summary
    """From here reading can go on when the file has grown: up to here there are whole runs only."""
    summary: Summary
    """Of all that was read."""
    first: int
    """Turns from this number on are replaced by `turns`."""
    turns: list[Turn]
    is_last: bool


class Known(NamedTuple):
    """What an earlier reading has left."""

    whole: Summary
    run_ids: Sequence[str]
    """Of its whole runs, in order."""


def digest(file: BufferedReader, known: Known | None, rest: Callable[[], None]) -> Iterator[Batch]:
    """Read a transcript, from where `known` ends if the file still begins as it did then.

    Calls `rest` with every few lines, for the caller to give way or to stop by an error.

    Raises:
        TranscriptError: the file cannot be read.
    """
    start = known if known is not None and _still_begins(file, known.whole) else Known(Summary(), ())
    file.seek(start.whole.read_to)
    yield from _Digest(file, start, rest).batches()


_OURS = "tickertape"
_FAILED = frozenset(
    {
        RunStatus.MODEL_ERROR,
        RunStatus.UNAVAILABLE,
        RunStatus.INTERNAL_ERROR,
        RunStatus.ITERATION_LIMIT,
        RunStatus.TRUNCATED,
    }
)
_DROPPED = Run(id="", question="", started=0)
"""Stands in a conversation for a run that was read: the reducer counts them."""


def _after(known: Known) -> Conversation:
    """The state of the reducer after runs that are not kept."""
    conversation = Conversation.of_runs([Run(id=run_id, question="", started=0) for run_id in known.run_ids], None)
    conversation.runs = [_DROPPED] * len(known.run_ids)
    conversation.is_partial = bool(known.run_ids)
    if known.run_ids:
        conversation.apply(ev.Custom(timestamp=known.whole.clock, name=""))  # changes nothing but its clock
    return conversation


class _Digest:
    """One reading of one file."""

    def __init__(self, file: BufferedReader, known: Known, rest: Callable[[], None]) -> None:
        start = known.whole
        self._file = file
        self._start = start
        self._origin, self._origin_lines = start.read_to, start.lines
        self._rest = rest
        self._whole = start
        self._now = msgspec.structs.replace(start)
        self._crc = start.crc
        self._crc_to = start.read_to
        self._conversation = _after(known)
        self._turns: list[Turn] = []
        self._size = 0

    def batches(self) -> Iterator[Batch]:
        """The digest, in pieces of about a million characters."""
        apply, now = self._conversation.apply, self._now
        line = None
        # This loop sees every event there is: what need not be done for each is done where a run begins or ends.
        for line in read_lines(self._file):
            if not line.number % _LINES_AT_ONCE:
                self._rest()
            event = line.event
            if event is None:
                where = f"line {self._origin_lines + line.number}: " if line.number else ""
                now.broken += 1
                now.first_broken = now.first_broken or f"{where}{line.problem}"
                continue
            apply(event)
            if now.created is None and event.timestamp is not None and event.timestamp >= EARLIEST:
                now.created = event.timestamp
            if type(event) in _BOUNDARIES:
                yield from self._boundary(line, event)
            elif not now.has_events:
                now.has_events = type(event) is not ev.Unknown
        if line is not None:
            self._note(line)
        self._drop_runs(len(self._conversation.runs))
        yield self._batch(is_last=True)

    def _boundary(self, line: Line, event: ev.Event) -> Iterator[Batch]:
        """A run begins or ends."""
        self._note(line)
        self._now.has_events = True
        if isinstance(event, ev.RunStarted):
            self._note_start(event)
        runs = self._conversation.runs
        # A turn that waits for something goes on where it comes.
        is_whole = self._conversation.is_settled
        self._drop_runs(len(runs) if is_whole else len(runs) - 1)
        if is_whole and line.end:  # where it is in the file, so that reading can go on from there
            self._whole = msgspec.structs.replace(self._now)
            if self._size >= _BATCH:
                yield self._batch(is_last=False)

    def _drop_runs(self, count: int) -> None:
        """Keep of the first runs only what is indexed."""
        runs = self._conversation.runs
        for place in range(self._now.turns, count):
            run, runs[place] = runs[place], _DROPPED
            self._conversation.is_partial = True
            self._now.turns += 1
            turn = _turn(run, self._now.turns, self._now.origin or _OURS)
            self._now.title = self._now.title or turn.question
            self._turns.append(turn)
            self._size += sum(len(part.text) for part in turn.parts)

    def _batch(self, *, is_last: bool) -> Batch:
        for block in _blocks(self._file, self._crc_to, self._whole.read_to):
            self._rest()
            self._crc = zlib.crc32(block, self._crc)
        self._crc_to = self._whole.read_to
        self._whole.crc = self._crc
        batch = Batch(self._whole, msgspec.structs.replace(self._now), self._start.turns + 1, self._turns, is_last)
        self._start, self._turns, self._size = self._whole, [], 0
        self._conversation.call_ids.clear()
        return batch

    def _note(self, line: Line) -> None:
        """Keep how far reading has come."""
        now = self._now
        now.read_to = self._origin + line.end if line.end else 0
        now.lines = self._origin_lines + line.number
        if line.event is not None and line.event.timestamp is not None:
            now.clock = line.event.timestamp
            now.updated = now.clock if now.clock >= EARLIEST else now.updated

    def _note_start(self, event: ev.RunStarted) -> None:
        now, metadata = self._now, event.metadata or {}
        now.model = _string(metadata.get("model")) or now.model
        self._note_parent(event, _string(metadata.get("parentSession")))
        now.origin, now.timing = _origin(metadata) or (now.origin, now.timing)
        version = metadata.get("format")
        now.format = max(now.format, version if type(version) is int else 0)

    def _note_parent(self, event: ev.RunStarted, parent: str | None) -> None:
        lineage = lineage_of(event)
        if parent is not None and (lineage is None or lineage.branch != "retry"):  # a retry's parent is the session
            self._now.parent, self._now.lineage = parent, None if lineage is None else _bounded(lineage)


_BOUNDARIES = frozenset({ev.RunStarted, ev.RunFinished, ev.RunError, ev.RunCancelled})


def look(path: Path) -> Summary:
    """What the two ends of a file tell, at no more cost than that; the rest of the summary is as of nothing."""
    summary = Summary()
    with suppress(OSError, EventDecodeError), path.open("rb") as file:
        summary.updated = _last_moment(file.fileno())
        event = wire.decode(file.readline(_LONGEST_LOOK))
        if isinstance(event, ev.RunStarted):
            (run,) = Conversation([event]).runs
            summary.title, summary.model = flat(run.question), run.model
            summary.origin, summary.timing = _origin(event.metadata or {}) or (None, None)
        if event.timestamp is not None and event.timestamp >= EARLIEST:
            summary.created = event.timestamp
    return summary


def last_moment(path: Path) -> float | None:
    """When the last event of a file was, by a look at its end, in milliseconds since the epoch; None where it is not
    to be seen there."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return _last_moment(file)
    except OSError:
        return None
    finally:
        os.close(file)


def _last_moment(file: int) -> float | None:
    size = os.fstat(file).st_size
    for length in _TAILS:
        tail = os.pread(file, length, max(size - length, 0))
        for line in reversed(tail.rstrip().rsplit(b"\n", _LAST_LINES)[-_LAST_LINES:]):
            with suppress(EventDecodeError):
                moment = wire.decode(line).timestamp
                if moment is not None and moment >= EARLIEST:
                    return moment
        if length >= size:
            break
    return None


def flat(text: str) -> str:
    """The beginning of `text` on one line, as it stands in a list."""
    return " ".join(text[: 2 * _LONGEST_TITLE].replace("\0", " ").split())[:_LONGEST_TITLE]


def _bounded(lineage: Lineage) -> Lineage:
    """What a list can say of where a session comes from; a stream may say any amount."""
    patch = tuple(flat(one) for one in lineage.patch[:_MOST_PATCHES])
    session, moment, step = map(flat, (lineage.session or "", lineage.moment, lineage.step))
    return replace(lineage, session=session, moment=moment, step=step, patch=patch)


# A file that was read before


def _still_begins(file: BufferedReader, known: Summary) -> bool:
    """Whether the bytes that `known` was made of are still there, and end with a line's end."""
    crc, length, last = 0, 0, b"\n"
    for block in _blocks(file, 0, known.read_to):
        crc = zlib.crc32(block, crc)
        length += len(block)
        last = block
    return (length, crc) == (known.read_to, known.crc) and last.endswith(b"\n")


def _blocks(file: BufferedReader, start: int, end: int) -> Iterator[bytes]:
    """The bytes between two places; reading by lines goes on where it was."""
    while start < end and (block := os.pread(file.fileno(), min(_BLOCK, end - start), start)):
        yield block
        start += len(block)


# Texts


def _turn(run: Run, number: int, origin: str) -> Turn:
    return Turn(
        number=number,
        run_id=run.id,
        question=flat(run.question),
        status=run.status,
        is_waiting=run.is_waiting,
        started=run.started,
        parts=[Part(kind, text[:_LONGEST_PART]) for kind, text in chain(_texts(run), _facts(run, origin)) if text],
    )


def _texts(run: Run) -> Iterator[tuple[MatchKind, str]]:
    yield MatchKind.QUESTION, run.question
    answers = {item.call_id: item for item in run.messages if len(item.fragments)}
    for item in (item for step in run.steps for item in step.items):
        if isinstance(item, Message):
            yield MatchKind.ANSWER, item.fragments.text
        # The call that the answer is decoded from would be found a second time, by its own words.
        elif isinstance(item, ToolCall) and item.id not in answers:
            yield MatchKind.TOOL, item.name
            yield MatchKind.ARGUMENTS, _readable(item.fragments.text)
            yield MatchKind.RESULT, item.result or ""
    if run.answer and all(item.fragments.text != run.answer for item in run.messages):
        yield MatchKind.ANSWER, run.answer


def _facts(run: Run, origin: str) -> Iterator[tuple[MatchKind, str]]:
    yield MatchKind.FACT, fact("from", origin)
    if run.model:
        yield MatchKind.FACT, fact("model", run.model)
    for name in dict.fromkeys(call.name for call in run.calls):
        yield MatchKind.FACT, fact("tool", name)
    if run.status in _FAILED or any(call.status is CallStatus.FAILED for call in run.calls):
        yield MatchKind.FACT, "failed"


def _origin(metadata: dict[str, Any]) -> tuple[str | None, str | None] | None:
    """The program that wrote an imported session, and what its times are worth."""
    origin = metadata.get("origin")
    if not isinstance(origin, dict):
        return None
    return _string(origin.get("program")), _string(origin.get("timing"))


def _readable(arguments: str) -> str:
    """Arguments as one reads them: names and values without JSON's signs and escapes, where they are whole."""
    try:
        value = msgspec.json.decode(arguments)
    except (ValueError, RecursionError):
        return _ESCAPE.sub(lambda match: well_formed(chr(int(match[1], 16))), arguments)
    return ", ".join(_leaves(value))


def _leaves(value: Any, name: str = "") -> Iterator[str]:
    """Each value that holds no other, after its name."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, key)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item, name)
    else:
        text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
        yield f"{name}: {text}" if name else text


def _string(value: Any) -> str | None:
    return value if isinstance(value, str) else None
