"""The find bar: what it says, which keys it takes, and how it looks."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from textual import on
from textual.app import App, ComposeResult
from textual.message import Message
from textual.pilot import Pilot
from textual.theme import Theme
from textual.widgets import Input

from tui.app.themes import DARK, LIGHT
from tui.panes.find.bar import FindBar


class BarApp(App[None]):
    """A bar above an input."""

    CSS = "Screen { align: left bottom; } #other { height: 3; }"

    def __init__(self) -> None:
        super().__init__()
        self.bar = FindBar()
        self.posted: list[Message] = []
        self.animation_level = "none"

    def compose(self) -> ComposeResult:
        yield self.bar
        other = Input(id="other")
        other.set_reactive(Input.cursor_blink, False)
        yield other

    @on(FindBar.QueryChanged)
    @on(FindBar.Moved)
    @on(FindBar.Closed)
    def keep(self, message: Message) -> None:
        self.posted.append(message)

    def take(self) -> list[Message]:
        """What was posted since this was asked last."""
        posted, self.posted = self.posted, []
        return posted


@asynccontextmanager
async def bar_of(width: int = 120) -> AsyncIterator[tuple[FindBar, Pilot[None], BarApp]]:
    app = BarApp()
    async with app.run_test(size=(width, 6)) as pilot:
        app.query_one("#other").focus()
        await pilot.pause()
        yield app.bar, pilot, app


def told(app: BarApp) -> str:
    """The line of the bar as it is drawn."""
    y = app.bar.region.y
    return "".join(text for text, _style, _control in app.screen._compositor.render_strips()[y]).rstrip()


async def test_it_is_hidden_until_it_is_opened_and_then_says_what_is_typed() -> None:
    async with bar_of() as (bar, pilot, app):
        assert not bar.is_open
        assert not bar.region.height
        bar.open()
        await pilot.press("w", "o")
        await pilot.pause()
        queries = [message.query for message in app.take() if isinstance(message, FindBar.QueryChanged)]
        assert queries == ["", "w", "wo"]
        assert bar.query_text == "wo"


async def test_its_keys_move_and_close_it() -> None:
    async with bar_of() as (bar, pilot, app):
        bar.open()
        await pilot.press("x")
        await pilot.pause()
        app.take()
        await pilot.press("enter", "down", "ctrl+f", "up", "shift+enter")
        await pilot.pause()
        moves = [message.direction for message in app.take() if isinstance(message, FindBar.Moved)]
        assert moves == ["next", "next", "next", "previous", "previous"]
        bar.open()
        await pilot.pause()
        assert [message.direction for message in app.take() if isinstance(message, FindBar.Moved)] == ["next"]
        await pilot.press("escape")
        await pilot.pause()
        assert [type(message) for message in app.take()] == [FindBar.Closed]
        assert not bar.is_open
        bar.close()
        await pilot.pause()
        assert not app.take()


async def test_it_remembers_its_query_and_selects_it() -> None:
    async with bar_of() as (bar, pilot, app):
        bar.open()
        await pilot.press("o", "l", "d", "escape")
        app.query_one("#other").focus()
        await pilot.pause()
        app.take()
        bar.open()
        await pilot.pause()
        assert [message.query for message in app.take() if isinstance(message, FindBar.QueryChanged)] == ["old"]
        await pilot.press("n")
        await pilot.pause()
        assert bar.query_text == "n"


async def test_it_tells_how_many_and_where() -> None:
    async with bar_of() as (bar, pilot, app):
        bar.open()
        await pilot.press("x")
        bar.count, bar.index, bar.where = 1_200, 2, "result of [b]add[/b]"
        await pilot.pause()
        assert "3 of 1,200  result of [b]add[/b]  Enter next  ↑ previous  Esc close" in told(app)
        bar.index = None
        await pilot.pause()
        assert "1,200  result" in told(app)
        bar.count = 0
        await pilot.pause()
        assert "nothing found" in told(app)
        assert "result" not in told(app)
        bar.count = None
        await pilot.pause()
        assert "found" not in told(app)
        bar.count = 0
        await pilot.press("backspace")
        await pilot.pause()
        assert "found" not in told(app)


@pytest.mark.parametrize("width", [120, 80, 60, 44, 30])
async def test_it_leaves_out_what_there_is_no_room_for(width: int) -> None:
    async with bar_of(width) as (bar, pilot, app):
        bar.open()
        await pilot.press("x")
        bar.count, bar.index, bar.where = 12, 2, "result of exponentiate 日本"
        await pilot.pause()
        line = told(app)
        assert "Find: x" in line
        assert "3 of 12" in line
        assert ("result of exp" in line) is (width >= 60)
        assert ("Enter next" in line) is (width >= 120)


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize("width", [120, 80, 60])
@pytest.mark.parametrize("count", [12, 0], ids=["found", "nothing"])
def test_it_looks_as_it_should(count: int, width: int, theme: Theme, snap_compare: Any) -> None:
    app = BarApp()

    async def fill(pilot: Pilot[None]) -> None:
        app.register_theme(theme)
        app.theme = theme.name
        app.bar.open()
        await pilot.press("p", "o", "w", "e", "r")
        app.bar.count = count
        app.bar.index, app.bar.where = (2, "result of exponentiate") if count else (None, "")
        await pilot.pause()

    assert snap_compare(app, terminal_size=(width, 6), run_before=fill)
