"""A scroll bar has a cell for each of its lines, wherever it stands among how many."""

from hypothesis import example, given
from hypothesis import strategies as st

from tui.widgets.scroll_bar import ThumbRender

_SIZES = st.integers(0, 60)


@given(size=_SIZES, lines=st.integers(0, 500), window=_SIZES, position=st.integers(0, 600))
@example(size=40, lines=60, window=40, position=32)  # at the end, and then higher by ten lines
def test_a_bar_has_a_cell_for_each_of_its_lines_whatever_it_was_last_told(
    size: int, lines: int, window: int, position: int
) -> None:
    shown = window if window < lines else 0
    bar = ThumbRender.render_bar(size, lines, shown, position)
    assert len(list(bar.segments)) == size
