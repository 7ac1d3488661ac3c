"""What the keys of the sidebar ask for, and naming in place."""

import pytest
from textual import events

from tests.tui.panes.sidebar import NOW, library, session, sidebar, talk
from tui.panes.history.naming import TitleEdit
from tui.panes.history.sidebar import History
from tui.widgets.line_input import LineInput


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("enter", History.SessionSelected("b")),
        ("p", History.PinToggled("b", True)),
        ("delete", History.DeleteRequested("b")),
        ("u", History.UndoRequested()),
        ("R", History.ReplayRequested("b")),
        ("P", History.ParentRequested("b")),
        ("right", History.TurnsRequested("b")),
    ],
)
async def test_each_key_asks_for_one_thing(key: str, message: object) -> None:
    async with sidebar(library()) as (app, pilot):
        await pilot.press("home", "down", key)
        await pilot.pause()
        assert app.take() == [message]


async def test_what_is_pinned_is_unpinned() -> None:
    async with sidebar([session("a", pinned=True)]) as (app, pilot):
        await pilot.press("home", "p")
        await pilot.pause()
        assert app.take() == [History.PinToggled("a", False)]


async def test_keys_mean_the_session_that_a_turn_belongs_to() -> None:
    async with sidebar(library()) as (app, pilot):
        app.history.open_session = "b"
        app.history.show("Question 1", talk(2).conversation.runs)
        await pilot.press("home", "down", "down", "down", "p")
        await pilot.pause()
        assert app.line == "2 ✓ Question 2"
        assert app.take() == [History.PinToggled("b", True)]


async def test_the_keys_can_be_mapped_anew() -> None:
    async with sidebar(library()) as (app, pilot):
        app.set_keymap({"history.delete": "ctrl+k", "history.toggle": "z", "history.to_search": "ctrl+u"})
        await pilot.press("home", "delete", "space", "ctrl+k", "z")
        await pilot.pause()
        assert app.take() == [History.DeleteRequested("a"), History.TurnsRequested("a")]
        await pilot.press("up")
        assert app.history.list.has_focus
        await pilot.press("ctrl+u")
        assert not app.history.list.has_focus


async def test_undo_needs_no_session() -> None:
    async with sidebar([]) as (app, pilot):
        await pilot.press("u", "p", "delete", "R", "f2", "enter", "space", "left", "right", "home", "end")
        await pilot.pause()
        assert app.take() == [History.UndoRequested()]


# Naming


async def test_a_session_is_named_in_its_place() -> None:
    async with sidebar(library()) as (app, pilot):
        await pilot.press("home", "down", "f2")
        name = app.focused
        assert isinstance(name, LineInput)
        sessions = app.history.list.content_region
        assert (name.region.x, name.region.y) == (sessions.x + 3, sessions.y + 4)
        assert name.region.right == sessions.right - 1  # the scrollbar's column stays free
        assert name.selected_text == "Title b"
        await pilot.press(*"Tax", "enter")
        await pilot.pause()
        assert app.take() == [History.RenameRequested("b", "Tax")]
        assert app.history.list.has_focus
        assert not name.display


async def test_naming_is_left_without_a_change() -> None:
    async with sidebar(library()) as (app, pilot):
        await pilot.press("home", "f2", "x", "escape")
        assert app.history.list.has_focus
        await pilot.press("f2", "enter")
        await pilot.pause()
        assert app.history.query_one(TitleEdit).display is False
        assert app.take() == []


async def test_who_goes_elsewhere_has_named() -> None:
    async with sidebar(library()) as (app, pilot):
        await pilot.press("home", "f2", "x")
        app.history.focus()
        await pilot.pause()
        assert app.history.query_one(TitleEdit).display is False
        assert app.take() == [History.RenameRequested("a", "x")]


async def test_no_title_means_the_first_question_again() -> None:
    async with sidebar(library()) as (app, pilot):
        await pilot.press("home", "f2", "backspace", "enter")
        await pilot.pause()
        assert app.take() == [History.RenameRequested("a", "")]


async def test_a_session_without_a_title_is_named_from_nothing() -> None:
    async with sidebar([session("a", "")]) as (app, pilot):
        await pilot.press("home", "f2", *"abc", "enter")
        await pilot.pause()
        assert app.take() == [History.RenameRequested("a", "abc")]


async def test_a_turn_has_no_name_of_its_own() -> None:
    async with sidebar(library()) as (app, pilot):
        app.history.open_session = "a"
        app.history.show("Question 1", talk(2).conversation.runs)
        await pilot.press("home", "down", "down", "f2", "x", "enter")
        await pilot.pause()
        assert app.take() == [History.RenameRequested("a", "x")]


async def test_the_input_follows_its_row_and_goes_with_it() -> None:
    async with sidebar(library()) as (app, pilot):
        await pilot.press("home", "down", "f2", "x")
        name = app.focused
        assert name is not None
        before = name.region
        app.history.show_sessions([session("new"), *library()], NOW)
        await pilot.pause()
        sessions = app.history.list
        row = sessions.row_number(("b",))
        assert row is not None
        assert name.region.y == sessions.content_region.y + row - sessions.scroll_offset.y == before.y + 1
        app.history.show_sessions([session("new")], NOW)
        await pilot.pause()
        assert not name.display
        assert sessions.has_focus
        assert app.take() == []


async def test_the_input_is_left_when_its_row_is_scrolled_out_of_sight() -> None:
    async with sidebar(library(26), size=(34, 14)) as (app, pilot):
        await pilot.press("home", "down", "f2")
        app.history.list.scroll_to(y=1, animate=False)
        await pilot.pause()
        name = app.focused
        assert name is not None
        assert name.region.y == app.history.list.content_region.y + 3
        app.history.list.scroll_to(y=20, animate=False)
        await pilot.pause()
        assert not name.display


async def test_naming_outlives_a_look_at_another_program() -> None:
    async with sidebar(library()) as (app, pilot):
        await pilot.press("home", "f2", "x")
        app.post_message(events.AppBlur())
        await pilot.pause()
        app.post_message(events.AppFocus())
        await pilot.pause()
        await pilot.press("y", "enter")
        await pilot.pause()
        assert app.take() == [History.RenameRequested("a", "xy")]


async def test_what_is_typed_or_pasted_is_one_line_that_is_safe_to_draw() -> None:
    async with sidebar([session("a", "\x1b[31mred\u202e\nline")]) as (app, pilot):
        await pilot.press("home", "f2")
        name = app.focused
        assert isinstance(name, LineInput)
        assert name.value == "␛[31mred<U+202E> line"
        name.post_message(events.Paste("a\x1b[2J\u202e👩\u200d🚀\tb\nc"))
        await pilot.press("enter")
        await pilot.pause()
        assert app.take() == [History.RenameRequested("a", "a👩\u200d🚀 b c")]
