"""What a word is to a search, in one place: text to words, a query to terms, and where a text has them.

The index and the display both ask here, so what is found can always be shown. Case, accents and forms of a letter do
not matter. Knows no file and no index.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from heapq import merge
from itertools import accumulate, islice, takewhile
from typing import NamedTuple

__all__ = ["Piece", "Query", "Term", "fact", "fact_shown", "spaced", "words"]

_LONGEST = 64
"""Characters of a word that count: what is longer is encoded data, which nobody types to its end."""
_MOST_TERMS = 16
_MOST_WORDS = 32
"""Of one term; the rest of a longer query is left out."""
_CONTEXT = 60
"""Characters of text shown around a match."""
_LEAD = 20
"""Characters of it before the match."""
_MOST_PLACES = 200
"""Of one term that are looked at for the best context."""
_PIECE = 256
"""Characters of text that are walked through to find one place."""

# Scripts written without spaces or with endings on every word, and pictures: every character is a word of its own, so
# that any part of a run is found. Korean stands here as the letters that its syllables fall into.
_SINGLE = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\ua960-\ua97f\uac00-\ud7ff"
    "\u2190-\u2bff\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u30ff\u3105-\u312f\u31a0-\u31bf\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U0001f000-\U0001faff\U00020000-\U0003ffff"
)
_LETTER = rf"[^\W_{_SINGLE}]"
_GAP = rf"(?:(?![{_SINGLE}])[\W_])*"
_WORD = re.compile(rf"[{_SINGLE}]|{_LETTER}+")
_ASCII_WORD = re.compile(r"[a-z0-9]+")
_SPACED = bytes(code if chr(code).isalnum() else 0x20 for code in range(128)).ljust(256)
"""Each character of ASCII as it is, what is part of no word as a blank."""
_SHAPES = bytes(0x61 if chr(code).isalnum() else 0x20 for code in range(128)).ljust(256)
_MARKS = "\x01\x02\x03\x04\x05\x06\x07\x08\x0e\x0f\x10\x11\x12\x13\x14\x15"
"""Control characters that hardly any text has; they stand for the signs of one text."""
_ASCII = bytes(range(128))
_NO_MARKS = bytes(code for code in range(256) if chr(code) not in _MARKS)
_SPACED_MARKED = bytes(code if chr(code) in _MARKS else _SPACED[code] for code in range(256))
_TOO_LONG = b"a" * (_LONGEST + 1)
"""A word of which not all counts, once every letter is the same: so it is looked for in one go."""
_IS_SINGLE = re.compile(rf"[{_SINGLE}]")
_IS_LETTER = re.compile(_LETTER)
_DROPPED = frozenset({"Mn", "Me", "Cf"})
_QUERY = re.compile(r'"([^"]*)("?)|[^\s"]+')
_FACT = re.compile(r"(from|model|tool):(?=\w)", re.IGNORECASE)
"""How a query asks for a fact of a session instead of a word in it."""
_COLON = "\u02d0"
"""A letter that looks like a colon and that nobody types: a fact is one word that begins with it, so that no other word
finds it."""
_NO_LETTERS = re.compile(r"[\W_]+")
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


def spaced(text: str) -> str:
    """The words of `text` with blanks between them, as many as come; what indexes them parts them itself.

    Nearly all text is ASCII but for a few signs (arrows, bullets, boxes), and of that no word is taken out one by one.
    """
    marked, signs = (text, {}) if text.isascii() else _marked(text)
    if not marked.isascii():
        return " ".join(words(text))
    cleared = marked.encode().lower().translate(_SPACED_MARKED if signs else _SPACED)
    if _TOO_LONG in cleared.translate(_SHAPES):
        cleared = b" ".join([word[:_LONGEST] for word in cleared.split()])
    found = cleared.decode()
    for mark, sign in signs.items():
        found = found.replace(mark, sign)
    return found


def _marked(text: str) -> tuple[str, dict[str, str]]:
    """`text` with marks of ASCII in the places of its signs that are no part of a word, and the words that these are;
    as it is where a mark could not be told from the text."""
    encoded = text.encode(errors="surrogatepass")
    foreign = encoded.translate(None, _ASCII).decode(errors="surrogatepass")
    signs = [sign for sign in set(foreign) if _stands_apart(sign)]
    if len(signs) > len(_MARKS) or encoded.translate(None, _NO_MARKS):
        return text, {}
    for sign, mark in zip(signs, _MARKS, strict=False):
        text = text.replace(sign, f" {mark} ")
    return text, {mark: " ".join(words(sign)) for sign, mark in zip(signs, _MARKS, strict=False)}


@cache
def _stands_apart(sign: str) -> bool:
    """Whether nothing beside a character ever makes one word with it."""
    folded = _fold(sign)
    return bool(folded) and all(_IS_SINGLE.match(part) or not _IS_LETTER.match(part) for part in folded)


def fact(name: str, value: str) -> str:
    """A fact as it stands in the index: `from`, `model` or `tool`, and what it is. A query asks for it, or for its
    beginning, as `name:value`."""
    return f"{_COLON}{name.lower()}{_COLON}{_NO_LETTERS.sub(_COLON, value).strip(_COLON)}"


def fact_shown(text: str) -> str:
    """A fact, or a piece of one, as it is shown."""
    return text.replace(_COLON, ":").removeprefix(":")


class Piece(NamedTuple):
    """Part of the text around a match."""

    text: str
    is_match: bool = False


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

    All terms must occur. A word may be the beginning of one; "words in quotes" stand side by side and are whole;
    `from:`, `model:` and `tool:` ask for who wrote a session, for its model, for a tool that was called.
    """

    def __init__(self, text: str) -> None:
        terms: dict[Term, None] = {}
        for match in _QUERY.finditer(text):
            # A quote that is still open is being typed.
            is_phrase = match[0].startswith('"')
            typed = match[1] if is_phrase else match[0]
            if not is_phrase and (asked := _FACT.match(typed)) is not None:
                typed = fact(asked[1], typed[asked.end() :])
            found = tuple(words(typed)[:_MOST_WORDS])
            if found and len(terms) < _MOST_TERMS:
                terms[Term(found, is_prefix=not (is_phrase and match[2]))] = None
        self.terms = tuple(terms)
        self._patterns = [re.compile(term.pattern) for term in self.terms]

    def covers(self, text: str) -> frozenset[int]:
        """Which of the terms, by their places, stand in `text`."""
        folded = _fold(text)
        return frozenset(place for place, pattern in enumerate(self._patterns) if pattern.search(folded))

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where the terms stand in `text`, in order and without overlaps."""
        return self._spans(_Folded(text), 0, len(text))

    def _spans(self, folded: "_Folded", start: int, end: int) -> list[tuple[int, int]]:
        """Those that begin between two places in the text."""
        first, last = folded.offset(start), folded.offset(end)
        found = (
            match.span()
            for pattern in self._patterns
            for match in takewhile(lambda match: match.start() < last, pattern.finditer(folded.text, first))
        )
        merged: list[tuple[int, int]] = []
        for left, right in sorted((folded.start(left), folded.end(right)) for left, right in found):
            if merged and left < merged[-1][1]:
                merged[-1] = merged[-1][0], max(right, merged[-1][1])
            else:
                merged.append((left, right))
        return merged

    def context(self, text: str) -> tuple[Piece, ...]:
        """The place in `text` where most of the terms stand together, on one line of about 60 characters, marked.

        Control characters other than spaces are left as they are.
        """
        folded = _Folded(text)
        offset = self._densest(folded.text)
        if offset is None:
            return (Piece(_flat(text[:_CONTEXT])),) if text else ()
        first = folded.start(offset)
        start = _word_start(text, max(first - _LEAD, 0), first)
        end = min(start + _CONTEXT, len(text))
        pieces = [Piece("…")] if start else []
        at = start
        for left, right in self._spans(folded, start, end):
            if at <= left < end:
                right = min(right, left + _CONTEXT)
                pieces += [Piece(_flat(text[at:left])), Piece(_flat(text[left:right]), is_match=True)]
                at = right
        pieces.append(Piece(_flat(text[at:end]) + ("…" if max(end, at) < len(text) else "")))
        return tuple(piece for piece in pieces if piece.text)

    def _densest(self, folded: str) -> int | None:
        """Where the first words stand that have most of the terms within reach; of each its first places count."""
        places = merge(*(_places(pattern, folded, term) for term, pattern in enumerate(self._patterns)))
        best, most = None, 0
        near: dict[int, int] = {}
        for start, end, term in places:
            near[term] = start
            reached = [begin for begin in near.values() if end - begin <= _CONTEXT - _LEAD] or [start]
            if len(reached) > most:
                best, most = min(reached), len(reached)
                if most == len(self._patterns):
                    break
        return best


def _places(pattern: re.Pattern[str], folded: str, term: int) -> Iterator[tuple[int, int, int]]:
    return ((*match.span(), term) for match in islice(pattern.finditer(folded), _MOST_PLACES))


class _Folded:
    """A text in its common form, and which places in the two belong together."""

    def __init__(self, text: str) -> None:
        self.text = _fold(text)
        self._original = text
        self._is_same = text.isascii()

    def offset(self, place: int) -> int:
        """Where in the common form a character of the text stands."""
        if self._is_same:
            return place
        piece = place // _PIECE
        return self._begins[piece] + len(_fold(self._original[piece * _PIECE : place]))

    def start(self, offset: int) -> int:
        """The character that stands there."""
        return offset if self._is_same else self._find(offset)[0]

    def end(self, offset: int) -> int:
        """Where what ends there ends, with the accents of its last letter."""
        if self._is_same:
            return offset
        place, begins_there = self._find(offset)
        return place if begins_there else place + 1

    @cached_property
    def _begins(self) -> list[int]:
        """Where each piece of the text begins in the common form, and where the last one ends."""
        pieces = (self._original[begin : begin + _PIECE] for begin in range(0, len(self._original), _PIECE))
        return [*accumulate((len(_fold(piece)) for piece in pieces), initial=0)]

    def _find(self, offset: int) -> tuple[int, bool]:
        piece = min(bisect_right(self._begins, offset), len(self._begins) - 1) - 1
        begin = piece * _PIECE
        widths = (len(_FOLDING[ord(char)]) for char in self._original[begin : begin + _PIECE])
        starts = [*accumulate(widths, initial=self._begins[piece])]
        place = bisect_right(starts, offset) - 1
        return begin + place, starts[place] == offset


def _word_start(text: str, start: int, limit: int) -> int:
    """The first beginning of a word from `start` on, where there is one before `limit`."""
    if start == 0 or text[start - 1].isspace():
        return start
    space = _SPACES.search(text, start, limit)
    return space.end() if space else start


def _flat(text: str) -> str:
    return _SPACES.sub(" ", text)
