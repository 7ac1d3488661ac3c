"""The replay in a real terminal, as a user starts it."""

import json
from pathlib import Path

import pytest

from tests.e2e.terminal import ESC, Terminal
from tests.tui.replays import session, stream

LEFT, END = "\x1b[D", "\x1b[F"


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "one.jsonl"
    path.write_bytes(stream(*session()))
    return path


def test_the_sample_plays_stops_seeks_and_is_left() -> None:
    with Terminal("replay", "--sample") as terminal:
        terminal.wait_for("playing")
        terminal.wait_for("replay")
        terminal.send(" ")
        terminal.wait_for("paused")
        terminal.send(END)
        terminal.wait_for("answered")
        terminal.send("5", "t", ".", ",", "]")
        terminal.wait_for("2x")
        terminal.send("\r")
        terminal.wait_for("Go on live from")
        terminal.send(ESC)
        terminal.wait_until_gone("Go on live from")
        terminal.send(ESC)
        assert terminal.wait_exit() == 0


def test_a_pipe_is_played_and_the_keys_come_from_the_terminal() -> None:
    with Terminal("replay", "-", "--speed", "max", piped=stream(*session())) as terminal:
        terminal.wait_for("answered")
        terminal.send("0")
        terminal.wait_for("event 1/")
        terminal.send(ESC)
        assert terminal.wait_exit() == 0


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (60, 20)])
def test_small_terminals_show_it_too(columns: int, rows: int, recording: Path) -> None:
    with Terminal("replay", str(recording), "--from", "50%", columns=columns, rows=rows) as terminal:
        terminal.wait_for("Question 1")
        terminal.send("i")
        terminal.wait_for("RUN_STARTED")
        terminal.send(ESC)
        terminal.wait_for("Conversation")


def test_a_session_is_found_by_its_id_and_gone_on_from(recording: Path, tmp_path: Path) -> None:
    sessions = tmp_path / "home" / "sessions"
    sessions.mkdir(parents=True)
    (sessions / "20261123-150000-abcdef.jsonl").write_bytes(recording.read_bytes())
    environment = {"TICKERTAPE_DATA_DIR": str(tmp_path / "home"), "TICKERTAPE_OFFLINE_RATE": "0"}
    with Terminal("replay", "20261123", "--speed", "max", env=environment) as terminal:
        terminal.wait_for("answered")
        terminal.send("\r")
        terminal.wait_for("Go on live from")
        terminal.send("\r")
        terminal.wait_for("Ask anything")
        terminal.wait_for("Question 2")
        terminal.send("2 + 3", "\r")
        terminal.wait_for("2 + 3 equals 5.")
    files = sorted(sessions.iterdir())
    assert len(files) == 2
    started = [json.loads(line) for line in files[1].read_text().splitlines() if "RUN_STARTED" in line]
    assert started[-1]["metadata"]["parentSession"] == "20261123-150000-abcdef"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "nothing to replay"),
        (("no-such",), "neither a file nor a session"),
        (("--sample", "--speed", "fast"), "--speed fast"),
        (("--sample", "--speed", "-1"), "--speed"),
        (("--sample", "--idle-limit", "0"), "--idle-limit 0"),
        (("--sample", "--from", "noon"), "--from noon"),
        (("--sample", "--from", "200%"), "--from 200%"),
        (("--sample", "--size", "80x24"), "--size goes with --export"),
        (("--sample", "--export", "x.cast", "--size", "3x3"), "--size 3x3"),
        (("--sample", "--print", "text", "--export", "x.cast"), "exclude each other"),
        (("--sample", "other"), "name no other"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(arguments: tuple[str, ...], words: str) -> None:
    with Terminal("replay", *arguments, columns=200) as terminal:
        assert terminal.wait_exit() == 2
        assert words in terminal.text
        assert len([line for line in terminal.lines if line.strip()]) == 1
