"""Text without marks is what markdown-it takes it for."""

from hypothesis import assume, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tui.drawing.markdown.inline import is_plain

_LETTERS = st.sampled_from(
    [*map(chr, range(0x20, 0x7F)), "\t", "\n", "\xa0", "é", "日", "www.a.b ", "http://a.b", "a@b.c"]
)


@given(st.lists(_LETTERS, min_size=1, max_size=8).map("".join))
def test_plain_text_is_what_it_looks_like(text: str) -> None:
    assume(is_plain(text))
    (inline,) = MarkdownIt("commonmark", {"html": False}).enable("strikethrough").parseInline(text)
    assert [(token.type, token.content) for token in inline.children or []] == [("text", text)]
