"""What waits behind a turn that is going on, and what becomes of it. Pure: asks nothing and shows nothing.

Questions wait in their order and are asked one after the other, each when the turn before it was answered. A turn that
was not answered holds them back: what to do with them is the user's to say.
"""

from dataclasses import dataclass, field

__all__ = ["Queue"]


@dataclass
class Queue:
    """The questions that wait in one session."""

    texts: list[str] = field(default_factory=list)
    """Oldest first."""
    is_held: bool = False
    """Whether nothing is asked until the user says so."""

    def add(self, text: str) -> None:
        """A question is to be asked behind all others."""
        self.texts.append(text)

    def put_back(self, texts: list[str]) -> None:
        """What was meant for the running turn and came too late is asked before all others."""
        self.texts[:0] = texts

    def hold(self, texts: list[str]) -> None:
        """These waited when the session was left, and nobody but the user knows whether they are still to be asked."""
        self.put_back(texts)
        self.is_held = bool(self.texts)

    def take_back(self) -> str | None:
        """The last one, which waits no more; None where nothing waits."""
        text = self.texts.pop() if self.texts else None
        self.is_held = self.is_held and bool(self.texts)
        return text

    def release(self) -> str | None:
        """The first one, to be asked or said now, whether or not they were held back; None where nothing waits."""
        self.is_held = False
        return self.texts.pop(0) if self.texts else None

    def after_turn(self, *, was_answered: bool) -> str | None:
        """What to ask next when a turn is over; holds the rest back where it was not answered."""
        if was_answered and not self.is_held:
            return self.release()
        self.is_held = bool(self.texts)
        return None
