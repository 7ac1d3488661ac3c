"""What a terminal sends and what becomes of the terminal, as raw bytes through a real one."""

import re
import shlex
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.asking import data_dir, transcripts
from tests.e2e.server import Gate, model_server, text
from tests.e2e.terminal import ENTER, Terminal, ctrl, program

pytestmark = pytest.mark.journey

READY = "○ ready"
FAST = {"TICKERTAPE_OFFLINE_RATE": "0"}
_MODES = ("?1000", "?1003", "?1004", "?1006", "?2004", "?2031", "?1049")


@pytest.fixture(scope="module")
def idle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """A program that is ready; each test leaves its input empty."""
    data = str(tmp_path_factory.mktemp("data"))
    with Terminal(env={**FAST, "TICKERTAPE_DATA_DIR": data, "TICKERTAPE_MODEL": "offline"}) as terminal:
        terminal.wait_for(READY)
        yield terminal


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """A program with one turn, where each test leaves the keys in the input."""
    data = str(tmp_path_factory.mktemp("data"))
    with Terminal(env={**FAST, "TICKERTAPE_DATA_DIR": data, "TICKERTAPE_MODEL": "offline"}) as terminal:
        terminal.wait_for(READY)
        terminal.send("1 + 1", ENTER)
        terminal.wait_for("✓ answered")
        yield terminal


def empty(terminal: Terminal) -> None:
    """Empty the input."""
    terminal.send("\x1b[27u")
    terminal.wait_for(lambda t: t.prompt == "Ask anything")


def assert_restored(terminal: Terminal) -> None:
    """All that was set is off again, and nothing of a fault was drawn over the user's shell."""
    for mode in _MODES:
        assert terminal.output.rfind(f"\x1b[{mode}l") > terminal.output.rfind(f"\x1b[{mode}h"), mode
    assert terminal.output.rfind("\x1b[?25h") > terminal.output.rfind("\x1b[?25l")
    assert "\x1b[<u" in terminal.output
    assert "Traceback" not in terminal.output


def last_words(terminal: Terminal) -> str:
    """What the program said when it had given the terminal back."""
    return re.sub(r"\x1b\[[0-9;?<>=]*[a-zA-Z]", "", terminal.output[terminal.output.rfind("?1049l") + 6 :]).strip()


# What comes in


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        (b"\x1b[105;1:3uok", "ok"),  # a release
        (b"\x1b[1;1:3A\x1b[57441;2uok", "ok"),
        (b"\x1b[97:65;2;65uok", "Aok"),  # alternate keys and the text
        (b"\x1b[1085::121;;1085uok", "нok"),
        (b"\x1bb\x1bf\x1bd\x1b\x7fok", "ok"),  # Alt and a letter types nothing
        (b"\x1b]11;rgb:0000/0000/0000\x1b\\ok", "ok"),  # late replies
        (b"\x1bP>|XTerm(390)\x1b\\\x1b[?62;22c\x1b[>41;390;0c\x1b[12;40Rok", "ok"),
        (b"\x1b]52;c;aGVsbG8=\x07\x1b[?1u\x1b_Gi=31;OK\x1b\\ok", "ok"),
        (b"a\xff\xfeb \xe2\x82ok", "a��b �ok"),  # no UTF-8
        (b"\x1b[999~\x1b[5;9999999999u\x1b[<128;3;3Mok", "ok"),
    ],
)
def test_what_is_typed_is_typed_and_nothing_else_that_comes(idle: Terminal, sent: bytes, shown: str) -> None:
    idle.send(sent)
    idle.wait_for(lambda t: t.prompt.endswith("ok"))
    assert idle.prompt == shown
    empty(idle)


def test_a_paste_is_one_paste_whatever_is_in_it_and_however_it_comes(idle: Terminal) -> None:
    paste = b"\x1b[200~A \x1b[31mred\x1b[0m \x1b[A\rsecond \x00\xff line, well over thirty-two characters long\x1b[201~"
    for place in range(0, len(paste), 7):
        idle.send(paste[place : place + 7])
        time.sleep(0.02)  # a line that brings it in pieces; nothing is waited for
    idle.wait_for(lambda t: t.prompt.endswith("long"))
    assert idle.prompt.split("\n") == ["A red", "second � line, well over thirty-two characters long"]
    assert "ready" in idle.text, "nothing was sent"
    empty(idle)


def test_ctrl_is_the_place_on_the_keyboard_in_every_script(idle: Terminal) -> None:
    idle.send("\x1b[1089;5u")
    idle.wait_for("again to quit")
    idle.wait_until_gone("again to quit")
    idle.send("\x1b[954::107;5u")  # Ctrl+K of a Greek keyboard; of a Hebrew one Ctrl+R
    idle.send("\x1b[1512;5u")
    idle.wait_for("Esc clear")
    idle.send("\x1b[27u")
    idle.wait_until_gone("Esc clear")


@pytest.mark.parametrize(
    ("keys", "place"),
    [
        (ctrl("p"), "🔎 xyq"),  # everything by its name
        ("\x1br", "🔎 xyq"),  # earlier prompts
        ("\x1bOS", "┃ xyq"),  # models
        (ctrl("f"), "Find: xyq"),
        (ctrl("r"), 'Nothing found for "xyq"'),
        (ctrl("b") + "/", 'Nothing found for "xyq"'),
        (ctrl("b") + "\x1bOQ" + ctrl("u"), "▼ xyq"),  # a name
    ],
)
def test_what_is_typed_right_behind_a_key_goes_where_the_key_leads(asked: Terminal, keys: str, place: str) -> None:
    asked.send(keys + "xyq")
    asked.wait_for(place)
    assert "xyq" not in asked.prompt
    for _ in range(3):
        asked.send("\x1b[27u")
        asked.wait_until_still()
    assert asked.prompt == "Ask anything"


def test_a_question_that_is_typed_before_the_program_has_the_terminal_is_asked() -> None:
    with Terminal(env=FAST) as terminal:
        terminal.send("1 + 1", ENTER)
        terminal.wait_for("1 + 1 equals 2")
        terminal.send("two", ctrl("j"), "lines")
        terminal.wait_for(lambda t: "lines" in t.text)
        assert "two" in terminal.prompt


def test_the_terminals_light_background_makes_the_screen_light() -> None:
    with Terminal(env=FAST) as terminal:
        terminal.wait_for(READY)
        assert "\x1b]11;?" in terminal.output
        before = terminal.background_of("ready")
        terminal.send("\x1b]11;rgb:ffff/ffff/ffff\x1b\\")
        terminal.wait_for(lambda t: t.background_of("ready") != before)
        terminal.send("\x1b[?997;1n")  # it has become dark
        terminal.wait_for(lambda t: t.background_of("ready") == before)


def test_in_ascii_nothing_else_is_drawn_but_what_others_wrote() -> None:
    with Terminal(env={**FAST, "TICKERTAPE_ASCII": "1"}) as terminal:
        terminal.wait_for("ready")
        terminal.send("What is 1 + 1? né", ENTER)
        terminal.wait_for("answered")
        assert {sign for sign in terminal.text if not sign.isascii()} == {"é"}
        terminal.send(ctrl("p"))
        terminal.wait_for("Search for commands")
        assert {sign for sign in terminal.text if not sign.isascii()} <= {"é"}


# What was typed


def test_a_draft_outlives_a_kill_and_an_editor_that_fails_leaves_it(tmp_path: Path) -> None:
    editor = tmp_path / "editor"
    editor.write_text("#!/bin/sh\nprintf '\\377\\376h\\000' >\"$1\"\n")
    editor.chmod(0o755)
    env = {**FAST, "VISUAL": str(editor)}
    with Terminal(env=env) as terminal:
        terminal.wait_for(READY)
        terminal.send("What is 1 + 1?", ENTER)
        terminal.wait_for("equals 2.")
        terminal.send("a long draft", ctrl("g"))
        terminal.wait_for("no UTF-8 text")
        assert terminal.prompt == "a long draft"
        kept = data_dir() / "drafts"
        terminal.send("!")
        terminal.wait_for(lambda _: any("draft!" in path.read_text() for path in kept.glob("*.txt")))
        terminal.kill()
    with Terminal("--continue", env=env) as terminal:
        terminal.wait_for(lambda t: t.prompt == "a long draft!")
        terminal.wait_for("equals 2.")
        assert READY in terminal.text, "what its last turn came to is no news"


# The ways out


def test_ctrl_z_gives_the_shell_back_and_fg_goes_on() -> None:
    with Terminal(env={**FAST, "PS1": "SHELL> "}, command=["bash", "--norc", "-i"]) as terminal:
        terminal.wait_for("SHELL>")
        terminal.send(f"{shlex.join(program())}\r")
        terminal.wait_for(READY)
        terminal.send("abc", ctrl("z"))
        terminal.wait_for("Stopped")
        assert terminal.output.rfind("\x1b[?1003l") > terminal.output.rfind("\x1b[?1003h"), "the mouse is the shell's"
        terminal.send("fg\r")
        terminal.wait_for(lambda t: t.prompt == "abc")
        terminal.send("d")
        terminal.wait_for(lambda t: t.prompt == "abcd")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_program_in_good_order(number: signal.Signals) -> None:
    gate = Gate()
    with model_server([text("half of it"), gate]) as server, Terminal(env=server.environment) as terminal:
        terminal.wait_for(READY)
        terminal.send("go", ENTER)
        terminal.wait_for("half of it")
        terminal.process.send_signal(number)
        assert terminal.wait_exit() == 128 + number
        gate.open()
        assert_restored(terminal)
        (path,) = transcripts()
        assert '"code":"cancelled"' in path.read_text().splitlines()[-1]
        said = last_words(terminal)
        assert f"tickertape: ended by {number.name}; log: {data_dir()}" in said
        assert f"--resume {path.stem}" in said


@pytest.mark.parametrize("with_signal", [True, False])
def test_a_closed_terminal_ends_the_program_with_its_run_saved(with_signal: bool) -> None:
    gate = Gate()
    with (
        model_server([text("half of it"), gate]) as server,
        Terminal(env=server.environment, controls=with_signal) as terminal,
    ):
        terminal.wait_for(READY)
        terminal.send("go", ENTER)
        terminal.wait_for("half of it")
        terminal.close()
        assert terminal.process.wait(timeout=20) != 0
        gate.open()
        (path,) = transcripts()
        assert '"code":"cancelled"' in path.read_text().splitlines()[-1]


def test_at_the_end_the_command_that_goes_on_is_printed() -> None:
    with Terminal(env=FAST) as terminal:
        terminal.wait_for(READY)
        terminal.send(ctrl("q"))
        assert terminal.wait_exit() == 0
        assert last_words(terminal) == "", "there is nothing to go on with"
    with Terminal(env=FAST) as terminal:
        terminal.wait_for(READY)
        terminal.send("What is 1 + 1?", ENTER)
        terminal.wait_for("equals 2.")
        terminal.send(ctrl("q"))
        assert terminal.wait_exit() == 0
        (path,) = transcripts()
        assert last_words(terminal) == f"Go on with this session: tickertape --resume {path.stem}"


@pytest.mark.parametrize("kind", ["dumb", ""])
def test_a_terminal_that_draws_no_screen_is_told_so_in_one_line(kind: str) -> None:
    with Terminal(env={**FAST, "TERM": kind}) as terminal:
        assert terminal.wait_exit() == 2
        assert terminal.output.count("\n") == 1
        assert f"TERM is {kind or 'not set'}" in terminal.output
