"""What answers in each session of a chat: the model of the settings, or one that was chosen for the session.

Rules about tools hold for all of them alike.
"""

from dataclasses import replace

from agent.settings.permissions import Permissions
from agent.settings.settings import Settings
from agent.sources.engine import Engine
from agent.threads import in_thread
from tui.drawing.cells import flat
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
        # Breakpoints that were set since the start stay set.
        of_file = self._default.settings.permissions.breakpoints
        added = [one for one in self.permissions.breakpoints if one not in of_file]
        self.permit(settings.permissions.stopping([*settings.permissions.breakpoints, *added]))
        permissions, self._default = self.permissions, Engine(settings)
        self._default.permissions = permissions
        for talk in self._talks:
            if talk.engine is not None:
                own = talk.engine.settings
                talk.engine = Engine(own if own.profile != settings.profile else replace(settings, model=own.model))
                talk.engine.permissions = permissions

    def use_model(self, talk: Talk, model: str) -> None:
        """Have the next turns of this session answered by this model."""
        talk.engine = Engine(replace(self.of(talk).settings, model=model))
        talk.engine.permissions = self._default.permissions

    def use_profile(self, talk: Talk, settings: Settings) -> None:
        """Have the next turns of this session answered as these settings, of a profile, say."""
        talk.engine = Engine(settings)

    async def go_on(self, talk: Talk) -> str:
        """Have a saved session answered by the model that answered in it last; gives what to tell of that, if anything.

        What an argument, the environment or a profile says comes before it; what the settings say for all sessions, and
        nothing at all, behind.
        """
        settings = self._default.settings
        last = next((run.model for run in reversed(talk.session.conversation.runs) if run.model), None)
        if last is None or last == settings.model or settings.asks_agent or not settings.is_model_for_all:
            return ""
        from agent.settings.available import model_sources  # most sessions are gone on with by the same model

        provider = last.partition(":")[0] if ":" in last or last == "offline" else ""
        sources = {source.name: source for source in await in_thread(model_sources, settings)}
        if (source := sources.get(provider)) is None:
            return ""  # an agent's, or one that another program's session names
        if source.problem is not None:
            return f"{flat(last)} answered here, and cannot be used now: {flat(source.problem)}"
        self.use_model(talk, last)
        return f"{flat(last)} answers here, as it did last"

    def adopt(self, talk: Talk, engine: Engine) -> None:
        """Have the next turns of this session answered by this engine, under the rules of all."""
        talk.engine = engine
        engine.permissions = self._default.permissions

    @property
    def settings(self) -> Settings:
        """What holds where nothing else was chosen."""
        return self._default.settings

    @property
    def permissions(self) -> Permissions:
        """The rules that hold."""
        return self._default.permissions

    def permit(self, permissions: Permissions) -> None:
        """Have these rules from the next call on, in every session."""
        for engine in (self._default, *(talk.engine for talk in self._talks if talk.engine)):
            engine.permissions = permissions
