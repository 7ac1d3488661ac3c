"""Inputs of one line: what is pasted into one is there whole, and nothing in it is obeyed by a terminal."""

import pytest
from textual import events
from textual.app import App, ComposeResult

from tui.widgets.line_input import FramedInput, LineInput


class Typing(App[None]):
    """One input."""

    def __init__(self, kind: type[LineInput | FramedInput]) -> None:
        super().__init__()
        self.line = kind()

    def compose(self) -> ComposeResult:
        yield self.line


@pytest.mark.parametrize("kind", [LineInput, FramedInput])
async def test_all_lines_of_a_paste_come_into_the_one_where_the_cursor_is(kind: type[LineInput | FramedInput]) -> None:
    app = Typing(kind)
    async with app.run_test() as pilot:
        await pilot.press("a", "b", "left")
        app.line.post_message(events.Paste("one\ntwo\n"))
        await pilot.pause()
        assert (app.line.value, app.line.cursor_position) == ("aone twob", 8)
        await pilot.press("shift+left", "shift+left", "shift+left")
        app.line.post_message(events.Paste("2"))
        await pilot.pause()
        assert app.line.value == "aone 2b"


async def test_letters_of_every_script_stay_and_what_a_terminal_obeys_does_not() -> None:
    app = Typing(LineInput)
    async with app.run_test() as pilot:
        app.line.value = "a\u200cb\U0001fae8\t\x1b[31mc\x07\u202ed"
        await pilot.pause()
        assert app.line.value == "a\u200cb\U0001fae8 cd"
