"""A row in exactly its width."""

from rich.style import Style

from tui.drawing.glyphs import UNICODE
from tui.drawing.rows import ROLES, SPINNER, Row, Span, paint

STYLES = dict.fromkeys(ROLES, Style())


def painted(row: Row, width: int, *, now: float = 0, frame: int = 0) -> str:
    strip = paint(row, width, STYLES, UNICODE, now=now, frame=frame)
    assert strip.cell_length == width
    return strip.text


def test_signs_and_durations_stand_under_each_other() -> None:
    rows = [
        Row(("a",), (Span("run"),), 0, False, Span("✓", "ok"), "1:04"),
        Row(("b",), (Span("call"),), 4, True, SPINNER, since=1_000),
        Row(("c",), (Span("step"),), 2, None, None, "0.8 s"),
    ]
    assert [painted(row, 24, now=3_000, frame=1) for row in rows] == [
        "▼ run            ✓  1:04",
        "    ▶ call       ⠙ 2.0 s",
        "    step           0.8 s",
    ]


def test_every_cut_is_marked() -> None:
    assert painted(Row(("a",), (Span("123"), Span("456")), in_tree=False), 5) == "1234…"
    assert painted(Row(("a",), (Span("123"), Span("456")), in_tree=False), 3) == "12…"
    assert painted(Row(("a",), (Span("123"), Span("456")), in_tree=False), 6) == "123456"
    assert painted(Row(("a",), (Span("漢字漢字"),), right="1 ms", in_tree=False), 12) == "漢字…   1 ms"
    assert painted(Row(("a",), (Span("long"),), right="1 ms"), 1) != ""
