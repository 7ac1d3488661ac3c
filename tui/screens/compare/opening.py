"""What is to be compared. Imports nothing of the screen, so that a command line can make one."""

from dataclasses import dataclass
from pathlib import Path

from agent.library.naming import find_recorded
from agent.recordings.comparing.choosing import Turns, split_turns
from agent.recordings.recording import Recording

__all__ = ["CompareOpening", "Compared", "compared"]


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One side."""

    source: Path | Recording
    """A file, or a recording that is read already or grows while it is shown."""
    turns: Turns | None = None
    """Which turns of it; None is all."""
    name: str = ""
    """What it is called; as its file where that is empty."""
    title: str = ""
    """What stands over it; which side it is, and its label, where that is empty."""

    @property
    def label(self) -> str:
        """What it is called, and which turns of it these are."""
        name = self.name or self.source.name
        return name if self.turns is None else f"{name}@{self.turns}"


@dataclass(frozen=True, kw_only=True)
class CompareOpening:
    """Two recordings, or turns of them."""

    left: Compared
    right: Compared
    is_branch: bool = False
    """Whether the right one goes on otherwise than the left, and may still be growing."""


def compared(data_dir: Path, text: str) -> Compared:
    """What a user names: a file, a session by its id, its parent or a branch, with turns behind it. Blocks.

    Raises:
        UsageError: there is no such thing, or the turns are none.
    """
    name, turns = split_turns(text)
    return Compared(source=find_recorded(data_dir, name), turns=turns, name=name)
