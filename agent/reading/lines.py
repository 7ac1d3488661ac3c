"""The one reader of recorded events: bytes in, whatever they are written like, and events out, with their lines.

What reads a file in one go (`read_lines`: export, the library's digest, a fork, an import) and what reads bit by bit
(`Lines`: replays, pipes, sessions, whoever follows a file) get the same events, told of the same problems. It owns no
file, knows no meaning of an event, and changes nothing.
"""

from collections.abc import Iterable, Iterator
from functools import partial
from io import BufferedIOBase, RawIOBase
from itertools import accumulate, count, repeat
from pathlib import Path
from typing import Any, NamedTuple

from agent.errors import EventDecodeError, TranscriptError
from agent.events.encoding import Utf8
from agent.events.framing import CUT_OFF, Framing, Line
from agent.events.types import Event, Unknown
from agent.events.wire import LONGEST_LINE, decode_lines, decode_told
from agent.reading.file import open_source
from agent.reading.foreign import Foreign, Formats, as_json, as_record, as_records, is_document, is_event

__all__ = ["Lines", "Taken", "Told", "read_lines", "read_pieces"]

_READ = 2**16
"""Bytes that are read at once where each line is looked at."""
_WAITED = 2**20
"""Bytes without a line end after which the line is gone through as far as it came."""
_LOOKED_AT = 20
"""Records without a word of whose they are, after which a stream counts as one of events."""
_LONGEST_UNDECIDED = 2 * LONGEST_LINE
"""Bytes after which it counts as one of events too, though no record has come whole."""
_TOLD = 20
"""Problems that are told one by one."""


class Taken(NamedTuple):
    """What a piece of a stream completes."""

    events: list[Event]
    block: bytes = b""
    """Their lines in one piece, where they are lines and nothing else; then `lines` is empty."""
    lines: tuple[Line, ...] = ()
    """Otherwise: those of the events and those that are none, one by one."""

    @property
    def raws(self) -> bytes | list[bytes]:
        """The JSON of the events, in one piece or one by one."""
        return self.block or [line.raw for line in self.lines if line.event is not None]


class Lines:
    """Takes UTF-8 in pieces and gives the events that these complete. How it is cut makes no difference."""

    def __init__(self, formats: Formats | None = None) -> None:
        """`formats` know the streams of other programs."""
        self._formats = formats
        """While it is not decided whose the stream is."""
        self._foreign: Foreign | None = None
        self._framing = Framing() if formats is None else Framing(as_record)
        self._document: bytearray | None = None if formats is None else bytearray()
        """What has come of a stream that may be a document, or is one; None where it is none."""
        self._is_document: bool | None = None
        self._undecided: list[Line] = []
        self._seen = bytearray()
        """What has come of it until then: that of events is read anew, for what is nearly one is no record."""
        self._rest = bytearray()
        """The beginning of a line whose end has not come yet."""

    @property
    def is_foreign(self) -> bool:
        """Whether another program wrote the stream, so that no event stands in it as it is."""
        return self._foreign is not None

    @property
    def position(self) -> int:
        """Where the first event begins that has not come whole yet, in bytes."""
        return self._framing.position

    @property
    def number(self) -> int:
        """The line there, from 1."""
        return self._framing.number

    def take(self, data: bytes, *, is_last: bool, arrived: int | None = None) -> Taken:
        """What `data` completes; of a stream that has ended, also what is left. `arrived` is when it came, where it
        came live, in milliseconds since the epoch.

        Nearly always these are lines, an event each: those are decoded all at once.
        """
        if self._document is not None:
            self._document += data
            if self._is_document is None:
                self._is_document = is_document(self._document, is_last=is_last)
            if self._is_document is not False:
                return self._whole_document(arrived) if is_last else Taken([])
            data, self._document = bytes(self._document), None
        framing = self._framing
        if not framing.is_at_rest:
            return self._one_by_one(data, is_last=is_last, arrived=arrived)
        whole = self._whole_lines(data, is_last=is_last)
        if self._foreign is not None:
            return self._records(self._foreign, whole, is_last=is_last, arrived=arrived)
        events = decode_lines(whole) if whole and not self._undecided else []
        if events is None or self._undecided or (not whole and self._is_no_line()):
            return self._odd_lines(whole, is_last=is_last, arrived=arrived)
        if events and self._formats is not None:
            self._is_ours()
        framing.pass_over(len(whole), len(events))
        return Taken(events, whole)

    def _odd_lines(self, whole: bytes, *, is_last: bool, arrived: int | None) -> Taken:
        """What whole lines are of which not each is an event: they may be of another framing. An unfinished line is
        only gone into where it is part of that, so that the lines behind it can be decoded all at once again."""
        if is_last or self._is_no_line():
            whole += self._rest
            self._rest.clear()
        taken = self._one_by_one(whole, is_last=is_last, arrived=arrived)
        if self._rest and not self._framing.is_at_rest:
            rest = bytes(self._rest)
            self._rest.clear()
            more = self._one_by_one(rest, is_last=False, arrived=arrived)
            taken = _taken([*taken.lines, *more.lines])
        return taken

    def _whole_document(self, arrived: int | None) -> Taken:
        document, self._document = bytes(self._document or b""), None
        if not self._is_document:
            return self.take(document, is_last=True, arrived=arrived)
        try:
            record = as_json(document)
        except EventDecodeError as error:
            return _taken([Line(1, b"", None, 0, str(error))])
        return self._one_by_one(record, is_last=True, arrived=arrived)

    def _one_by_one(self, data: bytes, *, is_last: bool, arrived: int | None) -> Taken:
        lines = self._framing.take(data, is_last=is_last)
        if self._formats is not None:
            lines = self._decided(self._formats, data, lines, is_last=is_last, is_live=arrived is not None)
        if self._foreign is not None:
            lines = self._converted(self._foreign, lines, is_last=is_last, arrived=arrived)
        return _taken(lines)

    # Streams of other programs

    def _records(self, foreign: Foreign, whole: bytes, *, is_last: bool, arrived: int | None) -> Taken:
        """What whole lines of a foreign stream become; nearly always each is a record."""
        records = as_records(whole) if whole else []
        if records is None or is_last or self._is_no_line():
            return self._odd_lines(whole, is_last=is_last, arrived=arrived)
        first = self.number
        self._framing.pass_over(len(whole), len(records))
        events, block = foreign.add_all(records, whole, first, arrived)
        return Taken(events, block)

    def _is_ours(self) -> None:
        self._formats, self._framing.decode = None, decode_told

    def _decided(self, formats: Formats, data: bytes, lines: list[Line], *, is_last: bool, is_live: bool) -> list[Line]:
        """The lines that have come, once one of them shows whose the stream is; none before that."""
        self._seen += data
        self._undecided += lines
        values: list[dict[str, Any]] = []
        for line in self._undecided:
            if isinstance(line.event, Unknown):
                values.append(line.event.data)
                self._foreign = formats(values, is_live)
                if self._foreign is not None:
                    lines, self._undecided = self._undecided, []
                    self._formats = None
                    self._seen.clear()
                    return lines
                if is_event(line.raw):
                    break
        else:
            if len(values) < _LOOKED_AT and len(self._seen) < _LONGEST_UNDECIDED and not is_last:
                return []
        self._undecided, self._framing = [], Framing()
        self._is_ours()
        seen, self._seen = bytes(self._seen), bytearray()
        return self._framing.take(seen, is_last=is_last)

    def _converted(self, foreign: Foreign, lines: list[Line], *, is_last: bool, arrived: int | None) -> list[Line]:
        """What a foreign stream's records become; what is no record stays as it is."""
        found: list[Line] = []
        for line in lines:
            if not isinstance(line.event, Unknown):
                found.append(line)
                continue
            pairs = foreign.add(line.event.data, line.raw, line.number, arrived)
            found += [Line(line.number, raw, event, line.end) for raw, event in pairs]
        if is_last:
            found += [Line(self.number, raw, event, self.position) for raw, event in foreign.end()]
            found += [Line(0, b"", None, self.position, problem) for problem in foreign.problems()]
        return found

    def _whole_lines(self, data: bytes, *, is_last: bool) -> bytes:
        """The lines that are whole now; of a stream that has ended, the unfinished one too."""
        end = len(data) if is_last else data.rfind(b"\n") + 1
        whole = b""
        if end or is_last:
            whole = b"".join((self._rest, memoryview(data)[:end]))
            self._rest.clear()
        self._rest += memoryview(data)[end:]
        return whole

    def _is_no_line(self) -> bool:
        """Whether what has come of a line need not, or will not, end with a line feed."""
        rest = self._rest
        return len(rest) > _WAITED or rest.startswith((b"[", b" ")) or b"\r" in memoryview(rest)[:-1].tobytes()


def _taken(lines: list[Line]) -> Taken:
    return Taken([line.event for line in lines if line.event is not None], b"", tuple(lines))


def read_lines(
    source: Path | RawIOBase | BufferedIOBase, formats: Formats | None = None, *, with_cut: bool = False
) -> Iterator[Line]:
    """The events of a file with their lines, in order, and in their places the lines that are none. `formats` know the
    streams of other programs.

    The beginning of an event at the end of a file is being written, or was when a crash came: it is passed over, unless
    `with_cut`.

    `Line.end` is a place in the file only where that is plain text; it is 0 where the file is packed, in another
    encoding than UTF-8, or another program's. Why a file cannot be read to its end is the problem of a last line of
    number 0.

    Raises:
        TranscriptError: the file cannot be opened or read.
    """
    for taken, start, number in _read(source, formats):
        if taken.block:
            yield from _lines_of(taken, start, number)
            continue
        for line in taken.lines:
            if with_cut or line.problem != CUT_OFF:
                yield line if start is not None or not line.end else line._replace(end=0)


def read_pieces(source: Path | RawIOBase | BufferedIOBase, formats: Formats | None = None) -> Iterator[Taken]:
    """What `read_lines` gives with all that is cut off, piece by piece: for whoever can take many lines at once.

    Raises:
        TranscriptError: the file cannot be opened or read.
    """
    return (taken for taken, _, _ in _read(source, formats))


def _read(
    source: Path | RawIOBase | BufferedIOBase, formats: Formats | None
) -> Iterator[tuple[Taken, int | None, int]]:
    """The pieces of a file; of each, at which byte its first line begins, where it stands so in the file, and that
    line's number."""
    try:
        if isinstance(source, Path):
            with open_source(source, formats) as file:
                yield from _read_open(file, formats)
        else:
            yield from _read_open(source, formats)
    except OSError as error:
        raise TranscriptError(f"{source}: {error.strerror or error}") from error


def _read_open(file: RawIOBase | BufferedIOBase, formats: Formats | None) -> Iterator[tuple[Taken, int | None, int]]:
    text, lines, is_last = Utf8(), Lines(formats), False
    while not is_last:
        data, _ = text.read(file, _READ)
        is_last = not data
        start, number = lines.position, lines.number
        taken = lines.take(data, is_last=is_last)
        yield taken, start if text.is_plain and not lines.is_foreign else None, number
    if text.problem is not None:
        yield _taken([Line(0, b"", None, 0, text.problem)]), 0, 0


# Thousands of lines are made without a step of Python for any of them.
_LINE = partial(tuple.__new__, Line)


def _lines_of(taken: Taken, start: int | None, number: int) -> Iterator[Line]:
    """The lines of a block, which begins at byte `start` with line `number`; None where it does not stand so in the
    file."""
    raws = taken.block.split(b"\n")
    ends: Iterable[int] = repeat(0)
    if start is not None:
        ends = [*accumulate([len(raw) + 1 for raw in raws], initial=start)][1:]
        ends[-1] -= 1  # the last has no line end; or it is none, behind the last line end
    return map(_LINE, zip(count(number), raws, taken.events, ends, repeat(None), repeat(()), strict=False))


class Told:
    """Puts into words what is wrong with the lines of a stream: each problem once, and not too many of them."""

    def __init__(self, *, is_cut_told: bool = True) -> None:
        """`is_cut_told`: whether a last line without its end is a problem; the writer of a session may be at it."""
        self._is_cut_told = is_cut_told
        self._broken = 0
        self._left_out: set[str] = set()

    def of(self, line: Line) -> list[str]:
        """What to say of a line, a sentence each."""
        if line.problem is None:
            return [f"line {line.number}: {what}" for what in line.left_out if self._is_new(what)]
        if line.problem == CUT_OFF and not self._is_cut_told:
            return []
        if not line.number:
            return [line.problem]
        self._broken += 1
        if self._broken <= _TOLD:
            return [f"line {line.number} is broken and was skipped: {line.problem}"]
        return [f"more broken lines, from line {line.number} on, were skipped too"] * (self._broken == _TOLD + 1)

    def _is_new(self, what: str) -> bool:
        is_new = what not in self._left_out and len(self._left_out) < _TOLD
        self._left_out.add(what) if is_new else None
        return is_new
