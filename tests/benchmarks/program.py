"""A program in a pseudo-terminal, recorded as it runs: what it wrote and when, its processor time and its memory.

Recording does as little as can be, so that it takes nothing from the program; what the bytes mean is found out
afterwards. Reads `/proc`, so it needs Linux. All times are of the system's monotonic clock.
"""

import fcntl
import os
import re
import signal
import struct
import subprocess
import termios
import threading
import time
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

__all__ = ["CTRL_Q", "ENTER", "Program", "Sample"]

ENTER, CTRL_Q = "\r", "\x11"

_DEADLINE = 60.0
_SAMPLING = 0.05
_POLL = 0.004
_QUIET_SECONDS = 0.5
_QUIET_SHARE = 0.03
_ENOUGH_TEXT = 100
"""Characters that can be seen, blanks not counted, from which on there is a first frame: boxes are drawn of some."""
_MODE_QUERY = re.compile(rb"\x1b\[\?(\d+)\$p")
_SYNCHRONISED = b"2026"
_ESCAPES = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]P_^X][^\x07\x1b]*(?:\x07|\x1b\\)|[()][0-9A-Z]|[ -/]*[0-~])")
_MEGABYTE = 2**20
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Sample(NamedTuple):
    """What the program had used at a moment."""

    time: float
    cpu: float
    """Seconds of processor time since its start."""
    memory: float
    """Resident megabytes."""


class Program:
    """Runs a command until the `with` block is left; what is still running then is killed."""

    def __init__(
        self, command: Sequence[str], env: Mapping[str, str], *, cwd: Path, columns: int = 120, rows: int = 40
    ) -> None:
        self.written = bytearray()
        """All that it wrote so far."""
        self.samples: list[Sample] = []
        self.ended: float | None = None
        self._chunk_ends: list[int] = []
        self._chunk_times: list[float] = []
        self._master, slave = os.openpty()
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, env=env, cwd=cwd, start_new_session=True
        )
        os.close(slave)
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._record, self._sample)]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)  # a child of it would hold the terminal open
        self.process.wait()
        for thread in self._threads:
            thread.join()
        os.close(self._master)

    # What the user does

    def send(self, keys: str) -> float:
        """Type; gives the moment."""
        moment = time.monotonic()
        os.write(self._master, keys.encode())
        return moment

    def wait_exit(self) -> float:
        """Wait for the end; gives its moment."""
        self.wait_until(lambda: self.ended is not None, "the program's end")
        assert self.ended is not None
        return self.ended

    # What was seen

    def wait_for(self, text: str, *, since: int = 0, deadline: float = _DEADLINE) -> float:
        """Wait until `text` is written, anywhere after the first `since` bytes; gives the moment it was."""
        needle, place, start = text.encode(), -1, since

        def is_there() -> bool:
            nonlocal place, start
            end = len(self.written)
            place = self.written.find(needle, start, end)
            start = max(since, end - len(needle))
            return place >= 0

        self.wait_until(is_there, repr(text), deadline)
        return self.time_of(place + len(needle))

    def wait_first_frame(self) -> float:
        """Wait until there is something to see; gives the moment."""
        self.wait_until(lambda: _visible(self.written) >= _ENOUGH_TEXT, "a first frame")
        ends = (end for end in self._chunk_ends if _visible(self.written[:end]) >= _ENOUGH_TEXT)
        return self.time_of(next(ends))

    def time_of(self, offset: int) -> float:
        """When the first `offset` bytes had been written."""
        return self._chunk_times[bisect_left(self._chunk_ends, offset)]

    def offset_at(self, moment: float) -> int:
        """How much had been written at a moment."""
        index = bisect_left(self._chunk_times, moment)
        return self._chunk_ends[index - 1] if index else 0

    # What it used

    def settle(self) -> None:
        """Wait until it does nothing any more."""
        began = time.monotonic()

        def is_quiet() -> bool:
            now = self.samples[-1].time if self.samples else began
            return now - began > _QUIET_SECONDS and self.cpu(now - _QUIET_SECONDS, now) < _QUIET_SHARE * _QUIET_SECONDS

        self.wait_until(is_quiet, "quiet")

    def cpu(self, start: float, end: float) -> float:
        """Seconds of processor time used between two moments."""
        return self._cpu_at(end) - self._cpu_at(start)

    def memory_at(self, moment: float) -> float:
        """Resident megabytes at a moment."""
        return self.samples[min(self._sample_after(moment), len(self.samples) - 1)].memory

    @property
    def peak_memory(self) -> float:
        """The most megabytes that were ever resident."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024 / _MEGABYTE

    def _cpu_at(self, moment: float) -> float:
        after = self._sample_after(moment)
        if after == 0 or after == len(self.samples):
            return self.samples[min(after, len(self.samples) - 1)].cpu
        one, two = self.samples[after - 1], self.samples[after]
        return one.cpu + (two.cpu - one.cpu) * (moment - one.time) / (two.time - one.time)

    def _sample_after(self, moment: float) -> int:
        return bisect_left(self.samples, moment, key=lambda sample: sample.time)

    def wait_until(self, is_so: Callable[[], bool], what: str, deadline: float = _DEADLINE) -> None:
        """Wait for a state, so many seconds at most.

        Raises:
            AssertionError: it did not come; the last that the program wrote is told.
        """
        latest = time.monotonic() + deadline
        while not is_so():
            if time.monotonic() > latest or (self.ended is not None and not is_so()):
                text = _ESCAPES.sub(b" ", bytes(self.written[-4_000:])).decode(errors="replace")
                raise AssertionError(f"{what} never came; the last that was written:\n{text}")
            time.sleep(_POLL)

    # Recording, in threads of their own

    def _record(self) -> None:
        while True:
            try:
                data = os.read(self._master, 65536)
            except OSError:  # how Linux tells that nobody holds the other end any more
                data = b""
            now = time.monotonic()
            if not data:
                self.ended = now
                return
            self._chunk_times.append(now)
            self._chunk_ends.append(len(self.written) + len(data))
            self.written += data  # last: who sees it can ask when it came
            for mode in _MODE_QUERY.findall(data) if b"$p" in data else ():
                os.write(self._master, b"\x1b[?%s;%d$y" % (mode, 2 if mode == _SYNCHRONISED else 0))

    def _sample(self) -> None:
        while self.ended is None:
            try:
                fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                return
            ticks = int(fields[11]) + int(fields[12])
            self.samples.append(Sample(time.monotonic(), ticks / _TICKS, int(fields[21]) * _PAGE / _MEGABYTE))
            time.sleep(_SAMPLING)


def _visible(written: bytearray) -> int:
    """How many characters of it can be seen."""
    return len(b"".join(_ESCAPES.sub(b"", bytes(written)).split()))
