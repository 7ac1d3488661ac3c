"""Nothing that was typed is lost: drafts, edits over drafts, pastes, and editors that fail."""

from pathlib import Path

import pytest
from textual import events
from textual.command import CommandPalette

from tests.tui.chatting import Chat, chat_in


def text_of(chat: Chat) -> str:
    """What is in the input."""
    return chat.screen.prompt.text


async def test_each_session_keeps_its_draft_and_the_next_start_brings_it_back(tmp_path: Path) -> None:
    async with chat_in(tmp_path) as chat:
        await chat.ask("1 + 1")
        first = chat.controller.session.path
        assert first is not None
        await chat.pilot.press(*"one", "ctrl+n", *"two")
        await chat.settled()
        await chat.controller.open(first)
        await chat.settled()
        assert text_of(chat) == "one"
    async with chat_in(tmp_path, resume=first) as chat:
        assert text_of(chat) == "one"
    async with chat_in(tmp_path) as chat:
        assert text_of(chat) == "two"
        await chat.pilot.press("escape")
        await chat.pilot.pause(0.2)
        await chat.settled()
    async with chat_in(tmp_path) as chat:
        assert text_of(chat) == ""


async def test_a_question_that_is_edited_lies_over_the_draft(tmp_path: Path) -> None:
    async with chat_in(tmp_path) as chat:
        await chat.ask("1 + 1")
        await chat.pilot.press(*"draft", "tab", "e")
        await chat.settled()
        assert text_of(chat) == "1 + 1"
        await chat.pilot.press("escape")
        await chat.until(lambda: text_of(chat) == "draft")
        await chat.pilot.press("tab", "e", *"0", "enter")
        await chat.until(lambda: chat.runs[0].question == "1 + 10")
        await chat.settled()
        assert text_of(chat) == "draft", "it goes along into the branch"
        (branch, first) = chat.controller.session.path, chat.controller.session.parent
    async with chat_in(tmp_path, resume=branch) as chat:
        assert (text_of(chat), first) == ("draft", None)


async def test_a_paste_goes_to_the_input_wherever_the_keys_are(tmp_path: Path) -> None:
    async with chat_in(tmp_path) as chat:
        await chat.ask("1 + 1")
        await chat.pilot.press("tab")
        assert not chat.screen.prompt.has_focus
        chat.pilot.app.post_message(events.Paste("hello\nyou"))
        await chat.pilot.press("!")
        assert text_of(chat) == "hello\nyou!"


async def test_what_is_typed_right_behind_the_key_that_opens_something_goes_there(tmp_path: Path) -> None:
    async with chat_in(tmp_path, (80, 24)) as chat:
        await chat.ask("1 + 1")
        app = chat.pilot.app
        for key in ("ctrl+f", "e", "q"):
            app.post_message(events.Key(key, key if len(key) == 1 else None))
        await chat.settled()
        assert text_of(chat) == ""
        assert chat.screen.focused is not None
        assert getattr(chat.screen.focused, "value", "") == "eq"


@pytest.mark.parametrize(
    ("editor", "said"),
    [
        ('vim -c "', "No closing quotation mark"),
        (" ", "EDITOR names no program"),
    ],
)
async def test_an_editor_that_cannot_be_meant_leaves_the_draft(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, editor: str, said: str
) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", editor)
    async with chat_in(tmp_path) as chat:
        await chat.pilot.press(*"draft", "ctrl+g")
        await chat.until(lambda: said in chat.controller.status.notice)
        assert text_of(chat) == "draft"


async def test_prompts_of_all_sessions_are_walked_and_found_by_their_words(tmp_path: Path) -> None:
    async with chat_in(tmp_path) as chat:
        await chat.ask("1 + 1 of the first")
        await chat.pilot.press("ctrl+n")
        await chat.ask("2 + 2")
        await chat.indexed()
    async with chat_in(tmp_path) as chat:
        await chat.until(lambda: len(chat.screen.prompt.previous) == 2)
        await chat.pilot.press("d", "up")
        assert text_of(chat) == "2 + 2", "as in a shell, the latest first"
        await chat.pilot.press("down", "alt+r")
        await chat.until(lambda: isinstance(chat.pilot.app.screen, CommandPalette))
        await chat.pilot.press(*"first one", *["backspace"] * 4)
        await chat.settled()
        await chat.pilot.press("down", "enter")
        await chat.until(lambda: text_of(chat) == "1 + 1 of the first")
        await chat.pilot.press("escape")
        await chat.until(lambda: text_of(chat) == "d")


async def test_again_is_for_the_turn_that_the_reader_stands_on(tmp_path: Path) -> None:
    async with chat_in(tmp_path, rate=8) as chat:  # slow enough to be cancelled on a busy machine
        await chat.begin()
        await chat.pilot.press("escape")
        await chat.settled()
        await chat.ask("1 + 1")
        log = chat.controller.message_log
        log.jump_to(chat.runs[0].id)
        log.focus()
        await chat.pilot.press("r")
        await chat.until(lambda: len(chat.runs) == 3)
        assert chat.runs[2].question == chat.runs[0].question
        await chat.pilot.press("escape", "escape")
