"""Walking through earlier prompts as a shell does. Pure: knows no input and no key."""

from collections.abc import Sequence

__all__ = ["Recall"]


class Recall:
    """Where the user is among the earlier prompts. What is changed in one of them stays there until one is sent."""

    def __init__(self, prompts: Sequence[str] = ()) -> None:
        """`prompts` has the newest last."""
        self._prompts = prompts
        self._at = 0
        """How many prompts the user has gone back; 0 is what he was writing."""
        self._changed: dict[int, str] = {}
        """What stands in a place other than what was sent there; what he was writing among it."""

    @property
    def is_walking(self) -> bool:
        """Whether an earlier prompt is shown."""
        return self._at > 0

    @property
    def draft(self) -> str:
        """What the user was writing before he went back."""
        return self._changed.get(0, "")

    def lengthen(self, prompts: Sequence[str]) -> None:
        """`prompts` are the same and older ones."""
        self._prompts = prompts

    def go_to(self, prompt: str, text: str) -> None:
        """Look at one of the prompts, or at one from elsewhere; `text` is left here as it is."""
        self._changed[self._at] = text
        if prompt not in self._prompts:
            self._prompts = [*self._prompts, prompt]
        self._at = next(back for back in range(1, len(self._prompts) + 1) if self._prompts[-back] == prompt)
        self._changed.pop(self._at, None)

    def grow(self, prompts: Sequence[str]) -> None:
        """`prompts` are the same and newer ones: who looks at one of them goes on looking at it."""
        by = len(prompts) - len(self._prompts)
        self._prompts = prompts
        if self.is_walking:
            self._at += by
            self._changed = {at + by if at else 0: text for at, text in self._changed.items()}

    def step(self, by: int, text: str) -> str | None:
        """What stands `by` prompts further back, or None where there is none; `text` is left here as it is."""
        at = self._at + by
        if not 0 <= at <= len(self._prompts):
            return None
        self._changed[self._at] = text
        self._at = at
        return self._changed.get(at, self._prompts[-at] if at else "")

    def leave(self) -> str:
        """Back to what the user was writing; what he changed in earlier prompts is as it was."""
        draft = self.draft
        self._at = 0
        self._changed.clear()
        return draft
