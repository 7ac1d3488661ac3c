"""The runs of a session one under the other: their heights, laid out or estimated.

Owns which runs are laid out, and places in the text that last while heights change. It knows no scrolling and draws
nothing.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from agent.conversation.run import Run
from tui.drawing.glyphs import Glyphs
from tui.drawing.lines import Line
from tui.panes.log.run.making import make_view

if TYPE_CHECKING:
    from tui.panes.log.run.view import RunView

__all__ = ["Column", "Place"]

_KEPT = 48
"""How many runs stay laid out; of the others only the heights are remembered."""


@dataclass(slots=True)
class _Slot:
    run: Run
    height: int
    view: "RunView | None" = None
    measured: int = 0
    """The width that the height was measured at; 0 where it is a guess."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A line of text, wherever it is drawn."""

    run: int
    part: str
    block: int
    characters: int
    rows: int
    """Lines from the part's text up to the line, where it has no blocks; below 0 in the gap before it."""


class Column:
    """All runs of a session."""

    def __init__(self, glyphs: Glyphs) -> None:
        self.marks = False
        self.again = ""
        """How a question is asked again; '' where it cannot be."""
        self.unfolded: set[str] = set()
        """Ids of the reasonings that are shown whole."""
        self._glyphs = glyphs
        self._width = 0
        self._slots: list[_Slot] = []
        self._index: dict[str, int] = {}
        self._tops: list[int] = [0]
        self._recent: dict[int, None] = {}

    # What is there

    def __len__(self) -> int:
        return len(self._slots)

    @property
    def height(self) -> int:
        """Lines of all runs."""
        return self._tops[-1]

    @property
    def last(self) -> Run | None:
        """The last run."""
        return self._slots[-1].run if self._slots else None

    def run(self, index: int) -> Run:
        """A run by its place."""
        return self._slots[index].run

    def index_of(self, run_id: str) -> int | None:
        """Where a run stands."""
        return self._index.get(run_id)

    def at(self, y: int) -> int:
        """The run that line `y` is in; the nearest where there is none."""
        return min(max(bisect_right(self._tops, y) - 1, 0), len(self._slots) - 1)

    def top(self, index: int) -> int:
        """The first line of a run."""
        return self._tops[index]

    def view(self, index: int) -> "RunView":
        """A run laid out; its height may change by that."""
        slot = self._slots[index]
        if slot.view is None:
            slot.view = make_view(
                slot.run, self._width, self._glyphs, self.unfolded, marks=self.marks, again=self.again
            )
            self._set_height(index, slot.view.height)
        self._recent.pop(index, None)
        self._recent[index] = None
        return slot.view

    def is_measured(self, index: int) -> bool:
        """Whether the height of a run is known."""
        return self._slots[index].measured == self._width

    def line(self, y: int) -> tuple[int, "RunView", Line | None]:
        """The run at `y` and its line there."""
        index = self.at(y)
        view = self.view(index)
        return index, view, view.line(y - self._tops[index])

    # What is guessed of long texts

    def has_guesses(self, rows: range) -> bool:
        """Whether any of these lines is only guessed, because it belongs to a long text that nobody looked at."""
        return any(self.view(index).has_guesses(own) for index, own in self._runs_in(rows))

    def whole_runs(self, rows: range) -> range:
        """All lines of the runs that these lines are in."""
        return range(self._tops[self.at(rows.start)], self._tops[self.at(rows.stop - 1) + 1])

    def lay_out(self, rows: range, kept: int) -> int:
        """Lay out what is only guessed of these lines; gives where line `kept`, which is no guess, is then."""
        height = self.height
        self._lay_out_rows(range(rows.start, min(kept, rows.stop)))
        moved = self.height - height
        self._lay_out_rows(range(max(kept, rows.start) + moved, rows.stop + moved))
        return kept + moved

    def _lay_out_rows(self, rows: range) -> None:
        for index, own in reversed(self._runs_in(rows)):
            view = self.view(index)
            view.lay_out(own)
            self._set_height(index, view.height)

    def _runs_in(self, rows: range) -> list[tuple[int, range]]:
        """The runs that these lines are in, and the lines as each run counts them."""
        if not rows or not self._slots:
            return []
        indexes = range(self.at(rows.start), self.at(rows.stop - 1) + 1)
        return [(i, range(rows.start - self._tops[i], rows.stop - self._tops[i])) for i in indexes]

    # Changes

    def show(self, runs: Sequence[Run]) -> None:
        """Replace all runs."""
        self._slots = [_Slot(run, self._guess(run)) for run in runs]
        self._index = {run.id: index for index, run in enumerate(runs)}
        self._recent.clear()
        self._add_up()

    def swap(self, runs: Sequence[Run]) -> None:
        """Replace all runs by earlier or later states of them; what is the same keeps its lines."""
        before = self._slots
        self._slots = []
        for index, run in enumerate(runs):
            is_known = index < len(before) and before[index].run.id == run.id
            slot = before[index] if is_known else _Slot(run, self._guess(run))
            if slot.run is not run:
                slot = _Slot(run, slot.height, slot.view)
                if slot.view is not None:
                    slot.view.rebase(run)
                    slot.height, slot.measured = slot.view.height, self._width
                else:
                    slot.height = self._guess(run)
            self._slots.append(slot)
        self._index = {run.id: index for index, run in enumerate(runs)}
        self._recent = {index: None for index in self._recent if index < len(runs)}
        self._add_up()

    def add(self, run: Run) -> int:
        """Take a run's newest value; gives where it stands."""
        index = self._index.get(run.id)
        if index is None:
            index = self._index[run.id] = len(self._slots)
            self._slots.append(_Slot(run, 0))
            self._tops.append(self._tops[-1])
        self._slots[index].run = run
        return index

    def update(self, run: Run) -> int:
        """A run is new or has changed; gives the first line that did."""
        index = self.add(run)
        slot = self._slots[index]
        top = self._tops[index]
        if slot.view is None or slot.view.run is not run:
            slot.view = None
            self.view(index)
            return top
        changed = slot.view.update()
        self._set_height(index, slot.view.height)
        return top + changed

    def lay_anew(self, width: int, *, marks: bool) -> None:
        """Everything looks different now: another width, or marks."""
        self._width, self.marks = width, marks
        self._recent.clear()
        for slot in self._slots:
            slot.view, slot.measured = None, 0
            slot.height = self._guess(slot.run)
        self._add_up()

    def forget_far(self, visible: range) -> None:
        """Let go of lines that have not been looked at for long; their heights stay."""
        for index in list(self._recent):
            if len(self._recent) <= _KEPT:
                return
            if index not in visible and not self._slots[index].run.is_open:
                self._slots[index].view = None
                del self._recent[index]

    def refresh_run(self, index: int) -> None:
        """Something about how the run is shown has changed."""
        view = self.view(index)
        view.update()
        self._set_height(index, view.height)

    # Places

    def place_at(self, y: int) -> Place | None:
        """The place of a line."""
        if not self._slots:
            return None
        index = self.at(y)
        view = self.view(index)
        row = y - self._tops[index]
        part = view.part_at(row) or (view.parts[-1] if view.parts else None)
        if part is None:
            return None
        rows = row - part.first
        block, characters = part.body.locate(rows) if part.body is not None and rows >= 0 else (-1, 0)
        return Place(run=index, part=part.key, block=block, characters=characters, rows=rows)

    def line_of(self, place: Place) -> int:
        """The line of a place, as it is drawn now."""
        view = self.view(place.run)
        top = self._tops[place.run]
        for part in view.parts:
            if part.key == place.part:
                if part.body is not None and place.block >= 0:
                    line = top + part.first + part.body.find(place.block, 0)
                    self.lay_out(range(line, line + 1), line)
                    return top + part.first + part.body.find(place.block, place.characters)
                return top + part.first + min(place.rows, len(part.lines))
        return top

    def place_from(self, told: Mapping[str, Any]) -> Place | None:
        """A place as `asdict` told it with the run's id for its number; None where it is none, or of an unknown run."""
        index = self._index.get(told["run"]) if isinstance(told.get("run"), str) else None
        if index is None:
            return None
        part = told.get("part")
        block, characters, rows = (_whole(told.get(name)) for name in ("block", "characters", "rows"))
        return Place(run=index, part=str(part), block=block, characters=characters, rows=max(rows, -1))

    def _guess(self, run: Run) -> int:
        """About how high a run will be."""
        width = max(self._width, 20)
        return 8 + len(run.question) // width + run.answer_fragments * 6 // width

    def _set_height(self, index: int, height: int) -> None:
        slot = self._slots[index]
        slot.measured = self._width
        grown = height - slot.height
        slot.height = height
        if grown:
            for later in range(index + 1, len(self._tops)):
                self._tops[later] += grown

    def _add_up(self) -> None:
        self._tops = list(accumulate((slot.height for slot in self._slots), initial=0))


def _whole(value: Any) -> int:
    return value if isinstance(value, int) else 0
