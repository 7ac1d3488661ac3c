"""Inline Markdown to styled spans, and long paragraphs piece by piece.

Owns emphasis, code, links and line breaks within one block, through markdown-it's inline parser. A long text is cut
into segments at spaces where nothing is open, each parsed once; where something stays open for too long the cut comes
all the same, so marks reach `_REACH` characters and no further. The cuts depend on the text before them only, which is
why a text that streams looks like one that was loaded. It knows no width.
"""

import re
from collections.abc import Mapping
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.common.utils import normalizeReference
from markdown_it.token import Token

from tui.drawing.lines import PLAIN, Look, Role, Span

__all__ = ["References", "Segments", "is_plain", "labels_in", "spans_of"]

References = Mapping[str, Mapping[str, str]]

_STEP = 240
_REACH = 2_400
_CUT = re.compile(r"(?<=[^\s\\])[ \n](?=\S)")
# What a mark that nothing has closed yet looks like in plain text.
_OPEN = re.compile(r"\*(?=\S)|~~|`|\[|(?<!\w)_(?=\S)")
_OPENER = re.compile(r"(?<![\w*])(\*{1,3}|~~|(?<![\w_])_{1,3})(?=[^\s*_~])")
_DANGLING = re.compile(r"(?:[*_~`]+|!?\[|!|\\|&\w*)$")
_OPEN_LINK = re.compile(r"\[[^\[\]\n]*\]\([^()\s]*$")
_LABEL = re.compile(r"\[([^\[\]]+)\]")
_URL = re.compile(r"https?://[^\s<>\"'`|]*[^\s<>\"'`|.,;:!?)\]*_~]")
_ROLES: dict[str, Role] = {"strong_open": "strong", "em_open": "emphasis", "s_open": "strike"}
_MARK = re.compile(r"[\n\\`*_~\[<&]")
"""What may begin anything but text."""
_BREAKS = {"softbreak": " ", "hardbreak": "\n"}


def is_plain(text: str) -> bool:
    """Whether there is no mark in it, so that it looks as it is written."""
    return _MARK.search(text) is None


def spans_of(text: str, references: References, look: Look = PLAIN) -> list[Span]:
    """The spans of one block's inline text; a hard break is a line feed in them."""
    if is_plain(text):
        return _with_links(text, look) if text else []
    spans: list[Span] = []
    looks = [look]
    starts: list[int] = []
    for token in _tokens(text, references):
        kind = token.type
        if kind in ("text", "text_special"):
            spans += _with_links(token.content, looks[-1])
        elif kind in _BREAKS:
            spans.append(Span(_BREAKS[kind], looks[-1]))
        elif kind == "code_inline":
            spans.append(Span(token.content, looks[-1].also("code")))
        elif kind == "image":
            shown = _link_look(looks[-1], str(token.attrs.get("src", "")))
            spans += [Span(token.content or "image", shown), *_target("", shown)]
        elif token.nesting > 0:
            starts.append(len(spans))
            href = str(token.attrs.get("href", ""))
            looks.append(_link_look(looks[-1], href) if kind == "link_open" else looks[-1].also(_ROLES[kind]))
        elif token.nesting < 0:
            ended, start = looks.pop(), starts.pop()
            if kind == "link_close":
                spans += _target("".join(span.text for span in spans[start:]), ended)
    return spans


class Segments:
    """A growing paragraph as spans: those of finished segments once, the rest each time."""

    def __init__(self, references: References, look: Look = PLAIN) -> None:
        self._references = references
        self._look = look
        self._start = 0
        self._tries = 1

    def advance(self, text: str, *, is_open: bool) -> tuple[list[Span], list[Span]]:
        """The spans that are new and final, and those of the unfinished rest.

        `text` begins with what was given before. While it `is_open` marks that nothing has closed yet are shown as if
        the text ended with what closes them, so that text does not change its look when they are closed.
        """
        final: list[Span] = []
        while (cut := self._next_cut(text)) is not None:
            final += spans_of(text[self._start : cut], self._references, self._look)
            final.append(Span(" ", self._look))
            self._start, self._tries = cut + 1, 1
        rest = text[self._start :]
        return final, spans_of(_closed(rest) if is_open else rest, self._references, self._look)

    def _next_cut(self, text: str) -> int | None:
        while match := _CUT.search(text, self._start + self._tries * _STEP):
            if self._tries * _STEP >= _REACH or not _OPEN.search(_left_over(text[self._start : match.start()])):
                return match.start()
            self._tries += 1
        return None


def labels_in(text: str) -> set[str]:
    """The normalised labels that a link definition to come could give a meaning."""
    return {normalizeReference(label) for label in _LABEL.findall(text)} if "[" in text else set()


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("strikethrough")


def _tokens(text: str, references: References) -> list[Token]:
    tokens: list[Token] = []
    parser = _parser()
    parser.inline.parse(text, parser, {"references": references}, tokens)
    return tokens


def _left_over(text: str) -> str:
    """The characters of `text` that are only text; what was escaped counts as a letter."""
    if is_plain(text):
        return text
    return "".join("x" if token.type != "text" else token.content for token in _tokens(text, {}))


def _closed(text: str) -> str:
    """`text` with the marks closed that are still open at its end."""
    text = _DANGLING.sub("", text)
    if _OPEN_LINK.search(text):
        return text + ")"
    left = _left_over(text)
    if "`" in left:
        ticks = re.findall("`+", left)[-1]
        return text if text.endswith("`") else text + ticks
    return text.rstrip(" ") + "".join(reversed(_OPENER.findall(left)))


def _with_links(text: str, look: Look) -> list[Span]:
    """Plain text with the addresses in it made links."""
    if look.link is not None or "://" not in text:
        return [Span(text, look)]
    spans: list[Span] = []
    end = 0
    for match in _URL.finditer(text):
        spans += [Span(text[end : match.start()], look), Span(match[0], Look((*look.roles, "link"), match[0]))]
        end = match.end()
    return [*spans, Span(text[end:], look)]


def _link_look(look: Look, href: str) -> Look:
    return Look((*look.roles, "link"), href)


def _target(shown: str, look: Look) -> list[Span]:
    """Where a link leads, for everyone to see, unless its text says it."""
    href = look.link or ""
    if href in (shown, f"mailto:{shown}", f"{shown}/"):
        return []
    return [Span(f" ({href})", Look((*look.roles, "link-target"), href))]
