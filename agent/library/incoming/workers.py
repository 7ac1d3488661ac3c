"""Processes that copy files side by side: what one interpreter does with many files, two cores do in half the time.

They only read and write copies that nobody sees yet; sessions are made of these in one place, by whoever asked
(`agent.library.incoming.process` is the other end).
"""

import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import IO, cast

from agent.errors import LibraryError, TranscriptError
from agent.library.incoming.copying import Copied, copy_file
from agent.transcripts.folders import Sessions

__all__ = ["Outcome", "copies"]

Outcome = Copied | TranscriptError | LibraryError
"""What became of a file, or why nothing did."""
_WORTH = 2**23
"""Bytes from which more processes than one are worth their start, which takes a quarter of a second each."""
_MANY = 200
"""Files from which they are, too, whatever their size."""
_MOST = 8
_WAITING = 8
"""Files for each process that may wait for the disk meanwhile: it takes many at once as soon as one."""
_AHEAD = 256
"""Files that are copied while one before them, a large one, still is."""
_NOT_AN_OUTCOME = (OSError, EOFError, pickle.UnpicklingError, AttributeError, ImportError, LookupError, TypeError)
"""What comes of a process that ended before it had answered."""


def copies(data_dir: Path, paths: Sequence[Path], size: int) -> Generator[Outcome, None, None]:
    """Copy files, `size` bytes in all, each as `copy_file` does, and have the disk take them; gives what became of
    each, in their order.

    Closed before its end, it stops, and removes what was copied and not given.
    """
    count = min(os.cpu_count() or 1, len(paths), _MOST)
    if count > 1 and (size >= _WORTH or len(paths) >= _MANY):
        yield from _Workers(data_dir, count).copies(paths)
        return
    sessions = Sessions(data_dir)
    for path in paths:
        try:
            yield _on_disk(copy_file(path, sessions))
        except (TranscriptError, LibraryError) as error:
            yield error


def _on_disk(outcome: Outcome) -> Outcome:
    if isinstance(outcome, Copied):
        try:
            outcome.sync()
        except LibraryError as error:
            return error
    return outcome


class _Workers:
    """Some processes, each with one file at a time."""

    def __init__(self, data_dir: Path, count: int) -> None:
        self._data_dir = data_dir
        self._count = count
        self._idle: SimpleQueue[_Worker | None] = SimpleQueue()
        """Who has nothing to do; None is one that was not started yet."""
        for _ in range(count):
            self._idle.put(None)
        self._started: list[_Worker] = []
        self._is_over = False
        """Whether nobody wants anything more."""

    def copies(self, paths: Sequence[Path]) -> Generator[Outcome, None, None]:
        """As of the function of this name."""
        waiting: deque[Future[Outcome]] = deque()
        with ThreadPoolExecutor(self._count * _WAITING, "copying") as threads:
            try:
                for path in paths:
                    waiting.append(threads.submit(self._copy, path))
                    if len(waiting) > _AHEAD:
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
            finally:
                self._is_over = True
                left = [future for future in waiting if not future.cancel()]
                for worker in self._started:
                    worker.stop()
                for future in left:
                    if isinstance(copied := future.result(), Copied):
                        copied.discard()

    def _copy(self, path: Path) -> Outcome:
        """Have one that is idle copy a file; one that was lost to it is replaced for the next."""
        worker = self._idle.get()
        try:
            if self._is_over:
                raise EOFError
            if worker is None:
                worker = _Worker(self._data_dir)
                self._started.append(worker)
            outcome = worker.copy(path)
        except _NOT_AN_OUTCOME:
            if worker is not None:
                worker.stop()
            self._idle.put(None)
            return TranscriptError(f"{path}: the process that read it has ended too soon")
        self._idle.put(worker)
        return _on_disk(outcome)


class _Worker:
    """One process."""

    def __init__(self, data_dir: Path) -> None:
        # It finds modules where this one does, and not in the folder that the user happens to stand in.
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        self._process = subprocess.Popen(  # noqa: S603 - nothing in it comes from anywhere else
            [sys.executable, "-P", "-m", "agent.library.incoming.process", str(data_dir)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            process_group=0,  # Ctrl+C is meant for this one
        )
        self._input, self._output = cast("IO[bytes]", self._process.stdin), cast("IO[bytes]", self._process.stdout)

    def copy(self, path: Path) -> Outcome:
        """What becomes of a file. Blocks."""
        pickle.dump(path, self._input)
        self._input.flush()
        # From our own child alone, which says nothing but this.
        return cast("Outcome", pickle.load(self._output))  # noqa: S301

    def stop(self) -> None:
        """End it, whatever it does. Harmless a second time."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._input, self._output):
            with suppress(OSError):  # what was still to be said to it
                pipe.close()
