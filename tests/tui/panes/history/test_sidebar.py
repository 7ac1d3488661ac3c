"""The sidebar: the open session and its turns."""

from tests.tui.panes.sidebar import NOW, Sidebar, library, session, sidebar, talk
from tui.panes.history.sidebar import History


async def test_turns_are_numbered_with_how_they_ended_and_the_current_one_is_marked() -> None:
    script = talk(2)
    script.ask("A [b]third[/b]\nquestion").failed("cancelled", "no")
    script.ask("Broken").failed("model_error", "no")
    script.ask("Now")
    async with sidebar(None) as (app, _pilot):
        app.history.show("Question 1", script.conversation.runs)
        app.history.current = script.conversation.runs[1].id
        assert app.lines == [
            "▌▼ ● Question 1",
            "   1 ✓ Question 1",
            "▌  2 ✓ Question 2",
            "   3 ■ A [b]third[/b] question",
            "   4 ✗ Broken",
            "   5 ● Now",
        ]
        app.history.current = None
        assert "▌  2" not in "\n".join(app.lines)
        script.answered("x")
        app.history.update_run(script.run)
        assert app.lines[0] == "▌▼ Question 1"
        assert app.lines[5] == "   5 ✓ Now"


async def test_an_empty_sidebar_says_what_belongs_there() -> None:
    async with sidebar([], history=History(empty_text="Nothing yet")) as (app, _pilot):
        assert app.lines == [" Nothing yet"]
        app.history.show("", [])
        assert app.lines == [" Nothing yet"]
        app.history.update_run(talk(1).run)
        assert app.lines == [" Today", "▌▼ Question 1", "   1 ✓ Question 1"]


async def test_a_new_chat_is_there_before_it_is_saved_and_once() -> None:
    async with sidebar(library(2)) as (app, pilot):
        app.history.open_session = "new"
        app.history.show("", [])
        assert app.lines == [" Today", "▌  New chat", " ▶ Title a", "", " Yesterday", " ▶ Title b"]
        await pilot.press("home", "f2", "p", "delete", "R")
        await pilot.pause()
        assert app.take() == []
        app.history.update_run(talk(1).run)
        assert app.lines[1:3] == ["▌▼ Question 1", "   1 ✓ Question 1"]
        app.history.show_sessions([session("new", "Question 1"), *library(2)], NOW)
        assert app.lines[:4] == [" Today", "▌▼ Question 1", "   1 ✓ Question 1", " ▶ Title a"]
        await pilot.press("p")
        await pilot.pause()
        assert app.take() == [History.PinToggled("new", True)]


async def test_delete_on_a_turn_goes_to_its_session_and_only_there_deletes() -> None:
    async with sidebar([session("new", "Question 1"), *library(1)]) as (app, pilot):
        app.history.open_session = "new"
        app.history.update_run(talk(1).run)
        await pilot.press("end", "up", "delete")
        await pilot.pause()
        assert (app.take(), app.history.list.target) == ([], None)
        await pilot.press("delete")
        await pilot.pause()
        assert app.take() == [History.DeleteRequested("new")]


async def test_enter_and_a_click_select_a_turn() -> None:
    script = talk(3)
    async with sidebar(None) as (app, pilot):
        app.history.show("Question 1", script.conversation.runs)
        await pilot.press("end", "up", "enter")
        await pilot.click(app.history.list, offset=(8, 1))
        await pilot.press("home", "enter")
        await pilot.pause()
        chosen = [message.run.question for message in app.posted if isinstance(message, History.TurnSelected)]
        assert chosen == ["Question 2", "Question 1"]
        assert len(app.posted) == 2  # a session without an id cannot be opened


async def test_the_cursor_begins_on_the_newest_turn() -> None:
    app = Sidebar(History())
    async with app.run_test(size=(34, 30)) as pilot:
        app.history.open_session = "b"
        app.history.show("Question 1", talk(3).conversation.runs)
        app.history.show_sessions(library(), NOW)
        app.history.focus()
        await pilot.pause()
        assert app.history.list.has_focus
        assert app.line == "3 ✓ Question 3"


async def test_new_turns_are_seen_unless_the_user_scrolled_away() -> None:
    script = talk(30)
    app = Sidebar(History())
    async with app.run_test(size=(34, 14)) as pilot:
        app.history.show("t", script.conversation.runs)
        await pilot.pause()
        assert "30 ✓" in app.lines[-1]
        app.history.update_run(script.ask("one more").run)
        assert "31 ●" in app.lines[-1]
        app.history.list.scroll_to(y=0, animate=False)
        app.history.update_run(script.ask("and more").run)
        assert "  1 ✓" in app.lines[1]


async def test_a_new_turn_scrolls_no_further_than_it_needs() -> None:
    script = talk(9)
    app = Sidebar(History())
    async with app.run_test(size=(34, 14)) as pilot:
        app.history.open_session = "c"
        app.history.show("t", script.conversation.runs)
        app.history.show_sessions(library(26), NOW)
        await pilot.pause()
        app.history.list.scroll_to(y=13, animate=False)
        await pilot.pause()
        before = app.lines
        app.history.update_run(script.ask("one more").run)
        after = app.lines
        at = next(y for y, line in enumerate(after) if "one more" in line)
        assert after == [*before[:at], after[at], *before[at:-1]]


async def test_the_open_session_is_brought_in_sight_when_there_is_room_to_see_it() -> None:
    app = Sidebar(History())
    async with app.run_test(size=(34, 14)) as pilot:
        app.history.display = False
        await pilot.pause()
        app.history.open_session = "t"
        app.history.show("Question 1", talk(3).conversation.runs)
        app.history.show_sessions(library(26), NOW)
        app.history.display = True
        await pilot.pause()
        assert app.lines[-4:] == ["▌▼ Title t", "   1 ✓ Question 1", "   2 ✓ Question 2", "   3 ✓ Question 3"]


async def test_numbers_stay_aligned_past_a_hundred() -> None:
    script = talk(99)
    async with sidebar(None) as (app, pilot):
        app.history.show("t", script.conversation.runs)
        await pilot.press("end")
        app.history.update_run(script.ask("hundred").run)
        await pilot.press("end")
        assert app.lines[-2:] == ["   99 ✓ Question 99", "  100 ● hundred"]


async def test_a_turn_that_goes_on_makes_two_rows_and_paints_none_that_looks_the_same() -> None:
    script = talk(1_000)
    async with sidebar(library(), size=(34, 20)) as (app, pilot):
        app.history.open_session = "a"
        app.history.show("t", script.conversation.runs)
        app.history.update_run(script.ask("now").run)
        await pilot.press("end")
        await pilot.pause()
        sessions = app.history.list
        before = [sessions.row_at(y) for y in sessions.visible_rows]
        made = sessions.library.made_count
        for _ in range(100):
            script.text(["more "])
            app.history.update_run(script.run)
        assert sessions.library.made_count == made
        assert [sessions.row_at(y) for y in sessions.visible_rows] == before
        assert all(old is sessions.row_at(y) for old, y in zip(before, sessions.visible_rows, strict=True))
