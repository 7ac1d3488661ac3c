"""A tool that asks, by the whole chat: what is typed decides nothing, and each answer does what it says."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest
from textual import events

from agent.conversation.items import CallStatus, ToolCall
from agent.settings.file.contents import SettingsFile
from agent.settings.file.reading import read_settings
from tests.tui.chatting import Chat, chat_in
from tests.tui.settling import until
from tui.panes.approval import bar as bars
from tui.panes.approval.bar import ApprovalBar
from tui.panes.approval.grace import Grace
from tui.screens.arguments import ArgumentsScreen

Bar = TypeVar("Bar", bound=ApprovalBar)
NAPPING: dict[str, Any] = {"tools": ("tests.tui.screens.napping:nap",)}
_LETTERS = "oosanrex qt"
_KEYS = [*_LETTERS, "escape", "enter", "backspace", "left", "f2", "ctrl+j"]


@asynccontextmanager
async def asked(folder: Path, size: tuple[int, int] = (120, 40)) -> AsyncIterator[tuple[Chat, ApprovalBar]]:
    """A chat in which a tool asks, and its question."""
    file = SettingsFile(path=folder / "settings.toml")
    async with chat_in(folder, size, file=file, **NAPPING) as chat:
        yield chat, await ask(chat)


async def ask(chat: Chat, question: str = "nap(seconds=1)") -> ApprovalBar:
    """Ask what has the tool ask; its question."""
    await chat._send(question)
    await chat.until(lambda: bool(chat.screen.query(ApprovalBar)))
    return patient(chat.screen.query_one(ApprovalBar))


def patient(bar: Bar) -> Bar:
    """The bar, which takes a machine that is busy for none that was held up: that has laws of its own."""
    bar._grace = Grace(stalled_after=3_600)
    bar.look()
    return bar


def call(chat: Chat) -> ToolCall:
    """The call that is asked about."""
    return next(call for call in chat.runs[-1].calls if call.name == "nap")


async def press_in_time(chat: Chat, *keys: str) -> None:
    """Press keys once answers count, as somebody does who reads first."""
    bar = chat.screen.query_one(ApprovalBar)
    await chat.until(lambda: bar.has_class("-armed"))
    await chat.pilot.press(*keys)


@pytest.mark.parametrize("seed", range(5))
async def test_whatever_is_typed_only_a_key_decides_that_came_when_the_question_was_seen_and_typing_had_paused(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(seed)
    now = 1_000.0
    monkeypatch.setattr(bars, "monotonic", lambda: now)
    monkeypatch.setattr(bars, "Grace", lambda: Grace(held_for=0, stalled_after=60))  # those have laws of their own
    async with chat_in(tmp_path, **NAPPING) as chat:
        seen = last = now
        await chat._send("nap(seconds=1)")
        is_due = False
        for _ in range(25):
            key = chance.choice(_KEYS)
            pause = chance.choice([0.02, 0.1, 0.3, 0.45, 0.9, 1.05]) if is_due or chance.random() < 0.9 else 1.5
            bar = next(iter(chat.screen.query(ApprovalBar)), None)
            if bar is None and chat.runs and chat.runs[-1].ended is not None:
                break
            if bar is not None and bar._grace.counts_from < float("inf"):
                is_due = True
            now += pause
            before = bar is not None and not bar._is_decided and not bar.has_class("-denying")
            event = events.Key(key, key if len(key) == 1 else None)
            event.time = now
            chat.pilot.app.post_message(event)
            await chat.pilot.pause()
            await chat.pilot.pause(0.12 if key == "escape" else 0)
            if bar is not None and before and bar._is_decided:
                assert key in ("o", "s", "a", "n", "escape"), key
                assert now - last >= 1.0, (key, now - last)
                assert now - seen >= 0.75
                break
            last = now
            if bar is None:
                seen = now
        chat.controller.cancel_all()


async def test_what_is_typed_while_a_tool_begins_to_ask_stands_in_the_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bars, "Grace", lambda: Grace(seen_for=600, quiet_for=600))  # a busy machine types slowly
    async with asked(tmp_path) as (chat, bar):
        await chat.pilot.press(*"so soon no one")
        await chat.pilot.pause()
        assert chat.screen.prompt.text == "so soon no one"
        assert call(chat).status is CallStatus.ASKING
        assert bar.is_mounted


async def test_always_is_a_rule_of_the_settings_and_the_next_call_does_not_ask(tmp_path: Path) -> None:
    async with asked(tmp_path) as (chat, _):
        await press_in_time(chat, "a")
        await chat.settled()
        assert read_settings(tmp_path / "settings.toml").document.permissions.allow == ["nap"]  # type: ignore[union-attr]
        await chat.ask("nap(seconds=2)")
        assert call(chat).result == "rested 2"
        assert not chat.screen.query(ApprovalBar)


async def test_a_rule_that_cannot_be_written_holds_for_the_session(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("[permissions\n")
    async with asked(tmp_path) as (chat, _):
        await press_in_time(chat, "a")
        await chat.settled()
        assert "for this session only" in chat.controller.status.notice
        assert call(chat).result == "rested 1"
    assert (tmp_path / "settings.toml").read_text() == "[permissions\n"


async def test_a_no_can_say_why_and_the_model_is_told(tmp_path: Path) -> None:
    async with asked(tmp_path) as (chat, bar):
        await press_in_time(chat, "r")
        await chat.until(lambda: bar.has_class("-denying"))
        await chat.pilot.press(*"too long", "enter")
        await chat.settled()
        assert "too long" in str(call(chat).result)
        assert call(chat).status is CallStatus.FAILED


async def test_arguments_that_were_edited_are_those_that_it_runs_with(tmp_path: Path) -> None:
    async with asked(tmp_path) as (chat, _):
        await press_in_time(chat, "e")
        await until(chat.pilot, lambda: isinstance(chat.pilot.app.screen, ArgumentsScreen))
        await chat.pilot.press("end", "backspace", "7", "enter")
        await chat.settled()
        assert call(chat).result == "rested 7"


async def test_esc_out_of_the_form_leaves_the_question(tmp_path: Path) -> None:
    async with asked(tmp_path) as (chat, bar):
        await press_in_time(chat, "e")
        await until(chat.pilot, lambda: isinstance(chat.pilot.app.screen, ArgumentsScreen))
        await chat.pilot.press("escape", "o")
        await chat.pilot.pause()
        assert bar.is_mounted
        assert call(chat).status is CallStatus.ASKING


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (60, 20), (40, 15)])
async def test_it_can_be_answered_at_any_size(tmp_path: Path, size: tuple[int, int]) -> None:
    async with asked(tmp_path, size) as (chat, _):
        await press_in_time(chat, "o")
        await chat.settled()
        assert call(chat).result == "rested 1"


async def test_under_help_nothing_is_decided(tmp_path: Path) -> None:
    async with asked(tmp_path) as (chat, bar):
        await press_in_time(chat, "f1")
        keys: list[Any] = ["o", "s", "n"]
        await chat.pilot.press(*keys)
        await chat.pilot.pause()
        assert call(chat).status is CallStatus.ASKING
        assert bar.is_mounted


async def test_a_tool_that_asks_in_another_session_is_told_and_one_key_leads_there(tmp_path: Path) -> None:
    async with asked(tmp_path) as (chat, _):
        session = chat.controller.session.id
        await chat.pilot.press("ctrl+n")
        await chat.pilot.pause()
        assert "nap asks in nap(seconds=1): F8" in chat.controller.status.elsewhere
        assert not chat.screen.query(ApprovalBar)
        await chat.pilot.press("o", "s", "n")
        await chat.pilot.press("f8")
        await chat.until(lambda: bool(chat.screen.query(ApprovalBar)))
        assert chat.controller.session.id == session
        assert call(chat).status is CallStatus.ASKING
        assert chat.controller.status.elsewhere == ""
