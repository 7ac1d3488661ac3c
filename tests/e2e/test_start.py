"""The first moments of the program, in which it takes keys before all of it is there."""

import json
from pathlib import Path

import pytest

from agent.settings.settings import Settings
from tests.tui.settling import settle
from tui.app.app import TickertapeApp
from tui.panes.history.sidebar import History
from tui.panes.prompt.input import Prompt
from tui.screens.chat.screen import ChatScreen


async def test_a_question_sent_while_the_panes_are_filled_is_in_the_session_that_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def send(pane: History) -> None:
        pane.screen.query_one(Prompt).text = "What is 1 + 1?"
        pane.screen.query_one(Prompt).action_send()

    monkeypatch.setattr(History, "on_mount", send, raising=False)
    app = TickertapeApp(Settings(model="offline", data_dir=tmp_path, offline_rate=0))
    async with app.run_test() as pilot:
        await settle(pilot)
        screen = app.screen
        assert isinstance(screen, ChatScreen)
        assert screen.chat is not None
        assert [run.question for run in screen.chat.session.conversation.runs] == ["What is 1 + 1?"]
        await app.action_leave()
    (path,) = (tmp_path / "sessions").glob("*.jsonl")
    assert json.loads(path.read_text().splitlines()[-1])["type"] == "RUN_FINISHED"
