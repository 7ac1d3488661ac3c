"""What the library says of saved sessions: plain values that lists, searches and commands show. Knows no file."""

from dataclasses import dataclass
from enum import StrEnum

import msgspec

from agent.conversation.lineage import Lineage
from agent.conversation.run import RunStatus
from agent.library.words import Piece

__all__ = ["Found", "Match", "MatchKind", "SessionInfo", "TurnInfo"]


class SessionInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One saved session, as it stands in a list. Times are milliseconds since the epoch.

    A list has thousands, and a struct is made in a fifth of the time of a dataclass.
    """

    id: str
    title: str
    """The user's own, else the first question; empty where there is neither."""
    created: float
    updated: float
    """When it was last written to."""
    turns: int | None = None
    """None until the session has been indexed."""
    size: int = 0
    """Bytes."""
    pinned: bool = False
    is_live: bool = False
    """Whether another instance has it open for writing."""
    model: str | None = None
    """Of the last turn."""
    parent: str | None = None
    """The session that it was forked from."""
    lineage: Lineage | None = None
    """From which moment of that, and what was made otherwise, where it says so."""
    origin: str | None = None
    """The program that wrote it, where it was imported."""
    timing: str | None = None
    """What its times are worth, where it was imported (`agent.formats.imports.records.Timing`)."""
    problem: str | None = None
    """What is wrong with its file, in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnInfo:
    """One turn of a saved session."""

    run_id: str
    number: int
    """From 1."""
    question: str
    status: RunStatus
    is_cut_off: bool = False
    """Whether its file ends before it, and nobody writes on: it counts as interrupted."""
    is_waiting: bool = False
    """Whether it has ended and waits for an answer from outside."""
    started: float
    """Milliseconds since the epoch."""


class MatchKind(StrEnum):
    """Where in a session a word was found."""

    TITLE = "title"
    QUESTION = "question"
    ANSWER = "answer"
    TOOL = "tool"
    """A tool's name."""
    ARGUMENTS = "arguments"
    RESULT = "result"
    FACT = "fact"
    """Who wrote the session, its model, a tool that was called, or that something failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """One place where the words stand."""

    kind: MatchKind
    run_id: str | None = None
    """None for a title."""
    turn: int = 0
    """The turn's number, from 1; 0 for a title."""
    context: tuple[Piece, ...] = ()
    """The words and what stands around them, shortened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A session that a search found, with its best matches in the order of the session."""

    session: SessionInfo
    matches: tuple[Match, ...]
