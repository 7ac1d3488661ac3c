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
from tests.agent.recordings.what_if.test_planning import SAMPLE
from tests.tui.panes.host import Host, shown
from tests.tui.replays import Replay, replay_of, screen_lines, session
from tests.tui.settling import PATIENCE
from tui.panes.context.detail import ContextDetail
from tui.screens.chat.screen import ChatScreen
from tui.screens.replay.context import ContextScreen, contexts_at
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
    async with replay_of(EVENTS, tmp_path) as replay:
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
        chat = await _on(replay.pilot, ChatScreen)
        await replay.until(lambda: [run.question[:10] for run in chat.runs] == ["Question 1", "Question 2"])
        assert all(run.status is RunStatus.ANSWERED for run in chat.runs)
        await replay.pilot.app.run_action("leave")


@pytest.mark.parametrize(("width", "height"), [(120, 40), (80, 24)])
def test_a_context_looks_as_it_should(width: int, height: int, snap_compare: Any) -> None:
    recording = Recording.of(EVENTS)
    steps = [number for number, event in enumerate(EVENTS) if isinstance(event, ev.StepStarted)]
    detail = ContextDetail(*contexts_at(recording, steps[4] + 1))
    assert snap_compare(Host(detail), terminal_size=(width, height))
