"""Pictures of the sidebar, as wide as it is beside the chat and over it."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.theme import Theme

from agent.library.listing import MatchKind
from tests.tui.panes.script import Script
from tests.tui.panes.sidebar import NOW, Sidebar, found, match, saved_turns, session
from tui.app.themes import DARK, LIGHT
from tui.drawing.glyphs import ASCII, UNICODE
from tui.panes.history.sidebar import History

HOURS = 1 / 24
SESSIONS = [
    session("taxes", "Taxes 2025, with every receipt", days=48, pinned=True),
    session("open", "What is (3 + 4) * 2^5?"),
    session("ten", "10 + 10", days=5 * HOURS),
    session("lisbon", "Plan a trip to Lisbon", days=20 * HOURS, is_live=True),
    session("japanese", "日本語の質問をしてもよいですか、先生", days=1.2),
    session("parser", "Refactor the parser", days=2.1),
    session("sky", "Why is the sky blue and not green?", days=7, problem="line 3 is no JSON"),
    session("empty", "", days=12),
    session("sort", "Sort 10 numbers", days=20),
    session("evil", "\x1b[31m[b]red[/b] \u202egnp.exe\nand more", days=45),
    session("family", "A card for 👩‍👩‍👧 and e\u0301\u0301\u0301", days=46),
    session("old", "The first one ever asked here", days=340),
]
RESULTS = [
    found(
        SESSIONS[1],
        match("What is (3 + «4») * 2^5?", turn=0, kind=MatchKind.TITLE),
        match("What is (3 + «4») * 2^5?"),
        match('{"x": 3, "y": «4»}', kind=MatchKind.ARGUMENTS),
        match("The sum of the two numbers is 7, and not «4», as was said", turn=12, kind=MatchKind.ANSWER),
    ),
    found(SESSIONS[2], match("exponentiate_«4»", turn=2, kind=MatchKind.TOOL)),
    found(
        SESSIONS[4],
        match("日本語の質問をしても«よい»ですか、先生", turn=3, kind=MatchKind.RESULT),
        match("\x1b]0;«x»\x07[b]", turn=104, kind=MatchKind.RESULT),
    ),
]

Steps = Callable[[Sidebar, Pilot[None]], Awaitable[None]]


async def _sections(_app: Sidebar, _pilot: Pilot[None]) -> None:
    pass


async def _unfolded(app: Sidebar, pilot: Pilot[None]) -> None:
    app.history.focus()
    await pilot.press("home", "space", *["down"] * 6, "space", "down")
    app.history.show_turns("lisbon", saved_turns(3))
    app.history.status = "indexing 2,340 of 10,000"


async def _search(app: Sidebar, pilot: Pilot[None]) -> None:
    app.history.begin_search()
    await pilot.press("4")
    app.history.show_found("4", RESULTS)


async def _results(app: Sidebar, pilot: Pilot[None]) -> None:
    await _search(app, pilot)
    await pilot.press("down", "down", "down", "down")


async def _nothing(app: Sidebar, pilot: Pilot[None]) -> None:
    app.history.begin_search()
    await pilot.press(*"xyzzy")
    app.history.show_found("xyzzy", [])


async def _rename(app: Sidebar, pilot: Pilot[None]) -> None:
    app.history.focus()
    await pilot.press("home", "f2")


async def _naming(app: Sidebar, pilot: Pilot[None]) -> None:
    await _rename(app, pilot)
    await pilot.press(*"My taxes")


async def _deleted(app: Sidebar, pilot: Pilot[None]) -> None:
    app.history.focus()
    await pilot.press("end", "up", "up")
    app.history.show_sessions([one for one in SESSIONS if one.id != "evil"], NOW)
    app.history.status = "1 deleted · u undoes"


LOOKS: dict[str, Steps] = {
    "sections": _sections,
    "unfolded": _unfolded,
    "search": _search,
    "results": _results,
    "nothing": _nothing,
    "rename": _rename,
    "naming": _naming,
    "deleted": _deleted,
}


def _picture(
    compare: Any, steps: Steps, *, width: int, height: int = 42, theme: Theme = DARK, ascii: bool = False
) -> bool:
    script = Script().ask("What is (3 + 4) * 2^5?").answered("x")
    script.ask("now double it, please").failed("cancelled", "no").ask("and halve it")
    app = Sidebar(History(glyphs=ASCII if ascii else UNICODE))

    async def fill(pilot: Pilot[None]) -> None:
        app.register_theme(theme)
        app.theme = theme.name
        history = app.history
        history.open_session = "open"
        history.show("What is (3 + 4) * 2^5?", script.conversation.runs)
        history.current = script.conversation.runs[1].id
        history.show_sessions(SESSIONS, NOW)
        await steps(app, pilot)
        await pilot.pause()

    return bool(compare(app, terminal_size=(width, height), run_before=fill))


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize("width", [28, 60])
def test_the_sidebar_looks_as_it_should(look: str, theme: Theme, width: int, snap_compare: Any) -> None:
    assert _picture(snap_compare, LOOKS[look], width=width, theme=theme)


@pytest.mark.parametrize("look", ["unfolded", "results"])
def test_the_sidebar_looks_as_it_should_in_ascii(look: str, snap_compare: Any) -> None:
    assert _picture(snap_compare, LOOKS[look], width=28, ascii=True)


def test_a_short_sidebar_has_a_scrollbar(snap_compare: Any) -> None:
    assert _picture(snap_compare, _unfolded, width=28, height=14)


@pytest.mark.parametrize("width", [28, 60])
def test_the_empty_sidebar_looks_as_it_should(width: int, snap_compare: Any) -> None:
    async def fill(pilot: Pilot[None]) -> None:
        pilot.app.register_theme(DARK)
        pilot.app.theme = DARK.name

    assert snap_compare(Sidebar(History()), terminal_size=(width, 8), run_before=fill)
