"""The tools: each with its source, schema and permission; what is put off, the model is not told of."""

from functools import partial
from pathlib import Path

from textual.widgets import OptionList, Static

from agent.conversation.items import CallStatus
from agent.conversation.run import RunStatus
from agent.settings.permissions import Permissions, Rule
from tests.tui.chatting import Chat, chat_in
from tests.tui.settling import until
from tui.screens.tools import ToolsScreen


async def opened(chat: Chat) -> OptionList:
    """The list of tools."""
    await chat.pilot.press("f10")
    await until(chat.pilot, lambda: isinstance(chat.pilot.app.screen, ToolsScreen))
    return chat.pilot.app.screen.query_one(OptionList)


def lines(listed: OptionList) -> list[str]:
    """What the list shows."""
    return [str(option.prompt) for option in listed.options]


def _is_off(listed: OptionList, name: str, wanted: bool) -> bool:
    return any(line.split()[1:3] == [name, "off"] for line in lines(listed)) == wanted


async def test_each_tool_stands_with_its_source_its_schema_and_what_the_rules_say(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        'def shout(text: str) -> str:\n    """Say it loudly."""\n    return text.upper()\n'
    )
    denied = Permissions(deny=(Rule.parse("divide"),))
    async with chat_in(tmp_path, tools=(f"{tmp_path}/mine.py:shout",), permissions=denied) as chat:
        listed = await opened(chat)
        assert any("divide" in line and "denied" in line and "built in" in line for line in lines(listed))
        assert any("shout" in line and "asks" in line and "mine.py:shout" in line for line in lines(listed))
        listed.highlighted = next(number for number, line in enumerate(lines(listed)) if "shout" in line)
        detail = chat.pilot.app.screen.query_one(Static)
        await until(chat.pilot, lambda: "Say it loudly." in str(detail.content))
        assert '"text"' in str(detail.content)
        await chat.pilot.press("escape")


async def test_a_tool_that_is_put_off_cannot_be_called_until_it_is_on_again(tmp_path: Path) -> None:
    async with chat_in(tmp_path) as chat:
        for is_on in (False, True):
            listed = await opened(chat)
            listed.highlighted = next(number for number, line in enumerate(lines(listed)) if " add" in line)
            await chat.pilot.press("space")
            await until(chat.pilot, partial(_is_off, listed, "add", not is_on))
            told = " ".join(str(one.content) for one in chat.pilot.app.screen.query(Static))
            assert ("off: the model is not told of it" in told) is not is_on
            await chat.pilot.press("escape")
            await chat.ask("What is 3 + 4?")
            done = [
                call.name
                for call in chat.controller.session.conversation.runs[-1].calls
                if call.status is CallStatus.DONE
            ]
            assert ("add" in done) == is_on


async def test_tools_that_cannot_be_loaded_are_told_from_the_start_until_they_can(tmp_path: Path) -> None:
    mine = tmp_path / "mine.py"
    mine.write_text("def shout(text: str) -> str\n")
    async with chat_in(tmp_path, tools=(f"{mine}:shout",)) as chat:
        told = f"[tools] load {mine}:shout: mine.py, line 1: expected ':'"
        assert chat.controller.status.trouble == f"Not ready (F4 models, F3 settings): {told}"
        await chat.ask("1 + 1")
        assert (chat.runs[0].status, chat.runs[0].error) == (RunStatus.UNAVAILABLE, told)
        assert chat.controller.status.trouble.endswith(told)
        mine.write_text('def shout(text: str) -> str:\n    """Say it loudly."""\n    return text.upper()\n')
        await chat.ask("1 + 1")
        assert (chat.runs[1].status, chat.controller.status.trouble) == (RunStatus.ANSWERED, "")
