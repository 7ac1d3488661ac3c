"""`tickertape serve` as a process: asked by the program itself, by many processes behind one address, and refused."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest

from tests.e2e.asking import run, start
from tests.places import ROOT

_DEADLINE = 120.0


@contextmanager
def _served(*arguments: str, env: Mapping[str, str] | None = None) -> Iterator[str]:
    """The URL of an endpoint that is up."""
    process = start("serve", "--port", "0", *arguments, env=env)
    assert process.stderr is not None
    try:
        said = process.stderr.readline().decode()
        found = re.search(r"answers at (http://\S+)", said)
        assert found, said
        yield found[1]
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=_DEADLINE)


def test_what_is_served_answers_the_program_itself_and_ends_with_ctrl_c() -> None:
    with _served("--model", "offline") as url:
        done = run("ask", "--agent", url, "--format", "steps", "What is (3 + 4) * 2?")
        assert (done.code, done.err) == (0, "")
        assert done.text.startswith('Calling add...\n{"x":3,"y":4}\n')
        assert "equals 14" in done.text


def test_a_token_is_wanted_where_one_is_set_and_beyond_this_machine() -> None:
    word = "sesame-sesame-sesame"
    with _served(env={"TICKERTAPE_SERVE_TOKEN": word}) as url:
        refused = run("ask", "--agent", url, "q")
        assert (refused.code, "refuses us (401" in refused.err) == (1, True)
    beyond = run("serve", "--host", "192.0.2.1", "--port", "0")
    assert (beyond.code, "set TICKERTAPE_SERVE_TOKEN" in beyond.err, beyond.err.count("\n")) == (2, True, 1)


def test_what_cannot_be_served_is_said_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        busy = run("serve", "--port", str(taken.getsockname()[1]))
    assert (busy.code, "cannot listen at 127.0.0.1" in busy.err, busy.err.count("\n")) == (2, True, 1)
    afar = run("serve", "--agent", "http://127.0.0.1:1/")
    assert (afar.code, "behind a URL already" in afar.err) == (2, True)
    unknown = run("serve", "--model", "nobody:x")
    assert (unknown.code, unknown.err.count("\n")) == (2, 1)


def test_the_factory_runs_in_several_processes_behind_one_address() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["uvicorn", "--factory", "agent.serving.app:create_app", "--workers", "2", "--port", str(port)]
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env={**os.environ, "TICKERTAPE_OFFLINE_RATE": "0", "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(f"http://127.0.0.1:{port}/health", process)
        for question in ("What is 3 + 4?", "What is 5 * 5?"):
            done = run("ask", "--agent", f"http://127.0.0.1:{port}/", question)
            assert (done.code, "equals" in done.text) == (0, True)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(_DEADLINE)


def _wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _DEADLINE
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - the test's own
                return
        except (urllib.error.URLError, ConnectionError):
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail("the server does not come up")
            time.sleep(0.1)
