"""Bringing the index up to date with the files: what is new, what has grown, what is gone; the newest first.

It works in small changes, each of which leaves the index right as far as it goes, and gives way to a screen beside it.
"""

import os
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from agent.errors import TranscriptError
from agent.library.digests.digest import Batch, Known, digest
from agent.library.index.entries import UNSETTLED, Stored
from agent.library.index.tables import Index
from agent.transcripts.folders import FileStamp, Sessions

__all__ = ["Pace", "SavedFile", "Stopped", "index_file", "index_files"]

_SETTLED = 50_000_000
"""Nanoseconds after which the next change to a file surely gives it another time."""
_TOGETHER = 64
"""Sessions that are stored in one change."""
_MOST_TEXT, _MOST_TEXT_ALONE = 2**20, 2**23
"""Characters of text after which they are stored sooner: beside a screen, and where nobody waits for a turn. What is
stored together is sorted together, which makes it the cheaper the more it is."""
_WORK, _REST = 0.002, 0.001
"""Seconds of work beside a screen, and of rest in which the screen gets its turn: shorter than the 5 ms after which
Python would take the turn away, so that the screen never waits that long."""


class Stopped(Exception):
    """Whoever wanted the index brought up to date no longer does."""


class SavedFile(NamedTuple):
    """A transcript, as it was found."""

    sessions: Sessions
    """Where it is."""
    stamp: FileStamp


class Pace:
    """When to stop, and when to rest."""

    def __init__(self, stop: threading.Event | None = None, *, gentle: bool = False) -> None:
        self._stop = stop
        self.is_gentle = gentle
        """Whether it gives way to a screen."""
        self._until = time.perf_counter() + _WORK

    def __call__(self) -> None:
        """To be called with every fraction of a millisecond of work.

        Raises:
            Stopped: it is time to stop.
        """
        if time.perf_counter() < self._until:
            return
        if self._stop is not None and self._stop.is_set():
            raise Stopped
        if self.is_gentle:
            time.sleep(_REST)
        self._until = time.perf_counter() + _WORK


def index_files(
    index: Index,
    files: Mapping[str, SavedFile],
    pace: Pace,
    progress: Callable[[int, int], None] | None = None,
) -> bool:
    """Make the index tell what is in `files` and nothing else; gives whether anything was changed.

    Raises:
        Stopped: by `pace`; what was stored so far is kept, and right.
        LibraryError: the index cannot be written.
    """
    entries = index.entries()
    gone = [session_id for session_id in entries if session_id not in files]
    for start in range(0, len(gone), _TOGETHER):
        index.forget(gone[start : start + _TOGETHER])
        pace()
    stale = [name for name, file in files.items() if name not in entries or entries[name].stamp != file.stamp]
    stale.sort(key=lambda name: files[name].stamp.mtime_ns, reverse=True)
    work = _Indexing(index, pace)
    for done, session_id in enumerate(stale):
        if progress is not None:
            progress(done, len(stale))
        work.take(session_id, files[session_id].sessions.path(session_id))
    work.store()
    if progress is not None and stale:
        progress(len(stale), len(stale))
    return bool(gone) or work.has_changed


def index_file(index: Index, session_id: str, path: Path) -> None:
    """Index one session as it is now.

    Raises:
        LibraryError: the index cannot be written.
    """
    work = _Indexing(index, Pace())
    work.take(session_id, path)
    work.store()


class _Indexing:
    """What was read and is not stored yet."""

    def __init__(self, index: Index, pace: Pace) -> None:
        self._index = index
        self._pace = pace
        self._pending: list[tuple[str, FileStamp, Stored | None, Batch]] = []
        self._text = 0
        self._most_text = _MOST_TEXT if pace.is_gentle else _MOST_TEXT_ALONE
        self.has_changed = False

    def take(self, session_id: str, path: Path) -> None:
        """Read a file, as far as it is not indexed."""
        try:
            with path.open("rb") as file:
                stamp = _settled(FileStamp.of(os.fstat(file.fileno())))
                before = self._index.stored(session_id)
                known = Known(before.whole, self._index.run_ids(session_id, before.whole.turns)) if before else None
                for batch in digest(file, known, self._pace):
                    if before is None or batch.turns or batch.whole != before.whole or stamp.size != before.stamp.size:
                        self.has_changed = True
                    self._pending.append((session_id, stamp, before, batch))
                    before = Stored.by(stamp, batch)
                    self._text += sum(len(part.text) for turn in batch.turns for part in turn.parts)
                    if len(self._pending) >= _TOGETHER or self._text >= self._most_text:
                        self.store()
        except (OSError, TranscriptError):  # gone by now, or not for us to read: the list tells
            self._pending = [item for item in self._pending if item[0] != session_id]

    def store(self) -> None:
        """Put it in the index."""
        if self._pending:
            self._index.store(self._pending)
            self._pending, self._text = [], 0


def _settled(stamp: FileStamp) -> FileStamp:
    """`stamp`, or one that no file has where the file was changed so lately that another change might not show."""
    is_settled = time.time_ns() - stamp.mtime_ns > _SETTLED
    return stamp if is_settled else stamp._replace(inode=UNSETTLED)
