"""Journeys through the chat screen, by its own keys, on the offline model."""

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.command import CommandPalette
from textual.widget import Widget

from tests.tui.chatting import chat_in
from tests.tui.panes.host import shown
from tests.tui.settling import settle
from tui.panes.find.bar import FindBar
from tui.screens.secrets import SecretsScreen


def saved(folder: Path) -> set[Path | None]:
    """The files of the sessions that are kept."""
    return set(folder.glob("sessions/*.jsonl"))


async def test_an_edited_question_is_asked_in_a_branch_and_the_original_is_kept(tmp_path: Path) -> None:
    async with chat_in(tmp_path) as chat:
        await chat.ask("2 + 3")
        await chat.ask("now double it")
        original = chat.controller.session.path
        assert original is not None
        before = original.read_bytes()
        chat.controller.message_log.focus()
        await chat.pilot.press("e")
        assert chat.screen.prompt.text == "now double it"
        chat.screen.prompt.load_text("now triple it")
        await chat.pilot.press("enter")
        await chat.settled()
        assert [run.question for run in chat.runs] == ["2 + 3", "now triple it"]
        assert chat.runs[-1].answer == "5 * 3 equals 15."
        assert chat.controller.session.path != original
        assert original.read_bytes() == before


async def test_leaving_the_edit_leaves_the_turn_and_the_next_question_is_the_next(tmp_path: Path) -> None:
    async with chat_in(tmp_path) as chat:
        await chat.ask("2 + 3")
        path = chat.controller.session.path
        chat.controller.message_log.focus()
        await chat.pilot.press("e", "escape")
        await chat.until(lambda: chat.screen.prompt.text == "")
        await chat.ask("4 + 5")
        assert [run.question for run in chat.runs] == ["2 + 3", "4 + 5"]
        assert chat.controller.session.path == path


async def test_the_palette_offers_every_named_key_and_does_what_is_chosen(tmp_path: Path) -> None:
    async with chat_in(tmp_path) as chat:
        names = {name for name, _keys, _do in chat.screen.commands()}
        assert {"New chat", "Edit and branch", "Mark fragments", "Copy message", "Fold steps: all"} <= names
        await chat.ask("2 + 3")
        await chat.pilot.press("ctrl+p")
        assert isinstance(chat.pilot.app.screen, CommandPalette)
        await chat.pilot.press(*"mark frag")
        await settle(chat.pilot)
        await chat.pilot.press("down", "enter", "enter")
        await chat.settled()
        assert chat.controller.message_log.fragment_marks


@pytest.mark.parametrize("asked_for", ["export: events", "save a picture"])
async def test_what_looks_like_a_secret_is_asked_about_before_the_palette_saves_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked_for: str
) -> None:
    data, work = tmp_path / "data", tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    async with chat_in(data) as chat:
        await chat.ask("2 + 3, by sk-proj-4f9a2c7be1d0")
        for key, are_kept in (("escape", []), ("r", [False]), ("k", [False, True])):
            await chat.pilot.press("ctrl+p", *asked_for)
            await settle(chat.pilot)
            await chat.pilot.press("down", "enter", "enter")
            await chat.until(lambda: isinstance(chat.pilot.app.screen, SecretsScreen))
            await chat.pilot.press(key)
            await chat.settled()
            assert sorted("4f9a2c7be1d0" in path.read_text() for path in work.iterdir()) == are_kept


async def test_the_palette_saves_the_session_and_the_screen_under_names_that_are_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, work = tmp_path / "data", tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    async with chat_in(data) as chat:
        await chat.ask("2 + 3")
        for words in ("export: html", "export: html", "export: events", "save a picture"):
            await chat.pilot.press("ctrl+p", *words)
            await settle(chat.pilot)
            await chat.pilot.press("down", "enter", "enter")
            await chat.settled()
        assert "Saved as" in chat.controller.status.notice
        assert chat.controller.status.notice.endswith(f" in {work}")
        session = chat.controller.session
        names = sorted(path.name for path in work.iterdir())
        assert names[0] == f"tickertape-{session.id}-2.html"
        assert names[1:3] == [f"tickertape-{session.id}.html", f"tickertape-{session.id}.jsonl"]
        assert names[3].endswith(".svg")
        assert session.path is not None
        assert (work / names[2]).read_bytes() == session.path.read_bytes()


async def test_f_marks_the_fragments_and_a_letter_in_the_input_is_a_letter(tmp_path: Path) -> None:
    async with chat_in(tmp_path) as chat:
        await chat.ask("2 + 3")
        await chat.pilot.press("f")
        assert chat.screen.prompt.text == "f"
        chat.controller.message_log.focus()
        await chat.pilot.press("f")
        assert chat.controller.message_log.fragment_marks
        assert chat.screen.prompt.text == "f"


async def test_a_new_chat_leaves_the_old_one_saved_and_begins_empty(tmp_path: Path) -> None:
    async with chat_in(tmp_path) as chat:
        await chat.ask("2 + 3")
        old = chat.controller.session.path
        await chat.pilot.press("ctrl+n")
        await chat.pilot.pause()
        assert chat.runs == []
        await chat.ask("4 + 5")
        assert saved(tmp_path) == {old, chat.controller.session.path}


def _is_away(pane: Widget) -> Callable[[], bool]:
    return lambda: not pane.is_on_screen


async def test_every_side_pane_is_reached_and_left_by_keys_where_there_is_no_room_for_it(tmp_path: Path) -> None:
    async with chat_in(tmp_path, (80, 24)) as chat:
        await chat.ask("2 + 3")
        for key, pane in (("ctrl+b", chat.controller.history), ("ctrl+t", chat.controller.tool_tree)):
            assert not pane.is_on_screen
            await chat.pilot.press(key)
            await chat.pilot.pause()
            assert chat.screen.focused is not None
            assert pane in chat.screen.focused.ancestors_with_self
            assert pane.size.width >= 70
            await chat.pilot.press("escape")
            await chat.until(lambda: chat.screen.prompt.has_focus)
            await chat.until(_is_away(pane))


async def test_a_turn_goes_on_while_another_session_is_shown(tmp_path: Path) -> None:
    async with chat_in(tmp_path, rate=10) as chat:
        asked = await chat.begin()
        await chat.pilot.press("ctrl+n")
        assert chat.runs == []
        assert asked.conversation.open_run is not None
        assert asked.path is not None
        await chat.controller.open(asked.path)
        assert chat.controller.session is asked
        assert chat.controller.is_running
        await chat.pilot.press("ctrl+n")
        await chat.settled()
        assert asked.conversation.runs[0].answer == "(3 + 4) * 2^5 equals 224."
        assert "Its turn is over" in chat.controller.status.notice
        await chat.controller.open(asked.path)
        assert [run.answer for run in chat.runs] == ["(3 + 4) * 2^5 equals 224."]
        await chat.ask("now double it")
        assert chat.runs[-1].answer == "224 * 2 equals 448."


@pytest.mark.parametrize("key", ["ctrl+t", "ctrl+b"])
async def test_the_keys_are_never_with_a_pane_that_a_smaller_terminal_does_not_show(tmp_path: Path, key: str) -> None:
    async with chat_in(tmp_path) as chat:
        await chat.ask("2 + 3")
        await chat.pilot.press(key)
        assert chat.screen.focused is not chat.screen.prompt
        await chat.pilot.resize_terminal(60, 20)
        await settle(chat.pilot)
        assert chat.screen.focused is chat.screen.prompt
        await chat.pilot.press(key)
        await settle(chat.pilot)
        assert chat.screen.focused is not chat.screen.prompt


async def test_a_terminal_that_was_too_small_for_a_while_takes_keys_again(tmp_path: Path) -> None:
    async with chat_in(tmp_path) as chat:
        for size in ((30, 8), (120, 40)):
            await chat.pilot.resize_terminal(*size)
            await settle(chat.pilot)
        assert chat.screen.focused is chat.screen.prompt
        await chat.pilot.press("h", "i")
        assert chat.screen.prompt.text == "hi"


async def test_leaving_ends_the_turns_that_are_not_shown_too(tmp_path: Path) -> None:
    async with chat_in(tmp_path, rate=2) as chat:
        asked = await chat.begin()
        await chat.pilot.press("ctrl+n")
        await chat.screen.stop()
        assert asked.path is not None
        assert b'"code":"cancelled"' in asked.path.read_bytes().splitlines()[-1]


async def test_a_key_right_after_escape_finds_it_done(tmp_path: Path) -> None:
    async with chat_in(tmp_path) as chat:
        await chat.ask("2 + 3")
        await chat.pilot.press("ctrl+f", *"2", "escape", "ctrl+r", *"3", "escape", *"5")
        await chat.settled()
        assert not chat.screen.query_one(FindBar).is_open
        assert chat.controller.history.searched == "5"


async def test_a_draft_stays_with_its_session(tmp_path: Path) -> None:
    async with chat_in(tmp_path) as chat:
        await chat.ask("2 + 3")
        answered = chat.controller.session.path
        assert answered is not None
        await chat.pilot.press("ctrl+n", *"new")
        assert await chat.controller.open(answered)
        assert chat.screen.prompt.text == ""
        await chat.pilot.press(*"old", "ctrl+n")
        assert chat.screen.prompt.text == "new"
        await chat.pilot.press("ctrl+n")
        assert chat.screen.prompt.text == "new"
        assert await chat.controller.open(answered)
        assert chat.screen.prompt.text == "old"


async def test_quitting_asks_once_more_where_a_turn_goes_on_unseen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.screens.chat.leaving._WINDOW", 600.0)
    async with chat_in(tmp_path, rate=2) as chat:
        await chat.begin()
        await chat.pilot.press("ctrl+n", "ctrl+q")
        assert "1 turn going on" in chat.controller.status.notice
        assert chat.pilot.app.is_running
        await chat.pilot.press("ctrl+q")
        assert chat.pilot.app.return_code == 0


async def test_every_key_that_quits_has_a_second_press_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.screens.chat.leaving._WINDOW", 60.0)
    async with chat_in(tmp_path, rate=3) as chat:
        await chat.begin()
        await chat.pilot.press("ctrl+n")
        for key, name in (("ctrl+c", "Ctrl+C"), ("ctrl+q", "Ctrl+Q"), ("ctrl+d", "Ctrl+D"), ("ctrl+c", "Ctrl+C")):
            await chat.pilot.press(key)
            expected = f"1 turn going on in other sessions: {name} again to cancel and quit"
            assert chat.controller.status.notice == expected
            assert chat.pilot.app.is_running
        await chat.pilot.press("ctrl+c")
        assert chat.pilot.app.return_code == 0


@pytest.mark.parametrize("size", [(120, 40), (99, 40), (80, 24), (60, 20)])
async def test_a_session_that_is_opened_with_the_program_is_seen(tmp_path: Path, size: tuple[int, int]) -> None:
    async with chat_in(tmp_path) as chat:
        await chat.ask("2 + 3")
        path = chat.controller.session.path
    async with chat_in(tmp_path, size, resume=path) as chat:
        assert "2 + 3 equals 5." in shown(chat.controller.message_log)


async def test_a_hit_in_the_steps_is_shown_where_they_are_hidden(tmp_path: Path) -> None:
    async with chat_in(tmp_path, (80, 24)) as chat:
        await chat.ask("2 + 3")
        await chat.pilot.press("ctrl+f", *"x: 2")
        await chat.settled()
        assert chat.screen.query_one(FindBar).count == 1
        assert "x: 2" in shown(chat.controller.tool_tree)
        await chat.pilot.press("escape")
        await chat.settled()


async def test_a_drag_beyond_its_pane_selects_to_the_end_of_the_row_and_no_further(tmp_path: Path) -> None:
    async with chat_in(tmp_path) as chat:
        for _ in range(3):
            await chat.ask("(3 + 4) * 2^5")
        log = chat.controller.message_log
        pane, text = log.region, log.scrollable_content_region
        assert text.right < pane.right, "it has a scroll bar"
        row = next(y for y in range(text.y, text.bottom) if "equals" in log.render_line(y - text.y).text)
        found = set()
        for x in (text.right - 1, text.right, pane.right - 1, pane.right, chat.screen.size.width - 3):
            chat.screen.clear_selection()
            await chat.pilot.mouse_down(offset=(text.x + 2, row))
            await chat.pilot.hover(offset=(text.x + 9, row))
            await chat.pilot.hover(offset=(x, row))
            await chat.pilot.mouse_up(offset=(x, row))
            found.add(chat.screen.get_selected_text())
        assert found == {"(3 + 4) * 2^5 equals 224."}
