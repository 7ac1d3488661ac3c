"""Reads a transcript for what the library keeps of it: a summary for lists, and the texts of each turn for searches.

It reads a file run by run with the one reducer and drops what it has read, so that the memory it takes is that of the
longest run; it goes on from where it stopped when the file has grown. Knows no index and no folder.
"""

import os
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from io import BufferedReader
from typing import NamedTuple

import msgspec

from agent.conversation.lineage import Lineage, lineage_of
from agent.conversation.reducer import Conversation
from agent.conversation.run import Run
from agent.events import types as ev
from agent.events.framing import Line
from agent.figures import EARLIEST
from agent.library.digests.summary import Summary, flat, told_origin, told_text
from agent.library.digests.turns import Turn, turn_of
from agent.reading.lines import read_lines

__all__ = ["Batch", "Known", "digest"]

_MOST_PATCHES = 20
"""Of what was made otherwise in a session, that lists tell."""
_BATCH = 2**20
"""Characters of text after which a batch is handed out."""
_BLOCK = 2**20
_LINES_AT_ONCE = 16
"""Lines that are read without a rest: well under a millisecond."""


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
            turn = turn_of(run, self._now.turns, self._now.origin or _OURS)
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
        now.model = told_text(metadata.get("model")) or now.model
        self._note_parent(event, told_text(metadata.get("parentSession")))
        now.origin, now.timing = told_origin(metadata) or (now.origin, now.timing)
        version = metadata.get("format")
        now.format = max(now.format, version if type(version) is int else 0)

    def _note_parent(self, event: ev.RunStarted, parent: str | None) -> None:
        lineage = lineage_of(event)
        if parent is not None and (lineage is None or lineage.branch != "retry"):  # a retry's parent is the session
            self._now.parent, self._now.lineage = parent, None if lineage is None else _bounded(lineage)


_BOUNDARIES = frozenset({ev.RunStarted, ev.RunFinished, ev.RunError, ev.RunCancelled})


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
