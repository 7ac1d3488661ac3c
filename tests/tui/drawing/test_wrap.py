"""Wrapping: what fits stays whole, what is torn apart can be joined again."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.drawing.cells import graphemes
from tui.drawing.lines import Line, Span, copied
from tui.drawing.wrap import Wrapper, hard_wrapped, wrapped

TEXTS = st.lists(
    st.sampled_from(
        ["a", "word", " ", "  ", "\n", "日本", "「", "」", "👩‍👩‍👧‍👦", "🇨🇭", "👍🏽", "e\u0301", "x" * 30, "\t"]
    )
).map("".join)
WIDTHS = st.integers(4, 40)


@given(TEXTS, WIDTHS)
def test_lines_fit_and_join_to_the_text(text: str, width: int) -> None:
    lines = wrapped([Span(text)], width)
    assert all(cell_len(line.text) <= width for line in lines)
    written = [line.rstrip(" \t") for line in text.split("\n")]
    assert [line.rstrip(" \t") for line in copied(lines, 0, None).split("\n")] == written, "tabs among it"


@given(TEXTS, WIDTHS, st.data())
def test_lines_do_not_depend_on_the_pieces(text: str, width: int, data: st.DataObject) -> None:
    cut = data.draw(st.sampled_from([at for at in range(len(text) + 1) if text[at - 1 : at] in ("", " ", "\n")]))
    wrapper = Wrapper(width)
    wrapper.feed(text[:cut])
    early = wrapper.take()
    wrapper.feed(text[cut:])
    wrapper.end_line()
    assert early + wrapper.lines == wrapped([Span(text)], width)


@given(st.text(alphabet="ab  -\n\t", max_size=80), WIDTHS)
def test_lines_of_many_words_are_those_of_their_letters(text: str, width: int) -> None:
    wrapper = Wrapper(width)
    for letter in text:
        wrapper.feed(letter)
    wrapper.end_line()
    assert wrapper.lines == wrapped([Span(text)], width)


@given(TEXTS, WIDTHS)
def test_code_is_cut_at_the_edge_and_only_there(text: str, width: int) -> None:
    code = text.replace("\n", "").replace("\t", "    ")
    parts = ["".join(span.text for span in part) for part in hard_wrapped([Span(code)], width)]
    assert "".join(parts) == code
    assert all(width - 1 <= cell_len(part) <= width for part in parts[:-1])
    assert cell_len(parts[-1]) <= width


def test_what_a_reader_sees_as_one_character_stays_one() -> None:
    assert graphemes("a👩‍👩‍👧‍👦🇨🇭🇩🇪👍🏽e\u0301") == ["a", "👩‍👩‍👧‍👦", "🇨🇭", "🇩🇪", "👍🏽", "e\u0301"]


def test_brackets_stay_with_what_they_enclose() -> None:
    lines = [line.text for line in wrapped([Span("日本「語」です。")], 6)]
    assert lines == ["日本", "「語」", "です。"]


def test_text_goes_on_after_a_look_ahead() -> None:
    wrapper = Wrapper(20)
    wrapper.feed("one")
    ahead = wrapper.ahead()
    ahead.end_line()
    assert ahead.lines == [Line((Span("one"),))]
    wrapper.feed(" two")
    wrapper.end_line()
    assert [line.text for line in wrapper.lines] == ["one two"]
