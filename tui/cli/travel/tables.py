"""Tables of figures as these commands print them: aligned for people, tabs for a pipe, foreign text made visible."""

import shutil
from collections.abc import Sequence
from typing import TextIO

from rich.cells import cell_len

from agent.text import visible
from tui.drawing.cells import fit, flat

__all__ = ["print_table"]

_GAP = "  "
_NARROWEST = 16
"""Cells of the first column, whatever else there is to show."""


def print_table(out: TextIO, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Rows under headings: the first column is text, cut to what room there is, the others are figures.

    Piped, a line has every value whole, between tabs, and there are no headings.
    """
    if not out.isatty():
        for row in rows:
            out.write(
                "\t".join(flat(cell) if place else visible(cell).replace("\t", " ") for place, cell in enumerate(row))
                + "\n"
            )
        return
    shown = [headings, *rows]
    widths = [max(cell_len(row[column]) for row in shown) for column in range(1, len(headings))]
    room = shutil.get_terminal_size().columns
    longest = max(cell_len(visible(row[0])) for row in shown)
    first = min(longest, max(_NARROWEST, room - sum(widths) - len(widths) * len(_GAP)))
    for row in shown:
        name = fit(visible(row[0]).replace("\n", " "), first, "…")
        cells = [cell.rjust(width) for cell, width in zip(row[1:], widths, strict=True)]
        out.write(_GAP.join([name + " " * (first - cell_len(name)), *cells]).rstrip() + "\n")
