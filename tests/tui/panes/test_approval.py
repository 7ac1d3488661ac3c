"""The question whether a tool may run."""

import json

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from agent.conversation.items import ToolCall
from tests.tui.panes.host import Host
from tests.tui.panes.script import Script
from tests.tui.settling import until
from tui.panes.approval import bar as approval
from tui.panes.approval.bar import ApprovalBar


def asking(arguments: str = '{"path": "/tmp/x", "force": true}', name: str = "delete_file") -> ToolCall:
    script = Script().ask("?").step()
    call = script.call(name)
    script.write(call, [arguments]).end(call).ask_approval(call)
    return script.run.calls[0]


def decisions(app: Host) -> list[str]:
    return [message.decision for message in app.posted if isinstance(message, ApprovalBar.Decided)]


async def decided_by(*keys: str) -> list[str]:
    app = Host(bar := ApprovalBar(asking(), armed_after=0))
    async with app.run_test() as pilot:
        bar.focus()
        await pilot.press(*keys)
        await pilot.pause()
        return decisions(app)


async def test_each_key_is_an_answer_and_only_the_first_counts() -> None:
    assert await decided_by("o") == ["once"]
    assert await decided_by("s") == ["session"]
    assert await decided_by("n") == ["denied"]
    assert await decided_by("escape") == ["denied"]
    assert await decided_by("enter", "y", "space") == []
    assert await decided_by("n", "o") == ["denied"]


async def test_a_key_meant_for_the_prompt_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(approval, "monotonic", lambda: now)
    app = Host(bar := ApprovalBar(asking(), armed_after=0.5))
    async with app.run_test() as pilot:
        bar.focus()
        await pilot.press("o", "s", "n", "escape")
        await pilot.click(".approval--answer")
        await pilot.pause()
        assert decisions(app) == []
        now += 0.5
        await pilot.press("o")
        await pilot.pause()
        assert decisions(app) == ["once"]


async def test_the_answers_light_up_when_they_count() -> None:
    app = Host(bar := ApprovalBar(asking(), armed_after=0.05))
    async with app.run_test() as pilot:
        await until(pilot, lambda: bar.has_class("-armed"))


async def test_the_words_can_be_clicked() -> None:
    app = Host(bar := ApprovalBar(asking(), armed_after=0))
    async with app.run_test() as pilot:
        await pilot.click(bar.query(".approval--answer").last())
        await pilot.pause()
        assert decisions(app) == ["denied"]


async def texts(pilot: Pilot[None]) -> str:
    await pilot.pause()
    return "\n".join(str(static.visual) for static in pilot.app.query(Static))


async def test_the_call_is_shown_whole_and_safely() -> None:
    arguments = json.dumps({"text": "[b]bold[/b] \x1b[31m \u202e", "n": list(range(100))}, ensure_ascii=False)
    app = Host(bar := ApprovalBar(asking(arguments, "do[x]\x1b"), armed_after=0))
    async with app.run_test() as pilot:
        text = await texts(pilot)
        assert "? do[x]␛ asks to run" in text
        assert "[b]bold[/b]" in text
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "99" in text
        assert bar.query_one(".approval--arguments").size.height == 8
        bar.focus()
        await pilot.press("down", "down", "up")
        assert bar.query_one(".approval--arguments").scroll_y == 1


async def test_arguments_that_are_none_or_no_json_are_shown_as_they_are() -> None:
    async with Host(ApprovalBar(asking("{oops"))).run_test() as pilot:
        assert "{oops" in await texts(pilot)
    async with Host(ApprovalBar(asking(""))).run_test() as pilot:
        assert "no arguments" in await texts(pilot)
