"""`tickertape replay --print` as a process of its own: its pace, its pipes, and how it ends."""

import json
import signal
import subprocess
import time
from pathlib import Path

import pytest

import agent
from agent.events import types as ev
from agent.events import wire
from tests.e2e.asking import finished, start

SAMPLE = Path(agent.__path__[0]) / "recordings" / "sample.jsonl"


def test_a_pipe_is_printed_as_it_comes_and_a_reader_sees_each_event_at_once() -> None:
    process = start("replay", "-", "--print", "events", "--speed", "max", stdin=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    lines = SAMPLE.read_bytes().splitlines(keepends=True)[:3]
    for line in lines:
        process.stdin.write(line)
        assert process.stdout.readline() == line
    outcome = finished(process)
    assert (outcome.code, outcome.out, outcome.err) == (0, b"", "")


def test_the_recorded_pace_is_divided_by_the_speed() -> None:
    began = time.monotonic()
    outcome = finished(start("replay", str(SAMPLE), "--print", "text", "--speed", "20", "--idle-limit", "1"))
    assert (outcome.code, outcome.err) == (0, "")
    assert time.monotonic() - began > 0.4


def test_ctrl_c_ends_it_and_a_reader_that_leaves_does_too() -> None:
    process = start("replay", str(SAMPLE), "--print", "events")
    assert process.stdout is not None
    printed = process.stdout.readline()
    process.send_signal(signal.SIGINT)
    outcome = finished(process, before=printed)
    assert (outcome.code, outcome.err) == (130, "")
    assert SAMPLE.read_bytes().startswith(outcome.out)
    process = start("replay", str(SAMPLE), "--print", "steps", "--speed", "2")
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    with process:
        assert process.stderr is not None
        assert process.stderr.read() == b""
    assert process.returncode == 130


def test_json_is_a_line_for_each_turn_and_a_foreign_turn_without_a_result_has_its_answer(tmp_path: Path) -> None:
    recording = tmp_path / "two turns.jsonl"
    foreign = _foreign("an answer\u2028in two lines")
    recording.write_bytes(SAMPLE.read_bytes() + foreign)
    printed = finished(start("replay", str(recording), "--print", "json", "--speed", "max"))
    assert printed.code == 0
    assert "more than one thread" in printed.err
    turns = [json.loads(line) for line in printed.out.rstrip(b"\n").split(b"\n")]
    assert len(turns) > 1
    assert turns[-1]["answer"] == "an answer\u2028in two lines"


def _foreign(answer: str) -> bytes:
    """A turn of another agent, which tells no result."""
    events: list[ev.Event] = [
        ev.RunStarted(thread_id="t", run_id="foreign"),
        ev.TextMessageStart(message_id="m", role="assistant"),
        ev.TextMessageContent(message_id="m", delta=answer),
        ev.TextMessageEnd(message_id="m"),
        ev.RunFinished(thread_id="t", run_id="foreign"),
    ]
    return b"".join(wire.encode(event) + b"\n" for event in events)


def test_without_a_terminal_the_advice_names_what_was_to_be_played(tmp_path: Path) -> None:
    recording = tmp_path / "a b.jsonl"
    recording.write_bytes(SAMPLE.read_bytes())
    for words, advice in ((["--sample"], "replay --sample"), ([str(recording)], f"replay '{recording}'")):
        refused = finished(start("replay", *words))
        assert (refused.code, refused.out) == (2, b"")
        assert refused.err.endswith(f"without one: tickertape {advice} --print text\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no full disk to write to")
def test_a_full_disk_costs_no_traceback() -> None:
    full = finished(start("replay", str(SAMPLE), "--print", "events", "--speed", "max", redirection=">/dev/full"))
    assert (full.code, full.err) == (1, "tickertape: [Errno 28] No space left on device\n")
