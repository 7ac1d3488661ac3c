"""The whole app, watched for anything that blocks its loop."""

import json
from pathlib import Path

import pytest

from agent.settings.settings import Settings
from tests.agent.conftest import watched
from tests.agent.saving import append, turn
from tests.tui.chatting import chat_in
from tests.tui.panes.host import shown
from tests.tui.replays import HandClock, app_on, replay_in, session, stream
from tests.tui.settling import settle
from tui.app.app import TickertapeApp
from tui.screens.chat.screen import ChatScreen
from tui.screens.replay.go_live import GoLiveScreen


async def test_nothing_blocks_the_loop_from_the_start_to_the_end_of_a_session(tmp_path: Path) -> None:
    app = TickertapeApp(Settings(model="offline", data_dir=tmp_path, offline_rate=0))
    with watched("agent"), watched("tui"):
        async with app.run_test() as pilot:
            await pilot.pause()
            screen = app.screen
            assert isinstance(screen, ChatScreen)
            screen.prompt.insert("What is (3 + 4) * 2^5?")
            await pilot.press("enter")
            await settle(pilot)
            assert screen.chat is not None
            assert screen.chat.session.conversation.runs[0].answer == "(3 + 4) * 2^5 equals 224."
            await app.action_leave()


async def test_a_replay_blocks_nothing_from_its_start_to_going_on_live(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "sessions" / "one.jsonl"
    path.parent.mkdir()
    events = session(3)
    path.write_bytes(stream(*events))
    clock = HandClock()
    app = app_on(path, tmp_path, playing=True, clock=clock)
    with watched("agent"), watched("tui"):
        async with replay_in(app, clock) as replay:
            replay.clock.advance(2)
            await replay.settle()
            await replay.press("5", "left", "right", "n", "p", "t", "T", "comma", "full_stop", "home", "end", "i", "i")
            await replay.press("ctrl+f", *"add", "enter", "escape", "3", "7")
            replay.screen.on_player_bar_sought(replay.screen.bar.Sought(0.4))
            await replay.press("space")
            replay.clock.advance(60)
            await replay.until(lambda: not replay.controller.player.playing)
            assert replay.position == len(events)
            app._save_picture()
            await replay.until(lambda: "Saved as" in replay.controller.status.notice)
            await replay.press("8", "enter")
            assert isinstance(replay.pilot.app.screen, GoLiveScreen)
            await replay.pilot.press("enter")
            await replay.until(lambda: isinstance(replay.pilot.app.screen, ChatScreen))
            await settle(replay.pilot)
            await replay.pilot.app.run_action("leave")
    assert len(list(path.parent.iterdir())) == 2


async def test_following_a_session_that_is_written_blocks_nothing(tmp_path: Path) -> None:
    path = tmp_path / "growing.jsonl"
    events = session()
    path.write_bytes(stream(*events[:20]))
    clock = HandClock()
    app = app_on(path, tmp_path, clock=clock)
    with watched("agent"), watched("tui"):
        async with replay_in(app, clock, loaded=False) as replay:
            await replay.until(lambda: len(replay.controller.recording) == 20)
            append(path, events[20:])
            await replay.until(lambda: len(replay.controller.recording) == len(events))
            await replay.press("end")
            path.unlink()
            await replay.until(lambda: replay.controller.recording.finished)


async def test_browsing_blocks_nothing(tmp_path: Path) -> None:
    for name, question in (("a", "Olives"), ("b", "Taxes"), ("c", "Trees")):
        append(tmp_path / "sessions" / f"{name}.jsonl", turn(1, question, result="marzipan", answer="Yes."))
    async with chat_in(tmp_path) as chat:
        with watched("agent"), watched("tui"):
            press = chat.pilot.press
            history = chat.controller.history
            await chat.until(lambda: "Trees" in shown(history.list))
            await chat.indexed()
            await press("ctrl+b", "end", "f2", *"Named", "enter")
            await chat.settled()
            await press("p")
            await chat.settled()
            assert "Pinned" in shown(history.list)
            await press("delete")
            await chat.settled()
            assert "Named" not in shown(history.list)
            await press("u")
            await chat.settled()
            assert "Named" in shown(history.list)
            await press("ctrl+r", *"marzi")
            await chat.settled()
            assert "result marzipan" in shown(history.list)
            await press("down", "down", "enter")
            await chat.settled()
            assert len(chat.runs) == 1
    (named,) = (tmp_path / "metadata").glob("*.json")
    assert json.loads(named.read_text())["title"] == "Named"
