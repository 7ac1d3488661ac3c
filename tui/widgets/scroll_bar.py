"""A scroll bar of which only those cells are drawn again that look different.

Text that comes moves the place within ever more lines, though hardly ever the thumb. Textual draws the whole bar anew
for each of its values, a line of Rich's a cell.
"""

from math import ceil

from rich.color import Color
from rich.segment import Segment, Segments
from rich.style import Style as RichStyle
from textual.css.styles import RulesMap
from textual.geometry import Region
from textual.scrollbar import ScrollBar, ScrollBarRender
from textual.strip import Strip
from textual.style import Style
from textual.visual import RenderOptions, Visual

__all__ = ["ThumbRender", "put_bar"]

_BACK, _THUMB = Color.parse("default"), Color.parse("white")
"""Told apart, where nobody says how they look."""


class ThumbRender(ScrollBarRender, Visual):
    """A vertical bar as Textual draws it, as strips at once: most of its cells are the same one."""

    @classmethod
    def render_bar(
        cls,
        size: int = 25,
        virtual_size: float = 50,
        window_size: float = 20,
        position: float = 0,
        thickness: int = 1,
        vertical: bool = True,
        back_color: Color = _BACK,
        bar_color: Color = _THUMB,
    ) -> Segments:
        """As Textual's, also of a place that is no longer there, for which that makes more cells than the bar has."""
        position = min(position, max(0, virtual_size - window_size))
        bar = super().render_bar(size, virtual_size, window_size, position, thickness, vertical, back_color, bar_color)
        return Segments(list(bar.segments)[:size], new_lines=bar.new_lines)

    def render_strips(self, width: int, height: int | None, style: Style, options: RenderOptions) -> list[Strip]:
        """Called by Textual."""
        base = style.rich_style
        own = RichStyle.parse(self.style) if isinstance(self.style, str) else self.style
        cells = self.render_bar(
            size=height or 0,
            virtual_size=self.virtual_size,
            window_size=self.window_size,
            position=self.position,
            thickness=width,
            back_color=own.bgcolor or Color.default(),
            bar_color=own.color or Color.default(),
        ).segments
        strips = {id(cell): Strip([Segment(cell.text, base + cell.style if cell.style else base)]) for cell in cells}
        return [strips[id(cell)] for cell in cells]

    def get_optimal_width(self, rules: RulesMap, container_width: int) -> int:
        """A bar is as wide as it is said to be."""
        return self.thickness

    def get_height(self, rules: RulesMap, width: int) -> int:
        """A bar is as high as what it stands beside."""
        return 1


def put_bar(bar: ScrollBar, *, lines: int, position: float) -> None:
    """Have a vertical bar tell that `position` is the first line seen of so many."""
    bar.renderer = ThumbRender  # type: ignore[misc]  # Textual lets each bar have its own, though it is a class variable
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
