"""Foreign code and the terminal: what tools print, read, raise and block never reaches the user's screen and keys."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.asking import data_dir, run
from tests.e2e.terminal import ENTER, Terminal, ctrl

TOOLS = '''
import asyncio, os, subprocess, sys, threading, time

def prints(n: int) -> str:
    """Print in every way there is, a progress bar too."""
    print("NOISE of Python")
    sys.stderr.write("NOISE on stderr\\n")
    print("NOISE of the first stream", file=sys.__stdout__, flush=True)
    print("NOISE of the other first stream", file=sys.__stderr__, flush=True)
    os.write(1, b"NOISE by descriptor\\n\\x1b[2J\\x1b]0;NOISE\\x07")
    subprocess.run(["sh", "-c", "echo NOISE of a child; echo NOISE of its stderr >&2"], check=True)
    for i in range(20):
        print(f"\\r{'#' * i} NOISE", end="", file=sys.stderr, flush=True)
    return f"printed {n}"

def reads(n: int) -> str:
    """Ask the user, by a child and by itself."""
    child = subprocess.run(["cat"], stdout=subprocess.PIPE).stdout
    return f"{child!r} {input('NOISE? ')}"

async def leaves(n: int) -> str:
    """End the program."""
    sys.exit(n)

async def leaves_later(n: int) -> str:
    """End the program from a task of its own."""
    async def exit() -> None:
        sys.exit(n)
    asyncio.get_running_loop().create_task(exit())
    await asyncio.sleep(0.05)
    return f"left {n}"

def forks(n: int) -> str:
    """End a process of its own."""
    import multiprocessing
    child = multiprocessing.get_context("fork").Process(target=time.sleep, args=(60,))
    child.start()
    child.terminate()
    child.join(30)
    return f"forked {n}, ended by {child.exitcode}"

def interrupts(n: int) -> str:
    """Interrupt the program."""
    raise KeyboardInterrupt

async def blocks(n: int) -> str:
    """Hold its loop until the test has seen that keys echo."""
    end = time.monotonic() + 60
    while not os.path.exists("let_go") and time.monotonic() < end:
        time.sleep(0.02)
    return f"blocked {n}"

def grabs(n: int) -> str:
    """Ask at the terminal itself, as sudo and ssh do, and leave it so."""
    child = "import os, termios; fd = os.open('/dev/tty', os.O_RDWR); modes = termios.tcgetattr(fd); "
    child += "modes[3] |= termios.ICANON | termios.ECHO; termios.tcsetattr(fd, termios.TCSANOW, modes); "
    child += "os.write(fd, bytes([27]) + b'[HNOISE Password: ')"
    subprocess.run([sys.executable, "-I", "-S", "-c", child], check=True)
    return f"grabbed {n}"

everything = [grabs, forks, prints, reads, leaves, leaves_later, interrupts, blocks]
'''

PRINTED = ("of Python", "on stderr", "by descriptor", "of a child", "of its stderr")


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A folder with the tools in a module of its own."""
    (tmp_path / "foreign_tools.py").write_text(TOOLS)
    return tmp_path


@pytest.fixture
def terminal(tools: Path) -> Iterator[Terminal]:
    """The program with these tools, ready to be asked."""
    with Terminal("--tools", "foreign_tools:everything", cwd=tools, env={"TICKERTAPE_OFFLINE_RATE": "0"}) as terminal:
        terminal.wait_for("Ask anything")
        yield terminal


def _call(terminal: Terminal, question: str) -> None:
    """Ask for a call and let it run, once an answer counts."""
    terminal.send(question, ENTER)
    terminal.wait_for("asks to run")
    terminal.wait_for(lambda t: t.colour_of("this session") == t.colour_of(question.partition("=")[0]) != "")
    terminal.send("o")
    terminal.wait_until_gone("asks to run")


def _log() -> str:
    return (data_dir() / "tickertape.log").read_text(errors="replace")


def test_what_tools_and_their_children_print_goes_to_the_log_and_not_to_the_screen(terminal: Terminal) -> None:
    _call(terminal, "prints(n=7)")
    terminal.wait_for("printed 7")
    assert "NOISE" not in terminal.output
    for words in (*PRINTED, "of the first stream", "of the other first stream"):
        assert f"NOISE {words}" in _log()


def test_a_tool_that_reads_gets_an_end_and_no_key_of_the_users(terminal: Terminal) -> None:
    _call(terminal, "reads(n=1)")
    terminal.wait_for("EOFError")
    terminal.send("all my keys")
    terminal.wait_for(lambda terminal: terminal.prompt == "all my keys")
    assert "NOISE" not in terminal.output


def test_who_opens_the_terminal_by_himself_leaves_keys_and_screen_as_they_were(terminal: Terminal) -> None:
    _call(terminal, "grabs(n=2)")
    terminal.wait_for("grabbed 2")
    assert "NOISE Password" in terminal.output
    terminal.send("one by one")
    terminal.wait_for(lambda terminal: terminal.prompt == "one by one")
    assert "NOISE" not in terminal.text


def test_what_another_program_has_drawn_is_drawn_over(terminal: Terminal, tools: Path) -> None:
    def is_drawn(terminal: Terminal) -> bool:
        """A frame of the program's may have drawn over it already: then once more."""
        if "NOISE of a neighbour" in terminal.text:
            return True
        # Without waiting: where a frame fills the terminal, it is this process that empties it.
        neighbour = os.open(terminal.name, os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
        with contextlib.suppress(BlockingIOError):
            os.write(neighbour, b"\x1b[HNOISE of a neighbour\x1b[?25h")
        os.close(neighbour)
        return False

    terminal.wait_for(is_drawn)
    terminal.send(ctrl("l"))
    terminal.wait_until_gone("NOISE")
    terminal.wait_for(lambda terminal: "tickertape" in terminal.lines[0])


def test_no_tool_ends_the_program(terminal: Terminal) -> None:
    for question, result in (
        ("leaves(n=3)", "SystemExit: 3"),
        ("leaves_later(n=4)", "left 4"),
        ("interrupts(n=1)", "KeyboardInterrupt"),
        ("forks(n=5)", "forked 5, ended by -15"),
        ("prints(n=8)", "printed 8"),
    ):
        _call(terminal, question)
        terminal.wait_for(result)
        terminal.wait_for(lambda t: "Esc cancel" not in t.lines[-1])


def test_keys_echo_while_a_coroutine_blocks(terminal: Terminal, tools: Path) -> None:
    _call(terminal, "blocks(n=5)")
    terminal.wait_for("running blocks")
    terminal.send("still here")
    terminal.wait_for(lambda terminal: terminal.prompt == "still here")
    (tools / "let_go").touch()
    terminal.wait_for("blocked 5")


def test_a_call_that_blocks_its_loop_is_cancelled_and_others_run(terminal: Terminal, tools: Path) -> None:
    _call(terminal, "blocks(n=5)")
    terminal.wait_for("running blocks")
    terminal.send(ctrl("c"))
    terminal.wait_for("Cancelled")
    _call(terminal, "leaves(n=6)")
    terminal.wait_for("SystemExit: 6")
    terminal.send(ctrl("q"))
    assert terminal.wait_exit() == 0
    (tools / "let_go").touch()


def test_ask_keeps_stdout_for_the_answer_and_sends_foreign_output_to_stderr(tools: Path) -> None:
    outcome = run("ask", "--yes", "--tools", "foreign_tools:prints", "--format", "events", "prints(n=7)", cwd=tools)
    assert outcome.code == 0
    assert {event["type"] for event in outcome.events} >= {"RUN_STARTED", "RUN_FINISHED"}
    for words in PRINTED:
        assert f"NOISE {words}" in outcome.err


def test_in_ask_a_process_that_a_tool_ends_is_not_the_program(tools: Path) -> None:
    outcome = run("ask", "--yes", "--tools", "foreign_tools:forks", "--format", "events", "forks(n=1)", cwd=tools)
    (result,) = [event for event in outcome.events if event["type"] == "TOOL_CALL_RESULT"][:1]
    assert (outcome.code, result["content"]) == (0, "forked 1, ended by -15")


def test_in_ask_no_tool_waits_for_the_users_keys(tools: Path) -> None:
    outcome = run("ask", "--yes", "--tools", "foreign_tools:reads", "--format", "events", "reads(n=1)", cwd=tools)
    (result,) = [event for event in outcome.events if event["type"] == "TOOL_CALL_RESULT"][:1]
    assert result["content"].startswith("EOFError")
