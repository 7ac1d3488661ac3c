"""The one reader of recorded events: bytes in, whatever they are written like, and events out, with their lines.

What reads a file in one go (`read_lines`: export, the library's digest, a fork, an import) and what reads bit by bit
(`Lines`: replays, pipes, sessions, whoever follows a file) get the same events, told of the same problems. It owns no
file, knows no meaning of an event, and changes nothing.
"""

from collections.abc import Iterator
from io import BufferedIOBase, RawIOBase
from pathlib import Path
from typing import NamedTuple

from agent.errors import TranscriptError
from agent.events.encoding import Utf8
from agent.events.framing import CUT_OFF, Framing, Line
from agent.events.types import Event
from agent.events.wire import decode_lines

__all__ = ["Lines", "Taken", "Told", "read_lines"]

_READ = 2**16
"""Bytes that are read at once where each line is looked at."""
_WAITED = 2**20
"""Bytes without a line end after which the line is gone through as far as it came."""
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

    def __init__(self) -> None:
        self._framing = Framing()
        self._rest = bytearray()
        """The beginning of a line whose end has not come yet."""

    @property
    def position(self) -> int:
        """Where the first event begins that has not come whole yet, in bytes."""
        return self._framing.position

    @property
    def number(self) -> int:
        """The line there, from 1."""
        return self._framing.number

    def take(self, data: bytes, *, is_last: bool) -> Taken:
        """What `data` completes; of a stream that has ended, also what is left.

        Nearly always these are lines, an event each: those are decoded all at once.
        """
        framing = self._framing
        if not framing.is_at_rest:
            return _one_by_one(framing.take(data, is_last=is_last))
        whole = self._whole_lines(data, is_last=is_last)
        events = decode_lines(whole) if whole else []
        if events is None:
            whole, events = whole + self._rest, []
            self._rest.clear()
            return _one_by_one(framing.take(whole, is_last=is_last))
        framing.pass_over(len(whole), len(events))
        if not whole and self._is_no_line():
            data = bytes(self._rest)
            self._rest.clear()
            return _one_by_one(framing.take(data, is_last=is_last))
        return Taken(events, whole)

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


def _one_by_one(lines: list[Line]) -> Taken:
    return Taken([line.event for line in lines if line.event is not None], b"", tuple(lines))


def read_lines(source: Path | RawIOBase | BufferedIOBase, *, with_cut: bool = False) -> Iterator[Line]:
    """The events of a file with their lines, in order, and in their places the lines that are none.

    The beginning of an event at the end of a file is being written, or was when a crash came: it is passed over, unless
    `with_cut`.

    `Line.end` is a place in the file only where that is plain text; it is 0 where the file is packed, or in another
    encoding than UTF-8. Why a file cannot be read to its end is the problem of a last line of number 0.

    Raises:
        TranscriptError: the file cannot be opened or read.
    """
    try:
        if isinstance(source, Path):
            with source.open("rb") as file:
                yield from _read_lines(file, with_cut=with_cut)
        else:
            yield from _read_lines(source, with_cut=with_cut)
    except OSError as error:
        raise TranscriptError(f"{source}: {error.strerror or error}") from error


def _read_lines(file: RawIOBase | BufferedIOBase, *, with_cut: bool) -> Iterator[Line]:
    text, lines, is_last = Utf8(), Lines(), False
    while not is_last:
        data, _ = text.read(file, _READ)
        is_last = not data
        start, number = lines.position, lines.number
        taken = lines.take(data, is_last=is_last)
        found = _lines_of(taken, start, number) if taken.block else taken.lines
        for line in found:
            if with_cut or line.problem != CUT_OFF:
                yield line if text.is_plain else line._replace(end=0)
    if text.problem is not None:
        yield Line(0, b"", None, 0, text.problem)


def _lines_of(taken: Taken, start: int, number: int) -> Iterator[Line]:
    """The lines of a block, which begins at byte `start` with line `number`."""
    end, last = start, start + len(taken.block)
    for raw, event in zip(taken.block.split(b"\n"), taken.events, strict=False):
        end = min(end + len(raw) + 1, last)
        yield Line(number, raw, event, end)
        number += 1


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
