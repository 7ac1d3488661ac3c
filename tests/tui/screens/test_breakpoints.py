"""Breakpoints by the whole chat: set in a list or at a tool in the steps, and what can be said at one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from textual.pilot import Pilot

from agent.conversation.items import CallStatus
from agent.settings.breakpoints import Breakpoint
from agent.settings.permissions import Permissions
from agent.settings.settings import Settings
from tests.tui.chatting import Chat, chat_in
from tests.tui.settling import hold_still, settle, until
from tui.app.app import TickertapeApp
from tui.panes.approval.bar import ApprovalBar
from tui.screens.arguments import ArgumentsScreen
from tui.screens.breakpoints import BreakpointsScreen
from tui.screens.chat.screen import ChatScreen

QUESTION = "(3 + 4) * 2^5"


def stopping(*stops: str) -> Permissions:
    return Permissions(breakpoints=tuple(map(Breakpoint.parse, stops)))


@asynccontextmanager
async def stopped(folder: Path, *stops: str) -> AsyncIterator[tuple[Chat, ApprovalBar]]:
    """A chat that stands at a breakpoint, and what it asks there."""
    async with chat_in(folder, permissions=stopping(*stops)) as chat:
        await chat._send(QUESTION)
        yield chat, await bar_of(chat)


async def bar_of(chat: Chat) -> ApprovalBar:
    """What is asked, when answers count."""
    await chat.until(lambda: bool(chat.screen.query(ApprovalBar)))
    bar = chat.screen.query_one(ApprovalBar)
    await chat.until(lambda: bar.has_class("-armed"))
    return bar


async def test_the_panel_says_where_it_stands_and_goes_on_to_the_next(tmp_path: Path) -> None:
    async with stopped(tmp_path, "multiply", "exponentiate($.y == 5)") as (chat, bar):
        assert str(bar.border_title) == "? exponentiate stops at exponentiate($.y == 5)"
        await chat.pilot.press("o")
        await chat.until(lambda: [*chat.screen.query(ApprovalBar)] != [bar])
        assert "multiply stops at multiply" in str((await bar_of(chat)).border_title)
        await chat.pilot.press("o")
        await chat.settled()
        assert chat.runs[0].answer == "(3 + 4) * 2^5 equals 224."


async def test_an_answer_in_its_place_is_what_the_model_goes_on_with(tmp_path: Path) -> None:
    async with stopped(tmp_path, "add") as (chat, bar):
        await chat.pilot.press("w")
        await chat.until(lambda: bar.has_class("-denying"))
        await chat.pilot.press(*"10", "enter")
        await chat.settled()
        assert chat.runs[0].answer == "(3 + 4) * 2^5 equals 320."
        call = chat.runs[0].calls[0]
        assert (call.result, call.tool_started) == ("10", None)


async def test_one_that_is_dropped_stops_nothing_more(tmp_path: Path) -> None:
    async with stopped(tmp_path, "*") as (chat, _bar):
        await chat.pilot.press("d")
        await chat.settled()
        assert chat.controller.breakpoints == ()
        assert {call.status for call in chat.runs[0].calls} == {CallStatus.DONE}
        assert sum(call.asked is not None for call in chat.runs[0].calls) == 1


@pytest.mark.parametrize(
    ("stop", "keys", "reason"),
    [
        *((stop, ("n",), "") for stop in ("add", "add($.x == 3)", "step == 1", "time >= 0", '$ ~ "*3*4*"')),
        ("$.y == 4", ("r", *"not now", "enter"), "not now"),
    ],
)
async def test_at_every_kind_of_breakpoint_the_call_can_be_refused(
    tmp_path: Path, stop: str, keys: tuple[str, ...], reason: str
) -> None:
    async with stopped(tmp_path, stop) as (chat, bar):
        assert f"stops at {stop}" in str(bar.border_title)
        await chat.pilot.press(keys[0])
        if len(keys) > 1:
            await chat.until(lambda: bar.has_class("-denying"))
            await chat.pilot.press(*keys[1:])
        await chat.until(lambda: bar not in chat.screen.query(ApprovalBar))
        call = next(call for call in chat.runs[0].calls if call.decision is not None)
        assert call.decision is not None
        assert not call.decision.allows
        await chat.pilot.press("escape")
        chat.controller.cancel()
        await chat.settled()
        assert call.tool_started is None
        assert call.stopped_at == stop
        assert call.decision.reason == reason


async def test_at_a_breakpoint_the_arguments_can_be_edited(tmp_path: Path) -> None:
    async with stopped(tmp_path, "add") as (chat, _bar):
        await chat.pilot.press("e")
        await chat.until(lambda: isinstance(chat.pilot.app.screen, ArgumentsScreen))
        await chat.pilot.press("end", "backspace", *"30", "ctrl+s")
        await chat.settled()
        call = chat.runs[0].calls[0]
        assert call.decision is not None
        assert call.decision.arguments == {"x": 30, "y": 4}
        assert (call.result or "").startswith("34")


async def test_its_keys_do_nothing_where_a_tool_asks_by_itself(tmp_path: Path) -> None:
    async with chat_in(tmp_path, tools=("tests.tui.screens.napping:nap",)) as chat:
        await chat._send("nap(seconds=0)")
        bar = await bar_of(chat)
        await chat.pilot.press("d")
        await chat.pilot.pause()
        assert [*chat.screen.query(ApprovalBar)] == [bar]
        assert chat.runs[0].calls[0].status is CallStatus.ASKING


async def test_they_are_set_and_taken_away_in_a_list(tmp_path: Path) -> None:
    async with chat_in(tmp_path, permissions=stopping("add")) as chat:
        await chat.pilot.press("f5")
        await chat.until(lambda: isinstance(chat.pilot.app.screen, BreakpointsScreen))
        screen = chat.pilot.app.screen
        assert isinstance(screen, BreakpointsScreen)
        await chat.pilot.press(*"cost >", "enter")
        assert "held against" in str(screen._told.content) or "no breakpoint" in str(screen._told.content)
        await chat.pilot.press(*" 0.5", "enter")
        assert [one.text for one in chat.controller.breakpoints] == ["add", "cost > 0.5"]
        await chat.pilot.press("down", "delete")
        assert [one.text for one in chat.controller.breakpoints] == ["cost > 0.5"]
        await chat.pilot.press("escape")
        await chat.until(lambda: chat.pilot.app.screen is chat.screen)


async def test_a_key_at_a_tool_in_the_steps_stops_before_it_and_no_more_at_the_second(tmp_path: Path) -> None:
    async with chat_in(tmp_path) as chat:
        await chat.ask("10 + 10")
        tree = chat.controller.tool_tree
        tree.focus()
        await chat.pilot.press("home")
        tree.action_next_call()
        await chat.pilot.press("b")
        await chat.pilot.pause()
        assert [one.text for one in chat.controller.breakpoints] == ["add"]
        assert "stop before add" in chat.controller.status.notice
        await chat.pilot.press("b")
        await chat.pilot.pause()
        assert chat.controller.breakpoints == ()


async def test_where_another_agent_runs_its_tools_the_key_says_so(tmp_path: Path) -> None:
    (tmp_path / "graphs.py").write_text(
        "from langchain_core.runnables import RunnableLambda\n\ngraph = RunnableLambda(lambda given: 'hello')\n"
    )
    async with chat_in(tmp_path, model=f"agent:{tmp_path}/graphs.py:graph") as chat:
        await chat.pilot.press("f5")
        await chat.until(lambda: "runs its tools itself" in chat.controller.status.notice)
        assert chat.pilot.app.screen is chat.screen
        assert not chat.controller.can_stop_before("search")


@pytest.mark.parametrize("size", [(80, 24)], ids=str)
def test_a_stop_looks_like_this(
    size: tuple[int, int], tmp_path: Path, snap_compare: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.runs.run.wall_clock", lambda: lambda: 1_700_000_000_000)
    monkeypatch.setattr("agent.sources.executor.tooling.time", SimpleNamespace(perf_counter=lambda: 0.0))

    async def ask(pilot: Pilot[int]) -> None:
        await settle(pilot)
        screen = pilot.app.screen
        assert isinstance(screen, ChatScreen)
        screen.prompt.insert(QUESTION)
        await pilot.press("enter")
        await until(pilot, lambda: bool(screen.query(ApprovalBar)))
        bar = screen.query_one(ApprovalBar)
        await until(pilot, lambda: bar.has_class("-armed"))
        await hold_still(pilot)
        screen.frame.tick()
        await pilot.pause()

    settings = Settings(
        model="offline", data_dir=tmp_path, offline_rate=0, permissions=stopping("exponentiate($.y >= 5)")
    )
    assert snap_compare(TickertapeApp(settings), terminal_size=size, run_before=ask)
