"""Journeys through the replay screen, by its own keys and the mouse, on a clock that is set by hand."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from ag_ui_validate.pytest_plugin import assert_valid_agui
from textual.pilot import Pilot
from textual.widgets import Input

from agent.conversation.finding import Finder
from agent.conversation.reducer import Conversation
from agent.events import types as ev
from agent.reading.lines import read_lines
from agent.settings.settings import Settings
from tests.agent.formats.imports.reading import SAMPLES
from tests.tui.chatting import chat_in
from tests.tui.panes.host import shown
from tests.tui.replays import (
    FIXTURES,
    SHARED_STATE,
    HandClock,
    app_on,
    pressing,
    replay_in,
    replay_of,
    screen_lines,
    session,
    stream,
)
from tests.tui.settling import PATIENCE, settle
from tui.app.app import TickertapeApp
from tui.drawing.markdown.shown import shown_lines
from tui.panes.find.bar import FindBar
from tui.screens.chat.screen import ChatScreen
from tui.screens.replay.go_live import GoLiveScreen
from tui.screens.replay.opening import Opening, parse_start
from tui.screens.replay.screen import ReplayScreen

EVENTS = session()
CALLS = [number for number, event in enumerate(EVENTS) if isinstance(event, ev.ToolCallStart)]
TURNS = [number for number, event in enumerate(EVENTS) if isinstance(event, ev.RunStarted)]


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


@pytest.mark.parametrize("name", ["claude_code.jsonl", "codex.jsonl", "openai_chat.jsonl"])
async def test_another_programs_session_opened_at_its_end_stands_behind_its_last_event(
    tmp_path: Path, name: str
) -> None:
    """What closes it is told only once all of it has been read."""
    opening = Opening(source=SAMPLES / name, playing=False, follow=False, start=parse_start("100%"))
    app = TickertapeApp(Settings(model="offline", data_dir=tmp_path), replay=opening)
    async with replay_in(app, HandClock()) as replay:
        assert replay.position == len(replay.controller.recording)
        assert "at end" in shown(replay.screen.bar)


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
        assert "at end" in shown(replay.screen.bar)
        assert "Space again" in shown(replay.screen.bar)
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
        await replay.press("z", "o")
        assert "Ctrl+T goes there" in replay.controller.status.notice
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

        def has_ended() -> bool:
            replay.clock.advance(1)  # again and again: it may not wait for a moment yet
            return replay.position == len(EVENTS)

        await replay.until(has_ended)
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
        async with asyncio.timeout(PATIENCE):
            while not isinstance(app.screen, ReplayScreen) or app.screen.replay is None:
                await pilot.pause(0.01)
        await pilot.press("t", "escape")
        async with asyncio.timeout(PATIENCE):
            while not isinstance(app.screen, ChatScreen):
                await pilot.pause(0.01)
        assert chat.prompt.text == "a draft"
        await app.action_leave()


async def test_escape_leaves_the_program_that_was_started_with_it(tmp_path: Path) -> None:
    async with replay_of(EVENTS, tmp_path) as replay:
        await replay.pilot.press("escape")
        await replay.until(lambda: replay.pilot.app._exit)
        assert replay.pilot.app.return_code == 0


async def _chat_on(pilot: Pilot[int]) -> ChatScreen:
    """The chat, as soon as it is seen and filled."""
    async with asyncio.timeout(PATIENCE):
        while not isinstance(screen := pilot.app.screen, ChatScreen) or screen.chat is None:
            await pilot.pause(0.01)
    return screen


async def _is_at(pilot: Pilot[int], chat: ChatScreen, key: str) -> None:
    """Wait until the chat is where a key leads to."""
    assert chat.chat is not None
    history = chat.chat.history
    async with asyncio.timeout(PATIENCE):
        while not {
            "ctrl+n": chat.prompt.has_focus and not chat.runs,
            "ctrl+b": history.list.has_focus,
            "ctrl+r": history.is_searching,
        }[key]:
            await pilot.pause(0.01)


@pytest.mark.parametrize("key", ["ctrl+n", "ctrl+b", "ctrl+r"])
async def test_the_chats_keys_lead_from_a_replay_into_a_chat(key: str, tmp_path: Path) -> None:
    async with replay_of(EVENTS, tmp_path, size=(80, 24)) as replay:
        await replay.press("t")
        await replay.pilot.press(key)
        chat = await _chat_on(replay.pilot)
        await _is_at(replay.pilot, chat, key)
        await replay.pilot.app.run_action("leave")


@pytest.mark.parametrize("key", ["ctrl+n", "ctrl+b", "ctrl+r"])
async def test_the_chats_keys_lead_from_a_replay_back_to_the_chat_under_it(key: str, tmp_path: Path) -> None:
    async with chat_in(tmp_path) as under:
        await under.ask("2 + 3")
        under.controller.history.focus()  # as where the replay is asked for there: it must not be hidden
        assert under.controller.session.path is not None
        under.pilot.app.open_replay(Opening(source=under.controller.session.path, playing=True))  # type: ignore[attr-defined]
        await under.until(lambda: isinstance(under.pilot.app.screen, ReplayScreen))
        await under.pilot.press(key)
        assert await _chat_on(under.pilot) is under.screen
        await _is_at(under.pilot, under.screen, key)


@pytest.mark.parametrize("key", ["r", "e"])
async def test_what_asks_the_model_in_a_chat_tells_how_to_go_on(key: str, tmp_path: Path) -> None:
    async with replay_of(EVENTS, tmp_path) as replay:
        for pane in (replay.screen.bar, replay.controller.message_log):
            pane.focus()
            replay.screen.notice("")
            await replay.press(key)
            assert "Enter goes on live" in replay.controller.status.notice


async def test_quitting_a_replay_asks_where_a_turn_goes_on_under_it(tmp_path: Path) -> None:
    path = tmp_path / "one.jsonl"
    path.write_bytes(stream(*EVENTS))
    async with chat_in(tmp_path, rate=3) as under:
        await under.begin()
        app = under.pilot.app
        app.open_replay(Opening(source=path, playing=False))  # type: ignore[attr-defined]
        await under.until(lambda: isinstance(app.screen, ReplayScreen) and app.screen.replay is not None)
        await under.pilot.press("ctrl+q")
        assert app.is_running
        assert isinstance(app.screen, ReplayScreen)
        assert app.screen.replay is not None
        assert "Ctrl+Q again to cancel and quit" in app.screen.replay.status.notice


@pytest.mark.parametrize("complete", [False, True])
async def test_going_on_live_begins_a_session_that_ends_there(complete: bool, tmp_path: Path) -> None:
    path = tmp_path / "sessions" / "original.jsonl"
    path.parent.mkdir()
    path.write_bytes(stream(*EVENTS))
    before = (path.read_bytes(), path.stat().st_mtime_ns)
    async with replay_of(path, tmp_path, model="openai:never-asked") as replay:
        await replay.press("n", "n", "t", "full_stop", "full_stop")
        await replay.press("enter")
        dialog = replay.pilot.app.screen
        assert isinstance(dialog, GoLiveScreen)
        assert "add is cut here" in "\n".join(screen_lines(replay.pilot))
        model = dialog.query_one(Input)
        assert model.value == "openai:never-asked"
        await replay.pilot.press(*["backspace"] * len(model.value), *"offline")
        await replay.pilot.press(*(["down"] if complete else []), "enter")
        chat = await _chat_on(replay.pilot)
        assert chat.chat is not None
        new = chat.chat.session
        assert new.path is not None
        assert new.path != path
        assert new.parent is not None
        assert (new.parent.session, new.parent.run) == ("original", "run-2")
        assert [run.question[:10] for run in new.conversation.runs] == ["Question 1", "Question 2"]
        assert [call.name for call in new.conversation.runs[1].calls] == (["add"] if complete else [])
        chat.prompt.insert("2 + 3")
        await replay.pilot.press("enter")
        await replay.until(lambda: len(new.conversation.runs) == 3 and not new.conversation.runs[2].is_open)
        assert new.conversation.runs[2].answer == "2 + 3 equals 5."
        sidebar = chat.chat.history.list
        await replay.until(lambda: "▶ Question 1" in shown(sidebar))
        assert "▼ └ fork 2.1: offline" in shown(sidebar)
        assert "3 ✓ 2 + 3" in shown(sidebar)
        await replay.pilot.app.run_action("leave")
    lines = new.path.read_text(encoding="utf-8").splitlines()
    assert_valid_agui(lines, max_warnings=0)
    started = [line.event for line in read_lines(new.path) if isinstance(line.event, ev.RunStarted)]
    told = [event.metadata or {} for event in started]
    assert [metadata.get("parentSession") for metadata in told] == [None, None, "original"]
    assert told[-1]["model"] == "offline"
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert {file.name for file in path.parent.iterdir()} == {path.name, new.path.name}


async def test_a_folder_that_takes_nothing_is_told_and_the_replay_stays(tmp_path: Path) -> None:
    path = tmp_path / "one.jsonl"
    path.write_bytes(stream(*EVENTS))
    (tmp_path / "data").write_text("a file where the folder should be")
    async with replay_of(path, tmp_path / "data", size=(160, 40)) as replay:
        await replay.press("5", "enter")
        await replay.pilot.press("enter")
        await replay.until(lambda: isinstance(replay.pilot.app.screen, ReplayScreen))
        await replay.until(lambda: "data" in replay.controller.status.notice)
        assert "Not a directory" in replay.controller.status.notice or "exists" in replay.controller.status.notice
        position = replay.position
        await replay.press("t")
        await replay.until(lambda: replay.position > position)


async def test_before_the_first_event_there_is_nothing_to_go_on_from(tmp_path: Path) -> None:
    async with replay_of(EVENTS, tmp_path) as replay:
        await replay.press("enter")
        assert isinstance(replay.pilot.app.screen, ReplayScreen)
        assert "nothing yet to go on from" in replay.controller.status.notice


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
        chat = await _chat_on(replay.pilot)
        assert chat.chat is not None
        assert chat.chat.session.path is not None
        assert [run.question for run in chat.chat.session.conversation.runs] == questions
        await replay.pilot.app.run_action("leave")


# Finding


@pytest.mark.parametrize("keys", ["t5", "0 . , [ ]", "pnTzio", "f?"])
async def test_finding_takes_letters_for_letters(keys: str, tmp_path: Path) -> None:
    async with replay_of(EVENTS, tmp_path) as replay:
        await replay.press("5", "ctrl+f")
        position, speed = replay.position, replay.controller.player.speed
        await replay.press(*("space" if key == " " else key for key in keys), "left", "home", "right", "end")
        assert (replay.position, replay.controller.player.speed) == (position, speed)
        assert not replay.controller.player.playing
        assert replay.screen.query_one(FindBar).query_text == keys
        assert replay.screen.panes["events"].display
        await replay.press("escape")
        await replay.until(lambda: not replay.screen.query_one(FindBar).is_open)
        await replay.press("t")
        assert replay.position > position


async def test_what_is_found_follows_the_moment_that_is_shown(tmp_path: Path) -> None:
    def found(position: int) -> int:
        finder, runs = Finder(shown_lines), Conversation(EVENTS[:position]).runs
        list(finder.reading(runs))
        return len(finder.find(runs, "multipl"))

    async with replay_of(EVENTS, tmp_path) as replay:
        await replay.press("end", "ctrl+f", *"multipl")
        bar = replay.screen.query_one(FindBar)
        await replay.until(lambda: bool(bar.count))
        assert bar.count == found(len(EVENTS)) > 2
        for share in (0.3, 0.0, 0.6, 1.0, 0.1):
            await replay.seek(replay.controller.player.seek_fraction, share)
            assert bar.count == found(replay.position)
        replay.screen.action_toggle_playing()
        await replay.until(lambda: replay.controller.player.playing)
        while replay.controller.player.playing:
            await replay.pass_time(1.5)
            await replay.until(lambda: bar.count == found(replay.position))
        assert replay.position == len(EVENTS)


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
    "help": ((80, 24), "tickertape-dark", ("f1",)),
}


@pytest.mark.parametrize("look", LOOKS)
def test_the_screen_looks_as_it_should(look: str, snap_compare: Any, tmp_path: Path) -> None:
    size, theme, keys = LOOKS[look]
    assert snap_compare(app_on(stream(*EVENTS), tmp_path, theme=theme), terminal_size=size, run_before=pressing(*keys))


def test_the_screen_in_ascii_looks_as_it_should(snap_compare: Any, tmp_path: Path) -> None:
    app = app_on(stream(*EVENTS), tmp_path, ascii=True)
    assert snap_compare(app, terminal_size=(100, 30), run_before=pressing("4", "t"))


def test_the_help_explains_the_track_in_the_signs_that_are_drawn(snap_compare: Any, tmp_path: Path) -> None:
    app = app_on(stream(*EVENTS), tmp_path, ascii=True)
    assert snap_compare(app, terminal_size=(100, 30), run_before=pressing("f1"))


def test_an_empty_recording_looks_as_it_should(snap_compare: Any, tmp_path: Path) -> None:
    assert snap_compare(app_on(b"nothing\n", tmp_path), terminal_size=(100, 30), run_before=pressing())


def test_a_foreign_stream_looks_as_it_should(snap_compare: Any, tmp_path: Path) -> None:
    app = app_on(SHARED_STATE.read_bytes(), tmp_path)
    assert snap_compare(app, terminal_size=(120, 40), run_before=pressing("end", "comma", "comma"))


@pytest.mark.parametrize("name", ["claude_code", "claude_stream", "codex", "otlp"])
def test_another_programs_session_looks_as_it_should_and_says_what_its_times_are_worth(
    name: str, snap_compare: Any, tmp_path: Path
) -> None:
    app = app_on((SAMPLES / f"{name}.jsonl").read_bytes(), tmp_path)
    assert snap_compare(app, terminal_size=(120, 40), run_before=pressing("end"))
