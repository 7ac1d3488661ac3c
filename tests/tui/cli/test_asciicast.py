"""Asciicasts: valid, paced as recorded, and their last frame is the app's screen."""

import asyncio
import json
import re
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import pyte
import pytest

from agent.errors import TickertapeError, UsageError
from agent.events import types as ev
from agent.recordings.player import Player
from agent.recordings.recording import Recording
from agent.settings.settings import Settings
from tests.places import GOLDEN
from tests.tui.replays import HandClock, replay_of, screen_lines, session, stream
from tui.app.saving import save, write_new
from tui.cli.sharing.asciicast import CastVersion, StillClock, export, frame_times
from tui.screens.replay.opening import Opening, Start

EVENTS = session(1)
SIZE = (100, 30)
_SHORT: list[ev.Event] = [
    ev.RunStarted(timestamp=1_700_000_000_000, thread_id="t", run_id="r"),
    ev.ToolCallStart(timestamp=1_700_000_000_300, tool_call_id="c", tool_call_name="add"),
    ev.ToolCallArgs(timestamp=1_700_000_000_400, tool_call_id="c", delta='{"x": 1}'),
    ev.ToolCallEnd(timestamp=1_700_000_000_500, tool_call_id="c"),
    ev.ToolCallResult(timestamp=1_700_000_000_900, message_id="m", tool_call_id="c", content="2"),
    ev.TextMessageStart(timestamp=1_700_000_001_000, message_id="a", role="assistant"),
    ev.TextMessageContent(timestamp=1_700_000_001_100, message_id="a", delta="It is 2."),
    ev.TextMessageEnd(timestamp=1_700_000_001_200, message_id="a"),
    ev.RunFinished(timestamp=1_700_000_001_300, thread_id="t", run_id="r"),
]
"""A turn with a call and an answer."""


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "one.jsonl"
    path.write_bytes(stream(*EVENTS))
    return path


def cast(
    recording: Path, folder: Path, size: tuple[int, int] = SIZE, *, version: CastVersion = 2, **options: Any
) -> tuple[dict[str, Any], list[Any]]:
    """The header and the events of a cast of a recording; of v2, but for its markers."""
    path = folder / "out.cast"
    settings = Settings(model="offline", data_dir=folder)
    assert export(settings, Opening(source=recording, **options), path, size, version) == 0
    header, *events = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    path.unlink()
    return header, [event for event in events if version == 3 or event[1] != "m"]


def played(events: list[Any], size: tuple[int, int]) -> pyte.Screen:
    """The terminal after a cast."""
    screen = pyte.Screen(*size)
    terminal = pyte.Stream(screen)
    for _time, _kind, data in events:
        terminal.feed(data)
    return screen


def test_a_cast_is_its_golden_file(tmp_path: Path) -> None:
    source, path = tmp_path / "short.jsonl", tmp_path / "short.cast"
    source.write_bytes(stream(*_SHORT))
    settings = Settings(model="offline", data_dir=tmp_path)
    assert export(settings, Opening(source=source), path, (40, 15)) == 0
    assert path.read_text(encoding="utf-8") == (GOLDEN / "replay.cast").read_text(encoding="utf-8")


def test_a_cast_is_what_the_specification_says(recording: Path, tmp_path: Path) -> None:
    header, events = cast(recording, tmp_path)
    assert (header["version"], header["width"], header["height"]) == (2, *SIZE)
    assert header["timestamp"] == int((EVENTS[0].timestamp or 0) / 1000)
    assert header["title"] == "Question 1: what is (3 + 4) * 1?"
    assert header["env"] == {"TERM": "xterm-256color"}
    assert len(header["theme"]["palette"].split(":")) == 16
    times = [time for time, _, _ in events]
    assert times == sorted(times)
    assert all(isinstance(time, float | int) and kind == "o" and isinstance(data, str) for time, kind, data in events)
    assert times[0] == 0
    length = ((EVENTS[-1].timestamp or 0) - (EVENTS[0].timestamp or 0)) / 1000
    assert times[-1] == pytest.approx(length)
    assert all(later - sooner > 1 / 31 for sooner, later in pairwise(times[:-1]))


def test_the_third_version_counts_from_event_to_event_and_marks_turns_and_calls(
    recording: Path, tmp_path: Path
) -> None:
    _, old = cast(recording, tmp_path)
    header, events = cast(recording, tmp_path, version=3)
    assert (header["version"], header["term"]["cols"], header["term"]["rows"]) == (3, *SIZE)
    assert header["term"]["type"] == "xterm-256color"
    assert len(header["term"]["theme"]["palette"].split(":")) == 16
    moments = [*accumulate(interval for interval, _, _ in events)]
    assert all(interval >= 0 for interval, _, _ in events)
    drawn = [(moment, data) for moment, (_, code, data) in zip(moments, events, strict=True) if code == "o"]
    assert [data for _, data in drawn] == [data for _, _, data in old]
    assert [moment for moment, _ in drawn] == pytest.approx([moment for moment, _, _ in old], abs=1e-3)
    marks = {data: moment for moment, (_, code, data) in zip(moments, events, strict=True) if code == "m"}
    assert [*marks] == ["turn 1: Question 1: what is (3 + 4) * 1?", "call add", "call look_up", "call multiply"]
    began = next(event for event in EVENTS if isinstance(event, ev.ToolCallStart))
    assert marks["call add"] == pytest.approx(((began.timestamp or 0) - (EVENTS[0].timestamp or 0)) / 1000, abs=1e-3)


@pytest.fixture
async def at_end(tmp_path: Path) -> tuple[list[str], dict[tuple[int, int], str]]:
    """The text and the colours of the app's screen at the end of the recording."""
    async with replay_of(EVENTS, tmp_path / "app", size=SIZE) as replay:
        await replay.press("end")
        strips = replay.pilot.app.screen._compositor.render_strips()
        lines = [strip.text for strip in strips]
        colours = {
            (x, y): style.color.get_truecolor().hex.lstrip("#")
            for y, strip in enumerate(strips)
            for x, style in enumerate(style for text, style, _ in strip for _ in text)
            if style is not None and style.color is not None
        }
    return lines, colours


def test_the_last_frame_is_the_apps_own_screen(
    at_end: tuple[list[str], dict[tuple[int, int], str]], recording: Path, tmp_path: Path
) -> None:
    _header, events = cast(recording, tmp_path)
    screen = played(events, SIZE)
    lines, colours = at_end
    assert list(screen.display) == lines
    for (x, y), colour in colours.items():
        if lines[y][x] != " ":
            assert screen.buffer[y][x].fg == colour, (x, y, lines[y])


async def test_every_frame_is_the_apps_screen_at_its_moment(recording: Path, tmp_path: Path) -> None:
    _header, events = await asyncio.to_thread(cast, recording, tmp_path)
    screen = pyte.Screen(*SIZE)
    terminal = pyte.Stream(screen)
    async with replay_of(EVENTS, tmp_path / "app", size=SIZE) as replay:
        replay.controller.player.play()
        for number, (time, _kind, data) in enumerate(events[:-1]):
            terminal.feed(data)
            if number % 9 == 0:
                await replay.seek(replay.controller.player.seek, time * 1000)
                assert screen.display == screen_lines(replay.pilot), time
        replay.controller.pause()


def test_what_stays_is_not_written_again(recording: Path, tmp_path: Path) -> None:
    _header, events = cast(recording, tmp_path)
    screen = pyte.Screen(*SIZE)
    terminal = pyte.Stream(screen)
    terminal.feed(events[0][2])
    for _time, _kind, data in events[1:-1]:
        before = list(screen.display)
        rows = [int(row) - 1 for row in re.findall(r"\x1b\[(\d+);\d+H", data)]
        colours = [dict(screen.buffer[row]) for row in rows]
        terminal.feed(data)
        assert rows
        assert len(set(rows)) == len(rows)
        for row, colour in zip(rows, colours, strict=True):
            assert (screen.display[row], dict(screen.buffer[row])) != (before[row], colour)


def test_a_link_is_words_in_a_film(tmp_path: Path) -> None:
    path = tmp_path / "link.jsonl"
    path.write_bytes(stream(*EVENTS).replace(b"added,", b"[added](https://example.org),"))
    _header, events = cast(path, tmp_path)
    assert "it was added" in "".join(played(events, SIZE).display)
    assert not any("\x1b]8" in data for _time, _kind, data in events)


def test_pauses_are_shortened_and_the_pace_is_kept(recording: Path, tmp_path: Path) -> None:
    _header, events = cast(recording, tmp_path, speed=2.0, idle_limit=0.1)
    player = Player(Recording.of(EVENTS), StillClock(), idle_limit=0.1)
    assert events[-1][0] == pytest.approx(player.length / 2000)


def test_a_cast_can_begin_in_the_middle(recording: Path, tmp_path: Path) -> None:
    _header, events = cast(recording, tmp_path, start=Start(fraction=0.5))
    player = Player(Recording.of(EVENTS), StillClock())
    assert events[-1][0] == pytest.approx(player.length / 2000)


def test_an_hour_of_silence_is_few_frames() -> None:
    late = EVENTS[-1].timestamp or 0
    events = [*EVENTS[:-1], type(EVENTS[-1])(timestamp=late + 3_600_000, thread_id="t", run_id="run-1")]  # type: ignore[call-arg]
    times = list(frame_times(Player(Recording.of(events), HandClock()), 0.0))
    assert len(times) < len(events) + 100
    assert times == sorted(set(times))


def test_no_file_is_ever_overwritten(recording: Path, tmp_path: Path) -> None:
    (tmp_path / "out.cast").write_text("mine")
    with pytest.raises(UsageError, match="never overwritten"):
        cast(recording, tmp_path)
    with pytest.raises(TickertapeError, match="never overwritten"):
        write_new(tmp_path / "out.cast", [b"other"])
    assert (tmp_path / "out.cast").read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["one.jsonl", "out.cast"]


def test_nothing_is_written_of_what_holds_nothing(tmp_path: Path) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.write_bytes(b"")
    with pytest.raises(TickertapeError, match="nothing to export"):
        cast(empty, tmp_path)
    assert not (tmp_path / "out.cast").exists()


def test_pictures_get_names_of_their_own_and_another_folder_where_one_refuses(tmp_path: Path) -> None:
    first, second, third = (save("picture", ".svg", lambda: [b"<svg/>"], [tmp_path]) for _ in range(3))
    assert [path.name for path in (first, second, third)] == ["picture.svg", "picture-2.svg", "picture-3.svg"]
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert save("picture", ".svg", lambda: [b"<svg/>"], [blocked, tmp_path / "new"]).parent == tmp_path / "new"
    with pytest.raises(TickertapeError):
        save("picture", ".svg", lambda: [b"<svg/>"], [blocked])
