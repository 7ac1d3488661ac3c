"""The files of saved and deleted sessions, and moving them: each change is one atomic step. Knows no index.

Everything here blocks.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from agent.errors import LibraryError, SessionNotFound
from agent.library.drafts import Drafts
from agent.library.metadata import MetadataFolder, changing
from agent.transcripts.folders import FileStamp, Sessions, make_private_folder
from agent.transcripts.lock import lock_transcript

__all__ = ["SessionFiles"]


class SessionFiles:
    """The two folders of a data folder: sessions, and the trash."""

    def __init__(self, data_dir: Path, metadata: MetadataFolder) -> None:
        self.saved = Sessions(data_dir)
        self.trash = Sessions(data_dir, "trash")
        self._data_dir = data_dir
        self._metadata = metadata

    def stamp(self, session_id: str, sessions: Sessions | None = None) -> FileStamp:
        """Of a session's file, a saved one's where nothing else is said.

        Raises:
            SessionNotFound: there is none.
        """
        sessions = sessions or self.saved
        try:
            return FileStamp.of(sessions.path(session_id).stat())
        except OSError as error:
            raise SessionNotFound(f"there is no session {session_id} in {sessions.folder}") from error

    def delete(self, session_id: str) -> None:
        """Move a session to the trash; errors as of `restore`."""
        self._move(session_id, self.saved, self.trash)

    def restore(self, session_id: str) -> None:
        """Move a session back from the trash.

        Raises:
            SessionNotFound: there is none.
            SessionLocked: it is open for writing, here or in another instance.
            LibraryError: it cannot be moved.
        """
        self._move(session_id, self.trash, self.saved)

    def purge(self, session_id: str) -> None:
        """Remove a session in the trash for good, with all that was said of it.

        Raises:
            SessionNotFound: there is none in the trash.
            LibraryError: it cannot be removed.
        """
        path = self.trash.path(session_id)
        with changing(self.trash.folder):
            try:
                path.unlink()
            except FileNotFoundError as error:
                raise SessionNotFound(f"there is no session {session_id} in the trash") from error
            # Of a kill here metadata without a session is left, which nothing looks at.
            if not self.saved.path(session_id).exists():
                self._metadata.remove(session_id)
                with suppress(OSError):
                    Drafts(self._data_dir).forget(session_id)

    def replace(self, session_id: str, by: str) -> None:
        """Have another session's file stand in the place of a session's; errors as of `restore`."""
        with self._locked(session_id, self.saved) as path:
            self.saved.path(by).rename(path)

    def _move(self, session_id: str, source: Sessions, target: Sessions) -> None:
        goal = target.path(session_id)
        with self._locked(session_id, source) as path:
            if goal.exists():
                raise LibraryError(f"{goal} is there already: restore or purge that one first")
            make_private_folder(target.folder)
            path.rename(goal)

    @contextmanager
    def _locked(self, session_id: str, sessions: Sessions) -> Iterator[Path]:
        path = sessions.path(session_id)
        with changing(self.trash.folder):
            try:
                lock = lock_transcript(path)
            except FileNotFoundError as error:
                raise SessionNotFound(f"there is no session {session_id} in {sessions.folder}") from error
            try:
                yield path
            finally:
                os.close(lock)
