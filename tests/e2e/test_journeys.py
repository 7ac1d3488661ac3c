"""Whole sessions in a real terminal: by keys alone, by the mouse alone, over a slow line, and inside tmux."""

import json
import re
import shlex
import shutil
import subprocess
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.asking import data_dir, transcripts
from tests.e2e.server import Gate, call, finish, model_server, text
from tests.e2e.terminal import DOWN, ENTER, ESC, TAB, UP, Terminal, ctrl, program
from tests.e2e.test_app import focused, in_input
from tests.e2e.test_terminal import READY, assert_restored

pytestmark = pytest.mark.journey

FAST = {"TICKERTAPE_OFFLINE_RATE": "0"}
F1, F2, F4 = "\x1bOP", "\x1bOQ", "\x1bOS"


def asks(terminal: Terminal, question: str, answer: str) -> None:
    """Ask and wait for the answer."""
    terminal.send(question)
    terminal.wait_for(lambda t: t.prompt == question)
    terminal.send(ENTER)
    terminal.wait_for(lambda t: answer in t.text and "✓ answered" in t.lines[-1])


def events(number: int = -1) -> list[dict[str, Any]]:
    """What was recorded in a session, by default the last one."""
    return [json.loads(line) for line in transcripts()[number].read_text().splitlines()]


def test_a_whole_session_by_the_keyboard_alone() -> None:
    with Terminal(env=FAST) as terminal:
        terminal.wait_for(READY)
        asks(terminal, "12 * 12", "equals 144.")
        asks(terminal, "now double it", "equals 288.")
        # an earlier prompt, changed and asked in a branch
        terminal.send(TAB)
        terminal.wait_for(focused("History"))
        terminal.send(TAB)
        terminal.wait_for(focused("Conversation"))
        terminal.send("e")
        terminal.wait_for(lambda t: t.prompt == "now double it")
        terminal.send("\x7f" * 2, "that", ENTER)
        terminal.wait_for(lambda t: "now double that" in t.text and "✓ answered" in t.lines[-1])
        # a step unfolded, and a call read whole
        terminal.send(ctrl("t"))
        terminal.wait_for(focused("Steps"))
        terminal.send(DOWN, "\x1b[C", DOWN, "\x1b[C", DOWN, ENTER)
        terminal.wait_for("Tool call")
        terminal.send(ESC)
        terminal.wait_until_gone("Tool call")
        _find_name_and_play(terminal)
        _look_around(terminal)
        terminal.send(ctrl("q"))
        assert terminal.wait_exit() == 0
        assert_restored(terminal)
    assert [len([e for e in events(n) if e["type"] == "RUN_STARTED"]) for n in range(2)] == [2, 2]


def _find_name_and_play(terminal: Terminal) -> None:
    """The sessions: one is found, named, pinned, and played back."""
    terminal.send(ctrl("r"), "144")
    terminal.wait_for(lambda t: "144" in "\n".join(line[:28] for line in t.lines[3:]))
    terminal.send(ESC)
    terminal.wait_for("/ search")
    terminal.send(ESC)
    terminal.wait_for(in_input)
    terminal.send(ctrl("b"))
    terminal.wait_for(focused("History"))
    terminal.send(F2)
    terminal.wait_for("Enter keep")
    terminal.send(ctrl("u"), "Doubling", ENTER)
    terminal.wait_for(lambda t: t.lines[0].startswith(" tickertape  Doubling"))
    terminal.send("p")
    terminal.wait_for("Pinned")
    terminal.send("R")
    terminal.wait_for("▶")
    terminal.send("9")
    terminal.wait_for("equals")
    terminal.send(ESC)
    terminal.wait_for(lambda t: t.prompt == "Ask anything")


def _look_around(terminal: Terminal) -> None:
    """Help, the models, everything by its name."""
    terminal.send(F1)
    terminal.wait_for("Keys")
    terminal.send(ESC)
    terminal.wait_until_gone("Keys")
    terminal.send(F4)
    terminal.wait_for("used here")
    terminal.send(ESC)
    terminal.wait_until_gone("used here")
    terminal.send(ctrl("p"))
    terminal.wait_for("Search for commands")
    terminal.send("fold all")
    terminal.wait_for("Fold all")
    terminal.send(ENTER)
    terminal.wait_until_gone("Fold all")


# By the mouse


def at(terminal: Terminal, words: str, *, last: bool = False) -> tuple[int, int]:
    """Where words stand on the screen: column and row, from 1."""
    rows = [(line.index(words) + 1, y) for y, line in enumerate(terminal.lines, start=1) if words in line]
    return rows[-1 if last else 0]


def press(terminal: Terminal, words: str, *, times: int = 1, last: bool = False) -> None:
    """Click on words, in the form of reports that all terminals send (SGR, xterm's mode 1006)."""
    column, row = at(terminal, words, last=last)
    for _ in range(times):
        terminal.send(f"\x1b[<0;{column};{row}M", f"\x1b[<0;{column};{row}m")


def wheel(terminal: Terminal, words: str, notches: int) -> None:
    """Turn the wheel over words; up where it is less than 0."""
    column, row = at(terminal, words)
    for _ in range(abs(notches)):
        terminal.send(f"\x1b[<{64 if notches < 0 else 65};{column};{row}M")


def test_a_whole_session_by_the_mouse_alone(tmp_path: Path) -> None:
    (tmp_path / "resting.py").write_text(
        "from langchain_core.tools import tool\n\n"
        '@tool\ndef rest(seconds: float) -> str:\n    """Rest."""\n    return f"rested {seconds}"\n'
    )
    gate = Gate()
    long = "\n\n".join(f"paragraph {number} of the answer" for number in range(60))
    asking = [call("rest", '{"seconds": 3}'), finish("tool_calls")]
    with (
        model_server([text(long), finish()], asking, [text(long), gate, text("\n\nthe end"), finish()]) as server,
        Terminal("--tools", "resting:rest", env=server.environment, cwd=tmp_path) as terminal,
    ):
        terminal.wait_for(READY)
        asks(terminal, "tell me more", "paragraph 59")
        # the wheel, and back to the end
        wheel(terminal, "paragraph 59", -12)
        terminal.wait_until_gone("paragraph 59")
        wheel(terminal, "paragraph", 14)
        terminal.wait_for("paragraph 59")
        # a word, a line
        ground = terminal.background_of("paragraph 59")
        press(terminal, "paragraph 59", times=2)
        terminal.wait_for(lambda t: t.background_of("paragraph 59") != ground)
        terminal.send(ctrl("c"))
        terminal.wait_for("Sent selection, 9 characters")
        # a tool that asks is answered by a click
        terminal.send("\x1b[200~rest a while\x1b[201~", ENTER)
        terminal.wait_for(lambda t: t.colour_of("this session") == t.colour_of("paragraph 59") != "")
        press(terminal, "let it run once")
        terminal.wait_for("→ rested 3")
        # the badge of what has come since leads to the end
        terminal.wait_for("paragraph 59")
        wheel(terminal, "paragraph 59", -12)
        terminal.wait_until_gone("paragraph 59")
        gate.open()
        terminal.wait_for("new line")
        press(terminal, "new line")
        terminal.wait_for("the end")
        # a call whole, a turn by its line in the sidebar
        press(terminal, "▶ rest" if "▶ rest" in terminal.text else "▼ rest")
        terminal.wait_for(focused("Steps"))
        press(terminal, "1 ✓ tell me")
        terminal.wait_for(lambda t: "tell me more" in t.text and "the end" not in t.text)
        press(terminal, "Ask anything")
        terminal.wait_for(lambda t: "┏" in t.lines[-4])
        terminal.send(ctrl("q"))
        assert terminal.wait_exit() == 0
        assert_restored(terminal)
    (decision,) = [event["value"] for event in events() if event.get("name") == "tickertape.approval"][1:]
    assert decision["state"] == "once"


# Over a slow line


class SlowTerminal(Terminal):
    """A terminal behind a line that holds everything back, both ways, and lets it through in bursts."""

    delay = 0.2
    """Seconds each way."""

    def __init__(self, *arguments: str, **options: Any) -> None:
        self._coming: deque[tuple[float, str]] = deque()
        self._going: deque[tuple[float, bytes]] = deque()
        super().__init__(*arguments, **options)

    def send(self, *keys: str | bytes) -> None:
        """Type; each key leaves at once and arrives later, together with those behind it."""
        for key in keys:
            self._going.append((time.monotonic() + self.delay, key if isinstance(key, bytes) else key.encode()))

    def _read(self, seconds: float) -> None:
        super()._read(min(seconds, 0.02))
        now = time.monotonic()
        burst = b""
        while self._going and self._going[0][0] <= now:
            burst += self._going.popleft()[1]
        if burst:
            super().send(burst)
        while self._coming and self._coming[0][0] <= now:
            super()._show(self._coming.popleft()[1])

    def _show(self, text: str) -> None:
        self._coming.append((time.monotonic() + self.delay, text))


def test_a_session_over_a_line_of_200_milliseconds_loses_no_key_and_types_no_reply() -> None:
    with SlowTerminal(env={**FAST, "TICKERTAPE_MODEL": "offline"}) as terminal:
        terminal.wait_for(READY)
        assert terminal.prompt == "Ask anything"
        # all in one burst, with keys that do something between the letters
        terminal.send("12 + 13", "\x1b[D", "\x1b[D", "9", "\x1b[F", "4", "\x7f", ENTER)
        terminal.wait_for("12 + 913 equals 925.")
        terminal.wait_for("✓ answered")
        terminal.send(UP)
        terminal.wait_for(lambda t: t.prompt == "12 + 913")
        terminal.send(ESC)
        terminal.wait_for(lambda t: t.prompt == "Ask anything")
        terminal.send("\x1b[200~1 +\n", "1\x1b[201~", "0")
        terminal.wait_for(lambda t: t.prompt == "1 +\n10")
        terminal.send(ctrl("b"), F2, ctrl("u"), "slow", ENTER)
        terminal.wait_for(lambda t: t.lines[0].startswith(" tickertape  slow"))
        terminal.send(ESC)  # with what comes behind it in one burst it would be Alt
        terminal.wait_for(in_input)
        assert terminal.prompt == "1 +\n10"
        terminal.send(ctrl("q"))
        assert terminal.wait_exit() == 0


# In tmux


@contextmanager
def tmux(*settings: str, env: dict[str, str]) -> Iterator[tuple[Terminal, list[str]]]:
    """The program in a tmux of its own, on a terminal; and the command that speaks to that tmux."""
    server = ["tmux", "-L", f"tickertape-{time.monotonic_ns()}", "-f", "/dev/null"]
    given = [word for name, value in env.items() for word in ("-e", f"{name}={value}")]
    start = [*server, "start-server", ";"]
    for setting in settings:
        start += ["set", "-g", *setting.split(), ";"]
    with Terminal(command=[*start, "new-session", *given, shlex.join(program())], env=env) as terminal:
        try:
            yield terminal, server
        finally:
            subprocess.run([*server, "kill-server"], check=False, capture_output=True)


@pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")
def test_a_session_in_tmux_has_its_keys_its_copies_and_its_calls(tmp_path: Path) -> None:
    gate = Gate()
    (tmp_path / "settings.toml").write_text('[screen]\nbell = "notify"\n')
    with model_server([text("half"), gate, text(" whole"), finish()]) as server:
        env = {**server.environment, "TICKERTAPE_CONFIG": str(tmp_path / "settings.toml")}
        with tmux("focus-events on", "allow-passthrough on", "mouse on", env=env) as (terminal, _):
            terminal.wait_for(READY)
            terminal.send("\x1b[20~")  # F9: Ctrl+B is tmux's own
            terminal.wait_for(focused("History"))
            terminal.send(ESC)
            terminal.wait_for(lambda t: t.prompt == "Ask anything" and "┏━ History" not in t.text)
            terminal.send("\x1b[200~two\nlines\x1b[201~")
            terminal.wait_for(lambda t: t.prompt == "two\nlines")
            terminal.send(ENTER)
            terminal.wait_for("half")
            ground = terminal.background_of("half")
            press(terminal, "half", times=2)
            terminal.wait_for(lambda t: t.background_of("half") != ground)
            terminal.send(ctrl("c"))
            terminal.wait_for("Copied selection, 4 characters, to tmux's buffer")
            terminal.wait_for(lambda t: re.search(r"\x1b\]52;[^;]*;aGFsZg==", t.output) is not None)
            gate.open()
            terminal.wait_for("half whole")
            terminal.send(ctrl("q"))
            assert terminal.wait_exit() == 0
    assert data_dir().exists()
