"""What a server of tools asks, on the whole screen: who asks and what for, and each answer reaches the server."""

import sys
from pathlib import Path

import pytest

from agent.settings.file.tables import Mcp
from agent.settings.permissions import Permissions, Rule
from tests.places import ROOT
from tests.tui.chatting import Chat, chat_in
from tests.tui.screens.test_approving import patient
from tui.panes.approval.asked import QuestionBar
from tui.widgets.line_input import LineInput

pytest.importorskip("mcp")

_SERVER = ROOT / "tests" / "agent" / "sources" / "tools" / "mcp" / "server.py"
_ODD = Mcp(command=sys.executable, args=[str(_SERVER), "stdio"])


@pytest.mark.parametrize(
    ("keys", "result", "words"),
    [
        (("a", *"Ostia", "ctrl+s"), "2 nights in Ostia", "answered"),
        (("d",), "decline", "declined"),
        (("escape",), "cancel", "put away without an answer"),
    ],
    ids=["accept", "decline", "cancel"],
)
async def test_a_question_of_a_server_says_who_asks_and_its_answer_is_the_servers(
    keys: tuple[str, ...], result: str, words: str, tmp_path: Path
) -> None:
    allowed = Permissions().allowing([Rule.of_tool("mcp__odd__book")])
    async with chat_in(tmp_path, permissions=allowed, mcp={"odd": _ODD}) as chat:
        bar = await _asked(chat)
        assert "The MCP server odd asks you, during book" in str(bar.border_title)
        shown = bar.asked().plain
        assert all(words in shown for words in ("Where to, and for how long?", "town  text  where to"))
        assert "nights  a whole number, may be left out, 2 if you leave it" in shown
        await chat.until(lambda: bar.has_class("-armed"))
        await chat.pilot.press(keys[0])
        if keys[1:]:
            await chat.until(lambda: isinstance(chat.pilot.app.screen.focused, LineInput))
            await chat.pilot.press(*keys[1:])
        await chat.until(lambda: chat.runs[-1].ended is not None)
        told, asked = chat.runs[-1].calls[:2]
        assert (told.result, asked.decided_words) == (result, words)


async def _asked(chat: Chat) -> QuestionBar:
    await chat._send("mcp__odd__book()")
    await chat.until(lambda: bool(chat.screen.query(QuestionBar)))
    return patient(chat.screen.query_one(QuestionBar))
