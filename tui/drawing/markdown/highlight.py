"""Colours code, a stretch of lines at a time.

Owns which tokens are keywords, strings, comments, numbers and names. Code is lexed in stretches that end at an empty
line, each going on in the state where the one before ended: so a fence of any length costs only what is new in it, and
looks the same however it came. Knows no colours, only roles.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, TypeGuard

from pygments.lexer import ExtendedRegexLexer, Lexer, LexerContext, RegexLexer
from pygments.lexers import find_lexer_class_by_name
from pygments.token import Comment, Error, Keyword, Name, Number, Operator, String, Text
from pygments.util import ClassNotFound

from tui.drawing.lines import Look, Role, Span, tabs_drawn

__all__ = ["Highlighter", "prepare"]

_SHORT, _LONG = 24, 64
"""Lines of a stretch: it ends at the first empty line after the one, at the latest at the other."""
MAX_LINE = 2_000
"""Characters; a longer line of code is not coloured."""
_LOOK = Look(("fence",))
_ROLES: tuple[tuple[Any, Role], ...] = (
    (Comment, "code-comment"),
    (Keyword, "code-keyword"),
    (Name.Function, "code-name"),
    (Name.Class, "code-name"),
    (Name.Decorator, "code-name"),
    (Name.Tag, "code-keyword"),
    (Operator.Word, "code-keyword"),
    (Number, "code-number"),
    (String, "code-string"),
)


def prepare() -> None:
    """Make what colours Python, which answers are fullest of: it takes as long as several frames. Blocks."""
    lexer = _lexer("python")
    if lexer is not None:
        _resume(lexer, "\n", ["root"])


class Highlighter:
    """Takes the lines of one fence, gives their spans."""

    def __init__(self, language: str) -> None:
        self._lexer = _lexer(language)
        self._stack: list[str] = ["root"]
        self._count = 0

    def advance(self, lines: list[str], *, complete: int) -> tuple[list[list[Span]], list[list[Span]]]:
        """The spans of lines that are new and final, and those of the unfinished rest.

        `lines` begins with what was given before; its first `complete` lines will not change any more.
        """
        final: list[list[Span]] = []
        while (end := self._stretch(lines, complete)) is not None:
            spans, self._stack = self._lex(lines[self._count : end])
            final += spans
            self._count = end
        return final, self._lex(lines[self._count :])[0]

    def _stretch(self, lines: list[str], complete: int) -> int | None:
        start = self._count
        for end in range(start + _SHORT, min(start + _LONG, complete) + 1):
            if not lines[end - 1].strip() or end == start + _LONG:
                return end
        return None

    def _lex(self, source: list[str]) -> tuple[list[list[Span]], list[str]]:
        if not source:
            return [], self._stack
        lines = [line.expandtabs(4) for line in source]
        if self._lexer is None or any(len(line) > MAX_LINE for line in lines):
            return [[Span(tabs_drawn(line), _LOOK)] for line in source], self._stack
        text = "\n".join(lines) + "\n"
        tokens, stack = _resume(self._lexer, text, self._stack)
        if "".join(token[2] for token in tokens) != text:  # never show anything but the text itself
            tokens = [(0, Text, text)]
        by_line = zip(_by_line(tokens, len(lines)), source, strict=True)
        return [_with_tabs(spans, line) for spans, line in by_line], stack


def _resume(lexer: Lexer, text: str, stack: list[str]) -> tuple[list[tuple[int, Any, str]], list[str]]:
    """Lex from a state, and tell the state at the end. Lexers that have no such states begin anew each time."""
    if _can_resume(lexer):
        context = LexerContext(text, 0, list(stack))
        try:
            return list(lexer.get_tokens_unprocessed(context=context)), context.stack
        except TypeError:  # a rule of this lexer has a callback of its own that takes no context
            return [(0, Text, text)], stack
    return list(lexer.get_tokens_unprocessed(text)), stack


def _with_tabs(spans: list[Span], line: str) -> list[Span]:
    """The spans of a line whose tabs were drawn as blanks, with what can be copied as tabs."""
    if "\t" not in line:
        return spans
    drawn, at, told = tabs_drawn(line), 0, []
    for text, look in spans:
        told.append(Span(drawn[at : at + len(text)], look))
        at += len(text)
    return told


def _by_line(tokens: Iterable[tuple[int, Any, str]], count: int) -> Iterator[list[Span]]:
    spans: list[Span] = []
    for _position, kind, text in tokens:
        look = _look(kind)
        head, *rest = text.split("\n")
        spans.append(Span(head, look))
        for part in rest:
            yield spans
            count -= 1
            spans = [Span(part, look)]
    for _ in range(count):
        yield spans
        spans = []


@cache
def _look(kind: Any) -> Look:
    for parent, role in _ROLES:
        if kind in parent and kind is not Error:
            return _LOOK.also(role)
    return _LOOK


@cache
def _lexer(language: str) -> Lexer | None:
    """A lexer for the language, made so that it can go on where it stopped where its kind allows."""
    try:
        kind: Any = find_lexer_class_by_name(language) if language else None
    except ClassNotFound:
        return None
    if kind is None:
        return None
    if issubclass(kind, RegexLexer) and kind.get_tokens_unprocessed is RegexLexer.get_tokens_unprocessed:
        kind = type(kind)(kind.__name__, (ExtendedRegexLexer, kind), {})
    lexer: Lexer = kind()
    return lexer


def _can_resume(lexer: Lexer) -> TypeGuard[ExtendedRegexLexer]:
    return type(lexer).get_tokens_unprocessed is ExtendedRegexLexer.get_tokens_unprocessed
