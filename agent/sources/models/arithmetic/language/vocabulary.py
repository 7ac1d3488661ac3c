"""The words and signs of an arithmetic question, and what each does in a sentence. It owns the vocabulary; it refuses
to know how text is cut into words and which word may follow which.
"""

from dataclasses import dataclass
from enum import Enum, auto
from fractions import Fraction

from agent.sources.models.arithmetic.language.expression import Operator

__all__ = ["LONGEST_PHRASE", "PHRASES", "Kind", "Token"]


class Kind(Enum):
    """What a token does in a sentence."""

    NUMBER = auto()
    INFIX = auto()
    INFIX_REVERSED = auto()
    """Between two operands that are to be swapped: "2 subtracted from 5"."""
    POSTFIX = auto()
    PREFIX = auto()
    NEGATIVE = auto()
    COMMAND = auto()
    LIST = auto()
    """Before a list of operands: "the sum of 3, 4 and 5"."""
    EARLIER = auto()
    """A word for the result so far: "it", "that", "the answer"."""
    LINK = auto()
    AND = auto()
    COMMA = auto()
    OPEN = auto()
    CLOSE = auto()
    BREAK = auto()
    """The end of a sentence, or "then"."""
    OPENER = auto()
    """Opens a question or fills it, without a meaning for the result: "what is", "calculate", "the"."""
    NEUTRAL = auto()
    """Fills a sentence, but opens no new question: "now", "also"."""
    UNSUPPORTED = auto()
    """Changes the meaning in a way that is not understood: "percent", "sqrt"."""
    UNKNOWN = auto()


@dataclass(frozen=True, kw_only=True, slots=True)
class Token:
    """A number, a sign, a word, or several words that belong together."""

    kind: Kind
    text: str
    operator: Operator | None = None
    value: Fraction | None = None
    """The value of a NUMBER; of a PREFIX or POSTFIX the second operand: "double" is times 2."""


_ADD, _SUBTRACT, _MULTIPLY, _DIVIDE, _POWER = Operator

_OPERATORS: dict[Kind, dict[Operator, str]] = {
    Kind.INFIX: {
        _ADD: "+ | plus | added to",
        _SUBTRACT: "- | minus | less",
        _MULTIPLY: "* | × | · | ⋅ | ∙ | x | times | multiplied by",
        _DIVIDE: "/ | ÷ | ∕ | over | divided by",
        _POWER: "^ | ** | to the power of | to the power | raised to the power of | raised to the power | raised to",
    },
    Kind.INFIX_REVERSED: {_SUBTRACT: "subtracted from | taken from"},
    Kind.COMMAND: {_ADD: "add", _SUBTRACT: "subtract", _MULTIPLY: "multiply", _DIVIDE: "divide"},
    Kind.LIST: {
        _ADD: "sum of",
        _SUBTRACT: "difference between | difference of",
        _MULTIPLY: "product of",
        _DIVIDE: "quotient of",
    },
}

_SECOND_OPERANDS: dict[Kind, dict[tuple[Operator, int], str]] = {
    Kind.PREFIX: {
        (_MULTIPLY, 2): "double | double of | twice",
        (_MULTIPLY, 3): "triple | triple of | treble | thrice",
        (_DIVIDE, 2): "half | half of | halve",
        (_POWER, 2): "square | square of",
        (_POWER, 3): "cube | cube of",
    },
    Kind.POSTFIX: {(_POWER, 2): "squared | ²", (_POWER, 3): "cubed | ³"},
}

_PLAIN: dict[Kind, str] = {
    Kind.NEGATIVE: "negative",
    Kind.EARLIER: "it | that | this | result | answer | previous result | previous answer | last result | last answer",
    Kind.LINK: "to | from | by | with",
    Kind.AND: "and",
    Kind.COMMA: ",",
    Kind.OPEN: "( | [ | {",
    Kind.CLOSE: ") | ] | }",
    Kind.BREAK: "then | next | finally | afterwards | after that | . | ? | ; | :",
    Kind.OPENER: "what | what's | whats | what is | how much | how much is | is | are | the | a | an | calculate "
    "| compute | evaluate | tell me | give me | work out | solve | value of | result of | answer to | start with "
    "| find | take | raise | please | can you | could you | does | make | equal | equals | =",
    Kind.NEUTRAL: "now | so | ok | okay | also | just",
    Kind.UNSUPPORTED: "% | √ | percent | percentage | root | sqrt | cbrt | factorial | mod | modulo | remainder | log "
    "| logarithm | ln | exp | sin | cos | tan | sine | cosine | tangent | average | mean | median | integral "
    "| derivative | binary | hexadecimal | octal | point | third | quarter | dozen | reciprocal | inverse | absolute "
    "| less than | more than | greater than | fewer than | < | > | ≤ | ≥ | ≠",
}


def _phrases() -> dict[tuple[str, ...], Token]:
    tokens: list[Token] = []
    for kind, by_operator in _OPERATORS.items():
        for operator, texts in by_operator.items():
            tokens += [Token(kind=kind, text=text, operator=operator) for text in texts.split(" | ")]
    for kind, by_operand in _SECOND_OPERANDS.items():
        for (operator, value), texts in by_operand.items():
            operand = Fraction(value)
            tokens += [Token(kind=kind, text=text, operator=operator, value=operand) for text in texts.split(" | ")]
    for kind, texts in _PLAIN.items():
        tokens += [Token(kind=kind, text=text) for text in texts.split(" | ")]
    return {tuple(token.text.split()): token for token in tokens}


PHRASES = _phrases()
"""Every phrase of the vocabulary, by its words in lower case."""
LONGEST_PHRASE = max(map(len, PHRASES))
"""The number of words of the longest phrase."""
