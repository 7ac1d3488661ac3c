"""Highlighting: the text is never changed, and its look does not depend on how it came."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.drawing.lines import Span
from tui.drawing.markdown.highlight import Highlighter

LINES = st.lists(
    st.sampled_from(["def f(x):", "    return 1  # no", "", '"""', "/* c", "*/", "<a href='x'>", "key: value", "{% x"]),
    max_size=150,
)
LANGUAGES = [
    "python",
    "javascript",
    "c",
    "html",
    "json",
    "yaml",
    "bash",
    "ruby",
    "markdown",
    "cr",
    "no-such-language",
    "",
]


def roles(lines: list[list[Span]]) -> dict[str, str]:
    return {span.text: span.look.roles[-1] for line in lines for span in line}


@pytest.mark.parametrize("language", LANGUAGES)
@given(lines=LINES)
def test_the_text_stays_as_it_is(language: str, lines: list[str]) -> None:
    final, rest = Highlighter(language).advance(lines, complete=len(lines))
    assert ["".join(span.text for span in line) for line in final + rest] == lines


@pytest.mark.parametrize("language", ["python", "c", "yaml"])
@given(lines=LINES, data=st.data())
def test_the_look_does_not_depend_on_the_pieces(language: str, lines: list[str], data: st.DataObject) -> None:
    whole = Highlighter(language)
    final, rest = whole.advance(lines, complete=len(lines))
    pieces = Highlighter(language)
    kept: list[list[Span]] = []
    for end in sorted(data.draw(st.lists(st.integers(0, len(lines)), max_size=5))):
        kept += pieces.advance(lines[:end], complete=end)[0]
    last, open_end = pieces.advance(lines, complete=len(lines))
    assert kept + last + open_end == final + rest


def test_a_string_goes_on_over_stretches() -> None:
    lines = ['"""', *["words", ""] * 60, '"""', "x = 1"]
    final, rest = Highlighter("python").advance(lines, complete=len(lines))
    assert roles(final)["words"] == "code-string"
    assert roles(rest)["1"] == "code-number"
