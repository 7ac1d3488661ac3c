"""Journeys through the whole program, in a real terminal, on the offline model."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.asking import data_dir, finished, start, transcripts
from tests.e2e.terminal import DOWN, ENTER, ESC, TAB, UP, Terminal, ctrl, pasted

pytestmark = pytest.mark.journey

READY = "○ ready"
QUESTION = "What is (3 + 4) * 2^5?"
SLOW, FAST = {"TICKERTAPE_OFFLINE_RATE": "4"}, {"TICKERTAPE_OFFLINE_RATE": "0"}
USER_TOOLS = '''
import time

def nap(seconds: float) -> str:
    """Sleep for some seconds."""
    time.sleep(seconds)
    return "rested"
'''


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A folder with a user's tools in it."""
    folder = tmp_path / "tools"
    folder.mkdir()
    (folder / "e2e_naps.py").write_text(USER_TOOLS)
    return folder


def focused(title: str) -> Callable[[Terminal], bool]:
    """Whether the pane of this title has the keys: its frame is the heavy one."""
    return lambda terminal: re.search(f"━ {title} ━", terminal.text) is not None


def in_input(terminal: Terminal) -> bool:
    """Whether the input has the keys."""
    return any(line.startswith("┏") for line in terminal.lines[-8:])


def saved_questions() -> list[str]:
    """The questions of all saved runs."""
    lines = [json.loads(line) for path in transcripts() for line in path.read_text().splitlines()]
    return [line["input"]["messages"][-1]["content"] for line in lines if line["type"] == "RUN_STARTED"]


def assert_restored(terminal: Terminal) -> None:
    """The terminal was left as it was found: the main screen, the cursor, no mouse and no paste mode."""
    for on, off in (("?1049h", "?1049l"), ("?25l", "?25h"), ("?2004h", "?2004l"), ("?1003h", "?1003l")):
        assert terminal.output.rfind(f"\x1b[{off}") > terminal.output.rfind(f"\x1b[{on}"), off
    assert "Traceback" not in terminal.output


def test_a_question_is_worked_out_in_three_visible_steps() -> None:
    with Terminal(env=FAST) as terminal:
        terminal.send(QUESTION)  # before the first paint: what is typed early is kept
        terminal.wait_for(lambda t: t.prompt == QUESTION)
        terminal.wait_for(READY)
        terminal.send(ENTER)
        terminal.wait_for("✓ answered")
        lines = terminal.lines
        log = "\n".join(line[28:79] for line in lines)
        tree = [re.sub(r"\W+", " ", line[81:118]).strip() for line in lines]
        assert "(3 + 4) * 2^5 equals 224." in log
        steps = [line for line in tree if re.match(r"(step \d|add|exponentiate|multiply|final_answer)\b", line)]
        names = [" ".join(line.split()[:2]) if line.startswith("step") else line.split()[0] for line in steps]
        assert names[:7] == ["step 1", "add", "exponentiate", "step 2", "multiply", "step 3", "final_answer"]
        assert "224" in tree
        assert QUESTION in lines[0]
        assert "1 ✓ What is (3 + 4)" in terminal.text
        terminal.send("now double it", ENTER)
        terminal.wait_for("equals 448.")
        terminal.wait_for("✓ answered")
        terminal.send(ctrl("d"))
        assert terminal.wait_exit() == 0
        assert_restored(terminal)
    assert saved_questions() == [QUESTION, "now double it"]


def test_every_pane_of_a_small_terminal_is_reached_by_keys() -> None:
    with Terminal(env=FAST, columns=80, rows=24) as terminal:
        terminal.wait_for(READY)
        terminal.send(QUESTION, ENTER)
        terminal.wait_for("equals 224.")
        for columns, rows in ((80, 24), (60, 20)):
            terminal.resize(columns, rows)
            _visit_every_pane(terminal)
            terminal.resize(40, 12)
            terminal.wait_for("larger terminal")
            assert "Conversation" not in terminal.text
        terminal.resize(60, 20)
        terminal.wait_until_gone("larger terminal")
        terminal.wait_for("equals 224.")
        terminal.send("still here")
        terminal.wait_for(lambda t: t.prompt == "still here")
        terminal.send(ctrl("q"))
        assert terminal.wait_exit() == 0
        assert_restored(terminal)


def _visit_every_pane(terminal: Terminal) -> None:
    """To each pane by its keys and back to the input."""
    terminal.wait_for(lambda t: "equals 224." in t.text and "larger terminal" not in t.text and in_input(t))
    assert "History" not in terminal.text
    terminal.send(TAB)
    terminal.wait_for(focused("Conversation"))
    terminal.send(ESC)
    terminal.wait_for(in_input)
    terminal.send(ctrl("b"))
    terminal.wait_for(focused("History"))
    terminal.wait_for("1 ✓ What is")
    terminal.send(ctrl("t"))
    terminal.wait_for(focused("Steps"))
    assert "History" not in terminal.text
    terminal.wait_for("final_answer")
    terminal.send(ESC)
    terminal.wait_for(lambda t: "Steps" not in t.text and in_input(t))
    terminal.send(ctrl("b"))
    terminal.wait_for(focused("History"))
    terminal.send(ctrl("b"))
    terminal.wait_for(lambda t: "History" not in t.text and in_input(t))


def test_the_input_takes_lines_and_pastes_and_enter_sends_them() -> None:
    with Terminal(env=FAST) as terminal:
        terminal.wait_for(READY)
        terminal.send("one", ctrl("j"), "two", "\x1b\r", "three")
        terminal.wait_for(lambda t: t.prompt == "one\ntwo\nthree")
        terminal.send(pasted("\rfour\r\nfive\n"))
        terminal.wait_for(lambda t: t.prompt.rstrip() == "one\ntwo\nthree\nfour\nfive")
        assert transcripts() == []
        terminal.send("six", ENTER)
        terminal.wait_for("✓ answered")
        terminal.send("draft")
        terminal.wait_for(lambda t: t.prompt == "draft")
        terminal.send(ctrl("d"))  # no quitting: there is text
        terminal.send(UP)
        terminal.wait_for(lambda t: t.prompt.endswith("five\nsix"))
        terminal.send(*[DOWN] * 6)
        terminal.wait_for(lambda t: t.prompt == "draft")
        terminal.send(ctrl("c"))
        terminal.wait_for("Ctrl+C again to quit")
        terminal.send(ctrl("c"), ctrl("c"))  # two, for the first may come so late that it asks again
        assert terminal.wait_exit() == 0
        assert_restored(terminal)
    assert saved_questions() == ["one\ntwo\nthree\nfour\nfive\nsix"]


def test_esc_cancels_keeps_what_was_said_and_r_tries_again() -> None:
    with Terminal(env=SLOW) as terminal:
        terminal.wait_for(READY)
        terminal.send(QUESTION, ENTER)
        terminal.wait_for("x: 3")
        # Alt and an arrow, as some terminals send it: no cancel, but a walk.
        terminal.send(ESC + UP)
        terminal.wait_for("y: 4")
        terminal.wait_for("exponentiate")
        assert "Cancelled" not in terminal.text
        terminal.send(ESC)
        terminal.wait_for("Cancelled")
        terminal.wait_for("r\u00a0in\u00a0this\u00a0pane\u00a0tries\u00a0again")
        assert "add" in terminal.text
        terminal.send(TAB)
        terminal.wait_for(lambda t: not in_input(t))
        terminal.send("r")
        terminal.wait_for(lambda t: t.text.count("● streaming") == 1)
        terminal.send(ESC)
        terminal.wait_for(in_input)
        terminal.send(ESC)
        terminal.wait_for("cancelled ")
        terminal.send(ctrl("q"))
        assert terminal.wait_exit() == 0
    assert saved_questions() == [QUESTION, QUESTION]
    (path,) = transcripts()
    codes = [json.loads(line).get("code") for line in path.read_text().splitlines() if "RUN_ERROR" in line]
    assert codes == ["cancelled", "cancelled"]


def test_a_users_tool_asks_first_and_never_holds_up_the_exit(tools: Path) -> None:
    with Terminal("--tools", "e2e_naps:nap", env=FAST, cwd=tools) as terminal:
        terminal.wait_for(READY)
        terminal.send("nap(seconds=0.01)", ENTER)
        terminal.wait_for("nap asks to run")
        _answer(terminal, "n")
        terminal.wait_for("The user did not allow this call.")
        terminal.wait_for("✓ answered")
        terminal.send("nap(seconds=0.02)", ENTER)
        terminal.wait_for("nap asks to run")
        _answer(terminal, "o")
        terminal.wait_for("nap returned: rested.")
        terminal.wait_for("✓ answered")
        terminal.send("nap(seconds=600)", ENTER)
        terminal.wait_for("nap asks to run")
        _answer(terminal, "o")
        terminal.wait_for("running nap")
        terminal.send(ctrl("q"))
        assert terminal.wait_exit() == 0
        assert_restored(terminal)
    last = json.loads(transcripts()[0].read_text().splitlines()[-1])
    assert (last["type"], last["code"]) == ("RUN_ERROR", "cancelled")


def _answer(terminal: Terminal, key: str) -> None:
    """Answer the tool that asks, once it takes an answer: what is typed too early is not meant for it."""
    terminal.wait_for(lambda t: t.colour_of("this session") == t.colour_of("nap(seconds") != "")
    terminal.send(key)
    terminal.wait_until_gone("asks to run")


def test_with_a_pipe_on_its_input_the_program_takes_its_keys_from_the_terminal() -> None:
    with Terminal(env=FAST, piped=b"not a key\n") as terminal:
        terminal.wait_for(READY)
        terminal.send("1 + 2")
        terminal.wait_for(lambda t: t.prompt == "1 + 2")
        assert "not a key" not in terminal.text
        terminal.process.terminate()
        assert terminal.wait_exit() == 143
        assert_restored(terminal)


def test_without_a_terminal_the_program_says_what_to_do_instead() -> None:
    outcome = finished(start())
    assert (outcome.code, outcome.out) == (2, b"")
    assert outcome.err == 'tickertape: the screen needs a terminal; without one: tickertape ask "QUESTION"\n'
    assert not (data_dir() / "sessions").exists()
