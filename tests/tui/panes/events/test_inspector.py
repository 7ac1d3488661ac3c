"""The list of events, and the JSON of one."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.agent.strategies import JSON
from tests.tui.panes.host import Host, shown
from tui.drawing.glyphs import UNICODE
from tui.drawing.json import json_rows
from tui.panes.events.inspector import EventJson, EventLine, Inspector

_SMALL = st.recursive(
    st.none() | st.booleans() | st.integers(-999, 999) | st.text("abc", max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=3),
    max_leaves=8,
)


class Source:
    """Events that are made when they are asked for."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.asked: set[int] = set()

    def __len__(self) -> int:
        return self.count

    def line(self, number: int) -> EventLine:
        self.asked.add(number)
        is_pictured = number % 5 != 4
        name = "TEXT_MESSAGE_CONTENT" if is_pictured else "STATE_DELTA"
        role = "number" if is_pictured else "warning"
        return EventLine(type=name, content=f"[b]w{number}\x1b[31m", gap=31.0, role=role, is_pictured=is_pictured)  # type: ignore[arg-type]

    def text(self, number: int) -> str:
        return json.dumps({"number": number})

    def value(self, number: int) -> Any:
        return {"number": number}


def drawn(value: Any, width: int = 40) -> list[str]:
    return ["".join(span.text for span in row.spans) for row in json_rows(value, width, UNICODE)]


async def test_events_are_numbered_timed_and_safe_and_the_foreign_ones_stand_out() -> None:
    inspector = Inspector(Source(6))
    async with Host(inspector).run_test(size=(60, 10)) as pilot:
        inspector.events_added()
        inspector.current = 2
        await pilot.pause()
        lines = shown(inspector).splitlines()
        assert lines[0].split() == ["1", "TEXT_MESSAGE_CONTENT", "[b]w0␛[31m", "+0.031", "s"]
        assert lines[2].startswith("▌3 ")
        assert lines[4].strip().startswith("5 ○ STATE_DELTA")


async def test_it_follows_the_current_event_until_the_user_goes_elsewhere() -> None:
    inspector = Inspector(Source(1_000))
    app = Host(inspector)
    async with app.run_test(size=(60, 12)) as pilot:
        inspector.events_added()
        inspector.current = 500
        await pilot.pause()
        assert inspector.chosen == 500
        assert "▌  501" in shown(inspector)
        inspector.focus()
        await pilot.press("up", "up")
        inspector.current = 510
        assert inspector.chosen == 498
        inspector.follow()
        assert inspector.chosen == 510


async def test_the_scroll_bar_stands_where_the_list_does_however_early_it_is_scrolled() -> None:
    inspector = Inspector(Source(1_000))
    async with Host(inspector).run_test(size=(60, 12)) as pilot:
        inspector.events_added()
        inspector.current = 500  # the bar is not there yet
        assert not inspector.show_vertical_scrollbar
        await pilot.pause()
        assert inspector.show_vertical_scrollbar
        assert inspector.vertical_scrollbar.position == inspector.scroll_y > 0


async def test_three_hundred_thousand_events_are_asked_for_no_more_than_ten() -> None:
    async def asked(count: int) -> int:
        source = Source(count)
        inspector = Inspector(source)
        async with Host(inspector).run_test(size=(60, 12)) as pilot:
            inspector.events_added()
            for number in range(0, count, max(count // 10, 1)):
                inspector.current = number
                await pilot.pause()
            return len(source.asked)

    assert await asked(10) <= 10
    assert await asked(300_000) <= 11 * 12


async def test_keys_and_clicks_ask_for_what_they_should() -> None:
    inspector = Inspector(Source(10))
    posted: list[Any] = []

    class App(Host):
        def on_inspector_event_selected(self, message: Inspector.EventSelected) -> None:
            posted.append(message.number)

        def on_inspector_copy_requested(self, message: Inspector.CopyRequested) -> None:
            posted.append((message.text, message.what))

    async with App(inspector).run_test(size=(60, 12)) as pilot:
        inspector.events_added()
        inspector.current = 3
        inspector.focus()
        await pilot.press("down", "enter", "y")
        await pilot.click(inspector, offset=(5, 1))
        await pilot.pause()
        assert posted == [4, ('{"number": 4}', "event 5"), 1]


async def test_the_json_of_an_event_is_shown_and_another_takes_its_place() -> None:
    view = EventJson()
    async with Host(view).run_test(size=(40, 12)) as pilot:
        view.show({"type": "CUSTOM", "value": [1, None, True], "empty": {}})
        await pilot.pause()
        lines = [line.strip() for line in shown(view).splitlines()]
        assert lines == [
            "{", '"type": "CUSTOM",', '"value": [', "1,", "null,", "true", "],", '"empty": {}', "}",
        ]  # fmt: skip
        view.show(None)
        await pilot.pause()
        assert shown(view) == ""


def test_foreign_text_is_escaped_as_json_escapes_it() -> None:
    assert drawn({"delta": '":\x1b[31m\n\u202e'}) == ["{", '  "delta": "\\":\\u001b[31m\\n<U+202E>"', "}"]


def test_long_and_wide_values_are_cut_with_a_note() -> None:
    lines = drawn({"long": "x" * 100_000, "many": list(range(500))})
    assert any("100.0 kB in all" in line for line in lines)
    assert any("440 more" in line for line in lines)
    assert len(drawn([[number] * 50 for number in range(60)])) <= 401


@given(JSON, st.integers(16, 100))
def test_any_value_is_drawn_in_its_width_and_safe(value: Any, width: int) -> None:
    for row in json_rows(value, width, UNICODE):
        assert all(ord(letter) >= 0x20 for span in row.spans for letter in span.text)


@given(_SMALL)
def test_what_fits_is_json_that_says_the_same(value: Any) -> None:
    assert json.loads("\n".join(drawn(value, 200))) == value


@pytest.mark.parametrize("width", [24, 60])
def test_texts_are_wrapped_in_their_width(width: int) -> None:
    for line in drawn({"text": "words of several letters " * 10, "日本": "日本語の文章" * 20}, width):
        assert cell_len(line) <= width
