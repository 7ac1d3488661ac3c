"""A text area for long texts: it wraps as Textual's does, only sooner, and takes a character for what is seen of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App, ComposeResult
from textual.document._document import Document
from textual.document._wrapped_document import WrappedDocument

from tests.counting import function_calls
from tui.widgets.text_area import LongTextArea

_TEXTS = st.lists(st.sampled_from(["a", "word", " ", "\t", "\n", "漢", "é", "(", "x" * 15]), max_size=20).map("".join)
_PLACES = st.tuples(st.integers(0, 5), st.integers(0, 30))


class Writing(App[None]):
    """One text area."""

    def __init__(self, text: str = "") -> None:
        super().__init__()
        self.area = LongTextArea(text)

    def compose(self) -> ComposeResult:
        yield self.area


def rows(wrapped: WrappedDocument) -> tuple[object, ...]:
    """All that is known of where lines break."""
    return (
        wrapped.height,
        wrapped._wrap_offsets,
        wrapped._offset_to_line_info,
        wrapped._line_index_to_offsets,
        [wrapped.get_sections(line) for line in range(wrapped.document.line_count)],
    )


@given(_TEXTS, st.integers(1, 12), st.lists(st.tuples(_PLACES, _PLACES, _TEXTS), max_size=4))
def test_lines_break_where_textual_breaks_them_and_still_do_after_any_changes(
    text: str, width: int, changes: list[tuple[tuple[int, int], tuple[int, int], str]]
) -> None:
    area = LongTextArea(text)
    wrapped = area.wrapped_document
    wrapped.wrap(width)
    for start, end, new in changes:
        start, end = area.clamp_visitable(start), area.clamp_visitable(end)
        result = area.document.replace_range(start, end, new)
        wrapped.wrap_range(min(start, end), max(start, end), result.end_location)
    assert area.document.text == Document(area.document.text).text
    assert rows(wrapped) == rows(WrappedDocument(Document(area.document.text), width))


@pytest.mark.parametrize("seen", ["👨\u200d👩\u200d👧", "🇩🇪", "👍🏽", "e\u0301", "❤\ufe0f", "漢", "x"])
async def test_what_is_seen_as_one_character_is_stepped_over_and_deleted_as_one(seen: str) -> None:
    app = Writing(f"a{seen}{seen}b")
    async with app.run_test() as pilot:
        app.area.move_cursor(app.area.document.end)
        await pilot.press("left", "left", "backspace", "right", "left", "delete")
        assert app.area.text == "ab"


async def test_a_mark_that_is_typed_by_itself_is_taken_back_by_itself() -> None:
    app = Writing("\u0e01\u0e47")
    async with app.run_test() as pilot:
        app.area.move_cursor(app.area.document.end)
        await pilot.press("backspace")
        assert app.area.text == "\u0e01"


@given(st.text(st.sampled_from("a\u0301\u200d👨👍🏽🇩🇪漢"), max_size=20), st.integers(0, 20))
def test_the_cursor_stands_nowhere_within_what_is_seen_as_one(text: str, column: int) -> None:
    area = LongTextArea(text)
    place = area.clamp_visitable((0, column))
    assert place[1] >= min(column, len(text))
    assert area.clamp_visitable(place) == place
    right = area.navigator.get_location_right(place)
    assert area.navigator.get_location_left(right) == place or right == place


async def test_a_letter_costs_the_same_in_a_long_text_as_in_a_short_one() -> None:
    costs = []
    for lines in (100, 20_000):
        app = Writing("some words of a line\n" * lines)
        async with app.run_test() as pilot:
            app.area.move_cursor(app.area.document.end)
            await pilot.pause()
            costs.append(function_calls(lambda area=app.area: area.insert("x")))  # type: ignore[misc]
    assert costs[1] < 2 * costs[0]


async def test_what_is_as_wide_as_before_is_not_wrapped_anew() -> None:
    app = Writing("some words of a line\n" * 20_000)
    async with app.run_test(size=(60, 20)) as pilot:
        before = app.area.wrapped_document._wrap_offsets
        await pilot.resize_terminal(60, 24)
        assert app.area.wrapped_document._wrap_offsets is before
        await pilot.resize_terminal(16, 24)
        assert app.area.wrapped_document._wrap_offsets[0]
