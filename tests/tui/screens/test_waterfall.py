"""The waterfall on the screens: its cursor is the moment of the replay, it grows with a turn, it fits any terminal."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from textual.pilot import Pilot

from agent.recordings.player import Player
from agent.recordings.recording import Recording
from tests.tui.chatting import chat_in
from tests.tui.panes.host import shown
from tests.tui.replays import HandClock, app_on, pressing, replay_of, screen_lines, session
from tui.panes.waterfall.pane import Waterfall

EVENTS = session()
UNDATED = [
    type(event)(**{**_fields, "timestamp": None})
    for event in EVENTS
    if (_fields := {name: getattr(event, name) for name in event.__struct_fields__})
]


def _waterfall(pilot: Pilot[Any]) -> Waterfall:
    return pilot.app.screen.query_one(Waterfall)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.floats(0, 1), st.one_of(st.none(), st.floats(0.1, 3)))
def test_a_moment_that_is_gone_to_is_the_one_that_the_player_stands_at(share: float, idle_limit: float | None) -> None:
    player = Player(Recording.of(EVENTS), HandClock(), idle_limit=idle_limit)
    first, last = (event.timestamp or 0.0 for event in (EVENTS[0], EVENTS[-1]))
    moment = first + share * (last - first)
    player.seek_moment(moment)
    assert player.moment == pytest.approx(moment, abs=1e-2)


async def test_the_cursor_is_the_moment_of_the_replay_whichever_moves(tmp_path: Path) -> None:
    async with replay_of(EVENTS, tmp_path) as replay:
        await replay.press("t", "f6")
        waterfall = _waterfall(replay.pilot)
        assert waterfall.has_focus
        before = replay.controller.player.moment
        assert "+0:00.2 in turn" in waterfall.ruler
        await replay.press("right", "right")
        assert replay.controller.player.moment > before
        await replay.press("down", "down", "down", "down", "down", "enter")
        assert replay.controller.player.moment == replay.controller.runs[0].calls[1].started
        await replay.press("end")
        assert replay.controller.player.at_end
        assert "Question 2" in shown(waterfall)


async def test_what_comes_behind_the_moment_is_drawn_too(tmp_path: Path) -> None:
    async with replay_of(EVENTS, tmp_path) as replay:
        await replay.press("f6")
        assert replay.position == 0
        assert "multiply" in shown(_waterfall(replay.pilot))


async def test_a_click_on_a_track_seeks(tmp_path: Path) -> None:
    async with replay_of(EVENTS, tmp_path) as replay:
        await replay.press("f6")
        waterfall = _waterfall(replay.pilot)
        await replay.pilot.click(waterfall, offset=(waterfall.size.width - 20, 0))
        await replay.settle()
        assert replay.controller.runs[0].steps[-1].name == "step 3"


async def test_its_key_puts_it_away_where_it_has_the_keys_and_goes_there_elsewhere(tmp_path: Path) -> None:
    async with replay_of(EVENTS, tmp_path) as replay:
        await replay.press("f6", "escape")
        await replay.until(lambda: replay.screen.focused is replay.screen.bar)
        assert _waterfall(replay.pilot).region
        await replay.press("f6")
        assert _waterfall(replay.pilot).has_focus
        await replay.press("f6")
        assert not any("Waterfall" in line for line in screen_lines(replay.pilot))
        assert replay.screen.focused is replay.screen.bar


async def test_a_recording_without_times_says_that_there_are_none(tmp_path: Path) -> None:
    async with replay_of(UNDATED, tmp_path) as replay:
        await replay.press("t", "f6")
        assert "does not say when" in shown(_waterfall(replay.pilot))


async def test_in_a_low_terminal_it_stands_in_the_place_of_the_panes(tmp_path: Path) -> None:
    async with replay_of(EVENTS, tmp_path, size=(80, 15)) as replay:
        await replay.press("f6")
        assert not replay.controller.message_log.region
        assert _waterfall(replay.pilot).region.height > 4
        await replay.press("f6")
        assert replay.controller.message_log.region


async def test_a_turn_that_goes_on_grows_in_the_chat(tmp_path: Path) -> None:
    async with chat_in(tmp_path, rate=200) as chat:
        await chat.pilot.press("f6")
        await chat.begin()
        chat.screen.frame.tick()
        await chat.pilot.pause()
        waterfall = _waterfall(chat.pilot)
        assert waterfall.row_count > 1
        await chat.settled()
        assert "final_answer" in "\n".join(waterfall.row_at(y).spans[0].text for y in range(waterfall.row_count))


async def test_in_the_chat_its_cursor_is_its_own(tmp_path: Path) -> None:
    async with chat_in(tmp_path) as chat:
        await chat.ask("(3 + 4) * 2^5")
        await chat.pilot.press("f6", "right", "right")
        await chat.pilot.pause()
        assert _waterfall(chat.pilot).ruler.startswith("┃ +")


@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=str)
def test_a_waterfall_looks_like_this(size: tuple[int, int], tmp_path: Path, snap_compare: Any) -> None:
    keys = pressing("t", "t", "f6", "right", "down", "down")
    assert snap_compare(app_on(EVENTS, tmp_path), terminal_size=size, run_before=keys)
