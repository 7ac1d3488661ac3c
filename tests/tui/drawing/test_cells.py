"""Text cut to cells: safe, exact, and cheap for long texts."""

from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.drawing.cells import fit, flat, head_lines, tail_lines

ANY = st.text(max_size=200) | st.text("a \n\t漢字e\u0301\u200d\ufe0f👩👦[b]\x1b\x00\u202e", max_size=200)


@given(ANY, st.integers(2, 40))
@example("\u200d\u200d⼀0", 2)
@example("\u200d\u200d00\t⼀", 7)
def test_no_line_is_wider_than_asked(text: str, width: int) -> None:
    assert cell_len(fit(flat(text), width, "…")) <= width
    for lines, _ in (head_lines(text, width, 4), tail_lines(text, width, 3)):
        assert all(cell_len(line) <= width for line in lines)
        assert not any("\x1b" in line or "\x00" in line or "\u202e" in line or "\n" in line for line in lines)


def test_the_first_and_the_last_lines_are_told_from_the_whole() -> None:
    assert head_lines("one two three", 7, 4) == (["one two", "three"], False)
    assert head_lines("a\nb\nc", 7, 2) == (["a", "b"], True)
    assert tail_lines("a\nb\nc", 7, 2) == (["b", "c"], True)
    assert tail_lines("a\n", 7, 2) == (["a", ""], False)


def test_a_growing_text_keeps_the_lines_it_was_wrapped_into() -> None:
    text = "".join(f"word{number} " for number in range(400))
    jumps = 0
    before: list[str] = []
    for end in range(0, len(text), 3):
        lines, _ = tail_lines(text[:end], 30, 3)
        jumps += bool(before) and before[:-1] != lines[: len(before) - 1] and before[1:-1] != lines[: len(before) - 2]
        before = lines
    assert jumps < 12


def test_a_flood_of_marks_is_cut() -> None:
    line = fit("e" + "\u0301" * 10_000 + "x", 10, "…")
    assert line.startswith("e")
    assert len(line) < 100


def test_a_word_of_ten_thousand_letters_is_broken() -> None:
    lines, more = head_lines("x" * 10_000, 20, 4)
    assert lines == ["x" * 20] * 4
    assert more
