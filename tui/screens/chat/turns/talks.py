"""The sessions of a chat: the one that is shown, and those that are not but whose turn is going on.

Owns which is which. It shows nothing and asks nothing of a model.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from agent.conversation.items import ToolCall
from agent.library.listing import SessionInfo
from agent.runs.run import Run as LiveRun
from agent.sources.engine import Engine
from agent.transcripts.session import Session
from tui.presenter import Presenter
from tui.screens.chat.turns.queue import Queue

__all__ = ["Talk", "Talks"]


@dataclass
class Talk:
    """A session that is shown, or has a turn going on, or both."""

    session: Session
    presenter: Presenter
    is_busy: bool = False
    """Whether a question was sent and its turn is not over; before its run begins, too."""
    run: LiveRun | None = None
    queue: Queue = field(default_factory=Queue)
    engine: Engine | None = None
    """Of the model that was chosen for this session; None is that of the settings."""

    @property
    def asking(self) -> ToolCall | None:
        """The call that waits for the user's word."""
        run = self.session.conversation.open_run
        return run.asking if run is not None else None


class Talks:
    """All of them; one is shown."""

    def __init__(self, shown: Talk) -> None:
        self.shown = shown
        self._away: dict[str, Talk] = {}
        """Those that are not shown, by the session's id."""

    def __iter__(self) -> Iterator[Talk]:
        return iter((self.shown, *self._away.values()))

    @property
    def running_elsewhere(self) -> int:
        """How many turns are going on in sessions that are not shown."""
        return len(self._away)

    def is_away(self, session_id: str) -> bool:
        """Whether a turn is going on in this session, and it is not shown."""
        return session_id in self._away

    def come_back(self, session_id: str) -> Talk | None:
        """One that is not shown and will be, or is over; None where there is none."""
        return self._away.pop(session_id, None)

    def show(self, talk: Talk) -> None:
        """Have this one shown. The one before goes on unseen where its turn does, else its file is let go."""
        before, self.shown = self.shown, talk
        if before is talk:
            return
        before.presenter.detach()
        if before.is_busy:
            self._away[before.session.id] = before
        else:
            before.session.close()

    @property
    def asking_elsewhere(self) -> list[tuple[Talk, ToolCall]]:
        """Those that are not shown and in which a tool asks, with its call."""
        asking = [(talk, talk.asking) for talk in self._away.values()]
        return [(talk, call) for talk, call in asking if call is not None]

    def name(self, sessions: Iterable[SessionInfo]) -> None:
        """Have the titles that these have, whoever gave them."""
        talks = {talk.session.id: talk for talk in self}
        for info in sessions:
            if info.id in talks:
                talks[info.id].presenter.own_title = info.title

    def cancel(self) -> None:
        """End every run that is going on; what they said is kept."""
        for talk in self:
            if talk.run is not None:
                talk.run.cancel()

    def close(self) -> None:
        """Let every session's file go."""
        for talk in self:
            talk.session.close()
