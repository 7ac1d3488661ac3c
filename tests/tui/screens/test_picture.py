"""A picture of the screen holds no secret, wherever it stands and however it is wrapped."""

import re
from html import unescape
from pathlib import Path

import pytest
from textual.widget import Widget

from agent.secrets import Secrets
from tests.tui.chatting import chat_in
from tui.screens.picture import without_secrets

TOKEN = "".join(f"{number:04x}" for number in range(7_000, 7_040))
"""Longer than a line of any pane, and of no look."""
KEY = "sk-proj-4f9a2c7be1d0"


def _texts(svg: str) -> str:
    return "".join(unescape(text) for text in re.findall(r"<text [^>]*>([^<]*)</text>", svg))


@pytest.mark.parametrize("size", [(120, 40), (60, 40)], ids=str)
async def test_a_secret_is_taken_out_of_a_picture_though_it_goes_on_over_lines(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    environ = {"MY_TOKEN": TOKEN}
    async with chat_in(tmp_path, size, environ=environ) as chat:
        await chat.ask(f"2 + 3 and <{TOKEN}> & {KEY}.")
        svg = chat.pilot.app.export_screenshot()
        panes = [pane.region for pane in chat.screen.walk_children(Widget) if pane.region]
    clean, count = without_secrets(svg, panes, Secrets.of(environ))
    assert count >= 2
    assert KEY in _texts(svg)
    words = _texts(clean)
    assert KEY[8:] not in words
    assert not [part for part in (TOKEN[at : at + 8] for at in range(0, len(TOKEN), 8)) if part in words]
    assert "2\xa0+\xa03" in words
    assert len(words) == len(_texts(svg))  # every other character stays in its cell
    assert without_secrets(clean, panes, Secrets.of(environ)) == (clean, 0)
