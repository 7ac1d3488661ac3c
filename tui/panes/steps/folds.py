"""What is folded in a tree: by hand, else by policy. Knows keys of rows and nothing of what they stand for."""

from dataclasses import dataclass, field
from typing import Literal

from tui.drawing.rows import Key

__all__ = ["FoldPolicy", "Folds"]

FoldPolicy = Literal["smart", "all", "none"]
"""`smart`: what is going on is open, what is done is one line; `all` and `none` are folded."""


@dataclass(slots=True)
class Folds:
    """What is folded: by hand, else by policy."""

    policy: FoldPolicy = "smart"
    by_hand: dict[Key, bool] = field(default_factory=dict)
    by_run: dict[str, FoldPolicy] = field(default_factory=dict)
    """The policy of runs that were folded or unfolded as a whole."""
    version: int = 0
    """Grows with every change."""

    def set(self, key: Key, folded: bool) -> None:
        """Fold or unfold one node by hand."""
        self.by_hand[key] = folded
        self.version += 1

    def set_all(self, run_ids: list[str], policy: FoldPolicy) -> None:
        """Fold or unfold these runs with all that is in them."""
        self.by_hand.clear()
        self.by_run = dict.fromkeys(run_ids, policy)
        self.version += 1

    def is_folded(self, key: Key, default: bool) -> bool:
        """Whether a node is folded; `default` is what the smart policy says."""
        if (by_hand := self.by_hand.get(key)) is not None:
            return by_hand
        return default
