"""What a replay does, without the keys: a recording, the player that stands in it, the widgets that show the moment.

Playing goes through `Presenter.consume`, as a live run does. A jump forward folds on from what is shown; one backward
is a fold from the start that shares every run that is over. Jumps that come within a frame are shown as one.
"""

import asyncio
from collections.abc import Callable
from math import isinf
from pathlib import Path
from typing import Protocol

import tui.panes.log.run.view  # noqa: F401 - what draws the first turn, loaded before it comes
from agent.conversation.items import ToolCall
from agent.conversation.reducer import Conversation
from agent.conversation.run import Run
from agent.errors import UsageError
from agent.figures import plural
from agent.formats.imports.opening import open_viewed
from agent.recordings.moments import position_of
from agent.recordings.player import Clock, Player
from agent.recordings.recording import Recording
from agent.settings.settings import Settings
from agent.threads import in_thread
from tui.drawing.glyphs import glyphs_for
from tui.key_labels import Keys
from tui.panes.events.inspector import EventJson, Inspector
from tui.panes.log.log import MessageLog
from tui.panes.log.run.making import prepare_drawing
from tui.panes.player.bar import PlayerBar, Standing
from tui.panes.status.bar import StatusBar
from tui.panes.steps.tree import ToolTree
from tui.presenter import FRAME, Presenter
from tui.screens.replay.branching import Branch
from tui.screens.replay.event_lines import EventLines
from tui.screens.replay.opening import Opening, Start
from tui.screens.replay.way import Way

__all__ = ["Frame", "ReplayController"]

_GROWTH = 0.5
"""Seconds between two looks at what a growing recording has become."""


class Frame(Protocol):
    """What the screen around the widgets does for the replay."""

    keys: Keys
    """What its widgets call their keys."""

    def show_title(self, title: str) -> None:
        """Show the session's title."""

    def show_origin(self, words: str) -> None:
        """Show where the recording is from, and what its times are worth."""

    def runs_changed(self) -> None:
        """Other turns are shown, or others of their words."""

    def notice(self, text: str) -> None:
        """Tell the user something for a few seconds."""

    def playing_changed(self) -> None:
        """It began to play, or to stand still."""


class ReplayController:
    """One replay. Whoever awaits `load` and `play` owns its time.

    One thing: it has the panes show where the player stands, as far as the recording was read, once a frame.
    """

    history = None
    """No turns are listed."""

    def __init__(
        self,
        settings: Settings,
        opening: Opening,
        frame: Frame,
        bar: PlayerBar,
        clock: Clock,
        *,
        follow: bool = False,
        own_title: str = "",
    ) -> None:
        """`follow`: the source is still being written. `own_title` is what the user called the session."""
        glyphs = glyphs_for(ascii=settings.ascii, still=settings.reduced_motion, iso_dates=settings.iso_dates)
        self.recording = Recording(opening.source, follow=follow, ahead=opening.ahead, formats=open_viewed)
        self.player = Player(
            self.recording, clock, speed=opening.speed, idle_limit=opening.idle_limit, paced=opening.paced
        )
        self.way = Way(self.recording, self.player)
        self.lines = EventLines(self.recording)
        self.inspector = Inspector(self.lines, glyphs=glyphs, id="inspector")
        self.event_json = EventJson(glyphs=glyphs, id="event")
        reading = f"Reading {self.recording.name} {glyphs.ellipsis}"
        self.message_log = MessageLog(glyphs, keys=frame.keys, id="log", empty_text=reading)
        self.tool_tree = ToolTree(glyphs=glyphs, fold_policy=settings.fold, id="tree")
        self.tool_tree.spins_with_now = True
        self.status = StatusBar(glyphs=glyphs, mode="replay", id="status")
        self.bar = bar
        self._frame = frame
        self._follow = follow
        self._presenter = Presenter(Conversation(), self, lambda: self.player.moment, self._is_over)
        self._presenter.own_title = own_title
        self._shown = 0
        """How many events were applied before the jumps that are not shown yet."""
        self._seeks = self.player.seeks
        """The jumps that have been shown."""
        self._start: Start | None = opening.start
        """Where to begin, until there is so much."""
        self._is_caught_up = False
        """Whether all was read that there was for now: a file that is still written has no other end."""
        self._more = asyncio.Event()
        """Set whenever more has been read, or who waits for it should look again."""
        self._caught_up = asyncio.Event()
        """Set whenever all jumps have been shown."""
        self._show_due: asyncio.TimerHandle | None = None
        self._growth_due: asyncio.TimerHandle | None = None
        self._last_show = 0.0
        self._size: int | None = None
        """Bytes of the source, as soon as they are known."""
        self.recording.listeners.append(self._grown)

    # What the presenter shows besides the widgets

    def show_title(self, title: str) -> None:
        """Show the session's title."""
        self._frame.show_title(title)

    def show_asking(self, call: ToolCall | None) -> None:
        """Nobody is asked in a replay: the answer is recorded."""

    @property
    def runs(self) -> list[Run]:
        """The turns as they are shown."""
        return self._presenter.conversation.runs

    @property
    def is_waiting(self) -> bool:
        """Whether the turn that is shown last waits for an answer from outside."""
        return bool(self.runs) and self.runs[-1].is_waiting

    def _is_over(self) -> bool:
        """Whether all of the recording is shown, and nothing more comes; after a jump the panes are yet elsewhere."""
        return self._are_jumps_shown and self.player.at_end

    # The recording

    async def load(self, caught_up: Callable[[], None]) -> None:
        """Read the recording, and go on as it grows; without end where it does.

        `caught_up` is called whenever all has been read that there is for now.
        """
        if isinstance(self.recording.source, Path):
            self._size = await in_thread(_size_of, self.recording.source)

        def has_caught_up() -> None:
            self._is_caught_up = True
            self._begin()
            caught_up()

        await self.recording.load(has_caught_up)
        await in_thread(prepare_drawing)

    @property
    def is_live(self) -> bool:
        """Whether more events may come."""
        return not self.recording.finished and (self._follow or not isinstance(self.recording.source, Path))

    @property
    def _is_written(self) -> bool:
        """Whether more comes without somebody having to ask: a stream, or a turn that goes on where a file ends."""
        count = len(self.recording)
        return not isinstance(self.recording.source, Path) or self.recording.settled_before(count) < count

    @property
    def _share_read(self) -> float | None:
        """How much of the source has been read, where not all has."""
        if self.recording.finished or not self._size:
            return None
        share = self.recording.bytes_read / self._size
        return share if share < 1 else None

    @property
    def _origin(self) -> str:
        """Where the recording is from, what its times are worth, at which pace it is played where not by them, and how
        much of it could not be read."""
        origin = self.recording.origin.removesuffix(", paced")
        paced = self.player.paced.words_shown if self.player.is_paced else ""
        problems = plural(len(self.recording.problems), "problem") if self.recording.problems else ""
        return ", ".join(filter(None, (problems, origin, paced)))

    def _grown(self) -> None:
        """More was read: show it, but not at every bit."""
        self._more.set()
        if not self.recording.finished and self._growth_due is not None:
            return
        if self._growth_due is not None:
            self._growth_due.cancel()
        first = self.inspector.row_count == 0 or self.recording.finished
        self._growth_due = asyncio.get_running_loop().call_later(0 if first else _GROWTH, self._show_growth)

    def _show_growth(self) -> None:
        self._growth_due = None
        self._begin()
        self.inspector.events_added()
        self._frame.show_origin(self._origin)
        if self._share_read is None:  # the track of what is still being read would be another one every time
            self.show_track()
        self.show_standing()
        if self.recording.problems:
            self._frame.notice(self.recording.problems[-1])
        if len(self.recording):
            words = "Nothing has been said yet.\n{replay.toggle} plays, {replay.next_event} goes on by one event."
            self.message_log.empty_text = self._frame.keys.fill(words)
        elif self.recording.finished:
            self.message_log.empty_text = "\n".join(
                [*self.recording.problems, "", self._frame.keys.fill("{app.escape} leaves.")]
            )

    def _begin(self) -> None:
        """Go to where the replay was to begin, as soon as there is so much of it."""
        if (start := self._start) is None:
            return
        if start.ms is not None and (self.recording.finished or self.player.length >= start.ms):
            self._start = None
            self.seek(lambda: self.player.seek(start.ms or 0.0))
        elif start.fraction is not None and (self.recording.finished or (self._is_caught_up and self.is_live)):
            self._start = None
            self.seek(lambda: self.player.seek_fraction(start.fraction or 0.0))
        elif start.moment is not None:
            self._begin_at(start.moment)

    def _begin_at(self, moment: str) -> None:
        try:
            position = position_of(moment, self.recording)
        except UsageError as error:  # it may yet come
            if self.recording.finished:
                self._start = None
                self._frame.notice(str(error))
            return
        self._start = None
        self.seek(lambda: self.player.seek_event(position))

    # Playing

    async def play(self) -> None:
        """Play until it is paused or at its end."""
        self._jump(self.player.play)  # from the end on it goes back to the start
        self.show_standing()
        self._frame.playing_changed()
        while self.player.playing:
            if isinf(self.player.speed):
                await self._rush()
                continue
            if not self._are_jumps_shown:
                self._request_show()
                await self._caught_up.wait()
            await self._presenter.consume(self.player.events())
        self._stand()

    async def _rush(self) -> None:
        """As fast as can be: show the newest that there is, or wait for more."""
        is_path = isinstance(self.recording.source, Path)
        is_reading = self._share_read is not None or (is_path and self._size is None and not self.recording.finished)
        if self.player.position < len(self.recording) and not is_reading:
            self.seek(lambda: self.player.seek_fraction(1.0))
            await self._caught_up.wait()
        elif self.recording.finished:
            self.player.pause()
        else:
            self._more.clear()
            await self._more.wait()

    def pause(self) -> None:
        """Stand still."""
        if self.player.playing:
            self.player.pause()
            self._more.set()
            self._stand()

    def change_speed(self, change: Callable[[], None]) -> None:
        """Do a change of the player's speed, and show it."""
        change()
        self._more.set()
        self.show_standing()

    def _stand(self) -> None:
        """Show every figure as it is where it stands now."""
        if self._are_jumps_shown:
            self._presenter.settle()
        self.show_standing()
        self._frame.playing_changed()

    def tick(self) -> None:
        """Let what moves with the time move on."""
        self._presenter.tick()
        self._frame.runs_changed()
        self.show_standing()

    # Jumps

    def seek(self, jump: Callable[[], None]) -> None:
        """Do a jump of the player, and show it with all others of this frame."""
        self._jump(jump)
        self.inspector.follow()
        self._request_show()

    @property
    def is_shown(self) -> bool:
        """Whether what is shown is where the player stands, all that was read taken in."""
        return self._are_jumps_shown and self._growth_due is None and self._start is None

    def show_at(self, time: float) -> None:
        """Go to a time, in ms, and show it at once."""
        self._jump(lambda: self.player.seek(time))
        self._show()

    def _jump(self, jump: Callable[[], None]) -> None:
        """Do what may be a jump of the player: the only way to one, as what is shown is where the first came from."""
        if self._are_jumps_shown:
            self._shown = self.player.position
        jump()

    @property
    def _are_jumps_shown(self) -> bool:
        return self._seeks == self.player.seeks

    def _request_show(self) -> None:
        self._caught_up.clear()
        if self._show_due is None:
            loop = asyncio.get_running_loop()
            wait = max(self._last_show + FRAME - loop.time(), 0.0)
            self._show_due = loop.call_later(wait, self._show)

    def _show(self) -> None:
        """Show the state where the player stands, after a jump."""
        if self._show_due is not None:
            self._show_due.cancel()
            self._show_due = None
        shown, position = self._shown, self.player.position
        self._shown, self._seeks = position, self.player.seeks
        if shown <= position and self.way.turn(position) - self.way.turn(shown) <= 1:
            self._presenter.take(self.recording.events[shown:position])
        else:
            self._presenter.swap(self.player.fold())
        self._frame.runs_changed()
        self.show_standing()
        self._caught_up.set()
        self._last_show = asyncio.get_running_loop().time()

    # The bar and the inspector

    def show_standing(self) -> None:
        """Show where the player stands."""
        player, marks = self.player, self.recording.marks
        self.bar.standing = Standing(
            playing=player.playing,
            time=player.time,
            length=player.length,
            speed=player.speed,
            idle_limit=None if player.idle_limit is None else player.idle_limit * 1000,
            event=player.position,
            events=len(self.recording),
            turn=self.way.turn(player.position),
            turns=len(marks.turns),
            live=self.is_live,
            is_written=self._is_written,
            is_paced=self.player.is_paced,
            read=self._share_read,
        )
        self.inspector.current = player.position - 1

    def show_track(self) -> None:
        """Show what lies on the way."""
        self.bar.track = self.way.track

    def show_event(self, number: int) -> None:
        """Show the JSON of an event."""
        self.event_json.show(self.lines.value(number) if 0 <= number < len(self.lines) else None)

    @property
    def branch(self) -> Branch:
        """A session that would go on from where the player stands."""
        return Branch(self.recording, self.player.position)

    def close(self) -> None:
        """Let go of all that is due."""
        for due in (self._show_due, self._growth_due):
            if due is not None:
                due.cancel()


def _size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # reading it tells why
        return 0
