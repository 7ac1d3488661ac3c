"""Another program's output through a pipe: drawn as it comes, with its moments of arrival as those of its tokens."""

import json
import os
import shlex
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.terminal import Terminal, ctrl, program

pytestmark = pytest.mark.journey

_SAMPLES = Path(__file__).parents[1] / "agent" / "formats" / "imports" / "samples"
_RATE = 200
"""Deltas a second."""


def _line(record: dict[str, Any]) -> bytes:
    return json.dumps({"session_id": "s1", **record}).encode() + b"\n"


def _event(**event: Any) -> bytes:
    return _line({"type": "stream_event", "parent_tool_use_id": None, "event": event})


def _message(id: str) -> bytes:
    message = {"id": id, "type": "message", "role": "assistant", "model": "claude-test-1", "content": []}
    return _event(type="message_start", message=message)


def _block(index: int, **block: Any) -> bytes:
    return _event(type="content_block_start", index=index, content_block=block)


def _delta(index: int, **delta: Any) -> bytes:
    return _event(type="content_block_delta", index=index, delta=delta)


def _text(words: str) -> bytes:
    return _delta(0, type="text_delta", text=words)


def test_arguments_are_drawn_as_they_come_and_the_answer_keeps_up(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    command = ["sh", "-c", f"exec {shlex.join(program('replay', '-'))} < {shlex.quote(str(pipe))}"]
    assert command[2].startswith(f"exec {sys.executable}")
    with Terminal(command=command) as terminal, pipe.open("wb", buffering=0) as file:
        file.write(_line({"type": "system", "subtype": "init", "cwd": "/home/ada", "model": "claude-test-1"}))
        file.write(_message("m1") + _block(0, type="tool_use", id="t1", name="Weather", input={}))
        terminal.wait_for("claude-code, times of tokens")
        written = ""
        for piece in ('{"city":', '"Os', 'lo","days":', '"thr', 'ee"}'):
            file.write(_delta(0, type="input_json_delta", partial_json=piece))
            written += piece
            shown = written.split('"')[-1] or written.split('"')[-2]
            terminal.wait_for(shown.strip(':,"}') or "city")
        assert "18 degrees" not in terminal.text
        file.write(_event(type="content_block_stop", index=0) + _event(type="message_stop"))
        gave = [{"type": "tool_result", "tool_use_id": "t1", "content": "18 degrees"}]
        file.write(_line({"type": "user", "message": {"role": "user", "content": gave}, "parent_tool_use_id": None}))
        terminal.wait_for("18 degrees")
        file.write(_message("m2") + _block(0, type="text", text=""))
        began = time.monotonic()
        for number in range(_RATE):
            time.sleep(max(began + number / _RATE - time.monotonic(), 0))
            file.write(_text(f" w{number}"))
        terminal.wait_for(f"w{_RATE - 1}")
        assert "live" in terminal.text
        file.write(_event(type="content_block_stop", index=0) + _event(type="message_stop"))
        file.write(_line({"type": "result", "subtype": "success", "is_error": False, "total_cost_usd": 0.01}))
        file.close()
        terminal.wait_for("at end")
        assert "answered" in terminal.text
        terminal.send(ctrl("q"))
        assert terminal.wait_exit() == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--words", "600"], "claude-code, times of blocks, paced at 600 words a minute"),
        (["--cut-pauses"], "claude-code, times of blocks, paced at 3,000 words a minute, pauses cut"),
        ([], "claude-code, times of blocks"),
    ],
)
def test_the_title_says_how_a_session_is_played(tmp_path: Path, options: list[str], words: str) -> None:
    with Terminal("replay", str(_SAMPLES / "claude_code.jsonl"), *options) as terminal:
        terminal.wait_for(words)
        assert ("paced" in terminal.text) is bool(options)
        terminal.send(ctrl("q"))
        assert terminal.wait_exit() == 0


def test_a_session_that_is_still_written_opens_at_what_is_its_end_now(tmp_path: Path) -> None:
    path = tmp_path / "session.jsonl"
    path.write_bytes((_SAMPLES / "claude_code.jsonl").read_bytes())
    with Terminal("replay", str(path), "--from", "100%") as terminal:
        terminal.wait_for("And in Lima?")
        terminal.wait_for("live")
        terminal.send(ctrl("q"))
        assert terminal.wait_exit() == 0
