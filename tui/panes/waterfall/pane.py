"""The waterfall: where the time of one turn went, with a cursor that stands in time and on a line.

Owns what is shown of the turn and the keys that zoom and walk it. It knows one turn and a moment; what either means to
the recording, its owner knows.
"""

from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import ClassVar

from textual.binding import BindingType
from textual.events import Resize
from textual.message import Message

from agent.conversation.prices import Price, step_cost
from agent.conversation.run import Run
from agent.recordings.timing import SpanKind, TimeSpan, timing_of
from tui.drawing.glyphs import UNICODE, Glyphs
from tui.drawing.rows import Key, Row
from tui.panes.waterfall.axis import axis
from tui.panes.waterfall.rows import LABEL, Line, legend_of, lines_of, row_of, told
from tui.panes.waterfall.scale import Scale
from tui.widgets.bindings import bindings
from tui.widgets.row_view import RowView

__all__ = ["Waterfall"]

_RIGHT = 8
"""Cells of the durations at the right edge, with the gap before them."""
_COST = 9
"""Cells of what a line cost, with the gap before it."""
_ZOOM = 2.0


class Waterfall(RowView):
    """One turn's time."""

    DEFAULT_CSS = """
    Waterfall { padding: 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings(
        {
            "waterfall.back": "walk(-1)",
            "waterfall.forward": "walk(1)",
            "waterfall.closer": "zoom(1)",
            "waterfall.farther": "zoom(-1)",
            "waterfall.begin": "to_line",
        }
    )

    @dataclass
    class MomentSelected(Message):
        """A moment is to be gone to."""

        moment: float
        """Milliseconds since the epoch."""

    class Drawn(Message):
        """Other cells, another moment or another line are shown."""

    def __init__(
        self,
        *,
        glyphs: Glyphs = UNICODE,
        empty_text: str = "Where a turn's time goes stands here: model, arguments, tools, you.",
        id: str | None = None,
    ) -> None:
        super().__init__(glyphs=glyphs, empty_text=empty_text, id=id)
        self._run: Run | None = None
        self._version = -1
        self._turn: TimeSpan | None = None
        self._lines: list[Line] = []
        self._end = 0.0
        """The last moment that is told of the turn."""
        self._begun: tuple[list[float], list[int]] = ([], [])
        """When lines begin, in order, and the last line of all that have begun by then."""
        self._numbers: dict[Key, int] | None = None
        self._rows: dict[int, Row] = {}
        self._scale: Scale | None = None
        """None shows the whole turn, as it grows."""
        self._moment: float | None = None
        self._until: float | None = None
        self._price: Price | None = None
        self._has_costs = False
        self._is_unseen = False
        """Whether a moment is shown that had no room yet."""

    # What the owner calls

    def show(self, run: Run | None, moment: float | None, *, now: float | None = None) -> None:
        """Show a turn as it is now, and where in it the replay stands; None is nowhere.

        `now` is how far time has gone of a turn that goes on, in ms since the epoch.
        """
        if run is None or self._run is None or run.id != self._run.id:
            self._scale = None
        if run is not self._run or run is None or run.version != self._version:
            self._take(run)
        is_moved, self._moment = moment != self._moment, moment
        self._until = now if run is not None and run.is_open else None
        if self._scale is not None and moment is not None and (whole := self._whole) is not None:
            self._scale = self._scale.showing(min(max(moment, whole.start), whole.end), whole)
        self._redraw()
        if not self.size.height:
            self._is_unseen = True
        elif not self.has_focus and (is_moved or self._until is not None):
            self._reveal(moment)

    def use_prices(self, price: Price | None) -> None:
        """Show what turns and steps cost, where that is known."""
        if price is not self._price:
            self._price, self._version = price, -1

    def _take(self, run: Run | None) -> None:
        """Take in what a turn has become."""
        self._run, self._version = run, -1 if run is None else run.version
        self._turn = None if run is None else timing_of(run)
        self._lines = [] if self._turn is None else lines_of(self._turn)
        self._numbers = None
        begun = sorted((line.span.start, number) for number, line in enumerate(self._lines))
        self._begun = [start for start, _ in begun], list(accumulate((number for _, number in begun), max))
        told = [moment for line in self._lines for moment in (line.span.start, line.span.end) if moment is not None]
        self._end = max([*told, *(self._turn.moments[-1:] if self._turn is not None else ())], default=0.0)
        self._has_costs = self._price is not None and run is not None and self._price(run) is not None

    def _reveal(self, moment: float | None) -> None:
        """Show the line that is written at a moment; None is the last."""
        if not self._lines or not self.is_mounted:
            return
        begun = len(self._lines) if moment is None else bisect_right(self._begun[0], moment)
        number = self._begun[1][max(begun - 1, 0)]
        if number not in self.visible_rows:
            self.scroll_to_row(max(number - self.size.height + 2, 0))

    # Rows

    @property
    def row_count(self) -> int:
        return len(self._lines)

    def row_at(self, y: int) -> Row:
        row = self._rows.get(y)
        if row is None:
            scale = self._shown
            assert scale is not None  # noqa: S101 - there is a turn where there are rows
            line = self._lines[y]
            row = self._rows[y] = row_of(
                line,
                scale,
                label=self._label,
                moment=self._moment,
                until=self._until,
                cost=self._cost(line),
                glyphs=self._glyphs,
            )
        return row

    def row_number(self, key: Key) -> int | None:
        if self._numbers is None:
            self._numbers = {line.key: number for number, line in enumerate(self._lines)}
        return self._numbers.get(key)

    @property
    def first_place(self) -> int:
        return 0

    def on_focus(self) -> None:
        """Its cursor is seen, also where another line was shown while nobody walked here."""
        if self.row_count:
            number = None if self._cursor is None else self.row_number(self._cursor)
            self.place_cursor(self.first_place if number is None else number)

    def cursor_moved(self) -> None:
        self.post_message(self.Drawn())

    def on_resize(self, event: Resize) -> None:
        """Other cells show the same time; what was shown before there was room for it is revealed now."""
        self._redraw()
        if self._is_unseen and self.size.height:
            self._is_unseen = False
            self._reveal(self._moment)

    def _redraw(self) -> None:
        self._rows.clear()
        self.show_rows()
        self.refresh()
        self.post_message(self.Drawn())

    def _cost(self, line: Line) -> str:
        if not self._has_costs or self._price is None or self._run is None:
            return ""
        cost = None
        if line.span.kind is SpanKind.TURN:
            cost = self._price(self._run)
        elif line.span.kind is SpanKind.STEP:
            cost = step_cost(self._price, self._run, self._run.steps[line.place])
        return " " * _COST if cost is None else f"{f'${cost:.4f}':>{_COST}}"

    # Words around it

    @property
    def ruler(self) -> str:
        """The line over the tracks: what time their cells show."""
        if (scale := self._shown) is None or self._turn is None:
            return ""
        return axis(scale, self._turn.start, self._moment, label=self._label, glyphs=self._glyphs)

    @property
    def told(self) -> str:
        """The figures of the line under the cursor; of the turn, where it stands on none."""
        if not self._lines:
            return ""
        number = None if self._cursor is None else self.row_number(self._cursor)
        return told(self._lines[number or 0], self._unit, self._glyphs)

    @property
    def legend(self) -> list[str]:
        """What its signs mean, those first that are needed most."""
        return legend_of(self._lines, self.visible_rows, self._unit, self._glyphs)

    @property
    def _unit(self) -> str:
        """What the turn's fragments are."""
        return "token" if self._run is None or self._run.has_tokens else "piece"

    # Cells

    @property
    def _label(self) -> int:
        return max(LABEL[0], min(LABEL[1], self.row_width // 4))

    @property
    def _width(self) -> int:
        return max(self.row_width - self._label - 1 - _RIGHT - _COST * self._has_costs, 1)

    @property
    def _whole(self) -> Scale | None:
        """All of the turn, as far as it is told."""
        if (turn := self._turn) is None:
            return None
        return Scale(start=turn.start, end=max(self._end, self._until or 0.0, turn.start + 1.0), width=self._width)

    @property
    def _shown(self) -> Scale | None:
        whole = self._whole
        if whole is None or self._scale is None:
            return whole
        return Scale(start=self._scale.start, end=self._scale.end, width=self._width).within(whole)

    # Keys and the mouse

    def action_walk(self, direction: int) -> None:
        """A cell back or on in time."""
        if (scale := self._shown) is not None and (whole := self._whole) is not None:
            moment = whole.start if self._moment is None else self._moment
            self._select(min(max(moment + direction * scale.cell, whole.start), whole.end))

    def action_zoom(self, direction: int) -> None:
        """Show a shorter stretch of time, or a longer one."""
        if (scale := self._shown) is None or (whole := self._whole) is None:
            return
        around = min(max(whole.start if self._moment is None else self._moment, scale.start), scale.end)
        zoomed = scale.zoomed(_ZOOM**direction, around, whole)
        self._scale = None if zoomed.end - zoomed.start >= whole.end - whole.start else zoomed
        self._redraw()

    def action_to_line(self) -> None:
        """To where the line under the cursor begins."""
        number = None if self._cursor is None else self.row_number(self._cursor)
        if number is not None:
            self._select(self._lines[number].span.start)

    def row_clicked(self, y: int, x: int, chain: int) -> None:
        """The mouse chooses a line and a moment."""
        super().row_clicked(y, x, chain)
        cell = x - self._label - 1
        if (scale := self._shown) is not None and 0 <= cell < scale.width:
            self._select(scale.edges[cell])

    def _select(self, moment: float) -> None:
        self.post_message(self.MomentSelected(moment))
