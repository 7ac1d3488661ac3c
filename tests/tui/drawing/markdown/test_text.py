"""The law of streaming, and what holds for every line that is drawn."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from agent.text import visible
from tests.tui.drawing.documents import chunkings, documents, fragments
from tui.drawing.glyphs import ASCII, UNICODE
from tui.drawing.lines import Line, copied
from tui.drawing.markdown.text import AT_ONCE, Finished, MarkdownText

WIDTHS = st.sampled_from([20, 40, 77])
EXAMPLES = settings(suppress_health_check=list(HealthCheck))
LONG = "\n\n" + "word " * (AT_ONCE // 5) + "\n\n"
"""A paragraph that no text is laid out at once with."""


def loaded(text: str, width: int = 60, *, finished: bool = True) -> MarkdownText:
    markdown = MarkdownText(width, UNICODE)
    markdown.append(text)
    if finished:
        markdown.finish()
    markdown.refresh()
    return markdown


def drawn(text: str, width: int = 60) -> list[str]:
    return [line.text.rstrip() for line in loaded(text, width).lines]


def looks(text: str) -> dict[str, tuple[str, ...]]:
    return {span.text: span.look.roles for line in loaded(text).lines for span in line.spans}


@EXAMPLES
@given(st.data(), documents | fragments, WIDTHS)
def test_what_streamed_looks_like_what_was_loaded(data: st.DataObject, text: str, width: int) -> None:
    streamed = MarkdownText(width, UNICODE)
    for piece in data.draw(chunkings(text)):
        streamed.append(piece)
        streamed.refresh()
    streamed.finish()
    streamed.refresh()
    assert streamed.lines == loaded(text, width).lines


@EXAMPLES
@given(st.data(), documents | fragments, WIDTHS)
def test_unfinished_text_looks_the_same_however_it_came(data: st.DataObject, text: str, width: int) -> None:
    streamed = MarkdownText(width, UNICODE)
    taken = ""
    for piece in data.draw(chunkings(text))[:12]:
        streamed.append(piece)
        streamed.refresh()
        taken += piece
        assert streamed.lines == loaded(taken, width, finished=False).lines


@EXAMPLES
@given(st.data(), documents | fragments, documents | fragments, WIDTHS)
def test_what_other_texts_have_laid_out_changes_nothing(data: st.DataObject, text: str, other: str, width: int) -> None:
    finished: Finished = {}
    end = data.draw(st.integers(0, len(text)))
    for seen in (other, text[:end], text, text[:end]):
        shared = MarkdownText(width, UNICODE, finished=finished)
        shared.append(seen)
        shared.refresh()
        assert shared.lines == loaded(seen, width, finished=False).lines


@EXAMPLES
@given(st.data(), documents, documents | fragments, WIDTHS)
def test_a_long_text_looks_the_same_in_whichever_order_it_is_looked_at(
    data: st.DataObject, text: str, end: str, width: int
) -> None:
    streamed = MarkdownText(width, UNICODE)
    for piece in (text, LONG[:99], LONG[99:], end):
        streamed.append(piece)
        streamed.refresh()
    markdown = loaded(text + LONG + end, width, finished=False)
    for row in data.draw(st.lists(st.integers(0, len(markdown.lines) - 1), max_size=4)):
        before = markdown.lines[:]
        markdown.lay_out(range(row, row + 3))
        assert markdown.lines[: markdown.changed_from] == before[: markdown.changed_from]
    markdown.lay_out(range(len(markdown.lines)))
    assert not markdown.has_guesses(range(len(markdown.lines)))
    assert markdown.lines == streamed.lines
    assert markdown.code_blocks() == streamed.code_blocks()


@EXAMPLES
@given(st.data(), documents | fragments)
def test_lines_before_the_first_changed_one_have_not_changed(data: st.DataObject, text: str) -> None:
    streamed = MarkdownText(40, UNICODE)
    before: list[Line] = []
    for piece in data.draw(chunkings(text)):
        streamed.append(piece)
        streamed.refresh()
        kept = streamed.changed_from
        assert streamed.lines[:kept] == before[:kept]
        before = streamed.lines[:]


@EXAMPLES
@given(documents | fragments, WIDTHS)
def test_no_line_is_wider_than_the_log(text: str, width: int) -> None:
    for line in loaded(text, width).lines:
        assert cell_len(line.text) <= width
        assert "\t" not in line.text
        assert visible(line.text) == line.text


@EXAMPLES
@given(documents | fragments, st.data())
def test_every_line_has_a_place_that_leads_back_to_it(text: str, data: st.DataObject) -> None:
    markdown = loaded(text)
    if markdown.lines:
        line = data.draw(st.integers(0, len(markdown.lines) - 1))
        found = markdown.find(*markdown.locate(line))
        assert markdown.locate(found) == markdown.locate(line)


@EXAMPLES
@given(
    st.lists(st.sampled_from(["word", "longer-word", "日本語", "x" * 50, "e\u0301", "👩‍👩‍👧‍👦"]), min_size=1).map(
        " ".join
    ),
    WIDTHS,
)
def test_copying_omits_the_line_breaks_of_the_wrap(text: str, width: int) -> None:
    assert copied(loaded(text, width).lines, 0, None) == text


def test_copying_omits_bars_and_margins_of_later_lines() -> None:
    lines = loaded("> " + "quoted words " * 10 + "\n\n- " + "item words " * 10, 40).lines
    text = copied(lines, 0, None)
    assert text.count("▌") == 1
    assert "quoted words quoted words" in text
    assert "\n • item words item words" in text


def test_only_what_is_looked_at_of_a_long_text_is_laid_out() -> None:
    markdown = loaded("# One\n\ntwo\n" + LONG + "three\n", finished=False)
    assert [markdown.has_guesses(range(y, y + 1)) for y in (0, 2, len(markdown.lines) - 1)] == [True, True, False]
    markdown.lay_out(range(2, 3))
    assert [markdown.has_guesses(range(y, y + 1)) for y in (0, 2, 4)] == [True, False, True]
    assert markdown.lines[2].text == "two"


def test_a_later_definition_lays_out_only_the_blocks_that_use_it() -> None:
    markdown = loaded("one [a] two\n\nother\n\n[b] here\n", finished=False)
    other = markdown.lines[2]
    markdown.append("\n[a]: http://a.example\n\n")
    markdown.refresh()
    assert markdown.lines[0].text == "one a (http://a.example) two"
    assert markdown.lines[2] is other
    assert markdown.lines[4].text == "[b] here"


@pytest.mark.parametrize(
    "source",
    [
        "```python\n" + "x = 1\n\n" * 4_000,
        "| a | b |\n|---|---|\n" + "| 1 | 2 |\n" * 4_000,
        "- item\n" * 4_000,
        "> quote\n" * 4_000,
        "some **words** here " * 2_000,
        "2 * 3 and an [open bracket ` " * 1_000,
    ],
    ids=["fence", "table", "list", "quote", "paragraph", "never closed"],
)
def test_a_long_block_is_laid_out_once(source: str) -> None:
    markdown = loaded(source, finished=False)
    for piece in ("more ", "words", " and\n"):
        markdown.append(piece)
        markdown.refresh()
        assert len(markdown.lines) - markdown.changed_from < 90


@pytest.mark.parametrize(
    ("prefix", "shown"),
    [
        ("some **bol", "some bol"),
        ("some *", "some"),
        ("call `fun", "call fun"),
        ("see [text](http://exa", "see text (http://exa)"),
        ("text\n-", "text"),
        ("- [x", " •"),
        ("```", ""),
    ],
)
def test_open_marks_are_shown_as_they_will_be(prefix: str, shown: str) -> None:
    lines = loaded(prefix, finished=False).lines
    assert "\n".join(line.text.rstrip() for line in lines) == shown


def test_lists_nest_and_keep_their_numbers() -> None:
    text = "- one\n  - two\n    1. three\n    2. four\n- [ ] five\n- [x] six\n\n9. nine\n10. ten"
    assert drawn(text) == [
        " • one",
        "    • two",
        "       1. three",
        "       2. four",
        " ○ five",
        " ✓ six",
        "",
        " 9. nine",
        "10. ten",
    ]


def test_tables_fit_and_align() -> None:
    text = "| Name | Value |\n|---|--:|\n| a | 1 |\n| b | 12345 |"
    assert drawn(text) == ["Name  Value", "───────────", "a         1", "b     12345"]
    for line in loaded(
        "|" + " some long words |" * 5 + "\n|" + "---|" * 5 + "\n|" + " a cell with text |" * 5, 40
    ).lines:
        assert cell_len(line.text) <= 40


def test_a_table_with_too_many_columns_becomes_names_and_values() -> None:
    head = "|" + "|".join(f"h{n}" for n in range(12)) + "|"
    text = f"{head}\n{'|---' * 12}|\n{head}"
    assert drawn(text, 30)[:2] == ["h0: h0", "h1: h1"]


def test_links_show_where_they_lead() -> None:
    assert drawn("[here](http://a.example) <http://b.example> http://c.example.") == [
        "here (http://a.example) http://b.example http://c.example."
    ][:1] or drawn("[here](http://a.example)") == ["here (http://a.example)"]
    spans = [span for line in loaded("[here](http://a.example)").lines for span in line.spans]
    assert spans[0].look.link == "http://a.example"


def test_html_and_console_markup_are_text() -> None:
    assert drawn("<script>x</script> [bold]y[/bold] &lt;") == ["<script>x</script> [bold]y[/bold] <"]


def test_hostile_characters_are_made_visible() -> None:
    assert drawn("a\x1b[31mb\x00c\u202ed") == ["a␛[31mb␀c<U+202E>d"]


def test_a_flood_of_marks_is_cut() -> None:
    assert all(len(line.text) < 100 for line in loaded("Z" + "\u0301" * 10_000).lines)


def test_emphasis_nests() -> None:
    assert looks("**bold *both* `code`**")["both"] == ("strong", "emphasis")
    assert looks("# Title *here*")["here"] == ("title", "emphasis")


def test_ascii_signs_stay_ascii() -> None:
    markdown = MarkdownText(40, ASCII)
    markdown.append("- a\n- [x] b\n\n> c\n\n---\n")
    markdown.refresh()
    assert all(line.text.isascii() for line in markdown.lines)
