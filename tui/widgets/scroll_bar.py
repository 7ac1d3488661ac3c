"""A scroll bar whose cells are drawn again only where they look different.

Text that comes moves the place within ever more lines, though hardly ever the thumb. Textual draws the whole bar anew
for each of its values.
"""

from math import ceil

from rich.segment import Segment
from textual.geometry import Region
from textual.scrollbar import ScrollBar

__all__ = ["put_bar"]


def put_bar(bar: ScrollBar, *, lines: int, position: float) -> None:
    """Have a vertical bar tell that `position` is the first line seen of so many."""
    before = _cells(bar)
    bar.set_reactive(ScrollBar.window_virtual_size, lines)
    bar.set_reactive(ScrollBar.position, bar.validate_position(position))
    changed = [y for y, (old, new) in enumerate(zip(before, _cells(bar), strict=True)) if old != new]
    if changed:
        bar.refresh(Region(0, changed[0], bar.size.width, changed[-1] + 1 - changed[0]))


def _cells(bar: ScrollBar) -> list[Segment]:
    """A segment a cell, in colours that only tell them apart."""
    is_scrolled = bar.window_size < bar.window_virtual_size
    return list(
        bar.renderer.render_bar(
            size=bar.size.height,
            virtual_size=ceil(bar.window_virtual_size),
            window_size=ceil(bar.window_size) if is_scrolled else 0,
            position=bar.position,
        ).segments
    )
