"""What a model was given in one call, piece by piece, and what of it is new since the call before. Plain values.

A piece is something that can come and go by itself: the system's message, a tool, a message, the reasoning in one. Who
makes them of a recording is `agent.sources.context.rebuilding`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

__all__ = ["Change", "Context", "Piece", "PieceKind", "changes", "sizes"]


class PieceKind(StrEnum):
    """Where a piece comes from."""

    SYSTEM = "system"
    TOOL = "tools"
    PAST = "past"
    """A turn behind the question: what was asked, said and given in it."""
    QUESTION = "question"
    STEERING = "steering"
    """What the user said to the running turn."""
    REPLY = "replies"
    """What the model said in the turn so far: text and calls."""
    REASONING = "reasoning"
    RESULT = "results"


class Change(StrEnum):
    """What became of a piece since the model call before."""

    KEPT = "kept"
    ADDED = "added"
    DROPPED = "dropped"
    CHANGED = "changed"
    CUT = "cut"
    """It is told in part now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One piece of what is sent."""

    kind: PieceKind
    key: tuple[str, ...]
    """What it is, the same in every call."""
    label: str
    """What it is for people, such as `turn 2 result of search`."""
    text: str
    """What it says, as far as that is text; JSON else."""
    size: int
    """Bytes that it is sent as."""
    turn: int = 0
    """The number of its turn, from 1; 0 for what belongs to none."""
    is_cut: bool = False
    """Whether it is told in part, for want of room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What one model call was given."""

    run_id: str
    turn: int
    step: int
    """Both from 1."""
    model: str | None
    pieces: tuple[Piece, ...]
    """In the order in which they are sent; the tools behind the system's message."""
    messages: Sequence[dict[str, Any]]
    """As Chat Completions has them (https://platform.openai.com/docs/api-reference/chat/create)."""
    tools: Sequence[dict[str, Any]] | None
    """So, too; None where nobody knows them."""
    tool_choice: str | None = None
    temperature: float | None = None
    is_as_sent: bool = False
    """Whether it is known to be what was sent; else it is made anew, and `doubts` say why."""
    doubts: tuple[str, ...] = ()
    turns_left_out: int = 0
    """Turns that are not told for want of room."""

    @property
    def size(self) -> int:
        """Bytes of all pieces."""
        return sum(piece.size for piece in self.pieces)


def changes(before: Context | None, now: Context) -> list[tuple[Change, Piece]]:
    """All pieces that are sent now and those of the call before that are not, each with what became of it.

    What was dropped stands where it stood: behind what came before it and is still there.
    """
    if before is None:
        return [(Change.ADDED, piece) for piece in now.pieces]
    old = {piece.key: piece for piece in before.pieces}
    new = {piece.key for piece in now.pieces}
    dropped: dict[tuple[str, ...] | None, list[Piece]] = {}
    last: tuple[str, ...] | None = None
    for piece in before.pieces:
        if piece.key in new:
            last = piece.key
        else:
            dropped.setdefault(last, []).append(piece)
    told = [(Change.DROPPED, piece) for piece in dropped.get(None, ())]
    for piece in now.pieces:
        told.append((_change(old.get(piece.key), piece), piece))
        told += [(Change.DROPPED, gone) for gone in dropped.get(piece.key, ())]
    return told


def _change(old: Piece | None, new: Piece) -> Change:
    if old is None:
        return Change.ADDED
    if old.text == new.text and old.size == new.size:
        return Change.KEPT
    return Change.CUT if new.is_cut and not old.is_cut else Change.CHANGED


def sizes(context: Context) -> dict[PieceKind, int]:
    """Bytes by where they come from, in the order in which that is told."""
    found: dict[PieceKind, int] = {}
    for kind in PieceKind:
        if size := sum(piece.size for piece in context.pieces if piece.kind is kind):
            found[kind] = size
    return found
