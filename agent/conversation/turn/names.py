"""Ids that are unique where they must be: a sender's are only its words, and may be empty, reused or missing."""

from collections.abc import Iterable
from itertools import count

from msgspec import Struct

__all__ = ["Key", "Names", "key_of"]

Key = str | tuple[str, str]
"""What a sender calls something that is open: its id, with the sub-agent's where that says it."""


def key_of(name: str, agent: str | None) -> Key:
    """The key of an id that an agent uses; None is the run's own agent."""
    return name if agent is None else (agent, name)


class Names(Struct, eq=False):
    """The ids that are taken."""

    _taken: dict[str, int] = {}
    """Each with the last number by which it was made another."""

    def take(self, names: Iterable[str]) -> None:
        """These are taken."""
        self._taken.update(dict.fromkeys(names, 1))

    def __contains__(self, name: str) -> bool:
        return name in self._taken

    def new(self, wanted: str, instead: str = "") -> str:
        """`wanted`, or `instead` of an empty one, made another where it is taken; from now on it is taken."""
        wanted = wanted or instead
        name = wanted
        if name in self._taken:
            # Numbers go on where they ended, so that a thousand of one id do not cost a million looks.
            for number in count(self._taken[wanted] + 1):
                name = f"{wanted}#{number}"
                if name not in self._taken:
                    self._taken[wanted] = number
                    break
        self._taken[name] = 1
        return name
