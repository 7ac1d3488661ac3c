"""`tickertape ask` and its standard input: it takes what is meant for it, and waits for and eats nothing else."""

import shlex
import subprocess
import sys

import pytest

from tests.e2e.asking import finished, start
from tests.e2e.terminal import program

pytestmark = pytest.mark.journey

ASK = shlex.join([*program("ask"), "--no-save"])


def shell(script: str, piped: bytes = b"") -> tuple[str, str]:
    """What a script of the shell's prints, on both streams."""
    ended = subprocess.run(["bash", "-c", script], input=piped, capture_output=True, timeout=120, check=True)
    return ended.stdout.decode(), ended.stderr.decode()


def test_a_pipe_that_nobody_writes_to_or_closes_does_not_hold_up_an_answer() -> None:
    process = start("ask", "--no-save", "What is 1 + 1?", stdin=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"1 + 1 equals 2.\n", "though the pipe is open"
    outcome = finished(process)
    assert outcome.code == 0
    assert "nothing came by the pipe" in outcome.err


def test_what_comes_late_by_a_pipe_is_waited_for_where_it_is_the_question() -> None:
    out, _ = shell(f"(sleep 3; echo 'What is 1 + 1?') | {ASK}")
    assert out == "1 + 1 equals 2.\n"


def test_a_pipe_and_a_file_are_taken_beside_a_question() -> None:
    out, _ = shell(f"echo '1 + 1' | {ASK} 'Work this out:'")
    assert out == "1 + 1 equals 2.\n"
    out, _ = shell(f"{ASK} 'Work this out:' <<<'2 + 2'")
    assert out == "2 + 2 equals 4.\n"


@pytest.mark.parametrize("source", ["printf '1 + 1\\n2 + 2\\n' | while", "while"])
def test_a_loop_keeps_its_own_lines(source: str) -> None:
    end = "" if "printf" in source else " <<<$'1 + 1\\n2 + 2'"
    out, err = shell(f'{source} read -r line; do {ASK} "What is $line?"; done{end}')
    assert out == "1 + 1 equals 2.\n2 + 2 equals 4.\n"
    assert "left to it" in err or "printf" not in source


def test_a_pipe_without_an_end_is_refused_and_not_read_for_ever() -> None:
    out, _ = shell(f"yes | {ASK} 'What is 1 + 1?' 2>&1; echo ${{PIPESTATUS[1]}}")
    assert out == "tickertape: more than 16 MB came by the pipe, which no model takes\n2\n"


def test_what_cannot_be_printed_is_an_error_whatever_was_asked_for() -> None:
    for words in (["--help"], ["--version"], ["config", "schema"]):
        ended = finished(start(*words, redirection=">/dev/full"))
        assert (ended.code, ended.err) == (1, "tickertape: [Errno 28] No space left on device\n"), words


_INTERRUPTED = """
import sys, tui.__main__
class Interrupt:
    def find_spec(name, *_):
        if name == "tui.cli.main":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupt)
tui.__main__.main()
"""


def test_ctrl_c_while_the_program_is_being_imported_ends_it_without_a_word() -> None:
    ended = subprocess.run([sys.executable, "-c", _INTERRUPTED], capture_output=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, b"", b"")
