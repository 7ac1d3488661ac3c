"""Foreign Markdown and code as HTML that can do nothing: the only tags in it are written here or by the renderer.

HTML in Markdown is text, pictures are links, links go to the web or to mail. Knows no page and no session.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from pygments.lexer import Lexer
from pygments.lexers import find_lexer_class_by_name
from pygments.token import Comment, Keyword, Name, Number, Operator, String
from pygments.util import ClassNotFound

from agent.text import visible

__all__ = ["code_html", "markdown_html", "text_html"]

_SCHEMES = ("http://", "https://", "mailto:")
_RELATION = "noopener noreferrer nofollow"
_LONGEST_COLOURED = 50_000
"""Characters of code; a lexer takes too long over more."""
_LONGEST_LINE = 2_000
_CLASSES: tuple[tuple[Any, str], ...] = (
    (Comment, "c"),
    (Keyword, "k"),
    (Operator.Word, "k"),
    (Name.Tag, "k"),
    (Name.Function, "f"),
    (Name.Class, "f"),
    (Name.Decorator, "f"),
    (Number, "n"),
    (String, "s"),
)


def text_html(text: str) -> str:
    """`text` as the content of an element."""
    return escape(visible(text))


def code_html(text: str, language: str = "") -> str:
    """`text` as a block of code, coloured where its language is known and it is not too long for that."""
    return f'<pre tabindex="0"><code>{"".join(_coloured(visible(text), language))}</code></pre>\n'


def markdown_html(text: str) -> str:
    """Markdown as HTML."""
    markdown = _markdown()
    tokens = markdown.parse(visible(text))
    _tame(tokens)
    return str(markdown.renderer.render(tokens, markdown.options, {}))


def _coloured(text: str, language: str) -> Iterator[str]:
    lexer = _lexer(language)
    if lexer is None or len(text) > _LONGEST_COLOURED or any(len(line) > _LONGEST_LINE for line in text.split("\n")):
        yield escape(text)
        return
    tokens = list(lexer.get_tokens_unprocessed(text))
    if "".join(value for _position, _kind, value in tokens) != text:  # never show anything but the text itself
        yield escape(text)
        return
    for _position, kind, value in tokens:
        name = _class(kind)
        yield f'<span class="{name}">{escape(value)}</span>' if name else escape(value)


@cache
def _class(kind: Any) -> str:
    return next((name for parent, name in _CLASSES if kind in parent), "")


@cache
def _lexer(language: str) -> Lexer | None:
    try:
        found = find_lexer_class_by_name(language) if language else None
    except ClassNotFound:
        return None
    return found() if found else None


def _fence(text: str, language: str, _attributes: str) -> str:
    return code_html(text, language)


@cache
def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False, "xhtmlOut": False, "highlight": _fence})
    markdown.validateLink = lambda url: url.lower().startswith(_SCHEMES)  # type: ignore[method-assign]
    return markdown.enable(["table", "strikethrough"])


def _tame(tokens: Iterable[Token]) -> None:
    """Fit the tokens of a text into a page that has headings of its own and takes no styles from elsewhere."""
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + 2)}"
        elif token.type in ("th_open", "td_open") and "style" in token.attrs:
            token.attrs = {"class": str(token.attrs["style"]).removeprefix("text-align:")}
        elif token.children:
            token.children = list(_tamed_inline(token.children))


def _tamed_inline(tokens: Iterable[Token]) -> Iterator[Token]:
    in_link = False
    for token in tokens:
        if token.type in ("link_open", "link_close"):
            in_link = token.type == "link_open"
            if in_link:
                token.attrSet("rel", _RELATION)
            yield token
        elif token.type == "image":
            text = Token("text", "", 0, content=token.content or str(token.attrs["src"]))
            if in_link:
                yield text
            else:
                yield Token("link_open", "a", 1, attrs={"href": token.attrs["src"], "rel": _RELATION})
                yield text
                yield Token("link_close", "a", -1)
        else:
            yield token
