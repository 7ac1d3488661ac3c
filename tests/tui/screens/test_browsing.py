"""Journeys through the saved sessions, by the sidebar's own keys."""

import json
from pathlib import Path

from textual import events

from agent.library.library import Library
from tests.agent.saving import append, turn
from tests.tui.chatting import Chat, chat_in
from tests.tui.panes.host import shown
from tui.panes.find.bar import FindBar
from tui.screens.replay.go_live import GoLiveScreen
from tui.screens.replay.screen import ReplayScreen


def save(folder: Path, name: str, **words: str) -> Path:
    """A saved session of one turn with these words in it."""
    path = folder / "sessions" / f"{name}.jsonl"
    append(path, turn(1, **words))  # type: ignore[arg-type]  # only words are given
    return path


def listed(chat: Chat) -> str:
    return shown(chat.controller.history.list)


async def searched(chat: Chat, words: str) -> None:
    """Search by typing."""
    await chat.pilot.press("ctrl+r", *words)
    await chat.settled()


async def test_a_word_that_stands_only_in_an_old_result_is_found_gone_to_gone_on_from_and_found_again(
    tmp_path: Path,
) -> None:
    path = tmp_path / "sessions" / "old.jsonl"
    append(path, turn(1, "What grows there?", result="olives", answer="Trees."))
    append(path, turn(2, "And what is made of it?", result="marzipan and oil", answer="Sweets."))
    append(path, turn(3, "Thank you", answer="You are welcome."))
    for number in range(5):
        save(tmp_path, f"other{number}", question=f"Other {number}", answer="no")
    async with chat_in(tmp_path) as chat:
        await chat.until(lambda: "What grows there?" in listed(chat))
        await chat.indexed()
        await searched(chat, "marzi")
        assert "2 result marzipan" in listed(chat)
        await chat.pilot.press("down", "down", "enter")
        await chat.settled()
        assert chat.controller.session.path == path
        current = chat.controller.message_log.current_run
        assert current is not None
        assert current.question == "And what is made of it?"
        assert "marzipan" in shown(chat.controller.tool_tree)
        chat.controller.history.focus()
        await chat.pilot.press("escape")
        await chat.until(lambda: not chat.controller.history.searched)
        await chat.settled()
        session = chat.controller.history.list.session
        assert session is not None
        assert (session.id, chat.controller.history.searched) == (path.stem, "")
        await chat.ask("2 + 3")
        assert chat.runs[-1].answer == "2 + 3 equals 5."
        assert len(chat.runs) == 4
        await chat.pilot.press("ctrl+f", *"marzi")
        await chat.settled()
        bar = chat.screen.query_one(FindBar)
        assert (bar.index, bar.count, bar.where) == (0, 1, "result of search")
        await chat.pilot.press("escape", "escape", "escape")
        await chat.indexed()
        await searched(chat, "equals")
        assert "4 answer" in listed(chat)


def _index(folder: Path) -> Path:
    (index,) = folder.glob("index-*.sqlite3")
    return index


def _spoil(index: Path) -> None:
    index.write_bytes(b"noise" * 1_000)


async def test_a_search_that_meets_a_damaged_index_finds_all_as_soon_as_it_is_made_anew(tmp_path: Path) -> None:
    save(tmp_path, "old", question="What grows there?", answer="olives")
    async with chat_in(tmp_path) as chat:
        await chat.until(lambda: "What grows there?" in listed(chat))
        await chat.indexed()
        for damage in (_spoil, Path.unlink):
            damage(_index(tmp_path))
            await searched(chat, "olives")
            await chat.until(lambda: "1 answer olives" in listed(chat))
            await chat.pilot.press("escape", "escape")
            await chat.until(lambda: "Nothing" not in listed(chat) and "olives" not in listed(chat))


def _replayed(chat: Chat) -> str | None:
    screen = chat.pilot.app.screen
    return screen.title_bar.title if isinstance(screen, ReplayScreen) else None


async def test_a_session_is_named_pinned_deleted_and_brought_back_by_keys(tmp_path: Path) -> None:
    path = save(tmp_path, "20251101-120000-aaaaaa", question="Taxes", answer="Paid.")
    async with chat_in(tmp_path) as chat:
        await chat.until(lambda: "Taxes" in listed(chat))
        await chat.pilot.press("ctrl+b", "end", "f2", *"Steuern", "enter")
        await chat.settled()
        assert "Steuern" in listed(chat)
        await chat.pilot.press("p")
        await chat.settled()
        assert "Pinned" in listed(chat)
        assert json.loads((tmp_path / "metadata" / f"{path.stem}.json").read_text()) == {
            "title": "Steuern",
            "pinned": True,
        }
        await chat.pilot.press("R")
        await chat.until(lambda: _replayed(chat) == "Steuern")
        await chat.pilot.press("escape")
        await chat.until(lambda: chat.pilot.app.screen is chat.screen)
        await chat.pilot.press("delete")
        await chat.settled()
        assert "Steuern" not in listed(chat)
        assert not path.exists()
        assert "u brings it back" in chat.controller.status.notice
        await chat.pilot.press("u")
        await chat.settled()
        assert "Steuern" in listed(chat)
        assert path.exists()
        assert "back" in chat.controller.status.notice
        await chat.pilot.press("u")
        await chat.settled()
        assert "nothing to bring back" in chat.controller.status.notice


async def test_an_open_session_that_is_deleted_gives_way_to_a_new_one_and_can_be_brought_back(tmp_path: Path) -> None:
    async with chat_in(tmp_path) as chat:
        await chat.ask("2 + 3")
        path = chat.controller.session.path
        assert path is not None
        await chat.until(lambda: "Today" in listed(chat))
        await chat.pilot.press("ctrl+b", "home", "left", "right", "delete")
        await chat.settled()
        assert not path.exists()
        assert chat.runs == []
        await chat.pilot.press("u")
        await chat.settled()
        assert path.exists()


async def test_a_session_is_reopened_where_it_was_left_and_its_title_is_the_users(tmp_path: Path) -> None:
    path = tmp_path / "sessions" / "long.jsonl"
    for number in range(1, 40):
        append(path, turn(number, f"Question {number}", answer=f"Answer {number}"))
    Library(tmp_path).rename("long", "A long one")
    async with chat_in(tmp_path) as chat:
        await chat.controller.open(path)
        await chat.settled()
        assert chat.screen.title_bar.title == "A long one"
        assert "Answer 39" in shown(chat.controller.message_log)
        await chat.pilot.press("ctrl+home")
        await chat.settled()
        there = shown(chat.controller.message_log)
        assert "Answer 1" in there
        await chat.pilot.press("ctrl+n")
        await chat.settled()
        await chat.controller.open(path)
        await chat.settled()
        assert shown(chat.controller.message_log) == there
    async with chat_in(tmp_path) as chat:
        await chat.controller.open(path)
        await chat.settled()
        assert shown(chat.controller.message_log) == there


async def test_what_another_program_does_to_the_folder_is_seen(tmp_path: Path) -> None:
    path = save(tmp_path, "mine", question="My own", answer="yes")
    async with chat_in(tmp_path) as chat:
        await chat.until(lambda: "My own" in listed(chat))
        await chat.indexed()
        save(tmp_path, "theirs", question="Someone else's", answer="no")
        await chat.until(lambda: "Someone else" in listed(chat))
        other = Library(tmp_path)
        other.rename("mine", "No longer")
        await chat.until(lambda: "No longer" in listed(chat))
        path.unlink()
        await chat.until(lambda: "No longer" not in listed(chat))


async def test_turns_of_another_session_are_unfolded_and_gone_to(tmp_path: Path) -> None:
    path = tmp_path / "sessions" / "two.jsonl"
    append(path, turn(1, "First of two", answer="one"))
    append(path, turn(2, "Second of two", answer="two"))
    async with chat_in(tmp_path) as chat:
        await chat.until(lambda: "First of two" in listed(chat))
        await chat.pilot.press("ctrl+b", "end", "right")
        await chat.until(lambda: "2 ✓ Second of two" in listed(chat))
        await chat.pilot.press("down", "down", "enter")
        await chat.settled()
        current = chat.controller.message_log.current_run
        assert current is not None
        assert current.question == "Second of two"


async def test_a_folder_that_takes_nothing_is_told_and_can_be_browsed(tmp_path: Path) -> None:
    save(tmp_path, "old", question="Still here", answer="yes")
    (tmp_path / "metadata").write_text("a file where a folder should be")
    async with chat_in(tmp_path) as chat:
        await chat.until(lambda: "Still here" in listed(chat))
        await chat.pilot.press("ctrl+b", "end", "p")
        await chat.settled()
        assert "nothing was changed" in chat.controller.status.notice
        await chat.pilot.press("enter")
        await chat.settled()
        assert [run.question for run in chat.runs] == ["Still here"]


async def test_a_name_given_elsewhere_reaches_the_title_and_a_copy_says_what_it_is_of(tmp_path: Path) -> None:
    async with chat_in(tmp_path) as chat:
        await chat.ask("2 + 3")
        await chat.ask("now double it")
        Library(tmp_path).rename(chat.controller.session.id, "Doubling")
        await chat.until(lambda: chat.screen.title_bar.title == "Doubling")
        chat.controller.message_log.focus()
        await chat.pilot.press("e", *" again", "enter")
        await chat.settled()
        await chat.until(lambda: chat.screen.title_bar.title == "Doubling (copy)")


async def test_a_session_is_replayed_and_gone_on_from_while_a_turn_goes_on_elsewhere(tmp_path: Path) -> None:
    path = save(tmp_path, "old", question="Begun long ago", answer="Ended.")
    async with chat_in(tmp_path, rate=2) as chat:
        asked = await chat.begin()
        await chat.until(lambda: "Begun long ago" in listed(chat))
        await chat.pilot.press("ctrl+b", "end", "R")
        replay = chat.pilot.app.screen
        assert isinstance(replay, ReplayScreen)
        await chat.until(lambda: bool(replay.runs) and not replay.runs[0].is_open)
        await chat.pilot.press("enter")
        await chat.until(lambda: isinstance(chat.pilot.app.screen, GoLiveScreen))
        await chat.pilot.press("enter")
        await chat.until(lambda: chat.pilot.app.screen is chat.screen and chat.runs[:1] != asked.conversation.runs[:1])
        assert [run.question for run in chat.runs] == ["Begun long ago"]
        assert chat.screen.title_bar.title.startswith("Begun long ago (from ")
        assert chat.controller.session.parent is not None
        assert chat.controller.session.parent.session == "old"
        assert asked.conversation.open_run is not None
        assert path.read_bytes() == chat.controller.session.path.read_bytes()  # type: ignore[union-attr]  # it is kept


async def test_words_that_are_typed_fast_in_a_list_all_reach_the_input(tmp_path: Path) -> None:
    async with chat_in(tmp_path) as chat:
        await chat.ask("2 + 3")
        chat.controller.history.focus()
        await chat.pilot.pause()
        for letter in "hello":
            chat.pilot.app.post_message(events.Key(letter, letter))
        await chat.until(lambda: chat.screen.prompt.text == "hello")
        assert chat.screen.focused is chat.screen.prompt


async def test_a_branch_leads_to_the_moment_of_its_parent_that_it_comes_from(tmp_path: Path) -> None:
    async with chat_in(tmp_path) as chat:
        await chat.ask("1 + 1")
        await chat.ask("2 + 2")
        parent = chat.controller.session
        await chat.pilot.press("tab", "e", *"0", "enter")
        await chat.until(lambda: [run.question for run in chat.runs] == ["1 + 1", "2 + 20"])
        await chat.settled()
        await chat.indexed()
        await chat.until(lambda: "└ " in listed(chat))
        await chat.pilot.press("ctrl+b", "P")
        await chat.until(lambda: isinstance(chat.pilot.app.screen, ReplayScreen))
        replay = chat.pilot.app.screen
        assert isinstance(replay, ReplayScreen)
        await chat.until(lambda: [run.question for run in replay.runs] == ["1 + 1", "2 + 2"])
        assert replay.runs[1].steps == []
        assert replay.transcript == parent.path
        assert replay.replay is not None
        assert not replay.replay.player.playing
        await chat.pilot.press("escape")
        await chat.until(lambda: chat.pilot.app.screen is chat.screen)
        await chat.pilot.press("ctrl+n")
        chat.controller.history.action_parent()
        await chat.until(lambda: "forked from no other" in chat.controller.status.notice)
