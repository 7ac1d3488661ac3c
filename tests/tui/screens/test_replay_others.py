"""Streams of other programs on the screen: how they look, and that no key ends the program or is stuck."""

from collections import deque
from pathlib import Path
from typing import Any

import pytest

from tests.tui.others import EVERYTHING, STREAMS, UNDATED
from tests.tui.replays import Replay, app_on, pressing, replay_of, screen_lines
from tui.actions import ACTIONS
from tui.screens.chat.screen import ChatScreen
from tui.screens.replay.screen import ReplayScreen

_ENDING = {"escape", "ctrl+q", "ctrl+c", "ctrl+d", "ctrl+z"}
"""What ends a replay and so the program, or sends it behind the shell, as it should."""


def _keys() -> list[str]:
    """Every key that does anything anywhere, and a few that do nothing."""
    keys = [key.strip() for action in ACTIONS.values() for key in action.keys.split(",")]
    return [key for key in dict.fromkeys([*keys, "tab", "x", "é", "f12"]) if key and key not in _ENDING]


@pytest.mark.parametrize(("data", "size"), [(EVERYTHING, (120, 40)), (UNDATED, (60, 20))], ids=["wide", "narrow"])
async def test_no_key_ends_the_program_or_is_stuck_on_a_foreign_stream(
    data: bytes, size: tuple[int, int], tmp_path: Path
) -> None:
    left = deque(_keys())
    while left:
        async with replay_of(data, tmp_path, size=size) as replay:
            await replay.press("5" if len(left) % 2 else "end")
            while left and replay.pilot.app.screen is replay.screen:
                await _press(replay, left.popleft())


async def _press(replay: Replay, key: str) -> None:
    """Press a key and close the popups that it opens; who leaves the replay for the chat has left it for good."""
    app = replay.pilot.app
    await replay.pilot.press(key)
    await replay.pilot.pause()
    for _ in range(5):
        if isinstance(app.screen, ReplayScreen | ChatScreen):
            break
        await replay.pilot.press("escape")
        await replay.pilot.pause()
    assert isinstance(app.screen, ReplayScreen | ChatScreen), key
    assert not app._exit, key


@pytest.mark.parametrize("size", [(120, 40), (60, 20)], ids=["wide", "narrow"])
@pytest.mark.parametrize("name", STREAMS)
def test_a_foreign_stream_looks_as_it_should(
    name: str, size: tuple[int, int], snap_compare: Any, tmp_path: Path
) -> None:
    app = app_on(STREAMS[name], tmp_path)
    assert snap_compare(app, terminal_size=size, run_before=pressing("end"))


async def test_an_undated_stream_shows_no_moment_duration_or_rate(tmp_path: Path) -> None:
    async with replay_of(UNDATED, tmp_path, size=(160, 40)) as replay:
        for keys in ((), ("end",), ("i",), ("f6",)):
            await replay.press(*keys)
            shown = "\n".join(line for line in screen_lines(replay.pilot) if "▶" not in line)
            for told in ("tok/s", " ms", "first token", "1970", "00:00:"):
                assert told not in shown, (keys, told)
