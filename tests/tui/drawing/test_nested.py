"""Rows of lines and of what is under them, against the plainest way to count them."""

from hypothesis import given
from hypothesis import strategies as st

from tui.drawing.nested import NestedLines


@given(st.integers(1, 30).flatmap(lambda count: st.tuples(st.just(count), folds(count))))
def test_every_row_is_found_from_its_line_and_every_line_from_its_row(
    case: tuple[int, list[dict[int, int]]],
) -> None:
    count, steps = case
    nested, under = NestedLines(count), dict.fromkeys(range(count), 0)
    for step in steps:
        nested.put_under(step)
        under |= step
        rows = [(line, inside) for line in range(count) for inside in (None, *range(under[line]))]
        assert len(nested) == len(rows)
        assert [nested.at(row) for row in range(len(rows))] == rows
        assert [nested.row(line) for line in range(count)] == [rows.index((line, None)) for line in range(count)]


def folds(count: int) -> st.SearchStrategy[list[dict[int, int]]]:
    """What comes under some lines, one change after the other."""
    change = st.dictionaries(st.integers(0, count - 1), st.integers(0, 5), max_size=6)
    return st.lists(change, min_size=1, max_size=4)
