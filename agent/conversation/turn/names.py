"""Ids that are unique where they must be: a sender's are only its words, and may be empty, reused or missing."""

from collections.abc import Iterable
from itertools import count

__all__ = ["Key", "Names", "key_of"]

Key = str | tuple[str, str]
"""What a sender calls something that is open: its id, with the sub-agent's where that says it."""


def key_of(name: str, agent: str | None) -> Key:
    """The key of an id that an agent uses; None is the run's own agent."""
    return name if agent is None else (agent, name)


class Names:
    """The ids that are taken."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken) if taken else set[str]()
        self._last: dict[str, int] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._taken

    def new(self, wanted: str, instead: str = "") -> str:
        """`wanted`, or `instead` of an empty one, made another where it is taken; from now on it is taken."""
        wanted = wanted or instead
        name = wanted
        if name in self._taken:
            # Numbers go on where they ended, so that a thousand of one id do not cost a million looks.
            for number in count(self._last.get(wanted, 1) + 1):
                name = f"{wanted}#{number}"
                if name not in self._taken:
                    self._last[wanted] = number
                    break
        self._taken.add(name)
        return name
