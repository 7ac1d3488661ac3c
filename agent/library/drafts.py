"""What was begun in an input and not sent, or waits to be asked, on disk: nothing that ends the program takes it along.

Small files for each session and instance: two instances that have one session open never write over each other's. A
draft whose instance has ended, however it ended, goes to who opens the session next; so does what waits.
"""

import fcntl
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from agent.transcripts.folders import make_private_folder
from agent.transcripts.lock import is_locked

__all__ = ["Drafts"]

_NEW = "new"
"""Stands in a name for a session without a turn: it has no file, and its id will not come again."""
_TEXT, _WAITING, _LOCK = ".txt", ".json", ".lock"


class Drafts:
    """The drafts in a data folder, as one instance sees them. All of it blocks; a disk that refuses costs the draft.

    Of the methods, those that name a session take '' for one without a turn.
    """

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / "drafts"
        self._instance = f"{os.getpid()}-{uuid4().hex[:8]}"
        self._lock: int | None = None
        """Held as long as the instance lives: its end is seen by others whatever ended it."""

    def save(self, session_id: str, text: str, *, below: bool = False) -> None:
        """Keep `text` as what was begun in a session, whole or not at all; an empty one is forgotten.

        `below` is for what lies under another text, and comes back after that.

        Raises:
            OSError: the system refused.
        """
        self._write(self._path(session_id, below=below), text)

    def save_waiting(self, session_id: str, texts: Sequence[str]) -> None:
        """Keep the questions that wait in a session, oldest first, whole or not at all; none are forgotten.

        Raises:
            OSError: the system refused.
        """
        import json  # here and below: in most starts nothing waits

        self._write(self._path(session_id).with_suffix(_WAITING), json.dumps(texts) if texts else "")

    def _write(self, path: Path, text: str) -> None:
        if not text:
            path.unlink(missing_ok=True)
            return
        self._live()
        new = path.with_suffix(".tmp")
        file = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with open(file, "wb") as writer:
            writer.write(text.encode("utf-8", "replace"))
        new.replace(path)

    def take(self, session_id: str) -> str:
        """What was begun in a session by this instance or by one that has ended; the latest of several.

        It is this instance's then. '' where there is nothing.
        """
        with suppress(OSError):
            for path in self._found(session_id):
                if self._is_free(path):
                    text = path.read_bytes().decode("utf-8", "replace")
                    self._live()
                    path.replace(self._path(session_id))
                    return text
        return ""

    def take_waiting(self, session_id: str) -> list[str]:
        """The questions that waited in a session of this instance, or of one that has ended; the latest of several.

        They are this instance's then.
        """
        with suppress(OSError, ValueError):
            for path in self._found(session_id, _WAITING):
                if self._is_free(path):
                    import json

                    texts = json.loads(path.read_bytes())
                    self._live()
                    path.replace(self._path(session_id).with_suffix(_WAITING))
                    return [text for text in texts if isinstance(text, str)] if isinstance(texts, list) else []
        return []

    def forget(self, session_id: str) -> None:
        """Remove all that was begun in a session that is gone for good."""
        for path in (*self._found(session_id), *self._found(session_id, _WAITING)):
            path.unlink(missing_ok=True)

    def close(self) -> None:
        """Leave the drafts to whoever comes next."""
        if self._lock is not None:
            self._lock_path(self._instance).unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = None

    def _path(self, session_id: str, *, below: bool = False) -> Path:
        return self._folder / f"{session_id or _NEW}@{self._instance}{'-below' if below else ''}{_TEXT}"

    def _lock_path(self, instance: str) -> Path:
        return self._folder / f"{instance}{_LOCK}"

    def _found(self, session_id: str, kind: str = _TEXT) -> list[Path]:
        """The drafts of a session, or its lists of what waits, the latest first."""
        begins = f"{session_id or _NEW}@"
        try:
            with os.scandir(self._folder) as entries:
                found = [
                    (entry.stat().st_mtime_ns, entry.name)
                    for entry in entries
                    if entry.name.startswith(begins) and entry.name.endswith(kind)
                ]
        except OSError:
            return []
        return [self._folder / name for _time, name in sorted(found, reverse=True)]

    def _is_free(self, path: Path) -> bool:
        """Whether a file is this instance's own, or that of one that has ended."""
        instance = path.stem.partition("@")[2].removesuffix("-below")
        if instance == self._instance:
            return True
        lock = self._lock_path(instance)
        if is_locked(lock):
            return False
        lock.unlink(missing_ok=True)
        return True

    def _live(self) -> None:
        """Be seen as alive by other instances."""
        if self._lock is None:
            make_private_folder(self._folder)
            self._lock = os.open(self._lock_path(self._instance), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX)
