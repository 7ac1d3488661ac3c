"""A sidebar with a library, for its tests: what it shows, what it posts."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from textual import on
from textual.message import Message
from textual.pilot import Pilot

from agent.conversation.run import RunStatus
from agent.library.listing import Found, Match, MatchKind, SessionInfo, TurnInfo
from agent.library.words import Piece
from tests.tui.panes.host import Host, shown
from tests.tui.panes.script import Script
from tui.panes.history.sidebar import History

NOW = datetime(2026, 11, 19, 15, tzinfo=UTC).timestamp() * 1000
DAY = 86_400_000.0


class Sidebar(Host):
    """Keeps what the sidebar asks for."""

    AUTO_FOCUS = ""
    CSS = "History { border: round $border-blurred; &:focus-within { border: heavy $accent; } }"

    def __init__(self, history: History) -> None:
        super().__init__(history)
        self.history = history

    @on(History.SessionSelected)
    @on(History.TurnsRequested)
    @on(History.SearchChanged)
    @on(History.RenameRequested)
    @on(History.PinToggled)
    @on(History.DeleteRequested)
    @on(History.UndoRequested)
    @on(History.ReplayRequested)
    @on(History.ParentRequested)
    def keep_request(self, message: Message) -> None:
        self.posted.append(message)

    def take(self) -> list[Message]:
        """What was posted since this was asked last."""
        posted, self.posted = self.posted, []
        return posted

    @property
    def lines(self) -> list[str]:
        """What the list shows."""
        return shown(self.history.list).splitlines()

    @property
    def line(self) -> str:
        """What the cursor stands on."""
        sessions = self.history.list
        y = sessions.row_number(sessions._cursor) if sessions._cursor is not None else None
        return "" if y is None else sessions.render_line(y - sessions.scroll_offset.y).text.strip()


def session(id: str, title: str | None = None, *, days: float = 0, **fields: object) -> SessionInfo:
    """A session last written to so many days ago."""
    updated = NOW - days * DAY
    title = f"Title {id}" if title is None else title
    return SessionInfo(id=id, title=title, created=updated, updated=updated, **fields)  # type: ignore[arg-type]


def library(count: int = 5) -> list[SessionInfo]:
    """Sessions a, b, c, ... each a day older than the one before."""
    return [session(chr(ord("a") + number), days=number) for number in range(count)]


def saved_turns(count: int, of: str = "") -> list[TurnInfo]:
    return [
        TurnInfo(run_id=f"{of}r{number}", number=number, question=f"Ask {number}", status=RunStatus.ANSWERED, started=0)
        for number in range(1, count + 1)
    ]


def match(words: str, *, turn: int = 1, kind: MatchKind = MatchKind.QUESTION) -> Match:
    """A place; the word in it that was found is in angle quotes."""
    before, word, after = re.split("[«»]", words)
    pieces = (Piece(before), Piece(word, is_match=True), Piece(after))
    return Match(kind=kind, run_id=f"run-{turn}", turn=turn, context=pieces)


def found(session: SessionInfo, *matches: Match) -> Found:
    return Found(session=session, matches=matches)


def talk(count: int = 2) -> Script:
    """An open session of so many answered turns."""
    script = Script()
    for number in range(1, count + 1):
        script.ask(f"Question {number}").answered("x")
    return script


@asynccontextmanager
async def sidebar(
    sessions: Sequence[SessionInfo] | None, *, size: tuple[int, int] = (34, 30), history: History | None = None
) -> AsyncIterator[tuple[Sidebar, Pilot[None]]]:
    """A sidebar that has the keys, with these sessions listed."""
    app = Sidebar(history or History())
    async with app.run_test(size=size) as pilot:
        if sessions is not None:
            app.history.show_sessions(sessions, NOW)
        app.history.focus()
        await pilot.pause()
        yield app, pilot
