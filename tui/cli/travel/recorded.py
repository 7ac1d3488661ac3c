"""Reads the recordings that a command line names."""

from typing import TYPE_CHECKING

from agent.errors import TranscriptError
from agent.formats.imports.opening import open_viewed
from agent.library.naming import find_recorded
from agent.settings.settings import Settings

if TYPE_CHECKING:
    from agent.recordings.recording import Recording

__all__ = ["read_recorded"]


def read_recorded(settings: Settings, named: str) -> "Recording":
    """All of a recording.

    Raises:
        UsageError: there is none of that name.
        TranscriptError: there is no event in it, or it cannot be read.
    """
    from agent.recordings.recording import Recording  # most command lines read none

    recording = Recording(find_recorded(settings.data_dir, named), formats=open_viewed)
    recording.read()
    if not len(recording):
        raise TranscriptError(recording.problems[0] if recording.problems else f"{named}: no event in it")
    return recording
