"""Keeping the index of a data folder true to its files and to what was said of them, and knowing whether it is."""

import threading
from collections.abc import Callable
from contextlib import suppress

from agent.library.index.tables import Index
from agent.library.index.updating import Pace, SavedFile, Stopped, index_file, index_files
from agent.library.metadata import MetadataFolder
from agent.transcripts.folders import Sessions, is_session_id, stamps

__all__ = ["IndexKeeper"]


class IndexKeeper:
    """Brings the index up to date, all of it or one session."""

    def __init__(self, index: Index, saved: Sessions, trash: Sessions, metadata: MetadataFolder) -> None:
        self._index = index
        self._saved = saved
        self._trash = trash
        self._metadata = metadata
        self._refreshing = threading.Lock()
        self._refreshed: int | None = None
        """Which index was brought up to date."""

    @property
    def needs_refresh(self) -> bool:
        """Whether the index was made anew since it was brought up to date, because it was damaged or gone.

        What it lacks is not found until the next `refresh`, which takes as long as the first.
        """
        return self._refreshed is not None and self._refreshed != self._index.identity

    def refresh(
        self, stop: threading.Event | None, progress: Callable[[int, int], None] | None, *, gentle: bool
    ) -> bool:
        """Bring all of it up to date, as the library says; gives whether anything was changed."""
        with self._refreshing, self._index.kept_open(), suppress(Stopped):
            self._index.remove_older()
            identity = self._index.identity
            has_changed = index_files(self._index, self._files(), Pace(stop, gentle=gentle), progress)
            has_changed = self._index_titles() or has_changed
            self._refreshed = identity
            return has_changed
        return True  # stopped: most likely something was

    def update(self, session_id: str) -> None:
        """Index one saved session as it is now.

        Raises:
            LibraryError: the index cannot be written.
        """
        index_file(self._index, session_id, self._saved.path(session_id))
        self._index.store_titles({session_id: self._metadata.read(session_id).title})

    def _files(self) -> dict[str, SavedFile]:
        """All transcripts: deleted ones too, which then need not be read again when they are restored."""
        return {
            name: SavedFile(sessions, stamp)
            for sessions in (self._trash, self._saved)
            for name, stamp in stamps(sessions.folder).items()
            if is_session_id(name)
        }

    def _index_titles(self) -> bool:
        wanted = {name: metadata.title for name, metadata in self._metadata.all().items()}
        there = self._index.own_titles()
        changes = {name: wanted.get(name) for name in wanted.keys() | there if wanted.get(name) != there.get(name)}
        return self._index.store_titles(changes) if changes else False
