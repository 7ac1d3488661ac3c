"""What a word is to a search, in one place: text to words, a query to terms, and where a text has them.

The index and the display both ask here, so what is found can always be shown. Case, accents and forms of a letter do
not matter. Knows no file and no index.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from agent.listing import Piece

__all__ = ["Query", "Term", "words"]

_LONGEST = 64
"""Characters of a word that count: what is longer is encoded data, which nobody types to its end."""
_MOST_TERMS = 16
_MOST_WORDS = 32
"""Of one term; the rest of a longer query is left out."""
_CONTEXT = 60
"""Characters of text shown around a match."""
_LEAD = 20
"""Characters of it before the match."""
_MOST_SPANS = 200
"""Places per term that are looked at for the best context."""
_PIECE = 256
"""Characters of text that are walked through to find one place."""

# Scripts written without spaces, and pictures: every character is a word of its own.
_SINGLE = (
    "\u2190-\u2bff\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u30ff\u3105-\u312f\u31a0-\u31bf\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U0001f000-\U0001faff\U00020000-\U0003ffff"
)
_LETTER = rf"[^\W_{_SINGLE}]"
_GAP = rf"(?:(?![{_SINGLE}])[\W_])*"
_WORD = re.compile(rf"[{_SINGLE}]|{_LETTER}+")
_ASCII_WORD = re.compile(r"[a-z0-9]+")
_IS_SINGLE = re.compile(rf"[{_SINGLE}]")
_DROPPED = frozenset({"Mn", "Me", "Cf"})
_QUERY = re.compile(r'"([^"]*)("?)|[^\s"]+')
_SPACES = re.compile(r"\s+")


class _Folding(dict[int, str]):
    """Each character's common form, worked out when it is first met. Made for `str.translate`."""

    def __missing__(self, code: int) -> str:
        text, folded = "", chr(code)
        while text != folded:
            text = folded
            parts = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
            folded = "".join(part for part in parts if unicodedata.category(part) not in _DROPPED)
        self[code] = folded
        return folded


_FOLDING = _Folding()


def _fold(text: str) -> str:
    """`text` without case, accents, joiners and marks of direction; a character at a time."""
    return text.lower() if text.isascii() else text.translate(_FOLDING)


def words(text: str) -> list[str]:
    """The words of `text` in their common form, in order."""
    folded = _fold(text)
    found: list[str] = (_ASCII_WORD if folded.isascii() else _WORD).findall(folded)
    return [word[:_LONGEST] for word in found]


@dataclass(frozen=True, slots=True)
class Term:
    """Words that must stand side by side."""

    words: tuple[str, ...]
    is_prefix: bool
    """Whether the last of them may go on."""

    @property
    def pattern(self) -> str:
        """What finds it in folded text; the whole of a word that goes on."""
        parts = []
        for place, word in enumerate(self.words):
            may_go_on = len(word) == _LONGEST or (self.is_prefix and place == len(self.words) - 1)
            if _IS_SINGLE.match(word):
                parts.append(word)
            else:
                # Looking back after the word, not before it, lets the search jump from one to the next.
                parts.append(rf"{word}(?<!{_LETTER}{word})" + (f"{_LETTER}*" if may_go_on else rf"(?!{_LETTER})"))
        return _GAP.join(parts)


class Query:
    """What a user typed. Any text is a query; one without a word finds nothing.

    All terms must occur. A word may be the beginning of one; "words in quotes" stand side by side and are whole.
    """

    def __init__(self, text: str) -> None:
        terms: dict[Term, None] = {}
        for match in _QUERY.finditer(text):
            # A quote that is still open is being typed.
            is_phrase = match[0].startswith('"')
            found = tuple(words(match[1] if is_phrase else match[0])[:_MOST_WORDS])
            if found and len(terms) < _MOST_TERMS:
                terms[Term(found, is_prefix=not (is_phrase and match[2]))] = None
        self.terms = tuple(terms)
        self._patterns = [re.compile(term.pattern) for term in self.terms]

    def covers(self, text: str) -> frozenset[int]:
        """Which of the terms, by their places, stand in `text`."""
        folded = _fold(text)
        return frozenset(place for place, pattern in enumerate(self._patterns) if pattern.search(folded))

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where the terms stand in `text`, in order and without overlaps; of each at most the first 200 places."""
        folded = _fold(text)
        found = [span for pattern in self._patterns for span in _places(pattern, folded)]
        if found and not text.isascii():
            origins = _Origins(text)
            found = [(origins.start(start), origins.end(end)) for start, end in found]
        merged: list[tuple[int, int]] = []
        for start, end in sorted(found):
            if merged and start < merged[-1][1]:
                merged[-1] = merged[-1][0], max(end, merged[-1][1])
            else:
                merged.append((start, end))
        return merged

    def context(self, text: str) -> tuple[Piece, ...]:
        """The place in `text` where most of the terms stand together, on one line of about 60 characters, marked.

        Control characters other than spaces are left as they are.
        """
        spans = self.spans(text)
        if not spans:
            return (Piece(_flat(text[:_CONTEXT])),) if text else ()
        first = max(range(len(spans)), key=lambda place: (_weight(text, spans, place), -place))
        start = _word_start(text, max(spans[first][0] - _LEAD, 0), spans[first][0])
        end = min(start + _CONTEXT, len(text))
        pieces = [Piece("…")] if start else []
        at = start
        for left, right in spans:
            if at <= left < end:
                right = min(right, left + _CONTEXT)
                pieces += [Piece(_flat(text[at:left])), Piece(_flat(text[left:right]), is_match=True)]
                at = right
        pieces.append(Piece(_flat(text[at:end]) + ("…" if max(end, at) < len(text) else "")))
        return tuple(piece for piece in pieces if piece.text)


def _places(pattern: re.Pattern[str], folded: str) -> Iterator[tuple[int, int]]:
    for count, match in enumerate(pattern.finditer(folded)):
        if count == _MOST_SPANS:
            return
        yield match.span()


class _Origins:
    """From places in the folded text to places in the text itself."""

    def __init__(self, text: str) -> None:
        self._text = text
        widths = (len(_fold(text[begin : begin + _PIECE])) for begin in range(0, len(text), _PIECE))
        self._begins = [*accumulate(widths, initial=0)]

    def start(self, offset: int) -> int:
        """The character that stands there."""
        return self._find(offset)[0]

    def end(self, offset: int) -> int:
        """Where what ends there ends, with the accents of its last letter."""
        place, begins_there = self._find(offset)
        return place if begins_there else place + 1

    def _find(self, offset: int) -> tuple[int, bool]:
        piece = min(bisect_right(self._begins, offset), len(self._begins) - 1) - 1
        begin = piece * _PIECE
        widths = (len(_FOLDING[ord(char)]) for char in self._text[begin : begin + _PIECE])
        starts = [*accumulate(widths, initial=self._begins[piece])]
        place = bisect_right(starts, offset) - 1
        return begin + place, starts[place] == offset


def _weight(text: str, spans: list[tuple[int, int]], first: int) -> int:
    """How many different words stand within reach of a place."""
    reach = spans[first][0] + _CONTEXT - _LEAD
    near = [(left, right) for left, right in spans[first : first + 10] if right <= reach]
    return len({text[left:right].casefold() for left, right in near})


def _word_start(text: str, start: int, limit: int) -> int:
    """The first beginning of a word from `start` on, where there is one before `limit`."""
    if start == 0 or text[start - 1].isspace():
        return start
    space = _SPACES.search(text, start, limit)
    return space.end() if space else start


def _flat(text: str) -> str:
    return _SPACES.sub(" ", text)
