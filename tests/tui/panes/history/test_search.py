"""Searching in the sidebar."""

from agent.library.listing import MatchKind
from tests.tui.panes.sidebar import NOW, Sidebar, found, library, match, saved_turns, session, sidebar, talk
from tui.panes.history.sidebar import History


async def test_it_is_searched_as_it_is_typed_and_what_is_found_is_shown_in_its_context() -> None:
    sessions = library()
    title = match("Title «a»", turn=0, kind=MatchKind.TITLE)
    async with sidebar(sessions) as (app, pilot):
        await pilot.press("slash", *"ab")
        await pilot.pause()
        assert app.take() == [History.SearchChanged("a"), History.SearchChanged("ab")]
        assert app.lines[0] == " Today"
        hits = match("one «ab»"), match("x«ab»", turn=12, kind=MatchKind.RESULT)
        app.history.show_found("ab", [found(sessions[0], title, *hits), found(sessions[2])])
        assert app.lines == ["   Title a", "   1 one ab", "  12 result xab", "   Title c"]
        await pilot.press("enter", "enter", "down", "down", "enter", "down", "enter", "left")
        await pilot.pause()
        assert app.take() == [
            History.SessionSelected("a"),
            History.SessionSelected("a", hits[1].run_id, hits[1]),
            History.SessionSelected("c"),
        ]
        await pilot.press("up", "left", "space", "right")
        assert app.line == "Title a"


async def test_results_of_an_older_query_are_not_shown() -> None:
    async with sidebar(library()) as (app, pilot):
        await pilot.press("slash", *"ab")
        app.history.show_found("a", [found(session("old"))])
        assert app.lines[0] == " Today"
        app.history.show_found("ab", [found(session("new"))])
        app.history.show_found("a", [found(session("old"))])
        assert app.lines == ["   Title new"]
        assert app.history.searched == "ab"


async def test_spaces_around_the_words_are_no_other_query() -> None:
    async with sidebar(library()) as (app, pilot):
        await pilot.press("slash", "space", "a", "space")
        await pilot.pause()
        assert app.take() == [History.SearchChanged("a")]


async def test_nothing_found_is_said_in_one_line() -> None:
    async with sidebar(library()) as (app, pilot):
        await pilot.press("slash", *"[b]")
        app.history.show_found("[b]", [])
        assert app.lines == [' Nothing found for "[b]"']
        await pilot.press("down", "home", "enter", "p")
        await pilot.press("slash", "x" * 3)
        assert app.take()[-1:] != [History.DeleteRequested("a")]


async def test_clearing_the_search_brings_the_list_back_where_it_was() -> None:
    sessions = [session(f"s{number}", days=number) for number in range(60)]
    async with sidebar(sessions, size=(34, 16)) as (app, pilot):
        await pilot.press("end", *["pageup"] * 3, *["down"] * 3)
        before, line = app.lines, app.line
        await pilot.press("slash", "x")
        app.history.show_found("x", [found(sessions[7]), found(sessions[9])])
        await pilot.press("enter", "end")
        assert app.line == "Title s9"
        await pilot.press("escape")
        assert (app.lines, app.line) == (before, line)
        await pilot.press("slash", "y")
        app.history.show_found("y", [])
        app.history.show_sessions([session("new"), *sessions], NOW)
        await pilot.press("backspace")
        assert (app.lines, app.line) == (before, line)


async def test_the_first_escape_clears_and_the_second_is_not_ours() -> None:
    class Outer(Sidebar):
        escaped = 0

        def key_escape(self) -> None:
            self.escaped += 1

    app = Outer(History())
    async with app.run_test(size=(34, 16)) as pilot:
        app.history.show_sessions(library(), NOW)
        app.history.begin_search()
        await pilot.press("x")
        await pilot.press("escape")
        assert app.escaped == 0
        await pilot.press("escape")
        assert app.escaped == 1
        assert not app.history.escape()


async def test_what_was_searched_for_is_selected_to_be_typed_over() -> None:
    async with sidebar(library()) as (app, pilot):
        await pilot.press("slash", *"old", "down")
        assert app.history.list.has_focus
        app.history.begin_search()
        await pilot.press(*"new")
        await pilot.pause()
        assert app.history.searched == "new"
        app.history.focus()
        await pilot.press("p")
        assert app.history.searched == "new"


async def test_the_search_is_above_the_first_row_and_tab_stops_at_the_list_only() -> None:
    async with sidebar(library()) as (app, pilot):
        await pilot.press("home", "down", "up")
        assert app.history.list.has_focus
        await pilot.press("up")
        assert not app.history.list.has_focus
        assert app.history.has_focus_within
        await pilot.press("down")
        assert app.history.list.has_focus
        await pilot.press("tab")
        assert app.history.list.has_focus
        await pilot.click(app.history, offset=(5, 1))
        await pilot.press("q")
        assert app.history.searched == "q"


async def test_results_that_come_again_keep_the_cursor() -> None:
    sessions = library()
    async with sidebar(sessions) as (app, pilot):
        await pilot.press("slash", "x")
        app.history.show_found("x", [found(one, match("an «x»")) for one in sessions])
        await pilot.press("enter", "down", "down", "delete")
        assert app.line == "Title b"
        await pilot.pause()
        assert app.take()[-1] == History.DeleteRequested("b")
        app.history.show_found("x", [found(one, match("an «x»")) for one in sessions if one.id != "b"])
        assert app.line == "Title c"
        app.history.show_sessions([one for one in sessions if one.id != "b"], NOW)
        await pilot.press("escape")
        assert "Title b" not in "\n".join(app.lines)


async def test_what_happens_meanwhile_is_there_when_the_search_is_over() -> None:
    script = talk(1)
    async with sidebar(library()) as (app, pilot):
        await pilot.press("home", "space", "slash", "x")
        app.history.show_found("x", [found(library()[0])])
        app.history.open_session = "a"
        assert app.lines == ["▌  Title a"]
        app.history.show("Question 1", script.conversation.runs)
        app.history.current = script.run.id
        app.history.update_run(script.ask("Question 2").run)
        app.history.update_run(script.answered("x").run)
        app.history.show_turns("a", saved_turns(3))
        assert app.lines == ["▌  Title a"]
        await pilot.press("escape")
        assert app.lines[1:4] == ["▌▼ Title a", "▌  1 ✓ Question 1", "   2 ✓ Question 2"]


async def test_the_last_line_says_what_the_library_does() -> None:
    async with sidebar(library()) as (app, pilot):
        height = app.history.list.size.height
        app.history.status = "indexing 2,340 of 10,000 sessions that are new"
        await pilot.pause()
        assert app.history.list.size.height == height - 1
        line = app.screen.get_widget_at(4, 28)[0].render()
        assert str(line) == "indexing 2,340 of 10,000 sess…"
        app.history.status = ""
        await pilot.pause()
        assert app.history.list.size.height == height
