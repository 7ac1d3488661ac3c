"""The replay: panes that show a moment of a recording, and the player's bar under them.

It takes the keys and the mouse and routes them to the player by the controller. Its first frame holds only the frames
of the panes and the bar; what fills them is imported after that.
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.timer import Timer

from agent.errors import TickertapeError, UsageError
from agent.figures import stamp
from agent.settings.settings import Settings
from agent.threads import in_thread
from agent.transcripts.folders import Sessions
from tui.actions import Place
from tui.drawing.glyphs import glyphs_for
from tui.key_labels import DEFAULT_KEYS, Keys
from tui.panes.player.bar import PlayerBar
from tui.process import memory
from tui.screens.base.screen import SMALLEST, ChatPlace, PanesScreen
from tui.screens.base.waterfall import WATERFALL_KEYS
from tui.screens.replay.opening import Opening
from tui.widgets.bindings import bindings

if TYPE_CHECKING:
    from agent.conversation.lineage import Lineage
    from agent.conversation.run import Run
    from agent.recordings.player import Clock
    from agent.recordings.what_if.plan import Plan
    from tui.panes.events.inspector import Inspector
    from tui.panes.waterfall.pane import Waterfall
    from tui.screens.replay.controller import ReplayController
    from tui.screens.replay.go_live import GoingOn
    from tui.screens.waterfall.frame import Moment

__all__ = ["ReplayScreen"]

_SEEK = 5_000.0
"""Milliseconds that an arrow seeks by."""
_HINTS = (
    "{replay.previous_event} {replay.next_event} event",
    "{replay.next_call} call",
    "{replay.next_turn} turn",
    "{replay.slower} {replay.faster} speed",
    "{replay.events} events",
    "{replay.tenth_0}-{replay.tenth_9} jump",
)
"""The keys that matter less than playing and seeking, the most important first."""
_ROOMY = 80
"""Cells of a screen on which a hint of several keys has room beside the figures."""


class ReplayScreen(PanesScreen):
    """A recording, played.

    One thing: it routes keys, the mouse and what widgets say to the player, by the controller.
    """

    VERTICAL_BREAKPOINTS = [(0, "-short"), (SMALLEST.height, "-low"), (18, "-tall")]  # noqa: RUF012 - Textual's way
    PANES = ("events", "conversation", "steps")
    HELP: ClassVar[Place] = "replay"
    BINDINGS: ClassVar[list[BindingType]] = bindings(
        {
            "replay.toggle": "toggle_playing",
            "replay.previous_event": "jump('previous_event')",
            "replay.next_event": "jump('next_event')",
            "replay.back": "seek_by(-1)",
            "replay.forward": "seek_by(1)",
            "replay.slower": "slower",
            "replay.faster": "faster",
            "replay.previous_turn": "jump('previous_turn')",
            "replay.next_turn": "jump('next_turn')",
            "replay.next_call": "jump('next_call')",
            "replay.previous_call": "jump('previous_call')",
            **{f"replay.tenth_{tenth}": f"seek_tenth({tenth})" for tenth in range(10)},
            "replay.start": "seek_tenth(0)",
            "replay.end": "seek_tenth(10)",
            "replay.fold": "fold",
            "replay.events": "toggle_inspector",
            "replay.open": "open",
            "replay.context": "context",
            "replay.what_if": "what_if",
            "replay.go_live": "go_live",
            "replay.interrupt": "copy_or_leave",
            "replay.ask": "ask",
            "app.new_chat": "to_chat('new_chat')",
            "app.history": "to_chat('history')",
            "app.search": "to_chat('search')",
        }
    )

    @dataclass
    class WentLive(Message):
        """The user goes on live, in a new session."""

        path: Path
        model: str
        parent: "Lineage"
        """The session that was replayed, and where it was left."""

    @dataclass
    class Branched(Message):
        """The user goes on otherwise, in a branch."""

        plan: "Plan"

    @dataclass
    class ChatRequested(Message):
        """The user goes on in the chat."""

        place: ChatPlace

    class Left(Message):
        """The user has seen enough."""

    def __init__(
        self, settings: Settings, opening: Opening, *, clock: "Clock | None" = None, keys: Keys = DEFAULT_KEYS
    ) -> None:
        """`clock` is the player's; None is the loop's."""
        super().__init__(
            "replay",
            glyphs_for(ascii=settings.ascii, still=settings.reduced_motion, iso_dates=settings.iso_dates),
            keys,
        )
        self._settings = settings
        self._opening = opening
        self._clock = clock
        self.replay: ReplayController | None = None
        """None until the first frame has been drawn and its panes are filled."""
        self.bar = PlayerBar(glyphs=self.glyphs, id="player")
        self._show_keys()
        self._ticker: Timer | None = None
        self._is_over = False
        """Whether it was left, which may come before its panes are filled."""

    @property
    def pictures(self) -> "ReplayController | None":
        return self.replay

    @property
    def runs(self) -> "Sequence[Run]":
        return self.replay.runs if self.replay is not None else ()

    def moment(self) -> "Moment":
        from tui.screens.waterfall.frame import Moment

        if (replay := self.replay) is None:
            return Moment(run=None)
        return Moment(run=replay.way.whole_turn, at=replay.player.moment)

    @property
    def transcript(self) -> Path | None:
        return self._opening.source if isinstance(self._opening.source, Path) else None

    @property
    def home(self) -> PlayerBar:
        return self.bar

    def compose_foot(self) -> ComposeResult:
        """The player's bar."""
        yield self.bar

    def on_mount(self) -> None:
        """Take keys at once; what takes time comes after the first frame."""
        self.bar.focus()
        self.call_after_refresh(self._furnish)

    @work(group="load")
    async def _furnish(self) -> None:
        """Fill the frames, read the recording and play it."""
        if self._is_over:
            return
        with ExitStack() as until_read:
            until_read.enter_context(memory.loading())
            make, clock = await in_thread(_import_controller, self._settings, self._opening)
            replay = make(self._settings, self._opening, self, self.bar, self._clock or clock)
            await self.panes["events"].mount(replay.inspector, replay.event_json)
            await self.panes["conversation"].mount(replay.message_log)
            await self.panes["steps"].mount(replay.tool_tree)
            await self.query_one("#bottom").mount(replay.status)
            self.replay = replay
            self.update_hint()
            if self._opening.playing:
                self._play()
            await replay.load(until_read.close)
            self.update_hint()
            self._show_keys()

    # What the replay asks of its frame

    def playing_changed(self) -> None:
        """It began to play, or to stand still."""
        if self.replay is None:
            return
        playing = self.replay.player.playing
        if playing and self._ticker is None:
            from tui.presenter import FIGURES

            self._ticker = self.set_interval(FIGURES, self.replay.tick)
        elif not playing and self._ticker is not None:
            self._ticker.stop()
            self._ticker = None
        self._show_keys()

    def runs_changed(self) -> None:
        """Other turns are shown: what is being found may stand elsewhere, and Space may do something else."""
        super().runs_changed()
        self._show_keys()
        self.update_hint()

    def _show_keys(self) -> None:
        """Name the player's keys; none where there is nothing to play."""
        player = self.replay.player if self.replay is not None else None
        does = "play" if player is None else "pause" if player.playing else "again" if player.at_end else "play"
        # Whatever Space does takes the same room, so that nothing moves.
        hints = (f"{{replay.toggle}} {does}", f"{{replay.back}} {{replay.forward}} {_SEEK / 1000:g} s", *_HINTS)
        told = [self.keys.hint(hint, arrows=not self._settings.ascii) for hint in hints]
        self.bar.hints = () if self._is_empty else (f"{told[0]:>11}", *(hint for hint in told[1:] if hint))

    @property
    def _is_empty(self) -> bool:
        """Whether there is nothing to play, and never will be."""
        return self.replay is not None and self.replay.recording.finished and not len(self.replay.recording)

    @work(group="play", exclusive=True)
    async def _play(self) -> None:
        if self.replay is not None:
            await self.replay.play()

    def stop(self) -> None:
        """Stand still and let go of the recording."""
        self._is_over = True
        if self.replay is not None:
            self.replay.pause()
            self.replay.close()
        self.workers.cancel_node(self)

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that mean something else elsewhere, or nothing yet."""
        if action in _OWN_ACTIONS and action != "to_chat" and (self.replay is None or self.is_typing):
            return False
        if action in ("seek_by", "go_live") and self.waterfall.has_focus:
            return False
        if action == "go_live" and self.replay is not None and self.focused is self.replay.inspector:
            return self.replay.inspector.chosen in (-1, self.replay.inspector.current)
        return super().check_action(action, parameters)

    def action_toggle_playing(self) -> None:
        """Play, or stand still."""
        if self.replay is None:
            return
        if self.replay.player.playing:
            self.replay.pause()
        else:
            self._play()

    def action_jump(self, where: str) -> None:
        """To a landmark, or by one event; one event is looked at standing still."""
        if self.replay is None:
            return
        if where.endswith("event"):
            self.replay.pause()
        self.replay.seek(getattr(self.replay.player, where))

    def action_seek_by(self, direction: int) -> None:
        """Some seconds back or forward."""
        if (replay := self.replay) is not None:
            replay.seek(lambda: replay.player.forward(direction * _SEEK))

    def action_seek_tenth(self, tenth: int) -> None:
        """To a tenth of the length."""
        self._seek_fraction(tenth / 10)

    def _seek_fraction(self, fraction: float) -> None:
        if (replay := self.replay) is not None:
            replay.seek(lambda: replay.player.seek_fraction(fraction))

    def action_slower(self) -> None:
        """The next lower speed."""
        if self.replay is not None:
            self.replay.change_speed(self.replay.player.slower)

    def action_faster(self) -> None:
        """The next higher speed."""
        if self.replay is not None:
            self.replay.change_speed(self.replay.player.faster)

    def action_fold(self) -> None:
        """Fold what is under the cursor of a pane; all steps where no pane has the keys."""
        if self.replay is None:
            return
        for pane in (self.replay.tool_tree, self.replay.message_log):
            if self.focused is pane:
                pane.action_toggle_fold()
                return
        self.action_fold_all()

    def action_open(self) -> None:
        """Show the call under the tree's cursor whole."""
        if self.replay is None:
            return
        if self.focused is self.replay.tool_tree:
            self.replay.tool_tree.action_open()
        else:
            words = "{replay.open} opens a call where the cursor is in the steps: {app.steps} goes there"
            self.notice(self.keys.fill(words))

    def action_toggle_inspector(self) -> None:
        """Show or hide the events."""
        if self.replay is None:
            return
        pane = self.panes["events"]
        shown = not pane.display
        target = self.home if not shown or self.has_class("-wide") else self.replay.inspector
        self.show_pane(pane, shown=shown, then=target.focus)

    def action_copy_or_leave(self) -> None:
        """Copy what is selected, else leave."""
        if not self.copy_selection():
            self.leave()

    def action_ask(self) -> None:
        """What asks the model in a chat."""
        self.notice(self.keys.fill("Nothing is asked in a replay: {replay.go_live} goes on live from here"))

    def action_to_chat(self, place: ChatPlace) -> None:
        """Leave for a place in the chat, also where the replay was opened from the shell."""
        self.stop()
        self.post_message(self.ChatRequested(place))

    def leave(self) -> None:
        """Back to the chat, or out of the program."""
        self.stop()
        self.post_message(self.Left())

    def key_hint(self) -> str:
        replay = self.replay
        if self.waterfall.has_focus:
            return WATERFALL_KEYS
        if replay is not None and self.focused is replay.inspector:
            return "{events.seek} go there  {events.copy} copy  {app.escape} player"
        if replay is not None and self.focused is replay.tool_tree:
            return "{replay.fold} fold  {replay.open} open  {app.escape} player"
        if replay is not None and self.focused in (replay.message_log, replay.event_json):
            return "{app.escape} player"
        if self._is_empty:
            return "{app.escape} leave  {app.help} help"
        narrow = "" if self.has_class("-wide") else "  {app.steps} steps"
        # Where there is room for one of them it is the help, which names all.
        leave = ("{app.escape} leave", "{app.help} help")
        both = "  ".join(leave if self.size.width >= _ROOMY else reversed(leave))
        if replay is not None and replay.is_waiting:  # how it is answered is what matters then
            return f"{{replay.go_live}} answer live  {both}{narrow}"
        return f"{both}  {{replay.go_live}} go on live{narrow}"

    def action_context(self) -> None:
        """Show what the model was given where the player stands."""
        if self.replay is not None:
            self.replay.pause()
            self._show_context(self.replay)

    @work(group="context", exclusive=True)
    async def _show_context(self, replay: "ReplayController") -> None:
        from tui.screens.replay.context import ContextScreen, contexts_at

        self.notice("What the model was given is being put together")
        try:
            before, context = await in_thread(contexts_at, replay.recording, replay.player.position)
        except UsageError as error:
            self.notice(str(error).capitalize())
            return
        self.notice("")
        self.app.push_screen(ContextScreen(before, context, self.keys))

    # Going on live

    def action_go_live(self) -> None:
        """Ask whether to go on from here."""
        self._leave_by(self._go_live)

    @work(group="live", exclusive=True)
    async def _go_live(self, replay: "ReplayController") -> None:
        from agent.library.library import Library  # only who goes on live needs it
        from tui.screens.replay.go_live import GoLiveScreen

        standing, branch = self.bar.standing, replay.branch
        dialog = GoLiveScreen(
            moment=stamp(standing.time),
            turn=standing.turn,
            model=self._settings.model,
            cut=branch.cut_calls,
            keys=self.keys,
        )
        chosen: GoingOn | None = await self.app.push_screen_wait(dialog)
        if chosen is None:
            return
        parent = branch.lineage
        try:
            path = await branch.write(Sessions(self._settings.data_dir), complete=chosen.complete)
            title = f"{self.title_bar.title} (from {stamp(standing.time)})"
            await in_thread(Library(self._settings.data_dir).rename, path.stem, title)
        except TickertapeError as error:
            self.notice(str(error))
            return
        self.stop()
        self.post_message(self.WentLive(path, chosen.model, parent))

    def action_what_if(self) -> None:
        """Ask what is to be otherwise from here on."""
        self._leave_by(self._what_if)

    def _leave_by(self, go: "Callable[[ReplayController], object]") -> None:
        if self.replay is None:
            return
        self.replay.pause()
        if self.replay.player.position:
            go(self.replay)
        else:
            self.notice("There is nothing yet to go on from")

    @work(group="live", exclusive=True)
    async def _what_if(self, replay: "ReplayController") -> None:
        from tui.screens.replay.what_if import WhatIfScreen

        standing = self.bar.standing
        dialog = WhatIfScreen(moment=stamp(standing.time), turn=standing.turn, plan=replay.branch.plan, keys=self.keys)
        plan: Plan | None = await self.app.push_screen_wait(dialog)
        if plan is not None:
            self.stop()
            self.post_message(self.Branched(plan))

    # What the widgets say

    def on_player_bar_sought(self, message: PlayerBar.Sought) -> None:
        """A place on the track."""
        self._seek_fraction(message.fraction)

    def on_player_bar_toggled(self) -> None:
        """The sign for playing."""
        self.action_toggle_playing()

    def on_inspector_event_selected(self, message: "Inspector.EventSelected") -> None:
        """An event is to be gone to."""
        if (replay := self.replay) is not None:
            replay.pause()
            replay.seek(lambda: replay.player.seek_event(message.number + 1))

    def on_waterfall_moment_selected(self, message: "Waterfall.MomentSelected") -> None:
        """A moment of the waterfall is to be gone to."""
        if (replay := self.replay) is not None:
            replay.pause()
            replay.seek(lambda: replay.player.seek_moment(message.moment))

    def on_inspector_event_highlighted(self, message: "Inspector.EventHighlighted") -> None:
        """The JSON of another event is to be shown."""
        if self.replay is not None:
            self.replay.show_event(message.number)

    def on_inspector_copy_requested(self, message: "Inspector.CopyRequested") -> None:
        """The JSON of an event is to be copied."""
        self.copy(message.text, message.what)


_OWN_ACTIONS = {binding.action.partition("(")[0] for binding in ReplayScreen.BINDINGS if isinstance(binding, Binding)}


def _import_controller(settings: Settings, opening: Opening) -> "tuple[Callable[..., ReplayController], Clock]":
    """What makes the replay, with what its file tells, and the loop's clock. Blocks."""
    from agent.library.metadata import MetadataFolder
    from agent.recordings.player import LoopClock
    from tui.screens.replay.controller import ReplayController

    source, title = opening.source, None
    if isinstance(source, Path) and source.parent == Sessions(settings.data_dir).folder:
        title = MetadataFolder(settings.data_dir).read(source.stem).title
    return partial(ReplayController, follow=opening.is_followed(), own_title=title or ""), LoopClock()
