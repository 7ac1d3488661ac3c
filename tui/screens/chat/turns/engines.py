"""What answers in each session of a chat: the model of the settings, or one that was chosen for the session.

Rules about tools hold for all of them alike.
"""

from dataclasses import replace

from agent.settings.permissions import Permissions
from agent.settings.settings import Settings
from agent.sources.engine import Engine
from tui.screens.chat.turns.talks import Talk, Talks

__all__ = ["Engines"]


class Engines:
    """The engines of some sessions."""

    def __init__(self, settings: Settings, talks: Talks) -> None:
        self._talks = talks
        self._default = Engine(settings)

    def of(self, talk: Talk) -> Engine:
        """What answers in this session."""
        return talk.engine or self._default

    def use_settings(self, settings: Settings) -> None:
        """Have these settings from the next turn on; those that are going on keep theirs, but for the rules."""
        self.permit(settings.permissions)
        self._default = Engine(settings)
        for talk in self._talks:
            if talk.engine is not None:
                talk.engine = Engine(replace(settings, model=talk.engine.settings.model))

    def use_model(self, talk: Talk, model: str) -> None:
        """Have the next turns of this session answered by this model."""
        talk.engine = Engine(replace(self._default.settings, model=model))
        talk.engine.permissions = self._default.permissions

    def permit(self, permissions: Permissions) -> None:
        """Have these rules from the next call on, in every session."""
        for engine in (self._default, *(talk.engine for talk in self._talks if talk.engine)):
            engine.permissions = permissions
