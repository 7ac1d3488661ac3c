"""A stream that was written elsewhere becomes a session: looked through first, then copied, byte for byte."""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

from agent.errors import TranscriptError
from agent.library.index.digest import Summary, digest
from agent.library.metadata import refused
from agent.transcripts.folders import Sessions, make_private_folder
from agent.transcripts.session import new_session_id

__all__ = ["import_transcript"]


def import_transcript(source: Path, sessions: Sessions) -> tuple[str, bool]:
    """Copy a stream into the folder, there whole or not at all; gives its new id, and whether it has a question.

    Raises:
        TranscriptError: the file cannot be read, or there is no event in it.
        LibraryError: the copy cannot be written.
    """
    summary = _look_through(source)
    session_id = new_session_id(_moment(summary.created))
    path = sessions.path(session_id)
    new = path.with_name(f".{session_id}")
    try:
        make_private_folder(sessions.folder)
        try:
            with source.open("rb") as file, open(new, "xb", opener=_private) as copy:
                shutil.copyfileobj(file, copy)
                copy.flush()
                os.fsync(copy.fileno())
            new.rename(path)
        finally:
            new.unlink(missing_ok=True)
    except OSError as error:
        raise refused(path, error) from error
    return session_id, bool(summary.title)


def _look_through(source: Path) -> Summary:
    """What a stream holds.

    Raises:
        TranscriptError: it cannot be read, or there is no event in it.
    """
    summary = Summary()
    try:
        with source.open("rb") as file:
            for batch in digest(file, None, lambda: None):
                summary = batch.summary
            is_empty = not os.fstat(file.fileno()).st_size
    except OSError as error:
        raise TranscriptError(f"{source}: {error.strerror or error}") from error
    if not summary.has_events:
        raise TranscriptError(f"{source} is empty" if is_empty else f"{source} is {summary.problem}")
    return summary


def _moment(created: float | None) -> datetime | None:
    """When the stream was begun, so that its id sorts among the others; None where it does not say."""
    try:
        return None if created is None else datetime.fromtimestamp(created / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC, 0o600)
