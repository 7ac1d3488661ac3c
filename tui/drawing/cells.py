"""Foreign text cut to terminal cells: one line, the first lines or the last lines of a text, at a known cost; and to
what is seen as one character.

Everything here gives text that is safe to draw, and looks at no more of a long text than what can be seen of it.
"""

import re
from collections.abc import Iterator

from rich.cells import cell_len, chop_cells, split_graphemes

from agent.text import visible

__all__ = ["fit", "flat", "graphemes", "head_lines", "in_line", "tail_lines"]

_SPACE = re.compile(r"\s+")
_TAB = "    "
_FLAT_LIMIT = 2_000
"""Characters of a text that may show on one line; no terminal is wider."""
_CODE_POINTS_PER_CELL = 8
"""More than this in one cell is no letter of any script but a flood of combining marks."""
_FLAG = range(0x1F1E6, 0x1F200)
_SKIN = range(0x1F3FB, 0x1F400)


def graphemes(text: str) -> list[str]:
    """`text` in the pieces that must not be torn apart; flags and skin tones stay with what they belong to."""
    if text.isascii():
        return list(text)
    pieces: list[str] = []
    for start, end, _cells in split_graphemes(text)[0]:
        piece = text[start:end]
        previous = pieces[-1] if pieces else ""
        is_pair = len(previous) == 1 and ord(previous) in _FLAG and ord(piece[0]) in _FLAG
        if previous and (is_pair or ord(piece[0]) in _SKIN):
            pieces[-1] += piece
        else:
            pieces.append(piece)
    return pieces


def flat(text: str) -> str:
    """`text` on one line: white space runs become one space; what no terminal has room for is left out."""
    return _SPACE.sub(" ", visible(text[:_FLAT_LIMIT])).strip()


def in_line(text: str) -> str:
    """`text` as it is drawn, with its line ends: tabs are spaces."""
    return visible(text).replace("\t", _TAB)


def fit(text: str, width: int, ellipsis: str) -> str:
    """`text` in at most `width` cells; a cut is marked by `ellipsis`, one cell wide."""
    if len(text) <= width and text.isascii():
        return text
    text = text[: (width + 1) * _CODE_POINTS_PER_CELL]
    if not text.isascii():
        text = _without_floods(text)
    if cell_len(text) <= width:
        return text
    return _fitting(text, width - 1) + ellipsis if width > 0 else ""


def head_lines(text: str, width: int, count: int) -> tuple[list[str], bool]:
    """The first `count` lines of `text` wrapped at `width` cells, and whether there is more."""
    window = text[: (width + 1) * count * 4]
    lines: list[str] = []
    for line in _wrapped(window, width):
        if len(lines) == count:
            return lines, True
        lines.append(line)
    return lines, len(window) < len(text)


def tail_lines(text: str, width: int, count: int) -> tuple[list[str], bool]:
    """The last `count` lines of `text` wrapped at `width` cells, and whether there is more before them.

    Where a text grows at its end, the lines it was wrapped into stay as they are but for a rare jump.
    """
    # The window moves in large strides, so that the wrap does not begin at another letter at every new one.
    stride = (width + 1) * count * 4
    start = max(0, len(text) // stride - 1) * stride
    lines = list(_wrapped(text[start:], width))
    return lines[-count:], start > 0 or len(lines) > count


def _wrapped(text: str, width: int) -> Iterator[str]:
    """Lines of at most `width` cells, broken at a space where one is near the edge."""
    width = max(width, 2)  # a wide character must fit
    for paragraph in in_line(text).split("\n"):
        rest = paragraph if paragraph.isascii() else _without_floods(paragraph)
        start = 0
        while cell_len(window := rest[start : start + (width + 1) * _CODE_POINTS_PER_CELL]) > width:
            line = _fitting(window, width) or window[:1]
            space = line.rfind(" ")
            if window[len(line)] != " " and space > width // 2:
                line = line[: space + 1]
            yield line.rstrip()
            start += len(line) + (window[len(line)] == " ")
        yield window


def _fitting(text: str, width: int) -> str:
    """As much of `text` as `width` cells hold."""
    lines = chop_cells(text[: (width + 1) * _CODE_POINTS_PER_CELL], width) if width > 0 else []
    fitting = lines[0] if lines else ""
    while cell_len(fitting) > width:  # a text that begins with joiners is cut too late
        fitting = fitting[:-1]
    return fitting


def _without_floods(text: str) -> str:
    """`text` with no more combining marks on a character than a script needs."""
    spans, _ = split_graphemes(text)
    if all(end - start <= _CODE_POINTS_PER_CELL for start, end, _ in spans):
        return text
    return "".join(text[start : min(end, start + _CODE_POINTS_PER_CELL)] for start, end, _ in spans)
