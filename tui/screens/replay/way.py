"""What lies on the way of a replay: its track, which turn a place is in, and that turn as far as it was recorded."""

from bisect import bisect_right

from agent.conversation.reducer import Conversation
from agent.conversation.run import Run
from agent.recordings.player import Player
from agent.recordings.recording import Recording
from tui.panes.player.bar import Stretch, Track

__all__ = ["Way"]


class Way:
    """The way that a player goes."""

    def __init__(self, recording: Recording, player: Player) -> None:
        self._recording = recording
        self._player = player
        self._whole: Conversation | None = None
        """All of a recording that grows, once it was asked for,"""
        self._count = 0
        """and how many of its events are folded in it."""

    def turn(self, position: int) -> int:
        """The number of the turn that a position is in, from 1; 0 before the first."""
        return bisect_right(self._recording.marks.turns, position - 1)

    @property
    def whole_turn(self) -> Run | None:
        """The turn in which the player stands, as far as it was recorded, also behind where it stands."""
        runs = self._recording.runs if self._recording.finished else self._growing_runs()
        number = max(self.turn(self._player.position), 1)
        return runs[number - 1] if number <= len(runs) else None

    def _growing_runs(self) -> list[Run]:
        count = len(self._recording)
        if self._whole is None:
            self._whole = self._recording.state(count)
        else:
            self._whole.apply_all(self._recording.events[self._count : count])
        self._count = count
        return self._whole.runs

    @property
    def track(self) -> Track:
        """What is drawn of it, in shares of its length."""
        player, marks = self._player, self._recording.marks
        length = player.length or 1.0

        def place(number: int) -> float:
            return player.time_of(number) / length

        return Track(
            stretches=[Stretch(place(span.start), place(span.end), span.kind) for span in marks.spans],
            turns=[place(number) for number in marks.turns],
            calls=[place(number) for number in marks.calls],
        )
