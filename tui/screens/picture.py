"""The screen as a picture, and what looks like a secret in it.

It reads the SVG that Rich draws (`rich.console.Console.export_svg`): an element for each run of text, which tells its
line and, by its place, its cell. A secret may go on from line to line within a pane, so panes are read too. Pure: it
knows no screen, only where its panes lie.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape, unescape
from typing import NamedTuple

from rich.cells import cell_len
from textual.geometry import Region

from agent.secrets import Secrets

__all__ = ["without_secrets"]

_TEXT = re.compile(r'(<text [^>]*?\bx="([\d.e+]+)"[^>]*?-line-(\d+)\)"[^>]*>)([^<]*)(</text>)')
_CELL = 12.2
"""Units that a cell is wide: 20 high, and the shape of Fira Code, 0.61."""
_MARK = "•"
_FRAME = re.compile(r"[\s\u2500-\u259f]*")
"""What frames a line of a pane, and no secret begins or ends with."""


class _Sign(NamedTuple):
    """A character of the picture."""

    text: str
    place: tuple[int, int]
    """Its line and its first cell."""


def without_secrets(svg: str, panes: Iterable[Region], secrets: Secrets) -> tuple[str, int]:
    """The picture with `•` for each character of what looks like a secret, and in how many places there was any.

    `panes` are in cells of the screen.
    """
    lines: dict[int, list[_Sign]] = {}
    for match in _TEXT.finditer(svg):
        line = int(match[3])
        lines.setdefault(line, []).extend(_signs(unescape(match[4]), line, round(float(match[2]) / _CELL)))
    for signs in lines.values():
        signs.sort(key=lambda sign: sign.place)
    found = [*_found([sign for line in sorted(lines) for sign in [*_spaced(lines[line]), _BREAK]], secrets)]
    for pane in panes:
        rows = [_within(lines.get(line, []), pane) for line in range(pane.y, pane.bottom)]
        found += [span for gap in ((), (_BREAK,)) for span in _found(_joined(rows, gap), secrets)]
    hidden = {place for span in found for place in span}

    def marked(match: re.Match[str]) -> str:
        signs = _signs(unescape(match[4]), int(match[3]), round(float(match[2]) / _CELL))
        if not any(sign.place in hidden for sign in signs):
            return match[0]
        text = "".join(_MARK * cell_len(one.text) if one.place in hidden else one.text for one in signs)
        return f"{match[1]}{escape(text).replace(' ', '&#160;')}{match[5]}"

    return (_TEXT.sub(marked, svg) if hidden else svg), _count(found)


_BREAK = _Sign(" ", (-1, -1))
"""Between two words that stand apart: of no cell."""


def _signs(text: str, line: int, cell: int) -> list[_Sign]:
    signs = []
    for sign in text.replace("\xa0", " "):
        signs.append(_Sign(sign, (line, cell)))
        cell += cell_len(sign)
    return signs


def _spaced(signs: Sequence[_Sign]) -> Iterator[_Sign]:
    """The signs of a line, with a blank where cells between them are empty."""
    ends = -1
    for sign in signs:
        if sign.place[1] > ends >= 0:
            yield _BREAK
        yield sign
        ends = sign.place[1] + cell_len(sign.text)


def _within(line: Sequence[_Sign], pane: Region) -> list[_Sign]:
    """What of a line is in a pane, without its frame."""
    signs = [*_spaced([sign for sign in line if pane.x <= sign.place[1] < pane.right])]
    text = "".join(sign.text for sign in signs)
    start = _FRAME.match(text)
    end = _FRAME.match(text[::-1])
    return signs[start.end() if start else 0 : len(text) - (end.end() if end else 0)]


def _joined(rows: Iterable[Sequence[_Sign]], gap: Sequence[_Sign]) -> list[_Sign]:
    """Rows one behind the other, as one text that was wrapped."""
    return [sign for row in rows if row for sign in (*row, *gap)]


def _found(signs: Sequence[_Sign], secrets: Secrets) -> Iterator[frozenset[tuple[int, int]]]:
    """The cells of each secret in a text, and of what is seen of one."""
    text = "".join(sign.text for sign in signs)
    for start, end in (*secrets.spans(text), *secrets.pieces(text)):
        yield frozenset(sign.place for sign in signs[start:end] if sign is not _BREAK)


def _count(found: Iterable[frozenset[tuple[int, int]]]) -> int:
    """How many of them there are; what overlaps is one."""
    apart: list[frozenset[tuple[int, int]]] = []
    for span in found:
        if all(span.isdisjoint(one) for one in apart):
            apart.append(span)
    return len(apart)
