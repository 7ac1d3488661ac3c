"""What can be replayed, and what is said of what cannot: on the screen and printed."""

import asyncio
import json
import math
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from importlib.resources import files
from io import BufferedIOBase
from pathlib import Path
from typing import Any, cast

import pytest
from msgspec.structs import replace

from agent.events import framing
from agent.events import types as ev
from agent.reading import lines
from agent.reading import reader as reading
from agent.transcripts.writer import TranscriptWriter
from tests.agent.foreign import agents_stream
from tests.tui.panes.host import shown
from tests.tui.replays import Replay, replay_of, session, stream
from tui.cli.headless.replay import replay as printed
from tui.screens.replay.opening import Opening
from tui.screens.replay.screen import ReplayScreen

EVENTS = session()
WHOLE = stream(*EVENTS)
_VALID = files("ag_ui_validate") / "spec" / "fixtures" / "valid"

# Streams that others wrote

LOG = {
    "agentic-chat": ["Hello! How can I help you today?", "Chunked messages work too."],
    "agentic-generative-ui": ["All steps complete."],
    "backend-tool-rendering": ["Checking the weather…", "It is 21°C in Berlin."],
    "human-in-the-loop": ["I need your approval to delete 3 files.", "Done — 3 files deleted."],
    "predictive-state-updates": ["Written."],
    "shared-state": ["Adding garlic to the recipe."],
    "tool-based-generative-ui": [],
    "pydantic-ai": ["It is 21 degrees in both.", '{"weather":"a: 21"}'],
}
"""What each has to say."""
TREE = {
    "backend-tool-rendering": ["get_weather", 'city: "Berlin"', '{"tempC":21}'],
    "human-in-the-loop": ["confirm_action", 'action: "delete"', "count: 3"],
    "predictive-state-updates": ["write_document", 'document: "Hello world."'],
    "tool-based-generative-ui": ["generate_haiku", 'topic: "conformance"'],
    "pydantic-ai": ["weather", 'city: "Berlin"', "Berlin: 21", 'city: "Rome"', "Rome: 21", 'city: "a"', "a: 21"],
}
"""Its calls, their arguments and results."""
INSPECTED = {
    "agentic-generative-ui": {"STATE_SNAPSHOT": '"pending"', "STATE_DELTA": '"in_progress"'},
    "backend-tool-rendering": {"○ RAW": "langgraph_checkpoint"},
    "predictive-state-updates": {"○ CUSTOM": '"write_document"', "STATE_DELTA": "/document"},
    "shared-state": {"STATE_SNAPSHOT": '"Pasta"', "STATE_DELTA": "/recipe/ingredients/-"},
}
"""Events as the inspector lists them, ○ before what it alone shows, and some of their JSON."""


@pytest.fixture(params=LOG)
async def foreign(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A file of each valid stream."""
    path = tmp_path / f"{request.param}.jsonl"
    own = request.param == "pydantic-ai"
    path.write_bytes(await agents_stream() if own else (_VALID / path.name).read_bytes())
    return path


def test_every_valid_stream_is_known_here() -> None:
    names = {item.name.removesuffix(".jsonl") for item in _VALID.iterdir() if item.name.endswith(".jsonl")}
    assert names | {"pydantic-ai"} == set(LOG)


async def test_a_foreign_stream_is_on_the_screen_to_its_end(foreign: Path, tmp_path: Path) -> None:
    name = foreign.stem
    async with replay_of(foreign, tmp_path, size=(140, 50)) as replay:
        await replay.press("end", "z", "z")
        controller = replay.controller
        assert replay.position == len(controller.recording) > 0
        assert controller.recording.problems == []
        for words in LOG[name]:
            assert words in shown(controller.message_log)
        for words in TREE.get(name, ()):
            assert words in shown(controller.tool_tree)
        assert "answered" in shown(controller.status)
        for listed, words in INSPECTED.get(name, {}).items():
            lines = (controller.lines.line(number) for number in range(len(controller.lines)))
            position = 1 + next(number for number, line in enumerate(lines) if line.type == listed.removeprefix("○ "))
            controller.seek(partial(controller.player.seek_event, position))
            await replay.settle()
            assert f" {listed}" in shown(controller.inspector)
            assert words in shown(controller.event_json)


async def test_a_real_agents_stream_played_through_shows_the_same(tmp_path: Path) -> None:
    async with replay_of(await agents_stream(), tmp_path) as replay:
        await replay.press("end")
        at_end = replay.picture
        await replay.press("home", "space")
        replay.clock.advance(1_000)
        await replay.until(lambda: not replay.controller.player.playing)
        await replay.settle()
        assert replay.picture == at_end


@pytest.mark.parametrize("output_format", ["text", "steps", "json", "events"])
def test_a_foreign_stream_is_printed(
    foreign: Path, output_format: Any, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert printed(Opening(source=foreign, speed=math.inf, follow=False), output_format) == 0
    out, err = capfdbinary.readouterr()
    text = out.decode()
    assert err == b""
    match output_format:
        case "events":
            lines = foreign.read_text(encoding="utf-8").splitlines()
            assert text.splitlines() == [line.removeprefix("data: ") for line in lines if line]
        case "json":
            turns = json.loads("[" + text.replace("}\n{", "},{") + "]")
            assert turns[-1]["status"] == "answered"
        case "steps":
            for call in (words for words in TREE.get(foreign.stem, ()) if "_" in words or words == "weather"):
                assert f"Calling {call}..." in text
        case "text":
            for words in LOG[foreign.stem]:
                assert words in text


# Sources that are not as they should be


def _cut(line: bytes) -> bytes:
    return line[: len(line) // 2]


def _damaged() -> bytes:
    lines = WHOLE.splitlines()
    lines[3], lines[10], lines[20] = _cut(lines[3]), b"\xff\xfe\x00", b"[1, 2]"
    return b"\n".join(lines) + b"\n"


def _newer() -> bytes:
    events = [
        replace(event, metadata={**(event.metadata or {}), "format": 99}) if isinstance(event, ev.RunStarted) else event
        for event in EVENTS
    ]
    return stream(*events).replace(b"\n", b'\n{"type":"SOMETHING_NEW","value":1,"timestamp":1}\n', 1)


SHOWN: dict[str, tuple[bytes, str]] = {
    "damaged": (_damaged(), "line 21 is broken and was skipped"),
    "cut in its last line": (_cut(WHOLE), "is broken and was skipped: it is cut off where the stream ends"),
    "newer": (_newer(), "written by a newer tickertape (format 99); what this one knows is shown"),
    "carriage returns": (WHOLE.replace(b"\n", b"\r\n"), ""),
    "a byte order mark": (b"\xef\xbb\xbf" + WHOLE, ""),
    "endless line": (WHOLE + b"x" * 30_000, "is broken and was skipped: longer than 0 MB"),
    "endless line in the middle": (
        stream(*EVENTS[:40]) + b"y" * 30_000 + b"\n" + stream(*EVENTS[40:]),
        "line 41 is broken and was skipped: longer than 0 MB",
    ),
}
"""What is shown as far as can be, and what is said of the rest."""

NOTHING: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "it is empty"),
    "blank": (b"\n \n\n", "there is nothing in it"),
    "text": (b"hello\nworld\n", "line 1 is broken"),
    "binary": (bytes(range(256)) * 64, "line 1 is broken"),
    "JSON of something else": (b'{"hello": 1}\n' * 30, "line 1 is broken"),
    "one JSON value": (b'{\n  "a": [\n 1\n ]\n}\n', "line 1 is broken"),
    "zeros": (b"\0" * 40_000, "line 1 is broken and was skipped: longer than 0 MB"),
}
"""What holds no event, and what is said of it."""


@pytest.fixture
def short_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines of more than 20 kB are too long."""
    monkeypatch.setattr(framing, "LONGEST_LINE", 20_000)
    monkeypatch.setattr(framing, "_TOO_LONG", "longer than 0 MB")
    monkeypatch.setattr(lines, "_LONGEST_UNDECIDED", 40_000)
    monkeypatch.setattr(lines, "_WAITED", 4_096)
    monkeypatch.setattr(reading, "_FIRST_READ", 4_096)
    monkeypatch.setattr(reading, "_READ", 4_096)


async def _leaves(replay: Replay) -> None:
    """Esc leaves, whatever was opened."""
    assert isinstance(replay.pilot.app.screen, ReplayScreen)
    await replay.pilot.press("escape")
    await replay.until(lambda: replay.pilot.app._exit)
    assert replay.pilot.app.return_code == 0


@pytest.mark.usefixtures("short_lines")
@pytest.mark.parametrize("name", SHOWN)
async def test_as_much_as_can_be_shown_is_shown(name: str, tmp_path: Path) -> None:
    data, words = SHOWN[name]
    path = tmp_path / "one.jsonl"
    path.write_bytes(data)
    async with replay_of(path, tmp_path, size=(160, 40)) as replay:
        assert words in shown(replay.controller.status)
        await replay.press("end")
        assert replay.position > 30
        assert "Question 1" in shown(replay.controller.message_log)
        if name != "cut in its last line":
            assert "Question 2" in shown(replay.controller.message_log)
        await _leaves(replay)


@pytest.mark.usefixtures("short_lines")
@pytest.mark.parametrize("name", SHOWN)
def test_as_much_as_can_be_printed_is_printed(
    name: str, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    data, words = SHOWN[name]
    path = tmp_path / "one.jsonl"
    path.write_bytes(data)
    assert printed(Opening(source=path, speed=math.inf, follow=False), "text") == 0
    out, err = capfdbinary.readouterr()
    assert out.decode().startswith("The **result** is `7`:")
    assert words in err.decode()
    assert bool(err) == bool(words)


@pytest.mark.usefixtures("short_lines")
@pytest.mark.parametrize("name", NOTHING)
async def test_what_holds_no_event_is_said_and_left(name: str, tmp_path: Path) -> None:
    data, words = NOTHING[name]
    path = tmp_path / "other.jsonl"
    path.write_bytes(data)
    async with replay_of(path, tmp_path) as replay:
        said = " ".join(shown(replay.controller.message_log).split())
        assert f"other.jsonl: no event in it: {words}"[:60] in said
        assert "Esc leaves." in said
        await replay.until(lambda: "go on live" not in shown(replay.controller.status))
        await replay.press("space", "t", "full_stop", "5", "end", "i", "z", "right_square_bracket", "enter")
        await _leaves(replay)


@pytest.mark.usefixtures("short_lines")
@pytest.mark.parametrize("name", NOTHING)
def test_what_holds_no_event_is_said_in_one_line(
    name: str, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    data, words = NOTHING[name]
    path = tmp_path / "other.jsonl"
    path.write_bytes(data)
    assert printed(Opening(source=path, speed=math.inf, follow=False), "text") == 2
    out, err = capfdbinary.readouterr()
    assert out == b""
    assert f"other.jsonl: no event in it: {words}" in err.decode()
    assert len(err.splitlines()) == 1


UNREADABLE = [("missing.jsonl", "No such file"), ("", "Is a directory")]


@pytest.mark.parametrize(("name", "words"), UNREADABLE)
def test_what_cannot_be_read_is_said_in_one_line(
    name: str, words: str, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert printed(Opening(source=tmp_path / name, follow=False), "text") == 2
    err = capfdbinary.readouterr().err.decode()
    assert words in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(("name", "words"), UNREADABLE)
async def test_what_cannot_be_read_is_said_and_left(name: str, words: str, tmp_path: Path) -> None:
    async with replay_of(tmp_path / name, tmp_path) as replay:
        assert words in " ".join(shown(replay.controller.message_log).split())
        await _leaves(replay)


async def test_two_gigabytes_are_told_and_their_beginning_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "large.jsonl"
    path.write_bytes(WHOLE)
    os.truncate(path, 2 * 2**30)
    async with replay_of(path, tmp_path, size=(160, 40)) as replay:
        assert "too large to be shown whole" in shown(replay.controller.status)
        await replay.press("end")
        assert "Question 2" in shown(replay.controller.message_log)
        assert any("longer than 64 MB" in problem for problem in replay.controller.recording.problems)
        await _leaves(replay)


async def test_too_many_events_are_told_and_the_first_of_them_are_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MAX_EVENTS", 45)
    async with replay_of(EVENTS, tmp_path, size=(160, 40)) as replay:
        assert "its first 45 events are shown" in shown(replay.controller.status)
        await replay.press("end")
        assert replay.position == 45
        await _leaves(replay)


# Sources that grow


def _pipe() -> tuple[BufferedIOBase, int]:
    """A pipe's end to read from, and the other one."""
    reading, writing = os.pipe()
    return cast("BufferedIOBase", os.fdopen(reading, "rb")), writing


async def _plays_to(replay: Replay, position: int) -> None:
    """Let the clock go on until so many events have come and were played."""

    def is_there() -> bool:
        replay.clock.advance(1)
        return replay.position == position

    await replay.until(is_there)


async def test_a_pipe_that_goes_on_is_shown_as_it_comes_until_it_ends(tmp_path: Path) -> None:
    source, writing = _pipe()
    os.write(writing, stream(*EVENTS[:30]))
    async with replay_of(source, tmp_path, loaded=False) as replay:
        await replay.until(lambda: len(replay.controller.recording) == 30)
        await replay.press("end", "space")
        assert "● live" in shown(replay.screen.bar)
        assert "Question 1" in shown(replay.controller.message_log)
        os.write(writing, stream(*EVENTS[30:]))
        await _plays_to(replay, len(EVENTS))
        os.close(writing)
        await replay.until(lambda: replay.controller.recording.finished)
        await replay.until(lambda: "● live" not in shown(replay.screen.bar))
        assert not replay.controller.player.playing
        await _leaves(replay)


async def test_a_pipe_that_says_nothing_can_be_left(tmp_path: Path) -> None:
    source, writing = _pipe()
    async with replay_of(source, tmp_path, loaded=False) as replay:
        assert "Reading standard input" in shown(replay.controller.message_log)
        await replay.pilot.press("space", "t", "end", "enter")
        await _leaves(replay)
    os.close(writing)


async def test_a_named_pipe_is_read_and_its_writer_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    async with replay_of(path, tmp_path, loaded=False) as replay:
        writing = await asyncio.to_thread(os.open, path, os.O_WRONLY)
        os.write(writing, WHOLE)
        os.close(writing)
        await replay.until(lambda: replay.controller.recording.finished)
        assert len(replay.controller.recording) == len(EVENTS)
        await replay.press("end")
        assert "Question 2" in shown(replay.controller.message_log)
        await _leaves(replay)


async def test_a_named_pipe_that_nobody_writes_can_be_left(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    async with replay_of(path, tmp_path, loaded=False) as replay:
        assert "Reading pipe" in shown(replay.controller.message_log)
        await _leaves(replay)


_WRITER = """
import sys
from pathlib import Path
from agent.transcripts.writer import TranscriptWriter
writer = TranscriptWriter(Path(sys.argv[1]), create=False)
print("open", flush=True)
for line in sys.stdin:
    writer.write_lines([line.rstrip().encode()])
writer.close()
"""


@pytest.fixture
def writers() -> Iterator[Callable[[Path], "subprocess.Popen[str]"]]:
    """Starts other programs that hold a session's lock and write to it what they are given."""
    with ExitStack() as stack:

        def start(path: Path) -> "subprocess.Popen[str]":
            process = stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", _WRITER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
                )
            )
            stack.callback(process.kill)
            assert process.stdout is not None
            assert process.stdout.readline() == "open\n"
            return process

        yield start


def _give(writer: "subprocess.Popen[str]", *events: ev.Event) -> None:
    assert writer.stdin is not None
    writer.stdin.write(stream(*events).decode())
    writer.stdin.flush()


async def test_a_session_that_another_program_writes_is_followed_until_it_is_closed(
    tmp_path: Path, writers: Callable[[Path], "subprocess.Popen[str]"]
) -> None:
    path = tmp_path / "live.jsonl"
    turn = len(session(1))
    path.write_bytes(stream(*EVENTS[:turn]))
    writer = await asyncio.to_thread(writers, path)
    async with replay_of(path, tmp_path, loaded=False) as replay:
        await replay.until(lambda: len(replay.controller.recording) == turn)
        await replay.press("end", "space")
        assert "waits for more" in shown(replay.screen.bar), "it is open there, and nothing is written"
        _give(writer, *EVENTS[turn:60])
        await replay.until(lambda: "● live" in shown(replay.screen.bar))
        await _plays_to(replay, 60)
        assert replay.controller.player.playing
        _give(writer, *EVENTS[60:])
        assert writer.stdin is not None
        writer.stdin.close()
        await asyncio.to_thread(writer.wait)
        await _plays_to(replay, len(EVENTS))
        await replay.until(lambda: not replay.controller.player.playing)
        await replay.until(lambda: "● live" not in shown(replay.screen.bar))
        assert "Question 2" in shown(replay.controller.message_log)
        await _leaves(replay)


@pytest.mark.parametrize("fate", ["truncated", "deleted", "replaced"])
async def test_a_followed_file_that_is_lost_is_told_and_what_was_read_stays(fate: str, tmp_path: Path) -> None:
    path = tmp_path / "live.jsonl"
    path.write_bytes(stream(*EVENTS[:50]))
    writer = TranscriptWriter(path, create=False)
    async with replay_of(path, tmp_path, loaded=False, size=(160, 40)) as replay:
        await replay.until(lambda: len(replay.controller.recording) == 50)
        await replay.press("end")
        if fate == "truncated":
            os.truncate(path, 100)
        else:
            path.unlink()
            if fate == "replaced":
                path.write_bytes(stream(*EVENTS[:2]))
        await replay.until(lambda: replay.controller.recording.finished)
        await replay.until(lambda: "what was read of it is shown" in shown(replay.controller.status))
        assert len(replay.controller.recording) == 50
        assert "Question 1" in shown(replay.controller.message_log)
        assert "● live" not in shown(replay.screen.bar)
        await replay.press("home", "5", "end")
        await _leaves(replay)
    writer.close()
