"""What the index knows of a session's file, and how far it has read it. Values only."""

from typing import NamedTuple

import msgspec

from agent.conversation.lineage import Lineage
from agent.library.digests.digest import Batch
from agent.library.digests.summary import Summary
from agent.transcripts.folders import FileStamp

__all__ = ["UNSETTLED", "Entry", "Stored"]

UNSETTLED = -1
"""Stands for the inode of a file that was changed so lately that another change might not show."""
_NOT_WHOLE = -1
"""Stands for the size of a file that is not wholly read."""


class Entry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What is known of one session's file."""

    number: int
    """The index's own for it."""
    id: str
    stamp: FileStamp
    """Of the file when it was read; one that no file has where it may have changed since without a trace."""
    title: str
    """The first question."""
    created: float | None
    updated: float
    """By its last event, or by its file where that is older: a copied file is as new as the copy, a stream may say
    any time."""
    turns: int
    model: str | None
    parent: str | None
    lineage: Lineage | None
    problem: str | None
    origin: str | None
    timing: str | None


class Stored(NamedTuple):
    """How far a session is indexed."""

    stamp: FileStamp
    """Of the file; what is not wholly read has one that no file has."""
    whole: Summary

    @classmethod
    def by(cls, stamp: FileStamp, batch: Batch) -> "Stored":
        """How far it is once a batch of a file with this stamp is stored."""
        return cls(stamp if batch.is_last else stamp._replace(size=_NOT_WHOLE), batch.whole)
