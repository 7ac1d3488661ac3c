"""A tool call as far as its fragments have come."""

from dataclasses import dataclass, field
from typing import Any

from agent.sources.replies.fields import FieldGatherer
from agent.sources.replies.gathering.extent import only_repeats
from agent.sources.replies.gathering.written import Written
from agent.sources.replies.surrogates import SurrogateJoiner

__all__ = ["GatheredCall"]


@dataclass(slots=True, kw_only=True, eq=False)
class GatheredCall:
    """One call of a reply."""

    id: str = ""
    """Unique in the session: what the events say. Given when the call is told of."""
    provider_id: str = ""
    """What the model calls it; ours where it has no id of its own."""
    name: str = ""
    written: Written = field(default_factory=Written)
    """Its arguments."""
    fields: FieldGatherer = field(default_factory=FieldGatherer)
    """What else came with it and goes back with it."""
    is_told: bool = False
    """Whether its start has been told; it waits for its whole name."""
    told_id: str = ""
    """The model's id of it as far as it was known then; a late one may follow."""
    index: Any = None
    """The first that it came with; None where it came with none."""
    surrogates: SurrogateJoiner = field(default_factory=SurrogateJoiner)
    """Of its arguments."""
    said_id: str = ""
    """The id that it began with, which may be another call's."""
    repeats: "GatheredCall | None" = None
    """The call that this one may only be telling again; it is told of once that is known."""

    @property
    def text(self) -> str:
        """Its arguments so far: JSON text."""
        return self.written.text

    @property
    def is_whole(self) -> bool:
        """Whether its arguments are a whole JSON value; an empty object may still be followed by the real one."""
        return self.written.is_whole

    @property
    def is_nothing(self) -> bool:
        """Whether it has neither a name nor anything that was written as its arguments."""
        return not self.name and self.written.is_nothing

    @property
    def only_repeats(self) -> bool:
        """Whether it tells no more than the call that it may be telling again."""
        if (other := self.repeats) is None or self.name != other.name:
            return False
        text = self.written.shown
        is_bare = bool(self.said_id) and self.said_id == other.provider_id and text.strip() in ("", "{}")
        return is_bare or only_repeats(text, other.written.shown)
