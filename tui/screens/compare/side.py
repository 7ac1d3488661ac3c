"""One of two recordings on the screen, as it was by a moment. When that is, its owner knows."""

from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path

from agent.conversation.reducer import Conversation
from agent.conversation.run import Run
from agent.errors import UsageError
from agent.formats.imports.opening import open_viewed
from agent.recordings.comparing.choosing import turns_of
from agent.recordings.recording import Recording
from agent.settings.settings import Settings
from agent.threads import in_thread
from tui.drawing.glyphs import Glyphs
from tui.key_labels import Keys
from tui.presenter import Presenter
from tui.screens.column import Column
from tui.screens.compare.opening import Compared

__all__ = ["Side"]


class Side(Column):
    """The pictures of one recording at a moment, which its presenter paints."""

    def __init__(self, compared: Compared, settings: Settings, glyphs: Glyphs, keys: Keys) -> None:
        source = compared.source
        self.recording = Recording(source, formats=open_viewed) if isinstance(source, Path) else source
        """All of it until it is loaded, then the turns that are compared."""
        self.compared = compared
        super().__init__(settings, glyphs, keys, f"Reading {self.recording.name} {glyphs.ellipsis}")
        self.tool_tree.spins_with_now = True
        self.position = 0
        """How many events are shown."""
        self._presenter = Presenter(Conversation(), self, self._now, self._is_over)

    async def load(self) -> None:
        """Read it, where that is not done; say where there is nothing to show, and why."""
        if isinstance(self.compared.source, Path):
            await self.recording.load()
        try:
            self.recording = await in_thread(turns_of, self.recording, self.compared.turns)
        except UsageError as error:
            self.recording = Recording.of(())
            self.say(str(error).capitalize())
        else:
            if not len(self.recording) and self.recording.finished:
                self.say("\n".join(self.recording.problems))

    @property
    def is_growing(self) -> bool:
        """Whether more of it comes."""
        return not self.recording.finished

    @property
    def runs(self) -> Sequence[Run]:
        """The turns of all of it so far."""
        if self.position == len(self.recording):
            return self._presenter.conversation.runs
        return self.recording.runs

    def show_at(self, position: int) -> None:
        """Show the state after so many events: folded on from what is shown where that is near, else anew."""
        shown, self.position = self.position, position
        if position == shown:
            return
        turns = self.recording.marks.turns
        near = bisect_right(turns, position - 1) - bisect_right(turns, shown - 1) <= 1
        if shown < position and near:
            self._presenter.take(self.recording.events[shown:position])
        else:
            self._presenter.swap(self.recording.state(position))

    def say(self, words: str) -> None:
        """Say in the place of the text why there is none."""
        self.message_log.empty_text = words

    def _now(self) -> float:
        return self.recording.events.moment(self.position - 1) if self.position else 0.0

    def _is_over(self) -> bool:
        return self.recording.finished and self.position == len(self.recording)
