"""What a race is about: the question, who runs, what went before."""

from dataclasses import dataclass
from pathlib import Path

from agent.settings.settings import Settings
from agent.sources.race import Race
from agent.transcripts.session import Session

__all__ = ["RaceOpening"]


@dataclass(frozen=True, kw_only=True)
class RaceOpening:
    """A race before it has begun."""

    question: str
    models: tuple[str, ...]
    past: "Path | Session | None" = None
    """The session whose turns go before: a saved one, or one that is open. It is left as it is."""

    def race(self, settings: Settings) -> Race:
        """The race, its sessions made. Blocks: the past is copied.

        Raises:
            TranscriptError: the past cannot be read or copied.
        """
        if not isinstance(self.past, Path):
            return Race.of(settings, self.question, self.models, parent=self.past)
        parent = Session.open(self.past)
        try:
            return Race.of(settings, self.question, self.models, parent=parent)
        finally:
            parent.close()
