"""The events of a recording, kept as the lines that they came in, and decoded where one is asked for.

A long recording is hardly ever looked at whole: what it comes to is folded while it is read, and a jump folds one run
anew. So its events cost no time and no memory until somebody comes near them: the lines of a large one lie in a file
without a name, which is gone with it.
"""

import os
import tempfile
import weakref
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from operator import attrgetter, itemgetter
from threading import Thread
from typing import overload

from agent.errors import EventDecodeError
from agent.events.types import Event
from agent.events.wire import decode, decode_lines

__all__ = ["RecordedEvents", "events_of"]

_IN_MEMORY = 2**23
"""Bytes of lines that are kept in memory; those behind them are put aside."""


def events_of(lines: bytes | list[bytes]) -> list[Event]:
    """The events of lines that are known to be events, in one piece or one by one."""
    found: list[Event] = []
    try:
        _decode(lines, found)
    except EventDecodeError:  # nested so deep that it takes as shallow a stack as where they were read
        thread = Thread(target=_decode, args=[lines, found])
        thread.start()
        thread.join()
    return found


def _decode(lines: bytes | list[bytes], found: list[Event]) -> None:
    events = decode_lines(lines) if isinstance(lines, bytes) else [decode(line) for line in lines]
    if events is None:
        raise EventDecodeError("not all events")
    found += events


class _Aside:
    """Bytes that lie in a file without a name, readable by nobody else. Any thread may read them."""

    def __init__(self) -> None:
        """Make it.

        Raises:
            OSError: there is no place for it.
        """
        self._file, path = tempfile.mkstemp(prefix="tickertape-")
        weakref.finalize(self, os.close, self._file)
        os.unlink(path)
        self._size = 0

    def put(self, data: bytes) -> "_Place":
        """Put bytes aside; gives where they lie.

        Raises:
            OSError: there is no room for all of them, and none is kept.
        """
        start, left = self._size, memoryview(data)
        while left:
            left = left[os.pwrite(self._file, left, start + len(data) - len(left)) :]
        self._size = start + len(data)
        return _Place(self, start, len(data))

    def read(self, start: int, size: int) -> bytes:
        """What lies there.

        Raises:
            OSError: the disk does not give it back.
        """
        return os.pread(self._file, size, start)


@dataclass(slots=True, frozen=True)
class _Place:
    """Where lines were put."""

    file: _Aside
    start: int
    size: int

    @property
    def lines(self) -> bytes:
        return self.file.read(self.start, self.size)


@dataclass(slots=True, eq=False)
class _Piece:
    """Lines that were read in one go."""

    kept: bytes | list[bytes] | _Place
    count: int
    """How many of their events are kept."""
    start: int
    """The number of the first."""
    decoded: list[Event] | None = None
    """Its events, once one was asked for."""

    @property
    def lines(self) -> bytes | list[bytes]:
        """They, in one piece or one by one."""
        return self.kept.lines if isinstance(self.kept, _Place) else self.kept

    def split(self) -> list[bytes]:
        """The lines one by one."""
        lines = self.lines
        return lines.split(b"\n") if isinstance(lines, bytes) else lines


class RecordedEvents(Sequence[Event]):
    """As they came: what tells no moment has none, and `moment` says where it was played."""

    def __init__(self) -> None:
        self._pieces: list[_Piece] = []
        self._cut: tuple[_Piece | None, list[bytes]] = (None, [])
        """The piece that was split last, and its lines."""
        self._filled: list[tuple[int, array[float]]] = []
        """Moments of events whose lines need not tell them, each time from an event's number on."""
        self._read = self._count = 0
        """How many lines there are, and to how many of their events there is a moment, which makes them events."""
        self._size = 0
        """How many bytes they are."""
        self._aside: _Aside | None = None
        """Where those lie that are more than is kept in memory; there is none where the disk takes no more."""

    def add(self, lines: bytes | list[bytes], count: int, known: int, moments: "array[float] | None") -> None:
        """Take `count` more lines, and count `known` more of all events so far in.

        `moments` are those of these `known`, in ms since the epoch; None where their lines tell. Lines may come
        before the moments of their events.
        """
        if count:
            self._pieces.append(_Piece(self._kept(lines), count, self._read))
            self._read += count
        if moments is not None:
            self._filled.append((self._count, moments))
        self._count += known

    def _kept(self, lines: bytes | list[bytes]) -> bytes | list[bytes] | _Place:
        """Lines as they are kept: few in memory, more aside, as long as there is room."""
        if not isinstance(lines, bytes) or self._size < _IN_MEMORY:
            self._size += len(lines) if isinstance(lines, bytes) else sum(map(len, lines))
            return lines
        with suppress(OSError):
            self._aside = self._aside or _Aside()
            return self._aside.put(lines)
        return lines

    def raw(self, number: int) -> bytes:
        """The JSON of an event as it came, without the line end."""
        piece = self._piece(number)
        if self._cut[0] is not piece:  # one at a time: they take as much memory again
            self._cut = piece, piece.split()
        return self._cut[1][number - piece.start]

    def raws(self, start: int, stop: int) -> Iterator[bytes]:
        """Those of many events, which are found together."""
        while start < stop:
            piece = self._piece(start)
            yield from piece.split()[start - piece.start : min(stop - piece.start, piece.count)]
            start = piece.start + piece.count

    def moment(self, number: int) -> float:
        """When an event was, in ms since the epoch; of one that does not tell, between those around it."""
        told = self[number].timestamp
        if told is not None:
            return told
        start, moments = self._filled[bisect_right(self._filled, number, key=itemgetter(0)) - 1]
        return moments[number - start]

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> Event: ...

    @overload
    def __getitem__(self, index: slice) -> list[Event]: ...

    def __getitem__(self, index: int | slice) -> Event | list[Event]:
        if isinstance(index, slice):
            start, stop, step = index.indices(len(self))
            return self._between(start, stop) if step == 1 else [self[number] for number in range(start, stop, step)]
        number = range(len(self))[index]
        piece = self._piece(number)
        return self._decoded(piece)[number - piece.start]

    def _between(self, start: int, stop: int) -> list[Event]:
        found: list[Event] = []
        while start < stop:
            piece = self._piece(start)
            found += self._decoded(piece)[start - piece.start : stop - piece.start]
            start = piece.start + piece.count
        return found

    def _piece(self, number: int) -> _Piece:
        return self._pieces[bisect_right(self._pieces, number, key=attrgetter("start")) - 1]

    def _decoded(self, piece: _Piece) -> list[Event]:
        if piece.decoded is None:
            piece.decoded = events_of(piece.lines)
        return piece.decoded
