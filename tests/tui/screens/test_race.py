"""The race on the screen: a lane for each model, one question for calls that are alike, and one that stays."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from textual.pilot import Pilot

from agent.conversation.items import CallStatus
from agent.conversation.run import Run, RunStatus
from agent.settings.settings import Settings
from agent.transcripts.session import Session
from tests.tui.chatting import chat_in
from tests.tui.settling import settle, until
from tui.app.app import TickertapeApp
from tui.panes.approval.bar import ApprovalBar
from tui.screens.chat.screen import ChatScreen
from tui.screens.race.opening import RaceOpening
from tui.screens.race.screen import RaceScreen
from tui.screens.race.setup import RaceSetup

QUESTION = "(3 + 4) * 2^5"
NAPPING = ("tests.tui.screens.napping:nap",)


def app_on(
    folder: Path, *models: str, question: str = QUESTION, rate: float = 0, tools: tuple[str, ...] = ()
) -> TickertapeApp:
    """The app on a race."""
    settings = Settings(model="offline", data_dir=folder, offline_rate=rate, tools=tools)
    return TickertapeApp(settings, race=RaceOpening(question=question, models=models))


@asynccontextmanager
async def racing(app: TickertapeApp, size: tuple[int, int] = (120, 40)) -> AsyncIterator[tuple[Pilot[int], RaceScreen]]:
    """The app with its race begun."""
    async with app.run_test(size=size) as pilot:
        screen = app.screen
        assert isinstance(screen, RaceScreen)
        await until(pilot, lambda: bool(screen._turns))
        yield pilot, screen
        await app.action_leave()


def turns(screen: RaceScreen) -> list[Run | None]:
    return [lane.racer.turn for lane in screen.lanes]


def are_over(screen: RaceScreen) -> bool:
    return all(turn is not None and turn.ended is not None for turn in turns(screen))


async def decide(pilot: Pilot[int], key: str) -> None:
    """Answer what is asked, as somebody does who reads first."""
    await until(pilot, lambda: bool(pilot.app.screen.query(ApprovalBar)))
    bar = pilot.app.screen.query_one(ApprovalBar)
    await until(pilot, lambda: bar.has_class("-armed"))
    await pilot.press(key)


async def test_each_model_has_a_lane_in_which_its_turn_ends(tmp_path: Path) -> None:
    async with racing(app_on(tmp_path, "offline", "offline", "openai:x")) as (pilot, screen):
        await until(pilot, lambda: are_over(screen))
        assert [turn.status for turn in turns(screen) if turn] == [
            RunStatus.ANSWERED,
            RunStatus.ANSWERED,
            RunStatus.UNAVAILABLE,
        ]
        assert [lane.border_title for lane in screen.lanes] == ["offline", "offline (2)", "openai:x"]
        await until(pilot, lambda: screen._status.notice == "2 answered")
        places = sorted(str(lane.border_subtitle) for lane in screen.lanes if lane.border_subtitle)
        assert places == ["1st of 3 to answer", "2nd of 3 to answer"]


async def test_enter_keeps_the_one_that_has_the_keys_and_the_others_stay_as_its_siblings(tmp_path: Path) -> None:
    app = app_on(tmp_path, "offline", "offline")
    async with racing(app) as (pilot, screen):
        await until(pilot, lambda: are_over(screen))
        first, second = (lane.racer.session for lane in screen.lanes)
        await pilot.press("tab")
        await pilot.pause()
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ChatScreen) and app.screen.chat is not None)
        await settle(pilot)
        chat = app.screen
        assert isinstance(chat, ChatScreen)
        assert chat.chat is not None
        assert chat.chat.session.id == second.id
        assert chat.chat.session.conversation.runs[0].answer == "(3 + 4) * 2^5 equals 224."
        lineage = chat.chat.session.conversation.runs[0].lineage
        assert lineage is not None
        assert (lineage.branch, lineage.session) == ("race", first.id)
        assert first.path is not None
        assert first.path.exists()


async def test_calls_that_are_alike_are_asked_about_once(tmp_path: Path) -> None:
    app = app_on(tmp_path, "offline", "offline", question="nap(seconds=0)", tools=NAPPING)
    async with racing(app) as (pilot, screen):
        await until(pilot, lambda: screen.race is not None and len(screen.race.askers) == 2)
        await until(pilot, lambda: bool(screen.query(ApprovalBar)))
        await until(pilot, lambda: str(screen.query_one(ApprovalBar).border_subtitle) == "offline, offline (2)")
        await decide(pilot, "o")
        await until(pilot, lambda: are_over(screen))
        assert [turn.calls[0].status for turn in turns(screen) if turn] == [CallStatus.DONE, CallStatus.DONE]
        assert not screen.query(ApprovalBar)


async def test_one_can_be_stopped_and_the_other_goes_on(tmp_path: Path) -> None:
    app = app_on(tmp_path, "offline", "offline", question="nap(seconds=0)", tools=NAPPING)
    async with racing(app) as (pilot, screen):
        await until(pilot, lambda: screen.race is not None and len(screen.race.askers) == 2)
        assert screen.race is not None
        await pilot.press("tab")
        await until(pilot, lambda: "x stop it" in screen._status.hint)
        screen.action_cancel_lane()
        await until(pilot, lambda: screen.race is not None and len(screen.race.askers) == 1)
        await until(pilot, lambda: "x stop it" not in screen._status.hint)
        assert screen._status.hint.startswith("Esc leave")
        await decide(pilot, "o")
        await until(pilot, lambda: are_over(screen))
        assert sorted(str(turn.status) for turn in turns(screen) if turn) == ["answered", "cancelled"]


async def test_escape_ends_what_goes_on_and_then_leaves(tmp_path: Path) -> None:
    app = app_on(tmp_path, "offline", "offline", rate=2)
    async with app.run_test() as pilot:
        screen = app.screen
        assert isinstance(screen, RaceScreen)
        await until(pilot, lambda: bool(screen.lanes) and all(lane.racer.run is not None for lane in screen.lanes))
        paths = [lane.racer.session.path for lane in screen.lanes]
        await pilot.press("escape")
        await until(pilot, lambda: are_over(screen))
        assert [turn.status for turn in turns(screen) if turn] == [RunStatus.CANCELLED] * 2
        await pilot.press("escape")
        await until(pilot, lambda: not app.is_running or app._exit)
    for path in paths:
        assert path is not None
        assert Session.open(path).conversation.runs[0].status is RunStatus.CANCELLED


async def test_the_chat_asks_who_runs_and_the_race_goes_on_from_its_session(tmp_path: Path) -> None:
    async with chat_in(tmp_path) as chat:
        await chat.ask("10 + 10")
        chat.screen.prompt.insert("now double it")
        await chat.pilot.press("f7")
        await chat.until(lambda: isinstance(chat.pilot.app.screen, RaceSetup))
        await chat.pilot.pause()
        await chat.pilot.press(*",offline", "enter")
        await chat.until(lambda: isinstance(chat.pilot.app.screen, RaceScreen))
        screen = chat.pilot.app.screen
        assert isinstance(screen, RaceScreen)
        await chat.until(lambda: bool(screen.lanes) and are_over(screen))
        assert [turn.answer for turn in turns(screen) if turn] == ["20 * 2 equals 40."] * 2
        assert {turn.lineage.session for turn in turns(screen) if turn and turn.lineage} == {chat.controller.session.id}
        await chat.pilot.press("escape")
        await chat.until(lambda: chat.pilot.app.screen is chat.screen)
        assert len(chat.runs) == 1


async def test_a_race_of_one_is_refused_where_it_is_set_up(tmp_path: Path) -> None:
    async with chat_in(tmp_path) as chat:
        await chat.pilot.press("f7")
        await chat.until(lambda: isinstance(chat.pilot.app.screen, RaceSetup))
        setup = chat.pilot.app.screen
        assert isinstance(setup, RaceSetup)
        await chat.pilot.press(*"hello", "enter")
        assert "between 2 and 4" in str(setup._told.content)
        await chat.pilot.press("escape")
        await chat.until(lambda: chat.pilot.app.screen is chat.screen)


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (40, 15)], ids=str)
def test_a_race_looks_like_this(
    size: tuple[int, int], tmp_path: Path, snap_compare: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.runs.run.wall_clock", lambda: lambda: 1_700_000_000_000)
    monkeypatch.setattr("agent.sources.executor.tooling.time", SimpleNamespace(perf_counter=lambda: 0.0))
    numbers = count(1)
    monkeypatch.setattr("agent.transcripts.session.new_session_id", lambda: f"20261123-014512-{next(numbers):06}")

    def over() -> Callable[[Pilot[int]], Awaitable[None]]:
        async def wait(pilot: Pilot[int]) -> None:
            screen = pilot.app.screen
            assert isinstance(screen, RaceScreen)
            await until(pilot, lambda: bool(screen.lanes) and are_over(screen))
            screen._tick()
            for lane in screen.lanes:
                lane.presenter.settle()
            await pilot.pause()

        return wait

    app = app_on(tmp_path, "offline", "offline", "offline")
    assert snap_compare(app, terminal_size=size, run_before=over())
