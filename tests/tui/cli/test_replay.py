"""A recording on standard output: the formats, the place to begin, and what is said where there is nothing to print."""

import json
import math
from io import BytesIO
from pathlib import Path

import pytest

import agent
from agent.errors import UsageError
from agent.events import types as ev
from agent.events import wire
from agent.recordings.recording import Recording
from tests.agent.playing import texts_at
from tui.cli.headless.printers import Format
from tui.cli.headless.replay import replay
from tui.screens.replay.opening import Opening, Start

SAMPLE = Path(agent.__path__[0]) / "recordings" / "sample.jsonl"


def _printed(
    capfdbinary: pytest.CaptureFixture[bytes], source: Path, output_format: Format, start_ms: float = 0.0
) -> tuple[int, str, str]:
    code = replay(Opening(source=source, speed=math.inf, start=Start(ms=start_ms), follow=False), output_format)
    out, err = capfdbinary.readouterr()
    return code, out.decode(), err.decode()


def test_text_is_every_answer_and_a_blank_line_between_two(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert _printed(capfdbinary, SAMPLE, "text") == (
        0,
        "(3 + 4) * 2^5 equals 224.\n\n224 * 2 equals 448.\n\n"
        "10 / (5 - 5) cannot be worked out: division by zero has no result.\n\n"
        "1.5 + 2.25 equals 3.75. 3 * 7 equals 21. 2^10 equals 1024.\n",
        "",
    )


def test_a_replay_can_begin_at_a_moment_by_its_name(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    opening = Opening(source=SAMPLE, speed=math.inf, start=Start(moment="turn:4"), follow=False)
    assert replay(opening, "text") == 0
    said = "1.5 + 2.25 equals 3.75. 3 * 7 equals 21. 2^10 equals 1024."
    assert capfdbinary.readouterr().out.decode() == f"{said}\n"
    with pytest.raises(UsageError, match="there is no turn 9; there are 4 turns"):
        replay(Opening(source=SAMPLE, start=Start(moment="turn:9"), follow=False), "text")


def test_steps_are_the_calls_as_they_were_written(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    code, out, err = _printed(capfdbinary, SAMPLE, "steps")
    assert (code, err) == (0, "")
    assert out.startswith('Calling add...\n{"x":3,"y":4}\nCalling exponentiate...\n{"x":2,"y":5}\n\nCalling multiply')
    assert out.count("Calling final_answer...") == 4


def test_json_is_an_object_for_each_turn(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    code, out, _ = _printed(capfdbinary, SAMPLE, "json")
    assert code == 0
    turns = json.loads("[" + out.replace("}\n{", "},{") + "]")
    assert [turn["question"] for turn in turns][:2] == ["What is (3 + 4) * 2^5?", "now double it"]
    assert {turn["status"] for turn in turns} == {"answered"}


def test_json_of_a_recording_that_is_cut_off_says_so_and_has_what_was_said(
    capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> None:
    told: list[ev.Event] = [
        ev.RunStarted(thread_id="t", run_id="r"),
        ev.ReasoningMessageStart(message_id="why"),
        ev.ReasoningMessageContent(message_id="why", delta="Hm."),
        ev.ReasoningMessageEnd(message_id="why"),
        ev.TextMessageStart(message_id="m", role="assistant"),
        ev.TextMessageContent(message_id="m", delta="I look."),
        ev.TextMessageEnd(message_id="m"),
        ev.ToolCallStart(tool_call_id="c", tool_call_name="look_up"),
        ev.ToolCallArgs(tool_call_id="c", delta='{"word": "wh'),
    ]
    path = tmp_path / "cut.sse"
    path.write_bytes(b"".join(b"data: " + wire.encode(event) + b"\n\n" for event in told))
    code, out, err = _printed(capfdbinary, path, "json")
    (turn, (step,)) = (json.loads(out), json.loads(out)["steps"])
    assert (code, turn["status"], turn["error"]) == (1, "running", "Cut off here.")
    assert err == "tickertape: turn 1 is cut off where the recording ends\n"
    assert step["reasoning"] == [{"text": "Hm."}]
    assert step["messages"] == [{"text": "I look.", "kind": "preamble"}]
    assert [(call["name"], call["status"]) for call in step["calls"]] == [("look_up", "cut")]


def test_events_are_the_recorded_lines_unchanged(capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path) -> None:
    odd = tmp_path / "odd.jsonl"
    odd.write_bytes(
        b'{ "type":"RUN_ERROR",  "message":"\\u00e9 \xc3\xa9 \x7f", "more": 1.0 }\r\n{"type":"NEW","x":[1]}\n'
    )
    for path in (SAMPLE, odd):
        assert replay(Opening(source=path, speed=math.inf, follow=False), "events") == 0
        assert capfdbinary.readouterr().out == path.read_bytes().replace(b"\r", b"")


def test_it_begins_where_it_is_told_to(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    recording = Recording(SAMPLE)
    recording.read()
    second = recording.timeline[recording.marks.turns[1]] - 1
    code, out, _ = _printed(capfdbinary, SAMPLE, "text", second)
    assert (code, out.splitlines()[0]) == (0, "224 * 2 equals 448.")
    code, out, _ = _printed(capfdbinary, SAMPLE, "json", second + 100)
    assert (code, out.count('"question"')) == (0, 3), "the turn that it begins in is told whole"
    assert '"now double it"' in out
    code, out, _ = _printed(capfdbinary, SAMPLE, "events", second)
    assert json.loads(out.splitlines()[0])["type"] == "RUN_STARTED"
    code, out, err = _printed(capfdbinary, SAMPLE, "text", 1e9)
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert "s long" in err


def test_a_run_without_an_end_is_printed_as_far_as_it_goes(
    capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> None:
    path = tmp_path / "cut.jsonl"
    path.write_bytes(b"".join(wire.encode(event) + b"\n" for event in texts_at(1, 2, 3)))
    cut_off = "tickertape: turn 1 is cut off where the recording ends\n"
    assert _printed(capfdbinary, path, "text") == (1, "xx\n", cut_off)
    assert _printed(capfdbinary, path, "events")[::2] == (0, "")
    assert json.loads(_printed(capfdbinary, path, "json")[1])["status"] == "running"


def test_a_turn_that_failed_is_told_and_the_last_one_decides(
    capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> None:
    start, end = ev.RunStarted(thread_id="t", run_id="r"), ev.RunFinished(thread_id="t", run_id="r")
    failed = ev.RunError(message="Too many\x1b requests", code="429")
    path = tmp_path / "failed.jsonl"
    for events, code in (([start, failed], 1), ([start, failed, start, end], 0)):
        path.write_bytes(b"".join(wire.encode(event) + b"\n" for event in events))
        told = _printed(capfdbinary, path, "steps")
        assert told[::2] == (code, "tickertape: turn 1: the model failed: Too many␛ requests\n")


def test_a_stream_is_read_like_a_file(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert replay(Opening(source=BytesIO(SAMPLE.read_bytes()), speed=math.inf, follow=False), "events") == 0
    assert capfdbinary.readouterr().out == SAMPLE.read_bytes()


def test_what_is_no_recording_is_said_in_one_line(capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path) -> None:
    other = tmp_path / "other\x1b.txt"
    other.write_text("hello\nworld\n")
    for path in (other, tmp_path / "none.jsonl"):
        code, out, err = _printed(capfdbinary, path, "text")
        assert (code, out) == (2, "")
        assert len(err.splitlines()) == 1
        assert err.startswith("tickertape: ")
        assert "\x1b" not in err


def test_what_is_broken_is_told_and_the_rest_printed(capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path) -> None:
    path = tmp_path / "damaged.jsonl"
    path.write_bytes(SAMPLE.read_bytes().replace(b"\n", b"\n{half\n", 1))
    code, out, err = _printed(capfdbinary, path, "text")
    assert (code, out.splitlines()[0]) == (0, "(3 + 4) * 2^5 equals 224.")
    assert "line 2" in err
