"""What a drawn line is made of, before anyone knows its colours.

Owns the words that layout and widgets share: a span of text with its look, and a line of spans that remembers what is
decoration and what the wrap took away, so that a selection can be copied as it was written. It knows no colours, no
terminal and no Markdown.
"""

import re
from typing import Literal, NamedTuple

__all__ = [
    "BLANKS",
    "PLAIN",
    "Cell",
    "CodeBlock",
    "Line",
    "Look",
    "Role",
    "Span",
    "characters_before",
    "copied",
    "line_of",
    "tabs_drawn",
    "word_span",
]

_WORD = re.compile(r"\w+(?:[-.,:/@'’~+&=?%#]+\w+)*")
"""Signs between letters are part of a word: names of files, addresses, numbers."""
_TAB_BEGINS, _TAB_GOES_ON = "\ufdd0", "\ufdd1"
"""What a tab is while it is drawn: characters that no text has, so that it can be copied as a tab."""
BLANKS = str.maketrans(_TAB_BEGINS + _TAB_GOES_ON, "  ")
"""Makes them blanks, for the terminal."""

Role = Literal[
    "badge",
    "bullet",
    "code",
    "code-comment",
    "code-keyword",
    "code-label",
    "code-name",
    "code-number",
    "code-string",
    "cursor",
    "emphasis",
    "error",
    "fence",
    "header-agent",
    "header-user",
    "heading",
    "link",
    "link-target",
    "mark",
    "match",
    "match-current",
    "quiet",
    "quote",
    "rule",
    "strike",
    "strong",
    "table-head",
    "title",
    "warning",
]


class Look(NamedTuple):
    """How a span is meant to look: roles that a theme turns into colours, the later over the earlier."""

    roles: tuple[Role, ...] = ()
    link: str | None = None
    """Where the span leads, for terminals that can open links."""

    def also(self, role: Role) -> "Look":
        """This look with one role more."""
        return self if role in self.roles else Look((*self.roles, role), self.link)


PLAIN = Look()


class Span(NamedTuple):
    """Text in one look."""

    text: str
    look: Look = PLAIN


class Cell(NamedTuple):
    """What stands on one line of a table's cell."""

    start: int
    """Its first character in the line."""
    end: int
    """The character after its last."""
    joint: str | None
    """What the wrap took away behind it; None where the cell's text ends here."""


class Line(NamedTuple):
    """One line as it is drawn."""

    spans: tuple[Span, ...] = ()
    skip: int = 0
    """How many leading characters are decoration: drawn, but not copied."""
    joint: str | None = None
    """What the wrap took away at the end of this line, a space or nothing; None where the text itself ends here."""
    fill: Look | None = None
    """The look of the rest of the line, up to the edge."""
    cells: tuple[Cell, ...] = ()
    """The columns of a table's row."""

    @property
    def text(self) -> str:
        """The characters drawn, decoration too."""
        return "".join(span.text for span in self.spans)

    @property
    def goes_on(self) -> bool:
        """Whether the next line is the rest of this one, or of one of its cells."""
        return self.joint is not None or any(cell.joint is not None for cell in self.cells)

    @property
    def length(self) -> int:
        """Characters of text, those that the wrap took away too."""
        return len(self.text) - self.skip + len(self.joint or "")


class CodeBlock(NamedTuple):
    """Code within a text."""

    first: int
    """Its first line."""
    end: int
    """The line after its last."""
    text: str
    """As it was written, without the fence."""


def characters_before(lines: list[Line], start: int, line: int) -> int:
    """How many characters of text are drawn from line `start` up to `line`: a measure that outlasts a new width."""
    return sum(before.length for before in lines[start:line])


def line_of(lines: list[Line], start: int, end: int, characters: int) -> int:
    """The line between `start` and `end` before which so many characters are drawn."""
    for line in range(start, end):
        if characters < lines[line].length:
            return line
        characters -= lines[line].length
    return max(start, end - 1)


def copied(lines: list[Line], start: int, end: int | None) -> str:
    """The text of `lines` as it was written, without the wrap's line breaks.

    `start` is the first character taken of the first line, `end` the first one not taken of the last line, None for
    all of it; both count decoration.
    """
    parts: list[str] = []
    last = len(lines) - 1
    for index, line in enumerate(lines):
        first = max(start, line.skip) if index == 0 else line.skip
        parts.append(line.text[first : end if index == last else None].rstrip(" " if index < last else ""))
        if index < last:
            parts.append("\n" if line.joint is None else line.joint)
    return "".join(parts).replace(_TAB_BEGINS, "\t").replace(_TAB_GOES_ON, "")


def tabs_drawn(text: str, size: int = 4) -> str:
    """`text`, one line, with each tab as wide as it is drawn; `copied` gives the tabs back."""
    if "\t" not in text:
        return text
    *parts, last = text.split("\t")
    drawn = ""
    for part in parts:
        drawn += part
        drawn += _TAB_BEGINS + _TAB_GOES_ON * (size - len(drawn) % size - 1)
    return drawn + last


def word_span(text: str, at: int) -> tuple[int, int]:
    """Where the word at a character begins and ends; of what is no word, the character."""
    for word in _WORD.finditer(text):
        if word.start() <= at < word.end():
            return word.span()
    return (at, min(at + 1, len(text)))
