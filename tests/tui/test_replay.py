"""Journeys through the replay screen, by its own keys and the mouse, on a clock that is set by hand."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from agent import events as ev
from agent.conversation import Conversation
from agent.settings import Settings
from agent.transcript import read_transcript
from tests.agent.strategies import conversations
from tests.tui.replays import FIXTURES, Replay, app_on, pressing, replay_of, screen_lines, session, stream
from tests.tui.settling import settle
from tests.tui.widgets.host import shown
from tui.app import TickertapeApp
from tui.opening import Opening
from tui.screens.chat import ChatScreen
from tui.screens.go_live import GoLiveScreen
from tui.screens.replay import ReplayScreen

EVENTS = session()
CALLS = [number for number, event in enumerate(EVENTS) if isinstance(event, ev.ToolCallStart)]
TURNS = [number for number, event in enumerate(EVENTS) if isinstance(event, ev.RunStarted)]


# The law


@examples(max_examples=6, suppress_health_check=list(HealthCheck))
@given(events=conversations(), seeks=st.lists(st.floats(0, 1), min_size=1, max_size=4))
async def test_after_any_seeks_the_screen_is_that_of_a_straight_play(
    tmp_path_factory: pytest.TempPathFactory, events: list[ev.Event], seeks: list[float]
) -> None:
    folder = tmp_path_factory.mktemp("law")
    async with replay_of(events, folder) as sought, replay_of(events, folder, playing=True) as played:
        for share in seeks:
            player = sought.controller.player
            sought.controller.seek(lambda player=player, share=share: player.seek_fraction(share))  # type: ignore[misc]
            await sought.settle()
        time = sought.controller.player.time
        played.clock.advance(time / 1000)
        await played.until(lambda: played.position >= sought.position)
        played.controller.pause()
        await played.settle()
        assert played.position == sought.position
        assert played.picture == sought.picture


async def test_a_seek_there_and_back_is_the_same_picture_everywhere(tmp_path: Path) -> None:
    async with replay_of(EVENTS, tmp_path) as replay:
        straight = []
        for position in range(0, len(EVENTS) + 1, 7):
            replay.controller.seek(lambda position=position: replay.controller.player.seek_event(position))  # type: ignore[misc]
            await replay.settle()
            straight.append((position, replay.picture, screen_lines(replay.pilot)))
        for position, picture, lines in reversed(straight):
            replay.controller.seek(lambda position=position: replay.controller.player.seek_event(position))  # type: ignore[misc]
            await replay.settle()
            assert replay.picture == picture
            assert screen_lines(replay.pilot)[1:] == lines[1:]


async def test_live_and_replay_end_in_the_same_picture(tmp_path: Path) -> None:
    path = tmp_path / "sessions" / "one.jsonl"
    path.parent.mkdir()
    path.write_bytes(stream(*EVENTS))
    async with replay_of(path, tmp_path) as replay:
        await replay.press("end")
        at_end = replay.picture
        straight = Conversation(EVENTS).runs
        assert replay.controller.player.fold().runs == straight
    async with replay_of(path, tmp_path, playing=True) as replay:
        replay.clock.advance(60)
        await replay.until(lambda: not replay.controller.player.playing)
        await replay.settle()
        assert replay.picture == at_end


# The keys


async def test_every_key_goes_where_it_says(tmp_path: Path) -> None:
    async with replay_of(EVENTS, tmp_path) as replay:
        player = replay.controller.player
        await replay.press("full_stop", "full_stop", "full_stop", "comma")
        assert replay.position == 2
        await replay.press("t")
        assert replay.position == CALLS[0] + 1
        await replay.press("t", "t", "T")
        assert replay.position == CALLS[1] + 1
        await replay.press("n")
        assert replay.position == TURNS[1] + 1
        await replay.press("p")
        assert replay.position == TURNS[0] + 1
        await replay.press("5")
        assert player.time == pytest.approx(player.length / 2)
        await replay.press("right")
        assert player.time == pytest.approx(min(player.length / 2 + 5_000, player.length))
        await replay.press("left")
        await replay.press("end")
        assert (replay.position, player.playing) == (len(EVENTS), False)
        await replay.press("home")
        assert replay.position <= 1
        await replay.press("right_square_bracket", "right_square_bracket", "left_square_bracket")
        assert player.speed == 2.0
        assert "2x" in shown(replay.screen.bar)


async def test_the_keys_win_over_those_of_every_pane(tmp_path: Path) -> None:
    async with replay_of(EVENTS, tmp_path) as replay:
        controller = replay.controller
        for pane in (controller.inspector, controller.event_json, controller.message_log, controller.tool_tree):
            await replay.press("home")
            pane.focus()
            await replay.press("t", "full_stop", "right")
            assert controller.player.time > 5_000, pane
            await replay.press("space")
            assert controller.player.playing, pane
            await replay.press("space")
            assert not controller.player.playing, pane


async def test_playing_follows_the_clock_and_stops_at_the_end(tmp_path: Path) -> None:
    async with replay_of(EVENTS, tmp_path) as replay:
        await replay.press("space")
        assert "playing" in shown(replay.screen.bar)
        await replay.pass_time(1.0)
        assert replay.position == sum(event.timestamp - EVENTS[0].timestamp <= 1_000 for event in EVENTS)  # type: ignore[operator]
        assert "0:01.0" in shown(replay.screen.bar)
        await replay.press("space")
        position = replay.position
        await replay.pass_time(5.0)
        assert replay.position == position
        await replay.press("space")
        replay.clock.advance(60)
        await replay.until(lambda: not replay.controller.player.playing)
        await replay.settle()
        assert replay.position == len(EVENTS)
        assert "paused" in shown(replay.screen.bar)
        assert replay.screen._ticker is None


async def test_standing_still_has_no_timers(tmp_path: Path) -> None:
    async with replay_of(EVENTS, tmp_path) as replay:
        await replay.press("t")
        assert replay.screen._ticker is None
        await replay.press("space")
        assert replay.screen._ticker is not None
        await replay.press("space")
        assert replay.screen._ticker is None


async def test_seeking_while_it_plays_goes_on_from_there(tmp_path: Path) -> None:
    async with replay_of(EVENTS, tmp_path) as replay:
        await replay.press("space", "5")
        player = replay.controller.player
        half = player.length / 2
        assert player.playing
        await replay.pass_time(1.0)
        assert player.time == pytest.approx(half + 1_000)
        straight = Conversation(EVENTS[: player.position]).runs
        assert replay.controller.runs == straight


async def test_the_mouse_on_the_track_seeks_and_drags(tmp_path: Path) -> None:
    async with replay_of(EVENTS, tmp_path) as replay:
        bar, player = replay.screen.bar, replay.controller.player
        width = bar.size.width
        await replay.pilot.mouse_down(bar, offset=(1 + width // 4, 0))
        await replay.settle()
        assert player.time == pytest.approx(player.length * (width // 4) / (width - 1))
        await replay.pilot.hover(bar, offset=(1 + width // 2, 1))
        await replay.settle()
        assert player.time == pytest.approx(player.length * (width // 2) / (width - 1))
        await replay.pilot.mouse_up(bar, offset=(1 + width // 2, 1))
        await replay.pilot.hover(bar, offset=(2, 0))
        await replay.settle()
        assert player.time == pytest.approx(player.length * (width // 2) / (width - 1))
        await replay.pilot.click(bar, offset=(2, 1))
        await replay.settle()
        assert player.playing


async def test_tab_walks_the_panes_and_escape_comes_back(tmp_path: Path) -> None:
    async with replay_of(EVENTS, tmp_path) as replay:
        seen = []
        for _ in range(5):
            await replay.press("tab")
            seen.append(replay.screen.focused)
        controller = replay.controller
        panes = [controller.inspector, controller.event_json, controller.message_log, controller.tool_tree]
        assert seen == [*panes, replay.screen.bar]
        await replay.press("tab", "escape")
        await replay.until(lambda: replay.screen.focused is replay.screen.bar)


async def test_z_folds_and_o_opens_the_call(tmp_path: Path) -> None:
    async with replay_of(EVENTS, tmp_path) as replay:
        await replay.press("4")
        assert "▼ add" in shown(replay.controller.tool_tree)
        await replay.press("z")
        assert "▼ add" not in shown(replay.controller.tool_tree)
        await replay.press("z")
        replay.controller.tool_tree.focus()
        await replay.press("alt+up", "o")
        assert type(replay.pilot.app.screen).__name__ == "CallScreen"
        await replay.pilot.press("escape")


# The inspector


async def test_the_inspector_follows_and_enter_there_goes_to_the_event(tmp_path: Path) -> None:
    async with replay_of(EVENTS, tmp_path) as replay:
        inspector = replay.controller.inspector
        await replay.press("t")
        assert inspector.chosen == CALLS[0]
        assert '"toolCallName": "add"' in shown(replay.controller.event_json)
        inspector.focus()
        await replay.press("down", "down", "down", "enter")
        assert replay.position == CALLS[0] + 4
        assert isinstance(replay.pilot.app.screen, ReplayScreen)
        await replay.press("enter")
        assert isinstance(replay.pilot.app.screen, GoLiveScreen)
        await replay.pilot.press("escape")


async def test_who_looks_at_another_event_is_left_there_while_it_plays(tmp_path: Path) -> None:
    async with replay_of(EVENTS, tmp_path) as replay:
        inspector = replay.controller.inspector
        await replay.press("t", "space")
        inspector.focus()
        await replay.press("up", "up")
        chosen = inspector.chosen
        await replay.pass_time(0.5)
        assert inspector.chosen == chosen
        await replay.press("full_stop")
        assert inspector.chosen == replay.position - 1


async def test_i_hides_and_shows_the_events(tmp_path: Path) -> None:
    async with replay_of(EVENTS, tmp_path) as replay:
        pane = replay.screen.panes["events"]
        await replay.press("i")
        assert not pane.display
        await replay.press("i")
        assert pane.display
    async with replay_of(EVENTS, tmp_path, size=(80, 24)) as replay:
        pane = replay.screen.panes["events"]
        assert not pane.display
        await replay.press("i")
        assert pane.display
        assert replay.controller.inspector.has_focus
        await replay.press("i")
        assert not pane.display


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
async def test_every_valid_stream_of_others_is_shown_to_its_end(path: Path, tmp_path: Path) -> None:
    async with replay_of(path, tmp_path) as replay:
        await replay.press("end")
        recording = replay.controller.recording
        assert replay.position == len(recording) > 0
        assert recording.problems == []
        assert replay.controller.player.fold().runs
        number = next((n for n in range(len(recording)) if not replay.controller.lines.line(n).is_pictured), None)
        if number is not None:
            replay.controller.seek(lambda: replay.controller.player.seek_event(number + 1))
            await replay.settle()
            assert "○" in shown(replay.controller.inspector)


# What is opened


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no event in it"),
        (b"\n\n", "no event in it"),
        (b"not json\n", "no event in it"),
        (b'{"hello": 1}\n' * 30, "no event in it"),
        (b"\x00\xff" * 5_000, "no event in it"),
    ],
)
async def test_what_holds_no_event_is_said(data: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "other.jsonl"
    path.write_bytes(data)
    async with replay_of(path, tmp_path) as replay:
        assert words in " ".join(shown(replay.controller.message_log).split())
        await replay.press("space", "t", "full_stop", "5", "end", "i", "z", "right_square_bracket")
        assert isinstance(replay.pilot.app.screen, ReplayScreen)


async def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    async with replay_of(tmp_path / "missing.jsonl", tmp_path) as replay:
        assert "No such file" in " ".join(shown(replay.controller.message_log).split())


async def test_a_damaged_file_shows_what_is_whole_and_tells_of_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "damaged.jsonl"
    lines = stream(*EVENTS).splitlines()
    lines[10] = lines[10][:20]
    path.write_bytes(b"\n".join(lines))
    async with replay_of(path, tmp_path) as replay:
        assert "line 11 is broken" in shown(replay.controller.status)
        await replay.press("end")
        assert replay.position == len(EVENTS) - 1


async def test_a_growing_file_is_followed_live(tmp_path: Path) -> None:
    path = tmp_path / "growing.jsonl"
    path.write_bytes(stream(*EVENTS[:20]))
    async with replay_of(path, tmp_path, loaded=False) as replay:
        await replay.until(lambda: len(replay.controller.recording) == 20)
        await replay.settle()
        assert "● live" in shown(replay.screen.bar)
        await replay.press("end", "space")
        with path.open("ab") as file:
            file.write(stream(*EVENTS[20:]))
        await replay.until(lambda: len(replay.controller.recording) == len(EVENTS))
        replay.clock.advance(60)
        await replay.until(lambda: replay.position == len(EVENTS))
        await replay.settle()
        assert "Question 2" in shown(replay.controller.message_log)


async def test_the_reader_keeps_his_place_when_it_seeks(tmp_path: Path) -> None:
    events = session(12)
    async with replay_of(events, tmp_path) as replay:
        log = replay.controller.message_log
        await replay.press("end")
        assert log.following
        await replay.press("ctrl+home")
        await replay.pilot.pause()
        top = shown(log).splitlines()[1:5]
        assert not log.following
        await replay.press("9")
        assert shown(log).splitlines()[1:5] == top
        await replay.press("full_stop", "5")
        assert shown(log).splitlines()[1:5] == top


async def test_resizing_while_it_plays(tmp_path: Path) -> None:
    async with replay_of(EVENTS, tmp_path) as replay:
        await replay.press("space")
        for size in ((80, 24), (60, 20), (50, 15), (40, 12), (120, 40)):
            await replay.pilot.resize_terminal(*size)
            await replay.pass_time(0.5)
            assert len(screen_lines(replay.pilot)) == size[1]
        straight = Conversation(EVENTS[: replay.position]).runs
        assert replay.controller.runs == straight


# Leaving and going on


async def test_escape_leads_back_to_the_chat_it_came_from(tmp_path: Path) -> None:
    path = tmp_path / "one.jsonl"
    path.write_bytes(stream(*EVENTS))
    app = TickertapeApp(Settings(model="offline", data_dir=tmp_path, offline_rate=0))
    async with app.run_test() as pilot:
        await settle(pilot)
        chat = app.screen
        assert isinstance(chat, ChatScreen)
        chat.prompt.insert("a draft")
        app.open_replay(Opening(source=path, playing=False))
        async with asyncio.timeout(20):
            while not isinstance(app.screen, ReplayScreen) or app.screen.replay is None:
                await pilot.pause(0.01)
        await pilot.press("t", "escape")
        async with asyncio.timeout(20):
            while not isinstance(app.screen, ChatScreen):
                await pilot.pause(0.01)
        assert chat.prompt.text == "a draft"
        await app.action_leave()


async def test_escape_leaves_the_program_that_was_started_with_it(tmp_path: Path) -> None:
    async with replay_of(EVENTS, tmp_path) as replay:
        await replay.pilot.press("escape")
        await replay.until(lambda: replay.pilot.app._exit)
        assert replay.pilot.app.return_code == 0


async def _gone_live(replay: Replay) -> ChatScreen:
    async with asyncio.timeout(20):
        while not isinstance(screen := replay.pilot.app.screen, ChatScreen) or screen.chat is None:
            await replay.pilot.pause(0.01)
    return screen


@pytest.mark.parametrize("complete", [False, True])
async def test_going_on_live_begins_a_session_that_ends_there(complete: bool, tmp_path: Path) -> None:
    path = tmp_path / "sessions" / "original.jsonl"
    path.parent.mkdir()
    path.write_bytes(stream(*EVENTS))
    async with replay_of(path, tmp_path) as replay:
        await replay.press("n", "n", "t", "full_stop", "full_stop")
        await replay.press("enter")
        dialog = replay.pilot.app.screen
        assert isinstance(dialog, GoLiveScreen)
        assert "add is cut here" in "\n".join(screen_lines(replay.pilot))
        await replay.pilot.press(*(["down"] if complete else []), "enter")
        chat = await _gone_live(replay)
        assert chat.chat is not None
        new = chat.chat.session
        assert new.path is not None
        assert new.path != path
        assert new.parent == "original"
        assert [run.question[:10] for run in new.conversation.runs] == ["Question 1", "Question 2"]
        assert [call.name for call in new.conversation.runs[1].calls] == (["add"] if complete else [])
        assert path.read_bytes() == stream(*EVENTS)
        chat.prompt.insert("2 + 3")
        await replay.pilot.press("enter")
        await replay.until(lambda: len(new.conversation.runs) == 3 and not new.conversation.runs[2].is_open)
        assert new.conversation.runs[2].answer == "2 + 3 equals 5."
        started = [line.event for line in read_transcript(new.path) if isinstance(line.event, ev.RunStarted)]
        assert (started[-1].metadata or {})["parentSession"] == "original"
        await replay.pilot.app.run_action("leave")


async def test_a_model_that_is_none_keeps_the_dialog_open(tmp_path: Path) -> None:
    async with replay_of(EVENTS, tmp_path) as replay:
        await replay.press("5", "enter")
        await replay.pilot.press(*"x", "enter")
        await replay.pilot.pause()
        assert isinstance(replay.pilot.app.screen, GoLiveScreen)
        assert "names no model" in "\n".join(screen_lines(replay.pilot))
        await replay.pilot.press("escape")
        await replay.until(lambda: isinstance(replay.pilot.app.screen, ReplayScreen))


@pytest.mark.parametrize("path", FIXTURES[:2], ids=lambda path: path.stem)
async def test_a_foreign_stream_can_be_gone_on_from(path: Path, tmp_path: Path) -> None:
    async with replay_of(path, tmp_path) as replay:
        await replay.press("end", "enter")
        questions = [run.question for run in replay.controller.runs]
        await replay.pilot.press("enter")
        chat = await _gone_live(replay)
        assert chat.chat is not None
        assert chat.chat.session.path is not None
        assert [run.question for run in chat.chat.session.conversation.runs] == questions
        await replay.pilot.app.run_action("leave")


async def test_finding_takes_letters_for_letters(tmp_path: Path) -> None:
    async with replay_of(EVENTS, tmp_path) as replay:
        await replay.press("end", "ctrl+f")
        await replay.press("t", "5")
        assert replay.position == len(EVENTS)
        assert "t5" in "\n".join(screen_lines(replay.pilot))
        await replay.press("escape")


LOOKS: dict[str, tuple[tuple[int, int], str, tuple[str, ...]]] = {
    "paused-with-inspector": ((120, 40), "tickertape-dark", ("4", "t", "full_stop", "full_stop")),
    "paused-light": ((120, 40), "tickertape-light", ("4", "t", "full_stop", "full_stop")),
    "end": ((120, 40), "tickertape-dark", ("end",)),
    "narrow": ((80, 24), "tickertape-dark", ("4", "t", "full_stop")),
    "narrow-events": ((80, 24), "tickertape-dark", ("4", "t", "i")),
    "small": ((60, 20), "tickertape-dark", ("4",)),
    "low": ((60, 15), "tickertape-dark", ("4",)),
    "playing": ((120, 40), "tickertape-dark", ("3", "space")),
    "go-live": ((120, 40), "tickertape-dark", ("t", "full_stop", "enter")),
}


@pytest.mark.parametrize("look", LOOKS)
def test_the_screen_looks_as_it_should(look: str, snap_compare: Any, tmp_path: Path) -> None:
    size, theme, keys = LOOKS[look]
    assert snap_compare(app_on(stream(*EVENTS), tmp_path, theme=theme), terminal_size=size, run_before=pressing(*keys))


def test_the_screen_in_ascii_looks_as_it_should(snap_compare: Any, tmp_path: Path) -> None:
    app = app_on(stream(*EVENTS), tmp_path, ascii=True)
    assert snap_compare(app, terminal_size=(100, 30), run_before=pressing("4", "t"))


def test_an_empty_recording_looks_as_it_should(snap_compare: Any, tmp_path: Path) -> None:
    assert snap_compare(app_on(b"nothing\n", tmp_path), terminal_size=(100, 30), run_before=pressing())


def test_a_foreign_stream_looks_as_it_should(snap_compare: Any, tmp_path: Path) -> None:
    path = next(path for path in FIXTURES if path.stem == "shared-state")
    app = app_on(path.read_bytes(), tmp_path)
    assert snap_compare(app, terminal_size=(120, 40), run_before=pressing("end", "comma", "comma"))
