"""Travelling in time from a replay, by its own keys: what the model was given, and what if something were otherwise."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from agent.conversation.run import RunStatus
from agent.events import types as ev
from agent.recordings.recording import Recording
from agent.settings.breakpoints import Breakpoint
from agent.settings.permissions import Permissions
from agent.settings.settings import Settings
from tests.agent.recordings.what_if.test_planning import SAMPLE
from tests.tui.panes.host import Host, shown
from tests.tui.replays import HandClock, Replay, replay_in, replay_of, screen_lines, session
from tests.tui.settling import PATIENCE
from tui.app.app import TickertapeApp
from tui.panes.approval.bar import ApprovalBar
from tui.panes.context.detail import ContextDetail
from tui.screens.chat.screen import ChatScreen
from tui.screens.compare.screen import CompareScreen
from tui.screens.replay.context import ContextScreen, contexts_at
from tui.screens.replay.opening import Opening
from tui.screens.replay.what_if import WhatIfScreen

EVENTS = session()


async def _on(pilot: Pilot[int], kind: type[Any]) -> Any:
    """The screen of that kind, as soon as it is seen."""
    async with asyncio.timeout(PATIENCE):
        while not isinstance(pilot.app.screen, kind):
            await pilot.pause(0.01)
    return pilot.app.screen


async def _say(replay: Replay, *patches: str) -> None:
    """Say these patches in the dialog, and start."""
    for patch in patches:
        replay.pilot.app.screen.query_one(Input).value = patch
        await replay.pilot.press("enter")
    await replay.pilot.press("enter")


async def test_the_context_of_the_step_where_the_player_stands_is_shown(tmp_path: Path) -> None:
    async with replay_of(EVENTS, tmp_path, size=(120, 50)) as replay:
        await replay.press("n", "n", "t", "t", "t")
        await replay.pilot.press("c")
        popup = await _on(replay.pilot, ContextScreen)
        lines = shown(popup.query_one(ContextDetail)).splitlines()
        assert lines[0] == "Turn 2, step 2  offline"
        assert "rebuilt from the recording" in lines[1]
        assert any(line.startswith("  turn 1 question") for line in lines)
        assert any(line.startswith("+ turn 2 calls add, look_up") for line in lines)
        await replay.pilot.press("escape")
        await _on(replay.pilot, type(replay.screen))
        await replay.press("home", "comma")
        replay.controller.player.seek_event(0)
        await replay.pilot.press("c")
        await replay.until(lambda: "Nothing was asked yet" in "\n".join(screen_lines(replay.pilot)))


async def test_what_if_goes_on_otherwise_in_a_branch_beside_the_recording(tmp_path: Path) -> None:
    path = tmp_path / "sessions" / "original.jsonl"
    path.parent.mkdir()
    path.write_bytes(SAMPLE.read_bytes())
    async with replay_of(path, tmp_path) as replay:
        await replay.press("t")
        await replay.pilot.press("w")
        dialog = await _on(replay.pilot, WhatIfScreen)
        await _say(replay, "nonsense")
        assert "is no patch; one is model=SPEC" in "\n".join(screen_lines(replay.pilot))
        dialog.query_one(Input).clear()
        await _say(replay, "result:add=100")
        both = await _on(replay.pilot, CompareScreen)
        await replay.until(lambda: both.clock is not None and not both.sides[1].is_growing)
        await replay.until(lambda: both.clock.time == both.clock.length and bool(both._found.differences))
        original, branch = (side.message_log for side in both.sides)
        await replay.until(lambda: "equals 224." in shown(original) and "equals 3200." in shown(branch))
        assert [str(side.border_title) for side in both.sides] == [
            "original: original@turn:1",
            "what if: result:add=100",
        ]
        assert "turn 1, step 1: result of add" in str(both._told.content)
        await replay.pilot.press("escape")
        chat = await _on(replay.pilot, ChatScreen)
        await replay.until(lambda: bool(chat.runs) and not chat.runs[-1].is_open)
        (turn,) = chat.runs
        assert (turn.status, turn.answer) == (RunStatus.ANSWERED, "(3 + 4) * 2^5 equals 3200.")
        assert [call.answered_by for call in turn.calls[:2]] == ["patch", "recording"]
        assert turn.lineage is not None
        assert turn.lineage.session == "original"
        await replay.until(lambda: "given in the tool's place" in "\n".join(screen_lines(replay.pilot)))
        assert chat.chat is not None
        await replay.until(lambda: "└ " in shown(chat.chat.history.list))
        chat.prompt.insert("now double it")
        await replay.pilot.press("enter")
        await replay.until(lambda: len(chat.runs) == 2 and not chat.runs[1].is_open)
        assert chat.runs[1].answer == "3200 * 2 equals 6400."
        await replay.pilot.app.run_action("leave")
    assert path.read_bytes() == SAMPLE.read_bytes()


async def test_what_if_without_a_patch_is_the_recording_once_more(tmp_path: Path) -> None:
    async with replay_of(EVENTS, tmp_path, model="openai:never-asked") as replay:
        await replay.press("t")
        await replay.pilot.press("w")
        await _on(replay.pilot, WhatIfScreen)
        await _say(replay)
        both = await _on(replay.pilot, CompareScreen)
        await replay.until(lambda: both.clock is not None and "no difference" in both._status.notice)
        await replay.pilot.press("escape")
        chat = await _on(replay.pilot, ChatScreen)
        await replay.until(lambda: [run.question[:10] for run in chat.runs] == ["Question 1", "Question 2"])
        assert all(run.status is RunStatus.ANSWERED for run in chat.runs)
        await replay.pilot.app.run_action("leave")


async def test_a_tool_that_asks_in_a_branch_is_told_beside_the_original_and_answered_in_the_chat(
    tmp_path: Path,
) -> None:
    settings = Settings(
        model="offline",
        data_dir=tmp_path,
        offline_rate=0,
        permissions=Permissions(breakpoints=(Breakpoint.parse("multiply"),)),
    )
    clock = HandClock()
    app = TickertapeApp(settings, replay=Opening(source=SAMPLE, playing=False), clock=clock)
    async with replay_in(app, clock) as replay:
        await replay.press("t")
        await replay.pilot.press("w")
        await _on(replay.pilot, WhatIfScreen)
        await _say(replay, "result:add=100")
        both = await _on(replay.pilot, CompareScreen)
        await replay.until(lambda: "multiply asks: Esc to answer" in both._status.notice)
        assert not [one for one in both._found.differences if one.kind == "outcome"]
        await replay.pilot.press("escape")
        chat = await _on(replay.pilot, ChatScreen)
        await replay.until(lambda: bool(chat.query(ApprovalBar)) and chat.query_one(ApprovalBar).has_class("-armed"))
        await replay.pilot.press("o")
        await replay.until(lambda: bool(chat.runs) and not chat.runs[-1].is_open)
        assert chat.runs[-1].answer == "(3 + 4) * 2^5 equals 3200."
        await replay.pilot.app.run_action("leave")


async def test_a_branch_that_begins_behind_all_that_was_recorded_stands_beside_nothing(tmp_path: Path) -> None:
    async with replay_of(EVENTS, tmp_path) as replay:
        await replay.press("end")
        await replay.pilot.press("w")
        await _on(replay.pilot, WhatIfScreen)
        await _say(replay, "message=2 + 2")
        chat = await _on(replay.pilot, ChatScreen)
        await replay.until(lambda: len(chat.runs) == 3 and not chat.runs[-1].is_open)
        assert isinstance(replay.pilot.app.screen, ChatScreen)
        await replay.pilot.app.run_action("leave")


@pytest.mark.parametrize(("width", "height"), [(120, 40), (80, 24)])
def test_a_context_looks_as_it_should(width: int, height: int, snap_compare: Any) -> None:
    recording = Recording.of(EVENTS)
    steps = [number for number, event in enumerate(EVENTS) if isinstance(event, ev.StepStarted)]
    detail = ContextDetail(*contexts_at(recording, steps[4] + 1))
    assert snap_compare(Host(detail), terminal_size=(width, height))
