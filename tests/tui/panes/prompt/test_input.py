"""The input: typing, new lines, earlier prompts, paste, keys."""

from typing import ClassVar

import pytest
from textual import events
from textual._xterm_parser import XTermParser
from textual.binding import BindingType

from tests.tui.panes.host import Host
from tui.panes.prompt.input import Prompt
from tui.terminal.driver import messages
from tui.terminal.input import InputReader


def parsed(raw: str) -> list[events.Key]:
    """The keys in what a terminal sends."""
    reader = InputReader()
    tokens = [*reader.feed(raw.encode()), *reader.give_up()]
    return [message for message in messages(tokens, XTermParser()) if isinstance(message, events.Key)]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("a\nb", "a\nb"),  # Ctrl+J in every terminal
        ("a\x1b\rb", "a\nb"),  # Alt+Enter in a plain terminal
        ("a\x1b[13;2ub", "a\nb"),  # Shift+Enter and Alt+Enter in kitty's protocol
        ("a\x1b[13;3ub", "a\nb"),
        ("a\x1b[27;2;13~b", "a\nb"),  # the same in xterm's modifyOtherKeys
        ("a\x1b[27;3;13~b", "a\nb"),
    ],
)
async def test_new_line_keys_as_raw_bytes(raw: str, text: str) -> None:
    prompt = Prompt()
    app = Host(prompt)
    async with app.run_test() as pilot:
        for key in parsed(raw):
            app.post_message(key)
        await pilot.pause()
        assert prompt.text == text
        assert app.posted == []


@pytest.mark.parametrize(
    "typed",
    [
        "👨\u200d👩\u200d👧",  # a family, by a keyboard of emoji
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # Persian parts what it writes together
        "\u65e5\u672c\u3000\u8a9e",  # the space of Japanese
        "a\u00a0b",  # Option and space on a Mac
        "\U0001fae8\U0001faea",  # signs that this Python may not know yet
        "🏴\U000e0067\U000e0062\U000e007f",
    ],
)
async def test_all_that_a_keyboard_types_is_typed(typed: str) -> None:
    prompt = Prompt()
    app = Host(prompt)
    async with app.run_test() as pilot:
        reader = InputReader()
        for message in messages([*reader.feed(typed.encode()), *reader.give_up()], XTermParser()):
            app.post_message(message)
        await pilot.pause()
        assert prompt.text == typed


async def test_enter_sends_and_escape_then_enter_at_leisure_too() -> None:
    prompt = Prompt()
    app = Host(prompt)
    async with app.run_test() as pilot:
        for key in [*parsed("hi"), *parsed("\x1b"), *parsed("\r")]:
            app.post_message(key)
        await pilot.pause()
        assert [message.text for message in app.posted if isinstance(message, Prompt.Submitted)] == ["hi"]
        assert prompt.text == "hi"
        assert prompt.take() == "hi"
        assert prompt.text == ""
        await pilot.press("enter", "space", "enter")
        assert len(app.posted) == 1


async def test_what_is_typed_before_the_text_is_taken_stays() -> None:
    prompt = Prompt()
    app = Host(prompt)
    async with app.run_test() as pilot:
        for key in parsed("hi\x1b[D\rthe\x7fere"):
            app.post_message(key)
        await pilot.pause()
        assert prompt.take() == "hi"
        assert prompt.text == "there"
        assert prompt.take() == "there"


async def test_it_grows_to_eight_lines_and_no_further() -> None:
    prompt = Prompt()
    async with Host(prompt).run_test(size=(40, 20)) as pilot:
        heights = []
        for _ in range(10):
            heights.append(prompt.size.height)
            await pilot.press("x", "ctrl+j")
        assert heights[:4] == [1, 2, 3, 4]
        assert prompt.size.height == 8
        prompt.take()
        await pilot.pause()
        assert prompt.size.height == 1
        prompt.insert("word " * 20)
        await pilot.pause()
        assert prompt.size.height == 3


async def test_earlier_prompts_are_walked_at_the_edges_and_the_draft_is_kept() -> None:
    prompt = Prompt()
    async with Host(prompt).run_test() as pilot:
        prompt.previous = ["first", "second\nof two lines", "third"]
        await pilot.press(*"draft", "up")
        assert prompt.text == "third"
        await pilot.press("up", "up", "up")
        assert prompt.text == "first"
        await pilot.press("down")
        assert prompt.text == "second\nof two lines"
        await pilot.press("up")
        assert prompt.text == "second\nof two lines"
        await pilot.press("down", "down", "down")
        assert prompt.text == "draft"
        await pilot.press("down")
        assert prompt.text == "draft"


async def test_up_and_down_move_in_a_long_text_first() -> None:
    prompt = Prompt()
    async with Host(prompt).run_test() as pilot:
        prompt.previous = ["old"]
        await pilot.press("a", "ctrl+j", "b", "up")
        assert prompt.text == "a\nb"
        await pilot.press("up")
        assert prompt.text == "old"


async def test_a_paste_of_many_lines_does_not_send() -> None:
    prompt = Prompt()
    app = Host(prompt)
    async with app.run_test() as pilot:
        prompt.post_message(events.Paste("one\r\ntwo\rthree\x1b[31m red\x1b[0m\x07 \ud800 [b]end"))
        await pilot.pause()
        assert prompt.text == "one\ntwo\nthree red  [b]end"
        assert prompt.cursor_location == prompt.document.end
        assert app.posted == []


async def test_control_d_deletes_or_quits_and_control_g_asks_for_the_editor() -> None:
    prompt = Prompt()
    app = Host(prompt)
    async with app.run_test() as pilot:
        await pilot.press("a", "b", "left", "ctrl+d", "ctrl+g", "backspace", "ctrl+d")
        await pilot.pause()
        editor, leave = app.posted
        assert isinstance(editor, Prompt.EditorRequested)
        assert editor.text == "a"
        assert isinstance(leave, Prompt.QuitRequested)


async def test_a_blocked_prompt_says_why_and_keeps_the_draft() -> None:
    prompt = Prompt()
    app = Host(prompt)
    async with app.run_test() as pilot:
        await pilot.press(*"draft")
        prompt.blocked = "Another [b]window[/b] is writing this session"
        await pilot.pause()
        await pilot.press("x", "enter", "ctrl+j", "ctrl+g", "up")
        prompt.post_message(events.Paste("pasted"))
        await pilot.pause()
        assert prompt.text == ""
        assert "[b]window[/b]" in "".join(prompt.render_line(y).text for y in range(3))
        assert app.posted == []
        prompt.blocked = "Another reason"
        prompt.blocked = None
        assert prompt.text == "draft"
        await pilot.press("x")
        assert prompt.text == "draftx"


async def test_page_keys_are_left_to_the_log_and_the_cursor_does_not_blink() -> None:
    prompt = Prompt()

    class Pages(Host):
        BINDINGS: ClassVar[list[BindingType]] = [("pageup", "page", "Page"), ("pagedown", "page", "Page")]
        pages = 0

        def action_page(self) -> None:
            self.pages += 1

    app = Pages(prompt)
    async with app.run_test() as pilot:
        await pilot.press("pageup", "pagedown")
        assert app.pages == 2
        assert not prompt.cursor_blink


async def test_what_is_changed_in_an_earlier_prompt_stays_until_one_is_sent() -> None:
    prompt = Prompt()
    async with Host(prompt).run_test() as pilot:
        prompt.previous = ["one", "two"]
        await pilot.press("d", "up", "X", "home", "up")
        assert prompt.text == "one"
        await pilot.press("down")
        assert prompt.text == "twoX"
        await pilot.press("enter")
        assert prompt.take() == "twoX"
        assert prompt.text == "d", "what was being written comes back"
        await pilot.press("up")
        assert prompt.text == "two", "as it was sent"


async def test_escape_leads_back_from_an_earlier_prompt_and_then_clears() -> None:
    prompt = Prompt()
    async with Host(prompt).run_test() as pilot:
        prompt.previous = ["one", "two"]
        await pilot.press("d", "up", "home", "up")
        assert (prompt.text, prompt.draft) == ("one", "d")
        assert prompt.escape()
        assert prompt.text == "d"
        await pilot.press("up")
        assert prompt.text == "two", "the walk begins anew"
        assert prompt.escape()
        assert prompt.escape()
        assert prompt.text == ""
        assert not prompt.escape()
        await pilot.press("ctrl+underscore")
        assert prompt.text == "d"


async def test_other_prompts_begin_another_walk() -> None:
    prompt = Prompt()
    async with Host(prompt).run_test() as pilot:
        prompt.previous = ["one", "two", "three"]
        await pilot.press("up", "home", "up")
        prompt.previous = ["lonely"]
        prompt.load_text("")
        await pilot.press("up")
        assert prompt.text == "lonely"


async def test_two_clicks_take_a_word_and_three_a_line() -> None:
    prompt = Prompt()
    async with Host(prompt).run_test() as pilot:
        prompt.load_text("see tui/app/app.py, please\nnext")
        await pilot.pause()
        await pilot.click(prompt, offset=(10, 1), times=2)
        assert prompt.selected_text == "tui/app/app.py"
        await pilot.click(prompt, offset=(2, 1), times=3)
        assert prompt.selected_text == "see tui/app/app.py, please"


async def test_alt_and_letters_are_the_shells_words() -> None:
    prompt = Prompt()
    async with Host(prompt).run_test() as pilot:
        prompt.load_text("one two three")
        prompt.move_cursor(prompt.document.end)
        await pilot.press("alt+b", "alt+b", "alt+d")
        assert prompt.text == "one  three"
        await pilot.press("alt+backspace", "alt+f", "X")
        assert prompt.text == " threeX"


async def test_who_looks_at_an_earlier_prompt_goes_on_looking_when_another_is_sent() -> None:
    prompt = Prompt()
    async with Host(prompt).run_test() as pilot:
        prompt.previous = ["one", "two"]
        await pilot.press("d", "up", "X")
        prompt.previous = ["one", "two", "three"]
        assert (prompt.text, prompt.draft) == ("twoX", "d")
        await pilot.press("home", "up")
        assert prompt.text == "one"
        await pilot.press("down", "down")
        assert prompt.text == "three"
        await pilot.press("down")
        assert prompt.text == "d"
