"""Completion: what the parsers give for an unfinished line, and real shells that ask for it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pexpect
import pytest

from agent.library.listing import SessionInfo
from tests.e2e.asking import data_dir
from tui.cli import ask, completion, replay
from tui.cli.candidates import FILES, candidates
from tui.cli.parsing import Commands, Parser, common_options
from tui.cli.sessions import commands as sessions

FIRST, SECOND, OTHER = "20261123-150405-3f9a2c", "20261123-160000-abcdef", "20251224-090000-000000"
_TAB = "\t"


def _parser() -> Parser:
    parser = Parser(prog="tickertape", parents=[common_options()])
    commands: Commands = parser.add_subparsers()
    for command in (ask, replay, sessions, completion):
        command.add_parser(commands, "")
    return parser


def _sessions(deleted: bool) -> Iterable[SessionInfo]:
    if deleted:
        return [SessionInfo(id="20240101-000000-dead00", title="gone", created=0, updated=0)]
    titles = {SECOND: "Squares:\n\x1b[2J how many?", FIRST: "What is 10 + 10", OTHER: ""}
    return [SessionInfo(id=name, title=title, created=0, updated=0) for name, title in titles.items()]


def _completed(*words: str) -> list[str]:
    return [one.word for one in candidates(_parser(), words, _sessions)]


def test_commands_and_their_commands_are_offered_but_no_hidden_ones() -> None:
    assert {"ask", "sessions", "completion"} <= set(_completed(""))
    assert _completed("sess") == ["sessions"]
    assert _completed("sessions", "re") == ["rename", "restore"]
    assert _completed("completion", "") == ["bash", "zsh", "fish"]


def test_options_and_their_choices_are_offered() -> None:
    assert _completed("sessions", "list", "--") == ["--help", "--data-dir", "--debug", "--json", "--deleted", "--limit"]
    assert _completed("sessions", "export", "x", "--format", "") == ["markdown", "json", "events", "html"]
    assert _completed("sessions", "export", "--format=ev") == ["--format=events"]
    assert _completed("sessions", "export", "--format", "=", "ev") == ["events"]  # as bash cuts it


def test_ids_stand_where_a_session_is_wanted_and_nowhere_else() -> None:
    assert _completed("sessions", "show", "2026") == [SECOND, FIRST]
    assert _completed("--resume", "") == [SECOND, FIRST, OTHER]
    assert _completed("sessions", "delete", FIRST, "2025") == [OTHER]
    assert _completed("sessions", "restore", "") == ["20240101-000000-dead00"]
    assert _completed("sessions", "show", FIRST, "") == []
    assert _completed("sessions", "rename", FIRST, "") == []
    assert _completed("replay", "2026") == [SECOND, FIRST]
    assert _completed("ask", "2026") == []


def test_files_are_left_to_the_shell() -> None:
    import_, output, folder = (
        ["sessions", "import", ""],
        ["sessions", "export", "x", "--output", "a"],
        ["--data-dir", ""],
    )
    for words in (import_, output, folder, ["sessions", "export", "--output=a"], ["replay", "a"]):
        assert candidates(_parser(), words, _sessions) == FILES


def test_a_title_is_one_line_that_no_terminal_obeys() -> None:
    found = candidates(_parser(), ["sessions", "show", SECOND], _sessions)
    assert [one.about for one in found] == ["Squares: ␛[2J how many?"]


# Real shells


@pytest.fixture
def shell_environment(tmp_path: Path) -> dict[str, str]:
    """Where `tickertape` is the program under test, with two sessions."""
    folder = data_dir() / "sessions"
    folder.mkdir(parents=True)
    for name, title in ((FIRST, "What is 10 + 10"), (OTHER, "Colons: here")):
        message = f'{{"id":"m","role":"user","content":"{title}"}}'
        started = (
            '{"type":"RUN_STARTED","timestamp":1795446245123,"threadId":"t","runId":"r",'
            f'"input":{{"threadId":"t","runId":"r","messages":[{message}]}}}}'
        )
        (folder / f"{name}.jsonl").write_text(f'{started}\n{{"type":"RUN_ERROR","message":"Cancelled."}}\n')
    program = tmp_path / "bin" / "tickertape"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tui "$@"\n')
    program.chmod(0o755)
    home = tmp_path / "home"
    home.mkdir()
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "HOME": str(home), "TERM": "dumb", "PS1": "ready> ", "INPUTRC": os.devnull}


def _needs(shell: str) -> str:
    if (found := shutil.which(shell)) is None:
        pytest.skip(f"{shell} is not here")
    return found


@pytest.fixture
def typed() -> Iterator[list["pexpect.spawn[str]"]]:
    """Shells that are ended with the test."""
    shells: list[pexpect.spawn[str]] = []
    yield shells
    for shell in shells:
        shell.close(force=True)


@pytest.mark.parametrize(
    ("shell", "arguments", "setting_up"),
    [
        ("bash", ["--norc", "--noprofile"], "source <(tickertape completion bash)"),
        ("zsh", ["-f"], "autoload -Uz compinit && compinit -u -D && source <(tickertape completion zsh)"),
    ],
)
def test_tab_completes_an_id(
    shell: str,
    arguments: list[str],
    setting_up: str,
    shell_environment: dict[str, str],
    typed: list["pexpect.spawn[str]"],
) -> None:
    child = pexpect.spawn(
        _needs(shell), [*arguments, "-i"], env=shell_environment, encoding="utf-8", timeout=120, dimensions=(24, 200)
    )
    typed.append(child)
    child.expect_exact("ready> ")
    child.sendline(f"{setting_up}; echo set''up")
    child.expect_exact("setup")
    child.expect_exact("ready> ")
    child.send("tickertape sessions show 2026" + _TAB)
    child.expect_exact(FIRST[4:])
    child.send("\x15tickertape sess" + _TAB + "pa" + _TAB + "2025" + _TAB + "\r")
    child.expect_exact(f"sessions/{OTHER}.jsonl")


def test_fish_completes_an_id_with_its_title(shell_environment: dict[str, str]) -> None:
    line = "tickertape completion fish | source; complete -C 'tickertape sessions show 20'"
    done = subprocess.run(
        [_needs("fish"), "--no-config", "-c", line], env=shell_environment, capture_output=True, text=True, check=True
    )
    assert set(done.stdout.splitlines()) == {f"{FIRST}\tWhat is 10 + 10", f"{OTHER}\tColons: here"}


def test_the_agents_of_the_settings_are_offered_by_name() -> None:
    tables = {"agents": ["far", "near"], "mcp": ["files"]}
    found = candidates(_parser(), ["ask", "--agent", ""], _sessions, lambda table: tables.get(table, ()))
    assert [one.word for one in found] == ["far", "near", *(one.word for one in FILES)]
    assert [one.word for one in candidates(_parser(), ["--mcp", "fi"], _sessions, tables.__getitem__)] == ["files"]
