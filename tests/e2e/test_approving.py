"""A tool that asks, with raw keys through a real terminal: typing decides nothing, a key that was meant does."""

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.asking import transcripts
from tests.e2e.terminal import ENTER, ESC, Terminal, pasted

pytestmark = pytest.mark.journey

_PAUSE = 1.3
"""Seconds: longer than what typing has to pause for."""
_TOOL = '''\
"""A tool that asks."""

from langchain_core.tools import tool


@tool
def rest(seconds: float) -> str:
    """Rest for a while."""
    return f"rested {seconds}"
'''


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[Terminal]:
    """A program in which a tool asks, whose answers count."""
    (tmp_path / "resting.py").write_text(_TOOL)
    with Terminal("--tools", "resting:rest", env={"TICKERTAPE_OFFLINE_RATE": "0"}, cwd=tmp_path) as terminal:
        terminal.wait_for("○ ready")
        terminal.send("rest(seconds=1)", ENTER)
        terminal.wait_for("rest asks to run")
        terminal.wait_for(lambda t: t.colour_of("this session") == t.colour_of("rest(seconds") != "")
        yield terminal


def events() -> list[dict[str, Any]]:
    """What was recorded so far."""
    (path,) = transcripts()
    return [json.loads(line) for line in path.read_text().splitlines()]


def decisions() -> list[dict[str, Any]]:
    """What was decided about the call, as the transcript tells it."""
    told = [event["value"] for event in events() if event.get("name") == "tickertape.approval"]
    return [value for value in told if value["state"] != "requested"]


@pytest.mark.parametrize("typed", ["so soon no one", "only", "exactly", "r\x7f", "oo"])
def test_words_that_begin_with_an_answer_are_words_however_fast_they_come(asked: Terminal, typed: str) -> None:
    asked.send(typed)
    asked.wait_for(lambda t: t.prompt == typed.replace("r\x7f", "Ask anything"))
    time.sleep(_PAUSE)
    assert "rest asks to run" in asked.text
    assert decisions() == []
    asked.send("n")
    asked.wait_until_gone("asks to run")
    assert [decision["state"] for decision in decisions()] == ["denied"]


def test_a_line_that_sends_in_bursts_decides_nothing(asked: Terminal) -> None:
    for burst in ("o", "nly so", " se", "e you soon"):
        asked.send(burst)
        time.sleep(0.2)
    asked.wait_for(lambda t: t.prompt == "only so see you soon")
    assert decisions() == []


def test_a_program_that_stood_still_does_not_take_that_for_a_pause_in_typing(asked: Terminal) -> None:
    asked.send("x")
    asked.wait_for(lambda t: t.prompt == "x")
    os.kill(asked.process.pid, signal.SIGSTOP)
    asked.send("o")
    time.sleep(_PAUSE)
    os.kill(asked.process.pid, signal.SIGCONT)
    asked.wait_for(lambda t: t.prompt == "xo")
    assert "rest asks to run" in asked.text
    assert decisions() == []


def test_a_paste_is_no_answer_and_a_letter_before_it_none_either(asked: Terminal) -> None:
    asked.send("o" + pasted("n\ns"))
    asked.wait_for(lambda t: t.prompt == "on\ns")
    assert decisions() == []


def test_a_reason_that_is_given_is_told_to_the_model_and_recorded(asked: Terminal) -> None:
    asked.send("r")
    asked.wait_for("No, because:")
    asked.send("no need, so soon", ENTER)
    asked.wait_for("rest: not allowed: no need, so soon")
    asked.wait_for("answered")
    assert decisions() == [
        {"toolCallId": decisions()[0]["toolCallId"], "state": "denied", "reason": "no need, so soon"}
    ]
    (result,) = [event["content"] for event in events() if event["type"] == "TOOL_CALL_RESULT"][:1]
    assert result.endswith("The user says: no need, so soon")


def test_changed_arguments_are_what_runs_and_the_log_says_so(asked: Terminal) -> None:
    asked.send("e")
    asked.wait_for("a number")
    asked.send("\x7f" * 5, "7", ENTER)
    asked.wait_for("rested 7")
    asked.wait_for("allowed with other arguments")
    assert decisions()[0]["arguments"] == {"seconds": 7}


def test_esc_says_no_and_the_first_half_of_an_arrow_does_not(asked: Terminal) -> None:
    asked.send("\x1b[A")
    time.sleep(_PAUSE)
    assert decisions() == []
    asked.send(ESC)
    asked.wait_until_gone("asks to run")
    assert [decision["state"] for decision in decisions()] == ["denied"]
