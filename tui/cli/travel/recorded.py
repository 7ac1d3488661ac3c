"""The recordings that a command line names: files, or saved sessions by their ids."""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from agent.errors import SessionNotFound, TranscriptError, UsageError
from agent.formats.imports.opening import open_viewed
from agent.settings.settings import Settings
from agent.transcripts.folders import Sessions

if TYPE_CHECKING:
    from agent.recordings.recording import Recording

__all__ = ["find_recorded", "read_recorded"]


def find_recorded(settings: Settings, named: str) -> Path:
    """The file that is named, or that of the session of that id.

    Raises:
        UsageError: there is neither.
        SessionNotFound: the id could be several sessions.
    """
    path = Path(named).expanduser()
    if path.is_dir():
        raise UsageError(f"{path} is a folder: name a recording in it")
    if path.exists():
        return path
    with suppress(SessionNotFound):
        return Sessions(settings.data_dir).find(named)
    raise UsageError(f"there is neither a file nor a session {named}")


def read_recorded(settings: Settings, named: str) -> "Recording":
    """All of a recording.

    Raises:
        UsageError: there is none of that name.
        TranscriptError: there is no event in it, or it cannot be read.
    """
    from agent.recordings.recording import Recording  # most command lines read none

    recording = Recording(find_recorded(settings, named), formats=open_viewed)
    recording.read()
    if not len(recording):
        raise TranscriptError(recording.problems[0] if recording.problems else f"{named}: no event in it")
    return recording
