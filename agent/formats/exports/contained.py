"""Foreign text inside a Markdown document: it may look like anything, but it ends where it ends.

Owns the escaping of a line, fences that nothing inside can close, and the taming of a whole Markdown text, whose open
fences and HTML would swallow what follows. Judges by parsing, not by guessing: what it gives was read back.
"""

import re
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from agent.formats.exports.words import on_one_line
from agent.text import visible

__all__ = ["contained", "escaped", "fenced"]

_ATTEMPTS = 5
_WITNESS = "witness"
"""A paragraph put behind a text, to see whether it stays one."""
_HARMLESS = re.compile(r"<br\s*/?>", re.IGNORECASE)
# Escaped only where it would mean something, so that a line is read well as plain text too.
_SPECIAL = re.compile(
    r"""[\\`\[\]~]
    | (?<!\s)\* | \*(?!\s)
    | (?<![^\W_])_ | _(?![^\W_])
    | <(?=[A-Za-z/!?])
    | &(?=\#?\w+;)
    | (?<!\S)\#
    | ^[-+>]""",
    re.VERBOSE,
)
_NUMBERED = re.compile(r"^(\d{1,9})([.)])")


def escaped(text: str, longest: int | None = None) -> str:
    """`text` on one line, cut at `longest` characters, as Markdown that shows just it."""
    line = _SPECIAL.sub(r"\\\g<0>", on_one_line(text, longest))
    return _NUMBERED.sub(r"\1\\\2", line)


def fenced(text: str, language: str = "text") -> str:
    """`text` as a block of code that ends where the text does; the language is ours, never a foreign one."""
    text = visible(text)
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}\n"


def contained(text: str) -> str:
    """Markdown as it came, but for what would reach beyond its end: HTML is shown, not obeyed, open fences closed."""
    text = visible(text).strip("\n")
    if not text.strip():
        return ""
    for _ in range(_ATTEMPTS):
        tokens = _parser().parse(f"{text}\n\n{_WITNESS}")
        if tokens[-1].type == "fence":
            text = f"{text}\n{tokens[-1].markup}"
        elif _holds_html(tokens):
            text = _without_html(text, tokens)
        elif [token.content for token in tokens[-3:]] == ["", _WITNESS, ""] and tokens[-1].level == 0:
            return f"{text}\n"
    return fenced(text, "markdown")


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark").enable(["table", "strikethrough"])


def _inline_html(token: Token) -> set[str]:
    """The first lines of the tags in a text."""
    tags = {child.content for child in token.children or () if child.type == "html_inline"}
    return {tag.split("\n")[0] for tag in tags if not _HARMLESS.fullmatch(tag)}


def _holds_html(tokens: list[Token]) -> bool:
    return any(token.type == "html_block" or _inline_html(token) for token in tokens)


def _without_html(text: str, tokens: list[Token]) -> str:
    """`text` with a backslash before every tag that `tokens` found in it."""
    lines = text.split("\n")
    start, end = 0, len(lines)
    for token in tokens:
        if token.map:  # what is in a table's cell lies in its row's lines
            start, end = token.map[0], min(token.map[1], len(lines))
        tags = {"<"} if token.type == "html_block" else _inline_html(token)
        for number in range(start, end):
            for tag in tags:
                lines[number] = lines[number].replace(tag, f"\\{tag}")
    return "\n".join(lines)
