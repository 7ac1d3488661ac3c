"""A widget's own lines as the screen takes them, where its style draws nothing around or over them.

Textual boxes each line anew that is asked for again, though the widget gives the same strip as before. A strip keeps
how it was filtered, cut and written; handed on as it is, a line that has only moved costs its look-up. It knows no
widget in particular.
"""

from collections.abc import Iterable

from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

__all__ = ["as_drawn", "is_bare"]


def is_bare(widget: Widget) -> bool:
    """Whether what is seen of a widget is its lines and nothing else."""
    styles = widget.styles
    return (
        not styles.gutter
        and not widget.auto_links
        and not styles.tint.a
        and styles.text_opacity == 1.0
        and not styles.has_rule("hatch")
        and not any(edge for edge, _ in styles.outline)
        and widget.opacity == 1.0
        and widget.content_region.size == widget.region.size
    )


def as_drawn(widget: Widget, lines: Iterable[Strip], crop: Region) -> list[Strip]:
    """The strips of a bare widget for `crop`, of which `lines` are the rows, each as wide as the widget."""
    _, background = widget.background_colors
    strips = list(lines)
    for line_filter in widget.get_line_filters():
        strips = [strip.apply_filter(line_filter, background) for strip in strips]
    if crop.column_span != (0, widget.region.width):
        strips = [strip.crop(*crop.column_span) for strip in strips]
    return strips
