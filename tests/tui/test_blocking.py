"""The whole app, watched for anything that blocks its loop."""

from pathlib import Path

from agent.settings import Settings
from tests.agent.conftest import watched
from tests.tui.settling import settle
from tui.app import TickertapeApp
from tui.screens.chat import ChatScreen


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
