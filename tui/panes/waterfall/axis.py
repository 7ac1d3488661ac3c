"""The line over the tracks of a waterfall: round moments of the turn at their cells, where the replay stands. Pure."""

from math import ceil, floor, log10

from agent.figures import clock, stamp
from tui.drawing.glyphs import Glyphs
from tui.panes.waterfall.scale import Scale

__all__ = ["axis"]

_ROOM = 12
"""Cells from one mark to the next, at least: a mark, its moment, a gap."""
_SECOND, _MINUTE = 1_000.0, 60_000.0
_LONG = [_MINUTE * minutes for minutes in (0.25, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 360, 720, 1_440)]
"""Milliseconds between two marks where those of seconds are too near to each other."""


def axis(scale: Scale, origin: float, moment: float | None, *, label: int, glyphs: Glyphs) -> str:
    """The marks of a scale, counted from `origin`; before them, in `label` cells, where in it the replay stands."""
    cells = [" "] * scale.width
    here = -1 if moment is None else scale.cell_of(moment)
    step = _step_of(scale.cell * _ROOM)
    for number in range(ceil((scale.start - origin) / step), floor((scale.end - origin) / step) + 1):
        cell, text = scale.cell_of(origin + number * step), f"{glyphs.tick}{_told(number * step, step)}"
        if cell <= here <= cell + len(text):
            text = glyphs.tick  # a figure that is cut in two by the moment's mark would be read as another one
        if 0 <= cell <= scale.width - len(text):
            cells[cell : cell + len(text)] = text
    stands = ""
    if moment is not None:
        if 0 <= here < scale.width:
            cells[here] = glyphs.unfolded
        stands = f"{glyphs.moment} +{stamp(moment - origin)}"
        stands += " in turn" if len(stands) + len(" in turn") <= label else ""
    return f"{stands:<{label}} {''.join(cells)}".rstrip()


def _step_of(least: float) -> float:
    """The round stretch of time that is at least so many milliseconds."""
    if least > 10 * _SECOND:
        return next((step for step in _LONG if step >= least), _LONG[-1] * ceil(least / _LONG[-1]))
    power = 10.0 ** floor(log10(least))
    return next(power * times for times in (1, 2, 5, 10) if power * times >= least)


def _told(moment: float, step: float) -> str:
    """As exact as marks so far from each other need it: `0.25 s`, `5 s`, `1:30`."""
    if moment >= _MINUTE and step >= _SECOND:
        return clock(moment)
    return f"{moment / _SECOND:.{0 if step >= _SECOND else ceil(-log10(step / _SECOND) - 1e-9)}f} s"
