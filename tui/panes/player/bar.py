"""The player's track and figures: where the replay stands, what lies on the way, and how fast it goes.

Draws what it is given. It knows no player and no recording, reads no clock and has no timer; the mouse on the track
becomes a message.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf
from typing import ClassVar, Literal, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from agent.figures import duration, stamp
from agent.reading.marks import SpanKind
from tui.drawing.cells import fit
from tui.drawing.glyphs import UNICODE, Glyphs

__all__ = ["PlayerBar", "Standing", "Stretch", "Track"]

_Role = Literal[
    "plain",
    "quiet",
    "state",
    "live",
    "head",
    "turn",
    "call",
    "idle",
    "idle-ahead",
    "reasoning",
    "reasoning-ahead",
    "tool",
    "tool-ahead",
    "answer",
    "answer-ahead",
]
_ROLES: tuple[_Role, ...] = _Role.__args__  # type: ignore[attr-defined]  # the members of a Literal
_Part = Literal["state", "time", "live", "speed", "idle", "event", "turn"]
_ORDER: tuple[_Part, ...] = ("state", "time", "live", "speed", "idle", "event", "turn")
_RANKED: tuple[_Part | int, ...] = ("state", "time", 0, "live", 1, "speed", 2, 3, "event", "turn", "idle")
"""What is shown first where there is not room for all; a number is that of a hint, those that are left come last."""
_GAP = 2
_LEAST_TRACK = 16
"""Cells that are left to a track that shares its line."""
_LITTLE = 0.15
"""A cell that something other than idleness fills by this share is drawn as that: calls are short."""
_CROWDED = 3
"""Marks are left out where there would be one on every third cell or more."""


class Stretch(NamedTuple):
    """A part of the track of one kind; both ends are fractions of its length."""

    start: float
    end: float
    kind: SpanKind


@dataclass(frozen=True, kw_only=True)
class Track:
    """What lies on the way; all places are fractions of its length, in order."""

    stretches: Sequence[Stretch] = ()
    turns: Sequence[float] = ()
    calls: Sequence[float] = ()


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where the replay stands, and how it goes on."""

    playing: bool = False
    time: float = 0.0
    """In ms from the start; so is `length`."""
    length: float = 0.0
    speed: float = 1.0
    """Infinity is as fast as can be."""
    idle_limit: float | None = None
    """The longest pause, in ms."""
    event: int = 0
    """How many have come."""
    events: int = 0
    turn: int = 0
    turns: int = 0
    live: bool = False
    """Whether the recording still grows."""
    is_written: bool = True
    """Whether a turn goes on where a live one ends; else it is merely open in another program."""
    is_paced: bool = False
    """Whether its time is a pace of our own, because the recording tells none."""
    read: float | None = None
    """How much of the recording has been read, from 0 to 1; None where all has, or that is not known."""

    @property
    def is_over(self) -> bool:
        """Whether all that there is has come, and no more will."""
        return not self.playing and not self.live and self.read is None and 0 < self.events <= self.event

    @property
    def fraction(self) -> float:
        """Where the head is on the track, from 0 to 1."""
        return min(max(self.time / self.length, 0.0), 1.0) if self.length > 0 else 0.0


class PlayerBar(Widget, can_focus=True):
    """Two lines, the track and the figures; where it is given one, both stand on it."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"player--{role}" for role in _ROLES}
    DEFAULT_CSS = """
    PlayerBar {
        height: 2;
        padding: 0 1;
        color: $foreground;
        .player--plain { color: $foreground; }
        .player--quiet { color: $text-muted; }
        .player--state { color: $text-accent; text-style: bold; }
        .player--live { color: $text-accent; text-style: bold; }
        .player--head { color: $foreground; text-style: bold; }
        .player--turn { color: $foreground; }
        .player--call { color: $text-warning; }
        .player--idle { color: $foreground 45%; }
        .player--idle-ahead { color: $foreground 25%; }
        .player--reasoning { color: $foreground 70%; }
        .player--reasoning-ahead { color: $foreground 35%; }
        .player--tool { color: $secondary; }
        .player--tool-ahead { color: $secondary 45%; }
        .player--answer { color: $accent; }
        .player--answer-ahead { color: $accent 45%; }
    }
    """
    ALLOW_SELECT = False

    @dataclass
    class Sought(Message):
        """A place on the track was clicked, or dragged to."""

        fraction: float
        """From 0 to 1."""

    class Toggled(Message):
        """The sign for playing was clicked."""

    def __init__(self, *, glyphs: Glyphs = UNICODE, id: str | None = None) -> None:
        super().__init__(id=id)
        self._glyphs = glyphs
        self._track = Track()
        self._standing = Standing()
        self._hints: tuple[str, ...] = ()
        self._cells: list[SpanKind] = []
        """What each cell of the track is drawn as; empty until it is known how many there are."""
        self._marks: dict[int, _Role] = {}
        self._drawn: list[list[tuple[str, _Role]]] = []
        """The lines as they were drawn last."""
        self._styles: dict[_Role, Style] = {}
        self._dragging = False

    # What the owner sets

    @property
    def track(self) -> Track:
        """What lies on the way."""
        return self._track

    @track.setter
    def track(self, track: Track) -> None:
        self._track = track
        self._cells.clear()
        self._repaint()

    @property
    def standing(self) -> Standing:
        """Where the replay stands."""
        return self._standing

    @standing.setter
    def standing(self, standing: Standing) -> None:
        self._standing = standing
        self._repaint()

    @property
    def hints(self) -> tuple[str, ...]:
        """The keys that matter, the most important first; those are shown that there is room for."""
        return self._hints

    @hints.setter
    def hints(self, hints: Iterable[str]) -> None:
        self._hints = tuple(hints)
        self._repaint()

    def _repaint(self) -> None:
        """Repaint where anything visible has changed."""
        if self.is_mounted and self._lines() != self._drawn:
            self.refresh()

    # The mouse

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Seek on the track; play or pause by the sign."""
        place = self._track_place(event)
        if place is not None:
            self.capture_mouse()
            self._dragging = True
            self.post_message(self.Sought(place))
        elif (at := event.get_content_offset(self)) is not None and at.x < cell_len(self._parts()["state"][0]):
            self.post_message(self.Toggled())

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Seek on while the button is held, also where the mouse has left the track."""
        if self._dragging:
            start, width = self._track_room()
            x = event.screen_x - self.content_region.x - start
            self.post_message(self.Sought(min(max(x / max(width - 1, 1), 0.0), 1.0)))

    def on_mouse_up(self) -> None:
        """Let the track go."""
        self._dragging = False
        self.release_mouse()

    def _track_place(self, event: events.MouseEvent) -> float | None:
        start, width = self._track_room()
        at = event.get_content_offset(self)
        if at is None or at.y != 0 or not start <= at.x < start + width:
            return None
        return (at.x - start) / max(width - 1, 1)

    # Drawing

    def on_resize(self) -> None:
        """There are other cells."""
        self._cells.clear()
        self.refresh()

    def notify_style_update(self) -> None:
        """The theme may have changed."""
        super().notify_style_update()
        self._styles.clear()

    def render_line(self, y: int) -> Strip:
        """The track or the figures."""
        if not self._styles:
            self._styles = {role: self.get_component_rich_style(f"player--{role}") for role in _ROLES}
        if y == 0:
            self._drawn = self._lines()
        line = self._drawn[y] if y < len(self._drawn) else []
        strip = Strip([Segment(text, self._styles[role]) for text, role in line])
        return strip.adjust_cell_length(self.size.width, self._styles["plain"])

    def _lines(self) -> list[list[tuple[str, _Role]]]:
        if self.size.height >= 2:
            return [self._draw_track(), self._draw_figures()]
        line = [*self._before_track(), *self._draw_track()]
        return [[*line, (f" {hint}", "quiet")] if (hint := self._hint_beside_track()) else line]

    def _before_track(self) -> list[tuple[str, _Role]]:
        """What stands before a track that shares its line."""
        parts = self._parts()
        return [parts["state"], (" ", "plain"), parts["time"], (" ", "plain")]

    def _hint_beside_track(self) -> str:
        """The first hint, where a track that shares its line leaves room for it."""
        hint = self._hints[0] if self._hints else ""
        needed = sum(cell_len(text) for text, _ in self._before_track()) + _LEAST_TRACK + cell_len(hint) + 1
        return hint if needed <= self.size.width else ""

    def _track_room(self) -> tuple[int, int]:
        """The first cell of the track, and how many there are."""
        if self.size.height >= 2:
            return 0, self.size.width
        start = sum(cell_len(text) for text, _ in self._before_track())
        hint = self._hint_beside_track()
        return start, max(self.size.width - start - (cell_len(hint) + 1 if hint else 0), 0)

    def _draw_track(self) -> list[tuple[str, _Role]]:
        _, width = self._track_room()
        if width <= 0:
            return []
        if len(self._cells) != width:
            self._cells = _kinds(self._track.stretches, width)
            self._marks = _marks(self._track, width)
        head = _cell(self._standing.fraction, width)
        line: list[tuple[str, _Role]] = []
        for x, kind in enumerate(self._cells):
            text, role = self._draw_cell(x, kind, head)
            if line and line[-1][1] == role:
                line[-1] = (line[-1][0] + text, role)
            else:
                line.append((text, role))
        return line

    def _draw_cell(self, x: int, kind: SpanKind, head: int) -> tuple[str, _Role]:
        glyphs = self._glyphs
        if x == head:
            return glyphs.head, "head"
        if (mark := self._marks.get(x)) is not None:
            return (glyphs.turn_mark if mark == "turn" else glyphs.call_mark), mark
        ahead = x > head
        match kind:
            case SpanKind.IDLE:
                return glyphs.track_idle, "idle-ahead" if ahead else "idle"
            case SpanKind.REASONING:
                return glyphs.track_reasoning, "reasoning-ahead" if ahead else "reasoning"
            case SpanKind.TOOL:
                return glyphs.track_tool, "tool-ahead" if ahead else "tool"
            case SpanKind.ANSWER:
                return glyphs.track_answer, "answer-ahead" if ahead else "answer"

    def _parts(self) -> dict[_Part, tuple[str, _Role]]:
        """What there is to tell; what counts on has the room of where it ends, so that nothing beside it moves."""
        now, glyphs = self._standing, self._glyphs
        state = f"{glyphs.play} playing" if now.playing else f"{glyphs.pause} {'at end' if now.is_over else 'paused'} "
        length, events, turns = stamp(now.length), f"{now.events:,}", f"{now.turns:,}"
        paced = " paced" if now.is_paced else ""
        event, turn = f"event {now.event:,}/{events}", f"turn {now.turn:,}/{turns}"
        parts: dict[_Part, tuple[str, _Role]] = {
            "state": (state, "state"),
            "time": (f"{stamp(now.time)} / {length}".ljust(2 * len(length) + 3) + paced, "plain"),
            "speed": ("fastest" if now.speed == inf else f"{now.speed:g}x", "plain"),
            "event": (event.ljust(2 * len(events) + 7), "quiet"),
        }
        if now.live:
            parts["live"] = (f"{glyphs.live} live", "live") if now.is_written else ("waits for more", "quiet")
        if now.read is not None:
            parts["live"] = (f"reading {now.read:.0%}", "quiet")
        if now.turns:
            parts["turn"] = (turn.ljust(2 * len(turns) + 6), "quiet")
        if now.idle_limit is not None:
            parts["idle"] = (f"pauses {duration(now.idle_limit)} at most", "quiet")
        return parts

    def _draw_figures(self) -> list[tuple[str, _Role]]:
        """The parts and the hints there is room for, the hints at the right edge."""
        width, parts = self.size.width, self._parts()
        told: dict[_Part | int, str] = {part: text for part, (text, _) in parts.items()}
        told.update(enumerate(self._hints))
        shown: set[_Part | int] = {"state"}
        room = width - cell_len(told["state"])
        for rank in dict.fromkeys((*_RANKED[1:], *told)):
            needed = cell_len(told.get(rank, "")) + _GAP
            is_next = isinstance(rank, str) or rank == 0 or rank - 1 in shown  # no hint without those that matter more
            if rank in told and rank not in shown and is_next and needed <= room:
                shown.add(rank)
                room -= needed
        line: list[tuple[str, _Role]] = []
        for part in (part for part in _ORDER if part in shown):
            text, role = parts[part]
            line += [(" " * _GAP, "plain")] if line else []
            line.append((fit(text, width, self._glyphs.ellipsis), role))
        hint = (" " * _GAP).join(text for number, text in enumerate(self._hints) if number in shown)
        gap = width - sum(cell_len(text) for text, _ in line) - cell_len(hint)
        return [*line, (" " * gap, "plain"), (hint, "quiet")]


def _cell(fraction: float, width: int) -> int:
    return round(fraction * (width - 1))


def _kinds(stretches: Iterable[Stretch], width: int) -> list[SpanKind]:
    """What most of each cell is; idleness only where there is hardly anything else."""
    shares: list[dict[SpanKind, float]] = [{} for _ in range(width)]
    for start, end, kind in stretches:
        for x in range(max(int(start * width), 0), min(int(end * width), width - 1) + 1):
            share = min(end * width, x + 1) - max(start * width, x)
            shares[x][kind] = shares[x].get(kind, 0.0) + share
    kinds = []
    for by_kind in shares:
        busy: dict[SpanKind, float] = {
            kind: part for kind, part in by_kind.items() if kind is not SpanKind.IDLE and part > 0
        }
        enough = busy and sum(busy.values()) >= _LITTLE
        kinds.append(max(busy, key=busy.__getitem__) if enough else SpanKind.IDLE)
    return kinds


def _marks(track: Track, width: int) -> dict[int, _Role]:
    """The cells with a mark; a turn's goes before a call's."""
    marks: dict[int, _Role] = {}
    roles: tuple[tuple[Sequence[float], _Role], ...] = ((track.calls, "call"), (track.turns, "turn"))
    for places, role in roles:
        cells = {_cell(place, width) for place in places}
        if len(cells) * _CROWDED <= width:
            marks |= dict.fromkeys(cells, role)
    return marks
