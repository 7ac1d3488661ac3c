"""Copying says what really happened."""

from typing import Any

import pyperclip
import pytest

from tui.terminal.clipboard import copy_text


class _App:
    """Notes what the terminal is asked to copy."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def copy_to_clipboard(self, text: str) -> None:
        self.asked.append(text)


async def test_the_systems_clipboard_is_taken_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSH_CONNECTION", raising=False)
    copied: list[str] = []
    monkeypatch.setattr(pyperclip, "copy", copied.append)
    app: Any = _App()
    assert await copy_text(app, "x" * 1234, "message") == "Copied message, 1,234 characters"
    assert (copied, app.asked) == (["x" * 1234], [])


async def test_without_one_the_terminal_is_asked_and_no_more_is_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSH_CONNECTION", raising=False)

    def refuse(_text: str) -> None:
        raise pyperclip.PyperclipException("no clipboard here")

    monkeypatch.setattr(pyperclip, "copy", refuse)
    app: Any = _App()
    assert await copy_text(app, "abc", "row") == "Sent row, 3 characters to the terminal's clipboard"
    assert app.asked == ["abc"]


async def test_over_ssh_the_remote_machines_clipboard_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "192.0.2.1 22 192.0.2.2 22")
    copied: list[str] = []
    monkeypatch.setattr(pyperclip, "copy", copied.append)
    app: Any = _App()
    assert "terminal's clipboard" in await copy_text(app, "abc", "row")
    assert (copied, app.asked) == ([], ["abc"])
