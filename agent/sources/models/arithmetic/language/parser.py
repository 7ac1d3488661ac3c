"""From a question to expressions: it owns the grammar of signs and words. It refuses to know tools, models and
messages, and it works nothing out.

The usual precedence holds: ^ before a minus sign, before * and /, before + and -. So -2^2 is -(2^2), which is -4, and
2^3^2 is 2^(3^2), as ^ groups to the right. "double", "square of" and their like take what stands next to them, "sum
of" and its like the longest list they can. Nesting deeper than MAX_DEPTH, more than MAX_OPERATIONS operations in a
sentence and more than MAX_RESULTS results are declined, so that every question, however long, is read in time
proportional to its length.
"""

from dataclasses import dataclass
from fractions import Fraction

from agent.sources.models.arithmetic.language.expression import Expression, Number, operators
from agent.sources.models.arithmetic.language.grammar import MAX_DEPTH, MAX_OPERATIONS, Grammar, GrammarError
from agent.sources.models.arithmetic.language.lexer import tokenise
from agent.sources.models.arithmetic.language.vocabulary import Kind, Token

__all__ = ["MAX_DEPTH", "MAX_OPERATIONS", "MAX_RESULTS", "Reading", "Unreadable", "read_question"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Unreadable:
    """A question that looks like arithmetic and cannot be read with certainty."""

    reason: str
    """Half a sentence for the user: "I do not know the word 'percent'"."""


Reading = tuple[Expression, ...] | Unreadable | None
"""The expressions a question asks for, in its order; or why it cannot be read; or None where it is no arithmetic."""

MAX_RESULTS = 20
"""How many independent results one question may ask for."""

_WORKING = frozenset(
    {Kind.INFIX, Kind.INFIX_REVERSED, Kind.POSTFIX, Kind.PREFIX, Kind.COMMAND, Kind.LIST, Kind.UNSUPPORTED}
)


def read_question(text: str, earlier: Fraction | None = None) -> Reading:
    """Read the arithmetic of a question. Never raises.

    `earlier` is the result words such as "it" and "that" refer to in the first step; in later steps ("..., then double
    it") they refer to the step before.
    """
    reading = _read(tokenise(text), earlier)
    if isinstance(reading, tuple):
        return reading
    other = _read(tokenise(text, join_and=False), earlier)
    return other if isinstance(other, tuple) else reading


def _read(tokens: list[Token], earlier: Fraction | None) -> Reading:
    kinds = {token.kind for token in tokens}
    looks_like_arithmetic = Kind.NUMBER in kinds and bool(kinds & _WORKING)
    try:
        _decline_what_is_unsupported(tokens)
        results = _results(tokens, earlier)
    except GrammarError as error:
        return Unreadable(reason=str(error)) if looks_like_arithmetic else None
    if all(any(True for _ in operators(result)) for result in results):
        return tuple(results) or None
    if len(results) == 1 and Kind.UNKNOWN not in kinds:  # "What is 5?", but not "Write me 2 haikus."
        return tuple(results)
    return Unreadable(reason="I cannot tell what to do with every number in it") if looks_like_arithmetic else None


def _decline_what_is_unsupported(tokens: list[Token]) -> None:
    for token, after in zip(tokens, [*tokens[1:], None], strict=False):
        is_function = token.kind is Kind.UNKNOWN and token.text.isalpha() and after and after.kind is Kind.OPEN
        if token.kind is Kind.UNSUPPORTED or is_function:
            raise GrammarError(f"I cannot work with '{token.text[:60]}'")


def _results(tokens: list[Token], earlier: Fraction | None) -> list[Expression]:
    results: list[Expression] = []
    given = None if earlier is None else Number(value=earlier)
    for sentence in _split(tokens, Kind.BREAK):
        grammar = Grammar(_one_part(sentence))
        while grammar.has_clause():
            clause = grammar.clause(results[-1] if results else given)
            if clause.continues and results:
                results[-1] = clause.expression
            else:
                results.append(clause.expression)
        if len(results) > MAX_RESULTS:
            raise GrammarError(f"it asks for more than {MAX_RESULTS} results at once")
    return results


def _one_part(sentence: list[Token]) -> list[Token]:
    """The part of a sentence that is arithmetic: words before and after it may be anything, words inside it may not."""
    parts = [
        part
        for part in _split(sentence, Kind.UNKNOWN)
        if any(token.kind is Kind.NUMBER or token.kind in _WORKING for token in part)
    ]
    if len(parts) > 1:
        inside = next(token for token in sentence[sentence.index(parts[0][-1]) :] if token.kind is Kind.UNKNOWN)
        raise GrammarError(f"I do not know what '{inside.text[:60]}' means in it")
    return parts[0] if parts else []


def _split(tokens: list[Token], kind: Kind) -> list[list[Token]]:
    parts: list[list[Token]] = [[]]
    for token in tokens:
        if token.kind is kind:
            parts.append([])
        else:
            parts[-1].append(token)
    return [part for part in parts if part]
