"""What a search finds in a text is what the log draws of it, however it is wrapped and whenever it came."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.conversation.finding import Hit, HitKind, occurrences
from tests.tui.drawing.documents import chunkings, documents, fragments
from tui.drawing.glyphs import UNICODE
from tui.drawing.lines import BLANKS, Line, Span
from tui.drawing.markdown.shown import shown_lines, where
from tui.drawing.markdown.text import MarkdownText
from tui.drawing.matches import Matches, texts
from tui.drawing.wrap import wrapped
from tui.panes.log.run.fragments import FragmentText

EXAMPLES = settings(max_examples=max(settings().max_examples // 2, 1))
QUERIES = st.sampled_from(
    ["a", "WORD", "words that", "d e", "日本", "文章で", "**", "bold", "x", " ", "👩‍👩‍👧‍👦", "label", "é"]
)
WIDE = st.integers(60, 120)
"""Widths at which the tables of the documents are tables: in less they are lists that repeat their heads."""


def loaded(text: str, width: int) -> MarkdownText:
    markdown = MarkdownText(width, UNICODE)
    markdown.append(text)
    markdown.finish()
    markdown.refresh()
    return markdown


def found(lines: list[Line], query: str) -> Matches:
    matches = Matches(query)
    matches.read(lines)
    return matches


@EXAMPLES
@given(documents | fragments, WIDE)
def test_the_lines_that_are_searched_are_those_that_are_drawn(text: str, width: int) -> None:
    lines = [line.translate(BLANKS) for line in texts(loaded(text, width).lines)]
    drawn = [line.rstrip() for line in lines if line.strip()]
    assert drawn == [line.rstrip() for line in shown_lines(HitKind.ANSWER, text) if line.strip()]


@EXAMPLES
@given(documents | fragments, WIDE, QUERIES)
def test_as_much_is_marked_as_is_counted(text: str, width: int, query: str) -> None:
    if query.strip():
        counted = sum(len(occurrences(line, query)) for line in shown_lines(HitKind.ANSWER, text))
        assert found(loaded(text, width).lines, query).count == counted


@EXAMPLES
@given(st.data(), documents | fragments, QUERIES)
def test_matches_in_a_text_that_grows_are_those_of_the_whole(data: st.DataObject, text: str, query: str) -> None:
    streamed, matches = MarkdownText(40, UNICODE), Matches(query)
    for piece in data.draw(chunkings(text)):
        streamed.append(piece)
        streamed.refresh()
        matches.forget(streamed.changed_from)
        matches.read(streamed.lines)
        whole = found(streamed.lines, query)
        assert [matches.on(y) for y in range(len(streamed.lines))] == [whole.on(y) for y in range(len(streamed.lines))]
        assert matches.count == whole.count


@EXAMPLES
@given(documents | fragments, st.integers(8, 100), QUERIES)
def test_marks_are_the_letters_of_the_query_and_lead_to_their_line(text: str, width: int, query: str) -> None:
    lines = loaded(text, width).lines
    matches = found(lines, query)
    marked = [""] * matches.count
    for y, line in enumerate(lines):
        for mark in matches.on(y):
            assert 0 <= mark.start <= mark.end <= len(line.text)
            marked[mark.number] += line.text[mark.start : mark.end]
    # What the wrap took away is part of the match, but is not drawn.
    assert all(part.replace(" ", "").casefold() == query.replace(" ", "").casefold() for part in marked)
    for number in range(matches.count):
        begins = matches.line_of(number)
        assert begins is not None
        assert number in [mark.number for mark in matches.on(begins)]
    assert matches.line_of(matches.count + 5) == matches.line_of(matches.count - 1)


def test_a_match_goes_over_the_end_of_a_line() -> None:
    lines = wrapped([Span("one two three four five")], 10)
    assert [line.text for line in lines] == ["one two", "three four", "five"]
    matches = found(lines, "two three")
    assert [(mark.line, mark.start, mark.end) for y in range(3) for mark in matches.on(y)] == [(0, 4, 7), (1, 0, 5)]
    assert matches.line_of(0) == 0


def test_a_match_in_a_cell_goes_on_below_its_own_column() -> None:
    table = "| a | b |\n|---|---|\n| left words here | right words there |\n"
    lines = loaded(table, 24).lines
    assert [line.text.split() for line in lines[2:]] == [["left", "words", "right", "words"], ["here", "there"]]
    matches = found(lines, "words there")
    assert matches.count == 1
    assert [lines[mark.line].text[mark.start : mark.end] for y in (2, 3) for mark in matches.on(y)] == [
        "words",
        "there",
    ]
    assert found(lines, "words right").count == 0


def test_marks_of_fragments_do_not_part_a_word() -> None:
    text = FragmentText(40)
    text.append("hel")
    text.append("lo")
    text.refresh()
    assert [(mark.start, mark.end) for mark in found(text.lines, "hello").on(0)] == [(0, 6)]


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("un**believ**able", ["unbelievable"]),
        ("- [x] done", ["done"]),
        ("```python\n\tx = 1\n```", ["python", "    x = 1"]),
        ("[here](http://a.example)", ["here (http://a.example)"]),
        ("[later]\n\n[later]: http://b.example", ["later (http://b.example)"]),
        ("one\ntwo  \nthree", ["one two", "three"]),
        ("a\x1b[0m\r\nb", ["a␛[0m b"]),
        ("---", []),
    ],
)
def test_markdown_is_searched_as_it_looks(source: str, lines: list[str]) -> None:
    assert shown_lines(HitKind.ANSWER, source) == lines


def test_other_texts_are_searched_as_they_look() -> None:
    assert shown_lines(HitKind.QUESTION, " **a**\tb\x00\nc ") == ["**a**    b␀", "c"]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (HitKind.RESULT, "result of add"),
        (HitKind.ARGUMENTS, "arguments of add"),
        (HitKind.TOOL, "name of add"),
        (HitKind.ANSWER, "answer"),
        (HitKind.PREAMBLE, "text before a call"),
    ],
)
def test_a_place_is_told_in_words(kind: HitKind, words: str) -> None:
    assert where(Hit("run", kind, "item", 0, "add")) == words
