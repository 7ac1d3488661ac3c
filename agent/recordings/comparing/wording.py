"""Two texts word by word: which of their words are the same. Pure."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

__all__ = ["Piece", "marked_words"]

_WORD = re.compile(r"\s+|\w+|[^\w\s]")
_LONGEST = 4_000
"""Characters of each text that are compared word by word; the time it takes grows with the square of them."""


class Piece(NamedTuple):
    """A stretch of a text."""

    text: str
    is_same: bool
    """Whether the other text has it too, at its place."""


def marked_words(left: str, right: str) -> tuple[list[Piece], list[Piece]]:
    """Both texts in pieces, as they are; of long ones the beginnings are compared, and the rest as a whole."""
    ones, others = _WORD.findall(left[:_LONGEST]), _WORD.findall(right[:_LONGEST])
    pieces: tuple[list[Piece], list[Piece]] = ([], [])
    for tag, a, b, c, d in SequenceMatcher(None, ones, others, autojunk=False).get_opcodes():
        _add(pieces[0], ones[a:b], is_same=tag == "equal")
        _add(pieces[1], others[c:d], is_same=tag == "equal")
    is_same = left[_LONGEST:] == right[_LONGEST:]
    _add(pieces[0], [left[_LONGEST:]], is_same=is_same)
    _add(pieces[1], [right[_LONGEST:]], is_same=is_same)
    return pieces


def _add(pieces: list[Piece], words: Sequence[str], *, is_same: bool) -> None:
    if text := "".join(words):
        pieces.append(Piece(text, is_same))
