"""The list of sessions: headings, folds, the cursor and the reader's place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.library.listing import SessionInfo
from tests.tui.panes.sidebar import NOW, Sidebar, library, saved_turns, session, sidebar, talk
from tui.drawing.glyphs import UNICODE
from tui.panes.history.library import LibraryRows
from tui.panes.history.sidebar import History


async def test_sessions_stand_under_the_headings_of_their_days() -> None:
    sessions = [
        session("a", days=0),
        session("b", "", days=1),
        session("c", "The [b]third[/b]\n\x1b[31m", days=2, is_live=True),
        session("d", days=3, pinned=True),
        session("e", days=20, problem="broken"),
        session("f", days=400),
    ]
    async with sidebar(sessions) as (app, _pilot):
        assert app.lines == [
            " Pinned",
            " ▶ Title d",
            "",
            " Today",
            " ▶ Title a",
            "",
            " Yesterday",
            " ▶ (no question)",
            "",
            " This week",
            " ▶ ● The [b]third[/b] ␛[31m",
            "",
            " October 2026",
            " ▶ ! Title e",
            "",
            " October 2025",
            " ▶ Title f",
        ]


async def test_what_was_forked_from_a_session_stands_below_it_and_says_so_elsewhere() -> None:
    sessions = [
        session("a2", days=0.1, parent="a1"),
        session("b", days=0.2),
        session("a1", days=0.3, parent="a"),
        session("a", days=0.4),
        session("c", days=30, parent="a"),
    ]
    async with sidebar(sessions) as (app, _pilot):
        assert app.lines == [
            " Today",
            " ▶ Title a",
            " ▶ └ Title a1",
            " ▶   └ Title a2",
            " ▶ Title b",
            "",
            " October 2026",
            " ▶ └ Title c",
        ]


async def test_the_cursor_walks_over_headings_and_shows_the_one_above_it() -> None:
    async with sidebar(library(12), size=(34, 14)) as (app, pilot):
        await pilot.press("home")
        assert app.line == "▶ Title a"
        await pilot.press("down")
        assert app.line == "▶ Title b"
        await pilot.press("end")
        assert app.line == "▶ Title l"
        await pilot.press("pageup", "pageup", "pageup", "pageup")
        assert app.line == "▶ Title a"
        assert app.lines[0] == " Today"


async def test_a_session_is_unfolded_and_its_turns_are_asked_for() -> None:
    async with sidebar(library()) as (app, pilot):
        await pilot.press("home", "right")
        await pilot.pause()
        assert app.take() == [History.TurnsRequested("a")]
        assert app.lines[:4] == [" Today", " ▼ Title a", "     …", ""]
        await pilot.press("right")
        assert app.line == "▼ Title a"  # a remark is nothing to stand on
        app.history.show_turns("a", saved_turns(2))
        assert app.lines[1:5] == [" ▼ Title a", "   1 ✓ Ask 1", "   2 ✓ Ask 2", ""]
        await pilot.press("right", "down", "enter")
        await pilot.pause()
        assert app.take() == [History.SessionSelected("a", "r2")]
        await pilot.press("left")
        assert app.line == "▼ Title a"
        await pilot.press("left")
        assert app.line == "▶ Title a"
        assert app.lines[2] == ""
        await pilot.press("left", "space")
        await pilot.pause()
        assert app.take() == [History.TurnsRequested("a")]
        app.history.show_turns("a", [])
        assert app.lines[2] == "     no turns"
        await pilot.press("space")
        app.history.show_turns("a", saved_turns(2))
        assert app.lines[2] == ""


async def test_a_session_without_turns_says_what_is_wrong_with_it() -> None:
    async with sidebar([session("a", problem="line 1 is no JSON")]) as (app, pilot):
        await pilot.press("home", "space")
        app.history.show_turns("a", [])
        assert app.lines[2] == "     line 1 is no JSON"


async def test_turns_are_asked_for_again_where_the_session_has_grown() -> None:
    async with sidebar(library()) as (app, pilot):
        await pilot.press("home", "space")
        app.history.show_turns("a", saved_turns(1))
        await pilot.pause()
        app.take()
        app.history.show_sessions(library(), NOW)
        await pilot.pause()
        assert app.take() == []
        app.history.show_sessions([session("a", days=-0.01), *library()[1:]], NOW)
        await pilot.pause()
        assert app.take() == [History.TurnsRequested("a")]
        assert "   1 ✓ Ask 1" in app.lines


async def test_the_open_session_is_unfolded_and_the_one_before_it_is_folded() -> None:
    script = talk(2)
    async with sidebar(library()) as (app, pilot):
        app.history.open_session = "b"
        app.history.show("Question 1", script.conversation.runs)
        assert app.lines[4:7] == ["▌▼ Title b", "   1 ✓ Question 1", "   2 ✓ Question 2"]
        app.history.open_session = "a"
        app.history.show("", [])
        assert app.history.open_session == "a"
        assert app.lines[1:5] == ["▌  Title a", "", " Yesterday", " ▶ Title b"]
        await pilot.pause()
        assert app.take() == []


async def test_a_session_that_the_user_unfolded_stays_so_when_it_is_opened_and_left() -> None:
    script = talk(2)
    async with sidebar(library()) as (app, pilot):
        await pilot.press("home", "space")
        runs = script.conversation.runs
        app.history.show_turns("a", saved_turns(2))
        await pilot.press("down", "down")
        app.history.open_session = "a"
        assert app.line == "2 ✓ Ask 2"
        app.history.show("Question 1", runs)
        assert app.lines[1:4] == ["▌▼ Title a", "   1 ✓ Question 1", "   2 ✓ Question 2"]
        app.take()
        app.history.open_session = "b"
        app.history.show("", [])
        await pilot.pause()
        assert app.take() == [History.TurnsRequested("a")]
        assert app.lines[1:3] == [" ▼ Title a", "     …"]


async def test_a_click_on_the_sign_folds_and_one_on_the_title_opens() -> None:
    async with sidebar(library()) as (app, pilot):
        await pilot.click(app.history.list, offset=(1, 1))
        await pilot.pause()
        assert app.take() == [History.TurnsRequested("a")]
        await pilot.click(app.history.list, offset=(1, 1))
        assert app.lines[1] == " ▶ Title a"
        await pilot.click(app.history.list, offset=(5, 1))
        await pilot.click(app.history.list, offset=(5, 0))
        await pilot.pause()
        assert app.take() == [History.SessionSelected("a")]


async def test_the_cursor_stays_on_its_session_and_goes_to_the_next_when_that_is_gone() -> None:
    sessions = library(6)
    async with sidebar(sessions) as (app, pilot):
        await pilot.press("home", "down", "down")
        assert app.line == "▶ Title c"
        app.history.show_sessions([session("new"), *sessions], NOW)
        assert app.line == "▶ Title c"
        app.history.show_sessions([one for one in sessions if one.id not in "cd"], NOW)
        assert app.line == "▶ Title e"
        app.history.show_sessions(sessions[:2], NOW)
        assert app.line == "▶ Title b"
        app.history.show_sessions([], NOW)
        assert app.lines == [" Your chats are kept here.", " Ctrl+N begins one."]
        await pilot.press("down", "up", "enter", "space", "left", "right", "f2")
        app.history.show_sessions(sessions, NOW)
        await pilot.press("down")
        assert app.line != ""


async def test_the_cursor_leaves_a_turn_that_is_folded_away_or_gone() -> None:
    async with sidebar(library()) as (app, pilot):
        await pilot.press("home", "space")
        app.history.show_turns("a", saved_turns(3))
        await pilot.press("down", "down", "down")
        assert app.line == "3 ✓ Ask 3"
        app.history.show_turns("a", saved_turns(2))
        assert app.line == "▼ Title a"
        await pilot.press("down", "space")
        assert app.line == "▶ Title a"


@pytest.mark.parametrize("change", ["above", "below", "moved", "gone"])
async def test_nothing_moves_under_a_reader_when_the_list_is_replaced(change: str) -> None:
    sessions = [session(f"s{number}", days=number) for number in range(60)]
    async with sidebar(sessions, size=(34, 16)) as (app, pilot):
        await pilot.press("end", *["pageup"] * 3, *["down"] * 5)
        await pilot.pause()
        before, line = app.lines, app.line
        seen = [row.split()[-1] for row in before if "Title" in row]
        after = {
            "above": [session("x"), session("y"), *sessions],
            "below": [*sessions[:50], *sessions[52:]],
            "moved": [session("s59", days=-0.1), *sessions[:59]],
            "gone": [one for one in sessions if one.id not in ("s0", "s1", seen[1])],
        }[change]
        app.history.show_sessions(after, NOW)
        assert app.line == line
        if change == "gone":
            assert sum(old == new for old, new in zip(before, app.lines, strict=True)) >= len(before) // 2
        else:
            assert app.lines == before


async def test_who_is_at_the_top_and_does_nothing_there_sees_what_is_new() -> None:
    app = Sidebar(History())
    async with app.run_test(size=(34, 14)) as pilot:
        app.history.show_sessions(library(20), NOW)
        await pilot.pause()
        app.history.show_sessions([session("new"), *library(20)], NOW)
        assert app.lines[:2] == [" Today", " ▶ Title new"]


async def test_turns_that_come_open_below_their_session() -> None:
    async with sidebar(library(20), size=(34, 16)) as (app, pilot):
        await pilot.press("end", *["up"] * 4, "space")
        before, row = app.lines, app.lines.index(f" {app.line}")
        app.history.show_turns(app.line[-1], saved_turns(9))
        assert app.lines[: row + 1] == before[: row + 1]
        assert app.lines[row + 1].endswith("Ask 1")
        app.history.list.scroll_to(y=app.history.list.row_number(app.history.list._cursor or ()) or 0, animate=False)
        await pilot.press("space", "space")
        first = app.lines[0]
        app.history.show_turns(app.line[-1], saved_turns(4))
        assert app.lines[0] == first  # though most of what was seen was below it


async def test_the_cursor_stays_in_sight_when_the_last_line_takes_room() -> None:
    async with sidebar(library(20), size=(34, 16)) as (app, pilot):
        await pilot.press("end")
        line = app.lines[-1]
        app.history.status = "1 deleted"
        await pilot.pause()
        assert app.lines[-1] == line


async def test_a_long_list_costs_what_is_seen_of_it() -> None:
    sessions = [session(f"s{number}", days=number / 50) for number in range(10_000)]
    async with sidebar(sessions, size=(34, 40)) as (app, pilot):
        rows, height = app.history.list.library, app.history.list.size.height
        assert rows.made_count <= height + 2
        await pilot.press("home", *["down"] * 10)
        app.history.list.scroll_to(y=5_000, animate=False)
        await pilot.pause()
        await pilot.press("space", "end", "pageup")
        assert rows.made_count <= 6 * (height + 2)
        for y in range(0, len(rows), 7):
            rows.row_at(y, 30)
        assert rows.made_count < 600
        await pilot.press("end")
        assert app.line == "▶ Title s9999"


@given(
    st.lists(st.integers(0, 12), unique=True, max_size=10),
    st.lists(st.tuples(st.integers(0, 12), st.integers(-1, 4)), max_size=8),
)
def test_rows_and_keys_belong_together_however_sessions_are_folded(
    order: list[int], folds: list[tuple[int, int]]
) -> None:
    rows = LibraryRows(UNICODE)
    listed = {number: session(str(number), days=number) for number in order}
    rows.show_sessions([listed[number] for number in sorted(order)], NOW)
    rows.open("3")
    rows.show("", talk(2).conversation.runs)
    for number, count in folds:
        rows.fold(str(number), count < 0)
        rows.show_turns(str(number), saved_turns(max(count, 0), str(number)))
    keys = [rows.key_at(y) for y in range(len(rows))]
    assert [rows.row_at(y, 30).key for y in range(len(rows))] == keys
    for y, key in enumerate(keys):
        if rows.can_be_chosen(y):
            assert rows.row_number(key) == y
            assert isinstance(rows.session(key), SessionInfo)
    ids = [key[0] for key in keys if len(key) == 1]
    assert sorted(ids) == sorted({*map(str, order), "3"}, key=str)
