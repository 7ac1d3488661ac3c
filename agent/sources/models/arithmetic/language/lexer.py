"""From text to tokens: it owns how a question is cut into numbers, signs and phrases. It refuses to know what they mean
together: that is the parser's.
"""

import re

from agent.sources.models.arithmetic.language.numerals import NUMBER_PATTERN, NUMBER_WORDS, number_of_words, read_number
from agent.sources.models.arithmetic.language.vocabulary import LONGEST_PHRASE, PHRASES, Kind, Token

__all__ = ["tokenise"]

_PIECE = re.compile(rf"(?P<number>{NUMBER_PATTERN})|[^\W\d_]+(?:'[^\W\d_]+)?|\w+|\*\*|\S")
_HYPHENATED = re.compile(r"\b(twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)-(?=[a-z])")
_SAME_SIGN = str.maketrans({"−": "-", "–": "-", "’": "'", "²": " ² ", "³": " ³ ", "\n": " . "})
_LONGEST_NUMBER = 24
"""No number has more words than this."""


def tokenise(text: str, *, join_and: bool = True) -> list[Token]:
    """The tokens of a question.

    `join_and` reads "one hundred and five" as 105, without it as 100, "and", 5. Which is meant only the grammar tells.
    """
    pieces = [found[0] for found in _PIECE.finditer(_normalise(text))]
    tokens: list[Token] = []
    position = 0
    while position < len(pieces):
        token, used = _number(pieces, position, join_and) or _phrase(pieces, position)
        tokens.append(token)
        position += used
    return tokens


def _normalise(text: str) -> str:
    return _HYPHENATED.sub(r"\1 ", text.lower().translate(_SAME_SIGN))


def _number(pieces: list[str], position: int, join_and: bool) -> tuple[Token, int] | None:
    first = pieces[position]
    in_digits = first[0] in "0123456789" or (first[0] == "." and len(first) > 1)
    if not in_digits and first not in NUMBER_WORDS:
        return None
    start = read_number(first) if in_digits else None
    if in_digits and start is None:
        return Token(kind=Kind.UNSUPPORTED, text=f"{first[:20]}..., a number that long or that small"), 1
    begin = position + in_digits
    words = pieces[begin : begin + _LONGEST_NUMBER]
    if not join_and and "and" in words:
        words = words[: words.index("and")]
    value, used = number_of_words(words, start)
    return Token(kind=Kind.NUMBER, text=" ".join(pieces[position : begin + used]), value=value), used + in_digits


def _phrase(pieces: list[str], position: int) -> tuple[Token, int]:
    for length in range(LONGEST_PHRASE, 0, -1):
        if token := PHRASES.get(tuple(pieces[position : position + length])):
            return token, min(length, len(pieces) - position)
    return Token(kind=Kind.UNKNOWN, text=pieces[position]), 1
